"""What an attacker can write into a SMART Health Card, by name: parsing, cryptography, content; each has its end."""

import hmac
import json
import zlib
from dataclasses import dataclass
from typing import Any

import pytest

from checkpoint import verify
from checkpoint.codec import base64url, numeric
from checkpoint.codec.keys import ecdsa_der
from checkpoint.formats.shc.issue import chunks_of, deflated, encoded, signed, text_of
from checkpoint.model import CheckName, Reason, Result
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.snapshot import Trust
from checkpoint.verdict import Verdict
from tests.card_issuers import ISS, PATIENT, CardIssuer, PassIssuer, bundle, card, dose, lab, vc
from tests.issuer import DAY, NOW, Issuer, trust_in
from tests.pinned_list import Listed

ISSUER, OTHER, STRANGER = CardIssuer(), CardIssuer(), CardIssuer("https://other.example/cards")
P384, RSA = CardIssuer(kind="P-384"), Issuer("RSA")
TRUST = trust_in(ISSUER.key(), OTHER.key(), STRANGER.key())
HEADER = {"zip": "DEF", "alg": "ES256", "kid": ISSUER.kid}
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def judge(text: str | bytes, trust: Trust = TRUST, at: float = NOW) -> Verdict:
    return verify.decide((verify.check(text, trust, at),), trust, AUTHENTIC, at, at)


def raw(payload: bytes, **more: Any) -> str:
    """A card over `payload` as it stands, signed whatever it is."""
    return text_of(ISSUER.jws(payload, **more))


def over(body: bytes) -> str:
    """A card whose deflated part is `body` as it stands."""
    return text_of(signed(encoded(HEADER), body, ISSUER.sign))


def resigned(header: Any) -> str:
    return text_of(ISSUER.jws(header=header))


GOOD_JWS = ISSUER.jws()
GOOD = text_of(GOOD_JWS)
PARTS = GOOD_JWS.split(b".")
PAYLOAD = encoded(card())
ONE, TWO, THREE = chunks_of(GOOD_JWS, 3)


def member(name: str, value: str) -> bytes:
    """The good payload with one more member before its end, in the text given."""
    return PAYLOAD[:-1] + f',"{name}":{value}}}'.encode()


def inside(text: str) -> bytes:
    """The good payload with `text` in the patient's given name."""
    return PAYLOAD.replace("Bảo".encode(), text.encode("utf-8", "surrogatepass"))


def test_the_honest_cards_of_this_file_are_admitted() -> None:
    for text in (GOOD, GOOD_JWS.decode(), "\n".join((ONE, TWO, THREE)), STRANGER.issue(card(iss=STRANGER.iss))):
        assert judge(text).reason is Reason.OK
    assert raw(PAYLOAD)[:20] == GOOD[:20]
    assert judge(raw(inside("Chị"))).reason is Reason.OK
    assert judge(raw(inside("\\ud83d\\ude00"))).reason is Reason.OK


PARSE: dict[str, tuple[str | bytes, Reason]] = {
    "shc_odd_digits": (GOOD[:-1], Reason.DAMAGED),
    "digit_pair_78": ("shc:/78" + GOOD[7:], Reason.DAMAGED),
    "digit_pair_99": (GOOD[:-2] + "99", Reason.DAMAGED),
    "digit_hexadecimal": (GOOD[:-2] + "1a", Reason.DAMAGED),
    "digits_with_spaces": (GOOD[:9] + "  " + GOOD[9:], Reason.DAMAGED),
    "digits_with_a_line_break": (GOOD[:9] + "\n" + GOOD[9:], Reason.DAMAGED),
    "digits_arabic": (GOOD[:-2] + "١٢", Reason.DAMAGED),
    "no_digits": ("shc:/", Reason.DAMAGED),
    "no_slash": ("shc:" + GOOD[5:], Reason.DAMAGED),
    "qr_binary_nul": (GOOD + "\0", Reason.DAMAGED),
    "longer_than_any_set": ("shc:/" + "56" * 500_000, Reason.DAMAGED),
    "prefix_upper": (GOOD.upper(), Reason.UNSUPPORTED),
    "prefix_confusion_hc1": ("HC1:" + GOOD[5:], Reason.DAMAGED),
    "prefix_confusion_nzcp": ("NZCP:/1/" + GOOD[5:], Reason.DAMAGED),
    "space_before": (" " + GOOD, Reason.UNSUPPORTED),
    "bytes": (GOOD.encode(), Reason.UNSUPPORTED),
    "chunk_missing": ("\n".join((ONE, THREE)), Reason.INCOMPLETE),
    "chunk_alone": (TWO, Reason.INCOMPLETE),
    "chunk_twice_and_one_missing": ("\n".join((ONE, THREE, ONE)), Reason.INCOMPLETE),
    "chunk_out_of_range": ("\n".join((ONE, TWO, THREE.replace("/3/3/", "/4/3/"))), Reason.DAMAGED),
    "chunk_zero": (ONE.replace("/1/3/", "/0/3/"), Reason.DAMAGED),
    "chunk_leading_zero": (ONE.replace("/1/3/", "/01/3/"), Reason.DAMAGED),
    "chunk_of_none": ("shc:/1/0/56", Reason.DAMAGED),
    "chunk_of_1000": ("shc:/1/1000/56", Reason.DAMAGED),
    "chunk_odd_digits": ("\n".join((ONE[:-1], TWO[:9] + ONE[-1] + TWO[9:], THREE)), Reason.DAMAGED),
    "chunk_empty": ("\n".join((ONE, TWO, "shc:/3/3/")), Reason.DAMAGED),
    "shc_chunk_mix_of_totals": ("\n".join((ONE, TWO, THREE.replace("/3/3/", "/3/4/"))), Reason.DAMAGED),
    "shc_chunk_mix_of_cards": ("\n".join((ONE, TWO, chunks_of(OTHER.jws(), 3)[2])), Reason.SIGNATURE_INVALID),
    "shc_chunk_mix_of_two_firsts": ("\n".join((ONE, chunks_of(OTHER.jws(), 3)[0], TWO, THREE)), Reason.DAMAGED),
    "chunk_beside_a_whole_card": ("\n".join((ONE, TWO, GOOD)), Reason.DAMAGED),
    "chunk_beside_another_format": ("\n".join((ONE, TWO, "HC1:NCF")), Reason.DAMAGED),
    "jws_two_parts": (text_of(b".".join(PARTS[:2])), Reason.DAMAGED),
    "jws_four_parts": (text_of(GOOD_JWS + b".QQ"), Reason.DAMAGED),
    "jws_empty_signature": (text_of(b".".join((*PARTS[:2], b""))), Reason.DAMAGED),
    "jws_empty_payload": (text_of(b".".join((PARTS[0], b"", PARTS[2]))), Reason.DAMAGED),
    "jws_trailing_space": (GOOD_JWS.decode() + " ", Reason.DAMAGED),
    "jws_padded": (text_of(GOOD_JWS + b"=="), Reason.DAMAGED),
    "jws_not_base64url": (text_of(b".".join((*PARTS[:2], PARTS[2][:-2] + b":w"))), Reason.DAMAGED),
    "jws_plain_base64": (GOOD_JWS.decode().replace(".", ".+", 1), Reason.DAMAGED),
    "jws_not_ascii": (GOOD_JWS.decode() + "é", Reason.DAMAGED),
    "zlib_instead_of_deflate": (over(zlib.compress(PAYLOAD)), Reason.DAMAGED),
    "not_compressed": (over(PAYLOAD), Reason.DAMAGED),
    "deflate_truncated": (over(deflated(PAYLOAD)[:-4]), Reason.DAMAGED),
    "deflate_trailing": (over(deflated(PAYLOAD) + b"\0"), Reason.DAMAGED),
    "deflate_twice": (over(deflated(PAYLOAD) + deflated(PAYLOAD)), Reason.DAMAGED),
    "deflate_bomb": (over(deflated(bytes(20_000_000))), Reason.DAMAGED),
    "deflate_bomb_nested": (over(deflated(deflated(bytes(5_000_000)))), Reason.MALFORMED),
    "header_no_alg": (resigned({"zip": "DEF", "kid": ISSUER.kid}), Reason.DAMAGED),
    "header_no_kid": (resigned({"zip": "DEF", "alg": "ES256"}), Reason.DAMAGED),
    "header_no_zip": (resigned({"alg": "ES256", "kid": ISSUER.kid}), Reason.DAMAGED),
    "header_zip_other": (resigned({**HEADER, "zip": "GZ"}), Reason.DAMAGED),
    "header_kid_is_a_number": (resigned({**HEADER, "kid": 7}), Reason.DAMAGED),
    "header_crit": (resigned({**HEADER, "crit": ["b64"], "b64": False}), Reason.DAMAGED),
    "header_is_an_array": (resigned([]), Reason.DAMAGED),
    "header_equal_names": (resigned(encoded(HEADER)[:-1] + b',"alg":"ES256"}'), Reason.DAMAGED),
    "header_utf16": (resigned(json.dumps(HEADER).encode("utf-16")), Reason.DAMAGED),
    "header_depth": (resigned(b'{"x":' + b"[" * 90_000), Reason.DAMAGED),
    "token_of_another_kind": (
        signed(encoded({"alg": "ES256", "typ": "JWT"}), b'{"sub":"1"}', ISSUER.sign).decode(),
        Reason.UNSUPPORTED,
    ),
    "json_dup": (raw(member("nbf", "0")), Reason.MALFORMED),
    "json_dup_inside": (
        raw(PAYLOAD.replace(b'"birthDate"', b'"birthDate":"1901-01-01","birthDate"')),
        Reason.MALFORMED,
    ),
    "json_dup_by_escape": (raw(member("\\u006ebf", "0")), Reason.MALFORMED),
    "json_nan": (raw(member("exp", "NaN")), Reason.MALFORMED),
    "json_infinity": (raw(member("exp", "-Infinity")), Reason.MALFORMED),
    "json_1e999": (raw(member("exp", "1e999")), Reason.MALFORMED),
    "json_int_5000": (raw(member("exp", "9" * 5000)), Reason.MALFORMED),
    "json_fraction_5000": (raw(member("exp", "1." + "9" * 5000)), Reason.MALFORMED),
    "json_depth": (raw(member("x", "[" * 33 + "]" * 33)), Reason.MALFORMED),
    "json_depth_100000": (raw(member("x", "[" * 100_000 + "]" * 100_000)), Reason.MALFORMED),
    "json_depth_behind_strings": (raw(member("x", '["]",' * 40 + '"["' + "]" * 40)), Reason.MALFORMED),
    "json_depth_behind_pairs_in_strings": (raw(member("x", '["]",' * 40 + "1" + ',"["]' * 40)), Reason.MALFORMED),
    "json_depth_behind_escapes": (raw(member("x", '["\\"]",' * 40 + '"["' + "]" * 40)), Reason.MALFORMED),
    "json_utf16": (raw(json.dumps(card()).encode("utf-16")), Reason.MALFORMED),
    "json_lone_surrogate": (raw(inside("\ud800")), Reason.MALFORMED),
    "json_lone_surrogate_by_escape": (raw(inside("\\ud800")), Reason.MALFORMED),
    "json_control_character": (raw(inside("\x1b[2J")), Reason.MALFORMED),
    "json_latin_1": (raw(PAYLOAD.replace("Bảo".encode(), b"B\xe9o")), Reason.MALFORMED),
    "json_trailing": (raw(PAYLOAD + b"}"), Reason.MALFORMED),
    "json_two_values": (raw(PAYLOAD + PAYLOAD), Reason.MALFORMED),
    "json_comment": (raw(PAYLOAD + b"//"), Reason.MALFORMED),
    "json_cut_off": (raw(PAYLOAD[:-1]), Reason.MALFORMED),
    "json_array": (raw(b"[]"), Reason.MALFORMED),
    "json_null": (raw(b"null"), Reason.MALFORMED),
    "payload_empty": (raw(b""), Reason.MALFORMED),
}


@pytest.mark.parametrize("name", PARSE)
def test_a_text_that_breaks_the_encoding_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = PARSE[name]
    assert judge(text).reason is expected


def with_signature(signature: bytes) -> str:
    return text_of(b".".join((*PARTS[:2], base64url.encode(signature))))


SIGNATURE = base64url.decode(PARTS[2])
CHANGED = encoded(card(bundle({**PATIENT, "birthDate": "1993-10-10"}, dose())))
CRYPTO: dict[str, tuple[str, Reason]] = {
    "alg_none": (text_of(ISSUER.jws(header={**HEADER, "alg": "none"}, sign=lambda _: bytes(64))), Reason.DAMAGED),
    "alg_HS256_with_pubkey": (
        text_of(
            ISSUER.jws(header={**HEADER, "alg": "HS256"}, sign=lambda one: hmac.digest(ISSUER.spki, one, "sha256"))
        ),
        Reason.DAMAGED,
    ),
    "alg_ES256_over_hmac": (
        text_of(ISSUER.jws(sign=lambda one: hmac.digest(ISSUER.spki, one, "sha256") * 2)),
        Reason.SIGNATURE_INVALID,
    ),
    "alg_ES384": (resigned({**HEADER, "alg": "ES384"}), Reason.DAMAGED),
    "alg_lower": (resigned({**HEADER, "alg": "es256"}), Reason.DAMAGED),
    "alg_list": (resigned({**HEADER, "alg": ["ES256"]}), Reason.DAMAGED),
    "sig_len_63": (with_signature(SIGNATURE[:-1]), Reason.SIGNATURE_INVALID),
    "sig_len_65": (with_signature(SIGNATURE + b"\0"), Reason.SIGNATURE_INVALID),
    "sig_len_40000": (with_signature(bytes(20_000)), Reason.SIGNATURE_INVALID),
    "der_sig_where_raw": (with_signature(ecdsa_der(SIGNATURE)), Reason.SIGNATURE_INVALID),
    "ecdsa_r0s0": (with_signature(bytes(64)), Reason.SIGNATURE_INVALID),
    "ecdsa_all_ones": (with_signature(b"\xff" * 64), Reason.SIGNATURE_INVALID),
    "signature_of_another_card": (
        with_signature(base64url.decode(ISSUER.jws(CHANGED).split(b".")[2])),
        Reason.SIGNATURE_INVALID,
    ),
    "signature_with_spare_bits": (text_of(GOOD_JWS[:-1] + bytes((GOOD_JWS[-1] + 1,))), Reason.DAMAGED),
    "payload_changed": (
        text_of(b".".join((PARTS[0], base64url.encode(deflated(CHANGED)), PARTS[2]))),
        Reason.SIGNATURE_INVALID,
    ),
    "payload_deflated_anew": (
        text_of(b".".join((PARTS[0], base64url.encode(zlib.compress(PAYLOAD, 1)[2:-4]), PARTS[2]))),
        Reason.SIGNATURE_INVALID,
    ),
    "header_written_anew": (
        text_of(b".".join((base64url.encode(json.dumps(HEADER).encode()), *PARTS[1:]))),
        Reason.SIGNATURE_INVALID,
    ),
    "kid_of_another_trusted_key": (resigned({**HEADER, "kid": OTHER.kid}), Reason.SIGNATURE_INVALID),
    "kid_unknown": (resigned({**HEADER, "kid": "nobody"}), Reason.ISSUER_UNKNOWN),
    "kid_empty": (resigned({**HEADER, "kid": ""}), Reason.ISSUER_UNKNOWN),
    "jwk_header_ignored": (
        text_of(CardIssuer().jws(header={**HEADER, "jwk": CardIssuer().jwk})),
        Reason.SIGNATURE_INVALID,
    ),
    "jku_x5c_header_ignored": (
        text_of(
            P384.jws(header={"zip": "DEF", "alg": "ES256", "kid": "own", "jku": "https://evil.example", "x5c": ["AA"]})
        ),
        Reason.ISSUER_UNKNOWN,
    ),
    "cross_issuer": (ISSUER.issue(card(iss=STRANGER.iss)), Reason.ISSUER_UNKNOWN),
    "cross_issuer_kid_of_the_other": (
        text_of(ISSUER.jws(encoded(card(iss=STRANGER.iss)), {**HEADER, "kid": STRANGER.kid})),
        Reason.SIGNATURE_INVALID,
    ),
    "issuer_nobody_knows": (ISSUER.issue(card(iss="https://nobody.example")), Reason.ISSUER_UNKNOWN),
    "issuer_with_another_path": (ISSUER.issue(card(iss=ISS + "/x")), Reason.ISSUER_UNKNOWN),
    "issuer_in_capitals": (ISSUER.issue(card(iss=ISS.replace("health", "HEALTH"))), Reason.ISSUER_UNKNOWN),
}


@pytest.mark.parametrize("name", CRYPTO)
def test_a_card_whose_cryptography_is_wrong_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = CRYPTO[name]
    assert judge(text).reason is expected


def test_one_kid_at_two_issuers_lets_neither_speak_as_the_other() -> None:
    """161 issuers of one vendor share two kids: a key counts for the issuers that it was pinned for, each by itself."""
    shared = trust_in(ISSUER.key(), ISSUER.key(issuer=STRANGER.iss, name="Another hospital"))
    for iss, name in ((ISS, "Bộ Y tế"), (STRANGER.iss, "Another hospital")):
        issuer = judge(ISSUER.issue(card(iss=iss)), shared).as_dict()["issuer"]
        assert issuer is not None
        assert (issuer["id"], issuer["name"]) == (iss, name)
    assert judge(ISSUER.issue(card(iss="https://third.example")), shared).reason is Reason.ISSUER_UNKNOWN
    both = trust_in(ISSUER.key(), STRANGER.key(kid=ISSUER.kid))
    assert judge(text_of(STRANGER.jws(header=HEADER)), both).reason is Reason.SIGNATURE_INVALID


@pytest.mark.parametrize("format", ["hcert", "nzcp", "native"])
def test_a_key_of_another_format_never_verifies_a_card(format: str) -> None:
    assert judge(GOOD, trust_in(ISSUER.key(format=format))).reason is Reason.ISSUER_UNKNOWN


def test_a_card_key_never_verifies_a_pass_of_another_format() -> None:
    hcert, nzcp = Issuer(), PassIssuer()
    trust = trust_in(hcert.key_with(format="shc"), nzcp.key(format="shc"))
    assert judge(hcert.issue(), trust).reason is Reason.ISSUER_UNKNOWN
    assert judge(nzcp.issue(), trust).reason is Reason.ISSUER_UNKNOWN


def test_a_key_of_another_type_never_verifies_a_card() -> None:
    trust = trust_in(RSA.key_with(format="shc", kid=ISSUER.kid, issuer=ISS), P384.key(kid=ISSUER.kid))
    assert judge(GOOD, trust).reason is Reason.SIGNATURE_INVALID
    assert judge(text_of(P384.jws(header=HEADER)), trust).reason is Reason.SIGNATURE_INVALID


def test_a_key_without_an_issuer_binds_nothing_and_counts_for_nobody() -> None:
    assert judge(GOOD, trust_in(ISSUER.key(issuer=""))).reason is Reason.ISSUER_UNKNOWN


@dataclass(frozen=True)
class Semantic:
    claims: Any
    expected: Reason
    at: float = NOW


EXP = NOW + 5 * DAY
TWO_ISSUERS = b'{"iss":"https://other.example/cards",' + PAYLOAD[1:]
SEMANTICS: dict[str, Semantic] = {
    "nbf_boundary": Semantic(card(nbf=NOW), Reason.OK),
    "nbf_future": Semantic(card(nbf=NOW + 0.5), Reason.NOT_YET_VALID),
    "nbf_milliseconds": Semantic(card(nbf=(NOW - DAY) * 1000), Reason.NOT_YET_VALID),
    "nbf_absent": Semantic(card(nbf=None), Reason.MALFORMED),
    "nbf_text": Semantic(card(nbf="2021-01-01"), Reason.MALFORMED),
    "nbf_true": Semantic(card(nbf=True), Reason.MALFORMED),
    "nbf_1e300": Semantic(card(nbf=1e300), Reason.MALFORMED),
    "exp_one_second_before": Semantic(card(exp=EXP), Reason.OK, EXP - 1),
    "exp_boundary": Semantic(card(exp=EXP), Reason.EXPIRED, EXP),
    "exp_decimal": Semantic(card(exp=NOW + 0.5), Reason.OK),
    "exp_before_nbf": Semantic(card(exp=NOW - 20 * DAY), Reason.EXPIRED),
    "exp_text": Semantic(card(exp="never"), Reason.MALFORMED),
    "iss_http": Semantic(card(iss="http://health.example.vn/cards"), Reason.MALFORMED),
    "iss_trailing_slash": Semantic(card(iss=ISS + "/"), Reason.MALFORMED),
    "iss_absent": Semantic(card(iss=None), Reason.MALFORMED),
    "iss_list": Semantic(card(iss=[ISS]), Reason.MALFORMED),
    "iss_empty": Semantic(card(iss=""), Reason.MALFORMED),
    "iss_not_first": Semantic({"nbf": 1.5, "vc": vc(), "iss": ISS}, Reason.OK),
    "iss_hidden_behind_another": Semantic(
        {"nbf": 1.5, "x": {"iss": STRANGER.iss}, "vc": vc(), "iss": ISS}, Reason.MALFORMED
    ),
    "vc_absent": Semantic(card(vc=None), Reason.MALFORMED),
    "vc_text": Semantic(card(vc="x"), Reason.MALFORMED),
    "vc_without_type": Semantic(card(vc=vc(type=None)), Reason.MALFORMED),
    "vc_of_another_type": Semantic(card(vc=vc(type=["VerifiableCredential"])), Reason.MALFORMED),
    "fhir_version_absent": Semantic(card(vc=vc(credentialSubject={"fhirBundle": bundle(PATIENT)})), Reason.MALFORMED),
    "bundle_absent": Semantic(card(vc=vc(credentialSubject={"fhirVersion": "4.0.1"})), Reason.MALFORMED),
    "bundle_of_another_type": Semantic(card({**bundle(PATIENT), "resourceType": "List"}), Reason.MALFORMED),
    "bundle_empty": Semantic(card(bundle()), Reason.MALFORMED),
    "bundle_of_2000": Semantic(card(bundle(*[{"resourceType": "X"}] * 2000)), Reason.MALFORMED),
    "resource_null": Semantic(card(bundle(PATIENT, None)), Reason.MALFORMED),
    "resource_without_type": Semantic(card(bundle(PATIENT, {})), Reason.MALFORMED),
    "patients_two": Semantic(card(bundle(PATIENT, PATIENT, dose())), Reason.MALFORMED),
    "patient_none": Semantic(card(bundle(dose())), Reason.OK),
    "patient_name_text": Semantic(card(bundle({**PATIENT, "name": "Duy"})), Reason.MALFORMED),
    "patient_born_tomorrowish": Semantic(card(bundle({**PATIENT, "birthDate": "soon"})), Reason.MALFORMED),
    "patient_born_1983": Semantic(card(bundle({**PATIENT, "birthDate": "1983"})), Reason.OK),
    "dose_date_number": Semantic(card(bundle(PATIENT, dose(day="x"))), Reason.MALFORMED),
    "dose_date_absent": Semantic(card(bundle(PATIENT, dose(occurrenceDateTime=None))), Reason.OK),
    "dose_without_code": Semantic(card(bundle(PATIENT, dose(vaccineCode=None))), Reason.OK),
    "dose_code_of_wrong_shape": Semantic(card(bundle(PATIENT, dose(vaccineCode=[1], performer=7))), Reason.OK),
    "rid_too_long": Semantic(card(vc=vc(rid="a" * 25)), Reason.MALFORMED),
    "rid_not_base64url": Semantic(card(vc=vc(rid="a.1")), Reason.MALFORMED),
    "rid_number": Semantic(card(vc=vc(rid=1)), Reason.MALFORMED),
}


@pytest.mark.parametrize("name", SEMANTICS)
def test_signed_content_is_judged_by_its_specification(name: str) -> None:
    case = SEMANTICS[name]
    assert judge(ISSUER.issue(case.claims), at=case.at).reason is case.expected


@pytest.mark.parametrize("payload", [TWO_ISSUERS, member("iss", f'"{STRANGER.iss}"')], ids=["first", "last"])
def test_two_issuers_in_one_card_are_never_resolved_in_favour_of_either(payload: bytes) -> None:
    for signer in (ISSUER, STRANGER):
        text = text_of(signer.jws(payload, {**HEADER, "kid": signer.kid}))
        assert judge(text).reason in (Reason.MALFORMED, Reason.ISSUER_UNKNOWN)


def test_an_address_with_escaped_slashes_and_a_byte_order_mark_are_read_as_honest_issuers_write_them() -> None:
    assert judge(raw(PAYLOAD.replace(b"/", b"\\/"))).reason is Reason.OK
    assert judge(raw(b"\xef\xbb\xbf" + PAYLOAD)).reason is Reason.OK
    assert judge(raw(json.dumps(card(), indent=1).encode())).reason is Reason.OK


def test_what_was_not_given_or_entered_in_error_is_no_vaccination_and_no_test() -> None:
    records = [dose(), dose(status="not-done"), dose(status="entered-in-error"), dose(status=None), lab()]
    records += [lab(status="cancelled"), lab(status=["final"]), {"resourceType": "Condition"}]
    claims = verify.check(ISSUER.issue(card(bundle(PATIENT, *records))), TRUST, NOW).claims
    assert claims is not None
    kinds = [one.kind for one in claims.credentials]
    assert kinds == ["vaccination", "other", "other", "other", "test", "other", "other", "other"]
    assert claims.kinds == {"vaccination", "test", "other"}
    assert claims.credentials[4].facts["result"] == "260373001"


def test_a_card_without_a_holder_is_told_and_its_doses_are_read_in_shared_terms() -> None:
    verdict = judge(ISSUER.issue(card(bundle(dose(protocolApplied=[{"doseNumberPositiveInt": 2}])))))
    assert verdict.subject is None
    assert any(check.note == ("note.no_holder",) for check in verdict.checks if check.result is Result.WARNING)
    (credential,) = verdict.as_dict()["credentials"]
    assert credential == {
        "kind": "vaccination",
        "vaccine": "207",
        "vaccine_system": "http://hl7.org/fhir/sid/cvx",
        "dose": 2,
        "date": "2022-01-18",
        "lot": "0000001",
        "performer": "Trạm y tế phường 7",
    }


def test_the_official_name_is_shown_family_name_first() -> None:
    names = [{"use": "old", "family": "Trần"}, {"use": "official", "family": "Nguyễn", "given": ["Bảo", 7, "Duy"]}]
    subject = judge(ISSUER.issue(card(bundle({**PATIENT, "name": names})))).subject
    assert subject is not None
    assert (subject.name, subject.family_name, subject.given_name) == ("Nguyễn Bảo Duy", "Nguyễn", "Bảo Duy")


def test_a_revoked_card_stays_revoked_however_its_text_is_rewritten() -> None:
    jws = ISSUER.jws(encoded(card(vc=vc(rid="vwAjHdarZuc"))))
    message, _, signature = jws.rpartition(b".")
    r, s = base64url.decode(signature)[:32], int.from_bytes(base64url.decode(signature)[32:], "big")
    malleated = message + b"." + base64url.encode(r + (ORDER - s).to_bytes(32, "big"))
    texts = {
        "as issued": text_of(jws),
        "malleated_s": text_of(malleated),
        "chunks": "\n".join(reversed(chunks_of(jws, 4))),
        "one of one": "\n".join(chunks_of(jws, 1)),
        "the JWS": jws.decode(),
    }
    claims = verify.check(text_of(jws), TRUST, NOW).claims
    assert claims is not None
    assert [kind for kind, _ in claims.revocation_ids] == ["pass_id", "shc-rid"]
    for one in claims.revocation_ids:
        trust = TRUST._replace(revocations=(Listed(frozenset({one})),))
        found = {name: (judge(text).reason, judge(text, trust).reason) for name, text in texts.items()}
        assert found == dict.fromkeys(texts, (Reason.OK, Reason.REVOKED))
    pass_ids = {judge(text).as_dict()["pass_id"] for text in texts.values()}
    assert len(pass_ids) == 1


def test_a_rid_of_one_key_revokes_no_card_of_another() -> None:
    other = verify.check(OTHER.issue(card(vc=vc(rid="abc"))), TRUST, NOW).claims
    assert other is not None
    trust = TRUST._replace(revocations=(Listed(frozenset(other.statement.revocation_ids)),))
    assert judge(OTHER.issue(card(vc=vc(rid="abc"))), trust).reason is Reason.REVOKED
    assert judge(ISSUER.issue(card(vc=vc(rid="abc"))), trust).reason is Reason.OK


def test_no_content_is_shown_where_the_signature_does_not_hold() -> None:
    verdict = judge(CRYPTO["payload_changed"][0])
    found = verdict.as_dict()
    assert (found["subject"], found["credentials"], found["pass_id"]) == (None, [], None)
    assert "claimed" not in found
    assert any(check.name is CheckName.SIGNATURE and check.result is Result.FAIL for check in verdict.checks)


def test_digits_of_every_card_read_back() -> None:
    assert numeric.decode(numeric.encode(GOOD_JWS)) == GOOD_JWS
