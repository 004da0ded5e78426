"""Real cards and passes that nobody here made: SMART Health Cards, NZ COVID Pass, NL2. Keys come in by import."""

import json
from datetime import datetime
from typing import Any

import pytest

from checkpoint import verify
from checkpoint.codec import numeric
from checkpoint.model import Checked, CheckName, Key, Reason, Result, RevocationId
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust import lists, records, revocations
from checkpoint.trust.lists import Options
from checkpoint.verdict import Verdict
from tests.card_issuers import CardIssuer
from tests.issuer import trust_in
from tests.pinned_list import Listed
from tests.vector_cases import VECTORS, cases, needs_vectors

pytestmark = needs_vectors

EXPECTED = {
    None: Reason.OK,
    "qr_header": Reason.DAMAGED,
    "qr_numeric": Reason.DAMAGED,
    "base32": Reason.DAMAGED,
    "compression": Reason.DAMAGED,
    "jws_header": Reason.DAMAGED,
    "qr_chunk_missing": Reason.INCOMPLETE,
    "qr_chunk_duplicate": Reason.INCOMPLETE,
    "signature": Reason.SIGNATURE_INVALID,
    "unknown_key": Reason.ISSUER_UNKNOWN,
    "unknown_issuer": Reason.ISSUER_UNKNOWN,
    "issuer_key_mismatch": Reason.ISSUER_UNKNOWN,
    "issuer_url": Reason.MALFORMED,
    "expired": Reason.EXPIRED,
    "revoked": Reason.REVOKED,
    "crl_malformed": Reason.OK,  # the card is good; what must be refused is its list
    "unsupported_format": Reason.UNSUPPORTED,
}
# Where we do not follow the expectation, and why.
DISAGREE = {
    "nzcp-js/patrick-1": (Reason.NOT_YET_VALID, "its nbf is 2022-01-08, the clock 2022-01-01"),
}
ISSUER = "https://spec.smarthealth.cards/examples/issuer"
EVERY = [case for folder in ("shc", "nzcp", "nl2") for case in cases(folder)]
KEY_CASES = [case for case in EVERY if case["expected"].get("kind") == "jwks-acceptance"]
CASES = [case for case in EVERY if case not in KEY_CASES and case["expected"]["error_class"] != "image_undecodable"]
LIST_CASES = [case for case in CASES if case["expected"]["error_class"] == "crl_malformed"]


def text_of(case: dict[str, Any]) -> str:
    """The text of the code, the chunks one a line, or the JWS as a code would carry it."""
    if case.get("qr_chunks"):
        return "\n".join(case["qr_chunks"])
    return str(case.get("qr_text") or "shc:/" + numeric.encode(case["jws"].encode()))


def issuer_of(case: dict[str, Any]) -> str:
    """Whose the keys of a case are: the lists' cases publish theirs under an address of their own."""
    return str(case["expected"]["payload"]["iss"]) if case in LIST_CASES else ISSUER


def keys_of(case: dict[str, Any]) -> list[Key]:
    """The keys of a case as `keys import` reads them: a JWKS with --issuer, or a DID document."""
    if case["format"] == "nzcp":
        found = [lists.read(json.dumps(document).encode(), Options()) for document in case["keys"]]
    else:
        jwks = json.dumps({"keys": case["keys"]}).encode()
        found = [lists.read(jwks, Options(issuer=issuer_of(case)))] if case["keys"] else []
    return [records.key(record) for one in found for record in one.records]


def revoked_by(case: dict[str, Any]) -> list[revocations.Entry]:
    """What the Card Revocation Lists of a case say, as `revocations import` reads them."""
    found = []
    for crl in case.get("crls") or []:
        try:
            found += revocations.read(json.dumps(crl).encode(), list_options(case)).entries
        except revocations.ListRefused:
            assert case in LIST_CASES
    return found


def list_options(case: dict[str, Any]) -> revocations.Options:
    return revocations.Options(versions={key["kid"]: key["crlVersion"] for key in case["keys"] if "crlVersion" in key})


def judge(case: dict[str, Any], text: str | bytes | None = None) -> tuple[Verdict, Checked]:
    at = datetime.fromisoformat(case["validation_clock"].replace("Z", "+00:00")).timestamp()
    entries = revoked_by(case)
    plain, timed = revocations.divide(entries)
    listed = Listed(frozenset(plain), before=timed) if entries else None
    trust = trust_in(*keys_of(case) or [CardIssuer().key()], revocations=(listed,) if listed else ())
    checked = verify.check(text_of(case) if text is None else text, trust, at)
    return verify.decide((checked,), trust, AUTHENTIC, at, at), checked


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_real_card_gives_the_verdict_that_its_expectation_says(case: dict[str, Any]) -> None:
    verdict, checked = judge(case)
    expected, _why = DISAGREE.get(case["id"], (EXPECTED[case["expected"]["error_class"]], ""))
    assert verdict.reason is expected
    if case["expected"]["signature"] == "valid" and expected not in (Reason.DAMAGED, Reason.ISSUER_UNKNOWN):
        signature = next(check.result for check in checked.checks if check.name is CheckName.SIGNATURE)
        assert signature is Result.PASS


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_a_real_card_says_is_read_as_its_expectation_says(case: dict[str, Any]) -> None:
    _, checked = judge(case)
    payload = case["expected"].get("payload")
    if checked.claims is None or not payload:
        return
    assert checked.claims.issuer == payload["iss"]
    assert checked.claims.valid_from == payload["nbf"]
    holder = payload["vc"]["credentialSubject"]
    if case["format"] == "nzcp":
        subject = checked.claims.subject
        assert subject is not None
        assert (subject.given_name, subject.birth_date) == (holder["givenName"], holder["dob"])
        return
    resources = [entry["resource"] for entry in holder["fhirBundle"]["entry"]]
    doses = [one for one in resources if one["resourceType"] == "Immunization"]
    found = [one for one in checked.claims.credentials if one.kind == "vaccination"]
    assert [one.facts["date"] for one in found] == [one["occurrenceDateTime"] for one in doses]
    assert [one.facts["vaccine"] for one in found] == [one["vaccineCode"]["coding"][0]["code"] for one in doses]
    patients = [one for one in resources if one["resourceType"] == "Patient"]
    if patients:
        assert checked.claims.subject is not None
        assert checked.claims.subject.family_name == patients[0]["name"][0]["family"]
        assert checked.claims.subject.birth_date == patients[0]["birthDate"]


def test_the_chunks_of_a_real_card_may_come_in_any_order_and_more_than_once() -> None:
    case = next(case for case in CASES if case["id"] == "spec/example-02")
    first, second, third = case["qr_chunks"]
    whole = judge(case)[1].claims
    assert whole is not None
    for order in ((third, first, second), (second, third, second, first), (first + "\r", second, third)):
        verdict, checked = judge(case, "\n".join(order))
        assert verdict.reason is Reason.OK
        assert checked.claims is not None
        assert checked.claims.pass_id == whole.pass_id
    assert judge(case, second)[0].reason is Reason.INCOMPLETE


@pytest.mark.parametrize("case", [case for case in CASES if case.get("jws")], ids=lambda case: str(case["id"]))
def test_the_jws_itself_gives_the_same_verdict_as_its_digits(case: dict[str, Any]) -> None:
    verdict, checked = judge(case)
    plain, same = judge(case, case["jws"])
    assert (plain.reason, plain.note) == (verdict.reason, verdict.note)
    assert same.claims == checked.claims


@pytest.mark.parametrize("case", KEY_CASES, ids=[case["id"] for case in KEY_CASES])
def test_an_issuers_key_is_accepted_or_refused_at_import_as_expected(case: dict[str, Any]) -> None:
    options = Options(issuer="https://smarthealth.cards/examples/issuer")
    found = lists.read(json.dumps(case["jwks"]).encode(), options)
    assert bool(found.records) is case["expected"]["accept"]
    assert bool(found.skipped) is not case["expected"]["accept"]
    assert all(one.kid and one.reason for one in found.skipped)
    assert all((one.format, one.issuer) == ("shc", options.issuer) for one in found.records)


def test_a_certificate_chain_that_does_not_hold_is_no_proof_of_an_issuers_key() -> None:
    (key,) = next(case for case in KEY_CASES if case["id"].endswith("valid_key_with_x5c"))["jwks"]["keys"]
    (other,) = next(case for case in KEY_CASES if case["id"].endswith("invalid_DNS_SAN.public"))["jwks"]["keys"]
    options = Options(issuer="https://smarthealth.cards/examples/issuer")
    for chain, why in ((key["x5c"][:1] + other["x5c"][1:], "the chain does not hold"), ([], "x5c"), ("AA", "x5c")):
        found = lists.read(json.dumps({"keys": [{**key, "x5c": chain}]}).encode(), options)
        assert not found.records
        assert why in found.skipped[0].reason


@pytest.mark.parametrize("case", LIST_CASES, ids=[case["id"] for case in LIST_CASES])
def test_a_broken_revocation_list_is_refused_at_import_with_its_reason(case: dict[str, Any]) -> None:
    (crl,) = case["crls"]
    data = json.dumps(crl).encode()
    if case["id"].endswith("non-base64url-rid"):
        found = revocations.read(data, list_options(case))
        assert [one.entry for one in found.skipped] == ["base64==", "$wrongrid!"]
        assert all(one.reason.startswith("crl_malformed") for one in found.skipped)
        return
    with pytest.raises(revocations.ListRefused, match=r"\Acrl_malformed"):
        revocations.read(data, list_options(case))


def test_a_rid_with_a_time_revokes_only_what_was_issued_before() -> None:
    case = next(case for case in CASES if case["id"] == "spec/example-03")
    assert judge(case)[0].reason is Reason.REVOKED
    claims = judge(case)[1].claims
    assert claims is not None
    rid = next(one for one in claims.revocation_ids if one[0] == "shc-rid")
    (entry,) = [one for one in revoked_by(case) if one.id == rid]
    assert claims.issued_at is not None
    assert entry.before is not None
    assert claims.issued_at < entry.before

    def with_time(before: float) -> Reason:
        at = case_time(case)
        timed: dict[RevocationId, float] = {rid: before}
        trust = trust_in(*keys_of(case), revocations=(Listed(before=timed),))
        checked = verify.check(text_of(case), trust, at)
        return verify.decide((checked,), trust, AUTHENTIC, at, at).reason

    assert with_time(claims.issued_at + 0.001) is Reason.REVOKED
    assert with_time(claims.issued_at) is Reason.OK


def case_time(case: dict[str, Any]) -> float:
    return datetime.fromisoformat(case["validation_clock"].replace("Z", "+00:00")).timestamp()


def test_the_test_issuer_of_new_zealand_is_unknown_unless_pinned_and_then_marked_everywhere() -> None:
    case = next(case for case in CASES if case["id"] == "spec/valid/nzcp")
    real = lists.read((VECTORS / "trust" / "nzcp" / "live-did.json").read_bytes(), Options()).records
    assert not any(record.test for record in real)
    at = case_time(case)
    trust = trust_in(*map(records.key, real))
    assert verify.decide((verify.check(text_of(case), trust, at),), trust, AUTHENTIC, at, at).reason is (
        Reason.ISSUER_UNKNOWN
    )
    verdict, _ = judge(case)
    assert verdict.reason is Reason.OK
    issuer = verdict.as_dict()["issuer"]
    assert issuer is not None
    assert issuer["test"] is True
    assert any(check.result is Result.WARNING for check in verdict.checks if check.name is CheckName.KEY)
    expired, _ = judge(next(case for case in CASES if case["id"].endswith("expired-payload")))
    assert expired.as_dict()["issuer"]["test"] is True


def test_a_pass_of_the_same_issuer_under_another_key_is_of_an_unknown_issuer() -> None:
    case = next(case for case in CASES if case["id"] == "nzcp-js/patrick-1")
    other = next(case for case in CASES if case["id"] == "spec/valid/nzcp")
    trust, at = trust_in(*keys_of(other)), case_time(case)
    checked = verify.check(text_of(case), trust, at)
    assert verify.decide((checked,), trust, AUTHENTIC, at, at).reason is Reason.ISSUER_UNKNOWN


def test_the_keys_of_a_vci_snapshot_verify_no_card_of_another_issuer() -> None:
    found = lists.read((VECTORS / "trust" / "vci" / "vci_snapshot.json").read_bytes(), Options())
    by_kid: dict[str, set[str]] = {}
    for record in found.records:
        by_kid.setdefault(record.kid, set()).add(record.issuer)
    shared = [issuers for issuers in by_kid.values() if len(issuers) > 1]
    assert len(shared) == 46
    assert all(record.format == "shc" and record.issuer for record in found.records)


def test_no_disagreement_is_named_that_does_not_exist() -> None:
    assert {case["id"] for case in CASES} >= DISAGREE.keys()
    assert len(CASES) + len(KEY_CASES) >= 46
