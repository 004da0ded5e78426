"""One target from a place to a blob: resumed where it broke off, bounded by the signed length, believed by its hash."""

from checkpoint.store.blobs import Blobs
from checkpoint.sync.place import Place
from checkpoint.sync.problem import NotThere, Problem, of_disk
from checkpoint.sync.progress import Progress
from checkpoint.trust.chain import Target

MAX_TRIES = 4  # of one file at one place, each from where the last one broke off


def download(place: Place, target: Target, blobs: Blobs, progress: Progress) -> None:
    """Fetch `target` into `blobs`; raises Problem. What came before a break is kept for the next try."""
    folder, _, name = target.path.rpartition("/")
    path = f"targets/{folder}/{target.sha256}.{name}"
    for left in reversed(range(MAX_TRIES)):
        try:
            if _once(place, path, target, blobs, progress):
                return
        except NotThere:
            raise Problem("not_there", place.name) from None
        except Problem as problem:
            if problem.word != "cut" or not left:
                raise
    raise Problem("damaged", place.name, target.path)


def _once(place: Place, path: str, target: Target, blobs: Blobs, progress: Progress) -> bool:
    """One try; gives False where what was put together from two tries is not what was signed."""
    try:
        start = _size(blobs, target)
        _append(place, path, target, blobs, progress, start)
        if blobs.adopt(target.sha256):
            return True
    except OSError as error:
        raise of_disk(error) from error
    if not start:
        raise Problem("damaged", place.name, target.path)
    return False


def _size(blobs: Blobs, target: Target) -> int:
    """How much is there from an earlier try."""
    partial = blobs.partial(target.sha256)
    size = partial.stat().st_size if partial.exists() else 0
    if size > target.length:
        partial.unlink()
        return 0
    return size


def _append(place: Place, path: str, target: Target, blobs: Blobs, progress: Progress, start: int) -> None:
    if start == target.length and start:
        return
    body = place.open(path, start)
    done = body.start
    with blobs.partial(target.sha256).open("ab" if body.start else "wb") as file:
        for chunk in body.chunks:
            done += len(chunk)
            if done > target.length:
                file.truncate(0)
                raise Problem("too_long", place.name)
            file.write(chunk)
            progress.moved(target.path, done, target.length)
    if done < target.length:
        raise Problem("cut", place.name, target.path)
