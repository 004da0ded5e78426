"""What the role `revocation` publishes: emergency blocks, lists of foreign revocations, status lists."""

from datetime import datetime

from checkpoint.authority import Refused, hash_lists, revoked, station_policy, status_lists
from checkpoint.authority.folder import Folder
from checkpoint.authority.hash_lists import custom
from checkpoint.authority.repository import Published
from checkpoint.authority.revoked import time_text
from checkpoint.authority.staged import Content, one_file
from checkpoint.authority.status_lists import Sign
from checkpoint.codec.errors import Malformed
from checkpoint.model import RevocationId
from checkpoint.trust import blocks, times
from checkpoint.trust.hash_file import entry_key
from checkpoint.trust.revocation import BLOCKS_PATH

REFRESH = 6 * 3600.0  # seconds after which "still true" is worth new metadata, or a quarter of what stations call old


def content(folder: Folder, old: Published | None, now: float, sign: Sign) -> Content:
    """The staged revocations as targets; raises Refused where one of them must not be signed."""
    found = Content()
    _add_blocks(found, folder)
    targets = {} if old is None else old.targets_of("revocation")
    for name in revoked.names(folder):
        said = _as_of(folder, name, old, now)
        ids = folder.staged / "revocation" / name / "ids.txt"
        if ids.exists():
            _add_ids(found, folder, name, hash_lists.published(name, targets), said)
        status_lists.add(found, folder, name, targets, sign, now, said)
    _require_all(found, old)
    return found


def _add_blocks(found: Content, folder: Folder) -> None:
    path = folder.staged / BLOCKS_PATH
    if not path.exists():
        return
    data = one_file(path)
    try:
        blocks.Blocks(data.splitlines(), 0.0)
    except Malformed as error:
        raise Refused(f"{path}: {error}", "mend the line: stations would stop at it") from None
    found.add(BLOCKS_PATH, data)


def _add_ids(found: Content, folder: Folder, name: str, old: hash_lists.Series, said: str) -> None:
    lines = revoked.read(folder, name)
    always = {entry_key(*line.id) for line in lines if line.before is None}
    kinds = sorted({line.id[0] for line in lines})
    hash_lists.add(found, folder, old, always, {"as_of": said, "kinds": kinds})
    dated: dict[RevocationId, float] = {}
    for line in lines:
        if line.before is not None:  # by hand and by an import: the later time meets more passes
            dated[line.id] = max(line.before, dated.get(line.id, line.before))
    if dated:
        found.add(f"revocation/{name}/times.jsonl", times.write(dated))


def _as_of(folder: Folder, name: str, old: Published | None, now: float) -> str:
    """Since when the list is known to be true: its last import, or now where it is kept here.

    What is published already stays as it says while it is young, so that an unchanged list is unchanged metadata.
    """
    imported = revoked.imported_at(folder, name)
    if imported is not None:
        return time_text(imported)
    targets = {} if old is None else old.targets_of("revocation")
    prefix = f"revocation/{name}/"
    ages = [str(about["as_of"]) for path, one in targets.items() if path.startswith(prefix) and (about := custom(one))]
    newest = max(ages, default="")
    if newest:
        age = now - datetime.fromisoformat(newest).timestamp()
        if 0 <= age < min(REFRESH, station_policy.limits(folder, name).amber / 4):
            return newest
    return time_text(now)


def ages(published: Published) -> dict[str, str]:
    """Of every published list: as of when it is known to be true, RFC 3339."""
    found: dict[str, str] = {}
    for path, target in published.targets_of("revocation").items():
        if path.count("/") == 2 and (about := custom(target)).get("as_of"):
            name = path.split("/")[1]
            found[name] = max(found.get(name, ""), str(about["as_of"]))
    return found


def _require_all(found: Content, old: Published | None) -> None:
    """A list that stations were told to look into must not vanish from one publish to the next."""
    before = {} if old is None else old.targets_of("revocation")
    names = {path.split("/")[1] for path in before if path.count("/") == 2}
    gone = sorted(names - {path.split("/")[1] for path in found.targets if path.count("/") == 2})
    if gone:
        why = f"the published list {gone[0]} is not staged any more"
        raise Refused(why, f"restore staged/revocation/{gone[0]}: its passes would stop every station")
    status = sorted(path for path in before if path.endswith(".tsl") and path not in found.targets)
    if status:
        staged = status[0].removesuffix(".tsl") + ".jsonl"
        raise Refused(f"the published {status[0]} is not staged any more", f"restore staged/{staged}")
