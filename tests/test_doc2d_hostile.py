"""What an attacker, or a careless issuer, can write into a French 2D-Doc, by name, each with one verdict."""

from dataclasses import dataclass

import pytest

from checkpoint import verify
from checkpoint.codec import base32
from checkpoint.codec.keys import ecdsa_der
from checkpoint.formats.doc2d import data, issue
from checkpoint.model import Reason
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.snapshot import Trust
from checkpoint.verdict import Verdict
from tests.card_issuers import CardIssuer, PassIssuer
from tests.document_issuers import DAY_SIGNED, TEST, VACCINATION, Signer, french
from tests.issuer import NOW, Issuer, trust_in
from tests.pinned_list import Listed
from tests.seal_issuers import State

SIGNER, OTHER, STRANGER = french(), french(name="0002"), french(authority="FR01")
TRUST = trust_in(SIGNER.key("doc2d"), OTHER.key("doc2d"), STRANGER.key("doc2d"))
GS, RS, US = "\x1d", "\x1e", "\x1f"


def judge(text: str | bytes, trust: Trust = TRUST, at: float = NOW) -> Verdict:
    return verify.decide((verify.check(text, trust, at),), trust, AUTHENTIC, at, at)


def reason(text: str | bytes, trust: Trust = TRUST) -> Reason:
    return judge(text, trust).reason


GOOD = SIGNER.document()
SIGNED, _, ENCODED = GOOD.partition(US)
HEAD = SIGNED[:26]
SIGNATURE = base32.decode(ENCODED.encode())


@pytest.mark.parametrize("version", [2, 3, 4])
def test_a_code_of_every_version_is_admitted(version: int) -> None:
    assert reason(SIGNER.document(version=version)) is Reason.OK


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
def test_every_curve_has_the_one_hash_that_is_as_long_as_it(curve: str) -> None:
    signer = french(curve)
    trust = trust_in(signer.key("doc2d"))
    assert reason(signer.document(), trust) is Reason.OK
    for size in {32, 48, 64} - {min((int(curve[2:]) + 7) // 8, 64)}:
        foreign = issue.code(SIGNED, lambda one, size=size: signer.sign(one, size))
        assert reason(foreign, trust) is Reason.SIGNATURE_INVALID, size


def test_a_curve_that_the_specification_does_not_have_is_refused() -> None:
    signer = french("brainpoolP256r1")
    assert reason(signer.document(), trust_in(signer.key("doc2d"))) is Reason.SIGNATURE_INVALID


@pytest.mark.parametrize("end", range(len(GOOD)))
def test_a_code_cut_off_anywhere_is_never_admitted(end: int) -> None:
    found = reason(GOOD[:end])
    assert found in (Reason.DAMAGED, Reason.SIGNATURE_INVALID, Reason.UNSUPPORTED)
    assert (found is Reason.UNSUPPORTED) is (end < len("DC04"))


def test_a_code_may_come_as_bytes_and_with_line_feeds_for_its_separators() -> None:
    honest = judge(GOOD).as_dict()["pass_id"]
    for text in (GOOD.encode(), GOOD.replace(GS, "\n"), GOOD.replace(GS, "\r\n")):
        assert judge(text).as_dict()["pass_id"] == honest
    assert reason(GOOD.replace(GS, " ")) is Reason.SIGNATURE_INVALID


def test_letters_beyond_ascii_are_signed_as_the_symbol_carries_them() -> None:
    for charset in ("utf-8", "latin-1"):
        message = (HEAD + issue.data([("L0", "NGUYÉN"), *VACCINATION[1:]])).encode(charset)
        code = message + US.encode() + base32.encode(SIGNER.sign(message)).encode()
        verdict = judge(code)
        assert verdict.reason is Reason.OK
        assert verdict.as_dict()["subject"]["family_name"] == "NGUYÉN"


def headed(head: str) -> str:
    return SIGNER.signed_text(head + SIGNED[26:])


PARSE: dict[str, tuple[str | bytes, Reason]] = {
    "version_01": ("DC01" + GOOD[4:], Reason.UNSUPPORTED),
    "version_05": ("DC05" + GOOD[4:], Reason.UNSUPPORTED),
    "prefix_lower": ("dc04" + GOOD[4:], Reason.UNSUPPORTED),
    "binary_magic": (b"\xdc\x04" + GOOD[4:].encode(), Reason.DAMAGED),
    "prefix_alone": ("DC04", Reason.DAMAGED),
    "ca_lower": (headed("DC04fr00" + HEAD[8:]), Reason.DAMAGED),
    "ca_space": (headed("DC04FR 0" + HEAD[8:]), Reason.DAMAGED),
    "date_no_hex": (headed(HEAD[:12] + "12G4" + HEAD[16:]), Reason.DAMAGED),
    "date_lower": (headed(HEAD[:12] + "1fb6" + HEAD[16:]), Reason.DAMAGED),
    "country_digits": (headed(HEAD[:24] + "12"), Reason.DAMAGED),
    "no_unit_separator": (SIGNED + ENCODED, Reason.DAMAGED),
    "no_signature": (SIGNED + US, Reason.DAMAGED),
    "base32_lower": (SIGNED + US + ENCODED.lower(), Reason.DAMAGED),
    "base32_symbol_1": (SIGNED + US + "1" + ENCODED[1:], Reason.DAMAGED),
    "base32_not_ascii": (SIGNED + US + "Đ" + ENCODED[1:], Reason.DAMAGED),
    "base32_space": (SIGNED + US + ENCODED[:8] + " " + ENCODED[8:], Reason.DAMAGED),
    "base32_unused_bits": (SIGNED + US + ENCODED[:-1] + "B", Reason.DAMAGED),
    "two_signatures": (GOOD + US + ENCODED, Reason.DAMAGED),
    "surrogate": ("DC04FR000001\ud800" + GOOD, Reason.DAMAGED),
    "surrogate_in_the_data": (GOOD.replace("NGUYEN", "NG\ud800EN"), Reason.DAMAGED),
    "longer_than_any_code": (GOOD + "A" * 70_000, Reason.DAMAGED),
    "record_separator_behind": (GOOD + RS, Reason.DAMAGED),
    "annex_in_version_3": (SIGNER.document(version=3) + GS + "01X", Reason.DAMAGED),
    "annex_in_version_2": (SIGNER.document(version=2) + GS + "01X", Reason.DAMAGED),
}


@pytest.mark.parametrize("name", PARSE)
def test_a_text_that_is_no_code_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = PARSE[name]
    assert reason(text) is expected


def signed_by(signature: bytes) -> str:
    return SIGNED + US + base32.encode(signature)


CRYPTO: dict[str, tuple[str, Reason]] = {
    "63_bytes": (signed_by(SIGNATURE[:-1]), Reason.SIGNATURE_INVALID),
    "65_bytes": (signed_by(SIGNATURE + b"\0"), Reason.SIGNATURE_INVALID),
    "zeros": (signed_by(bytes(64)), Reason.SIGNATURE_INVALID),
    "der_where_raw": (signed_by(ecdsa_der(SIGNATURE)), Reason.SIGNATURE_INVALID),
    "as_long_as_p384": (signed_by(SIGNATURE + bytes(32)), Reason.SIGNATURE_INVALID),
    "name_changed": (GOOD.replace("BAO", "BEO"), Reason.SIGNATURE_INVALID),
    "type_changed": (GOOD.replace("L101FR", "L102FR"), Reason.SIGNATURE_INVALID),
    "by_another_key": (issue.code(SIGNED, OTHER.sign), Reason.SIGNATURE_INVALID),
    "unknown_certificate": (SIGNER.document(certificate="9999"), Reason.ISSUER_UNKNOWN),
    "unknown_authority": (SIGNER.document(authority="FR99"), Reason.ISSUER_UNKNOWN),
}


@pytest.mark.parametrize("name", CRYPTO)
def test_a_code_whose_cryptography_is_wrong_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = CRYPTO[name]
    assert reason(text) is expected


def test_two_authorities_may_give_their_certificates_one_name() -> None:
    assert reason(STRANGER.document()) is Reason.OK
    assert reason(issue.code(SIGNED, STRANGER.sign)) is Reason.SIGNATURE_INVALID
    assert reason(STRANGER.document(), trust_in(SIGNER.key("doc2d"))) is Reason.ISSUER_UNKNOWN


@pytest.mark.parametrize("format", ["hcert", "shc", "nzcp", "vdsnc", "vds", "idb"])
def test_a_key_of_another_format_never_verifies_a_code(format: str) -> None:
    assert reason(GOOD, trust_in(SIGNER.key("doc2d")._replace(format=format))) is Reason.ISSUER_UNKNOWN


def test_a_key_of_these_codes_never_verifies_another_format() -> None:
    hcert, card, passed, seal = Issuer(), CardIssuer(), PassIssuer(), Signer()
    keys = (hcert.key_with(format="doc2d"), card.key(format="doc2d"), passed.key(format="doc2d"))
    trust = trust_in(*keys, seal.key("vds")._replace(format="doc2d"))
    for text in (hcert.issue(), card.issue(), passed.issue(), seal.permit()):
        assert reason(text, trust) is Reason.ISSUER_UNKNOWN


def test_a_key_of_another_type_never_verifies_a_code() -> None:
    kid = SIGNER.key("doc2d").kid
    for key in (Issuer("RSA").key_with(format="doc2d", kid=kid), french("P-384").key("doc2d", kid=kid)):
        assert reason(GOOD, trust_in(key)) is Reason.SIGNATURE_INVALID


def test_the_annex_is_signed_by_nobody_and_read_by_nobody() -> None:
    honest = judge(GOOD).as_dict()
    found = judge(GOOD + GS + issue.data([("L0", "MALLORY"), ("08", "FFFE")])).as_dict()
    assert (found["reason"], found["pass_id"]) == ("ok", honest["pass_id"])
    assert (found["subject"], found["credentials"]) == (honest["subject"], honest["credentials"])


@dataclass(frozen=True)
class Said:
    kind: str
    fields: tuple[tuple[str, str], ...]
    expected: Reason


def dose(**changes: str) -> tuple[tuple[str, str], ...]:
    return tuple((tag, changes.get(tag, value)) for tag, value in VACCINATION)


def result(**changes: str) -> tuple[tuple[str, str], ...]:
    return tuple((tag, changes.get(tag, value)) for tag, value in TEST)


ADDRESS = (("26", "FR"), ("24", "75000"), ("10", "MME/SPECIMEN/NATACHA"), ("22", "145 AVENUE DES SPECIMENS"))
TITLE = (("62", "NGUYEN"), ("60", "BAO/DUY"), ("69", "10101983"))
SEMANTICS: dict[str, Said] = {
    "dose": Said("L1", dose(), Reason.OK),
    "dose_without_name": Said("L1", VACCINATION[1:], Reason.MALFORMED),
    "dose_without_date": Said("L1", VACCINATION[:9], Reason.MALFORMED),
    "dose_30_february": Said("L1", dose(L9="30022022"), Reason.MALFORMED),
    "dose_number_letter": Said("L1", dose(L7="X"), Reason.MALFORMED),
    "birth_day_unknown": Said("L1", dose(L2="00101983"), Reason.OK),
    "birth_month_unknown": Said("L1", dose(L2="00001983"), Reason.OK),
    "birth_13th_month": Said("L1", dose(L2="10131983"), Reason.MALFORMED),
    "test": Said("B2", result(), Reason.OK),
    "test_without_result": Said("B2", TEST[:4], Reason.MALFORMED),
    "test_at_25_hours": Said("B2", result(F6="140420222500"), Reason.MALFORMED),
    "address": Said("00", ADDRESS, Reason.OK),
    "unknown_type": Said("ZZ", ADDRESS, Reason.OK),
    "no_fields": Said("00", (), Reason.OK),
    "title_in_date": Said("15", (*TITLE, ("6N", "01012022"), ("6O", "31122022")), Reason.OK),
    "title_ended": Said("15", (*TITLE, ("6O", "13042022")), Reason.EXPIRED),
    "title_to_come": Said("15", (*TITLE, ("6N", "16042022")), Reason.NOT_YET_VALID),
    "title_end_nonsense": Said("15", (*TITLE, ("6O", "99999999")), Reason.MALFORMED),
    "document_ended": Said("00", (("08", "1FC7"), *ADDRESS), Reason.EXPIRED),
    "document_end_nonsense": Said("00", (("08", "XXXX"), *ADDRESS), Reason.MALFORMED),
}


@pytest.mark.parametrize("name", SEMANTICS)
def test_signed_content_is_judged_by_its_specification(name: str) -> None:
    case = SEMANTICS[name]
    assert reason(SIGNER.document(case.kind, case.fields)) is case.expected


def test_a_dose_is_read_in_the_terms_that_all_formats_share() -> None:
    found = judge(GOOD).as_dict()
    assert found["subject"] == {
        "name": "NGUYEN BAO DUY",
        "birth_date": "1983-10-10",
        "family_name": "NGUYEN",
        "given_name": "BAO DUY",
    }
    (credential,) = found["credentials"]
    assert credential["kind"] == "vaccination"
    assert (credential["dose"], credential["doses"], credential["date"]) == (2, 2, "2022-01-18")
    assert (credential["vaccine"], credential["state"]) == ("J07BX03", "TE")
    assert (found["issued_at"], found["issuer"]["id"]) == (f"{DAY_SIGNED}T00:00:00Z", "FR00")


def test_a_test_is_read_in_the_terms_that_all_formats_share() -> None:
    (credential,) = judge(SIGNER.document("B2", TEST)).as_dict()["credentials"]
    assert credential["kind"] == "test"
    assert (credential["result"], credential["sample_time"]) == ("negative", "2022-04-14T08:00")


def test_an_unknown_field_ends_the_reading_and_is_told() -> None:
    text = SIGNER.signed_text(HEAD[:20] + "0001FR" + "24750009Z" + "26FR" + GS + "22RUE" + GS)
    verdict = judge(text)
    assert verdict.reason is Reason.OK
    assert ("note.fields_unknown", "9Z") in [one.note for one in verdict.checks]
    (credential,) = verdict.as_dict()["credentials"]
    assert credential == {"kind": "proof_of_address", "document_type": "00", "field_24": "75000"}


def test_fields_of_another_perimeter_are_not_read_as_those_of_this_one() -> None:
    """Each perimeter has types of its own as well: what is a dose in one may be a ticket in the next."""
    verdict = judge(SIGNER.signed_text(SIGNED.replace("L101FR", "L102FR")))
    assert verdict.reason is Reason.OK
    assert verdict.as_dict()["credentials"] == [{"kind": "document", "document_type": "L1"}]
    assert "note.fields_unknown" in [one.note[0] for one in verdict.checks if one.note]
    other = SIGNER.signed_text(HEAD[:20] + "0002FR" + "10MME/X" + GS)
    assert judge(other).as_dict()["subject"] is None


def test_of_two_equal_fields_the_first_counts() -> None:
    found = judge(SIGNER.document("00", (*ADDRESS, ("10", "M/MALLORY")))).as_dict()
    assert found["subject"]["name"] == "MME SPECIMEN NATACHA"


def test_a_value_that_was_cut_short_ends_at_its_record_separator() -> None:
    found, rest = data.fields("22MARSE" + RS + "26FR", "01")
    assert (found, rest) == ({"22": "MARSE", "26": "FR"}, "")


def test_a_thousand_fields_are_not_read_to_their_end() -> None:
    found, rest = data.fields("".join(f"AT1{GS}" for _ in range(10_000)), "01")
    assert found == {"AT": "1"}
    assert rest


def test_no_field_has_two_lengths() -> None:
    words = (data._FIXED + data._VARIABLE).split()
    tags = [word.partition(":")[0] for word in words]
    assert len(tags) == len(set(tags)) == len(data.LENGTHS)
    assert all(len(tag) == 2 for tag in tags)


def test_a_country_that_is_not_that_of_its_key_is_told() -> None:
    assert reason(SIGNER.signed_text(SIGNED.replace("L101FR", "L101DE"))) is Reason.ISSUER_MISMATCH


def test_a_code_is_revoked_by_its_pass_id_whatever_its_signature_is() -> None:
    again = SIGNER.document()
    assert again != GOOD
    claims = verify.check(GOOD, TRUST, NOW).claims
    assert claims is not None
    trust = TRUST._replace(revocations=(Listed(frozenset(claims.revocation_ids)),))
    assert [reason(one, trust) for one in (GOOD, again)] == [Reason.REVOKED, Reason.REVOKED]


def test_a_ca_of_another_state_gives_another_country() -> None:
    german = Signer(State("DE", "DE00"), "0001", curve="P-256")
    assert reason(german.document(authority="DE00"), trust_in(german.key("doc2d"))) is Reason.ISSUER_MISMATCH
