"""An authority in a test's folder, and python-tuf's own client that reads what it publishes straight from disk."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch
from urllib.parse import unquote, urlparse

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface, Updater

from checkpoint.authority import ceremony
from checkpoint.authority.folder import Folder
from checkpoint.authority.vault import Vault
from checkpoint.codec import sealing
from checkpoint.trust.records import Record

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC).timestamp()
DAY = 86400.0
PASSPHRASE = "correct horse battery"


def asked(name: str, role: str, new: bool) -> str | None:
    """The passphrase of every key of these tests."""
    return PASSPHRASE


def vault(folder: Folder, passphrases=asked) -> Vault:
    return Vault([folder.keys], passphrases)


def authority(path: Path, plan: ceremony.Plan | None = None, now: float = NOW) -> tuple[Folder, Vault]:
    """A new authority whose keys open fast: the cost of a guess is for real passphrases."""
    folder = Folder(path)
    keys = Vault([], asked)
    with patch.object(sealing, "COST", 16):
        ceremony.init(folder, keys, plan or ceremony.Plan(), now)
    return folder, keys


class FolderFetcher(FetcherInterface):
    """Serves a repository from its folder, as a web host would."""

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = Path(unquote(urlparse(url).path))
        if not path.is_file():
            raise DownloadHTTPError(f"no {path}", 404)
        yield path.read_bytes()


def fetched(folder: Folder, home: Path, now: float = NOW) -> dict[str, bytes]:
    """Every target that a client gets at `now`, every signature and hash checked by python-tuf; raises its errors."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "files").mkdir(exist_ok=True)
    served = (folder.root / "repository").as_uri()
    client = Updater(
        str(home / "metadata"),
        f"{served}/metadata",
        str(home / "files"),
        f"{served}/targets",
        fetcher=FolderFetcher(),
        bootstrap=first_root(folder),
    )
    client._trusted_set.reference_time = datetime.fromtimestamp(now, UTC)
    client.refresh()
    found = {}
    for role in ("issuers", "policy", "revocation"):
        client._load_targets(role, "targets")
        for path in client._trusted_set[role].targets:
            info = client.get_targetinfo(path)
            assert info is not None, f"{path} is in {role} but no delegation leads to it"
            found[path] = Path(client.download_target(info, str(home / "files" / path.replace("/", "_")))).read_bytes()
    return found


def first_root(folder: Folder) -> bytes:
    path = folder.first_root if folder.first_root.exists() else folder.metadata / "1.root.json"
    return path.read_bytes()


def record(kid: str = "a2V5LTE=", spki: bytes | None = None, **facts) -> Record:
    """One record with a key of its own."""
    return Record(kid=kid, format=facts.pop("format", "hcert"), spki=spki or new_spki(), **facts)


def new_spki() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
