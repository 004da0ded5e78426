"""What a station was told and must not lose: lists that it cannot read, tombstones as people write them, the mark."""

import shutil
from pathlib import Path

import pytest
from enrolled import DAY, Site, make, site, utc
from test_sync_lists import LIST, Lists, moment, token

from checkpoint import Verifier
from checkpoint.store import pins
from checkpoint.store.load import load_trust
from checkpoint.store.mark import Mark
from checkpoint.trust.chain import Chain
from checkpoint.trust.revocation import Hit, ListMissing
from checkpoint.trust.revocations import ids

__all__ = ["site"]


def test_a_named_list_in_a_form_for_newer_stations_is_missing_never_silence(site: Site) -> None:
    site.repo.issuers([site.record._replace(revocation="new").line()])
    site.repo.add("revocation/new/base-1.ckrv2", b"of tomorrow")
    site.repo.publish()
    assert site.sync().done
    assert site.reason() == "revocation_missing"


def test_a_status_list_of_the_last_number_is_read(site: Site) -> None:
    last = (1 << 32) - 1
    site.repo.add(f"revocation/{LIST}/status-{last}.tsl", token({5: 1}), as_of=moment(), size=1000)
    site.repo.publish()
    assert site.sync().done
    hits = [one.find([ids.status(LIST, last, 5)], None) for one in load_trust(site.home).revocations]
    assert any(hits)


def test_a_tombstone_is_one_however_its_line_is_spaced(site: Site, tmp_path: Path) -> None:
    other = make(tmp_path / "other")
    pins.add_issuers(site.home / "keys", [other.record])
    assert site.reason(other.text) == "ok"
    line = other.record._replace(kid="b3RoZXI=", revoked=True).line()
    site.repo.issuers([line.replace(b'"revoked":true', b'"revoked" : true')], "tombstones")
    site.repo.publish()
    assert site.sync().done
    assert site.reason(other.text) == "key_revoked"


def test_enrolling_the_same_authority_again_does_not_forget_what_was_seen_of_it(site: Site) -> None:
    old = shutil.copytree(site.home / "cache", site.home / "old")
    site.repo.tick()
    assert site.sync().done
    (site.home / "keys" / "root.json").unlink()
    shutil.rmtree(site.home / "cache")
    old.rename(site.home / "cache")
    site.enrol()
    assert site.reason() == "trust_damaged"
    assert site.problem() == "note.trust_rolled_back"


@pytest.mark.parametrize("state", ["mark.json", "."])
def test_enrolling_again_after_the_state_was_lost_does_not_believe_the_cache(site: Site, state: str) -> None:
    """How old it is can nobody tell until the first sync."""
    (site.home / "keys" / "root.json").unlink()
    lost = site.home / "state" / state
    shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
    site.enrol()
    assert site.reason() == "trust_missing"
    assert site.sync().done
    assert site.reason() == "ok"


def test_a_list_is_never_younger_than_the_timestamp_that_names_it(tmp_path: Path) -> None:
    """The clock of the machine that imported it ran ahead: the list would be fresh for years."""
    site = make(tmp_path)
    site.repo.now = utc() - 8 * DAY
    site.repo.expires["timestamp"] = 30 * DAY
    site.repo.policy(freshness={"keys": {"amber": "30d", "stop": "60d"}})
    found = Lists(site, 100)
    found.base(-400.0)
    site.repo.add("revocation/tsl/status-1.tsl", token({}), as_of=moment(-400.0), size=1000)
    site.repo.publish()
    site.enrol()
    assert site.sync().done
    assert site.reason() == "revocation_stale"
    issued = load_trust(site.home).issued
    assert issued is not None
    assert all(one.as_of <= issued for one in load_trust(site.home).revocations if one.as_of is not None)


SEEN = Mark("anchor", root=3, timestamp=7, timestamp_keys="a", issued=100.0)
STATES = [
    (3, 7, "a", False),
    (4, 8, "a", False),
    (2, 9, "a", True),  # an older root, whatever its timestamp says
    (3, 6, "a", True),
    (4, 1, "b", False),  # the way back from a stolen timestamp key
    (3, 9, "b", True),  # other keys without another root are nobody's
    (2, 9, "b", True),
]


@pytest.mark.parametrize(("root", "timestamp", "keys", "refused"), STATES)
def test_the_mark_refuses_what_is_older_by_root_or_timestamp(
    root: int, timestamp: int, keys: str, refused: bool
) -> None:
    assert SEEN.refuses(Chain(root, timestamp, keys, 200.0, (), {}, ())) is refused


class Gap:
    """A list that has not the part that would hold the answer."""

    source, as_of = "gap", None

    def find(self, asked: object, issued_at: float | None) -> None:
        raise ListMissing("gap")

    def can_hold(self, asked: object) -> bool:
        return True


class Hitting(Gap):
    def find(self, asked: object, issued_at: float | None) -> Hit:
        return Hit("pass_id", blocked=True)


def test_a_gap_in_a_list_that_no_record_names_is_missing_and_hides_no_block(site: Site) -> None:
    trust = load_trust(site.home)
    for found, reason in (((Gap(),), "revocation_missing"), ((Gap(), Hitting()), "blocked")):
        assert Verifier(site.home, trust._replace(revocations=found)).verify(site.text).reason.word == reason


@pytest.mark.parametrize(
    ("dead", "pinned", "gone"), [("VN", "VN", True), ("VN", "", True), ("", "VN", True), ("VN", "DE", False)]
)
def test_a_tombstone_by_kid_meets_every_key_that_does_not_contradict_it(
    site: Site, tmp_path: Path, dead: str, pinned: str, gone: bool
) -> None:
    other = make(tmp_path / "other")
    pins.add_issuers(site.home / "keys", [other.record._replace(issuer=pinned)])
    site.repo.issuers([other.record._replace(issuer=dead, spki=b"", revoked=True).line()], "tombstones")
    site.repo.publish()
    assert site.sync().done
    assert [one.revoked for one in load_trust(site.home).issuers.find("hcert", other.record.kid)] == [gone]
