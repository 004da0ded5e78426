"""A station that goes on by itself, whatever is on its disk, among its mirrors or in a delta that leads nowhere."""

import errno
import os
from hashlib import sha256
from pathlib import Path

import pytest
from enrolled import Site, site
from test_sync_lists import LIST, Lists, file_of, lists

from checkpoint import Verifier
from checkpoint.cli import run
from checkpoint.store import enrolment, generations

__all__ = ["lists", "site"]


@pytest.mark.parametrize("first", ["/nowhere/stick", "ftp://nobody.example", "http://me:secret@[bad"])
def test_a_stick_that_is_not_in_or_a_slip_in_an_address_leaves_the_other_mirrors(site: Site, first: str) -> None:
    site.repo.tick()
    report = site.sync(first, str(site.repo.folder))
    assert report.word == "updated"
    assert report.skipped
    assert "secret" not in str(report.as_dict())


def test_a_list_healed_on_the_disk_is_taken_up_by_the_station_that_runs(lists: Lists, site: Site) -> None:
    running = Verifier.open(site.home)
    blob = site.home / "cache" / "blobs" / sha256(lists.data).hexdigest()
    with blob.open("r+b") as file:
        file.seek(-16 * len(lists.keys), os.SEEK_END)
        file.write(bytes(16 * len(lists.keys)))
    assert running.verify(site.text).reason.word == "trust_damaged"
    assert site.sync().done
    assert running.changed()
    running.reload()
    assert running.verify(site.text).reason.word == "ok"


def test_deltas_made_for_another_series_cost_the_base_and_its_deltas(lists: Lists, site: Site) -> None:
    """An authority restored from its copy gives the same number to another list."""
    lists.grow(b"a" * 16)
    lists.base()
    site.repo.publish()
    assert site.sync().done
    for path in [path for path in site.repo.targets if path.startswith(f"revocation/{LIST}/")]:
        site.repo.remove(path)
    lists.keys, lists.version = lists.keys[:-1], 1
    lists.data = file_of(lists.keys)
    lists.base()
    lists.grow(b"b" * 16)
    lists.grow(lists.revoke())
    site.repo.publish()
    assert site.sync().word == "updated"
    assert site.reason() == "revoked"


def test_steps_between_two_versions_do_not_pile_up_on_the_disk(
    lists: Lists, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        lists.grow(bytes((number,)) * 16)
    site.repo.publish()
    size, most, real = len(lists.data) - 200, 0, Path.replace

    def replace(self: Path, target: Path) -> Path:
        nonlocal most
        done = real(self, target)
        most = max(most, sum(path.stat().st_size > size for path in (site.home / "cache" / "blobs").iterdir()))
        return done

    monkeypatch.setattr(Path, "replace", replace)
    assert site.sync().word == "updated"
    assert 2 <= most <= 3, "the old list, the step that is read and the one that was written"


def test_a_full_disk_gets_back_what_failed_syncs_had_fetched(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    orphan = site.home / "cache" / "blobs" / ("a" * 64)
    orphan.write_bytes(b"the list of a sync that came no further")
    site.repo.tick()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert site.sync().word == "disk_full"
    assert not orphan.exists()
    assert site.reason() == "ok"
    assert site.sync().word == "updated"


def full(handle: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "somewhere")


@pytest.mark.parametrize("digits", ["9" * (generations.MAX_DIGITS - 1), "9" * generations.MAX_DIGITS, "9" * 99])
def test_a_generation_put_at_the_end_of_all_numbers_is_not_the_end(site: Site, digits: str) -> None:
    (site.home / "cache" / "generations" / f"{digits}.json").write_text("{}")
    for _ in range(3):
        site.repo.tick()
        assert site.sync().word == "updated"
        assert site.reason() == "ok"


def test_a_folder_among_the_blobs_does_not_stop_every_sync(site: Site) -> None:
    for name in ("blobs", "partial"):
        (site.home / "cache" / name / "lost+found").mkdir(parents=True)
    site.repo.tick()
    assert site.sync().word == "updated"


JUNK = ["[]", '{"at":"x","note":[]}', '{"at":"2026-01-01T00:00:00Z","note":5}', '{"at":null,"note":[]}']


@pytest.mark.parametrize("junk", [*JUNK, '{"at":"2026-01-01T00:00:00Z","note":["sync.offline",{}]}'])
def test_the_status_answers_whatever_is_remembered_of_the_last_sync(
    site: Site, junk: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (site.home / "state" / "sync.json").write_text(junk)
    assert run(["status", "--lang", "en", "--home", str(site.home)]) == 0
    assert "failed" not in capsys.readouterr().err


def test_the_status_says_not_ready_where_the_pins_cannot_be_read(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    (site.home / "keys" / "issuers.jsonl").mkdir()
    assert run(["status", "--json", "--home", str(site.home)]) == 5
    assert '"trust_damaged"' in capsys.readouterr().out


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ENOTCONN])
def test_a_stick_that_fails_is_not_called_the_disk_of_this_station(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    site.repo.tick()
    real = Path.is_file

    def is_file(self: Path) -> bool:
        if self.is_relative_to(stick):
            raise OSError(number, os.strerror(number), str(self))
        return real(self)

    monkeypatch.setattr(Path, "is_file", is_file)
    assert site.sync(str(stick)).word == "cut"
    assert site.sync(str(stick), str(site.repo.folder)).word == "updated"


def test_a_root_that_a_person_exchanged_counts_after_enrolling_as_the_words_say(site: Site) -> None:
    site.repo.rotate_root()
    site.repo.tick()
    (site.home / "keys" / "root.json").write_bytes(site.repo.root_bytes(2))
    assert site.problem() == "note.root_changed"
    assert site.sync().word == "root_changed"
    root = site.repo.root_bytes(2)
    enrolment.enrol(site.home, root, enrolment.fingerprint(root), [str(site.repo.folder)])
    assert site.problem() == "note.never_synced"
    assert site.sync().word == "updated"
    assert site.reason() == "ok"


def test_a_folder_is_found_again_from_wherever_the_next_sync_is_called(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "another"
    monkeypatch.chdir(site.repo.folder.parent)
    enrolling = ["enroll", site.repo.folder.name, "--fingerprint", site.repo.fingerprint, "--home", str(home)]
    assert run(enrolling) == 0
    monkeypatch.chdir("/")
    assert run(["sync", "--home", str(home)]) == 0


@pytest.mark.parametrize("args", [["keys", "list"], ["keys", "show", "x"], ["revocations", "list"]])
def test_pins_that_cannot_be_read_are_one_line_with_the_file_and_what_to_do(
    site: Site, args: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("issuers.jsonl", "revocations.txt"):
        (site.home / "keys" / name).mkdir()
    assert run([*args, "--home", str(site.home)]) == 1
    told = capsys.readouterr().err
    assert str(site.home / "keys") in told
    assert "check the path" in told


@pytest.mark.parametrize("address", ["/stick\udcff", "https://x.example/\x1b]0;"])
def test_an_address_that_no_file_could_keep_is_wrong_use(site: Site, tmp_path: Path, address: str) -> None:
    assert run(["enroll", address, "--fingerprint", site.repo.fingerprint, "--home", str(tmp_path / "h")]) == 2
    assert not (tmp_path / "h").exists()
