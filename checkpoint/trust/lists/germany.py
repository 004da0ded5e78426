"""The German DSC list: base64 of a raw ECDSA signature, a line feed, and the signed JSON (ubirch trust service)."""

import re
from hashlib import sha256
from typing import Any

from checkpoint.codec import json_strict, keys
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options, Skipped
from checkpoint.trust.lists.entries import add_certificate, base64_bytes

NAME = "germany"
_HEAD = re.compile(rb"\A[A-Za-z0-9+/]{80,96}={0,2}\r?\n\s*\{")
# The keys that sign these lists, as the CovPass apps carry them; True: the list of the acceptance environment.
PUBLISHERS = (
    (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAETHfi8foQF4UtSNVxSFxeu7W+gMxdSGElhdo7825SD3Ly"
        "b+Sqh4G6Kra0ro1BdrM6Qx+hsUx4Qwdby7QY0pzxyA==",
        False,
    ),
    (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIxHvrv8jQx9OEzTZbsx1prQVQn/3ex0gMYf6GyaNBW0Q"
        "KLMjrSDeN6HwSPM0QzhvhmyQUixl6l88A7Zpu5OWSw==",
        True,
    ),
)


def matches(data: bytes) -> bool:
    """A first line of base64 as long as an ECDSA signature, then a JSON object."""
    return _HEAD.match(data[:200]) is not None


def read(data: bytes, options: Options) -> Found:
    """The list's certificates; raises ListRefused unless its signature holds with a key that is pinned."""
    line, _, body = data.partition(b"\n")
    anchors = [(base64_bytes(spki), test) for spki, test in PUBLISHERS] + [(spki, False) for spki in options.anchors]
    signer, test = next((one for one in anchors if _signed(one[0], line, body)), (b"", False))
    if not signer:
        raise ListRefused(
            "the signature of this list does not hold with any pinned list key",
            "give the publisher's public key with --anchor FILE",
        )
    try:
        entries = json_strict.loads(body)["certificates"]
    except (Malformed, KeyError, TypeError):
        raise ListRefused("the signed list is not in its format") from None
    found = Found(signed_by=sha256(signer).hexdigest())
    for entry in entries if isinstance(entries, list) else []:
        _add(found, entry, options)
    if test:
        found.records = [record._replace(test=True) for record in found.records]
    return found


def _signed(spki: bytes, line: bytes, body: bytes) -> bool:
    try:
        return keys.load(spki).verify("ES256", base64_bytes(line.decode("ascii")), body)
    except (Malformed, UnicodeDecodeError):
        return False


def _add(found: Found, entry: Any, options: Options) -> None:
    if not isinstance(entry, dict) or not isinstance(entry.get("rawData"), str):
        found.skipped.append(Skipped("", "bad_entry: no certificate"))
        return
    kid, country = (one if isinstance(one, str) else "" for one in (entry.get("kid"), entry.get("country")))
    try:
        add_certificate(found, base64_bytes(entry["rawData"]), options, kid=kid, country=country)
    except Malformed as error:
        found.skipped.append(Skipped(kid, f"bad_entry: {error}"))
