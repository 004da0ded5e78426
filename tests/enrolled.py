"""An authority, its issuer and an enrolled station in temporary folders, for the tests of store and sync."""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from repository import DAY, Repository, utc

from checkpoint import Verifier
from checkpoint.demo import Issuer
from checkpoint.store import enrolment
from checkpoint.store.load import load_trust
from checkpoint.sync.report import Report
from checkpoint.sync.run import sync
from checkpoint.trust.records import Record
from checkpoint.verdict import Verdict

PERSON = {"fn": "Nguyen", "gn": "Bao", "fnt": "NGUYEN", "gnt": "BAO"}
as_root = sys.platform != "win32" and os.geteuid() == 0


@dataclass
class Site:
    """One authority with one issuer, and one station that follows it."""

    repo: Repository
    home: Path
    issuer: Issuer
    record: Record
    text: str  # a pass of the issuer that is good now

    def enrol(self, *addresses: str) -> None:
        """Pin version 1 of the root."""
        mirrors = addresses or (str(self.repo.folder),)
        enrolment.enrol(self.home, self.repo.root_bytes(), self.repo.fingerprint, mirrors)

    def sync(self, *addresses: str, deadline: float = 30.0) -> Report:
        """One sync of the station."""
        return sync(self.home, addresses, deadline=deadline)

    def verdict(self, text: str | None = None) -> Verdict:
        """What a station that starts now says to a pass."""
        return Verifier.open(self.home).verify(text or self.text)

    def reason(self, text: str | None = None) -> str:
        """The reason of that verdict."""
        return self.verdict(text).reason.word

    def problem(self) -> str:
        """Why the station relies on nothing, "" where it relies on what it has."""
        trust = load_trust(self.home)
        return str(trust.problem_note[0]) if trust.problem_note else ""


def make(folder: Path, **options: object) -> Site:
    """A site whose authority has published once."""
    now = time.time()
    issuer = Issuer("Test issuer", "VN", now)
    record = issuer.record._replace(test=False)
    repo = Repository(folder / "repo", **options)  # type: ignore[arg-type]
    repo.issuers([record.line()])
    repo.policy()
    repo.blocks()
    repo.publish()
    text = issuer.issue(PERSON, "1983-10-10", now - 10 * 86400, now + 30 * 86400)
    return Site(repo, folder / "home", issuer, record, text)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An enrolled and synced station."""
    found = make(tmp_path)
    found.enrol()
    assert found.sync().done
    return found


__all__ = ["DAY", "PERSON", "Site", "as_root", "make", "site", "utc"]
