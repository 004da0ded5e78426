"""The published repository read back and checked from its first root on: nothing is signed on top of a broken one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from checkpoint.authority import Refused
from checkpoint.authority.folder import Folder
from checkpoint.store.lines import meant_for, write_file
from checkpoint.trust.metadata import is_sha256

FIELD = "x-checkpoint"  # of the signed timestamp: TUF itself has no time of issue
_VERSIONED = re.compile(r"\A(\d+)\.(.+)\.json\Z")


@dataclass(slots=True)
class Published:
    """What stations can fetch right now. `delegated` has the roles that were published so far."""

    root: Metadata[Root]
    targets: Metadata[Targets]
    snapshot: Metadata[Snapshot]
    timestamp: Metadata[Timestamp]
    delegated: dict[str, Metadata[Targets]] = field(default_factory=dict)

    def targets_of(self, role: str) -> dict[str, TargetFile]:
        """Every target that `role` has published, by path."""
        found = self.delegated.get(role)
        return {} if found is None else found.signed.targets


def read(folder: Folder) -> Published:
    """The repository as published; raises Refused where a file is missing or a signature does not hold."""
    folder.require()
    try:
        return _read(folder)
    except (RepositoryError, DeserializationError, KeyError, OSError, ValueError) as error:
        hint = "restore repository/ from any mirror: nothing is signed on top of a damaged repository"
        raise Refused(f"{folder.metadata} does not hold: {error}", hint) from None


def _read(folder: Folder) -> Published:
    root = _root(folder)
    timestamp: Metadata[Timestamp] = Metadata.from_file(str(folder.metadata / "timestamp.json"))
    root.signed.verify_delegate("timestamp", timestamp.signed_bytes, timestamp.signatures)
    snapshot: Metadata[Snapshot] = _named(folder, "snapshot", timestamp.signed.snapshot_meta)
    root.signed.verify_delegate("snapshot", snapshot.signed_bytes, snapshot.signatures)
    targets: Metadata[Targets] = _named(folder, "targets", snapshot.signed.meta["targets.json"])
    root.signed.verify_delegate("targets", targets.signed_bytes, targets.signatures)
    published = Published(root, targets, snapshot, timestamp)
    delegations = targets.signed.delegations
    for name in (delegations.roles or {}) if delegations else ():
        if (meta := snapshot.signed.meta.get(f"{name}.json")) is not None:
            found: Metadata[Targets] = _named(folder, name, meta)
            targets.signed.verify_delegate(name, found.signed_bytes, found.signatures)
            published.delegated[name] = found
    return published


def _root(folder: Folder) -> Metadata[Root]:
    """The newest root, each one vouched for by the one before it."""
    found: Metadata[Root] = Metadata.from_bytes(folder.first_root.read_bytes())
    while (path := folder.metadata / f"{found.signed.version + 1}.root.json").exists():
        newer: Metadata[Root] = Metadata.from_file(str(path))
        for signer in (found, newer):
            signer.signed.verify_delegate("root", newer.signed_bytes, newer.signatures)
        if newer.signed.version != found.signed.version + 1:
            raise RepositoryError(f"{path.name} says that it is version {newer.signed.version}")
        found = newer
    return found


def _named(folder: Folder, role: str, meta: MetaFile) -> Metadata:  # type: ignore[type-arg]
    data = (folder.metadata / f"{meta.version}.{role}.json").read_bytes()
    meta.verify_length_and_hashes(data)
    return Metadata.from_bytes(data)


def target_path(folder: Folder, target: TargetFile) -> Path:
    """Where the bytes of a target lie: its hash is part of the name, so that the file never changes."""
    parent, _, name = target.path.rpartition("/")
    return folder.targets / parent / f"{target.hashes['sha256']}.{name}"


def read_target(folder: Folder, target: TargetFile) -> bytes:
    """The bytes of a published target, checked; raises Refused where they are not what was signed."""
    path = target_path(folder, target)
    try:
        data = path.read_bytes()
        target.verify_length_and_hashes(data)
    except (OSError, RepositoryError) as error:
        raise Refused(f"{path} does not hold: {error}", "restore repository/ from any mirror") from None
    return data


def next_version(folder: Folder, role: str) -> int:
    """A version that no file has: what a killed publish left behind may be in somebody's cache, and stays as it is."""
    taken = [
        int(found[1]) for name in _names(folder.metadata) if (found := _VERSIONED.match(name)) and found[2] == role
    ]
    return max(taken, default=0) + 1


def _names(folder: Path) -> Iterator[str]:
    return (path.name for path in folder.iterdir()) if folder.is_dir() else iter(())


def meta(data: bytes, version: int) -> MetaFile:
    """How one metadata file names another: version, length and hash, so that a mirror cannot mix."""
    return MetaFile(version, len(data), {"sha256": sha256(data).hexdigest()})


def fingerprint(folder: Folder) -> str:
    """Hex SHA-256 of version 1 of the root, which people compare when a station is enrolled."""
    folder.require()
    return sha256(folder.first_root.read_bytes()).hexdigest()


def groups(fingerprint: str) -> str:
    """A fingerprint as people read it out: sixteen groups of four hex digits."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


def clear(folder: Folder) -> None:
    """Remove what a killed act left half written among the served files: names that only `write` makes, nothing else.

    Whoever holds the folder's lock knows that no other act is at work on one of them.
    """
    for served, is_ours in ((folder.metadata, _is_metadata), (folder.targets, _is_blob)):
        for path in served.rglob(".*"):
            name = meant_for(path.name)
            if name and is_ours(name) and path.is_file() and not path.is_symlink():
                path.unlink(missing_ok=True)


def _is_metadata(name: str) -> bool:
    return name == "timestamp.json" or _VERSIONED.match(name) is not None


def _is_blob(name: str) -> bool:
    return is_sha256(name.partition(".")[0])


def write(folder: Folder, name: str, data: bytes) -> None:
    """Put one file of the repository in place in one step; a file that is already there as wanted is left alone."""
    path = folder.root / "repository" / name
    if path.exists() and path.read_bytes() == data:
        return
    write_file(path, data)
