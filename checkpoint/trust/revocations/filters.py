"""Probabilistic filters, which some countries publish for the EU's hashes: recognised, and refused.

A Bloom filter meets passes that nobody revoked; an honest person would be turned away by it.
"""

from typing import NoReturn

from checkpoint.trust.revocations import ListRefused, Options
from checkpoint.trust.revocations.objects import has_names

NAME = "filters"


def matches(data: bytes) -> bool:
    """JSON that describes the chunks of a filter, or holds one."""
    return has_names(data, b"type", b"version", b"hash") or has_names(data, b"filter", b"k", b"p")


def read(data: bytes, options: Options) -> NoReturn:
    """Always raises ListRefused."""
    raise ListRefused(
        "a probabilistic filter also meets passes that nobody revoked",
        "import the lists of hashes that it was made of",
    )
