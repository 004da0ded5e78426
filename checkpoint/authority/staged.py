"""`staged/`: what the next publish will contain, as text that people can read, compare and keep in version control."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from tuf.api.metadata import TargetFile

from checkpoint.authority import Refused
from checkpoint.authority.folder import Folder
from checkpoint.codec.errors import Malformed
from checkpoint.store.lines import MAX_FILE, Lines, write_lines
from checkpoint.trust import records
from checkpoint.trust.anchors import MARK, Anchors
from checkpoint.trust.records import Record

TOMBSTONES = "tombstones"  # the one list that no import writes: keys that stay distrusted for ever
NAME = re.compile(r"\A[a-z0-9][a-z0-9._-]{0,63}\Z")  # of a list; part of a path and of a URL


@dataclass(slots=True)
class Content:
    """The targets of one role, and the bytes of those that may not be published yet."""

    targets: dict[str, TargetFile] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def add(self, path: str, data: bytes, custom: dict[str, Any] | None = None) -> None:
        """Add the target `path`; its file name carries its hash, so that it never changes."""
        target = TargetFile(len(data), {"sha256": sha256(data).hexdigest()}, path)
        if custom is not None:
            target.unrecognized_fields["custom"] = custom
        self.targets[path] = target
        self.blobs[blob_name(target)] = data


def blob_name(target: TargetFile) -> str:
    """Where the bytes of `target` lie below `repository/` (TUF, consistent snapshots)."""
    folder, _, name = target.path.rpartition("/")
    return f"targets/{folder}/{target.hashes['sha256']}.{name}"


def list_path(folder: Folder, name: str) -> Path:
    """The file of the list of issuers `name`; raises Refused for a name that cannot be part of a path."""
    if not NAME.match(name):
        raise Refused(f"{name!r} cannot name a list", "use small letters, digits, dots, dashes and underscores")
    return folder.staged / "issuers" / f"{name}.jsonl"


def lists(folder: Folder) -> list[str]:
    """The names of the staged lists of issuers."""
    return sorted(path.stem for path in (folder.staged / "issuers").glob("*.jsonl"))


def read_list(folder: Folder, name: str) -> list[Record]:
    """Every record of a staged list; raises Refused where a line is none: a person edited it."""
    path = list_path(folder, name)
    found = []
    for number, line in enumerate(Lines.of(path), 1):
        try:
            found.append(records.parse(line))
        except Malformed as error:
            raise Refused(f"{path}, line {number} in sorted order: {error}", "mend the line or import again") from None
    return found


def issuing(folder: Folder) -> Callable[[bytes], tuple[bytes, ...]]:
    """The keys of the staged CAs by their name (DER): who may have signed a list of revoked certificates."""
    anchors = Anchors(
        lambda: [line for name in lists(folder) for line in Lines.of(list_path(folder, name)).containing(MARK)]
    )
    return lambda name: tuple(one.spki for one in anchors.named(name) if not one.revoked)


def crl_versions(folder: Folder) -> dict[str, int]:
    """Which counter the list of each staged key of SMART Health Cards must have."""
    return records.crl_versions(record for name in lists(folder) for record in read_list(folder, name))


def write_list(folder: Folder, name: str, found: list[Record]) -> None:
    """Replace a staged list."""
    write_lines(list_path(folder, name), [record.line() for record in found])


def tombstones(folder: Folder) -> dict[bytes, Record]:
    """SubjectPublicKeyInfo: record, of every key that stays distrusted."""
    return {record.spki: record for record in read_list(folder, TOMBSTONES)}


def issuers(folder: Folder) -> Content:
    """The staged lists as targets; raises Refused where one would trust a key that has a tombstone."""
    found = Content()
    dead = tombstones(folder)
    native: list[Record] = []
    for name in lists(folder):
        read = read_list(folder, name)
        for record in read:
            if record.format == records.NATIVE:
                native.append(record)
            if record.spki in dead and not record.revoked:
                why = f"list {name} trusts the key {record.kid}, which was removed as compromised"
                raise Refused(why, "take the line out of the list: a tombstone is for ever")
        # Not the bytes of the file: stations find keys by how a line begins, and an editor may have spaced it.
        lines = sorted({record.line() for record in read})
        found.add(f"issuers/{name}.jsonl", b"".join(line + b"\n" for line in lines))
    if records.two_worlds(native):
        raise Refused(
            "the lists hold demonstration keys and real ones of native passes",
            "a demonstration is an authority of its own",
        )
    return found


def one_file(path: Path) -> bytes:
    """The bytes of a staged file; raises Refused where it is too large."""
    if path.stat().st_size > MAX_FILE:
        raise Refused(f"{path} is larger than {MAX_FILE} bytes", "split the list")
    return path.read_bytes()
