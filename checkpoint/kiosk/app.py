"""The pages and streams of the kiosk: a starlette app over one desk, behind the guard."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from html import escape
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from checkpoint.kiosk.desk import Desk
from checkpoint.kiosk.guard import App, Guard
from checkpoint.kiosk.screen import LET_THROUGH, TURN_AWAY, WHY
from checkpoint.kiosk.sessions import Sessions
from checkpoint.kiosk.states import Event, Kind
from checkpoint.readers.preview import jpeg
from checkpoint.words import LANGUAGES, say

PAGE = Path(__file__).parent / "page"
BEAT_SECONDS = 0.5  # the page says "out of order" when it hears nothing for three of them
FRAME_WAIT = 1.0
SESSION_SECONDS = 400 * 86_400  # a kiosk that runs for a year keeps its page
ACTIONS = {
    "cancel": Kind.CANCEL,
    "next": Kind.CANCEL,
    "back": Kind.CANCEL,
    "staff": Kind.ASK_MENU,
    "pause": Kind.PAUSE,
    "resume": Kind.RESUME,
    "close": Kind.CLOSE,
    "repaired": Kind.REPAIRED,
    "match": Kind.MATCH,
    "mismatch": Kind.MISMATCH,
}
DECISIONS = {"let_through": LET_THROUGH, "turn_away": TURN_AWAY}
TYPES = {"kiosk.css": "text/css", "kiosk.js": "text/javascript"}
Endpoint = Callable[[Request], Awaitable[Response]]


class Site:
    """The routes, over one desk and its sessions."""

    def __init__(self, desk: Desk, sessions: Sessions, lang: str, authority: Callable[[], str]) -> None:
        self._desk = desk
        self._sessions = sessions
        self._lang = lang
        self._authority = authority
        self._streams = 0  # the newest stream is the page; the ones before it end
        self.attached = False

    def app(self) -> App:
        """The ASGI app, guard and all."""
        own = self._own
        routes = [
            Route("/enter", self.enter, methods=["GET"]),
            Route("/", own(self.page), methods=["GET"]),
            Route("/{name:str}", own(self.file), methods=["GET"]),
            Route("/live/events", own(self.events), methods=["GET"]),
            Route("/live/frame", own(self.frame), methods=["GET"]),
            Route("/do/act", own(self.act), methods=["POST"]),
            Route("/do/pin", own(self.pin), methods=["POST"]),
        ]
        return Guard(Starlette(routes=routes), self._authority)

    @property
    def cookie(self) -> str:
        """Cookies know no ports: the name keeps two kiosks of one machine apart."""
        return f"checkpoint-{self._authority().rpartition(':')[2]}"

    def close(self) -> None:
        """End the page's stream: this server is going, and must not wait for it."""
        self._streams += 1
        self._desk.changed()

    def _own(self, endpoint: Endpoint) -> Endpoint:
        """`endpoint` for the page that holds the session, and for nobody else."""

        async def guarded(request: Request) -> Response:
            if not self._sessions.knows(request.cookies.get(self.cookie, "")):
                return PlainTextResponse("\n".join(say(lang, "kiosk.others_page") for lang in LANGUAGES), 403)
            return await endpoint(request)

        return guarded

    async def enter(self, request: Request) -> Response:
        """A token that is good once, for a cookie that no script can read."""
        session = self._sessions.enter(request.query_params.get("token", ""))
        if session is None:
            return PlainTextResponse("\n".join(say(lang, "kiosk.others_page") for lang in LANGUAGES), 403)
        response = RedirectResponse("/", 303)
        response.set_cookie(self.cookie, session, max_age=SESSION_SECONDS, path="/", httponly=True, samesite="strict")
        return response

    async def page(self, request: Request) -> Response:
        """The one page."""
        return Response(_page(self._lang), media_type="text/html")

    async def file(self, request: Request) -> Response:
        """Its style and its module; no other file can be asked for."""
        name = request.path_params["name"]
        if name not in TYPES:
            return Response(status_code=404)
        return Response((PAGE / name).read_bytes(), media_type=TYPES[name])

    async def events(self, request: Request) -> Response:
        """What the page shows, whenever it changes, and a beat in between: silence means that this server is dead."""
        self._streams += 1
        return StreamingResponse(self._told(self._streams), media_type="text/event-stream")

    async def _told(self, stream: int) -> AsyncIterator[str]:
        seen = -1
        self.attached = True
        try:
            while self._streams == stream:
                if await self._desk.news(seen, BEAT_SECONDS):
                    payload = self._desk.payload()
                    seen = payload["rev"]
                    yield f"data: {json.dumps(payload)}\n\n"
                else:
                    yield "event: beat\ndata: {}\n\n"
        finally:
            if self._streams == stream:
                self.attached = False

    async def frame(self, request: Request) -> Response:
        """The newest frame after the one that the page has; 204 where none is to be seen."""
        after = request.query_params.get("after", "")
        seen = int(after) if after.isascii() and after.isdigit() and len(after) < 16 else -1
        picture = await self._desk.next_frame(seen, FRAME_WAIT)
        data = await asyncio.to_thread(jpeg, picture) if picture is not None else b""
        if not data or self._desk.frame is None:  # the verdict came while it was encoded
            return Response(status_code=204)
        return Response(data, media_type="image/jpeg", headers={"x-frame": str(self._desk.frame_number)})

    async def act(self, request: Request) -> Response:
        """A button."""
        asked = _object(await request.body())
        action, value = asked.get("action"), asked.get("value")
        if asked.get("visit") != self._desk.situation.visit:
            return Response(status_code=409)  # pressed for a verdict that is no longer there
        if action == "lang" and value in LANGUAGES:
            self._desk.take(Event(Kind.LANGUAGE, lang=str(value)))
        elif isinstance(action, str) and action in DECISIONS and value in WHY:
            self._desk.decided(action, str(value))
        elif isinstance(action, str) and action in ACTIONS:
            self._desk.take(Event(ACTIONS[action]))
        else:
            return Response(status_code=400)
        return Response(status_code=204)

    async def pin(self, request: Request) -> Response:
        """A PIN; the answer says nothing that the page does not show anyway."""
        pin = _object(await request.body()).get("pin")
        opened = isinstance(pin, str) and await self._desk.unlock(pin)
        return Response(status_code=204 if opened else 403)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _page(lang: str) -> str:
    """The page with its words in it: what it says when this server is dead must be there before."""
    text = (PAGE / "index.html").read_text("utf-8").replace("{{lang}}", escape(lang))
    for one in LANGUAGES:
        for key in ("page", "starting", "out_of_order", "out_of_order_hint", "picture"):
            text = text.replace(f"{{{{{key}.{one}}}}}", escape(say(one, f"kiosk.{key}")))
    return text
