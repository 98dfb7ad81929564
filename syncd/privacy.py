"""What of a record is stored nowhere, and what only as its hash: taken out before anything else looks at the record.

Columns, ``_syncd_extra``, json columns that repeat a value, lookups, ``_syncd_hash`` and rejects are made of what is
left: none of them has to know.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Collection as Names
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from syncd.collection import Column
from syncd.errors import RecordInvalid
from syncd.values import clean_text

MASK: Final = "***"
"""Stands where something else than was declared might hold what is stored nowhere."""
_GONE: Final = object()
_REMEMBERED = re.compile(r"hashed:([0-9a-f]{8}):([0-9a-f]{64})")
_DROPPED = str.maketrans("", "", "_- ")


class Hashed(str):
    """The hash of a text, in the text's place: what it is cannot be claimed by a vendor's answer."""

    __slots__ = ()


class Hasher:
    """HMAC-SHA-256 under one key: the same text has the same hash wherever it stands.

    The empty text stays as it is: it says nothing about anybody, and would join everybody who has none.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode("utf-8", "surrogatepass")
        self.fingerprint = self("syncd")[:8]

    def __repr__(self) -> str:
        return f"Hasher({self.fingerprint})"

    def __call__(self, text: str) -> str:
        """The hash of *text*: 64 hexadecimal digits."""
        return Hashed(hmac.digest(self._key, text.encode(), "sha256").hex()) if text else text

    def shown(self, found: Hashed) -> str:
        """*found* as it stands in a reject, so that ``restored`` knows it again."""
        return f"hashed:{self.fingerprint}:{found}"

    def restored(self, value: object) -> Any:  # noqa: ANN401 (any JSON value)
        """What a reject shows as a hash made such again; None if that was made with another key."""
        found = _REMEMBERED.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return value
        return Hashed(found[2]) if found[1] == self.fingerprint else None


Act = Callable[[Any], Any]
"""What becomes of a value; ``gone`` takes its member away."""


def gone(_value: object) -> object:
    """Take the member away."""
    return _GONE


def emptied(value: object) -> object:
    """What is left of a value that is no text and was to be hashed: that it was none."""
    return {} if isinstance(value, dict) else []


def hashing(parse: Callable[[Any], Any], hasher: Hasher) -> Act:
    """An act that puts the hash of the text that *parse* makes of a value in its place.

    What is no text leaves an empty object or list behind.
    """

    def act(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
        if value is None or type(value) is Hashed:
            return value
        try:
            text = parse(value)
        except RecordInvalid:
            return emptied(value)
        return None if text is None else hasher(text)

    return act


@dataclass(frozen=True, slots=True)
class Chosen:
    """The names of a table's columns that are left empty, and of those that are stored as hashes."""

    withheld: frozenset[str] = frozenset()
    hashed: frozenset[str] = frozenset()

    def __contains__(self, name: str) -> bool:
        return name in self.withheld or name in self.hashed


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen for a collection's columns: ``include``, ``exclude`` and ``hashed`` as the configuration has them.

    A child's columns are named with the child: ``case_case_flags.case_flag_id``. Without a ``hasher`` what is to be
    hashed is left empty.
    """

    include: Names[str] = ()
    exclude: Names[str] = ()
    hashed: Names[str] = ()
    hasher: Hasher | None = None

    def of(self, columns: Iterable[Column], child: str = "") -> Chosen:
        """The choice for the columns of the main table, or of the *child* called so."""
        names = {(f"{child}.{c.name}" if child else c.name): c for c in columns}
        hashed = {told for told in names if told in self.hashed}
        withheld = {
            told for told, c in names.items() if told in self.exclude or (c.sensitive and told not in self.include)
        } - (hashed if self.hasher is not None else set())
        if self.hasher is None:
            withheld, hashed = withheld | hashed, set()
        return Chosen(*(frozenset(names[told].name for told in some) for some in (withheld, hashed)))

    @property
    def told(self) -> tuple[object, ...]:
        """What of hashes decides the value that is stored; nothing where there are none."""
        fingerprint = self.hasher.fingerprint if self.hasher is not None else ""
        return (fingerprint, sorted(self.hashed)) if self.hashed else ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a record something stands that is not to be seen, and what becomes of it.

    ``path`` has a part for each member: ``name[]`` means every element there, ``name{}`` every member, ``.`` the
    element itself. What is no object on the way may be all that is not to be seen, and is masked, unless ``scalars``
    says that a column of its own is made of it.
    """

    path: tuple[str, ...]
    act: Act
    scalars: bool = False


@lru_cache(maxsize=4096)
def spelled(name: str) -> str:
    """A member's name without what spellings differ in: case, ``_``, ``-``, blanks, and what no database stores."""
    return clean_text(name).translate(_DROPPED).lower()


def without(value: Any, names: Names[str], hasher: Hasher | None = None) -> Any:  # noqa: ANN401 (any JSON value)
    """A copy of *value* without the members called like one of *names* (as ``spelled``), at any depth.

    Hashes stay, and with *hasher* are shown as ``Hasher.restored`` knows them. Goes without recursion: how deep a
    vendor nests is not for Python's stack to judge.
    """
    whole: list[Any] = [value]
    unfinished: list[Any] = [whole]
    while unfinished:
        holder = unfinished.pop()
        for place, item in list(enumerate(holder) if isinstance(holder, list) else holder.items()):
            if isinstance(item, dict):
                found: Any = {n: part for n, part in item.items() if spelled(n) not in names or type(part) is Hashed}
            elif isinstance(item, list):
                found = list(item)
            else:
                if type(item) is Hashed and hasher is not None:
                    holder[place] = hasher.shown(item)
                continue
            holder[place] = found
            unfinished.append(found)
    return whole[0]


class Veil:
    """Takes out of the records of one collection what is at *places*, and the members called like one of *never*."""

    def __init__(self, places: Iterable[Place], never: Names[str]) -> None:
        places = list(places)
        self.never = frozenset(map(spelled, never))
        self._quoted = [b'"%s"' % name.encode() for name in sorted(self.never)]
        self._names = frozenset(p.path[0] for p in places if len(p.path) == 1 and p.act is gone)
        self._places = [p for p in places if p.path[0] not in self._names]
        self.is_needed = bool(places)

    def restored(self, record: Any, hasher: Hasher) -> Any:  # noqa: ANN401 (any JSON value)
        """*record* as a reject shows it, with its hashes made such again."""
        places = [Place(place.path, hasher.restored, scalars=True) for place in self._places if place.act is not gone]
        return Veil(places, ()).over(record)

    def over(self, record: Any) -> Any:  # noqa: ANN401 (any JSON value)
        """*record* with nothing left of what stands at the places; the very same one if nothing does."""
        if isinstance(record, list):
            return [self.over(each) if isinstance(each, dict) else each for each in record]
        if not isinstance(record, dict):
            return record
        if self._names and not self._names.isdisjoint(record):
            record = {name: value for name, value in record.items() if name not in self._names}
        for place in self._places:
            record = _acted(record, place.path, place)
        return record

    def is_mentioned(self, encoded: Iterable[bytes]) -> bool:
        """Whether a member that is stored nowhere may be in one of the records of which these are the JSON texts."""
        if not self._quoted:
            return False
        told = b",".join(encoded).replace(b"\\u0000", b"").translate(None, b"_- ").lower()
        return any(name in told for name in self._quoted)

    def bare(self, record: Any) -> Any:  # noqa: ANN401 (any JSON value)
        """*record* without the members that are stored nowhere."""
        return without(record, self.never)


def _acted(value: Any, path: Sequence[str], place: Place) -> Any:  # noqa: ANN401 (any JSON value)
    """*value*, which stands where an object should, with what is under *path* acted upon."""
    if isinstance(value, list):
        return [_acted(each, path, place) if isinstance(each, dict) else _masked(each, place) for each in value]
    if not isinstance(value, dict):
        return _masked(value, place)
    part, rest = path[0], path[1:]
    name = part.removesuffix("[]").removesuffix("{}")
    inner = value.get(name)
    if inner is None:
        return value
    if not rest:
        found = place.act(inner)
    elif name == part:
        found = _acted(inner, rest, place)
    elif isinstance(inner, list):
        found = [_of_element(each, rest, place) for each in inner]
    elif isinstance(inner, dict) and part.endswith("{}"):
        found = {key: _of_element(each, rest, place) for key, each in inner.items()}
    else:  # a lone element without its array, or an array whose places have become names
        found = _of_element(inner, rest, place)
        if isinstance(found, dict):
            found = {key: _acted(each, rest, place) if isinstance(each, dict) else each for key, each in found.items()}
    if found is _GONE:
        return {other: item for other, item in value.items() if other != name}
    return {**value, name: found}


def _of_element(element: Any, path: Sequence[str], place: Place) -> Any:  # noqa: ANN401 (any JSON value)
    """An element, acted upon; what is no object is no value of its columns, as little as a record that is none."""
    if isinstance(element, dict):
        return element if path[0] == "." else _acted(element, path, place)
    if path[0] == ".":
        return place.act(element)
    if isinstance(element, list):
        return [_acted(each, path, place) if isinstance(each, dict) else each for each in element]
    return element


def _masked(value: Any, place: Place) -> Any:  # noqa: ANN401 (any JSON value)
    return value if value is None or (place.scalars and not isinstance(value, list)) else MASK
