"""What touches the library: how a session is opened, a body read within its bound, a failure put into our words."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import unquote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from syncd.errors import ConfigError, Malformed, Unavailable, VendorError, WindowTooBig

CHECK_ADDRESS = "Check subdomain, base_url and ca_file."


class WrongAddress(Unavailable):
    """The name does not resolve or the certificate does not verify: fewer tries, because a person may have to act."""


class BodyTooBig(WindowTooBig, Malformed):
    """An answer beyond the bound: a shorter range may fit; what has no range to shorten is malformed."""


def checked_base_url(base_url: str) -> str:
    """*base_url* without a trailing slash; ConfigError unless it is https, or http to this machine.

    The configuration says so earlier and better. This is the last line before a secret would leave in the clear.
    """
    parts = urlsplit(base_url)
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigError("base_url must hold no user, query or fragment.", remedy="Give secrets under their own keys.")
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        raise ConfigError("base_url is not an https address.")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ConfigError("base_url is plain http: the secrets would travel in the clear.", remedy="Use https://.")
    return base_url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """*headers* as they can be sent; ConfigError, without the value, if one holds what a header cannot."""
    for name, value in headers.items():
        if not value.isprintable() or not value.isascii():
            raise ConfigError(
                f"The header {name} cannot be made from the configured secrets.",
                remedy="A key or token holds a control character, a line break or a letter outside ASCII.",
            )
    return dict(headers)


def open_session(*, parallel: int, connect_s: float, timeout_s: float, ca_file: str | None) -> aiohttp.ClientSession:
    """A session that keeps no cookies, reads no environment and waits no longer than told.

    The time for a whole question is not given here: it must begin when its turn does, and cover the body.
    """
    verify: ssl.SSLContext | bool = True
    if ca_file is not None:
        try:
            verify = ssl.create_default_context(cafile=ca_file)
        except (OSError, ssl.SSLError):
            raise ConfigError(f"ca_file {ca_file} is not a readable file of PEM certificates.") from None
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=verify, limit=parallel),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_s, sock_read=timeout_s),
        trust_env=False,
        raise_for_status=False,
        # Both are unpacked piece by piece; other encodings depend on what happens to be installed.
        headers={"Accept-Encoding": "gzip, deflate"},
    )


def environment_proxy(base_url: str) -> str | None:
    """The proxy that the environment names for *base_url*; never what a netrc file holds."""
    parts = urlsplit(base_url)
    proxies = getproxies()
    return None if proxy_bypass(parts.hostname or "") else proxies.get(parts.scheme) or proxies.get("all")


def proxy_secrets(proxy: str | None) -> tuple[str, ...]:
    """The parts of a proxy's address that must not be shown."""
    return (unquote(urlsplit(proxy).password or ""),) if proxy else ()


async def read_bounded(response: aiohttp.ClientResponse, most: int) -> bytearray:
    """The body, unpacked; BodyTooBig beyond *most* bytes, having held little more than these."""
    body = bytearray()
    if (response.content_length or 0) <= most:
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > most:
                break
        else:
            return body
    # The rest is not wanted, and the connection would have to read it to be used again.
    response.close()
    raise BodyTooBig(
        f"The answer is larger than {most:,} bytes.", remedy="If this is rightly so, raise max_body of the connection."
    )


def is_framed(response: aiohttp.ClientResponse) -> bool:
    """Whether the answer itself told where it ends, so that a cut would have been noticed."""
    return (
        "Content-Length" in response.headers
        or "chunked" in response.headers.get("Transfer-Encoding", "").lower()
        or response.status in {204, 304}
    )


def form(params: Sequence[tuple[str, str]]) -> tuple[bytes, dict[str, str]]:
    """*params* as the body of a form, and the headers that say so."""
    return urlencode(params).encode(), {"Content-Type": "application/x-www-form-urlencoded"}


def never_left(error: Exception) -> bool:
    """Whether the library's *error* came before anything of the request could be sent."""
    return isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)


@lru_cache(maxsize=8)  # a page's is looked at twice, and stays the same for a second
def vendor_time(header: str | None) -> datetime | None:
    """A Date header as UTC; None if it is absent or no date."""
    if header is None:
        return None
    try:
        found = parsedate_to_datetime(header)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def failure(error: Exception, path: str, timeout_s: float) -> VendorError:
    """The library's *error* in our words. Its own text may hold the URL, and with it a secret: it is never used."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return WrongAddress("The vendor's host name does not resolve.", remedy=CHECK_ADDRESS)
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return WrongAddress(f"No trusted TLS connection: {_tls_reason(error)}.", remedy=CHECK_ADDRESS)
        case aiohttp.ClientHttpProxyError() | aiohttp.ClientProxyConnectionError():
            return WrongAddress("The proxy cannot be used.", remedy="Check the proxy's address and credentials.")
        case aiohttp.ConnectionTimeoutError():
            return Unavailable("The vendor's host did not take the connection in time.")
        case TimeoutError():
            return Unavailable(
                f"{path} was not answered whole within {timeout_s:g} s.",
                remedy="If it lasts and the vendor is only slow, raise the connection's timeout.",
            )
        case aiohttp.ClientConnectorError():
            return Unavailable(
                f"No connection to the vendor ({_os_reason(error)}).", remedy="Check base_url if it lasts."
            )
        case aiohttp.ClientPayloadError():
            return Unavailable(f"The answer to {path} broke off or is garbled.")
        case aiohttp.ClientResponseError():
            return Unavailable(f"The answer to {path} is not HTTP.", remedy="Check base_url.")
    return Unavailable(f"The connection broke while {path} was asked ({type(error).__name__}).")


def _tls_reason(error: Exception) -> str:
    cause: object = getattr(error, "certificate_error", None) or getattr(error, "os_error", None)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return cause.verify_message.rstrip(".")
    reason = getattr(cause, "reason", None)
    return reason.lower().replace("_", " ") if isinstance(reason, str) else "the handshake failed"


def _os_reason(error: aiohttp.ClientConnectorError) -> str:
    return error.os_error.strerror or "no reason given"
