"""What an attacker can write into a native pass, by name: parsing, cryptography, content, each with one verdict."""

import hmac
import zlib
from dataclasses import dataclass
from typing import Any

import pytest

from checkpoint import verify
from checkpoint.codec import base45, cbor, cose
from checkpoint.codec.keys import ecdsa_der
from checkpoint.formats import FORMATS
from checkpoint.formats.native import PASS
from checkpoint.formats.native.dictionary import DICTIONARY
from checkpoint.formats.native.issue import text_of
from checkpoint.model import CheckName, Outcome, Reason, Result
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.snapshot import Trust
from checkpoint.trust.status_list import StatusLists, build
from checkpoint.verdict import Verdict
from tests.card_issuers import CardIssuer, PassIssuer
from tests.issuer import DAY, NOW, Issuer, trust_in
from tests.native_issuer import (
    BADGE,
    CARD,
    HOLDER,
    ISS,
    PERMIT,
    PLACE,
    SCOPES,
    TEST,
    TICKET,
    NativeIssuer,
    claims,
    content,
)
from tests.pinned_list import Listed

ISSUER, OTHER, ED25519 = NativeIssuer(), NativeIssuer(), NativeIssuer(kind="Ed25519")
STRANGER, DEMO, P384 = NativeIssuer("hanoi.gov.vn"), NativeIssuer("demo:hcm"), NativeIssuer(kind="P-384")
TRUST = trust_in(ISSUER.key(), OTHER.key(), ED25519.key(), STRANGER.key())
HEAD = "CP1:"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def judge(text: str | bytes, trust: Trust = TRUST, at: float = NOW) -> Verdict:
    return verify.decide((verify.check(text, trust, at),), trust, AUTHENTIC, at, at)


GOOD = ISSUER.issue()
CLAIMS = cbor.encode(claims())
GOOD_COSE = cose.build(cbor.encode(ISSUER.header), b"\xa0", CLAIMS, b"", tagged=False)[:-1]
SIGNATURE = ISSUER.sign(cose.Sign1(cbor.encode(ISSUER.header), b"\xa0", CLAIMS, b"").message)
GOOD_COSE += b"\x58\x40" + SIGNATURE
TEXT = GOOD[len(HEAD) :]


def raw(data: bytes) -> str:
    """These bytes as the text of a code, whatever they are."""
    return HEAD + base45.encode(data)


def packed(data: bytes, words: bytes = DICTIONARY) -> bytes:
    stream = zlib.compressobj(9, zdict=words)
    return stream.compress(data) + stream.flush()


def signed(payload: bytes) -> str:
    return ISSUER.wrap(payload)


def rebuilt(**parts: bytes) -> str:
    found = cose.split(GOOD_COSE)
    fields = {
        name: parts.get(name, getattr(found, name)) for name in ("protected", "unprotected", "payload", "signature")
    }
    return text_of(cose.build(**fields, tagged=False))


@pytest.mark.parametrize("kind", [PERMIT, TEST, CARD, TICKET, BADGE])
@pytest.mark.parametrize("issuer", [ISSUER, OTHER, ED25519, STRANGER], ids=["P-256", "other", "Ed25519", "stranger"])
def test_the_honest_passes_of_this_file_are_admitted(issuer: NativeIssuer, kind: int) -> None:
    at = NOW - 2 * 3600  # within the permit's hours
    assert judge(issuer.issue(claims(content(kind), iss=issuer.iss)), at=at).reason is Reason.OK
    assert judge(raw(GOOD_COSE)).reason is Reason.OK


PARSE: dict[str, tuple[str | bytes, Reason]] = {
    "prefix_lower": (GOOD.lower(), Reason.UNSUPPORTED),
    "prefix_version_2": ("CP2:" + TEXT, Reason.UNSUPPORTED),
    "prefix_alone": (HEAD, Reason.DAMAGED),
    "prefix_confusion_hc1": ("HC1:" + TEXT, Reason.DAMAGED),
    "bytes": (GOOD.encode(), Reason.UNSUPPORTED),
    "base45_lower": (HEAD + TEXT.lower(), Reason.DAMAGED),
    "base45_symbol": (HEAD + "#" + TEXT[1:], Reason.DAMAGED),
    "base45_triplet_overflow": (HEAD + ":::" + TEXT[3:], Reason.DAMAGED),
    "base45_one_left": (HEAD + TEXT[: len(TEXT) // 3 * 3] + "A", Reason.DAMAGED),
    "not_ascii": (HEAD + "Đ" + TEXT[1:], Reason.DAMAGED),
    "lone_surrogate": (HEAD + "\ud800", Reason.DAMAGED),
    "longer_than_any_code": (HEAD + "0" * 4293, Reason.DAMAGED),
    "longer_than_any_text": (HEAD + "0" * 1_000_000, Reason.DAMAGED),
    "bomb": (raw(zlib.compress(b"\x84" + bytes(3_000_000), 9)), Reason.DAMAGED),
    "zlib_cut_off": (raw(zlib.compress(GOOD_COSE)[:-1]), Reason.DAMAGED),
    "zlib_trailing": (raw(zlib.compress(GOOD_COSE) + b"\0"), Reason.DAMAGED),
    "zlib_checksum": (raw(zlib.compress(GOOD_COSE)[:-1] + b"\xff"), Reason.DAMAGED),
    "zlib_twice": (raw(zlib.compress(zlib.compress(GOOD_COSE))), Reason.DAMAGED),
    "zlib_other_window": (raw(b"\x68" + zlib.compress(GOOD_COSE)[1:]), Reason.DAMAGED),
    "zlib_other_dictionary": (raw(packed(GOOD_COSE, b"another")), Reason.DAMAGED),
    "zlib_dictionary_bomb": (raw(packed(b"\x84" + DICTIONARY * 2000, DICTIONARY)), Reason.DAMAGED),
    "gzip": (raw(b"\x1f\x8b" + GOOD_COSE), Reason.DAMAGED),
    "cose_trailing": (raw(GOOD_COSE + b"\0"), Reason.DAMAGED),
    "cose_tag_18": (raw(b"\xd2" + GOOD_COSE), Reason.DAMAGED),
    "cose_tag_61": (raw(b"\xd8\x3d\xd2" + GOOD_COSE), Reason.DAMAGED),
    "cose_three_parts": (raw(b"\x83" + GOOD_COSE[1:]), Reason.DAMAGED),
    "cose_long_length": (raw(GOOD_COSE[:-66] + b"\x59\x00\x40" + SIGNATURE), Reason.DAMAGED),
    "cbor_len_2^60": (raw(b"\x84\x40\xa0\x5b\x10" + bytes(7) + b"\x40"), Reason.DAMAGED),
    "unprotected_kid": (ISSUER.wrap(unprotected=cbor.encode({4: ISSUER.kid})), Reason.DAMAGED),
    "unprotected_indefinite": (ISSUER.wrap(unprotected=b"\xbf\xff"), Reason.DAMAGED),
    "header_empty": (ISSUER.wrap(header=b""), Reason.DAMAGED),
    "header_not_a_map": (ISSUER.wrap(header=b"\x01"), Reason.DAMAGED),
    "header_dup_key": (ISSUER.wrap(header=b"\xa3\x01\x26\x01\x26\x04\x48" + ISSUER.kid), Reason.DAMAGED),
    "header_order": (ISSUER.wrap(header=b"\xa2\x04\x48" + ISSUER.kid + b"\x01\x26"), Reason.DAMAGED),
    "header_long_int": (ISSUER.wrap(header=b"\xa2\x01\x38\x06\x04\x48" + ISSUER.kid), Reason.DAMAGED),
    "header_crit": (ISSUER.wrap(header={**ISSUER.header, 2: [1]}), Reason.DAMAGED),
    "header_more": (ISSUER.wrap(header={**ISSUER.header, 3: 16}), Reason.DAMAGED),
    "header_kid_text": (ISSUER.wrap(header={1: -7, 4: "12345678"}), Reason.DAMAGED),
    "header_kid_7": (ISSUER.wrap(header={1: -7, 4: ISSUER.kid[:7]}), Reason.DAMAGED),
    "header_kid_absent": (ISSUER.wrap(header={1: -7}), Reason.DAMAGED),
    "cbor_dup_key": (signed(bytes((CLAIMS[0] + 1,)) + CLAIMS[1:] + b"\x04\x00"), Reason.MALFORMED),
    "cbor_trailing": (signed(CLAIMS + b"\0"), Reason.MALFORMED),
    "cbor_cut_off": (signed(CLAIMS[:-1]), Reason.MALFORMED),
    "cbor_indef": (signed(b"\xbf" + CLAIMS[1:] + b"\xff"), Reason.DAMAGED),
    "cbor_bad_utf8": (signed(CLAIMS.replace("ễ".encode(), b"\xff\xfe\xff")), Reason.MALFORMED),
    "cbor_depth": (signed(bytes((CLAIMS[0] + 1,)) + CLAIMS[1:] + b"\x08" + b"\x81" * 3000 + b"\1"), Reason.MALFORMED),
    "payload_empty": (signed(b""), Reason.DAMAGED),
    "payload_array": (signed(b"\x80"), Reason.DAMAGED),
    "iss_not_first": (signed(cbor.encode({0: 1, **claims()})), Reason.DAMAGED),
    "iss_capitals": (ISSUER.issue(claims(iss="HCM.gov.vn")), Reason.DAMAGED),
    "iss_empty": (ISSUER.issue(claims(iss="")), Reason.DAMAGED),
    "iss_65": (ISSUER.issue(claims(iss="a" * 65)), Reason.DAMAGED),
    "iss_number": (ISSUER.issue(claims(iss=7)), Reason.DAMAGED),
    "iss_line_break": (ISSUER.issue(claims(iss=ISS + "\n")), Reason.DAMAGED),
}
for _tag in (0, 1, 2, 24, 37, 55799):
    _head = cbor.encode(_tag)
    PARSE[f"cbor_tag_{_tag}"] = (
        signed(bytes((CLAIMS[0] + 1,)) + CLAIMS[1:] + b"\x08" + bytes((_head[0] | 0xC0,)) + _head[1:] + b"\x41\x00"),
        Reason.MALFORMED,
    )
PARSE["name_tagged_as_date"] = (
    signed(CLAIMS.replace(b"\x6bHCM-0012345", b"\xc0\x6bHCM-0012345")),
    Reason.MALFORMED,
)


@pytest.mark.parametrize("name", PARSE)
def test_a_text_that_breaks_the_encoding_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = PARSE[name]
    assert judge(text).reason is expected


def test_a_pass_that_is_cut_off_anywhere_is_damaged() -> None:
    for data in (GOOD_COSE, zlib.compress(GOOD_COSE), packed(GOOD_COSE)):
        assert judge(raw(data)).reason is Reason.OK
        for size in range(len(data)):
            assert judge(raw(data[:size])).outcome is Outcome.UNREADABLE, size
    for size in range(len(TEXT)):
        assert judge(HEAD + TEXT[:size]).outcome is Outcome.UNREADABLE, size


CRYPTO: dict[str, tuple[str, Reason]] = {
    "alg_none": (ISSUER.wrap(header={**ISSUER.header, 1: 0}), Reason.DAMAGED),
    "alg_PS256": (ISSUER.wrap(header={**ISSUER.header, 1: -37}), Reason.DAMAGED),
    "alg_HS256_with_pubkey": (
        ISSUER.wrap(header={**ISSUER.header, 1: 5}, sign=lambda one: hmac.digest(ISSUER.spki, one, "sha256")),
        Reason.DAMAGED,
    ),
    "alg_text": (ISSUER.wrap(header={**ISSUER.header, 1: "ES256"}), Reason.DAMAGED),
    "alg_float": (ISSUER.wrap(header={**ISSUER.header, 1: -7.0}), Reason.DAMAGED),
    "alg_EdDSA_on_P256": (ISSUER.wrap(header={**ISSUER.header, 1: -8}), Reason.SIGNATURE_INVALID),
    "alg_ES256_on_Ed25519": (ED25519.wrap(header={**ED25519.header, 1: -7}), Reason.SIGNATURE_INVALID),
    "sig_len_63": (rebuilt(signature=SIGNATURE[:-1]), Reason.SIGNATURE_INVALID),
    "sig_len_65": (rebuilt(signature=SIGNATURE + b"\0"), Reason.SIGNATURE_INVALID),
    "sig_len_0": (rebuilt(signature=b""), Reason.SIGNATURE_INVALID),
    "ecdsa_r0s0": (rebuilt(signature=bytes(64)), Reason.SIGNATURE_INVALID),
    "der_sig_where_raw": (rebuilt(signature=ecdsa_der(SIGNATURE)), Reason.SIGNATURE_INVALID),
    "payload_changed": (rebuilt(payload=CLAIMS.replace(b"0012345", b"0012346")), Reason.SIGNATURE_INVALID),
    "kid_of_another_key": (ISSUER.wrap(header={**ISSUER.header, 4: OTHER.kid}), Reason.SIGNATURE_INVALID),
    "kid_unknown": (ISSUER.wrap(header={**ISSUER.header, 4: bytes(8)}), Reason.ISSUER_UNKNOWN),
    "issuer_of_another": (ISSUER.issue(claims(iss=STRANGER.iss)), Reason.ISSUER_UNKNOWN),
    "issuer_nobody_knows": (ISSUER.issue(claims(iss="nobody.vn")), Reason.ISSUER_UNKNOWN),
    "issuer_cut_short": (ISSUER.issue(claims(iss=ISS[:-1])), Reason.ISSUER_UNKNOWN),
    "demo_where_it_is_real": (DEMO.issue(), Reason.DEMO_PASS),
    "demo_name_with_a_real_key": (ISSUER.issue(claims(iss=DEMO.iss)), Reason.DEMO_PASS),
}


@pytest.mark.parametrize("name", CRYPTO)
def test_a_pass_whose_cryptography_is_wrong_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = CRYPTO[name]
    assert judge(text).reason is expected


def test_two_issuers_with_one_key_id_stay_apart() -> None:
    same = STRANGER.key(kid=ISSUER.kid_text)
    forged = STRANGER.wrap(cbor.encode(claims(iss=ISS)), header=ISSUER.header)
    assert judge(forged, trust_in(ISSUER.key(), same)).reason is Reason.SIGNATURE_INVALID
    assert judge(forged, trust_in(same)).reason is Reason.ISSUER_UNKNOWN
    assert judge(GOOD, trust_in(same, ISSUER.key())).reason is Reason.OK


@pytest.mark.parametrize("format", sorted({*FORMATS, "anchor"} - {"native"}))
def test_a_key_of_another_format_never_verifies_a_pass(format: str) -> None:
    assert judge(GOOD, trust_in(ISSUER.key(format=format))).reason is Reason.ISSUER_UNKNOWN


def test_a_native_key_never_verifies_another_format() -> None:
    hcert, card, passed = Issuer(), CardIssuer(), PassIssuer()
    trust = trust_in(hcert.key_with(format="native"), card.key(format="native"), passed.key(format="native"))
    for text in (hcert.issue(), card.issue(), passed.issue()):
        assert judge(text, trust).reason is Reason.ISSUER_UNKNOWN


def test_a_key_of_another_type_never_verifies_a_pass() -> None:
    assert judge(P384.wrap(), trust_in(P384.key())).reason is Reason.SIGNATURE_INVALID
    rsa = Issuer("RSA").key_with(format="native", kid=ISSUER.kid_text, issuer=ISS)
    assert judge(GOOD, trust_in(rsa)).reason is Reason.SIGNATURE_INVALID


def test_a_key_signs_only_the_kinds_of_its_record() -> None:
    trust = trust_in(ISSUER.key(kinds=frozenset({"travel_permit", "badge"})))
    assert judge(GOOD, trust).reason is Reason.KEY_NOT_ALLOWED
    assert judge(ISSUER.issue(claims(content(BADGE))), trust).reason is Reason.OK


@dataclass(frozen=True)
class Semantic:
    claims: Any
    expected: Reason
    at: float = NOW


def holder(**changes: Any) -> dict[Any, Any]:
    numbers = {"name": 1, "born": 2, "document": 3}
    found = {**HOLDER, **{numbers[name]: value for name, value in changes.items()}}
    return claims(content(holder={key: value for key, value in found.items() if value is not None}))


def scope(kind: int, key: Any, value: Any = None) -> dict[Any, Any]:
    found = {**SCOPES[kind], key: value}
    return claims(content(kind, scope={name: one for name, one in found.items() if one is not None}))


EXP = int(NOW + 90 * DAY)
SEMANTICS: dict[str, Semantic] = {
    "nbf_future": Semantic(claims(nbf=int(NOW + 1)), Reason.NOT_YET_VALID),
    "nbf_boundary": Semantic(claims(nbf=int(NOW)), Reason.OK),
    "nbf_absent": Semantic(claims(nbf=None), Reason.OK),
    "nbf_after_exp": Semantic(claims(nbf=EXP + 1), Reason.MALFORMED),
    "nbf_at_exp": Semantic(claims(nbf=EXP), Reason.MALFORMED),
    "nbf_true": Semantic(claims(nbf=True), Reason.MALFORMED),
    "nbf_float": Semantic(claims(nbf=NOW - 0.5), Reason.MALFORMED),
    "exp_a_second_before": Semantic(claims(), Reason.OK, EXP - 1.0),
    "exp_boundary": Semantic(claims(), Reason.EXPIRED, float(EXP)),
    "exp_absent": Semantic(claims(exp=None), Reason.MALFORMED),
    "exp_null": Semantic({**claims(), 4: None}, Reason.MALFORMED),
    "exp_nan": Semantic({**claims(), 4: float("nan")}, Reason.MALFORMED),
    "exp_negative": Semantic({**claims(), 4: -1}, Reason.MALFORMED),
    "exp_huge": Semantic({**claims(), 4: 2**63}, Reason.MALFORMED),
    "exp_bignum": Semantic({**claims(), 4: 2**70}, Reason.MALFORMED),
    "exp_text": Semantic({**claims(), 4: "2099-01-01"}, Reason.MALFORMED),
    "iat_absent": Semantic(claims(iat=None), Reason.MALFORMED),
    "iat_text": Semantic(claims(iat="now"), Reason.MALFORMED),
    "cti_absent": Semantic(claims(cti=None), Reason.MALFORMED),
    "cti_7": Semantic(claims(cti=bytes(7)), Reason.MALFORMED),
    "cti_16": Semantic(claims(cti=bytes(16)), Reason.OK),
    "cti_17": Semantic(claims(cti=bytes(17)), Reason.MALFORMED),
    "cti_text": Semantic(claims(cti="12345678"), Reason.MALFORMED),
    "claim_unknown": Semantic({**claims(), 8: "x"}, Reason.OK),
    "claim_key_bytes": Semantic({**claims(), b"x": 1}, Reason.MALFORMED),
    "claim_key_null": Semantic({**claims(), None: 1}, Reason.MALFORMED),
    "claim_key_float": Semantic({**claims(), 0.5: 1}, Reason.MALFORMED),
    "claim_key_array": Semantic({**claims(), (1, 2): 1}, Reason.MALFORMED),
    "pass_absent": Semantic({key: one for key, one in claims().items() if key != PASS}, Reason.MALFORMED),
    "pass_array": Semantic(claims([1]), Reason.MALFORMED),
    "pass_text_key": Semantic(claims(content(more={"x": 1})), Reason.MALFORMED),
    "pass_negative_key": Semantic(claims(content(more={-1: 1})), Reason.MALFORMED),
    "pass_later_key": Semantic(claims(content(more={9: 1})), Reason.OK),
    "kind_0": Semantic(claims(content(kind=0, scope={})), Reason.MALFORMED),
    "kind_6": Semantic(claims(content(kind=6)), Reason.MALFORMED),
    "kind_true": Semantic(claims(content(kind=True, scope=SCOPES[PERMIT])), Reason.MALFORMED),
    "kind_text": Semantic(claims(content(kind="card", scope=SCOPES[CARD])), Reason.MALFORMED),
    "kind_array": Semantic(claims({0: [3]}), Reason.MALFORMED),
    "kind_absent": Semantic(claims({1: "x", 2: HOLDER, 3: {1: 1}}), Reason.MALFORMED),
    "number_absent": Semantic(claims(content(number=None)), Reason.MALFORMED),
    "number_empty": Semantic(claims(content(number="")), Reason.MALFORMED),
    "number_33": Semantic(claims(content(number="9" * 33)), Reason.MALFORMED),
    "number_32": Semantic(claims(content(number="9" * 32)), Reason.OK),
    "number_int": Semantic(claims(content(number=7)), Reason.MALFORMED),
    "holder_absent": Semantic(claims(content(holder=None)), Reason.MALFORMED),
    "holder_of_a_ticket_absent": Semantic(claims(content(TICKET, holder=None)), Reason.OK),
    "holder_of_a_ticket_empty": Semantic(claims(content(TICKET, holder={})), Reason.MALFORMED),
    "holder_text": Semantic(claims(content(holder="x")), Reason.MALFORMED),
    "name_absent": Semantic(holder(name=None), Reason.MALFORMED),
    "name_nfd": Semantic(holder(name="Nguye\u0302\u0303n"), Reason.MALFORMED),
    "name_escape": Semantic(holder(name="a\x1b[31mb"), Reason.MALFORMED),
    "name_bidi": Semantic(holder(name="a\u202eb"), Reason.MALFORMED),
    "name_line_break": Semantic(holder(name="a\nb"), Reason.MALFORMED),
    "name_space_before": Semantic(holder(name=" a"), Reason.MALFORMED),
    "name_space_behind": Semantic(holder(name="a "), Reason.MALFORMED),
    "name_101": Semantic(holder(name="A" * 101), Reason.MALFORMED),
    "name_bytes": Semantic(holder(name=b"A"), Reason.MALFORMED),
    "born_absent": Semantic(holder(born=None), Reason.OK),
    "born_year": Semantic(holder(born=19830000), Reason.OK),
    "born_year_month": Semantic(holder(born=19831000), Reason.OK),
    "born_day_without_month": Semantic(holder(born=19830010), Reason.MALFORMED),
    "born_30_february": Semantic(holder(born=19830230), Reason.MALFORMED),
    "born_month_13": Semantic(holder(born=19831301), Reason.MALFORMED),
    "born_text": Semantic(holder(born="1983-10-10"), Reason.MALFORMED),
    "born_array": Semantic(holder(born=[]), Reason.MALFORMED),
    "born_float": Semantic(holder(born=19831010.0), Reason.MALFORMED),
    "born_true": Semantic(holder(born=True), Reason.MALFORMED),
    "scope_absent": Semantic(claims(content(scope=None)), Reason.MALFORMED),
    "scope_empty": Semantic(claims(content(scope={})), Reason.MALFORMED),
    "scope_of_another_kind": Semantic(claims(content(CARD, scope=SCOPES[PERMIT])), Reason.MALFORMED),
    "scope_later_key": Semantic(scope(CARD, 9, [1]), Reason.OK),
    "scope_negative_key": Semantic(scope(CARD, -9, 1), Reason.MALFORMED),
    "colour_3": Semantic(scope(CARD, 1, 3), Reason.MALFORMED),
    "colour_float": Semantic(scope(CARD, 1, 1.0), Reason.MALFORMED),
    "colour_array": Semantic(scope(CARD, 1, [1]), Reason.MALFORMED),
    "permit_without_category": Semantic(scope(PERMIT, 1), Reason.MALFORMED),
    "test_without_laboratory": Semantic(scope(TEST, 4), Reason.MALFORMED),
    "test_sampled_text": Semantic(scope(TEST, 3, "2022-04-14"), Reason.MALFORMED),
    "test_positive": Semantic(scope(TEST, 2, 2), Reason.OK),
    "place_absent_without_a_source": Semantic(claims(content(place=None)), Reason.OK),
    "place_one": Semantic(claims(content(place=[1])), Reason.MALFORMED),
    "place_three": Semantic(claims(content(place=[1, 2, 3])), Reason.MALFORMED),
    "place_negative": Semantic(claims(content(place=[0, -1])), Reason.MALFORMED),
    "place_2^32": Semantic(claims(content(place=[0, 2**32])), Reason.MALFORMED),
    "place_true": Semantic(claims(content(place=[True, 1])), Reason.MALFORMED),
    "place_text": Semantic(claims(content(place="0/1")), Reason.MALFORMED),
    "place_null": Semantic(claims(content(more={4: None})), Reason.MALFORMED),
}


@pytest.mark.parametrize("name", SEMANTICS)
def test_signed_content_is_judged_by_its_specification(name: str) -> None:
    case = SEMANTICS[name]
    assert judge(ISSUER.issue(case.claims), at=case.at).reason is case.expected


def test_what_a_later_edition_adds_is_told() -> None:
    for one, said in (
        ({**claims(), 8: 1}, "8"),
        (scope(CARD, 9, 1), "scope 9"),
        (claims(content(more={7: 1})), "pass 7"),
    ):
        (told,) = [check for check in judge(ISSUER.issue(one)).checks if check.result is Result.WARNING]
        assert told.note == ("note.native_unknown", said)


def test_a_flood_of_unknown_fields_is_told_in_a_few_lines() -> None:
    flood = claims(content(more=dict.fromkeys(range(10, 900), 0))) | {f"x{key}": 0 for key in range(15)}
    verdict = judge(ISSUER.issue(flood))
    assert verdict.reason is Reason.OK
    assert len([check for check in verdict.checks if check.result is Result.WARNING]) == 8


def test_a_test_that_is_not_negative_is_told_and_a_negative_one_is_not() -> None:
    for result, told in ((1, False), (2, True), (3, True)):
        notes = [check.note for check in judge(ISSUER.issue(scope(TEST, 2, result))).checks]
        assert (("note.test_not_negative",) in notes) is told


def test_a_pass_without_a_place_is_no_pass_where_its_issuer_keeps_a_list() -> None:
    lists = StatusLists("permits", NOW, {PLACE[0]: build([], 1 << 20)})
    trust = trust_in(ISSUER.key(revocation="permits"), revocations=(lists,))
    assert judge(GOOD, trust).reason is Reason.OK
    assert judge(ISSUER.issue(claims(content(place=None))), trust).reason is Reason.MALFORMED


def test_a_place_is_looked_up_in_the_list_of_its_issuer_alone() -> None:
    number, index = PLACE
    revoked = StatusLists("permits", NOW, {number: build([index], 1 << 20)})
    empty = StatusLists("permits", NOW, {number: build([], 1 << 20)})
    short = StatusLists("permits", NOW, {number: build([], index)})
    missing = StatusLists("permits", NOW, {number + 1: build([], 1 << 20)})
    named = ISSUER.key(revocation="permits")
    found = {
        "revoked": judge(GOOD, trust_in(named, revocations=(revoked,))).reason,
        "not revoked": judge(GOOD, trust_in(named, revocations=(empty,))).reason,
        "behind the end": judge(GOOD, trust_in(named, revocations=(short,))).reason,
        "another number": judge(GOOD, trust_in(named, revocations=(missing,))).reason,
        "no list": judge(GOOD, trust_in(named)).reason,
        "another issuer's list": judge(GOOD, trust_in(ISSUER.key(revocation="cards"), revocations=(revoked,))).reason,
    }
    assert found == {
        "revoked": Reason.REVOKED,
        "not revoked": Reason.OK,
        "behind the end": Reason.REVOKED,
        "another number": Reason.REVOCATION_MISSING,
        "no list": Reason.REVOCATION_MISSING,
        "another issuer's list": Reason.REVOCATION_MISSING,
    }


def test_without_a_named_list_the_check_says_unknown_and_not_no() -> None:
    checks = {check.name: check.result for check in judge(GOOD).checks}
    assert checks[CheckName.REVOCATION] is Result.UNKNOWN


def test_a_revoked_pass_stays_revoked_however_its_text_is_rewritten() -> None:
    s = ORDER - int.from_bytes(SIGNATURE[32:], "big")
    texts = {
        "as issued": raw(GOOD_COSE),
        "compressed": raw(zlib.compress(GOOD_COSE, 9)),
        "compressed with the dictionary": raw(packed(GOOD_COSE)),
        "compressed badly": raw(zlib.compress(GOOD_COSE, 0)),
        "malleated_s": rebuilt(signature=SIGNATURE[:32] + s.to_bytes(32, "big")),
    }
    found = verify.check(texts["as issued"], TRUST, NOW).claims
    assert found is not None
    trust = TRUST._replace(revocations=(Listed(frozenset(found.revocation_ids)),))
    reasons = {name: (judge(text).reason, judge(text, trust).reason) for name, text in texts.items()}
    assert reasons == dict.fromkeys(texts, (Reason.OK, Reason.REVOKED))


def test_a_demonstration_and_a_real_station_each_say_their_own_word() -> None:
    demo = trust_in(DEMO.key())
    shown = judge(DEMO.issue(), demo)
    assert shown.reason is Reason.OK
    assert shown.as_dict()["issuer"]["test"] is True
    assert judge(DEMO.issue()).reason is Reason.DEMO_PASS
    assert judge(DEMO.issue(), trust_in(DEMO.key(test=False))).reason is Reason.DEMO_PASS
    real = judge(GOOD, demo)
    assert (real.reason, real.note) == (Reason.ISSUER_UNKNOWN, ("note.demo_station",))


def test_a_permit_counts_in_its_hours_and_is_not_green_outside_them() -> None:
    text = ISSUER.issue(claims(content(PERMIT)))  # Monday to Saturday, 05:30 to 18:00 in Viet Nam
    friday = NOW - NOW % DAY - 7 * 3600  # 2022-04-15, midnight in Viet Nam
    found = {
        hour: judge(text, at=friday + hour * 3600)
        for hour in (0.0, 5.4, 5.5, 17.9, 18.0, 24 + 12, 48 + 12, 72 + 5, 72 + 6)
    }
    assert {hour for hour, one in found.items() if one.outcome is Outcome.ADMIT} == {5.5, 17.9, 24 + 12, 72 + 6}
    assert {one.reason for one in found.values()} == {Reason.OK, Reason.NOT_YET_VALID}
    assert found[48 + 12].remedy == ("remedy.hours", friday + (72 + 5.5) * 3600), "closed on Sunday"
    late = judge(ISSUER.issue(claims(content(PERMIT), exp=int(friday + 20 * 3600))), at=friday + 19 * 3600)
    assert late.reason is Reason.EXPIRED


def test_the_holder_and_the_scope_are_shown_as_they_were_signed() -> None:
    found = judge(ISSUER.issue(claims(content(PERMIT))), at=NOW - 2 * 3600).as_dict()
    assert found["subject"] == {
        "name": "Nguyễn Thị Bảo Duy",
        "birth_date": "1983-10-10",
        "document": "079083000123",
    }
    assert found["credentials"] == [
        {
            "kind": "travel_permit",
            "number": "HCM-0012345",
            "category": "Nhân viên y tế",
            "area": "TP. Hồ Chí Minh",
            "route": "Quận 7 – Nguyễn Văn Linh – BV Chợ Rẫy, Quận 5",
            "vehicle": "59-X1 123.45",
            "hours": "Mo-Sa 05:30-18:00",
        }
    ]
    ticket = judge(ISSUER.issue(claims(content(TICKET, holder=None)))).as_dict()
    assert ticket["subject"] is None
    assert ticket["credentials"][0]["seat"] == "B12"
