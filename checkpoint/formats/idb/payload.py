"""The payload of a barcode (ICAO Datastructure for Barcode, section 3): header, messages, certificate, signature."""

from collections.abc import Iterator
from typing import NamedTuple

from checkpoint.codec import c40, der
from checkpoint.codec.errors import Malformed
from checkpoint.formats.icao import dates

_COUNTRY, _REFERENCE = 2, 5  # bytes
_ALGORITHMS = {1: "ES256", 2: "ES384", 3: "ES512"}  # section 3.2.2
_MESSAGES, _CERTIFICATE, _SIGNATURE = 0x61, 0x7E, 0x7F
_DATE_AT = _COUNTRY + 1 + _REFERENCE
# Table 2 has three bytes of date; section 2.1 has a mask before them, and most barcodes that were made so far do.
_HEADERS = (_DATE_AT + dates.MASKED_BYTES, _DATE_AT + dates.DATE_BYTES)


class Header(NamedTuple):
    """Who signed and when: an ISO date."""

    country: str
    algorithm: str
    kid: str
    signed: str


class Payload(NamedTuple):
    """A signed barcode taken apart. `signed` is exactly what the signature covers, `zone` its messages."""

    kid: str
    algorithm: str
    signed: bytes
    zone: bytes
    certificate: bytes
    signature: bytes


class Unsigned(NamedTuple):
    """A barcode that nobody signed."""

    country: str
    data: bytes
    zone: bytes


def read(data: bytes) -> Payload:
    """The signed barcode in `data`; raises Malformed. Where both lengths of the header fit, the longer one counts."""
    failed = Malformed("barcode header")
    for size in _HEADERS:
        try:
            head, parts = _header(data[:size], size), _parts(data, size)
        except Malformed as error:
            failed = error
            continue
        end, zone = parts[_MESSAGES]
        certificate, signature = (parts.get(tag, (0, b""))[1] for tag in (_CERTIFICATE, _SIGNATURE))
        if not signature:
            raise Malformed("barcode without signature")
        return Payload(head.kid, head.algorithm, data[:end], zone, certificate, signature)
    raise failed


def read_unsigned(data: bytes) -> Unsigned:
    """The barcode in `data` that says it is not signed; raises Malformed, for one that has a signature as well."""
    country = _country(data)
    parts = _parts(data, _COUNTRY)
    if parts.keys() != {_MESSAGES}:
        raise Malformed("barcode: a signature that its flag denies")
    return Unsigned(country, data, parts[_MESSAGES][1])


def header(signed: bytes, zone: bytes) -> Header:
    """The header of what was signed, before its `zone`; raises Malformed."""
    size = len(signed) - len(der.wrap(_MESSAGES, zone))
    return _header(signed[:size], size)


def _header(data: bytes, size: int) -> Header:
    if len(data) != size or size not in _HEADERS:
        raise Malformed("barcode header")
    algorithm = _ALGORITHMS.get(data[_COUNTRY])
    if algorithm is None:
        raise Malformed("barcode algorithm")
    date = data[_DATE_AT:].rjust(dates.MASKED_BYTES, b"\0")
    if date[0]:
        raise Malformed("barcode date of signature")  # the day of a signature is known (section 3.2.4)
    signed = dates.masked_date(date, "barcode date of signature")
    return Header(_country(data), algorithm, data[_COUNTRY + 1 : _DATE_AT].hex(), signed)


def _country(data: bytes) -> str:
    return c40.decode(data[:_COUNTRY].ljust(_COUNTRY, b"\0")).rstrip()


def _parts(data: bytes, at: int) -> dict[int, tuple[int, bytes]]:
    """(where it ends, content) by tag: messages, then maybe a certificate, then maybe a signature, nothing else."""
    found: dict[int, tuple[int, bytes]] = {}
    for tag, content, end in items(data, at):
        if tag not in (_MESSAGES, _CERTIFICATE, _SIGNATURE) or tag in found or tag < max(found, default=0):
            raise Malformed("barcode structure")
        found[tag] = (end, content)
    if _MESSAGES not in found:
        raise Malformed("barcode without messages")
    return found


def items(data: bytes, at: int = 0) -> Iterator[tuple[int, bytes, int]]:
    """(tag, content, where it ends) of every item from `at` on, lengths in DER (section 2.5); raises Malformed."""
    while at < len(data):
        tag, start, end = der.item(data, at)
        content = data[start:end]
        if der.wrap(tag, content) != data[at:end]:
            raise Malformed("barcode: length")
        yield tag, content, end
        at = end
