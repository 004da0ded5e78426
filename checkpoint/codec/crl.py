"""Certificate revocation lists (RFC 5280 section 5), sliced: what was signed is what stood there."""

from collections.abc import Iterator
from dataclasses import dataclass

from checkpoint.codec import certificate, der, issued
from checkpoint.codec.errors import Malformed

MAX_ENTRIES = 200_000  # of one list; a passport country revokes some dozen signers
_DELTA = "2.5.29.27"  # deltaCRLIndicator: names only what changed
_ISSUING_POINT = "2.5.29.28"  # a part of a list, or one about other issuers' certificates
_SHOWN = ("2.5.4.6", "2.5.4.3")  # countryName, commonName
_EXTENSIONS = 0xA0  # [0] of a TBSCertList


@dataclass(frozen=True, slots=True)
class RevocationList:
    """One list: `issuer` and each serial as they stand in DER, so that they compare byte by byte.

    `this_update` and `next_update` (sections 5.1.2.4 and 5.1.2.5) in seconds since 1970 UTC; None: it does not say when
    the next one comes.
    """

    signed: bytes
    algorithm: bytes  # content of the AlgorithmIdentifier
    signature: bytes
    issuer: bytes
    serials: tuple[bytes, ...]
    this_update: float
    next_update: float | None

    @property
    def name(self) -> str:
        """Country and name of its issuer, for people."""
        found = certificate.names(der.content(self.issuer, der.SEQUENCE))
        return " ".join(found[one] for one in _SHOWN if found.get(one))

    def is_by(self, spki: bytes) -> bool:
        """Whether the key in the SubjectPublicKeyInfo `spki` signed it; never raises."""
        return issued.holds(spki, self.algorithm, self.signature, self.signed)


def split(data: bytes) -> RevocationList:
    """The list in DER `data`; raises Malformed, also for one that is only a part."""
    parts = list(der.children(der.content(data, der.SEQUENCE)))
    if [tag for tag, _, _ in parts] != [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
        raise Malformed("crl")
    fields = list(der.children(parts[0][1]))
    if fields and fields[0][0] == der.INTEGER:  # version
        del fields[0]
    if len(fields) < 3 or fields[0][2] != parts[1][2]:  # RFC 5280 section 5.1.1.2: both algorithms are one
        raise Malformed("crl: fields")
    if parts[2][1][:1] != b"\0":
        raise Malformed("crl: signature")
    this_update, next_update, rest = _dates(fields[2:])
    _refuse_parts(rest)
    revoked = rest[0][1] if rest and rest[0][0] == der.SEQUENCE else b""
    return RevocationList(
        signed=parts[0][2],
        algorithm=parts[1][1],
        signature=parts[2][1][1:],
        issuer=fields[1][2],
        serials=tuple(_serials(revoked)),
        this_update=this_update,
        next_update=next_update,
    )


def _dates(fields: list[tuple[int, bytes, bytes]]) -> tuple[float, float | None, list[tuple[int, bytes, bytes]]]:
    """(thisUpdate, nextUpdate where it stands there, what follows)."""
    this_update = certificate.moment(fields[0][0], fields[0][1])
    if len(fields) < 2 or fields[1][0] not in (der.UTC_TIME, der.GENERALIZED_TIME):
        return this_update, None, fields[1:]
    next_update = certificate.moment(fields[1][0], fields[1][1])
    if next_update < this_update:
        raise Malformed("crl: its next update is before it")
    return this_update, next_update, fields[2:]


def _serials(revoked: bytes) -> Iterator[bytes]:
    for count, (tag, entry, _) in enumerate(der.children(revoked)):
        serial = next(der.children(entry), None)
        if tag != der.SEQUENCE or serial is None or serial[0] != der.INTEGER or count >= MAX_ENTRIES:
            raise Malformed("crl: entry")
        yield serial[2]


def _refuse_parts(fields: list[tuple[int, bytes, bytes]]) -> None:
    for tag, content, _ in fields:
        if tag == _EXTENSIONS:
            for _, extension, _ in der.children(der.content(content, der.SEQUENCE)):
                name = next(der.children(extension), None)
                if name is not None and der.oid(name[1]) in (_DELTA, _ISSUING_POINT):
                    raise Malformed("crl: not the whole list of its issuer")
