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
PATIENCE = 60_000


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
    """Wait until the page shows it."""
    expect(page.locator("html")).to_have_attribute("data-state", state, timeout=PATIENCE)
    expect(page.locator("html")).to_have_attribute("data-tone", tone, timeout=PATIENCE)


def keep(page: Page, folder: Path, name: str, lang: str) -> None:
    """The page in all three sizes, small enough for a repository."""
    shots: dict[str, bytes] = {}
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(80)
        shots[size] = page.screenshot()
    for size, (width, height) in SIZES.items():  # afterwards: a verdict does not wait for a compressor
        picture = Image.open(BytesIO(shots[size]))
        small = picture.resize((WIDTH[size], height * WIDTH[size] // width), Image.Resampling.LANCZOS)
        small.save(folder / f"{name}-{size}-{lang}.webp", quality=60, method=6)


def visitor(page: Page, folder: Path, lang: str) -> None:
    """What a visitor sees, then what staff sees."""
    shows(page, "starting", "starting")
    keep(page, folder, "starting", lang)
    shows(page, "ready", "ready")
    expect(page.locator("#view")).to_have_attribute("data-seen", "yes")
    keep(page, folder, "ready", lang)
    for name, state, tone in (
        ("refuse", "verdict", "refuse"),
        ("check", "verdict", "check"),
        ("unreadable", "verdict", "unreadable"),
        ("more", "more_evidence", "more_evidence"),
    ):
        shows(page, state, tone)
        keep(page, folder, name, lang)
    page.locator("[data-action=cancel]").click()
    shows(page, "ready", "ready")
    menu(page, folder, lang, "pause")
    shows(page, "paused", "paused")
    keep(page, folder, "paused", lang)
    menu(page, folder, lang, "resume")
    menu(page, folder, lang, "close")
    shows(page, "out_of_order", "out_of_order")
    keep(page, folder, "out-of-order", lang)


def menu(page: Page, folder: Path, lang: str, action: str) -> None:
    """Through the PIN to the menu, and one of its buttons."""
    page.locator("[data-action=staff]").click()
    shows(page, "pin", "pin")
    if action == "pause":
        keep(page, folder, "pin", lang)
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    shows(page, "menu", "menu")
    if action == "pause":
        keep(page, folder, "menu", lang)
    page.locator(f"[data-action={action}]").click()


def officer(page: Page, folder: Path, lang: str) -> None:
    """What an officer beside the kiosk sees."""
    shows(page, "verdict", "identity")
    keep(page, folder, "attended-identity", lang)
    page.locator("[data-action=match]").click()
    shows(page, "verdict", "admit")
    keep(page, folder, "attended-admit", lang)
    shows(page, "verdict", "refuse")
    keep(page, folder, "attended-refuse", lang)


def photograph(browser: Browser, folder: Path, lang: str) -> None:
    """Every state in one language."""
    with TemporaryDirectory() as name:
        home = Path(name)
        texts = station(home)
        Pins(home / "state" / "kiosk-pins.json", 0.0).choose("admin", PIN)
        scenes = [(None, 8.0), (texts["expired"], 3.0), (None, 9.0), (texts["good"], 3.0), (None, 9.0)]
        scenes += [("HC1:6BF", 3.0), (None, 6.0), ("shc:/1/2/" + "56" * 200, 3.0), (None, 60.0)]
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        with kiosk(home, record(home / "door.avi", scenes), "--lang", lang) as address:
            page.goto(address())
            visitor(page, folder, lang)
        expect(page.locator("#dead")).to_be_visible()
        keep(page, folder, "dead", lang)
        (home / "state" / "kiosk.json").unlink()
        scenes = [(None, 3.0), (texts["good"], 4.0), (None, 14.0), (texts["expired"], 3.0), (None, 60.0)]
        with kiosk(home, record(home / "desk.avi", scenes), "--lang", lang, "--attended") as address:
            page.goto(address())
            officer(page, folder, lang)
        page.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    asked = parser.parse_args()
    os.environ["TZ"] = "Asia/Ho_Chi_Minh"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=asked.chromium, args=FLAGS)
        for language in LANGUAGES:
            photograph(chromium, asked.folder, language)
        chromium.close()
