"""A list answers only for passes that could stand in it: the silence of another kind of list is no answer."""

import io
import time
from pathlib import Path

import pytest
from authority_folder import NOW, authority, record, vault
from enrolled import Site, site, utc
from pinned_list import Listed

from checkpoint import status
from checkpoint.authority import Refused, forecast, named_lists, publish, revoked, staged, status_lists
from checkpoint.authority.folder import Folder
from checkpoint.model import Claims, Key, Reason, RevocationId, Stated
from checkpoint.store import pins
from checkpoint.trust import status_list, times
from checkpoint.trust.blocks import Blocks
from checkpoint.trust.hash_build import build
from checkpoint.trust.hash_file import HashFile, entry_key
from checkpoint.trust.revocation import RevocationSet
from checkpoint.trust.revocations import ids
from checkpoint.trust.snapshot import Trust
from checkpoint.trust.status_list import StatusLists, Token
from checkpoint.trust.times import Dated
from tests.commands import Shell
from tests.issuer import Issuer

__all__ = ["site"]
LIST = "health"
UCI: RevocationId = ("dcc-uci", bytes(16))
PLACE = ids.status(LIST, 3, 7)


# --- the rule ---------------------------------------------------------------------------------------------------------


class _NoKeys:
    worlds: frozenset[bool] = frozenset()

    def find(self, format: str, kid: str) -> tuple[Key, ...]:
        return ()

    def issuing(self, name: bytes) -> tuple[Key, ...]:
        return ()

    def distrusts(self, key: Key) -> bool:
        return False

    def __bool__(self) -> bool:
        return False


class _Public:
    type = "P-256"

    def verify(self, algorithm: str, signature: bytes, message: bytes) -> bool:
        return False


def answer(one: RevocationId, *sets: RevocationSet, source: str = LIST) -> tuple[Reason | None, float | None]:
    signer = Key("hcert", "", _Public(), revocation=source)
    claims = Claims("hcert", b"", Stated(revocation_ids=(one,)))
    check, as_of = status.revocation(claims, signer, Trust(_NoKeys(), revocations=sets), 0.0)
    return check.reason, as_of


def hashes(*wanted: RevocationId, as_of: float = 1e9) -> HashFile:
    out = io.BytesIO()
    build([entry_key(*one) for one in wanted], out)
    data = out.getvalue()
    kinds = frozenset(kind for kind, _ in wanted)
    return HashFile(lambda size, at: data[at : at + size], len(data), None, LIST, as_of, kinds)


def places(*numbers: int) -> StatusLists:
    return StatusLists(LIST, 2e9, {number: status_list.build([], 100) for number in numbers})


def test_a_list_of_places_says_nothing_of_a_pass_that_is_named_by_hashes() -> None:
    assert answer(UCI, places(3)) == (Reason.REVOCATION_MISSING, None)
    assert answer(UCI, places()) == (Reason.REVOCATION_MISSING, None)


def test_a_list_of_hashes_says_nothing_of_a_pass_that_has_a_place() -> None:
    assert answer(PLACE, hashes(UCI)) == (Reason.REVOCATION_MISSING, None)
    assert answer(PLACE, hashes(UCI), places()) == (Reason.REVOCATION_MISSING, None)


def test_an_empty_list_of_the_right_kind_says_not_revoked() -> None:
    assert answer(UCI, hashes()) == (None, 1e9)
    assert answer(PLACE, places(3)) == (None, 2e9)


def test_a_list_of_both_kinds_answers_both_and_is_as_old_as_its_older_half() -> None:
    for one in (UCI, PLACE):
        assert answer(one, hashes(), places(3)) == (None, 1e9)


def test_what_stands_in_a_list_counts_though_the_list_could_not_have_said_no() -> None:
    assert answer(PLACE, hashes(PLACE), places()) == (Reason.REVOKED, 1e9)


def test_ids_with_times_beside_a_list_of_places_answer_for_hashes() -> None:
    dated = Dated(places(3), {entry_key(*UCI): 5.0})
    assert answer(UCI, dated)[0] is Reason.REVOKED
    assert answer(("dcc-uci", bytes([1] * 16)), dated)[0] is None
    assert answer(PLACE, dated)[0] is None
    assert answer(PLACE, Dated(hashes(), {}))[0] is Reason.REVOCATION_MISSING


def test_the_emergency_blocks_are_nobodys_list_whatever_a_record_says() -> None:
    for one in (UCI, ids.status("blocks", 3, 7)):
        assert answer(one, Blocks([], 1e9), source="blocks") == (Reason.REVOCATION_MISSING, None)


def test_pins_answer_for_either_kind(tmp_path: Path) -> None:
    pins.add_revocations(tmp_path, [("pass_id", bytes(16))], 0.0)
    pinned = pins.PinnedRevocations(tmp_path)
    for one in (UCI, ids.status("pinned", 3, 7)):
        assert answer(one, pinned, source="pinned") == (None, None)


def test_pins_that_were_all_taken_back_are_an_empty_list_and_no_missing_one(shell: Shell, tmp_path: Path) -> None:
    issuer = Issuer()
    (tmp_path / "signer.der").write_bytes(issuer.certificate)
    assert shell("keys", "import", tmp_path / "signer.der", "--revocation", "pinned").code == 0
    assert shell.verify(issuer.issue()).reasons == ["revocation_missing"], "nobody ever pinned anything"
    assert shell("revocations", "import", "pass_id:" + "0" * 32).code == 0
    assert shell.verify(issuer.issue()).reasons == ["ok"]
    assert shell("revocations", "remove", "pass_id:" + "0" * 32).code == 0
    assert shell.verify(issuer.issue()).reasons == ["ok"]


def test_another_list_that_could_answer_does_not_answer_for_the_one_that_is_named() -> None:
    assert answer(UCI, places(3), Listed(source="other", as_of=3e9)) == (Reason.REVOCATION_MISSING, None)


# --- at a station -----------------------------------------------------------------------------------------------------


def moment() -> str:
    return utc().strftime("%Y-%m-%dT%H:%M:%SZ")


def token() -> bytes:
    made = Token(status_list.build([], 100), "urn:x", time.time())
    return status_list.encode(made, "P-256", lambda _: bytes(64))


def add_hashes(site: Site, name: str = LIST) -> None:
    out = io.BytesIO()
    built = build([], out)
    about = {"version": 1, "as_of": moment(), "head": built.head_sha256, "kinds": []}
    site.repo.add(f"revocation/{name}/base-1.ckrv", out.getvalue(), **about)


def test_a_station_with_only_native_places_does_not_clear_a_health_pass(site: Site) -> None:
    site.repo.issuers([site.record._replace(revocation=LIST).line()])
    site.repo.add(f"revocation/{LIST}/status-0.tsl", token(), as_of=moment(), size=100)
    site.repo.publish()
    assert site.sync().done
    verdict = site.verdict()
    assert (verdict.reason.word, verdict.as_dict()["as_of"]["revocation"]) == ("revocation_missing", None)
    for lang, words in (("en", f"The revocation list {LIST} has no room for passes of this kind"), ("vi", LIST)):
        assert words in verdict.as_dict(lang)["detail"]
    add_hashes(site)
    site.repo.publish()
    assert site.sync().done
    assert site.reason() == "ok", "an empty list of hashes is an answer"


def test_times_without_any_hashes_are_an_answer_too(site: Site) -> None:
    site.repo.issuers([site.record._replace(revocation=LIST).line()])
    site.repo.add(f"revocation/{LIST}/status-0.tsl", token(), as_of=moment(), size=100)
    site.repo.add(f"revocation/{LIST}/times.jsonl", times.write({("shc-rid", bytes(16)): 5.0}))
    site.repo.publish()
    assert site.sync().done
    assert site.reason() == "ok"


@pytest.mark.parametrize("name", ["blocks", "pinned"])
def test_a_synced_list_that_is_called_like_a_stations_own_is_not_there(site: Site, name: str) -> None:
    site.repo.issuers([site.record._replace(revocation=name).line()])
    add_hashes(site, name)
    site.repo.publish()
    assert site.sync().done
    assert site.reason() == "revocation_missing"


# --- at the authority -------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return authority(tmp_path / "authority")[0]


def named(folder: Folder, source: str = LIST, format: str = "hcert") -> None:
    """A staged record whose passes need the list `source`."""
    facts = {"issuer": "hcm.gov.vn"} if format == "native" else {}
    staged.write_list(folder, "ministry", [record(format=format, revocation=source, **facts)])


def publishing(folder: Folder, after: float = 60.0) -> None:
    publish.publish(folder, vault(folder), NOW + after)


@pytest.mark.parametrize(("format", "wrong"), [("hcert", True), ("shc", True), ("anchor", True), ("native", False)])
def test_a_record_that_names_a_list_of_the_other_kind_is_not_signed_until_the_list_has_both(
    folder: Folder, format: str, wrong: bool
) -> None:
    def make(places: bool) -> None:
        if places:
            status_lists.create(folder, LIST, 0, NOW)
        else:
            revoked.create(folder, LIST, NOW)

    named(folder, format=format)
    make(places=wrong)
    with pytest.raises(Refused, match=f"name the revocation list {LIST}, which has no"):
        publishing(folder)
    assert any("will be refused" in one for one in forecast.look(folder, NOW + 60).problems)
    make(places=not wrong)
    publishing(folder)
    assert forecast.look(folder, NOW + 60).problems == []


def test_a_list_that_is_not_there_yet_is_told_and_published(folder: Folder) -> None:
    named(folder)
    publishing(folder)
    (problem,) = forecast.look(folder, NOW + 60).problems
    assert LIST in problem
    assert "no ids" in problem


@pytest.mark.parametrize("name", ["blocks", "pinned"])
def test_what_stations_call_their_own_lists_is_no_list_of_an_issuer(folder: Folder, name: str) -> None:
    named(folder, name)
    assert [need.source for need in named_lists.unmet(folder)] == [name]


def test_what_was_published_so_already_holds_up_no_block(folder: Folder) -> None:
    named(folder)
    publishing(folder)
    status_lists.create(folder, LIST, 0, NOW)
    revoked.block(folder, "hcert-" + "0" * 32, "gate 4", None, NOW + 100)
    publishing(folder, 120.0)
    assert len(forecast.look(folder, NOW + 130).problems) == 1
    named(folder, format="shc")
    publishing(folder, 140.0)
    revoked.create(folder, LIST, NOW)
    named(folder, format="native")
    staged.write_list(folder, "second", [record("a2V5LTI=", revocation="permits")])
    status_lists.create(folder, "permits", 0, NOW)
    with pytest.raises(Refused, match="permits"):
        publishing(folder, 160.0)


def test_a_tombstone_needs_no_list(folder: Folder) -> None:
    status_lists.create(folder, LIST, 0, NOW)
    staged.write_list(folder, staged.TOMBSTONES, [record(revocation=LIST, revoked=True)])
    publishing(folder)
    assert named_lists.unmet(folder) == []


def test_an_import_and_a_publish_say_which_list_is_missing_and_how_to_make_it(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKPOINT_PASSPHRASE", "correct horse battery")
    where = ("--authority", tmp_path / "a")
    assert shell("authority", "init", *where).code == 0
    (tmp_path / "signer.der").write_bytes(Issuer().certificate)
    told = shell("authority", "import", tmp_path / "signer.der", "--revocation", LIST, "--unsigned", "by hand", *where)
    assert told.code == 0
    assert f"checkpoint authority new-list {LIST}" in told.err
    assert f"checkpoint authority new-list {LIST}" in shell("authority", "publish", *where).err
    assert shell("authority", "new-list", LIST, *where).code == 0
    assert "note" not in shell("authority", "publish", *where).err
    assert shell("authority", "status", *where).code == 0
