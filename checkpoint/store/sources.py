"""Which revocation lists a repository holds, and which blobs a station needs for each."""

from checkpoint.store.blobs import Blobs
from checkpoint.trust import blocks
from checkpoint.trust.blocks import Blocks
from checkpoint.trust.chain import Chain
from checkpoint.trust.revocation import RevocationSet


def open_sources(chain: Chain, blobs: Blobs) -> tuple[RevocationSet, ...]:
    """Every list that the signed metadata names, the emergency blocks first.

    Raises BlobDamaged, ListDamaged or Malformed: a list that should be there and is not is never silence.
    """
    found: list[RevocationSet] = []
    target = chain.targets.get(blocks.PATH)
    if target is not None:
        found.append(Blocks(blobs.read(target.sha256).splitlines(), chain.issued))
    return tuple(found)
