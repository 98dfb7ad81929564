"""What keeps the promises about the network: N1 to N12."""

from __future__ import annotations

from tests.guards.guard import Guard

HTTP = "tests/contract/test_http_network.py"

GUARDS: tuple[Guard, ...] = (
    Guard(
        "N9",
        "a redirect is not followed",
        "syncd/http/client.py",
        "allow_redirects=False,",
        "allow_redirects=True,",
        (f"{HTTP}::test_n9_a_redirect_is_refused_and_nothing_reaches_the_other_host",),
    ),
)
