"""The authority's folder: where its files lie, and the lock that keeps two acts apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from checkpoint.authority import Refused
from checkpoint.store.lock import Busy, locked


@dataclass(frozen=True, slots=True)
class Folder:
    """`staged/` what the next publish contains, `keys/` sealed keys, `audit.jsonl`, `repository/` what is served."""

    root: Path

    @property
    def staged(self) -> Path:
        """What the next publish will contain: text for people."""
        return self.root / "staged"

    @property
    def keys(self) -> Path:
        """One file per key, sealed with a passphrase, or the URI of its hardware."""
        return self.root / "keys"

    @property
    def audit(self) -> Path:
        """The append-only record of every act."""
        return self.root / "audit.jsonl"

    @property
    def metadata(self) -> Path:
        """The signed metadata that is served."""
        return self.root / "repository" / "metadata"

    @property
    def targets(self) -> Path:
        """The signed files that are served."""
        return self.root / "repository" / "targets"

    @property
    def first_root(self) -> Path:
        """The root that stations pin, and by which this folder checks its own repository."""
        return self.keys / "root.json"

    def require(self) -> None:
        """Raise Refused where there is no authority in this folder."""
        if not self.first_root.is_file():
            raise Refused(f"there is no authority in {self.root}", "checkpoint authority init")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one act; raises Refused where another one holds it. A killed act frees it."""
        try:
            with locked(self.root / ".lock"):
                yield
        except Busy:
            again = "wait for it to end, then run this again"
            raise Refused(f"another command is at work in {self.root}", again) from None
