"""Which authority this station follows: `keys/root.json`, believed as it is; `keys/authority.toml`, where to ask."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from checkpoint.store import layout, mark
from checkpoint.store.lines import read_file, write_file
from checkpoint.store.mark import Mark
from checkpoint.trust import chain
from checkpoint.trust.metadata import MetadataRefused

MAX_ADDRESSES = 16
_NOTE = """# Where this station fetches from, tried in this order: web addresses, or folders. None of them is trusted:
# what they give counts only where root.json beside this file leads to its signatures.
"""


class EnrolmentRefused(Exception):
    """Why a station cannot be enrolled like this; the note is for people."""

    def __init__(self, *note: str) -> None:
        super().__init__(*note)
        self.note = note


def fingerprint(root: bytes) -> str:
    """What people compare: hex SHA-256 over the bytes of the root's file."""
    return hashlib.sha256(root).hexdigest()


def same_fingerprint(root: bytes, stated: str) -> bool:
    """Whether `stated` (hex, in groups if people like) is the whole fingerprint of `root`."""
    digits = "".join(stated.split()).replace(":", "").replace("-", "").lower()
    return digits == fingerprint(root)


def pinned_root(home: Path) -> bytes | None:
    """The pinned root, None at a station without an authority; raises OSError."""
    try:
        return read_file(home / layout.ROOT, layout.MAX_ROOT)
    except FileNotFoundError:
        return None


def addresses(home: Path) -> list[str]:
    """Where to sync from; raises EnrolmentRefused where the file cannot be read."""
    import tomllib  # at a sync only: no pass waits for it

    try:
        found = tomllib.loads((home / layout.ADDRESSES).read_text("utf-8")).get("mirrors")
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        raise EnrolmentRefused("enroll.addresses_unreadable", layout.ADDRESSES) from None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found) or len(found) > MAX_ADDRESSES:
        raise EnrolmentRefused("enroll.addresses_unreadable", layout.ADDRESSES)
    return found


def enrol(home: Path, root: bytes, stated: str, mirrors: Sequence[str]) -> bool:
    """Pin `root` where `stated` is its fingerprint; gives whether that is new, False where it only learnt addresses.

    Raises EnrolmentRefused: no or another fingerprint, no root at all, or a station that follows another authority
    (no command changes that: a person removes `keys/root.json`). Raises OSError where nothing can be written.
    """
    if not same_fingerprint(root, stated):
        raise EnrolmentRefused("enroll.fingerprint_differs", fingerprint(root))
    try:
        chain.pinned(root)
    except MetadataRefused as refused:
        raise EnrolmentRefused("enroll.no_root", refused.why) from None
    known = pinned_root(home)
    if known is not None and known != root:
        raise EnrolmentRefused("enroll.already", fingerprint(known))
    _write_addresses(home, mirrors)
    if known is None:
        # The mark first: a root without one means lost state, a mark without a root means nothing.
        mark.write(home, Mark(fingerprint(root)))
        write_file(home / layout.ROOT, root)
    return known is None


def _write_addresses(home: Path, mirrors: Sequence[str]) -> None:
    every = list(dict.fromkeys([*mirrors, *addresses(home)]))[:MAX_ADDRESSES]
    rows = "".join(f"  {_quoted(one)},\n" for one in every)
    write_file(home / layout.ADDRESSES, f"{_NOTE}mirrors = [\n{rows}]\n".encode())


def _quoted(text: str) -> str:
    """A basic string of TOML 1.0."""
    return '"' + "".join(f"\\u{ord(one):04x}" if one in '"\\\x7f' or one < " " else one for one in text) + '"'
