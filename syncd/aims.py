"""What a run of a windowed collection is to bring: from its request, the configuration and the stored cursor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.collection import Windows
from syncd.ledger import Range, moment_of, moment_text
from syncd.plan import RunKind, Scope
from syncd.reading import Account
from syncd.session import Session
from syncd.windows import DAY, USUAL_SINCE, Aim, kept_since, since_of, tiers_of


def aim_of(session: Session, account: Account, strategy: Windows, stored: dict[str, Any]) -> tuple[Aim, dict[str, Any]]:
    """What this run is to bring, and the account-wide cursor *stored* with what that decided."""
    reader, request = session.reader, session.request
    options = reader.options(session.collection)
    now = reader.vendor_now().replace(microsecond=0)

    def placed(moment: datetime) -> datetime:
        """On the time line of the collection's windows: of a daily one the account's wall clock, or that of UTC."""
        zone = account.tz if strategy.daily and not strategy.utc else UTC
        return moment.astimezone(zone).replace(tzinfo=UTC)

    since, stored = since_of(options.since or strategy.since or reader.vendor.since or USUAL_SINCE, now, stored)
    kept = kept_since(options.retention, now)
    asked: Range | None = None
    if request.since is not None:
        asked = placed(request.since), min(placed(request.until or now), placed(now))
    # A sweep, and what columns that have come since want, is of everything or not at all.
    all_of_it = request.scope is Scope.ALL
    changed = bool(stored.get("done") or stored.get("version")) and stored.get("version", session.version) != (
        session.version
    )
    changed = changed and all_of_it
    sweep: datetime | None = None
    if request.kind is RunKind.SWEEP or changed:
        # One that was killed is taken up; one that cannot end must not keep all others from beginning.
        begun = None if changed or _is_stuck(stored, now, options.sweep or DAY) else stored.get("sweep")
        stored = {**stored, "sweep": begun or moment_text(now)}
        if begun is None:
            stored.pop("stuck", None)
    if "sweep" in stored and request.kind is not RunKind.BACKFILL and all_of_it:
        sweep = moment_of(stored["sweep"])
    if all_of_it:
        stored = {**stored, "version": session.version}
    return Aim(
        strategy=strategy,
        since=placed(max(since, kept) if kept else since),
        now=placed(now),
        lookback=options.lookback or strategy.lookback,
        tiers=tiers_of(options.reread, strategy),
        kind=request.kind,
        asked=asked,
        sweep=sweep,
        allow_deletes=request.allow_deletes,
        kept=placed(kept) if kept else None,
        scope=request.scope,
        usual=max(DAY, 2 * (reader.next_due(options, reader.clock.now()) - reader.clock.now())),
    ), stored


def _is_stuck(stored: dict[str, Any], now: datetime, every: timedelta) -> bool:
    """Whether the sweep under way came to its end but for partitions that fail, and it is time for the next."""
    return "stuck" in stored and "sweep" in stored and now - moment_of(stored["sweep"]) >= every
