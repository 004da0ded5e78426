"""`checkpoint scan`: the terminal station. One reader, one loop, one screen."""

import codecs
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from checkpoint.commands.shared import Home, Json, Lang, PolicyId, checked_lang, fail
from checkpoint.commands.verify import default_language, no_policy
from checkpoint.readers.events import Reader
from checkpoint.station import Station
from checkpoint.status import next_stop, readiness
from checkpoint.verifier import UnknownPolicy, Verifier, find_policy
from checkpoint.words import say

if TYPE_CHECKING:
    from checkpoint.commands.door import Officer
    from checkpoint.readers.keyboard import Keyboard

CameraSource = Annotated[
    str | None,
    typer.Option("--camera", metavar="N|PATH|URL", help="Camera by number, device, video file or stream (0)."),
]
KeyboardWanted = Annotated[
    bool,
    typer.Option("--keyboard", help="A hand scanner that types into this terminal; or texts piped in, one a line."),
]
SerialPort = Annotated[str | None, typer.Option("--serial", metavar="PORT", help="A hand scanner on a serial port.")]
Prefix = Annotated[str, typer.Option(metavar="TEXT", help="What the scanner sends before each code; \\r, \\x02 work.")]
Suffix = Annotated[str, typer.Option(metavar="TEXT", help="What it sends after each code, besides CR, LF and TAB.")]
Cameras = Annotated[bool, typer.Option("--list-cameras", help="List the cameras of this machine and end.")]
Focus = Annotated[
    float | None, typer.Option(metavar="N", help="Fix the camera's focus at N of its driver's scale; else automatic.")
]
Plain = Annotated[bool, typer.Option("--plain", help="Plain lines, for screen readers.")]
Mute = Annotated[bool, typer.Option("--mute", help="No sound.")]


def scan(
    camera: CameraSource = None,
    keyboard: KeyboardWanted = False,
    serial: SerialPort = None,
    prefix: Prefix = "",
    suffix: Suffix = "",
    list_cameras: Cameras = False,
    focus: Focus = None,
    home: Home = None,
    policy: PolicyId = None,
    lang: Lang = None,
    json: Json = False,
    plain: Plain = False,
    mute: Mute = False,
) -> None:
    """Judge what the reader sees until Ctrl-C, or until a video file or a pipe ends."""
    language = checked_lang(lang) or default_language()
    if list_cameras:
        return _list_cameras(language)
    if sum((camera is not None, keyboard, serial is not None)) > 1:
        raise typer.BadParameter("one reader at a time: --camera, --keyboard or --serial")
    marks = (_bytes(prefix, "--prefix"), _bytes(suffix, "--suffix"))
    try:
        find_policy(policy)
    except UnknownPolicy as unknown:
        raise typer.BadParameter(no_policy(unknown), param_hint="--policy") from None
    from checkpoint.commands import door

    verifier = Verifier.open(home)
    station = Station(verifier, policy)
    shown = door.screen(door.Ways(language, json, plain, not mute), _readiness(verifier))
    officer = door.Officer(station, shown)
    if keyboard:
        reader, keys = _typed(language, marks, officer), None
    else:
        reader = _serial(language, serial, marks) if serial is not None else _camera(language, camera or "0", focus)
        keys = _keys(officer)
    ended = door.run(station, reader, shown, keys)
    if not json:
        door.farewell(shown)
    raise typer.Exit(door.exit_code(shown.tally) if ended and not officer.stopped else 0)


def _camera(lang: str, source: str, focus: float | None) -> Reader:
    try:
        from checkpoint.readers.camera import CameraUnavailable
        from checkpoint.readers.live import LiveCamera
    except ImportError as missing:  # a system library of OpenCV is not there
        raise fail(say(lang, "scan.opencv", str(missing))) from None
    reader = LiveCamera(source, focus=focus)
    try:
        if not reader.must_open():
            typer.echo(say(lang, "scan.no_focus", source), err=True)
    except CameraUnavailable as unavailable:
        raise fail(say(lang, *unavailable.note)) from None
    return reader


def _serial(lang: str, port: str, marks: tuple[bytes, bytes]) -> Reader:
    from checkpoint.readers.serial_port import SerialScanner, SerialUnavailable
    from checkpoint.readers.typed import Burst

    reader = SerialScanner(port, Burst(*marks))
    try:
        reader.must_open()
    except SerialUnavailable as unavailable:
        raise fail(say(lang, *unavailable.note)) from None
    return reader


def _typed(lang: str, marks: tuple[bytes, bytes], officer: "Officer") -> Reader:
    from checkpoint.readers.keyboard import Keyboard

    return Keyboard(sys.stdin.fileno(), *marks, on_key=officer.pressed)


def _keys(officer: "Officer") -> "Keyboard | None":
    """The control keys beside a camera or a serial scanner, where there is a keyboard."""
    from checkpoint.readers.keyboard import Keyboard, stdin_terminal

    terminal = stdin_terminal()
    return None if terminal is None else Keyboard(terminal, on_key=officer.pressed)


def _list_cameras(lang: str) -> None:
    from checkpoint.readers.devices import cameras

    found = cameras()
    if not found:
        raise fail(say(lang, "scan.camera_none"))
    for device in found:
        typer.echo(f"{device.path}\t{say(lang, '=', device.name)}")


def _readiness(verifier: Verifier) -> Callable[[str], str]:
    """What is wrong with the trust in use, else what grows old, else until when it lasts; "" where nothing can end."""

    def tell(lang: str) -> str:
        trust = verifier.trust
        checks = readiness(trust, time.time())
        said = next((one for one in checks if one.reason is not None), next(iter(checks), None))
        if said is not None:
            return " ".join(say(lang, *note) for note in (said.note, said.remedy) if note)
        stop = next_stop(trust)
        return say(lang, "age.ready_until", stop.stop) if stop else ""

    return tell


def _bytes(text: str, option: str) -> bytes:
    """What a prefix or suffix stands for: \\r, \\n, \\t, \\x02 are written out."""
    try:
        return bytes(codecs.escape_decode(text.encode("utf-8"))[0])
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not written as text with \\r, \\t or \\x02", param_hint=option) from None
