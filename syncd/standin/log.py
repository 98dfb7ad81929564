"""The request log: what arrived, when, and what was answered."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote_plus

SECONDS_TOLERANCE = 1e-9
TOO_MANY_REQUESTS = 429


@dataclass(slots=True)
class Entry:
    """One request. `status` is 0 while nothing was answered, 444 when the connection was closed instead."""

    at: float
    method: str
    path: str
    query: str
    header_names: tuple[str, ...]
    connection: int
    status: int = 0


class RequestLog:
    """Every request in order of arrival, times by a monotonic clock, in seconds."""

    def __init__(self, secrets: Iterable[str] = (), monotonic: Callable[[], float] = time.monotonic) -> None:
        """`secrets` are searched for in URLs."""
        self.entries: list[Entry] = []
        self.secrets = tuple(secret for secret in secrets if secret)
        self._monotonic = monotonic

    def arrive(self, method: str, raw_path: str, header_names: Iterable[str], connection: int = 0) -> Entry:
        """Notes an arrival; the caller fills in `status` when it has answered."""
        path, _, query = raw_path.partition("?")
        entry = Entry(self._monotonic(), method, path, query, tuple(header_names), connection)
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
            if any(secret in text for secret in self.secrets for text in (f"{one.path}?{one.query}",
            unquote_plus(f"{one.path}?{one.query}")))
        ]  # fmt: skip

    def clear(self) -> None:
        """Forgets everything."""
        self.entries.clear()
