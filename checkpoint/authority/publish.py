"""Publish what is staged, and tick: blobs first, then delegated roles, targets, snapshot, the timestamp last."""

from copy import deepcopy
from functools import partial

from tuf.api.metadata import Metadata, Targets

from checkpoint.authority import (
    Progress,
    Refused,
    forgotten,
    named_lists,
    repository,
    revocations,
    roles,
    silent,
    staged,
    station_policy,
)
from checkpoint.authority.draft import Draft, Report
from checkpoint.authority.folder import Folder
from checkpoint.authority.repository import Published
from checkpoint.authority.signing import raw_signature, role_of
from checkpoint.authority.staged import Content
from checkpoint.authority.status_lists import Sign
from checkpoint.authority.vault import Vault
from checkpoint.trust import records
from checkpoint.trust.records import Record


def publish(folder: Folder, vault: Vault, now: float, progress: Progress = silent, *, confirm: bool = False) -> Report:
    """Sign and write whatever differs from what is published, or nears its end; raises Refused.

    `confirm`: published revocations may go although nobody took them back on record.
    """
    with folder.locked():
        old = _living(folder, now)
        draft = Draft(folder, vault, now, old.root.signed, old)
        add_staged(draft, confirm)
        if roles.wants_renewal("targets", ends := old.targets.signed.expires, now):
            draft.renew("targets", ends, partial(draft.add_targets, deepcopy(old.targets.signed)))
        draft.commit("publish", {}, progress)
        return draft.report


def tick(folder: Folder, vault: Vault, now: float) -> Report:
    """Sign the timestamp again, so that stations know that nothing newer exists; meant for cron, hourly.

    The snapshot is signed again as well when two thirds of its life are over: the same key signs both.
    """
    with folder.locked():
        old = _living(folder, now)
        draft = Draft(folder, vault, now, old.root.signed, old)
        draft.commit("tick", {}, silent)
        return draft.report


def _living(folder: Folder, now: float) -> Published:
    """What is published; raises Refused under a root that has ended, because no station takes anything from it."""
    old = repository.read(folder)
    ends = old.root.signed.expires
    if ends.timestamp() <= now:
        raise Refused(
            f"the root ended on {ends:%Y-%m-%d}: stations take nothing that is signed since",
            "checkpoint authority rotate root --keys FOLDER; is this machine's clock right?",
        )
    return old


def add_staged(draft: Draft, confirm: bool = False) -> None:
    """Add every delegated role whose staged content differs from what is published, or whose life nears its end."""
    found = wanted(draft.folder, draft.old, draft.now, _signer(draft), confirm)
    if draft.old is not None and confirm:
        lost = forgotten.find(draft.folder, draft.old, found["revocation"], draft.now)
        draft.report.let_go = [str(one) for one in lost]
    for role, content in found.items():
        before = None if draft.old is None else draft.old.delegated.get(role)
        changed = before is None or before.signed.targets != content.targets
        if changed:
            draft.report.changed[role] = difference(before, content)
            draft.add_content(role, content)
        elif before is not None and roles.wants_renewal(role, ends := before.signed.expires, draft.now):
            draft.renew(role, ends, partial(draft.add_content, role, content))


def _signer(draft: Draft) -> Sign:
    """Signs status lists with the key of the role that publishes them."""

    def sign(message: bytes) -> tuple[str, bytes]:
        assert draft.targets is not None
        role = role_of(draft.targets, "revocation")
        signers = draft.vault.signers(role.keyids, 1)
        if not signers:
            raise Refused("no key of the role revocation is at hand", "give its passphrase, or --keys FOLDER")
        return raw_signature(signers[0], message)

    return sign


def unsigned(message: bytes) -> tuple[str, bytes]:
    """For looking at what a publish would do: as long as a signature, and none."""
    return "Ed25519", bytes(64)


def wanted(folder: Folder, old: Published | None, now: float, sign: Sign, confirm: bool = False) -> dict[str, Content]:
    """What each delegated role should hold; raises Refused where something staged must not be signed."""
    found = {
        "issuers": staged.issuers(folder),
        "policy": station_policy.content(folder),
        "revocation": revocations.content(folder, old, now, sign),
    }
    named_lists.require(folder, old)
    if old is not None:
        _require_tombstones(folder, old)
        if not confirm:
            forgotten.check(folder, old, found["revocation"], now)
    return found


def _require_tombstones(folder: Folder, old: Published) -> None:
    path = f"issuers/{staged.TOMBSTONES}.jsonl"
    target = old.targets_of("issuers").get(path)
    if target is None:
        return
    kept = {_grave(one) for one in staged.read_list(folder, staged.TOMBSTONES)}
    for line in repository.read_target(folder, target).splitlines():
        if _grave(records.parse(line)) not in kept:
            raise Refused("a published tombstone is not in the staged lists", f"restore staged/{path}: it is for ever")


def _grave(record: Record) -> tuple[str, ...] | bytes:
    """What a tombstone stands on: the key, or the id of one that nobody has."""
    return record.spki or (record.format, record.kid, record.issuer)


def difference(before: "Metadata[Targets] | None", content: Content) -> dict[str, int]:
    """How many files of a role are added, removed and changed."""
    old = {} if before is None else before.signed.targets
    new = content.targets
    return {
        "added": len(new.keys() - old.keys()),
        "removed": len(old.keys() - new.keys()),
        "changed": sum(new[path] != old[path] for path in new.keys() & old.keys()),
    }
