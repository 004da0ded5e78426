"""IETF Token Status List (draft-ietf-oauth-status-list-21): one to eight bits a pass, and the CWT that carries them.

Entry i stands at bit i * bits of the bytes, least significant bit first; W3C's Bitstring Status List counts from the
most significant one, so the two must never be taken for each other.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from checkpoint.codec import cbor, cose, deflate
from checkpoint.codec.errors import Malformed
from checkpoint.model import PublicKey, RevocationId
from checkpoint.trust.revocation import PLACE, Hit, ListMissing, has_place
from checkpoint.trust.revocations import ids

MAX_RAW = 16 * 1024 * 1024  # bytes inflated, where no signed size says less: 134 million entries of one bit
MAX_TOKEN = 32 * 1024 * 1024  # bytes of a token: what does not compress is as long as its raw bytes
TYPE = "application/statuslist+cwt"
BITS = (1, 2, 4, 8)
NAMES = {1: "invalid", 2: "suspended"}  # section 7.1; the rest is the issuer's own
_SUB, _EXP, _IAT, _TTL, _STATUS_LIST = 2, 4, 6, 65534, 65533  # claims, section 5.2
_TYP = 16  # header label, RFC 9596
# The type of key decides, never the token: RFC 9053 sections 2.1 and 2.2, RFC 8230 section 2.
_ALGORITHMS = {"P-256": ("ES256", -7), "P-384": ("ES384", -35), "P-521": ("ES512", -36)}
_ALGORITHMS |= {"Ed25519": ("EdDSA", -8), "RSA": ("PS256", -37)}


class OutOfRange(Exception):
    """The list has no such entry; a pass that points there must not count as valid (section 8.3)."""


class StatusList(NamedTuple):
    """The statuses of `size` passes, `bits` each (1, 2, 4 or 8)."""

    data: bytes
    size: int
    bits: int = 1

    def get(self, index: int) -> int:
        """The status of entry `index`, 0 alone being valid; raises OutOfRange."""
        data, size, bits = self
        if index < 0 or index >= size:
            raise OutOfRange(index)
        if bits == 1:  # what nearly every list has, in two thirds of the time
            return data[index >> 3] >> (index & 7) & 1
        at = index * bits
        return (data[at >> 3] >> (at & 7)) & ((1 << bits) - 1)

    def compressed(self) -> bytes:
        """The bytes as they travel: zlib (RFC 1950) at its highest level, as section 4.1 recommends."""
        return zlib.compress(self.data, 9)


class Token(NamedTuple):
    """A Status List Token: the list and the claims around it, times in seconds since 1970 UTC."""

    statuses: StatusList
    subject: str  # the URI that passes name, which stands for this list
    issued_at: float
    expires: float | None = None
    ttl: int | None = None  # seconds after which to look for a newer one


def build(statuses: Iterable[int] | Mapping[int, int], size: int, bits: int = 1) -> StatusList:
    """A list of `size` entries: `statuses` are the revoked indexes, or each index with its status.

    Raises OutOfRange for an index outside, ValueError for a status that `bits` cannot hold.
    """
    if bits not in BITS or not 0 <= size <= MAX_RAW * 8 // bits:
        raise ValueError("bits or size of the status list")
    data = bytearray(_length(size, bits))
    pairs = statuses.items() if isinstance(statuses, Mapping) else ((index, 1) for index in statuses)
    for index, status in pairs:
        if not 0 <= index < size:
            raise OutOfRange(index)
        if not 0 <= status < 1 << bits:
            raise ValueError("a status does not fit its bits")
        at = index * bits
        shift = at & 7
        data[at >> 3] = (data[at >> 3] & ~(((1 << bits) - 1) << shift)) | (status << shift)
    return StatusList(bytes(data), size, bits)


def inflate(data: bytes, bits: int, size: int | None = None) -> StatusList:
    """The list in compressed `data`; raises Malformed.

    `size` is the number of entries that a signature names: not one byte more is inflated, and not one may be missing.
    """
    if isinstance(bits, bool) or bits not in BITS:
        raise Malformed("status list: bits")
    if size is not None and not 0 <= size <= MAX_RAW * 8 // bits:
        raise Malformed("status list: size")
    raw = deflate.inflate(data, MAX_RAW if size is None else _length(size, bits))
    if size is not None and len(raw) != _length(size, bits):
        raise Malformed("status list: shorter than its size")
    return StatusList(raw, len(raw) * 8 // bits if size is None else size, bits)


def encode(token: Token, key_type: str, sign: Callable[[bytes], bytes], kid: bytes = b"") -> bytes:
    """The token as CWT (section 5.2), signed by `sign(message) -> raw signature` with a key of `key_type`."""
    header: dict[int, Any] = {cose.ALGORITHM: _ALGORITHMS[key_type][1], _TYP: TYPE}
    if kid:
        header[cose.KID] = kid
    statuses = {"bits": token.statuses.bits, "lst": token.statuses.compressed()}
    claims: dict[int, Any] = {_SUB: token.subject, _IAT: int(token.issued_at), _STATUS_LIST: statuses}
    if token.expires is not None:
        claims[_EXP] = int(token.expires)
    if token.ttl is not None:
        claims[_TTL] = token.ttl
    protected, payload = cbor.encode(header), cbor.encode(claims)
    signature = sign(cose.Sign1(protected, b"\xa0", payload, b"").message)
    return cose.build(protected, b"\xa0", payload, signature)


def decode(data: bytes, key: PublicKey | None, subject: str = "", size: int | None = None) -> Token:
    """The token in `data`; raises Malformed.

    `key` must have signed it; None only where the bytes are known by their hash already, as every target of a signed
    repository is. `subject` is the URI it has to stand for, "" where any will do; `size` as for `inflate`.
    """
    if len(data) > MAX_TOKEN:
        raise Malformed("status list: too large")
    signed = cose.split(data)
    header = cose.header(signed.protected)
    if header.get(_TYP) != TYPE or cose.CRITICAL in header:
        raise Malformed("status list: header")
    if key is not None:
        name, number = _ALGORITHMS.get(key.type, ("", 0))
        if header.get(cose.ALGORITHM) != number or not key.verify(name, signed.signature, signed.message):
            raise Malformed("status list: signature")
    claims = cbor.decode(signed.payload)
    if not isinstance(claims, dict) or not isinstance(claims.get(_STATUS_LIST), Mapping):
        raise Malformed("status list: claims")
    return _token(claims, subject, size)


def _token(claims: dict[Any, Any], subject: str, size: int | None) -> Token:
    statuses = claims[_STATUS_LIST]
    found = claims.get(_SUB)
    if not isinstance(found, str) or subject not in ("", found):
        raise Malformed("status list: sub")
    packed, bits, issued = statuses.get("lst"), statuses.get("bits"), _seconds(claims, _IAT)
    if not isinstance(packed, bytes) or not isinstance(bits, int) or issued is None:
        raise Malformed("status list: claims")
    ttl = _seconds(claims, _TTL)
    return Token(inflate(packed, bits, size), found, issued, _seconds(claims, _EXP), None if ttl is None else int(ttl))


def _seconds(claims: dict[Any, Any], label: int) -> float | None:
    value = claims.get(label)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < cbor.EPOCH_LIMIT:
        raise Malformed("status list: time")
    return float(value)


def _length(size: int, bits: int) -> int:
    return -(-size * bits // 8)


class StatusLists:
    """The status lists of one revocation list by their numbers: a `RevocationSet` for native passes.

    It answers for `tsl` ids of its own `source` (`ids.status`) and for no other; anything but status 0 is a hit. A
    station keeps one for every revocation list that it holds, with no `lists` where there are none: a pass that points
    to a list which is not there must not look like a pass that no list names.
    """

    def __init__(self, source: str, as_of: float | None, lists: Mapping[int, StatusList]) -> None:
        self.source, self.as_of = source, as_of
        self._lists = dict(lists)
        self._tag = ids.source_tag(source)

    def find(self, asked: Sequence[RevocationId], issued_at: float | None = None) -> Hit | None:
        """The first of the ids `asked` whose status is not valid; raises ListMissing where its list is not there."""
        for kind, value in asked:
            if kind == PLACE and value[:8] == self._tag:
                status = self._status(int.from_bytes(value[8:12], "big"), int.from_bytes(value[12:], "big"))
                if status:
                    return Hit(kind, why=status)
        return None

    def can_hold(self, asked: Sequence[RevocationId]) -> bool:
        """Whether the pass has a place: of any other these lists say nothing."""
        return has_place(asked)

    def _status(self, number: int, index: int) -> str:
        statuses = self._lists.get(number)
        if statuses is None:
            raise ListMissing(f"status list {number} of {self.source}")
        try:
            found = statuses.get(index)
        except OutOfRange:
            return "no such entry"
        return NAMES.get(found, f"status {found}") if found else ""
