"""The pass formats: one file or folder each, listed here. The one place where a parser's error becomes a reason."""

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

from checkpoint.codec.errors import Malformed
from checkpoint.model import Claims, Envelope, Reason, Refusal, Verified

MAX_TEXT = 65536  # characters: the densest QR code carries 7,089, and 17 of them are the longest set of chunks known

SEAL_TEXTS = ("\xdc\x02", "\xdc\x03")  # of a binary seal, where a scanner gives each byte as one character
# The signed formats and how their codes begin: text, or bytes for seals that are no text. Each is imported on use.
FORMATS: dict[str, tuple[str | bytes, ...]] = {
    "hcert": ("HC1:",),
    "shc": ("shc:", "eyJ"),  # the digits of a code, and the JWS as it stands: apps hand it over, and files hold it
    "nzcp": ("NZCP:",),
    "native": ("CP1:",),
    "vds": (b"\xdc", *SEAL_TEXTS),
    "idb": ("RDB1", "NDB1"),
    "doc2d": ("DC02", "DC03", "DC04", b"DC02", b"DC03", b"DC04"),  # bytes where it has letters beyond ASCII
    "vdsnc": ("{", "[", " ", "\n", "\r", "\t", "\ufeff"),  # JSON, and what may stand before it
    "divoc": ("B64:", "PK\x03\x04", b"PK\x03\x04"),  # a zip archive, in base64 or as it is
}
# How a JSON seal begins: the name of one of its two parts, whatever stands before it.
_PLAIN_SEAL = '{"data":{'
_SEAL = re.compile(r'[\s\ufeff\[{]{1,64}"(?:data"\s{0,64}:\s{0,64}\{|sig")')
# Codes without a signature, told apart by their fields; in the folder `identity`.
UNSIGNED = ("cccd", "bhyt", "personal_qr")
FIRST_FIELD = 20  # characters at most, and then the border
_BORDER = "|"


class Format(Protocol):
    """What a signed format offers; a module is one."""

    NAME: str
    open_pass: Callable[[Any], Envelope]
    claims: Callable[[Verified], Claims]


class UnsignedFormat(Protocol):
    """What a code without a signature offers: it makes claims, and has no way to an Envelope or to Verified."""

    NAME: str
    read: Callable[[str], Claims]


def _is_seal(text: str) -> bool:
    return text.startswith(_PLAIN_SEAL) or _SEAL.match(text) is not None


# A second look, where the beginning of a format is that of much else.
_LOOKS: dict[str, Callable[[Any], bool]] = {"vdsnc": _is_seal}
_PREFIXES: list[tuple[Any, str, Callable[[Any], bool] | None]] = [
    (prefix, name, _LOOKS.get(name)) for name, prefixes in FORMATS.items() for prefix in prefixes
]
_BY_START = {start[:1]: tuple(one for one in _PREFIXES if one[0][:1] == start[:1]) for start, _, _ in _PREFIXES}


@cache
def module(name: str) -> ModuleType:
    """The module of a format, imported when its first code comes: most stations see few of them."""
    folder = "checkpoint.formats.identity" if name in UNSIGNED else "checkpoint.formats"
    return import_module(f"{folder}.{name}")


def recognise(text: str | bytes) -> str | None:
    """The name of the format that `text` has, or None. Prefixes are case-sensitive, as every specification has them."""
    for prefix, name, look in _BY_START.get(text[:1], ()):
        if text.startswith(prefix) and (look is None or look(text)):
            return name
    if isinstance(text, str) and _BORDER in text[: FIRST_FIELD + 1]:
        found: re.Match[str] | None = _shapes().match(text)
        return found.lastgroup if found else None
    return None


@cache
def _shapes() -> "re.Pattern[str]":
    from checkpoint.formats.identity import shapes  # few stations see such a code

    return shapes.ANY


def open_pass(text: str | bytes) -> Envelope | Claims:
    """`text` taken apart, nothing believed; the claims themselves where no signature can ever stand behind them.

    Raises Refusal: unsupported, damaged or incomplete.
    """
    name = recognise(text)
    if name is None:
        raise Refusal(Reason.UNSUPPORTED, *_unsupported(text))
    if len(text) > MAX_TEXT:
        raise Refusal(Reason.DAMAGED, "note.too_long")
    found = module(name)
    try:
        opened: Envelope | Claims = found.open_pass(text) if name in FORMATS else found.read(text)
    except Malformed as error:
        raise Refusal(Reason.DAMAGED, "note.damaged_at", str(error)) from None
    return opened


def _unsupported(text: str | bytes) -> tuple[str | float, ...]:
    from checkpoint.formats import unsupported

    return unsupported.note(text)


def claims(verified: Verified) -> Claims:
    """What the signed bytes say; raises Refusal: malformed where they break the format's specification."""
    try:
        found: Claims = module(verified.envelope.format).claims(verified)
    except Malformed as error:
        raise Refusal(Reason.MALFORMED, "note.malformed_at", str(error)) from None
    return found
