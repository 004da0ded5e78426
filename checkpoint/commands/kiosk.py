"""`checkpoint kiosk`: the web station on loopback."""

import json as jsonlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from checkpoint.commands.shared import Home, Json, Lang, PolicyId, checked_lang, fail
from checkpoint.commands.verify import default_language, no_policy
from checkpoint.kiosk.browser import find_chromium
from checkpoint.kiosk.desk import Decision, unheard
from checkpoint.kiosk.gate import Gate, GateFailed, command_gate
from checkpoint.kiosk.pin import ROLES, Pins, well_formed
from checkpoint.kiosk.pulse import pulse_gate
from checkpoint.kiosk.serve import PINS, PortTaken, Settings, serve
from checkpoint.readers.events import Reader
from checkpoint.verdict import Verdict
from checkpoint.verifier import UnknownPolicy, Verifier, find_policy, home_folder
from checkpoint.words import safe, say

Camera = Annotated[
    str | None, typer.Option(metavar="N|PATH|URL", help="Camera by number, device, video file or stream.")
]
Serial = Annotated[str | None, typer.Option("--serial", metavar="PORT", help="A hand scanner on a serial port.")]
Scanner = Annotated[
    str | None,
    typer.Option("--scanner", metavar="DEVICE", help="A hand scanner that types, grabbed from its input device."),
]
Attended = Annotated[bool, typer.Option("--attended", help="An officer stands beside it: details and the ID step.")]
Open = Annotated[bool, typer.Option("--open", help="Open the page in Chromium's kiosk mode, again when it is gone.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")]
GateOption = Annotated[
    str | None,
    typer.Option(
        "--gate", metavar="COMMAND|serial:PORT|gpio:CHIP,PIN", help="Opened on admit only, once a visit: docs/kiosk.md."
    ),
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
    serial: Serial = None,
    scanner: Scanner = None,
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
    settings = Settings(
        verifier=Verifier.open(home),
        open_reader=_reader(language, camera, serial, scanner),
        lang=language,
        pictures=serial is None and scanner is None,
        policy=policy,
        attended=attended,
        port=port,
        gate=_gate(gate),
        chromium=_chromium(language) if open_page else None,
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
        raise typer.BadParameter(no_policy(unknown), param_hint="--policy") from None


def _chromium(lang: str) -> list[str]:
    found = find_chromium()
    if not found:
        raise fail(say(lang, "kiosk.no_browser"))
    return found


def _gate(text: str | None) -> Gate | None:
    try:
        return None if text is None else pulse_gate(text) or command_gate(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no gate: see docs/kiosk.md", param_hint="--gate") from None
    except GateFailed as failed:
        raise fail(f"the gate {safe(text or '')} cannot be opened: {failed}", "look at its cable and rights") from None


def _set_pin(role: str, home: Path | None, lang: str) -> None:
    if role not in ROLES:
        raise typer.BadParameter("officer or admin", param_hint="--set-pin")
    terminal = sys.stdin.isatty()
    pin = typer.prompt(say(lang, "kiosk.pin_ask"), hide_input=True) if terminal else sys.stdin.readline().rstrip("\n")
    if not well_formed(pin):
        raise fail(say(lang, "kiosk.pin_bad"))
    Pins(home_folder(home) / "state" / PINS, 0.0).choose(role, pin)
    typer.echo(say(lang, "kiosk.pin_kept"), err=True)


def _reader(lang: str, camera: str | None, serial: str | None, scanner: str | None) -> Callable[[], Reader]:
    """What opens the one reader that was asked for; it may be absent now and come later."""
    if sum(one is not None for one in (camera, serial, scanner)) > 1:
        raise typer.BadParameter("one reader at a time: --camera, --serial or --scanner")
    if serial is not None:
        from checkpoint.readers.serial_port import SerialScanner

        return lambda: SerialScanner(serial)
    if scanner is not None:
        from checkpoint.readers.wedge import Wedge

        return lambda: Wedge(Path(scanner))
    try:
        from checkpoint.readers.live import LiveCamera
    except ImportError as missing:  # a system library of OpenCV is not there
        raise fail(say(lang, "scan.opencv", str(missing))) from None
    return lambda: LiveCamera(camera or "0")


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
