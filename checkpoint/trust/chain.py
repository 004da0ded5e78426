"""From the pinned root to every target, offline: the client's checks of the TUF specification, section 5.

Expiry is returned as a fact and judged by the policy; everything else that is wrong raises MetadataRefused.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from checkpoint.codec import canonical
from checkpoint.codec.errors import Malformed
from checkpoint.trust import metadata
from checkpoint.trust.metadata import Document, MetadataRefused

MAX_ROOTS = 256  # rotations in one go; python-tuf has the same bound
MAX_ROLES = 32  # delegations that are followed
FOLDERS = ("issuers", "policy", "revocation")
ISSUED_FIELD = "x-checkpoint"
_NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")

# Gives the file with this name ("2.root.json", "timestamp.json", "issuers.json"), None where there is none.
Reader = Callable[[str], bytes | None]


class Target(NamedTuple):
    """A file that a trusted role vouches for. `length` in bytes, `sha256` as hex digits."""

    path: str
    length: int
    sha256: str
    custom: Mapping[str, Any]


class Chain(NamedTuple):
    """What a repository says, verified from the pinned root. Times are seconds since 1970 UTC."""

    root_version: int
    timestamp_version: int
    timestamp_keys: str  # hex SHA-256 over who may sign timestamps: versions count under the same keys alone
    issued: float
    expires: tuple[tuple[str, float], ...]  # (role, when)
    targets: Mapping[str, Target]
    names: tuple[str, ...]  # of the metadata files it rests on, the pinned root apart


def pinned(data: bytes) -> Document:
    """The pinned root, which must at least be signed by its own keys; raises MetadataRefused."""
    root = metadata.read("root.json", data, "root")
    _check_root(root, root)
    return root


def verify(root: bytes, read: Reader) -> Chain:
    """Walk from the pinned `root` through the files that `read` gives; raises MetadataRefused."""
    anchor = metadata.read("root.json", root, "root")  # its own signatures were checked when it was pinned
    newest = newest_root(anchor, read)
    timestamp = _role(newest, "timestamp", _wanted(read, "timestamp.json"))
    described = _meta(timestamp, "snapshot.json")
    snapshot = _role(newest, "snapshot", _described(read, "snapshot.json", described))
    _check_version(snapshot, described)
    described = _meta(snapshot, "targets.json")
    targets = _role(newest, "targets", _described(read, "targets.json", described))
    _check_version(targets, described)
    delegated = tuple(_delegated(targets, snapshot, read))
    every = (newest, timestamp, snapshot, targets, *(document for document, _ in delegated))
    roots = tuple(f"{version}.root.json" for version in range(anchor.version + 1, newest.version + 1))
    return Chain(
        root_version=newest.version,
        timestamp_version=timestamp.version,
        timestamp_keys=_signers_of(newest, "timestamp"),
        issued=_issued(timestamp, newest),
        expires=tuple((document.name.removesuffix(".json"), document.expires) for document in every),
        targets={target.path: target for target in _targets(targets, delegated)},
        names=(*roots, *(document.name for document in every[1:])),
    )


def newest_root(anchor: Document, read: Reader) -> Document:
    """The last of the roots that follow from `anchor` one by one, each signed by the one before and by itself.

    Specification section 5.3; that one in between has expired does not matter (5.3.10 looks at the last one alone).
    """
    root = anchor
    for _ in range(MAX_ROOTS):
        name = f"{root.version + 1}.root.json"
        data = read(name)
        if data is None:
            break
        following = metadata.read(name, data, "root")
        if following.version != root.version + 1:
            raise MetadataRefused(name, "version")
        _check_root(following, root)
        _check_root(following, following)
        root = following
    return root


def _check_root(root: Document, by: Document) -> None:
    metadata.check_signed(root, *_keys_of(by, "root"))


def _keys_of(root: Document, role: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    try:
        roles = root.signed["roles"]
        if set(roles) != set(metadata.ROLES):
            raise Malformed("roles")
        if root.signed.get("consistent_snapshot") is not True:
            raise Malformed("snapshot")  # docs/distribution.md: every file but the timestamp is immutable by name
        return metadata.check_keys(root.signed["keys"]), roles[role]
    except (KeyError, TypeError, AttributeError, Malformed):
        raise MetadataRefused(root.name, "roles") from None


def _signers_of(root: Document, role: str) -> str:
    """Who may sign `role`: the keys themselves, for an id can be kept while its key is replaced."""
    keys, found = _keys_of(root, role)
    try:
        return hashlib.sha256(canonical.encode([keys[keyid] for keyid in sorted(found["keyids"])])).hexdigest()
    except (KeyError, TypeError, Malformed):
        raise MetadataRefused(root.name, "keys") from None


def _role(root: Document, role: str, data: bytes) -> Document:
    """The top-level `role` that `data` is, signed as `root` says (specification section 5.4.2, 5.5.3, 5.6.3)."""
    document = metadata.read(f"{role}.json", data, role)
    metadata.check_signed(document, *_keys_of(root, role))
    return document


def _wanted(read: Reader, name: str) -> bytes:
    data = read(name)
    if data is None:
        raise MetadataRefused(name, "missing")
    return data


def _meta(document: Document, name: str) -> Mapping[str, Any]:
    """What `document` says about the metadata file `name` (specification section 4.4)."""
    try:
        every = document.signed["meta"]
        for found in every.values():
            metadata.positive(found["version"])
            if "hashes" in found:
                metadata.sha256_of(found["hashes"])
            if "length" in found:
                metadata.positive(found["length"])
        return every[name]  # type: ignore[no-any-return]  # its version was just read: it is an object
    except (KeyError, TypeError, AttributeError, Malformed):
        raise MetadataRefused(document.name, f"says nothing of {name}") from None


def _described(read: Reader, name: str, meta: Mapping[str, Any]) -> bytes:
    """The file `name` as `meta` describes it: length and hash where it states them (section 5.5.2, 5.6.2)."""
    data = _wanted(read, name)
    try:
        if "length" in meta and len(data) != meta["length"]:
            raise Malformed("length")
        if "hashes" in meta and hashlib.sha256(data).hexdigest() != metadata.sha256_of(meta["hashes"]):
            raise Malformed("hash")
    except Malformed as error:
        raise MetadataRefused(name, str(error)) from None
    return data


def _check_version(document: Document, meta: Mapping[str, Any]) -> None:
    if document.version != meta["version"]:  # sections 5.5.4 and 5.6.4: no mix and match
        raise MetadataRefused(document.name, "version")


def _issued(timestamp: Document, root: Document) -> float:
    """The signed time of issue. After its own expiry it cannot be honest, and would move the clock's floor."""
    try:
        issued = metadata.moment(timestamp.signed[ISSUED_FIELD]["issued"])
    except (KeyError, TypeError, Malformed):
        raise MetadataRefused(timestamp.name, "no time of issue") from None
    if issued > min(timestamp.expires, root.expires):
        raise MetadataRefused(timestamp.name, "issued after its end")
    return issued


def delegations(targets: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The delegated roles of a signed `targets` part that can speak of a folder in use here; raises MetadataRefused."""
    try:
        found = targets.get("delegations")
        if found is None:
            return
        metadata.check_keys(found["keys"])
        for role in found["roles"][:MAX_ROLES]:
            if not isinstance(role["name"], str) or not role["name"] or not _NAME_LETTERS.issuperset(role["name"]):
                raise Malformed("name")
            if any(_concerns(pattern) for pattern in role.get("paths", ())):
                yield role
    except (KeyError, TypeError, AttributeError, Malformed):
        raise MetadataRefused("targets.json", "delegations") from None


def _concerns(pattern: str) -> bool:
    first, slash, _ = pattern.partition("/")
    return bool(slash) and any(fnmatchcase(folder, first) for folder in FOLDERS)


def _delegated(targets: Document, snapshot: Document, read: Reader) -> Iterator[tuple[Document, Mapping[str, Any]]]:
    listed = snapshot.signed["meta"]
    for role in delegations(targets.signed):
        name = f"{role['name']}.json"
        if name not in listed:
            continue  # never published so far; once listed, python-tuf lets no snapshot drop it (section 5.5.5)
        meta = _meta(snapshot, name)
        document = metadata.read(name, _described(read, name, meta), "targets")
        metadata.check_signed(document, targets.signed["delegations"]["keys"], role)
        _check_version(document, meta)
        yield document, role


def _targets(targets: Document, delegated: tuple[tuple[Document, Mapping[str, Any]], ...]) -> Iterator[Target]:
    """Every target in use here, each from the first role that may speak of it (section 5.6.7: in order)."""
    taken: set[str] = set()
    closed: list[str] = []  # patterns of terminating roles: nobody after them may speak of these paths
    for document, role in ((targets, None), *delegated):
        patterns = None if role is None else role["paths"]
        for target in _listed(document):
            outside = patterns is not None and not matches_any(target.path, patterns)
            if outside or target.path in taken or matches_any(target.path, closed):
                continue
            taken.add(target.path)
            yield target
        if role is not None and role.get("terminating") is True:
            closed.extend(patterns or ())


def _listed(document: Document) -> Iterator[Target]:
    found = document.signed.get("targets")
    if not isinstance(found, dict):
        raise MetadataRefused(document.name, "targets")
    for path, about in found.items():
        target = _target(document, path, about)
        parts = path.split("/")
        if parts[0] in FOLDERS and all(part and _NAME_LETTERS.issuperset(part) and part[0] != "." for part in parts):
            yield target


def _target(document: Document, path: str, about: Any) -> Target:
    try:
        length, custom = about["length"], about.get("custom", {})
        if not isinstance(length, int) or isinstance(length, bool) or length < 0 or not isinstance(custom, dict):
            raise Malformed("target")
        return Target(path, length, metadata.sha256_of(about["hashes"]), custom)
    except (KeyError, TypeError, AttributeError, Malformed):
        raise MetadataRefused(document.name, path) from None


def matches_any(path: str, patterns: list[str]) -> bool:
    """Whether one of `patterns` covers `path`; "*" does not cross a slash (section 4.5)."""
    return any(_matches(path, pattern) for pattern in patterns)


def _matches(path: str, pattern: str) -> bool:
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(fnmatchcase(*pair) for pair in zip(parts, wanted, strict=True))
