"""A folder that appears whole or not at all: written beside its place under another name, then renamed."""

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checkpoint.authority import Refused
from checkpoint.store.lines import sync_folder

_NEW = ".new"


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A folder to write into, which becomes `target` where nothing is raised; raises Refused where `target` exists.

    A kill leaves nothing at `target`; what it left beside it holds passes of people, and the next run clears it away.
    """
    check(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{glob.escape(target.name)}.*{_NEW}"):
        if not _at_work(left.suffixes[-2].removeprefix(".") if len(left.suffixes) > 1 else ""):
            shutil.rmtree(left)
    folder = target.with_name(f".{target.name}.{os.getpid()}{_NEW}")
    folder.mkdir(mode=0o700)
    try:
        yield folder
        os.sync() if hasattr(os, "sync") else None
        folder.rename(target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    sync_folder(target.parent)


def _at_work(number: str) -> bool:
    """Whether the process of this number is alive: what it is writing is no scrap. Where that cannot be told, it is."""
    if os.name != "posix" or not number.isdecimal() or int(number) == os.getpid():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def check(target: Path) -> None:
    """Raise Refused where there is something at `target`."""
    if target.exists() or target.is_symlink():
        raise Refused(f"{target} is there already", "name a new folder")
