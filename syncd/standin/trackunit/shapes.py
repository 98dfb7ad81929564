"""Rows of unit history as prepared texts with gaps: a million of them cost a microsecond each."""

from functools import lru_cache
from typing import Any

from syncd.standin.trackunit import words
from syncd.standin.trackunit.spelling import DAY_S, TICKS, clean, encoded, utc

HISTORY_VARIANTS = 61
BARE = 7  # of thirteen
_GAPS = (  # in the order of the members
    (b'"@time@"', b'"%b"'), (b'"@event@"', b"%d"), (b'"@key@":0,', b"%b"), (b'"@latitude@"', b"%b"),
    (b'"@longitude@"', b"%b"), (b'"@km@"', b"%d"), (b'"@run1@"', b"%d"),
)  # fmt: skip


def history_text(place: int, number: int, keys: tuple[str, ...], at: int, variant: int, event: int) -> bytes:
    """A row of the unit of that number at a time, in seconds."""
    key = b'"keyId":"%b",' % keys[variant % len(keys)].encode() if keys and variant % 3 else b""
    latitude, longitude = _near(place, (at // 600 + number) % 1000)
    # Counters that only grow, whenever they are asked for.
    return _template(place, variant) % (
        _time(at),
        event,
        key,
        latitude,
        longitude,
        at // 900 % 400_000,
        at // 3 % 2**33,
    )


def _time(at: int) -> bytes:
    day, second = divmod(at, DAY_S)
    return b"%bT%02d:%02d:%02d.0000000Z" % (_day(day), second // 3600, second // 60 % 60, second % 60)


@lru_cache(1024)
def _day(day: int) -> bytes:
    return utc(day * DAY_S * TICKS)[:10].encode()


@lru_cache(8192)
def _near(place: int, away: int) -> tuple[bytes, bytes]:
    *_, latitude, longitude = words.PLACES[place]
    if away == 0:
        return b"0", b"0"  # no fix
    return tuple(  # type: ignore[return-value]
        repr(round(one + (away % 31 - 15) / 613 + away / 97_003, 7)).encode() for one in (latitude, longitude)
    )


@lru_cache(1024)
def _template(place: int, variant: int) -> bytes:
    country, zip_code, city, *_ = words.PLACES[place]
    is_rich, is_bare = variant % 5 == 0, variant % 13 == BARE
    record: dict[str, Any] = {
        "time": "@time@", "event": "@event@", "@key@": 0,
        "location": {"latitude": "@latitude@", "longitude": "@longitude@"},
        "address": {
            "country": country, "zipCode": zip_code, "city": city,
            "streetAddress": None if variant % 9 == 0 else f"{words.STREETS[variant % 6]} {variant}",
        } if variant % 11 else None,
        "heading": variant * 6 % 360, "speed": variant % 17 * 1.5, "km": "@km@", "run1": "@run1@",
        "run2": variant * 10.5 if is_rich else None, "run3": 0.0 if is_rich else None, "run4": None,
        "runOdo": variant * 1000 + 0.25, "temperature1": None if is_bare else -8 + variant * 0.7,
        "temperature2": 21.5 if is_rich else None, "input1": variant % 2 == 0, "input2": variant % 3 == 0,
    }  # fmt: skip
    if is_rich:
        record |= {f"input{n}": variant % n == 0 for n in range(3, 11)}
        record |= {f"output{n}": variant % (n + 1) == 0 for n in range(1, 6)}
        record |= {"analogInput1": 1.25, "analogInput2": 0.0, "analogInput4": variant / 8}
    if not is_bare:
        record |= {"input1ChangeCounter": variant * 3, "input2ChangeCounter": variant, "output3": variant % 4 == 0}
        record |= {"batteryLevel": 100 - variant, "externalPower": 12 + variant / 16}
    text = encoded(clean(record)).replace(b"%", b"%%")
    for gap, form in _GAPS:
        text = text.replace(gap, form)
    return text
