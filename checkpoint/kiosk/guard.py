"""The door before every request: who asks, from where, how much. Plain ASGI, no framework, nothing to forget.

The kiosk is one page on one machine, so whatever does not look exactly like that page is turned away.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_SECONDS = 5.0  # nobody drips one into a place that others need
MOST_BODY = 4096  # the longest request of the page has some hundred bytes
METHODS = ("GET", "POST")
FETCH_SITES = (b"same-origin", b"none")  # what Chromium says of its own page, and of an address that was typed
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-embedder-policy", b"require-corp"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), display-capture=()"),
)


class Guard:
    """Lets a request through to `app` only where nothing about it is odd."""

    def __init__(self, app: App, authority: Callable[[], str]) -> None:
        """`authority`: the one host and port ("127.0.0.1:8460") that this server answers to."""
        self._app = app
        self._authority = authority

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        status = self._odd(scope)
        if status:
            return await _answer(status, send)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _whole(scope, receive)
        except TimeoutError:
            return await _answer(408, send)
        if body is None:
            return await _answer(413, send)
        return await self._app(scope, _replay(body, receive), _with_headers(send))

    def _odd(self, scope: Scope) -> int:
        """The status to turn this request away with, 0 for none."""
        headers: list[tuple[bytes, bytes]] = list(scope["headers"])
        authority = self._authority().encode()
        if _all(headers, b"host") != [authority]:
            return 421  # a name that was rebound to this address is no name of ours
        if scope["method"] not in METHODS:
            return 405
        origins = _all(headers, b"origin")
        if any(origin != b"http://" + authority for origin in origins) or len(origins) > 1:
            return 403
        if any(site not in FETCH_SITES for site in _all(headers, b"sec-fetch-site")):
            return 403
        if scope["method"] == "POST":
            return self._odd_post(headers, origins)
        return 0

    def _odd_post(self, headers: list[tuple[bytes, bytes]], origins: list[bytes]) -> int:
        if not origins:
            return 403  # every browser names the origin of a POST
        # A form cannot send this type, so no page elsewhere can without asking first.
        return 0 if _all(headers, b"content-type") == [b"application/json"] else 415


def _all(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for key, value in headers if key.lower() == name]


async def _whole(scope: Scope, receive: Receive) -> bytes | None:
    """The body, None where it is more than MOST_BODY, whatever the headers say."""
    if any(not value.isdigit() or int(value) > MOST_BODY for value in _all(scope["headers"], b"content-length")):
        return None
    body, more = b"", scope["method"] == "POST"
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST_BODY:
            return None
    return body


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name for name, _ in HEADERS}
            kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in own]
            message = {**message, "headers": [*kept, *HEADERS]}
        await send(message)

    return wrapped


async def _answer(status: int, send: Send) -> None:
    """A bare status: whoever gets it is told nothing about the kiosk."""
    headers = [*HEADERS, (b"content-length", b"0"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
