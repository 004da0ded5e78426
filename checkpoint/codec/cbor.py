"""Strict CBOR (RFC 8949): one value, nothing behind it, no tricks; only for bytes whose signature already held.

cbor2 keeps the last of two equal keys, ignores trailing bytes and interprets tags by default: all of that is off.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

import cbor2

from checkpoint.codec.errors import Malformed

MAX_DEPTH = 12  # an HCERT nests 5 deep; a bomb nests 400
DATE_TAGS = (0, 1)  # RFC 8949 section 3.4.1 and 3.4.2: some issuers tag their dates
EPOCH_LIMIT = 253402300800.0  # the year 10000
UUID_SIZE = 16


def _refuse(*_: Any) -> Any:
    raise Malformed("cbor tag")


def _date_text(value: Any, _immutable: bool) -> str:
    if not isinstance(value, str):
        raise Malformed("cbor date")
    return value


def _epoch(value: Any, _immutable: bool) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < EPOCH_LIMIT:
        raise Malformed("cbor date")
    return float(value)


# Every tag cbor2 gives a meaning to (shared references, regular expressions, huge numbers, mail ...) is refused.
_INTERPRETED = (*range(2, 6), 25, *range(28, 31), 35, 36, 37, 43000, 52, 54, 100, 256, 258, 260, 261, 1004, 55799)
_DECODERS: Mapping[int, Callable[[Any, bool], Any]] = {
    **dict.fromkeys(_INTERPRETED, _refuse),
    0: _date_text,
    1: _epoch,
}


def _uuid(value: Any, _immutable: bool) -> bytes:
    if not isinstance(value, bytes) or len(value) != UUID_SIZE:
        raise Malformed("cbor uuid")
    return value


# For formats that say so: an identifier under tag 37 (RFC 9562 by way of the IANA registry of CBOR tags).
_WITH_UUID: Mapping[int, Callable[[Any, bool], Any]] = {**_DECODERS, 37: _uuid}


# For formats whose times are plain numbers: no tag at all.
_WITHOUT_TAGS: Mapping[int, Callable[[Any, bool], Any]] = {**_DECODERS, 0: _refuse, 1: _refuse}

# What stands behind the value when it is decoded: nobody who wrote the value could know it.
_END = os.urandom(16)
_FRAMED_END = b"\x50" + _END


def decode(data: bytes, uuid: bool = False, dates: bool = True) -> Any:
    """The one value in `data`; raises Malformed for anything not strict.

    Text dates (tag 0) come back as text, epoch dates (tag 1) as float seconds, unless `dates` is off, and with `uuid` a
    tag 37 as its 16 bytes; every other tag is refused, as are equal keys, indefinite lengths, depths over MAX_DEPTH and
    bytes behind the value.
    """
    try:
        # Decoded as [value, secret]: bytes behind the value would stand where the secret must be. The library itself
        # ignores them, and its decoder that tells where it stopped takes twice as long.
        value, end = cbor2.loads(
            b"\x82" + data + _FRAMED_END,
            tag_hook=_refuse,
            semantic_decoders=_WITH_UUID if uuid else _DECODERS if dates else _WITHOUT_TAGS,
            max_depth=MAX_DEPTH + 1,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
    except (cbor2.CBORError, ValueError, TypeError, EOFError, OverflowError, RecursionError, MemoryError):
        raise Malformed("cbor") from None
    if end != _END:
        raise Malformed("cbor: trailing bytes")
    return value


def encode(value: Any) -> bytes:
    """`value` in deterministic CBOR (RFC 8949 section 4.2)."""
    return cbor2.dumps(value, canonical=True)
