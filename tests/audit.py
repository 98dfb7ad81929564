"""``make audit``: known holes of the pinned packages, asked of an advisory service by pip-audit.

Exit code 0: every package was asked about and has none. 1: some have. 3: some or all could not be asked about, as where
the service cannot be reached; --offline-ok makes that 0 as well, and it is said all the same.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[1] / "requirements/base.txt"
HOLES, NOT_ASKED = 1, 3
_SHOWN = 300


def main(arguments: list[str] | None = None) -> int:
    """Audit, and say what came of it; the exit code."""
    parser = argparse.ArgumentParser(prog="make audit")
    parser.add_argument("--requirements", type=Path, default=REQUIREMENTS, help="pinned packages, with hashes")
    parser.add_argument("--service", help="address of an OSV service, instead of OSV's own")
    parser.add_argument("--offline-ok", action="store_true", help="succeed where the service cannot be reached")
    chosen = parser.parse_args(arguments)
    command = [
        sys.executable, "-m", "pip_audit", "--vulnerability-service=osv", "--disable-pip", "--require-hashes",
        "--progress-spinner=off", "--format=json", f"--requirement={chosen.requirements}",
        *([f"--osv-url={chosen.service}"] if chosen.service else []),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        return _not_asked(f"pip-audit: {last[:_SHOWN]}", offline_ok=chosen.offline_ok)
    holes = [(package, hole) for package in packages for hole in package.get("vulns", ())]
    for package, hole in holes:
        mended = ", ".join(hole["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {hole['id']}, mended in {mended}")
    skipped = [f"{package['name']} ({package['skip_reason']})" for package in packages if "skip_reason" in package]
    if not holes and (skipped or not packages):
        told = f"{len(skipped)} of {len(packages)} packages: {', '.join(skipped)[:_SHOWN]}"
        return _not_asked(told, offline_ok=chosen.offline_ok)
    print(f"{len(packages) - len(skipped)} packages of {chosen.requirements.name} audited: {len(holes)} known holes.")
    return HOLES if holes else 0


def _not_asked(why: str, *, offline_ok: bool) -> int:
    print(f"NOT AUDITED: the advisory service could not be asked, so nothing is known of holes. {why}")
    return 0 if offline_ok else NOT_ASKED


if __name__ == "__main__":
    sys.exit(main())
