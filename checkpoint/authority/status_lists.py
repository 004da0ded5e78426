"""Status lists of native passes: `staged/revocation/<list>/status-<n>.jsonl`, published as signed tokens.

The first line says how many entries the list has and how many bits each; every other line is one revoked entry.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuf.api.metadata import TargetFile

from checkpoint.authority import Refused, audit, repository
from checkpoint.authority.folder import Folder
from checkpoint.authority.hash_lists import custom
from checkpoint.authority.revoked import list_folder, time_text
from checkpoint.authority.staged import Content
from checkpoint.codec import json_strict
from checkpoint.codec.errors import Malformed
from checkpoint.store.lines import write_file
from checkpoint.trust import status_list
from checkpoint.trust.status_list import StatusList, Token

SIZE = 1 << 20  # entries of a new list: 131,072 bytes, and enough room for indexes given out at random
MAX_FILE = 256 * 1024 * 1024
_FILE = re.compile(r"\Astatus-(0|[1-9][0-9]{0,9})\.jsonl\Z")
_PLACE = re.compile(r"\A(?:(?P<list>[a-z0-9][a-z0-9._-]{0,63})/)?(?P<number>[0-9]{1,10})/(?P<index>[0-9]{1,10})\Z")

# Makes a raw signature over a message; (type of the key, signature)
Sign = Callable[[bytes], tuple[str, bytes]]


@dataclass(slots=True)
class Staged:
    """One status list as people read it. `entries`: index to (status, day, why)."""

    size: int
    bits: int = 1
    entries: dict[int, tuple[int, str, str]] = field(default_factory=dict)

    def data(self) -> bytes:
        """The file."""
        lines = [json.dumps({"size": self.size, "bits": self.bits})]
        for index, (status, day, why) in sorted(self.entries.items()):
            lines.append(json.dumps({"index": index, "status": status, "day": day, "why": why}))
        return "".join(line + "\n" for line in lines).encode("ascii")


def place(text: str) -> tuple[str, int, int] | None:
    """(list or "", number, index) where `text` is `[list/]number/index`, the place of a native pass."""
    found = _PLACE.match(text.strip())
    return (found["list"] or "", int(found["number"]), int(found["index"])) if found else None


def path_of(folder: Folder, name: str, number: int) -> Path:
    """The staged file of a status list."""
    return list_folder(folder, name) / f"status-{number}.jsonl"


def numbers(folder: Folder, name: str) -> list[int]:
    """The numbers of the staged status lists of the list `name`."""
    found = (_FILE.match(path.name) for path in list_folder(folder, name).glob("status-*.jsonl"))
    return sorted(int(match[1]) for match in found if match)


def create(folder: Folder, name: str, number: int, now: float, size: int = SIZE, bits: int = 1) -> None:
    """A status list without revoked entries; raises Refused where there is one."""
    if bits not in status_list.BITS or not 1 <= size <= status_list.MAX_RAW * 8 // bits:
        raise Refused("a status list has 1, 2, 4 or 8 bits an entry, and at most 16 MiB", "--bits 1 --size 1048576")
    path = path_of(folder, name, number)
    with folder.locked():
        folder.require()
        if path.exists():
            raise Refused(f"there is a status list {name}/{number} already", "choose another --status")
        audit.append(folder.audit, "new-list", {"list": name, "number": number, "size": size, "bits": bits}, now)
        make(folder, name, number, size, bits)


def make(folder: Folder, name: str, number: int, size: int = SIZE, bits: int = 1) -> None:
    """The file of a status list without revoked entries, for an act that is on record and holds the lock."""
    write_file(path_of(folder, name, number), Staged(size, bits).data())


def read(folder: Folder, name: str, number: int) -> Staged:
    """A staged status list; raises Refused where there is none or a line is not understood."""
    path = path_of(folder, name, number)
    try:
        if path.stat().st_size > MAX_FILE:
            raise Malformed(f"larger than {MAX_FILE} bytes")
        first, *rest = path.read_bytes().splitlines()
        head = json_strict.loads(first)
        found = Staged(int(head["size"]), int(head["bits"]))
        for line in rest:
            one = json_strict.loads(line)
            found.entries[int(one["index"])] = int(one["status"]), str(one["day"]), str(one["why"])
    except FileNotFoundError:
        hint = "nothing was changed; is the place right? checkpoint authority new-list makes a list"
        raise Refused(f"there is no status list {name}/{number}", hint) from None
    except (Malformed, ValueError, KeyError, TypeError) as error:
        raise Refused(f"{path}: {error}", "mend the line: the list must not lose an entry") from None
    return found


def check(folder: Folder, name: str, number: int, indexes: Sequence[int], status: int) -> tuple[Staged, list[int]]:
    """The list, and those entries that would change; raises Refused where `indexes` cannot be set to `status`."""
    found = read(folder, name, number)
    for index in indexes:
        if index >= found.size:
            why = f"status list {name}/{number} has {found.size} entries, {index} is none of them"
            raise Refused(why, "nothing was changed; the place is LIST/NUMBER/INDEX, counted from 0")
    if not 0 <= status < 1 << found.bits:
        raise Refused(f"status {status} does not fit {found.bits} bits", "nothing was changed; --status 1")
    touched = [index for index in set(indexes) if found.entries.get(index, (0,))[0] != status]
    if status == 0 and not touched:
        raise Refused("none of these is revoked", "nothing was changed; checkpoint authority status")
    return found, touched


def change(
    folder: Folder, name: str, number: int, indexes: Sequence[int], status: int, why: str, now: float
) -> tuple[int, int]:
    """Set entries to `status`, 0 taking a revocation back; gives (changed, revoked in all). Raises Refused."""
    if status == 0 and not why.strip():
        raise Refused("taking a revocation back needs a reason", "--why TEXT")
    with folder.locked():
        folder.require()
        found, touched = check(folder, name, number, indexes, status)
        facts = {"list": name, "number": number, "indexes": sorted(touched), "status": status, "why": why}
        audit.append(folder.audit, "unrevoke" if status == 0 else "revoke", facts, now)
        for index in touched:
            if status:
                found.entries[index] = status, time_text(now)[:10], " ".join(why.split())
            else:
                del found.entries[index]
        write_file(path_of(folder, name, number), found.data())
        return len(touched), len(found.entries)


def add(
    content: Content, folder: Folder, name: str, old: dict[str, TargetFile], sign: Sign, now: float, as_of: Any
) -> None:
    """Put every status list of `name` into `content`: the published token where it says the same, else a new one."""
    for number in numbers(folder, name):
        staged = read(folder, name, number)
        wanted = status_list.build({index: one[0] for index, one in staged.entries.items()}, staged.size, staged.bits)
        path = f"revocation/{name}/status-{number}.tsl"
        target = old.get(path)
        said = {"as_of": as_of, "size": staged.size}
        if target is not None and published(folder, target) == wanted:
            hashes = dict(target.hashes)
            content.targets[path] = TargetFile(target.length, hashes, path, {"custom": {**custom(target), **said}})
        else:
            content.add(path, _token(path, wanted, sign, now), said)


def published(folder: Folder, target: TargetFile) -> StatusList:
    """The statuses that stations have; raises Refused where the file does not hold."""
    size = custom(target).get("size")
    data = repository.read_target(folder, target)
    try:
        return status_list.decode(data, None, size=size if isinstance(size, int) else None).statuses
    except Malformed as error:
        raise Refused(f"published {target.path}: {error}", "restore repository/ from any mirror") from None


def revoked_in(found: StatusList) -> list[int]:
    """The entries of a list that are not valid."""
    per = 8 // found.bits
    some = (at * per + part for at, byte in enumerate(found.data) if byte for part in range(per))
    return [index for index in some if index < found.size and found.get(index)]


def _token(path: str, statuses: StatusList, sign: Sign, now: float) -> bytes:
    kind: list[str] = [sign(b"")[0]]
    return status_list.encode(Token(statuses, path, now), kind[0], lambda message: sign(message)[1])


def revoked_count(folder: Folder, name: str) -> int:
    """How many entries of all status lists of `name` are revoked."""
    return sum(len(read(folder, name, number).entries) for number in numbers(folder, name))


def numbers_of(places: Iterable[tuple[str, int, int]]) -> dict[tuple[str, int], list[int]]:
    """(list, number): indexes, of many places."""
    found: dict[tuple[str, int], list[int]] = {}
    for name, number, index in places:
        found.setdefault((name, number), []).append(index)
    return found
