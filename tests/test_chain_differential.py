"""The hand-written walk against python-tuf: what python-tuf refuses is refused, what both accept says the same."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from repository import Repository
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType

from checkpoint.codec import canonical
from checkpoint.trust import chain as chains
from checkpoint.trust.metadata import MetadataRefused

Files = dict[str, bytes]
DELEGATED = ("issuers", "policy", "revocation")


def files(repo: Repository) -> Files:
    """The newest metadata by the names that the loader asks for, all roots among them."""
    found = {f"{n}.root.json": repo.root_bytes(n) for n in range(1, repo.version["root"] + 1)}
    return found | {
        f"{role}.json": repo.metadata_path(role).read_bytes()
        for role in ("timestamp", "snapshot", "targets", *repo.patterns)
    }


def ours(found: Files) -> dict[str, str] | None:
    """Path to SHA-256 of what the walk accepts, None where it refuses."""
    try:
        walked = chains.verify(found["1.root.json"], found.get)
    except MetadataRefused:
        return None
    return {path: one.sha256 for path, one in walked.targets.items()}


def theirs(found: Files) -> dict[str, str] | None:
    """The same by python-tuf's own checks, at a time when nothing has expired."""
    try:
        trusted = TrustedMetadataSet(found["1.root.json"], EnvelopeType.METADATA)
        trusted.reference_time = datetime(2000, 1, 1, tzinfo=UTC)
        version = 2
        while f"{version}.root.json" in found:
            trusted.update_root(found[f"{version}.root.json"])
            version += 1
        trusted.update_timestamp(found["timestamp.json"])
        trusted.update_snapshot(found["snapshot.json"])
        targets = trusted.update_targets(found["targets.json"])
        said: dict[str, str] = {}
        for role in (one for one in DELEGATED if f"{one}.json" in trusted.snapshot.meta):  # published so far
            delegated = trusted.update_delegated_targets(found[f"{role}.json"], role, "targets")
            assert targets.delegations
            assert targets.delegations.roles
            rule = targets.delegations.roles[role]
            for path, one in delegated.targets.items():
                if rule.is_delegated_path(path):
                    said.setdefault(path, one.hashes["sha256"])
    except (RepositoryError, KeyError, ValueError, AttributeError, TypeError):
        return None
    return said


def published(folder: Path, **options: Any) -> Repository:
    repo = Repository(folder, **options)
    for n in range(5):
        repo.add(f"issuers/list-{n}.jsonl", b"%d" % n)
        repo.add(f"revocation/list-{n}/base-1.ckrv", b"base %d" % n, version=1, note='quote " back \\ line\nđ\x7f')
    repo.policy()
    repo.add("revocation/deep/er/x", b"a pattern does not cross two slashes")
    repo.add("issuers/sub/x.jsonl", b"nor one")
    return repo.publish()


@pytest.mark.parametrize("ecdsa", [False, True])
@pytest.mark.parametrize("rotations", [0, 1, 7])
def test_both_accept_honest_repositories_and_read_the_same(tmp_path: Path, ecdsa: bool, rotations: int) -> None:
    repo = published(tmp_path, ecdsa=ecdsa)
    for _ in range(rotations):
        repo.rotate_root(root=[repo.new_signer() for _ in range(3)])
    repo.signers["targets"] = repo.signers["root"]
    found = files(repo.publish()) if not rotations else files(repo)
    assert ours(found) == theirs(found)
    assert len(ours(found) or ()) == 11


def resigned(repo: Repository, name: str, change: Callable[[dict[str, Any]], None]) -> Files:
    """The repository with `change` made to one file's signed part, and everything signed again by the right keys."""
    found = files(repo)
    _change(repo, found, name, change)
    if name not in ("timestamp", "snapshot"):
        _describe(repo, found, "snapshot", name)
    if name != "timestamp":
        _describe(repo, found, "timestamp", "snapshot")
    return found


def _change(repo: Repository, found: Files, role: str, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(found[f"{role}.json"])
    change(document["signed"])
    found[f"{role}.json"] = _signed(repo.signers[role], document["signed"])


def _describe(repo: Repository, found: Files, parent: str, child: str) -> None:
    from hashlib import sha256

    data = found[f"{child}.json"]

    def change(signed: dict[str, Any]) -> None:
        meta = signed["meta"][f"{child}.json"]
        meta.update(length=len(data), hashes={"sha256": sha256(data).hexdigest()})

    _change(repo, found, parent, change)


def _signed(signers: list[CryptoSigner], signed: dict[str, Any]) -> bytes:
    try:
        message = str(encode_canonical(signed)).encode()
    except Exception:  # noqa: BLE001 - a change that no form can carry stays unsigned
        message = b""
    signatures = [signer.sign(message) for signer in signers]
    return json.dumps(
        {"signed": signed, "signatures": [{"keyid": s.keyid, "sig": s.signature} for s in signatures]}
    ).encode()


ODD = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2,
    2**31,
    1.5,
    "",
    "x",
    "1.0",
    "2.0.0",
    [],
    {},
    ["x"],
    {"x": 1},
    "2030-01-01T00:00:00Z",
]


def mutate(chance: random.Random, signed: Any) -> None:
    """Change one value somewhere inside, or take it out, or put one in."""
    at = signed
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(at[key], dict | list) and at[key] and chance.random() < 0.75:
            at = at[key]
            continue
        break
    match chance.randrange(4):
        case 0:
            del at[key]
        case 1 if isinstance(at, dict):
            at["extra"] = chance.choice(ODD)
        case _:
            at[key] = chance.choice(ODD)


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", *DELEGATED])
def test_what_python_tuf_refuses_in_well_signed_metadata_is_refused(tmp_path: Path, role: str) -> None:
    repo = published(tmp_path)
    stricter = 0
    for seed in range(250):
        chance = random.Random(f"{role} {seed}")
        found = resigned(repo, role, lambda signed, chance=chance: mutate(chance, signed))  # type: ignore[misc]
        mine, reference = ours(found), theirs(found)
        if reference is None:
            assert mine is None, f"seed {seed}"
        elif mine is None:
            stricter += 1
        else:
            assert mine.items() <= reference.items(), f"seed {seed}"
    assert stricter < 125, "stricter, but not by refusing everything"


def test_no_flipped_byte_is_accepted_that_python_tuf_refuses(tmp_path: Path) -> None:
    repo = published(tmp_path)
    repo.rotate_root()
    whole = files(repo)
    chance = random.Random(3)
    for _ in range(800):
        found = dict(whole)
        name = chance.choice(sorted(found))
        data = bytearray(found[name])
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        found[name] = bytes(data)
        mine, reference = ours(found), theirs(found)
        if reference is None:
            assert mine is None or name == "1.root.json"
        else:
            assert mine in (None, reference)  # a signature beyond the threshold


@pytest.mark.parametrize("role", ["root", "timestamp", "snapshot", "targets", *DELEGATED])
def test_signatures_below_the_threshold_by_strangers_or_doubled_do_not_count(tmp_path: Path, role: str) -> None:
    repo = published(tmp_path)
    repo.rotate_root()
    whole = files(repo)
    name = "2.root.json" if role == "root" else f"{role}.json"
    document = json.loads(whole[name])
    first = document["signatures"][0]
    stranger = CryptoSigner.generate_ed25519()
    message = str(encode_canonical(document["signed"])).encode()
    forged = {"keyid": first["keyid"], "sig": stranger.sign(message).signature}
    needed = repo.threshold[role]
    for signatures in (
        [],
        [forged] * needed,
        [first] * needed + [first],
        [{**first, "sig": first["sig"][:-2]}] * needed,
    ):
        if signatures[: needed + 1] == [first, first] and needed == 1:
            continue
        found = {**whole, name: json.dumps({**document, "signatures": signatures}).encode()}
        assert ours(found) is None
        assert theirs(found) is None


def test_one_key_under_two_ids_counts_once_which_python_tuf_does_not_see(tmp_path: Path) -> None:
    repo = published(tmp_path)
    signed = json.loads(repo.root_bytes())["signed"]
    one, two = signed["roles"]["root"]["keyids"][:2]
    signed["keys"][two] = signed["keys"][one]
    message = str(encode_canonical(signed)).encode()
    signer = next(one_ for one_ in repo.signers["root"] if one_.public_key.keyid == one)
    signature = signer.sign(message).signature
    data = json.dumps({"signed": signed, "signatures": [{"keyid": k, "sig": signature} for k in (one, two)]}).encode()
    with pytest.raises(MetadataRefused):
        chains.pinned(data)
    TrustedMetadataSet(data, EnvelopeType.METADATA)


@pytest.mark.parametrize(
    "value",
    ["", "plain", 'quote " and \\ back', "line\nbreak\ttab\r\x00\x1f\x7f", "đĩa 🎫 \u2028", "\\u0041", "\\\\n"],
)
def test_the_canonical_form_is_the_one_of_securesystemslib(value: str) -> None:
    found = {value: [value, {"b": 1, "a": -5, value + "x": None}, True, False, 2**60], "": {}}
    assert canonical.encode(found) == str(encode_canonical(found)).encode()


def test_a_next_root_must_be_signed_by_the_old_keys_and_by_its_own(tmp_path: Path) -> None:
    for number, attack in enumerate(("new keys alone", "old keys alone", "a version left out")):
        repo = published(tmp_path / str(number))
        old, new = repo.signers["root"], [repo.new_signer() for _ in range(3)]
        if attack == "new keys alone":
            repo.rotate_root(old=new, root=new)
        elif attack == "old keys alone":
            repo.sign_with["root"] = old
            repo.rotate_root(old=old, root=new)
        else:
            repo.version["root"] += 1
            repo.rotate_root(root=new)
        roots = {"1.root.json": repo.root_bytes(), "2.root.json": repo.metadata_path("root").read_bytes()}
        found = {**files_without_roots(repo), **roots}
        assert ours(found) is None, attack
        assert theirs(found) is None, attack


def files_without_roots(repo: Repository) -> Files:
    roles = ("timestamp", "snapshot", "targets", *repo.patterns)
    return {f"{role}.json": repo.metadata_path(role).read_bytes() for role in roles}


def test_a_chain_of_roots_stops_at_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = published(tmp_path)
    for _ in range(4):
        repo.rotate_root()
    found = files(repo)
    monkeypatch.setattr(chains, "MAX_ROOTS", 3)
    assert chains.verify(found["1.root.json"], found.get).root_version == 4
