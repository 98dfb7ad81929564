"""The one place where secrets are taken out of text, and where a stranger's text is made safe to show."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from html import escape
from string import ascii_letters, digits
from urllib.parse import quote, quote_plus

MASK = "***"
EXCERPT = 500

# Below this a secret is no secret, and taking it out of every word would leave no message to read.
_SHORTEST_IN_WORDS = 4
# Fewer base64 characters than this occur in ordinary text.
_SHORTEST_BASE64 = 6
_BASE64 = frozenset(ascii_letters + digits + "+/_=%-")
_CREDENTIALS = re.compile(r"\b(basic|bearer)(\s+|%20|\+)[A-Za-z0-9+/=_.~%-]{8,}", re.IGNORECASE)
# Controls (ANSI sequences begin with one), separators that break lines, marks that reorder text, and lone surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Redactor:
    """Knows the secrets of one connection in every form in which they are sent or echoed."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({secret for secret in secrets if secret})
        self._plain = _any_of((p for secret in self._secrets for p in _plain_patterns(secret)), re.IGNORECASE)
        self._base64 = _any_of(re.escape(form) for secret in self._secrets for form in _base64_forms(secret))
        # A form can be six times as long as the secret (every character as \uXXXX).
        self._longest_form = max((len(secret.encode()) * 6 for secret in self._secrets), default=0)

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} secrets)"

    def text(self, text: str) -> str:
        """*text* without secrets: plain, URL-encoded, base64 (alone or inside a Basic header) or escaped as in JSON."""
        if self._plain is not None:
            text = self._plain.sub(MASK, text)
        if self._base64 is not None:
            text = _without_runs(text, self._base64)
        return _CREDENTIALS.sub(rf"\1\2{MASK}", text)

    def excerpt(self, body: bytes | bytearray) -> str:
        """The first 500 characters of *body* at most: redacted, on one line, with control characters escaped."""
        most = 8 * EXCERPT + self._longest_form
        text = body[:most].decode("utf-8", "replace")
        redacted = self.text(text)
        if len(body) > most:
            # A secret that the limit cut in two is not recognised: its first part must go as well.
            redacted = redacted[: max(0, len(redacted) - self._longest_form)]
        shown = one_line(redacted.strip())
        return shown if len(shown) <= EXCERPT else shown[: EXCERPT - 1] + "…"


def one_line(text: str) -> str:
    """*text* with everything escaped that would break the line, colour the terminal or reorder what is read."""
    return _UNSAFE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _any_of(patterns: Iterable[str], flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str] | None:
    # The longest first: a form inside a longer one would leave the rest of it standing.
    ordered = sorted(set(patterns), key=len, reverse=True)
    return re.compile("|".join(ordered), flags) if ordered else None


def _without_runs(text: str, cores: re.Pattern[str]) -> str:
    """*text* without the runs of base64 around *cores*: their ends hold the outermost bits of the secret."""
    kept, at = [], 0
    for found in cores.finditer(text):
        if found.start() < at:
            continue
        start, end = found.span()
        while start > at and text[start - 1] in _BASE64:
            start -= 1
        while end < len(text) and text[end] in _BASE64:
            end += 1
        kept += [text[at:start], MASK]
        at = end
    return "".join((*kept, text[at:]))


def _plain_patterns(secret: str) -> set[str]:
    """Regular expressions for *secret* as it stands, URL-encoded, or escaped as in JSON or HTML."""
    forms = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), escape(secret)}
    for ascii_only in (True, False):
        quoted = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        forms |= {quoted, quoted.replace("/", "\\/")}
    if len(secret) < _SHORTEST_IN_WORDS:
        return {rf"(?<!\w){re.escape(form)}(?!\w)" for form in forms}
    return {re.escape(form) for form in forms}


def _base64_forms(secret: str) -> set[str]:
    """What *secret* looks like inside base64, for each of the three ways it can lie there (``login:secret``)."""
    raw = secret.encode("utf-8", "surrogatepass")
    forms = set()
    for offset in range(3):
        encoded = b64encode(b"\0" * offset + raw).decode()
        # The outermost characters also hold bits of the neighbours.
        first = (0, 2, 3)[offset]
        last = (len(encoded), -3, -2)[(offset + len(raw)) % 3]
        core = encoded[first:last]
        if len(core) >= _SHORTEST_BASE64:
            forms |= {core, core.replace("+", "-").replace("/", "_"), quote(core, safe="")}
    return forms
