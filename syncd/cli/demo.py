"""``syncd demo``: four made-up accounts arrive in an SQLite file, and four questions are answered from it."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli import output
from syncd.cli.options import Json, new_app, options

if TYPE_CHECKING:
    # The stand-in and the client are loaded when the demonstration begins.
    from syncd.config import Config
    from syncd.demo import Shown, Watch
    from syncd.reader import Progress
    from syncd.run import RunResult
    from syncd.store.report import Answered
    from syncd.vendors.base import Vendor

app = new_app()


@app.command(epilog="Example: syncd demo --dir /tmp/agency")
def demo(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Option("--dir", help="Where configuration and database go; made if it is not there.")
    ] = Path("syncd-demo"),
    serve: Annotated[
        bool, typer.Option("--serve", help="Then keep the daemon and its page running, until Ctrl-C.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Start stand-in vendors on this machine, copy what they have into DIR/demo.db, and ask the copy four questions.

    Needs no account, no network and no configuration. The stand-ins allow 50 requests a second and are asked that fast;
    the real vendors are asked 1 to 10 a second.
    """
    from syncd import log
    from syncd.demo import ACCOUNTS, RATE, demonstrate

    log.configure(level="debug" if options(ctx).debug else "error", format="auto")
    if not as_json:
        output.say("Four stand-in vendors start on this machine, each with a made-up account:")
        for made in ACCOUNTS:
            output.say(f"  {made.name:<8} {made.vendor.title:<18} {made.what}")
        output.say(f"They allow {RATE} requests a second and are asked that fast; {_slower()}.")
        output.say()
    began = time.monotonic()

    async def then(shown: Shown) -> None:
        if as_json:
            output.print_json(_as_json(folder, shown))
        else:
            _show(folder, shown, time.monotonic() - began)
        if serve and not shown.exit_code:
            await _serve(shown.config)

    shown = asyncio.run(demonstrate(folder, _watch(silent=as_json), then))
    raise typer.Exit(shown.exit_code)


async def _serve(config: Config) -> None:
    """The daemon and its page on what was made, until somebody stops it."""
    from dataclasses import replace

    from syncd import log
    from syncd.cli.run import daemon

    if config.server.address is not None and _is_taken(config.server.address):
        # By a syncd that is not a demo, perhaps. Nobody wants to change the configuration of this one.
        config = replace(config, server=replace(config.server, listen="127.0.0.1:0"))
    output.note("From here on the daemon keeps the copy current, and serves the page it names; Ctrl-C ends both.")
    log.configure(level="info", format="auto")
    await daemon(config, lambda: config, lambda _new: None)


def _is_taken(address: tuple[str, int]) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(address)
        except OSError:
            return True
    return False


# --- while it runs ----------------------------------------------------------------------------------------------------
def _slower() -> str:
    """How fast the real vendors are asked."""
    from syncd.config.units import rates_text
    from syncd.demo import ACCOUNTS

    told = [f"{made.vendor.title} {rates_text(made.vendor.usual_rates)}" for made in ACCOUNTS]
    return f"the real ones more slowly by default: {', '.join(told)}"


def _watch(*, silent: bool) -> Watch:
    """One line that is drawn over itself on a terminal; what failed stays."""
    from syncd.demo import Watch

    drawn = output.is_terminal() and not silent

    def page(progress: Progress) -> None:
        if drawn:
            name = f"{progress.connection}.{progress.collection}"
            _draw(f"  {name:<34} {progress.received:>6,} records, page {progress.page} …")

    def ended(connection: str, collection: str, result: RunResult | None) -> None:
        if drawn:
            _draw("")
        if result is not None and result.error and not silent:
            output.say(f"  {connection}.{collection}: {result.error}")

    return Watch(page, ended)


def _draw(text: str) -> None:
    typer.echo(f"\r\x1b[2K{text}", nl=False)


# --- afterwards -------------------------------------------------------------------------------------------------------
def _show(folder: Path, shown: Shown, took_s: float) -> None:
    from syncd.demo import ACCOUNTS, REPORTS

    for made in ACCOUNTS:
        _show_tables(f"{made.name} ({made.vendor.title})", shown.tables[made.name])
        output.say()
    _show_costs(shown)
    for question, answer in zip(REPORTS, shown.answers, strict=True):
        output.say()
        output.say(f"--- {question.connection}: {question.title}")
        output.say(question.sql)
        output.say()
        _show_answer(answer)
    _what_next(folder, shown, took_s)


def _show_tables(whose: str, tables: Mapping[str, int]) -> None:
    """Two columns of tables with their rows."""
    names = list(tables)
    half = (len(names) + 1) // 2
    pairs = [(names[at], names[at + half] if at + half < len(names) else None) for at in range(half)]
    output.print_table(
        ("table", "rows", "table ", "rows "),
        [(left, tables[left], right or "", tables[right] if right else "") for left, right in pairs],
        right=("rows", "rows "),
        title=f"{whose}: {len(names)} tables, {sum(tables.values()):,} rows",
    )


def _show_costs(shown: Shown) -> None:
    """What each cycle asked and wrote, and what the first would take at the real vendors."""
    from syncd.demo import ACCOUNTS

    rows = []
    for made in ACCOUNTS:
        first, second = (
            [run for run in runs if run["connection"] == made.name] for runs in (shown.first, shown.second)
        )
        pace_s = output.spelled(_at_real_pace(made.vendor, first))
        asked, again = _sum(first, "requests"), _sum(second, "requests")
        rows.append((made.name, asked, _written(first), again, _written(second), pace_s))
    numbers = ("requests", "rows", "second cycle", "rows ")
    output.print_table(("first cycle", *numbers, "first, at the real pace"), rows, right=numbers)


def _at_real_pace(vendor: Vendor, runs: Sequence[Mapping[str, Any]]) -> float:
    """Seconds that the requests of *runs* take at the vendor's usual pace; classes of calls are asked side by side."""
    took_s = dict.fromkeys(vendor.usual_rates, 0.0)
    for run in runs:
        name = vendor.class_of(vendor.collection(run["collection"]).path)
        took_s[name] += run["requests"] * max(seconds / requests for requests, seconds in vendor.usual_rates[name])
    return max(took_s.values())


def _show_answer(answer: Answered) -> None:
    """A table; a column with cents in it shows them in every row."""
    columns = [[row[at] for row in answer.rows] for at in range(len(answer.columns))]
    numbers = [name for name, column in zip(answer.columns, columns, strict=True) if any(map(_is_number, column))]
    shown = [_with_cents(column) if any(map(_has_cents, column)) else column for column in columns]
    output.print_table(answer.columns, list(zip(*shown, strict=True)), right=numbers)


def _what_next(folder: Path, shown: Shown, took_s: float) -> None:
    file = shown.config.database.file or Path()
    config, syncd = shlex.quote(str(folder / "config.toml")), _program()
    output.say()
    output.say(f"Done in {output.spelled(took_s)}. Everything is in {file}. Look around:")
    output.say(f"  sqlite3 -readonly {shlex.quote(str(file))}")
    output.say(f"  {syncd} --config {config} status")
    output.say(f"  {syncd} schema          every table and column, with its meaning")
    output.say("With a real account (it is only ever read):")
    output.say(f"  {syncd} init            asks for it, tries it, writes config.toml")
    output.say(f"  {syncd} plan --count    what the first sync asks, and how long that takes")
    output.say(f"  {syncd} sync            reads everything once; may be interrupted")
    output.say(f"  {syncd} run             keeps it current")


def _program() -> str:
    """How the program is called from here: by its name if the shell finds it, else by where it is."""
    beside = Path(sys.executable).with_name("syncd")
    if shutil.which("syncd") or not beside.exists():
        return "syncd"
    return shlex.quote(os.path.relpath(beside) if beside.is_relative_to(Path.cwd()) else str(beside))


def _as_json(folder: Path, shown: Shown) -> Mapping[str, object]:
    from syncd.demo import REPORTS

    return {
        "exit_code": shown.exit_code,
        "database": shown.config.database.file,
        "config": (folder / "config.toml").absolute(),
        "tables": [
            {"connection": connection, "name": name, "rows": rows}
            for connection, tables in shown.tables.items()
            for name, rows in tables.items()
        ],
        "runs": [*shown.first, *shown.second],
        "reports": [
            {
                "connection": question.connection,
                "title": question.title,
                "sql": question.sql,
                "columns": answer.columns,
                "rows": answer.rows,
            }
            for question, answer in zip(REPORTS, shown.answers, strict=True)
        ],
    }


def _written(runs: Sequence[Mapping[str, Any]]) -> int:
    return _sum(runs, "inserted") + _sum(runs, "updated")


def _sum(runs: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(int(run[name]) for run in runs)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _has_cents(value: object) -> bool:
    return isinstance(value, float) and not value.is_integer()


def _with_cents(column: Sequence[Any]) -> list[object]:
    return [f"{value:,.2f}" if _is_number(value) else value for value in column]
