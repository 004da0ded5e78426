"""Importing trust lists: a diff for review, nothing unsigned by accident, nothing lost at once, no dead key back."""

import json
from pathlib import Path

import pytest
from authority_folder import NOW, authority, fetched, new_spki, record
from made_lists import CSCA_NAME, made, text
from vector_cases import VECTORS, needs_vectors

from checkpoint.authority import Refused, audit, fetching, importing, publish, staged
from checkpoint.authority.folder import Folder
from checkpoint.authority.importing import Diff, Source
from checkpoint.commands import authority_lists
from checkpoint.trust.lists import Options
from checkpoint.trust.records import Record


def source(*kids: str, spkis: dict[str, bytes] | None = None) -> Source:
    """An unsigned list of keys; the same kid has the same key every time."""
    entries = [{"kid": kid, "publicKey": text((spkis or SPKIS).setdefault(kid, new_spki()))} for kid in kids]
    return Source("list.json", json.dumps(entries).encode())


SPKIS: dict[str, bytes] = {}


def stage(folder: Folder, one: Source, name: str = "de", **options: object) -> Diff:
    options.setdefault("unsigned", "made by this test")
    return importing.stage(folder, name, [one], Options(now=NOW), **options)


def kids(records: list[Record]) -> list[str]:
    return sorted(one.kid for one in records)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return authority(tmp_path / "a")[0]


def test_the_diff_says_what_is_new_what_goes_and_what_changed(folder: Folder) -> None:
    stage(folder, source("aaaa", "bbbb", "cccc", "dddd"))
    more = Source(
        "list.json", source("bbbb", "cccc", "eeee").data.replace(b'"kid": "cccc"', b'"kid": "cccc", "country": "DE"')
    )
    diff = stage(folder, more, confirm=True)
    assert (kids(diff.added), kids(diff.removed)) == (["eeee"], ["aaaa", "dddd"])
    assert [(old.country, new.country) for old, new in diff.changed] == [("", "DE")]
    assert kids(staged.read_list(folder, "de")) == ["bbbb", "cccc", "eeee"]


def test_importing_the_same_list_again_changes_no_byte(folder: Folder) -> None:
    stage(folder, source("aaaa", "bbbb"))
    before = staged.list_path(folder, "de").read_bytes()
    diff = importing.stage(folder, "de", [source("bbbb", "aaaa")], Options(now=NOW + 999), unsigned="again")
    assert staged.list_path(folder, "de").read_bytes() == before
    assert (diff.added, diff.removed, diff.changed) == ([], [], [])


def test_a_list_that_shrinks_by_more_than_30_percent_needs_confirm(folder: Folder) -> None:
    stage(folder, source(*(f"key{number}" for number in range(10))))
    with pytest.raises(Refused, match="4 of 10 keys of list de would go"):
        stage(folder, source(*(f"key{number}" for number in range(6))))
    assert len(staged.read_list(folder, "de")) == 10
    stage(folder, source(*(f"key{number}" for number in range(7))))
    assert len(staged.read_list(folder, "de")) == 7
    stage(folder, source("key0"), confirm=True)
    assert len(staged.read_list(folder, "de")) == 1


def test_a_key_removed_as_compromised_is_revived_by_no_import_and_published_as_a_tombstone(
    folder: Folder, tmp_path: Path
) -> None:
    _, keys = authority(tmp_path / "b")
    folder = Folder(tmp_path / "b")
    stage(folder, source("good", "evil"))
    importing.remove(folder, "evil", "sold on a forum", compromised=True, now=NOW)
    renamed = {"new!": SPKIS["evil"], "good": SPKIS["good"]}
    for one in (source("good", "evil"), source("good", "new!", spkis=renamed)):
        for name in ("de", "other"):
            diff = stage(folder, one, name, confirm=True)
            assert kids(staged.read_list(folder, name)) == ["good"]
            assert ["tombstone" in entry.reason for entry in diff.refused] == [True]
    publish.publish(folder, keys, NOW + 60)
    found = fetched(folder, tmp_path / "client", NOW + 60)
    dead = [json.loads(line) for line in found["issuers/tombstones.jsonl"].splitlines()]
    assert [(one["kid"], one["revoked"]) for one in dead] == [("evil", True)]


def test_a_person_who_edits_a_dead_key_back_in_is_stopped_at_the_publish(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    stage(folder, source("good", "evil"))
    importing.remove(folder, "evil", "leaked", compromised=True, now=NOW)
    staged.write_list(folder, "de", [record("evil", SPKIS["evil"])])
    with pytest.raises(Refused, match="trusts the key evil, which was removed as compromised"):
        publish.publish(folder, keys, NOW + 60)


@pytest.mark.parametrize("loss", ["file", "line"])
def test_tombstones_that_were_published_cannot_be_lost(tmp_path: Path, loss: str) -> None:
    folder, keys = authority(tmp_path / "a")
    stage(folder, source("good", "evil", "worse"))
    for kid in ("evil", "worse"):
        importing.remove(folder, kid, "leaked", compromised=True, now=NOW)
    publish.publish(folder, keys, NOW + 60)
    path = staged.list_path(folder, staged.TOMBSTONES)
    if loss == "file":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(Refused, match="tombstone"):
        publish.publish(folder, keys, NOW + 120)


def test_no_import_writes_the_tombstones(folder: Folder) -> None:
    with pytest.raises(Refused, match="no import writes the tombstones"):
        stage(folder, source("aaaa"), "tombstones")


def test_a_list_nobody_signed_needs_words_about_where_it_came_from_and_they_are_on_record(folder: Folder) -> None:
    with pytest.raises(Refused, match="no signature vouches") as refused:
        stage(folder, source("aaaa"), unsigned="")
    assert "--unsigned" in refused.value.hint
    diff = stage(folder, source("aaaa"), unsigned="from the ministry's stick")
    assert (diff.signed_by, diff.unsigned) == ("", "from the ministry's stick")
    entry = audit.last(folder.audit, 1)[0]
    assert (entry["act"], entry["facts"]["unsigned"]) == ("import", "from the ministry's stick")
    assert (entry["facts"]["added"], entry["facts"]["signed_by"]) == (1, "")


def test_a_dry_run_changes_nothing_and_is_not_on_record(folder: Folder) -> None:
    diff = stage(folder, source("aaaa"), dry_run=True)
    assert kids(diff.added) == ["aaaa"]
    assert staged.read_list(folder, "de") == []
    assert [one["act"] for one in audit.last(folder.audit, 9)] == ["init"]


def test_certificates_are_added_and_a_whole_list_is_replaced_unless_told_otherwise(folder: Folder) -> None:
    first, second = made("one"), made("two")
    for one in (first, second):
        stage(folder, Source("cert.pem", one.pem), "local")
    assert len(staged.read_list(folder, "local")) == 2
    stage(folder, Source("cert.pem", first.pem), "local", keep=False, confirm=True)
    assert len(staged.read_list(folder, "local")) == 1
    stage(folder, source("aaaa", "bbbb"))
    stage(folder, source("cccc"), keep=True)
    assert kids(staged.read_list(folder, "de")) == ["aaaa", "bbbb", "cccc"]


def test_expired_keys_are_kept_and_flagged(folder: Folder) -> None:
    diff = stage(folder, Source("cert.pem", made(CSCA_NAME, years=1).pem), "local")
    assert len(diff.expired) == len(diff.added) == 1


def test_only_kids_that_the_publisher_calls_active_are_taken(folder: Folder) -> None:
    active = Source("status", b'["AAAAAAAAAAA="]')
    known = {"AAAAAAAAAAA=": new_spki(), "BBBBBBBBBBA=": new_spki()}
    diff = importing.stage(
        folder, "it", [source(*known, spkis=known), active], Options(now=NOW), unsigned="dgc.gov.it over TLS"
    )
    assert (kids(diff.added), [one.kid for one in diff.refused]) == (["AAAAAAAAAAA="], ["BBBBBBBBBBA="])


@pytest.mark.parametrize("name", ["../de", "DE", "a/b", "", ".de", "x" * 70])
def test_a_name_that_is_no_name_of_a_list_is_refused(folder: Folder, name: str) -> None:
    with pytest.raises(Refused, match="cannot name a list"):
        staged.list_path(folder, name)


def test_a_file_without_a_usable_key_is_refused_with_the_reason(folder: Folder) -> None:
    with pytest.raises(Refused, match="no usable key") as refused:
        stage(folder, Source("weak.pem", made("weak", bits=1024).pem))
    assert "weak_key: RSA 1024" in refused.value.hint


def test_only_https_is_fetched(tmp_path: Path) -> None:
    for address in ("http://127.0.0.1/list", "ftp://host/list", "file:///etc/passwd"):
        with pytest.raises(Refused, match="only https is fetched"):
            fetching.get(address)


def test_the_signature_beside_a_list_is_found(tmp_path: Path) -> None:
    (tmp_path / "trustlist").write_bytes(b"list")
    (tmp_path / "trustlistsig").write_bytes(b"signature")
    (tmp_path / "snapshot.json").write_bytes(b"list")
    (tmp_path / "snapshot.sig").write_bytes(b"other")
    assert fetching.source(str(tmp_path / "trustlist")).signature == b"signature"
    assert fetching.source(str(tmp_path / "snapshot.json")).signature == b"other"


@needs_vectors
def test_real_lists_are_imported_published_and_fetched(tmp_path: Path) -> None:
    folder, keys = authority(tmp_path / "a")
    trust = VECTORS / "trust"
    for name, path in (("", "eu/de-dsc-list.prod.json"), ("", "vci/vci_snapshot.json")):
        importing.stage(folder, name, [fetching.source(str(trust / path))], Options(now=NOW))
    publish.publish(folder, keys, NOW + 60)
    found = fetched(folder, tmp_path / "client", NOW + 60)
    assert {path: data.count(b"\n") for path, data in found.items() if path.startswith("issuers/")} == {
        "issuers/germany.jsonl": 829,
        "issuers/vci.jsonl": 961,
    }


@needs_vectors
def test_a_german_list_of_an_earlier_day_shows_what_came_and_went(folder: Folder) -> None:
    history = VECTORS / "trust/eu/history"
    days = [fetching.source(str(history / f"de-{day}.json")) for day in ("2021-08-15", "2021-11-15")]
    stage(folder, days[0])
    diff = stage(folder, days[1])
    assert (diff.before, diff.after, len(diff.added), len(diff.removed)) == (151, 217, 66, 0)


@needs_vectors
def test_a_list_that_was_signed_is_replaced_by_an_unsigned_one_only_where_somebody_confirms_it(folder: Folder) -> None:
    signed = fetching.source(str(VECTORS / "trust/eu/de-dsc-list.prod.json"))
    french = fetching.source(str(VECTORS / "trust/eu/trustlist_fr.min.json"))
    stage(folder, signed)
    before = staged.list_path(folder, "de").read_bytes()
    for options in ({}, {"dry_run": True}):
        with pytest.raises(Refused, match="list de came as germany, signed by 39eccdee") as refused:
            stage(folder, french, **options)
    assert "--list" in refused.value.hint
    assert "--confirm" in refused.value.hint
    assert staged.list_path(folder, "de").read_bytes() == before
    assert stage(folder, french, confirm=True).removed
    assert stage(folder, french).removed == [], "from now on it is the unsigned one that the list holds"


@needs_vectors
def test_a_list_that_another_key_signed_is_told_apart_from_the_one_before(folder: Folder) -> None:
    stage(folder, fetching.source(str(VECTORS / "trust/eu/de-dsc-list.demo-ACC.json")))
    with pytest.raises(Refused, match=r"signed by 42d0361d.*this one is germany, signed by 39eccdee"):
        stage(folder, fetching.source(str(VECTORS / "trust/eu/de-dsc-list.prod.json")))


def test_keys_that_are_added_to_a_list_replace_nothing_and_need_no_confirmation(folder: Folder) -> None:
    stage(folder, source("aaaa", "bbbb", "cccc"))
    added = stage(folder, Source("one.pem", made(CSCA_NAME).pem), keep=True)
    assert (len(added.added), len(added.removed)) == (1, 0)
    assert stage(folder, source("aaaa", "bbbb", "cccc", "dddd")).removed, "and the list is still the first one's"


def test_a_loss_that_is_refused_says_that_another_source_wants_a_list_of_its_own(folder: Folder) -> None:
    stage(folder, source("aaaa", "bbbb"))
    with pytest.raises(Refused, match="2 of 2 keys of list de would go") as refused:
        stage(folder, source("cccc"))
    assert "--list NAME" in refused.value.hint


@needs_vectors
def test_test_keys_are_named_as_such_before_anything_is_signed(folder: Folder, capsys: pytest.CaptureFixture) -> None:
    path = VECTORS / "trust/eu/de-dsc-list.demo-ACC.json"
    authority_lists.import_([str(path)], where=folder.root)
    said = capsys.readouterr().out
    assert "TEST KEYS: 609" in said
    assert said.count(" TEST hcert ") >= 20
