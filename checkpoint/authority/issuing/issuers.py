"""Issuers of native passes: a sealed key in the vault, and the record by which stations know it, staged for review.

The record lies in a list of its own, `staged/issuers/pass-<name>.jsonl`; the key's name and role begin with `pass-`.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from tuf.api.metadata import Key

from checkpoint.authority import Refused, audit, staged, status_lists
from checkpoint.authority.folder import Folder
from checkpoint.authority.issuing import places
from checkpoint.authority.revoked import list_folder
from checkpoint.authority.vault import Entry, Vault, free_name
from checkpoint.codec.keys import ed25519_spki
from checkpoint.formats.native import KID_BYTES
from checkpoint.formats.native.content import KINDS
from checkpoint.trust.records import DEMO, NATIVE, Record, is_demo, native_issuer, two_worlds

YEARS = range(1, 11)
DAYS_A_YEAR = 365
SCHEMES = {"ES256": "ecdsa-sha2-nistp256", "EdDSA": "ed25519"}
_ROLE = "pass-"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a new issuer is: `name` for the admin, `iss` as passes say it, `title` for people, `source` its list."""

    name: str
    iss: str
    title: str
    source: str
    country: str = ""
    kinds: tuple[str, ...] = ()
    algorithm: str = "ES256"  # half the cost at the door, where it counts (docs/formats/native-pass.md, section 3)
    years: int = 2
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Issuer:
    """One that can issue: its key in the vault, and its record."""

    name: str
    entry: Entry
    record: Record

    @property
    def key_type(self) -> str:
        """The type of its key, which decides the algorithm of its passes."""
        return "Ed25519" if self.entry.public.scheme == SCHEMES["EdDSA"] else "P-256"

    @property
    def kid(self) -> bytes:
        """Its key's id in passes."""
        return b64decode(self.record.kid)


def create(folder: Folder, vault: Vault, plan: Plan, now: float) -> Record:
    """Make the key, stage its record and the first status list of its passes; raises Refused."""
    folder.require()
    with folder.locked():
        _check(folder, plan)
        role = _ROLE + plan.name
        public = vault.create(folder, free_name(folder, role), role, SCHEMES[plan.algorithm])
        record = _record(plan, spki_of(public), now)
        facts = {"issuer": plan.iss, "kid": record.kid, "list": plan.source, "demo": plan.demo}
        audit.append(folder.audit, "new-issuer", facts, now)
        number = places.number_of(int(now))
        if not status_lists.path_of(folder, plan.source, number).exists():
            status_lists.make(folder, plan.source, number)
        staged.write_list(folder, role, [*staged.read_list(folder, role), record])
        return record


def _check(folder: Folder, plan: Plan) -> None:
    if plan.demo != is_demo(plan.iss) or not native_issuer(plan.iss):
        hint = f"small letters, digits and . / _ - ; {DEMO}NAME with --demo, and only then"
        raise Refused(f"{plan.iss!r} cannot name this issuer", hint)
    if not set(plan.kinds) <= set(KINDS.values()):
        raise Refused("there is no such kind of pass", f"kinds: {', '.join(KINDS.values())}")
    if plan.algorithm not in SCHEMES or plan.years not in YEARS:
        raise Refused("that key cannot be made", f"algorithms: {', '.join(SCHEMES)}; 1 to {YEARS[-1]} years")
    staged.list_path(folder, _ROLE + plan.name)  # refuses names that cannot be part of a path
    list_folder(folder, plan.source)
    known = [record for name in staged.lists(folder) for record in staged.read_list(folder, name)]
    if two_worlds([*known, Record("", NATIVE, b"", test=plan.demo)]):
        raise Refused(
            "demonstration keys and real ones do not go together", "a demonstration is an authority of its own"
        )
    native = [record for record in known if record.format == NATIVE]
    if any(record.revocation == plan.source and record.issuer != plan.iss for record in native):
        raise Refused(f"the list {plan.source} belongs to another issuer", "one list for each issuer")
    mine = {record.issuer for record in staged.read_list(folder, _ROLE + plan.name)}
    if mine - {plan.iss}:
        raise Refused(f"{plan.name} is {', '.join(sorted(mine))} already", "another name for another issuer")


def _record(plan: Plan, spki: bytes, now: float) -> Record:
    fingerprint = sha256(spki)
    return Record(
        kid=b64encode(fingerprint.digest()[:KID_BYTES]).decode("ascii"),
        format=NATIVE,
        spki=spki,
        issuer=plan.iss,
        name=plan.title,
        country=plan.country,
        kinds=tuple(sorted(plan.kinds)) or None,
        not_before=now // 1,
        not_after=now // 1 + plan.years * DAYS_A_YEAR * 86400,
        fingerprint=fingerprint.hexdigest(),
        added=now // 1,
        origin="made here",
        revocation=plan.source,
        test=plan.demo,
    )


def find(folder: Folder, vault: Vault, name: str, now: float) -> Issuer:
    """The issuer `name` with its newest key, or the only one there is where `name` is ""; raises Refused."""
    folder.require()
    names = [one.removeprefix(_ROLE) for one in staged.lists(folder) if one.startswith(_ROLE)]
    if not name and len(names) != 1:
        raise Refused("which issuer?" if names else "there is no issuer of passes here", _hint(names))
    name = name or names[0]
    entries = {spki_of(one.public): one for one in vault.entries.values() if one.role == _ROLE + name}
    dead = staged.tombstones(folder)
    usable = [
        record
        for record in (staged.read_list(folder, _ROLE + name) if name in names else [])
        if record.spki in entries and record.spki not in dead and not record.revoked
    ]
    if not usable:
        raise Refused(f"there is no key of an issuer {name!r} at hand", _hint(names))
    newest = max(usable, key=lambda one: one.added or 0.0)
    if newest.not_after is not None and newest.not_after <= now:
        ended = datetime.fromtimestamp(newest.not_after, UTC)
        raise Refused(f"the key of {name} ended on {ended:%Y-%m-%d}", "checkpoint authority new-issuer makes the next")
    return Issuer(name, entries[newest.spki], newest)


def _hint(names: list[str]) -> str:
    return f"--issuer {' or '.join(names)}, or --keys FOLDER" if names else "checkpoint authority new-issuer"


def spki_of(public: Key) -> bytes:
    """The DER SubjectPublicKeyInfo of a key of the vault."""
    stated = str(public.keyval["public"])
    if public.scheme == SCHEMES["EdDSA"]:
        return ed25519_spki(bytes.fromhex(stated))
    return b64decode("".join(line for line in stated.splitlines() if not line.startswith("-----")))
