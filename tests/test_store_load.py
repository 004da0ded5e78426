"""The offline loader: everything verified again at every start, whatever was done to the disk meanwhile."""

import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from enrolled import DAY, Site, make, site, utc
from repository import Repository

from checkpoint import Verifier
from checkpoint.model import Reason
from checkpoint.store import enrolment, generations, mark, pins
from checkpoint.store.enrolment import EnrolmentRefused
from checkpoint.store.load import load_trust

__all__ = ["site"]


def generation(site: Site) -> generations.Generation:
    number = generations.current(site.home / "cache")
    assert number
    return generations.read(site.home / "cache", number)


def test_a_synced_station_admits_and_says_that_its_trust_was_synced(site: Site) -> None:
    verdict = site.verdict()
    assert verdict.reason is Reason.OK
    assert verdict.as_dict()["issuer"]["trust"] == "synced"
    assert verdict.as_dict()["as_of"]["keys"] == site.repo.now.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_enrolled_station_that_never_synced_is_not_ready_whatever_is_pinned(tmp_path: Path) -> None:
    site = make(tmp_path)
    site.enrol()
    pins.add_issuers(site.home / "keys", [site.record])
    assert site.reason() == "trust_missing"
    assert site.problem() == "note.never_synced"


@pytest.mark.parametrize(
    "name", ["timestamp.json", "snapshot.json", "targets.json", "issuers.json", "policy.json", "revocation.json"]
)
def test_metadata_edited_in_the_cache_is_trust_damaged_and_the_next_sync_heals_it(site: Site, name: str) -> None:
    path = site.home / "cache" / "blobs" / generation(site).metadata[name]
    path.write_bytes(path.read_bytes().replace(b'"version"', b'"versiom"', 1))
    assert site.reason() == "trust_damaged"
    assert site.sync().done
    assert site.reason() == "ok"


@pytest.mark.parametrize("path", ["issuers/all.jsonl", "policy/station.json", "revocation/blocks.jsonl"])
@pytest.mark.parametrize("how", ["edited", "cut off", "gone"])
def test_a_target_that_is_not_what_was_signed_is_trust_damaged_and_the_next_sync_heals_it(
    site: Site, path: str, how: str
) -> None:
    blob = site.home / "cache" / "blobs" / generation(site).targets[path]
    data = blob.read_bytes()
    if how == "gone":
        blob.unlink()
    else:
        blob.write_bytes(data + b"\n" if how == "edited" else data[: len(data) // 2] + b"" if data else b"x")
    assert site.reason() == "trust_damaged"
    assert site.sync().done
    assert site.reason() == "ok"


@pytest.mark.parametrize("junk", [b"", b"0", b"-1", b"9999", b"../x", b"1 2", b"x" * 1000, b"\xff"])
def test_a_pointer_that_leads_nowhere_is_trust_damaged_and_the_next_sync_heals_it(site: Site, junk: bytes) -> None:
    (site.home / "cache" / "current").write_bytes(junk)
    assert site.reason() == "trust_damaged"
    assert site.sync().done
    assert site.reason() == "ok"


@pytest.mark.parametrize("junk", [b"", b"{}", b"[1]", b'{"metadata":{"timestamp.json":"../../x"},"targets":{}}'])
def test_a_generation_that_cannot_be_read_is_trust_damaged_and_the_next_sync_heals_it(site: Site, junk: bytes) -> None:
    (site.home / "cache" / "generations" / "1.json").write_bytes(junk)
    assert site.reason() == "trust_damaged"
    assert site.sync().done
    assert site.reason() == "ok"


def test_the_cache_may_be_thrown_away_and_a_sync_brings_it_back(site: Site) -> None:
    shutil.rmtree(site.home / "cache")
    assert site.reason() == "trust_missing"
    assert site.sync().done
    assert site.reason() == "ok"


def test_a_whole_cache_swapped_for_another_authoritys_is_trust_damaged(site: Site, tmp_path: Path) -> None:
    thief = make(tmp_path / "thief")
    thief.enrol()
    assert thief.sync().done
    shutil.rmtree(site.home / "cache")
    shutil.copytree(thief.home / "cache", site.home / "cache")
    assert site.reason(thief.text) == "trust_damaged"
    assert site.sync().done, "and an honest sync heals it"
    assert site.reason() == "ok"
    assert site.reason(thief.text) == "issuer_unknown"


def test_a_swapped_root_beside_the_old_mark_is_trust_damaged(site: Site, tmp_path: Path) -> None:
    thief = make(tmp_path / "thief")
    (site.home / "keys" / "root.json").write_bytes(thief.repo.root_bytes())
    assert site.problem() == "note.root_changed"
    assert site.reason() == "trust_damaged"
    assert site.sync().word == "root_changed"


def test_a_root_that_was_taken_away_is_trust_damaged_and_does_not_make_it_a_station_without_authority(
    site: Site,
) -> None:
    pins.add_issuers(site.home / "keys", [site.record])
    (site.home / "keys" / "root.json").unlink()
    assert site.reason() == "trust_damaged"
    assert site.problem() == "note.root_lost"


@pytest.mark.parametrize("rolled_back", ["pointer", "cache"])
def test_an_older_valid_state_put_back_on_the_disk_is_refused(site: Site, rolled_back: str) -> None:
    old = shutil.copytree(site.home / "cache", site.home.parent / "old")
    site.repo.blocks({"pass_id": site.verdict().as_dict()["pass_id"], "why": "stolen"})
    site.repo.publish()
    assert site.sync().word == "updated"
    assert site.reason() == "blocked"
    if rolled_back == "pointer":
        (site.home / "cache" / "current").write_bytes(b"1\n")
    else:
        shutil.rmtree(site.home / "cache")
        shutil.copytree(old, site.home / "cache")
    assert site.reason() == "trust_damaged"
    assert site.problem() == "note.trust_rolled_back"
    assert site.sync().done
    assert site.reason() == "blocked"


def test_a_station_that_lost_its_state_is_not_ready_until_a_verified_sync(site: Site) -> None:
    shutil.rmtree(site.home / "state")
    assert site.reason() == "trust_missing"
    assert site.problem() == "note.state_lost"
    assert site.sync().done
    assert site.reason() == "ok"


@pytest.mark.parametrize("junk", [b"", b"{}", b"[]", b'{"anchor": 1}', b"\xff\xfe"])
def test_a_mark_that_cannot_be_read_is_a_lost_one(site: Site, junk: bytes) -> None:
    (site.home / "state" / "mark.json").write_bytes(junk)
    assert site.problem() == "note.state_lost"


def test_a_kill_between_flip_and_mark_leaves_a_station_that_works(site: Site) -> None:
    before = mark.read(site.home)
    assert before
    site.repo.tick()
    assert site.sync().done
    mark.write(site.home, before)
    assert site.reason() == "ok"
    assert site.sync().word == "unchanged"
    after = mark.read(site.home)
    assert after
    assert after.timestamp == before.timestamp + 1


def test_expired_metadata_is_a_notice_and_age_alone_stops(tmp_path: Path) -> None:
    site = make(tmp_path, now=utc() - timedelta(hours=12))
    site.repo.expires["revocation"] = timedelta(hours=14)
    site.repo.sign_with["revocation"] = site.repo.signers["revocation"]
    site.repo.publish()
    site.enrol()
    assert site.sync().done
    trust = load_trust(site.home)
    later = trust.floor + 20 * 3600
    from checkpoint import status

    (notice,) = status.station(trust, later)
    assert notice.reason is None
    assert notice.note[:2] == ("note.metadata_expired", "revocation")


def test_a_tombstone_in_a_signed_list_beats_a_pin_of_the_same_key_under_another_id(site: Site) -> None:
    pins.add_issuers(site.home / "keys", [site.record])
    assert site.reason() == "ok"
    site.repo.issuers([site.record._replace(kid="AAAAAAAAAAA=", revoked=True).line()])
    site.repo.publish()
    assert site.sync().done
    assert site.reason() == "key_revoked"


def test_a_tombstone_that_names_a_kid_alone_beats_a_pin(site: Site) -> None:
    pins.add_issuers(site.home / "keys", [site.record])
    site.repo.issuers([site.record._replace(spki=b"", revoked=True, fingerprint="").line()])
    site.repo.publish()
    assert site.sync().done
    assert site.reason() == "key_revoked"


def test_a_pin_beside_the_authority_counts_and_the_verdict_says_so(site: Site, tmp_path: Path) -> None:
    other = make(tmp_path / "other")
    pins.add_issuers(site.home / "keys", [other.record])
    assert site.verdict(other.text).as_dict()["issuer"]["trust"] == "pinned"
    assert site.verdict().as_dict()["issuer"]["trust"] == "synced"


def test_a_pin_cannot_take_away_the_list_that_the_signed_record_asks_for(site: Site) -> None:
    pins.add_issuers(site.home / "keys", [site.record])
    site.repo.issuers([site.record._replace(revocation="vn-dcc").line()])
    site.repo.publish()
    assert site.sync().done
    assert site.reason() == "revocation_missing"


def test_a_block_with_an_end_holds_until_then_and_beats_pins(site: Site) -> None:
    pins.add_issuers(site.home / "keys", [site.record])
    pass_id = site.verdict().as_dict()["pass_id"]
    ends = utc() + DAY
    site.repo.blocks({"pass_id": pass_id, "why": "copied", "until": ends.strftime("%Y-%m-%dT%H:%M:%SZ")})
    site.repo.publish()
    assert site.sync().done
    verifier = Verifier.open(site.home)
    assert verifier.verify(site.text).reason is Reason.BLOCKED
    assert verifier.verify(site.text, at=ends).reason is Reason.BLOCKED
    assert verifier.verify(site.text, at=ends + timedelta(seconds=1)).reason is Reason.OK


BROKEN_BLOCKS = [b"{}", b"x", b'{"pass_id":"hcert-00"}', b'{"pass_id":"hcert-' + b"0" * 32 + b'","until":"x"}']


@pytest.mark.parametrize("line", BROKEN_BLOCKS)
def test_a_block_that_cannot_be_read_is_refused_with_the_whole_sync_and_the_old_state_stays(
    site: Site, line: bytes
) -> None:
    site.repo.add("revocation/blocks.jsonl", line + b"\n")
    site.repo.publish()
    assert site.sync().word == "not_understood"
    assert site.reason() == "ok"


def test_a_running_station_takes_new_trust_whole_between_two_passes(site: Site) -> None:
    verifier = Verifier.open(site.home)
    assert not verifier.changed()
    held = verifier.trust
    site.repo.blocks({"pass_id": verifier.verify(site.text).as_dict()["pass_id"]})
    site.repo.publish()
    assert site.sync().done
    assert verifier.trust is held
    assert verifier.verify(site.text).reason is Reason.OK, "what is loaded stays as it is"
    assert verifier.changed()
    verifier.reload()
    assert not verifier.changed()
    assert verifier.verify(site.text).reason is Reason.BLOCKED


def test_old_generations_and_blobs_go_but_the_last_two_stay(site: Site) -> None:
    for _ in range(4):
        site.repo.tick()
        assert site.sync().word == "updated"
    names = sorted(path.name for path in (site.home / "cache" / "generations").iterdir())
    assert names == ["4.json", "5.json"]
    wanted = {blob for n in (4, 5) for blob in generations.read(site.home / "cache", n).blobs()}
    assert {path.name for path in (site.home / "cache" / "blobs").iterdir()} == wanted


def test_enrolment_wants_the_whole_fingerprint(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "repo").publish()
    root = repo.root_bytes()
    for wrong in ("", repo.fingerprint[:-2], "0" * 64, repo.fingerprint + "00"):
        with pytest.raises(EnrolmentRefused):
            enrolment.enrol(tmp_path / "home", root, wrong, [])
        assert not (tmp_path / "home" / "keys" / "root.json").exists()
    groups = " ".join(repo.fingerprint[at : at + 4] for at in range(0, 64, 4)).upper()
    assert enrolment.enrol(tmp_path / "home", root, groups, [])


def test_an_enrolled_station_takes_no_second_authority(site: Site, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other").publish()
    with pytest.raises(EnrolmentRefused) as refused:
        enrolment.enrol(site.home, other.root_bytes(), other.fingerprint, [])
    assert refused.value.note[0] == "enroll.already"
    assert site.reason() == "ok"
    assert not enrolment.enrol(site.home, site.repo.root_bytes(), site.repo.fingerprint, ["https://second.example"])
    assert enrolment.addresses(site.home) == ["https://second.example", str(site.repo.folder)]


def test_a_root_that_its_own_keys_did_not_sign_cannot_be_pinned(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "repo").publish()
    found = json.loads(repo.root_bytes())
    found["signatures"] = found["signatures"][:1]
    root = json.dumps(found).encode()
    with pytest.raises(EnrolmentRefused) as refused:
        enrolment.enrol(tmp_path / "home", root, enrolment.fingerprint(root), [])
    assert refused.value.note[0] == "enroll.no_root"


def test_addresses_survive_quotes_and_odd_letters(tmp_path: Path) -> None:
    repo = Repository(tmp_path / "repo").publish()
    odd = ['/media/"stick" \\ one', "/mnt/đĩa\tmột"]
    enrolment.enrol(tmp_path / "home", repo.root_bytes(), repo.fingerprint, odd)
    assert enrolment.addresses(tmp_path / "home") == odd


def test_reading_the_trust_writes_nothing(site: Site) -> None:
    def every() -> dict[str, tuple[int, int]]:
        paths = [path for path in site.home.rglob("*") if path.is_file()]
        return {str(path): (os.stat(path).st_mtime_ns, os.stat(path).st_size) for path in paths}

    before = every()
    assert site.reason() == "ok"
    assert every() == before
