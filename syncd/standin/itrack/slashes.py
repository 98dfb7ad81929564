"""A log and a switchboard for which `/tracker/list/` and `/tracker/list` are one call, as they are for the vendor."""

from collections.abc import Iterable

from syncd.standin.faults import Fault
from syncd.standin.log import Entry, RequestLog
from syncd.standin.switchboard import Switchboard


class SlashlessLog(RequestLog):
    """Paths without the slash they may end in; `url` has it."""

    def arrive(
        self, method: str, raw_path: str, header_names: Iterable[str], connection: int = 0, body: bytes = b""
    ) -> Entry:
        """Notes an arrival."""
        entry = super().arrive(method, raw_path, header_names, connection, body)
        entry.path = entry.path.rstrip("/")
        return entry


class SlashlessSwitchboard(Switchboard):
    """Rules for paths without the slash they may end in."""

    def draw(self, path: str) -> list[Fault]:
        """For the server: the faults that this request meets."""
        return super().draw(path.rstrip("/"))
