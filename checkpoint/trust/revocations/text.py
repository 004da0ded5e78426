"""Plain text, one id a line: pass_id, UVCI, hash, `kind:value` or `kind value`; lines that begin with # are remarks."""

from checkpoint.codec.errors import Malformed
from checkpoint.trust.revocations import Found, ListRefused, Options, ids

NAME = "text"


def matches(data: bytes) -> bool:
    """UTF-8 without zero bytes that does not begin like JSON."""
    head = data[:4096]
    return bool(head.strip()) and b"\0" not in head and head.lstrip()[:1] not in (b"{", b"[")


def read(data: bytes, options: Options) -> Found:
    """Every id; raises ListRefused where no line is one. Of columns between tabs, the first two count."""
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ListRefused("not UTF-8 text") from None
    found = Found()
    for line in lines:
        text = " ".join(line.split("\t")[:2]).strip()
        if not text or text.startswith("#"):
            continue
        try:
            found.add(ids.parse(text, options.kind))
        except Malformed as error:
            found.skip(text, f"bad_entry: {error}")
    if found.skipped and not found.entries:
        raise ListRefused(f"no line is a revocation id: {found.skipped[0].reason}")
    return found
