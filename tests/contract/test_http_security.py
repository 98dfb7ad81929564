"""What must not leave, and what must not be let in (FAULTS, Security; N8)."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import subprocess
import sys
import traceback
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import structlog

from syncd.ask import Question
from syncd.errors import ConfigError, Refused, SyncdError, Unavailable
from syncd.http.client import Client, ClientOptions, Meter
from syncd.lane import Lane
from syncd.vendors.base import Signature, Vendor
from syncd.vendors.trackier import TRACKIER
from syncd.vendors.trackops import TRACKOPS
from syncd.vendors.trackunit import TRACKUNIT
from tests.contract.http_kit import TOKEN, Server, Step, client, head, raw, reply
from tests.turned_clock import TurnedClock

CASES = Question("/cases", (("page", "1"),))


# --- only reads ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("template", [template for _, template in TRACKOPS.reads])
async def test_every_declared_read_can_leave(template: str) -> None:
    path = template
    while "{" in path:
        path = path[: path.index("{")] + "a-1_b.2" + path[path.index("}") + 1 :]
    async with Server.of(reply(b"{}")) as server, client(server) as asked:
        await asked.asker(Lane.INCREMENT, Meter())(Question(path))
        assert f"/api/v1{path}" == server.seen[0].target


@pytest.mark.parametrize(
    "question",
    [
        Question("/cases", method="POST"),
        Question("/cases", method="get"),
        Question("/cases/1", method="DELETE"),
        Question("/cases/"),
        Question("cases"),
        Question(""),
        Question("/nothing"),
        Question("/cases/1/2"),
        Question("/cases/.."),
        Question("/cases/."),
        Question("/cases/../staff"),
        Question("/cases/%2e%2e"),
        Question("/cases/1?mode=delete"),
        Question("/cases/1#x"),
        Question("/cases/1 2"),
        Question("/cases/1\n"),
        Question("/cases/ü"),
        Question("@evil.example/cases"),
        Question("//evil.example/cases"),
    ],
    ids=lambda question: f"{question.method} {question.path!a}",
)
async def test_anything_else_is_refused_before_it_leaves(question: Question) -> None:
    meter = Meter()
    async with Server.of() as server, client(server) as asked:
        with pytest.raises(Refused, match="none of the read calls"):
            await asked.asker(Lane.INCREMENT, meter)(question)
        assert [] == server.seen
    assert Meter() == meter


async def test_parameters_arrive_as_they_were_given() -> None:
    params = (("updated_from", "2026-01-01T00:00:00+00:00"), ("name", "Øst & Söhne/2?#%41"), ("id", "1"), ("id", "2"))
    async with Server.of() as server, client(server) as asked:
        await asked.asker(Lane.INCREMENT, Meter())(Question("/cases", params))
        target = server.seen[0].target
    assert "%2B00:00" in target
    assert target.endswith("&name=%C3%98st+%26+S%C3%B6hne/2?%23%2541&id=1&id=2")


async def test_a_request_is_signed_and_says_who_asks() -> None:
    async with Server.of() as server, client(server, user_agent="syncd/0.1.0") as asked:
        await asked.asker(Lane.INCREMENT, Meter())(CASES)
        headers = server.seen[0].headers
    assert f"Basic {b64encode(f'ida.sync/token:{TOKEN}'.encode()).decode()}" == headers["authorization"]
    assert "syncd/0.1.0" == headers["user-agent"]
    assert "application/json" == headers["accept"]


async def test_cookies_are_not_kept() -> None:
    async with Server.of(reply(headers={"Set-Cookie": "a=b; Path=/"})) as server, client(server) as asked:
        ask = asked.asker(Lane.INCREMENT, Meter())
        await ask(CASES)
        await ask(CASES)
        assert "cookie" not in server.seen[1].headers


# --- addresses -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "base_url",
    [
        "http://mycompany.viewcases.com/api/v1",
        "http://10.0.0.1/api/v1",
        "http://127.0.0.1.evil.example/api/v1",
        "http://localhost.evil.example/api/v1",
        "ftp://127.0.0.1/api/v1",
        "mycompany.viewcases.com/api/v1",
        "https:///api/v1",
        "https://user:pass@mycompany.viewcases.com/api/v1",
        "https://mycompany.viewcases.com/api/v1?x=1",
        "",
    ],
)
def test_x5_only_https_or_this_machine_is_spoken_to(base_url: str) -> None:
    with pytest.raises(ConfigError):
        client(base_url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "[::1]"])
def test_x5_plain_http_to_this_machine_is_fine(host: str) -> None:
    client(f"http://{host}:8080/api/v1")


def test_a_secret_that_no_header_can_carry_is_a_configuration_error_without_its_value() -> None:
    vendor = replace(TRACKOPS, sign=lambda settings, _token: Signature({"X-Api-Key": settings["token"]}))
    for token in ("one\ntwo", "one\r\nX-Evil: two", "onetwö", "one\0two"):
        with pytest.raises(ConfigError, match="X-Api-Key") as caught:
            Client(vendor, ClientOptions(base_url="https://x.example", credentials={"token": token}))
        assert "two" not in str(caught.value)


# --- TLS -------------------------------------------------------------------------------------------------------------
class Certificates:
    """A certificate authority of our own, made once, and what it signs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca = folder / "ca.pem"
        self._run(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        )  # fmt: skip

    def context(self, name: str, *, address: str, days: int = 2, own: bool = False) -> ssl.SSLContext:
        """For a server: signed by the authority, or by itself (*own*), for *address*."""
        self._run(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}",
        )  # fmt: skip
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={address}\nauthorityKeyIdentifier=keyid\n")
        signer = ("-signkey", f"{name}.key") if own else ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
        self._run(
            "x509", "-req", "-in", f"{name}.csr", *signer, "-days", str(days), "-extfile", f"{name}.ext",
            "-out", f"{name}.pem",
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


async def test_n8_a_certificate_of_the_configured_authority_is_trusted(certificates: Certificates) -> None:
    tls = certificates.context("good", address="IP:127.0.0.1")
    async with Server.of(tls=tls) as server, client(server, ca_file=str(certificates.ca)) as asked:
        assert [] == (await asked.asker(Lane.INCREMENT, Meter())(CASES)).value


@pytest.mark.parametrize("fault", ["unknown authority", "self-signed", "wrong host", "expired"])
async def test_n8_a_certificate_that_does_not_verify_stops_the_question_and_no_secret_leaves(
    fault: str, certificates: Certificates
) -> None:
    address = "DNS:other.example" if fault == "wrong host" else "IP:127.0.0.1"
    days = -1 if fault == "expired" else 2
    tls = certificates.context(fault.replace(" ", "-"), address=address, days=days, own=fault == "self-signed")
    ca_file = None if fault == "unknown authority" else str(certificates.ca)
    meter = Meter()
    async with Server.of(tls=tls) as server, client(server, ca_file=ca_file, clock=TurnedClock()) as asked:
        with pytest.raises(Unavailable, match="No trusted TLS connection") as caught:
            await asked.asker(Lane.INCREMENT, meter)(CASES)
        assert [] == server.seen
    assert 3 == meter.requests
    for key in ("subdomain", "base_url", "ca_file"):
        assert key in caught.value.remedy


async def test_n8_a_server_that_speaks_no_tls_is_not_spoken_to_in_the_clear() -> None:
    heard = bytearray()

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.read(10_000))
        writer.write(head(400, {"Content-Length": "0"}))
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with (
        server,
        client(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v1", clock=TurnedClock()) as asked,
    ):
        with pytest.raises(Unavailable, match="No trusted TLS connection"):
            await asked.asker(Lane.INCREMENT, Meter())(CASES)
    assert heard
    assert b"Authorization" not in heard


async def test_n8_a_ca_file_that_is_none_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(ConfigError, match=name):
            async with client("https://x.example/api/v1", ca_file=str(tmp_path / name)):
                pass


# --- secrets ---------------------------------------------------------------------------------------------------------
BASIC = b64encode(f"ida.sync/token:{TOKEN}".encode()).decode()
ECHO = f"You sent token={TOKEN} and Authorization: Basic {BASIC}\nsee https://x.example/?key={TOKEN}".encode()


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(reply(ECHO, 400), id="400"),
        pytest.param(reply(ECHO, 401), id="401"),
        pytest.param(reply(ECHO, 404), id="404"),
        pytest.param(reply(ECHO, 503), id="503"),
        pytest.param(reply(ECHO), id="not json"),
        pytest.param(reply(b'{"success": false, "message": "' + TOKEN.encode() + b'"}'), id="error in a success"),
        pytest.param(reply(b"", 302, {"Location": f"https://x.example/?token={TOKEN}"}), id="redirect"),
        pytest.param(reply(headers={"Sunset": TOKEN}), id="header"),
        pytest.param(raw(f"HTTP/1.1 {TOKEN}\r\n\r\n".encode()), id="not http"),
        pytest.param(raw(head(200, {"Content-Length": "9999"}) + ECHO), id="cut"),
    ],
)
async def test_x1_x2_no_secret_shows_in_errors_tracebacks_logs_or_notices(
    step: Step, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    with structlog.testing.capture_logs() as logged:
        async with Server(otherwise=step) as server, client(server, clock=TurnedClock()) as asked:
            try:
                await asked.asker(Lane.INCREMENT, Meter())(Question("/cases", (("name", TOKEN),)))
            except SyncdError as error:
                shown += ["".join(traceback.format_exception(error)), repr(error), str(error), repr(error.__context__)]
            shown += [repr(asked._options), repr(asked.notices), repr(asked.redactor), repr(logged)]
    output = capsys.readouterr()
    for text in (*shown, caplog.text, output.out, output.err):
        assert TOKEN not in text
        assert BASIC not in text
        assert BASIC[8:24] not in text


@pytest.mark.parametrize(
    "vendor, key, path, body",
    [
        (
            TRACKUNIT,
            "token",
            "/Unit",
            {"responseStatus": {"errorCode": "invalidParameter", "message": f"no\x1b {TOKEN}"}},
        ),
        (TRACKIER, "api_key", "/v2/campaigns", {"errors": [{"code": "NEW", "message": f"no\x1b {TOKEN}"}]}),
    ],
    ids=["trackunit", "trackier"],
)
async def test_x2_x3_what_is_quoted_from_a_member_of_an_answer_is_made_safe_too(
    vendor: Vendor, key: str, path: str, body: dict[str, Any]
) -> None:
    """Vendors quote a decoded text, which no excerpt of the body has been through."""
    async with Server.of(reply(json.dumps(body).encode(), 400)) as server:
        classes = dict.fromkeys(vendor.limits_by_class, ((1000, 1.0),))
        options = ClientOptions(base_url=server.url, credentials={key: TOKEN}, rates=classes)
        async with Client(vendor, options, clock=TurnedClock()) as asked:
            with pytest.raises(Refused) as caught:
                await asked.asker(Lane.INCREMENT, Meter())(Question(path))
    assert "no\\x1b ***" in str(caught.value)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


async def test_x3_a_vendors_text_cannot_forge_lines_or_colours() -> None:
    evil = b"no\r\n2026-03-01 [error] all rows deleted \x1b[31m\x1b]0;title\x07"
    async with Server.of(reply(evil, 400)) as server, client(server) as asked:
        with pytest.raises(Refused) as caught:
            await asked.asker(Lane.INCREMENT, Meter())(CASES)
    assert str(caught.value).isprintable()
    assert "\\r\\n2026-03-01 [error]" in str(caught.value)


async def test_x3_a_long_error_body_is_cut_to_500_characters() -> None:
    async with Server.of(reply(b"x" * 100_000, 400)) as server, client(server) as asked:
        with pytest.raises(Refused) as caught:
            await asked.asker(Lane.INCREMENT, Meter())(CASES)
    assert 400 < caught.value.message.count("x") <= 500


def test_n12_a_gzip_bomb_is_malformed_at_the_bound_and_memory_stays_below_twice_it() -> None:
    """In a process of its own, whose peak is measured: 200 MB of zeros in 1 MB, a bound of 32 MiB."""
    script = """
        import asyncio, re, zlib
        from pathlib import Path
        from syncd.ask import Question
        from syncd.errors import Malformed
        from syncd.http.client import MIB, Meter
        from syncd.lane import Lane
        from tests.contract.http_kit import Server, client, reply

        zeros = zlib.compressobj(1, wbits=31)
        bomb = b"".join(zeros.compress(bytes(MIB)) for _ in range(200)) + zeros.flush()

        def peak_kib():
            # Not getrusage: its peak begins with that of the process this one was forked from.
            return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

        async def main():
            bombed = reply(bomb, headers={"Content-Encoding": "gzip"})
            async with Server.of(reply(), bombed) as server, client(server) as asked:
                ask = asked.asker(Lane.INCREMENT, Meter())
                await ask(Question("/cases"))
                before = peak_kib()
                try:
                    await ask(Question("/cases"))
                except Malformed:
                    print((peak_kib() - before) // 1024)

        asyncio.run(main())
    """
    found = subprocess.run(
        [sys.executable, "-c", dedent(script)],
        cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": ".", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    grown = int(found.stdout.split()[-1])
    print(f"grown by {grown} MiB")
    # It did read up to the bound, and no further.
    assert 16 < grown < 64
