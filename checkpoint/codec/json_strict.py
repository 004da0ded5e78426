"""JSON (RFC 8259) without its traps: UTF-8 only, no equal names, no NaN, no half characters, bounded depth."""

import json
import re
from collections.abc import Callable
from typing import Any

from checkpoint.codec.errors import Malformed

MAX_DEPTH = 32
MAX_DIGITS = 40  # of one number; a 64-bit integer has 20
# A text without its end reaches to the end of the data, so that no byte is looked at twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def loads(data: bytes, max_depth: int = MAX_DEPTH, *, floats: bool = True) -> Any:
    """The value in `data`; raises Malformed for whatever a strict reader would not take, fractions too if told so."""
    return _read(data, max_depth, _object, _float if floats else _refuse)


def loads_joined(data: bytes) -> Any:
    """As `loads`, but arrays under equal names become one array: published lists exist that name a key id twice."""
    return _read(data, MAX_DEPTH, _joined, _float)


Pairs = list[tuple[str, Any]]


def _read(data: bytes, depth: int, pairs: Callable[[Pairs], dict[str, Any]], fraction: Callable[[str], Any]) -> Any:
    _check_depth(data, depth)
    try:
        text = data.decode("utf-8")
        found = json.loads(text, object_pairs_hook=pairs, parse_constant=_refuse, parse_int=_int, parse_float=fraction)
        if "\\u" in text:
            _refuse_half_pairs(found)
    except (ValueError, RecursionError):
        raise Malformed("json") from None
    return found


def _refuse_half_pairs(found: Any) -> None:
    """Refuse text with half a surrogate pair, which an escape can write: it is no Unicode, nothing can encode it."""
    json.dumps(found, ensure_ascii=False).encode()


def _check_depth(data: bytes, limit: int) -> None:
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
