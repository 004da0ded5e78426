"""From the station's loop, which runs in a thread of its own, to the desk, which lives in the event loop."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from checkpoint import events
from checkpoint.kiosk.desk import Desk
from checkpoint.kiosk.states import Event, Kind
from checkpoint.model import Note
from checkpoint.readers.events import Reader
from checkpoint.station import Command, Station

AGAIN_SECONDS = 1.0  # until a reader that has ended, or could not be opened, is tried again
STOP_SECONDS = 3.0  # how long the end waits for the loop; its thread dies with the process anyway
OpenReader = Callable[[], Reader]
_log = logging.getLogger(__name__)


class Feed:
    """A presenter of the station, and the thread that keeps the station going whatever becomes of its reader."""

    def __init__(self, station: Station, open_reader: OpenReader, desk: Desk, loop: asyncio.AbstractEventLoop) -> None:
        self._station = station
        self._reader: Reader | None = None
        self._lost = False
        self._open = open_reader
        self._desk = desk
        self._loop = loop
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="station", daemon=True)
        self._picture: Any = None
        self._hint: Note = ()
        self._trouble: Note = ()
        self.last_sign = time.monotonic()  # of life; a driver that hangs gives none

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and give the device back."""
        self._ending.set()
        if self._reader is not None:
            self._reader.close()
        self._station.ask(Command.STOP)
        self._thread.join(STOP_SECONDS)

    def show(self, event: events.Event) -> None:
        """Take one event, in the station's thread."""
        self.last_sign = time.monotonic()
        if isinstance(event, events.Sight):
            waiting, self._picture = self._picture is not None, event.picture
            if waiting:  # one frame is on its way already: the newest one travels in its place
                return
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, event)

    def _tell(self, event: events.Event) -> None:
        desk = self._desk
        match event:
            case events.Sight():
                picture, self._picture = self._picture, None
                desk.saw(picture)
            case events.Judged(verdict=verdict, visit=visit):
                desk.judged(verdict, visit)
            case events.Hinted(note=note):
                self._hint = note
                desk.hinted(note or self._trouble)
            case events.Trouble(note=note):
                self._trouble = note
                desk.hinted(self._hint or note)
            case events.TrustChanged():
                self._trouble = ()
                desk.hinted(self._hint)
            case events.Tick():
                if not desk.pictures and not self._lost:
                    desk.take(Event(Kind.STARTED))  # a scanner gives no frames to tell by
            case _ if kind := _KINDS.get(type(event)):
                self._lost = kind is Kind.LOST or (self._lost and kind is not Kind.STARTED)
                desk.take(Event(kind))
            case events.Progress(read=read, total=total):
                desk.take(Event(Kind.PART, read=read, total=total))

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._reader = self._open()
                self._station.run(self._reader, self)
            except Exception as error:  # noqa: BLE001
                # A camera that is not there, a driver that fails: said by the page, tried again, no values in the log.
                _log.debug("the reader failed: %s", type(error).__name__)
            self.show(events.Stopped())
            self._ending.wait(AGAIN_SECONDS)


_KINDS: dict[type, Kind] = {
    events.Reading: Kind.CODE,
    events.ReaderLost: Kind.LOST,
    events.Stopped: Kind.LOST,
    events.ReaderBack: Kind.STARTED,
}
