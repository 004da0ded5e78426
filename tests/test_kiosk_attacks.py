"""What others may try on the kiosk's page: other names, other pages, other tokens, floods. None of it gets anywhere."""

import contextlib
import json
import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from kiosk_camera import station
from kiosk_running import PATIENCE, Kiosk, until

from checkpoint.kiosk import crowd, guard
from checkpoint.kiosk.pin import FREE_TRIES, Pins
from checkpoint.kiosk.serve import PINS

PIN = "271828"
ROUTES = ["/", "/kiosk.js", "/kiosk.css", "/live/events", "/live/frame"]
ACTIONS = ["/do/act", "/do/pin"]


@pytest.fixture(scope="module")
def passes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    home = tmp_path_factory.mktemp("home")
    return home, station(home)


@pytest.fixture
def kiosk(passes: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Kiosk]:
    (tmp_path / "keys").symlink_to(passes[0] / "keys")
    Pins(tmp_path / "state" / PINS, 0.0).choose("officer", PIN)
    with Kiosk(tmp_path) as running:
        yield running


def act(page: httpx.Client, kiosk: Kiosk, action: str, **more: object) -> httpx.Response:
    visit = kiosk.kiosk._desk.situation.visit
    return page.post("/do/act", json={"action": action, "visit": visit, **more})


# --- who asks ---------------------------------------------------------------------------------------------------------


def test_the_page_itself_is_served(kiosk: Kiosk) -> None:
    with kiosk.page() as page:
        for route in ("/", "/kiosk.js", "/kiosk.css"):
            assert page.get(route).status_code == 200
        until(lambda: kiosk.state == "ready")
        assert act(page, kiosk, "staff").status_code == 204
        assert kiosk.state == "pin"


@pytest.mark.parametrize("route", ROUTES)
def test_without_the_session_nothing_is_served(kiosk: Kiosk, route: str) -> None:
    for cookies in ({}, {kiosk.kiosk._site.cookie: "x" * 43}, {kiosk.kiosk._site.cookie: ""}):
        answer = httpx.get(kiosk.origin + route, cookies=cookies)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("route", ACTIONS)
def test_without_the_session_nothing_is_done(kiosk: Kiosk, route: str) -> None:
    until(lambda: kiosk.state == "ready")
    answer = httpx.post(kiosk.origin + route, json={"action": "staff", "visit": 0}, headers={"origin": kiosk.origin})
    assert answer.status_code == 403
    assert kiosk.state == "ready"


def test_a_token_is_good_once(kiosk: Kiosk) -> None:
    address = kiosk.address
    assert httpx.get(address).status_code == 303
    assert httpx.get(address).status_code == 403
    assert address != kiosk.address


def test_a_guessed_or_missing_token_is_nothing(kiosk: Kiosk) -> None:
    for token in ("", "x", "x" * 10_000, kiosk.kiosk._sessions.token[:-1]):
        assert httpx.get(f"{kiosk.origin}/enter", params={"token": token}).status_code in (400, 403)
    assert httpx.get(f"{kiosk.origin}/enter").status_code == 403


def test_a_stolen_session_ends_when_the_page_is_opened_anew(kiosk: Kiosk) -> None:
    with kiosk.page() as stolen, kiosk.page() as page:
        assert stolen.get("/").status_code == 403
        assert page.get("/").status_code == 200


def test_the_session_is_kept_as_a_hash_and_outlives_a_restart(
    passes: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "keys").symlink_to(passes[0] / "keys")
    with Kiosk(tmp_path) as first, first.page() as page:
        name, session = first.kiosk._site.cookie, page.cookies[first.kiosk._site.cookie]
        port = first.kiosk._port
        kept = (tmp_path / "state" / "kiosk-page.json").read_text()
        assert session not in kept
    with Kiosk(tmp_path, port=port) as second:
        assert httpx.get(second.origin + "/", cookies={name: session}).status_code == 200


def test_the_cookie_is_for_this_page_alone(kiosk: Kiosk) -> None:
    cookie = httpx.get(kiosk.address).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "domain" not in cookie


# --- from where -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:{port}.evil.example", ""]
)
def test_a_rebound_name_is_no_name_of_ours(kiosk: Kiosk, host: str) -> None:
    port = kiosk.origin.rpartition(":")[2]
    with kiosk.page() as page:
        answer = page.get("/", headers={"host": host.format(port=port)})
        assert answer.status_code in (400, 421)
        assert not answer.content or answer.status_code == 400


def test_two_hosts_are_one_too_many(kiosk: Kiosk) -> None:
    authority = kiosk.origin.removeprefix("http://")
    answer = raw(kiosk, f"GET / HTTP/1.1\r\nHost: {authority}\r\nHost: evil.example\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 421"))


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1", "https://127.0.0.1:{port}", "http://localhost:{port}"]
)
@pytest.mark.parametrize("route", [*ROUTES, *ACTIONS, "/enter"])
def test_another_origin_gets_nothing(kiosk: Kiosk, origin: str, route: str) -> None:
    stated = {"origin": origin.format(port=kiosk.origin.rpartition(":")[2])}
    with kiosk.page() as page:
        method = "POST" if route in ACTIONS else "GET"
        answer = page.request(method, route, headers=stated, json={} if method == "POST" else None)
        assert answer.status_code == 403
        assert not answer.content
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_another_site_gets_nothing_even_where_no_origin_is_stated(kiosk: Kiosk, site: str) -> None:
    with kiosk.page() as page:
        del page.headers["origin"]
        assert page.get("/live/frame", headers={"sec-fetch-site": site}).status_code == 403


def test_a_forged_request_from_a_form_is_refused(kiosk: Kiosk) -> None:
    with kiosk.page() as page:
        until(lambda: kiosk.state == "ready")
        body = json.dumps({"action": "staff", "visit": 0})
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; x=1"):
            assert page.post("/do/act", content=body, headers={"content-type": kind}).status_code == 415
        del page.headers["origin"]
        assert page.post("/do/act", json={"action": "staff", "visit": 0}).status_code == 403
        assert kiosk.state == "ready"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD"])
def test_other_methods_are_refused(kiosk: Kiosk, method: str) -> None:
    with kiosk.page() as page:
        assert page.request(method, "/").status_code == 405


def test_no_web_socket_is_opened(kiosk: Kiosk) -> None:
    authority = kiosk.origin.removeprefix("http://")
    asked = (
        f"GET /live/events HTTP/1.1\r\nHost: {authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert b" 101 " not in raw(kiosk, asked.encode())


def test_only_this_machine_is_listened_to(kiosk: Kiosk) -> None:
    sockets = [one.getsockname()[0] for server in kiosk.kiosk.server.servers for one in server.sockets]
    assert sockets == ["127.0.0.1"]


# --- what the answers carry -------------------------------------------------------------------------------------------


def test_every_answer_is_locked(kiosk: Kiosk) -> None:
    with kiosk.page() as page:
        answers = [page.get("/"), page.get("/kiosk.js"), page.get("/nothing"), httpx.get(kiosk.origin + "/")]
        answers += [page.get("/", headers={"host": "evil.example"}), act(page, kiosk, "nonsense")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "*" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "server" not in answer.headers


def test_the_page_loads_nothing_from_anywhere_and_has_no_inline_code() -> None:
    folder = Path(guard.__file__).parent / "page"
    for file in folder.iterdir():
        text = file.read_text("utf-8")
        assert "http" not in text.replace("http-equiv", ""), file.name
        for sink in (
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "style=",
            "onclick",
            "@import",
        ):
            assert sink not in text, f"{file.name}: {sink}"
    assert "<script>" not in (folder / "index.html").read_text()


@pytest.mark.parametrize(
    "path", ["/../serve.py", "/..%2fserve.py", "/%2e%2e/serve.py", "/index.html", "/kiosk.js/..", "//kiosk.js", "/%00"]
)
def test_paths_lead_nowhere_else(kiosk: Kiosk, path: str) -> None:
    with kiosk.page() as page:
        name = kiosk.kiosk._site.cookie
        authority = kiosk.origin.removeprefix("http://")
        asked = f"GET {path} HTTP/1.1\r\nHost: {authority}\r\nCookie: {name}={page.cookies[name]}\r\n\r\n"
        assert raw(kiosk, asked.encode()).startswith(b"HTTP/1.1 404")


# --- what the page may ask --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b"7", b'{"action": []}', b'{"action": {"a": 1}, "visit": 0}', b"[" * 4000, b"\xff"],
)
def test_nonsense_is_answered_and_changes_nothing(kiosk: Kiosk, body: bytes) -> None:
    with kiosk.page() as page:
        until(lambda: kiosk.state == "ready")
        for route in ACTIONS:
            answer = page.post(route, content=body, headers={"content-type": "application/json"})
            assert answer.status_code in (400, 403, 409)
        assert kiosk.state == "ready"


def test_the_menus_actions_need_the_menu(kiosk: Kiosk) -> None:
    with kiosk.page() as page:
        until(lambda: kiosk.state == "ready")
        for action in ("pause", "close", "repaired", "match", "mismatch"):
            act(page, kiosk, action)
            assert kiosk.state == "ready"
        act(page, kiosk, "let_through", value="papers")
        assert kiosk.state == "ready"


def test_a_button_of_a_verdict_that_is_gone_does_nothing(kiosk: Kiosk) -> None:
    with kiosk.page() as page:
        assert page.post("/do/act", json={"action": "staff", "visit": 99}).status_code == 409


def test_guessing_pins_is_stopped(kiosk: Kiosk) -> None:
    with kiosk.page() as page:
        until(lambda: kiosk.state == "ready")
        act(page, kiosk, "staff")
        for guess in range(FREE_TRIES):
            assert page.post("/do/pin", json={"pin": f"00000{guess}"}).status_code == 403
        assert page.post("/do/pin", json={"pin": PIN}).status_code == 403, "the right one has to wait too"
        assert kiosk.state == "pin"


def test_many_guesses_at_once_are_still_one_after_the_other(kiosk: Kiosk) -> None:
    with kiosk.page() as page:
        until(lambda: kiosk.state == "ready")
        act(page, kiosk, "staff")
        answers: list[int] = []

        def guess(number: int) -> None:
            answers.append(page.post("/do/pin", json={"pin": f"1234{number:02}"}).status_code)

        guesses = [threading.Thread(target=guess, args=(number,)) for number in range(20)]
        for one in guesses:
            one.start()
        for one in guesses:
            one.join(PATIENCE)
        assert answers == [403] * 20
        assert 1 <= kiosk.kiosk._desk._pins.attempts.failures <= FREE_TRIES


def test_the_right_pin_opens_the_menu(kiosk: Kiosk) -> None:
    with kiosk.page() as page:
        until(lambda: kiosk.state == "ready")
        act(page, kiosk, "staff")
        assert page.post("/do/pin", json={"pin": PIN}).status_code == 204
        assert act(page, kiosk, "close").status_code == 204
        assert kiosk.state == "out_of_order"


# --- too much ---------------------------------------------------------------------------------------------------------


def test_a_huge_body_is_refused_unread(kiosk: Kiosk) -> None:
    with kiosk.page() as page:
        headers = {"content-type": "application/json"}
        assert page.post("/do/act", content=b" " * (guard.MOST_BODY + 1), headers=headers).status_code == 413
        drip = (b" " * 1000 for _ in range(50))
        assert page.post("/do/act", content=drip, headers=headers).status_code == 413
        assert page.get("/").status_code == 200


def test_a_body_that_never_ends_is_not_waited_for(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.2)
    authority = kiosk.origin.removeprefix("http://")
    head = f"POST /do/act HTTP/1.1\r\nHost: {authority}\r\nOrigin: {kiosk.origin}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    assert raw(kiosk, head.encode()).startswith(b"HTTP/1.1 408")


def test_a_head_that_is_too_long_is_refused(kiosk: Kiosk) -> None:
    answer = raw(kiosk, b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000)
    assert answer.startswith(b"HTTP/1.1 4") or not answer


def test_whoever_says_nothing_is_shown_out(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "SILENT_SECONDS", 0.2)
    assert raw(kiosk, b"GET / HT") == b""


def test_a_crowd_at_the_door_does_not_keep_the_page_out(kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "SILENT_SECONDS", 10 * PATIENCE)  # the roof alone, not the impatience
    with contextlib.ExitStack() as held, kiosk.page() as page:
        stream = held.enter_context(page.stream("GET", "/live/events")).iter_lines()
        assert next(stream).startswith("data:")
        for _ in range(2 * crowd.MOST_CONNECTIONS):
            held.enter_context(connect(kiosk))
        until(lambda: len(crowd.Crowd.here) <= crowd.MOST_CONNECTIONS)
        assert page.get("/").status_code == 200
        assert any(line.startswith("event: beat") for line in stream), "the page's own stream was not cut"


@pytest.mark.slow
def test_ten_thousand_requests_at_once_do_not_end_it(kiosk: Kiosk) -> None:
    authority = kiosk.origin.removeprefix("http://")
    asked = f"GET / HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode()
    with kiosk.page() as page:
        for _ in range(50):
            crowd_of_them = [connect(kiosk) for _ in range(200)]
            for one in crowd_of_them:
                with contextlib.suppress(OSError):
                    one.sendall(asked)
            for one in crowd_of_them:
                one.close()
        until(lambda: answers(page))
        until(lambda: len(crowd.Crowd.here) < 10)
        assert act(page, kiosk, "staff").status_code == 204


def answers(page: httpx.Client) -> bool:
    """Whether the page gets through; in the crowd its connection may be shown out too, and the page asks again."""
    try:
        return page.get("/").status_code == 200
    except httpx.TransportError:
        return False


def connect(kiosk: Kiosk) -> socket.socket:
    host, _, port = kiosk.origin.removeprefix("http://").rpartition(":")
    return socket.create_connection((host, int(port)), PATIENCE)


def raw(kiosk: Kiosk, data: bytes) -> bytes:
    """What the server answers to these bytes, until it ends the connection or has said its piece."""
    with connect(kiosk) as one:
        one.sendall(data)
        found = b""
        while select.select([one], [], [], PATIENCE)[0]:
            try:
                part = one.recv(65_536)
            except ConnectionResetError:
                return found
            found += part
            if not part or b"\r\n\r\n" in found:
                return found
    raise AssertionError("no answer, and no end")


# --- what passes say --------------------------------------------------------------------------------------------------


def test_markup_in_a_name_stays_text(tmp_path: Path) -> None:
    import time

    from checkpoint.demo import DAY, Issuer
    from checkpoint.store import pins

    issuer = Issuer("<img src=x onerror=alert(1)>", "VN", time.time())
    pins.add_issuers(tmp_path / "keys", [issuer.record])
    name = "</script><script>alert(1)</script>\u202e\x1b[31m"
    person = {"fn": name, "gn": "<b>An</b>", "fnt": "SCRIPT", "gnt": "AN"}
    text = issuer.issue(person, "1990-01-01", time.time() - DAY, time.time() + DAY)
    with Kiosk(tmp_path, attended=True) as kiosk, kiosk.page() as page:
        kiosk.scene.codes = (text,)
        until(lambda: kiosk.state == "verdict")
        with page.stream("GET", "/live/events") as stream:
            told = next(stream.iter_lines())
        shown = json.dumps(json.loads(told.removeprefix("data: ")), ensure_ascii=False)
        assert "<script>alert(1)</script>" in shown, "it is text, and the page puts it in as text"
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "\n" not in told
