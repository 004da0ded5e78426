"""What the documents say is what the program does: every command shown is run, every table compared."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from checkpoint import cli, demo
from checkpoint.commands.app import COMMANDS
from checkpoint.model import Outcome, Reason
from tests.issuer import NOW, Issuer, claimset

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def words(text: str) -> list[str]:
    return re.findall(r"`([a-z_]+)`", text)


def test_the_outcome_table_is_the_model() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .*? \| (\d) \| (.*) \|$", README, re.MULTILINE)
    assert [row[0] for row in rows] == [outcome.value for outcome in Outcome]
    for outcome, code, reasons in rows:
        assert int(code) == Outcome(outcome).exit_code
        assert set(words(reasons)) == {one.word for one in Reason if one.outcome is Outcome(outcome)}


def test_the_order_of_reasons_in_the_docs_is_the_order_of_the_model() -> None:
    page = (ROOT / "docs" / "json.md").read_text("utf-8")
    _, _, order = page.partition("lists them all:")
    assert words(order) == [one.word for one in Reason]


def test_each_of_the_two_commands_is_one_line_and_needs_nothing_that_is_not_declared() -> None:
    install, test = blocks("sh")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert install.count("\n") == test.count("\n") == 1
    assert install.rstrip().endswith("checkpoint demo")
    assert "checkpoint" in project["scripts"]
    assert "[test]" in test
    assert "test" in project["optional-dependencies"]
    for package in ("libzbar0", "libgl1", "python3-venv"):
        assert package in install
        assert package in test


def test_the_ci_script_runs_the_very_test_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "## Run the tests" in script
    assert "eval" in script


SHOWN = [line[2:].partition("  #")[0] for line in "".join(blocks("console")).splitlines() if line.startswith("$ ")]
# What the commands of the README end with in a folder that holds the files they name, on a machine without a camera.
ENDS = {"keys": 0, "verify": {0, 6}, "scan": 1, "revocations": 0, "demo": 0}


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    issuer = Issuer(start=NOW - 1e8, end=NOW + 1e9)
    (tmp_path / "signers.pem").write_text(pem(issuer.certificate))
    text = issuer.issue(claimset(exp=4_000_000_000))
    (tmp_path / "pass.png").write_bytes(demo.render(text))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHECKPOINT_HOME", str(tmp_path / "home"))
    return tmp_path


def pem(der: bytes) -> str:
    from base64 import encodebytes

    return f"-----BEGIN CERTIFICATE-----\n{encodebytes(der).decode()}-----END CERTIFICATE-----\n"


def test_every_command_that_the_readme_shows_runs(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(SHOWN) >= 6
    for line in SHOWN:
        args = shlex.split(line.replace("hcert-5f3a...", "hcert-" + "5f3a" * 8))
        assert args[0] == "checkpoint"
        assert args[1] in COMMANDS
        expected = ENDS[args[1]]
        code = cli.run(args[1:])
        assert code in (expected if isinstance(expected, set) else {expected}), line
    assert "VALID" in capsys.readouterr().out, "pass.png is admitted after its signer was pinned"


def test_the_demo_needs_no_network_and_gives_the_six_verdicts(tmp_path: Path) -> None:
    found = list(demo.run(tmp_path, tmp_path))
    assert [one.name for one, _ in found] == ["good", "expired", "not-yet-valid", "revoked", "forged", "unknown-issuer"]
    assert all(verdict.reason is one.expected for one, verdict in found)


def test_every_link_of_the_readme_leads_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert len(links) > 6
    assert [link for link in links if not (ROOT / link).exists()] == []
