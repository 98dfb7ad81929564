"""The request log: what arrived, when, and what was answered."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import parse_qsl, unquote_plus, urlencode

SECONDS_TOLERANCE = 1e-9
TOO_MANY_REQUESTS = 429
HIDDEN = {"api_key", "hash", "password", "session_key", "token"}  # parameters of bodies that are not noted


@dataclass(slots=True)
class Entry:
    """One request. `status` is 0 while nothing was answered, 444 when the connection was closed instead.

    `query` has the parameters of the URL and then those of the body; `url` is what stood in the request line.
    """

    at: float
    method: str
    path: str
    query: str
    header_names: tuple[str, ...]
    connection: int
    status: int = 0
    url: str = ""


class RequestLog:
    """Every request in order of arrival, times by a monotonic clock, in seconds."""

    def __init__(self, secrets: Iterable[str] = (), monotonic: Callable[[], float] = time.monotonic) -> None:
        """`secrets` are searched for in URLs."""
        self.entries: list[Entry] = []
        self.secrets = tuple(secret for secret in secrets if secret)
        self._monotonic = monotonic

    def arrive(
        self, method: str, raw_path: str, header_names: Iterable[str], connection: int = 0, body: bytes = b""
    ) -> Entry:
        """Notes an arrival; the caller fills in `status` when it has answered. `body` is a form or a JSON object."""
        path, _, query = raw_path.partition("?")
        query = "&".join(part for part in (query, _parameters(body)) if part)
        entry = Entry(self._monotonic(), method, path, query, tuple(header_names), connection, url=raw_path)
        self.entries.append(entry)
        return entry

    def count(self, path: str | None = None, status: int | None = None, query: str | None = None) -> int:
        """Requests whose path ends with `path`, answered with `status`, whose query holds `query`; None is any."""
        return sum(
            (path is None or one.path.endswith(path))
            and (status is None or one.status == status)
            and (query is None or query in one.query)
            for one in self.entries
        )  # fmt: skip

    def gaps(self) -> list[float]:
        """Seconds from each arrival to the next."""
        return [later.at - earlier.at for earlier, later in pairwise(self.entries)]

    def most_in_any(self, seconds: float) -> int:
        """The largest number of arrivals in any half-open stretch of that length."""
        most = first = 0
        for last, entry in enumerate(self.entries):
            while entry.at - self.entries[first].at >= seconds - SECONDS_TOLERANCE:
                first += 1
            most = max(most, last - first + 1)
        return most

    @property
    def refused(self) -> int:
        """Requests answered 429."""
        return self.count(status=TOO_MANY_REQUESTS)

    @property
    def statuses(self) -> Counter[int]:
        """How often each status was answered."""
        return Counter(one.status for one in self.entries)

    @property
    def connections(self) -> int:
        """How many TCP connections the requests came over."""
        return len({one.connection for one in self.entries})

    def secrets_seen(self) -> list[Entry]:
        """Requests with a secret in their URL, encoded or not."""
        return [
            one for one in self.entries
            if any(secret in text for secret in self.secrets for text in (one.url, unquote_plus(one.url)))
        ]  # fmt: skip

    def clear(self) -> None:
        """Forgets everything."""
        self.entries.clear()


def _parameters(body: bytes) -> str:
    """A body's parameters as a query; text of any other kind as nothing."""
    try:
        text = body.decode()
        given = json.loads(text) if text.lstrip().startswith("{") else dict(parse_qsl(text, keep_blank_values=True))
    except ValueError:
        return ""
    return urlencode(
        {
            name: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            for name, value in given.items()
            if name not in HIDDEN
        }
    )
