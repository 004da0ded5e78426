"""One file of signed metadata (TUF specification 1.0, section 4): its shape, and whether enough keys signed it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from checkpoint.codec import canonical, json_strict, metadata_keys
from checkpoint.codec.errors import Malformed

ROLES = ("root", "targets", "snapshot", "timestamp")
MAX_SIGNATURES = 64  # of one file: a bound on work
_TIME_FORM = "0000-00-00T00:00:00Z"
_DIGITS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdef")


class MetadataRefused(Exception):
    """Signed metadata that must not be believed; `name` is the file, `why` one technical word or two."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


class Document(NamedTuple):
    """One file taken apart, nothing in it believed yet. `expires` in seconds since 1970 UTC."""

    name: str
    version: int
    expires: float
    signed: Mapping[str, Any]
    message: bytes  # what the signatures cover
    signatures: tuple[tuple[str, str], ...]  # (keyid, hex)


def read(name: str, data: bytes, kind: str) -> Document:
    """The metadata file `name`, which must be of `kind` ("root", "targets", ...); raises MetadataRefused."""
    try:
        found = json_strict.loads(data, floats=False)
        signed, signatures = found["signed"], found["signatures"]
        if signed["_type"] != kind or not _is_known(signed["spec_version"]):
            raise Malformed("type")
        return Document(
            name=name,
            version=positive(signed["version"]),
            expires=moment(signed["expires"]),
            signed=signed,
            message=canonical.encode(signed),
            signatures=_signatures(signatures),
        )
    except (Malformed, KeyError, TypeError, AttributeError, ValueError) as error:
        raise MetadataRefused(name, f"not {kind} metadata ({type(error).__name__})") from None


def _signatures(found: Any) -> tuple[tuple[str, str], ...]:
    pairs = tuple((str(one["keyid"]), str(one["sig"])) for one in found)
    if len(pairs) > MAX_SIGNATURES or len({keyid for keyid, _ in pairs}) < len(pairs):
        raise Malformed("signatures")
    return pairs


def check_signed(document: Document, keys: Mapping[str, Any], role: Mapping[str, Any]) -> None:
    """Raise MetadataRefused unless a threshold of the role's own keys signed (specification sections 4.2.1 and 5.3.4).

    One key counts once, whatever ids it is listed under.
    """
    try:
        threshold, allowed = positive(role["threshold"]), role["keyids"]
        if not isinstance(allowed, list) or len(set(allowed)) < len(allowed):
            raise Malformed("keyids")
        if _signers(document, keys, frozenset(allowed), threshold) < threshold:
            raise MetadataRefused(document.name, "signatures")
    except (Malformed, KeyError, TypeError, AttributeError, ValueError) as error:
        raise MetadataRefused(document.name, f"role ({type(error).__name__})") from None


def _signers(document: Document, keys: Mapping[str, Any], allowed: frozenset[str], enough: int) -> int:
    good: set[bytes] = set()
    for keyid, signature in document.signatures:
        if keyid not in allowed or keyid not in keys:
            continue
        try:
            public, scheme = metadata_keys.spki(keys[keyid])
        except Malformed:
            continue  # a type that is not in use here cannot have signed
        if public not in good and metadata_keys.verify(public, scheme, signature, document.message):
            good.add(public)
            if len(good) >= enough:
                break
    return len(good)


def positive(value: Any) -> int:
    """A whole number above zero; raises Malformed."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Malformed("number")
    return value


def moment(text: Any) -> float:
    """A time of the metadata (specification section 4.2.1: UTC, whole seconds) since 1970; raises Malformed."""
    if not isinstance(text, str) or "".join("0" if one in _DIGITS else one for one in text) != _TIME_FORM:
        raise Malformed("time")
    try:
        return datetime.fromisoformat(text).astimezone(UTC).timestamp()
    except ValueError:
        raise Malformed("time") from None


def sha256_of(hashes: Any) -> str:
    """The SHA-256 in a HASHES object; raises Malformed for any other, or more: what is stated must be checked."""
    found = hashes.get("sha256") if isinstance(hashes, dict) and len(hashes) == 1 else None
    if not is_sha256(found):
        raise Malformed("hashes")
    return str(found)


def is_sha256(found: Any) -> bool:
    """Whether it is 64 small hex digits. (No regular expressions here: compiling one costs every start 0.3 ms.)"""
    return isinstance(found, str) and len(found) == 64 and _HEX.issuperset(found)


def _is_known(specification: Any) -> bool:
    """Whether the metadata follows a version 1 of the specification (section 4.3)."""
    parts = specification.split(".")
    return parts[0] == "1" and len(parts) in (2, 3) and all(part and _DIGITS.issuperset(part) for part in parts)


def check_keys(keys: Any) -> dict[str, Any]:
    """The KEYS object of a root or of delegations; raises Malformed unless each one is a key at all."""
    if not isinstance(keys, dict):
        raise Malformed("keys")
    for key in keys.values():
        if not (isinstance(key["keytype"], str) and isinstance(key["scheme"], str) and isinstance(key["keyval"], dict)):
            raise Malformed("keys")
    return keys
