"""The ``[connections.NAME]`` tables: common keys, the vendor's own, and what shows when all connections are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from syncd.collection import Windows
from syncd.config import addresses, keys, paces
from syncd.config.collections import check_since, collections
from syncd.config.reader import Reader, dotted, nearest
from syncd.config.source import KeyPath
from syncd.config.values import ConnectionConfig, PrivacyConfig, revealed
from syncd.secret import SOURCES, Secret
from syncd.vendors import VENDORS
from syncd.vendors.base import Setting, Vendor

DEFAULT_MAX_BODY: Final = 32 * 2**20

_SHAPES: Final = {
    "subdomain": (
        re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"),
        "only the account's own part, without dots or https://; an address has the key base_url",
    )
}


def connections(reader: Reader, privacy: PrivacyConfig, *, now: datetime) -> tuple[ConnectionConfig, ...]:
    """Every usable connection, in the order of the file; what is not usable has become problems in *reader*."""
    table = reader.table(("connections",))
    if table is None:
        return ()
    if not table:
        reader.problem((), "there is no connection; `syncd init` makes one, or write [connections.NAME].")
    found = [_connection(reader, name, privacy, now=now) for name in table]
    usable = tuple(connection for connection in found if connection is not None)
    _check_accounts(reader, usable)
    return usable


def _connection(reader: Reader, name: str, privacy: PrivacyConfig, *, now: datetime) -> ConnectionConfig | None:
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
    of_classes = paces.tables(vendor, table)
    besides = ("collections", *of_classes, *((s.name for s in settings) if vendor else table))
    values = reader.values(
        path,
        [key for key in keys.CONNECTION if key.name not in of_classes],
        besides=besides,
        what=f"a {vendor.title if vendor else ''} connection",
    )
    if vendor is None:
        return None
    values |= paces.of_tables(reader, path, vendor, of_classes)
    enabled = values.get("enabled", True)
    own = _settings(reader, path, vendor, table, needed=enabled)
    url = _base_url(reader, path, vendor, own, values.get("base_url"))
    check_since(reader, path, values.get("since"), now)
    ca_file = _ca_file(reader, path, values.get("ca_file"))
    kept = collections(reader, path, vendor, values.get("since"), now=now)
    if url is None or len(reader.problems) > before:
        return None
    _warn(reader, path, vendor, own, values)
    return ConnectionConfig(
        name=name,
        vendor=vendor,
        enabled=enabled,
        base_url=url,
        settings=own,
        rates=paces.rates(vendor, values),
        parallel=paces.parallel(vendor, values),
        rate_share=values.get("rate_share", 1.0),
        quiet=values.get("quiet", ()),
        since=values.get("since"),
        timeout_s=values["timeout"].total_seconds() if "timeout" in values else vendor.timeout_s,
        ca_file=ca_file,
        max_body=values.get("max_body", DEFAULT_MAX_BODY),
        collections=kept,
        hash_key=privacy.hash_key,
    )


def _vendor(reader: Reader, path: KeyPath, table: Mapping[str, Any]) -> Vendor | None:
    name = table.get("vendor")
    if not isinstance(name, str) or not name.strip():
        return None  # missing or no text: the common keys say so
    name = name.strip()
    if name in VENDORS:
        return VENDORS[name]
    place = (*path, "vendor")
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
            if setting.default and setting.name not in table:
                own[setting.name] = setting.default
        elif setting.secret:
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
    # What is written but of no use has its problem already: to the vendor's own check it counts as given.
    written = {setting.name: str(table[setting.name]) for setting in vendor.settings if setting.name in table}
    for name, says in vendor.check(written | revealed(own)):
        reader.problem((*path, name), f"{dotted((*path, name))} {says}")
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
    table, own_address = reader.table(path) or {}, vendor.base_url
    if written is None and own_address is None:
        if "base_url" not in table:
            example = f', such as base_url = "{vendor.base_url_example}"' if vendor.base_url_example else ""
            reader.problem(
                path,
                f"{dotted(place)} is missing{example} ({vendor.title} is reached under many names; yours is the host "
                "of the pages you log in to, or what your seller told you).",
            )
    elif written is None and own_address is not None:
        try:
            # No address is made of secrets: a vendor that asked for one here would find nothing.
            written = own_address({name: value for name, value in own.items() if isinstance(value, str)})
        except KeyError as missing:
            name = missing.args[0]
            if name not in table:
                reader.problem(path, f"{dotted(path)} has neither {name} nor base_url; one of them names the server.")
            return None
    if written is None:
        return None
    try:
        address = addresses.base_url(written, vendor.base_url_suffix)
    except ValueError as error:
        reader.problem(place, f'{dotted(place)} is "{addresses.masked(written)[:120]}"; allowed is {error}.')
        return None
    if wrong := vendor.wrong_url(address):
        reader.problem(place, f'{dotted(place)} is "{address[:120]}", which {wrong}')
        return None
    return address


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


def _warn(
    reader: Reader, path: KeyPath, vendor: Vendor, own: Mapping[str, Secret | str], values: Mapping[str, Any]
) -> None:
    paces.warn(reader, path, vendor, values)
    if "since" in values and not any(isinstance(each.strategy, Windows) for each in vendor.collections):
        reader.warn(
            (*path, "since"), f"{dotted(path)}.since has no effect: nothing of {vendor.title} is read in windows."
        )
    for name, says in vendor.warn(revealed(own)):
        reader.warn((*path, name), f"{dotted((*path, name))} {says}")


# --- all together -----------------------------------------------------------------------------------------------------
def _check_accounts(reader: Reader, found: tuple[ConnectionConfig, ...]) -> None:
    accounts: dict[tuple[str, ...], str] = {}
    servers: dict[tuple[str, str], str] = {}
    for connection in found:
        path = ("connections", connection.name)
        server = (connection.vendor.name, connection.base_url.lower())
        account = (*server, *_login(connection))
        if account == server:
            continue  # its secret could not be read, which is no problem to a command that sends none
        if account in accounts:
            reader.problem(
                path, f"{connection.name} is the same account as {accounts[account]}; every account has one connection."
            )
        elif connection.enabled and server in servers and _has_servers_of_its_own(connection.vendor):
            reader.warn(
                path,
                f"{connection.name} and {servers[server]} ask the same server with different logins; if it counts "
                "their requests together, give each a rate_share.",
            )
        accounts.setdefault(account, connection.name)
        if connection.enabled:
            servers.setdefault(server, connection.name)


def _has_servers_of_its_own(vendor: Vendor) -> bool:
    """Whether an address stands for one customer: where all share one, or limits by address are kept, two are usual."""
    if vendor.base_url is None or any(limits.host for limits in vendor.limits_by_class.values()):
        return False
    try:
        vendor.base_url({})
    except KeyError:
        return True
    return False


def _login(connection: ConnectionConfig) -> tuple[str, ...]:
    """What tells two accounts at one server apart: the login, or the secrets where there is none; () if unknown."""
    vendor = connection.vendor
    logs_in = vendor.sessions is not None and vendor.sessions.needed(connection.credentials())
    plain = [
        str(connection.settings[setting.name]).strip().lower().removesuffix("/token")
        for setting in vendor.settings
        if not setting.secret and not setting.choices and setting.name in connection.settings
        if setting.identifies and (setting.required or logs_in)
    ]
    return tuple(plain) or tuple(secret.reveal() for secret in connection.secrets())
