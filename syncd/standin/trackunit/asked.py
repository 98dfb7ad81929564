"""What a request asks for: routes and parameter names without regard to case, and errors as ServiceStack words them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from syncd.standin.faults import RefusedError
from syncd.standin.trackunit.declared import BY_PATH, WITH_ID, WRITES, Call, Span, Write
from syncd.standin.trackunit.spelling import DAY_S, TICKS, Record, read_time

BAD_REQUEST = 400
FORMATS = {"json", "xml", "html", "jsonl", "csv"}
_JSV = re.compile(r"\{latitude:(-?[\d.]+),longitude:(-?[\d.]+)\}", re.IGNORECASE)


class VendorError(RefusedError):
    """A refusal with a `responseStatus`."""

    def __init__(self, status: int, code: str, message: str = "", field: str = "") -> None:
        """`field` is the parameter it is about, as the vendor spells it."""
        super().__init__(status, message or code)
        self.code = code
        self.field = field

    def body(self) -> Record:
        """The body in ServiceStack's shape."""
        one = {"errorCode": self.code, "fieldName": self.field or None, "message": str(self)}
        errors = [{name: value for name, value in one.items() if value}] if self.field else []
        return {"responseStatus": {"errorCode": self.code, "message": str(self), "errors": errors}}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, understood: `given` are its parameters, their names in small letters."""

    call: Call | Write
    given: Mapping[str, str]
    format: str


def asked(method: str, path: str, query: str, body: bytes) -> Asked:
    """Where a request leads; RefusedError 404 and 405 where to nothing."""
    route, given = unquote(path).lower(), _given(query)
    route, _, extension = route.partition(".")
    if extension and extension not in FORMATS:
        raise RefusedError(404, "")
    parent, _, _ = route.rpartition("/")
    if route not in BY_PATH and (parent in WITH_ID or parent in WRITES):
        route, given = (
            parent,
            given | {"unitid" if parent.startswith("/report") else "id": unquote(path).rpartition("/")[2]},
        )
    call: Call | Write | None = BY_PATH.get(route) or WRITES.get(route)
    if call is None:
        raise RefusedError(404, "")
    # Routes named after an operation take a POST as well as a GET, those of resources do not.
    takes_post = isinstance(call, Write) or route.rpartition("/")[2].startswith("get")
    if method != "GET" and not (method == "POST" and takes_post):
        raise RefusedError(405, "")
    given = given | (_given_in(body) if method == "POST" else {})
    return Asked(call, given, extension or given.get("format", "json").lower())


def span(
    given: Mapping[str, str], wanted: Span, operation: str, *, max_days: float, max_days_passes: bool
) -> tuple[int, int]:
    """The first and last tick asked for, both included; VendorError for what is missing, malformed or too long."""
    ends = []
    for name in (wanted.start, wanted.end):
        text = given.get(name, "")
        if not text and wanted.required:
            field = "From" if name == wanted.start else "To"
            raise VendorError(
                BAD_REQUEST, "ArgumentNullException", f"Value cannot be null. (Parameter '{field.lower()}')", field
            )
        ends.append(_time(name, text, operation) if text else None)
    start, end = ends
    if start is not None and end is not None:
        length, most = end - start, int(max_days * DAY_S) * TICKS
        if length < 0:
            raise TooLong("From")
        if length > most or (length == most and not max_days_passes):
            raise TooLong("To" if wanted.end == "to" else "DateTo")
    edge = 0 if wanted.inclusive else 1
    return -(2**62) if start is None else start + edge, 2**62 if end is None else end - edge


class TooLong(Exception):
    """A span over the limit, or one that ends before it starts; holds the parameter's name."""


def day(given: Mapping[str, str], operation: str) -> int:
    """The day asked for, a number since 1970."""
    if not given.get("date"):
        raise VendorError(BAD_REQUEST, "ArgumentNullException", "Value cannot be null. (Parameter 'date')", "Date")
    return _time("date", given["date"], operation) // TICKS // DAY_S


def position(given: Mapping[str, str], operation: str) -> tuple[float, float]:
    """The position of the parameter `point`, in the vendor's own notation of objects."""
    found = _JSV.fullmatch(given["point"].replace(" ", ""))
    if found is None:
        raise _binding("Point", given["point"], operation)
    return float(found[1]), float(found[2])


def number(name: str, text: str, operation: str) -> float:
    """A number; VendorError if it is none."""
    try:
        return float(text)
    except ValueError:
        raise _binding(name.capitalize(), text, operation) from None


def _time(name: str, text: str, operation: str) -> int:
    try:
        return read_time(text)
    except ValueError:
        raise _binding(name.capitalize(), text, operation) from None


def _binding(field: str, text: str, operation: str) -> VendorError:
    message = f"Unable to bind to request '{operation}': '{text}' is no value of {field}"
    return VendorError(BAD_REQUEST, "RequestBindingException", message, field)


def _given(query: str) -> dict[str, str]:
    """The last one of a name counts."""
    return {name.lower(): value for name, value in parse_qsl(query, keep_blank_values=True)}


def _given_in(body: bytes) -> dict[str, str]:
    text = body.decode("utf-8", "replace")
    if not text.lstrip().startswith("{"):
        return _given(text)
    try:
        return {name.lower(): str(value) for name, value in json.loads(text).items()}
    except ValueError:
        raise VendorError(BAD_REQUEST, "SerializationException", "Could not deserialize the body") from None
