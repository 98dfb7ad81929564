"""Watching over everything that alerts are about: a look every half minute, incidents stored, messages sent.

Nothing else waits for it: a database that is busy or full delays the storing, a channel that does not answer its own
messages. What a channel has taken is stored after it was sent: a crash in between repeats a message, it loses none.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from syncd.alerts.channels import SEND_S, Channel, channels
from syncd.alerts.evidence import Disk, Look, Notice, Thresholds, evidence
from syncd.alerts.incidents import Incident, Kind, State, Subject, decide, merged
from syncd.alerts.letters import Letter, letter, told
from syncd.config import AlertsConfig
from syncd.daemon.due import quiet_until
from syncd.daemon.gate import insist
from syncd.errors import StoreBusy, StoreFull
from syncd.service import Service

LOOK_S = 30.0
REJECTS_WITHIN: Final = timedelta(days=1)
KEPT: Final = timedelta(days=7)
"""How long what is over is kept in mind: a channel may not have heard of its end yet."""
FORGOTTEN_AFTER: Final = timedelta(days=90)
TIDIES_EVERY: Final = timedelta(days=1)
LOG_SETTLES_S: Final = 600.0

log = structlog.get_logger()


@dataclass(eq=False, slots=True)
class Alerting:
    """Finds incidents and tells every configured channel of them, until it is cancelled."""

    service: Service
    host: str = field(default_factory=socket.gethostname)
    send_s: float = SEND_S
    _channels: list[Channel] = field(default_factory=list)
    _configured: AlertsConfig | None = None
    _incidents: list[Incident] = field(default_factory=list)
    _unsaved: dict[tuple[Subject, datetime], Incident] = field(default_factory=dict)
    _building: Mapping[Subject, float] = field(default_factory=dict)
    _tidied_at: datetime | None = None

    async def keep(self) -> None:
        """Look and send, for ever."""
        clock, store = self.service.clock, self.service.store
        self._incidents = [
            each
            for each in await insist(clock, lambda: store.incidents(clock.now() - KEPT))
            if each.subject.connection in {"", *self.service.readers}
        ]
        async with asyncio.TaskGroup() as sending:
            while True:
                await clock.sleep(LOOK_S)
                look = await self._look()
                if look is not None:
                    self._decide(look)
                    await self._save()
                    self._send(look, sending)

    # --- looking -----------------------------------------------------------------------------------------------------
    async def _look(self) -> Look | None:
        """Everything there is to see; None while the database does not answer."""
        service, now = self.service, self.service.clock.now()
        names = list(service.readers)
        try:
            connections = await service.store.connection_states()
            collections = await service.store.states(names)
            running = {
                (row["connection"], row["collection"])
                for row in await service.store.freshness()
                if row["state"] == "running"
            }
            rejects = await service.store.rejects_since(now - REJECTS_WITHIN)
            log_bytes = await service.store.wal_bytes()
        except (StoreBusy, StoreFull) as error:
            log.warning("database busy", action="database_busy", reason=error.message)
            return None
        return Look(
            now=now,
            titles={name: reader.vendor.title for name, reader in service.readers.items()},
            enabled={name: reader.connection.collections.keys() for name, reader in service.readers.items()},
            connections=connections,
            collections=collections,
            resting={
                name
                for name, reader in service.readers.items()
                if quiet_until(reader.connection.quiet, now.astimezone()) is not None
            },
            running=running,
            rejects=rejects,
            disks=await asyncio.to_thread(self._disks),
            log_bytes=log_bytes,
            notices=[
                Notice(reader.vendor.title, path, header, value)
                for reader in service.readers.values()
                for (path, header), value in reader.client.notices.items()
            ],
        )

    def _disks(self) -> list[Disk]:
        """The disks that our own files lie on; of a database server's we know nothing."""
        config = self.service.config
        folders = {config.state_dir} if config.database.file is None else {config.database.file.parent}
        found = []
        for folder in sorted(folders):
            there = next((each for each in (folder, *folder.parents) if each.exists()), Path("/"))
            try:
                usage = shutil.disk_usage(there)
            except OSError:
                continue
            # Several machines may share a server, each with a disk of its own.
            name = str(folder) if config.database.file is not None else f"{self.host}:{folder}"
            found.append(Disk(name, usage.free, usage.total))
        return found

    # --- deciding ----------------------------------------------------------------------------------------------------
    def _decide(self, look: Look) -> None:
        wanted = self.service.config.alerts
        if wanted is not self._configured:
            # At the start, and after a reload.
            self._configured, self._channels = wanted, channels([url.reveal() for url in wanted.urls])
        settle = {Kind.LATE: wanted.late_for.total_seconds(), Kind.LOG: LOG_SETTLES_S}
        seen = evidence(look, Thresholds(wanted.rejects, wanted.disk_free))
        decision = decide(self._incidents, seen, self._building, settle, look.now, self.service.clock.monotonic())
        self._building = decision.building
        known = {each.key for each in self._incidents}
        for each in decision.changed:
            if each.key not in known:
                log.warning("incident", action="incident_begun", **_named(each), what=each.what, remedy=each.remedy)
            elif each.state is State.ENDED:
                log.info("incident over", action="incident_ended", **_named(each))
        self._note(decision.changed, look.now)

    def _note(self, changed: tuple[Incident, ...] | list[Incident], now: datetime) -> None:
        self._incidents = merged(self._incidents, changed, now - KEPT)
        self._unsaved |= {each.key: each for each in changed}

    async def _save(self) -> None:
        """Store what changed; what the database does not take now waits for the next look."""
        store, now = self.service.store, self.service.clock.now()
        try:
            while self._unsaved:
                saving = dict(self._unsaved)
                await store.save_incidents(saving.values())
                self._unsaved = {key: each for key, each in self._unsaved.items() if saving.get(key) is not each}
            if self._tidied_at is None or now - self._tidied_at >= TIDIES_EVERY:
                await store.forget_incidents(now - FORGOTTEN_AFTER)
                self._tidied_at = now
        except (StoreBusy, StoreFull) as error:
            log.warning("incidents are not stored yet", action="incidents_unsaved", reason=error.message)

    # --- sending -----------------------------------------------------------------------------------------------------
    def _send(self, look: Look, sending: asyncio.TaskGroup) -> None:
        """Begin what is to be sent now, each channel by itself."""
        monotonic = self.service.clock.monotonic()
        silent = look.paused >= look.titles.keys()
        for channel in self._channels:
            if channel.may_send(monotonic):
                news = letter(
                    self._incidents, channel.name, f"syncd on {self.host}", look.now, paused=look.paused, silent=silent
                )
                if news is not None:
                    channel.sending = True
                    sending.create_task(self._deliver(channel, news), name=f"alert {channel.name}")

    async def _deliver(self, channel: Channel, news: Letter) -> None:
        try:
            why = await channel.send(news.title, news.body, good=not news.begun, within_s=self.send_s)
        finally:
            channel.sending = False
        if why:
            wait_s = channel.failed(self.service.clock.monotonic())
            log.warning(
                "an alert did not arrive",
                action="alert_failed",
                channel=channel.name,
                reason=why,
                failures=channel.failures,
                wait_s=wait_s,
                remedy="`syncd alert test` tries every channel.",
            )
            return
        channel.succeeded()
        log.info("alert sent", action="alert_sent", channel=channel.name, begun=len(news.begun), ended=len(news.ended))
        self._note(told(news, channel.name, self._incidents), self.service.clock.now())
        await self._save()


def _named(incident: Incident) -> dict[str, str]:
    subject = incident.subject
    named = {"connection": subject.connection, "collection": subject.collection, "about": subject.about}
    return {"kind": subject.kind.value, **{name: value for name, value in named.items() if value}}
