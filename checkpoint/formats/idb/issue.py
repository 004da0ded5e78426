"""Making a barcode: the same steps as reading one, the other way round (for demonstrations and tests)."""

import zlib
from collections.abc import Callable, Iterable

from checkpoint.codec import base32, c40, der
from checkpoint.formats.icao import dates

Messages = Iterable[tuple[int, bytes]]


def header(country: str, reference: bytes, signed: str, algorithm: int = 1, masked: bool = True) -> bytes:
    """A header with the date in four bytes (`masked`) or three."""
    date = (b"\0" if masked else b"") + dates.pack(signed)
    return c40.encode(country.ljust(3)) + bytes((algorithm,)) + reference + date


def zone(messages: Messages) -> bytes:
    """A message group."""
    return der.wrap(0x61, b"".join(der.wrap(tag, value) for tag, value in messages))


def barcode(
    head: bytes,
    messages: Messages,
    sign: Callable[[bytes], bytes] | None,
    certificate: bytes = b"",
    zipped: bool = False,
) -> str:
    """The text of a barcode, signed by `sign` (raw r‖s) or by nobody; nothing is checked."""
    data = head + zone(messages)
    signature = der.wrap(0x7F, sign(data)) if sign else b""
    embedded = der.wrap(0x7E, certificate) if certificate else b""
    return text_of(data + embedded + signature, bool(sign), zipped)


def text_of(data: bytes, signed: bool = True, zipped: bool = False) -> str:
    """A payload as the text of a barcode."""
    flag = "ABCD"[signed + 2 * zipped]
    return f"RDB1{flag}" + base32.encode(zlib.compress(data, 9) if zipped else data)
