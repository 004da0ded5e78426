"""`checkpoint authority ...` as an admin types it: exit codes, one line on stderr, JSON for scripts."""

import errno
import json
import os
from pathlib import Path

import pytest
from made_lists import made, text
from vector_cases import VECTORS, needs_vectors

from checkpoint import cli
from checkpoint.authority import signing
from checkpoint.codec import sealing

PASS_ID = "hcert-" + "0123456789abcdef" * 2


class Admin:
    """One authority's folder and what its commands answer."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def __call__(self, *args: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = cli.run(["authority", *args, "--authority", str(self.folder)])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def json(self, *args: str) -> dict:
        code, out, err = self(*args, "--json")
        assert code == 0, err
        return json.loads(out)


@pytest.fixture
def admin(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Admin:
    monkeypatch.setattr(sealing, "COST", 16)
    monkeypatch.setenv("CHECKPOINT_PASSPHRASE", "one for all of them")
    found = Admin(tmp_path / "authority", capsys)
    assert found("init")[0] == 0
    return found


def test_init_says_the_fingerprint_and_what_to_do_with_root_keys(admin: Admin) -> None:
    out = admin("root-fingerprint")[1]
    fingerprint, groups = out.splitlines()
    assert groups.replace(" ", "") == fingerprint
    assert admin.json("status")["fingerprint"] == fingerprint
    code, _, err = admin("init")
    assert code == 1
    assert "there is an authority" in err
    assert err.count("\n") == 1


def test_a_list_goes_from_import_over_status_to_publish(admin: Admin, tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text(json.dumps([{"kid": "azE=", "publicKey": text(made("x").spki)}]))
    source = str(tmp_path / "list.json")
    code, _, err = admin("import", source, "--list", "small")
    assert (code, "--unsigned" in err, err.count("\n")) == (1, True, 1)
    said = admin("import", source, "--list", "small", "--unsigned", "my own machine")[1]
    assert "UNSIGNED: my own machine" in said
    assert "+ azE=" in said
    assert admin.json("status")["unpublished"] == {"issuers": {"added": 1, "removed": 0, "changed": 0}}
    assert admin.json("publish")["changed"] == {"issuers": {"added": 1, "removed": 0, "changed": 0}}
    status = admin.json("status")
    assert (status["lists"], status["unpublished"], status["problems"]) == ({"small": 1}, {}, [])
    gone = admin.json("remove", "azE=", "--why", "leaked", "--compromised")
    assert gone == {"removed": 1, "tombstone": True}


def test_passes_are_revoked_blocked_and_let_in_again(admin: Admin) -> None:
    assert admin.json("new-list", "permits", "--status", "0", "--size", "1000") == {"list": "permits", "status": 0}
    assert "1 changed, 1 revoked in all" in admin("revoke", "permits/0/17", "--why", "stolen")[1]
    assert admin.json("revoke", "URN:UVCI:01:SE:EHM/V12907267LAJW#E", "--list", "eu")["added"] == 3
    assert admin.json("unrevoke", "URN:UVCI:01:SE:EHM/V12907267LAJW#E", "--list", "eu", "--why", "appeal")["after"] == 0
    assert admin.json("block", PASS_ID, "--why", "x", "--until", "2099-01-01T00:00:00Z") == {"blocks": 1}
    assert admin.json("unblock", PASS_ID, "--why", "y") == {"blocks": 0}
    assert admin("block", PASS_ID, "--why", "x", "--until", "tomorrow")[0] == 2
    code, _, err = admin("revoke", "no such thing")
    assert (code, err.count("\n")) == (1, 1)
    assert admin.json("publish")["changed"]["revocation"]["added"] == 3


def test_passphrases_come_from_the_key_the_role_a_file_or_all(
    admin: Admin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKPOINT_PASSPHRASE", "wrong for every key")
    code, _, err = admin("tick")
    assert (code, "wrong passphrase for key online-1" in err, err.count("\n")) == (1, True, 1)
    monkeypatch.setenv("CHECKPOINT_PASSPHRASE_ONLINE", "one for all of them")
    assert admin("tick")[0] == 0
    monkeypatch.setenv("CHECKPOINT_PASSPHRASE_ONLINE_1", "wrong again")
    assert admin("tick")[0] == 1
    for name in ("", "_ONLINE", "_ONLINE_1"):
        monkeypatch.delenv(f"CHECKPOINT_PASSPHRASE{name}")
    code, _, err = admin("tick")
    assert (code, "timestamp needs 1 of 1 signatures and has 0" in err) == (1, True)
    for content in ("one for all of them\n", "root-1: no\nonline: one for all of them\n"):
        (tmp_path / "secret").write_text(content)
        assert admin("tick", "--passphrase-file", str(tmp_path / "secret"))[0] == 0


def test_a_short_passphrase_makes_no_key(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setenv("CHECKPOINT_PASSPHRASE", "short")
    code, _, err = Admin(tmp_path / "a", capsys)("init")
    assert (code, "8 characters or more" in err) == (1, True)
    assert not list((tmp_path / "a").glob("keys/*.key"))


def test_a_ceremony_from_the_command_line(admin: Admin) -> None:
    assert admin.json("rotate", "root", "--lost", "root-2")["versions"]["root"] == 2
    assert admin.json("status")["roles"]["root"]["keys"] == ["root-1", "root-3", "root-4"]
    assert admin("rotate", "root", "--lost", "root-2")[0] == 1
    assert admin("rotate", "nobody")[0] == 1


def test_status_fails_where_the_records_do_not_hold(admin: Admin) -> None:
    path = admin.folder / "audit.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"init"', b'"gift"'))
    admin("status")
    code, out, err = admin("status", "--json")
    assert (code, err.count("\n")) == (1, 1)
    assert "audit" in json.loads(out)["problems"][0]


def test_the_code_that_enrols_a_station_reads_back(admin: Admin, tmp_path: Path) -> None:
    from checkpoint import readers
    from checkpoint.store.invitation import parse

    out = tmp_path / "enrol.png"
    assert admin("root-fingerprint", "--address", "https://trust.example/repository", "--qr", str(out))[0] == 0
    (code,) = readers.read_file(out)
    found = parse(code.text)
    assert found is not None
    assert found.address == "https://trust.example/repository"
    assert found.fingerprint == admin.json("root-fingerprint")["fingerprint"]
    assert admin("root-fingerprint", "--address", "nowhere", "--qr", str(out))[0] == 1
    assert admin("root-fingerprint", "--qr", str(out))[0] == 2


@pytest.mark.parametrize("args", [["import"], ["rotate"], ["revoke"], ["nonsense"], ["block", PASS_ID]])
def test_wrong_use_is_2(admin: Admin, args: list[str]) -> None:
    assert admin(*args)[0] == 2


def test_a_folder_without_an_authority_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["publish"], ["tick"], ["status"], ["root-fingerprint"], ["rotate", "root"]):
        code, _, err = Admin(tmp_path / "none", capsys)(*command)
        assert (code, "checkpoint authority init" in err, err.count("\n")) == (1, True, 1)


@needs_vectors
def test_a_real_list_is_imported_with_the_signature_beside_it(admin: Admin) -> None:
    found = admin.json("import", str(VECTORS / "trust/vci/vci_snapshot.json"))
    assert (found["added"], found["signed_by"], found["list"]) == (961, "vci.org", "vci")
    revoked = admin.json(
        "import-revocations", str(VECTORS / "trust/vci/vci_snapshot.json"), "--list", "vci", "--unsigned", "vci.org"
    )
    assert revoked["added"] == 1343
    assert admin.json("publish")["changed"]["revocation"]["added"] == 2


@pytest.mark.parametrize("wrong", ["garbage!!", "permits/0/99999999", "permits/77/1", "none/0/1"])
@pytest.mark.parametrize("act", ["revoke", "unrevoke"])
def test_one_wrong_id_among_many_changes_nothing_at_all(admin: Admin, act: str, wrong: str) -> None:
    admin("new-list", "permits", "--status", "0")
    admin("revoke", "permits/0/17", "--why", "stolen")
    staged = admin.folder / "staged/revocation/permits/status-0.jsonl"
    before = staged.read_bytes(), (admin.folder / "audit.jsonl").read_bytes()
    good = {"revoke": "permits/0/18", "unrevoke": "permits/0/17"}[act]
    for ids in ((good, wrong), (wrong, good)):
        code, out, err = admin(act, *ids, "--why", "x")
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert "nothing was changed" in err
        assert (staged.read_bytes(), (admin.folder / "audit.jsonl").read_bytes()) == before


def test_a_revoked_place_is_one_json_object_for_scripts(admin: Admin) -> None:
    admin("new-list", "permits", "--status", "0")
    assert admin.json("revoke", "permits/0/17", "--why", "stolen") == {
        "list": "permits", "number": 0, "changed": 1, "revoked": 1, "never_issued": []
    }  # fmt: skip
    assert admin.json("unrevoke", "permits/0/17", "--why", "found")["revoked"] == 0


def test_a_place_that_no_pass_here_has_is_told_because_nobody_is_stopped_by_it(admin: Admin) -> None:
    admin("new-issuer", "city", "--iss", "hcm.gov.vn", "--title", "HCM", "--list", "permits")
    asked = ("--number", "C-1", "--kind", "card", "--holder", "An", "--until", "2027-01-15", "--set", "colour=green")
    place = admin.json("issue", *asked)["place"].removeprefix("permits/")
    number, index = map(int, place.split("/"))
    other = f"permits/{number}/{index ^ 1}"
    said = admin("revoke", f"permits/{place}", other, "--why", "stolen")[1]
    assert f"NEVER ISSUED: {other}" in said
    assert f"NEVER ISSUED: permits/{place}" not in said
    assert admin.json("revoke", f"permits/{number}/{index ^ 2}", "--why", "x")["never_issued"] == [index ^ 2]


def test_a_file_that_is_not_there_is_a_path_to_check_and_not_a_full_disk(admin: Admin, tmp_path: Path) -> None:
    admin("new-issuer", "city", "--iss", "hcm.gov.vn", "--title", "HCM", "--list", "permits")
    for path in (tmp_path / "none.csv", tmp_path):
        code, _, err = admin("issue", str(path), "--out", str(tmp_path / "out"))
        assert (code, err.count("\n")) == (1, 1)
        assert err.endswith("check the path\n")


@pytest.mark.parametrize("full", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_told_as_one_and_the_act_is_made_by_the_next_run(
    admin: Admin, monkeypatch: pytest.MonkeyPatch, full: int
) -> None:
    def write(*_: object) -> None:
        raise OSError(full, os.strerror(full))

    with monkeypatch.context() as patched:
        patched.setattr(signing, "write", write)
        code, _, err = admin("publish")
    assert (code, err.count("\n")) == (1, 1)
    assert "free some space, then run this again" in err
    assert admin("publish")[0] == 0


def test_a_signer_of_another_role_than_the_ceremonys_is_wrong_use(admin: Admin, tmp_path: Path) -> None:
    (tmp_path / "hsm.pem").write_bytes(b"")
    code, _, err = admin("rotate", "root", "--add", "1", "--signer", f"policy=hsm:1,{tmp_path / 'hsm.pem'}")
    assert code == 2
    assert "--signer" in err


def test_a_ceremony_says_what_to_do_with_its_new_keys(admin: Admin) -> None:
    said = admin("rotate", "root", "--lost", "root-2")[1]
    assert "new keys: root-4" in said
    assert "a place of its own" in said
    assert "back it up" in admin("rotate", "online")[1]


def test_a_key_that_no_list_has_is_looked_for_where_it_can_be_found(admin: Admin) -> None:
    err = admin("remove", "nothing", "--why", "x")[2]
    assert "staged/issuers" in err
    assert admin("remove", "nothing", "--why", " ")[2].startswith("checkpoint: a removal needs a reason")
