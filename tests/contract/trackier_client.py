"""Asks a Trackier stand-in as a client would, one call at a time."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp

from syncd.standin import StandIn

NOW = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)
MOST_PAGES = 100  # of walks here; a token or id that leads nowhere must not lead on for ever
FACTS = ("created", "campaign_id", "publisher_id", "advertiser_id", "goal_id", "goal_name")


class Client:
    """One key; `key=None` sends none."""

    def __init__(self, vendor: StandIn, session: aiohttp.ClientSession) -> None:
        self.vendor = vendor
        self.session = session
        self.key: str | None = vendor.credentials["api_key"]
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.text = ""

    async def get(self, path: str, method: str = "GET", **given: Any) -> Any:
        """A call; lists are sent as `name[]=…`, `filters` as nested brackets. The reply as JSON, None if it is none."""
        params = []
        for name, value in given.items():
            if name == "filters":
                for key, one in value.items():
                    params += [(f"filters[{key}]{'[]' * isinstance(one, list)}", str(each)) for each in _all(one)]
            else:
                params += [(name + "[]" * isinstance(value, list), str(each)) for each in _all(value)]
        headers = {"x-api-key": self.key} if self.key else {}
        async with self.session.request(method, self.vendor.url + path, params=params, headers=headers) as answer:
            self.status, self.headers, self.text = answer.status, answer.headers, await answer.text()
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    async def error(self, path: str, **given: Any) -> tuple[str, str]:
        """The code and the message a call is refused with; two empty texts if it is not."""
        reply = await self.get(path, **given)
        if "errors" not in reply:
            return "", ""
        told = reply["errors"][0] if isinstance(reply["errors"], list) else reply["errors"]
        return told["code"], told["message"]

    async def by_last_id(self, path: str, **given: Any) -> list[list[Any]]:
        """The pages of a walk by the last id, until there is none or an empty page."""
        pages, last = [], None
        while True:
            reply = await self.get(path, **given, **({} if last is None else {"lastId": last}))
            pages.append(reply[path.rpartition("/")[2]])
            last = reply["lastId"]
            assert MOST_PAGES > len(pages)
            if last is None or not pages[-1]:
                return pages

    async def by_token(self, **given: Any) -> list[list[Any]]:
        """The pages of a window of clicks."""
        pages: list[list[Any]] = []
        token: dict[str, str] = {}
        while True:
            reply = await self.get("/v2/reports/clicks", **given, **token)
            pages.append(reply["clicks"])
            assert MOST_PAGES > len(pages)
            if not reply["hasNextPage"]:
                return pages
            token = {"pageToken": reply["nextPageToken"]}


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
