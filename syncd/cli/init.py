"""``syncd init``: asks for one connection, tries it, says what its first sync costs, and writes it down."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli import output
from syncd.cli.asking import Dialogue, given_for, pairs, settings_of
from syncd.cli.options import apply, new_app, options
from syncd.errors import ConfigError, SyncdError, UsageError
from syncd.secret import is_open_to_others
from syncd.vendors import VENDORS, vendor_named
from syncd.vendors.base import Vendor

if TYPE_CHECKING:
    from syncd.cli.forecast import Cost
    from syncd.collection import Collection
    from syncd.config import Config, ConnectionConfig
    from syncd.config.draft import Draft

app = new_app()


@app.command(
    epilog="Example: TRACKOPS_TOKEN=… syncd init --vendor trackops --subdomain mycompany --username ida.sync "
    "--token-from env:TRACKOPS_TOKEN --yes"
)
def init(  # noqa: PLR0917 (each is an option of the command line)
    ctx: typer.Context,
    vendor: Annotated[str | None, typer.Option("--vendor", help=f"One of {', '.join(VENDORS)}.")] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Your name for the account; it stands in every row.")
    ] = None,
    subdomain: Annotated[
        str | None, typer.Option("--subdomain", help="The account's part of the address (trackops).")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="The API's whole address, where it is not the usual one.")
    ] = None,
    username: Annotated[str | None, typer.Option("--username", help="The login (trackops).")] = None,
    login: Annotated[str | None, typer.Option("--login", help="The login, where there is no key (itrack).")] = None,
    token_from: Annotated[
        str | None,
        typer.Option("--token-from", help="env:NAME, file:PATH or credential:NAME; - reads it from standard input."),
    ] = None,
    api_key_from: Annotated[
        str | None, typer.Option("--api-key-from", help="The same for a key (itrack, trackier).")
    ] = None,
    password_from: Annotated[
        str | None, typer.Option("--password-from", help="The same for the password of --login.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", help="The network's zone, such as Asia/Kolkata (trackier).")
    ] = None,
    others: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Another key of the vendor's, such as token_in=url."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option("--database", help="Where the copy is kept, for a new file: sqlite:///FILE or postgresql://…"),
    ] = None,
    rate: Annotated[str | None, typer.Option("--rate", help='The pace, if not the vendor\'s: "1/s", "30/min".')] = None,
    count: Annotated[
        bool | None,
        typer.Option("--count/--no-count", help="Ask how much there is, and say what the first sync costs."),
    ] = None,
    test: Annotated[bool, typer.Option("--test/--no-test", help="Try the connection before it is written.")] = True,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
) -> None:
    """Ask for one connection, try it, say what the first sync costs, and write it into the configuration (mode 0600).

    A file that is there is kept: the connection is added at its end.
    """
    dialogue = Dialogue(asks=not yes and sys.stdin.isatty())
    file = _file(options(ctx).config)
    text, taken = _present(file)
    if text and database is not None:
        raise UsageError(f"{file} is there already and has its own database.", remedy="Leave --database out.")
    output.note(f"{'Adding a connection to' if text else 'Writing'} {file}")
    known = ", ".join(VENDORS)
    chosen = vendor_named(vendor) if vendor else _asked_vendor(dialogue, known)
    plain = {
        "subdomain": subdomain,
        "base_url": base_url,
        "username": username,
        "login": login,
        "time_zone": time_zone,
        "rate": rate,
    }
    secret = {"token": token_from, "api_key": api_key_from, "password": password_from}
    given = given_for(chosen, plain | pairs(others or ()), secret)
    while True:
        settings = settings_of(dialogue, chosen, given)
        called = _name(dialogue, name, settings, chosen, taken)
        draft = _draft(file, text, database, called, chosen, settings)
        try:
            if _accepted(ctx, draft, called, dialogue, test=test, count=count):
                draft.keep()
                break
        finally:
            draft.discard()
    _what_next(ctx, file, called)


# --- the file ---------------------------------------------------------------------------------------------------------
def _file(named: Path | None) -> Path:
    """Where the connection goes: the file every other command would read, else ``./config.toml``."""
    from syncd.config.source import find

    return find(named, os.environ) or Path("config.toml").absolute()


def _present(file: Path) -> tuple[str, Mapping[str, object]]:
    """The text of the file that is there (empty without one) and its connections."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        tree = tomllib.loads(text)
    except FileNotFoundError:
        return "", {}
    except (OSError, ValueError) as error:
        reason = (
            (error.strerror or "it cannot be read").lower() if isinstance(error, OSError) else "it is not valid TOML"
        )
        raise ConfigError(
            f"{file} is there, but {reason}.",
            remedy="Mend it (`syncd config check`), or name another file with --config.",
        ) from None
    connections: Any = tree.get("connections", {})
    return text, connections if isinstance(connections, dict) else {}


def _draft(
    file: Path, text: str, database: str | None, name: str, vendor: Vendor, settings: Mapping[str, str]
) -> Draft:
    from syncd.config.draft import DATABASE, Draft, connection_text, new_file

    before = text.rstrip() + "\n" if text.strip() else new_file(database or DATABASE)
    return Draft(file, f"{before}\n{connection_text(name, vendor, settings)}")


# --- its name ---------------------------------------------------------------------------------------------------------
def _name(
    dialogue: Dialogue, given: str | None, settings: Mapping[str, str], vendor: Vendor, taken: Mapping[str, object]
) -> str:
    from syncd.config.draft import suggested_name

    name = given or dialogue.text(
        "Name of the connection: yours, it stands in every row\nname",
        "--name",
        default=suggested_name(settings, vendor, taken),
    )
    while problem := _problem(name, taken):
        if given is not None or not dialogue.asks:
            raise UsageError(problem, remedy="Choose another --name; nothing was written.")
        output.note(problem)
        name = dialogue.text("name", "--name", default=suggested_name(settings, vendor, taken))
    return name


def _problem(name: str, taken: Mapping[str, object]) -> str:
    """Why a connection cannot be called *name*; empty if it can."""
    from syncd.config.keys import NAME

    if not re.fullmatch(NAME, name):
        return f"{name!r} is not a name of a connection: small letters, digits and single _, such as acme_2."
    return f"There is a connection {name} already." if name in taken else ""


# --- trying it --------------------------------------------------------------------------------------------------------
def _accepted(
    ctx: typer.Context, draft: Draft, name: str, dialogue: Dialogue, *, test: bool, count: bool | None
) -> bool:
    """Whether the draft should be written. False: ask again. An error ends the command, and nothing is written."""
    try:
        config = draft.load(secrets=test)
        apply(ctx, config)
        if test:
            _try(config, name)
    except SyncdError as error:
        if not dialogue.asks:
            raise
        from syncd.cli.app import explained

        output.note(explained(error))
        if dialogue.agrees("Enter it again?", default=True):
            return False
        if isinstance(error, ConfigError) or not dialogue.agrees("Write it all the same?", default=False):
            raise
        return True
    for warning in config.warnings:
        output.note(f"warning: {draft.shown(warning)}")
    if is_open_to_others(draft.target) and any(secret.is_literal for secret in config.connection(name).secrets()):
        output.note(f"warning: every user of this machine can read {draft.target}; `chmod 600 {draft.target}`.")
    if test:
        _offer_cost(config, name, dialogue, count=count)
    return True


def _asked_vendor(dialogue: Dialogue, known: str) -> Vendor:
    while True:
        said = dialogue.text(f"Vendor ({known})", "--vendor", default=next(iter(VENDORS)))
        try:
            return vendor_named(said.lower())
        except UsageError as error:
            if not dialogue.asks:
                raise
            output.note(str(error))


def _try(config: Config, name: str) -> None:
    from syncd.cli.probe import try_connection
    from syncd.clock import SystemClock

    connection = config.connection(name)
    output.note(f"Trying {connection.base_url} (one request) …")
    tried = asyncio.run(try_connection(connection, SystemClock(), config.state_dir))
    if tried.error is not None:
        raise tried.error
    output.note(tried.message)


def _offer_cost(config: Config, name: str, dialogue: Dialogue, *, count: bool | None) -> None:
    from syncd.cli.forecast import seconds_of, total
    from syncd.cli.probe import countable
    from syncd.config.units import rates_text

    connection = config.connection(name)
    counts = connection.vendor.count is not None
    wanted = [connection.vendor.collection(one) for one in connection.collections]
    asked = wanted if counts else list(countable(connection))
    took = output.spelled(seconds_of(connection, ((one.name, 1) for one in asked)))
    many = "1 request" if len(asked) == 1 else f"{len(asked)} requests"
    question = f"Ask how much there is to read? {many}, about {took}"
    if not (dialogue.agrees(question, default=True) if count is None and dialogue.asks else count):
        return
    found, costs = _counted(config, connection, asked) if counts else _listed(config, connection, asked)
    whole = total(connection, costs)
    about = "" if whole.exact else "at least " if counts else "about "
    output.note(
        f"The first sync reads {found}: {about}{whole.requests:,} requests, "
        f"{about}{output.spelled(whole.seconds)} at {rates_text(connection.rates)}."
    )


def _counted(config: Config, connection: ConnectionConfig, asked: Sequence[Collection]) -> tuple[str, list[Cost]]:
    """What a vendor that counts says, and the costs of it."""
    from syncd.cli.forecast import Known, requested
    from syncd.cli.probe import counts
    from syncd.clock import SystemClock

    counted = asyncio.run(counts(connection, [(one, ()) for one in asked], SystemClock(), config.state_dir))
    records = sum(number or 0 for number in counted.values())
    return f"{records:,} records", [requested(connection, one, Known(), counted[one.name]) for one in asked]


def _listed(config: Config, connection: ConnectionConfig, asked: Sequence[Collection]) -> tuple[str, list[Cost]]:
    """How many there are of what other collections are asked for by, and the costs by that."""
    from syncd.cli.forecast import Known, requested
    from syncd.cli.probe import listed
    from syncd.clock import SystemClock
    from syncd.config.units import duration_text
    from syncd.forecast import Asked, with_counted

    clock, vendor = SystemClock(), connection.vendor
    numbers = asyncio.run(listed(connection, asked, clock, config.state_dir))
    costs = []
    for name in connection.collections:
        collection = vendor.collection(name)
        unknown = Asked(clock.now(), {}, dict.fromkeys(collection.parents))
        costs.append(requested(connection, collection, Known(asked=with_counted(unknown, numbers)), None))
    told = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in numbers.items())
    since = connection.since or vendor.since
    if isinstance(since, timedelta):
        told += f" and what belongs to them, {duration_text(since)} back"
    return told, costs


def _what_next(ctx: typer.Context, file: Path, name: str) -> None:
    chosen = f" --config {file}" if options(ctx).config is not None else ""
    output.say(f"Wrote [connections.{name}] to {file}. Next:")
    for command, says in (
        ("plan", "what the first sync asks, and how long that takes"),
        ("sync", "read everything once; interrupt it at any time, it goes on where it was"),
        ("run", "keep it current from then on"),
    ):
        output.say(f"  syncd{chosen} {command:<6} {says}")
