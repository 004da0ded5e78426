"""Canonical JSON (OLPC's dialect, TUF specification section 4.2): the bytes that a signature over metadata covers."""

import json
import re
from typing import Any

from checkpoint.codec.errors import Malformed

_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|([bfnrt])|.)")
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def encode(value: Any) -> bytes:
    """`value` in canonical form: names sorted, no space, only quote and backslash escaped, UTF-8; raises Malformed.

    `value` is what `json_strict.loads` gave with `floats=False`: the form has no fractions.
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if "\\" in text:
            text = _ESCAPE.sub(_bare, text)
        return text.encode("utf-8")
    except (TypeError, ValueError, RecursionError):
        raise Malformed("canonical json") from None


def _bare(match: re.Match[str]) -> str:
    """A control character as it is: this dialect escapes nothing but the quote and the backslash."""
    code, short = match.groups()
    if code:
        return chr(int(code, 16))
    return _SHORT[short] if short else match.group()
