"""``python -m benchmarks``: run both programs in turn and print the ratios."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks import measure, postgres, programs
from benchmarks.programs import AGAIN, FIRST, FLOOR, JOBS, SYNCD, Job

MB = 1e6


@dataclass(frozen=True, slots=True)
class Figure:
    """What one program cost for one load of a job; ``wal`` in bytes, PostgreSQL only."""

    job: str
    rows: int
    database: str
    program: str
    load: str
    cpu: float
    wall: float
    rss: float
    wal: float | None = None


def once(job: Job, program: str, kind: str, rows: int, server: str | None, folder: Path) -> list[Figure]:
    """The loads of one program into a fresh database, checked."""
    database = postgres.fresh(server, program) if server else str(folder / f"{program}.db")
    found = []
    with measure.server(job.server(rows)) as url:
        for load in job.loads:
            again = load == AGAIN
            if again:
                measure.change(url)
            command = job.command(program, url=url, database=database, folder=folder, again=again)
            before = postgres.wal(server) if server else 0
            cost = measure.cost(command, folder / "output", programs.environment())
            written = float(postgres.wal(server) - before) if server else None
            job.check(program, database, rows, changed=again)
            found.append(Figure(job.name, rows, kind, program, load, **asdict(cost), wal=written))
    return found


def middle(figures: list[Figure]) -> Figure:
    """The median of each figure of the same load, run several times."""
    first = figures[0]
    return replace(
        first,
        cpu=median(figure.cpu for figure in figures),
        wall=median(figure.wall for figure in figures),
        rss=median(figure.rss for figure in figures),
        wal=None if first.wal is None else median(figure.wal or 0 for figure in figures),
    )


def show(job: Job, figures: list[Figure], rows: int) -> Table:
    """The table that people read; a ratio is to the floor's same load."""
    table = Table(title=f"{job.title}; {rows:,} records; client process only, ratios to the floor")
    for heading in ("database", "load", "program"):
        table.add_column(heading)
    for heading in ("CPU s", "µs/row", "ratio", "wall s", "ratio", "peak MB", "ratio", "WAL MB"):
        table.add_column(heading, justify="right")
    floors = {(figure.database, figure.load): figure for figure in figures if figure.program == FLOOR}
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
            end_section=figure.program == SYNCD,
        )
    return table


def promises(job: Job, figures: list[Figure], rows: int) -> list[str]:
    """The promised figures that do not hold; empty if all do."""
    by = {(figure.database, figure.program, figure.load): figure for figure in figures}
    broken = []
    for (kind, program, load), figure in by.items():
        if program != SYNCD:
            continue
        what = f"{job.name}, {kind}"
        floor = by.get((kind, FLOOR, load))
        if load == FIRST and floor and figure.cpu > 2.5 * floor.cpu:
            broken.append(
                f"{what}: the first load takes {figure.cpu / floor.cpu:.2f} times the floor's CPU, more than 2.5"
            )
        first = by[kind, program, FIRST]
        if load == AGAIN and figure.cpu > first.cpu / 2:
            broken.append(
                f"{what}: the sweep takes {figure.cpu / first.cpu:.2f} of the first load's CPU, more than half"
            )
        if load == AGAIN and figure.wal is not None and figure.wal > 5 * MB * max(1, rows / 100_000):
            broken.append(f"{what}: the sweep writes {figure.wal / MB:.1f} MB of WAL, more than 5 MB per 100,000 rows")
        if figure.rss > job.most_mb:
            broken.append(f"{what}: {load} needs {figure.rss:.0f} MB, more than {job.most_mb:.0f}")
    return broken


def measured(job: Job, rows: int, kind: str, server: str | None, chosen: argparse.Namespace) -> list[Figure]:
    """The figures of one job on one database. Raises FailedError."""
    runs: dict[tuple[str, str], list[Figure]] = {}
    with tempfile.TemporaryDirectory(prefix="syncd-bench-") as place:
        # In turn, so that a machine that grows slower does not favour the program that came first.
        for turn in range(chosen.repeat):
            for program in chosen.program or (FLOOR, SYNCD):
                folder = Path(place, f"{program}-{turn}")
                folder.mkdir()
                print(f"{job.name}, {kind}: {program} …", file=sys.stderr)
                for figure in once(job, program, kind, rows, server, folder):
                    runs.setdefault((figure.load, figure.program), []).append(figure)
    return [middle(runs[key]) for load in job.loads for key in runs if key[0] == load]


def main() -> int:
    """Read the command line, measure, print; 1 if a promised figure does not hold, 2 if a program failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--job", choices=list(JOBS), action="append", help="only this one")
    parser.add_argument("--rows", type=int, help="records to read (100,000 events; 1,000,000 rows of history)")
    parser.add_argument("--repeat", type=int, default=1, help="take the median of so many runs (1)")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append", help="only this one")
    parser.add_argument("--program", choices=[FLOOR, SYNCD], action="append", help="only this one")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    chosen = parser.parse_args()

    figures: list[Figure] = []
    broken: list[str] = []
    with postgres.server() as server:
        for job in (JOBS[name] for name in chosen.job or JOBS):
            rows = chosen.rows or job.rows
            found: list[Figure] = []
            for kind in chosen.database or ["sqlite", "postgresql"]:
                if kind == "postgresql" and server is None:
                    print("No PostgreSQL server: neither the system's nor the development extra's.", file=sys.stderr)
                    return 2
                try:
                    found += measured(job, rows, kind, server if kind == "postgresql" else None, chosen)
                except measure.FailedError as failed:
                    print(failed, file=sys.stderr)
                    return 2
            Console(width=None if sys.stdout.isatty() else 120).print(show(job, found, rows))
            broken += promises(job, found, rows)
            figures += found
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
    for promise in broken:
        print(f"does not hold: {promise}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
