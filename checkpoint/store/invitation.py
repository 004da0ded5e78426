"""The QR code that an authority shows to enrol stations: where it publishes, and the fingerprint of its root."""

import re
from dataclasses import dataclass

PREFIX = "checkpoint-enroll:1"
_TEXT = re.compile(rf"{PREFIX} ([0-9a-f]{{64}}) (https?://[^\s\"\\]{{1,500}})")


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a station needs to enrol. `fingerprint` in hex digits, as people may group them."""

    address: str
    fingerprint: str

    def text(self) -> str:
        """What the code holds."""
        return f"{PREFIX} {self.fingerprint} {self.address}"


def parse(text: str | bytes) -> Invitation | None:
    """The invitation in a code's text, None for any other text."""
    match = _TEXT.fullmatch(text) if isinstance(text, str) else None
    return Invitation(match[2], match[1]) if match else None
