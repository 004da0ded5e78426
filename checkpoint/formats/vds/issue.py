"""Making a seal: the same steps as reading one, the other way round (for demonstrations and tests)."""

from collections.abc import Callable, Iterable

from checkpoint.codec import c40, der
from checkpoint.formats.icao import dates
from checkpoint.formats.vds.header import DECIMAL, MAGIC
from checkpoint.formats.vds.zones import SIGNATURE

Messages = Iterable[tuple[int, bytes]]


def header(
    country: str,
    signer: str,
    reference: str,
    issued: str,
    signed: str,
    document: tuple[int, int],
    version: int = 3,
) -> bytes:
    """A header; `version` is the byte that stands in it: 2 has references of five characters, 3 of any length."""
    size = f"{len(reference):02}" if signer == DECIMAL else f"{len(reference):02X}"
    names = signer + (reference.rjust(5, "0") if version == 2 else size + reference)
    dated = dates.pack(issued) + dates.pack(signed)
    return bytes((MAGIC, version)) + c40.encode(country.ljust(3)) + c40.encode(names) + dated + bytes(document)


def zone(messages: Messages) -> bytes:
    """A message zone."""
    return b"".join(der.wrap(tag, value) for tag, value in messages)


def seal(head: bytes, messages: Messages, sign: Callable[[bytes], bytes]) -> bytes:
    """A seal signed by `sign` (raw r‖s); nothing is checked, so that tests can make what no issuer would."""
    return closed(head + zone(messages), sign)


def closed(message: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """What is signed, and the signature zone behind it."""
    return message + der.wrap(SIGNATURE, sign(message))
