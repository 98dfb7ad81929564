from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.http.redact import MASK, Redactor

TOKEN = '0b7c2f44-6d1e+4a53/9c80"&1fØ'
PLAIN = "0b7c2f44-6d1e-4a53-9c80-1f2e3d4c5b6a"

ECHOES: dict[str, Callable[[str], str]] = {
    "plain": lambda s: s,
    "in a url": lambda s: f"https://x.example/a?{urlencode({'key': s, 'b': '1'})}",
    "quoted whole": lambda s: quote(s, safe=""),
    "quoted, slashes kept": quote,
    "quoted, lower hex": lambda s: quote(s, safe="").lower(),
    "plus for blanks": quote_plus,
    "json": lambda s: json.dumps({"token": s}),
    "json without escapes": lambda s: json.dumps({"token": s}, ensure_ascii=False),
    "json by php": lambda s: json.dumps({"token": s}).replace("/", "\\/"),
    "html": escape,
    "upper case": lambda s: s.upper(),
    "base64": lambda s: b64encode(s.encode()).decode(),
    "base64 for urls": lambda s: urlsafe_b64encode(s.encode()).decode(),
    "base64, quoted": lambda s: quote(b64encode(s.encode()).decode(), safe=""),
    "basic header": lambda s: f"Authorization: Basic {b64encode(f'ida/token:{s}'.encode()).decode()}",
    "basic header, other login": lambda s: f"Basic {b64encode(f'ida.sync/token:{s}'.encode()).decode()}",
    "inside base64": lambda s: b64encode(f'{{"login":"x","token":"{s}","more":1}}'.encode()).decode(),
}


@pytest.mark.parametrize("secret", [TOKEN, PLAIN], ids=["odd", "uuid"])
@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
def test_x2_an_echoed_secret_is_taken_out_in_every_form(echo: Callable[[str], str], secret: str) -> None:
    text = Redactor([secret]).text(f"before {echo(secret)} after")
    assert MASK in text
    assert text.startswith("before ")
    assert text.endswith(" after")
    for part in (secret[:12], secret[-9:], b64encode(secret.encode()).decode()[4:16]):
        assert part.lower() not in text.lower()


def test_text_without_secrets_is_left_alone() -> None:
    text = "The token is wrong: https://x.example/cases?page=2 (aGVsbG8gd29ybGQhIQ==)"
    assert text == Redactor([PLAIN]).text(text)


def test_other_credentials_in_headers_are_taken_out_too() -> None:
    assert f"Bearer {MASK} and basic {MASK}" == Redactor([]).text("Bearer abcdefgh12345 and basic QWxhZGRpbjpvcGVu")


def test_a_very_short_secret_is_taken_out_as_a_word() -> None:
    assert f"pin {MASK} in a1b" == Redactor(["a1"]).text("pin a1 in a1b")


def test_empty_secrets_are_ignored() -> None:
    assert "as it is" == Redactor(["", ""]).text("as it is")


def test_the_longer_of_two_overlapping_secrets_goes_first() -> None:
    assert MASK == Redactor(["secret", "secret-and-more"]).text("secret-and-more")


def test_x1_the_redactor_does_not_show_its_secrets() -> None:
    assert PLAIN not in repr(Redactor([PLAIN]))


@pytest.mark.parametrize("size", [10, 499, 500, 501, 5000, 100_000])
def test_an_excerpt_has_at_most_500_characters(size: int) -> None:
    excerpt = Redactor([]).excerpt(b"x" * size)
    assert len(excerpt) == min(size, 500)
    assert ("…" in excerpt) == (size > 500)


@pytest.mark.parametrize(
    "body, shown",
    [
        (b"a\nb\r\n\tc", "a\\nb\\r\\n\\tc"),
        (b"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        (b"nul\x00 bell\x07 del\x7f", "nul\\x00 bell\\x07 del\\x7f"),
        ("c1\x9b31m line\u2028 rtl\u202e".encode(), "c1\\x9b31m line\\u2028 rtl\\u202e"),
        ("Ø 中 🚚".encode(), "Ø 中 🚚"),
        (b"\xff", "�"),
        (b"  blanks around  ", "blanks around"),
    ],
)
def test_x3_a_strangers_text_stays_on_one_line_and_colours_nothing(body: bytes, shown: str) -> None:
    assert shown == Redactor([PLAIN]).excerpt(body)


@pytest.mark.parametrize("shift", range(len(PLAIN)))
def test_x2_a_secret_cut_by_the_limit_shows_no_part(shift: int) -> None:
    """A body of nothing but echoes is masked down to a few characters: the cut one must not come into view."""
    excerpt = Redactor([PLAIN]).excerpt(b"-" * shift + PLAIN.encode() * 10_000)
    assert PLAIN[:4] not in excerpt
    assert PLAIN[-4:] not in excerpt


def test_a_long_run_of_letters_takes_no_long_time() -> None:
    """One pattern that tries every start of a run against every end would take minutes."""
    text = "A" * 200_000
    assert text == Redactor([PLAIN]).text(text)


# The mask itself could be part of a secret, or become one with its neighbours.
ANY = st.characters(exclude_characters="*", exclude_categories=["Cs"])


@given(st.text(ANY, min_size=4), st.text(ANY, max_size=20), st.text(ANY, max_size=20))
def test_x1_no_text_around_it_saves_a_secret(secret: str, before: str, after: str) -> None:
    assert secret not in Redactor([secret]).text(before + secret + after)


@given(st.binary(max_size=3000))
def test_x3_any_body_makes_one_printable_line(body: bytes) -> None:
    excerpt = Redactor([PLAIN]).excerpt(body)
    assert len(excerpt) <= 500
    assert len(excerpt.splitlines()) <= 1
    excerpt.encode()
