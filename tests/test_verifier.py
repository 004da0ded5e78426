"""The Python API, and the pure decision behind it: what it promises holds for any input and any home."""

import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import checkpoint
from checkpoint import verifier as verifier_room
from checkpoint import verify
from checkpoint.formats.hcert.issue import text_of
from checkpoint.model import Check, Checked, CheckName, Outcome, Reason, Result
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.store import pins
from checkpoint.trust.snapshot import Trust
from checkpoint.verdict import Verdict
from checkpoint.verifier import UnknownPolicy, Verifier
from tests.commands import ROOT, environment
from tests.issuer import NOW, Issuer, home_with, trust_in
from tests.rendered import frame_with, picture, qr

ISSUER, OTHER = Issuer(), Issuer()
GOOD = ISSUER.issue()
THEN = datetime.fromtimestamp(NOW, UTC)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Verifier:
    return Verifier.open(home_with(tmp_path_factory.mktemp("home"), ISSUER))


def test_the_package_offers_the_verifier_and_nothing_that_is_not_there() -> None:
    assert checkpoint.Verifier is Verifier
    with pytest.raises(AttributeError, match="nothing"):
        _ = checkpoint.nothing


def test_open_takes_a_home_or_the_one_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home_with(tmp_path, ISSUER)
    assert Verifier.open(tmp_path).verify(GOOD, THEN).reason is Reason.OK
    monkeypatch.setenv("CHECKPOINT_HOME", str(tmp_path))
    assert Verifier.open().verify(GOOD, THEN).reason is Reason.OK
    assert Verifier.open(None).home == tmp_path
    monkeypatch.delenv("CHECKPOINT_HOME")
    assert Verifier.open().home.name == "checkpoint"


@pytest.mark.parametrize("home", ["missing", "missing/deeper", "empty"])
def test_a_home_without_keys_is_not_ready_whatever_is_shown(tmp_path: Path, home: str) -> None:
    (tmp_path / "empty").mkdir()
    bare = Verifier.open(tmp_path / home)
    assert bare.verify(GOOD).reason is Reason.TRUST_MISSING
    assert bare.verify(GOOD).outcome is Outcome.NOT_READY
    assert bare.verify("https://example.org").reason is Reason.UNSUPPORTED
    assert list(tmp_path.iterdir()) == [tmp_path / "empty"], "looking changes nothing"


TEXTS = st.text() | st.binary() | st.text().map("HC1:".__add__) | st.binary().map(text_of)


@given(TEXTS)
def test_verify_never_raises_and_never_admits_what_nobody_signed(station: Verifier, text: str | bytes) -> None:
    verdict = station.verify(text)
    assert verdict.outcome in (Outcome.UNREADABLE, Outcome.CHECK, Outcome.REFUSE)
    assert verdict.as_json("vi").isascii()
    assert verdict.subject is None


@given(TEXTS)
def test_verify_never_raises_in_a_home_that_is_damaged(text: str | bytes) -> None:
    damaged = Verifier(Path("/nowhere"), Trust(_Broken(), problem=Reason.TRUST_DAMAGED))
    assert damaged.verify(text).outcome in (Outcome.UNREADABLE, Outcome.NOT_READY)


def repr_of(value: Any) -> str:
    return type(value).__name__


@pytest.mark.parametrize("text", [None, 7, [], {}, object(), bytearray(b"HC1:"), memoryview(b"x")], ids=repr_of)
def test_what_is_no_text_at_all_is_no_pass(station: Verifier, text: Any) -> None:
    assert station.verify(text).outcome is Outcome.UNREADABLE


@pytest.mark.parametrize(
    ("text", "format"),
    [("HC1:%", "hcert"), ("shc:/1/3/5676", "shc"), ("NZCP:/1/", "nzcp"), (b"\xdc\x03", "vds"), ("https://a.vn", None)],
)
def test_a_damaged_pass_still_says_what_it_was_meant_to_be(
    station: Verifier, text: str | bytes, format: str | None
) -> None:
    verdict = station.verify(text)
    assert verdict.outcome is Outcome.UNREADABLE
    assert verdict.as_dict()["format"] == format


@pytest.mark.parametrize("end", ["\n", "\r\n", "\t", "\r"])
def test_the_line_end_of_whatever_typed_it_is_no_part_of_the_pass(station: Verifier, end: str) -> None:
    assert station.verify(GOOD + end, THEN).reason is Reason.OK
    assert station.verify(GOOD + " " + end, THEN).reason is not Reason.OK
    assert station.verify(end + GOOD, THEN).reason is Reason.OK
    assert station.verify("\ufeff" + end + GOOD + end, THEN).reason is Reason.OK
    assert station.verify(" " + GOOD, THEN).reason is Reason.UNSUPPORTED, "a space is no line end"


def test_a_time_without_a_zone_is_refused_and_any_zone_is_the_same_moment(station: Verifier) -> None:
    with pytest.raises(ValueError, match="zone"):
        station.verify(GOOD, datetime(2022, 5, 1))
    for hours in (-12, 0, 7, 14):
        local = THEN.astimezone(timezone(timedelta(hours=hours)))
        assert station.verify(GOOD, local).as_dict()["at"] == "2022-04-15T05:20:00Z"


@pytest.mark.parametrize("at", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_any_moment_can_be_asked_for(station: Verifier, at: datetime) -> None:
    assert station.verify(GOOD, at).as_dict()["reason"] in ("expired", "not_yet_valid", "key_expired", "ok")


def test_a_policy_that_the_station_does_not_have_is_an_error_of_the_caller(station: Verifier) -> None:
    assert station.verify(GOOD, THEN, "authentic").reason is Reason.OK
    for wrong in ("bogus", "", "AUTHENTIC", "../authentic"):
        with pytest.raises(UnknownPolicy):
            station.verify(GOOD, THEN, wrong)


class _Broken:
    """Keys whose look-up has a bug."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error or RuntimeError()

    def find(self, format: str, kid: str) -> tuple[()]:
        raise self.error

    def issuing(self, name: bytes) -> tuple[()]:
        raise self.error

    def distrusts(self, key: object) -> bool:
        raise self.error

    def __bool__(self) -> bool:
        return True


@pytest.mark.parametrize("error", [RuntimeError, MemoryError, RecursionError, KeyError, OSError, AssertionError])
def test_a_failure_of_ours_is_not_ready_and_the_log_names_no_person(
    error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = f"Nguyễn {GOOD} 1983-10-10"
    verdict = Verifier(Path(), Trust(_Broken(error(secret)))).verify(GOOD, THEN)
    assert (verdict.reason, verdict.outcome) == (Reason.INTERNAL, Outcome.NOT_READY)
    assert "Nguyễn" not in verdict.as_json()
    (record,) = caplog.records
    assert error.__name__ in record.getMessage()
    assert "test_verifier.py:" in record.getMessage()
    for words in ("Nguy", "1983", GOOD[:20], "secret"):
        assert words not in record.getMessage()
        assert words not in str(record.exc_text)
    assert record.exc_info is None


def test_nothing_is_logged_about_passes_that_go_well_or_badly(
    station: Verifier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for text in (GOOD, OTHER.issue(), GOOD[:-1], "x"):
        station.verify(text)
    assert caplog.records == []


def test_reload_takes_what_changed_and_until_then_nothing_does(tmp_path: Path) -> None:
    station = Verifier.open(tmp_path)
    home_with(tmp_path, ISSUER)
    assert station.verify(GOOD, THEN).reason is Reason.TRUST_MISSING
    station.reload()
    assert station.verify(GOOD, THEN).reason is Reason.OK
    pins.remove_issuers(tmp_path / "keys", ISSUER.record.kid)
    assert station.verify(GOOD, THEN).reason is Reason.OK
    station.reload()
    assert station.verify(GOOD, THEN).reason is Reason.TRUST_MISSING


def test_a_keys_file_that_cannot_be_read_is_damage_and_heals(tmp_path: Path) -> None:
    home_with(tmp_path, ISSUER)
    path = tmp_path / "keys" / pins.ISSUERS
    good = path.read_bytes()
    station = Verifier.open(tmp_path)
    path.write_bytes(b"\0" + good)
    station.reload()
    assert station.verify(GOOD, THEN).reason is Reason.TRUST_DAMAGED
    path.write_bytes(good)
    station.reload()
    assert station.verify(GOOD, THEN).reason is Reason.OK


# --- reading ---------------------------------------------------------------------------------------------------------


def test_read_gives_the_texts_of_a_picture_and_of_a_frame(station: Verifier, tmp_path: Path) -> None:
    path = tmp_path / "pass.png"
    path.write_bytes(picture(qr(GOOD)))
    assert station.read(path) == station.read(str(path)) == [GOOD]
    assert station.read(frame_with(qr(GOOD))) == [GOOD]
    assert station.verify(station.read(path)[0], THEN).reason is Reason.OK


def test_read_gives_nothing_where_there_is_nothing_and_raises_for_no_file_only(
    station: Verifier, tmp_path: Path
) -> None:
    assert station.read(frame_with()) == []
    for content in (b"", b"noise" * 100, picture(frame_with()), b"%PDF-1.4 broken"):
        path = tmp_path / "file"
        path.write_bytes(content)
        assert station.read(path) == []
    with pytest.raises(OSError, match="missing"):
        station.read(tmp_path / "missing.png")


# --- the order of reasons --------------------------------------------------------------------------------------------

# The contract's order, written once more by hand: the first that applies wins.
# Lists, not sets: the names of the tests must be the same in every process that collects them.
ORDER = [
    ["no_code", "damaged", "unsupported", "incomplete"],
    ["trust_damaged"],
    ["trust_missing"],
    ["demo_pass"],  # our own: a demonstration at a real station
    ["issuer_unknown"],
    ["signature_invalid"],
    ["malformed"],
    ["key_revoked"],
    ["key_not_allowed"],
    ["blocked"],
    ["revoked"],
    ["clock_suspect"],
    ["not_yet_valid"],
    ["expired"],
    ["trust_stale", "revocation_missing", "revocation_stale", "internal"],
    [
        "issuer_mismatch",
        "key_expired",
        "identity_only",
        "not_bound",
        "person_mismatch",
        "records_disagree",
        "more_evidence",
        "holder_unchecked",  # our own: the contract lets reasons grow
        "reused",
    ],
    ["policy_refused"],
]
PLACE = {word: place for place, words in enumerate(ORDER) for word in sorted(words)}
PAIRS = [(a, b) for a, b in combinations(PLACE, 2) if PLACE[a] != PLACE[b]]
BY_WORD = {one.word: one for one in Reason}


def failed(word: str) -> Check:
    return Check(CheckName.FORMAT, Result.FAIL, reason=BY_WORD[word])


def decided(*passes: Checked, trust: Trust | None = None, now: float = NOW) -> Verdict:
    return verify.decide(passes, trust or trust_in(ISSUER.key_with()), AUTHENTIC, NOW, now)


def test_the_contract_names_every_reason() -> None:
    assert set(PLACE) | {"ok"} == set(BY_WORD)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_first_reason_in_the_order_of_the_contract_wins(first: str, second: str) -> None:
    for order in ((first, second), (second, first)):
        one = decided(Checked(tuple(map(failed, order))))
        two = decided(*(Checked((failed(word),)) for word in order))
        # Past its hard stop a station does not say "unknown issuer": it cannot know.
        winner = "trust_stale" if (first, second) == ("issuer_unknown", "trust_stale") else first
        assert one.reason.word == two.reason.word == winner
        assert {check.reason for check in one.checks} >= {BY_WORD[first], BY_WORD[second]}, "checks list them all"


OUTCOMES = {
    "admit": {"ok"},
    "refuse": {
        "demo_pass",  # our own: a demonstration at a real station
        "signature_invalid",
        "key_not_allowed",
        "key_revoked",
        "expired",
        "not_yet_valid",
        "revoked",
        "blocked",
        "policy_refused",
        "malformed",
    },
    "check": {
        "issuer_unknown",
        "issuer_mismatch",
        "key_expired",
        "identity_only",
        "more_evidence",
        "holder_unchecked",  # our own: the contract lets reasons grow
        "records_disagree",
        "person_mismatch",
        "reused",
        "not_bound",
    },
    "not_ready": {
        "trust_missing",
        "trust_stale",
        "trust_damaged",
        "revocation_missing",
        "revocation_stale",
        "clock_suspect",
        "internal",
    },
    "unreadable": {"no_code", "damaged", "unsupported", "incomplete"},
}
EXIT_CODES = {"admit": 0, "refuse": 3, "check": 4, "not_ready": 5, "unreadable": 6}


def test_every_reason_has_the_outcome_and_exit_code_of_the_contract() -> None:
    for outcome, words in OUTCOMES.items():
        assert {one.word for one in Reason if one.outcome.value == outcome} == words
        assert Outcome(outcome).exit_code == EXIT_CODES[outcome]


def good() -> Checked:
    return verify.check(GOOD, trust_in(ISSUER.key_with()), NOW)


def test_only_passes_that_are_proven_are_admitted() -> None:
    assert decided(good()).reason is Reason.OK
    assert decided(good(), good()).reason is Reason.OK
    for unproven in ((), (Checked(()),), (good(), Checked(())), (Checked((Check(CheckName.SIGNATURE, Result.PASS),)),)):
        assert decided(*unproven).reason is Reason.INTERNAL
        assert decided(*unproven).grant is None


@pytest.mark.parametrize("word", PLACE)
def test_one_pass_against_it_is_enough_among_many(word: str) -> None:
    verdict = decided(good(), Checked((failed(word),)), good())
    assert verdict.reason.word == word
    assert verdict.grant is None


def test_the_station_itself_is_judged_at_the_real_now_and_before_the_pass() -> None:
    behind = trust_in(ISSUER.key_with(), floor=NOW + 1000)
    assert decided(good(), trust=behind).reason is Reason.CLOCK_SUSPECT
    assert decided(good(), trust=behind, now=NOW + 1000).reason is Reason.OK
    assert decided(good(), trust=trust_in()).reason is Reason.TRUST_MISSING
    assert decided(good(), trust=Trust(_Broken(), problem=Reason.TRUST_DAMAGED)).reason is Reason.TRUST_DAMAGED


def test_a_warning_never_changes_the_outcome() -> None:
    warned = good()
    checks = (*warned.checks, Check(CheckName.TIME, Result.WARNING, ("reason.expired",)))
    verdict = decided(Checked(checks, warned.format, warned.key, warned.claims))
    assert verdict.reason is Reason.OK


def test_a_clock_that_cannot_be_right_is_told_by_the_whole_verifier(monkeypatch: pytest.MonkeyPatch) -> None:
    station = Verifier(Path(), trust_in(ISSUER.key_with(), floor=NOW))
    monkeypatch.setattr(verifier_room.time, "time", lambda: NOW - 86_400)
    assert station.verify(GOOD, THEN).reason is Reason.CLOCK_SUSPECT, "also where another moment is asked for"


# --- memory ----------------------------------------------------------------------------------------------------------

MEASURE = """
import gc, resource, sys
from tests import test_hcert_hostile as hostile
texts = [text for text, _ in (*hostile.PARSE.values(), *hostile.CRYPTO.values())]
hostile.judge(hostile.GOOD)
gc.collect()
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
def now():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
with open("/proc/self/clear_refs", "w") as reset:
    reset.write("5")  # the peak counts from here: making the inputs took memory too
start = now()
for text in texts:
    hostile.judge(text)
print(len(texts), peak() - start)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read from /proc")
def test_no_hostile_text_takes_64_mebibytes() -> None:
    # In a process of its own, because what C libraries take is not seen from Python.
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        capture_output=True,
        env=environment(ROOT),
        cwd=ROOT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    texts, kilobytes = map(int, done.stdout.split())
    assert texts > 90
    assert kilobytes < 64 * 1024
