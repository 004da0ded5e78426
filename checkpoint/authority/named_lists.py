"""Whether the revocation lists that issuers' records name can answer for the passes of these issuers.

A station fails closed: a record that names a list which is not there, or one of the other kind, stops every pass of
its issuer with `revocation_missing`. A list that is not there may be on its way, and is told; one of the other kind is
a mistake, and is not signed.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checkpoint.authority import Refused, repository, revoked, staged, status_lists
from checkpoint.authority.folder import Folder
from checkpoint.authority.repository import Published
from checkpoint.trust import records
from checkpoint.trust.records import NATIVE, Record
from checkpoint.words import safe


class Need(NamedTuple):
    """A list that records name, and what their passes have: places in status lists, or ids that are hashed."""

    source: str
    places: bool

    @property
    def other(self) -> "Need":
        """The same list as the other kind."""
        return self._replace(places=not self.places)

    def why(self) -> str:
        """What is wrong where the need is not met, as a sentence."""
        passes, lacks = ("native passes", "status list") if self.places else ("passes that are not native", "ids")
        name = safe(self.source)
        return f"issuers of {passes} name the revocation list {name}, which has no {lacks}: stations would stop at them"

    def hint(self) -> str:
        """The command that meets the need; an empty list is an answer."""
        return f"checkpoint authority new-list {safe(self.source)}{' --status 0' if self.places else ''}"


def unmet(folder: Folder) -> list[Need]:
    """What staged records need and staged lists do not have; raises Refused where a line is none."""
    return _unmet(folder, set(_staged(folder)))


def require(folder: Folder, old: Published | None) -> None:
    """Raise Refused where records newly name a list of the other kind.

    What was published so already is told by `status` and stays publishable: a block must not wait for it.
    """
    held = set(_staged(folder))
    wrong = [need for need in _unmet(folder, held) if need.other in held]
    known = _published(folder, old) if wrong and old is not None else set()
    for need in wrong:
        if need not in known:
            raise Refused(need.why(), need.hint())


def _unmet(folder: Folder, held: set[Need]) -> list[Need]:
    named = (record for name in staged.lists(folder) for record in staged.read_list(folder, name))
    return sorted(_needs(named) - held)


def _needs(found: Iterable[Record]) -> set[Need]:
    return {Need(one.revocation, one.format == NATIVE) for one in found if one.revocation and not one.revoked}


def _staged(folder: Folder) -> Iterator[Need]:
    for name in revoked.names(folder):
        if (folder.staged / "revocation" / name / "ids.txt").exists():
            yield Need(name, places=False)
        if status_lists.numbers(folder, name):
            yield Need(name, places=True)


def _published(folder: Folder, old: Published) -> set[Need]:
    """The needs that are not met in what stations can fetch now."""
    lines = (
        line
        for path, target in old.targets_of("issuers").items()
        if path.endswith(".jsonl")
        for line in repository.read_target(folder, target).splitlines()
    )
    met = {
        Need(parts[1], places=parts[2].endswith(".tsl"))
        for parts in (path.split("/") for path in old.targets_of("revocation"))
        if len(parts) == 3
    }
    return _needs(records.parse(line) for line in lines) - met
