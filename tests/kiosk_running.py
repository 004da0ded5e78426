"""A kiosk that runs: the real server on loopback, in a thread of its own, with scenes instead of a camera."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from checkpoint.kiosk import serve as kiosk
from checkpoint.kiosk.serve import Settings
from checkpoint.readers.code import Code
from checkpoint.readers.events import Looked, ReaderEvent
from checkpoint.verifier import Verifier

PATIENCE = 30.0  # for a machine that is busy with something else; nothing is judged by it


class Scene:
    """What the camera sees; changed from outside while the kiosk runs."""

    def __init__(self) -> None:
        self.codes: tuple[str, ...] = ()
        self.there = True
        self.picture = np.full((180, 320, 3), 120, np.uint8)

    def open(self) -> "Scene":
        """Itself, as a reader."""
        return self

    def close(self) -> None:
        """Take the camera away."""
        self.there = False

    def __iter__(self) -> Iterator[ReaderEvent]:
        while self.there:
            codes = tuple(Code(text.encode(), "QRCode") for text in self.codes)
            yield Looked("camera", time.monotonic(), codes, (), self.picture)
            time.sleep(0.03)


class Kiosk:
    """One running kiosk; use it with `with`."""

    def __init__(self, home: Path, **changes: Any) -> None:
        self.scene = Scene()
        self._address: list[str] = []
        told = self._address.append
        settings = Settings(verifier=Verifier.open(home), open_reader=self.scene.open, lang="en", port=0, url=told)
        self.kiosk = kiosk._Kiosk(settings._replace(**changes))
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    async def _run(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            await self.kiosk.run()
        except asyncio.CancelledError:
            return

    def __enter__(self) -> "Kiosk":
        self._thread.start()
        until(lambda: self._address)
        return self

    def __exit__(self, *_: object) -> None:
        self.scene.there = False
        self.kiosk.server.should_exit = True
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    @property
    def address(self) -> str:
        """The one-time address of the page, as it is now."""
        return self.kiosk._url()

    @property
    def origin(self) -> str:
        """What the page calls its own origin."""
        return f"http://{self.kiosk._authority()}"

    @property
    def state(self) -> str:
        """What the kiosk does now."""
        return self.kiosk._desk.situation.state.value

    @contextmanager
    def page(self) -> Iterator[httpx.Client]:
        """A client that holds the session, as the page does."""
        with httpx.Client(base_url=self.origin, headers={"origin": self.origin}, timeout=PATIENCE) as client:
            assert client.get(self.address).status_code == 303
            yield client


def until(true: Callable[[], Any]) -> None:
    """Wait until `true`; a failure after PATIENCE says that it never was."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
