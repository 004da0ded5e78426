"""`checkpoint scan`: the terminal station. First version: a camera or a scanner that types, verdict after verdict."""

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, cast

import typer

from checkpoint import events
from checkpoint.commands.shared import Home, Json, Lang, PolicyId, checked_lang, fail
from checkpoint.commands.verify import default_language, show
from checkpoint.model import Outcome
from checkpoint.readers.code import Code
from checkpoint.readers.events import Looked
from checkpoint.station import Station
from checkpoint.tally import Tally
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
    shown = _Shown(json, language)
    with suppress(KeyboardInterrupt):
        station.run(texts, shown)
    if not json:
        _farewell(shown.tally, language)


class _Shown:
    def __init__(self, json: bool, lang: str) -> None:
        self.tally = Tally()
        self._json, self._lang = json, lang

    def show(self, event: events.Event) -> None:
        if isinstance(event, events.Judged):
            self.tally.count(event.verdict.outcome, 0.0)
            show(event.verdict, self._json, self._lang)


def _seen(source: str, lang: str, json: bool) -> Iterator[Looked]:
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
            yield Looked(f"camera {source}", time.monotonic(), tuple(codes))


def _typed(lang: str, json: bool) -> Iterator[Looked]:
    """The texts that a hand scanner types, a line each."""
    from checkpoint.readers.lines import WEDGE_ENDS, ByteStream, read_texts

    _ready(lang, json, "scan.keyboard")
    for text in read_texts(cast(ByteStream, sys.stdin.buffer), WEDGE_ENDS):
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        yield Looked("keyboard", time.monotonic(), (Code(data, ""),), deliberate=True)


def _ready(lang: str, json: bool, key: str) -> None:
    if not json:
        typer.echo(say(lang, key), err=True)


def _farewell(tally: Tally, lang: str) -> None:
    total = tally.outcomes
    order = (Outcome.ADMIT, Outcome.REFUSE, Outcome.CHECK, Outcome.UNREADABLE)
    typer.echo(say(lang, "scan.stopped"), err=True)
    typer.echo(say(lang, "scan.counter", *(str(total[one]) for one in order)), err=True)
