"""The answer to COMMIT is lost on its way: what the page brought is there, and we cannot know it."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from syncd.errors import StoreBusy
from syncd.store import Committed
from tests.postgres import Server
from tests.store.conftest import Opener
from tests.store.kit import INVOICES, TRACKOPS, begin, column, details, invoice, page, rows


class Between:
    """Stands between a client and the server at *url*; ``loses`` has it cut a session before COMMIT is answered."""

    def __init__(self, folder: Path, url: str) -> None:
        with psycopg.connect(url) as session:
            self._host, self._port = session.info.host, session.info.port
            self.url = f"postgresql://{session.info.user}@/{session.info.dbname}?host={folder}"
        self.loses = threading.Event()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / ".s.PGSQL.5432"))
        self._listening.listen()

    def serve(self) -> None:
        """Carry session after session, until ``close``."""
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(client, self._connected())).start()

    def close(self) -> None:
        """End a thread that serves: one that accepts is not woken by closing alone."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _connected(self) -> socket.socket:
        if self._host.startswith("/"):
            made = socket.socket(socket.AF_UNIX)
            made.connect(f"{self._host}/.s.PGSQL.{self._port}")
            return made
        return socket.create_connection((self._host, self._port))

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            while True:
                ready = select.select([client, server], [], [])[0]
                source, target = (client, server) if client in ready else (server, client)
                said = source.recv(65_536)
                if not said:
                    return
                target.sendall(said)
                if source is client and self.loses.is_set() and b"COMMIT" in said:
                    server.recv(65_536)  # it has happened
                    self.loses.clear()
                    return


@pytest.fixture
def on_postgres(postgres: Server, postgres_template: str) -> Iterator[str]:
    url = postgres.create(template=postgres_template)
    yield url
    postgres.drop(url)


@pytest.fixture
def between(tmp_path: Path, on_postgres: str) -> Iterator[Between]:
    made = Between(tmp_path, on_postgres)
    serving = threading.Thread(target=made.serve)
    serving.start()
    yield made
    made.close()
    serving.join()


async def test_s9_a_page_whose_commit_was_not_answered_is_harmless_when_it_comes_again(
    between: Between, on_postgres: str, open_store: Opener
) -> None:
    store = await open_store(between.url)
    await store.enroll("acme", TRACKOPS)
    run = await begin(store)
    found = rows(INVOICES, [invoice(1), invoice(2)], children={"invoice_details": details(1, 11, 12)})
    first = await page(store, run, found, stage=run, staged=(((1,), True),), cursor={"page": 1})
    between.loses.set()
    with pytest.raises(StoreBusy, match="was lost"):
        await store.commit(first)
    assert not between.loses.is_set()
    assert [1, 2] == column(on_postgres, "SELECT id FROM trackops_invoices ORDER BY id")
    assert Committed(unchanged=2) == await store.commit(first)
    assert [11, 12] == column(on_postgres, "SELECT id FROM trackops_invoice_details ORDER BY id")
    assert 2 == (await store.state("acme", INVOICES)).live_rows
    assert {"page": 1} == await store.cursor("acme", INVOICES)
    await store.close()
