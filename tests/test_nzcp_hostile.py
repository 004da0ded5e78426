"""What an attacker can write into an NZ COVID Pass, by name: parsing, cryptography, content, each with one verdict."""

import hmac
import json
from dataclasses import dataclass
from typing import Any

import pytest

from checkpoint import verify
from checkpoint.codec import base32, cbor, cose
from checkpoint.codec.keys import ecdsa_der
from checkpoint.formats.nzcp.issue import text_of
from checkpoint.model import Reason, Result
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust import lists, records
from checkpoint.trust.lists import Options
from checkpoint.trust.snapshot import Trust
from checkpoint.verdict import Verdict
from tests.card_issuers import DID, CardIssuer, PassIssuer, pass_claims, pass_vc
from tests.issuer import DAY, NOW, Issuer, claimset, trust_in
from tests.pinned_list import Listed

ISSUER, OTHER = PassIssuer(), PassIssuer(kid="key-2")
STRANGER = PassIssuer("did:web:other.example")
P384 = PassIssuer(kind="P-384")
TRUST = trust_in(ISSUER.key(), OTHER.key(), STRANGER.key())
HEAD = "NZCP:/1/"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def judge(text: str | bytes, trust: Trust = TRUST, at: float = NOW) -> Verdict:
    return verify.decide((verify.check(text, trust, at),), trust, AUTHENTIC, at, at)


GOOD = ISSUER.issue()
GOOD_COSE = base32.decode(GOOD[len(HEAD) :].encode())
CLAIMS = cbor.encode(pass_claims())


def signed(payload: bytes) -> str:
    return ISSUER.wrap(payload)


def rebuilt(**parts: bytes) -> str:
    found = cose.split(GOOD_COSE)
    fields = {
        name: parts.get(name, getattr(found, name)) for name in ("protected", "unprotected", "payload", "signature")
    }
    return text_of(cose.build(**fields))


def test_the_honest_passes_of_this_file_are_admitted() -> None:
    for issuer in (ISSUER, OTHER):
        assert judge(issuer.issue()).reason is Reason.OK
    assert judge(STRANGER.issue(pass_claims(iss=STRANGER.did))).reason is Reason.OK
    assert judge(ISSUER.wrap()).reason is Reason.OK


PADDED = GOOD + "=" * (-(len(GOOD) - len(HEAD)) % 8)
TEXT = GOOD[len(HEAD) :]
PARSE: dict[str, tuple[str | bytes, Reason]] = {
    "version_2": ("NZCP:/2/" + TEXT, Reason.DAMAGED),
    "no_version": ("NZCP:/" + TEXT, Reason.DAMAGED),
    "prefix_lower": (GOOD.lower(), Reason.UNSUPPORTED),
    "prefix_confusion_hc1": ("HC1:" + TEXT, Reason.DAMAGED),
    "prefix_confusion_shc": ("shc:/" + TEXT, Reason.DAMAGED),
    "bytes": (GOOD.encode(), Reason.UNSUPPORTED),
    "base32_lower": (HEAD + TEXT.lower(), Reason.DAMAGED),
    "base32_symbol_1": (HEAD + "1" + TEXT[1:], Reason.DAMAGED),
    "base32_underscore": (HEAD + TEXT[:9] + "_" + TEXT[9:], Reason.DAMAGED),
    "base32_space": (HEAD + TEXT[:8] + " " + TEXT[8:], Reason.DAMAGED),
    "base32_sign": (HEAD + "+" + TEXT[1:], Reason.DAMAGED),
    "base32_not_ascii": (HEAD + "Đ" + TEXT[1:], Reason.DAMAGED),
    "base32_length": (HEAD + TEXT[: len(TEXT) // 8 * 8 + 1], Reason.DAMAGED),
    "base32_padding_too_long": (PADDED + "=" * 8, Reason.DAMAGED),
    "base32_padding_inside": (HEAD + TEXT[:8] + "========" + TEXT[8:], Reason.DAMAGED),
    "base32_empty": (HEAD, Reason.DAMAGED),
    "base32_padding_alone": (HEAD + "=" * 8, Reason.DAMAGED),
    "longer_than_any_code": (HEAD + "A" * 1_000_000, Reason.DAMAGED),
    "lone_surrogate": (HEAD + "\ud800", Reason.DAMAGED),
    "cose_cut_off": (text_of(GOOD_COSE[:-1]), Reason.DAMAGED),
    "cose_trailing": (text_of(GOOD_COSE + b"\0"), Reason.DAMAGED),
    "cose_other_tag": (text_of(b"\xd1" + GOOD_COSE[1:]), Reason.DAMAGED),
    "cose_is_an_int": (text_of(b"\x01"), Reason.DAMAGED),
    "cbor_len_2^60": (text_of(b"\xd2\x84\x40\xa0\x5b\x10" + bytes(7) + b"\x40"), Reason.DAMAGED),
    "header_dup_key": (ISSUER.wrap(header=b"\xa3\x01\x26\x01\x26\x04\x43key"), Reason.DAMAGED),
    "header_not_a_map": (ISSUER.wrap(header=b"\x01"), Reason.DAMAGED),
    "header_kid_is_text": (ISSUER.wrap(header={1: -7, 4: ISSUER.kid}), Reason.DAMAGED),
    "header_kid_is_no_utf8": (ISSUER.wrap(header={1: -7, 4: b"\xff\xfe"}), Reason.DAMAGED),
    "header_crit": (ISSUER.wrap(header={1: -7, 2: [1], 4: ISSUER.kid.encode()}), Reason.DAMAGED),
    "kid_unprotected_alone": (
        ISSUER.wrap(header={1: -7}, unprotected=cbor.encode({4: ISSUER.kid.encode()})),
        Reason.DAMAGED,
    ),
    "cbor_dup_key": (signed(b"\xa6" + CLAIMS[1:] + b"\x04\x00"), Reason.MALFORMED),
    "cbor_trailing": (signed(CLAIMS + b"\0"), Reason.MALFORMED),
    "cbor_indef": (signed(b"\xbf" + CLAIMS[1:] + b"\xff"), Reason.MALFORMED),
    "cbor_depth_13": (signed(b"\xa6" + CLAIMS[1:] + b"\x08" + b"\x81" * 13 + b"\x01"), Reason.MALFORMED),
    "cbor_depth_40000": (signed(b"\x81" * 40_000 + b"\x01"), Reason.MALFORMED),
    "cbor_bad_utf8": (signed(CLAIMS.replace("Bảo".encode(), b"B\xff\xfe\xffo")), Reason.MALFORMED),
    "cbor_array_2^32": (signed(b"\x9a\xff\xff\xff\xff"), Reason.MALFORMED),
    "payload_empty": (signed(b""), Reason.MALFORMED),
    "payload_is_an_array": (signed(b"\x80"), Reason.MALFORMED),
}
for _tag in (0, 1, 2, 3, 4, 5, 24, 25, 28, 29, 35, 36, 54, 55799):
    _head = cbor.encode(_tag)
    PARSE[f"cbor_tag_{_tag}"] = (
        signed(b"\xa6" + CLAIMS[1:] + b"\x18\x63" + bytes((_head[0] | 0xC0,)) + _head[1:] + b"\x41\x00"),
        Reason.MALFORMED,
    )


@pytest.mark.parametrize("name", PARSE)
def test_a_text_that_breaks_the_encoding_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = PARSE[name]
    assert judge(text).reason is expected


def headers(**changes: Any) -> dict[int, Any]:
    return {1: changes.get("alg", -7), 4: changes.get("kid", ISSUER.kid).encode()}


SIGNATURE = cose.split(GOOD_COSE).signature
CRYPTO: dict[str, tuple[str, Reason]] = {
    "alg_none": (ISSUER.wrap(header=headers(alg=0)), Reason.DAMAGED),
    "alg_HS256_with_pubkey": (
        ISSUER.wrap(header=headers(alg=5), sign=lambda one: hmac.digest(ISSUER.spki, one, "sha256")),
        Reason.DAMAGED,
    ),
    "alg_PS256": (ISSUER.wrap(header=headers(alg=-37)), Reason.DAMAGED),
    "alg_text": (ISSUER.wrap(header=headers(alg="ES256")), Reason.DAMAGED),
    "alg_missing": (ISSUER.wrap(header={4: ISSUER.kid.encode()}), Reason.DAMAGED),
    "alg_unprotected": (
        ISSUER.wrap(header={4: ISSUER.kid.encode()}, unprotected=cbor.encode({1: -7})),
        Reason.DAMAGED,
    ),
    "sig_len_63": (rebuilt(signature=SIGNATURE[:-1]), Reason.SIGNATURE_INVALID),
    "sig_len_0": (rebuilt(signature=b""), Reason.SIGNATURE_INVALID),
    "ecdsa_r0s0": (rebuilt(signature=bytes(64)), Reason.SIGNATURE_INVALID),
    "der_sig_where_raw": (rebuilt(signature=ecdsa_der(SIGNATURE)), Reason.SIGNATURE_INVALID),
    "payload_changed": (rebuilt(payload=CLAIMS.replace(b"1983", b"1993")), Reason.SIGNATURE_INVALID),
    "protected_changed": (rebuilt(protected=cbor.encode({**headers(), 3: 16})), Reason.SIGNATURE_INVALID),
    "kid_of_another_trusted_key": (ISSUER.wrap(header=headers(kid=OTHER.kid)), Reason.SIGNATURE_INVALID),
    "kid_unknown": (ISSUER.wrap(header=headers(kid="key-9")), Reason.ISSUER_UNKNOWN),
    "kid_with_the_issuer_before_it": (ISSUER.wrap(header=headers(kid=f"{DID}#{ISSUER.kid}")), Reason.ISSUER_UNKNOWN),
    "issuer_of_another": (ISSUER.issue(pass_claims(iss=STRANGER.did)), Reason.SIGNATURE_INVALID),
    "issuer_nobody_knows": (ISSUER.issue(pass_claims(iss="did:web:nobody.example")), Reason.ISSUER_UNKNOWN),
    "issuer_cut_short": (ISSUER.issue(pass_claims(iss=DID[:-1])), Reason.ISSUER_UNKNOWN),
}


@pytest.mark.parametrize("name", CRYPTO)
def test_a_pass_whose_cryptography_is_wrong_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = CRYPTO[name]
    assert judge(text).reason is expected


def test_cross_issuer_same_kid() -> None:
    """Both issuers call their key the same: each pass needs the key of the issuer that it names."""
    assert ISSUER.kid == STRANGER.kid
    assert judge(STRANGER.issue()).reason is Reason.SIGNATURE_INVALID
    assert judge(STRANGER.issue(), trust_in(STRANGER.key())).reason is Reason.ISSUER_UNKNOWN
    assert judge(ISSUER.issue(pass_claims(iss=STRANGER.did)), trust_in(ISSUER.key())).reason is Reason.ISSUER_UNKNOWN


@pytest.mark.parametrize("format", ["hcert", "shc", "native"])
def test_a_key_of_another_format_never_verifies_a_pass(format: str) -> None:
    assert judge(GOOD, trust_in(ISSUER.key(format=format))).reason is Reason.ISSUER_UNKNOWN


def test_a_pass_key_never_verifies_another_format() -> None:
    hcert, card = Issuer(), CardIssuer()
    trust = trust_in(hcert.key_with(format="nzcp"), card.key(format="nzcp"))
    assert judge(hcert.issue(), trust).reason is Reason.ISSUER_UNKNOWN
    assert judge(card.issue(), trust).reason is Reason.ISSUER_UNKNOWN


def test_a_key_of_another_type_never_verifies_a_pass() -> None:
    trust = trust_in(Issuer("RSA").key_with(format="nzcp", kid=ISSUER.kid, issuer=DID), P384.key())
    assert judge(GOOD, trust).reason is Reason.SIGNATURE_INVALID
    assert judge(P384.issue(), trust).reason is Reason.SIGNATURE_INVALID


@dataclass(frozen=True)
class Semantic:
    claims: Any
    expected: Reason
    at: float = NOW


def subject(**changes: Any) -> dict[Any, Any]:
    holder = {"givenName": "Bảo Duy", "familyName": "Nguyễn", "dob": "1983-10-10", **changes}
    return pass_claims(vc=pass_vc(credentialSubject={name: one for name, one in holder.items() if one is not None}))


EXP = int(NOW + 100 * DAY)
SEMANTICS: dict[str, Semantic] = {
    "nbf_future": Semantic(pass_claims(nbf=int(NOW + 1)), Reason.NOT_YET_VALID),
    "nbf_boundary": Semantic(pass_claims(nbf=int(NOW)), Reason.OK),
    "nbf_absent": Semantic(pass_claims(nbf=None), Reason.MALFORMED),
    "nbf_fraction": Semantic(pass_claims(nbf=NOW - 0.5), Reason.MALFORMED),
    "nbf_true": Semantic(pass_claims(nbf=True), Reason.MALFORMED),
    "exp_one_second_before": Semantic(pass_claims(), Reason.OK, EXP - 1.0),
    "exp_boundary": Semantic(pass_claims(), Reason.EXPIRED, float(EXP)),
    "exp_absent": Semantic(pass_claims(exp=None), Reason.MALFORMED),
    "exp_nan": Semantic(pass_claims(exp=float("nan")), Reason.MALFORMED),
    "exp_huge": Semantic(pass_claims(exp=2**63), Reason.MALFORMED),
    "exp_text": Semantic(pass_claims(exp="2099-01-01"), Reason.MALFORMED),
    "iss_absent": Semantic(pass_claims(iss=None), Reason.MALFORMED),
    "iss_number": Semantic(pass_claims(iss=1), Reason.MALFORMED),
    "iss_no_did": Semantic(pass_claims(iss="https://example.nz"), Reason.MALFORMED),
    "cti_absent": Semantic(pass_claims(cti=None), Reason.MALFORMED),
    "cti_short": Semantic(pass_claims(cti=bytes(15)), Reason.MALFORMED),
    "cti_text": Semantic(pass_claims(cti="urn:uuid:60a4f54d-4e30-4332-be33-ad78b1eafa4b"), Reason.MALFORMED),
    "vc_absent": Semantic(pass_claims(vc=None), Reason.MALFORMED),
    "vc_array": Semantic(pass_claims(vc=[1]), Reason.MALFORMED),
    "vc_version": Semantic(pass_claims(vc=pass_vc(version="2.0.0")), Reason.MALFORMED),
    "vc_other_type": Semantic(pass_claims(vc=pass_vc(type=["VerifiableCredential"])), Reason.MALFORMED),
    "vc_type_text": Semantic(pass_claims(vc=pass_vc(type="PublicCovidPass")), Reason.MALFORMED),
    "vc_context_second": Semantic(pass_claims(vc=pass_vc(**{"@context": ["x"]})), Reason.MALFORMED),
    "subject_absent": Semantic(pass_claims(vc=pass_vc(credentialSubject=None)), Reason.MALFORMED),
    "given_name_absent": Semantic(subject(givenName=None), Reason.MALFORMED),
    "given_name_empty": Semantic(subject(givenName=""), Reason.MALFORMED),
    "given_name_list": Semantic(subject(givenName=["a"]), Reason.MALFORMED),
    "family_name_absent": Semantic(subject(familyName=None), Reason.OK),
    "dob_absent": Semantic(subject(dob=None), Reason.MALFORMED),
    "dob_empty": Semantic(subject(dob=""), Reason.MALFORMED),
    "dob_nonsense": Semantic(subject(dob="10/10/1983"), Reason.MALFORMED),
    "10k_name": Semantic(subject(givenName="A" * 10_000), Reason.OK),
}


@pytest.mark.parametrize("name", SEMANTICS)
def test_signed_content_is_judged_by_its_specification(name: str) -> None:
    case = SEMANTICS[name]
    assert judge(ISSUER.issue(case.claims), at=case.at).reason is case.expected


def test_the_cti_is_read_as_bytes_and_as_a_tagged_uuid_and_the_tag_stands_nowhere_else() -> None:
    tagged = CLAIMS.replace(b"\x50" + bytes(range(16)), b"\xd8\x25\x50" + bytes(range(16)))
    assert tagged != CLAIMS
    assert judge(signed(tagged)).reason is Reason.OK
    assert judge(signed(tagged.replace(b"\xd8\x25\x50" + bytes(range(16)), b"\xd8\x25\x4f" + bytes(15)))).reason is (
        Reason.MALFORMED
    )
    hcert = Issuer()
    honest = cbor.encode(claimset())
    for extra, expected in ((b"\x50", Reason.OK), (b"\xd8\x25\x50", Reason.MALFORMED)):
        text = hcert.wrap(bytes((honest[0] + 1,)) + honest[1:] + b"\x18\x63" + extra + bytes(16))
        assert judge(text, trust_in(hcert.key_with())).reason is expected


def test_base32_is_read_with_padding_and_without() -> None:
    assert PADDED != GOOD
    assert judge(PADDED).as_dict()["pass_id"] == judge(GOOD).as_dict()["pass_id"]


def test_unused_bits_of_base32_are_nothing_that_could_be_changed() -> None:
    alphabet = base32.ALPHABET.decode()
    assert len(TEXT) % 8, "the pass of this test must end within a group"
    spare = HEAD + TEXT[:-1] + alphabet[alphabet.index(TEXT[-1]) + 1]
    assert judge(spare).reason is Reason.DAMAGED


def test_a_claim_that_looks_like_an_issuer_never_stands_for_it() -> None:
    """The issuer is looked up by bytes cut out before anything is proven: a decoy leads to no key, or is refused."""
    decoy = cbor.encode("x") + cbor.encode(b"\x01" + cbor.encode(STRANGER.did))
    payload = bytes((CLAIMS[0] + 1,)) + decoy + CLAIMS[1:]
    assert judge(ISSUER.wrap(payload)).reason is Reason.SIGNATURE_INVALID
    assert judge(STRANGER.wrap(payload)).reason is Reason.MALFORMED
    assert judge(ISSUER.wrap(bytes((CLAIMS[0] + 1,)) + CLAIMS[1:] + decoy)).reason is Reason.OK


def test_a_revoked_pass_stays_revoked_however_its_text_is_rewritten() -> None:
    parts = cose.split(GOOD_COSE)
    s = ORDER - int.from_bytes(parts.signature[32:], "big")
    texts = {
        "as issued": GOOD,
        "malleated_s": rebuilt(signature=parts.signature[:32] + s.to_bytes(32, "big")),
        "padded": PADDED,
        "untagged": text_of(GOOD_COSE[1:]),
        "more unprotected": rebuilt(unprotected=cbor.encode({99: "x", 4: b"another"})),
    }
    claims = verify.check(GOOD, TRUST, NOW).claims
    assert claims is not None
    trust = TRUST._replace(revocations=(Listed(frozenset(claims.revocation_ids)),))
    found = {name: (judge(text).reason, judge(text, trust).reason) for name, text in texts.items()}
    assert found == dict.fromkeys(texts, (Reason.OK, Reason.REVOKED))


def test_only_a_key_that_its_document_lists_for_assertions_is_imported() -> None:
    document = ISSUER.document
    (record,) = lists.read(json.dumps(document).encode(), Options()).records
    assert (record.format, record.kid, record.issuer, record.test) == ("nzcp", ISSUER.kid, DID, False)
    assert judge(GOOD, trust_in(records.key(record))).reason is Reason.OK
    for asserting in ([], [f"{DID}#other"], None):
        found = lists.read(json.dumps({**document, "assertionMethod": asserting}).encode(), Options())
        assert not found.records
        assert found.skipped[0].reason.endswith("not in assertionMethod")


def test_a_test_issuer_is_marked_in_every_verdict() -> None:
    issuer = PassIssuer("did:web:nzcp.covid19.health.nz", "key-1")
    (record,) = lists.read(json.dumps(issuer.document).encode(), Options()).records
    assert record.test
    trust = trust_in(records.key(record))
    for claims, at in ((pass_claims(iss=issuer.did), NOW), (pass_claims(iss=issuer.did), EXP + 1.0)):
        verdict = judge(issuer.issue(claims), trust, at)
        assert verdict.as_dict()["issuer"]["test"] is True
        assert any(check.note == ("note.test_key",) for check in verdict.checks if check.result is Result.WARNING)


def test_the_holder_is_read_family_name_first_and_the_pass_says_only_that() -> None:
    found = judge(GOOD).as_dict()
    assert found["subject"]["name"] == "Nguyễn Bảo Duy"
    assert found["credentials"] == [{"kind": "pass", "type": "PublicCovidPass"}]
