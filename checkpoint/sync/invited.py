"""The root that an invitation speaks of, fetched from where it says; it counts only by its fingerprint."""

from checkpoint.store import enrolment, layout
from checkpoint.store.invitation import Invitation
from checkpoint.sync.place import Deadline
from checkpoint.sync.problem import NotThere, Problem
from checkpoint.sync.run import open_place

DEADLINE = 60.0  # seconds
MAX_VERSIONS = 256


def fetch_root(asked: Invitation, deadline: float = DEADLINE) -> bytes:
    """The root file with that fingerprint, whatever its version; raises Problem where there is none."""
    limit = Deadline(deadline)
    place = open_place(asked.address, limit)
    try:
        for version in range(1, MAX_VERSIONS + 1):
            data = b""
            for chunk in place.open(f"metadata/{version}.root.json").chunks:
                data += chunk
                if len(data) > layout.MAX_ROOT:
                    raise Problem("too_long", place.name)
            if enrolment.same_fingerprint(data, asked.fingerprint):
                return data
    except NotThere:
        raise Problem("no_such_root", place.name) from None
    finally:
        place.close()
        limit.close()
    raise Problem("no_such_root", place.name)
