"""The kiosk without a browser: what the desk does, what the page is told, PINs, the gate, the rule of the holder."""

import asyncio
import json
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checkpoint import events
from checkpoint.kiosk import machine, memory, watchdog
from checkpoint.kiosk.browser import FLAGS, command_line
from checkpoint.kiosk.desk import Decision, Desk, Ears
from checkpoint.kiosk.feed import Feed
from checkpoint.kiosk.gate import CommandGate, GateFailed, command_gate
from checkpoint.kiosk.holder import NOT_NEEDED, Unattended, needs_holder, step_for, unattended
from checkpoint.kiosk.pin import FIRST_DELAY, FREE_TRIES, LONGEST_DELAY, Pins, delay, well_formed
from checkpoint.kiosk.screen import PUBLIC, Sight, screen
from checkpoint.kiosk.states import HOLD, LEAST_SHOWN, STEP_SECONDS, STICKY, Cause, Event, Kind, Role, State, Step
from checkpoint.model import Check, Checked, CheckName, Claims, Key, Outcome, Reason, Result, Stated, Subject
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.station import Station
from checkpoint.verdict import Verdict
from checkpoint.verifier import find_policy
from checkpoint.words import LANGUAGES, say

NOW = 1000.0
NAME, BORN = "Nguyễn <b>Bảo</b> Duy", "1983-10-10"
KEY = Key("hcert", "8w2kZxb3iC0=", public=None, name="Sở Y tế", country="VN")  # type: ignore[arg-type]
NAMED = Claims("hcert", b"signed", Stated(Subject(NAME, BORN)))
TICKET = Claims("hcert", b"ticket", Stated())
BEARER = AUTHENTIC._replace(id="tickets", holder_check=NOT_NEEDED)
PIN = "271828"


def verdict(reason: Reason = Reason.OK, claims: Claims = NAMED, policy: Any = AUTHENTIC) -> Verdict:
    check = Check(CheckName.SIGNATURE, Result.PASS, ("=", "ES256"))
    return Verdict(reason, (check,), 1.65e9, policy, passes=(Checked((check,), "hcert", KEY, claims),))


class Hands:
    """A clock that is moved by hand, and ears that write down what they hear."""

    def __init__(self, folder: Path, *, attended: bool = False, gate: Any = None) -> None:
        self.now = NOW
        self.heard: list[Any] = []
        self.pins = Pins(folder / "pins.json", NOW)
        ears = Ears(
            judging=lambda wanted: self.heard.append(("judging", wanted)),
            again=lambda visit: self.heard.append(("again", visit)),
            forget=lambda: self.heard.append("forget"),
            remember=lambda cause: self.heard.append(("remember", cause)),
            judged=lambda one: self.heard.append(("judged", one.reason)),
            decided=self.heard.append,
        )
        start = machine.begin(NOW, "en", attended=attended)
        self.desk = Desk(start, self.pins, gate=gate, ears=ears, clock=lambda: self.now)
        self.desk.saw(np.zeros((9, 16, 3), np.uint8))

    @property
    def state(self) -> State:
        return self.desk.situation.state

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.desk.take(Event(Kind.TICK))


class Turnstile:
    """A gate that counts, and fails when it is told to."""

    def __init__(self, fails: bool = False) -> None:
        self.opened: list[int] = []
        self.fails = fails

    def open(self, visit: int) -> None:
        self.opened.append(visit)
        if self.fails:
            raise GateFailed("no answer")


def run(work: Callable[[], Any]) -> Any:
    """Run `work` in an event loop and let what it began end."""

    async def whole() -> Any:
        found = work()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others)
        return found

    return asyncio.run(whole())


def strings(value: Any) -> Iterator[str]:
    """Every text in `value`, however deep."""
    if isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, str):
        yield value


# --- nobody beside the kiosk compares a face -------------------------------------------------------------------------


def test_unattended_a_pass_that_names_a_person_is_for_a_human_to_check() -> None:
    ruled = unattended(verdict())
    assert (ruled.outcome, ruled.reason, ruled.grant) == (Outcome.CHECK, Reason.HOLDER_UNCHECKED, None)
    assert ruled.checks[-1].name is CheckName.IDENTITY
    assert ruled.as_dict()["reason"] == "holder_unchecked"
    assert ruled.advice == ("remedy.holder_unchecked",)


def test_a_policy_that_asks_for_no_holder_admits_whoever_brings_the_ticket() -> None:
    assert unattended(verdict(policy=BEARER)) == verdict(policy=BEARER)
    assert unattended(verdict(claims=TICKET)) == verdict(claims=TICKET), "it names nobody"


@pytest.mark.parametrize(
    ("kinds", "needed"), [({"ticket"}, False), ({"ticket", "badge"}, True), ({"vaccination"}, True), (set(), True)]
)
def test_the_policy_for_tickets_is_for_tickets_alone(kinds: set[str], needed: bool) -> None:
    shown = verdict(claims=NAMED._replace(kinds=frozenset(kinds)), policy=find_policy("bearer"))
    assert needs_holder(shown) is needed
    assert unattended(shown).reason is (Reason.HOLDER_UNCHECKED if needed else Reason.OK)


@pytest.mark.parametrize("field", Subject._fields)
def test_whatever_tells_one_person_from_another_names_them(field: str) -> None:
    assert needs_holder(verdict(claims=NAMED._replace(statement=Stated(Subject(**{field: "x"})))))


def test_the_rule_never_makes_a_verdict_better() -> None:
    for reason in Reason:
        for claims in (NAMED, TICKET):
            ruled = unattended(verdict(reason, claims))
            assert ruled.outcome is not Outcome.ADMIT or reason is Reason.OK
            assert reason is Reason.OK or ruled == verdict(reason, claims)


def test_the_stations_verifier_is_ruled_before_anything_is_logged_or_shown() -> None:
    class Says:
        trust = "anything"

        def verify(self, text: str, *, policy: str | None = None) -> Verdict:
            return verdict()

    judge = Unattended(Says())  # type: ignore[arg-type]
    assert judge.verify("x").reason is Reason.HOLDER_UNCHECKED
    assert judge.trust == "anything"


def test_what_an_officer_has_to_do() -> None:
    assert step_for(verdict()) is Step.IDENTITY
    assert step_for(verdict(policy=BEARER)) is Step.NONE
    assert step_for(verdict(Reason.EXPIRED)) is Step.DECISION
    assert step_for(verdict(Reason.NO_CODE)) is Step.NONE


# --- the gate ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", Reason)
def test_the_gate_opens_on_admit_only_and_once(tmp_path: Path, reason: Reason) -> None:
    gate = Turnstile()
    hands = Hands(tmp_path, gate=gate)

    def visit() -> None:
        hands.desk.judged(verdict(reason, TICKET), 1)
        for kind in (Kind.MATCH, Kind.DECIDED, Kind.JUDGED, Kind.TICK):
            hands.desk.take(Event(kind))

    run(visit)
    assert gate.opened == ([1] if reason is Reason.OK else [])


def test_beside_an_officer_the_gate_waits_for_the_comparison(tmp_path: Path) -> None:
    gate = Turnstile()
    hands = Hands(tmp_path, gate=gate, attended=True)
    run(lambda: hands.desk.judged(verdict(), 1))
    assert gate.opened == []
    run(lambda: [hands.desk.take(Event(Kind.MATCH)) for _ in range(3)])
    assert gate.opened == [1]


def test_a_gate_that_does_not_answer_takes_the_kiosk_out_of_order(tmp_path: Path) -> None:
    hands = Hands(tmp_path, gate=Turnstile(fails=True))
    run(lambda: hands.desk.judged(verdict(claims=TICKET), 1))
    assert hands.state is State.OUT_OF_ORDER
    assert ("remember", Cause.GATE) in hands.heard


def test_a_gate_that_fails_in_a_way_that_nobody_foresaw_takes_the_kiosk_out_of_order_too(tmp_path: Path) -> None:
    class Odd:
        def open(self, visit: int) -> None:
            raise RuntimeError("a driver's own")

    hands = Hands(tmp_path, gate=Odd())
    run(lambda: hands.desk.judged(verdict(claims=TICKET), 1))
    assert (hands.state, hands.desk.situation.cause) == (State.OUT_OF_ORDER, Cause.GATE)


def test_a_stream_of_verdicts_that_broke_is_told_and_the_visitor_gets_an_answer(tmp_path: Path) -> None:
    def gone(_: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    hands = Hands(tmp_path)
    hands.desk._ears = hands.desk._ears._replace(judged=gone)
    hands.desk.judged(verdict(Reason.EXPIRED), 1)
    assert hands.state is State.VERDICT
    hands.wait(HOLD[Outcome.REFUSE])
    assert "Broken pipe" in hands.desk.payload()["hint"]


def test_the_hook_hears_of_the_visit_and_of_no_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_STATION", "x")
    out = tmp_path / "heard"
    script = "import os, sys, json; open(sys.argv[1], 'w').write(json.dumps(dict(os.environ)))"
    CommandGate((sys.executable, "-c", script, str(out))).open(7)
    heard = json.loads(out.read_text())
    assert heard["CHECKPOINT_VISIT"] == "7"
    assert "SECRET_OF_THE_STATION" not in heard


def test_a_hook_that_fails_hangs_or_is_not_there_has_not_opened() -> None:
    for gate in (
        CommandGate((sys.executable, "-c", "raise SystemExit(3)")),
        CommandGate((sys.executable, "-c", "import time; time.sleep(60)"), seconds=0.2),
        CommandGate(("/no/such/hook",)),
    ):
        with pytest.raises(GateFailed):
            gate.open(1)
    assert command_gate("gate 'open it'").command == ("gate", "open it")
    with pytest.raises(ValueError, match="no command"):
        command_gate("  ")


# --- the desk ---------------------------------------------------------------------------------------------------------


def test_picture_and_person_are_gone_after_the_verdict(tmp_path: Path) -> None:
    hands = Hands(tmp_path, attended=True)
    assert hands.desk.frame is not None
    hands.desk.judged(verdict(), 1)
    assert hands.desk.frame is None
    assert NAME in strings(hands.desk.payload())
    hands.wait(STEP_SECONDS)
    assert hands.state is State.READY
    assert not any("Nguy" in text or BORN[:4] in text for text in strings(hands.desk.payload()))
    assert "Nguy" not in repr(vars(hands.desk))


def test_an_unattended_page_is_never_told_who_it_is(tmp_path: Path) -> None:
    for reason in Reason:
        hands = Hands(tmp_path)
        run(lambda hands=hands, reason=reason: hands.desk.judged(verdict(reason), 1))
        told = hands.desk.payload()
        assert not told["blocks"]
        assert not told["checks"]
        assert not any("Nguy" in text or "1983" in text for text in strings(told))


def test_frames_are_kept_only_while_they_are_shown(tmp_path: Path) -> None:
    hands = Hands(tmp_path)
    hands.desk.take(Event(Kind.ASK_MENU))
    hands.desk.saw(np.ones((9, 16, 3), np.uint8))
    assert hands.desk.frame is None


def test_a_pass_that_came_too_early_is_judged_as_soon_as_it_can_be(tmp_path: Path) -> None:
    hands = Hands(tmp_path)
    hands.desk.judged(verdict(Reason.EXPIRED), 1)
    hands.desk.judged(verdict(Reason.REVOKED), 2)
    assert ("again", 2) not in hands.heard
    hands.wait(LEAST_SHOWN)
    assert [one for one in hands.heard if one[0] == "again"] == [("again", 2)], "and not the one that was shown"
    assert ("judged", Reason.REVOKED) not in hands.heard, "what was passed over was no verdict"


def test_nothing_is_judged_while_staff_is_at_the_menu(tmp_path: Path) -> None:
    hands = Hands(tmp_path)
    hands.desk.take(Event(Kind.ASK_MENU))
    assert hands.heard[-1] == ("judging", False)
    hands.desk.take(Event(Kind.CANCEL))
    assert hands.heard[-1] == ("judging", True)


def test_cancelling_forgets_the_pieces_that_were_read(tmp_path: Path) -> None:
    hands = Hands(tmp_path)
    hands.desk.take(Event(Kind.PART, read=1, total=2))
    assert "1 of 2" in hands.desk.payload()["hint"]
    hands.desk.take(Event(Kind.CANCEL))
    assert "forget" in hands.heard


def test_a_decision_is_told_with_its_reason_and_without_a_name(tmp_path: Path) -> None:
    hands = Hands(tmp_path, attended=True)
    hands.desk.judged(verdict(Reason.EXPIRED), 1)
    hands.desk.decided("let_through", "supervisor")
    (told,) = [one for one in hands.heard if isinstance(one, Decision)]
    assert told.as_dict() == {
        "decision": "let_through",
        "why": "supervisor",
        "outcome": "refuse",
        "reason": "expired",
    }
    assert hands.state is State.READY


def test_nothing_is_decided_by_hand_before_or_after_its_step(tmp_path: Path) -> None:
    hands = Hands(tmp_path, attended=True)
    hands.desk.judged(verdict(), 1)
    hands.desk.decided("let_through", "supervisor")
    hands.desk.take(Event(Kind.MISMATCH))
    hands.now += STEP_SECONDS
    hands.desk.decided("let_through", "supervisor")
    assert [one for one in hands.heard if isinstance(one, Decision)] == []


def test_an_unattended_page_can_decide_nothing(tmp_path: Path) -> None:
    hands = Hands(tmp_path)
    hands.desk.judged(verdict(Reason.EXPIRED), 1)
    hands.desk.decided("let_through", "supervisor")
    assert not any(isinstance(one, Decision) for one in hands.heard)


def test_the_newest_frame_is_waited_for(tmp_path: Path) -> None:
    hands = Hands(tmp_path)

    async def look() -> None:
        first = await hands.desk.next_frame(-1, 0.01)
        assert first is hands.desk.frame
        assert await hands.desk.next_frame(hands.desk.frame_number, 0.01) is None

    asyncio.run(look())


def test_the_stations_events_reach_the_desk(tmp_path: Path) -> None:
    hands = Hands(tmp_path)

    async def feed_it() -> None:
        feed = Feed(Station(None), None, hands.desk, asyncio.get_running_loop())  # type: ignore[arg-type]
        for event, state in (
            (events.ReaderLost("0", ("note.camera_absent", "0")), State.STARTING),
            (events.ReaderBack("0"), State.READY),
            (events.Hinted(("scan.closer",)), State.READY),
            (events.Reading("0"), State.READING),
            (events.Progress(1, 3, 0.0), State.MORE),
            (events.Judged(verdict(Reason.EXPIRED), 1, 0.0), State.VERDICT),
        ):
            feed.show(event)
            await asyncio.sleep(0)
            assert hands.state is state
            if isinstance(event, events.Hinted):
                assert hands.desk.payload()["hint"] == say("en", "scan.closer")

    asyncio.run(feed_it())


# --- PINs -------------------------------------------------------------------------------------------------------------


def test_pins_open_their_role_and_are_kept_as_hashes(tmp_path: Path) -> None:
    file = tmp_path / "pins.json"
    pins = Pins(file, NOW)
    assert not pins.set
    assert pins.attempt(PIN, NOW) is None
    pins.choose("officer", PIN)
    pins.choose("admin", "314159")
    assert Pins(file, NOW).attempt(PIN, NOW) is Role.OFFICER
    assert Pins(file, NOW).attempt("314159", NOW) is Role.ADMIN
    assert PIN not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_guessing_gets_slower_and_a_restart_does_not_help(tmp_path: Path) -> None:
    file = tmp_path / "pins.json"
    pins = Pins(file, NOW)
    pins.choose("officer", PIN)
    now = NOW
    for _ in range(FREE_TRIES):
        assert pins.attempt("000001", now) is None
    assert pins.attempts.wait(now) == FIRST_DELAY
    assert pins.attempt(PIN, now) is None, "not even the right one while waiting"
    again = Pins(file, now)
    assert again.attempts.wait(now) == FIRST_DELAY
    now += FIRST_DELAY
    assert again.attempt("000002", now) is None
    assert again.attempts.wait(now) == 2 * FIRST_DELAY
    assert again.attempt(PIN, now + 2 * FIRST_DELAY) is Role.OFFICER
    assert again.attempts.wait(now + 2 * FIRST_DELAY) == 0


def test_the_delay_grows_to_its_longest_and_stays() -> None:
    waits = [delay(failures) for failures in range(40)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0.0, LONGEST_DELAY)


def test_a_try_counts_before_it_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = Pins(tmp_path / "pins.json", NOW)
    pins.choose("officer", PIN)
    monkeypatch.setattr("checkpoint.kiosk.pin._fits", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        pins.attempt("000001", NOW)
    assert json.loads((tmp_path / "pins.json").read_text())["failures"] == 1


def test_a_damaged_file_of_pins_opens_nothing(tmp_path: Path) -> None:
    for damage in (b"{", b"[]", b'{"officer": 7}', b'{"officer": {"salt": 1, "hash": []}}', b'{"failures": "x"}', b""):
        (tmp_path / "pins.json").write_bytes(damage)
        assert Pins(tmp_path / "pins.json", NOW).attempt(PIN, NOW + 10 * LONGEST_DELAY) is None
    (tmp_path / "pins.json").write_text('{"officer": {"salt": "", "hash": ""}}')
    assert Pins(tmp_path / "pins.json", NOW).attempt("", NOW) is None


def test_what_is_no_pin() -> None:
    for bad in ("", "12345", "1234567890123", "111111", "12345a", "１２３４５６", " 123456"):
        assert not well_formed(bad)
        with pytest.raises(ValueError, match="no PIN"):
            Pins(Path("nowhere"), NOW).choose("officer", bad)
    assert well_formed(PIN)


def test_the_menu_opens_with_the_pin(tmp_path: Path) -> None:
    hands = Hands(tmp_path)
    hands.pins.choose("admin", PIN)
    assert asyncio.run(hands.desk.unlock(PIN)) is False, "nobody asked for the menu"
    hands.desk.take(Event(Kind.ASK_MENU))
    assert asyncio.run(hands.desk.unlock("000000")) is False
    assert hands.desk.payload()["pin"]["said"] == say("en", "kiosk.pin_wrong")
    assert asyncio.run(hands.desk.unlock(PIN)) is True
    assert (hands.state, hands.desk.situation.role) == (State.MENU, Role.ADMIN)


def test_pins_are_tried_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hands = Hands(tmp_path)
    hands.desk.take(Event(Kind.ASK_MENU))
    tried: list[str] = []
    go_on = threading.Event()

    def attempt(pin: str, now: float) -> None:
        tried.append(pin)
        go_on.wait(30)

    monkeypatch.setattr(hands.pins, "attempt", attempt)

    async def guess() -> None:
        first = asyncio.create_task(hands.desk.unlock("000001"))
        while not tried:
            await asyncio.sleep(0.01)
        assert await hands.desk.unlock("000002") is False
        go_on.set()
        await first

    asyncio.run(guess())
    assert tried == ["000001"]


# --- what survives ----------------------------------------------------------------------------------------------------


def test_out_of_order_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "state" / "kiosk.json"
    assert memory.recall_cause(file) is None
    for cause in Cause:
        memory.remember_cause(file, cause)
        assert memory.recall_cause(file) is (cause if cause in STICKY else None)
    memory.remember_cause(file, Cause.STAFF)
    assert machine.begin(NOW, "vi", cause=memory.recall_cause(file)).state is State.OUT_OF_ORDER
    memory.remember_cause(file, None)
    assert memory.recall_cause(file) is None


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"cause": "fine"}', b'{"cause": []}', b"\xff", b"[" * 5000])
def test_a_damaged_memory_counts_as_out_of_order(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "kiosk.json").write_bytes(damage)
    assert memory.recall_cause(tmp_path / "kiosk.json") is Cause.DAMAGED


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_situation_can_be_shown_in_both_languages(lang: str, tmp_path: Path) -> None:
    from test_kiosk_machine import EVERYWHERE

    for situation in EVERYWHERE:
        for reason in Reason if situation.state is State.VERDICT else (Reason.OK,):
            told = screen(Sight(situation._replace(lang=lang), NOW, 1.65e9, verdict(reason)))
            json.dumps(told)
            assert told["word"]
            assert not any(
                text.startswith(("kiosk.", "go.", "do.", "why.", "cause.", "title.", "outcome.", "check."))
                for text in strings(told)
            ), told
            assert told["buttons"] or told["state"] == "verdict"


def test_no_screen_accuses_a_visitor_in_public() -> None:
    accusing = {Reason.SIGNATURE_INVALID, Reason.BLOCKED, Reason.REVOKED, Reason.MALFORMED, Reason.REUSED}
    assert not PUBLIC & (accusing | {one for one in Reason if one.outcome is Outcome.NOT_READY})


# --- around it --------------------------------------------------------------------------------------------------------


def test_the_browser_opens_the_page_with_a_fresh_profile() -> None:
    command = command_line(["chromium"], "/tmp/profile", "http://127.0.0.1:1/enter?token=x")
    assert command == ["chromium", *FLAGS, "--user-data-dir=/tmp/profile", "--app=http://127.0.0.1:1/enter?token=x"]
    assert not any("no-sandbox" in flag for flag in command)


def test_systemd_hears_that_it_lives_only_while_it_does(tmp_path: Path) -> None:
    heard: list[bytes] = []

    class Listener(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: Any) -> None:
            heard.append(data)

    async def listen() -> None:
        loop, address = asyncio.get_running_loop(), str(tmp_path / "notify")
        transport, _ = await loop.create_datagram_endpoint(Listener, local_addr=address, family=watchdog.AF_UNIX)
        alive = iter([True, False, False])
        environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "30000"}
        with pytest.raises(RuntimeError):  # the story ends: nobody knows whether it lives
            await watchdog.keep_telling(lambda: next(alive), environ)
        while len(heard) < 2:
            await asyncio.sleep(0.01)
        transport.close()

    asyncio.run(listen())
    assert heard == [b"READY=1", b"WATCHDOG=1"]
    asyncio.run(watchdog.keep_telling(lambda: True, {}))


def test_a_systemd_that_is_not_there_is_told_once_and_ends_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for address in (str(tmp_path / "nobody"), "@checkpoint-nobody", "x" * 500, "\x1b[2J"):
        environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "30000"}
        asyncio.run(watchdog.keep_telling(lambda: pytest.fail("nobody asked"), environ))
        told = capsys.readouterr().err
        assert (told.count("NOTIFY_SOCKET"), told.count("\n"), "\x1b" in told) == (1, 1, False)
