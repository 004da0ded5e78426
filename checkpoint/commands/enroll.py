"""`checkpoint enroll`: make this station follow one authority; the only command that pins a root, and only once."""

from pathlib import Path
from typing import Annotated

import typer

from checkpoint.commands.shared import Home, Lang, checked_lang, fail, utf8
from checkpoint.commands.verify import default_language
from checkpoint.store import enrolment, invitation
from checkpoint.store.enrolment import EnrolmentRefused
from checkpoint.store.invitation import Invitation
from checkpoint.verifier import home_folder
from checkpoint.words import say

Address = Annotated[str | None, typer.Argument(metavar="URL|FOLDER", help="Where the authority publishes.")]
Root = Annotated[Path | None, typer.Option(metavar="FILE", help="The authority's root.json; else it is fetched.")]
Fingerprint = Annotated[
    str, typer.Option(metavar="HEX", help="SHA-256 of that file, told by the authority on another way than the file.")
]
Camera = Annotated[
    str | None, typer.Option(metavar="N|PATH|URL", help="Read address and fingerprint from the authority's QR code.")
]


def enroll(
    address: Address = None,
    root: Root = None,
    fingerprint: Fingerprint = "",
    camera: Camera = None,
    home: Home = None,
    lang: Lang = None,
) -> None:
    """Pin the root of one authority, compared with a fingerprint that came another way; then run `checkpoint sync`."""
    language = checked_lang(lang) or default_language()
    if camera is not None:
        if address or fingerprint or root:
            raise typer.BadParameter("the code on the camera says it all", param_hint="--camera")
        asked = _seen(camera, language)
    elif not address or not fingerprint:
        raise typer.BadParameter("the address and --fingerprint are needed, or --camera", param_hint="enroll")
    elif not utf8(address, "URL|FOLDER").isprintable():
        raise typer.BadParameter("an address of printable letters", param_hint="URL|FOLDER")
    else:
        # A folder as it stands from here: the next sync may be called from anywhere.
        asked = Invitation(address if "://" in address else str(Path(address).absolute()), fingerprint)
    _enroll(home_folder(home), asked, root, language)


def _enroll(home: Path, asked: Invitation, root: Path | None, lang: str) -> None:
    try:
        data = root.read_bytes() if root else _fetched(asked, lang)
        new = enrolment.enrol(home, data, asked.fingerprint, [asked.address])
    except EnrolmentRefused as refused:
        raise fail(say(lang, *refused.note), say(lang, f"remedy.{refused.note[0]}")) from None
    except OSError as error:
        raise fail(f"{error.filename or home}: {error.strerror}", say(lang, "enroll.nothing_changed")) from None
    typer.echo(say(lang, "enroll.done" if new else "enroll.known", asked.address))


def _fetched(asked: Invitation, lang: str) -> bytes:
    from checkpoint.sync.invited import fetch_root
    from checkpoint.sync.problem import Problem

    try:
        return fetch_root(asked)
    except Problem as problem:
        raise fail(say(lang, *problem.note), say(lang, f"remedy.sync.{problem.word}")) from None


def _seen(source: str, lang: str) -> Invitation:
    """The first invitation that the camera sees; other codes are passed over. A running station never looks for one."""
    from checkpoint.readers.camera import CameraUnavailable, open_camera
    from checkpoint.readers.decode import LiveDecoder

    decoder = LiveDecoder()
    typer.echo(say(lang, "enroll.show_code"), err=True)
    try:
        with open_camera(source) as camera:
            for frame in camera:
                for code in decoder.decode(frame):
                    found = invitation.parse(code.text)
                    if found is not None:
                        return found
    except CameraUnavailable as unavailable:
        raise fail(say(lang, *unavailable.note)) from None
    raise fail(say(lang, "enroll.no_code"), say(lang, "remedy.enroll.no_code"))
