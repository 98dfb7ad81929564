"""The configuration as it takes effect, with secrets masked; and the JSON Schema of the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from syncd.collection import Collection, UpdatedSince, Windows
from syncd.config import keys, units
from syncd.config.values import CollectionConfig, Config, ConnectionConfig
from syncd.secret import MASK, Secret
from syncd.vendors import VENDORS
from syncd.vendors.base import Setting, Vendor


def effective(config: Config) -> dict[str, Any]:
    """Every key with the value in effect, in the shape of the file; absent ones are left out, secrets are masked."""
    return _without_none(
        {
            "state_dir": str(config.state_dir),
            "database": {"url": config.database.shown},
            "server": {"listen": config.server.listen, "token": config.server.token},
            "alerts": {
                "urls": list(config.alerts.urls),
                "late_for": units.duration_text(config.alerts.late_for),
                "rejects": config.alerts.rejects,
                "disk_free": units.size_text(config.alerts.disk_free),
            },
            "log": {"level": config.log.level, "format": config.log.format},
            "privacy": {"hash_key": config.privacy.hash_key} if config.privacy.hash_key else None,
            "connections": {connection.name: _connection(connection) for connection in config.connections},
        }
    )


def as_toml(tree: Mapping[str, Any]) -> str:
    """*tree*, as ``effective`` makes it, as text in the form of the file. A secret's source stands in a comment."""
    return "\n".join(_toml((), tree)).strip() + "\n"


def _connection(connection: ConnectionConfig) -> dict[str, Any]:
    return {
        "vendor": connection.vendor.name,
        "enabled": connection.enabled,
        "base_url": connection.base_url,
        **connection.settings,
        "rate": _by_class({name: [units.rate_text(rate) for rate in all_] for name, all_ in connection.rates.items()}),
        "parallel": _by_class(connection.parallel),
        "rate_share": f"{connection.rate_share:.6%}".rstrip("%").rstrip("0").rstrip(".") + "%",
        "quiet": [f"{start:%H:%M}-{end:%H:%M}" for start, end in connection.quiet] or None,
        "since": _since(connection.since or (connection.vendor.since if _has_windows(connection.vendor) else None)),
        "timeout": units.duration_text(timedelta(seconds=connection.timeout_s)),
        "ca_file": str(connection.ca_file) if connection.ca_file else None,
        "max_body": units.size_text(connection.max_body),
        "collections": {
            collection.name: _collection(connection.vendor, collection, connection.collections[collection.name])
            if collection.name in connection.collections
            else {"enabled": False}
            for collection in connection.vendor.collections
        },
    }


def _collection(vendor: Vendor, declared: Collection, collection: CollectionConfig) -> dict[str, Any]:
    strategy = declared.strategy
    lookback, since, tiers = collection.lookback, collection.since, collection.reread
    if isinstance(strategy, UpdatedSince):
        lookback = lookback or vendor.lookback
    if isinstance(strategy, Windows):
        lookback = lookback or strategy.lookback
        tiers = tiers or tuple((tier.back, tier.every) for tier in strategy.tiers)
        since = since or strategy.since or vendor.since
    else:
        since = None  # the connection's says nothing about this one
    reread = [f"{units.duration_text(back)} every {units.duration_text(often)}" for back, often in tiers]
    return {
        "enabled": collection.enabled,
        "every": _duration(collection.every),
        "cron": collection.cron,
        "sweep": _duration(collection.sweep),
        "reread": reread or None,
        "lookback": _duration(lookback),
        "since": _since(since),
        "exclude": list(collection.exclude) or None,
        "include": list(collection.include) or None,
        "hash": list(collection.hash) or None,
        "retention": _duration(collection.retention),
        "history": collection.history or None,
        **{name: list(values) for name, values in collection.options.items()},
    }


def _by_class(values: Mapping[str, Any]) -> Any:  # noqa: ANN401 (a value, or a table of them)
    """A table where the vendor has several classes of calls, else the value for all of them."""
    return values.get("", values)


def _has_windows(vendor: Vendor) -> bool:
    return any(isinstance(collection.strategy, Windows) for collection in vendor.collections)


def _duration(value: timedelta | None) -> str | None:
    return None if value is None else units.duration_text(value)


def _since(since: datetime | timedelta | None) -> str | None:
    if isinstance(since, timedelta):
        return units.duration_text(since)
    if isinstance(since, datetime):
        midnight = since.timetz().replace(tzinfo=None) == time()
        return since.date().isoformat() if midnight else since.isoformat()
    return None


def _without_none(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _without_none(value) if isinstance(value, Mapping) else value
        for name, value in tree.items()
        if value is not None
    }


def _toml(path: tuple[str, ...], table: Mapping[str, Any]) -> Iterator[str]:
    plain = {name: value for name, value in table.items() if not isinstance(value, Mapping)}
    if path and plain:
        yield ""
        yield f"[{'.'.join(path)}]"
    for name, value in plain.items():
        comment = f"  # {value.source}" if isinstance(value, Secret) and not value.is_literal else ""
        yield f"{name} = {_toml_value(value)}{comment}"
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _toml((*path, name), value)


def _toml_value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, Secret):
        return f'"{MASK}"'
    return json.dumps(value, ensure_ascii=False)


# --- JSON Schema ------------------------------------------------------------------------------------------------------
def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the configuration file, for editors that complete and check while writing."""
    vendors = list(VENDORS.values())
    connection = _object((*keys.CONNECTION,))
    connection["properties"]["vendor"] = {
        "enum": [vendor.name for vendor in vendors],
        "description": "whose account this is",
    }
    # Keys that only some vendors have are described below, with their vendor.
    own = {setting.name for vendor in vendors for setting in vendor.settings}
    connection["properties"] |= {name: {} for name in sorted(own)}
    connection["properties"]["collections"] = {"type": "object"}
    connection["allOf"] = [
        {
            "if": {"properties": {"vendor": {"const": vendor.name}}, "required": ["vendor"]},
            "then": _of_vendor(vendor, own),
        }
        for vendor in vendors
    ]
    top = _object(keys.TOP)
    top["properties"] |= {name: _object(section) for name, section in keys.SECTIONS.items()}
    top["properties"]["connections"] = {
        "type": "object",
        "propertyNames": {"pattern": f"^{keys.NAME}$"},
        "additionalProperties": {"$ref": "#/$defs/connection"},
        "minProperties": 1,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "syncd configuration",
        **top,
        "required": ["database", "connections"],
        "$defs": {"connection": connection, "collection": _object(keys.COLLECTION)},
    }


def _of_vendor(vendor: Vendor, own: set[str]) -> dict[str, Any]:
    """What holds for connections to *vendor*; *own* are the keys that any vendor has of its own."""
    address = [] if vendor.base_url is not None else ["base_url"]
    settings = {setting.name: _setting(setting) for setting in vendor.settings}
    by_class = {
        key.name: _or_table(key, vendor.classes) if vendor.classes else dict(key.kind.schema)
        for key in keys.CONNECTION
        if key.by_class
    }
    return {
        "required": [*(setting.name for setting in vendor.settings if setting.required), *address],
        "properties": {
            **settings,
            **by_class,
            **dict.fromkeys(sorted(own - settings.keys()), False),
            "collections": {
                "properties": {collection.name: _described(collection) for collection in vendor.collections},
                "additionalProperties": False,
            },
        },
    }


def _or_table(key: keys.Key, classes: Iterable[str] | None) -> dict[str, Any]:
    """One value for every class of calls, or a table by class; *classes* None where the vendor's are described."""
    one = dict(key.kind.schema)
    table: dict[str, Any] = {"type": "object"}
    if classes is not None:
        table |= {"additionalProperties": False, "properties": dict.fromkeys(classes, one)}
    return {"anyOf": [one, table]}


def _setting(setting: Setting) -> dict[str, Any]:
    shape: dict[str, Any] = dict(keys.SECRET.schema) if setting.secret else {"type": "string"}
    if setting.choices:
        shape = {"enum": list(setting.choices)}
    return {**shape, "title": setting.doc, **({"default": setting.default} if setting.default else {})}


def _described(collection: Collection) -> dict[str, Any]:
    if not collection.options:
        return {"$ref": "#/$defs/collection", "description": collection.doc}
    own = [keys.Key(name, keys.IDS, doc) for name, doc in collection.options]
    return {**_object((*keys.COLLECTION, *own)), "description": collection.doc}


def _object(declared: Sequence[keys.Key]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key.name: {
                **(_or_table(key, None) if key.by_class else key.kind.schema),
                "description": "; ".join(
                    (
                        key.doc,
                        *((f"without it: {key.default}",) if key.default else ()),
                        *(("no effect in this version",) if key.later else ()),
                    )
                ),
            }
            for key in declared
        },
    }
    required = [key.name for key in declared if key.required]
    return {**found, "required": required} if required else found
