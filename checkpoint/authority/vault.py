"""Private keys of the authority: one file per key, sealed with a passphrase, or the URI of the hardware it is in."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from securesystemslib.signer import CryptoSigner, Signer, SSlibKey
from tuf.api.metadata import Key

from checkpoint.authority import Refused
from checkpoint.authority.folder import Folder
from checkpoint.codec import sealing
from checkpoint.codec.errors import Malformed
from checkpoint.store.lines import write_file

MIN_PASSPHRASE = 8  # characters; a rule of ours, the cost of one guess does the rest
MAX_FILE = 65536
SCHEMES = ("ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384")  # what stations check metadata with
_NAMES = "names.json"
_NUMBERED = re.compile(r"\A(?=.*-(\d+)\Z)(.+)-\d+\Z")


class Passphrases(Protocol):
    """Where passphrases come from: environment, file or a person at the terminal."""

    def __call__(self, name: str, role: str, new: bool) -> str | None:
        """The passphrase of the key `name` of `role`; `new`: chosen now. None where nobody can give it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key file: whose it is, its public half, and the sealed private half or the URI of its hardware."""

    name: str
    role: str
    public: Key
    sealed: Any = None
    uri: str = ""


class Vault:
    """The key files of one or more folders; a private key is opened only when it must sign."""

    def __init__(self, folders: Iterable[Path], passphrases: Passphrases) -> None:
        self._passphrases = passphrases
        self._open: dict[str, Signer] = {}
        self.entries = {entry.public.keyid: entry for folder in folders for entry in _entries(folder)}

    def create(self, folder: Folder, name: str, role: str, scheme: str = "ed25519") -> Key:
        """A new key, Ed25519 or P-256, sealed with a passphrase, in the folder's keys; gives its public half."""
        passphrase = self._passphrases(name, role, True)
        if passphrase is None or len(passphrase) < MIN_PASSPHRASE:
            hint = f"set CHECKPOINT_PASSPHRASE_{role.upper()}, give --passphrase-file, or run this at a terminal"
            raise Refused(f"key {name} needs a passphrase of {MIN_PASSPHRASE} characters or more", hint)
        ed25519 = scheme == "ed25519"
        signer = CryptoSigner.generate_ed25519() if ed25519 else CryptoSigner.generate_ecdsa(scheme=scheme)
        sealed = sealing.seal(signer.private_bytes, passphrase)
        self._keep(folder, Entry(name, role, signer.public_key, sealed=sealed))
        self._open[signer.public_key.keyid] = signer
        return signer.public_key

    def enlist(self, folder: Folder, name: str, role: str, uri: str, pem: bytes) -> Key:
        """A key that lives in hardware or in a service: `uri` as securesystemslib writes it, `pem` its public half."""
        try:
            public: Key = SSlibKey.from_crypto(sealing.public_key(pem))
        except (Malformed, ValueError) as error:
            raise Refused(f"public key of {name}: {error}", "give the PEM file that the hardware exports") from None
        if public.scheme not in SCHEMES:
            raise Refused(f"public key of {name}: stations do not check {public.scheme}", f"use {', '.join(SCHEMES)}")
        self._keep(folder, Entry(name, role, public, uri=uri))
        return public

    def signers(self, keyids: Iterable[str], need: int) -> list[Signer]:
        """Signers for up to `need` of `keyids`: open ones first, then those whose passphrase can be had."""
        known = [keyid for keyid in keyids if keyid in self.entries]
        found: list[Signer] = []
        for keyid in sorted(known, key=lambda one: one not in self._open):
            if len(found) == need:
                break
            signer = self._open.get(keyid) or self._unlock(self.entries[keyid])
            if signer is not None:
                self._open[keyid] = signer
                found.append(signer)
        return found

    @contextmanager
    def undone(self, folder: Folder) -> Iterator[None]:
        """Where the act inside is refused, so before anything was published, the keys it made go again."""
        before = set(self.entries)
        try:
            yield
        except Refused:
            for keyid in self.entries.keys() - before:
                (folder.keys / f"{self.entries.pop(keyid).name}.key").unlink(missing_ok=True)
                self._open.pop(keyid, None)
                kept = {one: name for one, name in names(folder).items() if one != keyid}
                write_file(folder.keys / _NAMES, json.dumps(kept, indent=1).encode("ascii"))
            raise

    def made_since(self, before: Set[str]) -> list[str]:
        """The names of the keys that were made since these were all."""
        return [entry.name for keyid, entry in self.entries.items() if keyid not in before]

    def _keep(self, folder: Folder, entry: Entry) -> None:
        keyid = entry.public.keyid
        found = {"name": entry.name, "role": entry.role, "keyid": keyid, "public": entry.public.to_dict()}
        found |= {"uri": entry.uri} if entry.uri else {"sealed": entry.sealed}
        folder.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder.keys / f"{entry.name}.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(found, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        write_file(folder.keys / _NAMES, json.dumps(names(folder) | {keyid: entry.name}, indent=1).encode("ascii"))
        self.entries[keyid] = entry

    def _unlock(self, entry: Entry) -> Signer | None:
        if entry.uri:
            return self._from_uri(entry)
        passphrase = self._passphrases(entry.name, entry.role, False)
        if passphrase is None:
            return None
        try:
            opened = CryptoSigner(sealing.private_key(sealing.unseal(entry.sealed, passphrase)))
            if opened.public_key.keyid != entry.public.keyid:
                raise Malformed("its private half belongs to another key")
            return opened
        except sealing.WrongPassphrase:
            raise Refused(f"wrong passphrase for key {entry.name}", "try again") from None
        except Malformed as error:
            raise Refused(f"key {entry.name}: {error}", "restore this file from its copy") from None

    def _from_uri(self, entry: Entry) -> Signer:
        def secret(_asked: str) -> str:
            return self._passphrases(entry.name, entry.role, False) or ""

        try:
            return Signer.from_priv_key_uri(entry.uri, entry.public, secret)
        except Exception as error:
            # Each kind of hardware has errors of its own, and the person needs to know which key it was.
            raise Refused(f"key {entry.name} ({entry.uri}): {error}", "plug the signer in and try again") from error


def free_name(folder: Folder, role: str) -> str:
    """The next name for a key of `role`: numbers are never used twice, also when the key file has moved away."""
    taken = {found[1] for name in names(folder).values() if (found := _NUMBERED.match(name)) and found[2] == role}
    return f"{role}-{max((int(number) for number in taken), default=0) + 1}"


def names(folder: Folder) -> dict[str, str]:
    """keyid: name, of every key that this authority ever made; `keys/names.json` stays when key files move away."""
    path = folder.keys / _NAMES
    try:
        found = json.loads(path.read_bytes()) if path.exists() else {}
        return {str(keyid): str(name) for keyid, name in found.items()}
    except (ValueError, AttributeError):
        raise Refused(f"{path} cannot be read", "restore it from its copy, or delete it: it only holds names") from None


def _entries(folder: Path) -> Iterable[Entry]:
    for path in sorted(folder.glob("*.key")):
        try:
            if path.stat().st_size > MAX_FILE:
                raise Malformed("too large")
            found = json.loads(path.read_bytes())
            public = Key.from_dict(found["keyid"], found["public"])
            yield Entry(found["name"], found["role"], public, found.get("sealed"), found.get("uri", ""))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused(f"{path} is no key file: {error}", "restore it from its copy or move it away") from None
