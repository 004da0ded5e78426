"""What an attacker can write into a VDS-NC seal, by name: parsing, cryptography, certificates, content."""

import hmac
import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkpoint import formats, verify
from checkpoint.codec import certificate, jcs
from checkpoint.codec.errors import Malformed
from checkpoint.codec.keys import ecdsa_der
from checkpoint.formats.icao.countries import two_letters
from checkpoint.formats.vdsnc.issue import encoded, text_of
from checkpoint.formats.vdsnc.signer import base64_bytes
from checkpoint.model import CheckName, Reason, Result
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.revocations import ids
from checkpoint.trust.snapshot import Trust
from checkpoint.verdict import Verdict
from tests.card_issuers import CardIssuer
from tests.issuer import DAY, NOW, Issuer, trust_in
from tests.pinned_list import Listed
from tests.seal_issuers import DOSE, Sealer, State, dose, event, header, holder, lab_proof, proof, trust_under

STATE, STRANGER, NEIGHBOUR = State(), State(), State("LA")
SIGNER, OTHER = Sealer(STATE), Sealer(STATE)
TRUST = trust_under(STATE.key(), NEIGHBOUR.key())
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def judge(text: str | bytes, trust: Trust = TRUST, at: float = NOW) -> Verdict:
    return verify.decide((verify.check(text, trust, at),), trust, AUTHENTIC, at, at)


GOOD = SIGNER.seal()
DATA = {"hdr": header(), "msg": proof()}
ZONE = SIGNER.zone(DATA)


def zoned(**changes: Any) -> str:
    return text_of(DATA, {name: value for name, value in {**ZONE, **changes}.items() if value is not None})


def test_the_honest_seals_of_this_file_are_admitted() -> None:
    for text in (GOOD, OTHER.seal(), zoned(), SIGNER.seal(lab_proof(), header(t="icao.test"))):
        assert judge(text).reason is Reason.OK
    assert judge(Sealer(NEIGHBOUR).seal(head=header(**{"is": "LAO"}))).reason is Reason.OK


@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521"])
def test_each_curve_signs_with_its_own_algorithm_and_no_other(kind: str) -> None:
    signer = Sealer(STATE, kind=kind)
    assert judge(signer.seal()).reason is Reason.OK
    for algorithm in {"ES256", "ES384", "ES512"} - {signer.algorithm}:
        text = text_of(DATA, signer.zone(DATA, alg=algorithm))
        assert judge(text).reason is Reason.SIGNATURE_INVALID


def test_the_same_seal_is_one_pass_however_its_json_is_written() -> None:
    seal = json.loads(GOOD)
    padded = {**seal["sig"], "cer": seal["sig"]["cer"] + "=" * (-len(seal["sig"]["cer"]) % 4)}
    plain = {name: text.replace("-", "+").replace("_", "/") for name, text in seal["sig"].items()}
    texts = [
        json.dumps(seal, indent=4),
        json.dumps(seal, ensure_ascii=True),
        "\ufeff" + GOOD,
        f" \r\n\t{GOOD}\n",
        text_of(dict(reversed(seal["data"].items())), seal["sig"]),
        json.dumps({"sig": seal["sig"], "data": seal["data"]}),
        json.dumps([seal]),
        text_of(seal["data"], padded),
        text_of(seal["data"], plain),
    ]
    expected = judge(GOOD).as_dict()
    for text in texts:
        found = judge(text).as_dict()
        assert found["reason"] == "ok"
        assert (found["pass_id"], found["subject"]) == (expected["pass_id"], expected["subject"])


PARSE: dict[str, tuple[str | bytes, Reason]] = {
    "json_cut_off": (GOOD[:-1], Reason.DAMAGED),
    "json_trailing": (GOOD + "{}", Reason.DAMAGED),
    "json_trailing_letters": (GOOD + " x", Reason.DAMAGED),
    "json_two_signatures": (GOOD[:-1] + ',"sig":{}}', Reason.DAMAGED),
    "json_two_messages": (GOOD.replace('"msg":', '"msg":{},"msg":', 1), Reason.DAMAGED),
    "json_two_names": (GOOD.replace('"n":', '"n":"EVE","n":', 1), Reason.DAMAGED),
    "json_names_equal_by_escape": (GOOD.replace('"n":', '"\\u006e":"EVE","n":', 1), Reason.DAMAGED),
    "json_nan": (GOOD.replace('"seq":1', '"seq":NaN'), Reason.DAMAGED),
    "json_half_a_character": (GOOD.replace("NGUYEN", "\\ud800"), Reason.DAMAGED),
    "lone_surrogate": (GOOD.replace("NGUYEN", "\ud800"), Reason.DAMAGED),
    "json_depth_9": (GOOD.replace('"seq":1', '"seq":[[1]]'), Reason.DAMAGED),
    "json_depth_20000": ('{"data":{"hdr":' + "[" * 20_000, Reason.DAMAGED),
    "json_number_beyond_a_double": (GOOD.replace('"seq":1', f'"seq":{2**53}'), Reason.DAMAGED),
    "json_number_of_41_digits": (GOOD.replace('"seq":1', f'"seq":{10**41}'), Reason.DAMAGED),
    "json_comment": (GOOD.replace('"msg":', '"msg":/**/'), Reason.DAMAGED),
    "json_single_quotes": (GOOD.replace('"v"', "'v'"), Reason.DAMAGED),
    "longer_than_any_code": (GOOD + " " * 70_000, Reason.DAMAGED),
    "array_of_two": (f"[{GOOD},{GOOD}]", Reason.UNSUPPORTED),
    "array_of_none": ('[] "hdr"', Reason.UNSUPPORTED),
    "text_that_names_a_header": ('["hdr"]', Reason.UNSUPPORTED),
    "no_data": ('{"hdr":{"t":"icao.vacc","v":1}}', Reason.UNSUPPORTED),
    "data_is_an_array": ('{"data":[{"hdr":1}]}', Reason.UNSUPPORTED),
    "header_is_text": ('{"data":{"hdr":"icao.vacc"}}', Reason.UNSUPPORTED),
    "header_without_type": (text_of({"hdr": {"v": 1}}, ZONE), Reason.DAMAGED),
    "header_type_number": (text_of({"hdr": {"t": 1, "v": 1}}, ZONE), Reason.DAMAGED),
    "header_version_text": (SIGNER.seal(head=header(v="1")), Reason.DAMAGED),
    "header_version_true": (SIGNER.seal(head=header(v=True)), Reason.DAMAGED),
    "header_version_fraction": (SIGNER.seal(head=header(v=1.5)), Reason.DAMAGED),
    "no_signature_zone": (json.dumps({"data": DATA}), Reason.DAMAGED),
    "signature_zone_text": (text_of(DATA, "ES256"), Reason.DAMAGED),
    "no_algorithm": (zoned(alg=None), Reason.DAMAGED),
    "no_certificate": (zoned(cer=None), Reason.DAMAGED),
    "no_signature": (zoned(sigvl=None), Reason.DAMAGED),
    "certificate_number": (zoned(cer=1), Reason.DAMAGED),
    "certificate_empty": (zoned(cer=""), Reason.DAMAGED),
    "certificate_array": (zoned(cer=[ZONE["cer"]]), Reason.DAMAGED),
    "certificate_pem": (zoned(cer="-----BEGIN CERTIFICATE-----"), Reason.DAMAGED),
    "certificate_cut_off": (zoned(cer=encoded(SIGNER.der[:-1])), Reason.DAMAGED),
    "certificate_trailing": (zoned(cer=encoded(SIGNER.der + b"\0")), Reason.DAMAGED),
    "certificate_is_a_key": (zoned(cer=encoded(SIGNER.spki)), Reason.DAMAGED),
    "certificate_too_long": (zoned(cer="A" * 20_000), Reason.DAMAGED),
    "certificate_length_2^31": (zoned(cer=encoded(b"\x30\x84\x7f\xff\xff\xff" + SIGNER.der)), Reason.DAMAGED),
    "certificate_not_ascii": (zoned(cer="Đ" + ZONE["cer"]), Reason.DAMAGED),
    "certificate_with_another_curve": (Sealer(STATE, kind="brainpool").seal(), Reason.DAMAGED),
    "certificate_with_rsa": (zoned(cer=encoded(State(by_rsa=True).der)), Reason.DAMAGED),
    "signature_empty": (zoned(sigvl=""), Reason.DAMAGED),
    "signature_spaces": (zoned(sigvl=" " + ZONE["sigvl"]), Reason.DAMAGED),
    "signature_padding_too_long": (zoned(sigvl=ZONE["sigvl"] + "==="), Reason.DAMAGED),
    "signature_padding_inside": (zoned(sigvl=ZONE["sigvl"][:40] + "=" + ZONE["sigvl"][41:]), Reason.DAMAGED),
    "bytes": (GOOD.encode(), Reason.UNSUPPORTED),
}


@pytest.mark.parametrize("name", PARSE)
def test_a_text_that_breaks_the_encoding_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = PARSE[name]
    assert judge(text).reason is expected


def test_a_seal_cut_off_at_any_character_is_never_read() -> None:
    for size in range(len(GOOD)):
        assert judge(GOOD[:size]).reason in (Reason.DAMAGED, Reason.UNSUPPORTED), size


@pytest.mark.parametrize(
    "text", ['{"a":1}', "{", "[", " ", "{}", '{"resourceType":"Patient"}', "\n\n", '[{"x":1}]', "\ufeff", "{" * 5000]
)
def test_json_that_is_no_seal_stays_no_pass(text: str) -> None:
    verdict = judge(text)
    assert (verdict.reason, verdict.note) == (Reason.UNSUPPORTED, ("note.not_a_pass",))
    assert formats.recognise(text) is None


@pytest.mark.parametrize("text", ['{"data":{}}', '{"data":{"id":1},"x":2}', '{"sig":"x"}', '[{"data":{"hdr":1}}]'])
def test_json_that_begins_like_a_seal_and_is_none_stays_no_pass(text: str) -> None:
    verdict = judge(text)
    assert (verdict.reason, verdict.note) == (Reason.UNSUPPORTED, ("note.not_a_pass",))


@pytest.mark.parametrize(
    "head", [header(t="icao.dta"), header(t="vn.permit"), header(t=""), header(v=2), header(v=0), header(v=10**9)]
)
def test_a_seal_of_another_type_or_version_is_named_and_not_guessed_at(head: dict[str, Any]) -> None:
    verdict = judge(SIGNER.seal(head=head))
    assert verdict.reason is Reason.UNSUPPORTED
    assert verdict.note == ("note.vdsnc_type", head["t"], str(head["v"]))
    assert str(head["v"]) in verdict.as_dict("vi")["detail"]


def test_base64_has_one_spelling_for_each_alphabet() -> None:
    assert base64_bytes("_-8") == base64_bytes("/+8") == base64_bytes("/+8=") == b"\xff\xef"
    for text in ("/+9", "/+8==", "=", "A", "", "A===", "/ +8", "/+8\n", "/+=8"):
        with pytest.raises(Malformed):
            base64_bytes(text)


RAW = SIGNER.sign(jcs.encode(DATA))
CRYPTO: dict[str, tuple[str, Reason]] = {
    "alg_none": (zoned(alg="none"), Reason.DAMAGED),
    "alg_number": (zoned(alg=-7), Reason.DAMAGED),
    "alg_array": (zoned(alg=["ES256"]), Reason.DAMAGED),
    "alg_lower": (zoned(alg="es256"), Reason.DAMAGED),
    "alg_RS256": (zoned(alg="RS256"), Reason.DAMAGED),
    "alg_HS256_with_pubkey": (
        zoned(alg="HS256", sigvl=encoded(hmac.digest(SIGNER.spki, jcs.encode(DATA), "sha256"))),
        Reason.DAMAGED,
    ),
    "sig_len_63": (zoned(sigvl=encoded(RAW[:-1])), Reason.SIGNATURE_INVALID),
    "sig_len_65": (zoned(sigvl=encoded(RAW + b"\0")), Reason.SIGNATURE_INVALID),
    "ecdsa_r0s0": (zoned(sigvl=encoded(bytes(64))), Reason.SIGNATURE_INVALID),
    "der_sig_where_raw": (zoned(sigvl=encoded(ecdsa_der(RAW))), Reason.SIGNATURE_INVALID),
    "message_changed": (GOOD.replace("NGUYEN", "TRAN"), Reason.SIGNATURE_INVALID),
    "dose_changed": (GOOD.replace('"seq":1', '"seq":3'), Reason.SIGNATURE_INVALID),
    "dose_as_text": (GOOD.replace('"seq":1', '"seq":"1"'), Reason.SIGNATURE_INVALID),
    "state_changed": (GOOD.replace('"is":"VNM"', '"is":"LAO"'), Reason.SIGNATURE_INVALID),
    "field_added_first": (GOOD.replace('"data":{', '"data":{"x":1,', 1), Reason.SIGNATURE_INVALID),
    "field_added": (GOOD.replace('"hdr":', '"x":1,"hdr":', 1), Reason.SIGNATURE_INVALID),
    "field_added_to_the_holder": (GOOD.replace('"dob":', '"ai":"1","dob":', 1), Reason.SIGNATURE_INVALID),
    "certificate_of_a_colleague": (zoned(cer=encoded(OTHER.der)), Reason.SIGNATURE_INVALID),
    "certificate_of_a_stranger": (text_of(DATA, Sealer(STRANGER).zone(DATA)), Reason.ISSUER_UNKNOWN),
    "signed_by_the_ca_of_nobody": (Sealer(State("US", "CSCA-USA")).seal(), Reason.ISSUER_UNKNOWN),
    "certificate_of_an_unknown_key": (
        zoned(cer=encoded(Sealer(State(), kind="P-384").der)),
        Reason.ISSUER_UNKNOWN,
    ),
}


@pytest.mark.parametrize("name", CRYPTO)
def test_a_seal_whose_cryptography_is_wrong_is_told_apart_and_never_admitted(name: str) -> None:
    text, expected = CRYPTO[name]
    assert judge(text).reason is expected


def test_a_ca_of_the_same_name_with_another_key_vouches_for_nobody() -> None:
    assert STRANGER.certificate.subject == STATE.certificate.subject
    assert judge(Sealer(STRANGER).seal()).reason is Reason.ISSUER_UNKNOWN
    assert judge(Sealer(STRANGER).seal(), trust_under(STATE.key(), STRANGER.key())).reason is Reason.OK


def test_every_bit_of_the_certificate_counts_before_it_vouches_for_a_seal() -> None:
    """The key inside, its dates, its state: a certificate that was touched was issued by nobody."""
    for at in range(0, len(SIGNER.der), 3):
        changed = SIGNER.der[:at] + bytes((SIGNER.der[at] ^ 1,)) + SIGNER.der[at + 1 :]
        assert judge(zoned(cer=encoded(changed))).reason in (Reason.DAMAGED, Reason.ISSUER_UNKNOWN), at


def test_no_key_of_a_pass_is_an_authority_for_seals() -> None:
    """A signer is no CA: what it issues is issued by nobody."""
    fake = State(ca=False)
    assert not fake.record.certificate
    assert certificate.read(fake.der).is_ca is False


@pytest.mark.parametrize("format", sorted({*formats.FORMATS, "native", "anchor"} - {"vdsnc"}))
def test_a_key_of_another_format_never_verifies_a_seal(format: str) -> None:
    key = Issuer().key_with(format=format, kid=judge(GOOD).as_dict()["issuer"]["kid"], spki=SIGNER.spki)
    assert judge(GOOD, trust_in(key)).reason is Reason.ISSUER_UNKNOWN
    assert judge(GOOD, trust_in(key._replace(format="vdsnc"))).reason is Reason.OK


def test_a_signers_kid_never_stands_for_its_key() -> None:
    """Pinned is the key: another one under the same kid does not sign for it."""
    key = Issuer().key_with(format="vdsnc", kid=judge(GOOD).as_dict()["issuer"]["kid"])
    assert judge(GOOD, trust_in(key)).reason is Reason.ISSUER_UNKNOWN


def test_a_seals_key_never_verifies_another_format() -> None:
    hcert, card = Issuer(), CardIssuer()
    trust = trust_in(hcert.key_with(format="vdsnc"), card.key(format="vdsnc"))
    assert judge(hcert.issue(), trust).reason is Reason.ISSUER_UNKNOWN
    assert judge(card.issue(), trust).reason is Reason.ISSUER_UNKNOWN


@dataclass(frozen=True)
class Allowed:
    signer: Sealer
    vaccination: Reason
    test: Reason


NOT = Reason.KEY_NOT_ALLOWED
USES = {
    "both": Allowed(SIGNER, Reason.OK, Reason.OK),
    "vaccinations": Allowed(Sealer(STATE, types=("NV",)), Reason.OK, NOT),
    "tests": Allowed(Sealer(STATE, types=("NT",)), NOT, Reason.OK),
    "no types said": Allowed(Sealer(STATE, types=None), Reason.OK, Reason.OK),
    "passports": Allowed(Sealer(STATE, types=("P", "I")), NOT, NOT),
    "no types at all": Allowed(Sealer(STATE, types=()), NOT, NOT),
    "a passport signer without usage": Allowed(Sealer(STATE, usages=(), types=None), NOT, NOT),
    "another usage": Allowed(Sealer(STATE, usages=("1.3.6.1.4.1.1847.2021.1.2",)), NOT, NOT),
    "a health CA's usage": Allowed(Sealer(STATE, usages=("2.23.136.1.1.14.1",)), NOT, NOT),
    "two usages": Allowed(Sealer(STATE, usages=("1.2.3", "2.23.136.1.1.14.2")), Reason.OK, Reason.OK),
}


@pytest.mark.parametrize("name", USES)
def test_a_signer_seals_what_its_certificate_is_for(name: str) -> None:
    use = USES[name]
    assert judge(use.signer.seal()).reason is use.vaccination
    assert judge(use.signer.seal(lab_proof(), header(t="icao.test"))).reason is use.test


STATES: dict[str, tuple[str, Trust, Reason]] = {
    "another state": (SIGNER.seal(head=header(**{"is": "LAO"})), TRUST, Reason.ISSUER_MISMATCH),
    "a state that is none": (SIGNER.seal(head=header(**{"is": "QQQ"})), TRUST, Reason.ISSUER_MISMATCH),
    "two letters": (SIGNER.seal(head=header(**{"is": "VN"})), TRUST, Reason.OK),
    "utopia": (SIGNER.seal(head=header(**{"is": "UTO"})), TRUST, Reason.ISSUER_MISMATCH),
    "no state": (SIGNER.seal(head=header(**{"is": None})), TRUST, Reason.MALFORMED),
    "empty state": (SIGNER.seal(head=header(**{"is": ""})), TRUST, Reason.MALFORMED),
    "state number": (SIGNER.seal(head=header(**{"is": 704})), TRUST, Reason.MALFORMED),
    "signer of another state": (Sealer(STATE, country="LA").seal(), TRUST, Reason.ISSUER_UNKNOWN),
    "signer that names no state": (Sealer(STATE, country="").seal(), TRUST, Reason.OK),
    "nobody names a state": (
        Sealer(State("", "Nowhere")).seal(),
        trust_under(State("", "Nowhere").key()),
        Reason.ISSUER_UNKNOWN,
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_a_seal_counts_for_the_state_whose_ca_vouches_for_its_signer(name: str) -> None:
    text, trust, expected = STATES[name]
    assert judge(text, trust).reason is expected


def test_the_letters_of_states_are_those_of_travel_documents() -> None:
    found = [two_letters(code) for code in ("VNM", "vnm", "D<<", "DEU", "GBD", "EUE", "UNO", "RKS", "UTO", "ZZZ")]
    assert found == ["VN", "VN", "DE", "DE", "GB", "EU", "UN", "KS", "UT", "ZZZ"]


def test_a_nameless_state_is_bound_by_its_own_ca_alone() -> None:
    nowhere = State("", "Nowhere")
    trust = trust_under(nowhere.key())
    assert judge(Sealer(nowhere).seal(), trust).reason is Reason.ISSUER_UNKNOWN
    assert judge(Sealer(nowhere, country="VN").seal(), trust).reason is Reason.OK


def test_a_signer_and_its_ca_end_each_in_their_time() -> None:
    brief = Sealer(STATE, end=NOW + DAY)
    assert judge(brief.seal(), at=NOW + DAY).reason is Reason.OK
    assert judge(brief.seal(), at=NOW + DAY + 1).reason is Reason.KEY_EXPIRED
    ending = State(end=NOW + 2 * DAY)
    trust = trust_under(ending.key())
    assert judge(Sealer(ending).seal(), trust, NOW + 2 * DAY).reason is Reason.OK
    assert judge(Sealer(ending).seal(), trust, NOW + 2 * DAY + 1).reason is Reason.KEY_EXPIRED


def test_of_two_certificates_of_one_ca_key_the_one_that_lasts_longer_counts() -> None:
    long = STATE.key()
    short = (long[0], long[1]._replace(not_after=NOW - DAY))
    for order in ((short, long), (long, short)):
        assert judge(GOOD, trust_under(*order)).reason is Reason.OK
    assert judge(GOOD, trust_under(short)).reason is Reason.KEY_EXPIRED


def test_a_ca_that_was_distrusted_takes_its_signers_along() -> None:
    name, key = STATE.key()
    assert judge(GOOD, trust_under((name, key._replace(revoked=True)))).reason is Reason.KEY_REVOKED
    both = trust_under((name, key), (name, key._replace(revoked=True)))
    assert judge(GOOD, both).reason is Reason.KEY_REVOKED


def test_a_revoked_signer_is_a_revoked_key_and_not_a_revoked_pass() -> None:
    checked = verify.check(GOOD, TRUST, NOW)
    assert checked.claims is not None
    (listed,) = [one for one in checked.claims.revocation_ids if one[0] == ids.CERTIFICATE]
    trust = TRUST._replace(revocations=(Listed(frozenset({listed})),))
    verdict = judge(GOOD, trust)
    assert verdict.reason is Reason.KEY_REVOKED
    assert judge(OTHER.seal(), trust).reason is Reason.OK
    assert (
        judge(GOOD, TRUST._replace(revocations=(Listed(frozenset({listed}), blocked=True),))).reason is Reason.BLOCKED
    )
    failed = next(check for check in verdict.checks if check.result is Result.FAIL)
    assert failed.name is CheckName.REVOCATION


def test_the_ca_names_the_list_that_its_signers_need() -> None:
    trust = trust_under(STATE.key(revocation="vn-signers"))
    assert judge(GOOD, trust).reason is Reason.REVOCATION_MISSING
    listed = trust._replace(revocations=(Listed(source="vn-signers", as_of=NOW),))
    assert judge(GOOD, listed).reason is Reason.OK


def test_a_revoked_seal_stays_revoked_however_its_text_is_rewritten() -> None:
    s = ORDER - int.from_bytes(RAW[32:], "big")
    texts = {
        "as issued": GOOD,
        "malleated_s": zoned(sigvl=encoded(RAW[:32] + s.to_bytes(32, "big"))),
        "pretty": json.dumps(json.loads(GOOD), indent=2),
        "another field beside": json.dumps({**json.loads(GOOD), "x": 1}),
    }
    claims = verify.check(GOOD, TRUST, NOW).claims
    assert claims is not None
    trust = TRUST._replace(revocations=(Listed(frozenset({("pass_id", claims.digest)})),))
    found = {name: (judge(text).reason, judge(text, trust).reason) for name, text in texts.items()}
    assert found == dict.fromkeys(texts, (Reason.OK, Reason.REVOKED))


BAD = Reason.MALFORMED
VACCINATIONS: dict[str, tuple[Any, Reason]] = {
    "message_absent": (None, BAD),
    "message_array": ([proof()], BAD),
    "uvci_absent": (proof(uvci=None), BAD),
    "uvci_empty": (proof(uvci=" "), BAD),
    "uvci_number": (proof(uvci=1), BAD),
    "holder_absent": (proof(pid=None), BAD),
    "holder_array": (proof(pid=["NGUYEN"]), BAD),
    "name_absent": (proof(pid=holder(n=None)), BAD),
    "name_number": (proof(pid=holder(n=7)), BAD),
    "name_in_parts": (proof(pid=holder(n=["NGUYEN", "DUY"])), Reason.OK),
    "name_in_wrong_parts": (proof(pid=holder(n=["NGUYEN", 7])), BAD),
    "dob_absent": (proof(pid=holder(dob=None)), Reason.OK),
    "number_absent": (proof(pid=holder(i=None)), Reason.OK),
    "dob_and_number_absent": (proof(pid=holder(dob=None, i=None)), BAD),
    "dob_nonsense": (proof(pid=holder(dob="10/10/1983")), BAD),
    "dob_partial": (proof(pid=holder(dob="1983-10")), Reason.OK),
    "sex_number": (proof(pid=holder(sex=1)), BAD),
    "sex_absent": (proof(pid=holder(sex=None)), Reason.OK),
    "events_absent": (proof(ve=None), BAD),
    "events_none": (proof(ve=[]), BAD),
    "events_object": (proof(ve=event()), BAD),
    "events_101": (proof(ve=[event()] * 101), BAD),
    "event_text": (proof(ve=["x"]), BAD),
    "event_without_vaccine": (proof(ve=[event(des=None)]), BAD),
    "event_without_name": (proof(ve=[event(nam=None)]), BAD),
    "event_without_disease": (proof(ve=[event(dis=None)]), Reason.OK),
    "event_without_doses": (proof(ve=[event(vd=[])]), BAD),
    "dose_absent": (proof(ve=[event(vd=None)]), BAD),
    "date_absent": (dose(dvc=None), BAD),
    "date_nonsense": (dose(dvc="2022-02-30"), BAD),
    "date_number": (dose(dvc=20220118), BAD),
    "next_date_nonsense": (dose(dvn="soon"), BAD),
    "next_date": (dose(dvn="2022-03-18"), Reason.OK),
    "seq_text": (dose(seq="2"), Reason.OK),
    "seq_zero": (dose(seq=0), Reason.OK),
    "seq_true": (dose(seq=True), BAD),
    "seq_absent": (dose(seq=None), BAD),
    "seq_word": (dose(seq="two"), BAD),
    "seq_three_digits": (dose(seq=100), BAD),
    "seq_arabic_digits": (dose(seq="٢"), BAD),
    "country_absent": (dose(ctr=None), BAD),
    "centre_absent": (dose(adm=None), Reason.OK),
    "lot_absent": (dose(lot=None), BAD),
    "unknown_field": (proof(x={"y": [1, 2.5, None, True]}), Reason.OK),
}


@pytest.mark.parametrize("name", VACCINATIONS)
def test_a_sealed_vaccination_is_judged_by_its_data_set(name: str) -> None:
    message, expected = VACCINATIONS[name]
    data = {"hdr": header()} if message is None else {"hdr": header(), "msg": message}
    assert judge(text_of(data, SIGNER.zone(data))).reason is expected


TESTS: dict[str, tuple[Any, Reason]] = {
    "utci_absent": (lab_proof(utci=None), BAD),
    "vaccination_under_the_type_of_tests": (proof(), BAD),
    "name_absent": (lab_proof(pid={"dob": "1983-10-10", "dt": "P", "dn": "C1"}), BAD),
    "dob_absent": (lab_proof(pid={"n": "A", "dt": "P", "dn": "C1"}), BAD),
    "number_absent": (lab_proof(pid={"n": "A", "dob": "1983-10-10", "dt": "P"}), BAD),
    "provider_absent": (lab_proof(sp=None), BAD),
    "provider_without_name": (lab_proof(sp={"ctr": "VNM"}), BAD),
    "provider_without_country": (lab_proof(sp={"spn": "A"}), BAD),
    "dates_absent": (lab_proof(dat=None), BAD),
    "sample_absent": (lab_proof(dat={"ri": "2022-04-14"}), BAD),
    "sample_nonsense": (lab_proof(dat={"sc": "T", "ri": "2022-04-14"}), BAD),
    "dates_without_time": (lab_proof(dat={"sc": "2022-04-14", "ri": "2022-04-14"}), Reason.OK),
    "result_absent": (lab_proof(tr={"tc": "antigen"}), BAD),
    "result_array": (lab_proof(tr=[]), BAD),
    "type_absent": (lab_proof(tr={"r": "negative"}), BAD),
    "method_absent": (lab_proof(tr={"tc": "antigen", "r": "negative"}), Reason.OK),
}


@pytest.mark.parametrize("name", TESTS)
def test_a_sealed_test_is_judged_by_its_data_set(name: str) -> None:
    message, expected = TESTS[name]
    assert judge(SIGNER.seal(message, header(t="icao.test"))).reason is expected


def test_the_holder_and_the_doses_are_read() -> None:
    second = {**DOSE, "dvc": "2022-02-18", "seq": "2", "dvn": "2022-08-18"}
    found = judge(SIGNER.seal(proof(ve=[event(vd=[DOSE, second]), event(nam="Spikevax", dis=None)]))).as_dict()
    assert found["subject"] == {
        "name": "NGUYEN BAO DUY",
        "birth_date": "1983-10-10",
        "family_name": "NGUYEN",
        "given_name": "BAO DUY",
        "document": "C1234567",
        "sex": "M",
    }
    doses = found["credentials"]
    assert [(one["kind"], one["product"], one["dose"], one["date"]) for one in doses] == [
        ("vaccination", "Comirnaty", 1, "2022-01-18"),
        ("vaccination", "Comirnaty", 2, "2022-02-18"),
        ("vaccination", "Spikevax", 1, "2022-01-18"),
    ]
    assert doses[1]["next_date"] == "2022-08-18"
    assert "target" not in doses[2]
    assert (found["issuer"]["id"], found["issuer"]["country"]) == ("VNM", "VN")


def test_the_test_is_read() -> None:
    found = judge(SIGNER.seal(lab_proof(), header(t="icao.test"))).as_dict()
    assert found["subject"]["document"] == "C1234567"
    assert found["credentials"] == [
        {
            "kind": "test",
            "test_type": "molecular(PCR)",
            "result": "negative",
            "method": "nasopharyngeal",
            "sample_time": "2022-04-14T08:00:00+07:00",
            "result_time": "2022-04-14T09:00:00+07:00",
            "centre": "Trạm y tế phường 7",
            "country": "VNM",
            "id": "VN0000000002",
        }
    ]


def test_what_is_not_signed_is_never_shown() -> None:
    seal = json.loads(GOOD)
    seal["sig"]["n"] = seal["n"] = "EVE"
    verdict = judge(json.dumps(seal))
    assert verdict.reason is Reason.OK
    assert "EVE" not in verdict.as_json()


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    """Names by UTF-16 code units, numbers as ECMAScript writes them, no escape but those needed (section 3.2)."""
    value = {"\u20ac": 1.0, "\r": '\x0f\n"\\/', "1": 1e21, "\U0001f600": 333333333.33333329, "\ufb33": -0.0}
    text = '{"\\r":"\\u000f\\n\\"\\\\/","1":1e+21,"€":1,"😀":333333333.3333333,"\ufb33":0}'
    assert jcs.encode(value) == text.encode()
    for bad in (2**53, -(2**53), float("nan"), "\ud800"):
        with pytest.raises(Malformed):
            jcs.encode([bad])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["n", "vd", "seq", "x"]), inner),
    max_leaves=6,
)
PLACES = [
    "hdr.t",
    "hdr.v",
    "hdr.is",
    "uvci",
    "pid",
    "pid.n",
    "pid.dob",
    "ve",
    "ve.0",
    "ve.0.vd",
    "ve.0.vd.0",
    "ve.0.vd.0.seq",
]


def put(data: Any, place: str, value: Any) -> None:
    *path, last = place.split(".")
    for step in path:
        data = data[int(step)] if step.isdigit() else data[step]
    data[int(last) if last.isdigit() else last] = value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.sampled_from(PLACES), value=JSON)
def test_any_signed_json_at_any_place_gives_a_verdict(place: str, value: Any) -> None:
    data: dict[str, Any] = json.loads(json.dumps({"hdr": header(), "msg": proof()}))
    put(data if place.startswith("hdr") else data["msg"], place, value)
    try:
        jcs.encode(data)
    except Malformed:
        return
    reason = judge(text_of(data, SIGNER.zone(data))).reason
    expected = (Reason.OK, BAD, Reason.DAMAGED, Reason.UNSUPPORTED, Reason.ISSUER_MISMATCH)
    assert reason in expected


@settings(max_examples=100, deadline=None)
@given(place=st.sampled_from(["alg", "cer", "sigvl"]), value=JSON)
def test_any_json_in_the_signature_zone_gives_a_verdict(place: str, value: Any) -> None:
    text = text_of(DATA, {**ZONE, place: value})
    assert judge(text).reason in (Reason.DAMAGED, Reason.SIGNATURE_INVALID, Reason.ISSUER_UNKNOWN)
