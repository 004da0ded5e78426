"""Photographs the kiosk's page, state by state, as Chromium shows it over the running kiosk with a video as its camera.

python docs/make_kiosk_pictures.py docs/kiosk [--chromium /usr/bin/chromium]
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from kiosk_camera import record, station

from checkpoint.kiosk.pin import Pins

SIZES = {"laptop": (1366, 768), "wide": (1920, 1080), "portrait": (1080, 1920)}
LANGUAGES = ("vi", "en")
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-sync --no-first-run".split()
)
PIN = "271828"
WIDTH = {"laptop": 683, "wide": 640, "portrait": 360}  # of the pictures as they are kept
PATIENCE = 120_000
TRIES = 5


@contextmanager
def kiosk(home: Path, video: Path, *options: str) -> Iterator[Callable[[], str]]:
    """`checkpoint kiosk`, running; gives what tells the page's address."""
    file = home / "address"
    command = [sys.executable, "-m", "checkpoint", "kiosk", "--home", str(home), "--camera", str(video), "--port", "0"]
    process = subprocess.Popen([*command, "--url-file", str(file), *options])
    try:
        while not file.exists():
            time.sleep(0.1)
        yield lambda: file.read_text().split()[1]
    finally:
        process.terminate()
        process.wait()


def shows(page: Page, state: str, tone: str) -> None:
    """Wait until the page shows it; the video begins anew when it has ended, so everything comes again."""
    expect(page.locator(f"html[data-state={state}][data-tone={tone}]")).to_be_attached(timeout=PATIENCE)


def keep(page: Page, target: str, state: str, tone: str, lead: Callable[[], None] = lambda: None) -> None:
    """The page in all three sizes; `target` has a place for the size. `lead` goes where the state is reached from."""
    for _ in range(TRIES):
        lead()
        shows(page, state, tone)
        shots = {size: shot(page, size) for size in SIZES}
        if page.locator(f"html[data-state={state}][data-tone={tone}]").count():  # it has not ended meanwhile
            for size, data in shots.items():
                small(data, size).save(target.format(size), quality=60, method=6)
            return
    raise SystemExit(f"{target}: never shown for long enough")


def shot(page: Page, size: str) -> bytes:
    """The page as it is now on a screen of this size."""
    page.set_viewport_size({"width": SIZES[size][0], "height": SIZES[size][1]})
    page.wait_for_timeout(80)
    return page.screenshot()


def small(data: bytes, size: str) -> Image.Image:
    """Small enough for a repository."""
    height = SIZES[size][1] * WIDTH[size] // SIZES[size][0]
    return Image.open(BytesIO(data)).resize((WIDTH[size], height), Image.Resampling.LANCZOS)


def visitor(page: Page, target: str) -> None:
    """What a visitor sees, then what staff sees."""
    for name, state, tone in (
        ("ready", "ready", "ready"),
        ("refuse", "verdict", "refuse"),
        ("check", "verdict", "check"),
        ("unreadable", "verdict", "unreadable"),
        ("more", "more_evidence", "more_evidence"),
        ("starting", "starting", "starting"),
    ):
        keep(page, target.format(name), state, tone)
    keep(page, target.format("pin"), "pin", "pin", lambda: asked(page))
    keep(page, target.format("menu"), "menu", "menu", lambda: opened(page))
    page.locator("[data-action=pause]").click()
    keep(page, target.format("paused"), "paused", "paused")
    opened(page)
    page.locator("[data-action=close]").click()
    keep(page, target.format("out-of-order"), "out_of_order", "out_of_order")


def asked(page: Page) -> None:
    """To the question for the PIN, where the page is not there yet."""
    if not page.locator("html[data-state=pin]").count():
        page.locator("[data-action=staff]").click(timeout=PATIENCE)
        shows(page, "pin", "pin")


def opened(page: Page) -> None:
    """Through the PIN to the menu."""
    asked(page)
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    shows(page, "menu", "menu")


def officer(page: Page, target: str) -> None:
    """What an officer beside the kiosk sees."""

    def compared() -> None:
        shows(page, "verdict", "identity")
        page.locator("[data-action=match]").click()

    keep(page, target.format("attended-refuse"), "verdict", "refuse", lambda: passed_over(page, "identity", "match"))
    keep(page, target.format("attended-identity"), "verdict", "identity", lambda: passed_over(page, "refuse", "next"))
    keep(page, target.format("attended-admit"), "verdict", "admit", compared)


def passed_over(page: Page, tone: str, action: str) -> None:
    """Be done with a verdict that stands in the way, if there is one."""
    if page.locator(f"html[data-state=verdict][data-tone={tone}]").count():
        page.locator(f"[data-action={action}]").click()
        expect(page.locator(f"html[data-tone={tone}]")).not_to_be_attached(timeout=PATIENCE)


def photograph(browser: Browser, folder: Path, lang: str) -> None:
    """Every state in one language."""
    with TemporaryDirectory() as name:
        home = Path(name)
        texts = station(home)
        Pins(home / "state" / "kiosk-pins.json", 0.0).choose("admin", PIN)
        target = f"{folder}/{{}}-{{{{}}}}-{lang}.webp"
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        scenes = [(None, 4.0), (texts["expired"], 3.0), (None, 9.0), (texts["good"], 3.0), (None, 9.0)]
        scenes += [(texts["good"][:300], 4.0), (None, 6.0), ("shc:/1/2/" + "56" * 200, 8.0)]
        with kiosk(home, record(home / "door.avi", scenes), "--lang", lang) as address:
            page.goto(address())
            visitor(page, target)
        keep(page, target.format("dead"), "dead", "out_of_order")
        (home / "state" / "kiosk.json").unlink()
        scenes = [(None, 2.0), (texts["expired"], 3.0), (None, 5.0), (texts["good"], 3.0), (None, 5.0)]
        with kiosk(home, record(home / "desk.avi", scenes), "--lang", lang, "--attended") as address:
            page.goto(address())
            officer(page, target)
        page.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    os.environ["TZ"] = "Asia/Ho_Chi_Minh"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=options.chromium, args=FLAGS)
        for language in LANGUAGES:
            photograph(chromium, options.folder, language)
        chromium.close()
