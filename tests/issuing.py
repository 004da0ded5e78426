"""An authority with an issuer of native passes, and a station that follows it, for the tests of issuing."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from authority_folder import authority

from checkpoint.authority import publish, repository
from checkpoint.authority.folder import Folder
from checkpoint.authority.issuing import issuers, rows, run
from checkpoint.authority.issuing.issuers import Issuer, Plan
from checkpoint.authority.issuing.rows import Row, Table, Terms
from checkpoint.authority.vault import Vault
from checkpoint.codec import sealing
from checkpoint.store import enrolment
from checkpoint.sync.run import sync
from checkpoint.verifier import Verifier

VIET_NAM = 420
PLAN = Plan("city", "hcm.gov.vn", "UBND TP. Hồ Chí Minh", "permits", "VN")


def day(after: int) -> str:
    """A date so many days from now, as tables have it."""
    return (datetime.now(UTC) + timedelta(days=after)).date().isoformat()


def cells(**changes: str) -> dict[str, str]:
    """The words of a good card, a change to "" taking one away."""
    found = {"kind": "card", "number": "C-1", "name": "Trần Thị Bình", "colour": "green", "valid_until": day(30)}
    return {name: one for name, one in (found | changes).items() if one}


def csv_of(*found: Mapping[str, str]) -> bytes:
    """A table of these rows."""
    columns = list(dict.fromkeys(name for one in found for name in one))
    lines = [columns, *([one.get(name, "") for name in columns] for one in found)]
    return "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in lines).encode()


@dataclass
class Office:
    """One authority; `now` is the real time, because stations have no other."""

    base: Path
    folder: Folder = field(init=False)
    vault: Vault = field(init=False)
    now: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self.folder, self.vault = authority(self.base / "authority", now=self.now)

    def new_issuer(self, **changes: Any) -> None:
        """Make an issuer; keys open fast."""
        with patch.object(sealing, "COST", 16):
            issuers.create(self.folder, self.vault, Plan(**{**_fields(PLAN), **changes}), self.now)

    def issuer(self, name: str = "") -> Issuer:
        return issuers.find(self.folder, self.vault, name, self.now)

    def terms(self, kind: str = "") -> Terms:
        return Terms(self.issuer().record, self.now, VIET_NAM, kind)

    def table(self, *found: Mapping[str, str]) -> Table:
        return rows.read(csv_of(*found), self.terms())

    def rows(self, *found: Mapping[str, str]) -> list[Row]:
        table = self.table(*found)
        assert not table.errors
        return table.rows

    def issue(self, target: Path, *found: Mapping[str, str], **options: Any) -> run.Report:
        return run.issue(self.folder, self.vault, self.issuer(), self.rows(*found), target, self.now, **options)

    def publish(self) -> None:
        self.now = max(self.now + 1, time.time())
        publish.publish(self.folder, self.vault, self.now)

    def station(self) -> Verifier:
        """A station that has synced just now."""
        home, served = self.base / "station", self.folder.root / "repository"
        if not home.exists():
            root = (self.folder.metadata / "1.root.json").read_bytes()
            enrolment.enrol(home, root, repository.fingerprint(self.folder), [str(served)])
        assert sync(home, (str(served),)).done
        return Verifier.open(home)

    @property
    def acts(self) -> list[dict[str, Any]]:
        """The record of the authority."""
        return [json.loads(line) for line in self.folder.audit.read_text("ascii").splitlines()]


def _fields(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in Plan.__dataclass_fields__}
