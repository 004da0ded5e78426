"""Real specimens that nobody here made: visible digital seals, barcodes and 2D-Docs. Keys come in by import."""

from datetime import datetime
from typing import Any

import pytest

from checkpoint import verify
from checkpoint.model import Checked, CheckName, Key, Outcome, Reason, Result
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust import lists, records
from checkpoint.trust.lists import Options
from checkpoint.verdict import Verdict
from tests.document_issuers import french
from tests.issuer import trust_in
from tests.vector_cases import cases, needs_vectors

pytestmark = needs_vectors

EXPECTED = {
    None: Reason.OK,
    "header": Reason.DAMAGED,
    "unknown_key": Reason.ISSUER_UNKNOWN,
    "unsigned": Reason.IDENTITY_ONLY,
    "not_a_pass": Reason.UNSUPPORTED,
}
ENDED = "the machine readable zone of the specimen expired before the clock of the case"
# Where we do not follow the expectation, and why.
DISAGREE = {
    "vdstools/addressStickerId": (Reason.UNSUPPORTED, "brainpoolP224r1: the library does not have that curve"),
    "vdstools/arrivalAttestation": (Reason.EXPIRED, f"{ENDED}: 2016-04-12"),
    "vdstools/emergenyTravelDoc": (Reason.EXPIRED, f"{ENDED}: 2022-01-01"),
    "vdstools/residentPermit": (Reason.EXPIRED, f"{ENDED}: 2022-01-01"),
}
CASES = [case for folder in ("vds", "idb", "doc2d") for case in cases(folder)]
IDS = [f"{case['format']}/{case['id']}" for case in CASES]
ANOTHER = french(authority="FR99")  # some key, so that the station is not without any
CLOCK = "2024-01-01T00:00:00Z"


def text_of(case: dict[str, Any]) -> str | bytes:
    return str(case["qr_text"]) if case.get("qr_text") else bytes.fromhex(case["raw_hex"])


def keys_of(case: dict[str, Any]) -> list[Key]:
    """The keys of a case as `keys import --format` reads them."""
    found = [lists.read(one["cert_pem"].encode(), Options(format=case["format"])) for one in case["keys"]]
    return [records.key(record) for one in found for record in one.records]


def case_time(case: dict[str, Any]) -> float:
    return datetime.fromisoformat((case["validation_clock"] or CLOCK).replace("Z", "+00:00")).timestamp()


def judge(case: dict[str, Any], text: str | bytes | None = None) -> tuple[Verdict, Checked]:
    at = case_time(case)
    trust = trust_in(*keys_of(case) or [ANOTHER.key("doc2d")._replace(format=case["format"])])
    checked = verify.check(text_of(case) if text is None else text, trust, at)
    return verify.decide((checked,), trust, AUTHENTIC, at, at), checked


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_real_specimen_gives_the_verdict_that_its_expectation_says(case: dict[str, Any]) -> None:
    verdict, checked = judge(case)
    expected, _why = DISAGREE.get(case["id"], (EXPECTED[case["expected"]["error_class"]], ""))
    assert verdict.reason is expected
    if case["expected"]["signature"] == "valid" and expected is not Reason.UNSUPPORTED:
        signature = next(check.result for check in checked.checks if check.name is CheckName.SIGNATURE)
        assert signature is Result.PASS


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_no_changed_byte_of_what_is_signed_is_ever_admitted(case: dict[str, Any]) -> None:
    text = text_of(case)
    if not isinstance(text, bytes) or not case["keys"]:
        return
    size = case["observed"]["signed_len"]
    assert judge(case, text[:size] + text[size:])[0].outcome is judge(case)[0].outcome
    for at in range(0, size, 7):
        changed = text[:at] + bytes((text[at] ^ 1,)) + text[at + 1 :]
        assert judge(case, changed)[0].outcome is not Outcome.ADMIT, at


FACTS = {
    "AZR": "azr_number",
    "PASSPORT_NUMBER": "passport_number",
    "SOCIAL_INSURANCE_NUMBER": "social_insurance_number",
    "BIRTH_NAME": "birth_name",
}


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_what_a_real_seal_says_is_read_as_its_expectation_says(case: dict[str, Any]) -> None:
    _, checked = judge(case)
    facts = case["expected"].get("facts", {})
    if checked.claims is None or case["format"] != "vds":
        return
    (credential,) = checked.claims.credentials
    for name, ours in FACTS.items():
        if name in facts:
            assert credential.facts[ours] == facts[name]
    if "MRZ" in facts:
        first, second = facts["MRZ"].split("\n")
        subject = checked.claims.subject
        assert subject is not None
        assert subject.document == second[:9].rstrip("<")
        assert subject.family_name == first[5:].partition("<<")[0].replace("<", " ")
    if "SURNAME" in facts:
        assert checked.claims.subject is not None
        assert (checked.claims.subject.family_name, checked.claims.subject.given_name) == (
            facts["SURNAME"],
            facts["FIRST_NAME"],
        )
    head = case["expected"].get("header")
    assert head is None or (credential.facts["issued"], credential.facts["signed"]) == (
        head["issueDate"],
        head["sigDate"],
    )


def test_the_header_of_every_seal_names_its_key_as_the_import_of_the_certificate_does() -> None:
    for case in CASES:
        if case["format"] == "vds" and case["id"] != "vdstools/addressStickerId":
            assert [key.kid for key in keys_of(case)] == [key["ref"] for key in case["keys"]]


def test_a_certificate_whose_curve_the_library_lacks_is_left_out_with_its_reason() -> None:
    case = next(case for case in CASES if case["id"] == "vdstools/addressStickerId")
    found = lists.read(case["keys"][0]["cert_pem"].encode(), Options(format="vds"))
    assert not found.records
    assert found.skipped[0].reason.startswith(("bad_entry", "weak_key"))


def test_a_specimen_of_utopia_is_marked_as_a_test() -> None:
    case = next(case for case in CASES if case["id"] == "vdstools/fictionCert")
    verdict, _ = judge(case)
    assert verdict.reason is Reason.OK
    assert verdict.as_dict()["issuer"]["test"] is True


def test_no_disagreement_is_named_that_does_not_exist() -> None:
    assert {case["id"] for case in CASES} >= DISAGREE.keys()
    assert len(CASES) >= 25
