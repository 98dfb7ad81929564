"""Who may do what: the Host check, the token, the session a browser gets for it, and the mark its forms carry.

A session is a signed text, kept nowhere: it lasts over a restart and ends when the token changes.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from syncd.config import ServerConfig
from syncd.config.addresses import is_loopback

SESSION = timedelta(hours=12)
_LONGEST = 300  # characters of a cookie or a token that are looked at


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that presented the token; ``csrf`` is what its forms must carry."""

    csrf: str


class Guard:
    """Decides by ``[server]`` of the configuration."""

    def __init__(self, server: ServerConfig) -> None:
        self._token = None if server.token is None else server.token.reveal()
        host, _ = server.address or ("127.0.0.1", 0)
        self.is_local = is_loopback(host)
        # A page in a browser may point a name of its own at our address. It cannot do so with a number, nor with these.
        self._names: set[str] = set()
        for name in ("localhost", host, socket.gethostname()):
            self.learn(name)
        self._key = hashlib.sha256(b"syncd session\0" + (self._token or secrets.token_hex()).encode()).digest()

    @property
    def can_sign_in(self) -> bool:
        """Whether there is a token; without one nobody can start or pause anything here."""
        return self._token is not None

    def learn(self, name: str) -> None:
        """Take *name* for one of this machine's."""
        if own := name.lower().rstrip("."):
            self._names.add(own)

    # --- names -------------------------------------------------------------------------------------------------------
    def knows(self, host: str) -> bool:
        """Whether the Host header *host* is one of this machine's, so that no rebound name can be."""
        name = _host_of(host)
        return name is not None and (_is_number(name) or name.lower().rstrip(".") in self._names)

    @staticmethod
    def is_same_origin(host: str, origin: str | None, site: str | None) -> bool:
        """Whether a form was sent by a page of ours, as far as the browser tells (Origin, Sec-Fetch-Site)."""
        if site is not None and site not in {"same-origin", "none"}:
            return False
        return origin is None or urlsplit(origin).netloc.lower() == host.lower()

    # --- the token ---------------------------------------------------------------------------------------------------
    def accepts(self, token: str) -> bool:
        """Whether *token* is the configured one."""
        if self._token is None or len(token) > _LONGEST:
            return False
        return hmac.compare_digest(token.encode("utf-8", "surrogatepass"), self._token.encode())

    def bearer(self, header: str | None) -> bool | None:
        """Whether an Authorization header holds the token; None if it presents none at all."""
        kind, _, value = (header or "").partition(" ")
        return self.accepts(value.strip()) if kind.lower() == "bearer" else None

    # --- sessions ----------------------------------------------------------------------------------------------------
    def session(self, now: datetime) -> str:
        """The cookie of a new session."""
        text = f"{int((now + SESSION).timestamp())}.{secrets.token_urlsafe(12)}"
        return f"{text}.{self._signed('session', text)}"

    def opened(self, cookie: str | None, now: datetime) -> Session | None:
        """The session that *cookie* is; None if it is none, or over."""
        if self._token is None or not cookie or len(cookie) > _LONGEST or not cookie.isascii():
            return None
        text, _, signature = cookie.rpartition(".")
        until, _, _ = text.partition(".")
        if not hmac.compare_digest(signature, self._signed("session", text)) or int(until) < now.timestamp():
            return None
        return Session(self._signed("form", text))

    def _signed(self, what: str, text: str) -> str:
        return hmac.new(self._key, f"{what}\0{text}".encode(), hashlib.sha256).hexdigest()


def is_form(session: Session, csrf: str) -> bool:
    """Whether a form was made for *session*."""
    return csrf.isascii() and hmac.compare_digest(session.csrf, csrf)


def _host_of(header: str) -> str | None:
    try:
        return urlsplit(f"//{header}").hostname
    except ValueError:
        return None


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
