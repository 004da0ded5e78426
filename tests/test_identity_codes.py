"""Viet Nam's unsigned codes: whoever they name is claimed and never proven, and a number that contradicts is told."""

from dataclasses import dataclass
from unicodedata import normalize

import pytest

from checkpoint import formats, verify
from checkpoint.model import CheckName, Outcome, Reason, Result
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.verdict import Verdict
from tests.issuer import NOW, Issuer, trust_in

# Synthetic numbers: province 001, as no citizen with these names has them.
MAN_1983, WOMAN_1983, MAN_2010 = "001083000001", "001183000002", "001210000003"
TRUST = trust_in(Issuer().key_with())


def judge(text: str) -> Verdict:
    return verify.decide((verify.check(text, TRUST, NOW),), TRUST, AUTHENTIC, NOW, NOW)


def hexadecimal(text: str) -> str:
    return text.encode().hex()


@dataclass(frozen=True)
class Code:
    text: str
    format: str
    name: str
    born: str
    number: str = MAN_1983
    odd: tuple[str, ...] = ()  # warnings
    against: tuple[str, ...] = ()  # where it contradicts itself


PERSON = f"{MAN_1983}|NGUYEN BAO DUY|1983-10-10|0|160000000000000001|"
CARD = f"{MAN_1983}|012345678|Nguyễn Bảo Duy|10101983|Nam|Phường 7, TP. Hồ Chí Minh|22042021"
INSURANCE = (
    f"GD4010000000001|{hexadecimal('Nguyễn Bảo Duy')}|10/10/1983|1|{hexadecimal('Phường 7')}|79 - 034|01/01/2021|-"
)
CODES = {
    "1405 as published": Code(PERSON + "<1<HS4010000000001<0900000001", "personal_qr", "NGUYEN BAO DUY", "1983-10-10"),
    "1405 extensions without the first border": Code(
        PERSON + "1<HS4010000000001<0900000001", "personal_qr", "NGUYEN BAO DUY", "1983-10-10"
    ),
    "1405 without extensions": Code(PERSON, "personal_qr", "NGUYEN BAO DUY", "1983-10-10"),
    "1405 with something that calls itself a signature": Code(
        PERSON + "<1<HS4010000000001<0900000001<c2lnbmVk", "personal_qr", "NGUYEN BAO DUY", "1983-10-10"
    ),
    "1405 masked number": Code(
        "******000001|NGUYEN BAO DUY|1983-10-10|0|16|<2", "personal_qr", "NGUYEN BAO DUY", "1983-10-10", "******000001"
    ),
    "1405 masked birth date": Code(
        f"{MAN_1983}|NGUYEN BAO DUY|1983-**-**|0|16|<1", "personal_qr", "NGUYEN BAO DUY", "1983-**-**"
    ),
    "1405 old number": Code(
        "012345678|NGUYEN BAO DUY|1990-01-01|0|16|", "personal_qr", "NGUYEN BAO DUY", "1990-01-01", "012345678"
    ),
    "1405 passport": Code(
        "C1234567|NGUYEN BAO DUY|1990-01-01|0|16|", "personal_qr", "NGUYEN BAO DUY", "1990-01-01", "C1234567"
    ),
    "1405 declared by another": Code(
        f"{MAN_2010}|NGUYEN BAO AN|2010-05-01|1|16|160000000000000009<1<",
        "personal_qr",
        "NGUYEN BAO AN",
        "2010-05-01",
        MAN_2010,
        ("note.declared_by_another",),
    ),
    "1405 another year than the number": Code(
        f"{MAN_1983}|NGUYEN BAO DUY|1987-01-18|0|16|<1",
        "personal_qr",
        "NGUYEN BAO DUY",
        "1987-01-18",
        against=("note.number_birth_year",),
    ),
    "1405 another sex than the number": Code(
        f"{WOMAN_1983}|NGUYEN THI HOA|1983-10-10|0|16|1<",
        "personal_qr",
        "NGUYEN THI HOA",
        "1983-10-10",
        WOMAN_1983,
        against=("note.number_sex",),
    ),
    "1405 another sex than the number, behind an empty place": Code(
        f"{MAN_1983}|NGUYEN BAO DUY|1983-10-10|0|16|<2<",
        "personal_qr",
        "NGUYEN BAO DUY",
        "1983-10-10",
        against=("note.number_sex",),
    ),
    "1405 another sex than the number, behind who declared": Code(
        f"{MAN_1983}|NGUYEN BAO DUY|1983-10-10|0|16|160000000000000009<2<",
        "personal_qr",
        "NGUYEN BAO DUY",
        "1983-10-10",
        against=("note.number_sex",),
    ),
    "card of 7 fields": Code(CARD, "cccd", "Nguyễn Bảo Duy", "1983-10-10"),
    "card of 11 fields": Code(CARD + "||||", "cccd", "Nguyễn Bảo Duy", "1983-10-10"),
    "card of 11 fields with content": Code(CARD + "|a|b|c|d", "cccd", "Nguyễn Bảo Duy", "1983-10-10"),
    "card without an old number": Code(CARD.replace("012345678", ""), "cccd", "Nguyễn Bảo Duy", "1983-10-10"),
    "card with decomposed letters": Code(normalize("NFD", CARD), "cccd", "Nguyễn Bảo Duy", "1983-10-10"),
    "card of a woman": Code(
        CARD.replace(MAN_1983, WOMAN_1983).replace("Nam", "Nữ"), "cccd", "Nguyễn Bảo Duy", "1983-10-10", WOMAN_1983
    ),
    "card of 2010": Code(
        CARD.replace(MAN_1983, MAN_2010).replace("10101983", "01052010"),
        "cccd",
        "Nguyễn Bảo Duy",
        "2010-05-01",
        MAN_2010,
    ),
    "card of 8 fields": Code(CARD + "|", "cccd", "Nguyễn Bảo Duy", "1983-10-10", odd=("note.unusual_form",)),
    "card with slashes in dates": Code(
        CARD.replace("10101983", "10/10/1983"), "cccd", "Nguyễn Bảo Duy", "1983-10-10", odd=("note.unusual_form",)
    ),
    "card with another sex than its number": Code(
        CARD.replace("Nam", "Nữ"), "cccd", "Nguyễn Bảo Duy", "1983-10-10", against=("note.number_sex",)
    ),
    "card with another year and sex than its number": Code(
        CARD.replace("Nam", "nữ").replace("10101983", "10101993"),
        "cccd",
        "Nguyễn Bảo Duy",
        "1993-10-10",
        against=("note.number_birth_year", "note.number_sex"),
    ),
    "card of another century": Code(
        CARD.replace("10101983", "10102083"),
        "cccd",
        "Nguyễn Bảo Duy",
        "2083-10-10",
        against=("note.number_birth_year",),
    ),
    "insurance card": Code(INSURANCE, "bhyt", "Nguyễn Bảo Duy", "1983-10-10", "GD4010000000001"),
    "insurance card of 10 digits": Code(
        INSURANCE.replace("GD401", ""), "bhyt", "Nguyễn Bảo Duy", "1983-10-10", "0000000001"
    ),
    "insurance card with a year alone": Code(
        INSURANCE.replace("10/10/1983", "1983"), "bhyt", "Nguyễn Bảo Duy", "1983", "GD4010000000001"
    ),
}


@pytest.mark.parametrize("name", CODES)
def test_an_unsigned_code_is_a_claim_that_a_person_must_check(name: str) -> None:
    code = CODES[name]
    verdict = judge(code.text)
    found = verdict.as_dict()
    assert (verdict.outcome, verdict.reason) == (Outcome.CHECK, Reason.IDENTITY_ONLY)
    assert found["format"] == code.format
    assert found["claimed"] == {"name": code.name, "birth_date": code.born, "document": code.number}
    assert (found["subject"], found["credentials"], found["issuer"], found["pass_id"]) == (None, [], None, None)
    assert (found["issued_at"], found["valid_from"], found["valid_until"]) == (None, None, None)
    warned = {str(check.note[0]) for check in verdict.checks if check.result is Result.WARNING}
    assert warned == set(code.odd)
    against = {str(check.note[0]) for check in verdict.checks if check.reason is Reason.RECORDS_DISAGREE}
    assert against == set(code.against)
    assert all(check.name is not CheckName.SIGNATURE or check.result is Result.SKIPPED for check in verdict.checks)


@pytest.mark.parametrize("name", CODES)
def test_an_unsigned_code_never_becomes_an_envelope(name: str) -> None:
    checked = verify.check(CODES[name].text, TRUST, NOW)
    assert checked.key is None
    assert checked.claims is not None
    assert not any(check.reason is None and check.result is Result.PASS for check in checked.checks[1:])


def test_claims_alone_are_never_admitted_even_where_no_check_stands_against_them() -> None:
    """The last lock: the one line that admits asks for a key behind every claim."""
    checked = verify.check(CARD, TRUST, NOW)._replace(checks=())
    assert verify.decide((checked,), TRUST, AUTHENTIC, NOW, NOW).reason is Reason.INTERNAL


def test_an_unsigned_code_beside_a_good_pass_is_not_lifted_by_it() -> None:
    issuer = Issuer()
    trust = trust_in(issuer.key_with())
    passes = (verify.check(issuer.issue(), trust, NOW), verify.check(CARD, trust, NOW))
    verdict = verify.decide(passes, trust, AUTHENTIC, NOW, NOW)
    assert verdict.outcome is Outcome.CHECK
    assert verdict.subject is not None
    assert verdict.subject.birth_date == "1983-10-10"


DAMAGED = {
    "card born on 31 February": CARD.replace("10101983", "31021983"),
    "card born in month 13": CARD.replace("10101983", "10131983"),
    "personal QR with too long a name": PERSON.replace("NGUYEN", "N" * 300),
    "personal QR with a line break in its name": PERSON.replace("NGUYEN", "N\nGUYEN"),
    "insurance name that is no UTF-8": INSURANCE.replace(hexadecimal("Nguyễn Bảo Duy"), "fffe"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_code_whose_fields_are_broken_is_damaged(name: str) -> None:
    assert judge(DAMAGED[name]).reason is Reason.DAMAGED


OTHERS = {
    "six fields of something else": "001083000001|b|c|d|e|f",
    "a number alone": MAN_1983,
    "eleven digits": CARD[1:],
    "letters where the number belongs": "A" * 12 + CARD[12:],
    "digits that are no digits of a card": "٠٠١٠٨٣٠٠٠٠٠١" + CARD[12:],
    "five fields": "|".join(CARD.split("|")[:5]),
    "no name": CARD.replace("Nguyễn Bảo Duy", ""),
    "borders alone": "|" * 20,
    "a border at the start": "|" + CARD,
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_only_has_borders_is_no_identity_code(name: str) -> None:
    assert judge(OTHERS[name]).reason is Reason.UNSUPPORTED


def test_a_name_that_would_steer_a_screen_is_made_safe() -> None:
    found = judge(CARD.replace("Bảo", "\x1b[2J\u202eBảo")).as_dict()
    assert found["claimed"]["name"] == "Nguyễn �[2JBảo Duy"


def test_telephone_and_address_are_not_carried_on() -> None:
    for code in CODES.values():
        opened = formats.open_pass(code.text)
        said = str(opened.content) + str(judge(code.text).as_dict())  # type: ignore[union-attr]
        assert "0900000001" not in said
        assert "Phường" not in said
        assert "160000000000000001" not in said
