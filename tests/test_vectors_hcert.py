"""Real passes that nobody here made: EU, WHO and third countries. Every verdict as the vectors expect it, or named."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from checkpoint import verify
from checkpoint.model import Checked, CheckName, Key, Reason, Result
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust import lists, records
from checkpoint.trust.lists import Options
from tests.issuer import Issuer, trust_in
from tests.pinned_list import Listed
from tests.vector_cases import cases, needs_vectors

pytestmark = needs_vectors

EXPECTED = {
    None: Reason.OK,
    "prefix": Reason.UNSUPPORTED,
    "base45": Reason.DAMAGED,
    "compression": Reason.DAMAGED,
    "cose_structure": Reason.DAMAGED,
    "payload_cbor": Reason.MALFORMED,
    "signature": Reason.SIGNATURE_INVALID,
    "unknown_key": Reason.ISSUER_UNKNOWN,
    "expired": Reason.EXPIRED,
    "not_yet_valid": Reason.NOT_YET_VALID,
    "key_usage": Reason.KEY_NOT_ALLOWED,
    "schema": Reason.MALFORMED,
    "multiple_entries": Reason.MALFORMED,
    "valueset": Reason.OK,
    "revoked": Reason.REVOKED,
    "image_undecodable": Reason.OK,  # the text beside the broken picture is good
}
SIGNATURE = {"valid": Result.PASS, "invalid": Result.FAIL, "unknown_key": Result.UNKNOWN, "not_reached": None}
# Where we do not follow the expectation, and why.
DISAGREE = {
    "dcc-qa/LV/1.0.0/VAC": (Reason.MALFORMED, "the date of vaccination is 2022-17-01: no such day"),
    "dcc-qa/MK/1.3.0/TEST_MK": (Reason.ISSUER_UNKNOWN, "RSA-1024: too weak to be trusted, refused at import"),
    "dcc-qa/MK/1.3.0/VAC_MK": (Reason.ISSUER_UNKNOWN, "RSA-1024: too weak to be trusted, refused at import"),
    "nl-mobile-core/cuw-san": (Reason.EXPIRED, "exp is 42, in 1970; the test it comes from does not look at time"),
    "nl-mobile-core/default": (Reason.EXPIRED, "exp is 42, in 1970; the test it comes from does not look at time"),
    "nl-mobile-core/nl-dcc": (Reason.EXPIRED, "exp is 42, in 1970; the test it comes from does not look at time"),
    "gdhcn-validator/WHOQR1Contents": (Reason.EXPIRED, "its signed valid_until is 2022-07-08, the clock 2024-10-01"),
    "gdhcn-validator/WHOSingaporePCRContents": (Reason.KEY_EXPIRED, "its signer ended on 2024-06-13, before the clock"),
}
# Their expectation names another person than the bytes that the issuer signed.
OTHER_PAYLOAD = {"dgc-testdata/PL/1.3.0/1", "dgc-testdata/PL/1.3.0/5"}
CASES = [case for folder in ("dcc", "who") for case in cases(folder)]


def keys_of(case: dict[str, Any]) -> list[Key]:
    """The keys of a case as `keys import --kid` reads them: a weak one is left out with its reason."""
    found = []
    for entry in case["keys"]:
        kid = b64encode(bytes.fromhex(entry["kid_hex"])).decode()
        data = (entry.get("cert_pem") or entry["public_key_pem"]).encode()
        found += [records.key(record) for record in lists.read(data, Options(kid=kid)).records]
    return found


def judge(case: dict[str, Any], *revoked: tuple[str, bytes]) -> tuple[Reason, Checked, float]:
    keys = keys_of(case) or [Issuer().key_with()]
    trust = trust_in(*keys, revocations=(Listed(frozenset(revoked)),) if revoked else ())
    clock = datetime.fromisoformat(case["validation_clock"].replace("Z", "+00:00"))
    at = (clock if clock.tzinfo else clock.replace(tzinfo=UTC)).timestamp()
    checked = verify.check(case["qr_text"], trust, at)
    return verify.decide((checked,), trust, AUTHENTIC, at, at).reason, checked, at


def result_of(checked: Checked, name: CheckName) -> Result | None:
    return next((check.result for check in checked.checks if check.name is name), None)


def hashes_of(case: dict[str, Any]) -> dict[str, tuple[str, bytes]]:
    kinds = {"UCI": "dcc-uci", "COUNTRYCODEUCI": "dcc-ccuci", "SIGNATURE": "dcc-sig"}
    stated = case["observed"].get("revocation_hashes") or {}
    return {name: (kinds[name], bytes.fromhex(value)) for name, value in stated.items() if value}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_real_pass_gives_the_verdict_that_its_expectation_says(case: dict[str, Any]) -> None:
    revoked = list(hashes_of(case).values()) if case["expected"]["error_class"] == "revoked" else []
    reason, checked, _ = judge(case, *revoked)
    expected, _why = DISAGREE.get(case["id"], (EXPECTED[case["expected"]["error_class"]], ""))
    assert reason is expected
    if expected is not Reason.ISSUER_UNKNOWN or case["id"] not in DISAGREE:
        assert result_of(checked, CheckName.SIGNATURE) is SIGNATURE[case["expected"]["signature"]]
    if case["expected"]["error_class"] == "valueset":
        assert any(check.result is Result.WARNING for check in checked.checks)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_a_real_pass_says_is_read_as_its_expectation_says(case: dict[str, Any]) -> None:
    _, checked, _ = judge(case)
    payload = case["expected"].get("payload")
    if checked.claims is None or not isinstance(payload, dict) or "nam" not in payload:
        return
    if case["id"] in OTHER_PAYLOAD:
        return
    subject = checked.claims.subject
    assert subject is not None
    assert subject.family_name == (payload["nam"].get("fn") or "")
    assert subject.given_name == (payload["nam"].get("gn") or "")
    assert subject.birth_date == payload["dob"].partition("T")[0]
    entries = [entry for group in "vtr" for entry in payload.get(group) or []]
    assert [one.facts["id"] for one in checked.claims.credentials] == [entry["ci"] for entry in entries]
    for credential, entry in zip(checked.claims.credentials, entries, strict=True):
        assert credential.facts["target"] == entry["tg"]
        if "dn" in entry:
            assert (credential.facts["dose"], credential.facts["doses"]) == (entry["dn"], entry["sd"])
            assert credential.facts["date"] == entry["dt"][:10]


@pytest.mark.parametrize("name", ["UCI", "COUNTRYCODEUCI", "SIGNATURE"])
def test_the_revocation_hashes_of_real_passes_are_those_of_the_eu(name: str) -> None:
    tried = 0
    for case in CASES:
        _, checked, _ = judge(case)
        if checked.claims is None or name not in (stated := hashes_of(case)):
            continue
        tried += 1
        assert stated[name] in checked.claims.revocation_ids, case["id"]
        assert judge(case, stated[name])[0] in (Reason.REVOKED, Reason.KEY_NOT_ALLOWED), case["id"]
    assert tried > 500


def test_no_disagreement_is_named_that_does_not_exist() -> None:
    named = {case["id"] for case in CASES} & DISAGREE.keys()
    assert named == DISAGREE.keys()
    assert len(DISAGREE) <= 8
