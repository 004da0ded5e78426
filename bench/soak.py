"""Twenty thousand frames at one door: codes, none, damaged, several; the camera vanishing, trust swapped, the log full.

    python -m bench.soak [--frames N] [--quick]

Prints the worst stall, the growth of memory and how often visits were judged; exit code 1 where a limit is broken.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import segno

from bench.frames import background
from checkpoint import demo, events
from checkpoint.events import Event
from checkpoint.model import Outcome
from checkpoint.readers.camera import Camera, CameraUnavailable, Frame
from checkpoint.readers.events import ReaderEvent
from checkpoint.readers.live import LiveCamera
from checkpoint.station import Command, Station
from checkpoint.store import pins
from checkpoint.verdict import Verdict
from checkpoint.verifier import Verifier

FRAMES, QUICK_FRAMES = 20_000, 900
SCENE_FRAMES = 12  # how long one person holds something up
MOST_FRAMES = 60  # and how long at most, until it is judged
DRIVER_SECONDS = 0.012  # a driver waits for its device; faster, a moment of a busy machine would swallow a visitor
FRAME_SECONDS = 1 / 15  # of the station's clock; frames come as fast as they are decoded
PEOPLE = 24  # passes; each comes again after some twenty seconds of the station's clock
UNPLUGGED_EVERY = 20  # scenes
TRUST_EVERY = 13  # judged passes
LOG_FAILS_EVERY = 5
DAY = 86_400.0
# What must hold.
MOST_STALL = 1.0  # seconds
MOST_GROWTH = 24.0  # megabytes after the first tenth: allocators keep some
KINDS = ("pass", "none", "damaged", "pass", "beside a poster", "two", "poster")


@dataclass
class Script:
    """The scenes in their order, shared by every camera that is opened; `due` has the passes that must be judged."""

    frames: int
    scenes: list[tuple[tuple[str, ...], Frame]]
    shown: int = 0
    clock: float = 0.0
    unplugged: int = 0
    scene: int = 0
    since: int = 0  # frames of this scene
    admitted: int = 0
    due: list[str] = field(default_factory=list)

    def next_frame(self) -> Frame:
        """What the camera sees now; time goes by."""
        waited = self.since >= SCENE_FRAMES and self.admitted >= len(self.due)
        if waited or self.since >= MOST_FRAMES:
            self.scene, self.since = self.scene + 1, 0
        texts, frame = self.scenes[self.scene % len(self.scenes)]
        if self.since == 0:
            self.due += texts
        self.shown, self.since = self.shown + 1, self.since + 1
        self.clock += FRAME_SECONDS
        return frame

    def open(self, source: str) -> Camera:
        """The camera again, after it was pulled out; the first attempt fails."""
        if self.unplugged % 2 == 1:
            self.unplugged += 1
            raise CameraUnavailable("note.camera_absent", source)
        return Camera(_Plugged(self), live=True)


class _Plugged:
    """A camera that is pulled out after some scenes."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._until = script.scene + UNPLUGGED_EVERY

    def grab(self) -> bool:
        time.sleep(DRIVER_SECONDS)
        if self._script.scene < self._until:
            return True
        self._script.unplugged += 1
        return False

    def retrieve(self) -> tuple[bool, Frame]:
        return True, self._script.next_frame()

    def release(self) -> None:
        """Nothing is held."""


class Swapping:
    """A verifier whose trust on disk changes every few passes."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self.judged = self.swaps = 0
        self._at = 0

    def verify(self, text: str | bytes, *, policy: str | None = None) -> Verdict:
        self.judged += 1
        return self._verifier.verify(text, policy=policy)

    def changed(self) -> bool:
        return self.judged - self._at >= TRUST_EVERY

    def reload(self) -> None:
        self._at = self.judged
        self.swaps += 1
        self._verifier.reload()


class FullDisk:
    """A journal that cannot write now and then."""

    def __init__(self) -> None:
        self.calls = 0

    def record(self, verdict: Verdict, visit: int) -> None:
        self.calls += 1
        if self.calls % LOG_FAILS_EVERY == 0:
            raise OSError(28, "No space left on device")

    undo = record


class Watcher:
    """Takes what the station says, and how long it said nothing."""

    def __init__(self, script: Script, station: Station) -> None:
        self._script, self._station = script, station
        self.said: Counter[str] = Counter()
        self.outcomes: Counter[Outcome] = Counter()
        self.memory: list[float] = []

    def show(self, event: Event) -> None:
        self.said[type(event).__name__] += 1
        if isinstance(event, events.Judged):
            self.outcomes[event.verdict.outcome] += 1
            self._script.admitted = self.outcomes[Outcome.ADMIT]
        if isinstance(event, events.Tick):
            self.memory.append(resident())
        if self._script.shown >= self._script.frames:
            self._station.ask(Command.STOP)


@dataclass
class Timed:
    """The reader's events, and the longest time from one to the next: reading and everything that follows from it."""

    reader: LiveCamera
    worst: float = 0.0

    def __iter__(self) -> Iterator[ReaderEvent]:
        before = time.perf_counter()
        for event in self.reader:
            yield event
            now = time.perf_counter()
            self.worst, before = max(self.worst, now - before), now


@dataclass(frozen=True)
class Result:
    """What came of it."""

    frames: int
    seconds: float
    worst_stall: float
    growth: float
    due: int
    admitted: int
    others: dict[str, int]
    said: dict[str, int]
    swaps: int

    @property
    def good(self) -> bool:
        """Whether every limit held: each visit once, nothing refused, no stall, no growth."""
        once = self.due - 2 <= self.admitted <= self.due  # the last scene may be cut off by the end
        return once and self.worst_stall <= MOST_STALL and self.growth <= MOST_GROWTH and not self.others.get("refuse")


def soak(frames: int, home: Path) -> Result:
    """Run one station over so many frames."""
    issuer = demo.Issuer("SOAK", "VN", time.time())
    pins.add_issuers(home / "keys", [issuer.record])
    script = Script(frames, scenes(issuer))
    verifier = Swapping(Verifier.open(home))
    station = Station(verifier, journal=FullDisk(), clock=lambda: script.clock)
    reader = LiveCamera("soak", script.open)
    watcher = Watcher(script, station)
    timed = Timed(reader)
    began = time.perf_counter()
    station.run(timed, watcher)
    reader.close()
    others = {one.value: count for one, count in watcher.outcomes.items() if one is not Outcome.ADMIT}
    return Result(
        frames=script.shown,
        seconds=time.perf_counter() - began,
        worst_stall=timed.worst,
        growth=growth(watcher.memory),
        due=len(script.due),
        admitted=watcher.outcomes[Outcome.ADMIT],
        others=others,
        said=dict(watcher.said),
        swaps=verifier.swaps,
    )


def scenes(issuer: demo.Issuer) -> list[tuple[tuple[str, ...], Frame]]:
    """What is held up, in order: the passes that it shows, and its frame."""
    random = np.random.default_rng(4)
    now = time.time()
    texts = [issuer.issue({"fn": f"P{n}", "fnt": f"P{n}"}, "1990-01-01", now - DAY, now + DAY) for n in range(PEOPLE)]
    found = []
    for number in range(2 * PEOPLE):
        kind = KINDS[number % len(KINDS)]
        text, other = texts[number % PEOPLE], texts[(number + PEOPLE // 2) % PEOPLE]
        shown = {"none": (), "poster": (), "damaged": (), "two": (text, other)}.get(kind, (text,))
        found.append((shown, _frame(kind, text, other, random)))
    return found


def _frame(kind: str, text: str, other: str, random: np.random.Generator) -> Frame:
    room = np.clip(background(random), 0, 255).astype(np.uint8)
    if kind != "none":
        _put(room, "https://soak.example/" if kind == "poster" else text, 60, 60)
    if kind == "damaged":
        room[160:300, 100:600] = 200
    if kind in ("two", "beside a poster"):
        _put(room, other if kind == "two" else "https://soak.example/", 680, 60)
    return np.asarray(cv2.cvtColor(room, cv2.COLOR_GRAY2BGR), np.uint8)


def _put(room: np.ndarray, text: str, left: int, top: int) -> None:
    code = segno.make_qr(text, error="m", boost_error=False)
    modules = np.array([list(row) for row in code.matrix_iter(border=4)], np.uint8)
    pixels = np.kron(255 - 235 * modules, np.ones((6, 6), np.uint8)).astype(np.uint8)
    pixels = cv2.resize(pixels, (540, 540), interpolation=cv2.INTER_AREA)
    room[top : top + 540, left : left + 540] = pixels


def resident() -> float:
    """Megabytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 2**20


def growth(memory: list[float]) -> float:
    """Megabytes by which the last tenth lies above the second one: the first still loads and warms up."""
    tenth = max(1, len(memory) // 10)
    early, late = memory[tenth : 2 * tenth] or memory[:1], memory[-tenth:]
    return sum(late) / len(late) - sum(early) / len(early) if memory else 0.0


def main() -> int:
    """Run it as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_FRAMES} frames")
    asked = parser.parse_args()
    with TemporaryDirectory() as home:
        result = soak(QUICK_FRAMES if asked.quick else asked.frames, Path(home))
    print(f"{result.frames} frames in {result.seconds:.0f} s, worst stall {result.worst_stall * 1e3:.0f} ms")
    print(f"memory grew by {result.growth:.1f} MB, trust swapped {result.swaps} times, events {result.said}")
    print(f"passes shown {result.due}, admitted {result.admitted}, others {result.others}")
    print("good" if result.good else "NOT GOOD")
    return 0 if result.good else 1


if __name__ == "__main__":
    sys.exit(main())
