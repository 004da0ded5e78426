"""Which role signs what, with how many keys and for how long (docs/distribution.md)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from tuf.api.metadata import SPECIFICATION_VERSION, DelegatedRole, Delegations, Key, Root, Targets

LIFE = MappingProxyType(
    {
        "root": timedelta(days=365),
        "targets": timedelta(days=90),
        "issuers": timedelta(days=90),
        "policy": timedelta(days=90),
        "revocation": timedelta(days=30),
        "snapshot": timedelta(days=30),
        "timestamp": timedelta(days=7),
    }
)
# A pattern's star does not cross a slash, so lists of revocations need one of their own.
PATHS = MappingProxyType(
    {"issuers": ["issuers/*"], "policy": ["policy/*"], "revocation": ["revocation/*", "revocation/*/*"]}
)
DELEGATED = tuple(PATHS)
OFFLINE = ("root", "targets")  # the same people, the same keys
ONLINE = ("snapshot", "timestamp")
SPEC = ".".join(SPECIFICATION_VERSION)


@dataclass(frozen=True, slots=True)
class Holders:
    """The public keys of one role and how many of them must sign."""

    keys: tuple[Key, ...]
    threshold: int


def expires(role: str, now: float) -> datetime:
    """When metadata of `role` that is signed now ends."""
    return datetime.fromtimestamp(now, UTC).replace(microsecond=0) + LIFE[role]


def wants_renewal(role: str, ends: datetime, now: float) -> bool:
    """Whether two thirds of its life are over, so that one failed renewal is not yet an outage."""
    return ends - datetime.fromtimestamp(now, UTC) < LIFE[role] / 3


def root(version: int, offline: Holders, online: Holders, now: float) -> Root:
    """A root that gives root and targets to the offline keys, snapshot and timestamp to the online ones."""
    found = Root(version=version, spec_version=SPEC, expires=expires("root", now), consistent_snapshot=True)
    for names, holders in ((OFFLINE, offline), (ONLINE, online)):
        for name in names:
            for key in holders.keys:
                found.add_key(key, name)
            found.roles[name].threshold = holders.threshold
    return found


def targets(version: int, delegated: dict[str, Holders], now: float) -> Targets:
    """The top-level targets: nothing but the delegations."""
    roles: dict[str, DelegatedRole] = {}
    keys: dict[str, Key] = {}
    for name, holders in delegated.items():
        ids = [key.keyid for key in holders.keys]
        roles[name] = DelegatedRole(name, ids, holders.threshold, True, PATHS[name])
        keys |= {key.keyid: key for key in holders.keys}
    found = Targets(version=version, spec_version=SPEC, expires=expires("targets", now))
    found.delegations = Delegations(keys, roles)
    return found
