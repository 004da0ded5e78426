"""`checkpoint revocations`: pinned by hand, the verdict follows, and goes back when they are taken back."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from checkpoint.store.pins import REVOCATIONS
from checkpoint.verifier import Verifier
from tests.commands import Shell, one_line
from tests.issuer import NOW, VACCINATION, Issuer, claimset, dcc, home_with

ISSUER = Issuer()
UVCI = "URN:UVCI:01:VN:0123456789ABCDEF"
PASS = ISSUER.issue()
OTHER = ISSUER.issue(claimset(dcc(v=[{**VACCINATION, "ci": "URN:UVCI:01:VN:OTHER"}])))


@pytest.fixture
def station(shell: Shell) -> Shell:
    home_with(shell.home, ISSUER)
    assert shell.verify(PASS, OTHER).reasons == ["ok", "ok"]
    return shell


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def r_of_the_signature() -> bytes:
    from tests.test_hcert_hostile import cose_of

    return cose_of(PASS).signature[:32]


def pass_id() -> str:
    from checkpoint import verify
    from tests.issuer import trust_in

    claims = verify.check(PASS, trust_in(ISSUER.key_with()), NOW).claims
    assert claims is not None
    return claims.pass_id


WAYS: dict[str, tuple[str, ...]] = {
    "pass_id": (pass_id(),),
    "pass_id as hex": (pass_id().removeprefix("hcert-"), "--kind", "pass_id"),
    "UVCI": (UVCI,),
    "UVCI without prefix": (UVCI.removeprefix("URN:UVCI:"),),
    "UVCI in small letters": (UVCI.lower(),),
    "UVCI in small letters with kind": (UVCI.lower(), "--kind", "uvci"),
    "country and UVCI in small letters": ("vn" + UVCI.lower(), "--kind", "dcc-ccuci"),
    "UVCI with kind": (UVCI, "--kind", "dcc-uci"),
    "UVCI with the EU's kind": (UVCI, "--kind", "UCI"),
    "uvci as a kind": (UVCI, "--kind", "uvci"),
    "kind and UVCI": (f"dcc-uci:{UVCI}",),
    "country and UVCI": ("VN" + UVCI, "--kind", "dcc-ccuci"),
    "country and UVCI, the EU's kind": ("VN" + UVCI, "--kind", "COUNTRYCODEUCI"),
    "hash of the UVCI": (digest(UVCI)[:32],),
    "whole hash of the UVCI": (digest(UVCI),),
    "hash in capitals": (digest(UVCI)[:32].upper(),),
    "hash of country and UVCI": (digest("VN" + UVCI)[:32], "--kind", "dcc-ccuci"),
    "hash of the signature": (sha256(r_of_the_signature()).hexdigest()[:32], "--kind", "SIGNATURE"),
    "hash of the signature, bare": (sha256(r_of_the_signature()).hexdigest()[:32],),
}


def test_an_id_that_is_none_is_told_to_a_program_too(station: Shell) -> None:
    done = station("revocations", "import", "no id", "--json")
    assert (done.code, done.json["added"], done.json["skipped"][0]["id"]) == (1, 0, "no id")
    assert one_line(done.err)


@pytest.mark.parametrize("nothing", [b"", b"\n \n"])
def test_a_pipe_that_brought_nothing_is_no_success(station: Shell, nothing: bytes) -> None:
    for command in ("import", "remove"):
        done = station("revocations", command, "-", stdin=nothing)
        assert (done.code, done.out) == (1, "")
        assert one_line(done.err)


def test_a_byte_order_mark_before_a_list_is_none_of_its_business(station: Shell) -> None:
    for text in (json.dumps({"revokedCerts": [UVCI]}), UVCI):
        assert station("revocations", "import", "-", stdin=b"\xef\xbb\xbf" + text.encode()).code == 0
        assert station.verify(PASS).reasons == ["revoked"]
        assert station("revocations", "remove", UVCI).code == 0


@pytest.mark.parametrize("name", WAYS)
def test_a_pass_is_revoked_by_each_of_its_ids_and_good_again_without(station: Shell, name: str) -> None:
    words = WAYS[name]
    done = station("revocations", "import", *words, "--why", "lost", "--json")
    assert (done.code, done.err, done.json["skipped"], done.json["unchanged"]) == (0, "", [], 0)
    assert done.json["added"] >= 1
    judged = station.verify(PASS, OTHER)
    assert judged.reasons == ["revoked", "ok"]
    assert judged.code == 3
    again = station("revocations", "import", *words, "--json").json
    assert (again["added"], again["unchanged"]) == (0, done.json["added"])
    assert station("revocations", "remove", *words).code == 0
    assert station.verify(PASS, OTHER).reasons == ["ok", "ok"]
    assert one_line(station("revocations", "remove", *words).err)


@pytest.mark.parametrize(
    "content",
    [
        f"# lost in May\n\n{UVCI}\n".encode(),
        f"{UVCI}\r\n{pass_id()}\r\n".encode(),
        b"\xef\xbb\xbf" + UVCI.encode(),
        f"  {UVCI}  ".encode(),
        f"no id\n{UVCI}\n\x1b[2J\n".encode() + b"\xff\xfe\n",
    ],
    ids=["remark", "CRLF", "byte order mark", "spaces", "bad lines around"],
)
def test_a_file_or_stdin_brings_one_id_a_line(station: Shell, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ids.txt"
    path.write_bytes(content)
    for done in (station("revocations", "import", path), station("revocations", "import", "-", stdin=content)):
        assert done.code == 0
        assert "\x1b" not in done.out + done.err
    assert station.verify(PASS).reasons == ["revoked"]
    assert station("revocations", "remove", UVCI).code == 0


def test_bad_lines_are_named_with_their_reason(station: Shell) -> None:
    done = station("revocations", "import", "-", "--json", stdin=f"no id\n{UVCI}\nzz:{UVCI}\n".encode())
    assert [one["id"] for one in done.json["skipped"]] == ["no id", f"zz:{UVCI}"]
    assert all(one["reason"] for one in done.json["skipped"])


@pytest.mark.parametrize(
    "words", [("no id",), ("x" * 300,), ("x" * 5000,), ("\x1b[2J",), ("abcd",), ("", "--kind", "tsl")]
)
def test_what_is_no_id_is_one_line_and_exit_1_and_nothing_is_pinned(station: Shell, words: tuple[str, ...]) -> None:
    for command in ("import", "remove"):
        done = station("revocations", command, *words)
        assert (done.code, done.out) == (1, "")
        assert one_line(done.err)
        assert "\x1b" not in done.err
        assert "name too long" not in done.err
    assert not (station.home / "keys" / REVOCATIONS).exists()


def test_wrong_use_is_exit_2(station: Shell) -> None:
    for wrong in (["import"], ["remove"], ["import", UVCI, "--kind", "bogus"], ["import", UVCI, "--kind"], ["bogus"]):
        assert station("revocations", *wrong).code == 2


def test_list_shows_each_revocation_with_its_day_and_why(station: Shell) -> None:
    station("revocations", "import", pass_id(), "--why", "lost\tin \x1b[2J May\n\udcff")
    row = station("revocations", "list", "--json").json
    assert (row["kind"], row["id"]) == ("pass_id", pass_id().removeprefix("hcert-"))
    assert row["why"].startswith("lost in")
    assert "\x1b" not in row["why"]
    assert len(station("revocations", "list").out.splitlines()) == 1


def test_a_broken_line_is_told_where_it_is_listed(station: Shell) -> None:
    station("revocations", "import", pass_id())
    path = station.home / "keys" / REVOCATIONS
    path.write_bytes(path.read_bytes().upper())
    assert station.verify(PASS).reasons == ["trust_damaged"]
    done = station("revocations", "list")
    assert done.code == 1
    assert one_line(done.err)


def test_removing_one_revocation_leaves_the_others(station: Shell) -> None:
    station("revocations", "import", pass_id(), UVCI, "dcc-uci:" + "0" * 32)
    assert station("revocations", "remove", UVCI).code == 0
    assert station.verify(PASS).reasons == ["revoked"], "the pass_id stands"
    assert station("revocations", "remove", pass_id()).code == 0
    assert station.verify(PASS).reasons == ["ok"]
    assert len(station("revocations", "list").out.splitlines()) == 1


def test_a_full_disk_leaves_the_old_file_byte_for_byte(station: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    station("revocations", "import", UVCI)
    path = station.home / "keys" / REVOCATIONS
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        for done in (station("revocations", "import", pass_id()), station("revocations", "remove", UVCI)):
            assert (done.code, done.out) == (1, "")
            assert one_line(done.err)
    assert path.read_bytes() == before
    assert os.listdir(path.parent).count(REVOCATIONS) == len([one for one in os.listdir(path.parent) if "revoc" in one])


def test_an_open_station_follows_after_it_reloads(station: Shell) -> None:
    from datetime import UTC, datetime

    verifier, at = Verifier.open(station.home), datetime.fromtimestamp(NOW, UTC)
    station("revocations", "import", UVCI)
    assert verifier.verify(PASS, at).reason.word == "ok"
    verifier.reload()
    assert verifier.verify(PASS, at).reason.word == "revoked"
    detail = json.loads(verifier.verify(PASS, at).as_json())
    assert [one["result"] for one in detail["checks"] if one["check"] == "revocation"] == ["fail"]
