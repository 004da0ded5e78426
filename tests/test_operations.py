"""The page that admins follow, followed to the letter: every command on it, in its order, with a real shell."""

import os
import re
import subprocess
import sys
from base64 import encodebytes
from pathlib import Path

import pytest

from checkpoint import demo
from tests.issuer import NOW, Issuer, claimset

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
# The page calls the program by its name; here it is this checkout's, whatever is installed.
NAMED = f'checkpoint() {{ "{sys.executable}" -m checkpoint "$@"; }}\n'


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, "subprocess.CompletedProcess[str]"]:
    """The folder after the whole page was followed in it, and what the shell said."""
    folder = tmp_path_factory.mktemp("operations")
    issuer = Issuer(start=NOW - 1e8, end=NOW + 1e9)
    pem = encodebytes(issuer.certificate).decode()
    (folder / "signers.pem").write_text(f"-----BEGIN CERTIFICATE-----\n{pem}-----END CERTIFICATE-----\n")
    (folder / "pass.png").write_bytes(demo.render(issuer.issue(claimset(exp=4_000_000_000))))
    script = NAMED + "\n".join(f"echo '## block {number}'\n{block}" for number, block in enumerate(BLOCKS))
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
        "CHECKPOINT_HOME": str(folder / "unused"),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return folder, done


def said(done: "subprocess.CompletedProcess[str]", block: int) -> str:
    return done.stdout.split(f"## block {block}\n")[1].partition("## block")[0]


def test_every_command_of_the_page_ends_as_the_page_says(
    walked: tuple[Path, "subprocess.CompletedProcess[str]"],
) -> None:
    _, done = walked
    assert len(BLOCKS) >= 7
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_the_station_says_follows_what_the_authority_decided(
    walked: tuple[Path, "subprocess.CompletedProcess[str]"],
) -> None:
    _, done = walked
    number = {
        key: index for index, block in enumerate(BLOCKS) for key in ("enroll", "block", "remove") if f" {key} " in block
    }
    assert "VALID" in said(done, number["enroll"])
    blocked = said(done, number["block"])
    assert blocked.index("BLOCKED") < blocked.index("VALID"), "blocked first, admitted again after unblock"
    assert "WITHDRAWN" in said(done, number["remove"])


def test_no_station_command_wrote_outside_the_folders_it_was_given(
    walked: tuple[Path, "subprocess.CompletedProcess[str]"],
) -> None:
    folder, _ = walked
    known = {"signers.pem", "pass.png", "authority", "station", "stick", "scratch", "backup", "mirror"}
    assert {path.name for path in folder.iterdir()} == known


def test_a_restored_backup_was_held_against_what_stations_have(
    walked: tuple[Path, "subprocess.CompletedProcess[str]"],
) -> None:
    _, done = walked
    assert "does not have the act that the published timestamp was signed with" in done.stderr
    assert "of published revocations are not staged any more" in done.stderr
