"""The command line as programs and people use it: what it reads, what it says, and with which exit code it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from checkpoint import __version__, cli
from checkpoint.commands import app, judging
from checkpoint.commands import verify as verify_command
from checkpoint.commands.options import VerifyOptions, parse
from checkpoint.verifier import Verifier
from tests.commands import AT, ROOT, Shell, environment, one_line, process
from tests.issuer import DAY, NOW, Issuer, claimset, home_with
from tests.rendered import frame_with, picture, qr

ISSUER, STRANGER = Issuer(), Issuer()
GOOD = ISSUER.issue()
FORGED = STRANGER.wrap(protected={1: -7, 4: ISSUER.kid})
PASSES = {  # outcome: (text, reason, exit code)
    "admit": (GOOD, "ok", 0),
    "refuse": (FORGED, "signature_invalid", 3),
    "expired": (ISSUER.issue(claimset(exp=int(NOW - DAY))), "expired", 3),
    "check": (STRANGER.issue(), "issuer_unknown", 4),
    "unreadable": ("https://example.org", "unsupported", 6),
    "damaged": ("HC1:!!!", "damaged", 6),
}


@pytest.fixture
def station(shell: Shell) -> Shell:
    home_with(shell.home, ISSUER)
    return shell


# --- one language in two lanes ---------------------------------------------------------------------------------------

WORDS = [
    "HC1:A",
    "x",
    "",
    "-",
    "--",
    "--json",
    "--json=1",
    "--home",
    "--home=h",
    "--home=",
    "--at",
    "--at=2022",
    "--policy",
    "--policy=authentic",
    "--policy=a=b",
    "--lang",
    "vi",
    "en",
    "--lang=vi",
    "--lang=fr",
    "--lang=",
    "--help",
    "--bogus",
    "-x",
    "-j",
    "--jso",
    "--version",
    "---",
    "-1",
    "--=x",
    "=",
    "a b",
]


class Seen(BaseException):
    """Carries what typer understood out of it."""

    def __init__(self, options: VerifyOptions) -> None:
        self.options = options


def by_typer(args: list[str], monkeypatch: pytest.MonkeyPatch) -> VerifyOptions | int:
    def seen(options: VerifyOptions) -> int:
        raise Seen(options)

    with monkeypatch.context() as patched:
        patched.setattr(judging.verify_command, "run", seen)
        try:
            return app.run(["verify", *args])
        except Seen as caught:
            return caught.options


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(args=st.lists(st.sampled_from(WORDS), max_size=5))
@example(args=["x", "--at"])
@example(args=["--at", "--json", "x"])
@example(args=["--", "--json"])
@example(args=["--", "--", "x"])
@example(args=["x", "--", "-"])
@example(args=["--home", "a", "x", "--home", "b", "--json", "--json"])
@example(args=["--lang", "fr", "x"])
@example(args=["x", "--lang=fr", "--lang=vi"])
@example(args=["x", "--lang=vi", "--lang=fr"])
@example(args=["--lang=", "x"])
@example(args=["--home", "", "x"])
def test_the_fast_lane_and_typer_read_every_command_line_alike(
    args: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fast, full = parse(args), by_typer(args, monkeypatch)
    if fast is None:  # the fast lane leaves it to typer, which must then have something to say
        assert full in (0, 2)
        assert full == 2 or "--help" in args
    else:
        assert full == fast
    capsys.readouterr()


@pytest.mark.parametrize(
    "args",
    [
        ["verify"],
        ["verify", "--json"],
        ["verify", "x", "--bogus"],
        ["verify", "x", "-x"],
        ["verify", "x", "--json=yes"],
        ["verify", "x", "--home"],
        ["verify", "x", "--lang", "fr"],
        ["verify", "x", "--lang", "VI"],
        ["verify", "x", "--lang="],
        ["verify", "x", "--at"],
        ["verify", "x", "--at", "yesterday"],
        ["verify", "x", "--at", "2022-05-01"],
        ["verify", "x", "--at", "2022-05-01T00:00:00"],
        ["verify", "x", "--at", "2022-13-01T00:00:00Z"],
        ["verify", "x", "--at", "1651363200"],
        ["verify", "x", "--at", "2022-04-15T12:00:60Z"],
        ["verify", "x", "--at", "2016-12-31T23:60:00Z"],
        ["verify", "x", "--at", "9999-12-31T23:59:60Z"],
        ["verify", "x", "--at="],
        ["verify", "x", "--policy", "bogus"],
        ["verify", "x", "--policy="],
        ["bogus"],
        ["--bogus"],
        ["scan", "--lang", "fr"],
        ["scan", "--policy", "bogus"],
        ["scan", "--camera", "0", "--keyboard"],
        ["keys"],
        ["keys", "bogus"],
        ["keys", "show"],
        ["demo", "--lang", "fr"],
        ["demo", "extra"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_exit_2_and_nothing_on_stdout_that_could_be_a_verdict(station: Shell, args: list[str]) -> None:
    done = station(*args)
    assert done.code == 2
    assert "outcome" not in done.out
    assert "Traceback" not in done.err


COMMANDS = [
    [],
    ["verify"],
    ["scan"],
    ["demo"],
    ["keys"],
    ["revocations"],
    *(["keys", name] for name in ("import", "list", "show", "remove")),
    *(["revocations", name] for name in ("import", "list", "remove")),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_exit_0(shell: Shell, command: list[str]) -> None:
    done = shell(*command, "--help")
    assert (done.code, done.err) == (0, "")
    assert "Usage: checkpoint" in done.out
    assert "--help" in done.out


def test_help_for_verify_names_every_option_of_the_contract(shell: Shell) -> None:
    out = shell("verify", "--help").out
    assert all(name in out for name in ("--home", "--policy", "--json", "--lang", "--at", "PASS"))
    assert all(name in shell("--help").out for name in ("verify", "scan", "keys", "revocations", "demo"))


def test_the_version_is_told(shell: Shell) -> None:
    assert shell("--version").out == f"checkpoint {__version__}\n"
    assert process(shell.home, "--version").out == f"checkpoint {__version__}\n"


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("checkpoint sc", {"scan"}),
        ("checkpoint re", {"revocations"}),
        ("checkpoint scan --came", {"--camera"}),
        ("checkpoint keys re", {"remove"}),
        ("checkpoint authority revok", {"revoke"}),
    ],
)
def test_the_shell_is_offered_commands_and_their_options(station: Shell, line: str, offered: set[str]) -> None:
    env = {"_CHECKPOINT_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    done = subprocess.run(
        [sys.executable, "-m", "checkpoint"], env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    assert set(done.stdout.split()) == offered, done.stderr


def test_listing_the_commands_loads_none_of_them(station: Shell) -> None:
    for args in (["--help"], ["--version"], ["scna"]):
        code = f"import sys\nfrom checkpoint import cli\ncli.run({args})\nprint([*sys.modules], file=sys.stderr)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        loaded = done.stderr.splitlines()[-1]
        assert "'typer'" in loaded
        assert "cv2" not in loaded
        assert "checkpoint.commands.scan" not in loaded


def test_a_command_behind_two_dashes_is_carried_out_all_the_same(station: Shell) -> None:
    assert station("--", "keys", "list").out == station("keys", "list").out != ""


# --- verdicts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PASSES)
def test_each_outcome_has_its_exit_code(station: Shell, name: str) -> None:
    text, reason, code = PASSES[name]
    judged = station.verify(text)
    assert (judged.code, judged.reasons, judged.err) == (code, [reason], "")
    plain = station("verify", *AT, text)
    assert plain.code == code
    assert plain.out.strip()


def test_a_station_without_keys_is_not_ready(shell: Shell) -> None:
    judged = shell.verify(GOOD)
    assert (judged.code, judged.reasons) == (5, ["trust_missing"])


FIELDS = [
    "outcome",
    "reason",
    "grant",
    "detail",
    "remedy",
    "format",
    "pass_id",
    "issuer",
    "subject",
    "credentials",
    "issued_at",
    "valid_from",
    "valid_until",
    "checks",
    "as_of",
    "policy",
    "at",
    "source",
]


@pytest.mark.parametrize("name", PASSES)
def test_the_json_line_is_ascii_and_has_every_field_of_the_contract(station: Shell, name: str) -> None:
    out = station.verify(PASSES[name][0]).out
    assert out.isascii()
    assert out.endswith("}\n")
    assert out.count("\n") == 1
    verdict = json.loads(out)
    assert list(verdict)[: len(FIELDS)] == FIELDS
    names = {"format", "signature", "key", "time", "revocation", "identity", "policy", "reuse", "clock", "trust"}
    assert {one["check"] for one in verdict["checks"]} <= names
    assert {one["result"] for one in verdict["checks"]} <= {"pass", "fail", "unknown", "warning", "skipped"}
    assert verdict["policy"] == {"id": "authentic", "version": "1"}
    assert (verdict["at"], verdict["source"]) == ("2022-04-15T05:20:00Z", "argument 1")
    assert verdict["detail"]


def test_the_facts_of_an_admitted_pass_are_in_the_json(station: Shell) -> None:
    verdict = station.verify(GOOD).json
    assert verdict["subject"]["name"] == "Nguyễn Bảo Duy"
    assert verdict["subject"]["birth_date"] == "1983-10-10"
    assert verdict["issuer"] | {"name": ""} == {
        "id": "VN",
        "name": "",
        "country": "VN",
        "kid": ISSUER.record.kid,
        "trust": "pinned",
    }
    (dose,) = verdict["credentials"]
    expected = {"kind": "vaccination", "product": "EU/1/21/1529", "dose": 2, "doses": 2, "date": "2022-01-18"}
    assert {name: dose[name] for name in expected} == expected
    assert verdict["pass_id"].startswith("hcert-")
    results = {one["check"]: one["result"] for one in verdict["checks"]}
    assert results == {
        "format": "pass",
        "signature": "pass",
        "key": "pass",
        "time": "pass",
        "revocation": "unknown",
        "policy": "pass",
    }


@pytest.mark.parametrize("name", ["refuse", "check", "unreadable", "damaged"])
def test_nothing_that_no_signature_protects_is_shown_as_if_it_did(station: Shell, name: str) -> None:
    verdict = station.verify(PASSES[name][0]).json
    assert (verdict["subject"], verdict["credentials"], verdict["pass_id"]) == (None, [], None)
    assert "Duy" not in station("verify", *AT, PASSES[name][0]).out


def test_several_passes_give_a_verdict_each_and_the_highest_exit_code(station: Shell) -> None:
    texts = {name: text for name, (text, _, _) in PASSES.items()}
    judged = station.verify(*texts.values())
    assert judged.code == 6
    assert [one["source"] for one in judged.verdicts] == [f"argument {n}" for n in range(1, len(texts) + 1)]
    for order in ((texts["admit"], texts["refuse"], texts["check"]), (texts["check"], texts["admit"], texts["refuse"])):
        assert station.verify(*order).code == 4
    assert station.verify(GOOD, GOOD).code == 0


def test_at_judges_pass_and_key_as_of_then(station: Shell) -> None:
    late = ISSUER.issue(claimset(nbf=int(NOW)))
    for at, reason in (
        ("2022-04-15T05:20:00Z", "ok"),
        ("2022-04-15T12:20:00+07:00", "ok"),
        ("2022-04-15t05:20:00z", "ok"),
        ("2016-12-31T23:59:60Z", "not_yet_valid"),
        ("2017-01-01T06:59:60+07:00", "not_yet_valid"),
        ("2022-04-15T05:19:59Z", "not_yet_valid"),
        ("2022-07-24T05:20:00Z", "ok"),
        ("2022-07-24T05:20:01Z", "expired"),
        ("0001-01-01T00:00:00+14:00", "not_yet_valid"),
        ("9999-12-31T23:59:59-14:00", "expired"),
    ):
        assert station("verify", "--json", late, "--at", at).reasons == [reason]
    assert station("verify", "--json", late).reasons == ["expired"]


# --- where a pass comes from -----------------------------------------------------------------------------------------


def test_stdin_brings_one_pass_a_line_in_any_shape(station: Shell) -> None:
    lines = [
        b"\xef\xbb\xbf" + GOOD.encode() + b"\r\n",
        b"\n\r\n",
        GOOD.encode() + b"\r",
        b"\xff\xfe\x00 no text\n",
        b"HC1:" + b"A" * 200_000 + b"\n",
        b"\x1b]52;c;AAAA\x07\n",
        GOOD.encode() + b"\t\r\n",
        FORGED.encode(),
    ]
    judged = station.verify("-", stdin=b"".join(lines))
    assert judged.reasons == ["ok", "ok", "unsupported", "damaged", "unsupported", "ok", "signature_invalid"]
    assert [one["source"] for one in judged.verdicts] == [f"stdin line {n}" for n in range(1, 8)]
    assert judged.code == 6


def test_a_picture_without_any_code_is_never_taken_for_an_empty_stdin(
    station: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers refuse such a picture; should one ever give nothing instead, nobody is told about standard input."""
    from checkpoint import readers

    monkeypatch.setattr(readers, "read_file", lambda *_: [])
    (tmp_path / "white.png").write_bytes(b"\x89PNG")
    judged = station.verify(tmp_path / "white.png")
    assert (judged.code, judged.reasons, judged.verdicts[0]["source"]) == (6, ["no_code"], "argument 1")


def test_arguments_that_give_nothing_are_not_called_standard_input(
    station: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkpoint.commands import verify as command

    monkeypatch.setattr(command, "expand", lambda _: iter(()))
    for argument, words in (("x.png", "there is no pass in what was given"), ("-", "standard input")):
        judged = station.verify(argument)
        assert (judged.code, judged.out) == (2, "")
        assert words in judged.err


def test_stdin_that_brings_nothing_admits_nobody(station: Shell) -> None:
    for nothing in (b"", b"\n\n"):
        judged = station.verify("-", stdin=nothing)
        assert (judged.code, judged.out) == (2, "")
        assert one_line(judged.err)
    closed = ["sh", "-c", '"$0" -m checkpoint verify - <&-', sys.executable]
    done = subprocess.run(closed, capture_output=True, env=environment(station.home), check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert one_line(done.stderr.decode())
    assert station.verify("-", stdin=b"\xef\xbb\xbf\n").reasons == ["unsupported"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("passes")
    poster = qr("https://example.org/menu")
    (folder / "good.png").write_bytes(picture(qr(GOOD)))
    (folder / "good.JPG").write_bytes(picture(qr(GOOD), "jpeg"))
    (folder / "good.pdf").write_bytes(picture(qr(GOOD), "pdf"))
    (folder / "no suffix").write_bytes(picture(qr(GOOD)))
    (folder / "beside.png").write_bytes(picture(frame_with(poster, qr(GOOD), size=(1600, 900))))
    (folder / "poster.png").write_bytes(picture(poster))
    (folder / "damaged.png").write_bytes(picture(frame_with(poster, qr("HC1:AAAA"))))
    (folder / "two.png").write_bytes(picture(frame_with(qr(GOOD), qr(FORGED), size=(1800, 1000))))
    (folder / "blank.png").write_bytes(picture(frame_with()))
    (folder / "pass.txt").write_bytes(b"\xef\xbb\xbf" + GOOD.encode() + b"\r\n")
    (folder / "noise").write_bytes(bytes(range(256)) * 4)
    (folder / "noise.png").write_bytes(bytes(range(256)) * 4)
    (folder / "empty").write_bytes(b"")
    (folder / "empty.pdf").write_bytes(b"")
    return folder


@pytest.mark.parametrize("name", ["good.png", "good.JPG", "good.pdf", "no suffix", "beside.png", "pass.txt"])
def test_a_file_that_holds_one_pass_gives_one_verdict(station: Shell, files: Path, name: str) -> None:
    judged = station.verify(files / name)
    assert (judged.code, judged.reasons) == (0, ["ok"])
    assert judged.json["source"].startswith("argument 1")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("poster.png", "unsupported"),
        ("damaged.png", "damaged"),
        ("blank.png", "no_code"),
        ("noise", "no_code"),
        ("noise.png", "no_code"),
        ("empty", "no_code"),
        ("empty.pdf", "no_code"),
    ],
)
def test_a_file_without_a_pass_is_one_unreadable_verdict(station: Shell, files: Path, name: str, reason: str) -> None:
    judged = station.verify(files / name)
    assert (judged.code, judged.reasons) == (6, [reason])


def test_two_passes_in_one_picture_are_two_verdicts(station: Shell, files: Path) -> None:
    judged = station.verify(files / "two.png")
    assert (judged.code, sorted(judged.reasons)) == (3, ["ok", "signature_invalid"])
    assert {one["source"] for one in judged.verdicts} == {"argument 1, code 1", "argument 1, code 2"}


def test_pictures_and_texts_mix_and_each_picture_stands_for_itself(station: Shell, files: Path) -> None:
    judged = station.verify(files / "good.png", files / "poster.png", GOOD, files / "beside.png")
    assert judged.reasons == ["ok", "unsupported", "ok", "ok"]


def test_a_missing_picture_or_a_folder_is_exit_2_and_one_line(station: Shell, files: Path) -> None:
    for wrong in ("missing.png", "missing.PDF", "sub/missing.jpeg", ".", "..", "evil\x1b[2J.png"):
        done = station.verify(files / wrong)
        assert (done.code, done.out) == (2, "")
        assert one_line(done.err)
        assert "\x1b" not in done.err
    first = station.verify(GOOD, files / "missing.png")
    assert (first.code, first.reasons) == (2, ["ok"])


def test_a_file_that_cannot_be_opened_is_exit_2_and_one_line(
    station: Shell, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    monkeypatch.setattr(verify_command.Verifier, "open", lambda _: None)
    done = station.verify(files / "good.png")
    assert done.code == 2
    assert one_line(done.err)


def test_a_picture_in_a_folder_that_nobody_may_look_into_is_no_text(
    station: Shell, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", forbidden)
    done = station.verify(files / "good.png")
    assert (done.code, done.out) == (2, "")
    assert "Permission denied" in done.err
    assert one_line(done.err)


def test_a_text_is_never_taken_for_a_file_of_that_name(station: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(station.home)
    Path("HC1:x").write_text(GOOD)
    assert station.verify("HC1:x").reasons == ["damaged"]
    assert station.verify("./HC1:x").reasons == ["ok"]


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n", "x" * 300, "x" * 5000, "a/" * 3000, "\udcff", "a\nb", "%s", "CON", "file:///x", "~"],
)
def test_a_text_that_is_neither_pass_nor_file_is_unsupported(station: Shell, text: str) -> None:
    judged = station.verify(text)
    assert (judged.code, judged.reasons, judged.err) == (6, ["unsupported"], "")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40))
def test_any_text_gives_one_verdict_or_wrong_use_and_never_a_crash(station: Shell, text: str) -> None:
    done = station.verify("--", text)
    assert done.code in (2, 6)
    assert one_line(done.err) if done.code == 2 else len(done.verdicts) == 1


# --- the home and the language ---------------------------------------------------------------------------------------


def test_home_wins_over_the_environment_and_both_over_the_default(station: Shell, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    assert station.verify(GOOD).reasons == ["ok"]
    assert station.verify(GOOD, "--home", empty).reasons == ["trust_missing"]
    assert process(empty, "verify", "--json", *AT, GOOD, "--home", station.home).reasons == ["ok"]
    assert process(empty, "verify", "--json", *AT, GOOD).reasons == ["trust_missing"]
    assert process(empty, "verify", "--json", *AT, GOOD, CHECKPOINT_HOME="").reasons == ["trust_missing"]
    assert not empty.exists(), "looking changes nothing"


LANGUAGES = [
    ({}, "en"),
    ({"LANG": "vi_VN.UTF-8"}, "vi"),
    ({"LC_ALL": "vi_VN", "LANG": "en_US"}, "vi"),
    ({"LC_ALL": "en_US", "LANG": "vi_VN"}, "en"),
    ({"LC_MESSAGES": "VI"}, "vi"),
    ({"CHECKPOINT_LANG": "vi", "LC_ALL": "C"}, "vi"),
    ({"CHECKPOINT_LANG": "en", "LANG": "vi_VN"}, "en"),
    ({"LANG": "xx"}, "en"),
]


@pytest.mark.parametrize(("env", "lang"), LANGUAGES)
def test_the_words_are_in_the_language_of_the_environment_unless_told(
    station: Shell, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], lang: str
) -> None:
    said = {one: station.verify(GOOD, "--lang", one).json["detail"] for one in ("vi", "en")}
    assert said["vi"] != said["en"]
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert station.verify(GOOD).json["detail"] == said[lang]
    for one, words in said.items():
        assert station.verify(GOOD, "--lang", one).json["detail"] == words


# --- when something goes wrong inside --------------------------------------------------------------------------------


def test_a_crash_is_exit_1_and_one_line_without_traceback_or_data(
    station: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any) -> None:
        raise RuntimeError(f"secret {GOOD}")

    monkeypatch.setattr(Verifier, "open", crash)
    for args in (["verify", GOOD], ["scan", "--keyboard"], ["verify", GOOD, "--json"]):
        done = station(*args)
        assert (done.code, done.out) == (1, "")
        assert one_line(done.err)
        assert "secret" not in done.err
    monkeypatch.setenv("CHECKPOINT_DEBUG", "1")
    with pytest.raises(RuntimeError):
        station("verify", GOOD)


def test_an_interrupt_is_exit_130_without_a_word(station: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Verifier, "open", interrupted)
    monkeypatch.setattr("checkpoint.store.pins.read_issuers", interrupted)
    for args in (["verify", GOOD], ["scan", "--keyboard"], ["keys", "list"]):
        done = station(*args)
        assert done.code == 130
        assert "Traceback" not in done.err


@pytest.mark.skipif(os.name != "posix", reason="signals and pipes as POSIX has them")
@pytest.mark.parametrize("command", [["verify", "-", "--json"], ["verify", "-"]])
def test_ctrl_c_while_waiting_for_stdin_is_exit_130(station: Shell, command: list[str]) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "checkpoint", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(station.home),
    )
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(b"x\n")
    running.stdin.flush()
    assert running.stdout.readline(), "it answers line by line"
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (130, b"")


@pytest.mark.skipif(os.name != "posix", reason="signals and pipes as POSIX has them")
@pytest.mark.parametrize("command", [["verify", GOOD, *AT, "--json"], ["verify", GOOD, *AT], ["keys", "list"]])
def test_a_reader_that_went_away_is_never_an_admit(station: Shell, command: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "checkpoint", *command],
            stdout=closed,
            stderr=subprocess.PIPE,
            env=environment(station.home),
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_an_answer_that_could_not_be_written_is_no_success(station: Shell) -> None:
    for command in (["verify", GOOD, *AT, "--json"], ["verify", GOOD, *AT], ["keys", "list"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "checkpoint", *command],
                stdout=full,
                stderr=subprocess.PIPE,
                env=environment(station.home),
                check=False,
                timeout=60,
            )
        assert done.returncode == 1
        assert one_line(done.stderr.decode())
        assert "No space left on device" in done.stderr.decode()


# --- what a call costs -----------------------------------------------------------------------------------------------

HEAVY = (
    "dataclasses",
    "inspect",
    "logging",
    "typer",
    "click",
    "rich",
    "cv2",
    "numpy",
    "sqlite_utils",
    "PIL",
    "pyzbar",
    "zxingcpp",
    "pypdfium2",
    "hypothesis",
)


def test_verifying_a_text_imports_nothing_heavy(station: Shell) -> None:
    script = (
        "import sys; from checkpoint.cli import run; code = run(sys.argv[1:]); "
        f"print([name for name in {HEAVY} if name in sys.modules], code, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "verify", "--json", *AT, GOOD],
        capture_output=True,
        env=environment(station.home),
        check=True,
        text=True,
        timeout=60,
    )
    assert json.loads(done.stdout)["reason"] == "ok"
    assert done.stderr == "[] 0\n"


def test_the_entry_point_ends_the_process_with_the_exit_code(monkeypatch: pytest.MonkeyPatch, station: Shell) -> None:
    monkeypatch.setattr(sys, "argv", ["checkpoint", "verify", "--json", "https://example.org"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 6
    assert ROOT.joinpath("checkpoint", "cli.py").is_file()
