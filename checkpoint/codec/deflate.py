"""Bounded inflate: zlib (RFC 1950) and raw deflate (RFC 1951) with a hard ceiling."""

import zlib

from checkpoint.codec.errors import Malformed

ZLIB = zlib.MAX_WBITS
RAW = -zlib.MAX_WBITS


def inflate(data: bytes, limit: int, window: int = ZLIB, words: bytes = b"") -> bytes:
    """`data` inflated to at most `limit` bytes; raises Malformed when more, cut off, or followed by anything.

    `words` is the preset dictionary (RFC 1950 section 2.2) that a stream may ask for by its checksum.
    """
    stream = zlib.decompressobj(window, words)
    try:
        found = stream.decompress(data, limit + 1)
    except zlib.error:
        raise Malformed("compression") from None
    if len(found) > limit:
        raise Malformed("compression: too large")
    if not stream.eof or stream.unused_data:
        raise Malformed("compression: cut off or trailing bytes")
    return found
