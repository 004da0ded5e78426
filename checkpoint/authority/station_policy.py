"""`policy/station.json`: what stations may do and how old their trust may be; checked before it is signed."""

import json
from typing import Any

from checkpoint.authority import Refused
from checkpoint.authority.folder import Folder
from checkpoint.authority.staged import Content, one_file
from checkpoint.codec.errors import Malformed
from checkpoint.store.lines import write_file
from checkpoint.trust import freshness

PATH = "policy/station.json"
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
        freshness.parse(data)
    except Malformed as error:
        raise Refused(f"staged {PATH}: {error}", "its fields are in docs/distribution.md") from None


def limits(folder: Folder, name: str) -> freshness.Limits:
    """From which age on, in seconds, stations call the revocation list `name` old or stop, by the staged policy."""
    data = one_file(folder.staged / PATH)
    _check(data)
    return freshness.parse(data).of_list(name)
