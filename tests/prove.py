"""``python -m tests.prove``: the promised figures in full and in real time, written to ``docs/proof.md``.

Ends with 1 if one of them does not hold. ``--only NAME…`` measures some (and writes nothing).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

from tests import killed, kit, prove_daemon, prove_fleets, prove_network
from tests.postgres import Server, running_server
from tests.proving import MIB, ROOT, Bench, Figure, cost, environment, pytest_run, rows_digest

PAGE = ROOT / "docs" / "proof.md"
DEMO_TABLES = 129
LAST_S = 300  # the length of the pace's proof


# --- the proofs -----------------------------------------------------------------------------------------------------
def demo(bench: Bench) -> Iterator[Figure]:
    """The demo, with its dependencies in place."""
    folder = bench.folder / "demo"
    spent = cost("demo", "--dir", folder)
    connection = sqlite3.connect(folder / "demo.db")
    tables = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'syncd%' AND name NOT LIKE 'sqlite%'"
        )
    ]
    filled = sum(bool(connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()) for table in tables)
    connection.close()
    yield Figure(
        "demo, dependencies in place",
        f"exit 0 in ≤ 120 s; all {DEMO_TABLES} tables of four vendors filled that are on by default",
        f"exit {spent.code} in {spent.wall_s:.0f} s; {filled} tables filled",
        spent.code == 0 and spent.wall_s <= 120 and filled == DEMO_TABLES,
        "`syncd demo` as a process",
    )


def pace(bench: Bench) -> Iterator[Figure]:
    """Five minutes of waiting work against a server that refuses whatever comes within a second of the last request."""
    with killed.vendor("--rate", "1", "--cases", "3", "--rows", "clients=40000") as vendor:
        config = bench.config(vendor, "pace", ["clients"], rate="1/s")
        cost("--config", config, "sync", stop_after_s=LAST_S + 5)
        log = [entry for entry in vendor.call("log") if entry["at"]]
    first = log[0]["at"]
    log = [entry for entry in log if entry["at"] - first <= LAST_S]
    gaps = [later["at"] - earlier["at"] for earlier, later in pairwise(log)]
    refused = sum(entry["status"] == 429 for entry in log)
    share = (len(log) - 1) / (log[-1]["at"] - first)
    yield Figure(
        f"pace against a strict server, {LAST_S // 60} minutes of waiting work",
        "0 refused; no two arrivals closer than 1 s; ≥ 97 % of the requests the rule allows",
        f"{refused} refused of {len(log)}; closest {min(gaps):.4f} s; {share:.1%}",
        refused == 0 and min(gaps) >= 1.0 and share >= 0.97,
        "`syncd sync` at its default pace, arrivals by the server's monotonic clock; 100 % is one a second",
    )


def cycles(bench: Bench) -> Iterator[Figure]:
    """Quiet cycles and small changes in a collection of 100,000."""
    with killed.vendor("--bulk", "100000") as vendor:
        config = bench.config(vendor, "cycles", ["subjects"])
        first = cost("--config", config, "sync")
        assert first.code == 0, first.said
        file = bench.folder / "cycles.db"
        before, asked = rows_digest(file, "trackops_subjects"), vendor.call("requests")
        cost("--config", config, "sync")
        quiet = vendor.call("requests") - asked
        same = before == rows_digest(file, "trackops_subjects")
        yield Figure(
            "a cycle when nothing changed, 100,000 records",
            "≤ 1 request; no row rewritten",
            f"{quiet} request; {'no row' if same else 'rows'} rewritten",
            quiet <= 1 and same,
            "`syncd sync` as a process; digest of every value before and after",
        )
        assert vendor.call("change", part=0.00001, first=50_000) == 1
        vendor.call("insert", number=1)
        asked = vendor.call("requests")
        cost("--config", config, "sync")
        small = vendor.call("requests") - asked
    connection = sqlite3.connect(file)
    written = connection.execute("SELECT inserted, updated FROM syncd_runs ORDER BY id DESC LIMIT 1").fetchone()
    connection.close()
    yield Figure(
        "1 changed and 1 added in 100,000 records",
        "≤ 3 requests",
        f"{small} request{'s' * (small != 1)}; {written[0]} inserted, {written[1]} updated",
        small <= 3 and written == (1, 1),
        "`syncd sync` as a process, requests as the server counts them",
    )


def deletions(_bench: Bench) -> Iterator[Figure]:
    """Every test of deletions, on both databases where the database matters."""
    passed, summary = pytest_run("tests/contract/test_trackops_deletions.py")
    yield Figure(
        "deletions",
        "found exactly, within one daily count and the months that differ; never on an answer that lies",
        summary,
        passed,
        "`tests/contract/test_trackops_deletions.py`, all collections, 14 kinds of lying answers",
    )


def kills(_bench: Bench) -> Iterator[Figure]:
    """SIGKILL at random and at every named step."""
    passed, summary = pytest_run("tests/daemon/test_kill.py", "-k", "any_step or at_random", SYNCD_TEST_KILLS="50")
    yield Figure(
        "50 times SIGKILL at random, and at every named step, both databases",
        "converges; 0 rows lost, doubled or wrong; cursor never ahead of rows",
        summary,
        passed,
        "`tests/daemon/test_kill.py` with 50 kills on each database, judged cell for cell after each recovery",
    )


def resumed(bench: Bench) -> Iterator[Figure]:
    """A first walk of 300 pages killed at 60 %."""
    url = f"sqlite:///{bench.folder / 'resumed.db'}"
    with (
        killed.vendor("--bulk", "29950") as vendor,
        killed.driver(bench.folder, url, vendor, names=("subjects",)) as driver,
    ):
        driver.run(step="after_commit", nth=180)
        kept = driver.query("SELECT count(*) AS n FROM trackops_subjects")[0]["n"]
        asked = vendor.call("requests")
        answer = driver.run()
        spent = vendor.call("requests") - asked
        rows = driver.query("SELECT count(*) AS n FROM trackops_subjects")[0]["n"]
    good = kept == 18_000 and rows == 29_950 and spent <= 125 and answer["states"] == {"subjects": "ok"}
    yield Figure(
        "killed at 60 % of a 300-page first walk",
        "all pages kept; the next run ≤ 125 requests",
        f"{kept // 100} of 180 pages kept; {spent} requests",
        good,
        "SIGKILL after the 180th commit; the server counts",
    )


def storm(_bench: Bench) -> Iterator[Figure]:
    """Faults of all kinds at once."""
    passed, summary = pytest_run("tests/contract/test_trackops_faults.py", "-k", "ten_percent or storm")
    yield Figure(
        "10 % of all fault kinds at once",
        "converges without a person; other collections unaffected; no traceback",
        summary,
        passed,
        "`tests/contract/test_trackops_faults.py`, the whole account changing meanwhile, both databases",
    )


def ingest(bench: Bench) -> Iterator[Figure]:
    """The benchmark beside the hand-written floor."""
    file = bench.folder / "benchmarks.json"
    subprocess.run(
        [sys.executable, "-m", "benchmarks", "--json", str(file)],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if not file.exists():
        yield Figure(
            "ingest", "≤ 2.5 times the floor's CPU", "the benchmark did not run", False, "`python -m benchmarks`"
        )
        return
    by = {(one["job"], one["database"], one["program"], one["load"]): one for one in json.loads(file.read_text())}
    first, second = "first load", "sweep, 1 % changed"
    for database in ("sqlite", "postgresql"):
        ours, floor = by["events", database, "syncd", first]["cpu"], by["events", database, "floor", first]["cpu"]
        again = by["events", database, "syncd", second]["cpu"]
        yield Figure(
            f"ingest of 100,000 records, {database}",
            "first load ≤ 2.5 times the floor's CPU; sweep with 1 % changed ≤ 0.5 of the first load",
            f"{ours / floor:.2f} times; {again / ours:.2f}",
            ours <= 2.5 * floor and again <= ours / 2,
            "`python -m benchmarks`, CPU of the client's process",
        )
    wal = by["events", "postgresql", "syncd", second]["wal"] / 1e6
    yield Figure(
        "PostgreSQL, second sweep with 1 % changed",
        "≤ 5 MB of WAL per 100,000 rows",
        f"{wal:.1f} MB",
        wal <= 5,
        "`python -m benchmarks`; no checkpoint between, full-page images off",
    )
    for database in ("sqlite", "postgresql"):
        ours, floor = by["history", database, "syncd", first], by["history", database, "floor", first]
        ratio = ours["cpu"] / floor["cpu"]
        yield Figure(
            f"ingest of 1,000,000 rows of unit history, {database}",
            "≤ 2.5 times the floor's CPU; peak RSS ≤ 200 MB",
            f"{ratio:.2f} times ({ours['cpu'] / ours['rows'] * 1e6:.0f} µs a row); {ours['rss']:.0f} MB",
            ratio <= 2.5 and ours["rss"] <= 200,
            "`python -m benchmarks`, CPU and peak of the client's process; 20 units, 45 values a row, 16 in flight",
        )


def memory(bench: Bench) -> Iterator[Figure]:
    """Peak resident memory at three sizes."""
    peaks = []
    for size in (10_000, 100_000, 1_000_000):
        with killed.vendor("--bulk", str(size)) as vendor:
            spent = cost("--config", bench.config(vendor, f"memory{size}", ["subjects"]), "sync")
            assert spent.code == 0, spent.said
            peaks.append(spent.peak / MIB)
        for file in bench.folder.glob(f"memory{size}.db*"):
            file.unlink()
    flat = max(peaks) - min(peaks) <= 16
    yield Figure(
        "memory from 10,000 to 1,000,000 records",
        "peak RSS ≤ 150 MB and flat",
        " / ".join(f"{peak:.0f}" for peak in peaks) + " MiB",
        max(peaks) * MIB <= 150e6 and flat,
        "`syncd sync` of 10,000, 100,000 and 1,000,000 records as a process; flat: within 16 MiB",
    )


def start_up(bench: Bench) -> Iterator[Figure]:
    """CPU of commands that do next to nothing."""
    with killed.vendor("--cases", "20") as vendor:
        config = bench.config(vendor, "status", kit.COLLECTIONS)
        assert cost("--config", config, "sync").code == 0
    for what, most, arguments in (("--help", 0.3, ("--help",)), ("status", 0.6, ("--config", config, "status"))):
        runs = [cost(*arguments) for _ in range(7)]
        middle = median(run.cpu_s for run in runs)
        yield Figure(
            f"`syncd {what}`",
            f"≤ {most} s of CPU",
            f"{middle:.2f} s",
            middle <= most and {run.code for run in runs} == {0},
            "median of 7 processes" + (", filled database" if what == "status" else ""),
        )


PROOFS: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    proof.__name__: proof
    for proof in (
        demo, pace, cycles, deletions, kills, resumed, storm, ingest, memory, start_up,
        prove_fleets.fleet_pace, prove_fleets.fleet_fast, prove_fleets.fleet_first_sync, prove_fleets.fleet_cycles,
        prove_fleets.vans_cycle, prove_network.network_pace, prove_network.network_cycle, prove_network.network_copies,
        prove_daemon.idle, prove_daemon.page,
    )
}  # fmt: skip


# --- the page -------------------------------------------------------------------------------------------------------
def machine(server: Server) -> str:
    """What it was measured on."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with server.connect() as connection:
        version = connection.execute("SHOW server_version").fetchone()
    return (
        f"{os.cpu_count()} CPUs, {pages / 2**30:.0f} GiB of memory, {platform.system()}, "
        f"Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, PostgreSQL {str(version[0]).split()[0] if version else '?'}"
    )


def page(figures: Sequence[Figure], on: str, before: str) -> str:
    """The whole page: what *before* has, each line with the day it was measured on, and in their place what is new."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    lines = {_what(line): line for line in before.splitlines() if line.startswith("| ") and line.count(" | ") > 4}
    lines = {what: line for what, line in lines.items() if what not in {"what", "---"}}
    lines |= {figure.what: figure.line(today) for figure in figures}
    return "\n".join(
        [
            "# Proof of the figures",
            "",
            "Written by `make prove`, which measures every figure in full and in real time. Do not edit.",
            "",
            f"Measured on {on}.",
            "",
            "| what | promised | measured | holds | how | on |",
            "| --- | --- | --- | --- | --- | --- |",
            *lines.values(),
            "",
        ]
    )


def _what(line: str) -> str:
    return line.removeprefix("| ").partition(" | ")[0]


@contextmanager
def bench() -> Iterator[Bench]:
    """A folder and a server, both gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="syncd-prove-") as folder, running_server() as server:
        yield Bench(Path(folder), server)


def main() -> int:
    """Measure, print as it comes, write the page; 1 if a figure does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=list(PROOFS), help="measure these only; the page keeps its other lines"
    )
    chosen = parser.parse_args()
    figures: list[Figure] = []
    with bench() as place:
        on = machine(place.server)
        print(on, flush=True)
        for name in chosen.only or PROOFS:
            for figure in PROOFS[name](place):
                figures.append(figure)
                print(
                    f"{'holds' if figure.holds else 'FAILS'}  {figure.what}: {figure.measured}  ({figure.promised})",
                    flush=True,
                )
    PAGE.parent.mkdir(exist_ok=True)
    before = PAGE.read_text() if chosen.only and PAGE.exists() else ""
    PAGE.write_text(page(figures, on, before))
    print(f"written: {PAGE.relative_to(ROOT)}")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
