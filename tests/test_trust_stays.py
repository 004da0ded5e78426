"""What a station was told and must not lose: lists that it cannot read, tombstones as people write them, the mark."""

import shutil
from pathlib import Path

from enrolled import Site, make, site
from test_sync_lists import LIST, moment, token

from checkpoint.store import pins
from checkpoint.store.load import load_trust
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
