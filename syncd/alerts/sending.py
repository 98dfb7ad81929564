"""``python -m syncd.alerts.sending``: one message sent by apprise, which knows a hundred kinds of services.

A process of its own for each: the library takes half a second and 25 MB to load, which a daemon would keep for ever,
it blocks, and it has long waits of its own. What is to be sent comes on standard input, as addresses hold passwords.
"""

from __future__ import annotations

import sys
from typing import Final

import apprise
import msgspec

_LONGEST_REASON: Final = 200


class Message(msgspec.Struct):
    """Plain text for an address; ``good`` is for news of an end."""

    url: str
    kind: str
    title: str
    body: str
    good: bool


def main() -> None:
    """Write why the message on standard input did not arrive, or nothing if the service took it."""
    message = msgspec.json.decode(sys.stdin.buffer.read(), type=Message)
    sys.stdout.buffer.write(_sent(message).encode("utf-8", "replace"))


def _sent(message: Message) -> str:
    try:
        # Without limits of its own it sends in this thread.
        asset = apprise.AppriseAsset(app_id="syncd", app_desc="syncd", async_mode=False, service_timeout=0)
        service = apprise.Apprise.instantiate(message.url, asset=asset, suppress_exceptions=False)
        if service is None:
            return f"apprise knows no address of the kind {message.kind}:// in this form"
        sender = apprise.Apprise(asset=asset)
        sender.add(service)
        tone = apprise.NotifyType.SUCCESS if message.good else apprise.NotifyType.WARNING
        text = apprise.NotifyFormat.TEXT
        with sender.notify(message.body, title=message.title, notify_type=tone, body_format=text) as result:
            if result:
                return ""
            said = [entry.message for entry in result.logs()]
            return _short(said[-1]) if said else "the service did not take it"
    except Exception as error:  # noqa: BLE001 (a hundred services: a defect of one is a channel that failed)
        return _short(f"{type(error).__name__}: {error}")


def _short(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= _LONGEST_REASON else said[: _LONGEST_REASON - 1] + "…"


if __name__ == "__main__":
    main()
