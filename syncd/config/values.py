"""The configuration as values: checked, complete, with every default filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

from syncd.config.addresses import secret_parts
from syncd.config.keys import OFF
from syncd.reading import Account
from syncd.secret import Secret
from syncd.vendors.base import Vendor


@dataclass(frozen=True, slots=True)
class DatabaseConfig:
    """``url`` is ``sqlite:////absolute/path`` or ``postgresql://…`` and may hold a password; ``shown`` never does."""

    url: str = field(repr=False)
    shown: str
    password: Secret | None = None

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server."""
        return Path(self.url.removeprefix("sqlite:///")) if self.url.startswith("sqlite:///") else None


@dataclass(frozen=True, slots=True)
class CollectionConfig:
    """How one enabled collection is kept. Either ``every`` or ``cron`` is set, never both.

    ``since`` is an aware UTC instant, or a timedelta that the first run resolves and stores (None: the vendor's).
    ``reread`` are pairs of how far back and how often (none: the declaration's); ``lookback`` None is the
    declaration's, else the vendor's. Without ``sweep`` no full pass comes by itself. ``exclude``, ``include`` and
    ``hash`` name columns, a child's as ``child.column``. ``options`` are the collection's own keys, as declared.
    """

    enabled: bool
    every: timedelta | None
    cron: str | None
    sweep: timedelta | None
    reread: tuple[tuple[timedelta, timedelta], ...]
    lookback: timedelta | None
    since: datetime | timedelta | None
    exclude: tuple[str, ...]
    include: tuple[str, ...]
    hash: tuple[str, ...]
    retention: timedelta | None
    history: bool
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConnectionConfig:
    """One account at one vendor.

    ``base_url`` has no slash at its end. ``settings`` are the vendor's own keys, secrets as Secret. ``rates``
    (of (requests, seconds) that all hold) and ``parallel`` are by class of calls, and have every class of the vendor
    (only "" where all calls are of one); ``rate_share`` is the part of the rates that is ours (1.0 is all).
    ``collections`` holds the enabled ones only, in the vendor's order. ``hash_key`` is that of ``[privacy]``, the
    same for all.
    """

    name: str
    vendor: Vendor
    enabled: bool
    base_url: str
    settings: Mapping[str, Secret | str]
    rates: Mapping[str, tuple[tuple[float, float], ...]]
    parallel: Mapping[str, int]
    rate_share: float
    quiet: tuple[tuple[time, time], ...]
    since: datetime | timedelta | None
    timeout_s: float
    ca_file: Path | None
    max_body: int
    collections: Mapping[str, CollectionConfig]
    hash_key: Secret | None = None

    @property
    def shared_rates(self) -> dict[str, tuple[tuple[float, float], ...]]:
        """The part of ``rates`` that is ours."""
        return {
            name: tuple((requests * self.rate_share, seconds) for requests, seconds in rates)
            for name, rates in self.rates.items()
        }

    def credentials(self) -> dict[str, str]:
        """The vendor's settings with their secrets revealed: for the client that signs requests only."""
        return revealed(self.settings)

    def account(self) -> Account:
        """What the settings alone tell of the account, for vendors that do not have to be asked."""
        return self.vendor.account({name: value for name, value in self.settings.items() if isinstance(value, str)})

    def secrets(self) -> tuple[Secret, ...]:
        """Every secret of this connection, for redaction."""
        return tuple(value for value in self.settings.values() if isinstance(value, Secret))


def revealed(settings: Mapping[str, Secret | str]) -> dict[str, str]:
    """A vendor's settings with their secrets in the open."""
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in settings.items()}


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """The status page: ``listen`` is ``host:port``, or ``off``."""

    listen: str = "127.0.0.1:8787"
    token: Secret | None = None

    @property
    def address(self) -> tuple[str, int] | None:
        """Host (without the brackets of IPv6) and port; None if nothing is served."""
        if self.listen == OFF:
            return None
        host, _, port = self.listen.rpartition(":")
        return host.removeprefix("[").removesuffix("]"), int(port)


@dataclass(frozen=True, slots=True)
class AlertsConfig:
    """Where alerts go, and from where on. The URLs hold tokens, so they are secrets, and parts of them too.

    ``rejects`` within a day and less than ``disk_free`` bytes are worth an alert.
    """

    urls: tuple[Secret, ...] = ()
    late_for: timedelta = timedelta(minutes=30)
    rejects: int = 100
    disk_free: int = 2**30


@dataclass(frozen=True, slots=True)
class LogConfig:
    """``level`` is debug, info, warning or error; ``format`` auto (console on a terminal), console or json."""

    level: str = "info"
    format: str = "auto"


@dataclass(frozen=True, slots=True)
class PrivacyConfig:
    """The key that ``hash`` columns are hashed with."""

    hash_key: Secret | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that was configured. ``path`` is None if the environment alone configures syncd."""

    path: Path | None
    database: DatabaseConfig
    state_dir: Path
    connections: tuple[ConnectionConfig, ...]
    server: ServerConfig = field(default_factory=ServerConfig)
    alerts: AlertsConfig = field(default_factory=AlertsConfig)
    log: LogConfig = field(default_factory=LogConfig)
    privacy: PrivacyConfig = field(default_factory=PrivacyConfig)
    warnings: tuple[str, ...] = ()

    @property
    def enabled(self) -> tuple[ConnectionConfig, ...]:
        """The connections that are not switched off."""
        return tuple(connection for connection in self.connections if connection.enabled)

    def connection(self, name: str) -> ConnectionConfig:
        """The connection called *name*; KeyError if there is none."""
        for found in self.connections:
            if found.name == name:
                return found
        raise KeyError(name)

    def vendors(self) -> tuple[Vendor, ...]:
        """The vendors in use, each once, in the order of the connections."""
        return tuple({connection.vendor.name: connection.vendor for connection in self.connections}.values())

    def secrets(self) -> tuple[str, ...]:
        """Every secret value, for the one redaction point."""
        parts = (part for url in self.alerts.urls for part in secret_parts(url.reveal()))
        return tuple(dict.fromkeys((*(secret.reveal() for secret in self._secrets()), *parts)))

    def _secrets(self) -> Iterator[Secret]:
        for connection in self.connections:
            yield from connection.secrets()
        yield from self.alerts.urls
        for secret in (self.database.password, self.server.token, self.privacy.hash_key):
            if secret is not None:
                yield secret
