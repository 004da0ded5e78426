"""Trust-list formats, one file each: bytes in, records out. Used where keys are imported, never at the door."""

from codecs import BOM_UTF8
from dataclasses import dataclass, field
from types import ModuleType
from typing import Protocol

from checkpoint.codec.issued import Authorities
from checkpoint.trust.records import Record

MAX_LIST = 64 * 1024 * 1024  # bytes; the largest list known, 829 certificates with signatures, has 2 million


@dataclass(frozen=True, slots=True)
class Options:
    """What the person who imports says, where the file does not. `anchors` are SubjectPublicKeyInfos (DER)."""

    issuer: str = ""
    country: str = ""
    kid: str = ""
    format: str = ""
    origin: str = ""
    revocation: str = ""
    now: float = 0.0
    anchors: tuple[bytes, ...] = ()
    signature: bytes = b""  # of the whole list, where its publisher keeps it in a file of its own
    authorities: Authorities | None = None  # where set, only certificates that one of these CAs issued are taken


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that was left out, and why: one bad entry never loses a list."""

    kid: str
    reason: str


@dataclass(slots=True)
class Found:
    """What a file holds."""

    format: str = ""  # which list format it was
    records: list[Record] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    signed_by: str = ""  # who signed the list, where its format has a signature and it held
    active: frozenset[str] | None = None  # where the publisher says which kids count at all


class ListRefused(Exception):
    """The file as a whole cannot be used; the text says why, `hint` what to do."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.hint = hint


class ListFormat(Protocol):
    """What a file of this folder offers."""

    NAME: str

    def matches(self, data: bytes) -> bool:
        """Whether `data` looks like this format; cheap, never raises."""

    def read(self, data: bytes, options: Options) -> Found:
        """Everything usable in `data`; raises ListRefused where the whole must not be used."""


def formats() -> tuple[ModuleType, ...]:
    """The formats in the order in which they are asked; imported on use."""
    from checkpoint.trust.lists import (
        austria,
        certificates,
        did,
        france,
        gateway,
        germany,
        icao,
        italy,
        jwk,
        netherlands,
        plain,
        poland,
        sweden,
        switzerland,
        vci,
        who,
    )

    signed = (germany, netherlands, sweden, switzerland, austria, gateway, vci, icao)
    return (*signed, who, did, france, poland, plain, italy, jwk, certificates)


def read(data: bytes, options: Options) -> Found:
    """Everything usable in `data`, whatever its format; raises ListRefused."""
    if len(data) > MAX_LIST:
        raise ListRefused(f"the file is larger than {MAX_LIST} bytes")
    data = data.removeprefix(BOM_UTF8)  # editors put it there, and no format has it
    for one in formats():
        if one.matches(data):
            found: Found = one.read(data, options)
            found.format = one.NAME
            return found
    names = ", ".join(one.NAME for one in formats())
    raise ListRefused("the format of this file is not known", f"known formats: {names}")
