"""What a run of a windowed collection is to bring: from its request, the configuration and the stored cursor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.collection import Tier, Windows
from syncd.ledger import Range, moment_of, moment_text
from syncd.plan import RunKind
from syncd.reading import Account
from syncd.session import Session
from syncd.windows import DAY, Aim

USUAL_SINCE = timedelta(days=365)


def aim_of(session: Session, account: Account, strategy: Windows, stored: dict[str, Any]) -> tuple[Aim, dict[str, Any]]:
    """What this run is to bring, and the account-wide cursor *stored* with what that decided."""
    reader, request = session.reader, session.request
    options = reader.options(session.collection)
    now = reader.vendor_now().replace(microsecond=0)

    def placed(moment: datetime) -> datetime:
        """On the time line of the collection's windows: of a daily one the account's wall clock."""
        return moment.astimezone(account.tz).replace(tzinfo=UTC) if strategy.daily else moment

    since, stored = _since(options.since or reader.vendor.since or USUAL_SINCE, now, stored)
    asked: Range | None = None
    if request.since is not None:
        asked = placed(request.since), min(placed(request.until or now), placed(now))
    changed = bool(stored.get("done") or stored.get("version")) and stored.get("version", session.version) != (
        session.version
    )
    sweep: datetime | None = None
    if request.kind is RunKind.SWEEP or changed:
        # One that was killed is taken up; one that cannot end must not keep all others from beginning.
        begun = None if changed or _is_stuck(stored, now, options.sweep or DAY) else stored.get("sweep")
        stored = {**stored, "sweep": begun or moment_text(now)}
        if begun is None:
            stored.pop("stuck", None)
    if "sweep" in stored and request.kind is not RunKind.BACKFILL:
        sweep = moment_of(stored["sweep"])
    stored = {**stored, "version": session.version}
    tiers = tuple(Tier(back, every) for back, every in options.reread) or strategy.tiers
    return Aim(
        strategy=strategy,
        since=placed(since),
        now=placed(now),
        lookback=options.lookback or strategy.lookback,
        tiers=tiers,
        kind=request.kind,
        asked=asked,
        sweep=sweep,
        allow_deletes=request.allow_deletes,
    ), stored


def _is_stuck(stored: dict[str, Any], now: datetime, every: timedelta) -> bool:
    """Whether the sweep under way came to its end but for partitions that fail, and it is time for the next."""
    return "stuck" in stored and "sweep" in stored and now - moment_of(stored["sweep"]) >= every


def _since(configured: datetime | timedelta, now: datetime, stored: dict[str, Any]) -> tuple[datetime, dict[str, Any]]:
    """Where the collection starts. A duration is resolved once, and again only when it is another one."""
    if isinstance(configured, datetime):
        return configured, {name: value for name, value in stored.items() if name not in {"since", "since_s"}}
    seconds = int(configured.total_seconds())
    if stored.get("since_s") == seconds:
        return moment_of(stored["since"]), stored
    since = (now - configured).replace(microsecond=0)
    return since, {**stored, "since": moment_text(since), "since_s": seconds}
