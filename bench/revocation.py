"""What revocation costs: `python bench/revocation.py [--entries N] [--statuses N]` prints one table.

CPU time where it says CPU, else wall time, the best of some rounds; memory is what a fresh process holds above what it
held before.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

from checkpoint.trust import hash_build, hash_delta, status_list
from checkpoint.trust.hash_build import Built
from checkpoint.trust.hash_file import HashFile

ADDED, REMOVED = 2_000, 500  # changes of the delta
ASKED = 500  # look-ups a round
ROUNDS = 100  # short ones, the best of which no neighbour on the machine disturbed
APPLIED = 5  # times that the delta is applied
TICK = 0.0005  # seconds that the second thread sleeps between two looks at the clock


def keys(first: int, last: int) -> Iterator[bytes]:
    """Keys number `first` to `last`, the same in every run."""
    for number in range(first, last):
        yield sha256(number.to_bytes(8, "big")).digest()[:16]


def row(what: str, value: float, unit: str) -> None:
    """One line of the table."""
    print(f"{what:<58}{value:>14,.3f} {unit}", flush=True)


def cpu(work: Callable[[], object]) -> float:
    """Seconds of CPU that `work` takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def build(path: Path, first: int, last: int) -> Built:
    """The list of the keys `first` to `last`, written to `path`."""
    with path.open("w+b") as file:
        built = hash_build.build(keys(first, last), file)
        file.flush()
        os.fsync(file.fileno())
    return built


def per_look_up(file: HashFile, first: int, last: int) -> float:
    """Microseconds of one `find`."""
    step = max(1, (last - first) // ASKED)
    asked = [[("dcc-uci", next(keys(number, number + 1)))] for number in range(first, last, step)][:ASKED]
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for ids in asked:
            file.find(ids, None)
        found.append((time.process_time() - start) / len(asked) * 1e6)
    return min(found)


def hash_file(path: Path, count: int) -> Built:
    """Build, open and ask the list of `count` entries."""
    made = cpu(lambda: sum(1 for _ in keys(0, count)))
    start = time.process_time()
    built = build(path, 0, count)
    row(f"hash file of {count:,}: build, without making the keys", time.process_time() - start - made, "s CPU")
    row("  size", built.size / 1e6, "MB")
    row("  size of an entry", built.size / max(1, count), "bytes")
    opened = [_seconds(lambda: HashFile.open(path, built.head_sha256)) for _ in range(ROUNDS // 5)]
    row("  open and check the head, warm", min(opened) * 1e3, "ms")
    file = HashFile.open(path, built.head_sha256)
    row("  look-up of an id that is not in it, warm", per_look_up(file, count, 2 * count), "µs CPU")
    row("  the same for its hash and bucket alone", _bare(file), "µs CPU")
    row("  yardstick: SHA-256 of 2,400 bytes", _yardstick(), "µs CPU")
    in_fresh_process(path, built)
    return built


def _yardstick() -> float:
    data = bytes(2400)
    return min(cpu(lambda: [sha256(data).digest() for _ in range(ASKED)]) / ASKED * 1e6 for _ in range(ROUNDS))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _bare(file: HashFile) -> float:
    asked = list(keys(10**12, 10**12 + ASKED))
    return min(cpu(lambda: [key in file for key in asked]) / ASKED * 1e6 for _ in range(ROUNDS))


FRESH = """
import os, sys, time
from pathlib import Path
from checkpoint.trust.hash_file import HashFile
path, head = Path(sys.argv[1]), sys.argv[2]

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

before, start = resident(), time.perf_counter()
file = HashFile.open(path, head)
opened = time.perf_counter()
file.find([("dcc-uci", bytes(16))], None)
asked = time.perf_counter()
for number in range(2000):
    file.find([("dcc-uci", number.to_bytes(16, "big"))], None)
print((opened - start) * 1e3, (asked - opened) * 1e3, (resident() - before) / 2**20)
"""


def in_fresh_process(path: Path, built: Built) -> None:
    """Open, ask once, and memory, in a process that never saw the file; its pages are dropped first."""
    if not Path("/proc/self/statm").exists():
        return
    handle = os.open(path, os.O_RDONLY)
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(handle)
    call = [sys.executable, "-c", FRESH, str(path), built.head_sha256]
    opened, asked, memory = map(float, subprocess.run(call, check=True, capture_output=True, text=True).stdout.split())
    row("  open, cold, fresh process", opened, "ms")
    row("  first look-up, cold, fresh process", asked, "ms")
    row("  memory after 2,001 look-ups, fresh process", memory, "MiB")


class Ticker:
    """A second thread, as the scan loop is one: how long was it kept from running?"""

    def __init__(self) -> None:
        self.worst = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        last = time.perf_counter()
        while not self._stop.is_set():
            time.sleep(TICK)
            now = time.perf_counter()
            self.worst = max(self.worst, now - last - TICK)
            last = now

    def __enter__(self) -> "Ticker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def delta(folder: Path, built: Built, count: int) -> None:
    """Make and apply a delta, with a thread that ticks beside it."""
    old = HashFile.open(folder / "old.ckrv", built.head_sha256)
    wanted = build(folder / "new.ckrv", REMOVED, count + ADDED)
    new = HashFile.open(folder / "new.ckrv", wanted.head_sha256)
    start = time.process_time()
    data = hash_delta.make(old, new, 1, 2)
    row(f"delta of {ADDED:,} adds and {REMOVED:,} removes: make", time.process_time() - start, "s CPU")
    row("  size", len(data) / 1e3, "kB")
    runs = [_applied(old, data, folder / "applied.ckrv", wanted) for _ in range(APPLIED)]
    for number, what in enumerate(("apply and check the result, CPU", "the same", "worst stall of a second thread")):
        row(f"  {what}", min(run[number] for run in runs) * 1e3, "ms")
    row("  worst stall of the same thread with nothing else", min(_idle() for _ in range(APPLIED)) * 1e3, "ms")


def _applied(old: HashFile, data: bytes, path: Path, wanted: Built) -> tuple[float, float, float]:
    """Seconds of CPU, of wall time, and of the worst stall of a thread beside it."""
    start, wall = time.process_time(), time.perf_counter()
    with path.open("w+b") as out, Ticker() as busy:
        assert hash_delta.apply(old, hash_delta.parse(data), out) == wanted
    return time.process_time() - start, time.perf_counter() - wall, busy.worst


def _idle() -> float:
    with Ticker() as ticker:
        time.sleep(0.5)
    return ticker.worst


def statuses(count: int) -> None:
    """A status list with every tenth entry revoked, in no pattern."""
    revoked = [index for index in range(count) if sha256(index.to_bytes(8, "big")).digest()[0] < 26]
    start = time.process_time()
    made = status_list.build(revoked, count)
    row(f"status list of {count:,}: build", time.process_time() - start, "s CPU")
    start = time.process_time()
    packed = made.compressed()
    row("  compress", time.process_time() - start, "s CPU")
    row("  revoked", 100 * len(revoked) / count, "%")
    row("  size on the wire", len(packed) / 1e6, "MB")
    row("  size of a revocation on the wire", len(packed) / len(revoked), "bytes")
    row(
        "  inflate",
        min(_seconds(lambda: status_list.inflate(packed, 1, count)) for _ in range(ROUNDS // 5)) * 1e3,
        "ms",
    )
    indexes, get = revoked[:: max(1, len(revoked) // ASKED)], made.get
    row("  look-up", min(_each(get, indexes) for _ in range(ROUNDS)), "µs CPU")


def _each(get: Callable[[int], int], indexes: list[int]) -> float:
    start = time.process_time()
    for index in indexes:
        get(index)
    return (time.process_time() - start) / len(indexes) * 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="entries of the hash file")
    parser.add_argument("--statuses", type=int, default=10_000_000, help="entries of the status list")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        built = hash_file(Path(folder) / "old.ckrv", asked.entries)
        delta(Path(folder), built, asked.entries)
    statuses(asked.statuses)


if __name__ == "__main__":
    main()
