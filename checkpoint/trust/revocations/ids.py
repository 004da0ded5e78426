"""One id as people write it, in a list, on a command line or in a mail, and the `RevocationId`s that it stands for."""

import re
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256

from checkpoint.codec.errors import Malformed
from checkpoint.model import RevocationId

MAX_TEXT = 512  # characters; the longest id known, a UVCI with issuer and prefix, has about 90
ID_LENGTH = 16  # bytes of every id
CERTIFICATE = "x509-serial"  # names no pass but the key that signed it
_UVCI_PREFIXES = ("URN:UVCI:", "urn:uvci:")  # issuers write either, and hashes are over what they wrote
_NAMESPACE = re.compile(r"(?:URN:UV?CI|DGCI):", re.IGNORECASE)  # the Netherlands write URN:UCI:, an early draft dgci:
_PASS_ID = re.compile(r"[a-z0-9]+-([0-9a-f]{32})")
_HEX = re.compile(r"[0-9A-Fa-f]{32}(?:[0-9A-Fa-f]{32})?")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{22}==|[A-Za-z0-9+/_-]{43}=")
_UNPADDED = re.compile(r"[A-Za-z0-9+/_-]{22}|[A-Za-z0-9+/_-]{43}")
_KIND = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)[: \t]\s*(\S.*)")
# eHealth Network, interoperability of certificates, annex 2: version, country, and what the country chose. Issuers
# write one colon, slash or nothing between them; digits and the letters A to F alone may be a hash that was cut off.
_UVCI = re.compile(
    rf"{_NAMESPACE.pattern}[!-~]{{3,}}|(?=.*[^0-9A-F])(?:[0-9]{{2}}|V[0-9])[:/]?[A-Z]{{2}}[!-~]{{3,}}", re.IGNORECASE
)
_COUNTRY = re.compile(rf"(?:{_NAMESPACE.pattern})?(?:[0-9]{{2}}|V[0-9])[:/]?([A-Z]{{2}})", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9A-Fa-f]*")
_STATUS = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,63})/([0-9]{1,10})/([0-9]{1,10})")
_RID = re.compile(r"([A-Za-z0-9_-]{1,86})/([A-Za-z0-9_-]{1,24})")  # a thumbprint, and the spec's 24 characters at most


def parse(text: str, kind: str = "") -> list[RevocationId]:
    """Every id that `text` stands for, without repeats; raises Malformed where it is none.

    A pass_id (`hcert-` and 32 hex digits); a UVCI, meant with and without its `URN:UVCI:`; a bare hash (16 or 32
    bytes as hex or base64), meant as any of the EU's three, and 32 hex digits as those of a pass_id too; or
    `kind:value`, `kind value` with a kind of `KINDS` or the EU's name of one. `kind`: what the text does not name.
    """
    text = text.strip()
    if not text or len(text) > MAX_TEXT or not text.isprintable():
        raise Malformed("revocation id: empty, too long, or not printable")
    if kind:
        return _of_kind(kind, text.removeprefix(f"{kind}:"))
    if found := _PASS_ID.fullmatch(text):
        return [("pass_id", bytes.fromhex(found[1]))]
    named = _KIND.fullmatch(text)
    if named and (stated := kind_of(named[1])) in KINDS:
        return _of_kind(stated, named[2])
    if (value := hash_bytes(text)) is not None:
        own = [("pass_id", value)] if len(text) == 2 * ID_LENGTH else []  # as a list of pins or a mail shows it
        return [(one, value) for one in DCC_KINDS] + own
    if _UVCI.fullmatch(text):
        return _typed(text)
    raise Malformed(f"revocation id: neither pass_id, UVCI nor hash; kinds: {', '.join(sorted(KINDS))}")


def kind_of(name: str) -> str:
    """The kind that `name` stands for: itself, or the EU gateway's name of one in any case."""
    return _EU_NAMES.get(name.lower(), name)


def hash_bytes(text: str, *, padded: bool = True) -> bytes | None:
    """The first 16 bytes of a hash as hex or base64, of either alphabet; None where `text` is no such thing.

    `padded`: base64 must be, since 43 characters may also be the name of a key.
    """
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)[:ID_LENGTH]
    if _BASE64.fullmatch(text) or (not padded and _UNPADDED.fullmatch(text)):
        return b64decode(text + "=" * (-len(text) % 4), b"-_" if set(text) & set("-_") else None)[:ID_LENGTH]
    return None


def digest(text: str) -> bytes:
    """The first 16 bytes of SHA-256 of `text`, which is how the EU's lists name ids (dgc-gateway)."""
    return sha256(text.encode()).digest()[:ID_LENGTH]


def uci(text: str) -> list[RevocationId]:
    """A UVCI as it stands, without its prefix and with either: what was signed decides, and lists drop the prefix."""
    return [("dcc-uci", digest(one)) for one in _forms(text)]


def rid(kid: str, text: str) -> RevocationId:
    """A SMART Health Card's `rid` under the key `kid`: rids are unique for one key only."""
    return "shc-rid", sha256(kid.encode() + b"\0" + text.encode()).digest()[:ID_LENGTH]


def certificate(issuer: bytes, serial: bytes) -> RevocationId:
    """A signer's certificate as its issuer's list names it: the Name and the INTEGER as they stand in DER."""
    return CERTIFICATE, sha256(issuer + serial).digest()[:ID_LENGTH]


def authority(name: bytes) -> bytes:
    """The 16 bytes that stand for a CA, made of its Name as it stands in DER: whose list speaks of a certificate."""
    return sha256(name).digest()[:ID_LENGTH]


def status(source: str, number: int, index: int) -> RevocationId:
    """The place of a native pass: entry `index` of status list `number` of the revocation list named `source`.

    The source belongs to it, because numbers and indexes repeat from issuer to issuer; raises Malformed out of range.
    """
    if not (0 <= number < 1 << 32 and 0 <= index < 1 << 32):
        raise Malformed("status list: number or index out of range")
    return "tsl", source_tag(source) + number.to_bytes(4, "big") + index.to_bytes(4, "big")


def source_tag(source: str) -> bytes:
    """The first 8 bytes of every `tsl` id of the revocation list named `source`."""
    return sha256(source.encode()).digest()[:8]


def _of_kind(kind: str, text: str) -> list[RevocationId]:
    reader = KINDS.get(kind_of(kind))
    if reader is None:
        raise Malformed(f"revocation id: unknown kind; kinds: {', '.join(sorted(KINDS))}")
    return reader(text.strip())


def _pass_id(text: str) -> list[RevocationId]:
    found = _PASS_ID.fullmatch(text)
    return [("pass_id", bytes.fromhex(found[1]) if found else _hash(text))]


def _uci(text: str) -> list[RevocationId]:
    value = _hash_beside_uvci(text)
    return _typed(text) if value is None else [("dcc-uci", value)]


def _country_uci(text: str) -> list[RevocationId]:
    """A hash, or the issuer's two letters with the UVCI behind them; a UVCI alone names its country itself."""
    value = _hash_beside_uvci(text)
    if value is not None:
        return [("dcc-ccuci", value)]
    inside = _COUNTRY.match(text)
    country, uvci = (inside[1], text) if inside else (text[:2], text[2:])
    if not (country.isascii() and country.isalpha() and uvci) or (_NAMESPACE.match(text) and not inside):
        raise Malformed("revocation id: the issuer's two letters, and the UVCI behind them")
    return [("dcc-ccuci", digest(country.upper() + one)) for one in _typed_forms(uvci)]


def _hash_beside_uvci(text: str) -> bytes | None:
    """The hash in `text`, where it is no UVCI that happens to look like one; raises Malformed for half a hash."""
    value = hash_bytes(text, padded=_UVCI.fullmatch(text) is not None)
    if value is None and _DIGITS.fullmatch(text):
        raise Malformed("revocation id: a hash has 32 or 64 hex digits")
    return value


def _typed(uvci: str) -> list[RevocationId]:
    return [("dcc-uci", digest(one)) for one in _typed_forms(uvci)]


def _typed_forms(uvci: str) -> list[str]:
    """As `_forms`, and in capitals, which is how annex 2 has them: people type small letters."""
    return list(dict.fromkeys(_forms(uvci) + _forms(uvci.upper())))


def _signature(text: str) -> list[RevocationId]:
    return [("dcc-sig", _hash(text))]


def _rid(text: str) -> list[RevocationId]:
    """A hash, or kid and rid with a slash between; a rid with a time belongs into a list that can keep it."""
    found = _RID.fullmatch(text)
    return [rid(found[1], found[2]) if found else ("shc-rid", _hash(text))]


def _certificate(text: str) -> list[RevocationId]:
    return [(CERTIFICATE, _hash(text))]


def _status(text: str) -> list[RevocationId]:
    """The list's name, the status list's number and the index, with slashes between."""
    found = _STATUS.fullmatch(text)
    if found is None:
        raise Malformed("revocation id: list/number/index")
    return [status(found[1], int(found[2]), int(found[3]))]


def _forms(uvci: str) -> list[str]:
    namespace = _NAMESPACE.match(uvci)
    bare = uvci[namespace.end() :] if namespace else uvci
    return list(dict.fromkeys((uvci, bare, *(prefix + bare for prefix in _UVCI_PREFIXES))))


def _hash(text: str) -> bytes:
    value = hash_bytes(text, padded=False)
    if value is None:
        raise Malformed("revocation id: 16 or 32 bytes as hex or base64")
    return value


# What the EU's gateway calls them (dgc-gateway, hashType), and what people do.
_EU_NAMES = {"uci": "dcc-uci", "uvci": "dcc-uci", "countrycodeuci": "dcc-ccuci", "signature": "dcc-sig"}
DCC_KINDS = ("dcc-uci", "dcc-ccuci", "dcc-sig")
KINDS: dict[str, Callable[[str], list[RevocationId]]] = {
    "pass_id": _pass_id,
    "dcc-uci": _uci,
    "dcc-ccuci": _country_uci,
    "dcc-sig": _signature,
    "shc-rid": _rid,
    "tsl": _status,
    CERTIFICATE: _certificate,
}
