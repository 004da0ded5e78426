"""Puts the kiosk together and serves it on loopback until it is stopped."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn

from checkpoint.kiosk import browser, machine, memory, watchdog
from checkpoint.kiosk.app import Site
from checkpoint.kiosk.crowd import Crowd
from checkpoint.kiosk.desk import Decision, Desk, Ears, unheard
from checkpoint.kiosk.feed import Feed, OpenReader
from checkpoint.kiosk.gate import Gate
from checkpoint.kiosk.holder import Unattended
from checkpoint.kiosk.pin import Pins
from checkpoint.kiosk.sessions import Sessions
from checkpoint.kiosk.states import Cause
from checkpoint.station import Command, Station
from checkpoint.trust.clock import uptime
from checkpoint.verdict import Verdict
from checkpoint.verifier import Verifier

HOST = "127.0.0.1"
MOST_HEAD = 16_384
BACKLOG = 256
KEEP_ALIVE_SECONDS = 5
ALIVE_SECONDS = 15.0  # the station says something several times a second
PINS, OUT_OF_ORDER, PAGE = "kiosk-pins.json", "kiosk.json", "kiosk-page.json"


class Settings(NamedTuple):
    """What `checkpoint kiosk` was asked."""

    verifier: Verifier
    open_reader: OpenReader
    lang: str
    policy: str | None = None
    attended: bool = False
    pictures: bool = True
    port: int = 8460
    gate: Gate | None = None
    chromium: list[str] | None = None  # the browser to open, None for none
    url_file: Path | None = None
    url: Callable[[str], None] = unheard
    judged: Callable[[Verdict], None] = unheard
    decided: Callable[[Decision], None] = unheard


class PortTaken(Exception):
    """The port is another program's."""


def serve(settings: Settings) -> None:
    """Serve until a signal ends it. PortTaken where the port cannot be had."""
    try:
        asyncio.run(_Kiosk(settings).run())
    except SystemExit:  # what uvicorn does about a port that it cannot have
        raise PortTaken from None


class _Server(uvicorn.Server):
    """uvicorn's server, that tells when it listens and where."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[int], None], leaving: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening, self._leaving = listening, leaving

    def handle_exit(self, sig: int, frame: Any) -> None:
        """End in order; uvicorn's own way ends the process before the device is given back."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self._listening(self.servers[0].sockets[0].getsockname()[1])

    async def shutdown(self, sockets: Any = None) -> None:
        self._leaving()
        await super().shutdown(sockets)


class _Kiosk:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._state = settings.verifier.home / "state"
        self._port = settings.port
        self._sessions = Sessions(self._state / PAGE)
        self._station = Station(_judge(settings), settings.policy)
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        settings = self._settings
        self._desk = self._new_desk()
        self._site = Site(self._desk, self._sessions, settings.lang, self._authority)
        self._feed = Feed(self._station, settings.open_reader, self._desk, asyncio.get_running_loop())
        self.server = _Server(_config(self._site, self._port), self._listening, self._site.close)
        self._feed.start()
        try:
            await self.server.serve()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.to_thread(self._feed.stop)
            if settings.url_file is not None:
                settings.url_file.unlink(missing_ok=True)

    def _new_desk(self) -> Desk:
        settings, now = self._settings, uptime()
        cause = memory.recall_cause(self._state / OUT_OF_ORDER)
        start = machine.begin(now, settings.lang, attended=settings.attended, cause=cause)
        ears = Ears(
            judging=lambda wanted: self._station.ask(Command.RESUME if wanted else Command.PAUSE),
            again=lambda visit: self._station.ask(Command.AGAIN, visit),
            forget=lambda: self._station.ask(Command.CANCEL),
            remember=self._remember,
            judged=settings.judged,
            decided=settings.decided,
        )
        return Desk(start, Pins(self._state / PINS, now), gate=settings.gate, ears=ears, pictures=settings.pictures)

    def _remember(self, cause: Cause | None) -> None:
        try:
            memory.remember_cause(self._state / OUT_OF_ORDER, cause)
        except OSError as error:  # the kiosk goes on; a restart would forget
            sys.stderr.write(f"checkpoint: {OUT_OF_ORDER}: {error.strerror}\n")

    def _authority(self) -> str:
        return f"{HOST}:{self._port}"

    def _url(self) -> str:
        return f"http://{self._authority()}/enter?token={self._sessions.token}"

    def _listening(self, port: int) -> None:
        self._port = port
        settings = self._settings
        self._start(self._desk.keep_time())
        self._start(watchdog.keep_telling(lambda: time.monotonic() - self._feed.last_sign < ALIVE_SECONDS))
        if settings.url_file is not None:
            self._start(self._keep_url(settings.url_file))
        if settings.chromium:
            self._start(browser.keep_open(settings.chromium, self._url, lambda: self._site.attached))
        else:
            settings.url(self._url())

    async def _keep_url(self, file: Path) -> None:
        """The address that is good now, and whether a page is there, for whoever starts the screen; never torn."""
        written = failed = ""
        while True:
            text = f"{'attached' if self._site.attached else 'absent'}\n{self._url()}\n"
            if text != written:
                try:
                    memory.write_text(file, text)
                    written, failed = text, ""
                except OSError as error:  # a full disk: tried again, and said once
                    if not failed:
                        sys.stderr.write(f"checkpoint: {file.name}: {error.strerror}\n")
                    failed = text
            await asyncio.sleep(browser.LOOK_SECONDS)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(_say_what_failed)
        self._tasks.append(task)


def _judge(settings: Settings) -> Any:
    return settings.verifier if settings.attended else Unattended(settings.verifier)


def _config(site: Site, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        site.app(),
        host=HOST,
        port=port,
        http=Crowd,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=MOST_HEAD,
    )


def _say_what_failed(task: asyncio.Task[None]) -> None:
    """A part that dies takes the kiosk with it, aloud: whoever watches over it starts it again, whole."""
    if task.cancelled() or task.exception() is None:
        return
    sys.stderr.write(f"checkpoint: kiosk: {type(task.exception()).__name__}\n")
    with contextlib.suppress(ProcessLookupError):
        os.kill(os.getpid(), signal.SIGTERM)
