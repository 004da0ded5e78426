"""What people write when they mean one pass, and what it stands for."""

from base64 import b64encode, urlsafe_b64encode
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


@pytest.mark.parametrize("text", [b64encode(HASH).decode(), (HASH * 2).hex(), (HASH * 2).hex().upper()])
def test_a_bare_hash_is_meant_as_any_of_the_three_of_the_eu(text: str) -> None:
    assert ids.parse(f"  {text}\n") == [("dcc-uci", HASH), ("dcc-ccuci", HASH), ("dcc-sig", HASH)]


@pytest.mark.parametrize("text", [HASH.hex(), HASH.hex().upper()])
def test_as_many_digits_as_a_pass_id_has_are_meant_as_one_too(text: str) -> None:
    assert ids.parse(text) == [("dcc-uci", HASH), ("dcc-ccuci", HASH), ("dcc-sig", HASH), ("pass_id", HASH)]


ODD = bytes.fromhex("930fbf6ffa308953f0b134d50dd5bfff")  # its base64 has both characters that the alphabets differ in


@pytest.mark.parametrize("kind", ["dcc-uci", "dcc-ccuci", "dcc-sig", "pass_id", "shc-rid", "x509-serial"])
def test_a_hash_whose_kind_is_said_is_read_in_every_alphabet_and_never_hashed_as_if_it_were_an_id(kind: str) -> None:
    texts = (b64encode(ODD).decode(), urlsafe_b64encode(ODD).decode())
    assert texts[0] != texts[1]
    for text in (*texts, *(one.rstrip("=") for one in texts if kind != "shc-rid")):
        assert ids.parse(text, kind=kind) == [(kind, ODD)]


def test_the_name_of_a_key_is_not_taken_for_a_hash() -> None:
    for text in ("3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s", "FKDIxsTCGlUFKDIxsTCGlU"):
        with pytest.raises(Malformed):
            ids.parse(text)


@pytest.mark.parametrize("kind", ["dcc-uci", "dcc-ccuci"])
def test_half_a_hash_is_refused_and_not_hashed_as_if_it_were_a_uvci(kind: str) -> None:
    for text in (HASH.hex()[:-1], "01ab" * 5, "12"):
        for words in ((text, kind), (f"{kind}:{text}", ""), (text, "")):
            with pytest.raises(Malformed):
                ids.parse(*words)


@pytest.mark.parametrize(
    "text",
    [
        *("URN:UVCI:01DE/IZ12345A/5CWLU12RNOB9RXSEOP6FG8#W", "URN:UCI:01:NL:GBQGRCMHS5GBPCUIO5WY42#J"),
        *("URN:UVCI:V1:MK:QL6CCG616OGFAJTEK7DGXRS6IR", "dgci:V1:FR:C51AOQW7CQMFW7WLIWVGADQY6:70"),
        *("01IT0468FE1E08064EFEB06FD63D113AEC2A#6", "01/LU/14DFZEBFNYOGN#3L", "01ES01V1254A083DEF342D693992#9"),
        *("URN:UVCI:01:JO:MOHJO/ABCD_12345", "urn:uvci:01:lv:044a68ee8e6ff41b46e7d0afeb86bab7"),
    ],
)
def test_a_uvci_is_known_in_every_spelling_that_issuers_use(text: str) -> None:
    assert ("dcc-uci", ids.digest(text)) in ids.parse(text)
    assert set(ids.parse(text)) == set(ids.parse(text, kind="dcc-uci"))


@needs_vectors
def test_the_id_of_every_real_certificate_revokes_it_as_it_stands() -> None:
    seen = 0
    for case in cases("dcc"):
        payload = case["expected"].get("payload")
        for group in "vtr" if isinstance(payload, dict) else "":
            for entry in payload.get(group) or []:
                assert ("dcc-uci", ids.digest(entry["ci"])) in ids.parse(entry["ci"]), entry["ci"]
                seen += 1
    assert seen > 500


def test_small_letters_that_a_person_typed_mean_the_capitals_that_were_signed() -> None:
    signed = "URN:UVCI:01:AT:D4QLON2YR27UVT6PXRZYZKZZL#L"
    assert ("dcc-uci", ids.digest(signed)) in ids.parse(signed.lower())


def test_a_uvci_alone_names_the_country_that_goes_before_it() -> None:
    uvci = "URN:UVCI:01:AT:D4QLON2YR27UVT6PXRZYZKZZL#L"
    for text in (uvci, uvci.removeprefix("URN:UVCI:"), "AT" + uvci, "at" + uvci):
        assert ("dcc-ccuci", ids.digest("AT" + uvci)) in ids.parse(text, kind="dcc-ccuci"), text
    for text in ("URN:UVCI:X", "1T" + uvci, "A", "AT"):
        with pytest.raises(Malformed):
            ids.parse(text, kind="dcc-ccuci")


@pytest.mark.parametrize(
    ("name", "kind"), [("UCI", "dcc-uci"), ("SIGNATURE", "dcc-sig"), ("CountryCodeUCI", "dcc-ccuci")]
)
def test_the_names_that_the_eu_gives_its_kinds_are_known(name: str, kind: str) -> None:
    for words in ((HASH.hex(), name), (f"{name}:{HASH.hex()}", ""), (f"{name} {HASH.hex()}", "")):
        assert ids.parse(*words) == [(kind, HASH)]


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
