"""``python -I -S launch.py OUT COMMAND…``: runs a command and writes what it took to OUT, as JSON.

A process starts with the peak of memory of the one that made it: only a small parent sees the child's own.
"""

import json
import os
import sys


def main() -> int:
    """The command's exit code; ``cpu_s``, ``peak`` (bytes) and ``code`` in the file."""
    out, *command = sys.argv[1:]
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    spent = {"cpu_s": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * unit, "code": code}
    with open(out, "w") as file:  # noqa: PTH123 (the fewer modules, the smaller this process)
        json.dump(spent, file)
    return max(code, 0)


if __name__ == "__main__":
    sys.exit(main())
