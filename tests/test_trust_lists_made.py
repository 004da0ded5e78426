"""Trust lists whose publishers' files are not at hand, made in their documented shapes; every trap of theirs."""

import json
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from made_lists import VACCINATION, Made, cms_detached, cose_sign1, jws, made, text

from checkpoint.codec import issued
from checkpoint.trust import lists
from checkpoint.trust.lists import Found, ListRefused, Options

ANCHOR = made("Anchor", ca=True)
OTHER = made("Somebody else", ca=True)
CSCA = made("CSCA XX", ca=True)
SIGNER = made("Signer", CSCA, usages=(VACCINATION,))


def read(data: bytes, *anchors: Made, **options: object) -> Found:
    return lists.read(data, Options(anchors=tuple(one.spki for one in anchors), **options))


def kids(found: Found) -> list[str]:
    return [record.kid for record in found.records]


# --- EU gateway


def gateway_entry(kind: str, one: Made, signer: Made, country: str = "XX") -> dict[str, str]:
    return {
        "kid": one.kid,
        "timestamp": "2021-06-02T00:00:00+02:00",
        "country": country,
        "certificateType": kind,
        "thumbprint": sha256(one.der).hexdigest(),
        "signature": text(cms_detached(signer, one.der)),
        "rawData": text(one.der),
    }


UPLOAD = made("Upload XX")


def gateway(*more: dict[str, str]) -> bytes:
    return json.dumps(
        [
            gateway_entry("AUTHENTICATION", made("TLS XX"), ANCHOR),
            gateway_entry("UPLOAD", UPLOAD, ANCHOR),
            gateway_entry("CSCA", CSCA, ANCHOR),
            gateway_entry("DSC", SIGNER, UPLOAD),
            *more,
        ]
    ).encode()


def test_the_eu_gateway_is_checked_from_the_anchor_over_upload_and_csca_to_each_signer() -> None:
    found = read(gateway(), ANCHOR)
    assert found.format == "eu-gateway"
    assert [(one.kid, one.format, one.country, one.kinds) for one in found.records] == [
        (CSCA.kid, "anchor", "XX", None),
        (SIGNER.kid, "hcert", "XX", ("vaccination",)),
    ]
    assert found.records[0].certificate == CSCA.der
    assert found.skipped == []


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (gateway_entry("DSC", made("Lone"), UPLOAD), "not issued by a CSCA of its country"),
        (gateway_entry("DSC", made("Alien", CSCA), OTHER), "bad_signature: cms: anchor"),
        (gateway_entry("DSC", made("Moved", CSCA), UPLOAD, "YY"), "bad_signature: cms: anchor"),
        (gateway_entry("CSCA", OTHER, OTHER), "bad_signature: cms: anchor"),
        ({**gateway_entry("DSC", made("Swapped", CSCA), UPLOAD), "rawData": text(SIGNER.der)}, "cms: signature"),
    ],
)
def test_an_entry_of_the_gateway_that_nobody_vouches_for_is_left_out_by_name(entry: dict, reason: str) -> None:
    found = read(gateway(entry), ANCHOR)
    assert kids(found) == [CSCA.kid, SIGNER.kid]
    assert [(one.kid, reason in one.reason) for one in found.skipped] == [(entry["kid"], True)]


def test_the_gateway_without_its_anchor_or_with_another_is_refused() -> None:
    with pytest.raises(ListRefused, match="no anchor says by whom"):
        read(gateway())
    with pytest.raises(ListRefused, match="leads to the anchor"):
        read(gateway(), OTHER)


# --- Netherlands


def dutch(signer: Made, *others: Made, payload: bytes = b"", signed: bytes = b"") -> bytes:
    keys = {"S2V5MQ==": [{"subjectPk": text(SIGNER.spki), "keyUsage": ["v"], "ian": "DE", "san": ""}]}
    payload = payload or json.dumps({"eu_keys": keys, "nl_keys": []}).encode()
    signature = cms_detached(signer, signed or payload, *others)
    return json.dumps({"signature": text(signature), "payload": text(payload)}).encode()


def test_the_dutch_list_holds_under_the_root_of_its_signer_with_every_ca_between() -> None:
    middle = made("TSP CA", ANCHOR, ca=True)
    leaf = made("CoronaCheck", middle)
    found = read(dutch(leaf, middle), ANCHOR)
    assert [(one.kid, one.country, one.kinds) for one in found.records] == [("S2V5MQ==", "DE", ("vaccination",))]
    assert found.signed_by == "CoronaCheck"
    with pytest.raises(ListRefused, match="cms: anchor"):
        read(dutch(leaf), ANCHOR)
    with pytest.raises(ListRefused, match="cms: anchor"):
        read(dutch(leaf, middle), OTHER)


def test_a_certificate_that_may_not_issue_others_is_no_step_of_a_chain() -> None:
    middle = made("No CA", ANCHOR, ca=False)
    with pytest.raises(ListRefused, match="cms: anchor"):
        read(dutch(made("CoronaCheck", middle), middle), ANCHOR)


def test_a_dutch_list_signed_over_other_bytes_is_refused() -> None:
    with pytest.raises(ListRefused, match="cms: signature"):
        read(dutch(ANCHOR, signed=b"another list"), ANCHOR)
    with pytest.raises(ListRefused, match="no anchor"):
        read(dutch(ANCHOR))


def test_several_keys_under_one_kid_and_a_kid_named_twice_are_all_read() -> None:
    one, two = ({"subjectPk": text(made(name).spki), "keyUsage": [], "ian": "GB"} for name in "ab")
    data = b'{"eu_keys":{"S2V5MQ==":[%s,%s],"S2V5MQ==":[%s]}}' % (
        *(json.dumps(entry).encode() for entry in (one, two)),
        json.dumps({"subjectPk": text(SIGNER.spki)}).encode(),
    )
    found = read(data)
    assert kids(found) == ["S2V5MQ=="] * 3
    assert found.signed_by == ""


# --- Sweden and Switzerland


def swedish(plain: bool = False, **header: object) -> bytes:
    key = {"kty": "EC", "crv": "P-256", "kid": SIGNER.kid, "x5c": [text(SIGNER.der)], "x": "AAAA", "y": "AAAA"}
    entry = {"eku": {SIGNER.kid: ["1.3.6.1.4.1.0.1847.2021.1.1"]}, "keys": [key]}
    payload = {"iss": "https://dgc.digg.se/trust-service", "exp": 1619210638, "dsc_trust_list": {"DE": entry}}
    return jws(ANCHOR, json.dumps(payload).encode(), plain=plain, **header)


@pytest.mark.parametrize("plain", [False, True])
def test_the_swedish_list_holds_as_ordinary_jws_and_with_its_payload_left_plain(plain: bool) -> None:
    found = read(swedish(plain), ANCHOR)
    assert [(one.kid, one.country, one.kinds, one.spki) for one in found.records] == [
        (SIGNER.kid, "DE", ("test",), SIGNER.spki)
    ]
    assert found.signed_by == "Anchor"
    with pytest.raises(ListRefused, match="jws: anchor"):
        read(swedish(plain), OTHER)


@pytest.mark.parametrize("plain", [False, True])
def test_a_flipped_bit_in_a_jws_is_refused(plain: bool) -> None:
    data = bytearray(swedish(plain))
    data[len(data) // 2] ^= 1
    with pytest.raises(ListRefused):
        read(bytes(data), ANCHOR)


def test_a_jws_that_names_no_algorithm_or_asks_for_what_is_not_understood_is_refused() -> None:
    with pytest.raises(ListRefused, match="jws: signature"):
        read(swedish(alg="none"), ANCHOR)
    with pytest.raises(ListRefused, match="crit"):
        read(swedish(crit=["exp"]), ANCHOR)


def swiss(payload: dict) -> bytes:
    leaf = made("BAG", ANCHOR, bits=2048)
    return jws(leaf, json.dumps(payload).encode())


def test_the_swiss_keys_are_read_whatever_their_label_says_and_the_active_kids_stand_apart() -> None:
    rsa = made("RSA", bits=2048)
    numbers = rsa.key.public_key().public_numbers()
    n, e = (text(one.to_bytes((one.bit_length() + 7) // 8, "big")) for one in (numbers.n, numbers.e))
    certs = [
        {"keyId": "a2V5LW9uZQ==", "use": "tv", "alg": "RS256", "n": n, "e": e},
        {"keyId": "a2V5LXR3bw==", "use": "l", "alg": "RS256", "n": n, "e": e},
        {"keyId": "a2V5LTMzMw==", "use": "sig", "alg": "RS256", "n": n, "e": e},
    ]
    found = read(swiss({"certs": certs}), ANCHOR)
    assert [(one.kid, one.kinds, one.spki) for one in found.records] == [
        ("a2V5LW9uZQ==", ("test", "vaccination"), rsa.spki),
        ("a2V5LTMzMw==", None, rsa.spki),
    ]
    assert [one.kid for one in found.skipped] == ["a2V5LXR3bw=="]
    active = read(swiss({"activeKeyIds": ["a2V5LW9uZQ=="], "validDuration": 172800000, "upTo": 3}), ANCHOR)
    assert active.active == {"a2V5LW9uZQ=="}


# --- Austria, Italy, France, Poland, plain


def austrian() -> tuple[bytes, bytes]:
    bare = {"i": b"eightbyt", "k": made("bare").spki, "is": {}, "su": {}, "nb": 1600000000, "na": 1900000000}
    data = cbor2.dumps({"c": [{"i": sha256(SIGNER.der).digest()[:8], "c": SIGNER.der}, bare]})
    return data, cose_sign1(ANCHOR, cbor2.dumps({2: sha256(data).digest(), 4: 1900000000, 5: 1600000000}))


def test_the_austrian_list_holds_with_the_signature_in_the_file_beside_it() -> None:
    data, signature = austrian()
    found = read(data, ANCHOR, signature=signature)
    assert [(one.kid, one.not_after) for one in found.records][1] == ("ZWlnaHRieXQ=", 1900000000.0)
    assert kids(found)[0] == SIGNER.kid
    for changed, given in ((data[:-1] + bytes([data[-1] ^ 1]), ANCHOR), (data, OTHER)):
        with pytest.raises(ListRefused, match="does not hold"):
            read(changed, given, signature=signature)
    with pytest.raises(ListRefused, match="a file of its own"):
        read(data, ANCHOR)


def test_the_answers_of_the_italian_service_are_read() -> None:
    found = read((text(SIGNER.der) + "\n" + text(CSCA.der) + "\n").encode())
    assert (found.format, kids(found)) == ("italy", [SIGNER.kid, CSCA.kid])
    assert read(json.dumps([SIGNER.kid]).encode()).active == {SIGNER.kid}


def test_the_french_list_is_base64_twice() -> None:
    once = text(text(SIGNER.der).encode())
    data = json.dumps({"certificatesDCC": {SIGNER.kid: once, "YmFk": text(SIGNER.der), "azI=": 5}}).encode()
    found = read(data)
    assert (found.format, kids(found)) == ("france", [SIGNER.kid])
    assert [one.kid for one in found.skipped] == ["YmFk", "azI="]


def test_the_polish_list_is_read_by_what_its_values_are() -> None:
    entries = [
        {"kluczPubliczny": text(SIGNER.spki), "identyfikatorKlucza": SIGNER.kid, "kraj": "PL"},
        {"dwa": text(SIGNER.spki), "klucze": text(CSCA.spki)},
    ]
    for list_ in ({"noweCertyfikaty": entries}, entries):
        found = read(json.dumps(list_, indent=1).encode())
        assert (found.format, kids(found), len(found.skipped)) == ("poland", [SIGNER.kid], 1)


def test_plain_lists_of_mirrors_and_small_publishers_are_read() -> None:
    shapes = [
        [{"kid": SIGNER.kid, "publicKey": text(SIGNER.spki)}],
        {"certificates": [{"kid": SIGNER.kid, "rawData": text(SIGNER.der), "country": "DE"}]},
        {
            SIGNER.kid: {
                "publicKeyPem": text(SIGNER.spki),
                "subject": "C=it, O=Ministero",
                "notAfter": "2024-01-01T00:00:00Z",
            }
        },
    ]
    found = [read(json.dumps(shape).encode()) for shape in shapes]
    assert [(one.format, kids(one)) for one in found] == [("plain", [SIGNER.kid])] * 3
    assert [one.records[0].country for one in found] == ["", "DE", "IT"]
    assert found[2].records[0].not_after == 1704067200.0


# --- WHO, DID, JWK


def who_method(usage: str, one: Made, **jwk: str) -> dict:
    return {
        "id": f"did:web:tng-cdn.who.int:v2:trustlist:PH4H:XXX:{usage}#{one.kid}",
        "type": "JsonWebKey2020",
        "publicKeyJwk": {"kty": "EC", "kid": one.kid, "crv": "UNKNOWN CURVE", "x": "AA", "y": "AA", **jwk}
        | ({} if jwk else {"x5c": [text(one.der)]}),
        "domain": {"code": "#PH4H"},
        "participant": {"code": "#XXX"},
        "keyusage": {"code": f"#{usage}"},
    }


def test_the_who_list_gives_signers_and_the_cas_above_them_by_their_certificates() -> None:
    weak = made("Weak", bits=1024)
    methods = [who_method("DSC", SIGNER), who_method("SCA", CSCA), who_method("DECA", OTHER), who_method("DSC", weak)]
    found = read(json.dumps({"id": "did:web:tng-cdn.who.int:v2:trustlist", "verificationMethod": methods}).encode())
    assert [(one.kid, one.format, one.test) for one in found.records] == [
        (SIGNER.kid, "hcert", False),
        (CSCA.kid, "anchor", False),
    ]
    assert [one.reason for one in found.skipped] == ["other_use: DECA", "weak_key: RSA 1024"]
    assert found.signed_by == ""


def test_no_option_makes_a_ca_a_signer_of_passes() -> None:
    data = json.dumps({"id": "x", "verificationMethod": [who_method("SCA", CSCA)]}).encode()
    assert read(data, format="hcert").records[0].format == "anchor"


def test_a_did_document_gives_only_the_keys_it_lists_for_assertions() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    def jwk(**more: str) -> dict[str, str]:
        numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
        x, y = (text(one.to_bytes(32, "big")) for one in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y, **more}

    def method(name: str, key: dict[str, str]) -> dict:
        return {"id": name, "type": "JsonWebKey2020", "publicKeyJwk": key}

    did = "did:web:example.nz"
    document = {
        "id": did,
        "verificationMethod": [
            method(f"{did}#one", jwk()),
            method(f"{did}#two", jwk()),
            method("did:web:other.nz#three", jwk()),
            method(f"{did}#four", jwk(d="c2VjcmV0")),
        ],
        "assertionMethod": [f"{did}#one", "did:web:other.nz#three", f"{did}#four"],
    }
    found = read(json.dumps(document).encode())
    assert [(one.kid, one.issuer, one.format) for one in found.records] == [("one", did, "nzcp")]
    assert [one.reason.partition(":")[2].strip() for one in found.skipped] == [
        "not in assertionMethod",
        "the id of the key is not of this document",
        "private key in a public list",
    ]


NONSENSE: dict[str, dict[str, object]] = {
    "did_id": {
        "id": "did:x:y",
        "verificationMethod": [{"id": ["did:x:y"], "type": "RsaVerificationKey2018"}],
        "assertionMethod": ["did:x:y"],
    },
    "dutch_usage": {"eu_keys": {"YQ==": [{"subjectPk": text(SIGNER.spki), "keyUsage": [["t"]]}]}},
    "swedish_usage": {"dsc_trust_list": {"XX": {"eku": {"YQ==": [["1"]]}, "keys": [{"kid": "YQ=="}]}}},
    "swedish_keys": {"dsc_trust_list": {"XX": {"eku": {}, "keys": 7}}},
    "swiss_certs": {"certs": 7, "activeKeyIds": ["YQ=="]},
}


@pytest.mark.parametrize("name", NONSENSE)
def test_a_field_of_another_type_loses_its_entry_and_no_more(name: str) -> None:
    found = read(json.dumps(NONSENSE[name]).encode())
    assert [one.kinds for one in found.records] == ([()] if name == "dutch_usage" else []), "no kind, rather than any"


def test_a_swiss_list_of_active_keys_that_is_none_is_refused() -> None:
    with pytest.raises(ListRefused, match="activeKeyIds"):
        read(json.dumps({"certs": [], "activeKeyIds": 7}).encode())


# --- chains and master lists


def test_a_signer_is_taken_only_where_one_of_the_given_cas_issued_it() -> None:
    pem = SIGNER.pem + made("Stranger", OTHER).pem
    found = read(pem, authorities=issued.Authorities([CSCA.der]))
    assert kids(found) == [SIGNER.kid]
    assert [one.reason for one in found.skipped] == ["bad_entry: not issued by any of the CAs given"]
    bare = json.dumps([{"kid": "azE=", "publicKey": text(SIGNER.spki)}]).encode()
    assert "no CA vouches" in read(bare, authorities=issued.Authorities([CSCA.der])).skipped[0].reason


@pytest.mark.parametrize("format", ["vds", "idb"])
def test_a_ca_issues_signers_of_seals_for_its_own_state_alone(format: str) -> None:
    """What a seal calls its signer is in the signer's subject alone, so France's CA could make one of Germany's."""
    german, french = (made(f"CSCA {country}", ca=True, country=country) for country in ("DE", "FR"))
    both = issued.Authorities([german.der, french.der])
    right, wrong = (
        read(made("TS", one, country="DE").pem, authorities=both, format=format) for one in (german, french)
    )
    assert len(right.records) == 1
    assert wrong.records == []
    assert [one.reason for one in wrong.skipped] == ["bad_entry: issued by the CA of another state"]


@pytest.mark.parametrize(
    ("bits", "digest", "pss"),
    [
        (0, hashes.SHA256(), False),
        (0, hashes.SHA512(), False),
        (2048, hashes.SHA384(), False),
        (2048, hashes.SHA256(), True),
    ],
)
def test_certificates_are_checked_with_every_kind_of_signature(
    bits: int, digest: hashes.HashAlgorithm, pss: bool
) -> None:
    ca = made("CA", ca=True, bits=bits)
    leaf = made("Leaf", ca, digest=digest, pss=pss)
    assert issued.issued_by(leaf.der, ca.spki)
    assert not issued.issued_by(leaf.der, made("CA", ca=True, bits=bits).spki)
    for at in range(60, len(leaf.der), 97):
        changed = leaf.der[:at] + bytes([leaf.der[at] ^ 4]) + leaf.der[at + 1 :]
        assert not issued.issued_by(changed, ca.spki), at


def test_a_certificate_signed_with_sha1_does_not_count() -> None:
    sha1 = bytes.fromhex("06092a864886f70d010105")
    ca = made("CA", ca=True, bits=2048)
    parts = issued.split(made("Leaf", ca).der)
    assert not issued.holds(ca.spki, sha1 + b"\x05\x00", parts.signature, parts.signed)


MASTER_LISTS, BARCODES = "2.23.136.1.1.3", "2.23.136.1.1.14.2"  # extended key usages, ICAO 9303-12 and VDS-NC
OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="no openssl to make master lists with")


@pytest.fixture(scope="module")
def master_list(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Made, list[Made]]:
    """A master list of three CSCAs that openssl signed, the CSCA above its signer, and what is in it."""
    folder: Path = tmp_path_factory.mktemp("ml")
    inside = [made(f"CSCA {country}", ca=True, country=country) for country in ("DE", "FR", "JP")]
    return mastered(folder, made("ML Signer", CSCA), inside), CSCA, inside


def mastered(folder: Path, signer: Made, inside: list[Made]) -> bytes:
    """A master list of `inside` by `signer`."""
    from checkpoint.codec import der

    content = der.sequence(b"\x02\x01\x00" + der.wrap(der.SET, b"".join(sorted(one.der for one in inside))))
    (folder / "content").write_bytes(content)
    (folder / "signer.pem").write_bytes(signer.pem)
    (folder / "key.pem").write_bytes(signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    command = "cms -sign -nodetach -binary -outform DER -econtent_type 2.23.136.1.1.2 -md sha256"
    names = ["-in", "content", "-signer", "signer.pem", "-inkey", "key.pem", "-out", "list.ml"]
    assert OPENSSL is not None
    subprocess.run([OPENSSL, *command.split(), *names], cwd=folder, check=True, capture_output=True)
    return (folder / "list.ml").read_bytes()


@needs_openssl
def test_a_master_list_signed_by_openssl_gives_anchors_and_nothing_that_signs_passes(master_list) -> None:
    data, above, inside = master_list
    for form in (data, text(data).encode(), ldif(data)):
        found = read(form, above)
        assert found.format == "icao"
        assert {one.certificate for one in found.records} == {one.der for one in inside}
        assert {one.format for one in found.records} == {"anchor"}
        assert found.signed_by == "ML Signer"


def ldif(data: bytes) -> bytes:
    encoded = text(data)
    lines = [encoded[at : at + 70] for at in range(0, len(encoded), 70)]
    return b"dn: cn=x,c=DE\npkdMasterListContent:: " + "\n ".join(lines).encode() + b"\ncn: x\n"


@needs_openssl
def test_a_master_list_with_a_flipped_bit_or_under_another_anchor_is_refused(master_list) -> None:
    data, above, _ = master_list
    with pytest.raises(ListRefused, match="cms: anchor"):
        read(data, OTHER)
    with pytest.raises(ListRefused, match="no anchor"):
        read(data)
    start = data.index(b"CSCA FR")
    with pytest.raises(ListRefused, match="does not hold"):
        read(data[:start] + b"X" + data[start + 1 :], above)


@needs_openssl
def test_a_signer_of_something_else_under_the_same_ca_signs_no_master_list(tmp_path: Path) -> None:
    """A state's CA issues those who seal visas as well: none of them may say which CAs there are."""
    inside = [made("CSCA Mallory", ca=True, country="FR")]
    right = made("ML Signer", CSCA, usages=(MASTER_LISTS,))
    assert read(mastered(tmp_path, right, inside), CSCA).records
    for usages in ((BARCODES,), (VACCINATION, BARCODES)):
        data = mastered(tmp_path, made("Visas", CSCA, usages=usages), inside)
        with pytest.raises(ListRefused, match="another use"):
            read(data, CSCA)
    named = made("Visas", CSCA, usages=(BARCODES,))
    assert read(mastered(tmp_path, named, inside), named).records, "who pins the signer itself has decided"


@needs_openssl
def test_a_certificate_without_the_ca_mark_vouches_for_nobody_though_a_master_list_has_it(tmp_path: Path) -> None:
    inside = [made("CSCA FR", ca=True, country="FR"), made("Passports FR", country="FR")]
    found = read(mastered(tmp_path, made("ML Signer", CSCA), inside), CSCA)
    assert [one.certificate for one in found.records if one.certificate] == [inside[0].der]


@needs_openssl
def test_a_signer_of_passports_signs_no_master_list(tmp_path: Path) -> None:
    passports = made("Passports", CSCA, documents=True)
    with pytest.raises(ListRefused, match="another use"):
        read(mastered(tmp_path, passports, [made("CSCA Mallory", ca=True)]), CSCA)


@needs_openssl
def test_a_curve_that_is_spelt_out_is_known_by_all_its_parameters(tmp_path: Path) -> None:
    from checkpoint.codec import der, explicit_curve, keys
    from checkpoint.codec.errors import Malformed

    assert OPENSSL is not None
    for name, kind in (("prime256v1", "P-256"), ("secp384r1", "P-384"), ("brainpoolP256r1", "brainpoolP256r1")):
        options = ["-name", name, "-genkey", "-noout", "-param_enc", "explicit", "-outform", "DER"]
        key = subprocess.run([OPENSSL, "ecparam", *options], check=True, capture_output=True).stdout
        public = [OPENSSL, "ec", "-inform", "DER", "-pubout", "-outform", "DER"]
        spki = subprocess.run(public, input=key, check=True, capture_output=True).stdout
        assert len(spki) > 200
        assert keys.load(spki).type == kind
        assert spki[-33:] in explicit_curve.named(spki)
        algorithm = next(der.children(der.content(spki, der.SEQUENCE)))[1]
        parts = list(der.children(list(der.children(algorithm))[1][1]))
        for _, number, _ in parts[1:5]:  # field, coefficients, generator, order
            at = spki.index(number) + len(number) - 40 % len(number)
            changed = spki[:at] + bytes([spki[at] ^ 1]) + spki[at + 1 :]
            with pytest.raises(Malformed):
                explicit_curve.named(changed)
