"""`checkpoint authority new-issuer` and `issue` as an admin types them, and the keys as stations take them."""

import json
from pathlib import Path

import pytest
from issuing import Office, cells, csv_of, day
from test_authority_commands import Admin

from checkpoint import cli, readers
from checkpoint.codec import sealing
from checkpoint.formats import native
from checkpoint.verifier import Verifier
from tests.commands import Shell
from tests.native_issuer import NativeIssuer
from tests.native_issuer import claims as made_claims

ISSUER = ("--iss", "hcm.gov.vn", "--title", "UBND TP. Hồ Chí Minh", "--list", "permits", "--country", "vn")


@pytest.fixture
def admin(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Admin:
    monkeypatch.setattr(sealing, "COST", 16)
    monkeypatch.setenv("CHECKPOINT_PASSPHRASE", "one for all of them")
    found = Admin(tmp_path / "authority", capsys)
    assert found("init")[0] == 0
    assert found("new-issuer", "city", *ISSUER, "--export", str(tmp_path / "key.pem"))[0] == 0
    return found


def one(*changes: str) -> tuple[str, ...]:
    return ("issue", "--kind", "card", "--holder", "Trần Thị Bình", "--number", "C-1", "--until", day(30), *changes)


def test_a_single_pass_is_printed_with_its_place(admin: Admin) -> None:
    code, out, err = admin(*one("--set", "colour=green"))
    assert code == 0
    assert native.open_pass(out.strip()).issuer == "hcm.gov.vn"
    assert err.startswith("place permits/")


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_a_single_pass_is_drawn_and_read_back(admin: Admin, tmp_path: Path, kind: str) -> None:
    target = tmp_path / f"pass.{kind}"
    said = admin.json(*one("--set", "colour=green", "--out", str(target)))
    (code,) = readers.read_file(target)
    assert code.text == said["text"]
    assert said["place"].startswith("permits/")
    assert said["count"] == 1
    assert target.stat().st_mode & 0o777 == 0o600
    again = admin(*one("--set", "colour=green", "--out", str(target)))
    assert (again[0], "is there already" in again[2]) == (1, True)


def test_a_single_pass_that_is_wrong_says_every_reason_in_one_line(admin: Admin, tmp_path: Path) -> None:
    code, _, err = admin(*one("--set", "colour=red", "--set", "route=x"))
    assert code == 1
    assert "colour: one of green, yellow" in err
    assert "route: a card has no such field" in err
    assert err.count("\n") == 1
    assert admin(*one("--set", "colour=green", "--out", str(tmp_path / "pass.txt")))[0] == 1
    assert not (admin.folder / "issued").exists(), "nothing was burnt for nothing"


@pytest.mark.parametrize(
    "args",
    [
        ("issue",),
        ("issue", "table.csv", "--number", "1"),
        ("issue", "table.csv", "--holder", "x"),
        ("issue", "--number", "1", "--set", "nonsense=x"),
        ("issue", "--number", "1", "--set", "colour"),
        ("issue", "table.csv", "--as", "gif"),
        ("issue", "table.csv", "--as", ""),
        ("issue", "table.csv", "--zone", "VN"),
        ("issue", "table.csv", "--zone", "+15:00"),
    ],
)
def test_wrong_use_is_a_usage_error(admin: Admin, args: tuple[str, ...]) -> None:
    assert admin(*args)[0] == 2


def table(folder: Path, *found: dict[str, str]) -> str:
    path = folder / "table.csv"
    path.write_bytes(csv_of(*found))
    return str(path)


def test_a_table_becomes_a_folder(admin: Admin, tmp_path: Path) -> None:
    path = table(tmp_path, cells(number="C-1"), cells(number="C-2"))
    assert admin.json("issue", path, "--dry-run") == {"rows": 2}
    assert not (admin.folder / "issued").exists()
    code, out, _ = admin("issue", path, "--out", str(tmp_path / "out"), "--as", "png,pdf")
    assert code == 0
    assert "2 passes by hcm.gov.vn" in out
    names = {found.name for found in (tmp_path / "out").iterdir()}
    assert names == {"2.png", "3.png", "sheets-001.pdf", "index.csv"}
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700, "it holds people's data"


def test_a_table_with_one_bad_row_makes_nothing(admin: Admin, tmp_path: Path) -> None:
    path = table(tmp_path, cells(), cells(number="C-2", colour="red"), cells(number="C-3", name=""))
    code, _, err = admin("issue", path, "--out", str(tmp_path / "out"))
    assert code == 1
    assert err.splitlines() == [
        "row 3, colour: one of green, yellow",
        "row 4, name: is missing",
        "checkpoint: 2 errors in 2 rows: nothing was made – mend the table and run this again",
    ]
    assert not (tmp_path / "out").exists()
    found = json.loads(admin("issue", path, "--json")[1])
    assert found["errors"][0] == {"row": 3, "column": "colour", "why": "one of green, yellow"}


def test_what_a_table_says_cannot_steer_the_terminal(admin: Admin, tmp_path: Path) -> None:
    header = tmp_path / "evil.csv"
    header.write_bytes(b"number,\x1b[31mred\n1,2\n")
    code, _, err = admin("issue", str(header), "--out", str(tmp_path / "out"))
    assert code == 1
    assert "\x1b" not in err
    code, _, err = admin("issue", table(tmp_path, cells(name="a\x1b[2Jb")), "--out", str(tmp_path / "out"))
    assert (code, "\x1b" in err) == (1, False)


def test_a_table_needs_a_place_to_go_and_a_file_that_is_there(admin: Admin, tmp_path: Path) -> None:
    assert "--out FOLDER" in admin("issue", table(tmp_path, cells()))[2]
    code, _, err = admin("issue", str(tmp_path / "absent.csv"), "--out", str(tmp_path / "out"))
    assert (code, err.count("\n")) == (1, 1)


def test_an_issuer_with_a_name_that_misleads_is_refused(admin: Admin) -> None:
    code, _, err = admin("new-issuer", "x", "--iss", "demo:x", "--title", "X", "--list", "x")
    assert (code, "--demo" in err) == (1, True)
    assert admin("new-issuer", "x", "--iss", "demo:x", "--title", "X", "--list", "x", "--demo")[0] == 1


def test_the_exported_key_is_pinned_by_hand_and_verifies(admin: Admin, shell: Shell, tmp_path: Path) -> None:
    text = admin(*one("--set", "colour=green"))[1].strip()
    key = tmp_path / "key.pem"
    refused = shell("keys", "import", key, "--format", "native", "--json")
    assert refused.code == 1
    assert "--issuer" in refused.json["skipped"][0]["reason"]
    assert shell("keys", "import", key, "--format", "native", "--issuer", "hcm.gov.vn", "--json").json["added"] == 1
    assert shell("verify", text, "--json").reasons == ["ok"]
    (record,) = [json.loads(line) for line in shell("keys", "list", "--json").out.splitlines()]
    assert (record["format"], record["issuer"], "test" in record) == ("native", "hcm.gov.vn", False)


def test_a_pin_that_names_a_list_waits_for_the_list(admin: Admin, shell: Shell, tmp_path: Path) -> None:
    text = admin(*one("--set", "colour=green"))[1].strip()
    arguments = ("--format", "native", "--issuer", "hcm.gov.vn", "--revocation", "permits")
    assert shell("keys", "import", tmp_path / "key.pem", *arguments).code == 0
    assert shell("verify", text, "--json").reasons == ["revocation_missing"]


def test_a_pinned_pass_id_and_a_pinned_place_revoke(admin: Admin, shell: Shell, tmp_path: Path) -> None:
    said = admin.json(*one("--set", "colour=green"))
    arguments = ("--format", "native", "--issuer", "hcm.gov.vn")
    assert shell("keys", "import", tmp_path / "key.pem", *arguments).code == 0
    pass_id = shell("verify", said["text"], "--json").verdicts[0]["pass_id"]
    assert shell("revocations", "import", pass_id).code == 0
    assert shell("verify", said["text"], "--json").reasons == ["revoked"]


def test_demonstration_keys_and_real_ones_are_not_pinned_together(shell: Shell, tmp_path: Path) -> None:
    real, demo = NativeIssuer(), NativeIssuer("demo:x")
    for issuer, name in ((real, "real.pem"), (demo, "demo.pem")):
        (tmp_path / name).write_text(issuer.pem)
    arguments = ("--format", "native", "--issuer")
    assert shell("keys", "import", tmp_path / "real.pem", *arguments, real.iss).code == 0
    mixed = shell("keys", "import", tmp_path / "demo.pem", *arguments, demo.iss)
    assert (mixed.code, mixed.err.count("\n")) == (1, 1)
    text = demo.issue(made_claims(iss=demo.iss))
    assert shell.verify(text).reasons == ["demo_pass"]
    other = tmp_path / "demo home"
    assert shell("keys", "import", tmp_path / "demo.pem", *arguments, demo.iss, "--home", other).code == 0
    assert shell("verify", "--home", other, "--json", "--at", "2022-04-15T05:20:00Z", text).reasons == ["ok"]
    crossed = shell("verify", "--home", other, "--json", "--at", "2022-04-15T05:20:00Z", real.issue())
    assert crossed.reasons == ["issuer_unknown"]
    assert "demonstration" in crossed.verdicts[0]["detail"]


def test_an_enrolled_real_station_with_leave_to_pin_takes_no_demonstration(tmp_path: Path, shell: Shell) -> None:
    office = Office(tmp_path)
    office.new_issuer()
    policy = office.folder.staged / "policy" / "station.json"
    policy.write_text(policy.read_text().replace('"local_pins": false', '"local_pins": true'))
    office.publish()
    home = office.station().home
    real, demo = NativeIssuer("hanoi.gov.vn"), NativeIssuer("demo:x")
    for issuer, code in ((demo, 1), (real, 0)):
        (tmp_path / "key.pem").write_text(issuer.pem)
        ran = shell(
            "keys", "import", tmp_path / "key.pem", "--format", "native", "--issuer", issuer.iss, "--home", home
        )
        assert ran.code == code, ran.err


@pytest.mark.parametrize(
    ("kind", "issuer", "kid", "why"),
    [
        ("P-384", "hcm.gov.vn", "", "P-256 or Ed25519"),
        ("RSA", "hcm.gov.vn", "", "P-256 or Ed25519"),
        ("P-256", "HCM gov", "", "--issuer"),
        ("P-256", "", "", "--issuer"),
        ("P-256", "hcm.gov.vn", "0011223344", "8 bytes"),
    ],
)
def test_a_key_that_no_native_pass_could_use_is_not_pinned(
    shell: Shell, tmp_path: Path, kind: str, issuer: str, kid: str, why: str
) -> None:
    (tmp_path / "key.pem").write_text(NativeIssuer(kind=kind).pem)
    arguments = ["--format", "native", *(("--issuer", issuer) if issuer else ()), *(("--kid", kid) if kid else ())]
    ran = shell("keys", "import", tmp_path / "key.pem", *arguments, "--json")
    assert ran.code == 1
    assert why in ran.json["skipped"][0]["reason"]


def test_a_key_comes_in_by_the_authority_as_well(admin: Admin, tmp_path: Path) -> None:
    issuer = NativeIssuer("hanoi.gov.vn", "Ed25519")
    (tmp_path / "hanoi.pem").write_text(issuer.pem)
    arguments = ("--format", "native", "--issuer", "hanoi.gov.vn", "--list", "hanoi", "--revocation", "hanoi")
    assert admin("import", str(tmp_path / "hanoi.pem"), *arguments, "--unsigned", "handed over")[0] == 0
    assert admin("new-list", "hanoi", "--status", "1712")[0] == 0
    assert admin("publish")[0] == 0
    home, served = tmp_path / "station", admin.folder / "repository"
    fingerprint = admin("root-fingerprint")[1].splitlines()[0]
    root = served / "metadata" / "1.root.json"
    enrolled = ("enroll", str(served), "--root", str(root), "--fingerprint", fingerprint, "--home", str(home))
    assert cli.run([*enrolled]) == 0
    assert cli.run(["sync", "--home", str(home)]) == 0
    now = int(Path(home).stat().st_mtime)
    text = issuer.issue(made_claims(iss=issuer.iss, nbf=None, iat=now, exp=now + 3600))
    assert Verifier.open(home).verify(text).reason.word == "ok"
