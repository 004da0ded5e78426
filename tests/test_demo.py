"""`checkpoint demo`: the main job shown end to end, with nothing left behind and nothing fetched."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from checkpoint import demo
from checkpoint.model import Reason
from checkpoint.words import say
from tests.commands import Shell, one_line, process

EXPECTED = {
    "good": "ok",
    "expired": "expired",
    "not-yet-valid": "not_yet_valid",
    "revoked": "revoked",
    "forged": "signature_invalid",
    "unknown-issuer": "issuer_unknown",
}


def test_the_demo_gives_every_verdict_as_it_must_and_leaves_nothing(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    done = shell("demo", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.reasons == list(EXPECTED.values())
    assert [one["source"] for one in done.verdicts] == [f"{name}.png" for name in EXPECTED]
    assert os.listdir(temporary) == []
    assert not shell.home.exists(), "the station of whoever tries it is left alone"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_demo_speaks_to_people_in_both_languages(shell: Shell, lang: str) -> None:
    done = shell("demo", "--lang", lang)
    assert (done.code, done.err) == (0, "")
    assert "Nguyễn Bảo Duy" in done.out
    assert all(f"{name}.png" in done.out for name in EXPECTED)
    assert say(lang, "demo.done") in done.out


def test_the_demo_that_is_kept_can_be_tried_with_verify(shell: Shell, tmp_path: Path) -> None:
    kept = tmp_path / "deep" / "demo"
    assert shell("demo", "--keep", kept).code == 0
    for name, reason in EXPECTED.items():
        judged = shell("verify", "--json", "--home", kept, kept / f"{name}.png")
        assert judged.reasons == [reason]
    good = process(shell.home, "verify", "--home", kept, kept / "good.png")
    assert (good.code, good.err) == (0, "")
    assert "PASS" in good.out.upper() or "ADMIT" in good.out.upper()
    again = shell("demo", "--keep", kept)
    assert again.code == 1
    assert one_line(again.err), "what is there is never written over"


def test_a_folder_that_cannot_be_made_is_one_line_and_exit_1(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    done = shell("demo", "--keep", tmp_path / "file" / "demo")
    assert (done.code, done.out) == (1, "")
    assert one_line(done.err)


def test_an_installation_that_errs_says_so_with_exit_1(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    real = demo.prepare

    def wrong(home: Path, now: float) -> list[demo.Pass]:
        passes = real(home, now)
        return [replace(passes[0], expected=Reason.EXPIRED), *passes[1:]]

    monkeypatch.setattr(demo, "prepare", wrong)
    done = shell("demo", "--json")
    assert done.code == 1
    assert one_line(done.err)
    assert len(done.verdicts) == len(EXPECTED), "the verdicts are shown all the same"


def test_no_two_demonstrations_share_a_key(tmp_path: Path) -> None:
    kids = {demo.Issuer("X", "VN", 1e9).record.fingerprint for _ in range(3)}
    assert len(kids) == 3
    assert demo.Issuer("X", "VN", 1e9).record.test, "keys of the demonstration are flagged as test keys"
