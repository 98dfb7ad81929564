"""Who reads what of a connection: what is due in each of its parts, and when the next of it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from syncd.daemon.due import due_at
from syncd.lane import Lane
from syncd.plan import RunKind, Scope
from syncd.reader import Request
from syncd.service import CollectionState, request_for

_PAST = request_for(RunKind.CYCLE, lane=Lane.LOOKBACK, scope=Scope.PAST)


class Part(StrEnum):
    """What is read: what a person wants now, what is new, the rest of what is due, or everything."""

    TRIGGERED = "triggered"
    CYCLES = "cycles"
    PAST = "past"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Worker:
    """Who reads one part of what is read by calls of one class."""

    part: Part
    class_name: str

    def __str__(self) -> str:
        """Its name beside the connection's."""
        return f"{self.class_name} {self.part}".strip()


def part_of(request: Request) -> Part:
    """The part of a run on request."""
    return Part.TRIGGERED if request.lane is Lane.TRIGGER else Part.WHOLE


def wanted_now(part: Part, state: CollectionState, now: datetime, *, is_new: bool) -> Request | None:
    """What is due of a collection in *part*; None: nothing. *is_new*: everything of it has to be read."""
    is_due = due_at(state, now) <= now
    if is_new:
        return request_for(RunKind.CYCLE, lane=Lane.SWEEP) if part is Part.WHOLE and is_due else None
    if part is Part.PAST:
        at = _past_at(state, now)
        # It ends when the next cycle is due, which would wait for it.
        return replace(_PAST, gives_way_at=state.next_due_at) if at is not None and at <= now else None
    if part is not Part.WHOLE:
        return request_for(RunKind.CYCLE, scope=Scope.NEW) if part is Part.CYCLES and is_due else None
    if state.next_sweep_at is None or state.next_sweep_at > now:
        return None
    # What failed, or is not there for this account, waits for its turn with its sweep as well.
    return request_for(RunKind.SWEEP) if is_due or not _waits_with_sweeps(state) else None


def wanted_at(part: Part, state: CollectionState, now: datetime, *, is_new: bool) -> datetime | None:
    """When something is due of a collection in *part*; None: never."""
    if part is (Part.WHOLE if is_new else Part.CYCLES):
        return due_at(state, now)
    if part is Part.PAST:
        return None if is_new else _past_at(state, now)
    if part is not Part.WHOLE or state.next_sweep_at is None:
        return None
    return max(state.next_sweep_at, due_at(state, now) if _waits_with_sweeps(state) else now)


def _past_at(state: CollectionState, now: datetime) -> datetime | None:
    """When what is due of the past is read; None: not before the next cycle has ended well, which tells anew."""
    if due_at(state, now) <= now or _waits_with_sweeps(state):
        return None
    return state.next_past_at


def _waits_with_sweeps(state: CollectionState) -> bool:
    return bool(state.failures) or state.state == "unavailable"
