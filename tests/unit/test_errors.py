"""What an error says of itself."""

from __future__ import annotations

import pytest

from syncd.errors import SyncdError


@pytest.mark.parametrize(
    "message,remedy,says",
    [
        ("It is down.", "", "It is down."),
        ("It is down.", "Wait.", "It is down. Wait."),
        ("The vendor says: Invalid API Key", "Copy it anew.", "The vendor says: Invalid API Key. Copy it anew."),
        ("The vendor says: Really?", "Copy it anew.", "The vendor says: Really? Copy it anew."),
    ],
)
def test_a_message_and_its_remedy_are_two_sentences_however_the_vendor_ends_its_own(
    message: str, remedy: str, says: str
) -> None:
    assert says == str(SyncdError(message, remedy=remedy))
