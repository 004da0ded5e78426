"""The pins as a SQLite file: a copy to ask questions of."""

import sqlite3
from pathlib import Path

import pytest

from checkpoint import cli
from checkpoint.store import pins
from tests.issuer import NOW, Issuer, home_with


def test_the_pins_can_be_asked_with_sql(tmp_path: Path) -> None:
    home = home_with(tmp_path, Issuer(), Issuer(country="DE"))
    pins.add_revocations(home / "keys", [("pass_id", bytes(16))], NOW, "lost; DROP TABLE issuers")
    target = tmp_path / "pins.db"
    assert cli.run(["keys", "export", str(target), "--home", str(home)]) == 0
    with sqlite3.connect(target) as database:
        assert database.execute("select country from issuers order by country").fetchall() == [("DE",), ("VN",)]
        assert database.execute("select kind, why from revocations").fetchall() == [
            ("pass_id", "lost; DROP TABLE issuers")
        ]


def test_a_file_that_is_there_is_never_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "precious"
    target.write_bytes(b"precious")
    assert cli.run(["keys", "export", str(target), "--home", str(tmp_path)]) == 1
    assert target.read_bytes() == b"precious"
    assert "name a new file" in capsys.readouterr().err


def test_a_home_without_pins_gives_an_empty_copy(tmp_path: Path) -> None:
    assert cli.run(["keys", "export", str(tmp_path / "pins.db"), "--home", str(tmp_path)]) == 0


def test_what_could_be_installed_to_read_more_is_said_where_no_code_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    from checkpoint.readers import zbar

    monkeypatch.setattr(zbar, "zbar_missing", lambda: "apt install libzbar0")
    Image.new("L", (60, 60), 255).save(tmp_path / "empty.png")
    assert cli.run(["verify", str(tmp_path / "empty.png")]) == 6
    assert "apt install libzbar0" in capsys.readouterr().err
