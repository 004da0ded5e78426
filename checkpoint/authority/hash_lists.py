"""A list of foreign revocations as stations get it: a base now and then, a delta for every change in between."""

from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from tuf.api.metadata import TargetFile

from checkpoint.authority import Refused, repository
from checkpoint.authority.folder import Folder
from checkpoint.authority.staged import Content
from checkpoint.store.lines import read_file, write_file
from checkpoint.trust import hash_build, hash_delta
from checkpoint.trust.hash_build import Built
from checkpoint.trust.hash_delta import DeltaRefused
from checkpoint.trust.hash_file import KEY, HashFile
from checkpoint.trust.revocation import ListDamaged

MAX_WHOLE = 512 * 1024 * 1024  # bytes; 30 million keys
MAX_DELTAS = 14  # published at once: two weeks of days, and then a station is quicker with the base


@dataclass(slots=True)
class Series:
    """The published versions of one list: bases and deltas by number, with what the metadata says about them."""

    name: str
    bases: dict[int, TargetFile] = field(default_factory=dict)
    deltas: dict[tuple[int, int], TargetFile] = field(default_factory=dict)

    @property
    def newest(self) -> int:
        """The number of the newest version, 0 where there is none."""
        return max([*self.bases, *(end for _, end in self.deltas)], default=0)

    def result(self) -> str:
        """Hex SHA-256 of the newest version as a whole file, "" where there is none."""
        if self.newest in self.bases:
            return self.bases[self.newest].hashes["sha256"]
        leading = [custom(one) for (_, end), one in self.deltas.items() if end == self.newest]
        return str(leading[0].get("result", "")) if leading else ""


def custom(target: TargetFile) -> dict[str, Any]:
    """What the metadata says about a target."""
    found = target.unrecognized_fields.get("custom", {})
    return found if isinstance(found, dict) else {}


def published(name: str, targets: dict[str, TargetFile]) -> Series:
    """The versions of the list `name` among the targets of the role."""
    found = Series(name)
    for target in targets.values():
        about, path = custom(target), target.path
        if path.startswith(f"revocation/{name}/base-") and "version" in about:
            found.bases[int(about["version"])] = target
        elif path.startswith(f"revocation/{name}/delta-") and "from" in about:
            found.deltas[int(about["from"]), int(about["to"])] = target
    return found


def add(content: Content, folder: Folder, old: Series, keys: set[bytes], facts: dict[str, Any]) -> None:
    """Put the list of `keys` into `content`: as published where it is the same, one version on where it is not.

    `facts`: `as_of` and `kinds` of what is true now. Raises Refused where the published files do not hold.
    """
    file = BytesIO()
    built = hash_build.build(keys, file)
    if built.sha256 == old.result():
        _again(content, old, facts)
        return
    version = old.newest + 1
    delta = _delta(folder, old, file, built) if old.newest else None
    kept = dict(sorted(old.deltas.items())[-(MAX_DELTAS - 1) :]) if delta is not None else {}
    for target in kept.values():
        content.targets[target.path] = target
    about = {**facts, "head": built.head_sha256}
    if delta is not None:
        said = {"from": old.newest, "to": version, "result": built.sha256, **about}
        content.add(f"revocation/{old.name}/delta-{old.newest}-{version}.ckrd", delta, said)
    since = [one for (start, _), one in kept.items() if start >= max(old.bases, default=0)]
    if delta is None or len(since) + 1 >= MAX_DELTAS or len(delta) + sum(one.length for one in since) > built.size:
        content.add(f"revocation/{old.name}/base-{version}.ckrv", file.getvalue(), {"version": version, **about})
    else:
        number = max(old.bases)
        content.targets[old.bases[number].path] = old.bases[number]
    _remember(folder, old, built, file)


def _again(content: Content, old: Series, facts: dict[str, Any]) -> None:
    """The same files; what leads to the newest version says that it is still true."""
    newest = [old.bases[old.newest]] if old.newest in old.bases else []
    newest += [one for (_, end), one in old.deltas.items() if end == old.newest]
    for target in (*old.bases.values(), *old.deltas.values()):
        content.targets[target.path] = target if target not in newest else _saying(target, facts)


def _saying(target: TargetFile, facts: dict[str, Any]) -> TargetFile:
    return TargetFile(target.length, dict(target.hashes), target.path, {"custom": {**custom(target), **facts}})


def _delta(folder: Folder, old: Series, file: BytesIO, built: Built) -> bytes | None:
    """From the newest published version to the new one, None where a base is shorter than the change."""
    before = _open(_newest_file(folder, old))
    try:
        return hash_delta.make(before, _open(file.getvalue()), old.newest, old.newest + 1)
    except ValueError:
        return None


def keys(folder: Folder, old: Series) -> set[bytes]:
    """Every key of the newest published version; raises Refused where its files do not hold."""
    buckets = _open(_newest_file(folder, old)).buckets()
    return {bucket[at : at + KEY] for bucket in buckets for at in range(0, len(bucket), KEY)}


def _newest_file(folder: Folder, old: Series) -> bytes:
    """The newest version whole: as it was kept, else made again from the published base and deltas."""
    wanted = old.result()
    try:
        kept = read_file(_kept(folder, wanted), MAX_WHOLE)
        if sha256(kept).hexdigest() == wanted:
            return kept
    except FileNotFoundError:
        pass  # it is only a copy
    start = max(old.bases)
    data = repository.read_target(folder, old.bases[start])
    try:
        for step in hash_delta.chain(start, old.newest, old.deltas):
            delta = hash_delta.parse(repository.read_target(folder, old.deltas[step]))
            out = BytesIO()
            hash_delta.apply(_open(data), delta, out)
            data = out.getvalue()
    except (DeltaRefused, ListDamaged) as error:
        why = f"the published files of list {old.name} do not lead to version {old.newest}: {error}"
        raise Refused(why, "restore repository/ from any mirror") from None
    return data


def _open(data: bytes) -> HashFile:
    return HashFile(lambda size, at: data[at : at + size], len(data), None)


def _kept(folder: Folder, digest: str) -> Path:
    return folder.root / "work" / f"{digest}.ckrv"


def _remember(folder: Folder, old: Series, built: Built, file: BytesIO) -> None:
    """Keep the whole file for the next delta, and let go of the one before it."""
    write_file(_kept(folder, built.sha256), file.getvalue())
    if old.newest:
        _kept(folder, old.result()).unlink(missing_ok=True)
