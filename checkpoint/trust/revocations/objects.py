"""What the JSON formats of this folder share: how a file begins, and how one is opened."""

from typing import Any

from checkpoint.codec import json_strict
from checkpoint.codec.errors import Malformed
from checkpoint.trust.revocations import ListRefused

HEAD = 4096  # bytes in which the names that tell a format apart are looked for


def has_names(data: bytes, *names: bytes) -> bool:
    """Whether `data` begins like a JSON object or array and all `names` stand near its beginning or its end."""
    ends = data[:HEAD] + data[-HEAD:]
    return data.lstrip()[:1] in (b"{", b"[") and all(b'"' + name + b'"' in ends for name in names)


def load(data: bytes, what: str) -> Any:
    """The JSON value in `data`; raises ListRefused naming `what` it should have been."""
    try:
        return json_strict.loads(data)
    except Malformed as error:
        raise ListRefused(f"not {what}: {error}") from None


def listed(value: Any, name: str) -> list[Any]:
    """The array `name` of the object `value`; raises ListRefused."""
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, list):
        raise ListRefused(f"{name} is no array")
    return found
