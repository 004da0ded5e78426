"""Which revocation lists a repository holds, and which blobs a station needs for each."""

from collections.abc import Callable

from checkpoint.store.blobs import Blobs
from checkpoint.trust import blocks
from checkpoint.trust.blocks import Blocks
from checkpoint.trust.chain import Chain, Target
from checkpoint.trust.revocation import RevocationSet

# Brings one target into the blobs; raises whatever stops it.
Fetch = Callable[[Target], None]


def open_sources(chain: Chain, blobs: Blobs) -> tuple[RevocationSet, ...]:
    """Every list that the signed metadata names, the emergency blocks first.

    Raises BlobDamaged, ListDamaged or Malformed: a list that should be there and is not is never silence.
    """
    found: list[RevocationSet] = []
    target = chain.targets.get(blocks.PATH)
    if target is not None:
        found.append(Blocks(blobs.read(target.sha256).splitlines(), chain.issued))
    return tuple(found)


def fetch(chain: Chain, before: Chain | None, blobs: Blobs, bring: Fetch) -> dict[str, str]:
    """Bring every blob that a station needs for `chain`; gives the map path to SHA-256 of a generation."""
    found: dict[str, str] = {}
    for path, target in sorted(chain.targets.items()):
        if path.startswith(("issuers/", "policy/")) or path == blocks.PATH:
            if not blobs.holds(target.sha256):
                bring(target)
            found[path] = target.sha256
    return found
