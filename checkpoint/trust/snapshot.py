"""Trust: everything a station believes at one moment, as one frozen value handed to the corridor."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from checkpoint.model import Key, Note, Reason
from checkpoint.trust.freshness import DEFAULTS, StationPolicy
from checkpoint.trust.revocation import Crl, RevocationSet

_NONE: Mapping[bytes, Crl] = MappingProxyType({})


class IssuersDamaged(Exception):
    """The record that holds the answer cannot be read."""


class IssuerSet(Protocol):
    """The keys a station trusts, looked up on demand."""

    def find(self, format: str, kid: str) -> tuple[Key, ...]:
        """Every key of `format` with this kid, () where there is none; raises IssuersDamaged."""

    def issuing(self, name: bytes) -> tuple[Key, ...]:
        """Every CA key whose certificate has the subject `name` (DER), () without one; raises IssuersDamaged."""

    def distrusts(self, key: Key) -> bool:
        """Whether a tombstone names `key`, which is not of this set: it came inside a pass."""

    def __bool__(self) -> bool:
        """Whether there is any key at all."""

    @property
    def worlds(self) -> frozenset[bool]:
        """Of its native keys: True for demonstrations, False for real ones; asked where a key is missing or new."""


class Trust(NamedTuple):
    """A snapshot; swapped whole, never changed. `problem` says that what is there cannot be relied on."""

    issuers: IssuerSet
    revocations: tuple[RevocationSet, ...] = ()
    floor: float = 0.0  # the newest time this station has proof of: the clock cannot be before it
    problem: Reason | None = None
    problem_note: Note = ()
    issued: float | None = None  # signed time of what was synced; None: nothing was, so nothing of it can grow old
    expires: tuple[tuple[str, float], ...] = ()  # (role, when its metadata ends)
    policy: StationPolicy = DEFAULTS
    crls: Mapping[bytes, Crl] = _NONE  # the pinned lists of revoked certificates, by `ids.authority` of their CA
