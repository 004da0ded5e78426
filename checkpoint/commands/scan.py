"""`checkpoint scan`: the terminal station. First version: a camera or a scanner that types, verdict after verdict."""

import sys
from collections.abc import Iterator
from typing import Annotated, cast

import typer

from checkpoint.commands.shared import Home, Json, Lang, PolicyId, checked_lang, fail
from checkpoint.commands.verify import default_language, show
from checkpoint.model import Outcome
from checkpoint.station import Station, Text, counts
from checkpoint.verifier import UnknownPolicy, Verifier, find_policy
from checkpoint.words import say

Camera = Annotated[
    str | None, typer.Option(metavar="N|PATH|URL", help="Camera by number, device, video file or stream.")
]
Keyboard = Annotated[bool, typer.Option("--keyboard", help="Texts typed by a hand scanner, or piped in, one a line.")]


def scan(
    camera: Camera = None,
    keyboard: Keyboard = False,
    home: Home = None,
    policy: PolicyId = None,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Judge what the reader sees until Ctrl-C, or until a video file ends."""
    language = checked_lang(lang) or default_language()
    if (camera is not None) and keyboard:
        raise typer.BadParameter("one reader at a time: --camera or --keyboard")
    try:
        find_policy(policy)
    except UnknownPolicy as unknown:
        raise typer.BadParameter(f"there is no policy {unknown} at this station", param_hint="--policy") from None
    station = Station(Verifier.open(home), policy)
    texts = _typed(language, json) if keyboard else _seen(camera or "0", language, json)
    outcomes: list[Outcome] = []
    try:
        for found, source in texts:
            for verdict in station.offer(found, source):
                outcomes.append(verdict.outcome)
                show(verdict, json, language)
    except KeyboardInterrupt:
        pass
    if not json:
        _farewell(outcomes, language)


def _seen(source: str, lang: str, json: bool) -> Iterator[tuple[list[Text], str]]:
    """The texts in every frame that the camera gives, the newest frame only."""
    try:
        from checkpoint.readers.camera import CameraUnavailable, open_camera
        from checkpoint.readers.decode import LiveDecoder
    except ImportError as missing:  # a system library of OpenCV is not there
        raise fail(say(lang, "scan.opencv", str(missing))) from None
    decoder = LiveDecoder()
    try:
        camera = open_camera(source)
    except CameraUnavailable as unavailable:
        raise fail(say(lang, *unavailable.note)) from None
    _ready(lang, json, "scan.ready")
    with camera:
        for frame in camera:
            codes = decoder.decode(frame)
            if codes:
                yield [code.text for code in codes], f"camera {source}"
    if camera.lost:
        raise fail(say(lang, "scan.camera_lost"), say(lang, "note.camera_absent", source))


def _typed(lang: str, json: bool) -> Iterator[tuple[list[Text], str]]:
    """The texts that a hand scanner types, a line each."""
    from checkpoint.readers.lines import WEDGE_ENDS, ByteStream, read_texts

    _ready(lang, json, "scan.keyboard")
    for text in read_texts(cast(ByteStream, sys.stdin.buffer), WEDGE_ENDS):
        yield [text], "keyboard"


def _ready(lang: str, json: bool, key: str) -> None:
    if not json:
        typer.echo(say(lang, key), err=True)


def _farewell(outcomes: list[Outcome], lang: str) -> None:
    total = counts(outcomes)
    order = (Outcome.ADMIT, Outcome.REFUSE, Outcome.CHECK, Outcome.UNREADABLE)
    typer.echo(say(lang, "scan.stopped"), err=True)
    typer.echo(say(lang, "scan.counter", *(str(total[one]) for one in order)), err=True)
