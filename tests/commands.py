"""Runs command lines as a person does, in this process or in one of its own, and keeps what they said."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checkpoint import cli

ROOT = Path(__file__).parent.parent
AT = ("--at", "2022-04-15T05:20:00Z")  # tests.issuer.NOW


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def verdicts(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def reasons(self) -> list[str]:
        return [one["reason"] for one in self.verdicts]


class Shell:
    """`checkpoint` in this process, with a home of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        self._capsys, self._monkeypatch, self.home = capsys, monkeypatch, home
        monkeypatch.setenv("CHECKPOINT_HOME", str(home))
        for name in ("CHECKPOINT_LANG", "CHECKPOINT_DEBUG", "LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(name, raising=False)

    def __call__(self, *args: str | Path, stdin: bytes = b"") -> Ran:
        self._capsys.readouterr()
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = cli.run([str(one) for one in args])
        out, err = self._capsys.readouterr()
        return Ran(code, out, err)

    def verify(self, *passes: str | Path, stdin: bytes = b"") -> Ran:
        """Verdicts as JSON, at the time of the tests."""
        return self("verify", "--json", *AT, *passes, stdin=stdin)


def environment(home: Path, **more: str) -> Mapping[str, str]:
    """What a fresh process needs to find the project, and nothing that could steer it."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR", "SYSTEMROOT")}
    return {**kept, "PYTHONPATH": str(ROOT), "CHECKPOINT_HOME": str(home), "HOME": str(home), **more}


def process(home: Path, *args: str | Path, stdin: bytes = b"", **env: str) -> Ran:
    """`python -m checkpoint` in a process of its own."""
    command = [sys.executable, "-m", "checkpoint", *map(str, args)]
    done = subprocess.run(
        command, input=stdin, capture_output=True, env=environment(home, **env), timeout=120, check=False
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def one_line(text: str) -> bool:
    """Whether `text` is one line for a person: the tool's name, what is wrong, no traceback."""
    return text.startswith("checkpoint: ") and text.count("\n") == 1 and text.endswith("\n") and "Traceback" not in text
