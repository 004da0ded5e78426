"""One trusted key as people review it: a line of JSON, kid first, and the `Key` made of it."""

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from checkpoint.codec import keys
from checkpoint.codec.errors import Malformed
from checkpoint.model import Key

LINE_START = b'{"kid":"'
DEMO = "demo:"  # how the names of demonstration issuers of native passes begin, and no other name
NATIVE_FIELD = b'"native"'  # in a line that may hold a native key
NATIVE = "native"


_ISSUER = re.compile(r"(?:demo:)?[a-z0-9][a-z0-9./_-]*\Z")  # docs/formats/native-pass.md, section 4
ISSUER_LENGTH = 64


def native_issuer(name: str) -> bool:
    """Whether `name` can name an issuer of native passes: small letters, digits and . / _ -, and "demo:" before it."""
    return len(name) <= ISSUER_LENGTH and _ISSUER.match(name) is not None


def is_demo(issuer: str) -> bool:
    """Whether an issuer of native passes is a demonstration: its name says so, in the pass and in the record alike."""
    return issuer.startswith(DEMO)


def worlds(lines: Iterable[bytes]) -> frozenset[bool]:
    """Of the native keys in these lines: True for demonstrations, False for real ones; a broken line is neither."""
    found = set()
    for line in lines:
        try:
            record = parse(line)
        except Malformed:
            continue  # the look-up that needs this line says so
        if record.format == NATIVE and not record.revoked:
            found.add(record.test)
    return frozenset(found)


def two_worlds(found: Iterable["Record"]) -> bool:
    """Whether native keys of demonstrations and real ones are both among these: no station may believe both."""
    return len({record.test for record in found if record.format == NATIVE and not record.revoked}) > 1


class Record(NamedTuple):
    """A key with all that was decided about it. Times are seconds since 1970 UTC; "" and None: not stated."""

    kid: str
    format: str
    spki: bytes  # DER SubjectPublicKeyInfo
    issuer: str = ""
    name: str = ""
    country: str = ""
    kinds: tuple[str, ...] | None = None
    not_before: float | None = None
    not_after: float | None = None
    fingerprint: str = ""
    added: float | None = None
    origin: str = ""  # the file or list it came from
    revocation: str = ""
    test: bool = False
    revoked: bool = False
    certificate: bytes = b""  # of a CA alone: it anchors chains
    certificate_id: bytes = b""  # see Key
    crl_version: int | None = None  # of a SMART Health Card key: the counter that its list of revoked cards must have
    certificate_issuer: bytes = b""  # see Key

    def line(self) -> bytes:
        """The record as one line of JSON, ASCII only; what is not stated is left out."""
        found: dict[str, Any] = {
            "kid": self.kid,
            "format": self.format,
            "issuer": self.issuer,
            "name": self.name,
            "country": self.country,
            "kinds": None if self.kinds is None else list(self.kinds),
            "not_before": _moment(self.not_before),
            "not_after": _moment(self.not_after),
            "added": _moment(self.added),
            "origin": self.origin,
            "revocation": self.revocation,
            "test": self.test,
            "revoked": self.revoked,
            "fingerprint": self.fingerprint,
            "spki": b64encode(self.spki).decode("ascii"),
            "certificate": b64encode(self.certificate).decode("ascii"),
            "certificate_id": self.certificate_id.hex(),
            "certificate_issuer": self.certificate_issuer.hex(),
            "crl_version": self.crl_version,
        }
        stated = {
            name: value for name, value in found.items() if value != "" and value is not None and value is not False
        }
        return json.dumps({"kid": self.kid, **stated}, separators=(",", ":")).encode("ascii")


def line_start(kid: str) -> bytes:
    """How the line of every record with this kid begins."""
    return b'{"kid":' + json.dumps(kid).encode("ascii") + b","


def parse(line: bytes) -> Record:
    """The record in `line`; raises Malformed."""
    try:
        found = json.loads(line)
        kinds = found.get("kinds")
        revoked = _flag(found.get("revoked", False))  # a tombstone may name a kid alone
        return Record(
            kid=_text(found["kid"]),
            format=_text(found["format"]),
            spki=b64decode(found.get("spki", "") if revoked else found["spki"], validate=True),
            issuer=_text(found.get("issuer", "")),
            name=_text(found.get("name", "")),
            country=_text(found.get("country", "")),
            kinds=None if kinds is None else tuple(_text(kind) for kind in kinds),
            not_before=_seconds(found.get("not_before")),
            not_after=_seconds(found.get("not_after")),
            fingerprint=_text(found.get("fingerprint", "")),
            added=_seconds(found.get("added")),
            origin=_text(found.get("origin", "")),
            revocation=_text(found.get("revocation", "")),
            test=_flag(found.get("test", False)),
            revoked=revoked,
            certificate=b64decode(found.get("certificate", ""), validate=True),
            certificate_id=bytes.fromhex(found.get("certificate_id", "")),
            crl_version=_counter(found.get("crl_version")),
            certificate_issuer=bytes.fromhex(found.get("certificate_issuer", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError, Base64Error, RecursionError) as error:
        raise Malformed(f"key record: {type(error).__name__}") from None


def crl_versions(found: Iterable[Record]) -> dict[str, int]:
    """The `crlVersion` of the keys by kid; not of a kid that several issuers have with different counters."""
    stated = {(one.kid, one.crl_version) for one in found if one.crl_version is not None and not one.revoked}
    times = Counter(kid for kid, _ in stated)
    return {kid: version for kid, version in stated if times[kid] == 1}


def key(record: Record, trust: str = "pinned") -> Key:
    """The key that the corridor uses; raises Malformed, or WeakKey where it must not be trusted."""
    return Key(
        format=record.format,
        kid=record.kid,
        public=keys.load(record.spki),
        issuer=record.issuer,
        name=record.name,
        country=record.country,
        kinds=None if record.kinds is None else frozenset(record.kinds),
        not_before=record.not_before,
        not_after=record.not_after,
        fingerprint=record.fingerprint,
        spki=record.spki,
        trust=trust,
        as_of=record.added,
        revocation=record.revocation,
        revoked=record.revoked,
        test=record.test,
        certificate_id=record.certificate_id,
        certificate_issuer=record.certificate_issuer,
    )


def naming(key: Key) -> bytes:
    """What stands in every line about `key`, whatever id it has there."""
    return b64encode(key.spki)


_NAMES_A_LIST = b'"revocation"'  # of a line that says nothing of it there is nothing to learn


def listed(key: Key, about: Iterable[bytes]) -> Key:
    """`key` with the revocation list that a record `about` it names, where its own names none; raises Malformed.

    Which of its records is found is often up to the holder: the id of a key may stand where no signature covers it.
    """
    if key.revocation or not key.spki:
        return key
    found = (parse(line) for line in about if _NAMES_A_LIST in line)
    named = (one.revocation for one in found if one.spki == key.spki and one.format == key.format and not one.revoked)
    return key._replace(revocation=min(filter(None, named), default=""))


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    # Not strftime: it writes the year 99 with two digits, and such certificates exist.
    return datetime.fromtimestamp(seconds // 1, UTC).isoformat().replace("+00:00", "Z")


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    return found.timestamp()


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def _counter(value: Any) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise TypeError("a counter expected")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false expected")
    return value
