"""A simulated issuer that makes passes as real ones are made, and as no honest issuer would."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checkpoint.codec import cbor, signing
from checkpoint.codec.signing import PrivateKey
from checkpoint.formats.hcert.issue import HCERT_CLAIM, issue, wrap
from checkpoint.model import Key
from checkpoint.store import pins
from checkpoint.trust import records
from checkpoint.trust.lists import Found, Options
from checkpoint.trust.lists.entries import add_certificate
from checkpoint.trust.records import Record
from checkpoint.trust.revocation import RevocationSet
from checkpoint.trust.snapshot import Trust

NOW = 1_650_000_000.0  # 2022-04-15T05:20:00Z
DAY = 86400.0
VACCINATION: dict[str, Any] = {
    "tg": "840539006",
    "vp": "J07BX03",
    "mp": "EU/1/21/1529",
    "ma": "ORG-100001699",
    "dn": 2,
    "sd": 2,
    "dt": "2022-01-18",
    "co": "VN",
    "is": "Cục Y tế dự phòng",
    "ci": "URN:UVCI:01:VN:0123456789ABCDEF",
}
TEST: dict[str, Any] = {
    "tg": "840539006",
    "tt": "LP6464-4",
    "sc": "2022-04-14T08:00:00+07:00",
    "tr": "260415000",
    "co": "VN",
    "is": "Cục Y tế dự phòng",
    "ci": "URN:UVCI:01:VN:TEST",
}
RECOVERY: dict[str, Any] = {
    "tg": "840539006",
    "fr": "2022-01-01",
    "df": "2022-01-12",
    "du": "2022-06-30",
    "co": "VN",
    "is": "Cục Y tế dự phòng",
    "ci": "URN:UVCI:01:VN:RECOVERY",
}
NAME = {"fn": "Nguyễn", "gn": "Bảo Duy", "fnt": "NGUYEN", "gnt": "BAO<DUY"}


def dcc(**changes: Any) -> dict[str, Any]:
    """A DCC payload; a change to None takes the field away."""
    found: dict[str, Any] = {"ver": "1.3.0", "nam": NAME, "dob": "1983-10-10", "v": [VACCINATION], **changes}
    return {name: value for name, value in found.items() if value is not None}


def claimset(payload: Any = None, **changes: Any) -> dict[Any, Any]:
    """CWT claims around a DCC; `exp=None` and its like take a claim away, `hcert=` replaces the health claim."""
    numbers = {"iss": 1, "exp": 4, "nbf": 5, "iat": 6, "hcert": HCERT_CLAIM}
    found: dict[Any, Any] = {
        1: "VN",
        4: int(NOW + 100 * DAY),
        6: int(NOW - 10 * DAY),
        HCERT_CLAIM: {1: dcc() if payload is None else payload},
    }
    for name, value in changes.items():
        found.pop(numbers[name], None)
        if value is not None:
            found[numbers[name]] = value
    return found


@dataclass
class Issuer:
    """One signer with its certificate; `usages` are extended key usage OIDs."""

    kind: str = "P-256"
    country: str = "VN"
    usages: tuple[str, ...] = ()
    start: float = NOW - 300 * DAY
    end: float = NOW + 300 * DAY
    key: PrivateKey = field(init=False)
    certificate: bytes = field(init=False)
    record: Record = field(init=False)

    def __post_init__(self) -> None:
        self.key = signing.new_key(self.kind)
        self.certificate = signing.self_signed(self.key, "Bộ Y tế", self.country, self.start, self.end, self.usages)
        found = Found()
        add_certificate(found, self.certificate, Options(now=NOW))
        (self.record,) = found.records

    @property
    def kid(self) -> bytes:
        return bytes.fromhex(self.record.fingerprint)[:8]

    @property
    def algorithm(self) -> str:
        return "PS256" if self.kind == "RSA" else "ES256"

    def sign(self, message: bytes) -> bytes:
        return signing.sign(self.key, message)

    def issue(self, claims: Mapping[Any, Any] | None = None) -> str:
        return issue(claimset() if claims is None else claims, self.kid, self.sign, self.algorithm)

    def wrap(
        self,
        payload: bytes | None = None,
        protected: Any = None,
        unprotected: Any = None,
        sign: Callable[[bytes], bytes] | None = None,
    ) -> str:
        """A pass with the headers and payload bytes given, signed whatever they are."""
        headers = {1: -37 if self.kind == "RSA" else -7, 4: self.kid} if protected is None else protected
        return wrap(
            headers if isinstance(headers, bytes) else cbor.encode(headers),
            unprotected if isinstance(unprotected, bytes) else cbor.encode(unprotected or {}),
            cbor.encode(claimset()) if payload is None else payload,
            sign or self.sign,
        )

    def key_with(self, **changes: Any) -> Key:
        return records.key(self.record._replace(**changes))


@dataclass(frozen=True)
class Keys:
    """An IssuerSet that is a tuple."""

    keys: tuple[Key, ...] = ()
    authorities: tuple[tuple[bytes, Key], ...] = ()  # (subject in DER, key) of CAs

    def find(self, format: str, kid: str) -> tuple[Key, ...]:
        return tuple(key for key in self.keys if (key.format, key.kid) == (format, kid))

    def issuing(self, name: bytes) -> tuple[Key, ...]:
        return tuple(key for subject, key in self.authorities if subject == name)

    def distrusts(self, spki: bytes) -> bool:
        return False

    def __bool__(self) -> bool:
        return bool(self.keys) or bool(self.authorities)

    @property
    def worlds(self) -> frozenset[bool]:
        return frozenset(key.test for key in self.keys if key.format == "native")


def trust_in(*keys: Key, revocations: tuple[RevocationSet, ...] = (), floor: float = 0.0) -> Trust:
    return Trust(Keys(keys), revocations, floor)


def home_with(folder: Path, *issuers: Issuer) -> Path:
    pins.add_issuers(folder / "keys", [one.record for one in issuers])
    return folder
