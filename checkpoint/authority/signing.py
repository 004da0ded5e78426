"""Signatures up to a role's threshold, and the one order in which files may appear in the repository."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from securesystemslib.signer import Signer
from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata, Role, Root, Targets

from checkpoint.authority import Progress, Refused
from checkpoint.authority.folder import Folder
from checkpoint.authority.repository import clear, write
from checkpoint.authority.vault import Vault
from checkpoint.codec.keys import ecdsa_raw


@dataclass(frozen=True, slots=True)
class Step:
    """One file of the repository: its name below `repository/`, and its bytes."""

    name: str
    data: bytes


def sign(metadata: "Metadata[Any]", name: str, delegator: Root | Targets, vault: Vault) -> None:
    """Sign `metadata` with as many keys of the role `name` as `delegator` asks for; raises Refused below that."""
    role = role_of(delegator, name)
    for signer in vault.signers(role.keyids, role.threshold):
        metadata.sign(signer, append=True)
    check(metadata, name, delegator, vault)


def check(metadata: "Metadata[Any]", name: str, delegator: Root | Targets, vault: Vault) -> None:
    """Raise Refused unless enough keys of the role `name` have signed `metadata`."""
    try:
        delegator.verify_delegate(name, metadata.signed_bytes, metadata.signatures)
    except UnsignedMetadataError:
        role = role_of(delegator, name)
        made = len(set(role.keyids) & metadata.signatures.keys())
        names = ", ".join(vault.entries[one].name for one in role.keyids if one in vault.entries) or "none"
        raise Refused(
            f"{name} needs {role.threshold} of {len(role.keyids)} signatures and has {made}",
            f"keys found here: {names}; give their passphrases, and --keys FOLDER for keys that lie elsewhere",
        ) from None


def role_of(delegator: Root | Targets, name: str) -> Role:
    """Who holds the role `name`; raises Refused where `delegator` does not know it."""
    try:
        return delegator.get_delegated_role(name)
    except ValueError:
        raise Refused(f"there is no role named {name}", "checkpoint authority status names the roles") from None


def put(folder: Folder, steps: Sequence[Step], progress: Progress) -> None:
    """Write `steps` in their order: whatever instant this is killed at, each file that is there is whole."""
    clear(folder)
    for done, step in enumerate(steps, 1):
        write(folder, step.name, step.data)
        progress("publish", done, len(steps))


def raw_signature(signer: Signer, message: bytes) -> tuple[str, bytes]:
    """(type of the key, raw signature over `message`), as COSE writes them: r and s side by side for ECDSA."""
    kind, size = _KINDS[signer.public_key.scheme]
    made = bytes.fromhex(signer.sign(message).signature)
    return kind, made if kind == "Ed25519" else ecdsa_raw(made, size)


_KINDS = {"ed25519": ("Ed25519", 0), "ecdsa-sha2-nistp256": ("P-256", 32), "ecdsa-sha2-nistp384": ("P-384", 48)}
