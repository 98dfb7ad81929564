"""The command line: argument parsing and printing only, one module per command group."""

from __future__ import annotations


def main() -> None:
    """The program ``syncd``: runs one command and ends the process with its exit code."""
    from syncd.cli.app import run

    run()
