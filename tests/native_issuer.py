"""Simulated issuers of native passes, which make passes as the specification says and as no honest issuer would."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from checkpoint.codec import cbor, keys, signing
from checkpoint.codec.signing import PrivateKey
from checkpoint.formats.native import PASS
from checkpoint.formats.native.issue import ALGORITHMS, issue, wrap
from checkpoint.model import Key
from tests.issuer import DAY, NOW

ISS = "hcm.gov.vn"
PERMIT, TEST, CARD, TICKET, BADGE = 1, 2, 3, 4, 5
HOLDER = {1: "Nguyễn Thị Bảo Duy", 2: 19831010, 3: "079083000123"}
SCOPES: dict[int, dict[int, Any]] = {
    PERMIT: {
        1: "Nhân viên y tế",
        2: "TP. Hồ Chí Minh",
        3: "Quận 7 – Nguyễn Văn Linh – BV Chợ Rẫy, Quận 5",
        4: "59-X1 123.45",
        5: [420, [330, 1080, 0b0111111]],
    },
    TEST: {1: 1, 2: 1, 3: int(NOW - DAY / 2), 4: "Viện Pasteur TP. Hồ Chí Minh"},
    CARD: {1: 1},
    TICKET: {1: "Đêm nhạc", 2: "Nhà hát Thành phố", 3: int(NOW + DAY), 4: "B12"},
    BADGE: {1: "Bệnh viện Chợ Rẫy", 2: "Điều dưỡng"},
}
PLACE = [1712, 765_432]


def content(kind: int = CARD, **changes: Any) -> dict[Any, Any]:
    """The private claim; a change to None takes a field away, `more` adds fields by their keys."""
    numbers = {"kind": 0, "number": 1, "holder": 2, "scope": 3, "place": 4}
    found = {"kind": kind, "number": "HCM-0012345", "holder": HOLDER, "scope": SCOPES.get(kind, {}), "place": PLACE}
    more = changes.pop("more", {})
    return {numbers[name]: value for name, value in (found | changes).items() if value is not None} | more


def claims(said: Any = None, **changes: Any) -> dict[Any, Any]:
    """The claims of a pass by their names; a change to None takes a claim away."""
    numbers = {"iss": 1, "exp": 4, "nbf": 5, "iat": 6, "cti": 7, "said": PASS}
    found = {
        "iss": ISS,
        "exp": int(NOW + 90 * DAY),
        "nbf": int(NOW - DAY),
        "iat": int(NOW - DAY),
        "cti": bytes(range(8)),
        "said": content() if said is None else said,
        **changes,
    }
    return {numbers[name]: value for name, value in found.items() if value is not None}


@dataclass
class NativeIssuer:
    """One key of one issuer."""

    iss: str = ISS
    kind: str = "P-256"
    private: PrivateKey = field(init=False)
    spki: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.private = signing.new_key(self.kind)
        self.spki = signing.public_der(self.private)

    @property
    def kid(self) -> bytes:
        return sha256(self.spki).digest()[:8]

    @property
    def kid_text(self) -> str:
        return b64encode(self.kid).decode()

    @property
    def header(self) -> dict[int, Any]:
        return {1: ALGORITHMS.get(self.kind, -7), 4: self.kid}

    @property
    def pem(self) -> str:
        return f"-----BEGIN PUBLIC KEY-----\n{b64encode(self.spki).decode()}\n-----END PUBLIC KEY-----\n"

    def sign(self, message: bytes) -> bytes:
        return signing.sign(self.private, message)

    def issue(self, found: Mapping[Any, Any] | None = None) -> str:
        return issue(claims(iss=self.iss) if found is None else found, self.kind, self.kid, self.sign)

    def wrap(
        self,
        payload: bytes | None = None,
        header: Any = None,
        sign: Callable[[bytes], bytes] | None = None,
        unprotected: bytes = b"\xa0",
    ) -> str:
        """A pass with the header and payload bytes given, signed whatever they are."""
        header = self.header if header is None else header
        encoded = header if isinstance(header, bytes) else cbor.encode(header)
        return wrap(
            encoded, cbor.encode(claims(iss=self.iss)) if payload is None else payload, sign or self.sign, unprotected
        )

    def key(self, **changes: Any) -> Key:
        found = Key(
            "native",
            self.kid_text,
            keys.load(self.spki),
            issuer=self.iss,
            name="Sở Y tế",
            spki=self.spki,
            test=self.iss.startswith("demo:"),
        )
        return found._replace(**changes)
