"""Every way in which a web server, a network or an attacker can fail a sync; the old state stays in force each time."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import faulty_server as faults
import pytest
from enrolled import DAY, Site, make, site, utc
from faulty_server import Server, serve
from securesystemslib.signer import CryptoSigner

from checkpoint.store import generations, mark
from checkpoint.sync import report as reports

__all__ = ["site"]


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    with serve(site.repo.folder) as found:
        yield found


def stands(site: Site, generation: int | None = 1) -> None:
    """Passes can be judged, on the state that was there before."""
    assert generations.current(site.home / "cache") == generation
    assert site.reason() == "ok"
    assert not (site.home / "cache" / "work").exists()


def test_a_sync_without_news_is_two_requests_and_less_than_a_kilobyte(site: Site, server: Server) -> None:
    report = site.sync(server.url)
    assert report.word == "unchanged"
    assert [path for path, _ in server.log] == ["/metadata/2.root.json", "/metadata/timestamp.json"]
    assert report.requests == 2
    assert report.received < 1000


def test_a_first_sync_over_the_web_brings_everything(tmp_path: Path) -> None:
    site = make(tmp_path)
    with serve(site.repo.folder) as server:
        site.enrol(server.url)
        assert site.sync().word == "updated"
    assert site.reason() == "ok"


BODY_FAULTS = [
    (faults.flipped, {"damaged", "not_understood"}),
    (faults.shortened, {"damaged", "cut", "not_understood"}),
    (faults.cut, {"cut"}),
    (faults.cut_headers, {"cut"}),
    (faults.endless, {"too_long", "slow"}),
    (faults.portal, {"portal"}),
    (faults.redirecting_portal, {"portal"}),
    (faults.signed_portal, {"portal"}),
    (faults.broken, {"server"}),
    (faults.serving(b""), {"damaged", "cut", "not_understood"}),
    (faults.serving(b"{}"), {"damaged", "cut", "not_understood"}),
    (faults.serving(b"null"), {"damaged", "portal", "too_long", "cut"}),
]


@pytest.mark.parametrize("path", ["timestamp", "snapshot", "targets.json", "issuers.json", "all.jsonl"])
@pytest.mark.parametrize(("fault", "words"), BODY_FAULTS)
def test_whatever_one_file_does_the_sync_names_it_and_the_old_state_stays(
    site: Site, server: Server, path: str, fault: faults.Fault, words: set[str]
) -> None:
    site.repo.issuers([site.record.line(), make(site.home.parent / "more").record.line()])
    site.repo.rotate_root()
    site.repo.sign_with["targets"] = site.repo.signers["targets"][:2]
    site.repo.publish()
    server.faults[path] = fault
    report = site.sync(server.url, deadline=2)
    assert report.word in words, report
    stands(site)
    server.faults.clear()
    assert site.sync(server.url).word == "updated"
    assert site.reason() == "ok"


@pytest.mark.parametrize("fault", [faults.dripping, faults.dripping_headers])
@pytest.mark.parametrize("path", ["2.root.json", "timestamp", "snapshot", "all.jsonl"])
def test_a_server_that_drips_is_cut_off_at_the_total_deadline(
    site: Site, server: Server, path: str, fault: faults.Fault
) -> None:
    site.repo.issuers([site.record.line(), make(site.home.parent / "more").record.line()])
    site.repo.rotate_root()
    site.repo.publish()
    server.faults[path] = fault
    assert site.sync(server.url, deadline=0.5).word == "slow"
    stands(site)


@pytest.mark.parametrize(
    "fault", [faults.portal, faults.untyped_portal, faults.redirecting_portal, faults.signed_portal]
)
def test_a_captive_portal_is_told_from_an_attack(site: Site, server: Server, fault: faults.Fault) -> None:
    server.every = fault
    assert site.sync(server.url).word == "portal"
    stands(site)


def test_nobody_listening_is_being_offline(site: Site) -> None:
    assert site.sync("http://127.0.0.1:9").word == "offline"
    stands(site)


@pytest.mark.parametrize("address", ["ftp://example.org", "http://", "https://[bad", "gopher://x"])
def test_an_address_that_is_none_is_called_so(site: Site, address: str) -> None:
    assert site.sync(address).word == "address"
    stands(site)


def test_an_older_state_from_the_server_is_a_rollback(site: Site, server: Server) -> None:
    old = shutil.copytree(site.repo.folder, site.home.parent / "old")
    site.repo.tick()
    assert site.sync(server.url).word == "updated"
    server.folder = old
    assert site.sync(server.url).word == "rolled_back"
    stands(site, 2)


def test_an_older_state_is_a_rollback_even_where_the_cache_was_thrown_away(site: Site, server: Server) -> None:
    old = shutil.copytree(site.repo.folder, site.home.parent / "old")
    site.repo.tick()
    assert site.sync(server.url).word == "updated"
    shutil.rmtree(site.home / "cache")
    server.folder = old
    assert site.sync(server.url).word == "rolled_back"
    assert site.reason() == "trust_missing"


def test_an_expired_timestamp_from_the_server_is_named_and_not_taken(tmp_path: Path) -> None:
    site = make(tmp_path)
    site.enrol()
    assert site.sync().done
    site.repo.expires["timestamp"] = timedelta(seconds=-5)
    site.repo.issued = utc() - DAY
    site.repo.tick()
    with serve(site.repo.folder) as server:
        assert site.sync(server.url).word == "expired"
    stands(site)


def test_another_authority_at_the_address_is_refused(site: Site, tmp_path: Path) -> None:
    other = make(tmp_path / "other")
    for _ in range(3):
        other.repo.tick()
    with serve(other.repo.folder) as server:
        assert site.sync(server.url).word == "not_signed"
    stands(site)
    assert site.reason(other.text) == "issuer_unknown"


def test_a_root_that_one_of_two_signed_is_refused(site: Site, server: Server) -> None:
    site.repo.rotate_root()
    path = site.repo.metadata_path("root")
    found = json.loads(path.read_bytes())
    path.write_text(json.dumps({**found, "signatures": found["signatures"][:1]}))
    assert site.sync(server.url).word == "not_signed"
    stands(site)


def test_a_root_that_only_new_keys_signed_is_refused(site: Site, server: Server) -> None:
    new = [site.repo.new_signer() for _ in range(3)]
    site.repo.rotate_root(old=new, root=new)
    assert site.sync(server.url).word == "not_signed"
    stands(site)


def test_many_rotations_of_every_root_key_are_followed_one_by_one(site: Site, server: Server) -> None:
    for _ in range(12):
        site.repo.expires["root"] = timedelta(days=-1)
        site.repo.rotate_root(root=[site.repo.new_signer() for _ in range(3)])
    site.repo.expires["root"] = 365 * DAY
    site.repo.rotate_root(targets=site.repo.signers["root"])
    site.repo.sign_with["targets"] = site.repo.signers["root"][:2]
    site.repo.publish()
    assert site.sync(server.url).word == "updated"
    assert site.reason() == "ok"
    found = mark.read(site.home)
    assert found
    assert found.root == 14


def test_a_stolen_timestamp_key_cannot_lock_the_station_out_for_ever(site: Site, server: Server) -> None:
    site.repo.version["timestamp"] = 2**31
    site.repo.issued = site.repo.now + 6 * DAY
    site.repo.tick()
    assert site.sync(server.url).word == "updated", "the thief's state is signed: it is taken"
    assert site.reason() == "clock_suspect", "and its time of issue is ahead of the clock"
    site.repo.issued = None
    site.repo.version["timestamp"] = 5
    site.repo.tick()
    assert site.sync(server.url).word == "rolled_back"
    site.repo.rotate_root(timestamp=[CryptoSigner.generate_ed25519()])
    site.repo.tick()
    assert site.sync(server.url).word == "updated"
    assert site.reason() == "ok"


def test_metadata_without_a_signed_time_of_issue_is_refused(site: Site, server: Server) -> None:
    site.repo.tick()
    signed = site.repo.documents["timestamp"]
    signed.signed.unrecognized_fields = {}
    signed.sign(site.repo.signers["timestamp"][0])
    site.repo.write("timestamp")
    assert site.sync(server.url).word == "not_understood"
    stands(site)


def test_a_time_of_issue_after_its_own_end_is_refused(site: Site, server: Server) -> None:
    site.repo.issued = site.repo.now + 8 * DAY
    site.repo.tick()
    assert site.sync(server.url).word == "not_understood"
    stands(site)


@pytest.mark.parametrize(
    "said", [{"freshness": {"keys": {"amber": "8d", "stop": "7d"}}}, {"policy": "strict"}, {"policy": ""}]
)
def test_a_policy_that_is_not_understood_is_refused_with_the_whole_state(
    site: Site, server: Server, said: dict[str, object]
) -> None:
    site.repo.policy(**said)
    site.repo.publish()
    assert site.sync(server.url).word == "not_understood"
    stands(site)


def test_a_list_of_keys_that_is_none_is_refused_with_the_whole_state(site: Site, server: Server) -> None:
    site.repo.add("issuers/all.jsonl", b"<html>")
    site.repo.publish()
    assert site.sync(server.url).word == "not_understood"
    stands(site)


def test_a_role_that_nobody_knows_is_neither_fetched_nor_in_the_way(site: Site, server: Server) -> None:
    site.repo.patterns["extras"] = ["extras/*"]
    site.repo.signers["extras"] = [CryptoSigner.generate_ed25519()]
    site.repo.threshold["extras"] = 1
    site.repo.version["extras"] = 0
    site.repo.expires["extras"] = DAY
    site.repo.add("extras/film.bin", b"x" * 1000)
    site.repo.publish()
    assert site.sync(server.url).word == "updated"
    assert not any("extras" in path for path, _ in server.log)
    assert site.reason() == "ok"


def test_a_role_cannot_speak_of_paths_outside_its_patterns(site: Site, server: Server) -> None:
    foreign = make(site.home.parent / "foreign").record
    signed = site.repo.documents["revocation"].signed
    from repository import target

    data = foreign.line() + b"\n"
    signed.targets["issuers/more/deep.jsonl"] = target("issuers/more/deep.jsonl", data, {})
    signed.targets["issuers/all2.jsonl"] = target("issuers/all2.jsonl", data, {})
    signed.version += 1
    site.repo._sign("revocation", signed)
    site.repo.publish()
    assert site.sync(server.url).word == "updated"
    assert not any(path.startswith("/targets/issuers") for path, _ in server.log)
    assert site.reason() == "ok"


def test_a_broken_download_goes_on_where_it_stopped_in_the_next_sync(site: Site, server: Server) -> None:
    lines = [site.record.line(), *(make(site.home.parent / f"m{n}").record.line() for n in range(3))]
    site.repo.issuers(lines)
    site.repo.publish()
    server.faults["all.jsonl"] = faults.cut
    assert site.sync(server.url).word == "cut"
    tries = [wanted for path, wanted in server.log if "all.jsonl" in path]
    assert tries[0] is None
    assert len(tries) > 1, "and first within the same sync"
    server.faults.clear()
    server.log.clear()
    assert site.sync(server.url).word == "updated"
    (resumed,) = (wanted for path, wanted in server.log if "all.jsonl" in path)
    assert resumed
    assert int(resumed.removeprefix("bytes=").removesuffix("-")) > 0
    assert site.reason() == "ok"


def test_a_partial_download_that_was_tampered_with_costs_a_new_one_and_nothing_else(site: Site, server: Server) -> None:
    site.repo.issuers([site.record.line(), make(site.home.parent / "m").record.line()])
    site.repo.publish()
    partial = site.home / "cache" / "partial" / site.repo.target_path("issuers/all.jsonl").name.split(".")[0]
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.write_bytes(b"evil beginning")
    assert site.sync(server.url).word == "updated"
    assert site.reason() == "ok"


def test_the_next_mirror_is_asked_where_one_fails_and_keeps_what_the_first_brought(site: Site, server: Server) -> None:
    site.repo.issuers([site.record.line(), make(site.home.parent / "m").record.line()])
    site.repo.publish()
    with serve(site.repo.folder) as second:
        server.faults["all.jsonl"] = faults.cut
        report = site.sync("http://127.0.0.1:9", server.url, second.url)
    assert report.word == "updated"
    assert report.place == second.url
    assert report.skipped == ("http://127.0.0.1:9", server.url)
    (resumed,) = (wanted for path, wanted in second.log if "all.jsonl" in path)
    assert resumed is not None
    assert site.reason() == "ok"


def test_an_old_mirror_does_not_keep_the_station_from_a_newer_one(site: Site, server: Server) -> None:
    old = shutil.copytree(site.repo.folder, site.home.parent / "old")
    site.repo.tick()
    assert site.sync(server.url).done
    with serve(old) as behind:
        site.repo.tick()
        report = site.sync(behind.url, server.url)
    assert report.word == "updated"
    assert report.skipped == (behind.url,)


def test_a_redirect_to_a_cdn_is_followed(site: Site, server: Server) -> None:
    site.repo.tick()

    def moved(to: object, data: bytes) -> None:
        to.send_response(302)  # type: ignore[attr-defined]
        to.send_header("Location", f"{cdn.url}{to.path}")  # type: ignore[attr-defined]
        to.send_header("Content-Length", "0")  # type: ignore[attr-defined]
        to.end_headers()  # type: ignore[attr-defined]

    with serve(site.repo.folder) as cdn:
        server.every = moved  # type: ignore[assignment]
        assert site.sync(server.url).word == "updated"


def test_how_it_went_is_remembered_for_the_status_without_passwords(site: Site, server: Server) -> None:
    site.sync(server.url.replace("http://", "http://user:secret@") + "?token=secret")
    kept = (site.home / "state" / reports.NAME).read_text()
    assert "secret" not in kept
    last = reports.last(site.home / "state")
    assert last
    assert last["result"] in ("unchanged", "not_there", "server")
