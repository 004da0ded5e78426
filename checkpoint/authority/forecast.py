"""How the authority stands: what expires when, who can sign, what is staged and not published, whether records hold."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tuf.api.metadata import Root, Targets

from checkpoint.authority import (
    Refused,
    audit,
    named_lists,
    publish,
    repository,
    revocations,
    revoked,
    roles,
    staged,
    station_policy,
)
from checkpoint.authority.folder import Folder
from checkpoint.authority.repository import FIELD, Published
from checkpoint.authority.revoked import time_text
from checkpoint.authority.signing import role_of
from checkpoint.authority.vault import names

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class RoleState:
    """One role: its version, when it ends, and whose keys must sign it. `days` is negative behind the end."""

    role: str
    version: int
    expires: datetime
    days: float
    threshold: int
    keys: tuple[str, ...]

    @property
    def due(self) -> bool:
        """Whether it should be signed again now."""
        return self.days * DAY < roles.LIFE[self.role].total_seconds() / 3


@dataclass(slots=True)
class State:
    """All of it. `problems` are sentences; while there are any, `checkpoint authority status` fails."""

    fingerprint: str
    roles: list[RoleState]
    lists: dict[str, int] = field(default_factory=dict)  # staged issuers: keys
    unpublished: dict[str, dict[str, int]] = field(default_factory=dict)
    old: list[str] = field(default_factory=list)  # lists of revocations that will stop stations
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        rows = {
            one.role: {
                "version": one.version,
                "expires": one.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "days": round(one.days, 2),
                "threshold": one.threshold,
                "keys": list(one.keys),
                "due": one.due,
            }
            for one in self.roles
        }
        return {
            "fingerprint": self.fingerprint,
            "roles": rows,
            "lists": self.lists,
            "unpublished": self.unpublished,
            "old": self.old,
            "problems": self.problems,
        }


def look(folder: Folder, now: float) -> State:
    """The state of the authority; raises Refused where its repository does not hold."""
    published = repository.read(folder)
    state = State(repository.fingerprint(folder), _roles(folder, published, now))
    state.problems += [f"{one.role} has expired" for one in state.roles if one.days < 0]
    state.problems += _records(folder, published)
    for words, stopped in _old_lists(folder, published, now):
        (state.problems if stopped else state.old).append(words)
    try:
        state.problems += [need.why() for need in named_lists.unmet(folder)]
        state.problems += filter(None, [named_lists.torn(folder)])
        for role, content in publish.wanted(folder, published, now, publish.unsigned).items():
            before = published.delegated.get(role)
            if before is None or before.signed.targets != content.targets:
                state.unpublished[role] = publish.difference(before, content)
        state.lists = {name: len(staged.read_list(folder, name)) for name in staged.lists(folder)}
    except Refused as refused:
        state.problems.append(f"the next publish will be refused: {refused}")
    return state


HOW_TO_RENEW = {"root": "checkpoint authority rotate root --keys FOLDER", "timestamp": "checkpoint authority tick"}
RENEWS = "checkpoint authority publish --keys FOLDER, with its keys there"


def due(folder: Folder, now: float) -> list[str]:
    """What has to be done before stations stop, a sentence each; raises Refused."""
    published = repository.read(folder)
    found = [
        f"{one.role} ends on {one.expires:%Y-%m-%d}: {HOW_TO_RENEW.get(one.role, RENEWS)}"
        for one in _roles(folder, published, now)
        if one.due
    ]
    return found + [words for words, _ in _old_lists(folder, published, now)]


def _old_lists(folder: Folder, published: Published, now: float) -> list[tuple[str, bool]]:
    """(what to say, whether stations have stopped) of every published list that stations call old already."""
    found = []
    for name, newest in sorted(revocations.ages(published).items()):
        limits = station_policy.limits(folder, name)
        age = now - datetime.fromisoformat(newest).timestamp()
        if age >= limits.amber:
            stop = time_text(now - age + limits.stop)
            imported = revoked.imported_at(folder, name) is not None
            how = (
                "checkpoint authority import-revocations, then publish" if imported else "checkpoint authority publish"
            )
            words = f"list {name} is as of {newest}, stations stop at its passes on {stop}: {how}"
            found.append((words, age >= limits.stop))
    return found


def _roles(folder: Folder, published: Published, now: float) -> list[RoleState]:
    known = names(folder)
    root, targets = published.root.signed, published.targets.signed
    signed: dict[str, tuple[Any, Root | Targets]] = {
        "root": (root, root),
        "targets": (targets, root),
        **{role: (one.signed, targets) for role, one in published.delegated.items()},
        "snapshot": (published.snapshot.signed, root),
        "timestamp": (published.timestamp.signed, root),
    }
    found = []
    for role, (one, delegator) in signed.items():
        holders = role_of(delegator, role)
        keys = tuple(known.get(keyid, keyid[:16]) for keyid in holders.keyids)
        days = (one.expires.timestamp() - now) / DAY
        found.append(RoleState(role, one.version, one.expires, days, holders.threshold, keys))
    return found


def _records(folder: Folder, published: Published) -> list[str]:
    """What is wrong with the audit file: a broken chain, or one that is shorter than what was signed."""
    chain = audit.read(folder.audit)
    if chain.broken:
        return [f"the audit file is not what was written: {chain.broken}"]
    stated = published.timestamp.signed.unrecognized_fields.get(FIELD, {}).get("audit")
    if stated not in chain.hashes:
        return ["the audit file does not have the act that the published timestamp was signed with"]
    return []
