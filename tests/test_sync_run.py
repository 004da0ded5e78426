"""Syncs from folders, and what the station's own disk can do to one; two syncs at once; how watching paces itself."""

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from enrolled import Site, make, site

from checkpoint.store import generations, layout, mark
from checkpoint.store.load import load_trust
from checkpoint.store.lock import locked
from checkpoint.sync import run
from checkpoint.sync.place import Deadline, Folder
from checkpoint.sync.problem import NotThere, Problem
from checkpoint.sync.report import Report
from checkpoint.sync.watch import FIRST_RETRY, Pace, watch

__all__ = ["site"]


def test_a_stick_works_as_well_as_a_server(tmp_path: Path) -> None:
    site = make(tmp_path)
    site.enrol("https://unreachable.invalid")
    stick = shutil.copytree(site.repo.folder, tmp_path / "stick")
    assert site.sync(str(stick)).word == "updated"
    assert site.reason() == "ok"


def test_a_stick_that_is_not_in_is_called_so(site: Site) -> None:
    assert site.sync(str(site.home / "nothing here")).word == "folder_missing"
    assert site.reason() == "ok"


def test_a_folder_that_is_no_authoritys_is_called_so(site: Site, tmp_path: Path) -> None:
    assert site.sync(str(tmp_path)).word == "not_there"
    assert site.reason() == "ok"


def test_a_home_that_follows_nobody_cannot_sync_and_one_without_address_says_so(tmp_path: Path) -> None:
    site = make(tmp_path)
    assert site.sync().word == "not_enrolled"
    site.enrol()
    (site.home / "keys" / "authority.toml").unlink()
    assert site.sync().word == "no_address"
    (site.home / "keys" / "authority.toml").write_text("mirrors = 3")
    assert site.sync().word == "no_address"


@pytest.mark.parametrize(
    "path", ["../secret", "metadata/../../secret", "/etc/passwd", "a//b", "", "metadata/..", "c:/x"]
)
def test_no_path_leads_out_of_a_folder(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "stick" / "metadata").mkdir(parents=True)
    limit = Deadline(10)
    with pytest.raises(NotThere):
        Folder(tmp_path / "stick", limit).open(path)
    limit.close()


def test_a_pipe_on_the_stick_does_not_hang_the_sync(site: Site) -> None:
    path = site.repo.folder / "metadata" / "2.root.json"
    os.mkfifo(path)
    assert site.sync().done


def test_of_two_syncs_the_second_says_busy_and_changes_nothing(site: Site) -> None:
    site.repo.tick()
    with locked(site.home / layout.LOCK):
        assert site.sync().word == "busy"
    assert generations.current(site.home / "cache") == 1
    assert site.sync().word == "updated"


def test_a_lock_left_behind_by_a_killed_sync_is_no_lock(site: Site) -> None:
    assert (site.home / "state" / "lock").exists()
    assert site.sync().done


@pytest.mark.parametrize(
    ("number", "word"), [(errno.ENOSPC, "disk_full"), (errno.EROFS, "read_only"), (errno.EIO, "disk")]
)
def test_a_disk_that_fails_at_any_write_leaves_the_old_state_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, word: str
) -> None:
    site = make(tmp_path)
    site.enrol()
    assert site.sync().done
    site.repo.issuers([site.record.line(), make(tmp_path / "more").record.line()])
    site.repo.publish()
    words = []
    for survived in range(100):
        fresh = shutil.copytree(site.home, tmp_path / f"home-{survived}")
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", failing_after(survived, number, os.fsync))
            words.append(run.sync(fresh, [str(site.repo.folder)]).word)
        assert load_trust(fresh).problem is None, f"after {survived} writes"
        assert run.sync(fresh, [str(site.repo.folder)]).done, "and the next one works"
        assert load_trust(fresh).problem is None
        if words[-1] == "updated":
            break
    assert words[:-1] == [word] * (len(words) - 1)
    assert len(words) > 8


def failing_after(good: int, number: int, real: Callable[[int], None]) -> Callable[[int], None]:
    left = good

    def fsync(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(number, os.strerror(number), "somewhere")
        real(handle)

    return fsync


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 512 kB, where the tests may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_real_disk_that_is_full_keeps_the_station_working(small_disk: Path, tmp_path: Path) -> None:
    site = make(tmp_path)
    site.home = small_disk / "home"
    site.enrol()
    assert site.sync().done
    site.repo.add("issuers/huge.jsonl", site.record.line() + b"\n" + b"\n" * 2_000_000)
    site.repo.publish()
    assert site.sync().word == "disk_full"
    assert site.reason() == "ok"
    site.repo.remove("issuers/huge.jsonl")
    site.repo.publish()
    assert site.sync().word == "updated", "what a broken download filled the disk with is swept"


def test_a_real_disk_that_is_read_only_keeps_the_station_working(small_disk: Path, tmp_path: Path) -> None:
    site = make(tmp_path)
    site.home = small_disk / "home"
    site.enrol()
    assert site.sync().done
    site.repo.tick()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert site.sync().word == "read_only"
    assert site.reason() == "ok"


def test_a_kill_at_each_rename_leaves_the_old_state_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make(tmp_path)
    site.enrol()
    assert site.sync().done
    first = mark.read(site.home)
    site.repo.tick()
    for survived in range(100):
        fresh = shutil.copytree(site.home, tmp_path / f"home-{survived}")
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", killed_after(survived, Path.replace))
            try:
                done = run.sync(fresh, [str(site.repo.folder)]).done
            except Killed:
                done = False
        assert load_trust(fresh).problem is None, f"killed at rename {survived}"
        found = mark.read(fresh)
        assert found
        assert first
        assert found.timestamp >= first.timestamp
        if done:
            return
    raise AssertionError("never got through")


class Killed(BaseException):
    """Nothing after it runs, as with SIGKILL."""


def killed_after(good: int, real: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
    left = good

    def replace(self: Path, target: Path) -> Path:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        return real(self, target)

    return replace


def test_leftovers_of_killed_syncs_are_swept(site: Site) -> None:
    cache = site.home / "cache"
    litter = [
        cache / ".current.1.new",
        cache / "generations" / ".7.json.1.new",
        site.home / "state" / ".mark.json.1.new",
    ]
    for path in (*litter, cache / "blobs" / ".abc.1.new", cache / "partial" / ("0" * 64)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    (cache / "work").mkdir()
    (cache / "generations" / "9.json").write_text("{")
    site.repo.tick()
    assert site.sync().word == "updated"
    assert generations.current(cache) == 10
    left = {str(path.relative_to(site.home)) for path in site.home.rglob("*") if path.name.endswith(".new")}
    assert not left
    assert not list((cache / "partial").iterdir())
    assert not (cache / "generations" / "9.json").exists()


def test_the_deadline_counts_for_everything_together() -> None:
    now = [0.0]
    limit = Deadline(5.0, lambda: now[0])
    limit.check()
    now[0] = 5.0
    with pytest.raises(Problem) as problem:
        limit.check()
    assert problem.value.word == "slow"
    limit.close()


def test_watching_backs_off_after_failures_and_is_never_in_step() -> None:
    pace = Pace(every=900.0, random=lambda: 0.5)
    assert pace.pause(True) == 900.0
    failed = [pace.pause(False) for _ in range(12)]
    assert failed[:3] == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY]
    assert failed[-1] == 900.0
    assert pace.pause(True) == 900.0
    assert pace.pause(False) == FIRST_RETRY
    low, high = Pace(random=lambda: 0.0).pause(True), Pace(random=lambda: 1.0).pause(True)
    assert low < 900.0 < high


def test_watching_sleeps_once_between_two_syncs_and_tells_how_each_went() -> None:
    reports = [Report(0.0, "updated"), Report(1.0, "offline"), Report(2.0, "unchanged")]
    told: list[tuple[str, float]] = []
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if not reports:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch(
            lambda: reports.pop(0), lambda one, pause: told.append((one.word, pause)), Pace(random=lambda: 0.5), sleep
        )
    assert [word for word, _ in told] == ["updated", "offline", "unchanged"]
    assert slept == [900.0, 30.0, 900.0]
