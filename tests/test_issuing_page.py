"""The page for those who issue, followed to the letter: every command on it, in its order, with a real shell."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from checkpoint.authority.issuing import rows

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "issuing.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
# The page calls the program by its name; here it is this checkout's, whatever is installed.
NAMED = f'checkpoint() {{ "{sys.executable}" -m checkpoint "$@"; }}\n'


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder after the whole page was followed in it, and what the shell said in each block."""
    folder = tmp_path_factory.mktemp("issuing")
    script = NAMED + "\n".join(f"echo '## block {number}'\n{block}" for number, block in enumerate(BLOCKS))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "CHECKPOINT_HOME": str(folder / "unused")},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder, re.split(r"## block \d+\n", done.stdout)[1:]


@pytest.mark.slow
def test_every_command_of_the_page_ends_as_the_page_says(walked: tuple[Path, list[str]]) -> None:
    folder, said = walked
    assert len(said) == len(BLOCKS) == 6
    assert "CP1:" in said[1]
    assert "2 rows can be issued" in said[2]
    assert "2 passes by hcm.gov.vn in printed (1 card, 1 travel_permit)" in said[2]
    assert said[3].count("VALID") == 2
    assert "REVOKED" in said[4]
    assert "DEMONSTRATION PASS" in said[5]
    assert {path.name for path in folder.iterdir()} == {
        *("authority", "card.png", "demo", "demo.png", "permits.csv", "printed", "station")
    }


def test_the_page_names_every_column_and_no_other() -> None:
    table = PAGE.partition("### Columns")[2].partition("UTF-8")[0]
    named = re.findall(r"`([a-z_]+)`", " ".join(line.split("|")[1] for line in table.splitlines() if "|" in line))
    assert set(named) == set(rows.COLUMNS)


def test_the_figures_of_the_page_are_there() -> None:
    assert re.search(r"10,000 .* s\b", PAGE.partition("## 8.")[2])
    assert "FIGURES" not in PAGE
