"""The pinned lists of revoked certificates in `keys/revocations.txt`: a line is `x509-crl`, CA, two times and its name.

Tabs between; the CA is 32 hex digits (`ids.authority`), the times are thisUpdate and nextUpdate in RFC 3339, "-" where
the list does not promise a next one. The certificates that it names have lines of their own.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from checkpoint.codec.errors import Malformed
from checkpoint.trust.revocation import Crl

KIND = "x509-crl"
START = f"{KIND}\t".encode()
_NEVER = "-"
_COLUMNS = 5
_CA_BYTES = 16


def line(ca: bytes, crl: Crl) -> bytes:
    """One list as a line."""
    due = _NEVER if crl.next_update is None else _text(crl.next_update)
    columns = (KIND, ca.hex(), _text(crl.this_update), due, " ".join(crl.name.split()))
    return "\t".join(columns).encode("utf-8", "replace")


def parse(found: bytes) -> tuple[bytes, Crl]:
    """The CA and the ages in a line; raises Malformed."""
    columns = found.rstrip(b"\r").decode("utf-8", "replace").split("\t", _COLUMNS - 1)
    try:
        _, digits, issued, due, name = columns
        ca = bytes.fromhex(digits)
        if len(ca) != _CA_BYTES or len(digits) != 2 * _CA_BYTES:
            raise Malformed("pinned list: CA")
        return ca, Crl(name, _seconds(issued), None if due == _NEVER else _seconds(due))
    except ValueError:
        raise Malformed("pinned list") from None


def read(lines: Iterable[bytes]) -> dict[bytes, Crl]:
    """The newest list of each CA in these lines; what is no line of one is left to `broken`."""
    found: dict[bytes, Crl] = {}
    for one in lines:
        try:
            ca, crl = parse(one)
        except Malformed:
            continue  # `PinnedRevocations.broken` names the line, and nobody is admitted beside it
        if ca not in found or found[ca].this_update < crl.this_update:
            found[ca] = crl
    return found


def is_good(found: bytes) -> bool:
    """Whether the line can be read."""
    try:
        parse(found)
    except Malformed:
        return False
    return True


def merged(old: Iterable[bytes], new: Mapping[bytes, Crl]) -> list[bytes]:
    """All the lines of the file with `new` among them: an older list never takes a newer one's place."""
    known = list(old)
    held = read(one for one in known if one.startswith(START))
    newer = {ca: crl for ca, crl in new.items() if ca not in held or held[ca].this_update <= crl.this_update}
    gone = tuple(START + ca.hex().encode() for ca in newer)
    kept = [one for one in known if not one.startswith(gone)] if gone else known
    return [*kept, *(line(ca, crl) for ca, crl in newer.items())]


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds // 1, UTC).isoformat().replace("+00:00", "Z")


def _seconds(text: str) -> float:
    found = datetime.fromisoformat(text)
    if found.utcoffset() != timedelta(0):  # as it was written; a zone could put it into the year 10000
        raise ValueError("not in UTC")
    return found.timestamp()
