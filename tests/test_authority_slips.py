"""What people and power cuts do to an authority's folder: nothing that was decided is weakened, or signed over."""

import json
from pathlib import Path

import pytest
from authority_folder import NOW, authority, fetched, record, vault

from checkpoint.authority import Refused, audit, publish, revoked, staged
from checkpoint.authority.folder import Folder
from checkpoint.authority.importing import Source
from checkpoint.trust import records

PASS_ID = "hcert-" + "0123456789abcdef" * 2


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return authority(tmp_path / "a")[0]


def crl(*rids: str) -> Source:
    return Source("crl.json", json.dumps({"kid": "k", "method": "rid", "ctr": 1, "rids": rids}).encode())


def load(folder: Folder, *rids: str, keep: bool) -> dict[str, float | None]:
    revoked.load(folder, "shc", [crl(*rids)], NOW, unsigned="by hand", keep=keep, confirm=True)
    return {line.origin: line.before for line in revoked.read(folder, "shc")}


@pytest.mark.parametrize(("later", "before"), [("rid.2000", 2000.0), ("rid", None), ("rid.500", 1000.0)])
def test_an_import_that_adds_never_weakens_a_revocation_and_takes_a_stronger_one(
    folder: Folder, later: str, before: float | None
) -> None:
    assert load(folder, "rid.1000", keep=True) == {"import": 1000.0}
    assert load(folder, later, keep=True) == {"import": before}


@pytest.mark.parametrize("keep", [True, False])
def test_a_revocation_by_hand_does_not_weaken_what_is_imported(folder: Folder, keep: bool) -> None:
    wanted = revoked.parsed(["k/rid"], "shc-rid")
    revoked.revoke(folder, "shc", ["k/rid"], NOW, kind="shc-rid", why="by hand", before=1000.0)
    assert load(folder, "rid", keep=keep) == {"hand": 1000.0, "import": None}
    assert {line.id for line in revoked.read(folder, "shc")} == set(wanted)
    publish.publish(folder, vault(folder), NOW + 1)
    assert load(folder, "other", keep=False)["hand"] == 1000.0


def test_a_record_cut_off_at_its_end_is_not_signed_over_by_the_next_tick(folder: Folder) -> None:
    publish.tick(folder, vault(folder), NOW + 60)
    lines = folder.audit.read_bytes().splitlines(keepends=True)
    folder.audit.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(Refused, match="does not have the act"):
        publish.tick(folder, vault(folder), NOW + 120)
    folder.audit.rename(folder.audit.with_suffix(".old"))
    publish.tick(folder, vault(folder), NOW + 180)
    assert [one["n"] for one in audit.last(folder.audit, 9)] == [1], "moved aside by a person: told apart"


def test_lines_that_an_editor_spaced_reach_stations_as_they_read_them(folder: Folder, tmp_path: Path) -> None:
    made = [record("b25l"), record("dHdv", revoked=True)]
    for name, one in zip(("by-hand", staged.TOMBSTONES), made, strict=True):
        path = staged.list_path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(json.loads(one.line())) + "\n\n")
    publish.publish(folder, vault(folder), NOW + 60)
    found = fetched(folder, tmp_path / "client", NOW + 60)
    assert found["issuers/by-hand.jsonl"] == made[0].line() + b"\n"
    assert found["issuers/tombstones.jsonl"] == made[1].line() + b"\n"


def test_no_published_tombstone_may_go_even_where_it_names_a_kid_alone(folder: Folder) -> None:
    both = [records.Record(kid=kid, format="hcert", spki=b"", revoked=True) for kid in ("b25l", "dHdv")]
    staged.write_list(folder, staged.TOMBSTONES, both)
    publish.publish(folder, vault(folder), NOW + 60)
    staged.write_list(folder, staged.TOMBSTONES, both[:1])
    with pytest.raises(Refused, match="tombstone"):
        publish.publish(folder, vault(folder), NOW + 120)


@pytest.mark.parametrize("junk", [b"no json", b"{}", b"[]"])
def test_a_broken_line_among_the_blocks_is_named_in_an_emergency(folder: Folder, junk: bytes) -> None:
    revoked.block(folder, PASS_ID, "gate 4", None, NOW)
    path = folder.staged / "revocation" / "blocks.jsonl"
    path.write_bytes(path.read_bytes() + junk + b"\n")
    with pytest.raises(Refused, match=r"blocks\.jsonl") as refused:
        revoked.block(folder, PASS_ID, "gate 5", None, NOW)
    assert refused.value.hint
