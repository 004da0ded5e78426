"""Formats of published revocation lists, one file each: bytes in, ids out; for importing, never at the door."""

from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType, ModuleType
from typing import NamedTuple, Protocol

from checkpoint.model import RevocationId
from checkpoint.trust.revocation import Crl

MAX_LIST = 64 * 1024 * 1024  # bytes; Italy's list of 194,000 had 10 million
MAX_ENTRIES = 4_000_000  # of one file, each a Python object while it is imported
SHOWN = 40  # characters of a refused entry that are shown, so that it can be found


class Entry(NamedTuple):
    """One revoked id; with `before` (seconds since 1970 UTC) only passes issued before that time are revoked."""

    id: RevocationId
    before: float | None = None


def _no_authority(name: bytes) -> tuple[bytes, ...]:
    return ()


class Options(NamedTuple):
    """What is known beside the file: the kind of ids that do not name theirs, each SHC key's `crlVersion` by kid,

    and the SubjectPublicKeyInfos of the trusted CAs with a name (DER).
    """

    kind: str = ""
    versions: Mapping[str, int] = MappingProxyType({})
    authorities: Callable[[bytes], tuple[bytes, ...]] = _no_authority


class Skipped(NamedTuple):
    """An entry that was left out, and why: one bad entry never loses a list."""

    entry: str
    reason: str


class Found:
    """What a file holds: `format` is the name of the format that it was."""

    def __init__(self) -> None:
        self.format = ""
        self.entries: list[Entry] = []
        self.skipped: list[Skipped] = []
        self.crls: dict[bytes, Crl] = {}  # by `ids.authority`: the certificate revocation lists among it

    def add(self, ids: Iterable[RevocationId], before: float | None = None) -> None:
        """Take `ids`; raises ListRefused where the file has too many."""
        self.entries += [Entry(one, before) for one in ids]
        if len(self.entries) > MAX_ENTRIES:
            raise ListRefused(f"the list has more than {MAX_ENTRIES} entries")

    def skip(self, entry: object, reason: str) -> None:
        """Leave `entry` out."""
        text = entry if isinstance(entry, str) else type(entry).__name__
        self.skipped.append(Skipped(text[:SHOWN], reason))


class ListRefused(Exception):
    """The file as a whole cannot be used; the text says why, `hint` what to do."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.hint = hint


class RevocationFormat(Protocol):
    """What a file of this folder offers."""

    NAME: str

    def matches(self, data: bytes) -> bool:
        """Whether `data` looks like this format; cheap, never raises."""

    def read(self, data: bytes, options: Options) -> Found:
        """Everything usable in `data`; raises ListRefused where the whole must not be used."""


def formats() -> tuple[ModuleType, ...]:
    """The formats in the order in which they are asked, plain text last; imported on use."""
    from checkpoint.trust.revocations import crl, eu, filters, italy, shc, switzerland, text, vci

    return (crl, filters, eu, vci, shc, switzerland, italy, text)


def read(data: bytes, options: Options | None = None) -> Found:
    """Every revoked id in `data`, whatever its format; raises ListRefused."""
    if len(data) > MAX_LIST:
        raise ListRefused(f"the file is larger than {MAX_LIST} bytes")
    data = data.removeprefix(BOM_UTF8)  # editors put it there, and no format has it
    for one in formats():
        if one.matches(data):
            found: Found = one.read(data, options or Options())
            found.format = one.NAME
            return found
    names = ", ".join(one.NAME for one in formats() if one.NAME != "filters")
    raise ListRefused("the format of this file is not known", f"known formats: {names}")


def divide(entries: Iterable[Entry]) -> tuple[set[RevocationId], dict[RevocationId, float]]:
    """The ids that are revoked for good, and those that count up to a time, each with its latest."""
    always: set[RevocationId] = set()
    times: dict[RevocationId, float] = {}
    for one in entries:
        if one.before is None:
            always.add(one.id)
        else:
            times[one.id] = max(one.before, times.get(one.id, one.before))
    return always, {one: before for one, before in times.items() if one not in always}
