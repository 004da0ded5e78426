"""The high-water mark, kept outside the cache: an older state is refused, however well it is signed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from checkpoint.codec import json_strict
from checkpoint.codec.errors import Malformed
from checkpoint.store import layout
from checkpoint.store.lines import read_file, write_file
from checkpoint.trust import metadata
from checkpoint.trust.chain import Chain

MAX_FILE = 4096  # bytes


class Mark(NamedTuple):
    """The newest that this station has seen of one authority. `issued` in seconds since 1970 UTC."""

    anchor: str  # hex SHA-256 of the pinned root's file: another authority starts from nothing
    root: int = 0
    timestamp: int = 0
    timestamp_keys: str = ""
    issued: float = 0.0

    def refuses(self, chain: Chain) -> bool:
        """Whether `chain` is older than what was seen.

        Timestamp versions count under the same keys alone: after a theft the root names other keys, and that is the
        way back from a version that the thief drove up (TUF specification section 5.3.11).
        """
        if self._same_keys(chain):
            return chain.root_version < self.root or chain.timestamp_version < self.timestamp
        return chain.root_version < self.root or (chain.root_version == self.root and self.timestamp > 0)

    def raised(self, chain: Chain) -> "Mark":
        """The mark after `chain` was accepted."""
        issued = max(self.issued, chain.issued) if self._same_keys(chain) else chain.issued
        return Mark(self.anchor, chain.root_version, chain.timestamp_version, chain.timestamp_keys, issued)

    def _same_keys(self, chain: Chain) -> bool:
        return chain.timestamp_keys == self.timestamp_keys


def read(home: Path) -> Mark | None:
    """The mark of this station; None where it is lost or unreadable."""
    try:
        found = json_strict.loads(read_file(home / layout.MARK, MAX_FILE))
        return Mark(
            anchor=str(found["anchor"]),
            root=int(found["root"]),
            timestamp=int(found["timestamp"]),
            timestamp_keys=str(found["timestamp_keys"]),
            issued=metadata.moment(found["issued"]),
        )
    except (OSError, Malformed, KeyError, TypeError, ValueError):
        return None


def write(home: Path, mark: Mark) -> None:
    """Keep the mark, in one step that survives a kill at any instant; raises OSError."""
    found = {
        "anchor": mark.anchor,
        "root": mark.root,
        "timestamp": mark.timestamp,
        "timestamp_keys": mark.timestamp_keys,
        "issued": datetime.fromtimestamp(mark.issued, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    write_file(home / layout.MARK, json.dumps(found, indent=1).encode("ascii") + b"\n")
