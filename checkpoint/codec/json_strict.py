"""JSON (RFC 8259) without its traps: UTF-8 only, no equal names, no NaN, no half characters, bounded depth."""

import json
import re
from functools import cache
from itertools import count
from typing import Any

from checkpoint.codec.errors import Malformed

MAX_DEPTH = 32
MAX_DIGITS = 40  # of one number; a 64-bit integer has 20
FAST_FROM = 64  # documents read before: to import the fast reader takes as long as a thousand documents without it
_WHITE = " \t\n\r"  # RFC 8259 section 2; str.strip() alone would take more
# A text without its end reaches to the end of the data, so that no byte is looked at twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_DOCUMENTS = count()
_PAIRS = bytes.maketrans(b"[{]}", b"(())")
_NO_MARKS = bytes(set(_NO_BRACKETS) - set(b'"'))


def loads(data: bytes, max_depth: int = MAX_DEPTH, *, floats: bool = True) -> Any:
    """The value in `data`; raises Malformed for whatever a strict reader would not take, fractions too if told so."""
    _check_depth(data, max_depth)
    if floats and next(_DOCUMENTS) >= FAST_FROM:
        fast = _fast()
        try:
            found = fast.loads(data)
            if fast.dumps(found) == data:
                return found
        except ValueError:
            return _read(data, _DECODER)  # the exact reader judges whatever the fast one would not take
    return _read(data, _DECODER if floats else _WHOLE)


@cache
def _fast() -> Any:
    """A faster reader; believed only where what it read, written out again, is the same bytes.

    Equal names, white space, numbers it would round: all of that comes back different, and is left to the exact reader.
    """
    import orjson

    return orjson


def loads_joined(data: bytes) -> Any:
    """As `loads`, but arrays under equal names become one array: published lists exist that name a key id twice."""
    _check_depth(data, MAX_DEPTH)
    return _read(data, _JOINING)


def _read(data: bytes, decoder: json.JSONDecoder) -> Any:
    try:
        text = data.decode("utf-8").strip(_WHITE)
        found, end = decoder.raw_decode(text)
        if "\\u" in text:
            _refuse_half_pairs(found)
    except (ValueError, RecursionError):
        raise Malformed("json") from None
    if end != len(text):
        raise Malformed("json: trailing text")
    return found


def _refuse_half_pairs(found: Any) -> None:
    """Refuse text with half a surrogate pair, which an escape can write: it is no Unicode, nothing can encode it."""
    json.dumps(found, ensure_ascii=False).encode()


def _check_depth(data: bytes, limit: int) -> None:
    """Raise Malformed where brackets nest deeper than `limit`: pairs of them are peeled off, level by level."""
    if b"\\" not in data:  # every quote then begins or ends a string
        marks = data.translate(_PAIRS, _NO_MARKS).replace(b'""', b"")  # strings without a bracket inside
        for _ in range(limit):
            if not marks:
                return
            marks = marks.replace(b"()", b"")
    _count_depth(data, limit)


def _count_depth(data: bytes, limit: int) -> None:
    depth = 0
    for mark in _STRING.sub(b"", data).translate(None, _NO_BRACKETS):
        if mark in b"[{":
            depth += 1
            if depth > limit:
                raise Malformed("json: depth")
        else:
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("json: equal names")
    return found


def _joined(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif isinstance(value, list) and isinstance(found[name], list):
            found[name] = found[name] + value
        else:
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


_STRICT: Any = {"object_pairs_hook": _object, "parse_constant": _refuse, "parse_int": _int}
_DECODER = json.JSONDecoder(**_STRICT, parse_float=_float)
_WHOLE = json.JSONDecoder(**_STRICT, parse_float=_refuse)
_JOINING = json.JSONDecoder(**{**_STRICT, "object_pairs_hook": _joined}, parse_float=_float)
