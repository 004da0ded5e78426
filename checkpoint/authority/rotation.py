"""Later ceremonies: a lost key replaced, keys added, another threshold, a new online key.

A root that changes who signs is published so that what is there holds at every instant, under the old root and the new.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from tuf.api.metadata import Root

from checkpoint.authority import Progress, Refused, repository, roles, silent
from checkpoint.authority.ceremony import new_keys
from checkpoint.authority.draft import Draft, Report
from checkpoint.authority.folder import Folder
from checkpoint.authority.repository import Published
from checkpoint.authority.signing import role_of
from checkpoint.authority.staged import Content
from checkpoint.authority.vault import Vault, names

ROLES = ("root", "online", *roles.DELEGATED)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to change for the holders of `role`. `lost`: names or ids of keys that go, each replaced by a new one."""

    role: str
    lost: tuple[str, ...] = ()
    more: int = 0  # keys on top
    threshold: int | None = None
    hardware: Sequence[tuple[str, bytes]] = ()


def rotate(folder: Folder, vault: Vault, change: Change, now: float, progress: Progress = silent) -> Report:
    """Do `change` and publish it; without any change the role's metadata is signed anew. Raises Refused."""
    if change.role not in ROLES:
        raise Refused(f"there is no role named {change.role}", f"roles: {', '.join(ROLES)}")
    with folder.locked(), vault.undone(folder):
        before = set(vault.entries)
        old = repository.read(folder)
        draft = Draft(folder, vault, now, old.root.signed, old)
        if change.role == "root":
            _root(draft, change)
        elif change.role == "online":
            _online(draft, change)
        else:
            _delegated(draft, old, change)
        draft.report.keys = vault.made_since(before)
        facts = {"role": change.role, "lost": list(change.lost), "more": change.more, "threshold": change.threshold}
        draft.commit("rotate", facts, progress)
        return draft.report


def _root(draft: Draft, change: Change) -> None:
    """Targets that hold under both roots come first, the new root behind the timestamp."""
    new = _next(draft, draft.root)
    gone = _lost(draft.folder, change.lost, new.roles["root"].keyids)
    for keyid in gone:
        for role in roles.OFFLINE:
            new.revoke_key(keyid, role)
    for key in new_keys(draft.folder, draft.vault, "root", len(gone) + change.more, change.hardware):
        for role in roles.OFFLINE:
            new.add_key(key, role)
    for role in roles.OFFLINE:
        new.roles[role].threshold = _threshold(change, new.roles[role].threshold, len(new.roles[role].keyids))
    assert draft.old is not None
    draft.add_targets(deepcopy(draft.old.targets.signed), draft.root, new)
    draft.last.append(draft.signed("root", new, draft.root, new))


def _online(draft: Draft, change: Change) -> None:
    """One root that knows the old key and the new, all that is online signed with the new, a root without the old."""
    if change.threshold not in (None, 1) or change.more:
        raise Refused("the online role has one key", "checkpoint authority rotate online makes a new one")
    old = list(draft.root.roles["timestamp"].keyids)
    both = _next(draft, draft.root)
    (key,) = new_keys(draft.folder, draft.vault, "online", 1, change.hardware)
    for role in roles.ONLINE:
        both.add_key(key, role)
    draft.roots.append(draft.signed("root", both, draft.root))
    new = _next(draft, both)
    for role in roles.ONLINE:
        for keyid in old:
            new.revoke_key(keyid, role)
    draft.last.append(draft.signed("root", new, both))
    draft.root = new
    draft.renew_snapshot = True


def _delegated(draft: Draft, old: Published, change: Change) -> None:
    """New delegations and the role's metadata under its new keys reach stations in one snapshot; its content stays."""
    signed = deepcopy(old.targets.signed)
    role = role_of(signed, change.role)
    gone = _lost(draft.folder, change.lost, role.keyids)
    added = new_keys(draft.folder, draft.vault, change.role, len(gone) + change.more, change.hardware)
    for keyid in gone:
        signed.revoke_key(keyid, change.role)
    for key in added:
        signed.add_key(key, change.role)
    role.threshold = _threshold(change, role.threshold, len(role.keyids))
    draft.targets = signed
    draft.add_content(change.role, Content(dict(old.targets_of(change.role))))
    draft.add_targets(signed)


def _next(draft: Draft, root: Root) -> Root:
    new = deepcopy(root)  # to_dict shares its lists of key ids
    new.version = root.version + 1
    new.expires = roles.expires("root", draft.now)
    return new


def _lost(folder: Folder, wanted: Sequence[str], keyids: Sequence[str]) -> list[str]:
    """The ids of the keys that `wanted` names; raises Refused for one that the role does not have."""
    known = names(folder)
    found = []
    for one in wanted:
        hits = [keyid for keyid in keyids if known.get(keyid) == one or (len(one) >= 8 and keyid.startswith(one))]
        if len(hits) != 1:
            have = ", ".join(known.get(keyid, keyid[:16]) for keyid in keyids)
            raise Refused(f"the role has no key {one}", f"it has {have}")
        found += hits
    return found


def _threshold(change: Change, now: int, keys: int) -> int:
    wanted = change.threshold if change.threshold is not None else now
    if not 1 <= wanted <= keys <= 16:
        raise Refused(f"{wanted} of {keys} keys cannot be", "choose 1 <= threshold <= keys <= 16")
    return wanted
