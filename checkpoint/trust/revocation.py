"""What the corridor asks of any list of revocations: exact answers, or none at all."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from checkpoint.model import RevocationId

BLOCKS_PATH = "revocation/blocks.jsonl"
BLOCKS = "blocks"  # the source of the emergency blocks; no issuer names it
PINNED = "pinned"  # the source of what is pinned by hand at a station
PLACE = "tsl"  # the kind of id that is a place in a status list; all other kinds are hashes


class Hit(NamedTuple):
    """An entry that meets the pass. `blocked` is an emergency block by this site, not the issuer's revocation."""

    kind: str
    blocked: bool = False
    why: str = ""
    until: float | None = None  # the last moment a block holds; None: until it is taken back


class Crl(NamedTuple):
    """How old a CA's certificate revocation list is (RFC 5280 sections 5.1.2.4 and 5.1.2.5), seconds since 1970 UTC.

    `next_update`: when a newer one was promised; None where it does not say.
    """

    name: str  # of the CA, for people
    this_update: float
    next_update: float | None = None


class ListDamaged(Exception):
    """The list, or the part of it that holds the answer, is not what was signed or written."""


class ListMissing(ListDamaged):
    """The part that would hold the answer is not there at all: a newer list has to be fetched."""


class RevocationSet(Protocol):
    """A list of revocations of one source. Unknown is not "not revoked": a list that cannot answer raises."""

    @property
    def source(self) -> str:
        """The name that an issuer's record asks for."""

    @property
    def as_of(self) -> float | None:
        """When what it says was true, seconds since 1970 UTC; None where that is not known."""

    def find(self, ids: Sequence[RevocationId], issued_at: float | None) -> Hit | None:
        """The first entry that meets one of `ids`; raises ListDamaged, or ListMissing, where it cannot tell."""

    def can_hold(self, ids: Sequence[RevocationId]) -> bool:
        """Whether a pass with these ids could stand in it at all: only then does its silence mean "not revoked"."""


def has_place(ids: Sequence[RevocationId]) -> bool:
    """Whether a pass with these ids is told by its place in a status list, and not by a hash of something in it."""
    return any(kind == PLACE for kind, _ in ids)
