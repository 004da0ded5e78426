"""What people and power cuts do to an authority's folder: nothing that was decided is weakened, or signed over."""

import json
from pathlib import Path

import pytest
from authority_folder import DAY, NOW, authority, fetched, record, vault

from checkpoint.authority import Refused, audit, importing, publish, revoked, staged
from checkpoint.authority.folder import Folder
from checkpoint.authority.importing import Source
from checkpoint.store.lines import meant_for, write_file
from checkpoint.trust import records
from checkpoint.trust.lists import Options
from tests.seal_issuers import Sealer, State

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


# --- what a killed publish leaves -------------------------------------------------------------------------------------

SHA = "0123456789abcdef" * 4
OURS = (
    "metadata/.timestamp.json.4711.new",
    "metadata/.12.issuers.json.1.new",
    f"targets/issuers/.{SHA}.de.jsonl.99999.new",
    f"targets/revocation/permits/.{SHA}.status-0.tsl.7.new",
)
NOT_OURS = (
    "metadata/.timestamp.json.Xy12Ab",  # rsync
    "metadata/timestamp.json.4711.new",
    "metadata/.timestamp.json.4711.new.bak",
    "metadata/.timestamp.json.pid.new",
    "metadata/.notes.txt.4711.new",
    "metadata/.4711.new",
    "targets/issuers/.de.jsonl.4711.new",
    f"targets/issuers/.{SHA[1:]}.de.jsonl.4711.new",
    f"targets/.{SHA}.x.4711.old",
    ".htaccess",
    ".timestamp.json.4711.new",
)


def test_the_next_act_removes_what_a_killed_one_left_half_written_and_nothing_else(folder: Folder) -> None:
    served = folder.root / "repository"
    for name in (*OURS, *NOT_OURS):
        (served / name).parent.mkdir(parents=True, exist_ok=True)
        (served / name).write_bytes(b"half")
    folded, link = served / "metadata/.7.root.json.4711.new", served / "metadata/.8.root.json.4711.new"
    folded.mkdir()
    link.symlink_to(served / "metadata/1.root.json")
    publish.publish(folder, vault(folder), NOW + 60)
    assert [name for name in OURS if (served / name).exists()] == []
    assert [name for name in NOT_OURS if not (served / name).exists()] == []
    assert folded.is_dir()
    assert link.is_symlink()
    assert (served / "metadata/1.root.json").exists()


def test_a_tick_clears_too_and_a_refused_publish_touches_nothing(folder: Folder) -> None:
    left = folder.metadata / ".timestamp.json.4711.new"
    left.write_bytes(b"half")
    with pytest.raises(Refused):
        publish.publish(folder, vault(folder), NOW - 86400.0)
    assert left.exists()
    publish.tick(folder, vault(folder), NOW + 60)
    assert not left.exists()


def test_a_write_that_is_killed_leaves_a_name_that_is_recognised(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(handle: int) -> None:
        names = [path.name for path in folder.metadata.iterdir() if path.name.startswith(".")]
        assert [meant_for(name) for name in names] == ["timestamp.json"]
        raise KeyboardInterrupt

    monkeypatch.setattr("checkpoint.store.lines.os.fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        write_file(folder.metadata / "timestamp.json", b"{}")


@pytest.mark.parametrize(
    "name", ["", ".", ".new", "..new", ".1.new", ".x.new", "x.1.new", ".x..new", ".x.\u0661.new", ".x.1"]
)
def test_no_other_name_is_taken_for_a_left_over(name: str) -> None:
    assert meant_for(name) == ""


# --- revoked, and never silently less so ------------------------------------------------------------------------------


@pytest.mark.parametrize("by_import", [True, False])
@pytest.mark.parametrize(("known", "later"), [(None, 1000.0), (2000.0, 1000.0)])
def test_revoking_again_with_an_earlier_time_lets_nobody_in_without_a_reason(
    folder: Folder, by_import: bool, known: float | None, later: float
) -> None:
    if by_import:
        load(folder, "rid" if known is None else f"rid.{known:.0f}", keep=False)
    else:
        revoked.revoke(folder, "shc", ["k/rid"], NOW, kind="shc-rid", why="stolen", before=known)
    before = revoked.read(folder, "shc")
    with pytest.raises(Refused, match="revoked for more passes already"):
        revoked.revoke(folder, "shc", ["k/other", "k/rid"], NOW, kind="shc-rid", why="again", before=later)
    assert revoked.read(folder, "shc") == before, "nothing was changed"
    revoked.unrevoke(folder, "shc", ["k/rid"], NOW, kind="shc-rid", why="only the old ones")
    assert revoked.revoke(folder, "shc", ["k/rid"], NOW, kind="shc-rid", why="again", before=later).added == 1


def test_revoking_again_for_more_passes_takes_the_place_of_less(folder: Folder) -> None:
    for before, added in ((1000.0, 1), (1000.0, 0), (2000.0, 1), (None, 1), (None, 0)):
        found = revoked.revoke(folder, "shc", ["k/rid"], NOW, kind="shc-rid", why="", before=before)
        assert (found.added, found.after) == (added, 1)
    assert [line.before for line in revoked.read(folder, "shc")] == [None]


def test_an_older_list_of_revoked_signers_brings_no_signer_back(folder: Folder) -> None:
    state = State()
    signers = [Sealer(state) for _ in range(4)]
    anchor = Source("csca.pem", state.pem.encode())
    importing.stage(folder, "csca", [anchor], Options(now=NOW), unsigned="by hand")

    def take(name: str, data: bytes, keep: bool = False) -> int:
        return revoked.load(folder, "signers", [Source(name, data)], NOW, unsigned="by hand", keep=keep).after

    old, new = state.revoked(*signers[:3], made=NOW - DAY), state.revoked(*signers, made=NOW)
    assert take("new.crl", new) == 4
    with pytest.raises(Refused, match=r"old\.crl: .* is older than the one"):
        take("old.crl", old)
    assert len(revoked.read(folder, "signers")) == 4
    assert take("old.crl", old, keep=True) == 4, "what only adds may be of any day"
    with pytest.raises(Refused, match="older"):
        take("old.crl", old)
    assert take("new.crl", new) == 4, "the same list again"
    other = State("DE", "CSCA-DE")
    importing.stage(folder, "csca2", [Source("de.pem", other.pem.encode())], Options(now=NOW), unsigned="by hand")
    assert take("de.crl", other.revoked(Sealer(other), made=NOW - 9 * DAY), keep=True) == 5, "each CA has its own days"
    (folder.staged / "revocation" / "signers" / "list.json").write_text('{"as_of": "2026-11-20T12:00:00Z"}')
    assert take("old.crl", state.revoked(*signers, made=NOW - DAY), keep=True) == 5, (
        "a list from before dates were kept"
    )


@pytest.mark.parametrize(
    "broken",
    ["", "{", "[]", '{"crls": 1}', '{"as_of": "2026-01-01T00:00:00Z", "crls": {"00": 5}}', '{"crls": {"00": "x"}}'],
)
def test_a_file_of_dates_that_cannot_be_read_says_what_to_do(folder: Folder, broken: str) -> None:
    load(folder, "rid", keep=False)
    path = folder.staged / "revocation" / "shc" / "list.json"
    path.write_text(broken)
    with pytest.raises(Refused, match="cannot be read") as refused:
        load(folder, "rid", keep=False)
    assert "remove it and import" in refused.value.hint
    path.unlink()
    load(folder, "rid", keep=False)
    publish.publish(folder, vault(folder), NOW + 60)
