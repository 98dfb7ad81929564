"""The program as its users start it: a process with arguments, an environment and exit code."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import structlog

from syncd.cli import output
from syncd.cli.app import command

PATIENCE_S = 120
"""As long as the demonstration may take, which is the longest of what is started here."""


def syncd(*arguments: str | Path, folder: Path, code: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """Run ``syncd ARGUMENTS`` in *folder* until it ends; *code* is run instead of the program's own start."""
    start = ["-c", code] if code else ["-m", "syncd"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
    return subprocess.run(
        [sys.executable, *start, *map(str, arguments)],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(Path(__file__).parents[1]), **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def inside(*arguments: str | Path, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The same within this process: without the seconds that starting many programs takes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
    out, said, before = io.StringIO(), io.StringIO(), Path.cwd()
    environment, stdin = dict(os.environ), sys.stdin
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        os.environ.clear()
        os.environ.update(kept | environ)
        os.chdir(folder)
        sys.stdin = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
            try:
                command()(list(map(str, arguments)), prog_name="syncd")
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(bool(end.code))
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)
        sys.stdin = stdin
        output.redact_with(str)
        structlog.reset_defaults()
        root.handlers[:] = handlers
        root.setLevel(level)
    return subprocess.CompletedProcess(list(map(str, arguments)), code, out.getvalue(), said.getvalue())
