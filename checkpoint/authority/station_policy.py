"""`policy/station.json`: what stations may do and how old their trust may be; checked before it is signed."""

import json
import re
from types import MappingProxyType
from typing import Any

from checkpoint.authority import Refused
from checkpoint.authority.folder import Folder
from checkpoint.authority.staged import Content, one_file
from checkpoint.codec import json_strict
from checkpoint.codec.errors import Malformed
from checkpoint.store.lines import write_file

PATH = "policy/station.json"
_AGE = re.compile(r"\A([1-9][0-9]{0,5})([smhd])\Z")
_UNITS = MappingProxyType({"s": 1, "m": 60, "h": 3600, "d": 86400})
_FIRST: dict[str, Any] = {
    "version": 1,
    "freshness": {"keys": {"amber": "48h", "stop": "7d"}, "revocation": {"amber": "48h", "stop": "7d"}},
    "lists": {},
    "local_pins": False,
    "policy": "authentic",
}


def write_first(folder: Folder) -> None:
    """Stage the policy of a new authority, for the admin to edit."""
    write_file(folder.staged / PATH, json.dumps(_FIRST, indent=1).encode("ascii") + b"\n")


def content(folder: Folder) -> Content:
    """The staged policy files as targets; raises Refused where the station's one would not be understood."""
    found = Content()
    for path in sorted((folder.staged / "policy").glob("*.json")):
        data = one_file(path)
        if path.name == "station.json":
            _check(data)
        found.add(f"policy/{path.name}", data)
    if PATH not in found.targets:
        raise Refused(f"there is no {folder.staged / PATH}", "put it back: stations need to know what age stops them")
    return found


def _check(data: bytes) -> None:
    try:
        value = json_strict.loads(data)
        if type(value) is not dict or value.get("version") != 1:
            raise Malformed("version is not 1")
        ages = {**value["freshness"], **value.get("lists", {})}
        if not {"keys", "revocation"} <= value["freshness"].keys():
            raise Malformed("freshness needs keys and revocation")
        for name, age in ages.items():
            if not seconds(age["amber"]) <= seconds(age["stop"]):
                raise Malformed(f"{name}: amber comes after stop")
        if type(value.get("local_pins", False)) is not bool or not isinstance(value.get("policy", ""), str):
            raise Malformed("local_pins is true or false, policy is a text")
    except (Malformed, KeyError, TypeError, AttributeError) as error:
        raise Refused(f"staged {PATH}: {error}", "its fields are in docs/distribution.md") from None


def seconds(age: Any) -> int:
    """An age such as "48h" or "7d" in seconds; raises Malformed."""
    match = _AGE.match(age) if isinstance(age, str) else None
    if match is None:
        raise Malformed(f"{age!r} is no age such as 48h or 7d")
    return int(match[1]) * _UNITS[match[2]]
