"""The commands of the station side as people and scripts use them: words on the screen, exit codes, JSON."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from enrolled import Site, make, site
from faulty_server import Server, serve

from checkpoint.cli import run
from checkpoint.store import enrolment
from checkpoint.store.invitation import Invitation, parse

__all__ = ["site"]


@pytest.fixture
def fresh(tmp_path: Path) -> Site:
    """An authority, and a station that has not heard of it."""
    return make(tmp_path)


@pytest.fixture
def server(fresh: Site) -> Iterator[Server]:
    with serve(fresh.repo.folder) as found:
        yield found


def told(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    found = capsys.readouterr()
    return found.out, found.err


def as_json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found = json.loads(told(capsys)[0])
    assert isinstance(found, dict)
    return found


def test_from_enrolment_to_an_admitted_pass_in_three_commands(
    fresh: Site, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(fresh.home)]
    root = str(fresh.repo.folder / "metadata" / "1.root.json")
    assert run(["verify", fresh.text, *home]) == 5
    assert run(["enroll", server.url, "--root", root, "--fingerprint", fresh.repo.fingerprint, *home]) == 0
    assert run(["status", *home]) == 5
    assert run(["sync", *home]) == 0
    assert run(["status", *home]) == 0
    capsys.readouterr()
    assert run(["verify", fresh.text, "--json", *home]) == 0
    assert as_json(capsys)["issuer"]["trust"] == "synced"


def test_enrolment_fetches_the_root_itself_and_believes_the_fingerprint_alone(fresh: Site, server: Server) -> None:
    home = ["--home", str(fresh.home)]
    assert run(["enroll", server.url, "--fingerprint", "0" * 64, *home]) == 1
    assert not (fresh.home / "keys" / "root.json").exists()
    assert run(["enroll", server.url, "--fingerprint", fresh.repo.fingerprint, *home]) == 0
    assert run(["enroll", str(fresh.repo.folder), "--fingerprint", fresh.repo.fingerprint, *home]) == 0
    assert enrolment.addresses(fresh.home) == [str(fresh.repo.folder), server.url]


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["https://example.org"],
        ["--fingerprint", "00"],
        ["https://example.org", "--camera", "0"],
        ["--camera", "0", "--fingerprint", "00"],
    ],
)
def test_enrolment_without_a_fingerprint_or_with_two_ways_at_once_is_wrong_use(fresh: Site, args: list[str]) -> None:
    assert run(["enroll", *args, "--home", str(fresh.home)]) == 2
    assert not fresh.home.exists()


def test_a_second_authority_is_refused_in_one_line(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make(tmp_path / "other")
    code = run(["enroll", str(other.repo.folder), "--fingerprint", other.repo.fingerprint, "--home", str(site.home)])
    assert code == 1
    out, err = told(capsys)
    assert not out
    assert err.count("\n") == 1


def test_the_camera_enrols_from_the_authoritys_code_alone(fresh: Site, server: Server, tmp_path: Path) -> None:
    picture = tmp_path / "codes_000.png"
    draw(Invitation(server.url, fresh.repo.fingerprint).text(), picture)
    assert run(["enroll", "--camera", str(tmp_path / "codes_%03d.png"), "--home", str(fresh.home)]) == 0
    assert enrolment.addresses(fresh.home) == [server.url]


def test_a_code_without_an_invitation_enrols_nothing(fresh: Site, tmp_path: Path) -> None:
    draw(fresh.text, tmp_path / "codes_000.png")
    assert run(["enroll", "--camera", str(tmp_path / "codes_%03d.png"), "--home", str(fresh.home)]) == 1
    assert not (fresh.home / "keys").exists()


def test_a_running_station_takes_an_invitation_for_no_pass(site: Site) -> None:
    text = Invitation("https://evil.example", "0" * 64).text()
    assert site.reason(text) == "unsupported"
    assert enrolment.addresses(site.home) == [str(site.repo.folder)]


def draw(text: str, path: Path) -> None:
    import segno

    segno.make_qr(text, error="l").save(str(path), scale=6, border=4)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "checkpoint-enroll:1",
        "checkpoint-enroll:1 00 https://x.example",
        f"checkpoint-enroll:2 {'0' * 64} https://x.example",
        f"checkpoint-enroll:1 {'0' * 64} file:///etc",
        f"checkpoint-enroll:1 {'0' * 64} https://x.example/ a",
        f'checkpoint-enroll:1 {"0" * 64} https://x.example/"',
        f" checkpoint-enroll:1 {'0' * 64} https://x.example",
    ],
)
def test_only_a_whole_invitation_is_one(text: str) -> None:
    assert parse(text) is None
    good = Invitation("https://x.example/a?b=c", "0" * 64)
    assert parse(good.text()) == good
    assert parse(good.text().encode()) is None


def test_a_sync_that_fails_is_one_line_on_stderr_and_code_one(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sync", "--from", "http://127.0.0.1:9", "--home", str(site.home)]) == 1
    out, err = told(capsys)
    assert not out
    assert err.count("\n") == 1


def test_a_script_reads_how_a_sync_went(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sync", "--json", "--home", str(site.home)]) == 0
    assert as_json(capsys)["result"] == "unchanged"
    assert run(["sync", "--json", "--from", "http://127.0.0.1:9", "--home", str(site.home)]) == 1
    found = as_json(capsys)
    assert found["result"] == "offline"
    assert run(["status", "--json", "--home", str(site.home)]) == 0
    status = as_json(capsys)
    assert status["last_sync"]["result"] == "offline"
    assert status["ready"] is True
    assert status["authority"] == site.repo.fingerprint
    assert status["next_stop"]["what"] == "keys"
    assert [one["name"] for one in status["lists"]] == ["keys"]


@pytest.mark.parametrize("args", [["--every", "x"], ["--deadline", "0"], ["--deadline", "5 d"], ["extra"]])
def test_wrong_use_of_sync_is_code_two(site: Site, args: list[str]) -> None:
    assert run(["sync", *args, "--home", str(site.home)]) == 2


def test_pinning_by_hand_at_an_enrolled_station_needs_the_signed_leave(site: Site, tmp_path: Path) -> None:
    certificate = tmp_path / "other.der"
    certificate.write_bytes(make(tmp_path / "other").issuer.certificate)
    home = ["--home", str(site.home)]
    assert run(["keys", "import", str(certificate), *home]) == 1
    assert not (site.home / "keys" / "issuers.jsonl").exists()
    site.repo.policy(local_pins=True)
    site.repo.publish()
    assert run(["sync", *home]) == 0
    assert run(["keys", "import", str(certificate), *home]) == 0
    (site.home / "cache" / "current").unlink()
    assert run(["keys", "import", str(certificate), *home]) == 1, "no leave that cannot be read"


def test_the_status_of_a_station_that_follows_nobody_and_has_nothing_is_not_ready(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["status", "--json", "--home", str(tmp_path / "nothing")]) == 5
    found = as_json(capsys)
    assert found["ready"] is False
    assert found["authority"] is None
    assert found["checks"][0]["reason"] == "trust_missing"
    assert not (tmp_path / "nothing").exists(), "and asking makes nothing"
