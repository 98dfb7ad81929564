"""``syncd demo``: a made-up account arrives in an SQLite file, and three questions are answered from it."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
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
    from syncd.demo import Shown, Watch
    from syncd.reader import Progress
    from syncd.run import RunResult
    from syncd.store.report import Answered

app = new_app()


@app.command(epilog="Example: syncd demo --dir /tmp/agency")
def demo(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Option("--dir", help="Where configuration and database go; made if it is not there.")
    ] = Path("syncd-demo"),
    as_json: Json = False,
) -> None:
    """Start a stand-in vendor on this machine, copy all it has into DIR/demo.db, and ask the copy three questions.

    Needs no account, no network and no configuration. The stand-in allows 50 requests a second, the real vendor 1.
    """
    from syncd import log
    from syncd.demo import CASES, RATE, demonstrate

    log.configure(level="debug" if options(ctx).debug else "error", format="auto")
    if not as_json:
        output.say(f"A stand-in for Trackops starts on this machine: a made-up agency with {CASES} cases.")
        output.say(f"It allows {RATE} requests a second and is asked that fast; the real Trackops allows 1.")
        output.say()
    began = time.monotonic()
    shown = asyncio.run(demonstrate(folder, _watch(silent=as_json)))
    took_s = time.monotonic() - began
    if as_json:
        output.print_json(_as_json(folder, shown))
    else:
        _show(folder, shown, took_s)
    raise typer.Exit(shown.exit_code)


# --- while it runs ----------------------------------------------------------------------------------------------------
def _watch(*, silent: bool) -> Watch:
    """One line a collection: drawn over itself on a terminal until it is done, printed once elsewhere."""
    from syncd.demo import Watch

    drawn = output.is_terminal() and not silent
    last: dict[str, Progress] = {}

    def page(progress: Progress) -> None:
        last[progress.collection] = progress
        if drawn:
            _draw(f"  {progress.collection:<26} {progress.received:>6,} records, page {progress.page} …")

    def ended(collection: str, result: RunResult | None) -> None:
        if result is None or silent:
            return
        found = last.get(collection)
        said = "nothing" if found is None else f"{found.received:>6,} records"
        if drawn:
            _draw("")
        output.say(f"  {collection:<26} {said}{f'   {result.error}' if result.error else ''}")

    return Watch(page, ended)


def _draw(text: str) -> None:
    typer.echo(f"\r\x1b[2K{text}", nl=False)


# --- afterwards -------------------------------------------------------------------------------------------------------
def _show(folder: Path, shown: Shown, took_s: float) -> None:
    from syncd.demo import REPORTS

    output.say()
    names = list(shown.tables)
    half = (len(names) + 1) // 2
    pairs = [(names[at], names[at + half] if at + half < len(names) else None) for at in range(half)]
    output.print_table(
        ("table", "rows", "table ", "rows "),
        [(left, shown.tables[left], right or "", shown.tables[right] if right else "") for left, right in pairs],
        right=("rows", "rows "),
        title=f"{len(names)} tables, {sum(shown.tables.values()):,} rows",
    )
    output.say()
    output.say(_cost(shown.first, "The first cycle read everything"))
    output.say(_cost(shown.second, "The second found nothing new"))
    output.say(
        f"At the real vendor's pace the first would take {output.spelled(1.05 * _sum(shown.first, 'requests'))}."
    )
    for question, answer in zip(REPORTS, shown.answers, strict=True):
        output.say()
        output.say(f"--- {question.title}")
        output.say(question.sql)
        output.say()
        _show_answer(answer)
    _what_next(folder, shown, took_s)


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
        "tables": [{"name": name, "rows": rows} for name, rows in shown.tables.items()],
        "runs": [*shown.first, *shown.second],
        "reports": [
            {"title": question.title, "sql": question.sql, "columns": answer.columns, "rows": answer.rows}
            for question, answer in zip(REPORTS, shown.answers, strict=True)
        ],
    }


def _cost(runs: Sequence[Mapping[str, Any]], what: str) -> str:
    written = _sum(runs, "inserted") + _sum(runs, "updated")
    return f"{what}: {_many(_sum(runs, 'requests'), 'request')}, {_many(written, 'row')} written."


def _sum(runs: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(int(run[name]) for run in runs)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _has_cents(value: object) -> bool:
    return isinstance(value, float) and not value.is_integer()


def _with_cents(column: Sequence[Any]) -> list[object]:
    return [f"{value:,.2f}" if _is_number(value) else value for value in column]
