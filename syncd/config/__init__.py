"""The configuration: one TOML file, the environment over it, every problem found at once."""

from __future__ import annotations

from syncd.config.load import load
from syncd.config.values import (
    AlertsConfig,
    CollectionConfig,
    Config,
    ConnectionConfig,
    DatabaseConfig,
    LogConfig,
    PrivacyConfig,
    ServerConfig,
)

__all__ = [
    "AlertsConfig",
    "CollectionConfig",
    "Config",
    "ConnectionConfig",
    "DatabaseConfig",
    "LogConfig",
    "PrivacyConfig",
    "ServerConfig",
    "load",
]
