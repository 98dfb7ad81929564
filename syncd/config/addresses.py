"""URLs of the configuration: a vendor's API and the database. Pure; ValueError says what is allowed."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from syncd.secret import MASK

_HOST: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*\.?")
_KIND: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{1,31}://[^\s/?#]\S*")
_PASSWORD: Final = re.compile(
    r"://[^/?#:@]*:([^/?#@]+)@|[?&](?:pass|password|token|apikey|key|secret)=([^&#]+)", re.IGNORECASE
)
_PARTS: Final = re.compile(r"[/?&=@:#,+]+")
_TOKEN_LENGTH: Final = 8
POSTGRESQL: Final = ("postgresql", "postgres", "postgresql+psycopg")


def is_loopback(host: str) -> bool:
    """``localhost``, 127.0.0.0/8 or ``::1``: the only places that may be spoken to without TLS."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def base_url(text: str, suffix: str) -> str:
    """*text* without a slash at its end, if it is a URL that credentials may be sent to."""
    address = text.strip().rstrip("/")
    parts = _split(address)
    host = parts.hostname or ""
    if parts.scheme not in {"https", "http"} or not host:
        raise ValueError(f'a URL such as "https://HOST{suffix}"')
    if not _is_host(host):
        raise ValueError(f"a URL with the name of a host, not {host[:60]!r}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a URL without user and password; they have keys of their own")
    if parts.query or parts.fragment or "?" in address or "#" in address:
        raise ValueError("a URL without ? and #")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(
            "https:// (http:// only for this machine: localhost, 127.0.0.0/8, ::1), so that no secret is sent open"
        )
    if not parts.path.endswith(suffix):
        raise ValueError(f'a URL that ends in {suffix}, such as "{parts.scheme}://{parts.netloc}{suffix}"')
    return address


def sqlite_url(text: str, folder: Path) -> str:
    """``sqlite:///FILE``, relative to *folder*, as ``sqlite:////absolute/FILE``."""
    form = '"sqlite:///FILE" (relative to the configuration file) or "sqlite:////absolute/FILE"'
    name = text.removeprefix("sqlite:///")
    if name == text or not name or name.endswith("/"):
        raise ValueError(form)
    if name.startswith(":memory:") or "?" in name or "\x00" in name:
        raise ValueError(f"{form}: a file that stays, without options")
    return f"sqlite:///{(folder / Path(name).expanduser()).absolute()}"


def postgresql_url(text: str) -> tuple[str, str, str | None]:
    """The URL as ``postgresql://…``, the same with its password masked, and the password (None without one)."""
    form = '"postgresql://USER:PASSWORD@HOST:PORT/NAME"'
    escape = f"{form}, with %40 for @, %2F for / and %3A for : inside user or password"
    scheme, _, rest = text.partition("://")
    if scheme not in POSTGRESQL or not rest:
        raise ValueError(form)
    parts = _split(f"postgresql://{rest}")
    try:
        port = parts.port
    except ValueError:
        raise ValueError(escape) from None
    if (
        parts.fragment
        or "#" in rest
        or "@" in (parts.hostname or "")
        or parts.netloc.count("@") > 1
        or "@" in parts.path
    ):
        raise ValueError(escape)
    if len([name for name in parts.path.split("/") if name]) != 1:
        raise ValueError(f"{form}: with the database's name")
    if port == 0:
        raise ValueError(f"{form}: with a port that exists")
    password = unquote(parts.password) if parts.password else None
    shown = f"postgresql://{rest}"
    if parts.password:
        shown = shown.replace(f":{parts.password}@", f":{MASK}@", 1)
    # The other place a password can stand in.
    hidden = re.search(r"[?&]password=([^&]+)", shown)
    if hidden:
        password = unquote(hidden[1])
        shown = shown.replace(hidden[0], f"{hidden[0][0]}password={MASK}")
    return f"postgresql://{rest}", shown, password


def is_address(text: str) -> bool:
    """Whether *text* has the form of an address that alerts may go to: ``KIND://…``."""
    return _KIND.fullmatch(text.strip()) is not None


def secret_parts(url: str) -> tuple[str, ...]:
    """What of an address of alerts is a secret by itself: its password, and whatever looks like a token.

    Services take tokens anywhere: as user, host, path or option; and libraries write down the part they use.
    """
    rest = url.partition("://")[2]
    found = [unquote(part) for pair in _PASSWORD.findall(url) for part in pair if part]
    found += [part for part in map(unquote, _PARTS.split(rest)) if _is_token(part)]
    return tuple(dict.fromkeys(found))


def _is_token(text: str) -> bool:
    """Long, and of letters with digits or of both cases: a word, a name of a host or a number it is not."""
    if len(text) < _TOKEN_LENGTH or ("." in text and text == text.lower()):
        return False
    letters = [each for each in text if each.isalpha()]
    digits = any(each.isdigit() for each in text)
    cases = {each.isupper() for each in letters}
    return bool(letters) and (digits or (len(cases) > 1 and not text.istitle()))


def masked(text: str) -> str:
    """Any URL with the password in it masked, for showing."""
    return re.sub(r"(://[^/:@\s]*):[^@\s]*@", rf"\1:{MASK}@", text)


def _split(text: str) -> SplitResult:
    if not text.isprintable() or " " in text:
        raise ValueError("a URL without blanks")
    try:
        return urlsplit(text)
    except ValueError:
        raise ValueError("a URL, which this is not") from None


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(_HOST.fullmatch(host)) and not host.rstrip(".").replace(".", "").isdecimal()
    return True
