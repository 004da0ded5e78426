"""The kiosk with a real Chromium: from a readable frame to the verdict on the page, what idling costs, how death shows.

    python -m bench.kiosk [--quick]

Frames are 1280 x 720 JPEGs, decoded as a camera's driver would, 15 a second. Times on the page are those of the
animation frame after the change, on the same machine's clock. Needs chromium and playwright, as the tests do.
"""

import signal
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import cv2
import numpy as np
from kiosk_camera import DAY, blank, held_up, record, station
from kiosk_running import Kiosk, until
from playwright.sync_api import Browser, Page, sync_playwright
from test_kiosk_page import CHROMIUM, FLAGS, Process

from checkpoint import demo
from checkpoint.kiosk import serve
from checkpoint.readers.camera import Camera
from checkpoint.readers.live import LiveCamera
from checkpoint.store import pins

FRAMES_PER_SECOND = 15
SHOWN_SECONDS = 1.5  # a verdict stands for 1.2 seconds before the next pass may take its place
GRAIN = 2.0  # grey levels of noise, as a camera has in a lit room
WATCH = """() => {
  const root = document.documentElement;
  window.seen = [];
  new MutationObserver(() => requestAnimationFrame(() => window.seen.push(
    [root.dataset.state, document.getElementById("word").textContent, performance.timeOrigin + performance.now()])))
    .observe(root, { attributes: true, attributeFilter: ["data-state", "data-tone"] });
}"""


class Scene:
    """A capture of frames that stand still until they are changed; `at` is when the newest scene was first grabbed."""

    def __init__(self, frames: list[bytes]) -> None:
        self._next, self._due, self._number = frames, 0.0, 0
        self._frames = frames
        self.at = 0.0

    def show(self, frames: list[bytes]) -> None:
        """From the next frame on the camera sees these."""
        self.at, self._next = 0.0, frames

    def grab(self) -> bool:
        """The next frame, when it is due."""
        self._due = max(self._due + 1 / FRAMES_PER_SECOND, time.monotonic())
        time.sleep(max(0.0, self._due - time.monotonic()))
        if self._frames is not self._next:
            self._frames, self.at = self._next, time.time()
        self._number += 1
        return True

    def retrieve(self) -> tuple[bool, np.ndarray]:
        """Decoded, as from a camera that sends JPEG."""
        packed = self._frames[self._number % len(self._frames)]
        return True, cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_COLOR)

    def release(self) -> None:
        """Nothing to give back."""


def noisy(frame: np.ndarray, seed: int, count: int = 4) -> list[bytes]:
    """`frame` as JPEGs, a little different each time: a camera never gives the same one twice."""
    chance = np.random.default_rng(seed)
    packed = []
    for _ in range(count):
        grain = chance.normal(0, GRAIN, frame.shape).round()
        grainy = np.clip(frame + grain, 0, 255).astype(np.uint8)
        packed.append(cv2.imencode(".jpg", grainy, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    return packed


def quantile(values: list[float], of: int) -> float:
    return quantiles(values, n=100)[of - 1]


def to_the_page(page: Page, home: Path, visits: int) -> None:
    """From the grab of the first frame that shows a pass to the animation frame that shows its verdict."""
    now = time.time()
    issuer = demo.Issuer("Bench", "VN", now)
    pins.add_issuers(home / "keys", [issuer.record])
    person = {"fn": "Nguyen", "gn": "Bao", "fnt": "NGUYEN", "gnt": "BAO"}
    texts = [
        issuer.issue(person, f"1983-{one % 12 + 1:02}-{one % 28 + 1:02}", now - one * DAY, now + 9 * DAY)
        for one in range(visits)
    ]
    empty = noisy(blank(), 0)
    scene = Scene(empty)
    with Kiosk(home, open_reader=lambda: LiveCamera("0", lambda _: Camera(scene, live=True)), attended=False) as kiosk:
        page.goto(kiosk.address)
        until(lambda: kiosk.state == "ready")
        page.evaluate(WATCH)
        took = []
        for number, text in enumerate(texts):
            before = len(verdicts(page))
            scene.show(noisy(held_up(text), number))
            until(lambda: len(verdicts(page)) > before)  # noqa: B023
            took.append(verdicts(page)[before][2] / 1000 - scene.at)
            scene.show(empty)
            time.sleep(SHOWN_SECONDS)
    millis = [1000 * one for one in took]
    print(f"\nReadable frame to verdict on the page, {len(millis)} visits (goal: p95 under 100)")
    print(f"  median {median(millis):.0f} ms, p95 {quantile(millis, 95):.0f} ms, worst {max(millis):.0f} ms")


def verdicts(page: Page) -> list[list[object]]:
    """What the page has shown as verdicts: state, word and time in ms."""
    return [one for one in page.evaluate("() => window.seen") if one[0] == "verdict"]


def idle(page: Page, home: Path, seconds: float) -> None:
    """CPU of the station (camera, decoding, server) while nobody is there; the browser is a process of its own."""
    scene = Scene(noisy(blank(), 0, 15))
    with Kiosk(home, open_reader=lambda: LiveCamera("0", lambda _: Camera(scene, live=True))) as kiosk:
        page.goto(kiosk.address)
        until(lambda: kiosk.state == "ready")
        time.sleep(3)
        began, spent = time.monotonic(), time.process_time()
        time.sleep(seconds)
        share = (time.process_time() - spent) / (time.monotonic() - began)
    print(f"\nIdle with the page open, {FRAMES_PER_SECOND} frames a second, {seconds:.0f} s (goal: under 0.25)")
    print(f"  {share:.3f} of a core, JPEG decoding of the frames and pictures for the page included")


def death(page: Page, home: Path, times: int) -> None:
    """From the end of the server, or its standstill, to "out of order" on the page; and back."""
    video = record(home / "empty.avi", [(None, 60)])
    print(f'\nThe server\'s end to "out of order" on the page (goal: 2 s), {times} times each')
    for name, how in (("killed", signal.SIGKILL), ("stopped", signal.SIGSTOP)):
        took = []
        for _ in range(times):
            kiosk = Process(home, video)
            page.goto(kiosk.address)
            page.wait_for_selector("html[data-state=ready]")
            page.evaluate(WATCH)
            ended = time.time()
            kiosk.process.send_signal(how)
            page.wait_for_selector("html[data-state=dead]")
            took.append(page.evaluate("() => window.seen.find((one) => one[0] === 'dead')[2]") / 1000 - ended)
            kiosk.process.send_signal(signal.SIGCONT)
            kiosk.end(signal.SIGKILL)
        print(f"  {name}: median {median(took):.2f} s, worst {max(took):.2f} s")


def fresh(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 1366, "height": 768}).new_page()


def main() -> None:
    quick = "--quick" in sys.argv
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        home = Path(folder) / "home"
        station(home)
        print(f"{Path(serve.__file__).parent.name}: 1280 x 720, headless Chromium without a GPU on the same cores")
        to_the_page(fresh(browser), home, 8 if quick else 60)
        idle(fresh(browser), home, 5 if quick else 30)
        death(fresh(browser), home, 1 if quick else 5)
        browser.close()


if __name__ == "__main__":
    main()
