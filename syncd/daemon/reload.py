"""From one configuration to the next while the process lives: at SIGHUP, whole or not at all."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from syncd.config import Config
from syncd.daemon.due import next_due
from syncd.daemon.keeper import Timing
from syncd.daemon.notify import Notifier, ready, reloading, status, stopping
from syncd.daemon.supervise import Beside, supervise
from syncd.errors import ConfigError, SyncdError
from syncd.service import DAEMON, open_service

log = structlog.get_logger()


@contextmanager
def hangups(asked: asyncio.Event) -> Iterator[None]:
    """Set *asked* at every SIGHUP."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, asked.set)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


def refusal(old: Config, new: Config) -> ConfigError | None:
    """Why *new* cannot take the place of *old* in a running process; None if it can."""
    fixed = (
        ("database.url", old.database.shown, new.database.shown),
        ("state_dir", str(old.state_dir), str(new.state_dir)),
    )
    problems = [f"{key} was {was} and is now {now}; that takes a restart." for key, was, now in fixed if was != now]
    if not any(connection.collections for connection in new.enabled):
        problems.append("no connection is switched on.")
    return ConfigError("The new configuration is not taken over.", problems=tuple(problems)) if problems else None


@dataclass(slots=True)
class Daemon:
    """The daemon from its start to its end, over any number of configurations.

    ``fresh`` reads the configuration anew (it may raise ConfigError), ``accept`` makes logging and the taking out of
    secrets follow it, ``beside`` names what runs beside the daemon's own parts. Work is ended as by SIGTERM and begun
    again: what was under way goes on at its page.
    """

    config: Config
    fresh: Callable[[], Config]
    accept: Callable[[Config], None]
    notifier: Notifier
    timing: Timing = field(default_factory=Timing)
    beside: Callable[[Config], Beside | None] = lambda _: None

    async def run(self, stop: asyncio.Event, asked: asyncio.Event) -> int:
        """Keep everything current until *stop* is set, reading the configuration anew whenever *asked* is.

        The exit code of the process. Raises StoreError: the database cannot be used.
        """
        before: Config | None = None
        while True:
            try:
                code, following = await self._with(self.config, stop, asked)
            except SyncdError as error:
                if before is None:
                    raise
                # As long as it does not run with the new one, the old one is what is wanted.
                self._refused(error)
                code, following, before = error.exit_code, before, None
            else:
                before = self.config
            if following is None:
                return code
            self.config = following
            self.accept(following)

    async def _with(self, config: Config, stop: asyncio.Event, asked: asyncio.Event) -> tuple[int, Config | None]:
        """The daemon with one configuration: the exit code at its end, and the one to go on with if there is one."""
        self.notifier.send(status("Opening the database, and bringing its schema up to date"))
        opened = open_service(config, lock=True, holder=DAEMON, all_of_them=False, next_due=next_due)
        async with opened as service:
            end = asyncio.Event()
            watching = asyncio.create_task(self._watch(stop, asked), name="reload")
            watching.add_done_callback(lambda _: end.set())  # if it died nobody would hear that we are to stop
            try:
                code = await supervise(service, end, self.timing, self.notifier, self.beside(config))
            finally:
                watching.cancel()
                await asyncio.wait({watching})
        return code, None if watching.cancelled() else watching.result()

    async def _watch(self, stop: asyncio.Event, asked: asyncio.Event) -> Config | None:
        """Wait until the process is to stop (None), or to go on with another configuration, which is the result."""
        waiting = {asyncio.create_task(event.wait()) for event in (stop, asked)}
        try:
            while not stop.is_set():
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                if stop.is_set():
                    break
                asked.clear()
                waiting = {task for task in waiting if not task.done()} | {asyncio.create_task(asked.wait())}
                if (new := await self._reread()) is not None:
                    return new
        finally:
            for task in waiting:
                task.cancel()
        self.notifier.send(stopping("Finishing what is in hand"))
        return None

    async def _reread(self) -> Config | None:
        """The new configuration, checked whole; None if it is refused."""
        self.notifier.send(reloading(asyncio.get_running_loop().time()))
        log.info("reading the configuration anew", action="reloading")
        try:
            new = await asyncio.to_thread(self.fresh)
            if (refused := refusal(self.config, new)) is not None:
                raise refused
        except ConfigError as error:
            self._refused(error)
            self.notifier.send(ready("The new configuration was refused, the one before stays in force"))
            return None
        for warning in new.warnings:
            log.warning(warning, action="config_warning")
        return new

    @staticmethod
    def _refused(error: SyncdError) -> None:
        """Tell why the configuration of before stays in force."""
        problems = {"problems": list(error.problems)} if isinstance(error, ConfigError) else {}
        remedy = error.remedy or "Mend it (`syncd config check` shows the same problems) and reload again."
        log.error("configuration refused", action="reload_refused", reason=error.message, remedy=remedy, **problems)
