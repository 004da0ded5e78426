"""`checkpoint kiosk`: the web station on loopback."""

import json as jsonlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from checkpoint.commands.shared import Home, Json, Lang, PolicyId, checked_lang, fail
from checkpoint.commands.verify import default_language
from checkpoint.kiosk.browser import find_chromium
from checkpoint.kiosk.desk import Decision, unheard
from checkpoint.kiosk.gate import CommandGate, command_gate
from checkpoint.kiosk.pin import ROLES, Pins, well_formed
from checkpoint.kiosk.serve import PINS, PortTaken, Settings, serve
from checkpoint.readers.events import Looked, Lost, ReaderEvent
from checkpoint.verdict import Verdict
from checkpoint.verifier import UnknownPolicy, Verifier, find_policy, home_folder
from checkpoint.words import say

Camera = Annotated[
    str | None, typer.Option(metavar="N|PATH|URL", help="Camera by number, device, video file or stream.")
]
Attended = Annotated[bool, typer.Option("--attended", help="An officer stands beside it: details and the ID step.")]
Open = Annotated[bool, typer.Option("--open", help="Open the page in Chromium's kiosk mode, again when it is gone.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")]
GateOption = Annotated[
    str | None, typer.Option("--gate", metavar="COMMAND", help="Run on admit only, once a visit; status 0: it opened.")
]
UrlFile = Annotated[
    Path | None,
    typer.Option("--url-file", help="Keep the page's one-time address in this file instead of printing it."),
]
SetPin = Annotated[
    str | None, typer.Option("--set-pin", metavar="officer|admin", help="Ask for a new PIN of the staff menu, and end.")
]


def kiosk(
    camera: Camera = None,
    attended: Attended = False,
    open_page: Open = False,
    port: Port = 8460,
    gate: GateOption = None,
    url_file: UrlFile = None,
    set_pin: SetPin = None,
    home: Home = None,
    policy: PolicyId = None,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Serve the kiosk's page to this machine until it is stopped."""
    language = checked_lang(lang) or default_language()
    if set_pin is not None:
        return _set_pin(set_pin, home, language)
    _check_policy(policy)
    chromium = find_chromium() if open_page else None
    if open_page and not chromium:
        raise fail(say(language, "kiosk.no_browser"))
    settings = Settings(
        verifier=Verifier.open(home),
        open_reader=_reader(camera or "0"),
        lang=language,
        policy=policy,
        attended=attended,
        port=port,
        gate=_gate(gate),
        chromium=chromium,
        url_file=url_file,
        url=_say_url(language) if url_file is None else unheard,
        judged=_stream_verdict(language) if json else unheard,
        decided=_stream_decision if json else unheard,
    )
    try:
        serve(settings)
    except PortTaken:
        raise fail(say(language, "kiosk.no_server", str(port))) from None


def _check_policy(policy: str | None) -> None:
    try:
        find_policy(policy)
    except UnknownPolicy as unknown:
        raise typer.BadParameter(f"there is no policy {unknown} at this station", param_hint="--policy") from None


def _gate(command: str | None) -> CommandGate | None:
    try:
        return None if command is None else command_gate(command)
    except ValueError:
        raise typer.BadParameter("no command", param_hint="--gate") from None


def _set_pin(role: str, home: Path | None, lang: str) -> None:
    if role not in ROLES:
        raise typer.BadParameter("officer or admin", param_hint="--set-pin")
    terminal = sys.stdin.isatty()
    pin = typer.prompt(say(lang, "kiosk.pin_ask"), hide_input=True) if terminal else sys.stdin.readline().rstrip("\n")
    if not well_formed(pin):
        raise fail(say(lang, "kiosk.pin_bad"))
    Pins(home_folder(home) / "state" / PINS, 0.0).choose(role, pin)
    typer.echo(say(lang, "kiosk.pin_kept"), err=True)


def _reader(source: str) -> Callable[[], Iterator[ReaderEvent]]:
    def looks() -> Iterator[ReaderEvent]:
        from checkpoint.readers.camera import CameraUnavailable, open_camera
        from checkpoint.readers.decode import LiveDecoder

        decoder = LiveDecoder()
        try:
            camera = open_camera(source)
        except CameraUnavailable as unavailable:
            yield Lost(source, unavailable.note)
            return
        with camera:
            for frame in camera:
                yield Looked(f"camera {source}", time.monotonic(), tuple(decoder.decode(frame)), (), frame)

    return looks


def _say_url(lang: str) -> Callable[[str], None]:
    def told(url: str) -> None:
        # Not through `say`: its arguments are cut to what fits a screen, and this one must be whole.
        sys.stderr.write(say(lang, "kiosk.url", "") + url + "\n")
        sys.stderr.flush()

    return told


def _stream_verdict(lang: str) -> Callable[[Verdict], None]:
    def told(verdict: Verdict) -> None:
        sys.stdout.write(verdict.as_json(lang) + "\n")
        sys.stdout.flush()

    return told


def _stream_decision(decision: Decision) -> None:
    sys.stdout.write(jsonlib.dumps(decision.as_dict()) + "\n")
    sys.stdout.flush()
