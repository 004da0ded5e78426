"""What people write when they mean one pass, and what it stands for."""

from base64 import b64encode
from hashlib import sha256

import pytest

from checkpoint.codec.errors import Malformed
from checkpoint.formats import hcert
from checkpoint.model import Key, Verified
from checkpoint.trust.revocations import ids
from tests.vector_cases import cases, needs_vectors

HASH = bytes(range(16))
MALFORMED = {
    "dcc-qa/LV/1.0.0/VAC",
    "nl-mobile-core/fractional-float-dose",
}  # signed, but their content breaks the schema


def test_a_pass_id_stands_for_the_pass_alone() -> None:
    assert ids.parse(f"hcert-{HASH.hex()}") == [("pass_id", HASH)]
    assert ids.parse(f"pass_id:hcert-{HASH.hex()}") == ids.parse(HASH.hex(), kind="pass_id") == [("pass_id", HASH)]


@pytest.mark.parametrize("text", [HASH.hex(), HASH.hex().upper(), b64encode(HASH).decode(), (HASH * 2).hex()])
def test_a_bare_hash_is_meant_as_any_of_the_three_of_the_eu(text: str) -> None:
    assert ids.parse(f"  {text}\n") == [("dcc-uci", HASH), ("dcc-ccuci", HASH), ("dcc-sig", HASH)]


def test_a_uvci_is_meant_with_and_without_its_prefix() -> None:
    bare, full = "01:FR:W7V2BE46QSBJ#L", "URN:UVCI:01:FR:W7V2BE46QSBJ#L"
    forms = (bare, full, "urn:uvci:" + bare)
    expected = {("dcc-uci", sha256(one.encode()).digest()[:16]) for one in forms}
    for text in (*forms, f"dcc-uci:{full}"):
        assert set(ids.parse(text)) == expected


def test_the_issuer_goes_before_the_uvci() -> None:
    expected = sha256(b"FRURN:UVCI:01:FR:W7V2BE46QSBJ#L").digest()[:16]
    assert ("dcc-ccuci", expected) in ids.parse("dcc-ccuci:FRURN:UVCI:01:FR:W7V2BE46QSBJ#L")
    assert ("dcc-ccuci", expected) in ids.parse("FR01:FR:W7V2BE46QSBJ#L", kind="dcc-ccuci")


@pytest.mark.parametrize("kind", ["dcc-uci", "dcc-ccuci", "dcc-sig", "shc-rid"])
def test_a_hash_of_a_kind_is_that_kind_alone(kind: str) -> None:
    for text in (f"{kind}:{HASH.hex()}", f"{kind} {HASH.hex()}", f"{kind}:{b64encode(HASH).decode()}"):
        assert ids.parse(text) == [(kind, HASH)]


def test_a_rid_counts_under_its_key_and_a_status_under_its_list() -> None:
    expected = sha256(b"3Kfdg-XwP\0FKDIxsTCGlU").digest()[:16]
    assert ids.parse("shc-rid:3Kfdg-XwP/FKDIxsTCGlU") == [("shc-rid", expected)]
    place = sha256(b"permits").digest()[:8] + b"\0\0\0\7" + b"\0\0\1\2"
    assert ids.parse("tsl:permits/7/258") == [("tsl", place)]


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "hello", "x" * 513, "01:FR:X\0Y", HASH.hex()[:-1], "hcert-" + HASH.hex().upper()),
        *("dcc-uic:" + HASH.hex(), "dcc-sig:URN:UVCI:01:FR:X", "shc-rid:kid/rid.123"),
        *("tsl:1", "tsl:a/1/-2", "tsl:a/4294967296/1", "tsl:a/1/4294967296"),
    ],
)
def test_what_is_no_id_is_refused_and_never_read_as_another_kind(text: str) -> None:
    with pytest.raises(Malformed):
        ids.parse(text)


def test_an_unknown_kind_is_refused_because_it_would_never_be_met() -> None:
    with pytest.raises(Malformed, match="kinds: dcc-ccuci"):
        ids.parse(HASH.hex(), kind="dcc-uvci")


@needs_vectors
def test_the_three_hashes_of_every_certificate_are_those_of_an_independent_check() -> None:
    seen = 0
    for case in cases("dcc"):
        expected = (case.get("observed") or {}).get("revocation_hashes")
        if not expected or case["expected"].get("signature") != "valid" or case["id"] in MALFORMED:
            continue
        envelope = hcert.open_pass(case["qr_text"])
        found = hcert.claims(Verified(envelope, Key("hcert", "", _Unused())))
        for name, kind in (("UCI", "dcc-uci"), ("COUNTRYCODEUCI", "dcc-ccuci"), ("SIGNATURE", "dcc-sig")):
            if expected.get(name):
                assert (kind, bytes.fromhex(expected[name])) in found.revocation_ids, (case["id"], name)
                assert set(ids.parse(expected[name])) & set(found.revocation_ids)
        seen += 1
    assert seen > 500


class _Unused:
    type = "P-256"

    def verify(self, algorithm: str, signature: bytes, message: bytes) -> bool:
        return False
