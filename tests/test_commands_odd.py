"""Every command with what nobody should give it: one line that says what is wrong and what to do, never a crash."""

import os
import sys
from pathlib import Path

import pytest
from commands import Shell, one_line, process
from made_lists import made
from repository import Repository

from checkpoint.commands import status
from checkpoint.readers.devices import Device
from checkpoint.store import enrolment
from checkpoint.words import LANGUAGES, say

NO_TEXT = "\udcff"  # what a byte of the command line becomes that is no UTF-8
LONG = "a" * 5000  # longer than any file's name
CRASH = "CHECKPOINT_DEBUG"
CERTIFICATE = made("Signer")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    path = tmp_path / "signer.pem"
    path.write_bytes(CERTIFICATE.pem)
    return path


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names without a folder mean files of this test."""
    monkeypatch.chdir(tmp_path)


def sayable(err: str) -> str:
    """What the tool said, which must never be its report of a crash."""
    assert CRASH not in err
    assert "Traceback" not in err
    return err


# --- files

FILES = {
    "nothing": b"",
    "zeros": bytes(100),
    "words": b"a letter\nto the ministry\n",
    "an empty object": b"{}",
    "an empty array": b"[]",
    "a number": b"5",
    "deep": b"[" * 5000,
    "deep objects": b'{"keys":' * 5000,
    "a mark of byte order": b"\xef\xbb\xbf{}",
    "utf-16": "-----BEGIN CERTIFICATE-----".encode("utf-16"),
    "a cut certificate": CERTIFICATE.der[:100],
    "a cut block": CERTIFICATE.pem[:200],
    "a private key": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_without_keys_is_refused_in_one_line_with_a_next_step(shell: Shell, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(FILES[name])
    ran = shell("keys", "import", tmp_path / "file")
    assert ran.code == 1
    assert one_line(sayable(ran.err))
    assert " – " in ran.err
    assert not (shell.home / "keys" / "issuers.jsonl").exists()


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_anchor_is_refused_before_anything_is_read(
    shell: Shell, tmp_path: Path, certificate: Path, name: str
) -> None:
    (tmp_path / "file").write_bytes(FILES[name])
    ran = shell("keys", "import", certificate, "--anchor", tmp_path / "file")
    assert ran.code == 1
    assert one_line(sayable(ran.err))
    assert not (shell.home / "keys" / "issuers.jsonl").exists()


@pytest.mark.parametrize("name", [name for name in FILES if name not in ("nothing", "words")])
def test_a_file_without_revocations_pins_none(shell: Shell, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(FILES[name])
    sayable(shell("revocations", "import", tmp_path / "file").err)
    assert shell("revocations", "list").out == ""


@pytest.mark.parametrize("where", ["absent.pem", ".", LONG, NO_TEXT])
@pytest.mark.parametrize(
    "command",
    [
        ["keys", "import", "{}"],
        ["keys", "import", "signer.pem", "--anchor", "{}"],
        ["enroll", "/nowhere", "--fingerprint", "00", "--root", "{}"],
    ],
    ids=["keys", "anchor", "root"],
)
def test_a_path_that_leads_to_no_file_is_named_and_something_can_be_done(
    shell: Shell, certificate: Path, command: list[str], where: str
) -> None:
    ran = shell(*(one.format(where) for one in command))
    assert ran.code == 1
    assert one_line(sayable(ran.err))
    assert " – " in ran.err or "…" in ran.err  # a name that is too long leaves no room


def test_a_copy_of_the_pins_cannot_be_written_where_no_folder_is(shell: Shell) -> None:
    ran = shell("keys", "export", Path("absent") / "pins.db")
    assert ran.code == 1
    assert ran.err.startswith("checkpoint: absent/pins.db: No such file or directory – name a file in a folder")


# --- a home that is none

READING = [["keys", "list"], ["keys", "show", "x"], ["revocations", "list"], ["status"]]


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_home_that_is_a_file_is_named_instead_of_the_error_of_the_machine(
    shell: Shell, tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "file").write_bytes(b"")
    ran = shell(*command, "--home", tmp_path / "file")
    if command == ["status"]:  # a verdict on the station, and not a failure
        assert (ran.code, ran.err) == (5, "")
        assert "Not a directory" in ran.out
        return
    assert ran.code == 1
    assert one_line(sayable(ran.err))
    assert f"{tmp_path}/file/" in ran.err
    assert "Not a directory – check the path" in ran.err


@pytest.mark.parametrize(
    ("command", "code"),
    [(["status"], 5), (["keys", "list"], 0), (["keys", "show", "x"], 1), (["revocations", "list"], 0)],
)
def test_a_home_that_may_not_be_read_is_no_wrong_use(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, command: list[str], code: int
) -> None:
    """What a command finds there it says itself: `status` ends with 5 as the door would, never with 2."""
    shell.home.mkdir(exist_ok=True)
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    assert shell(*command, "--home", shell.home).code == code


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_status_names_clock_camera_and_disk_as_the_contract_says(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    bare = shell("status", "--lang", lang).out
    assert ("Camera: none found" in bare) or ("Camera: không tìm thấy" in bare) or "/dev/video" in bare
    monkeypatch.setattr(status, "cameras", lambda: [Device("/dev/video7", "Evil\x1b[2J cam")])
    monkeypatch.setattr(status, "_free", lambda _: 5_000_000)
    found = shell("status", "--lang", lang)
    assert found.code == 5
    assert "\x1b" not in found.out
    lines = found.out.splitlines()
    clock, camera, disk = lines[-3:]
    assert clock.startswith(("Clock: ", "Đồng hồ: "))
    assert "/dev/video7 Evil" in camera
    assert "5 MB" in disk
    facts = shell("status", "--json").json
    assert facts["cameras"][0]["path"] == "/dev/video7"
    assert "\x1b" not in facts["cameras"][0]["name"]
    assert facts["free_bytes"] == 5_000_000


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_home_with_a_name_that_no_disk_can_hold_is_no_crash(shell: Shell, command: list[str]) -> None:
    ran = shell(*command, "--home", LONG)
    assert ran.code in (0, 1)
    sayable(ran.err)


def test_a_failure_without_a_path_still_says_how_to_learn_more(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from checkpoint.commands import status

    for error, said in (
        (OSError("odd"), "failed: OSError – run it again with CHECKPOINT_DEBUG=1"),
        (RuntimeError("odd"), "failed: RuntimeError – run it again with CHECKPOINT_DEBUG=1"),
        (OSError(5, "Input/output error", "/x"), "/x: Input/output error – check that path"),
    ):

        def fails(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(status, "readiness", fails)
        ran = shell("status")
        assert ran.code == 1
        assert ran.err.startswith(f"checkpoint: {said}")
        assert one_line(ran.err)


# --- text that is none


@pytest.mark.parametrize(
    "command",
    [
        ["keys", "import", "signer.pem", "--issuer", NO_TEXT],
        ["keys", "import", "signer.pem", "--kid", NO_TEXT, "--format", "shc"],
        ["keys", "import", "signer.pem", "--revocation", f"eu{NO_TEXT}"],
        ["enroll", f"/media/{NO_TEXT}", "--fingerprint", "00"],
    ],
    ids=lambda command: next((one for one in command if one.startswith("--")), ""),
)
def test_bytes_of_the_command_line_that_are_no_text_are_wrong_use_and_reach_no_file(
    shell: Shell, certificate: Path, command: list[str]
) -> None:
    ran = shell(*command)
    assert ran.code == 2
    assert "UTF-8" in sayable(ran.err)
    assert not shell.home.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="arguments are bytes on POSIX alone")
def test_a_pass_of_bytes_that_are_no_text_is_judged_in_a_process_too(tmp_path: Path) -> None:
    ran = process(tmp_path, "verify", "--json", os.fsdecode(b"HC1:\xff\xfe"))
    assert ran.code == 6
    assert ran.err == ""
    assert ran.json["outcome"] == "unreadable"


@pytest.mark.parametrize("format", ["vds", "idb", "doc2d", "hcert", "shc", "divoc", "nzcp", "native"])
@pytest.mark.parametrize("kid", ["", " ", "x", "\n", "\u0661", "0", "zz" * 40, "DE\u0130", LONG])
def test_a_key_id_that_no_code_could_carry_never_crashes(
    shell: Shell, certificate: Path, format: str, kid: str
) -> None:
    ran = shell("keys", "import", certificate, "--kid", kid, "--format", format, "--issuer", "demo:x")
    assert ran.code in (0, 1, 2)
    sayable(ran.err)
    listed = shell("keys", "list", "--json")
    assert listed.code == 0
    assert listed.out.count("\n") == (1 if ran.code == 0 else 0)


@pytest.mark.parametrize("country", ["D", "DEU", "D1", "ÄÖ", "\u0661\u0662", " D"])
def test_a_country_that_is_not_two_letters_is_wrong_use(shell: Shell, certificate: Path, country: str) -> None:
    ran = shell("keys", "import", certificate, "--country", country)
    assert ran.code == 2
    assert "two letters" in ran.err


@pytest.mark.parametrize("time", ["", "0s", "-5s", "5", "5d", "nan", "infs", "1e3s", "s", "٣s", "5 s", "9" * 400 + "s"])
def test_a_pause_that_is_no_time_is_wrong_use(shell: Shell, time: str) -> None:
    for option in ("--every", "--deadline"):
        ran = shell("sync", option, time)
        assert ran.code in (1, 2)
        sayable(ran.err)
        if time not in ("5", "1e3s", "٣s"):
            assert ran.code == 2, option


# --- words in both languages


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("key", "args"),
    [
        ("scan.camera_none", ()),
        ("note.video_absent", ("film.mp4",)),
        ("note.video_not_opened", ("film.mp4",)),
        ("kiosk.no_server", ("8460",)),
        ("kiosk.no_browser", ()),
        ("kiosk.pin_bad", ()),
        ("note.serial_absent", ("/dev/ttyUSB0",)),
        ("note.camera_absent", ("0",)),
        ("note.pyserial", ()),
    ],
)
def test_what_is_missing_is_said_with_what_to_do_about_it(lang: str, key: str, args: tuple[str, ...]) -> None:
    said = say(lang, key, *args)
    assert all(one in said for one in args)
    assert any(mark in said for mark in (". ", ": ", "; ", ", ")), said  # a second part: the next step
    assert said != say("en" if lang == "vi" else "vi", key, *args)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_video_that_is_not_there_is_one_line_of_the_language_that_was_asked_for(shell: Shell, lang: str) -> None:
    for where in ("absent.mp4", "."):
        ran = shell("scan", "--camera", where, "--lang", lang)
        assert ran.code == 1
        assert ran.err == f"checkpoint: {say(lang, 'note.video_absent', where)}\n"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_stick_that_is_not_in_is_one_line_of_the_language_that_was_asked_for(
    shell: Shell, tmp_path: Path, lang: str
) -> None:
    repo = Repository(tmp_path / "repo")
    repo.publish()
    ran = shell("enroll", tmp_path / "absent", "--fingerprint", repo.fingerprint, "--lang", lang)
    assert ran.code == 1
    assert one_line(ran.err)
    assert say(lang, "sync.folder_missing", str(tmp_path / "absent")) in ran.err
    assert say(lang, "remedy.sync.folder_missing") in ran.err
    assert enrolment.pinned_root(shell.home) is None
