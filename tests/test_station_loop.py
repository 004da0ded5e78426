"""The loop: each pass judged once a visit, decoys passed over, pieces joined, and nothing that stops the queue."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from checkpoint import events
from checkpoint.events import Ending, Event
from checkpoint.model import Check, Checked, CheckName, Claims, Outcome, Policy, Reason, Result
from checkpoint.readers import layouts
from checkpoint.readers.code import Code
from checkpoint.readers.events import Back, Looked, Lost, Quiet, ReaderEvent
from checkpoint.station import MOST_CODES, TRUST_SECONDS, Command, Station, Text
from checkpoint.verdict import Verdict
from checkpoint.visit import ONE_HAND_SECONDS, PIECES_SECONDS, SAME_VISIT

PASS = "HC1:6BFOXN*TS0BI$ZD-PHQ7I9AD66V5B22CH9M9ESI9XBHXK-%69LQOGI.*V76GCV4*XUA2P-FHT-HNTI4L6N$Q%UG"
POSTER = "https://tickets.example/?id=1"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Judge:
    """Answers with what `says` has for a text, else with `unsupported`; the id of a pass is `ids`."""

    def __init__(self, says: dict[Text, Reason] | None = None, ids: dict[Text, bytes] | None = None) -> None:
        self.says = {PASS: Reason.OK} if says is None else says
        self.ids = ids or {}
        self.asked: list[Text] = []
        self.takes: Callable[[], None] = lambda: None

    def verify(self, text: Text, *, policy: str | None = None) -> Verdict:
        self.asked.append(text)
        self.takes()
        reason = self.says.get(text, Reason.UNSUPPORTED)
        signed = self.ids.get(text, text if isinstance(text, bytes) else text.encode())
        claims = None if reason.outcome is Outcome.UNREADABLE else Claims("hcert", signed)
        check = Check(CheckName.FORMAT, Result.PASS)
        return Verdict(reason, (check,), 0.0, Policy("authentic", "1"), passes=(Checked((check,), claims=claims),))


class Door:
    """A station under a clock of its own."""

    def __init__(self, judge: Judge | None = None, **options: object) -> None:
        self.clock = Clock()
        self.judge = judge or Judge()
        self.judge.takes = lambda: setattr(self.clock, "now", self.clock.now + 0.05)  # no verification takes no time
        self.station = Station(self.judge, clock=self.clock, **options)  # type: ignore[arg-type]

    def sees(
        self, *texts: Text, after: float = 0.1, deliberate: bool = False, hint: tuple[str, ...] = ()
    ) -> list[Event]:
        codes = tuple(Code(text if isinstance(text, bytes) else text.encode(), "QRCode") for text in texts)
        return self.gets(Looked("camera 0", self.clock.now, codes, hint, deliberate=deliberate), after)

    def gets(self, event: ReaderEvent, after: float = 0.1) -> list[Event]:
        self.clock.now += after
        return list(self.station.take(event))

    def quiet(self, seconds: float) -> list[Event]:
        return self.gets(Quiet(), seconds)


def judged(found: list[Event]) -> list[str]:
    return [one.verdict.reason.word for one in found if isinstance(one, events.Judged)]


def of(kind: type[Event], found: list[Event]) -> list[Event]:
    return [one for one in found if isinstance(one, kind)]


def test_a_pass_held_in_view_is_judged_once_and_verified_once() -> None:
    door = Door()
    found = [told for _ in range(200) for told in door.sees(PASS)]
    assert judged(found) == ["ok"]
    assert door.judge.asked == [PASS]


def test_a_pass_shown_again_after_a_while_is_a_new_visit() -> None:
    door = Door()
    first = door.sees(PASS)
    door.quiet(SAME_VISIT + 0.1)
    second = door.sees(PASS)
    assert judged(first + second) == ["ok", "ok"]
    assert [one.visit for one in of(events.Judged, first + second)] == [1, 2]  # type: ignore[union-attr]


def test_one_credential_written_as_two_texts_is_one_visit() -> None:
    other = PASS + "A"
    door = Door(Judge({PASS: Reason.OK, other: Reason.OK}, {PASS: b"same", other: b"same"}))
    assert judged(door.sees(PASS) + door.sees(other) + door.sees(PASS)) == ["ok"]


def test_a_poster_beside_a_pass_says_nothing() -> None:
    door = Door()
    found = [told for _ in range(50) for told in door.sees(POSTER, PASS)]
    assert judged(found) == ["ok"]
    assert POSTER not in door.judge.asked


def test_a_poster_alone_is_answered_once_while_the_queue_goes_on() -> None:
    door = Door()
    found = [told for number in range(600) for told in door.sees(*([POSTER, PASS] if number % 100 > 50 else [POSTER]))]
    assert judged(found).count("unsupported") == 1
    assert judged(found).count("ok") >= 5


def test_a_code_that_is_no_pass_gives_a_hint_that_stays() -> None:
    door = Door()
    found = [told for _ in range(20) for told in door.sees(POSTER)]
    hints = [one.note for one in of(events.Hinted, found)]  # type: ignore[union-attr]
    assert len(hints) == 1
    assert hints[0][0].startswith("note.")


def test_what_a_hand_scanner_reads_is_answered_at_once_pass_or_not() -> None:
    assert judged(Door().sees(POSTER, deliberate=True)) == ["unsupported"]


def test_a_frame_without_a_code_gives_no_verdict_ever() -> None:
    door = Door()
    found = [told for _ in range(500) for told in door.sees(hint=("scan.hold",))]
    assert judged(found) == []
    assert [one.note for one in of(events.Hinted, found)] == [("scan.hold",)]  # type: ignore[union-attr]


def test_a_hint_that_flickers_is_not_shown_and_one_that_is_shown_stays_a_second() -> None:
    door = Door()
    flicker = [told for number in range(100) for told in door.sees(hint=("scan.hold",) if number % 2 else ())]
    assert of(events.Hinted, flicker) == []
    shown: list[tuple[float, Event]] = []
    for number in range(100):
        note = ("scan.hold",) if number // 6 % 2 else ("scan.dark",)
        shown += [(door.clock.now, one) for one in of(events.Hinted, door.sees(hint=note))]
    times = [when for when, _ in shown]
    assert len(times) > 2
    assert all(later - before >= 1.0 - 1e-6 for before, later in itertools.pairwise(times))


def test_pieces_shown_one_after_another_are_joined_and_judged_once() -> None:
    parts = [f"shc:/{number}/3/{number}0" for number in (1, 2, 3)]
    whole = "\n".join(parts)
    door = Door(Judge({whole: Reason.OK}))
    found = [told for part in (parts[2], parts[0], parts[1]) for _ in range(10) for told in door.sees(part)]
    progress = [(one.read, one.total) for one in of(events.Progress, found)]  # type: ignore[union-attr]
    assert progress == [(1, 3), (2, 3)]
    assert judged(found) == ["ok"]
    assert door.judge.asked == [whole]
    assert of(events.ProgressEnded, found) == [events.ProgressEnded(Ending.COMPLETE)]


def test_pieces_are_dropped_in_time_and_when_cancelled_and_people_are_told() -> None:
    door = Door()
    door.sees("shc:/1/3/10")
    assert events.ProgressEnded(Ending.TOO_LATE) in door.quiet(PIECES_SECONDS + 0.1)
    door.sees("shc:/1/3/10")
    door.station.ask(Command.CANCEL)
    assert events.ProgressEnded(Ending.CANCELLED) in door.quiet(0.1)
    assert door.station.pieces.read == 0


def test_pieces_of_two_people_are_called_incomplete_and_nobody_a_forger() -> None:
    whole = "shc:/1/2/10\nshc:/2/2/20"
    door = Door(Judge({whole: Reason.SIGNATURE_INVALID}))
    door.sees("shc:/1/2/10")
    door.quiet(ONE_HAND_SECONDS + 1)
    assert judged(door.sees("shc:/2/2/20")) == ["incomplete"]


def test_a_forged_pass_in_pieces_from_one_hand_is_refused() -> None:
    whole = "shc:/1/2/10\nshc:/2/2/20"
    door = Door(Judge({whole: Reason.SIGNATURE_INVALID}))
    assert judged(door.sees("shc:/1/2/10") + door.sees("shc:/2/2/20")) == ["signature_invalid"]


def test_whoever_follows_somebody_who_left_a_piece_behind_gets_through_with_both_codes_held_up() -> None:
    left, own = "shc:/1/2/1111", ["shc:/1/2/5676", "shc:/2/2/0909"]
    door = Door(Judge({"\n".join(own): Reason.OK, f"{left}\n{own[1]}": Reason.SIGNATURE_INVALID}))
    door.sees(left)
    found = door.sees(own[1], after=4.0)
    assert judged(found) == ["signature_invalid"]
    found = [told for _ in range(10) for told in door.sees(*reversed(own))]
    assert judged(found) == ["ok"], "the code in view must not wait until it was out of view"
    assert judged([told for _ in range(10) for told in door.sees(*own)]) == []


def test_a_forged_pass_in_pieces_that_stays_in_view_is_refused_once() -> None:
    own = ["shc:/1/2/5676", "shc:/2/2/0909"]
    door = Door(Judge({"\n".join(own): Reason.SIGNATURE_INVALID}))
    found = [told for _ in range(50) for told in door.sees(*own)]
    assert judged(found) == ["signature_invalid"]
    assert len(of(events.Progress, found)) == 1


def test_two_people_who_hold_up_their_pieces_at_once_are_asked_for_one_card_and_nobody_is_refused() -> None:
    first, second = ["shc:/1/2/1111", "shc:/2/2/2222"], ["shc:/1/2/5676", "shc:/2/2/0909"]
    third = ["shc:/1/3/33", "shc:/2/3/33", "shc:/3/3/33"]
    door = Door(Judge({"\n".join(one): Reason.OK for one in (first, second, third)}))
    for crowd in ([first[0], second[1], second[0], first[1]], [first[0], third[1], first[1]]):
        found = [told for _ in range(20) for told in door.sees(*crowd)]
        assert judged(found) == []
        assert ("scan.one",) in [one.note for one in [*of(events.Hinted, found), *_hints(door)]]  # type: ignore[union-attr]
    assert judged(door.sees(*second)) == ["ok"]


def _hints(door: Door) -> list[events.Hinted]:
    return [events.Hinted(door.station._steady.shown)]


def test_a_reader_that_ends_with_pieces_missing_says_so() -> None:
    shown: list[Event] = []

    class Presenter:
        def show(self, event: Event) -> None:
            shown.append(event)

    judge = Judge({"shc:/1/2/10": Reason.INCOMPLETE})
    Station(judge).run([Looked("keyboard", 0.0, (Code(b"shc:/1/2/10", ""),))], Presenter())
    assert judged(shown) == ["incomplete"]
    assert isinstance(shown[0], events.Ready)
    assert isinstance(shown[-1], events.Stopped)


def test_a_lost_reader_is_said_and_the_pass_after_it_is_judged() -> None:
    door = Door()
    assert events.ReaderLost("camera 0", ("scan.camera_lost",)) in door.gets(Lost("camera 0", ("scan.camera_lost",)))
    assert events.ReaderBack("camera 0") in door.gets(Back("camera 0"))
    assert judged(door.sees(PASS)) == ["ok"]


def test_undo_takes_back_the_last_verdict_once() -> None:
    door = Door()
    door.sees(PASS)
    door.station.ask(Command.UNDO)
    door.station.ask(Command.UNDO)
    (undone,) = of(events.Undone, door.sees(PASS))
    assert isinstance(undone, events.Undone)
    assert undone.visit == 1
    assert undone.verdict.outcome is Outcome.ADMIT
    assert undone.verdict.passes == (), "nobody's name waits in memory for an officer"
    assert judged(door.sees(PASS)) == [], "the code is still in view: undo must not judge it anew"


def test_next_lets_the_pass_in_view_be_judged_again() -> None:
    door = Door()
    door.sees(PASS)
    door.station.ask(Command.NEXT)
    assert judged(door.sees(PASS)) == ["ok"]


def test_a_visit_that_could_not_be_shown_is_judged_again_and_no_other_one() -> None:
    other = PASS + "A"
    door = Door(Judge({PASS: Reason.OK, other: Reason.EXPIRED}))
    assert judged(door.sees(PASS, other)) == ["ok", "expired"]
    door.station.ask(Command.AGAIN, 2)
    (anew,) = of(events.Judged, door.sees(PASS, other))
    assert isinstance(anew, events.Judged)
    assert (anew.verdict.reason, anew.visit) == (Reason.EXPIRED, 3)


def test_a_paused_station_judges_nothing_until_it_goes_on() -> None:
    door = Door()
    door.station.ask(Command.PAUSE)
    assert judged(door.sees(PASS)) == []
    door.station.ask(Command.RESUME)
    assert judged(door.sees(PASS)) == ["ok"]


class Failing:
    """A journal on a full disk."""

    def record(self, verdict: Verdict, visit: int) -> None:
        raise OSError(28, "No space left on device")

    undo = record


def test_a_log_that_cannot_be_written_is_said_and_stops_nothing() -> None:
    door = Door(journal=Failing())
    found = door.sees(PASS)
    assert judged(found) == ["ok"]
    assert events.Trouble(("scan.log_failed", "No space left on device")) in found


class Renewed(Judge):
    def __init__(self) -> None:
        super().__init__()
        self.new = False
        self.loads = 0
        self.fails = 0

    def changed(self) -> bool:
        return self.new

    def reload(self) -> None:
        self.new = False
        self.loads += 1
        if self.loads <= self.fails:
            raise RuntimeError("half written")


def test_changed_trust_is_taken_up_between_two_passes() -> None:
    judge = Renewed()
    door = Door(judge)
    door.sees(PASS)
    judge.new = True
    assert events.TrustChanged() in door.quiet(TRUST_SECONDS)
    assert judge.loads == 1
    assert events.TrustChanged() not in door.quiet(TRUST_SECONDS)


def test_trust_that_cannot_be_loaded_is_said_and_tried_again() -> None:
    judge = Renewed()
    judge.fails, judge.new = 1, True
    door = Door(judge)
    assert events.Trouble(("scan.reload_failed", "RuntimeError")) in door.quiet(TRUST_SECONDS)
    assert judged(door.sees(PASS)) == ["ok"]
    assert events.TrustChanged() in door.quiet(TRUST_SECONDS)


def test_a_wall_of_codes_costs_no_more_than_a_few() -> None:
    passes = [f"{PASS}{number}" for number in range(500)]
    door = Door(Judge(dict.fromkeys(passes, Reason.OK)))
    assert len(judged(door.sees(*passes))) == MOST_CODES


HOSTILE: list[Text] = [
    "",
    "\x00",
    "\x03",
    "\x1b[2J",
    "\x1b]0;x\x07",
    "shc:/1/2/" + "9" * 10**6,
    b"\xff" * 10**6,
    "\x11" * 9,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:8]))
def test_no_text_stops_the_loop(text: Text) -> None:
    door = Door()
    for deliberate in (True, False):
        for _ in range(20):
            assert "ok" not in judged(door.sees(text, deliberate=deliberate))
    assert judged(door.sees(PASS)) == ["ok"]


def typed_on(layout: str) -> str:
    return PASS.translate(str.maketrans(layouts.US, layouts.LAYOUTS[layout]))


@pytest.mark.parametrize("layout", [name for name in layouts.LAYOUTS if typed_on(name) != PASS])
def test_damage_by_a_layout_is_repaired_where_the_signature_holds(layout: str) -> None:
    door = Door()
    found = door.sees(typed_on(layout), deliberate=True)
    assert judged(found) == ["ok"]


def test_damage_that_no_signature_bears_out_is_named_and_nobody_is_refused() -> None:
    door = Door(Judge({}))
    (told,) = of(events.Judged, door.sees(typed_on("DE"), deliberate=True))
    assert isinstance(told, events.Judged)
    assert told.verdict.reason is Reason.DAMAGED
    assert told.verdict.note[0] == "note.layout"
    assert "DE" in str(told.verdict.note[1])


def test_caps_lock_is_undone() -> None:
    assert judged(Door().sees(PASS.swapcase(), deliberate=True)) == ["ok"]


CHANGED = {
    "DE": 7,
    "FR": 22,
    "BE": 23,
    "ES": 5,
    "LA": 5,
    "IT": 5,
    "PT": 5,
    "BR": 2,
    "NL": 5,
    "SE": 6,
    "CH": 8,
    "CZ": 19,
}


@pytest.mark.parametrize("layout", layouts.LAYOUTS)
def test_every_table_can_be_read_backwards_and_changes_as_much_as_its_keyboard(layout: str) -> None:
    there = dict(zip(layouts.US, layouts.LAYOUTS[layout], strict=True))
    assert len(set(there.values())) == len(there)
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    assert sum(there.get(char, char) != char for char in alphabet) == CHANGED.get(layout, 6)


def test_a_dead_key_that_drew_its_mark_over_a_letter_is_taken_apart() -> None:
    text = "HC1:AB+AC+E"
    typed = "HC1ÖABÀCÈ"
    assert text in [one.text for one in layouts.repairs(typed)]


@pytest.mark.parametrize("left", ["", "]", "^]"])
def test_a_seal_whose_separators_a_scanner_could_not_type_is_damaged_and_nobody_a_forger(left: str) -> None:
    good = "DC04FR0000011FBE1FBEL101FRL0NGUYEN\x1dL1BAO\x1fVQBY6BA2"
    lost = good.replace("\x1d", left)
    door = Door(Judge({good: Reason.SIGNATURE_INVALID, lost: Reason.SIGNATURE_INVALID}))
    (one,) = of(events.Judged, door.sees(lost, deliberate=True))
    assert isinstance(one, events.Judged)
    assert (one.verdict.reason, one.verdict.note) == (Reason.DAMAGED, ("note.separators",))
    assert one.verdict.source == "camera 0"
    assert judged(door.sees(good, deliberate=True)) == ["signature_invalid"], "nothing was left out of this one"
    assert judged(Door(Judge({lost: Reason.SIGNATURE_INVALID})).sees(lost)) == ["signature_invalid"], "cameras have GS"
    assert judged(Door(Judge({lost: Reason.EXPIRED})).sees(lost, deliberate=True)) == ["expired"]


def test_an_input_method_is_named() -> None:
    assert layouts.named("HC1:6BFÔXN") == layouts.INPUT_METHOD
    assert layouts.named(PASS) is None
    assert layouts.named("tiếng Việt") is None
    assert layouts.named(b"\xff") is None


def test_a_presenter_that_fails_ends_the_loop_with_its_error() -> None:
    class Broken:
        def show(self, event: Event) -> None:
            if isinstance(event, events.Judged):
                raise BrokenPipeError

    def reader() -> Iterator[ReaderEvent]:
        while True:
            yield Looked("camera 0", 0.0, (Code(PASS.encode(), "QRCode"),))

    with pytest.raises(BrokenPipeError):
        Station(Judge()).run(reader(), Broken())


def test_stop_ends_a_reader_that_would_go_on_for_ever() -> None:
    def reader() -> Iterator[ReaderEvent]:
        while True:
            yield Quiet()

    shown: list[Event] = []

    class Stopping:
        def __init__(self, stop: Callable[[], None]) -> None:
            self.stop = stop

        def show(self, event: Event) -> None:
            shown.append(event)
            self.stop()

    station = Station(Judge())
    station.run(reader(), Stopping(lambda: station.ask(Command.STOP)))
    assert isinstance(shown[-1], events.Stopped)
