"""What an attacker can write into an HCERT, by name: parsing, cryptography, semantics, each with its one verdict."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from checkpoint import verify
from checkpoint.codec import base45, cbor, cose, signing
from checkpoint.formats.hcert.issue import HCERT_CLAIM, text_of
from checkpoint.model import Checked, CheckName, Reason, Result
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.snapshot import Trust
from checkpoint.verdict import Verdict
from tests.issuer import DAY, NAME, NOW, RECOVERY, TEST, VACCINATION, Issuer, claimset, dcc, trust_in
from tests.pinned_list import Listed

ISSUER, OTHER, P384, RSA = Issuer(), Issuer(), Issuer("P-384"), Issuer("RSA")
TRUST = trust_in(*(one.key_with() for one in (ISSUER, OTHER, P384, RSA)))


def judge(text: str | bytes, trust: Trust = TRUST, at: float = NOW) -> Verdict:
    return verify.decide((verify.check(text, trust, at),), trust, AUTHENTIC, at, at)


def raw(data: bytes) -> str:
    """Bytes in the envelope as they are, compressed."""
    return text_of(data)


def packed(compressed: bytes) -> str:
    return "HC1:" + base45.encode(compressed)


def signed(payload: bytes) -> str:
    return ISSUER.wrap(payload)


def cose_of(text: str) -> cose.Sign1:
    return cose.split(zlib.decompress(base45.decode(text[4:].encode())))


def rebuilt(text: str, **parts: bytes) -> str:
    found = cose_of(text)._replace(**parts)
    return text_of(cose.build(found.protected, found.unprotected, found.payload, found.signature))


def test_the_honest_passes_of_this_file_are_admitted() -> None:
    for issuer in (ISSUER, P384, RSA):
        assert judge(issuer.issue()).reason is Reason.OK
    assert judge(ISSUER.wrap()).reason is Reason.OK


GOOD = ISSUER.issue()
GOOD_COSE = zlib.decompress(base45.decode(GOOD[4:].encode()))
GOOD_CLAIMS = cbor.encode(claimset())


def bomb(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


PARSE: dict[str, tuple[str | bytes, Reason]] = {
    "zlib_bomb_single": (packed(bomb(100_000_000 // 50)), Reason.DAMAGED),
    "zlib_bomb_nested": (packed(zlib.compress(bomb(5_000_000), 9)), Reason.DAMAGED),
    "zlib_trailing": (packed(zlib.compress(GOOD_COSE) + b"\0"), Reason.DAMAGED),
    "deflate_truncated": (packed(zlib.compress(GOOD_COSE)[:-5]), Reason.DAMAGED),
    "deflate_wrong_checksum": (packed(zlib.compress(GOOD_COSE)[:-1] + b"\0"), Reason.DAMAGED),
    "not_compressed": (packed(GOOD_COSE), Reason.DAMAGED),
    "b45_invalid_triplet": ("HC1:" + ":::" * 20, Reason.DAMAGED),
    "b45_lowercase": ("HC1:" + GOOD[4:].lower(), Reason.DAMAGED),
    "b45_one_symbol_left": (GOOD + "0", Reason.DAMAGED),
    "b45_not_ascii": (GOOD[:20] + "Đ" + GOOD[21:], Reason.DAMAGED),
    "qr_binary_nul": (GOOD[:50] + "\0" + GOOD[51:], Reason.DAMAGED),
    "empty_after_prefix": ("HC1:", Reason.DAMAGED),
    "longer_than_any_code": ("HC1:" + "0" * 1_000_000, Reason.DAMAGED),
    "prefix_confusion_lower": ("hc1:" + GOOD[4:], Reason.UNSUPPORTED),
    "prefix_confusion_hc2": ("HC2:" + GOOD[4:], Reason.UNSUPPORTED),
    "prefix_confusion_nzcp": ("NZCP:/1/" + GOOD[4:], Reason.DAMAGED),
    "prefix_confusion_lt1": ("LT1:" + GOOD[4:], Reason.UNSUPPORTED),
    "no_prefix": (GOOD[4:], Reason.UNSUPPORTED),
    "space_before_prefix": (" " + GOOD, Reason.UNSUPPORTED),
    "empty": ("", Reason.UNSUPPORTED),
    "bytes": (GOOD.encode(), Reason.UNSUPPORTED),
    "lone_surrogate": ("HC1:\ud800", Reason.DAMAGED),
    "cose_is_an_int": (raw(b"\x01"), Reason.DAMAGED),
    "cose_trailing": (raw(GOOD_COSE + b"\0"), Reason.DAMAGED),
    "cose_three_parts": (raw(b"\xd2\x83\x40\xa0\x40"), Reason.DAMAGED),
    "cose_five_parts": (raw(b"\xd2\x85\x40\xa0\x40\x40\x40"), Reason.DAMAGED),
    "cose_other_tag": (raw(b"\xd1" + GOOD_COSE[1:]), Reason.DAMAGED),
    "cose_cwt_tag_alone": (raw(b"\xd8\x3d" + GOOD_COSE[1:]), Reason.DAMAGED),
    "cose_tag_twice": (raw(b"\xd2" + GOOD_COSE), Reason.DAMAGED),
    "cose_indefinite_array": (raw(b"\xd2\x9f" + GOOD_COSE[2:] + b"\xff"), Reason.DAMAGED),
    "cose_indefinite_payload": (raw(b"\xd2\x84\x40\xa0\x5f\x41\x00\xff\x40"), Reason.DAMAGED),
    "cbor_len_2^60": (raw(b"\xd2\x84\x40\xa0\x5b\x10" + bytes(7) + b"\x40"), Reason.DAMAGED),
    "cose_map_of_2^60": (raw(b"\xd2\x84\x40\xbb\x10" + bytes(7) + b"\x40\x40"), Reason.DAMAGED),
    "cose_unprotected_depth": (raw(b"\xd2\x84\x40\xa1\x01" + b"\x81" * 60_000 + b"\x01\x40\x40"), Reason.DAMAGED),
    "cose_reserved_length": (raw(b"\xd2\x84\x5c\xa0\x40\x40"), Reason.DAMAGED),
    "cose_cut_off": (raw(GOOD_COSE[:-1]), Reason.DAMAGED),
    "header_not_a_map": (ISSUER.wrap(protected=b"\x01"), Reason.DAMAGED),
    "header_dup_key": (ISSUER.wrap(protected=b"\xa2\x01\x26\x01\x26"), Reason.DAMAGED),
    "header_huge": (ISSUER.wrap(protected={1: -7, 4: ISSUER.kid, 99: bytes(8000)}), Reason.DAMAGED),
    "header_kid_is_text": (ISSUER.wrap(protected={1: -7, 4: "kid"}), Reason.DAMAGED),
    "header_kid_is_a_map": (ISSUER.wrap(protected={1: -7, 4: {}}), Reason.DAMAGED),
    "cbor_dup_key": (signed(b"\xa3" + GOOD_CLAIMS[1:] + b"\x01\x62VN"), Reason.MALFORMED),
    "cbor_key_1_true": (signed(b"\xa4" + GOOD_CLAIMS[1:] + b"\xf5\x62XX"), Reason.MALFORMED),
    "cbor_key_1_float": (signed(b"\xa4" + GOOD_CLAIMS[1:] + b"\xf9\x3c\x00\x62XX"), Reason.MALFORMED),
    "cbor_depth_13": (signed(b"\xa1\x01" + b"\x81" * 13 + b"\x01"), Reason.MALFORMED),
    "cbor_depth_50000": (signed(b"\x81" * 50_000 + b"\x01"), Reason.MALFORMED),
    "cbor_indef": (signed(b"\xbf" + GOOD_CLAIMS[1:] + b"\xff"), Reason.MALFORMED),
    "cbor_trailing": (signed(GOOD_CLAIMS + b"\0"), Reason.MALFORMED),
    "cbor_payload_len_2^60": (signed(b"\xa1\x01\x7b\x10" + bytes(7)), Reason.MALFORMED),
    "cbor_array_2^32": (signed(b"\x9a\xff\xff\xff\xff"), Reason.MALFORMED),
    "cbor_bad_utf8": (signed(b"\xa1\x01\x62\xff\xfe"), Reason.MALFORMED),
    "cbor_empty": (signed(b""), Reason.MALFORMED),
    "payload_is_an_array": (signed(b"\x80"), Reason.MALFORMED),
    "payload_is_null": (signed(b"\xf6"), Reason.MALFORMED),
}
for _tag in (0, 1, 2, 3, 4, 5, 24, 25, 28, 29, 35, 36, 37, 54, 55799, 100000):
    _head = cbor.encode(_tag)
    PARSE[f"cbor_tag_{_tag}"] = (
        signed(b"\xa4" + GOOD_CLAIMS[1:] + b"\x18\x63" + bytes((_head[0] | 0xC0,)) + _head[1:] + b"\x41\x00"),
        Reason.MALFORMED,
    )


@pytest.mark.parametrize("name", PARSE)
def test_a_text_that_breaks_the_encoding_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = PARSE[name]
    assert judge(text).reason is expected


def headers(issuer: Issuer = ISSUER, **changes: Any) -> dict[Any, Any]:
    names = {"alg": 1, "crit": 2, "kid": 4}
    found: dict[Any, Any] = {1: -37 if issuer.kind == "RSA" else -7, 4: issuer.kid}
    for name, value in changes.items():
        found[names[name]] = value
    return {label: value for label, value in found.items() if value is not None}


def malleated(text: str, order: int = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551) -> str:
    """The same pass under the other ECDSA signature that holds: s replaced by n - s."""
    signature = cose_of(text).signature
    s = order - int.from_bytes(signature[32:], "big")
    return rebuilt(text, signature=signature[:32] + s.to_bytes(32, "big"))


def hmac_with_public_key(message: bytes) -> bytes:
    import hmac

    return hmac.digest(ISSUER.record.spki, message, "sha256")


CRYPTO: dict[str, tuple[str, Reason]] = {
    "alg_none": (ISSUER.wrap(protected=headers(alg=0)), Reason.DAMAGED),
    "alg_HS256_with_pubkey": (ISSUER.wrap(protected=headers(alg=5), sign=hmac_with_public_key), Reason.DAMAGED),
    "alg_missing": (ISSUER.wrap(protected=headers(alg=None)), Reason.DAMAGED),
    "alg_text": (ISSUER.wrap(protected=headers(alg="ES256")), Reason.DAMAGED),
    "alg_true": (ISSUER.wrap(protected=headers(alg=True)), Reason.DAMAGED),
    "alg_PS256_on_an_EC_key": (ISSUER.wrap(protected=headers(alg=-37)), Reason.SIGNATURE_INVALID),
    "alg_ES256_on_an_RSA_key": (RSA.wrap(protected=headers(RSA, alg=-7)), Reason.SIGNATURE_INVALID),
    "alg_ES384": (P384.wrap(protected=headers(P384, alg=-35)), Reason.DAMAGED),
    "sig_len_63": (rebuilt(GOOD, signature=cose_of(GOOD).signature[:-1]), Reason.SIGNATURE_INVALID),
    "sig_len_65": (rebuilt(GOOD, signature=cose_of(GOOD).signature + b"\0"), Reason.SIGNATURE_INVALID),
    "sig_len_3": (rebuilt(GOOD, signature=b"abc"), Reason.SIGNATURE_INVALID),
    "sig_len_0": (rebuilt(GOOD, signature=b""), Reason.SIGNATURE_INVALID),
    "sig_len_60000": (rebuilt(GOOD, signature=bytes(60_000)), Reason.SIGNATURE_INVALID),
    "ecdsa_r0s0": (rebuilt(GOOD, signature=bytes(64)), Reason.SIGNATURE_INVALID),
    "ecdsa_all_ones": (rebuilt(GOOD, signature=b"\xff" * 64), Reason.SIGNATURE_INVALID),
    "signature_of_another_pass": (
        rebuilt(GOOD, signature=cose_of(ISSUER.issue(claimset(iat=5))).signature),
        Reason.SIGNATURE_INVALID,
    ),
    "kid_of_another_trusted_key": (ISSUER.wrap(protected=headers(kid=OTHER.kid)), Reason.SIGNATURE_INVALID),
    "kid_unknown": (ISSUER.wrap(protected=headers(kid=b"unknown!")), Reason.ISSUER_UNKNOWN),
    "kid_one_byte_short": (ISSUER.wrap(protected=headers(kid=ISSUER.kid[:-1])), Reason.ISSUER_UNKNOWN),
    "kid_empty": (ISSUER.wrap(protected=headers(kid=b"")), Reason.ISSUER_UNKNOWN),
    "kid_absent": (ISSUER.wrap(protected=headers(kid=None)), Reason.ISSUER_UNKNOWN),
    "kid_protected_vs_unprotected_conflict": (
        ISSUER.wrap(protected=headers(kid=b"unknown!"), unprotected={4: ISSUER.kid}),
        Reason.ISSUER_UNKNOWN,
    ),
    "crit_unknown": (ISSUER.wrap(protected=headers(crit=[1, 99])), Reason.DAMAGED),
    "crit_empty": (ISSUER.wrap(protected=headers(crit=[])), Reason.DAMAGED),
    "crit_unprotected": (ISSUER.wrap(unprotected={2: [1]}), Reason.DAMAGED),
    "der_sig_where_raw": (
        ISSUER.wrap(sign=lambda message: b"\x30\x44" + signing.sign(ISSUER.key, message)[:62]),
        Reason.SIGNATURE_INVALID,
    ),
    "payload_changed": (rebuilt(GOOD, payload=GOOD_CLAIMS.replace(b"NGUYEN", b"NGUYET")), Reason.SIGNATURE_INVALID),
    "protected_changed": (
        rebuilt(GOOD, protected=cbor.encode({1: -7, 4: ISSUER.kid, 3: 16})),
        Reason.SIGNATURE_INVALID,
    ),
}


@pytest.mark.parametrize("name", CRYPTO)
def test_a_pass_whose_cryptography_is_wrong_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = CRYPTO[name]
    assert judge(text).reason is expected


def test_a_der_signature_is_refused_even_where_it_would_verify() -> None:
    def der(message: bytes) -> bytes:
        from checkpoint.codec.keys import ecdsa_der

        return ecdsa_der(signing.sign(ISSUER.key, message))

    assert judge(ISSUER.wrap(sign=der)).reason is Reason.SIGNATURE_INVALID


@pytest.mark.parametrize(
    ("protected", "unprotected"),
    [
        ({1: -7}, {4: ISSUER.kid}),
        ({4: ISSUER.kid}, {1: -7}),
        (b"", {1: -7, 4: ISSUER.kid}),
        (headers(), {4: b"another."}),
        (headers(crit=[1]), {}),
        (headers(), {33: b"x5chain is not looked at", "x": [1, {"y": 2.5}]}),
    ],
    ids=["kid_unprotected", "alg_unprotected", "nothing_protected", "kid_differs", "crit_known", "extra_headers"],
)
def test_headers_that_honest_issuers_write_are_accepted(protected: Any, unprotected: Any) -> None:
    assert judge(ISSUER.wrap(protected=protected, unprotected=unprotected)).reason is Reason.OK


def test_every_key_under_a_colliding_kid_is_tried() -> None:
    kid = ISSUER.record.kid
    trust = trust_in(OTHER.key_with(kid=kid), RSA.key_with(kid=kid), ISSUER.key_with())
    assert judge(GOOD, trust).reason is Reason.OK
    assert judge(GOOD, trust_in(OTHER.key_with(kid=kid))).reason is Reason.SIGNATURE_INVALID


def test_a_key_pinned_for_another_format_never_verifies_a_health_pass() -> None:
    trust = trust_in(ISSUER.key_with(format="shc"), OTHER.key_with())
    assert judge(GOOD, trust).reason is Reason.ISSUER_UNKNOWN


def test_a_key_header_inside_the_pass_is_never_used() -> None:
    stranger = Issuer()
    text = stranger.wrap(protected={1: -7, 4: stranger.kid, 33: stranger.certificate})
    assert judge(text).reason is Reason.ISSUER_UNKNOWN


def ids_of(text: str) -> tuple[tuple[str, bytes], ...]:
    claims = verify.check(text, TRUST, NOW).claims
    assert claims is not None
    return claims.revocation_ids


@pytest.mark.parametrize("kind", ["pass_id", "dcc-uci", "dcc-ccuci", "dcc-sig"])
def test_a_revoked_pass_stays_revoked_however_its_text_is_rewritten(kind: str) -> None:
    listed = Listed(frozenset(one for one in ids_of(GOOD) if one[0] == kind))
    trust = TRUST._replace(revocations=(listed,))
    parts = cose_of(GOOD)
    untagged = cose.build(parts.protected, parts.unprotected, parts.payload, parts.signature, tagged=False)
    rewritten = {
        "as issued": GOOD,
        "malleated_s_still_revoked": malleated(GOOD),
        "recompressed": packed(zlib.compress(GOOD_COSE, 1)),
        "stored": packed(zlib.compress(GOOD_COSE, 0)),
        "untagged": text_of(untagged),
        "both tags": text_of(b"\xd8\x3d\xd2" + untagged),
        "more unprotected": rebuilt(GOOD, unprotected=cbor.encode({99: b"x"})),
    }
    assert {name: judge(text).reason for name, text in rewritten.items()} == dict.fromkeys(rewritten, Reason.OK)
    assert {name: judge(text, trust).reason for name, text in rewritten.items()} == dict.fromkeys(
        rewritten, Reason.REVOKED
    )
    pass_ids = {verify.check(text, TRUST, NOW).claims.pass_id for text in rewritten.values()}  # type: ignore[union-attr]
    assert len(pass_ids) == 1, "recompressed_qr_is_duplicate: one credential has one pass id"


@dataclass(frozen=True)
class Semantic:
    claims: Any
    expected: Reason
    at: float = NOW


def payload(**changes: Any) -> dict[Any, Any]:
    return claimset(dcc(**changes))


def dose(**changes: Any) -> dict[Any, Any]:
    entry = {name: value for name, value in {**VACCINATION, **changes}.items() if value is not None}
    return payload(v=[entry])


EXP = int(NOW + 100 * DAY)
NAN, INFINITY = float("nan"), float("inf")
SEMANTICS: dict[str, Semantic] = {
    "nbf_future": Semantic(claimset(nbf=int(NOW + 1)), Reason.NOT_YET_VALID),
    "nbf_boundary": Semantic(claimset(nbf=int(NOW)), Reason.OK),
    "exp_boundary": Semantic(claimset(), Reason.OK, float(EXP)),
    "exp_one_second_later": Semantic(claimset(), Reason.EXPIRED, EXP + 1.0),
    "exp_float": Semantic(claimset(exp=NOW + 0.5), Reason.OK),
    "exp_absent": Semantic(claimset(exp=None), Reason.OK),
    "exp_negative": Semantic(claimset(exp=-1), Reason.EXPIRED),
    "cbor_nan_exp": Semantic(claimset(exp=NAN), Reason.MALFORMED),
    "inf_exp": Semantic(claimset(exp=INFINITY), Reason.MALFORMED),
    "cbor_bool_exp": Semantic(claimset(exp=True), Reason.MALFORMED),
    "exp_text": Semantic(claimset(exp="2099-01-01"), Reason.MALFORMED),
    "exp_huge": Semantic(claimset(exp=2**63), Reason.MALFORMED),
    "exp_milliseconds": Semantic(claimset(exp=EXP * 1000), Reason.MALFORMED),
    "nan_nbf": Semantic(claimset(nbf=NAN), Reason.MALFORMED),
    "nan_iat": Semantic(claimset(iat=NAN), Reason.MALFORMED),
    "iat_after_now_is_the_clock": Semantic(claimset(iat=int(NOW + 5 * DAY)), Reason.OK),
    "iat_and_key_after_now": Semantic(claimset(iat=int(NOW)), Reason.NOT_YET_VALID, NOW - 400 * DAY),
    "iss_number": Semantic(claimset(iss=7), Reason.MALFORMED),
    "iss_country_mismatch": Semantic(claimset(iss="DE"), Reason.ISSUER_MISMATCH),
    "iss_free_text_is_not_compared": Semantic(claimset(iss="Bộ Y tế"), Reason.OK),
    "iss_absent": Semantic(claimset(iss=None), Reason.OK),
    "hcert_absent": Semantic(claimset(hcert=None), Reason.MALFORMED),
    "hcert_bytes": Semantic(claimset(hcert=b"x"), Reason.MALFORMED),
    "hcert_other_claim": Semantic(claimset(hcert={5: "https://link"}), Reason.MALFORMED),
    "dcc_bytes": Semantic(claimset(b"x"), Reason.MALFORMED),
    "dcc_outlives_dsc": Semantic(claimset(exp=int(NOW + 900 * DAY)), Reason.OK),
    "no_entry": Semantic(payload(v=[]), Reason.MALFORMED),
    "null_entries": Semantic(payload(v=None, t=[TEST], r=None), Reason.OK),
    "explicit_null_array": Semantic(claimset({**dcc(), "t": None, "r": None}), Reason.OK),
    "entries_no_array": Semantic(payload(v=VACCINATION), Reason.MALFORMED),
    "entry_text": Semantic(payload(v=["x"]), Reason.MALFORMED),
    "two_doses_in_1.3": Semantic(payload(v=[VACCINATION, VACCINATION]), Reason.MALFORMED),
    "two_doses_in_1.2": Semantic(payload(ver="1.2.1", v=[VACCINATION, VACCINATION]), Reason.OK),
    "two_entries_v_and_t": Semantic(payload(t=[TEST]), Reason.OK),
    "three_kinds": Semantic(payload(t=[TEST], r=[RECOVERY]), Reason.OK),
    "ver_missing": Semantic(payload(ver=None), Reason.MALFORMED),
    "ver_words": Semantic(payload(ver="one"), Reason.MALFORMED),
    "name_missing": Semantic(payload(nam=None), Reason.MALFORMED),
    "name_empty": Semantic(payload(nam={}), Reason.MALFORMED),
    "name_number": Semantic(payload(nam={"fn": 5}), Reason.MALFORMED),
    "name_latin_only": Semantic(payload(nam={"fnt": "NGUYEN"}), Reason.OK),
    "dob_missing": Semantic(payload(dob=None), Reason.MALFORMED),
    "dob_number": Semantic(payload(dob=1983), Reason.MALFORMED),
    "dob_slashes": Semantic(payload(dob="10/10/1983"), Reason.MALFORMED),
    "dob_empty": Semantic(payload(dob=""), Reason.OK),
    "dob_year": Semantic(payload(dob="1983"), Reason.OK),
    "dob_month_00": Semantic(payload(dob="1983-00"), Reason.OK),
    "date_only_dob": Semantic(payload(dob="1983-10-10T00:00:00"), Reason.OK),
    "year_0": Semantic(dose(dt="0000-01-01"), Reason.MALFORMED),
    "year_9999": Semantic(dose(dt="9999-12-31"), Reason.OK),
    "date_31_february": Semantic(dose(dt="2022-02-31"), Reason.MALFORMED),
    "date_without_dashes": Semantic(dose(dt="20220118"), Reason.MALFORMED),
    "date_by_week": Semantic(dose(dt="2022-W03-2"), Reason.MALFORMED),
    "date_by_week_as_long_as_a_date": Semantic(dose(dt="2022-W03-22"), Reason.MALFORMED),
    "date_with_time": Semantic(dose(dt="2022-01-18T00:00:00"), Reason.OK),
    "date_missing": Semantic(dose(dt=None), Reason.MALFORMED),
    "dose_fraction": Semantic(dose(dn=1.5), Reason.MALFORMED),
    "dose_whole_float": Semantic(dose(dn=2.0), Reason.OK),
    "dose_nan": Semantic(dose(dn=NAN), Reason.MALFORMED),
    "dose_true": Semantic(dose(dn=True), Reason.MALFORMED),
    "dose_negative": Semantic(dose(dn=-1), Reason.MALFORMED),
    "dose_huge": Semantic(dose(dn=2**64), Reason.MALFORMED),
    "dose_above_course": Semantic(dose(dn=3, sd=2), Reason.OK),
    "uvci_missing": Semantic(dose(ci=None), Reason.MALFORMED),
    "tz_naive": Semantic(payload(v=None, t=[{**TEST, "sc": "2022-04-14T08:00:00"}]), Reason.OK),
    "sample_time_no_time": Semantic(payload(v=None, t=[{**TEST, "sc": "yesterday"}]), Reason.MALFORMED),
    "sample_time_beyond_the_calendar": Semantic(payload(v=None, t=[{**TEST, "sc": 1e300}]), Reason.MALFORMED),
    "sample_time_without_end": Semantic(payload(v=None, t=[{**TEST, "sc": float("inf")}]), Reason.MALFORMED),
    "sample_time_list": Semantic(payload(v=None, t=[{**TEST, "sc": [1]}]), Reason.MALFORMED),
    "recovery_without_end": Semantic(payload(v=None, r=[{**RECOVERY, "du": None}]), Reason.MALFORMED),
    "unknown_product": Semantic(dose(mp="EU/9/99/9999"), Reason.OK),
    "10k_name": Semantic(payload(nam={"fn": "A" * 10_000}), Reason.OK),
}


@pytest.mark.parametrize("name", SEMANTICS)
def test_signed_content_is_judged_by_its_specification(name: str) -> None:
    case = SEMANTICS[name]
    assert judge(ISSUER.issue(case.claims), at=case.at).reason is case.expected


def warned(text: str, name: CheckName) -> bool:
    checked: Checked = verify.check(text, TRUST, NOW)
    return any(check.name is name and check.result is Result.WARNING for check in checked.checks)


@pytest.mark.parametrize("name", ["dcc_outlives_dsc", "iat_after_now_is_the_clock"])
def test_what_is_odd_about_a_time_and_still_admitted_is_told(name: str) -> None:
    assert warned(ISSUER.issue(SEMANTICS[name].claims), CheckName.TIME)


@pytest.mark.parametrize("name", ["unknown_product", "two_entries_v_and_t"])
def test_what_is_odd_about_the_content_and_still_admitted_is_told(name: str) -> None:
    assert warned(ISSUER.issue(SEMANTICS[name].claims), CheckName.FORMAT)


ARCS = {"new arc": "1.3.6.1.4.1.1847.2021.1.", "eku_old_arc": "1.3.6.1.4.1.0.1847.2021.1."}
ENTRIES: dict[str, Callable[[], dict[Any, Any]]] = {
    "1": lambda: payload(v=None, t=[TEST]),
    "2": lambda: payload(),
    "3": lambda: payload(v=None, r=[RECOVERY]),
}


@pytest.mark.parametrize("arc", ARCS)
@pytest.mark.parametrize("allowed", ENTRIES)
@pytest.mark.parametrize("kind", ENTRIES)
def test_a_key_signs_only_the_kinds_that_its_certificate_names(arc: str, allowed: str, kind: str) -> None:
    issuer = Issuer(usages=(ARCS[arc] + allowed,))
    expected = Reason.OK if allowed == kind else Reason.KEY_NOT_ALLOWED
    assert judge(issuer.issue(ENTRIES[kind]()), trust_in(issuer.key_with())).reason is expected


@pytest.mark.parametrize("usages", [(), ("1.3.6.1.5.5.7.3.2",)], ids=["eku_absent", "eku_unrelated"])
def test_a_certificate_without_such_a_usage_signs_every_kind(usages: tuple[str, ...]) -> None:
    issuer = Issuer(usages=usages)
    for claims in ENTRIES.values():
        assert judge(issuer.issue(claims()), trust_in(issuer.key_with())).reason is Reason.OK


def test_a_pass_of_two_kinds_needs_a_key_for_both() -> None:
    issuer = Issuer(usages=(ARCS["new arc"] + "2",))
    text = issuer.issue(payload(t=[TEST]))
    assert judge(text, trust_in(issuer.key_with())).reason is Reason.KEY_NOT_ALLOWED


def test_dsc_expired_means_a_person_must_decide_and_is_not_called_a_forgery() -> None:
    trust = trust_in(ISSUER.key_with(not_after=NOW - DAY))
    assert judge(GOOD, trust).reason is Reason.KEY_EXPIRED
    assert judge(GOOD, trust, NOW - 2 * DAY).reason is Reason.OK


def test_a_withdrawn_key_refuses_whatever_it_signed_even_before() -> None:
    trust = trust_in(ISSUER.key_with(revoked=True))
    assert judge(GOOD, trust).reason is Reason.KEY_REVOKED
    assert judge(GOOD, trust, NOW - 5 * DAY).reason is Reason.KEY_REVOKED


def test_cbor_dates_in_entries_are_read_as_honest_issuers_tag_them() -> None:
    moment = struct.pack(">I", int(NOW))
    encoded = cbor.encode(claimset(dcc(v=None, t=[{**TEST, "sc": "@"}])))
    tagged = encoded.replace(b"\x62sc\x61@", b"\x62sc\xc1\x1a" + moment)
    text_date = encoded.replace(b"\x62sc\x61@", b"\x62sc\xc0\x742022-04-14T01:00:00Z")
    for one in (tagged, text_date):
        checked = verify.check(ISSUER.wrap(one), TRUST, NOW)
        assert checked.claims is not None
        assert str(checked.claims.credentials[0].facts["sample_time"]).startswith("2022-04-1")


def test_the_icvp_claim_number_is_data(monkeypatch: pytest.MonkeyPatch) -> None:
    from checkpoint.formats.hcert import who

    icvp = {"n": "Aulo Agerio", "dob": "1905-08-23", "v": {"dn": "Primary", "tg": "1D47", "dt": "2023-07-04"}}
    text = ISSUER.issue({1: "VN", HCERT_CLAIM: {-9: icvp}})
    assert judge(text).reason is Reason.MALFORMED
    monkeypatch.setattr(who, "ICVP_CLAIMS", (-6, -9))
    assert judge(text).reason is Reason.OK


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"n": "A", "v": {"vle": "2021-01-01"}}, Reason.EXPIRED),
        ({"n": "A", "v": {"vle": "2022-04-15"}}, Reason.OK),
        ({"n": "A", "v": {"vls": "2022-04-16"}}, Reason.NOT_YET_VALID),
        ({"n": "A", "v": {"dn": 2}}, Reason.OK),
        ({"n": "A", "v": {"dn": [1]}}, Reason.MALFORMED),
        ({"n": "A", "v": {"dt": "2021-13-01"}}, Reason.MALFORMED),
        ({"n": "A", "v": []}, Reason.MALFORMED),
        ({"v": {}}, Reason.MALFORMED),
        ("text", Reason.MALFORMED),
    ],
)
def test_an_icvp_is_judged_by_its_own_dates(content: Any, expected: Reason) -> None:
    assert judge(ISSUER.issue({1: "VN", HCERT_CLAIM: {-6: content}})).reason is expected


def test_the_names_of_the_holder_are_read_family_name_first() -> None:
    subject = judge(GOOD).subject
    assert subject is not None
    assert (subject.name, subject.birth_date, subject.latin_name) == ("Nguyễn Bảo Duy", "1983-10-10", "NGUYEN BAO DUY")
    assert NAME["fn"] == subject.family_name
