"""The VCI directory's snapshot: issuers of SMART Health Cards and their keys, signed in a file beside it."""

from typing import Any

from checkpoint.codec import issued, jwk
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options, x5c
from checkpoint.trust.lists.entries import add_key, base64_bytes, json_of, skip, why
from checkpoint.trust.revocations.shc import counter

NAME = "vci"
# CN=vci.org, valid until 2032: the certificate that stands beside every snapshot. ECDSA P-521 with SHA-512, as DER.
PUBLISHER = (
    "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQBeZ5TYVjzm5ABOpAnzZxbgWvr03MiYKcMIfIFUZ3kKRFf4Cn3klPwqFARHS8VR+uieGeWYhJ6Ekat"
    "5l2ctlSXlW0BkMLgn60eZhy0SNIz/V/U/4YsAvw96nePmr2Q9oJHjf4J1vER5szp3Or3Ko3/TFVF5Zh0fBjzvcfdkmR5fD8S2TM="
)
_ECDSA_SHA512 = bytes.fromhex("06082a8648ce3d040304")
FORMAT = "shc"


def matches(data: bytes) -> bool:
    """A JSON object with "issuerInfo"."""
    return data.lstrip()[:1] == b"{" and b'"issuerInfo"' in data


def read(data: bytes, options: Options) -> Found:
    """The issuers' keys; raises ListRefused where there is a signature and it does not hold."""
    found = Found(signed_by=_signer(data, options))
    value = json_of(data, "VCI snapshot")
    entries = value.get("issuerInfo") if isinstance(value, dict) else None
    if not isinstance(entries, list):
        raise ListRefused("this snapshot has no issuerInfo")
    for entry in entries:
        issuer = entry.get("issuer") if isinstance(entry, dict) else None
        keys = entry.get("keys") if isinstance(entry, dict) else None
        for key in keys if isinstance(keys, list) else []:
            add_issuer_key(found, issuer if isinstance(issuer, dict) else {}, key, options)
    return found


def _signer(data: bytes, options: Options) -> str:
    if not options.signature:
        return ""
    for spki, name in ((base64_bytes(PUBLISHER), "vci.org"), *((one, "the anchor") for one in options.anchors)):
        if issued.holds(spki, _ECDSA_SHA512, options.signature, data):
            return name
    raise ListRefused("the signature of this snapshot does not hold", "fetch the snapshot and its .sig together")


def add_issuer_key(found: Found, issuer: dict[str, Any], key: Any, options: Options) -> None:
    """Add one key of one issuer: cards look keys up by issuer and kid, for some kids belong to many issuers."""
    kid = key.get("kid") if isinstance(key, dict) else None
    iss = issuer.get("iss")
    try:
        if not isinstance(kid, str) or kid != jwk.thumbprint(key):
            raise Malformed("the kid is not the key's thumbprint")
        if not isinstance(iss, str) or not iss.startswith("https://") or iss.endswith("/"):
            raise Malformed("the issuer is no https address without a slash at its end")
        spki = jwk.spki(key)
        bounds = _bounds(key, spki, iss)
    except Malformed as error:
        skip(found, kid, why(error))
        return
    said = {"name": str(issuer.get("name") or iss), "crl_version": counter(key.get("crlVersion"))}
    add_key(found, spki, options, kid, format=FORMAT, issuer=iss, **said, **bounds)


def _bounds(key: dict[str, Any], spki: bytes, issuer: str) -> dict[str, float]:
    """The dates of the key's certificate, where it has one that names the issuer.

    One that names another issuer, or none, says nothing: it is the directory that says whose key this is. A chain that
    does not hold, or is of another key, is an error of the entry: raises Malformed.
    """
    try:
        return x5c.dates(key["x5c"], spki, issuer) if "x5c" in key else {}
    except x5c.NotNamed:
        return {}
