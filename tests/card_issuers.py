"""Simulated issuers of SMART Health Cards and of NZ COVID Passes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from checkpoint.codec import cbor, jwk, keys, signing
from checkpoint.codec.signing import PrivateKey
from checkpoint.formats.nzcp import issue as nzcp
from checkpoint.formats.shc import issue as shc
from checkpoint.model import Key
from tests.issuer import DAY, NOW

ISS = "https://health.example.vn/cards"
DID = "did:web:passes.example.nz"
PATIENT = {
    "resourceType": "Patient",
    "name": [{"family": "Nguyễn", "given": ["Bảo", "Duy"]}],
    "birthDate": "1983-10-10",
}


def dose(day: str = "2022-01-18", **changes: Any) -> dict[str, Any]:
    found = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "207"}]},
        "patient": {"reference": "resource:0"},
        "occurrenceDateTime": day,
        "performer": [{"actor": {"display": "Trạm y tế phường 7"}}],
        "lotNumber": "0000001",
    }
    return without_none({**found, **changes})


def lab(**changes: Any) -> dict[str, Any]:
    found = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "94558-4"}]},
        "subject": {"reference": "resource:0"},
        "effectiveDateTime": "2022-04-14T08:00:00+07:00",
        "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "260373001"}]},
    }
    return without_none({**found, **changes})


def bundle(*resources: Any) -> dict[str, Any]:
    entries = [{"fullUrl": f"resource:{number}", "resource": one} for number, one in enumerate(resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def vc(fhir: Any = None, **changes: Any) -> dict[str, Any]:
    fhir = bundle(PATIENT, dose(), dose("2022-02-18")) if fhir is None else fhir
    found = {
        "type": ["https://smarthealth.cards#health-card", "https://smarthealth.cards#immunization"],
        "credentialSubject": {"fhirVersion": "4.0.1", "fhirBundle": fhir},
    }
    return without_none({**found, **changes})


def card(fhir: Any = None, **changes: Any) -> dict[str, Any]:
    """The claims of a card; a change to None takes a claim away."""
    return without_none({"iss": ISS, "nbf": NOW - 10 * DAY + 0.5, "vc": vc(fhir), **changes})


def pass_claims(**changes: Any) -> dict[Any, Any]:
    """The claims of a pass by their names; a change to None takes a claim away."""
    numbers = {"iss": 1, "exp": 4, "nbf": 5, "cti": 7, "vc": "vc"}
    found = {
        "iss": DID,
        "nbf": int(NOW - 10 * DAY),
        "exp": int(NOW + 100 * DAY),
        "vc": pass_vc(),
        "cti": bytes(range(16)),
        **changes,
    }
    return {numbers[name]: value for name, value in found.items() if value is not None}


def pass_vc(**changes: Any) -> dict[str, Any]:
    found = {
        "@context": ["https://www.w3.org/2018/credentials/v1", "https://nzcp.covid19.health.nz/contexts/v1"],
        "version": "1.0.0",
        "type": ["VerifiableCredential", "PublicCovidPass"],
        "credentialSubject": {"givenName": "Bảo Duy", "familyName": "Nguyễn", "dob": "1983-10-10"},
        **changes,
    }
    return without_none(found)


def without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


@dataclass
class CardIssuer:
    """One key of one issuer; `iss` is what its cards name."""

    iss: str = ISS
    kind: str = "P-256"
    private: PrivateKey = field(init=False)
    spki: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.private = signing.new_key(self.kind)
        self.spki = signing.public_der(self.private)

    @property
    def jwk(self) -> dict[str, str]:
        found = jwk_of(self.spki)
        return {**found, "use": "sig", "alg": "ES256", "kid": jwk.thumbprint(found)}

    @property
    def kid(self) -> str:
        return self.jwk["kid"]

    def sign(self, message: bytes) -> bytes:
        return signing.sign(self.private, message)

    def issue(self, claims: Mapping[str, Any] | None = None) -> str:
        return shc.issue(card() if claims is None else claims, self.kid, self.sign)

    def jws(
        self, payload: bytes | None = None, header: Any = None, sign: Callable[[bytes], bytes] | None = None
    ) -> bytes:
        header = {"zip": "DEF", "alg": "ES256", "kid": self.kid} if header is None else header
        return shc.jws(header, shc.encoded(card()) if payload is None else payload, sign or self.sign)

    def key(self, **changes: Any) -> Key:
        found = Key("shc", self.kid, keys.load(self.spki), issuer=self.iss, name="Bộ Y tế")
        return found._replace(**changes)


@dataclass
class PassIssuer:
    """One key of an issuer of NZ COVID Passes."""

    did: str = DID
    kid: str = "z12Kf7UQ"
    kind: str = "P-256"
    private: PrivateKey = field(init=False)
    spki: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.private = signing.new_key(self.kind)
        self.spki = signing.public_der(self.private)

    @property
    def document(self) -> dict[str, Any]:
        """The DID document that publishes the key."""
        name = f"{self.did}#{self.kid}"
        method = {"id": name, "controller": self.did, "type": "JsonWebKey2020", "publicKeyJwk": jwk_of(self.spki)}
        return {"id": self.did, "verificationMethod": [method], "assertionMethod": [name]}

    def sign(self, message: bytes) -> bytes:
        return signing.sign(self.private, message)

    def issue(self, claims: Mapping[Any, Any] | None = None) -> str:
        return nzcp.issue(pass_claims() if claims is None else claims, self.kid, self.sign)

    def wrap(self, payload: bytes | None = None, header: Any = None, **more: Any) -> str:
        header = {1: -7, 4: self.kid.encode()} if header is None else header
        encoded = header if isinstance(header, bytes) else cbor.encode(header)
        sign = more.pop("sign", self.sign)
        return nzcp.wrap(encoded, cbor.encode(pass_claims()) if payload is None else payload, sign, **more)

    def key(self, **changes: Any) -> Key:
        found = Key("nzcp", self.kid, keys.load(self.spki), issuer=self.did, name="Ministry of Health")
        return found._replace(**changes)


def jwk_of(spki: bytes) -> dict[str, str]:
    """The P-256 key in a SubjectPublicKeyInfo as a JWK: its point is the last 64 bytes."""
    from checkpoint.codec import base64url

    x, y = (base64url.encode(part).decode() for part in (spki[-64:-32], spki[-32:]))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
