"""What the model holds and does not make: a key that checks signatures, a pass's days and its hours of the day."""

from typing import NamedTuple, Protocol


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


class Days(NamedTuple):
    """Where a pass states calendar days and no moments: those days as ISO dates, and when they are anywhere on Earth.

    "" and None: that bound is a moment, or not stated. Times are seconds since 1970 UTC.
    """

    issued: str = ""
    first: str = ""
    last: str = ""
    issued_from: float | None = None
    begins: float | None = None  # the pass is judged from then on, instead of from `valid_from`
    ends: float | None = None  # and until then, instead of until `valid_until`
