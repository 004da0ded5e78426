"""What an attacker, or a careless issuer, can write into an ICAO barcode (`RDB1`), by name, each with one verdict."""

import zlib
from dataclasses import dataclass
from typing import Any

import pytest

from checkpoint import verify
from checkpoint.codec import base32, der, signer
from checkpoint.formats.icao import dates
from checkpoint.formats.idb import issue, payload
from checkpoint.model import Outcome, Reason
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.snapshot import Trust
from checkpoint.verdict import Verdict
from tests.card_issuers import CardIssuer, PassIssuer
from tests.document_issuers import DAY_SIGNED, Signer, packed, zone
from tests.issuer import NOW, Issuer, Keys, trust_in
from tests.pinned_list import Listed
from tests.seal_issuers import State, trust_under

STATE = State("DE")
SIGNER, OTHER = Signer(STATE), Signer(STATE, serial=0x5C)
TRUST = trust_in(SIGNER.key("idb"), OTHER.key("idb"))
ZONE = (0x81, packed(zone()))


def judge(text: str | bytes, trust: Trust = TRUST, at: float = NOW) -> Verdict:
    return verify.decide((verify.check(text, trust, at),), trust, AUTHENTIC, at, at)


def reason(text: str | bytes, trust: Trust = TRUST) -> Reason:
    return judge(text, trust).reason


GOOD = SIGNER.barcode()
DATA = base32.decode(GOOD[5:].encode())
HEAD = SIGNER.barcode_header()


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_a_barcode_is_admitted_zipped_or_not_and_with_a_header_of_either_length(zipped: bool, masked: bool) -> None:
    assert reason(SIGNER.barcode(zipped=zipped, header={"masked": masked})) is Reason.OK


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"])
def test_the_hash_is_that_of_the_curve_whatever_the_header_says(curve: str) -> None:
    signer = Signer(STATE, curve=curve)
    trust = trust_in(signer.key("idb"))
    right = signer.barcode_header()[2]
    for algorithm in (1, 2, 3):
        hashed = {1: 32, 2: 48, 3: 64}[algorithm]
        text = signer.barcode(header={"algorithm": algorithm}, sign=lambda one, size=hashed: signer.sign(one, size))
        assert reason(text, trust) is (Reason.OK if algorithm == right else Reason.SIGNATURE_INVALID)


def test_a_draft_of_the_report_called_it_otherwise_and_it_is_the_same_pass() -> None:
    draft = "NDB1" + GOOD[4:]
    assert reason(draft) is Reason.OK
    assert judge(draft).as_dict()["pass_id"] == judge(GOOD).as_dict()["pass_id"]


@pytest.mark.parametrize("end", range(len(DATA)))
def test_a_barcode_cut_off_anywhere_is_damaged(end: int) -> None:
    assert reason(issue.text_of(DATA[:end])) is Reason.DAMAGED
    assert reason(issue.text_of(DATA[:end], zipped=True)) is Reason.DAMAGED


def raw(data: bytes, **more: bool) -> str:
    return issue.text_of(data, **more)


def body(*parts: tuple[int, bytes], head: bytes = HEAD) -> str:
    """A barcode of these items, signed over what stands before the certificate."""
    data = head + b"".join(der.wrap(tag, value) for tag, value in parts)
    return raw(data + der.wrap(0x7F, SIGNER.sign(data)))


GROUP = DATA[len(HEAD) : -66]
SIGNATURE = DATA[-66:]
BOMB = zlib.compress(bytes(70_000), 9)
PARSE: dict[str, tuple[str | bytes, Reason]] = {
    "flag_e": (GOOD[:4] + "E" + GOOD[5:], Reason.DAMAGED),
    "flag_lower": (GOOD[:4] + "b" + GOOD[5:], Reason.DAMAGED),
    "flag_missing": ("RDB1", Reason.DAMAGED),
    "flag_alone": ("RDB1B", Reason.DAMAGED),
    "flag_zipped_of_plain": (GOOD[:4] + "D" + GOOD[5:], Reason.DAMAGED),
    "flag_unsigned_of_signed": (GOOD[:4] + "A" + GOOD[5:], Reason.DAMAGED),
    "prefix_lower": (GOOD.lower(), Reason.UNSUPPORTED),
    "prefix_adb1": ("ADB1" + GOOD[4:], Reason.UNSUPPORTED),
    "bytes": (GOOD.encode(), Reason.UNSUPPORTED),
    "base32_lower": (GOOD[:5] + GOOD[5:].lower(), Reason.DAMAGED),
    "base32_symbol_1": (GOOD[:5] + "1" + GOOD[6:], Reason.DAMAGED),
    "base32_not_ascii": (GOOD[:5] + "Đ" + GOOD[6:], Reason.DAMAGED),
    "base32_surrogate": (GOOD[:5] + "\ud800", Reason.DAMAGED),
    "longer_than_any_code": (GOOD[:5] + "A" * 70_000, Reason.DAMAGED),
    "bomb": ("RDB1D" + base32.encode(BOMB), Reason.DAMAGED),
    "zlib_trailing": ("RDB1D" + base32.encode(zlib.compress(DATA) + b"\0"), Reason.DAMAGED),
    "raw_deflate": ("RDB1D" + base32.encode(zlib.compress(DATA)[2:-4]), Reason.DAMAGED),
    "trailing_byte": (raw(DATA + b"\0"), Reason.DAMAGED),
    "trailing_item": (raw(DATA + der.wrap(0x61, b"\x81\0")), Reason.DAMAGED),
    "no_signature": (raw(HEAD + GROUP), Reason.DAMAGED),
    "no_messages": (raw(HEAD + SIGNATURE), Reason.DAMAGED),
    "two_signatures": (raw(DATA + SIGNATURE), Reason.DAMAGED),
    "two_groups": (raw(HEAD + GROUP + GROUP + SIGNATURE), Reason.DAMAGED),
    "signature_before_messages": (raw(HEAD + SIGNATURE + GROUP), Reason.DAMAGED),
    "unknown_outer_tag": (body((0x61, GROUP[2:]), (0x60, b"x")), Reason.DAMAGED),
    "algorithm_0": (SIGNER.barcode(header={"algorithm": 0}), Reason.DAMAGED),
    "algorithm_4": (SIGNER.barcode(header={"algorithm": 4}), Reason.DAMAGED),
    "country_no_c40": (SIGNER.barcode(head=b"\xff\xff" + HEAD[2:]), Reason.DAMAGED),
    "date_13th_month": (SIGNER.barcode(head=HEAD[:9] + (13012022).to_bytes(3, "big")), Reason.DAMAGED),
    "date_masked": (SIGNER.barcode(head=HEAD[:8] + b"\x03" + HEAD[9:]), Reason.DAMAGED),
    "long_form_of_a_short_length": (
        raw(HEAD + b"\x61\x81" + GROUP[1:] + SIGNATURE),
        Reason.DAMAGED,
    ),
    "empty_signature": (raw(HEAD + GROUP + b"\x7f\0"), Reason.DAMAGED),
    "two_messages_with_one_tag": (SIGNER.barcode([ZONE, ZONE]), Reason.MALFORMED),
    "two_zones": (SIGNER.barcode([ZONE, (0x08, packed(zone("TD3")))]), Reason.MALFORMED),
    "zone_of_another_length": (SIGNER.barcode([(0x07, ZONE[1])]), Reason.MALFORMED),
    "zone_no_c40": (SIGNER.barcode([(0x81, b"\xff" * 48)]), Reason.MALFORMED),
    "no_message_inside": (SIGNER.barcode([]), Reason.MALFORMED),
    "message_cut_off": (body((0x61, b"\x81\x30\x00")), Reason.MALFORMED),
    "visa_without_zone": (SIGNER.barcode([(0x01, der.wrap(0x03, b"\1"))]), Reason.MALFORMED),
    "visa_zone_too_short": (SIGNER.barcode([(0x01, der.wrap(0x01, packed("ABC")))]), Reason.MALFORMED),
    "national_type_two_bytes": (SIGNER.barcode([ZONE, (0x86, b"\1\1")]), Reason.MALFORMED),
    "national_type_no_bytes": (SIGNER.barcode([ZONE, (0x86, b"")]), Reason.MALFORMED),
    "expiry_three_bytes": (SIGNER.barcode([(0x84, dates.pack("2027-01-31"))]), Reason.MALFORMED),
    "expiry_in_part": (SIGNER.barcode([(0x84, b"\x30" + dates.pack("2027-01-31"))]), Reason.MALFORMED),
}


@pytest.mark.parametrize("name", PARSE)
def test_a_text_that_is_no_barcode_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = PARSE[name]
    assert reason(text) is expected


def test_a_signed_barcode_that_inflates_to_more_than_any_barcode_has_is_damaged() -> None:
    for size, expected in ((60_000, Reason.OK), (66_000, Reason.DAMAGED), (10_000_000, Reason.DAMAGED)):
        text = SIGNER.barcode([(0x33, bytes(size))], zipped=True)
        assert len(text) < 40_000
        assert reason(text) is expected


def signed_by(signature: bytes) -> str:
    return raw(HEAD + GROUP + der.wrap(0x7F, signature))


CRYPTO: dict[str, tuple[str, Reason]] = {
    "63_bytes": (signed_by(SIGNATURE[2:-1]), Reason.SIGNATURE_INVALID),
    "56_bytes": (signed_by(SIGNATURE[2:-8]), Reason.SIGNATURE_INVALID),
    "zeros": (signed_by(bytes(64)), Reason.SIGNATURE_INVALID),
    "of_another": (signed_by(base32.decode(OTHER.barcode()[5:].encode())[-64:]), Reason.SIGNATURE_INVALID),
    "by_another_key": (SIGNER.barcode(sign=OTHER.sign), Reason.SIGNATURE_INVALID),
    "unknown_reference": (SIGNER.barcode(header={"reference": bytes(5)}), Reason.ISSUER_UNKNOWN),
    "date_changed": (raw(DATA[:9] + dates.pack("2022-04-02") + DATA[12:]), Reason.SIGNATURE_INVALID),
}


@pytest.mark.parametrize("name", CRYPTO)
def test_a_barcode_whose_cryptography_is_wrong_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = CRYPTO[name]
    assert reason(text) is expected


@pytest.mark.parametrize("format", ["hcert", "shc", "nzcp", "vdsnc", "vds", "doc2d"])
def test_a_key_of_another_format_never_verifies_a_barcode(format: str) -> None:
    assert reason(GOOD, trust_in(SIGNER.key("idb")._replace(format=format))) is Reason.ISSUER_UNKNOWN


def test_a_key_of_barcodes_never_verifies_another_format() -> None:
    hcert, card, passed = Issuer(), CardIssuer(), PassIssuer()
    trust = trust_in(hcert.key_with(format="idb"), card.key(format="idb"), passed.key(format="idb"))
    for text in (hcert.issue(), card.issue(), passed.issue(), SIGNER.permit()):
        assert reason(text, trust) is Reason.ISSUER_UNKNOWN


def test_two_certificates_with_one_reference_are_told_apart_by_their_keys() -> None:
    kid = SIGNER.key("idb").kid
    assert reason(GOOD, trust_in(OTHER.key("idb", kid=kid))) is Reason.SIGNATURE_INVALID
    assert reason(GOOD, trust_in(OTHER.key("idb", kid=kid), SIGNER.key("idb"))) is Reason.OK


# --- unsigned

UNSIGNED = issue.barcode(HEAD[:2], [ZONE], None)


@pytest.mark.parametrize("zipped", [False, True])
def test_a_barcode_that_nobody_signed_names_a_person_by_claim_alone(zipped: bool) -> None:
    verdict = judge(issue.barcode(HEAD[:2], [ZONE], None, zipped=zipped))
    found = verdict.as_dict()
    assert (verdict.outcome, verdict.reason) == (Outcome.CHECK, Reason.IDENTITY_ONLY)
    assert found["subject"] is None
    assert found["pass_id"] is None
    assert found["credentials"] == []
    assert found["claimed"]["name"] == "NGUYEN BAO DUY"


def test_an_unsigned_barcode_with_a_signature_in_it_is_damaged_not_believed() -> None:
    data = HEAD[:2] + GROUP
    assert reason(raw(data + der.wrap(0x7F, SIGNER.sign(data)), signed=False)) is Reason.DAMAGED
    assert reason(raw(data + der.wrap(0x7E, SIGNER.der), signed=False)) is Reason.DAMAGED
    assert reason(raw(data, signed=False)) is Reason.IDENTITY_ONLY
    assert reason(raw(data)) is Reason.DAMAGED


@pytest.mark.parametrize("end", range(len(HEAD[:2] + GROUP)))
def test_an_unsigned_barcode_cut_off_anywhere_is_damaged(end: int) -> None:
    assert reason(raw((HEAD[:2] + GROUP)[:end], signed=False)) is Reason.DAMAGED


# --- the certificate inside


def embedded(signer: Signer, **more: Any) -> str:
    return signer.barcode(embedded=True, **more)


def test_a_certificate_inside_counts_under_a_trusted_ca_of_its_state() -> None:
    assert reason(embedded(SIGNER), trust_under(STATE.key(), keys=(Issuer().key_with(),))) is Reason.OK
    verdict = judge(embedded(SIGNER), trust_under(STATE.key(), keys=(Issuer().key_with(),)))
    assert verdict.as_dict()["issuer"]["country"] == "DE"


def test_a_certificate_inside_proves_nothing_by_itself() -> None:
    assert reason(embedded(SIGNER), trust_in(Issuer().key_with())) is Reason.ISSUER_UNKNOWN
    fake = Signer(State("DE"))  # the same names, another key
    assert reason(embedded(fake), trust_under(STATE.key(), keys=(Issuer().key_with(),))) is Reason.ISSUER_UNKNOWN


def test_a_certificate_inside_counts_where_it_is_pinned_itself() -> None:
    assert reason(embedded(SIGNER)) is Reason.OK
    assert reason(embedded(Signer(State("FR"))), TRUST) is Reason.ISSUER_UNKNOWN


def test_the_certificate_inside_must_be_the_one_that_the_header_refers_to() -> None:
    assert reason(SIGNER.barcode(certificate=OTHER.der)) is Reason.DAMAGED
    assert reason(SIGNER.barcode(certificate=b"\x30\x03\x02\x01\x01")) is Reason.DAMAGED
    assert reason(SIGNER.barcode(certificate=bytes(5000))) is Reason.DAMAGED


def test_another_certificate_of_a_trusted_ca_does_not_lend_its_trust_to_a_foreign_signature() -> None:
    text = OTHER.barcode(embedded=True, sign=Signer(State("DE")).sign)
    assert reason(text, trust_under(STATE.key(), keys=(Issuer().key_with(),))) is Reason.SIGNATURE_INVALID


def test_a_ca_never_signs_a_barcode_itself() -> None:
    trust = trust_under(STATE.key(), keys=(Issuer().key_with(),))
    head = SIGNER.barcode_header(reference=bytes.fromhex(signer.barcode_kid(STATE.der)), algorithm=2)
    text = issue.barcode(head, [ZONE], STATE_SIGNER.sign, STATE.der)
    assert judge(text, trust).outcome is not Outcome.ADMIT


def test_a_certificate_of_another_state_than_the_barcode_names_is_told() -> None:
    text = SIGNER.barcode(embedded=True, header={"country": "FRA"})
    assert reason(text, trust_under(STATE.key(), keys=(Issuer().key_with(),))) is Reason.ISSUER_MISMATCH


def test_a_signer_that_its_ca_took_back_is_stopped_by_the_list_that_names_it() -> None:
    trust = trust_under(STATE.key(), keys=(Issuer().key_with(),))
    claims = verify.check(embedded(SIGNER), trust, NOW).claims
    assert claims is not None
    (serial,) = [one for one in claims.revocation_ids if one[0] == "x509-serial"]
    listed = trust._replace(revocations=(Listed(frozenset({serial})),))
    assert judge(embedded(SIGNER), listed).reason is Reason.KEY_REVOKED
    assert judge(embedded(OTHER), listed).reason is Reason.OK


class _StateSigner(Signer):
    """The CA's own key, used as no CA may."""


STATE_SIGNER = _StateSigner(STATE, curve="P-384")
STATE_SIGNER.__dict__["private"] = STATE.private


# --- content


@dataclass(frozen=True)
class Said:
    messages: list[tuple[int, bytes]]
    expected: Reason
    kind: str = ""


VISA = der.wrap(0x03, b"\1") + der.wrap(0x01, packed(zone("TD3"))) + der.wrap(0x05, packed("C0000001"))
SEMANTICS: dict[str, Said] = {
    "visa": Said([(0x01, VISA)], Reason.OK, "visa"),
    "visa_as_seals_cut_it": Said([(0x01, der.wrap(0x01, packed(zone("MRV-A"))))], Reason.OK, "visa"),
    "visa_b": Said([(0x01, der.wrap(0x02, packed(zone("TD2"))))], Reason.OK, "visa"),
    "travel_document": Said([(0x02, der.wrap(0x02, ZONE[1]))], Reason.OK, "emergency_travel_document"),
    "td1": Said([(0x07, packed(zone("TD1")))], Reason.OK, "document"),
    "td3": Said([(0x08, packed(zone("TD3")))], Reason.OK, "document"),
    "temporary_passport": Said([(0x86, b"\6"), ZONE], Reason.OK, "temporary_passport"),
    "national_type_unheard_of": Said([(0x86, b"\x77"), ZONE], Reason.OK, "document"),
    "zone_expired": Said([(0x81, packed(zone(expires="220413")))], Reason.EXPIRED, "document"),
    "date_expired": Said([ZONE, (0x84, b"\0" + dates.pack("2022-04-13"))], Reason.EXPIRED, "document"),
    "date_today_in_the_west": Said([ZONE, (0x84, b"\0" + dates.pack("2022-04-14"))], Reason.OK, "document"),
    "date_today": Said([ZONE, (0x84, b"\0" + dates.pack("2022-04-15"))], Reason.OK, "document"),
    "vaccination_unread": Said([(0x04, b"whatever")], Reason.OK, "vaccination"),
    "unknown_message": Said([(0x33, b"whatever")], Reason.OK, "document"),
}


@pytest.mark.parametrize("name", SEMANTICS)
def test_signed_content_is_judged_by_its_specification(name: str) -> None:
    case = SEMANTICS[name]
    verdict = judge(SIGNER.barcode(case.messages))
    assert verdict.reason is case.expected
    assert [one["kind"] for one in verdict.as_dict()["credentials"]] == [case.kind]


def test_what_is_not_understood_is_told_by_its_tag() -> None:
    notes = [one.note for one in judge(SIGNER.barcode([(0x04, b"whatever"), (0x33, b"?")])).checks]
    assert ("note.fields_unknown", "04 33") in notes


def test_the_national_messages_of_germany_mean_nothing_elsewhere() -> None:
    french = Signer(State("FR"))
    text = french.barcode([(0x86, b"\6"), ZONE], header={"country": "FRA"})
    verdict = judge(text, trust_in(french.key("idb")))
    assert verdict.reason is Reason.OK
    assert [one["kind"] for one in verdict.as_dict()["credentials"]] == ["document"]
    assert ("note.fields_unknown", "86 81") in [one.note for one in verdict.checks]


def test_one_barcode_has_one_pass_id_however_it_is_written() -> None:
    texts = [GOOD, SIGNER.barcode(zipped=True), embedded(SIGNER)]
    assert len({judge(text).as_dict()["pass_id"] for text in texts}) == 1


def test_a_header_has_one_reading_even_where_its_date_looks_like_a_tag() -> None:
    """The last byte of a date in four bytes may be that of the message group."""
    day = next(f"2017-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29) if _ends(month, day))
    head = SIGNER.barcode_header(signed=day)
    assert head[-1] == 0x61
    found = payload.read(base32.decode(SIGNER.barcode(head=head)[5:].encode()))
    assert found.signed.startswith(head + b"\x61")
    assert judge(SIGNER.barcode(head=head)).as_dict()["issued_at"] == f"{day}T00:00:00Z"


def _ends(month: int, day: int) -> bool:
    return dates.pack(f"2017-{month:02}-{day:02}")[-1] == 0x61


def test_the_date_of_signature_is_read_from_either_header() -> None:
    for masked in (False, True):
        found = judge(SIGNER.barcode(header={"masked": masked})).as_dict()
        assert found["issued_at"] == f"{DAY_SIGNED}T00:00:00Z"


def test_a_station_without_any_key_says_so() -> None:
    assert reason(GOOD, Trust(Keys())) is Reason.TRUST_MISSING
