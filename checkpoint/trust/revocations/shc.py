"""A Card Revocation List of SMART Health Cards: the rids of one key (SMART Health Cards Framework 1.4, Revocation)."""

import re
from collections.abc import Mapping
from typing import Any

from checkpoint.trust.revocations import Found, ListRefused, Options, ids
from checkpoint.trust.revocations.objects import has_names, load

NAME = "shc"
METHOD = "rid"
_KID = re.compile(r"[A-Za-z0-9_-]{1,86}")
_RID = re.compile(
    r"([A-Za-z0-9_-]{1,24})(?:\.([0-9]{1,11}))?"
)  # base64url, and seconds since 1970 where there is a dot
_COUNTER = re.compile(r"[0-9]{1,18}")


def matches(data: bytes) -> bool:
    """A JSON object with "rids"."""
    return has_names(data, b"rids")


def read(data: bytes, options: Options) -> Found:
    """The rids; a malformed one is left out, a list of another method or version refused."""
    found = Found()
    add(found, load(data, "a Card Revocation List"), options.versions)
    return found


def add(found: Found, crl: Any, versions: Mapping[str, int]) -> None:
    """Take the rids of one CRL; raises ListRefused where it is none, or not the version that its key names."""
    if not isinstance(crl, dict) or not isinstance(crl.get("rids"), list):
        raise ListRefused("crl_malformed: rids is no array")
    kid = crl.get("kid")
    if not isinstance(kid, str) or not _KID.fullmatch(kid):
        raise ListRefused("crl_malformed: kid")
    if crl.get("method") != METHOD:
        raise ListRefused(f"crl_malformed: the method is not {METHOD}")
    version = counter(crl.get("ctr"))
    if version is None:
        raise ListRefused("crl_malformed: ctr")
    if version != versions.get(kid, version):
        raise ListRefused("crl_malformed: ctr is not the crlVersion of its key", "fetch the keys and the list again")
    for rid in crl["rids"]:
        match = _RID.fullmatch(rid) if isinstance(rid, str) else None
        if match is None:
            found.skip(rid, "crl_malformed: rid: up to 24 characters of base64url, and seconds behind a dot")
        else:
            found.add([ids.rid(kid, match[1])], None if match[2] is None else float(match[2]))


def counter(value: Any) -> int | None:
    """A list's `ctr` or a key's `crlVersion` as number, None where it is none; some issuers write them as text."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return int(value) if isinstance(value, str) and _COUNTER.fullmatch(value) else None
