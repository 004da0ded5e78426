"""Making a 2D-Doc: the same steps as reading one, the other way round (for demonstrations and tests)."""

from collections.abc import Callable, Iterable
from datetime import date

from checkpoint.codec import base32
from checkpoint.formats.doc2d.data import GROUP, LENGTHS

_EPOCH = date(2000, 1, 1)


def header(authority: str, certificate: str, issued: str, signed: str, kind: str, version: int = 4) -> str:
    """A header of version 2, 3 or 4, of perimeter 01 and France; the dates in ISO 8601, "" for none."""
    dates = "".join(f"{(date.fromisoformat(one) - _EPOCH).days:04X}" if one else "FFFF" for one in (issued, signed))
    more = {2: "", 3: "01", 4: "01FR"}[version]
    return f"DC{version:02}{authority}{certificate}{dates}{kind}{more}"


def data(fields: Iterable[tuple[str, str]]) -> str:
    """Fields as they stand in the code: a separator behind each that has no fixed length."""
    return "".join(tag + value + ("" if LENGTHS.get(tag) else GROUP) for tag, value in fields)


def code(signed: str, sign: Callable[[bytes], bytes]) -> str:
    """The text of a code: what is signed, and its signature by `sign` (raw r‖s)."""
    return f"{signed}\x1f{base32.encode(sign(signed.encode()))}"
