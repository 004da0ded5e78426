"""What the model holds and does not make: a key that checks signatures, the hours in which a pass holds."""

from typing import Protocol


class PublicKey(Protocol):
    """A key that can check a signature; made by `codec.keys` alone."""

    @property
    def type(self) -> str:
        """What kind of key: "P-256", "P-384", "RSA", "Ed25519", ..."""

    def verify(self, algorithm: str, signature: bytes, message: bytes) -> bool:
        """Whether `signature` (raw r‖s for ECDSA) over `message` is by this key; never raises on bad input."""


class Hours(Protocol):
    """The hours of the day in which a pass holds."""

    @property
    def text(self) -> str:
        """As people write them."""

    def next_open(self, at: float) -> float:
        """`at` where the pass holds then, else the next moment from which on it does."""
