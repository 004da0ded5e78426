"""A calendar day is a day wherever the document is from: from its first moment on Earth to its last one."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from checkpoint import present, status, verify
from checkpoint.formats.fields import day_end, day_start, in_days
from checkpoint.formats.icao import dates
from checkpoint.model import Claims, Days, Key, Policy, Reason
from checkpoint.verdict import Verdict
from tests.document_issuers import RESIDENCE, Signer, french, packed, zone
from tests.issuer import DAY, NOW, trust_in
from tests.seal_issuers import State

STATE = State("DE")
SEALER, SCRIBE, NOTARY = Signer(STATE), Signer(STATE), french()
PROFILE = (0, bytes.fromhex("9a4223406d374ef99e2cf95e31a23846"))
NAMES = ((4, b"A"), (6, b"B"))
TITLE = (("62", "NGUYEN"), ("60", "BAO/DUY"), ("69", "10101983"))


def utc(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def administrative(begins: str, ends: str) -> bytes:
    validity = begins.replace("-", "").encode() + b"\0" + ends.replace("-", "").encode()
    return SEALER.seal((0x01, 0xC8), [PROFILE, (1, validity), *NAMES])


def title(begins: str, ends: str) -> str:
    stated = [(tag, "".join(reversed(day.split("-")))) for tag, day in (("6N", begins), ("6O", ends)) if day]
    return NOTARY.document("15", (*TITLE, *stated))


def permit(_: str, ends: str) -> bytes:
    zones = packed(zone(expires=ends[2:].replace("-", "")))
    return SEALER.seal(RESIDENCE, [(2, zones), (3, packed("C01X00T47"))])


def barcode(_: str, ends: str) -> str:
    return SCRIBE.barcode([(0x81, packed(zone(expires="<<<<<<"))), (0x84, b"\0" + dates.pack(ends))])


ENDING: dict[str, tuple[Callable[[str, str], str | bytes], Signer]] = {
    "vds": (permit, SEALER),
    "vds administrative": (administrative, SEALER),
    "idb": (barcode, SCRIBE),
    "doc2d": (title, NOTARY),
}
BEGINNING = {name: ENDING[name] for name in ("vds administrative", "doc2d")}


def judge(text: str | bytes, at: float, name: str, **changes: object) -> Verdict:
    key = ENDING[name][1].key(name.partition(" ")[0], **changes)
    trust = trust_in(key)
    return verify.decide([verify.check(text, trust, at)], trust, Policy("authentic", "1"), at, at)


@pytest.mark.parametrize("name", ENDING)
def test_the_last_day_ends_where_it_ends_last(name: str) -> None:
    text = ENDING[name][0]("", "2022-12-31")
    end = utc("2022-12-31T23:59:59-12:00")
    found = [judge(text, at, name, not_after=None).reason for at in (end - 8 * DAY, end - 60, end, end + 1)]
    assert found == [Reason.OK, Reason.OK, Reason.OK, Reason.EXPIRED]


@pytest.mark.parametrize("name", BEGINNING)
def test_the_first_day_begins_where_it_begins_first(name: str) -> None:
    text = BEGINNING[name][0]("2022-10-01", "")
    start = utc("2022-10-01T00:00:00+14:00")
    found = [judge(text, at, name, not_after=None).reason for at in (start - 1, start, start + DAY)]
    assert found == [Reason.NOT_YET_VALID, Reason.OK, Reason.OK]


@pytest.mark.parametrize("name", BEGINNING)
def test_a_document_of_one_day_holds_for_fifty_hours_and_no_longer(name: str) -> None:
    text = BEGINNING[name][0]("2022-10-01", "2022-10-01")
    held = [
        hour
        for hour in range(-72, 96)
        if judge(text, utc("2022-10-01T00:00:00Z") + hour * 3600, name).reason is Reason.OK
    ]
    assert (held[0], held[-1], len(held)) == (-14, 35, 50)


@pytest.mark.parametrize("zone_name", ["Asia/Ho_Chi_Minh", "America/Los_Angeles", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize("name", BEGINNING)
def test_on_the_whole_named_day_nobody_is_turned_away_wherever_the_station_stands(
    name: str, zone_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zoneinfo import ZoneInfo

    text = BEGINNING[name][0]("2022-10-01", "2022-10-01")
    for moment in ((0, 0), (6, 59), (12, 0), (23, 59)):
        at = datetime(2022, 10, 1, *moment, tzinfo=ZoneInfo(zone_name)).timestamp()
        assert judge(text, at, name).reason is Reason.OK


@pytest.fixture(params=["Asia/Ho_Chi_Minh", "America/Los_Angeles", "Pacific/Kiritimati", "UTC"])
def station(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("name", BEGINNING)
def test_people_are_told_the_day_that_stands_on_the_document_in_every_zone(name: str, station: str) -> None:
    text = BEGINNING[name][0]("2022-10-01", "2022-10-31")
    early, late = (
        judge(text, utc(day), name, not_after=None) for day in ("2022-09-01T00:00:00Z", "2022-12-01T00:00:00Z")
    )
    for lang, first, last in (("en", "1 Oct 2022", "31 Oct 2022"), ("vi", "01/10/2022", "31/10/2022")):
        told = (early.as_dict(lang), late.as_dict(lang))
        assert first in told[0]["detail"]
        assert first in told[0]["remedy"]
        assert last in told[1]["detail"]
        page = str(present.compose(judge(text, utc("2022-10-15T00:00:00Z"), name), lang, NOW))
        assert first in page, station
        assert last in page, station


@pytest.mark.parametrize("name", ENDING)
def test_programs_see_the_day_in_utc(name: str) -> None:
    found = judge(ENDING[name][0]("", "2022-12-31"), NOW, name).as_dict()
    assert found["valid_until"] == "2022-12-31T23:59:59Z"
    assert found["issued_at"].endswith("T00:00:00Z")


def test_a_document_signed_today_where_today_comes_first_is_not_from_the_future() -> None:
    def warned(at: str) -> bool:
        checks = judge(SEALER.permit(), utc(at), "vds", not_after=None).checks
        return any(one.note[:1] == ("note.issued_ahead",) for one in checks)

    assert [warned(at) for at in ("2022-03-31T10:00:00Z", "2022-03-31T20:00:00Z", "2022-04-01T00:00:00Z")] == [
        False
    ] * 3
    assert warned("2022-03-31T09:58:00Z"), "no clock on Earth said the first of April yet"


# --- the rule by itself -----------------------------------------------------------------------------------------------

BARE = Claims("hcert", b"")


def test_a_moment_that_is_narrower_than_a_day_stays_the_bound_and_a_wider_one_does_not() -> None:
    day = "2022-10-01"
    moments = BARE._replace(valid_from=day_start(day) + 60, valid_until=day_end(day) - 60)
    narrow = in_days(moments, begins=day, ends=day)
    assert (narrow.valid_from, narrow.valid_until) == (moments.valid_from, moments.valid_until)
    assert narrow.days == Days(begins=moments.valid_from, ends=moments.valid_until)
    wide = in_days(BARE._replace(valid_from=0.0, valid_until=2e9), begins=day, ends=day)
    assert (wide.valid_from, wide.valid_until) == (day_start(day), day_end(day))
    assert wide.days == Days("", day, day, None, day_start(day) - 14 * 3600, day_end(day) + 12 * 3600)


def test_a_moment_inside_the_hours_that_a_day_may_be_late_cuts_them_off() -> None:
    day = "2022-10-01"
    between = BARE._replace(valid_from=day_start(day) - 3600, valid_until=day_end(day) + 3600)
    found = in_days(between, begins=day, ends=day)
    key = Key("hcert", "", public=None)  # type: ignore[arg-type]
    reasons = [
        status.time(found, key, at).reason
        for at in (day_start(day) - 3601, day_start(day) - 3600, day_end(day) + 3600, day_end(day) + 3601)
    ]
    assert reasons == [Reason.NOT_YET_VALID, None, None, Reason.EXPIRED]


def test_a_pass_that_states_no_day_is_left_as_it_is() -> None:
    assert in_days(BARE).days == Days()
    assert in_days(BARE)._replace(days=None) == BARE


def test_a_day_at_the_edge_of_the_calendar_is_no_crash() -> None:
    for day in ("0001-01-01", "9999-12-31"):
        found = in_days(BARE, issued=day, begins=day, ends=day)
        key = Key("hcert", "", public=None, not_before=0.0)  # type: ignore[arg-type]
        for at in (-7e10, 0.0, NOW, 2.6e11):
            status.time(found, key, at)


def test_the_dates_of_the_who_are_days_and_the_times_around_them_moments() -> None:
    from tests.issuer import Issuer
    from tests.issuer import trust_in as trusted

    issuer = Issuer()

    def reason(certificate: dict[str, object], at: str, **claims: int) -> str:
        claimset = {1: "VN", 6: int(NOW) - 3600, 4: claims.get("exp", int(NOW + 300 * DAY)), -260: {-6: certificate}}
        trust = trusted(issuer.key_with(not_after=None))
        moment = utc(at)
        checked = verify.check(issuer.issue(claimset), trust, moment)
        return verify.decide([checked], trust, Policy("authentic", "1"), moment, moment).reason.word

    one = {"n": "A", "v": {"vls": "2022-05-01", "vle": "2022-05-31"}}
    assert reason(one, "2022-04-30T09:59:59Z") == "not_yet_valid"
    assert reason(one, "2022-04-30T10:00:00Z") == "ok"
    assert reason(one, "2022-06-01T11:59:59Z") == "ok"
    assert reason(one, "2022-06-01T12:00:00Z") == "expired"
    assert reason(one, "2022-06-01T06:00:01Z", exp=int(utc("2022-06-01T06:00:00Z"))) == "expired"
