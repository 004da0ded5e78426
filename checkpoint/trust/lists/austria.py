"""The Austrian list: certificates in CBOR, signed with a COSE_Sign1 in a file of its own (`trustlistsig`)."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from checkpoint.codec import cbor, cose, keys
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options
from checkpoint.trust.lists.entries import add, moment, skip

NAME = "austria"
_HEAD = b"\xa1\x61c"  # a map with the one key "c"
_HASH = 2  # claim of the signature's payload
_ALGORITHMS = {-7: "ES256", -35: "ES384", -36: "ES512", -37: "PS256"}  # RFC 9053 section 2.1, RFC 8230 section 2


def matches(data: bytes) -> bool:
    """A CBOR map with the one key "c"."""
    return data[:3] == _HEAD


def read(data: bytes, options: Options) -> Found:
    """The list's certificates; raises ListRefused where its signature is missing or does not hold."""
    if not options.signature or not options.anchors:
        hint = "give the publisher's certificate with --anchor and trustlistsig with --signature"
        raise ListRefused("this list is signed in a file of its own", hint)
    try:
        signer = _verify(data, options)
        entries = cbor.decode(data)["c"]
    except (Malformed, LookupError, TypeError) as error:
        raise ListRefused(f"the signature of this list does not hold: {error}", "is it the right --anchor?") from None
    found = Found(signed_by=signer)
    for entry in entries if isinstance(entries, list | tuple) else ():
        _add(found, entry, options)
    return found


def _verify(data: bytes, options: Options) -> str:
    signed = cose.split(options.signature)
    algorithm = _ALGORITHMS.get(cose.header(signed.protected).get(cose.ALGORITHM, 0), "")
    signer = next(
        (one for one in options.anchors if keys.load(one).verify(algorithm, signed.signature, signed.message)), b""
    )
    if not signer:
        raise Malformed("no anchor made it")
    claims = cbor.decode(signed.payload)
    if claims[_HASH] != sha256(data).digest():
        raise Malformed("it is about another list")
    return sha256(signer).hexdigest()


def _add(found: Found, entry: Any, options: Options) -> None:
    try:
        kid = b64encode(entry["i"]).decode("ascii")
        said = {} if "c" in entry else {"not_before": _seconds(entry.get("nb")), "not_after": _seconds(entry.get("na"))}
        data = entry["c"] if "c" in entry else entry["k"]
        if not isinstance(data, bytes):  # bytes(n) would make n of them
            raise TypeError("neither certificate nor key")
        add(found, data, options, kid, **said)
    except (KeyError, TypeError, ValueError, AttributeError):
        skip(found, "", "bad_entry: neither certificate nor key")


def _seconds(value: Any) -> float | None:
    return moment(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
