"""Named steps of a run, as a hook that does nothing: tests put something there that raises, cancels or kills.

The names, in the order a page goes through them: ``run_started``, ``before_fetch``, ``after_fetch``, ``before_commit``,
``after_commit``, ``walk_ended``, ``before_finish``, ``after_finish``, ``run_ended``. ``rows_trimmed`` follows every
piece of rows that are older than they are kept.
"""

from __future__ import annotations

from collections.abc import Callable


def _nothing(_name: str) -> None:
    """Let the run go on."""


_hook: Callable[[str], None] = _nothing


def reached(name: str) -> None:
    """Tell the hook that a run is at *name*."""
    _hook(name)


def watch(hook: Callable[[str], None] | None) -> None:
    """Put *hook* in place, or take it away again with None."""
    global _hook  # noqa: PLW0603 (one hook for the process, as there is one process to kill)
    _hook = hook or _nothing
