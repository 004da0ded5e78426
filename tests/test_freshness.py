"""The signed table of ages: green, amber with a notice, stop; and the words that a station says about it."""

import json
from pathlib import Path

import pytest
from enrolled import Site, make, site

from checkpoint import Verifier, status
from checkpoint.codec.errors import Malformed
from checkpoint.commands import scan
from checkpoint.model import Check, CheckName, Reason, Result
from checkpoint.store import pins
from checkpoint.store.load import load_trust
from checkpoint.trust import freshness
from checkpoint.trust.freshness import DEFAULTS, Light, Limits, parse
from checkpoint.trust.snapshot import Trust
from checkpoint.verifier import UnknownPolicy, find_policy
from checkpoint.words import say

__all__ = ["site"]
HOUR, DAY = 3600.0, 86400.0


def policy(**found: object) -> bytes:
    return json.dumps({"version": 1, **found}).encode()


@pytest.mark.parametrize(
    ("age", "light"),
    [
        (-400 * DAY, Light.GREEN),
        (0.0, Light.GREEN),
        (48 * HOUR - 1, Light.GREEN),
        (48 * HOUR, Light.AMBER),
        (7 * DAY - 1, Light.AMBER),
        (7 * DAY, Light.STOP),
        (400 * DAY, Light.STOP),
    ],
)
def test_from_each_limit_on_the_next_colour_holds(age: float, light: Light) -> None:
    assert Limits().light(1e9, 1e9 + age) is light


def test_what_the_policy_does_not_say_the_defaults_do() -> None:
    assert parse(policy()) == DEFAULTS
    found = parse(policy(freshness={"keys": {"stop": "3d"}}, lists={"a": {"amber": "30m"}}, local_pins=True))
    assert found.keys == Limits(48 * HOUR, 3 * DAY)
    assert found.of_list("a") == Limits(1800.0, 7 * DAY)
    assert found.of_list("b") == Limits()
    assert found.local_pins


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"version":2}',
        b'{"version":1,"version":1}',
        policy(freshness=[]),
        policy(freshness={"keys": "7d"}),
        policy(freshness={"keys": {"stop": "7 days"}}),
        policy(freshness={"keys": {"stop": 7}}),
        policy(freshness={"keys": {"stop": "-1d"}}),
        policy(freshness={"keys": {"stop": "0d"}}),
        policy(freshness={"keys": {"amber": "8d"}}),
        policy(lists={"a": {"amber": "8d", "stop": "1d"}}),
        policy(lists=[]),
        policy(local_pins="yes"),
        policy(policy=1),
        policy(policy=[]),
        policy(policy="strict"),
    ],
)
def test_a_table_that_is_not_understood_is_refused_whole(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


def at_age(site: Site, age: float) -> tuple[Trust, float]:
    trust = load_trust(site.home)
    assert trust.issued
    return trust, trust.issued + age


def words(checks: tuple[Check, ...]) -> list[tuple[str, str]]:
    return [(one.result.value, str(one.note[0])) for one in checks]


def test_a_fresh_station_has_nothing_to_say(site: Site) -> None:
    assert status.station(*at_age(site, HOUR)) == ()


def test_an_ageing_station_gives_a_notice_with_the_time_of_its_stop_and_the_outcome_stays(site: Site) -> None:
    trust, now = at_age(site, 3 * DAY)
    (notice,) = status.station(trust, now)
    note = ("note.trust_ages", trust.issued, (trust.issued or 0) + 7 * DAY)
    assert notice == Check(CheckName.TRUST, Result.WARNING, note)


def test_past_its_stop_a_station_is_trust_stale_and_says_what_to_do(site: Site) -> None:
    (stop,) = status.station(*at_age(site, 7 * DAY))
    assert stop.reason is Reason.TRUST_STALE
    assert stop.remedy == ("remedy.trust_stale",)


@pytest.fixture
def old(site: Site, monkeypatch: pytest.MonkeyPatch) -> Verifier:
    """A running station eight days after its last sync."""
    from checkpoint import verifier

    found = Verifier.open(site.home)
    issued = found.trust.issued or 0.0
    monkeypatch.setattr(verifier.time, "time", lambda: issued + 8 * DAY)
    found._watch.restart()
    return found


def test_past_the_stop_an_unknown_issuer_is_trust_stale_a_forgery_stays_one(
    old: Verifier, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert old.verify(site.text).reason is Reason.TRUST_STALE
    stranger = make(tmp_path_factory.mktemp("stranger")).text
    verdict = old.verify(stranger)
    assert verdict.reason is Reason.TRUST_STALE
    assert "unknown" in {one.result.value for one in verdict.checks}, "and what is not known is still listed"
    assert old.verify("HC1:NONSENSE").reason is Reason.DAMAGED


def test_age_is_judged_at_the_real_now_whatever_time_the_pass_is_judged_at(old: Verifier, site: Site) -> None:
    from datetime import UTC, datetime

    issued = datetime.fromtimestamp(old.trust.issued or 0.0, UTC)
    assert old.verify(site.text, at=issued).reason is Reason.TRUST_STALE


def test_a_station_without_an_authority_does_not_grow_old(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = make(tmp_path_factory.mktemp("pinned"))
    pins.add_issuers(site.home / "keys", [site.record])
    trust = load_trust(site.home)
    assert status.station(trust, trust.floor + 4000 * DAY) == ()
    assert status.next_stop(trust) is None
    assert site.verdict().as_dict()["issuer"]["trust"] == "pinned"


def test_the_status_names_the_first_thing_that_will_stop_the_station(site: Site) -> None:
    trust, now = at_age(site, 0.0)
    found = status.next_stop(trust)
    assert found
    assert (found.source, found.stop) == ("keys", (trust.issued or 0) + 7 * DAY)
    assert status.readiness(trust, now) == ()


def test_readiness_says_what_a_verdict_would(site: Site) -> None:
    trust, now = at_age(site, 8 * DAY)
    assert [one.reason for one in status.readiness(trust, now)] == [Reason.TRUST_STALE]


def test_the_signed_policies_that_are_understood_are_those_that_a_verifier_has() -> None:
    for name in freshness.POLICIES:
        assert find_policy(name).id == name
    with pytest.raises(UnknownPolicy):
        find_policy("strict")


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (0.0, "Ready until"),
        (3 * DAY, say("en", "note.trust_ages", 0.0, 0.0)[:9]),
        (8 * DAY, say("en", "remedy.trust_stale")),
    ],
)
def test_the_door_says_what_the_status_would(
    site: Site, monkeypatch: pytest.MonkeyPatch, age: float, said: str
) -> None:
    verifier = Verifier.open(site.home)
    now = (verifier.trust.issued or 0.0) + age
    monkeypatch.setattr(scan.time, "time", lambda: now)
    told = scan._readiness(verifier)
    assert said in told("en")
    assert told("vi") not in ("", told("en"))


def test_the_door_has_nothing_to_say_where_nothing_can_end(site: Site, tmp_path: Path) -> None:
    pins.add_issuers(tmp_path / "keys", [site.record])
    assert scan._readiness(Verifier.open(tmp_path))("en") == ""
    assert say("en", "reason.trust_missing") in scan._readiness(Verifier.open(tmp_path / "none"))("en")
