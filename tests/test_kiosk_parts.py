"""The parts of a kiosk one by one: its memory, its crowd, its browser, its feed and what its screen offers."""

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiosk_running import Kiosk, until
from test_kiosk_app import NOW, PIN, Hands, verdict

from checkpoint import events
from checkpoint.kiosk import browser, machine, memory, serve, watchdog
from checkpoint.kiosk.crowd import MOST_CONNECTIONS, Crowd
from checkpoint.kiosk.desk import Desk
from checkpoint.kiosk.feed import Feed
from checkpoint.kiosk.pin import FREE_TRIES, Attempts, Pins
from checkpoint.kiosk.screen import LET_THROUGH, TURN_AWAY, WHY, Sight, screen
from checkpoint.kiosk.sessions import Sessions
from checkpoint.kiosk.states import LIVE, Cause, Event, Kind, Role, Situation, State, Step
from checkpoint.model import Outcome, Reason
from checkpoint.readers.events import Quiet
from checkpoint.station import Command
from checkpoint.words import LANGUAGES, say

# --- memory -----------------------------------------------------------------------------------------------------------


def test_a_memory_that_names_no_cause_counts_as_out_of_order(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.json"
    for content in ("{}", '{"because": "gate"}', '{"cause": null}'):
        file.write_text(content)
        assert memory.recall_cause(file) is Cause.DAMAGED, content


def test_a_memory_that_cannot_be_read_at_all_counts_as_out_of_order(tmp_path: Path) -> None:
    (tmp_path / "kiosk.json").mkdir()
    assert memory.recall_cause(tmp_path / "kiosk.json") is Cause.DAMAGED


def test_a_memory_longer_than_any_that_was_written_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.json"
    file.write_text('{"cause": "gate", "more": "' + "x" * memory.MOST_BYTES + '"}')
    assert memory.recall_cause(file) is Cause.DAMAGED


def test_what_is_remembered_is_for_this_account_alone_and_leaves_no_second_file(tmp_path: Path) -> None:
    file = tmp_path / "state" / "kiosk.json"
    memory.remember_cause(file, Cause.GATE)
    assert os.stat(file).st_mode & 0o777 == 0o600
    assert os.stat(file.parent).st_mode & 0o077 == 0
    assert [one.name for one in file.parent.iterdir()] == ["kiosk.json"]


def test_a_write_that_fails_leaves_the_old_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "kiosk.json"
    memory.remember_cause(file, Cause.GATE)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        memory.remember_cause(file, Cause.STAFF)
    assert memory.recall_cause(file) is Cause.GATE


@given(st.binary(max_size=200))
def test_whatever_is_in_the_file_of_the_session_it_is_a_session_or_none(tmp_path_factory: Any, data: bytes) -> None:
    file = tmp_path_factory.mktemp("page") / "page.json"
    file.write_bytes(data)
    assert not Sessions(file).knows("")
    assert not Sessions(file).knows("x")


@pytest.mark.parametrize("stored", ["", "é" * 64, "0" * 63, 5, None, ["0" * 64]])
def test_a_stored_session_that_is_no_hash_lets_nobody_in(tmp_path: Path, stored: Any) -> None:
    (tmp_path / "page.json").write_text(json.dumps({"session": stored}))
    sessions = Sessions(tmp_path / "page.json")
    assert not sessions.knows("")
    assert sessions.enter(sessions.token)


def test_a_session_is_known_after_a_restart_and_the_token_is_another(tmp_path: Path) -> None:
    first = Sessions(tmp_path / "page.json")
    token = first.token
    session = first.enter(token)
    assert session
    assert first.enter(token) is None
    again = Sessions(tmp_path / "page.json")
    assert again.knows(session)
    assert again.token not in (token, first.token)
    assert session not in (tmp_path / "page.json").read_text()


def test_a_full_disk_keeps_no_page_out_and_the_page_before_is_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    sessions = Sessions(tmp_path / "page.json")
    before = sessions.enter(sessions.token)
    monkeypatch.setattr(memory, "write", full)
    token = sessions.token
    session = sessions.enter(token)
    assert session
    assert sessions.knows(session)
    assert before
    assert not sessions.knows(before)
    assert sessions.enter(token) is None, "the token is used up, disk or no disk"
    assert "No space left" in capsys.readouterr().err
    assert not Sessions(tmp_path / "page.json").knows(before), "nor does it come back with a restart"


def test_a_full_disk_does_not_end_the_kiosk_over_the_file_of_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def full(*_: object) -> None:
        tries.append(1)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(memory, "write_text", full)
    monkeypatch.setattr(browser, "LOOK_SECONDS", 0.01)
    with Kiosk(tmp_path, url_file=tmp_path / "url") as kiosk:
        until(lambda: len(tries) > 2)
        assert not kiosk.kiosk.server.should_exit


# --- PINs -------------------------------------------------------------------------------------------------------------


def test_a_pin_of_characters_that_no_text_can_hold_is_a_wrong_pin_and_counts(tmp_path: Path) -> None:
    hands = Hands(tmp_path)
    hands.pins.choose("officer", PIN)
    hands.desk.take(Event(Kind.ASK_MENU))
    assert asyncio.run(hands.desk.unlock("\ud800" * 6)) is False
    assert hands.pins.attempts.failures == 1
    assert hands.desk.payload()["pin"]["said"] == say("en", "kiosk.pin_wrong")
    assert asyncio.run(hands.desk.unlock(PIN)) is True


@given(st.lists(st.floats(0, 2000), max_size=30))
def test_no_pace_of_guessing_gets_more_tries_than_the_delays_allow(pauses: list[float]) -> None:
    now, attempts, tries = NOW, Attempts(), 0
    for pause in pauses:
        now += pause
        if attempts.wait(now) == 0:
            attempts, tries = attempts.failed(now), tries + 1
            assert attempts.wait(now) >= (0 if tries < FREE_TRIES else 5)
    assert attempts.failures == tries
    assert tries <= FREE_TRIES + sum(pauses) / 5 + 1


@pytest.mark.parametrize(
    "entry",
    [5, [], "x", {"salt": "zz", "hash": "zz"}, {"salt": "", "hash": ""}, {"salt": 5}, {"hash": "00"}, {"salt": "00"}],
)
def test_an_entry_that_is_no_pin_is_opened_by_none(tmp_path: Path, entry: Any) -> None:
    (tmp_path / "pins.json").write_text(json.dumps({"officer": entry, "failures": 0}))
    pins = Pins(tmp_path / "pins.json", NOW)
    for guess in ("", "0", PIN):
        assert pins.attempt(guess, NOW + 10_000) is None
        pins.attempts = Attempts()


@pytest.mark.parametrize("failures", ["many", -1, 2.5, None, []])
def test_a_count_of_tries_that_somebody_edited_starts_slow(tmp_path: Path, failures: Any) -> None:
    (tmp_path / "pins.json").write_text(json.dumps({"failures": failures}))
    assert Pins(tmp_path / "pins.json", NOW).attempts.wait(NOW) == 5.0


def test_one_pin_for_both_roles_opens_the_higher_one(tmp_path: Path) -> None:
    pins = Pins(tmp_path / "pins.json", NOW)
    assert not pins.set
    pins.choose("admin", PIN)
    pins.choose("officer", PIN)
    assert pins.set
    assert pins.attempt(PIN, NOW) is Role.ADMIN


# --- the crowd --------------------------------------------------------------------------------------------------------


class Wire:
    """A transport that only knows whether it was cut."""

    def __init__(self) -> None:
        self.cut = False

    def abort(self) -> None:
        self.cut = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


class Cycle:
    """A request that is being answered, or has been."""

    def __init__(self, complete: bool) -> None:
        self.response_complete = complete


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Crowd]:
    """Connections without a server: what they need of it is the list of who is here."""
    monkeypatch.setattr(Crowd, "here", type(Crowd.here)())

    def come(cycle: Any) -> Crowd:
        one = Crowd.__new__(Crowd)
        one.cycle, one.transport = cycle, Wire()
        Crowd.here[one] = None
        return one

    return come


def test_the_oldest_who_waits_for_nothing_makes_room_and_never_the_pages_stream(crowd: Any) -> None:
    stream, done, silent = crowd(Cycle(False)), crowd(Cycle(True)), crowd(None)
    crowd(None)._make_room()
    assert [one.transport.cut for one in (stream, done, silent)] == [False, True, False]
    crowd(None)._make_room()
    assert [one.transport.cut for one in (stream, done, silent)] == [False, True, True]
    assert stream in Crowd.here
    assert done not in Crowd.here


def test_where_everybody_is_being_served_the_newest_goes(crowd: Any) -> None:
    busy = [crowd(Cycle(False)) for _ in range(5)]
    newest = crowd(Cycle(False))
    newest._make_room()
    assert newest.transport.cut
    assert not any(one.transport.cut for one in busy)


def test_whoever_has_asked_for_something_may_be_silent(crowd: Any) -> None:
    for cycle, cut in ((None, True), (Cycle(False), False), (Cycle(True), False)):
        one = crowd(cycle)
        one._leave_if_silent()
        assert one.transport.cut is cut
    assert MOST_CONNECTIONS > 4


# --- the browser ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "there", "found"),
    [
        ("", [], None),
        ("", ["google-chrome"], ["/bin/google-chrome"]),
        ("", ["google-chrome", "chromium-browser", "chromium"], ["/bin/chromium"]),
        ("/opt/my chrome", ["chromium"], ["/opt/my", "chrome"]),
        ("'/opt/my chrome' --disable-gpu", ["chromium"], ["/opt/my chrome", "--disable-gpu"]),
    ],
)
def test_the_browser_is_the_one_that_was_stated_else_the_first_known_one(
    monkeypatch: pytest.MonkeyPatch, stated: str, there: list[str], found: list[str] | None
) -> None:
    monkeypatch.setenv("CHECKPOINT_CHROMIUM", stated)
    monkeypatch.setattr(browser.shutil, "which", lambda name: f"/bin/{name}" if name in there else None)
    assert browser.find_chromium() == found


SHOWS = """
import pathlib, sys, time
profile, app = (one.partition("=")[2] for one in sys.argv[-2:])
with open({log!r}, "a") as log:
    log.write(f"{{app}} {{pathlib.Path(profile).is_dir()}} {{profile}}\\n")
time.sleep({seconds})
"""


def program(tmp_path: Path, seconds: float) -> list[str]:
    """Something that is started like a browser, notes with what, and lasts so long."""
    path = tmp_path / "browser.py"
    path.write_text(SHOWS.format(log=str(tmp_path / "log"), seconds=seconds))
    return [sys.executable, str(path)]


def opened(tmp_path: Path) -> list[list[str]]:
    log = tmp_path / "log"
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def keep_open(tmp_path: Path, seconds: float, attached: Callable[[], bool], until: Callable[[], bool]) -> None:
    """Keep a browser open until something holds."""
    tokens = iter(range(100))

    async def story() -> None:
        work = asyncio.create_task(
            browser.keep_open(program(tmp_path, seconds), lambda: f"http://x/{next(tokens)}", attached)
        )
        while not until():
            await asyncio.sleep(0.01)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    asyncio.run(story())


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(browser, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(browser, "ABSENT_SECONDS", 1e9)


@pytest.mark.usefixtures("quick")
def test_a_browser_that_ends_is_opened_again_with_a_fresh_address_and_profile(tmp_path: Path) -> None:
    keep_open(tmp_path, 0, lambda: False, lambda: len(opened(tmp_path)) >= 2)
    first, second = opened(tmp_path)[:2]
    assert [first[0], second[0]] == ["http://x/0", "http://x/1"]
    assert [first[1], second[1]] == ["True", "True"]
    assert first[2] != second[2]
    assert not Path(first[2]).exists()


@pytest.mark.usefixtures("quick")
def test_a_browser_whose_page_never_comes_is_ended_and_its_profile_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended() -> bool:
        if opened(tmp_path):  # it has started; now nobody waits for it any more
            monkeypatch.setattr(browser, "ABSENT_SECONDS", 0.0)
        return bool(opened(tmp_path)) and not Path(opened(tmp_path)[0][2]).exists()

    keep_open(tmp_path, 600, lambda: False, ended)
    assert opened(tmp_path)[0][0] == "http://x/0"


@pytest.mark.usefixtures("quick")
def test_a_browser_that_hangs_and_hears_no_request_to_end_is_ended_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "END_SECONDS", 0.2)
    monkeypatch.setattr(browser, "ABSENT_SECONDS", 1.0)
    hangs = tmp_path / "browser.py"
    log = tmp_path / "log"
    hangs.write_text(
        "import pathlib, signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"open({str(log)!r}, 'a').write('started\\n')\ntime.sleep(60)\n"
    )
    monkeypatch.setattr(sys.modules[__name__], "program", lambda *_: [sys.executable, str(hangs)])
    monkeypatch.setattr(browser, "LOOK_SECONDS", 0.05)
    began = time.monotonic()

    def twice() -> bool:
        assert time.monotonic() < began + 20, "the first one is still waited for"
        return log.exists() and len(log.read_text().splitlines()) >= 2

    keep_open(tmp_path, 0, lambda: False, twice)


@pytest.mark.usefixtures("quick")
def test_no_browser_is_opened_beside_a_page_that_is_there(tmp_path: Path) -> None:
    looks: list[int] = []
    keep_open(tmp_path, 0, lambda: looks.append(1) is None, lambda: len(looks) > 20)
    assert opened(tmp_path) == []


# --- systemd ----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="abstract sockets are Linux's")
def test_systemd_is_found_at_an_abstract_address_too() -> None:
    import socket

    name = f"checkpoint-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        listener.settimeout(30)
        asyncio.run(watchdog.keep_telling(lambda: pytest.fail("nobody asked"), {"NOTIFY_SOCKET": f"@{name}"}))
        assert listener.recv(100) == b"READY=1"


@pytest.mark.parametrize("stated", ["soon", "-1", "30s", "1e6", "0x10", " 5", "\u0663", "9" * 16, "\x1b[2J"])
def test_a_watchdog_time_that_is_no_number_is_told_once_and_ignored(
    stated: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = notified(tmp_path, {"WATCHDOG_USEC": stated}, lambda: pytest.fail("nobody asked"))
    assert heard == [b"READY=1"]
    told = capsys.readouterr().err
    assert (told.count("WATCHDOG_USEC"), told.count("\n"), "\x1b" in told) == (1, 1, False)


@pytest.mark.parametrize("stated", ["", "0", "000"])
def test_a_watchdog_time_of_nothing_asks_for_nothing(
    stated: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert notified(tmp_path, {"WATCHDOG_USEC": stated}, lambda: pytest.fail("nobody asked")) == [b"READY=1"]
    assert capsys.readouterr().err == ""


def test_a_watchdog_time_too_short_to_keep_does_not_eat_the_processor(tmp_path: Path) -> None:
    asked: list[float] = []

    def alive() -> bool:
        asked.append(time.monotonic())
        if len(asked) == 4:
            raise ValueError("enough")
        return False

    with pytest.raises(ValueError, match="enough"):
        notified(tmp_path, {"WATCHDOG_USEC": "1"}, alive)
    assert asked[-1] - asked[0] >= 3 * watchdog.LEAST * 0.9


def notified(folder: Path, environ: dict[str, str], alive: Callable[[], bool]) -> list[bytes]:
    """What systemd hears at a socket in `folder`."""
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(folder / "notify"))
        listener.settimeout(30)
        asyncio.run(watchdog.keep_telling(alive, {"NOTIFY_SOCKET": str(folder / "notify"), **environ}))
        return [listener.recv(100)]


# --- a part that dies -------------------------------------------------------------------------------------------------


def test_a_part_that_dies_ends_the_kiosk_aloud_and_one_that_is_stopped_does_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(serve.os, "kill", lambda _, sig: ended.append(sig))

    async def story() -> None:
        async def fails() -> None:
            raise KeyError("a name nobody may read")

        async def lasts() -> None:
            await asyncio.Event().wait()

        broken, stopped = asyncio.ensure_future(fails()), asyncio.ensure_future(lasts())
        await asyncio.sleep(0)
        stopped.cancel()
        await asyncio.gather(broken, stopped, return_exceptions=True)
        for one in (broken, stopped):
            serve._say_what_failed(one)

    asyncio.run(story())
    assert ended == [serve.signal.SIGTERM]
    assert capsys.readouterr().err == "checkpoint: kiosk: KeyError\n"


# --- from the station to the desk -------------------------------------------------------------------------------------


class Readerless:
    """A station without a camera: it says what it is told to, and hears what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Command] = []

    def ask(self, command: Command) -> None:
        self.asked.append(command)


def feeding(desk: Desk, *told: events.Event) -> Feed:
    """Send events through a feed into the desk, in the order in which they came."""

    async def story() -> Feed:
        feed = Feed(Readerless(), lambda: pytest.fail("no reader"), desk, asyncio.get_running_loop())  # type: ignore[arg-type]
        for one in told:
            feed.show(one)
        await asyncio.sleep(0)
        return feed

    return asyncio.run(story())


def test_of_many_frames_the_newest_one_reaches_the_desk_once(tmp_path: Path) -> None:
    hands = Hands(tmp_path)
    before = hands.desk.frame_number
    feeding(hands.desk, *(events.Sight(f"frame {number}") for number in range(50)))  # type: ignore[arg-type]
    assert hands.desk.frame == "frame 49"
    assert hands.desk.frame_number == before + 1


def test_a_hint_goes_before_trouble_and_trouble_comes_back_until_trust_has_changed(tmp_path: Path) -> None:
    hands = Hands(tmp_path)

    def shown() -> str:
        return str(hands.desk.payload()["hint"])

    async def story() -> list[str]:
        feed = Feed(Readerless(), lambda: pytest.fail("no reader"), hands.desk, asyncio.get_running_loop())  # type: ignore[arg-type]
        found = []
        for one in (
            events.Trouble(("note.never_synced",)),
            events.Hinted(("hint.glare",)),
            events.Hinted(()),
            events.TrustChanged(),
        ):
            feed.show(one)
            await asyncio.sleep(0)
            found.append(shown())
        return found

    trouble, hint, again, rest = asyncio.run(story())
    assert trouble == again == say("en", "note.never_synced")
    assert hint == say("en", "hint.glare")
    assert rest == say("en", "kiosk.ready_hint")


def test_a_scanner_that_is_quiet_is_there_and_one_that_was_lost_is_not(tmp_path: Path) -> None:
    hands = Hands(tmp_path)
    hands.desk.pictures = False
    feeding(hands.desk, events.ReaderLost("scanner", ("note.scanner_absent", "x")), events.Tick(NOW))
    assert not hands.desk.situation.camera
    feeding(hands.desk, events.Tick(NOW))
    assert hands.desk.situation.camera


def test_what_the_station_says_after_the_end_is_lost_in_silence(tmp_path: Path) -> None:
    hands = Hands(tmp_path)
    feed = feeding(hands.desk)
    feed.show(events.Tick(NOW))
    feed.show(events.Sight("frame"))  # type: ignore[arg-type]


def test_a_reader_that_cannot_be_opened_is_tried_again_until_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkpoint.kiosk import feed as feeds

    monkeypatch.setattr(feeds, "AGAIN_SECONDS", 0.01)
    hands, tries, enough = Hands(tmp_path), [], threading.Event()

    def open_reader() -> Any:
        tries.append(1)
        if len(tries) >= 3:
            enough.set()
        raise OSError("no camera")

    async def story() -> None:
        station = Readerless()
        feed = Feed(station, open_reader, hands.desk, asyncio.get_running_loop())  # type: ignore[arg-type]
        feed.start()
        await asyncio.to_thread(enough.wait, 30)
        await asyncio.sleep(0.02)
        await asyncio.to_thread(feed.stop)
        assert station.asked == [Command.STOP]
        assert not feed._thread.is_alive()

    asyncio.run(story())
    assert len(tries) >= 3
    assert not hands.desk.situation.camera


def test_the_reader_is_given_back_at_the_end(tmp_path: Path) -> None:
    closed, running = [], threading.Event()

    class Reader:
        def __iter__(self) -> Iterator[Quiet]:
            return iter(())

        def close(self) -> None:
            closed.append(1)

    class Running(Readerless):
        def run(self, reader: Any, presenter: Any) -> None:
            running.set()
            while not closed:
                threading.Event().wait(0.01)

    async def story() -> None:
        feed = Feed(Running(), Reader, Hands(tmp_path).desk, asyncio.get_running_loop())  # type: ignore[arg-type]
        feed.start()
        await asyncio.to_thread(running.wait, 30)
        await asyncio.to_thread(feed.stop)
        assert not feed._thread.is_alive()

    asyncio.run(story())
    assert closed


# --- what the screen offers -------------------------------------------------------------------------------------------


def situation(state: State, **more: Any) -> Situation:
    return machine.begin(NOW, "en", attended=bool(more.pop("attended", False)))._replace(state=state, **more)


def offered(one: Situation, **more: Any) -> list[str]:
    return [button["id"] for button in screen(Sight(one, NOW, 1.65e9, **more))["buttons"]]


@pytest.mark.parametrize(
    ("one", "buttons"),
    [
        (situation(State.READY), ["staff"]),
        (situation(State.STARTING), ["staff"]),
        (situation(State.PAUSED), ["staff"]),
        (situation(State.OUT_OF_ORDER, cause=Cause.GATE), ["staff"]),
        (situation(State.READING), ["cancel"]),
        (situation(State.MORE), ["cancel"]),
        (situation(State.PIN), ["enter", "back"]),
        (situation(State.VERDICT, outcome=Outcome.ADMIT), []),
        (situation(State.VERDICT, outcome=Outcome.ADMIT, attended=True), ["next"]),
        (
            situation(State.VERDICT, outcome=Outcome.ADMIT, attended=True, step=Step.IDENTITY),
            ["match", "mismatch"],
        ),
        (
            situation(State.VERDICT, outcome=Outcome.CHECK, attended=True, step=Step.DECISION),
            ["let_through", "turn_away", "next"],
        ),
        (situation(State.MENU, role=Role.OFFICER), ["pause", "close", "back"]),
        (situation(State.MENU, role=Role.OFFICER, paused_until=NOW + 5), ["resume", "close", "back"]),
        (situation(State.MENU, role=Role.OFFICER, cause=Cause.GATE), ["back"]),
        (situation(State.MENU, role=Role.OFFICER, cause=Cause.STAFF), ["repaired", "back"]),
        (situation(State.MENU, role=Role.ADMIN, cause=Cause.GATE), ["repaired", "back"]),
        (situation(State.MENU, role=Role.ADMIN, cause=Cause.DAMAGED), ["repaired", "back"]),
    ],
)
def test_each_state_offers_what_can_be_done_in_it_and_nothing_else(one: Situation, buttons: list[str]) -> None:
    assert offered(one) == buttons


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_keypad_says_why_it_does_not_open(lang: str) -> None:
    one = situation(State.PIN)._replace(lang=lang)

    def pin(**more: Any) -> Any:
        return screen(Sight(one, NOW, 1.65e9, **more))["pin"]

    assert pin() == {"label": say(lang, "kiosk.pin_label"), "said": "", "open": True}
    assert pin(pin_set=False, pin_wrong=True)["said"] == say(lang, "kiosk.pin_none")
    assert pin(pin_set=False)["open"] is False
    assert pin(pin_wait=4.2, pin_wrong=True)["said"] == say(lang, "kiosk.pin_wait", "5")
    assert pin(pin_wait=4.2)["open"] is False
    assert pin(pin_wrong=True) == {
        "label": say(lang, "kiosk.pin_label"),
        "said": say(lang, "kiosk.pin_wrong"),
        "open": True,
    }
    assert screen(Sight(situation(State.READY), NOW, 1.65e9))["pin"] is None


def test_the_picture_is_live_only_where_a_camera_looks_for_a_code() -> None:
    for state in State:
        one = situation(state, cause=Cause.GATE if state is State.OUT_OF_ORDER else None)
        assert screen(Sight(one, NOW, 1.65e9))["live"] is (state in LIVE)
        assert screen(Sight(one, NOW, 1.65e9, pictures=False))["live"] is False


def test_a_kiosk_with_a_scanner_asks_to_scan_and_one_with_a_camera_to_show() -> None:
    ready = situation(State.READY)
    camera, scanner = (screen(Sight(ready, NOW, 1.65e9, pictures=one))["word"] for one in (True, False))
    assert (camera, scanner) == (say("en", "kiosk.ready"), say("en", "kiosk.scan"))


def test_reasons_are_asked_for_only_where_an_officer_decides() -> None:
    found = verdict(Reason.EXPIRED)
    for step in Step:
        one = situation(State.VERDICT, outcome=found.outcome, attended=True, step=step)
        why = screen(Sight(one, NOW, 1.65e9, found))["why"]
        assert (why is not None) is (step is Step.DECISION)
    assert {one["id"] for one in why["options"]} == {*LET_THROUGH, *TURN_AWAY} if why else True
    assert len(WHY) == len(set(WHY))


def test_an_officer_who_found_another_person_sees_that_and_no_longer_an_admission() -> None:
    found = verdict()
    one = situation(State.VERDICT, outcome=Outcome.REFUSE, attended=True, step=Step.DECISION)
    told = screen(Sight(one, NOW, 1.65e9, found))
    assert told["word"] == say("en", "outcome.refuse")
    assert told["title"] == say("en", "title.person_mismatch")
    assert told["tone"] == "refuse"


def test_nothing_looks_admitted_before_the_person_was_compared() -> None:
    one = situation(State.VERDICT, outcome=Outcome.ADMIT, attended=True, step=Step.IDENTITY)
    told = screen(Sight(one, NOW, 1.65e9, verdict()))
    assert told["tone"] == "identity"
    assert told["word"] == say("en", "kiosk.step_identity")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_language_that_is_shown_is_marked_and_every_one_can_be_chosen(lang: str) -> None:
    told = screen(Sight(situation(State.READY)._replace(lang=lang), NOW, 1.65e9))
    assert [(one["id"], one["on"]) for one in told["languages"]] == [(one, one == lang) for one in LANGUAGES]


def test_the_seconds_that_are_left_never_go_below_none() -> None:
    one = situation(State.READING, until=NOW + 2.04)
    assert screen(Sight(one, NOW, 1.65e9))["seconds"] == 2.0
    assert screen(Sight(one, NOW + 60, 1.65e9))["seconds"] == 0.0
