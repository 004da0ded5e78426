"""A batch of the EU's gateway: up to 1,000 hashes of one kind (dgc-gateway, revocation list)."""

import re
from base64 import b64decode
from typing import Any

from checkpoint.trust.revocations import Found, ListRefused, Options
from checkpoint.trust.revocations.objects import has_names, listed, load

NAME = "eu"
UNKNOWN_KID = "UNKNOWN_KID"  # the issuer no longer knows which key signed
_KINDS = {"SIGNATURE": "dcc-sig", "UCI": "dcc-uci", "COUNTRYCODEUCI": "dcc-ccuci"}
_HASH = re.compile(r"[A-Za-z0-9+/]{22}==")  # 16 bytes: the gateway takes no other length
_KID = re.compile(r"[A-Za-z0-9+/]{11}=?")


def matches(data: bytes) -> bool:
    """A JSON object, or an array of them, with "hashType" and "entries"."""
    return has_names(data, b"hashType", b"entries")


def read(data: bytes, options: Options) -> Found:
    """The hashes of one batch or of an array of batches; one bad hash is left out, a batch of another kind refused."""
    value = load(data, "a batch of the EU gateway")
    found = Found()
    for batch in value if isinstance(value, list) else [value]:
        _add(found, batch)
    return found


def _add(found: Found, batch: Any) -> None:
    entries = listed(batch, "entries")
    kind = _KINDS.get(str(batch.get("hashType")))
    if kind is None:
        raise ListRefused("hashType is none of SIGNATURE, UCI, COUNTRYCODEUCI")
    kid = batch.get("kid")
    if not isinstance(kid, str) or not (kid == UNKNOWN_KID or _KID.fullmatch(kid)):
        raise ListRefused("kid is neither that of a key nor UNKNOWN_KID")
    for entry in entries:
        value = entry.get("hash") if isinstance(entry, dict) else None
        if isinstance(value, str) and _HASH.fullmatch(value):
            found.add([(kind, b64decode(value))])
        else:
            found.skip(value if isinstance(value, str) else entry, "bad_entry: hash: 16 bytes as base64")
