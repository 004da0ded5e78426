"""A publication in the making: signed in memory first, then written in the one order that is safe to be cut short."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from checkpoint.authority import Progress, audit, repository, roles
from checkpoint.authority.folder import Folder
from checkpoint.authority.repository import FIELD, Published
from checkpoint.authority.signing import Step, put, sign
from checkpoint.authority.staged import Content, blob_name
from checkpoint.authority.vault import Vault


@dataclass(slots=True)
class Report:
    """What an act published: counts of files per changed role, roles whose life was renewed, and the new versions."""

    changed: dict[str, dict[str, int]] = field(default_factory=dict)
    renewed: list[str] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """What will be in force once all of it is on disk. `old` is what is published now, None before the first time."""

    folder: Folder
    vault: Vault
    now: float
    root: Root
    old: Published | None = None
    targets: Targets | None = None
    blobs: list[Step] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)  # metadata, in the order in which it must appear
    named: dict[str, MetaFile] = field(default_factory=dict)  # what the next snapshot says
    report: Report = field(default_factory=Report)

    def __post_init__(self) -> None:
        if self.old is not None:
            self.targets = self.old.targets.signed
            self.named = dict(self.old.snapshot.signed.meta)

    def add(self, role: str, signed: Any, delegator: Root | Targets) -> None:
        """Sign new metadata of `role` and put it behind what is there already."""
        metadata = Metadata(signed)
        sign(metadata, role, delegator, self.vault)
        data = metadata.to_bytes()
        self.steps.append(Step(f"metadata/{signed.version}.{role}.json", data))
        self.report.versions[role] = signed.version
        if role not in ("root", "snapshot"):
            self.named[f"{role}.json"] = repository.meta(data, signed.version)

    def add_content(self, role: str, content: Content) -> None:
        """New metadata of a delegated role, and the files it names."""
        assert self.targets is not None
        version = repository.next_version(self.folder, role)
        signed = Targets(version, roles.SPEC, roles.expires(role, self.now), content.targets)
        self.add(role, signed, self.targets)
        wanted = {blob_name(target) for target in content.targets.values()}
        self.blobs += [Step(name, content.blobs[name]) for name in sorted(wanted & content.blobs.keys())]

    def add_targets(self, signed: Targets) -> None:
        """New top-level targets: the delegations that `signed` has, with a version and a life of their own."""
        signed.version = repository.next_version(self.folder, "targets")
        signed.expires = roles.expires("targets", self.now)
        self.targets = signed
        self.add("targets", signed, self.root)

    def commit(self, act: str, facts: dict[str, Any], progress: Progress) -> None:
        """Sign snapshot and timestamp over all of it, record the act, then write: the timestamp last."""
        snapshot = self._snapshot()
        self._timestamp(snapshot, "")  # everything that can be refused is refused before the act is on record
        self._timestamp(snapshot, audit.append(self.folder.audit, act, {**facts, **asdict(self.report)}, self.now))
        put(self.folder, [*self.blobs, *self.steps], progress)

    def _snapshot(self) -> MetaFile:
        old = None if self.old is None else self.old.snapshot.signed
        if old is not None and old.meta == self.named and not roles.wants_renewal("snapshot", old.expires, self.now):
            assert self.old is not None
            return self.old.timestamp.signed.snapshot_meta
        version = repository.next_version(self.folder, "snapshot")
        self.add("snapshot", Snapshot(version, roles.SPEC, roles.expires("snapshot", self.now), self.named), self.root)
        return repository.meta(self.steps[-1].data, version)

    def _timestamp(self, snapshot: MetaFile, head: str) -> None:
        issued = datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        version = 1 if self.old is None else self.old.timestamp.signed.version + 1
        facts = {FIELD: {"issued": issued, "audit": head}}
        signed = Timestamp(version, roles.SPEC, roles.expires("timestamp", self.now), snapshot, facts)
        metadata = Metadata(signed)
        sign(metadata, "timestamp", self.root, self.vault)
        self.steps = [step for step in self.steps if step.name != _TIMESTAMP]
        self.steps.append(Step(_TIMESTAMP, metadata.to_bytes()))
        self.report.versions["timestamp"] = version


_TIMESTAMP = "metadata/timestamp.json"
