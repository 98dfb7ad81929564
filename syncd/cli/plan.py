"""``syncd plan``: what the next cycle would ask, and how long that takes, before it costs anything."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from syncd.cli import output
from syncd.cli.options import Json, Selectors, load_config, new_app
from syncd.errors import StoreBroken
from syncd.wording import many

if TYPE_CHECKING:
    # Only loaded where the database or a vendor is asked.
    from syncd.cli.forecast import Cost, Known
    from syncd.cli.selectors import Selected
    from syncd.collection import Collection
    from syncd.config import Config, ConnectionConfig
    from syncd.store import Store

app = new_app()

HOLDER: Final = "syncd plan --count"


@app.command(epilog="Example: syncd plan acme --count")
def plan(
    ctx: typer.Context,
    selectors: Selectors = None,
    count: Annotated[
        bool,
        typer.Option("--count", help="Ask the vendor how much there is: one request for each that can be counted."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what the next cycle would request and how long that takes, from what the database knows, without any request.

    Where that cannot be known it says "at least", and why; --count spends one request for each collection that the
    vendor can count. Of one that cannot, it reads the list that others are asked for by, if the database has none.
    """
    from syncd.cli.selectors import selected

    config = load_config(ctx, secrets=count)
    chosen = selected(config, selectors)
    planned = asyncio.run(_planned(config, chosen, count=count))
    if as_json:
        output.print_json({"connections": [_as_json(one, planned[one.connection.name]) for one in chosen]})
        return
    for one in chosen:
        _show(one, planned[one.connection.name], counted=count)


async def _planned(config: Config, chosen: Sequence[Selected], *, count: bool) -> dict[str, list[Cost]]:
    """The cost of every selected collection, by connection."""
    from syncd.cli.known import known, present
    from syncd.clock import SystemClock

    clock = SystemClock()
    async with present(config, clock) as at:
        if count and at.store is not None:
            await _alone(at.store, [one.connection.name for one in chosen])
        told = [await known(at, one, clock.now()) for one in chosen]
        # Accounts are counted side by side: each has a pace of its own.
        costs = await asyncio.gather(
            *(_costs(config, one, facts, count=count) for one, facts in zip(chosen, told, strict=True))
        )
    return {one.connection.name: found for one, found in zip(chosen, costs, strict=True)}


async def _alone(store: Store, names: Sequence[str]) -> None:
    """Take the lock, so that nobody else spends the same allowance meanwhile."""
    remedy = "Leave out --count: what the database knows costs no request."
    try:
        lock = await store.lock(names, holder=HOLDER)
    except StoreBroken as error:
        raise StoreBroken(error.message, remedy=remedy) from None
    if lock.refused:
        name, holder = next(iter(lock.refused.items()))
        raise StoreBroken(f"{name} is in use by {holder}.", remedy=remedy)


async def _costs(config: Config, one: Selected, known: Mapping[str, Known], *, count: bool) -> list[Cost]:
    from syncd.cli.forecast import count_filters, requested

    connection = one.connection
    collections = [connection.vendor.collection(name) for name in one.collections]
    counted: Mapping[str, int | None] = {}
    if count:
        from syncd.cli.probe import counts
        from syncd.clock import SystemClock

        if connection.vendor.count is None:
            known = await _with_parents(config, connection, collections, known)
        else:
            wanted = [(each, count_filters(connection, each, known[each.name])) for each in collections]
            counted = await counts(connection, wanted, SystemClock(), config.state_dir)
    return [requested(connection, each, known[each.name], counted.get(each.name)) for each in collections]


async def _with_parents(
    config: Config, connection: ConnectionConfig, collections: Sequence[Collection], known: Mapping[str, Known]
) -> Mapping[str, Known]:
    """*known* with what a vendor that cannot count tells: how many there are of what collections are asked for by.

    Lists that the database knows are not read for it.
    """
    from dataclasses import replace

    from syncd.cli.probe import countable, listed
    from syncd.clock import SystemClock
    from syncd.forecast import with_counted

    asked = {each.name: known[each.name].asked for each in collections}
    missing = {
        parents.collection
        for one in asked.values()
        if one is not None
        for parents, marks in one.parents.items()
        if marks is None
    }
    wanted = [each for each in countable(connection) if each.name in missing]
    vendor = connection.vendor.title
    if not wanted:
        output.note(f"{connection.name}: {vendor} has no call that counts, so nothing is asked.")
        return known
    numbers = await listed(connection, wanted, SystemClock(), config.state_dir)
    told = ", ".join(many(number, name.replace("_", " ").removesuffix("s")) for name, number in numbers.items())
    output.note(f"{connection.name}: {vendor} has no call that counts; read once instead: {told}.")
    return {
        name: each if each.asked is None else replace(each, asked=with_counted(each.asked, numbers))
        for name, each in known.items()
    }


def _as_json(one: Selected, costs: Sequence[Cost]) -> dict[str, object]:
    from dataclasses import asdict

    from syncd.cli.forecast import total

    seconds = total(one.connection, costs).seconds
    return {"name": one.connection.name, "seconds": seconds, "collections": [asdict(cost) for cost in costs]}


def _show(one: Selected, costs: Sequence[Cost], *, counted: bool) -> None:
    from syncd.cli.forecast import total
    from syncd.config.units import rates_text

    connection, whole = one.connection, total(one.connection, costs)
    output.print_table(
        ("collection", "strategy", "requests", "time", "why"),
        [
            (
                cost.name,
                cost.strategy,
                f"{_at_least(cost.exact)}{cost.requests:,}",
                output.spelled(cost.seconds),
                cost.why,
            )
            for cost in costs
        ],
        right=("requests", "time"),
        title=f"{connection.name}: the next cycle at {connection.vendor.title}",
    )
    share = f", of which {connection.rate_share:.0%} are ours" if connection.rate_share < 1 else ""
    output.say(
        f"{connection.name}: {'' if whole.exact else 'at least '}{many(whole.requests, 'request')}, "
        f"{output.spelled(whole.seconds)} at {rates_text(connection.rates)}{share}."
    )
    if not whole.exact and not counted and any("--count" in cost.why for cost in costs):
        output.say(f"`syncd plan {connection.name} --count` asks the vendor how much there is ({len(costs)} requests).")


def _at_least(exact: bool) -> str:
    return "" if exact else "≥ "
