"""The pins as a SQLite file, for questions across thousands of keys: a copy to ask, never one to trust."""

from pathlib import Path

import sqlite_utils

from checkpoint.store import pins
from checkpoint.verdict import rfc3339


def to_sqlite(keys: Path, target: Path) -> tuple[int, int]:
    """Write tables `issuers` and `revocations` of the folder `keys` into the new file `target`; gives their rows."""
    with target.open("xb"):  # a file that is there is never changed
        pass
    database = sqlite_utils.Database(target)
    issuers, revocations = database["issuers"], database["revocations"]
    records, _ = pins.read_issuers(keys)
    issuers.insert_all(  # type: ignore[union-attr]
        {
            "kid": one.kid,
            "format": one.format,
            "issuer": one.issuer,
            "name": one.name,
            "country": one.country,
            "kinds": None if one.kinds is None else ",".join(one.kinds),
            "not_before": rfc3339(one.not_before),
            "not_after": rfc3339(one.not_after),
            "added": rfc3339(one.added),
            "origin": one.origin,
            "revocation": one.revocation,
            "test": one.test,
            "revoked": one.revoked,
            "fingerprint": one.fingerprint,
        }
        for one in records
    )
    columns = ("kind", "id", "added", "why")
    rows = pins.read_revocations(keys)
    revocations.insert_all(dict(zip(columns, row, strict=True)) for row in rows)  # type: ignore[union-attr]
    return len(records), len(rows)
