"""The clock: a floor of signed times, steps while the station runs, and what a wrong clock does to a sync."""

import time
from datetime import timedelta

import pytest
from enrolled import Site, make, site

from checkpoint import Verifier, status, verifier
from checkpoint.model import Reason
from checkpoint.store.load import load_trust
from checkpoint.trust import clock
from checkpoint.trust.clock import RELEASED, STEP, Watch
from checkpoint.trust.snapshot import Trust

__all__ = ["site"]
HOUR, DAY = 3600.0, 86400.0


class Time:
    """A wall clock that can be set, and one that cannot."""

    def __init__(self) -> None:
        self.wall, self.steady = 1e9, 50.0

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds

    def watch(self) -> Watch:
        return Watch(lambda: self.wall, lambda: self.steady)


def test_the_floor_is_the_newest_signed_time_and_never_before_the_release() -> None:
    assert clock.floor() == RELEASED
    assert clock.floor(None, 5.0) == RELEASED
    assert clock.floor(RELEASED + 10, None, RELEASED + 20) == RELEASED + 20
    assert time.time() > RELEASED


@pytest.mark.parametrize(
    ("behind", "reason"),
    [(400 * DAY, "clock_suspect"), (STEP + 1, "clock_suspect"), (STEP - 1, None), (-9 * HOUR, None)],
)
def test_a_clock_behind_the_floor_by_more_than_five_minutes_is_suspect(
    site: Site, behind: float, reason: str | None
) -> None:
    trust = load_trust(site.home)
    found = [one.reason.word for one in status.station(trust, trust.floor - behind) if one.reason]
    assert found == ([reason] if reason else [])


def test_a_station_whose_clock_is_slow_syncs_and_then_knows_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier.time, "time", lambda: (load_trust(site.home).issued or 0) - 400 * DAY)
    assert site.sync().done
    assert site.reason() == "clock_suspect"


def test_the_newest_signed_time_stays_the_floor_after_the_cache_is_gone(site: Site) -> None:
    floor = load_trust(site.home).floor
    (site.home / "cache" / "current").unlink()
    assert load_trust(site.home).problem is Reason.TRUST_MISSING
    assert floor > RELEASED


@pytest.mark.parametrize("seconds", [1.0, 60.0, STEP, -60.0, -STEP])
def test_small_corrections_are_no_step(seconds: float) -> None:
    now = Time()
    watch = now.watch()
    now.passes(3 * DAY)
    now.wall += seconds
    assert watch.step() == 0.0


@pytest.mark.parametrize("seconds", [STEP + 1, 2 * HOUR, -STEP - 1, -30 * DAY])
def test_a_step_is_seen_until_it_is_taken_back_or_confirmed(seconds: float) -> None:
    now = Time()
    watch = now.watch()
    now.passes(HOUR)
    now.wall += seconds
    assert watch.step() == pytest.approx(seconds)
    now.passes(DAY)
    assert watch.step() == pytest.approx(seconds)
    now.wall -= seconds
    assert watch.step() == 0.0
    now.wall += seconds
    watch.restart()
    assert watch.step() == 0.0


def test_a_clock_put_back_makes_the_station_not_ready_and_one_put_forward_gives_a_notice(site: Site) -> None:
    trust = load_trust(site.home)
    now = trust.floor + DAY
    (back,) = status.station(trust, now, -30 * 60.0)
    assert back.reason is Reason.CLOCK_SUSPECT
    assert back.note == ("note.clock_put_back", "30")
    (forward,) = status.station(trust, now, 2 * HOUR)
    assert forward.reason is None
    assert forward.note == ("note.clock_put_forward", "120")


def test_a_running_station_meets_the_step_in_the_next_verdict_and_a_newer_signed_time_ends_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Verifier.open(site.home)
    now = Time()
    now.wall = time.time()
    running._watch = now.watch()
    monkeypatch.setattr(verifier.time, "time", lambda: now.wall)
    assert running.verify(site.text).reason is Reason.OK
    now.passes(DAY)
    now.wall -= 12 * HOUR
    assert running.verify(site.text).reason is Reason.CLOCK_SUSPECT
    running.reload()
    assert running.verify(site.text).reason is Reason.CLOCK_SUSPECT, "the same old data proves nothing"
    site.repo.now += timedelta(minutes=10)
    site.repo.tick()
    assert site.sync().done
    running.reload()
    assert running.verify(site.text).reason is Reason.OK


def test_a_suspect_clock_comes_after_a_forgery_and_before_the_dates(tmp_path_factory: pytest.TempPathFactory) -> None:
    site = make(tmp_path_factory.mktemp("late"))
    assert Reason.SIGNATURE_INVALID.rank < Reason.CLOCK_SUSPECT.rank < Reason.EXPIRED.rank
    trust = Trust(load_trust(site.home).issuers, floor=time.time() + DAY)
    assert {one.reason for one in status.station(trust, time.time())} == {Reason.TRUST_MISSING, Reason.CLOCK_SUSPECT}
