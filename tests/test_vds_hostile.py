"""What an attacker, or a careless issuer, can write into a visible digital seal, by name, each with one verdict."""

from dataclasses import dataclass
from typing import Any

import pytest

from checkpoint import formats, verify
from checkpoint.codec import der
from checkpoint.codec.keys import ecdsa_der
from checkpoint.formats import vds
from checkpoint.formats.vds import issue
from checkpoint.model import CheckName, Envelope, Outcome, Reason, Result
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.snapshot import Trust
from checkpoint.verdict import Verdict
from tests.card_issuers import CardIssuer, PassIssuer
from tests.document_issuers import DAY_SIGNED, INSURANCE, RESIDENCE, TRAVEL, VISA, Signer, packed, zone
from tests.issuer import DAY, NOW, Issuer, trust_in
from tests.pinned_list import Listed
from tests.seal_issuers import State

SIGNER, OTHER = Signer(), Signer(serial=0x5C)
STRANGER = Signer(State("FR"))
TRUST = trust_in(SIGNER.key("vds"), OTHER.key("vds"), STRANGER.key("vds"))
ZONE = (2, packed(zone()))
NUMBER = (3, packed("C01X00T47"))


def judge(text: str | bytes, trust: Trust = TRUST, at: float = NOW) -> Verdict:
    return verify.decide((verify.check(text, trust, at),), trust, AUTHENTIC, at, at)


GOOD = SIGNER.permit()
HEAD = SIGNER.header()
SIGNATURE_AT = len(HEAD) + len(issue.zone([ZONE, NUMBER]))


def reason(text: str | bytes) -> Reason:
    return judge(text).reason


def test_the_honest_seals_of_this_file_are_admitted() -> None:
    assert [reason(one.permit()) for one in (SIGNER, OTHER)] == [Reason.OK, Reason.OK]
    assert reason(STRANGER.permit(country="FRA")) is Reason.OK


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"])
def test_every_curve_has_the_one_hash_that_is_as_long_as_it(curve: str) -> None:
    signer = Signer(curve=curve)
    trust = trust_in(signer.key("vds"))
    assert judge(signer.permit(), trust).reason is Reason.OK
    for size in {32, 48, 64} - {min((int(curve.removesuffix("r1")[-3:]) + 7) // 8, 64)}:
        foreign = issue.seal(signer.header(), [ZONE, NUMBER], lambda one, size=size: signer.sign(one, size))
        assert judge(foreign, trust).reason is Reason.SIGNATURE_INVALID, size


def test_a_seal_as_text_is_the_same_seal() -> None:
    text = GOOD.decode("latin-1")
    assert judge(text).reason is Reason.OK
    assert judge(text).as_dict()["pass_id"] == judge(GOOD).as_dict()["pass_id"]


@pytest.mark.parametrize("end", range(len(GOOD)))
def test_a_seal_cut_off_anywhere_is_damaged(end: int) -> None:
    assert reason(GOOD[:end]) is (Reason.DAMAGED if end else Reason.UNSUPPORTED)


def with_country(data: bytes) -> bytes:
    return HEAD[:2] + data + HEAD[4:]


def raw(*parts: bytes) -> bytes:
    """A seal whose message zone is these bytes, signed whatever they are."""
    return issue.closed(HEAD + b"".join(parts), SIGNER.sign)


def item(tag: int, value: bytes) -> bytes:
    return der.wrap(tag, value)


PARSE: dict[str, tuple[str | bytes, Reason]] = {
    "version_byte_0": (b"\xdc\x00" + GOOD[2:], Reason.DAMAGED),
    "version_byte_1": (b"\xdc\x01" + GOOD[2:], Reason.DAMAGED),
    "version_byte_4": (b"\xdc\x04" + GOOD[2:], Reason.DAMAGED),
    "magic_db": (b"\xdb" + GOOD[1:], Reason.UNSUPPORTED),
    "magic_alone": (b"\xdc", Reason.DAMAGED),
    "text_beyond_latin_1": (GOOD.decode("latin-1") + "Đ", Reason.DAMAGED),
    "text_with_a_surrogate": ("\xdc\x03\ud800", Reason.DAMAGED),
    "longer_than_any_code": (GOOD + bytes(70_000), Reason.DAMAGED),
    "country_with_a_shift": (with_country(b"\x06\x41"), Reason.DAMAGED),
    "country_beyond_c40": (with_country(b"\xff\xff"), Reason.DAMAGED),
    "country_zero": (with_country(b"\0\0"), Reason.DAMAGED),
    "date_32_january": (HEAD[:10] + (1322022).to_bytes(3, "big") + GOOD[13:], Reason.DAMAGED),
    "date_zero": (HEAD[:10] + bytes(3) + GOOD[13:], Reason.DAMAGED),
    "date_ff": (HEAD[:10] + b"\xff\xff\xff" + GOOD[13:], Reason.DAMAGED),
    "reference_length_0": (HEAD[:4] + issue.c40.encode("DETS00") + GOOD[8:], Reason.DAMAGED),
    "reference_length_ff": (HEAD[:4] + issue.c40.encode("DETSFF") + GOOD[8:], Reason.DAMAGED),
    "reference_length_no_hex": (HEAD[:4] + issue.c40.encode("DETS0G") + GOOD[8:], Reason.DAMAGED),
    "reference_length_space": (HEAD[:4] + issue.c40.encode("DETS 2") + GOOD[8:], Reason.DAMAGED),
    "reference_shorter_than_it_says": (HEAD[:4] + issue.c40.encode("DETS035B") + GOOD[10:], Reason.DAMAGED),
    "no_messages": (issue.closed(HEAD, SIGNER.sign), Reason.DAMAGED),
    "no_signature": (GOOD[:SIGNATURE_AT], Reason.DAMAGED),
    "length_beyond_the_end": (GOOD[: len(HEAD)] + b"\x02\x82\xff\xff" + GOOD[len(HEAD) :], Reason.DAMAGED),
    "length_cut_off": (GOOD[: len(HEAD)] + b"\x02\x82\xff", Reason.DAMAGED),
    "length_255": (HEAD + b"\x02\xff" + bytes(255) + GOOD[SIGNATURE_AT:], Reason.DAMAGED),
    "two_messages_with_one_tag": (raw(item(*ZONE), item(*NUMBER), item(*NUMBER)), Reason.MALFORMED),
    "mrz_missing": (raw(item(*NUMBER)), Reason.MALFORMED),
    "passport_number_missing": (raw(item(*ZONE)), Reason.MALFORMED),
    "mrz_46_bytes": (raw(item(2, ZONE[1][:-2]), item(*NUMBER)), Reason.MALFORMED),
    "mrz_50_bytes": (raw(item(2, ZONE[1] + packed("000")), item(*NUMBER)), Reason.MALFORMED),
    "mrz_empty": (raw(item(2, b""), item(*NUMBER)), Reason.MALFORMED),
    "mrz_odd_length": (raw(item(2, ZONE[1] + b"\0"), item(*NUMBER)), Reason.MALFORMED),
    "mrz_no_c40": (raw(item(2, b"\xff" * 48), item(*NUMBER)), Reason.MALFORMED),
    "mrz_filler_inside": (raw(item(2, packed("AR") + ZONE[1][2:]), item(*NUMBER)), Reason.MALFORMED),
    "number_no_c40": (raw(item(*ZONE), item(3, b"\xff\xff")), Reason.MALFORMED),
}


@pytest.mark.parametrize("name", PARSE)
def test_bytes_that_are_no_seal_are_told_apart_and_never_admitted(name: str) -> None:
    text, expected = PARSE[name]
    assert reason(text) is expected


def test_a_message_of_a_tag_that_its_document_does_not_have_changes_nothing() -> None:
    """TR-03137-1 section 3.2.3: features with unknown tags do not affect the validity."""
    found = judge(raw(item(*ZONE), item(*NUMBER), item(0x64, bytes(300)), item(0, b"")))
    assert found.reason is Reason.OK


def test_a_length_that_der_does_not_have_is_one_plain_byte() -> None:
    for size in (0x80, 0x83, 0xFE):
        assert reason(raw(item(*ZONE), item(*NUMBER), bytes((0x64, size)) + bytes(size))) is Reason.OK
        assert reason(raw(item(*ZONE), item(*NUMBER), bytes((0x64, size)) + bytes(size - 1))) is not Reason.OK


def test_what_stands_behind_the_signature_is_never_read() -> None:
    honest = judge(GOOD).as_dict()
    for tail in (b"\0", b"\xfe\xea", item(2, packed(zone(number="999999999"))), GOOD):
        found = judge(GOOD + tail).as_dict()
        assert (found["reason"], found["pass_id"]) == ("ok", honest["pass_id"])
        assert (found["subject"], found["credentials"]) == (honest["subject"], honest["credentials"])


SIGNATURE = GOOD[-64:]


def signed_by(signature: bytes) -> bytes:
    return issue.closed(GOOD[:SIGNATURE_AT], lambda _: signature)


CRYPTO: dict[str, tuple[bytes, Reason]] = {
    "no_bytes": (signed_by(b""), Reason.SIGNATURE_INVALID),
    "63_bytes": (signed_by(SIGNATURE[:-1]), Reason.SIGNATURE_INVALID),
    "65_bytes": (signed_by(SIGNATURE + b"\0"), Reason.SIGNATURE_INVALID),
    "zeros": (signed_by(bytes(64)), Reason.SIGNATURE_INVALID),
    "ones": (signed_by(b"\xff" * 64), Reason.SIGNATURE_INVALID),
    "der_where_raw": (signed_by(ecdsa_der(SIGNATURE)), Reason.SIGNATURE_INVALID),
    "r_and_s_swapped": (signed_by(SIGNATURE[32:] + SIGNATURE[:32]), Reason.SIGNATURE_INVALID),
    "as_long_as_p384": (signed_by(SIGNATURE + bytes(32)), Reason.SIGNATURE_INVALID),
    "224_bits": (signed_by(bytes(56)), Reason.UNSUPPORTED),
    "of_another_seal": (signed_by(OTHER.permit()[-64:]), Reason.SIGNATURE_INVALID),
    "by_another_key_of_the_same_state": (
        issue.seal(SIGNER.header(), [ZONE, NUMBER], OTHER.sign),
        Reason.SIGNATURE_INVALID,
    ),
    "unknown_reference": (SIGNER.permit(reference="99"), Reason.ISSUER_UNKNOWN),
    "unknown_signer": (SIGNER.permit(signer="DEXX"), Reason.ISSUER_UNKNOWN),
}


@pytest.mark.parametrize("name", CRYPTO)
def test_a_seal_whose_cryptography_is_wrong_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = CRYPTO[name]
    assert reason(text) is expected


def test_a_curve_that_cannot_be_checked_is_said_to_be_so_and_never_called_forged() -> None:
    verdict = judge(signed_by(bytes(56)))
    assert verdict.outcome is Outcome.UNREADABLE
    assert "224" in verdict.as_dict("en")["detail"]
    assert "224" in verdict.as_dict("vi")["detail"]


def test_two_signers_with_one_name_are_told_apart_by_their_keys() -> None:
    twin = Signer(State("DE", "CSCA2"))
    assert twin.key("vds").kid == SIGNER.key("vds").kid
    assert judge(twin.permit(), trust_in(SIGNER.key("vds"))).reason is Reason.SIGNATURE_INVALID
    assert judge(twin.permit(), trust_in(SIGNER.key("vds"), twin.key("vds"))).reason is Reason.OK


@pytest.mark.parametrize("format", ["hcert", "shc", "nzcp", "vdsnc", "idb", "doc2d"])
def test_a_key_of_another_format_never_verifies_a_seal(format: str) -> None:
    assert judge(GOOD, trust_in(SIGNER.key("vds")._replace(format=format))).reason is Reason.ISSUER_UNKNOWN


def test_a_key_of_seals_never_verifies_another_format() -> None:
    hcert, card, passed = Issuer(), CardIssuer(), PassIssuer()
    trust = trust_in(hcert.key_with(format="vds"), card.key(format="vds"), passed.key(format="vds"))
    for text in (hcert.issue(), card.issue(), passed.issue()):
        assert judge(text, trust).reason is Reason.ISSUER_UNKNOWN


def test_a_key_of_another_type_never_verifies_a_seal() -> None:
    kid = SIGNER.key("vds").kid
    for key in (Issuer("RSA").key_with(format="vds", kid=kid), Signer(curve="P-256").key("vds", kid=kid)):
        assert judge(GOOD, trust_in(key)).reason is Reason.SIGNATURE_INVALID


@dataclass(frozen=True)
class Said:
    text: bytes
    expected: Reason
    at: float = NOW


def permit(**changes: str) -> bytes:
    return SIGNER.permit(zone(**changes))


def visa(*messages: tuple[int, bytes]) -> bytes:
    return SIGNER.seal(VISA, messages)


def administrative(*messages: tuple[int, bytes]) -> bytes:
    return SIGNER.seal((0x01, 0xC8), messages)


PROFILE = (0, bytes.fromhex("9a4223406d374ef99e2cf95e31a23846"))
NAMES = ((4, "Nguyễn".encode()), (6, "Bảo Duy".encode()))
ENDS = 1_801_439_999.0  # 2027-01-31T23:59:59Z
SEMANTICS: dict[str, Said] = {
    "expires_later_today": Said(permit(), Reason.OK, ENDS),
    "expired_yesterday": Said(permit(), Reason.KEY_EXPIRED, SIGNER.end + 1),
    "expired": Said(permit(expires="220413"), Reason.EXPIRED),
    "ends_today_in_the_west": Said(permit(expires="220414"), Reason.OK),
    "no_expiry": Said(permit(expires="<<<<<<"), Reason.OK),
    "expiry_in_part": Said(permit(expires="2701<<"), Reason.MALFORMED),
    "expiry_nonsense": Said(permit(expires="271332"), Reason.MALFORMED),
    "expiry_letters": Said(permit(expires="ABCDEF"), Reason.MALFORMED),
    "birth_unknown": Said(permit(born="<<<<<<"), Reason.OK),
    "birth_nonsense": Said(permit(born="833131"), Reason.MALFORMED),
    "birth_day_without_month": Said(permit(born="83<<10"), Reason.MALFORMED),
    "sex_x": Said(permit(sex="X"), Reason.OK),
    "sex_unknown_letter": Said(permit(sex="Q"), Reason.MALFORMED),
    "no_names": Said(permit(names=""), Reason.OK),
    "issuing_state_differs": Said(SIGNER.permit(country="FRA"), Reason.ISSUER_MISMATCH),
    "issuing_state_unheard_of": Said(SIGNER.permit(country="XQX"), Reason.ISSUER_MISMATCH),
    "issuing_state_utopia": Said(SIGNER.permit(country="UTO"), Reason.OK),
    "header_version_3": Said(SIGNER.permit(version=2), Reason.OK),
    "visa_a": Said(visa((1, packed(zone("MRV-A"))), (3, b"\1"), (4, b"\x5a\0\0"), (5, packed("C0000001"))), Reason.OK),
    "visa_b": Said(visa((2, packed(zone("MRV-B")))), Reason.OK),
    "visa_without_zone": Said(visa((5, packed("C0000001"))), Reason.MALFORMED),
    "visa_with_two_zones": Said(visa((1, packed(zone("MRV-A"))), (2, packed(zone("MRV-B")))), Reason.MALFORMED),
    "visa_whole_zone": Said(visa((1, packed(zone("TD3")))), Reason.MALFORMED),
    "visa_entries_two_bytes": Said(visa((2, packed(zone("MRV-B"))), (3, b"\0\1")), Reason.MALFORMED),
    "visa_stay_two_bytes": Said(visa((2, packed(zone("MRV-B"))), (4, b"\0\1")), Reason.MALFORMED),
    "insurance_card": Said(
        SIGNER.seal(INSURANCE, [(1, packed("65170839J003")), (2, "Nguyễn".encode()), (3, b"Duy")]), Reason.OK
    ),
    "insurance_bad_utf8": Said(
        SIGNER.seal(INSURANCE, [(1, packed("65170839J003")), (2, b"\xff"), (3, b"Duy")]), Reason.MALFORMED
    ),
    "travel_document": Said(SIGNER.seal(TRAVEL, [ZONE]), Reason.OK),
    "administrative": Said(administrative(PROFILE, *NAMES), Reason.OK),
    "administrative_of_the_next_version": Said(SIGNER.seal((0x01, 0xC9), (PROFILE, *NAMES)), Reason.OK),
    "administrative_without_profile": Said(administrative(*NAMES), Reason.MALFORMED),
    "administrative_short_profile": Said(administrative((0, bytes(15)), *NAMES), Reason.MALFORMED),
    "administrative_unknown_profile": Said(administrative((0, bytes(16)), *NAMES), Reason.OK),
    "administrative_in_date": Said(administrative(PROFILE, (1, b"20220101\x0020221231"), *NAMES), Reason.OK),
    "administrative_ended": Said(administrative(PROFILE, (1, b"\x0020220413"), *NAMES), Reason.EXPIRED),
    "administrative_to_come": Said(administrative(PROFILE, (1, b"20220416\x00"), *NAMES), Reason.NOT_YET_VALID),
    "administrative_no_border": Said(administrative(PROFILE, (1, b"20220101"), *NAMES), Reason.MALFORMED),
    "administrative_no_date": Said(administrative(PROFILE, (1, b"\x0020221301"), *NAMES), Reason.MALFORMED),
    "unknown_document": Said(SIGNER.seal((0x77, 0x77), [(9, b"?")]), Reason.OK),
}


@pytest.mark.parametrize("name", SEMANTICS)
def test_signed_content_is_judged_by_its_specification(name: str) -> None:
    case = SEMANTICS[name]
    trust = trust_in(SIGNER.key("vds", not_after=None)) if name == "expires_later_today" else TRUST
    assert judge(case.text, trust, case.at).reason is case.expected


def test_a_permit_is_read_in_the_terms_that_all_formats_share() -> None:
    found = judge(GOOD).as_dict()
    assert found["subject"] == {
        "name": "NGUYEN BAO DUY",
        "birth_date": "1983-10-10",
        "family_name": "NGUYEN",
        "given_name": "BAO DUY",
        "document": "652584509",
        "sex": "M",
    }
    (credential,) = found["credentials"]
    assert credential["kind"] == "residence_permit"
    assert (credential["passport_number"], credential["nationality"]) == ("C01X00T47", "VNM")
    assert (found["valid_until"], found["issued_at"]) == ("2027-01-31T23:59:59Z", "2022-04-01T00:00:00Z")
    assert found["issuer"]["id"] == "D"
    assert found["issuer"]["kid"] == "DETS5B"


def test_an_unknown_document_is_authentic_and_says_that_nothing_of_it_was_read() -> None:
    verdict = judge(SEMANTICS["unknown_document"].text)
    found = verdict.as_dict("en")
    (credential,) = found["credentials"]
    assert credential == {"kind": "document", "issued": DAY_SIGNED, "signed": DAY_SIGNED, "definition": "7777"}
    assert "subject" in found
    assert found["subject"] is None
    told = [one for one in verdict.checks if one.result is Result.WARNING and one.name is CheckName.FORMAT]
    assert [one.note for one in told] == [("note.seal_unknown", "7777")]


def test_a_key_that_may_sign_some_documents_signs_no_other() -> None:
    key = SIGNER.key("vds", kinds=frozenset({"visa"}))
    assert judge(SEMANTICS["visa_b"].text, trust_in(key)).reason is Reason.OK
    for name in ("travel_document", "unknown_document", "administrative"):
        assert judge(SEMANTICS[name].text, trust_in(key)).reason is Reason.KEY_NOT_ALLOWED


def test_a_check_digit_that_does_not_fit_is_told() -> None:
    text = list(zone())
    text[36 + 9] = str((int(text[36 + 9]) + 1) % 10)
    verdict = judge(SIGNER.permit("".join(text)))
    assert verdict.reason is Reason.OK
    assert ("note.mrz_check", "number") in [one.note for one in verdict.checks]


def test_a_seal_is_revoked_by_its_pass_id_whatever_its_signature_is() -> None:
    again = SIGNER.permit()
    assert again != GOOD
    claims = verify.check(GOOD, TRUST, NOW).claims
    assert claims is not None
    trust = TRUST._replace(revocations=(Listed(frozenset(claims.revocation_ids)),))
    assert [judge(one, trust).reason for one in (GOOD, again)] == [Reason.REVOKED, Reason.REVOKED]
    assert judge(OTHER.permit(), trust).reason is Reason.OK


def test_the_first_arrival_attestations_have_the_header_of_version_3_though_they_say_4() -> None:
    old = Signer(name="ME", serial=0x8)
    head = issue.header("D", "DEME", "8", DAY_SIGNED, DAY_SIGNED, (0xFD, 0x02), version=2)
    text = issue.seal(b"\xdc\x03" + head[2:], [ZONE, (3, packed("123456789012"))], old.sign)
    assert judge(text, trust_in(old.key("vds"))).reason is Reason.OK
    other = head[:16] + bytes(RESIDENCE)
    assert reason(issue.seal(b"\xdc\x03" + other[2:], [ZONE, NUMBER], old.sign)) is not Reason.OK


@pytest.mark.parametrize(
    ("characters", "digits", "read"),
    [(32, "32", True), (40, "40", True), (5, "05", True), (32, "20", False), (40, "28", False), (0, "00", False)],
)
def test_the_length_of_a_reference_to_an_administrative_signer_is_decimal_alone(
    characters: int, digits: str, read: bool
) -> None:
    reference = ("A0" * 20)[:characters]
    head = SIGNER.header((0x01, 0xC8), signer="DEZV", reference=reference or "A0")
    head = head[:4] + issue.c40.encode("DEZV" + digits) + head[8:]
    seal = issue.seal(head, (PROFILE, *NAMES), SIGNER.sign)
    if not read:
        assert reason(seal) is Reason.DAMAGED
        return
    opened = formats.open_pass(seal)
    assert isinstance(opened, Envelope)
    assert opened.kid == "DEZV" + reference


def test_the_length_of_any_other_reference_is_hex_alone() -> None:
    head = SIGNER.header(reference="A0" * 16)
    head = head[:4] + issue.c40.encode("DETS32") + head[8:]
    assert reason(issue.seal(head, [ZONE, NUMBER], SIGNER.sign)) is Reason.DAMAGED


def test_the_key_is_judged_at_the_time_of_the_pass() -> None:
    assert judge(GOOD, at=SIGNER.end + DAY).reason is Reason.KEY_EXPIRED
    assert judge(GOOD, trust_in(SIGNER.key("vds", revoked=True))).reason is Reason.KEY_REVOKED


def test_the_module_offers_what_a_format_offers() -> None:
    shape: Any = vds
    assert (shape.NAME, callable(shape.open_pass), callable(shape.claims)) == ("vds", True, True)
