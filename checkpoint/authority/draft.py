"""A publication in the making: signed in memory first, then written in the one order that is safe to be cut short."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp

from checkpoint.authority import Progress, Refused, audit, repository, roles
from checkpoint.authority.folder import Folder
from checkpoint.authority.repository import FIELD, Published
from checkpoint.authority.signing import Step, put, sign
from checkpoint.authority.staged import Content, blob_name
from checkpoint.authority.vault import Vault


@dataclass(slots=True)
class Report:
    """What an act published: counts of files per changed role, roles whose life was renewed, and the new versions.

    `waiting`: roles whose renewal is due and was not made, each with why; what they said before stays in force.
    `let_go`: published revocations that are gone although nobody took them back, as a person confirmed.
    `keys`: names of keys that a ceremony made.
    """

    changed: dict[str, dict[str, int]] = field(default_factory=dict)
    renewed: list[str] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    let_go: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
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
    roots: list[Step] = field(default_factory=list)  # before everything else: they only add keys
    last: list[Step] = field(default_factory=list)  # behind the timestamp: a root that takes keys away
    renew_snapshot: bool = False  # even where it says the same: its life nears its end, or its key changes
    report: Report = field(default_factory=Report)

    def __post_init__(self) -> None:
        if self.old is not None:
            self.targets = self.old.targets.signed
            self.named = dict(self.old.snapshot.signed.meta)
            self.renew_snapshot = roles.wants_renewal("snapshot", self.old.snapshot.signed.expires, self.now)

    def add(self, role: str, signed: Any, delegator: Root | Targets) -> None:
        """Sign new metadata of `role` and put it behind what is there already."""
        self.steps.append(self.signed(role, signed, delegator))
        if role != "snapshot":
            self.named[f"{role}.json"] = repository.meta(self.steps[-1].data, signed.version)

    def signed(self, role: str, signed: Any, *delegators: Root | Targets) -> Step:
        """New metadata of `role`, signed so that it holds under every one of `delegators`."""
        metadata = Metadata(signed)
        for delegator in delegators:
            sign(metadata, role, delegator, self.vault)
        self.report.versions[role] = signed.version
        return Step(f"metadata/{signed.version}.{role}.json", metadata.to_bytes())

    def add_content(self, role: str, content: Content) -> None:
        """New metadata of a delegated role, and the files it names."""
        assert self.targets is not None
        version = repository.next_version(self.folder, role)
        signed = Targets(version, roles.SPEC, roles.expires(role, self.now), content.targets)
        self.add(role, signed, self.targets)
        wanted = {blob_name(target) for target in content.targets.values()}
        self.blobs += [Step(name, content.blobs[name]) for name in sorted(wanted & content.blobs.keys())]

    def renew(self, role: str, ends: datetime, sign: Callable[[], None]) -> None:
        """Let `sign` lengthen the life of a role that says the same; where its keys are elsewhere, that can wait."""
        try:
            sign()
            self.report.renewed.append(role)
        except Refused as refused:  # the keys lie in a safe, and what has to be published now does not need them
            self.report.waiting[role] = f"ends on {ends:%Y-%m-%d}: {refused}"

    def add_targets(self, signed: Targets, *roots: Root) -> None:
        """New top-level targets: the delegations that `signed` has, with a version and a life of their own.

        `roots`: they must hold under each of these, where a root is about to change.
        """
        signed.version = repository.next_version(self.folder, "targets")
        signed.expires = roles.expires("targets", self.now)
        step = self.signed("targets", signed, *(roots or (self.root,)))
        self.targets = signed
        self.steps.append(step)
        self.named["targets.json"] = repository.meta(step.data, signed.version)

    def commit(self, act: str, facts: dict[str, Any], progress: Progress) -> None:
        """Sign snapshot and timestamp over all of it, record the act, then write: the timestamp last."""
        self._check_clock()
        self._check_record()
        snapshot = self._snapshot()
        self._timestamp(snapshot, "")  # everything that can be refused is refused before the act is on record
        self._timestamp(snapshot, audit.append(self.folder.audit, act, {**facts, **asdict(self.report)}, self.now))
        put(self.folder, [*self.roots, *self.blobs, *self.steps, *self.last], progress)

    def _check_record(self) -> None:
        """A record that lost its end must not be signed over: nobody could tell any more. One begun since is new."""
        said = {} if self.old is None else self.old.timestamp.signed.unrecognized_fields.get(FIELD, {})
        chain = audit.read(self.folder.audit)
        began_before = bool(chain.lines) and chain.since < str(said.get("issued", ""))
        if began_before and not chain.broken and said.get("audit") not in chain.hashes:
            why = f"{self.folder.audit} does not have the act that the published timestamp was signed with"
            raise Refused(why, "restore it from its copy, or move it aside: the next act starts a new record")

    def _check_clock(self) -> None:
        """Stations take the newest `issued` as proof that it is at least that late: it must never go back.

        It counts under the same timestamp keys alone (docs/distribution.md): a new key is the way back from a wrong
        clock.
        """
        if self.old is None or not self._signed_by_the_same_keys(self.old):
            return
        stated = self.old.timestamp.signed.unrecognized_fields.get(FIELD, {}).get("issued")
        if isinstance(stated, str) and datetime.fromisoformat(stated).timestamp() > self.now:
            raise Refused(
                f"this machine's clock is behind the last publish, {stated}",
                "set the clock, then try again; was it ahead then? checkpoint authority rotate online is the way back",
            )

    def _signed_by_the_same_keys(self, old: Published) -> bool:
        before, after = (set(root.roles["timestamp"].keyids) for root in (old.root.signed, self.root))
        return not before.isdisjoint(after)

    def _snapshot(self) -> MetaFile:
        if self.old is not None and self.old.snapshot.signed.meta == self.named and not self.renew_snapshot:
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
