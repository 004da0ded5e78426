"""How many may knock at once: uvicorn's protocol with a roof, and without patience for those who say nothing."""

import asyncio
from collections import OrderedDict
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 128  # the page needs four
SILENT_SECONDS = 5.0  # from opening a connection to the end of its request's head


class Crowd(H11Protocol):
    """One connection. Where there are too many, the oldest that waits for nothing goes: never the page's stream."""

    here: ClassVar["OrderedDict[Crowd, None]"] = OrderedDict()

    def connection_made(self, transport: Any) -> None:
        """A new one comes in."""
        super().connection_made(transport)
        Crowd.here[self] = None
        self._patience = asyncio.get_running_loop().call_later(SILENT_SECONDS, self._leave_if_silent)
        if len(Crowd.here) > MOST_CONNECTIONS:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        Crowd.here.pop(self, None)
        self._patience.cancel()
        super().connection_lost(exc)

    @property
    def serving(self) -> bool:
        """Whether a request of this connection is being answered."""
        cycle: Any = self.cycle  # None before the first request, whatever uvicorn's annotation says
        return cycle is not None and not cycle.response_complete

    def _leave_if_silent(self) -> None:
        cycle: Any = self.cycle
        if cycle is None:
            self.transport.abort()

    def _make_room(self) -> None:
        idle = next((one for one in Crowd.here if not one.serving), self)
        Crowd.here.pop(idle, None)
        idle.transport.abort()
