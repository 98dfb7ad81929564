"""``python -m benchmarks``: run both programs in turn and print the ratios."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks import measure, postgres, programs
from benchmarks.measure import Cost
from benchmarks.programs import FLOOR, SYNCD, Program

LOADS = ("first load", "sweep, 1 % changed")
MB = 1e6


@dataclass(frozen=True, slots=True)
class Figure:
    """What one program cost for one load; ``wal`` in bytes, PostgreSQL only."""

    database: str
    program: str
    load: str
    cpu: float
    wall: float
    rss: float
    wal: float | None = None


def once(program: Program, kind: str, rows: int, server: str | None, folder: Path) -> list[Figure]:
    """Both loads of one program into a fresh database, checked."""
    database = postgres.fresh(server, program.name) if server else str(folder / f"{program.name}.db")
    found = []
    with measure.server(rows) as url:
        for load in LOADS:
            again = load != LOADS[0]
            if again:
                measure.change(url)
            command = program.command(url=url, database=database, folder=folder, again=again)
            before = postgres.wal(server) if server else 0
            cost = measure.cost(command, folder / "output", programs.environment())
            written = float(postgres.wal(server) - before) if server else None
            programs.check(program, database, rows, changed=again)
            found.append(_figure(kind, program, load, cost, written))
    return found


def _figure(kind: str, program: Program, load: str, cost: Cost, written: float | None) -> Figure:
    return Figure(database=kind, program=program.name, load=load, wal=written, **asdict(cost))


def middle(figures: list[Figure]) -> Figure:
    """The median of each figure of the same load, run several times."""
    first = figures[0]
    return Figure(
        database=first.database,
        program=first.program,
        load=first.load,
        cpu=median(figure.cpu for figure in figures),
        wall=median(figure.wall for figure in figures),
        rss=median(figure.rss for figure in figures),
        wal=None if first.wal is None else median(figure.wal or 0 for figure in figures),
    )


def show(figures: list[Figure], rows: int) -> Table:
    """The table that people read; a ratio is to the floor's same load."""
    table = Table(title=f"{rows:,} records, {-(-rows // 100):,} pages; client process only, ratios to the floor")
    for heading in ("database", "load", "program"):
        table.add_column(heading)
    for heading in ("CPU s", "µs/row", "ratio", "wall s", "ratio", "peak MB", "ratio", "WAL MB"):
        table.add_column(heading, justify="right")
    floors = {(figure.database, figure.load): figure for figure in figures if figure.program == FLOOR.name}
    for figure in figures:
        floor = floors.get((figure.database, figure.load), figure)
        table.add_row(
            figure.database,
            figure.load,
            figure.program,
            f"{figure.cpu:.2f}",
            f"{figure.cpu / rows * 1e6:.1f}",
            f"{figure.cpu / floor.cpu:.2f}",
            f"{figure.wall:.2f}",
            f"{figure.wall / floor.wall:.2f}",
            f"{figure.rss:.0f}",
            f"{figure.rss / floor.rss:.2f}",
            "" if figure.wal is None else f"{figure.wal / MB:.1f}",
            end_section=figure.program == SYNCD.name,
        )
    return table


def promises(figures: list[Figure], rows: int) -> list[str]:
    """The promised figures that do not hold; empty if all do."""
    by = {(figure.database, figure.program, figure.load): figure for figure in figures}
    broken = []
    for (kind, program, load), figure in by.items():
        if program != SYNCD.name:
            continue
        floor = by.get((kind, FLOOR.name, load))
        if load == LOADS[0] and floor and figure.cpu > 2.5 * floor.cpu:
            broken.append(
                f"{kind}: the first load takes {figure.cpu / floor.cpu:.2f} times the floor's CPU, more than 2.5"
            )
        first = by[kind, program, LOADS[0]]
        if load != LOADS[0] and figure.cpu > first.cpu / 2:
            broken.append(
                f"{kind}: the sweep takes {figure.cpu / first.cpu:.2f} of the first load's CPU, more than half"
            )
        if load != LOADS[0] and figure.wal is not None and figure.wal > 5 * MB * max(1, rows / 100_000):
            broken.append(f"{kind}: the sweep writes {figure.wal / MB:.1f} MB of WAL, more than 5 MB per 100,000 rows")
        if figure.rss > 150 * 1.048576:
            broken.append(f"{kind}: {load} needs {figure.rss:.0f} MB, more than 150 MiB")
    return broken


def main() -> int:
    """Read the command line, measure, print; 1 if a promised figure does not hold, 2 if a program failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="records to read (100,000)")
    parser.add_argument("--repeat", type=int, default=1, help="take the median of so many runs (1)")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append", help="only this one")
    parser.add_argument("--program", choices=[FLOOR.name, SYNCD.name], action="append", help="only this one")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    chosen = parser.parse_args()

    figures: list[Figure] = []
    with postgres.server() as server, tempfile.TemporaryDirectory(prefix="syncd-bench-") as place:
        for kind in chosen.database or ["sqlite", "postgresql"]:
            if kind == "postgresql" and server is None:
                print("No PostgreSQL server to run: neither the system's nor the development extra's.", file=sys.stderr)
                return 2
            runs: dict[tuple[str, str], list[Figure]] = {}
            # In turn, so that a machine that grows slower does not favour the program that came first.
            for turn in range(chosen.repeat):
                for program in (FLOOR, SYNCD):
                    if program.name not in (chosen.program or [FLOOR.name, SYNCD.name]):
                        continue
                    folder = Path(place, f"{kind}-{program.name}-{turn}")
                    folder.mkdir()
                    print(f"{kind}: {program.name} …", file=sys.stderr)
                    try:
                        found = once(program, kind, chosen.rows, server if kind == "postgresql" else None, folder)
                    except measure.FailedError as failed:
                        print(failed, file=sys.stderr)
                        return 2
                    for figure in found:
                        runs.setdefault((figure.load, figure.program), []).append(figure)
            figures += [middle(runs[key]) for load in LOADS for key in runs if key[0] == load]

    Console(width=None if sys.stdout.isatty() else 120).print(show(figures, chosen.rows))
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
    broken = promises(figures, chosen.rows)
    for promise in broken:
        print(f"does not hold: {promise}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
