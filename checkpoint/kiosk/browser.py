"""Chromium in kiosk mode on the screen of this machine, opened again when its page has gone."""

import asyncio
import os
import shlex
import shutil
import tempfile
from collections.abc import Callable

CANDIDATES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ABSENT_SECONDS = 20.0  # a page that has not been there for so long is not coming back by itself
LOOK_SECONDS = 1.0
END_SECONDS = 5.0  # then it is killed
FIRST_SECONDS = 3.0  # after a restart of this server the page that is still there comes back sooner
FLAGS = (
    "--kiosk",
    "--no-first-run",
    "--noerrdialogs",
    "--disable-session-crashed-bubble",
    "--disable-pinch",
    "--overscroll-history-navigation=0",
    "--autoplay-policy=no-user-gesture-required",  # the sound of the first verdict
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-translate",
    "--disable-features=Translate,MediaRouter",
    "--deny-permission-prompts",
    "--password-store=basic",
)


def find_chromium() -> list[str] | None:
    """The command that starts the browser: CHECKPOINT_CHROMIUM, else the first known one; None where there is none."""
    if stated := os.environ.get("CHECKPOINT_CHROMIUM"):
        return shlex.split(stated)
    found = next(filter(None, map(shutil.which, CANDIDATES)), None)
    return [found] if found else None


def command_line(program: list[str], profile: str, url: str) -> list[str]:
    """How to start the browser on `url` with a fresh profile."""
    return [*program, *FLAGS, f"--user-data-dir={profile}", f"--app={url}"]


async def keep_open(program: list[str], url: Callable[[], str], attached: Callable[[], bool]) -> None:
    """Have a browser show the page; for ever. `url` gives a fresh address, good once."""
    await asyncio.sleep(FIRST_SECONDS)
    while True:
        if not attached():
            with tempfile.TemporaryDirectory(prefix="checkpoint-page-", ignore_cleanup_errors=True) as profile:
                await _show(command_line(program, profile, url()), attached)
        await asyncio.sleep(LOOK_SECONDS)


async def _show(command: list[str], attached: Callable[[], bool]) -> None:
    """One browser, until it ends or its page is gone for too long."""
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdin=quiet, stdout=quiet, stderr=quiet)
    absent = 0.0
    try:
        while process.returncode is None and absent < ABSENT_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
            absent = 0.0 if attached() else absent + LOOK_SECONDS
    finally:
        if process.returncode is None:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask it to end; one that hangs, an old verdict on its screen perhaps, does not hear."""
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
