"""The bytes of a body as a Python value: exact numbers, no crash, and one bad value does not spoil its page."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from syncd.ask import NOT_JSON

# Python refuses to convert longer texts to an int (a quadratic algorithm); no column holds one either.
_LONGEST_INT = 4000


def _decimal(text: str) -> Decimal | str:
    """The exact number; its text if the exponent is beyond any Decimal, so that only that value is rejected later."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _integer(text: str) -> int | Decimal | str:
    return int(text) if len(text) <= _LONGEST_INT else _decimal(text)


_DECODER = msgspec.json.Decoder(Any, float_hook=Decimal)
_FLOAT_DECODER = msgspec.json.Decoder(Any)
_CAREFUL_DECODER = msgspec.json.Decoder(Any, float_hook=_decimal)


def decode(body: bytes | bytearray, *, exact: bool = True) -> object:
    """*body* as a value: fractions are Decimal, integers int of any size; ``NOT_JSON`` if it is not JSON.

    Where nothing is to be *exact*, as no money is read, fractions are floats: that takes half the time.

    What strict JSON forbids but vendors send is accepted here and judged later, value by value: a byte order mark, raw
    control characters, bytes that are not UTF-8 and lone surrogates (left as surrogates), and bare ``NaN`` and
    ``Infinity`` (which become these words as text).
    """
    try:
        # A call into Python for every fraction takes half as long again as all the rest.
        value = (_DECODER if exact else _FLOAT_DECODER).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidOperation):
        return _decode_carefully(body)
    return value


def _decode_carefully(body: bytes | bytearray) -> object:
    try:
        value = _CAREFUL_DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_tolerantly(body)
    return value


def _decode_tolerantly(body: bytes | bytearray) -> object:
    text = body.removeprefix(BOM_UTF8).decode("utf-8", "surrogateescape")
    try:
        return json.loads(text, parse_float=_decimal, parse_int=_integer, parse_constant=str, strict=False)
    except (ValueError, RecursionError):
        return NOT_JSON
