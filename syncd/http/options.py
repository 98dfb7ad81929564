"""What a client is told, and what it counts: plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

MIB: Final = 1024 * 1024


@dataclass(slots=True)
class Meter:
    """What a run cost so far.

    ``requests`` on the wire (the library's own resends too), ``retries`` among them, ``waited_s`` for turns, holds and
    between attempts, ``bytes`` of bodies after unpacking.
    """

    requests: int = 0
    retries: int = 0
    waited_s: float = 0.0
    bytes: int = 0

    def take(self) -> Meter:
        """The counts since the last call, which start again from zero."""
        taken = Meter(self.requests, self.retries, self.waited_s, self.bytes)
        self.requests, self.retries, self.waited_s, self.bytes = 0, 0, 0.0, 0
        return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """What a connection's configuration says about HTTP; None stands for the vendor's own value.

    ``credentials`` are the vendor's settings with secrets revealed. ``rates`` ((requests, seconds) pairs that all hold)
    and ``parallel`` (requests in flight) are by class of calls; a class without them keeps the vendor's.
    ``refresh_credentials`` is called once when a question is refused: it reads the secrets' files again and returns
    all credentials, or None if nothing changed. Sessions are kept in ``state_dir`` under the connection's ``name``; as
    long as the client lives if there is none.
    """

    base_url: str
    name: str = ""
    state_dir: Path | None = None
    credentials: Mapping[str, str] = field(repr=False)
    rates: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    parallel: Mapping[str, int] = field(default_factory=dict)
    timeout_s: float | None = None
    connect_s: float | None = None
    max_body: int = 32 * MIB
    ca_file: str | None = None
    proxy: str | None = field(default=None, repr=False)
    trust_env: bool = False
    user_agent: str = "syncd"
    refresh_credentials: Callable[[], Mapping[str, str] | None] | None = None
