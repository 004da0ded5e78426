"""The pass formats: one file or folder each, listed here. The one place where a parser's error becomes a reason."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, Protocol

from checkpoint.codec.errors import Malformed
from checkpoint.formats import hcert, nzcp, shc, unsupported
from checkpoint.formats.identity import bhyt, cccd, personal_qr
from checkpoint.model import Claims, Envelope, Reason, Refusal, Verified

MAX_TEXT = 65536  # characters: the densest QR code carries 7,089, and 17 of them are the longest set of chunks known
# Characters among which a code without a prefix shows its first field border.
_FIRST_FIELD = 24


class Format(Protocol):
    """What a signed format offers; a module is one. Prefixes are text, or bytes for seals that are no text."""

    NAME: str
    PREFIXES: tuple[str | bytes, ...]
    open_pass: Callable[[Any], Envelope]
    claims: Callable[[Verified], Claims]


class UnsignedFormat(Protocol):
    """What a code without a signature offers: it makes claims, and has no way to an Envelope or to Verified."""

    NAME: str
    matches: Callable[[str], bool]
    read: Callable[[str], Claims]


FORMATS: tuple[ModuleType, ...] = (hcert, shc, nzcp)
UNSIGNED: tuple[ModuleType, ...] = (personal_qr, cccd, bhyt)
_BY_NAME = {one.NAME: one for one in FORMATS}
_PREFIXES: list[tuple[Any, ModuleType]] = [(prefix, one) for one in FORMATS for prefix in one.PREFIXES]
_BY_START = {start[:1]: tuple(pair for pair in _PREFIXES if pair[0][:1] == start[:1]) for start, _ in _PREFIXES}


def recognise(text: str | bytes) -> ModuleType | None:
    """The format that `text` has, or None. Prefixes are case-sensitive, as every specification has them."""
    for prefix, found in _BY_START.get(text[:1], ()):
        if text.startswith(prefix):
            return found
    if isinstance(text, str) and "|" in text[:_FIRST_FIELD]:
        return next((one for one in UNSIGNED if one.matches(text[:MAX_TEXT])), None)
    return None


def open_pass(text: str | bytes) -> Envelope | Claims:
    """`text` taken apart, nothing believed; the claims themselves where no signature can ever stand behind them.

    Raises Refusal: unsupported, damaged or incomplete.
    """
    found = recognise(text)
    if found is None:
        raise Refusal(Reason.UNSUPPORTED, *unsupported.note(text))
    if len(text) > MAX_TEXT:
        raise Refusal(Reason.DAMAGED, "note.too_long")
    try:
        opened: Envelope | Claims = found.read(text) if found in UNSIGNED else found.open_pass(text)
    except Malformed as error:
        raise Refusal(Reason.DAMAGED, "note.damaged_at", str(error)) from None
    return opened


def claims(verified: Verified) -> Claims:
    """What the signed bytes say; raises Refusal: malformed where they break the format's specification."""
    try:
        found: Claims = _BY_NAME[verified.envelope.format].claims(verified)
    except Malformed as error:
        raise Refusal(Reason.MALFORMED, "note.malformed_at", str(error)) from None
    return found
