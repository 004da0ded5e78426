"""Trust lists into `staged/`: read, compared with what is there, and shown as a diff before anything is signed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from checkpoint.authority import Refused, audit, staged
from checkpoint.authority.folder import Folder
from checkpoint.codec.issued import Authorities
from checkpoint.trust import lists
from checkpoint.trust.lists import Found, ListRefused, Options, Skipped
from checkpoint.trust.records import Record

MAX_SHRINK = 0.3  # a list that loses more of its keys than this is more often cut off than right
PARTIAL = frozenset({"pem", "jwk"})  # formats whose file says which keys it has, not which ones are gone

Identity = tuple[str, str, str, bytes]


@dataclass(frozen=True, slots=True)
class Source:
    """One file or answer to import: where it came from, its bytes, and a detached signature where there is one."""

    name: str
    data: bytes
    signature: bytes = b""


@dataclass(slots=True)
class Diff:
    """What an import does to a list, for review. `signed_by` is "" where nobody's signature vouches for it."""

    name: str  # of the list
    format: str = ""
    signed_by: str = ""
    unsigned: str = ""  # where an unsigned list came from, as the person who imports it said
    before: int = 0
    after: int = 0
    added: list[Record] = field(default_factory=list)
    removed: list[Record] = field(default_factory=list)
    changed: list[tuple[Record, Record]] = field(default_factory=list)
    expired: list[Record] = field(default_factory=list)
    weak: list[Skipped] = field(default_factory=list)
    refused: list[Skipped] = field(default_factory=list)

    def counts(self) -> dict[str, Any]:
        """The diff as numbers, for the record and for --json."""
        names = ("added", "removed", "changed", "expired", "weak", "refused")
        return {
            "list": self.name,
            "format": self.format,
            "signed_by": self.signed_by,
            "unsigned": self.unsigned,
            "before": self.before,
            "after": self.after,
            **{name: len(getattr(self, name)) for name in names},
        }


def read(sources: Sequence[Source], options: Options, unsigned: str = "") -> tuple[Found, str]:
    """Everything usable in `sources` and who signed it all; raises Refused where one must not be used."""
    found = Found()
    signers: set[str] = set()
    for source in sources:
        one = _read_one(source, options)
        if not one.signed_by and not unsigned:
            why = f"{source.name}: no signature vouches for this list ({one.format})"
            raise Refused(why, 'say where it came from: --unsigned "downloaded by NAME from ADDRESS"')
        found.format = one.format if found.format in ("", one.format) else "several"
        found.records += one.records
        found.skipped += one.skipped
        if one.active is not None:
            found.active = one.active | (found.active or frozenset())
        signers.add(one.signed_by)
    if found.active is not None:
        _keep_active(found, found.active)
    if not found.records:
        raise Refused("there is no usable key in what was given", _first_reason(found))
    return found, "" if "" in signers else "; ".join(sorted(signers))


def _keep_active(found: Found, active: frozenset[str]) -> None:
    """Where the publisher says which kids count, a key counts that stands in both."""
    out = [one for one in found.records if one.kid not in active]
    found.records = [one for one in found.records if one.kid in active]
    found.skipped += [Skipped(one.kid, "not_active: the publisher's list of kids does not name it") for one in out]


def _first_reason(found: Found) -> str:
    return f"first entry left out: {found.skipped[0].reason}" if found.skipped else "give the file that has the keys"


def _read_one(source: Source, options: Options) -> Found:
    try:
        named = replace(options, origin=options.origin or source.name, signature=source.signature)
        return lists.read(source.data, named)
    except ListRefused as error:
        raise Refused(f"{source.name}: {error}", error.hint) from None


def stage(
    folder: Folder,
    name: str,
    sources: Sequence[Source],
    options: Options,
    *,
    unsigned: str = "",
    keep: bool | None = None,
    confirm: bool = False,
    dry_run: bool = False,
) -> Diff:
    """Put `sources` into the staged list `name` and give the diff; raises Refused.

    `keep`: keys that the sources no longer name stay (None: where the format does not say what is gone). `confirm`:
    more than MAX_SHRINK of the list may go. `dry_run`: nothing is written.
    """
    folder.require()
    with folder.locked():
        if name == staged.TOMBSTONES:
            raise Refused("no import writes the tombstones", "choose another --list")
        found, signed_by = read(sources, options, unsigned)
        name = name or found.format
        old = staged.read_list(folder, name)
        keep = found.format in PARTIAL if keep is None else keep
        diff = Diff(name, found.format, signed_by, "" if signed_by else unsigned, before=len(old))
        new = compare(diff, old, found, staged.tombstones(folder), keep, options.now)
        if diff.before and not confirm:
            _check_replaced(folder, diff, keep)
        if not dry_run:
            facts = diff.counts() | {"sources": [one.name for one in sources], "confirm": confirm, "keep": keep}
            audit.append(folder.audit, "import", facts, options.now)
            staged.write_list(folder, name, new)
        return diff


def _check_replaced(folder: Folder, diff: Diff, keep: bool) -> None:
    """Raise Refused where the list would lose too much, or is another publisher's than the one before."""
    hint = "another source? --list NAME; else look at the diff with --dry-run --confirm; then give --confirm"
    acts = (
        one["facts"] for one in audit.acts(folder.audit) if one.get("act") == "import" and not one["facts"].get("keep")
    )
    before = [(one["format"], one["signed_by"]) for one in acts if one["list"] == diff.name][-1:]
    if before and before[0] != _source(diff) and not keep:
        was, now = (f"{form}, {f'signed by {who}' if who else 'unsigned'}" for form, who in (*before, _source(diff)))
        raise Refused(f"list {diff.name} came as {was}; this one is {now}", hint)
    if len(diff.removed) > MAX_SHRINK * diff.before:
        raise Refused(f"{len(diff.removed)} of {diff.before} keys of list {diff.name} would go", hint)


def _source(diff: Diff) -> tuple[str, str]:
    return diff.format, diff.signed_by


def compare(
    diff: Diff, old: list[Record], found: Found, dead: dict[bytes, Record], keep: bool, now: float
) -> list[Record]:
    """Fill `diff` and give the list's new records; a key with a tombstone is never among them."""
    before = {_identity(one): one for one in old}
    after: dict[Identity, Record] = {}
    for record in found.records:
        if record.spki in dead:
            diff.refused.append(Skipped(record.kid, "tombstone: removed as compromised, no import brings it back"))
        else:
            after.setdefault(_identity(record), record)
    for identity, record in before.items():
        if identity not in after and keep and record.spki not in dead:
            after[identity] = record
    for identity, record in after.items():
        known = before.get(identity)
        if known is None:
            diff.added.append(record)
        elif _said(known) == _said(record):
            after[identity] = known  # its date of addition stays, so that an unchanged list is an unchanged file
        else:
            after[identity] = record._replace(added=known.added)
            diff.changed.append((known, record))
    diff.removed += [record for identity, record in before.items() if identity not in after]
    diff.expired += [one for one in after.values() if one.not_after is not None and one.not_after < now]
    diff.weak += [one for one in found.skipped if one.reason.startswith("weak_key")]
    diff.refused += [one for one in found.skipped if not one.reason.startswith("weak_key")]
    diff.after = len(after)
    return list(after.values())


def _identity(record: Record) -> Identity:
    return record.format, record.kid, record.issuer, record.spki


def _said(record: Record) -> Record:
    """What a record says about its key, without when and whence it came."""
    return record._replace(added=None, origin="")


def remove(folder: Folder, wanted: str, why: str, compromised: bool, now: float) -> list[Record]:
    """Take a key out of every list, by kid or fingerprint; `compromised` leaves a tombstone that is for ever.

    Raises Refused where no list has it, or without a reason.
    """
    if not why.strip():
        raise Refused("a removal needs a reason", "--why TEXT")
    folder.require()
    with folder.locked():
        gone: list[Record] = []
        kept: dict[str, list[Record]] = {}
        for name in staged.lists(folder):
            found = staged.read_list(folder, name)
            hits = [one for one in found if not one.revoked and _is_named(one, wanted)]
            if hits:
                gone += hits
                kept[name] = [one for one in found if one not in hits]
        if not gone:
            raise Refused(f"no list has a key {wanted}", f"look for it in {folder.staged}/issuers/*.jsonl")
        facts = {"wanted": wanted, "why": why, "kids": [one.kid for one in gone], "lists": sorted(kept)}
        audit.append(folder.audit, "remove-compromised" if compromised else "remove", facts, now)
        if compromised:  # first, so that a kill between the two leaves a key that publish refuses, not one it trusts
            dead = staged.read_list(folder, staged.TOMBSTONES) + [one._replace(revoked=True) for one in gone]
            staged.write_list(folder, staged.TOMBSTONES, dead)
        for name, found in kept.items():
            staged.write_list(folder, name, found)
        return gone


def _is_named(record: Record, wanted: str) -> bool:
    return record.kid == wanted or (len(wanted) >= 8 and record.fingerprint.startswith(wanted.lower()))


def anchors(data: bytes) -> tuple[bytes, ...]:
    """The SubjectPublicKeyInfos in a file of certificates or public keys: who may have signed a list."""
    return tuple(dict.fromkeys(record.spki for record in _plain(data)))


def authorities(files: Sequence[bytes]) -> Authorities:
    """The CA certificates in these files; raises Refused where there is none."""
    found = Authorities(record.certificate for data in files for record in _plain(data) if record.certificate)
    if not found:
        raise Refused("there is no CA certificate in what was given", "give certificates that may issue others")
    return found


def _plain(data: bytes) -> list[Record]:
    try:
        return lists.read(data, Options()).records
    except ListRefused as error:
        raise Refused(f"anchor: {error}", "give a certificate or public key as PEM or DER") from None
