"""What an attacker can write into a DIVOC certificate: archives, JSON-LD, proofs, names that mean something else."""

import copy
import json
import random
import struct
import sys
import time
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from authority_folder import authority
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from enrolled import make
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkpoint import formats, verify
from checkpoint.authority import importing, publish, repository
from checkpoint.authority.importing import Source
from checkpoint.codec import base58, base64url, jsonld, keys, signing, zip_file
from checkpoint.codec.errors import Malformed
from checkpoint.formats import divoc
from checkpoint.formats.divoc.issue import archive, encoded, signed, text_of
from checkpoint.formats.divoc.vocabulary import CONTEXTS
from checkpoint.model import Envelope, Key, Outcome, Reason, Refusal, Result
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.store import enrolment
from checkpoint.sync.run import sync
from checkpoint.trust import lists, records
from checkpoint.trust.lists import Options
from checkpoint.trust.snapshot import Trust
from checkpoint.verdict import Verdict
from checkpoint.verifier import Verifier
from tests.card_issuers import CardIssuer
from tests.commands import Shell
from tests.issuer import NOW, Issuer, trust_in
from tests.pinned_list import Listed
from tests.test_mutations import mutated_bytes
from tests.vector_cases import VECTORS, cases, needs_vectors

COWIN = "https://cowin.gov.in/credentials/vaccination/v1"
SECOND = "https://cowin.gov.in/credentials/vaccination/v2"
RSA = signing.new_key("RSA")
ED25519 = ed25519.Ed25519PrivateKey.generate()
SPKI = signing.public_der(RSA)
ED_SPKI = ED25519.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
KEY = Key("divoc", "did:example", keys.load(SPKI), issuer="did:example", name="Example", spki=SPKI)
ED_KEY = KEY._replace(kid="did:example:ed", public=keys.load(ED_SPKI), spki=ED_SPKI)
TRUST = trust_in(KEY, ED_KEY)
EVENT: dict[str, Any] = {
    "id": "https://example.gov/vaccine/1",
    "type": ["Vaccination"],
    "certificateId": "123",
    "batch": "B-1",
    "vaccine": "COVISHIELD",
    "manufacturer": "Serum Institute",
    "date": "2022-01-18T04:00:00.000Z",
    "effectiveStart": "2022-01-18",
    "effectiveUntil": "2022-02-18",
    "dose": 1,
    "totalDoses": 2,
    "verifier": {"name": "A Vaccinator"},
    "facility": {"name": "Ward 7", "address": {"streetAddress": "1 Main Street", "addressCountry": "VN"}},
}
HOLDER: dict[str, Any] = {
    "type": "Person",
    "id": "did:Passport:C1234567",
    "refId": "77",
    "name": "Nguyễn Bảo Duy",
    "gender": "Male",
    "age": "38",
    "nationality": "VN",
    "address": {"streetAddress": "", "district": "7", "addressCountry": "VN"},
}


def document(**changes: Any) -> dict[str, Any]:
    found = {
        "@context": ["https://www.w3.org/2018/credentials/v1", COWIN],
        "type": ["VerifiableCredential", "ProofOfVaccinationCredential"],
        "credentialSubject": HOLDER,
        "issuer": "https://example.gov/",
        "issuanceDate": "2022-01-18T04:28:46.012Z",
        "evidence": [EVENT],
        "nonTransferable": "true",
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def proof(**changes: Any) -> dict[str, Any]:
    found = {
        "type": "RsaSignature2018",
        "created": "2022-01-18T04:28:46Z",
        "verificationMethod": "did:example",
        "proofPurpose": "assertionMethod",
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def sign(message: bytes) -> bytes:
    return signing.sign(RSA, message)


def made(
    what: dict[str, Any] | None = None, by: dict[str, Any] | None = None, algorithm: str = "PS256"
) -> dict[str, Any]:
    return signed(document() if what is None else what, proof() if by is None else by, algorithm, sign)


def judge(code: str | bytes, trust: Trust = TRUST, at: float = NOW) -> Verdict:
    return verify.decide((verify.check(code, trust, at),), trust, AUTHENTIC, at, at)


CERTIFICATE = made()
CODE = archive(CERTIFICATE)
GOOD = text_of(CODE)


def changed(**parts: Any) -> str:
    """The honest certificate with other fields, its proof as it was."""
    return text_of(archive({**copy.deepcopy(CERTIFICATE), **parts}))


def test_a_good_signature_is_never_more_than_check_and_says_why() -> None:
    verdict = judge(GOOD)
    assert (verdict.outcome, verdict.reason) == (Outcome.CHECK, Reason.NOT_BOUND)
    assert any(check.reason is Reason.NOT_BOUND and check.result is Result.UNKNOWN for check in verdict.checks)
    assert any(check.note == ("note.names_unsigned",) for check in verdict.checks)
    found = verdict.as_dict("vi")
    assert found["detail"]
    assert found["remedy"]
    assert found["grant"] is None


@pytest.mark.parametrize(
    "code",
    [CODE, GOOD, archive(CERTIFICATE, streamed=False), text_of(archive(CERTIFICATE, streamed=False))],
    ids=["bytes", "text", "sizes stated", "text, sizes stated"],
)
def test_the_code_is_an_archive_in_base64_or_as_it_is_with_its_sizes_before_or_behind(code: str | bytes) -> None:
    verdict = judge(code)
    assert verdict.reason is Reason.NOT_BOUND
    assert verdict.as_dict()["pass_id"] == judge(GOOD).as_dict()["pass_id"]


def test_another_writer_of_archives_is_read_too() -> None:
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        data = BytesIO()
        with zipfile.ZipFile(data, "w", method) as file:
            file.writestr("certificate.json", encoded(CERTIFICATE))
        assert judge(data.getvalue()).reason is Reason.NOT_BOUND
    with zipfile.ZipFile(BytesIO(CODE)) as file:
        assert file.read("certificate.json") == encoded(CERTIFICATE)


def test_no_archive_gives_more_than_its_reader_allows() -> None:
    stored = BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as file:
        file.writestr("x", b"a" * 100)
    for data in (stored.getvalue(), zip_file.build(b"x", b"a" * 100)):
        assert zip_file.only(data, 100) == (b"x", b"a" * 100)
        with pytest.raises(Malformed):
            zip_file.only(data, 99)


def test_an_ed25519_proof_is_checked_with_its_own_suite() -> None:
    by = proof(type="Ed25519Signature2018", verificationMethod="did:example:ed")
    good = signed(document(), by, "EdDSA", ED25519.sign)
    assert judge(archive(good)).reason is Reason.NOT_BOUND
    for other in (proof(verificationMethod="did:example:ed"), proof(type="Ed25519Signature2018")):
        algorithm = "EdDSA" if other["type"].startswith("Ed") else "PS256"
        crossed = signed(document(), other, algorithm, ED25519.sign if algorithm == "EdDSA" else sign)
        assert judge(archive(crossed)).reason is Reason.SIGNATURE_INVALID


def local(data: bytes, at: int, form: str, *values: int) -> bytes:
    """`data` with other numbers at a place."""
    size = struct.calcsize(form)
    return data[:at] + struct.pack(form, *values) + data[at + size :]


def _end(data: bytes) -> int:
    return data.rindex(b"PK\x05\x06")


def _entry(data: bytes) -> int:
    return data.rindex(b"PK\x01\x02")


BOMB = zip_file.build(b"certificate.json", b" " * 50_000_000)
ARCHIVES: dict[str, bytes] = {
    "cut_off_at_the_end": CODE[:-1],
    "trailing": CODE + b"\0",
    "empty_archive": b"PK\x05\x06" + bytes(18),
    "head_alone": b"PK\x03\x04",
    "two_files_stated": local(CODE, _end(CODE) + 8, "<HH", 2, 2),
    "no_file_stated": local(CODE, _end(CODE) + 8, "<HH", 0, 0),
    "another_disk": local(CODE, _end(CODE) + 4, "<H", 1),
    "directory_elsewhere": local(CODE, _end(CODE) + 16, "<L", 0),
    "directory_beyond": local(CODE, _end(CODE) + 16, "<L", 0xFFFFFFFF),
    "encrypted": local(CODE, _entry(CODE) + 8, "<H", 1),
    "bzip2": local(CODE, _entry(CODE) + 10, "<H", 12),
    "stored_though_deflated": local(CODE, _entry(CODE) + 10, "<H", 0),
    "wrong_checksum": local(CODE, _entry(CODE) + 16, "<L", 1),
    "packed_size_beyond": local(CODE, _entry(CODE) + 20, "<L", 0x7FFFFFFF),
    "size_zero": local(CODE, _entry(CODE) + 24, "<L", 0),
    "size_beyond": local(CODE, _entry(CODE) + 24, "<L", 0xFFFFFFFF),
    "local_header_elsewhere": local(CODE, _entry(CODE) + 42, "<L", 4),
    "local_header_beyond": local(CODE, _entry(CODE) + 42, "<L", 0xFFFFFFF0),
    "local_name_another": CODE.replace(b"certificate.json", b"certificate.jsom", 1),
    "bomb": BOMB,
    "bomb_that_lies": local(BOMB, _entry(BOMB) + 24, "<L", 10),
    "not_json": archive(b"{"),
    "json_twice": archive(b"{}{}"),
    "json_array": archive(b"[]"),
    "json_equal_names": archive(encoded(CERTIFICATE).replace(b'"issuer":', b'"issuer":"x","issuer":', 1)),
    "json_depth": archive(b'{"a":' * 40 + b"1" + b"}" * 40),
    "json_not_utf8": archive(b'{"a":"\xff"}'),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_that_breaks_the_encoding_is_damaged(name: str) -> None:
    assert judge(ARCHIVES[name]).reason is (Reason.UNSUPPORTED if name == "empty_archive" else Reason.DAMAGED)
    assert judge(text_of(ARCHIVES[name])).reason is Reason.DAMAGED


@pytest.mark.parametrize(
    "text", ["B64:", "B64:=", "B64:????", "B64:AAAA", "B64:Đ", GOOD + "\n\n=", GOOD.replace("/", "_")]
)
def test_a_text_that_is_no_archive_is_damaged(text: str) -> None:
    assert judge(text).reason is Reason.DAMAGED


def test_an_archive_with_something_else_in_it_is_no_pass() -> None:
    verdict = judge(zip_file.build(b"holiday.json", encoded(CERTIFICATE)))
    assert (verdict.reason, verdict.note) == (Reason.UNSUPPORTED, ("note.not_a_pass",))


def test_a_certificate_cut_off_at_any_byte_is_never_read() -> None:
    for size in range(4, len(CODE)):
        assert judge(CODE[:size]).reason is Reason.DAMAGED, size


PROOF = CERTIFICATE["proof"]
HEADER, _, SIGNATURE = PROOF["jws"].partition("..")


def headed(**changes: Any) -> str:
    header = {"alg": "PS256", "b64": False, "crit": ["b64"], **changes}
    plain = {name: value for name, value in header.items() if value is not None}
    return base64url.encode(encoded(plain)).decode() + ".." + SIGNATURE


def proven(**changes: Any) -> str:
    return changed(proof={name: value for name, value in {**PROOF, **changes}.items() if value is not None})


FORGED = Reason.SIGNATURE_INVALID
PROOFS: dict[str, tuple[str, Reason]] = {
    "absent": (text_of(archive(document())), Reason.DAMAGED),
    "array": (changed(proof=[PROOF]), Reason.DAMAGED),
    "other_suite": (proven(type="JsonWebSignature2020"), Reason.DAMAGED),
    "suite_of_another_key": (proven(type="Ed25519Signature2018"), Reason.DAMAGED),
    "no_suite": (proven(type=None), Reason.DAMAGED),
    "suite_array": (proven(type=["RsaSignature2018"]), Reason.DAMAGED),
    "no_jws": (proven(jws=None), Reason.DAMAGED),
    "jws_number": (proven(jws=1), Reason.DAMAGED),
    "jws_not_detached": (proven(jws=PROOF["jws"].replace("..", ".e30.")), Reason.DAMAGED),
    "jws_not_ascii": (proven(jws="Đ.." + SIGNATURE), Reason.DAMAGED),
    "alg_none": (proven(jws=headed(alg="none")), Reason.DAMAGED),
    "alg_RS256": (proven(jws=headed(alg="RS256")), Reason.DAMAGED),
    "alg_HS256": (proven(jws=headed(alg="HS256")), Reason.DAMAGED),
    "alg_EdDSA": (proven(jws=headed(alg="EdDSA")), Reason.DAMAGED),
    "b64_absent": (proven(jws=headed(b64=None, crit=None)), Reason.DAMAGED),
    "crit_more": (proven(jws=headed(crit=["b64", "exp"])), Reason.DAMAGED),
    "key_in_the_header": (proven(jws=headed(jwk={"kty": "RSA"})), Reason.DAMAGED),
    "signature_empty": (proven(jws=HEADER + ".."), Reason.DAMAGED),
    "signature_short": (proven(jws=HEADER + ".." + base64url.encode(bytes(255)).decode()), FORGED),
    "signature_zero": (proven(jws=HEADER + ".." + base64url.encode(bytes(256)).decode()), FORGED),
    "purpose_another": (proven(proofPurpose="authentication"), Reason.DAMAGED),
    "purpose_absent": (proven(proofPurpose=None), Reason.DAMAGED),
    "created_another": (proven(created="2023-01-18T04:28:46Z"), FORGED),
    "created_absent": (proven(created=None), FORGED),
    "nonce_added": (proven(nonce="x"), FORGED),
    "context_inside": (proven(**{"@context": {"created": "x:y"}}), Reason.DAMAGED),
    "name_with_an_address": (proven(**{"sec:nonce": "x"}), Reason.DAMAGED),
    "keyword": (proven(**{"@type": "sec:Proof"}), Reason.DAMAGED),
    "method_absent": (proven(verificationMethod=None), Reason.DAMAGED),
    "method_unknown": (proven(verificationMethod="did:nobody"), Reason.ISSUER_UNKNOWN),
    "method_is_a_key": (proven(verificationMethod={"publicKeyPem": "x"}), Reason.DAMAGED),
    "method_of_another_key": (proven(verificationMethod="did:example:ed"), FORGED),
}


@pytest.mark.parametrize("name", PROOFS)
def test_a_proof_that_is_wrong_is_told_apart(name: str) -> None:
    text, expected = PROOFS[name]
    assert judge(text).reason is expected


FIELDS: dict[str, Any] = {
    "name": {"credentialSubject": {**HOLDER, "name": "EVE"}},
    "age": {"credentialSubject": {**HOLDER, "age": "39"}},
    "gender": {"credentialSubject": {**HOLDER, "gender": "Female"}},
    "id": {"credentialSubject": {**HOLDER, "id": "did:Passport:X"}},
    "a second holder": {"credentialSubject": [HOLDER, {**HOLDER, "id": "did:x:y", "name": "EVE"}]},
    "no holder": {"credentialSubject": {}},
    "dose 3": {"evidence": [{**EVENT, "dose": 3}]},
    "another vaccine": {"evidence": [{**EVENT, "vaccine": "X"}]},
    "another date": {"evidence": [{**EVENT, "date": "2022-01-19T04:00:00.000Z"}]},
    "a second event": {"evidence": [EVENT, {**EVENT, "id": "https://example.gov/vaccine/2"}]},
    "no event": {"evidence": []},
    "issuer": {"issuer": "https://evil.example/"},
    "issued": {"issuanceDate": "2022-01-19T04:28:46.012Z"},
    "an end": {"expirationDate": "2032-01-19T04:28:46.012Z"},
    "type": {"type": ["VerifiableCredential"]},
}


@pytest.mark.parametrize("name", FIELDS)
def test_what_is_signed_cannot_be_changed(name: str) -> None:
    assert judge(changed(**FIELDS[name])).reason is FORGED


UNBOUND: dict[str, Any] = {
    "doses swapped": {**EVENT, "dose": 2, "totalDoses": 1},
    "batch and vaccine swapped": {**EVENT, "batch": "COVISHIELD", "vaccine": "B-1"},
    "vaccine and manufacturer swapped": {**EVENT, "vaccine": "Serum Institute", "manufacturer": "COVISHIELD"},
    "dates swapped": {**EVENT, "date": "2022-02-18", "effectiveUntil": "2022-01-18T04:00:00.000Z"},
    "an unknown name": {**EVENT, "booster": True},
    "a name that is not of this type": {**EVENT, "name": "EVE", "gender": "X"},
    "an unknown vocabulary of values": {**EVENT, "dob": "1900-01-01"},
}


@pytest.mark.parametrize("name", UNBOUND)
def test_what_the_signature_leaves_open_changes_nothing_that_is_shown(name: str) -> None:
    """The names share one meaning, or have none: the signature holds, and the verdict speaks of signed values alone."""
    honest, found = judge(GOOD).as_dict(), judge(changed(evidence=[UNBOUND[name]])).as_dict()
    assert found["reason"] == "not_bound"
    for part in ("subject", "credentials", "issuer", "pass_id", "issued_at"):
        assert found[part] == honest[part]


def test_the_holder_is_read_from_what_is_signed_whatever_the_names_say() -> None:
    """A name under a type that does not know it is not signed: it must not replace the signed one."""
    holder = {**HOLDER, "type": "Person", "fullName": "EVE", "credentialName": "EVE"}
    found = judge(changed(credentialSubject=holder)).as_dict()
    assert found["subject"] == {
        "name": "Nguyễn Bảo Duy",
        "birth_date": "",
        "document": "Passport:C1234567",
        "sex": "Male",
    }
    assert "EVE" not in json.dumps(found)


NAMES: dict[str, tuple[dict[str, Any], Reason]] = {
    "full_address_of_a_name": ({"credentialSubject": {**HOLDER, "https://schema.org/name": "EVE"}}, Reason.DAMAGED),
    "short_address_of_a_name": ({"credentialSubject": {**HOLDER, "schema:name": "EVE"}}, Reason.DAMAGED),
    "keyword_type": ({"credentialSubject": {**HOLDER, "@type": "Person"}}, Reason.DAMAGED),
    "keyword_reverse": ({"@reverse": {}}, Reason.DAMAGED),
    "keyword_graph": ({"@graph": []}, Reason.DAMAGED),
    "context_inside": ({"credentialSubject": {**HOLDER, "@context": {"name": "x:y"}}}, Reason.DAMAGED),
    "context_object": ({"@context": [document()["@context"][0], {"name": "schema:gender"}]}, Reason.DAMAGED),
    "context_third": ({"@context": [*document()["@context"], "https://w3id.org/security/v1"]}, Reason.DAMAGED),
    "context_text": ({"@context": COWIN}, Reason.DAMAGED),
    "context_order": ({"@context": document()["@context"][::-1]}, Reason.DAMAGED),
    "context_absent": ({"@context": None}, Reason.DAMAGED),
    "context_unknown": (
        {"@context": [document()["@context"][0], "https://example.gov/credentials/vaccination/v1"]},
        Reason.UNSUPPORTED,
    ),
    "context_on_the_net": ({"@context": [document()["@context"][0], "https://evil.example/"]}, Reason.UNSUPPORTED),
    "context_a_file": ({"@context": [document()["@context"][0], "file:///etc/passwd"]}, Reason.UNSUPPORTED),
    "node_names": ({"credentialSubject": {**HOLDER, "id": "_:b0"}}, Reason.DAMAGED),
}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_inside_a_certificate_says_what_its_names_mean(name: str) -> None:
    parts, expected = NAMES[name]
    verdict = judge(changed(**parts))
    assert verdict.reason is expected
    if expected is Reason.UNSUPPORTED:
        assert verdict.note[0] == "note.divoc_context"


def test_a_graph_made_to_take_for_ever_is_refused_at_once() -> None:
    """Nodes that look alike are told apart by trying every order: ten of them would take an hour."""
    same = {"type": ["Vaccination"]}
    graphs = {
        "alike": {"evidence": [same] * 10},
        "alike by thousands": {"evidence": [same] * 2400},
        "types by thousands": {"evidence": [{"type": ["Vaccination", "Person"] * 2500}]},
        "unknown names by thousands": {"evidence": [{**EVENT, **{f"k{number}": number for number in range(4500)}}]},
        "texts by thousands": {"evidence": [{**EVENT, "batch": ["a"] * 15_000}]},
        "types": {"evidence": [{"type": ["Vaccination", "Person"] * 100}]},
        "alike in pairs of pairs": {"evidence": [{**same, "facility": [{"address": [{}] * 5}] * 5}] * 5},
        "many": {"evidence": [{**same, "dose": number} for number in range(60)]},
        "types with names": {"evidence": [{"id": f"did:x:{number}", "type": "Vaccination"} for number in range(48)]},
        "statements": {"evidence": [{**EVENT, "batch": [str(number) for number in range(400)]}]},
    }
    for name, parts in graphs.items():
        assert judge(changed(**parts)).reason in (Reason.DAMAGED, FORGED), name


def test_types_that_each_open_a_vocabulary_are_counted_before_they_do() -> None:
    """Forty-eight of them took 90 ms, before any key was looked at."""
    nodes = [{"id": f"did:x:{number}", "type": "Vaccination"} for number in range(48)]
    verdict = judge(changed(evidence=nodes))
    assert (verdict.reason, verdict.note[-1]) == (Reason.DAMAGED, "json-ld: too many values")


def test_a_graph_of_nodes_that_look_alike_in_pairs_ends() -> None:
    pair = [{"name": "x"}, {"name": "x"}]
    event = {"type": ["Vaccination"], "facility": [{"address": {}, "name": "f"}] * 2, "verifier": pair}
    assert judge(changed(evidence=[event, event])).reason in (Reason.DAMAGED, FORGED)


CONTENT: dict[str, tuple[dict[str, Any], Reason]] = {
    "not a vaccination": (document(type=["VerifiableCredential"]), Reason.MALFORMED),
    "no event": (document(evidence=None), Reason.MALFORMED),
    "event of another type": (document(evidence=[{**EVENT, "type": ["Person"]}]), Reason.MALFORMED),
    "no issuer": (document(issuer=None), Reason.MALFORMED),
    "issuer without an address": (document(issuer="nobody"), Reason.MALFORMED),
    "no date of issue": (document(issuanceDate=None), Reason.MALFORMED),
    "date of issue is none": (document(issuanceDate="yesterday"), Reason.MALFORMED),
    "date of issue without zone": (document(issuanceDate="2022-01-18T04:28:46"), Reason.MALFORMED),
    "two dates of issue": (
        document(issuanceDate=["2022-01-18T04:28:46Z", "2022-01-19T04:28:46Z"]),
        Reason.MALFORMED,
    ),
    "ended": (document(expirationDate="2022-02-18T00:00:00Z"), Reason.EXPIRED),
    "not ended": (document(expirationDate="2032-02-18T00:00:00Z"), Reason.NOT_BOUND),
    "no holder": (document(credentialSubject=None), Reason.NOT_BOUND),
    "two events": (document(evidence=[EVENT, {**EVENT, "id": "https://example.gov/vaccine/2"}]), Reason.NOT_BOUND),
    "eleven events": (
        document(
            evidence=[
                {**EVENT, "id": f"https://example.gov/{n}", "facility": None, "verifier": None} for n in range(11)
            ]
        ),
        Reason.MALFORMED,
    ),
    "the second edition": (
        document(
            **{"@context": [document()["@context"][0], SECOND]}, credentialSubject={**HOLDER, "dob": "1983-10-10"}
        ),
        Reason.NOT_BOUND,
    ),
    "birth date is none": (
        document(**{"@context": [document()["@context"][0], SECOND]}, credentialSubject={**HOLDER, "dob": "x"}),
        Reason.MALFORMED,
    ),
}


@pytest.mark.parametrize("name", CONTENT)
def test_signed_content_is_judged_by_what_the_statements_say(name: str) -> None:
    what, expected = CONTENT[name]
    assert judge(archive(made(what))).reason is expected


def test_the_second_edition_has_a_birth_date() -> None:
    what, _ = CONTENT["the second edition"]
    assert judge(archive(made(what))).as_dict()["subject"]["birth_date"] == "1983-10-10"


@pytest.mark.parametrize("name", ["did:Aadhaar Card:********1234", "962433308V"])
def test_a_holder_whose_id_is_no_address_is_not_signed_and_not_shown(name: str) -> None:
    code = archive(made(document(credentialSubject={**HOLDER, "id": name})))
    verdict = judge(code)
    assert (verdict.reason, verdict.subject) == (Reason.NOT_BOUND, None)
    assert any(check.note == ("note.holder_unsigned",) for check in verdict.checks)


def test_a_tab_that_libraries_write_in_two_ways_makes_nobody_a_forger() -> None:
    assert judge(changed(credentialSubject={**HOLDER, "name": "Nguyễn\tDuy"})).reason is Reason.DAMAGED
    for plain in ("é", "\u2028", "\x01", 'a"b', "a\\b", "a\nb", "a\rb"):
        verdict = judge(archive(made(document(credentialSubject={**HOLDER, "name": plain}))))
        assert verdict.reason is Reason.NOT_BOUND
        assert verdict.subject is not None
        assert verdict.subject.name == plain


def test_statements_cannot_be_smuggled_in_through_a_value() -> None:
    """What would end a statement stands escaped in it: a value stays a value."""
    name = 'A" .\n_:c14n0 <https://schema.org/name> "EVE\\'
    verdict = judge(archive(made(document(credentialSubject={**HOLDER, "name": name}))))
    assert verdict.subject is not None
    assert verdict.subject.name == name


def test_a_revoked_certificate_stays_revoked_however_it_is_written() -> None:
    claims = verify.check(GOOD, TRUST, NOW).claims
    assert claims is not None
    trust = TRUST._replace(revocations=(Listed(frozenset(claims.revocation_ids)),))
    swapped = changed(evidence=[UNBOUND["doses swapped"]])
    for code in (GOOD, CODE, archive(CERTIFICATE, streamed=False), swapped, changed(unknown="x")):
        assert judge(code).reason is Reason.NOT_BOUND
        assert judge(code, trust).reason is Reason.REVOKED


@pytest.mark.parametrize("format", sorted({*formats.FORMATS, "native", "anchor"} - {"divoc"}))
def test_a_key_of_another_format_never_verifies_a_certificate(format: str) -> None:
    assert judge(GOOD, trust_in(KEY._replace(format=format))).reason is Reason.ISSUER_UNKNOWN


def test_a_certificates_key_never_verifies_another_format() -> None:
    hcert, card = Issuer("RSA"), CardIssuer()
    trust = trust_in(hcert.key_with(format="divoc"), card.key(format="divoc"))
    assert judge(hcert.issue(), trust).reason is Reason.ISSUER_UNKNOWN
    assert judge(card.issue(), trust).reason is Reason.ISSUER_UNKNOWN


def test_a_certificate_cannot_claim_to_be_of_another_issuer_than_its_key() -> None:
    found = judge(archive(made(document(issuer="https://cowin.gov.in/")))).as_dict()
    assert found["reason"] == "not_bound"
    assert (found["issuer"]["id"], found["issuer"]["name"]) == ("did:example", "Example")


def test_two_issuers_of_one_name_are_told_apart_by_their_keys() -> None:
    other = signing.public_der(signing.new_key("RSA"))
    stranger = KEY._replace(public=keys.load(other), spki=other)
    assert judge(GOOD, trust_in(stranger)).reason is FORGED
    assert judge(GOOD, trust_in(stranger, KEY)).reason is Reason.NOT_BOUND


def test_nothing_is_ever_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a certificate made the station reach for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert judge(GOOD).reason is Reason.NOT_BOUND
    with pytest.raises(Malformed):
        jsonld.Context(CONTEXTS).canonical({"@context": "https://evil.example/", "x": 1})


def pem(spki: bytes) -> str:
    from base64 import encodebytes

    return f"-----BEGIN PUBLIC KEY-----\n{encodebytes(spki).decode()}-----END PUBLIC KEY-----\n"


@pytest.mark.parametrize("option", ["--issuer", "--kid"])
def test_a_key_is_pinned_by_command_under_the_name_that_passes_use(shell: Shell, tmp_path: Path, option: str) -> None:
    path = tmp_path / "example.pem"
    path.write_text(pem(SPKI))
    refused = shell("keys", "import", path, "--format", "divoc")
    assert refused.code == 1
    assert "--issuer" in refused.out + refused.err
    assert shell("keys", "import", path, "--format", "divoc", option, "did:example", "--json").json["added"] == 1
    (found,) = shell.verify(GOOD).verdicts
    assert (found["reason"], found["issuer"]["kid"]) == ("not_bound", "did:example")
    file = tmp_path / "certificate.bin"
    file.write_bytes(CODE)
    assert shell.verify(file).code == 4


def test_a_station_takes_keys_of_certificates_from_its_authority(tmp_path: Path) -> None:
    now = time.time() - 3600
    folder, vault = authority(tmp_path / "authority", now=now)
    site = make(tmp_path / "site")
    root = (folder.metadata / "1.root.json").read_bytes()
    enrolment.enrol(site.home, root, repository.fingerprint(folder), [str(folder.root / "repository")])
    options = Options(now=now, format="divoc", issuer="did:example", country="VN")
    importing.stage(folder, "divoc", [Source("key.pem", pem(SPKI).encode())], options, unsigned="by hand")
    publish.publish(folder, vault, now + 60)
    assert sync(site.home).word == "updated"
    found = Verifier.open(site.home).verify(GOOD, datetime.fromtimestamp(NOW, UTC)).as_dict()
    assert (found["reason"], found["issuer"]["trust"], found["issuer"]["country"]) == ("not_bound", "synced", "VN")
    importing.remove(folder, "did:example", "stolen", compromised=True, now=now)
    publish.publish(folder, vault, now + 120)
    assert sync(site.home).word == "updated"
    assert Verifier.open(site.home).verify(GOOD, datetime.fromtimestamp(NOW, UTC)).reason is Reason.KEY_REVOKED


def test_the_keys_of_a_did_document_are_taken_in_each_spelling() -> None:
    def method(name: str, kind: str, **key: Any) -> dict[str, Any]:
        return {"id": name, "type": kind, "controller": "did:example", **key}

    methods = [
        method("did:example", "RsaVerificationKey2018", publicKeyPem=pem(SPKI)),
        method("did:example#ed", "Ed25519VerificationKey2018", publicKeyBase58=to_base58(ED_SPKI[-32:])),
        method("did:example#other", "RsaVerificationKey2018", publicKeyPem=pem(SPKI)),
        method("did:example#short", "Ed25519VerificationKey2018", publicKeyBase58=to_base58(ED_SPKI[-31:])),
        method("did:example#none", "Ed25519VerificationKey2018"),
        method("did:nobody", "RsaVerificationKey2018", publicKeyPem=pem(SPKI)),
    ]
    names = [one["id"] for one in methods if one["id"] != "did:example#other"]
    data = json.dumps({"id": "did:example", "verificationMethod": methods, "assertionMethod": names}).encode()
    found = lists.read(data, Options())
    assert [(one.format, one.kid, one.issuer) for one in found.records] == [
        ("divoc", "did:example", "did:example"),
        ("divoc", "did:example#ed", "did:example"),
    ]
    assert len(found.skipped) == 4
    assert judge(GOOD, trust_in(*map(records.key, found.records))).reason is Reason.NOT_BOUND


def to_base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = base58.ALPHABET[rest] + text
    return base58.ALPHABET[0] * (len(data) - len(data.lstrip(b"\0"))) + text


def test_base58_is_read_to_the_letter() -> None:
    assert base58.decode("11" + "2NEpo7TZRRrLZSi2U") == b"\0\0Hello World!"
    for text in ("", "0", "O", "l", "I", " 2", "2" * 129, "é"):
        with pytest.raises(Malformed):
            base58.decode(text)


@needs_vectors
@pytest.mark.parametrize("case", list(cases("divoc")), ids=lambda case: str(case["id"]))
def test_a_real_certificate_gives_the_verdict_that_its_expectation_says(
    case: dict[str, Any], shell: Shell, tmp_path: Path
) -> None:
    for number, key in enumerate(case["keys"]):
        path = tmp_path / f"{number}.pem"
        path.write_text(key["public_key_pem"])
        assert shell("keys", "import", path, "--format", "divoc", "--issuer", key["id"], "--country", "IN").code == 0
    code = case["qr_text"] or VECTORS / "divoc" / case["raw_file"]
    ran = shell("verify", "--json", "--at", case["validation_clock"], code)
    (found,) = ran.verdicts
    if case["expected"]["error_class"] == "signature":
        assert found["reason"] == "signature_invalid"
        return
    holder = case["expected"]["payload"]["credentialSubject"]
    assert (ran.code, found["reason"]) == (4, "not_bound"), "authentic, and never better than check"
    assert (found["subject"]["name"], found["subject"]["sex"]) == (holder["name"], holder["gender"])
    (event,) = case["expected"]["payload"]["evidence"]
    (credential,) = found["credentials"]
    assert {event["vaccine"], event["batch"], event["manufacturer"]} <= set(credential["signed_values"].split(", "))
    assert credential["signed_dose_values"] == "1, 2"


@needs_vectors
def test_the_edits_that_a_real_signature_does_not_see_change_nothing_that_is_shown() -> None:
    case = next(case for case in cases("divoc") if case["expected"]["signature"] == "valid")
    spki = base64url.decode(
        "".join(case["keys"][0]["public_key_pem"].splitlines()[1:-1]).replace("+", "-").replace("/", "_").encode()
    )
    trust = trust_in(Key("divoc", case["keys"][0]["id"], keys.load(spki)))
    certificate = case["expected"]["payload"]
    honest = judge(text_of(archive(certificate)), trust, NOW).as_dict()
    assert honest["reason"] == "not_bound"
    event = certificate["evidence"][0]
    swaps = [("dose", "totalDoses"), ("batch", "vaccine"), ("vaccine", "manufacturer"), ("date", "effectiveUntil")]
    for one, other in [*swaps, ("certificateId", "batch")]:
        edited = {**certificate, "evidence": [{**event, one: event[other], other: event[one]}]}
        found = judge(text_of(archive(edited)), trust, NOW).as_dict()
        assert (found["reason"], found["credentials"]) == ("not_bound", honest["credentials"])
    for field in ("name", "age", "gender"):
        edited = {**certificate, "credentialSubject": {**certificate["credentialSubject"], field: "X"}}
        assert judge(text_of(archive(edited)), trust, NOW).reason is FORGED


@needs_vectors
@pytest.mark.parametrize("number", [1, 2])
def test_our_vocabulary_means_what_the_published_one_means(number: int) -> None:
    """The terms are stated anew here: they must give the same statements as the context that issuers published."""
    published = json.loads((VECTORS / "divoc" / "contexts" / f"DIVOCVaccinationContextV{number}.json").read_text())
    address = f"https://cowin.gov.in/credentials/vaccination/v{number}"
    everything = {
        **{name: f"value of {name}" for name in published["@context"]["Vaccination"]["@context"] if name[0] != "@"},
        **EVENT,
    }
    person = {name: f"value of {name}" for name in published["@context"]["Person"]["@context"] if name[0] != "@"}
    what = document(
        **{"@context": [document()["@context"][0], address]},
        credentialSubject={**person, **HOLDER},
        evidence=[{**everything, "facility": {**EVENT["facility"], "seal-image": "x"}}],
    )
    ours, theirs = jsonld.Context(CONTEXTS), jsonld.Context({address: published})
    assert ours.canonical(what) == theirs.canonical(what)
    assert len(theirs.canonical(what).splitlines()) > 30


def test_pyld_is_asked_for_by_these_passes_alone() -> None:
    assert divoc.NAME in formats.FORMATS
    assert "pyld" in sys.modules, "this file has used it"
    assert "B64" not in "".join(str(one) for one in formats.FORMATS["hcert"])
    with pytest.raises(Refusal):
        formats.open_pass("B64:")
    assert isinstance(formats.open_pass(GOOD), Envelope)


def check_shown(content: bytes, honest: dict[str, Any]) -> bool:
    """Whether the changed certificate passes its signature; then all that is shown must be what was shown before."""
    found = judge(archive(content)).as_dict()
    assert found["outcome"] != "admit"
    if found["reason"] != "not_bound":
        assert found["subject"] is None or found["reason"] in ("issuer_unknown", "malformed", "expired")
        return False
    for part in ("subject", "credentials", "pass_id", "issued_at", "issuer"):
        assert found[part] == honest[part]
    return True


@pytest.mark.slow
def test_a_flipped_bit_changes_nothing_that_is_shown_under_a_good_signature() -> None:
    honest, content = judge(GOOD).as_dict(), encoded(CERTIFICATE)
    same = 0
    for place in range(len(content)):
        same += check_shown(content[:place] + bytes((content[place] ^ 1 << place % 7,)) + content[place + 1 :], honest)
    assert same == 0, "every name of this certificate means something"


@pytest.mark.slow
def test_a_certificate_damaged_by_chance_shows_nothing_else_under_a_good_signature() -> None:
    chance, honest, content = random.Random(20210303), judge(GOOD).as_dict(), encoded(CERTIFICATE)
    found = sum(check_shown(mutated_bytes(content, chance), honest) for _ in range(1500))
    assert found < 700


@pytest.mark.slow
def test_values_moved_among_the_names_of_a_certificate_show_nothing_else() -> None:
    """Every pair of names swapped: the signature sees it, or nothing that is shown changes."""
    honest = judge(GOOD).as_dict()
    unseen = 0
    for part, fields in (("evidence", EVENT), ("credentialSubject", HOLDER)):
        for one, other in combinations(fields, 2):
            swapped = {**fields, one: fields[other], other: fields[one]}
            changed_to = [swapped] if part == "evidence" else swapped
            unseen += check_shown(encoded({**CERTIFICATE, part: changed_to}), honest)
    assert unseen >= 8


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "name", "batch"]), inner)
    ),
    max_leaves=6,
)
PLACES = ["@context", "type", "issuer", "issuanceDate", "evidence", "credentialSubject", "expirationDate", "proof"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.sampled_from(PLACES), value=JSON)
def test_any_json_at_any_place_gives_a_verdict_and_never_more_than_check(place: str, value: Any) -> None:
    verdict = judge(changed(**{place: value}))
    assert verdict.outcome in (Outcome.UNREADABLE, Outcome.REFUSE, Outcome.CHECK)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.sampled_from(PLACES[1:-1]), value=JSON)
def test_any_signed_json_gives_a_verdict_and_never_more_than_check(place: str, value: Any) -> None:
    try:
        certificate = made({**document(), place: value})
    except Malformed:
        return
    assert judge(archive(certificate)).outcome in (Outcome.UNREADABLE, Outcome.REFUSE, Outcome.CHECK)


def test_the_bytes_of_an_archive_are_read_from_a_picture(shell: Shell, tmp_path: Path) -> None:
    import segno

    (tmp_path / "example.pem").write_text(pem(SPKI))
    shell("keys", "import", tmp_path / "example.pem", "--format", "divoc", "--issuer", "did:example")
    for name, content in (("bytes.png", CODE), ("text.png", GOOD)):
        segno.make(content, error="l", micro=False).save(str(tmp_path / name), scale=4, border=4)
        assert shell.verify(tmp_path / name).reasons == ["not_bound"]
