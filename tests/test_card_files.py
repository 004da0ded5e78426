"""Files of SMART Health Cards, and the certificate chains that their issuers' keys may carry."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from checkpoint.codec import jwk
from checkpoint.commands import card_file
from checkpoint.trust import lists
from checkpoint.trust.lists import Found, Options
from tests.card_issuers import ISS, CardIssuer, card, jwk_of
from tests.commands import Shell
from tests.issuer import DAY, NOW
from tests.vector_cases import VECTORS, cases, needs_vectors

CARDS = CardIssuer()
FIRST, SECOND = CARDS.jws().decode(), CARDS.jws(json.dumps(card(nbf=NOW - 5 * DAY)).encode()).decode()


@pytest.fixture
def station(shell: Shell, tmp_path: Path) -> Shell:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [CARDS.jwk]}))
    assert shell("keys", "import", path, "--issuer", ISS).code == 0
    return shell


def file(folder: Path, content: Any, name: str = "mine.smart-health-card") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, indent=2).encode())
    return path


def test_every_card_of_a_file_gets_its_verdict(station: Shell, tmp_path: Path) -> None:
    forged = FIRST[:-8] + "AAAAAAAA"
    ran = station.verify(file(tmp_path, {"verifiableCredential": [FIRST, SECOND, forged]}))
    assert ran.reasons == ["ok", "ok", "signature_invalid"]
    assert [one["source"] for one in ran.verdicts] == [f"argument 1, card {number}" for number in (1, 2, 3)]
    assert len({one["pass_id"] for one in ran.verdicts[:2]}) == 2
    assert ran.code == 3


def test_a_file_with_one_card_is_that_card_whatever_its_name(station: Shell, tmp_path: Path) -> None:
    for name in ("one.smart-health-card", "one.json", "one"):
        (found,) = station.verify(file(tmp_path, {"verifiableCredential": [FIRST]}, name)).verdicts
        assert (found["reason"], found["source"]) == ("ok", "argument 1")
    assert station.verify(json.dumps({"verifiableCredential": [FIRST, SECOND]})).reasons == ["ok", "ok"]
    marked = file(tmp_path, b"\xef\xbb\xbf" + json.dumps({"verifiableCredential": [FIRST]}).encode())
    assert station.verify(marked).reasons == ["ok"]


BROKEN: dict[str, Any] = {
    "none": {"verifiableCredential": []},
    "too many": {"verifiableCredential": [FIRST] * (card_file.MAX_CARDS + 1)},
    "text": {"verifiableCredential": FIRST},
    "numbers": {"verifiableCredential": [FIRST, 1]},
    "objects": {"verifiableCredential": [{"jws": FIRST}]},
    "inside": {"a": {"verifiableCredential": [FIRST]}},
    "twice": b'{"verifiableCredential":[],"verifiableCredential":[]}',
    "cut off": json.dumps({"verifiableCredential": [FIRST]}).encode()[:-2],
    "deep": b'{"verifiableCredential":' + b"[" * 5000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_broken_is_damaged_and_never_read_in_part(station: Shell, tmp_path: Path, name: str) -> None:
    ran = station.verify(file(tmp_path, BROKEN[name]))
    assert (ran.code, ran.reasons) == (6, ["damaged"])


def test_a_file_of_something_else_is_no_pass_and_one_that_is_not_there_is_a_mistake(
    station: Shell, tmp_path: Path
) -> None:
    ran = station.verify(file(tmp_path, {"verifiableCredential": ["not a card", FIRST]}))
    assert ran.reasons == ["unsupported", "ok"]
    assert ran.code == 6
    missing = station.verify(tmp_path / "gone.smart-health-card")
    assert (missing.code, "gone.smart-health-card" in missing.err) == (2, True)
    assert station.verify(file(tmp_path, b'{"verifiableCredential":["' + b"x" * card_file.MAX_FILE)).code == 6


@needs_vectors
def test_the_files_that_real_validators_are_tested_with(shell: Shell, tmp_path: Path) -> None:
    expected = {None: "ok", "compression": "damaged", "unknown_issuer": "issuer_unknown", "issuer_url": "malformed"}
    found = [case for case in cases("shc") if str(case.get("raw_file", "")).endswith(card_file.SUFFIX)]
    assert len(found) == 4
    for case in found:
        path = tmp_path / "jwks.json"
        path.write_text(json.dumps({"keys": case["keys"]}))
        shell("keys", "import", path, "--issuer", "https://spec.smarthealth.cards/examples/issuer")
        ran = shell("verify", "--json", "--at", case["validation_clock"], VECTORS / "shc" / case["raw_file"])
        assert ran.reasons[0] == expected[case["expected"]["error_class"]], case["id"]


# --- certificate chains ----------------------------------------------------------------------------------------------


def certificate(
    key: ec.EllipticCurvePrivateKey, name: str, above: tuple[str, ec.EllipticCurvePrivateKey] | None, *addresses: str
) -> bytes:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    issuer, signer = above or (name, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(NOW - 100 * DAY, UTC))
        .not_valid_after(datetime.fromtimestamp(NOW + 100 * DAY, UTC))
    )
    if addresses:
        alternative = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(one) for one in addresses])
        builder = builder.add_extension(alternative, critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.DER)


ROOT, MIDDLE, STRANGER = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
LEAF: Any = CARDS.private
ABOVE = [certificate(MIDDLE, "Middle", ("Root", ROOT)), certificate(ROOT, "Root", None)]
GOOD = [certificate(LEAF, "Issuer", ("Middle", MIDDLE), ISS), *ABOVE]
CHAINS: dict[str, tuple[Any, str]] = {
    "whole": (GOOD, "dates"),
    "alone": (GOOD[:1], "dates"),
    "two addresses": ([certificate(LEAF, "Issuer", ("Middle", MIDDLE), "https://x.example", ISS), *ABOVE], "dates"),
    "another address": ([certificate(LEAF, "Issuer", ("Middle", MIDDLE), ISS + "/other"), *ABOVE], "other"),
    "no address": ([certificate(LEAF, "Issuer", ("Middle", MIDDLE)), *ABOVE], "other"),
    "another key": ([certificate(STRANGER, "Issuer", ("Middle", MIDDLE), ISS), *ABOVE], "refused"),
    "broken": ([GOOD[0], ABOVE[1]], "refused"),
    "by a stranger": ([certificate(LEAF, "Issuer", ("Middle", STRANGER), ISS), *ABOVE], "refused"),
    "order": (GOOD[::-1], "refused"),
    "empty": ([], "refused"),
    "too long": (GOOD * 4, "refused"),
    "text": ("x", "refused"),
    "no base64": (["?"], "refused"),
    "no certificate": ([b"\x30\x00"], "refused"),
    "numbers": ([1], "refused"),
}


def key_with(chain: Any) -> dict[str, Any]:
    if isinstance(chain, list):
        chain = [b64encode(one).decode() if isinstance(one, bytes) else one for one in chain]
    return {**CARDS.jwk, "x5c": chain}


def directory(*keys: dict[str, Any]) -> Found:
    """As the VCI directory publishes them."""
    return lists.read(
        json.dumps({"issuerInfo": [{"issuer": {"iss": ISS, "name": "Bộ Y tế"}, "keys": list(keys)}]}).encode(),
        Options(),
    )


@pytest.mark.parametrize("name", CHAINS)
def test_the_chain_of_a_key_in_the_directory_bounds_it_says_nothing_or_refuses_it(name: str) -> None:
    chain, expected = CHAINS[name]
    found = directory(key_with(chain))
    if expected == "refused":
        assert not found.records
        assert (
            "x5c" in found.skipped[0].reason
            or "certificate" in found.skipped[0].reason
            or "base64" in found.skipped[0].reason
        )
        return
    (record,) = found.records
    bounds = (NOW - 100 * DAY, NOW + 100 * DAY) if expected == "dates" else (None, None)
    assert (record.not_before, record.not_after) == bounds


@pytest.mark.parametrize("name", CHAINS)
def test_the_chain_of_a_key_given_by_its_issuer_must_name_the_issuer(name: str) -> None:
    chain, expected = CHAINS[name]
    found = lists.read(json.dumps({"keys": [key_with(chain)]}).encode(), Options(issuer=ISS))
    assert bool(found.records) is (expected == "dates")
    assert all(record.not_after == NOW + 100 * DAY for record in found.records)


def test_a_card_under_a_key_whose_certificate_has_ended_needs_a_person(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "vci.json"
    path.write_text(json.dumps({"issuerInfo": [{"issuer": {"iss": ISS, "name": "x"}, "keys": [key_with(GOOD)]}]}))
    assert shell("keys", "import", path, "--json").json["added"] == 1
    for days, expected in ((99, "ok"), (101, "key_expired")):
        at = datetime.fromtimestamp(NOW + days * DAY, UTC).isoformat()
        assert shell("verify", "--json", "--at", at, FIRST).reasons == [expected]


@needs_vectors
def test_the_real_directory_has_three_keys_that_their_certificates_bound() -> None:
    found = lists.read((VECTORS / "trust" / "vci" / "vci_snapshot.json").read_bytes(), Options())
    bound = [one for one in found.records if one.not_after is not None]
    assert {one.issuer for one in bound} == {"https://vc.vrs.digital.go.jp/issuer"}
    assert (len(bound), len(found.records), found.skipped) == (3, 961, [])


def test_the_kid_stays_the_thumbprint_with_a_chain() -> None:
    assert key_with(GOOD)["kid"] == jwk.thumbprint(jwk_of(CARDS.spki))
