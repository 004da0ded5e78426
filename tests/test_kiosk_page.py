"""The page in a real Chromium over the running kiosk: states, languages, the keyboard alone, a dead server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from kiosk_camera import record, station
from kiosk_running import PATIENCE, Kiosk, until

from checkpoint.kiosk.pin import Pins
from checkpoint.kiosk.serve import PINS
from checkpoint.words import say

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run --autoplay-policy=no-user-gesture-required"
).split()
PIN = "271828"
SIZES = [(1366, 768), (1920, 1080), (1080, 1920)]
SERIOUS = {"serious", "critical"}

if not Path(CHROMIUM).exists():
    pytest.skip(f"no {CHROMIUM}: apt install chromium", allow_module_level=True)
if find_spec("playwright") is None:
    pytest.skip("playwright is not installed: pip install '.[test]'", allow_module_level=True)
from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402

expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if "Content Security" in line.text else None)
    yield page
    context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def passes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    home = tmp_path_factory.mktemp("home")
    Pins(home / "state" / PINS, 0.0).choose("admin", PIN)
    return home, station(home)


@pytest.fixture
def home(passes: tuple[Path, dict[str, str]], tmp_path: Path) -> Path:
    (tmp_path / "keys").symlink_to(passes[0] / "keys")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / PINS).write_bytes((passes[0] / "state" / PINS).read_bytes())
    return tmp_path


@pytest.fixture
def unattended(home: Path) -> Iterator[Kiosk]:
    with Kiosk(home) as running:
        yield running


@pytest.fixture
def attended(home: Path) -> Iterator[Kiosk]:
    with Kiosk(home, attended=True) as running:
        yield running


def shows(page: Page, state: str, tone: str | None = None) -> None:
    expect(page.locator("html")).to_have_attribute("data-state", state)
    if tone:
        expect(page.locator("html")).to_have_attribute("data-tone", tone)


def axe() -> str:
    """The accessibility checker's source; skips where it is not there."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core is not installed: pip install '.[test]'")
    return (Path(found.origin).parent / "axe.min.js").read_text("utf-8")


def serious(page: Page) -> list[str]:
    """What axe-core holds against the page as it stands."""
    # evaluate() runs beside the page's own policy, which lets no foreign script in.
    found: dict[str, Any] = page.evaluate(f"async () => {{ {axe()}; return await axe.run(document); }}")
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"] if one["impact"] in SERIOUS]


# --- over a video, as a process --------------------------------------------------------------------------------------


class Process:
    """`checkpoint kiosk` as it is started in the field."""

    def __init__(self, home: Path, video: Path, port: int = 0) -> None:
        self.file = home / "address"
        self.file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "checkpoint", "kiosk", "--camera", str(video), "--home", str(home)]
        command += ["--port", str(port), "--url-file", str(self.file), "--lang", "en"]
        self.process = subprocess.Popen(command, env={**os.environ, "CHECKPOINT_DEBUG": "1"})

    @property
    def address(self) -> str:
        until(self.file.exists)
        return self.file.read_text().split()[1]

    def end(self, how: int = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(PATIENCE)


def test_a_video_takes_the_page_from_state_to_state(
    page: Page, home: Path, passes: tuple[Path, dict[str, str]]
) -> None:
    texts = passes[1]
    video = record(home / "door.avi", [(None, 1), (texts["expired"], 2), (None, 9), (texts["good"], 2), (None, 9)])
    kiosk = Process(home, video)
    try:
        page.goto(kiosk.address)
        for state, tone, word in (
            ("ready", "ready", "kiosk.ready"),
            ("verdict", "refuse", "go.refuse"),
            ("verdict", "check", "go.check"),
            ("starting", "starting", "kiosk.starting"),
        ):
            shows(page, state, tone)
            expect(page.locator("#word")).to_have_text(say("en", word))
    finally:
        kiosk.end()
    assert not list(home.rglob("*.jpg")), "no frame on disk"


def test_the_servers_death_is_shown_and_its_return_too(page: Page, home: Path) -> None:
    video = record(home / "empty.avi", [(None, 15)])
    kiosk = Process(home, video)
    try:
        page.goto(kiosk.address)
        shows(page, "ready")
        port = int(page.url.rpartition(":")[2].strip("/"))
        kiosk.end(signal.SIGKILL)
        expect(page.locator("#dead")).to_be_visible()
        shows(page, "dead")
        kiosk = Process(home, video, port)
        shows(page, "ready")
        expect(page.locator("#dead")).to_be_hidden()
    finally:
        kiosk.end()


def test_a_server_that_hangs_is_as_good_as_dead(page: Page, home: Path) -> None:
    kiosk = Process(home, record(home / "empty.avi", [(None, 15)]))
    try:
        page.goto(kiosk.address)
        shows(page, "ready")
        kiosk.process.send_signal(signal.SIGSTOP)
        shows(page, "dead")
        kiosk.process.send_signal(signal.SIGCONT)
        shows(page, "ready")
    finally:
        kiosk.process.send_signal(signal.SIGCONT)
        kiosk.end()


# --- what people see --------------------------------------------------------------------------------------------------


def test_the_picture_is_live_and_gone_with_the_verdict(page: Page, unattended: Kiosk, passes: Any) -> None:
    page.goto(unattended.address)
    shows(page, "ready")
    expect(page.locator("#view")).to_have_attribute("data-seen", "yes")
    assert page.evaluate("document.getElementById('picture').width") == 320
    unattended.scene.codes = (passes[1]["expired"],)
    shows(page, "verdict")
    expect(page.locator("#view")).to_be_hidden()
    assert page.evaluate("document.getElementById('picture').width") == 16
    assert not page.evaluate(
        "[...document.getElementById('picture').getContext('2d').getImageData(0,0,16,9).data]"
        ".some((value, place) => place % 4 !== 3 && value)"
    )


def test_nobody_is_named_where_no_officer_is(page: Page, unattended: Kiosk, passes: Any) -> None:
    page.goto(unattended.address)
    shows(page, "ready")
    for name in ("good", "forged"):
        unattended.scene.codes = (passes[1][name],)
        shows(page, "verdict")
        assert not page.locator("#details").inner_text()
        for secret in ("Nguy", "Hoài", "1983", "2001"):
            assert secret not in page.content()
        unattended.scene.codes = ()
        shows(page, "ready")


def test_every_outcome_has_its_own_word_shape_colour_and_sound(page: Page, attended: Kiosk, passes: Any) -> None:
    page.goto(attended.address)
    shows(page, "ready")
    seen = set()
    texts = passes[1]
    shown = {"good": "identity", "expired": "refuse", "unknown-issuer": "check", "no pass": "unreadable"}
    for name, tone in shown.items():
        attended.scene.codes = (texts.get(name, "HC1:DAMAGED"),)
        shows(page, "verdict", tone)
        expect(page.locator("html")).to_have_attribute("data-played", tone)
        shape = page.locator("#shape svg:visible")
        expect(shape).to_have_count(1)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        seen.add((page.locator("#word").inner_text(), shape.get_attribute("data-for"), colour))
        attended.scene.codes = ()
        if tone == "identity":
            page.get_by_role("button", name=say("en", "kiosk.match"), exact=True).click()
            shows(page, "verdict", "admit")
            page.get_by_role("button", name=say("en", "kiosk.next")).click()
        elif tone != "unreadable":
            page.get_by_role("button", name=say("en", "kiosk.next")).click()
        shows(page, "ready")
    assert all(len(set(column)) == len(shown) for column in zip(*seen, strict=True))


def test_the_visitor_changes_the_language(page: Page, unattended: Kiosk) -> None:
    page.goto(unattended.address)
    shows(page, "ready")
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.locator("#word")).to_have_text(say("vi", "kiosk.ready"))
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    page.get_by_role("button", name="English").click()
    expect(page.locator("#word")).to_have_text(say("en", "kiosk.ready"))


def test_an_officer_compares_and_decides(page: Page, attended: Kiosk, passes: Any) -> None:
    page.goto(attended.address)
    attended.scene.codes = (passes[1]["good"],)
    shows(page, "verdict", "identity")
    expect(page.locator("#details")).to_contain_text("Nguyễn Bảo Duy")
    expect(page.locator("#details")).to_contain_text(say("en", "check.signature"))
    page.get_by_role("button", name=say("en", "kiosk.mismatch")).click()
    shows(page, "verdict", "check")
    expect(page.get_by_role("button", name=say("en", "kiosk.turn_away"))).to_be_disabled()
    attended.scene.codes = ()
    page.get_by_label(say("en", "why.mismatch")).check()
    page.get_by_role("button", name=say("en", "kiosk.turn_away")).click()
    shows(page, "ready")
    assert "Nguyễn" not in page.content(), "the person is gone from the page"


def test_pieces_of_a_pass_are_asked_for_and_can_be_given_up(page: Page, unattended: Kiosk) -> None:
    page.goto(unattended.address)
    shows(page, "ready")
    unattended.scene.codes = ("shc:/1/2/" + "56" * 200,)
    shows(page, "more_evidence")
    expect(page.locator("#hint")).to_contain_text("1")
    unattended.scene.codes = ()
    page.get_by_role("button", name=say("en", "kiosk.cancel")).click()
    shows(page, "ready")


# --- the keyboard alone -----------------------------------------------------------------------------------------------


def reach(page: Page, name: str) -> None:
    """Go to the button of this name with the Tab key."""
    for _ in range(20):
        if page.evaluate("document.activeElement.textContent") == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached")


def test_the_keyboard_alone_suffices_for_staff(page: Page, unattended: Kiosk) -> None:
    page.goto(unattended.address)
    shows(page, "ready")
    reach(page, say("en", "kiosk.staff"))
    page.keyboard.press("Enter")
    shows(page, "pin")
    page.keyboard.type("000001")
    page.keyboard.press("Enter")
    expect(page.locator("#pin-said")).to_have_text(say("en", "kiosk.pin_wrong"))
    page.keyboard.type(PIN)
    page.keyboard.press("Enter")
    shows(page, "menu")
    reach(page, say("en", "kiosk.pause"))
    page.keyboard.press("Enter")
    shows(page, "paused")
    for action, state in (("kiosk.resume", "ready"), ("kiosk.close", "out_of_order"), ("kiosk.repaired", "ready")):
        reach(page, say("en", "kiosk.staff"))
        page.keyboard.press("Space")
        shows(page, "pin")
        page.keyboard.type(PIN)
        page.keyboard.press("Enter")
        shows(page, "menu")
        reach(page, say("en", action))
        page.keyboard.press("Enter")
        shows(page, state)


def test_the_keyboard_alone_suffices_for_an_officer(page: Page, attended: Kiosk, passes: Any) -> None:
    page.goto(attended.address)
    attended.scene.codes = (passes[1]["good"],)
    shows(page, "verdict", "identity")
    attended.scene.codes = ()
    reach(page, say("en", "kiosk.match"))
    page.keyboard.press("Enter")
    shows(page, "verdict", "admit")
    page.keyboard.press("Escape")
    shows(page, "ready")
    attended.scene.codes = (passes[1]["expired"],)
    shows(page, "verdict", "refuse")
    attended.scene.codes = ()
    page.keyboard.press("Space")
    reach(page, say("en", "kiosk.let_through"))
    page.keyboard.press("Enter")
    shows(page, "ready")


def test_a_scanner_that_types_into_the_page_presses_no_button(page: Page, attended: Kiosk, passes: Any) -> None:
    page.goto(attended.address)
    attended.scene.codes = (passes[1]["good"],)
    shows(page, "verdict", "identity")
    attended.scene.codes = ()
    expect(page.locator("[data-action=match]")).to_be_focused()
    page.keyboard.type("HC1:6BFOXN TS0BI Z\n")  # as a scanner that nobody grabbed: spaces inside, Enter behind
    page.wait_for_timeout(500)
    shows(page, "verdict", "identity")
    page.keyboard.press("Enter")
    shows(page, "verdict", "admit")


# --- accessible -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_axe_finds_nothing_serious(page: Page, home: Path, passes: Any, lang: str) -> None:
    with Kiosk(home, lang=lang) as kiosk:
        page.goto(kiosk.address)
        shows(page, "ready")
        assert serious(page) == []
        kiosk.scene.codes = (passes[1]["expired"],)
        shows(page, "verdict")
        assert serious(page) == []
        kiosk.scene.codes = ()
        shows(page, "ready")
        page.locator("#staff button").click()
        shows(page, "pin")
        assert serious(page) == []
        page.keyboard.type(PIN)
        page.keyboard.press("Enter")
        shows(page, "menu")
        assert serious(page) == []
        page.locator("[data-action=close]").click()
        shows(page, "out_of_order")
        assert serious(page) == []
    expect(page.locator("#dead")).to_be_visible()
    assert serious(page) == []


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_axe_finds_nothing_serious_beside_an_officer(page: Page, home: Path, passes: Any, lang: str) -> None:
    with Kiosk(home, lang=lang, attended=True) as kiosk:
        page.goto(kiosk.address)
        for name, tone in (("good", "identity"), ("unknown-issuer", "check")):
            kiosk.scene.codes = (passes[1][name],)
            shows(page, "verdict", tone)
            assert serious(page) == []
            kiosk.scene.codes = ()
            page.locator("#buttons button").last.click()
            if tone == "identity":
                shows(page, "verdict", "check")
                page.locator("#buttons button").last.click()
            shows(page, "ready")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_nothing_is_cut_off_on_any_screen(browser: Browser, home: Path, passes: Any, size: Any, lang: str) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page = context.new_page()
    with Kiosk(home, lang=lang) as kiosk:
        page.goto(kiosk.address)
        for code, state in ((None, "ready"), ("good", "verdict")):
            kiosk.scene.codes = (passes[1][code],) if code else ()
            shows(page, state)
            boxes = page.evaluate(
                "[...document.querySelectorAll('#word, #title, #hint, #mark, footer button')]"
                ".filter((one) => one.offsetParent).map((one) => one.getBoundingClientRect().toJSON())"
            )
            assert all(box["left"] >= 0 and box["top"] >= 0 for box in boxes), json.dumps(boxes)
            assert all(box["right"] <= size[0] and box["bottom"] <= size[1] for box in boxes), json.dumps(boxes)
        # Three metres away a capital must be some 15 mm high: a twentieth of the shorter side of a 15-inch screen.
        high = page.evaluate("parseFloat(getComputedStyle(document.getElementById('word')).fontSize)")
        assert high * 0.7 >= min(size) / 20
    context.close()
