"""A zip archive with one file in it (PKWARE APPNOTE 6.3), read by its directory: what stands before it may lie.

A writer that streams leaves the sizes in the local header 0 and puts them behind the data (section 4.3.9).
"""

import struct
import zlib
from typing import Any, NamedTuple

from checkpoint.codec import deflate
from checkpoint.codec.errors import Malformed

HEAD = b"PK\x03\x04"
_END = struct.Struct("<4s4H2LH")  # section 4.3.16
_ENTRY = struct.Struct("<4s6H3L5H2L")  # section 4.3.12
_LOCAL = struct.Struct("<4s5H3L2H")  # section 4.3.7
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x1


class _Entry(NamedTuple):
    """What the directory says of the file: how it is packed, its sizes in bytes, and where its local header is."""

    method: int
    crc: int
    packed: int
    size: int
    start: int
    name: bytes


def only(data: bytes, limit: int) -> tuple[bytes, bytes]:
    """(name, content) of the one file in `data`, at most `limit` bytes; raises Malformed."""
    entry = _directory(data)
    if entry.size > limit:
        raise Malformed("zip: too large")
    local = _unpack(_LOCAL, data, entry.start)
    if local[0] != HEAD or local[3] != entry.method:
        raise Malformed("zip: local header")
    start = entry.start + _LOCAL.size + local[9] + local[10]
    packed = data[start : start + entry.packed]
    if len(packed) != entry.packed or data[entry.start + _LOCAL.size :][: len(entry.name)] != entry.name:
        raise Malformed("zip: local header")
    content = deflate.inflate(packed, limit, deflate.RAW) if entry.method == _DEFLATED else packed
    if len(content) != entry.size or zlib.crc32(content) != entry.crc:
        raise Malformed("zip: size or checksum")
    return entry.name, content


def _directory(data: bytes) -> _Entry:
    at = data.rfind(b"PK\x05\x06")
    end = _unpack(_END, data, at)
    if at + _END.size + end[7] != len(data) or end[3] != 1 or end[4] != 1 or end[1] or end[2]:
        raise Malformed("zip: not one file, or something behind it")
    entry = _unpack(_ENTRY, data, end[6])
    name = data[end[6] + _ENTRY.size :][: entry[10]]
    if entry[0] != b"PK\x01\x02" or end[6] + end[5] != at or len(name) != entry[10]:
        raise Malformed("zip: directory")
    if entry[3] & _ENCRYPTED or entry[4] not in (_STORED, _DEFLATED):
        raise Malformed("zip: method")
    return _Entry(entry[4], entry[7], entry[8], entry[9], entry[16], name)


def _unpack(form: struct.Struct, data: bytes, at: int) -> tuple[Any, ...]:
    if at < 0 or at + form.size > len(data):
        raise Malformed("zip: cut off")
    return form.unpack_from(data, at)


def build(name: bytes, content: bytes, *, streamed: bool = False) -> bytes:
    """An archive with one deflated file; `streamed` puts the sizes behind the data, as many writers do."""
    stream = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    packed = stream.compress(content) + stream.flush()
    sizes = (zlib.crc32(content), len(packed), len(content))
    flags, known = (0x8, (0, 0, 0)) if streamed else (0, sizes)
    body = _LOCAL.pack(HEAD, 20, flags, _DEFLATED, 0, 0, *known, len(name), 0) + name + packed
    if streamed:
        body += b"PK\x07\x08" + struct.pack("<3L", *sizes)
    entry = _ENTRY.pack(b"PK\x01\x02", 20, 20, flags, _DEFLATED, 0, 0, *sizes, len(name), 0, 0, 0, 0, 0, 0) + name
    return body + entry + _END.pack(b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(body), 0)
