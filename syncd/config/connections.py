"""The ``[connections.NAME]`` tables: common keys, the vendor's own, collections, and what shows when all are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from syncd.collection import Collection, Snapshot
from syncd.config import addresses, keys, units
from syncd.config.reader import Reader, dotted, nearest
from syncd.config.source import KeyPath
from syncd.config.values import CollectionConfig, ConnectionConfig
from syncd.secret import SOURCES, Secret
from syncd.vendors import VENDORS
from syncd.vendors.base import Setting, Vendor

Since = datetime | timedelta | None

ALL_VENDORS: Final = ("trackops", "trackunit", "itrack", "trackier")
DEFAULT_MAX_BODY: Final = 32 * 2**20

_SHAPES: Final = {
    "subdomain": (
        re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"),
        "only the account's own part, without dots or https://; an address has the key base_url",
    )
}


def connections(reader: Reader, *, now: datetime) -> tuple[ConnectionConfig, ...]:
    """Every usable connection, in the order of the file; what is not usable has become problems in *reader*."""
    table = reader.table(("connections",))
    if table is None:
        return ()
    if not table:
        reader.problem((), "there is no connection; `syncd init` makes one, or write [connections.NAME].")
    found = [_connection(reader, name, now=now) for name in table]
    usable = tuple(connection for connection in found if connection is not None)
    _check_accounts(reader, usable)
    return usable


def _connection(reader: Reader, name: str, *, now: datetime) -> ConnectionConfig | None:
    path = ("connections", name)
    if not re.fullmatch(keys.NAME, name):
        reader.problem(
            path,
            f"{name!r} is not a name of a connection; allowed are small letters, digits and single _, such as acme_2.",
        )
        return None
    table = reader.table(path)
    if table is None:
        return None
    vendor = _vendor(reader, path, table)
    before = len(reader.problems)
    settings = vendor.settings if vendor else ()
    # Without a vendor nothing can be said about keys that only some vendors have.
    besides = ("collections", *((s.name for s in settings) if vendor else table))
    values = reader.values(
        path, keys.CONNECTION, besides=besides, what=f"a {vendor.title if vendor else ''} connection"
    )
    if vendor is None:
        return None
    enabled = values.get("enabled", True)
    own = _settings(reader, path, vendor, table, needed=enabled)
    url = _base_url(reader, path, vendor, own, values.get("base_url"))
    _check_since(reader, path, values.get("since"), now)
    ca_file = _ca_file(reader, path, values.get("ca_file"))
    collections = _collections(reader, path, vendor, values.get("since"), now=now)
    if url is None or len(reader.problems) > before:
        return None
    _warn_of_pace(reader, path, vendor, values)
    return ConnectionConfig(
        name=name,
        vendor=vendor,
        enabled=enabled,
        base_url=url,
        settings=own,
        rates=values.get("rate", (vendor.limits.rate,)),
        parallel=values.get("parallel", vendor.limits.parallel),
        rate_share=values.get("rate_share", 1.0),
        quiet=values.get("quiet", ()),
        since=values.get("since"),
        timeout_s=values["timeout"].total_seconds() if "timeout" in values else vendor.timeout_s,
        ca_file=ca_file,
        max_body=values.get("max_body", DEFAULT_MAX_BODY),
        collections=collections,
    )


def _vendor(reader: Reader, path: KeyPath, table: Mapping[str, Any]) -> Vendor | None:
    name = table.get("vendor")
    if not isinstance(name, str) or not name.strip():
        return None  # missing or no text: the common keys say so
    name = name.strip()
    if name in VENDORS:
        return VENDORS[name]
    place = (*path, "vendor")
    if name in ALL_VENDORS:
        reader.problem(place, f"vendor {name} is not part of this version; known are {', '.join(VENDORS)}.")
    else:
        reader.problem(place, f'{dotted(place)} is "{name[:60]}", which is not a vendor{nearest(name, VENDORS)}')
    return None


def _settings(
    reader: Reader, path: KeyPath, vendor: Vendor, table: Mapping[str, Any], *, needed: bool
) -> dict[str, Secret | str]:
    own: dict[str, Secret | str] = {}
    declared = [_key_of(setting) for setting in vendor.settings]
    given = reader.values(path, declared, besides=table, what=f"a {vendor.title} connection")
    for setting in vendor.settings:
        text, place = given.get(setting.name), (*path, setting.name)
        if text is None:
            continue
        if setting.secret:
            secret = reader.secret(place, text, needed=needed)
            if secret is not None:
                own[setting.name] = secret
        elif text.startswith(SOURCES):
            variable = f"SYNCD_{'__'.join(place).upper()}"
            reader.problem(place, f"{dotted(place)} is no secret and is written as it is; or set {variable}.")
        else:
            shape, says = _SHAPES.get(setting.name, (None, ""))
            if shape is not None and not shape.fullmatch(text):
                reader.problem(place, f'{dotted(place)} is "{text[:60]}"; allowed is {says}.')
            else:
                own[setting.name] = text
    return own


def _key_of(setting: Setting) -> keys.Key:
    kind = keys.choice(*setting.choices) if setting.choices else keys.SECRET if setting.secret else keys.TEXT
    return keys.Key(
        setting.name,
        kind,
        setting.doc,
        required=setting.required,
        secret=setting.secret,
        examples=(setting.example,) if setting.example else (),
    )


def _base_url(
    reader: Reader, path: KeyPath, vendor: Vendor, own: Mapping[str, Secret | str], written: str | None
) -> str | None:
    place = (*path, "base_url")
    if written is None:
        try:
            # No address is made of secrets: a vendor that asked for one here would find nothing.
            written = vendor.base_url({name: value for name, value in own.items() if isinstance(value, str)})
        except KeyError as missing:
            name = missing.args[0]
            table = reader.table(path) or {}
            if name not in table:
                reader.problem(path, f"{dotted(path)} has neither {name} nor base_url; one of them names the server.")
            return None
    try:
        return addresses.base_url(written, vendor.base_url_suffix)
    except ValueError as error:
        reader.problem(place, f'{dotted(place)} is "{addresses.masked(written)[:120]}"; allowed is {error}.')
        return None


def _check_since(reader: Reader, path: KeyPath, since: object, now: datetime) -> None:
    if isinstance(since, datetime) and since > now:
        place = (*path, "since")
        reader.problem(
            place, f"{dotted(place)} is {since.date()}, which is still to come; allowed is {units.SINCE_FORM}."
        )


def _ca_file(reader: Reader, path: KeyPath, written: str | None) -> Path | None:
    if written is None:
        return None
    file = (reader.folder / Path(written).expanduser()).absolute()
    try:
        with file.open("rb") as opened:
            usable = b"-----BEGIN CERTIFICATE-----" in opened.read(16 * 2**20)
    except OSError:
        usable = False
    if not usable:
        place = (*path, "ca_file")
        reader.problem(place, f"{dotted(place)}: {file} is not a readable file of certificates (PEM).")
    return file


def _warn_of_pace(reader: Reader, path: KeyPath, vendor: Vendor, values: Mapping[str, Any]) -> None:
    requests, seconds = vendor.limits.documented
    for rate in values.get("rate", ()):
        if rate[0] / rate[1] > requests / seconds:
            above, limit = units.rate_text(rate), units.rate_text(vendor.limits.documented)
            reader.warn(
                (*path, "rate"), f"{dotted(path)}.rate {above} is above {vendor.title}'s documented limit of {limit}."
            )
    if vendor.limits.after_answer and values.get("parallel", 1) > 1:
        reader.warn(
            (*path, "parallel"),
            f"{dotted(path)}.parallel has no effect: {vendor.title} is asked one question after the other.",
        )


# --- collections ------------------------------------------------------------------------------------------------------
def _collections(
    reader: Reader, path: KeyPath, vendor: Vendor, since: Since, *, now: datetime
) -> dict[str, CollectionConfig]:
    path = (*path, "collections")
    table = reader.table(path)
    if table is None:
        return {}
    known = {collection.name: collection for collection in vendor.collections}
    for name in table:
        if name not in known:
            reader.problem((*path, name), f"{name!r} is not a collection of {vendor.title}{nearest(name, known)}")
    enabled: dict[str, CollectionConfig] = {}
    for name, collection in known.items():
        found = _collection(reader, (*path, name), vendor, collection, since, now=now)
        if found.enabled:
            enabled[name] = found
    for name in enabled:
        reconciles, follows = known[name].reconciles, known[name].follows
        for other in {reconciles.parent if reconciles else None, follows.collection if follows else None} - {
            None,
            *enabled,
        }:
            reader.warn(
                (*path, str(other)),
                f"{dotted(path)}.{other} is off, so rows of {name} that end there are only noticed by a sweep.",
            )
    return enabled


def _collection(
    reader: Reader,
    path: KeyPath,
    vendor: Vendor,
    collection: Collection,
    since: Since,
    *,
    now: datetime,
) -> CollectionConfig:
    values = reader.values(path, keys.COLLECTION, what="a collection")
    if "every" in values and "cron" in values:
        reader.problem((*path, "cron"), f"{dotted(path)} has every and cron; allowed is one of them.")
    _check_since(reader, path, values.get("since"), now)
    _check_columns(reader, path, collection, values)
    if values.get("hash"):
        # Whoever writes this counts on the column not being readable here: better nothing than the plain value.
        reader.problem(
            (*path, "hash"), f"{dotted(path)}.hash is not part of this version; exclude keeps columns empty."
        )
    if "lookback" in values and isinstance(collection.strategy, Snapshot):
        reader.warn(
            (*path, "lookback"), f"{dotted(path)}.lookback has no effect: every cycle reads {collection.name} whole."
        )
    return CollectionConfig(
        enabled=values.get("enabled", collection.enabled_by_default),
        every=None if "cron" in values else values.get("every", vendor.every),
        cron=values.get("cron"),
        sweep=values.get("sweep", vendor.sweep),
        reread=values.get("reread", ()),
        lookback=values.get("lookback", vendor.lookback),
        since=values.get("since", since),
        exclude=values.get("exclude", ()),
        include=values.get("include", ()),
        hash=values.get("hash", ()),
        retention=values.get("retention"),
        history=values.get("history", False),
    )


def _check_columns(reader: Reader, path: KeyPath, collection: Collection, values: Mapping[str, Any]) -> None:
    needed = {*collection.key, getattr(collection.strategy, "made", None)}
    known = {column.name: column for column in collection.columns}
    # A child's column is named with its child: case_case_flags.case_flag_id.
    for child in collection.children:
        known |= {f"{child.name}.{column.name}": column for column in child.columns}
        needed |= {f"{child.name}.{name}" for name in child.key}
    for option in ("exclude", "include", "hash"):
        place = (*path, option)
        for name in values.get(option, ()):
            column = known.get(name)
            if column is None:
                reader.problem(place, f"{name!r} is not a column of {collection.name}{nearest(name, known)}")
            elif column.volatile:
                reader.problem(place, f"{dotted(place)}: {name} changes with every answer and is never stored.")
            elif name in needed and option != "include":
                reader.problem(place, f"{dotted(place)}: {name} cannot be left out; syncd itself needs it.")
            elif option == "include" and not column.sensitive:
                reader.warn(place, f"{dotted(place)}: {name} is stored without being named here.")
            elif option != "exclude" and name in values.get("exclude", ()):
                reader.problem(place, f"{dotted(place)}: {name} stands in exclude too; allowed is one of them.")


# --- all together -----------------------------------------------------------------------------------------------------
def _check_accounts(reader: Reader, found: tuple[ConnectionConfig, ...]) -> None:
    accounts: dict[tuple[str, ...], str] = {}
    servers: dict[tuple[str, str], str] = {}
    for connection in found:
        path = ("connections", connection.name)
        server = (connection.vendor.name, connection.base_url.lower())
        account = (*server, *_login(connection))
        if account in accounts:
            reader.problem(
                path, f"{connection.name} is the same account as {accounts[account]}; every account has one connection."
            )
        elif connection.enabled and server in servers:
            reader.warn(
                path,
                f"{connection.name} and {servers[server]} ask the same server with different logins; if it counts "
                "their requests together, give each a rate_share.",
            )
        accounts.setdefault(account, connection.name)
        if connection.enabled:
            servers.setdefault(server, connection.name)


def _login(connection: ConnectionConfig) -> tuple[str, ...]:
    """What tells two accounts at one server apart: the login, or the secrets where there is none."""
    plain = [
        str(connection.settings[setting.name]).strip().lower().removesuffix("/token")
        for setting in connection.vendor.settings
        if not setting.secret and not setting.choices and setting.required and setting.name in connection.settings
    ]
    return tuple(plain) or tuple(secret.reveal() for secret in connection.secrets())
