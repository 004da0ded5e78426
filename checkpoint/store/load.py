"""Everything a home makes a station believe, as one `Trust`: what people pinned and what the authority signed."""

from pathlib import Path
from typing import TYPE_CHECKING

from checkpoint.model import Key, Note, Reason
from checkpoint.store import layout
from checkpoint.store.lines import read_file
from checkpoint.store.pins import ISSUERS, REVOCATIONS, PinnedIssuers, PinnedRevocations
from checkpoint.trust import clock
from checkpoint.trust.snapshot import Trust

if TYPE_CHECKING:
    from checkpoint.store.synced import Synced

# What a change of trust changes, relative to the home.
_WATCHED = (
    f"keys/{ISSUERS}",
    f"keys/{REVOCATIONS}",
    layout.ROOT,
    layout.CURRENT,
    layout.MARK,
)

Stamp = tuple[tuple[int, int, int] | None, ...]


def load_trust(home: Path) -> Trust:
    """The trust that `home` holds right now; damage is stated in it, never raised."""
    keys = home / "keys"
    try:
        issuers, revocations = PinnedIssuers(keys), PinnedRevocations(keys)
        root = _root(home)
    except OSError as error:
        return _broken("note.trust_unreadable", str(error.strerror or error))
    pinned = Trust(
        issuers,
        (revocations,) if revocations.there else (),
        clock.floor(),
        crls=revocations.crls if revocations else {},
    )
    if issuers.damaged:
        return _with_problem(pinned, Reason.TRUST_DAMAGED)
    if revocations and revocations.broken:
        # A revocation that cannot be read might be the one of the pass at hand: nobody is admitted past it.
        return _with_problem(pinned, Reason.TRUST_DAMAGED, "note.list_damaged")
    if root is None:
        lost = (home / layout.MARK).exists()
        return _with_problem(pinned, Reason.TRUST_DAMAGED, "note.root_lost") if lost else pinned
    from checkpoint.store.synced import NotLoaded, load  # a station without an authority need not wait for it

    try:
        return _joined(issuers, pinned, load(home, root))
    except NotLoaded as problem:
        return _with_problem(pinned, problem.reason, *problem.note)


def _root(home: Path) -> bytes | None:
    try:
        return read_file(home / layout.ROOT, layout.MAX_ROOT)
    except FileNotFoundError:
        return None


def _joined(issuers: PinnedIssuers, pinned: Trust, synced: "Synced") -> Trust:
    from checkpoint.store.issuers import JoinedIssuers

    return Trust(
        issuers=JoinedIssuers(issuers, synced.issuers),
        revocations=(*synced.revocations, *pinned.revocations),
        floor=clock.floor(synced.chain.issued, synced.mark.issued),
        issued=synced.chain.issued,
        expires=synced.chain.expires,
        policy=synced.policy,
        crls=pinned.crls,
    )


def _with_problem(trust: Trust, problem: Reason, *note: str | float) -> Trust:
    return Trust(trust.issuers, trust.revocations, trust.floor, problem, note, crls=trust.crls)


def _broken(*note: str | float) -> Trust:
    told: Note = note
    return Trust(_NoIssuers(), problem=Reason.TRUST_DAMAGED, problem_note=told)


class _NoIssuers:
    """No keys at all, because what was there cannot be read."""

    def find(self, format: str, kid: str) -> tuple[()]:
        return ()

    def issuing(self, name: bytes) -> tuple[()]:
        return ()

    def distrusts(self, key: Key) -> bool:
        return False

    def __bool__(self) -> bool:
        return False

    @property
    def worlds(self) -> frozenset[bool]:
        return frozenset()


def may_pin(home: Path) -> bool:
    """Whether a command may pin issuers by hand here: the station follows nobody, or its signed policy gives leave."""
    if _root(home) is None and not (home / layout.MARK).exists():
        return True
    trust = load_trust(home)
    return trust.problem is None and trust.policy.local_pins


def stamp(home: Path) -> Stamp:
    """What changes when the trust on disk does: a few stat calls, cheap enough to ask between two passes."""
    return tuple(_stamp(home / name) for name in _WATCHED)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
