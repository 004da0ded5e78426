"""A trust list inside a JWS: its signature held, and by whom; what Sweden and Switzerland share."""

from checkpoint.codec import jws
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import ListRefused, Options


def payload(data: bytes) -> bytes:
    """What a JWS is about, nothing believed; `data` itself where it is JSON and no JWS, b"" where it is neither."""
    if data.lstrip()[:1] == b"{":
        return data
    if data.lstrip()[:3] != b"eyJ":  # how base64 of a JSON object starts
        return b""
    try:
        return jws.split(data).payload
    except Malformed:
        return b""


def verified(data: bytes, options: Options) -> tuple[bytes, str]:
    """(payload, who signed it) of a JWS under a pinned anchor, (data, "") where it is no JWS; raises ListRefused."""
    if data.lstrip()[:1] == b"{":
        return data, ""
    if not options.anchors:
        raise ListRefused(
            "this list is signed, and no anchor says by whom", "give the root's certificate with --anchor"
        )
    try:
        found = jws.split(data)
        return found.payload, jws.verify(found, options.anchors)
    except Malformed as error:
        raise ListRefused(f"the signature of this list does not hold: {error}", "is it the right --anchor?") from None
