"""``make audit``: a hole that is known is found, and a service that cannot be asked is not taken for a clean answer."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import audit

ROOT = Path(__file__).parents[2]
HOLE = {
    "id": "GHSA-0000-0000-0001",
    "aliases": [],
    "summary": "made up",
    "details": "made up",
    "affected": [
        {
            "package": {"name": "aiohttp", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}],
        }
    ],
}


@contextmanager
def advisories(holes: dict[str, dict[str, Any]], *, status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """An advisory service that knows of *holes* by package; its address, and what it was asked about."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = question["package"]["name"]
            asked.append(name)
            body = json.dumps({"vulns": [holes[name]]} if name in holes else {}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name in the library)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def pinned() -> set[str]:
    return set(re.findall(r"^([a-z][\w.-]*)==", audit.REQUIREMENTS.read_text(), re.MULTILINE))


def test_x7_every_pinned_package_is_asked_about_and_a_known_hole_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with advisories({"aiohttp": HOLE}) as (service, asked):
        assert audit.HOLES == audit.main(["--service", service])
    said = capsys.readouterr().out
    assert re.search(r"^aiohttp [\d.]+: GHSA-0000-0000-0001, mended in 99\.1$", said, re.MULTILINE)
    # Those for other systems are none of this machine's.
    assert pinned() - {"colorama", "tzlocal"} <= set(asked)


def test_x7_without_holes_it_says_how_many_packages_that_is_true_of(capsys: pytest.CaptureFixture[str]) -> None:
    with advisories({}) as (service, asked):
        assert 0 == audit.main(["--service", service])
    assert f"{len(set(asked))} packages of base.txt audited: 0 known holes." in capsys.readouterr().out


@pytest.mark.parametrize("status", [0, 503])
def test_x7_a_service_that_cannot_be_asked_is_told_and_not_taken_for_an_answer(
    capsys: pytest.CaptureFixture[str], status: int
) -> None:
    with advisories({}, status=status or 200) as (service, _):
        if status:
            assert audit.NOT_ASKED == audit.main(["--service", service])
            assert 0 == audit.main(["--service", service, "--offline-ok"])
    if not status:
        assert audit.NOT_ASKED == audit.main(["--service", service])
        assert 0 == audit.main(["--service", service, "--offline-ok"])
    said = capsys.readouterr().out
    assert 2 == said.count("NOT AUDITED: the advisory service could not be asked")
    assert "known holes" not in said


def test_x7_ci_audits_and_what_is_installed_is_held_to_hashes() -> None:
    assert "make audit" in (ROOT / ".ci/run").read_text()
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^audit:", makefile, re.MULTILINE)
    for line in re.findall(r"^\t.*-r requirements/.*$", makefile, re.MULTILINE):
        assert "--require-hashes" in line
