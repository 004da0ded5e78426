"""JSON (RFC 8259) without its traps: UTF-8 only, no equal names, no NaN, bounded depth and numbers."""

import json
import re
from typing import Any

from checkpoint.codec.errors import Malformed

MAX_DEPTH = 32
MAX_DIGITS = 40  # of one number; a 64-bit integer has 20
_WHITE = " \t\n\r"  # RFC 8259 section 2; str.strip() alone would take more
_NESTING = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_MARKS = bytes.maketrans(b"[{]}", b"(())")
_NO_MARKS = bytes(byte for byte in range(256) if byte not in b'[{]}"')


def loads(data: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """The value in `data`; raises Malformed for whatever a strict reader would not take."""
    _check_depth(data, max_depth)
    try:
        text = data.decode("utf-8").strip(_WHITE)
        found, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        raise Malformed("json") from None
    if end != len(text):
        raise Malformed("json: trailing text")
    return found


def _check_depth(data: bytes, limit: int) -> None:
    """Raise Malformed where brackets nest deeper than `limit`: pairs of them are peeled off, level by level."""
    if b"\\" not in data:  # every quote then begins or ends a string
        marks = data.translate(_MARKS, _NO_MARKS).replace(b'""', b"")  # strings without a bracket inside
        for _ in range(limit):
            if not marks:
                return
            marks = marks.replace(b"()", b"")
    _count_depth(data, limit)


def _count_depth(data: bytes, limit: int) -> None:
    depth = 0
    for match in _NESTING.finditer(data):
        mark = match.group()
        if mark in b"[{":
            depth += 1
            if depth > limit:
                raise Malformed("json: depth")
        elif mark in b"]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("json: equal names")
    return found


def _refuse(text: str) -> Any:
    raise Malformed("json: number")


def _int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise Malformed("json: number")
    return int(text)


def _float(text: str) -> float:
    found = float(text)
    if len(text) > MAX_DIGITS or found in (float("inf"), float("-inf")):
        raise Malformed("json: number")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse, parse_int=_int, parse_float=_float)
