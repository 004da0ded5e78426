"""One certificate or bare key as a record: what every list format shares."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from checkpoint.codec import certificate, json_strict, keys
from checkpoint.codec.certificate import Certificate
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options, Skipped, references
from checkpoint.trust.records import NATIVE, Record, is_demo, native_issuer

DEFAULT_FORMAT = "hcert"
ANCHOR = "anchor"  # the format of a CA that issues signers' certificates and never signs a pass itself
TEXT_KIDS = frozenset({"shc", "nzcp", "divoc"})  # pass formats whose kid is text, not bytes
NAMED_KEYS = frozenset({"divoc"})  # pass formats that name a key by whom it belongs to; its hash is nobody's name
_FIRST, _LAST = -62_135_596_800, 253_402_300_800  # seconds since 1970 UTC: the years 1 to 9999
_KID_BYTES = 8  # HCERT 1.1 section 3.3.2: the first bytes of SHA-256 of the certificate
# Both arcs: the one of the specification, and the one an early draft misspelt and many signers carry.
_USAGES = {
    f"1.3.6.1.4.1.{arc}1847.2021.1.{number}": kind
    for arc in ("", "0.")
    for number, kind in ((1, "test"), (2, "vaccination"), (3, "recovery"))
}
SPECIMEN = "UT"  # Utopia, the state of ICAO's specimens (Doc 9303)
LETTERS: Mapping[str, str] = {"t": "test", "v": "vaccination", "r": "recovery"}


def add_certificate(found: Found, der: bytes, options: Options, kid: str = "", country: str = "", **said: Any) -> None:
    """Add the certificate in `der` to `found`, or the reason why not; expired ones are kept, their passes are known.

    `said`: fields of the record that the list states; what the person who imports says goes before them.
    """
    try:
        kid = _named(options, kid)
        read = certificate.read(der)
        if read.is_ca and options.format in references.NAMED:
            said = {**said, "format": ANCHOR}
        elif options.format in references.NAMED:
            said = {**said, **references.certificate_facts(der)}
            kid = references.stated(options.format, kid) if kid else references.kid(options.format, der)
        kid = kid or b64encode(sha256(der).digest()[:_KID_BYTES]).decode("ascii")
        keys.load(read.spki)
        _check_issuer(read, options)
    except Malformed as error:
        found.skipped.append(Skipped(kid or b64encode(sha256(der).digest()[:_KID_BYTES]).decode("ascii"), why(error)))
        return
    if options.format == NATIVE:  # a pass names the key itself, whatever certificates it has
        dates: dict[str, Any] = {"not_before": read.not_before, "not_after": read.not_after}
        add_key(found, read.spki, replace(options, authorities=None), country=country or read.country, **dates)
        return
    kinds = {_USAGES[usage] for usage in read.usages if usage in _USAGES}
    facts = {
        "name": read.name,
        "country": country or read.country,
        "kinds": tuple(sorted(kinds)) or None,
        "not_before": read.not_before,
        "not_after": read.not_after,
        "fingerprint": read.fingerprint,
        "certificate": der if read.is_ca else b"",
        "test": read.country == SPECIMEN,
    }
    found.records.append(_record(kid, read.spki, options, facts | said))


def _check_issuer(read: Certificate, options: Options) -> None:
    """Refuse a certificate that none of the CAs given issued, or for a format of states the CA of another state."""
    if options.authorities is None:
        return
    above = options.authorities.issuer(read.der)
    if above is None:
        raise Malformed("not issued by any of the CAs given")
    if options.format in references.OF_STATES and len({read.country, above.country} - {""}) > 1:
        raise Malformed("issued by the CA of another state")


def add_key(found: Found, spki: bytes, options: Options, kid: str = "", **said: Any) -> None:
    """Add the bare public key in `spki` to `found`, or the reason why not; `said` as for certificates."""
    fingerprint = sha256(spki).hexdigest()
    try:
        kid = _named(options, kid) or b64encode(bytes.fromhex(fingerprint)[:_KID_BYTES]).decode("ascii")
        keys.load(spki)
        if options.authorities is not None:
            raise Malformed("a bare key, which no CA vouches for")
        if options.format == NATIVE:
            said |= _native(spki, kid, options.issuer)
    except Malformed as error:
        found.skipped.append(Skipped(kid, why(error)))
        return
    name = options.issuer or str(said.get("issuer", ""))
    found.records.append(_record(kid, spki, options, {"name": name, "fingerprint": fingerprint} | said))


def _native(spki: bytes, kid: str, issuer: str) -> dict[str, Any]:
    """What a record of the native format needs; raises Malformed. Whether it is a demonstration its name says."""
    if keys.load(spki).type not in ("P-256", "Ed25519"):
        raise Malformed("native passes are signed with P-256 or Ed25519")
    if len(base64_bytes(kid)) != _KID_BYTES:
        raise Malformed("the key id of a native pass has 8 bytes")
    if not native_issuer(issuer):
        raise Malformed("whose key it is must be said as passes name it: give --issuer NAME")
    return {"issuer": issuer, "test": is_demo(issuer)}


def _named(options: Options, kid: str) -> str:
    """The kid that a person or a list states, "" where neither does; raises Malformed where the format needs one."""
    if options.format in NAMED_KEYS:
        kid = kid or options.issuer
        if not (options.kid or kid):
            raise Malformed("under which name passes call this key must be said: give --issuer or --kid")
    return options.kid or kid


def add(found: Found, data: bytes, options: Options, kid: str = "", **said: Any) -> None:
    """Add `data`, a certificate or a bare key in DER, whichever it is."""
    if is_spki(data):
        add_key(found, data, options, kid, **said)
    else:
        add_certificate(found, data, options, kid, said.pop("country", ""), **said)


def is_spki(data: bytes) -> bool:
    """Whether `data` is built as a SubjectPublicKeyInfo: SEQUENCE { SEQUENCE, BIT STRING }."""
    from checkpoint.codec import der

    try:
        return [tag for tag, _, _ in der.children(der.content(data, der.SEQUENCE))] == [der.SEQUENCE, der.BIT_STRING]
    except Malformed:
        return False


def _record(kid: str, spki: bytes, options: Options, facts: dict[str, Any]) -> Record:
    person = {"issuer": options.issuer, "country": options.country, "format": options.format}
    stated = facts | {name: value for name, value in person.items() if value}
    stated.setdefault("format", DEFAULT_FORMAT)
    if facts.get("format") == ANCHOR:  # no option makes a CA a signer of passes
        stated["format"] = ANCHOR
    return Record(kid=kid, spki=spki, added=options.now, origin=options.origin, revocation=options.revocation, **stated)


def skip(found: Found, kid: Any, reason: str) -> None:
    """Leave an entry out, with its reason."""
    found.skipped.append(Skipped(str(kid)[:200] if isinstance(kid, str | int) else "", reason))


def kinds_of(letters: Any) -> tuple[str, ...] | None:
    """The kinds that letters such as "tv" or ["t", "v"] stand for; None, which is any kind, where there are none."""
    wanted = [one for one in letters if one] if isinstance(letters, str | list) else []
    known = {LETTERS[one] for one in wanted if isinstance(one, str) and one in LETTERS}
    return tuple(sorted(known)) if wanted else None


def kinds_of_usages(usages: Any) -> tuple[str, ...] | None:
    """The kinds that extended key usages stand for; None where none of them is one of passes."""
    stated = [one for one in usages if isinstance(one, str)] if isinstance(usages, list) else []
    kinds = {_USAGES[one] for one in stated if one in _USAGES}
    return tuple(sorted(kinds)) or None


def moment(seconds: float) -> float:
    """A date that a record can state, in the years 1 to 9999; raises Malformed, also for what is no number."""
    if not _FIRST <= seconds < _LAST:
        raise Malformed("date")
    return float(seconds)


def json_of(data: bytes, what: str, joined: bool = False) -> Any:
    """The JSON in `data`; raises ListRefused. `joined`: arrays under equal names are one array."""
    try:
        return json_strict.loads_joined(data) if joined else json_strict.loads(data)
    except Malformed as error:
        raise ListRefused(f"this is no {what}: {error}", "is the file whole?") from None


def why(error: Malformed) -> str:
    """The reason word and its detail for an entry that is left out."""
    word = "weak_key" if isinstance(error, keys.WeakKey) else "bad_entry"
    return f"{word}: {error}"


def base64_bytes(text: Any) -> bytes:
    """Standard or URL-safe base64, padded or not; raises Malformed."""
    if not isinstance(text, str):
        raise Malformed("base64")
    plain = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (Base64Error, ValueError):
        raise Malformed("base64") from None
