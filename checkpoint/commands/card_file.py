"""The cards in a `.smart-health-card` file (SMART Health Cards Framework 1.4, "via File Download")."""

from checkpoint.codec.errors import Malformed

SUFFIX = ".smart-health-card"
MARK = '"verifiableCredential"'
MAX_FILE = 1_048_576  # bytes; a card has some thousand
MAX_CARDS = 100


def is_file(text: str) -> bool:
    """Whether `text` looks like the content of such a file: a JSON object with that name in it."""
    return text.lstrip("\ufeff \t\r\n")[:1] == "{" and MARK in text


def cards(text: str) -> tuple[str, ...]:
    """Every card as a JWS; raises Malformed where the file is none, or holds something else than cards."""
    from checkpoint.codec import json_strict  # most stations see no such file

    found = json_strict.loads(text.lstrip("\ufeff").encode("utf-8", "replace"))
    listed = found.get("verifiableCredential") if isinstance(found, dict) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_CARDS:
        raise Malformed("verifiableCredential")
    if not all(isinstance(one, str) for one in listed):
        raise Malformed("verifiableCredential")
    return tuple(listed)
