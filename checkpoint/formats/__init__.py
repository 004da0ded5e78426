"""The pass formats: one file or folder each, listed here. The one place where a parser's error becomes a reason."""

from collections.abc import Callable
from types import ModuleType
from typing import Protocol

from checkpoint.codec.errors import Malformed
from checkpoint.formats import hcert
from checkpoint.model import Claims, Envelope, Reason, Refusal, Verified

MAX_TEXT = 16384  # characters: the densest QR code carries 7,089, chunked passes a few of them


class Format(Protocol):
    """What a format offers; a module is one."""

    NAME: str
    PREFIXES: tuple[str, ...]
    open_pass: Callable[[str], Envelope]
    claims: Callable[[Verified], Claims]


FORMATS: tuple[ModuleType, ...] = (hcert,)
_BY_NAME = {one.NAME: one for one in FORMATS}
_BY_PREFIX = {prefix: one for one in FORMATS for prefix in one.PREFIXES}
_PREFIX_LENGTHS = sorted({len(prefix) for prefix in _BY_PREFIX}, reverse=True)


def recognise(text: str | bytes) -> ModuleType | None:
    """The format whose prefix `text` has, or None. Prefixes are case-sensitive, as every specification has them."""
    if isinstance(text, str):
        for length in _PREFIX_LENGTHS:
            found = _BY_PREFIX.get(text[:length])
            if found is not None:
                return found
    return None


def open_pass(text: str | bytes) -> Envelope:
    """`text` taken apart, nothing believed; raises Refusal: unsupported, damaged or incomplete."""
    found = recognise(text)
    if found is None or not isinstance(text, str):
        raise Refusal(Reason.UNSUPPORTED, "note.not_a_pass")
    if len(text) > MAX_TEXT:
        raise Refusal(Reason.DAMAGED, "note.too_long")
    try:
        envelope: Envelope = found.open_pass(text)
    except Malformed as error:
        raise Refusal(Reason.DAMAGED, "note.damaged_at", str(error)) from None
    return envelope


def claims(verified: Verified) -> Claims:
    """What the signed bytes say; raises Refusal: malformed where they break the format's specification."""
    try:
        found: Claims = _BY_NAME[verified.envelope.format].claims(verified)
    except Malformed as error:
        raise Refusal(Reason.MALFORMED, "note.malformed_at", str(error)) from None
    return found
