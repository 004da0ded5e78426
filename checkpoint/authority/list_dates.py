"""`list.json` of an imported list: when an import last said all of it, and of which day its parts are.

A certificate revocation list says all of its CA's revocations, so an import replaces what was there. An old one is
signed as well as any, and would bring back every signer that was revoked since: it must not pass for a new one.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from checkpoint.authority import Refused
from checkpoint.trust.revocation import Crl
from checkpoint.words import safe

Dates = Mapping[str, str]  # hex of `ids.authority`: thisUpdate in RFC 3339
Write = Callable[[float], str]
_CRLS = "crls"
_HINT = "restore it from a copy, or remove it and import the newest list again"


def newer(path: Path, found: Sequence[tuple[str, Mapping[bytes, Crl]]], keep: bool, write: Write) -> dict[str, str]:
    """The dates of the list's file `path` with those in `found` (source, its lists); `write` makes text of seconds.

    Raises Refused for a list that is older than the one imported before it; with `keep`, which only adds, any will do.
    """
    known = dict(_read(path))
    for source, crls in found:
        for ca, crl in crls.items():
            before = known.get(ca.hex())
            if before is not None and crl.this_update < datetime.fromisoformat(before).timestamp():
                if not keep:
                    why = f"{source}: the list of {safe(crl.name)} is older than the one of {before} that is imported"
                    raise Refused(why, "fetch it again from its CA; --keep only adds what it names")
                continue
            known[ca.hex()] = write(crl.this_update)
    return known


def about(as_of: str, dates: Dates) -> bytes:
    """The content of `list.json`: when an import last said all of the list, and the days of its parts."""
    return json.dumps({"as_of": as_of} | ({_CRLS: dict(dates)} if dates else {})).encode("ascii") + b"\n"


def _read(path: Path) -> Dates:
    try:
        found = json.loads(path.read_bytes()).get(_CRLS, {})
        if any(datetime.fromisoformat(one).tzinfo is None for one in found.values()):
            raise ValueError("a time without a zone")
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError):
        raise Refused(f"{path} cannot be read", _HINT) from None
    return {str(ca): str(one) for ca, one in found.items()}


def imported_at(path: Path) -> float | None:
    """When an import last said all of the list of the file `path`, None for one that is kept by hand alone."""
    try:
        return datetime.fromisoformat(json.loads(path.read_bytes())["as_of"]).timestamp()
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise Refused(f"{path} cannot be read", _HINT) from None
