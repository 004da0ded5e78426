"""A small authority for tests: real signed metadata after docs/distribution.md, and every way of getting it wrong.

Written apart from the publisher in `checkpoint/authority`, so that neither can hide a mistake of the other.
"""

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

DAY = timedelta(days=1)
PATTERNS = {
    "issuers": ["issuers/*"],
    "policy": ["policy/*"],
    "revocation": ["revocation/*", "revocation/*/*"],
}
EXPIRES = {"root": 365, "targets": 90, "issuers": 90, "policy": 90, "revocation": 30, "snapshot": 30, "timestamp": 7}


def utc(moment: float | None = None) -> datetime:
    """Whole seconds, as metadata has them."""
    found = datetime.now(UTC) if moment is None else datetime.fromtimestamp(moment, UTC)
    return found.replace(microsecond=0)


class Repository:
    """Keys and the newest state of every role; `publish` writes what changed, the timestamp last."""

    def __init__(self, folder: Path, now: datetime | None = None, ecdsa: bool = False) -> None:
        new = CryptoSigner.generate_ecdsa if ecdsa else CryptoSigner.generate_ed25519
        self.folder = folder
        self.now = now or utc()
        self.new_signer = new
        self.signers: dict[str, list[CryptoSigner]] = {
            "root": [new() for _ in range(3)],
            **{role: [new()] for role in ("snapshot", "timestamp", *PATTERNS)},
        }
        self.signers["targets"] = self.signers["root"]
        self.threshold = {role: 2 if role in ("root", "targets") else 1 for role in self.signers}
        self.targets: dict[str, tuple[bytes, dict[str, Any]]] = {}
        self.patterns: dict[str, list[str]] = deepcopy(PATTERNS)
        self.terminating: set[str] = set(PATTERNS)
        self.expires = {role: timedelta(days=days) for role, days in EXPIRES.items()}
        self.version = dict.fromkeys(EXPIRES, 0)
        self.sign_with: dict[str, list[CryptoSigner]] = {}  # other signers than the role's, for attacks
        self.issued: datetime | None = None
        self.consistent = True
        self.documents: dict[str, Metadata[Any]] = {}
        self._written: dict[str, dict[str, Any]] = {}

    # --- content -----------------------------------------------------------------------------------------------------

    def add(self, path: str, data: bytes, **custom: Any) -> None:
        """Publish `data` as a target the next time."""
        self.targets[path] = (data, custom)

    def remove(self, path: str) -> None:
        """Withdraw a target the next time."""
        del self.targets[path]

    def issuers(self, lines: Iterable[bytes], name: str = "all") -> None:
        """A list of keys."""
        self.add(f"issuers/{name}.jsonl", b"".join(sorted(line + b"\n" for line in lines)))

    def policy(self, **found: Any) -> None:
        """The signed policy of the stations."""
        self.add("policy/station.json", json.dumps({"version": 1, **found}).encode())

    def blocks(self, *blocks: Mapping[str, Any]) -> None:
        """The emergency blocks."""
        self.add("revocation/blocks.jsonl", b"".join(json.dumps(one).encode() + b"\n" for one in blocks))

    # --- publishing --------------------------------------------------------------------------------------------------

    def publish(self) -> "Repository":
        """Everything that changed, signed and written; gives itself."""
        if "root" not in self.documents:
            self.rotate_root()
        delegated = {role: self._changed(role, self._delegated(role)) for role in self.patterns}
        targets = self._changed("targets", self._targets())
        meta = {f"{role}.json": self._described(role) for role in ("targets", *delegated)}
        self._sign("snapshot", Snapshot(version=self._next("snapshot"), expires=self._end("snapshot"), meta=meta))
        del targets
        self.tick()
        return self

    def tick(self) -> None:
        """A new timestamp over the newest snapshot."""
        timestamp = Timestamp(
            version=self._next("timestamp"),
            expires=self._end("timestamp"),
            snapshot_meta=self._described("snapshot"),
            unrecognized_fields={"x-checkpoint": {"issued": (self.issued or self.now).strftime("%Y-%m-%dT%H:%M:%SZ")}},
        )
        self._sign("timestamp", timestamp)

    def rotate_root(self, old: list[CryptoSigner] | None = None, **renewed: list[CryptoSigner]) -> None:
        """The next root: `renewed` roles get these signers, `old` (else all before) sign beside the new ones."""
        before = list(self.signers["root"]) if old is None else old
        for role, signers in renewed.items():
            self.signers[role] = signers
        root = Root(version=self._next("root"), expires=self._end("root"), consistent_snapshot=self.consistent)
        for role in ("root", "targets", "snapshot", "timestamp"):
            for signer in self.signers[role]:
                root.add_key(signer.public_key, role)
            root.roles[role].threshold = self.threshold[role]
        both = {one.public_key.keyid: one for one in (*before, *self.sign_with.get("root", self.signers["root"]))}
        self._sign("root", root, list(both.values()) if self.version["root"] else None)

    def root_bytes(self, version: int = 1) -> bytes:
        """The file of one root."""
        return (self.folder / "metadata" / f"{version}.root.json").read_bytes()

    @property
    def fingerprint(self) -> str:
        """Of version 1 of the root."""
        return sha256(self.root_bytes()).hexdigest()

    def metadata_path(self, role: str) -> Path:
        """The newest file of a role."""
        name = f"{role}.json" if role == "timestamp" else f"{self.version[role]}.{role}.json"
        return self.folder / "metadata" / name

    def target_path(self, path: str) -> Path:
        """The file of a target."""
        folder, _, name = path.rpartition("/")
        return self.folder / "targets" / folder / f"{sha256(self.targets[path][0]).hexdigest()}.{name}"

    # --- inside ------------------------------------------------------------------------------------------------------

    def _next(self, role: str) -> int:
        return self.version[role] + 1

    def _end(self, role: str) -> datetime:
        return self.now + self.expires[role]

    def _delegated(self, role: str) -> Targets:
        targets = Targets(version=self._next(role), expires=self._end(role))
        for path, (data, custom) in sorted(self.targets.items()):
            if path.split("/")[0] == role:
                targets.targets[path] = target(path, data, custom)
                self._write_target(path, data)
        return targets

    def _targets(self) -> Targets:
        delegations = Delegations({}, {})
        targets = Targets(version=self._next("targets"), expires=self._end("targets"), delegations=delegations)
        assert delegations.roles is not None
        for role, patterns in self.patterns.items():
            delegations.roles[role] = DelegatedRole(
                role, [], self.threshold[role], role in self.terminating, paths=patterns
            )
            for signer in self.signers[role]:
                targets.add_key(signer.public_key, role)
        return targets

    def _changed(self, role: str, new: Any) -> Any:
        """The role's newest document: `new` where it says anything else than the one before."""
        told = {name: value for name, value in new.to_dict().items() if name not in ("version", "expires")}
        if self._written.get(role) != told or role in self.sign_with:
            self._written[role] = told
            self._sign(role, new)
        return self.documents[role].signed

    def _sign(self, role: str, signed: Any, signers: list[CryptoSigner] | None = None) -> None:
        document: Metadata[Any] = Metadata(signed)
        used = signers or self.sign_with.get(role, self.signers[role][: self.threshold[role]])
        for signer in used:
            document.sign(signer, append=True)
        self.version[role] = signed.version
        self.documents[role] = document
        self.write(role)

    def write(self, role: str) -> None:
        """Write the newest document of a role as it is now."""
        write(self.metadata_path(role), self.documents[role].to_bytes())

    def _described(self, role: str) -> MetaFile:
        data = self.documents[role].to_bytes()
        return MetaFile(self.version[role], len(data), {"sha256": sha256(data).hexdigest()})

    def _write_target(self, path: str, data: bytes) -> None:
        found = self.target_path(path)
        if not found.exists():
            write(found, data)


def write(path: Path, data: bytes) -> None:
    """Put a file in place in one step: a publisher that is killed leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    temporary.replace(path)


def target(path: str, data: bytes, custom: Mapping[str, Any]) -> TargetFile:
    """How a targets role describes one file."""
    extra = {"custom": dict(custom)} if custom else {}
    return TargetFile(len(data), {"sha256": sha256(data).hexdigest()}, path, extra)
