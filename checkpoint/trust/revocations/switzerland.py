"""Switzerland's revocation list: plain UVCIs (`revokedCerts`)."""

from checkpoint.trust.revocations import Found, Options, ids
from checkpoint.trust.revocations.objects import has_names, listed, load

NAME = "switzerland"


def matches(data: bytes) -> bool:
    """A JSON object with "revokedCerts"."""
    return has_names(data, b"revokedCerts")


def read(data: bytes, options: Options) -> Found:
    """Every UVCI in each of its forms."""
    found = Found()
    for one in listed(load(data, "a Swiss revocation list"), "revokedCerts"):
        if isinstance(one, str) and 0 < len(one) <= ids.MAX_TEXT and one.isprintable() and not one.isspace():
            found.add(ids.uci(one))
        else:
            found.skip(one, "bad_entry: no UVCI")
    return found
