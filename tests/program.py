"""The program as its users start it: a process with arguments, an environment and exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


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
        timeout=60,
        check=False,
    )
