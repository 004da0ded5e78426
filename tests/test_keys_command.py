"""`checkpoint keys`: issuers pinned by hand, from whatever file an authority hands out."""

import json
import os
from base64 import b64decode, b64encode, urlsafe_b64encode
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from checkpoint.codec import signing
from checkpoint.store import lines
from checkpoint.store.pins import ISSUERS
from checkpoint.trust import lists
from checkpoint.trust.lists import certificates
from tests.commands import Shell, one_line
from tests.issuer import DAY, NOW, Issuer, claimset
from tests.vector_cases import VECTORS, cases, needs_vectors

ISSUER, OTHER, RSA = Issuer(), Issuer("P-384", country="FR"), Issuer("RSA", country="DE")
PUBLISHER = Issuer()
EU = VECTORS / "trust" / "eu"


def pem(data: bytes, label: str = "CERTIFICATE") -> bytes:
    return f"-----BEGIN {label}-----\n{b64encode(data).decode()}\n-----END {label}-----\n".encode()


def spki(issuer: Issuer) -> bytes:
    return signing.public_der(issuer.key)


def spki_of(public: Any) -> bytes:
    found: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return found


def private_der(issuer: Issuer) -> bytes:
    return issuer.key.private_bytes(Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def text_of(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk_of(issuer: Issuer, **more: Any) -> dict[str, Any]:
    numbers: Any = issuer.key.public_key().public_numbers()
    if isinstance(numbers, rsa.RSAPublicNumbers):
        return {"kty": "RSA", "n": text_of(numbers.n.to_bytes(256, "big")), "e": "AQAB", **more}
    size = (numbers.curve.key_size + 7) // 8
    curve = {32: "P-256", 48: "P-384"}[size]
    return {
        "kty": "EC",
        "crv": curve,
        "x": text_of(numbers.x.to_bytes(size, "big")),
        "y": text_of(numbers.y.to_bytes(size, "big")),
        **more,
    }


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def written(content: bytes | str | dict[str, Any], name: str = "file") -> Path:
        path = tmp_path / name
        data = json.dumps(content).encode() if isinstance(content, dict) else content
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return written


File = Callable[..., Path]


def kid_of(issuer: Issuer) -> str:
    return issuer.record.kid


def saved(shell: Shell) -> bytes:
    path = shell.home / "keys" / ISSUERS
    return path.read_bytes() if path.exists() else b""


CERTIFICATES = {
    "PEM certificate": (pem(ISSUER.certificate), ()),
    "DER certificate": (ISSUER.certificate, ()),
    "PEM with text around": (b"subject=VN\r\n" + pem(ISSUER.certificate).replace(b"\n", b"\r\n") + b"bye", ()),
    "PEM public key": (pem(spki(ISSUER), "PUBLIC KEY"), ("--kid", kid_of(ISSUER), "--country", "VN")),
    "DER public key": (spki(ISSUER), ("--kid", ISSUER.kid.hex(), "--country", "vn")),
    "DER certificates": (OTHER.certificate + ISSUER.certificate + spki(RSA), ()),
    "DER with a line end": (ISSUER.certificate + b"\r\n", ()),
    "PEM with a byte order mark": (BOM_UTF8 + pem(ISSUER.certificate), ()),
    "JWK": (json.dumps(jwk_of(ISSUER, kid=kid_of(ISSUER))), ("--country", "VN")),
    "JWK with a URL-safe kid": (json.dumps(jwk_of(ISSUER, kid=text_of(ISSUER.kid))), ()),
    "JWKS": (json.dumps({"keys": [jwk_of(OTHER, kid="other"), jwk_of(ISSUER, kid=kid_of(ISSUER))]}), ()),
    "JWKS with a byte order mark": (BOM_UTF8 + json.dumps({"keys": [jwk_of(ISSUER, kid=kid_of(ISSUER))]}).encode(), ()),
    "an array of JWKs": (json.dumps([jwk_of(OTHER, kid="other"), jwk_of(ISSUER, kid=kid_of(ISSUER))]), ()),
    "an array of JWKs with x5c": (
        json.dumps([jwk_of(ISSUER, kid=kid_of(ISSUER), x5c=[b64encode(ISSUER.certificate).decode()])]),
        (),
    ),
    "JWK with more members": (
        json.dumps(
            jwk_of(ISSUER, kid=kid_of(ISSUER), use="sig", key_ops=["verify"], alg="ES256", nbf=1, more={"a": [1]})
        ),
        (),
    ),
    "JWK with x5c": (json.dumps(jwk_of(ISSUER, x5c=[b64encode(ISSUER.certificate).decode()])), ()),
}


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_key_in_any_wrapping_admits_its_passes(shell: Shell, file: File, name: str) -> None:
    content, options = CERTIFICATES[name]
    assert shell.verify(ISSUER.issue()).reasons == ["trust_missing"]
    done = shell("keys", "import", file(content), *options, "--json")
    assert (done.code, done.err) == (0, "")
    assert {name: done.json[name] for name in ("unchanged", "skipped")} == {"unchanged": 0, "skipped": []}
    assert done.json["added"] >= 1
    assert shell.verify(ISSUER.issue()).reasons == ["ok"]
    assert shell.verify(RSA.issue()).reasons == ["issuer_unknown"]


def test_the_public_key_of_rsa_in_its_own_wrapping_is_a_public_key(shell: Shell, file: File) -> None:
    key = RSA.key.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    assert key.startswith(b"-----BEGIN RSA PUBLIC KEY-----")
    assert shell("keys", "import", file(key), "--kid", kid_of(RSA), "--json").json["added"] == 1
    assert shell.verify(RSA.issue(claimset(iss="DE"))).reasons == ["ok"]
    assert shell("keys", "import", file(key[:60] + b"AAAA" + key[64:]), "--json").json["added"] in (0, 1)


def test_what_stands_behind_a_certificate_in_der_is_told_and_does_not_lose_it(shell: Shell, file: File) -> None:
    for rest in (b"noise", OTHER.certificate[:-7], b"\x30\x00", b"\x04\x00" + OTHER.certificate):
        done = shell("keys", "import", file(ISSUER.certificate + rest), "--json").json
        assert (done["added"] + done["unchanged"], len(done["skipped"])) == (1, 1), rest


def test_a_file_of_tiny_elements_costs_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "MAX_ELEMENTS", 10)
    assert len(lists.read(b"\x30\x00" * 1000, lists.Options()).skipped) == 10


def test_one_file_may_hold_many_certificates_and_keys(shell: Shell, file: File) -> None:
    bundle = file(b"".join(pem(one.certificate) for one in (ISSUER, OTHER, RSA)) + pem(spki(ISSUER), "PUBLIC KEY"))
    assert shell("keys", "import", bundle, "--json").json["added"] == 4
    for issuer in (ISSUER, OTHER, RSA):
        assert shell.verify(issuer.issue(claimset(iss=issuer.country))).reasons == ["ok"]


def test_several_files_are_imported_as_one(shell: Shell, file: File) -> None:
    files = [file(one.certificate, f"{number}.der") for number, one in enumerate((ISSUER, OTHER, RSA))]
    assert shell("keys", "import", *files, "--json").json["added"] == 3
    assert shell("keys", "import", *files, "--json").json == {
        "added": 0,
        "unchanged": 3,
        "skipped": [],
        "expired": 3,
        "signed_by": [],
    }


def test_importing_again_changes_nothing_not_even_a_byte(shell: Shell, file: File) -> None:
    bundle = file(pem(ISSUER.certificate) + pem(OTHER.certificate) + pem(ISSUER.certificate))
    assert shell("keys", "import", bundle, "--json").json["added"] == 2
    before = saved(shell)
    again = shell("keys", "import", bundle, "--json", "--country", "XX", "--revocation", "other").json
    assert (again["added"], again["unchanged"]) == (0, 3)
    assert saved(shell) == before, "what a person reviewed stays as it was reviewed"


WEAK_RSA = spki_of(rsa.RSAPublicNumbers(65537, (1 << 1023) + 1).public_key())
LOW_ORDER = bytes.fromhex("302a300506032b6570032100") + (2**255 - 19).to_bytes(32, "little")
K256 = spki_of(ec.derive_private_key(7, ec.SECP256K1()).public_key())
SKIPPED = {
    "RSA-1024": (pem(WEAK_RSA, "PUBLIC KEY"), "weak_key"),
    "RSA-1024 in DER": (WEAK_RSA, "weak_key"),
    "RSA-1024 as a JWK": (
        json.dumps({"kty": "RSA", "n": text_of(((1 << 1023) + 1).to_bytes(128, "big")), "e": "AQAB"}),
        "weak_key",
    ),
    "Ed25519 of low order": (LOW_ORDER, "weak_key"),
    "Ed25519 of low order as a JWK": (
        json.dumps({"kty": "OKP", "crv": "Ed25519", "x": text_of(LOW_ORDER[-32:])}),
        "weak_key",
    ),
    "secp256k1": (pem(K256, "PUBLIC KEY"), "weak_key"),
    "secp256k1 as a JWK": (json.dumps({**jwk_of(ISSUER), "crv": "secp256k1"}), "weak_key"),
    "private key": (pem(private_der(ISSUER), "PRIVATE KEY"), "private_key"),
    "private key of RSA": (pem(private_der(RSA), "RSA PRIVATE KEY"), "private_key"),
    "encrypted private key": (pem(private_der(RSA), "ENCRYPTED PRIVATE KEY"), "private_key"),
    "private key in DER": (private_der(ISSUER), "bad_entry"),
    "private JWK": (json.dumps(jwk_of(ISSUER, d="AAAA", kid="x")), "weak_key: private key"),
    "JWK for encryption": (json.dumps(jwk_of(ISSUER, use="enc")), "bad_entry: use"),
    "JWK that signs and verifies nothing": (json.dumps(jwk_of(ISSUER, key_ops=["sign"])), "bad_entry: use"),
    "JWK with an odd key_ops": (json.dumps(jwk_of(ISSUER, key_ops="verify")), "bad_entry: use"),
    "symmetric JWK": (json.dumps({"kty": "oct", "k": "AAAA"}), "weak_key: private key"),
    "x5c of another key": (json.dumps(jwk_of(ISSUER, x5c=[b64encode(OTHER.certificate).decode()])), "bad_entry"),
    "x5c of nothing": (json.dumps(jwk_of(ISSUER, x5c=["AAAA"])), "bad_entry"),
    "kid of half a character": ('{"kty":"EC","kid":"\\ud800"}', ""),
    "cut-off PEM": (pem(ISSUER.certificate)[:-30], "bad_entry"),
    "PEM that is no base64": (b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----", "bad_entry"),
    "PEM of nothing": (b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "bad_entry"),
    "certificate request": (pem(b"\x30\x00", "CERTIFICATE REQUEST"), "unsupported"),
    "DER of something": (b"\x30\x03\x02\x01\x05", "bad_entry"),
    "cut-off DER": (ISSUER.certificate[:-100], "bad_entry"),
}


@pytest.mark.parametrize("name", SKIPPED)
def test_a_key_that_must_not_be_trusted_is_named_with_its_reason_and_not_pinned(
    shell: Shell, file: File, name: str
) -> None:
    content, reason = SKIPPED[name]
    done = shell("keys", "import", file(content), "--json")
    assert done.code == 1
    assert one_line(done.err)
    assert saved(shell) == b""
    if reason:
        (skipped,) = done.json["skipped"]
        assert set(skipped) == {"kid", "reason"}
        assert skipped["reason"].startswith(reason)
        assert (done.json["added"], done.json["unchanged"]) == (0, 0)


@pytest.mark.parametrize("name", [name for name in SKIPPED if SKIPPED[name][1]])
def test_a_bad_entry_never_loses_the_good_ones_before_and_behind_it(shell: Shell, file: File, name: str) -> None:
    content, _ = SKIPPED[name]
    if isinstance(content, str):
        bundle: Any = {"keys": [jwk_of(ISSUER), json.loads(content), jwk_of(OTHER), 7, None, [], "x"]}
    elif b"-----BEGIN" in content:
        bundle = pem(ISSUER.certificate) + content + b"\n" + pem(OTHER.certificate)
    else:
        bundle = pem(ISSUER.certificate) + pem(content) + pem(OTHER.certificate)
    done = shell("keys", "import", file(bundle), "--json")
    assert done.code == 0
    assert done.json["added"] == 2
    assert len(done.json["skipped"]) == (5 if isinstance(content, str) else 1)


GARBAGE = {
    "nothing": b"",
    "noise": bytes(range(256)) * 50,
    "words": b"these are no keys",
    "JSON": b'{"a": 1}',
    "an array": b"[1, 2]",
    "a JWK with a member twice": b'{"kty":"EC","kty":"RSA"}',
    "an empty JWK Set with nothing else": b'{"keys": [',
    "a JWK Set of no array": b'{"keys":{"kty":"EC"}}',
    "a bomb of brackets": b'{"kty":' + b"[" * 100_000,
    "UTF-16": '{"kty":"EC"}'.encode("utf-16"),
    "escape sequences": b"\x1b]52;c;AAAA\x07" * 10,
}


@pytest.mark.parametrize("name", GARBAGE)
def test_a_file_that_holds_no_keys_is_one_line_and_exit_1(shell: Shell, file: File, name: str) -> None:
    shell("keys", "import", file(ISSUER.certificate, "good"))
    before = saved(shell)
    done = shell("keys", "import", file(OTHER.certificate, "other"), file(GARBAGE[name], "garbage\x1b[2J"))
    assert (done.code, done.out) == (1, "")
    assert one_line(done.err)
    assert "\x1b" not in done.err
    assert saved(shell) == before, "one file of several that cannot be used stops the import before it begins"
    told = shell("keys", "import", file(OTHER.certificate, "other"), file(GARBAGE[name], "garbage\x1b[2J"), "--json")
    assert (told.code, told.json["added"], told.json["unchanged"], told.err) == (1, 0, 0, done.err)
    assert told.json["skipped"][0]["reason"].startswith("garbage")
    assert saved(shell) == before


def test_a_missing_file_or_a_folder_is_one_line_and_exit_1(shell: Shell, tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        done = shell("keys", "import", path)
        assert done.code == 1
        assert one_line(done.err)


@pytest.mark.parametrize(
    "written",
    [kid_of(ISSUER), ISSUER.kid.hex(), ISSUER.kid.hex().upper(), text_of(ISSUER.kid)],
    ids=["base64", "hex", "HEX", "URL-safe base64"],
)
def test_a_kid_is_given_in_base64_or_hex(shell: Shell, file: File, written: str) -> None:
    # The name that the certificate gives itself is replaced by the one its issuer writes into passes.
    done = shell("keys", "import", file(spki(ISSUER)), f"--kid={written}")
    assert done.code == 0
    assert shell("keys", "show", kid_of(ISSUER)).json["kid"] == kid_of(ISSUER)
    assert shell.verify(ISSUER.issue()).reasons == ["ok"]


def test_wrong_options_are_wrong_use_and_change_nothing(shell: Shell, file: File) -> None:
    path = file(ISSUER.certificate)
    for wrong in (["--kid", "!!"], ["--country", "Vietnam"], ["--country", "V1"], ["--format", "nothing"], ["--bogus"]):
        assert shell("keys", "import", path, *wrong).code == 2
    assert shell("keys", "import").code == 2
    assert saved(shell) == b""


def test_one_kid_is_not_given_to_several_keys(shell: Shell, file: File) -> None:
    done = shell("keys", "import", file(pem(ISSUER.certificate) + pem(OTHER.certificate)), "--kid", "abcd")
    assert done.code == 1
    assert one_line(done.err)
    assert saved(shell) == b""


def test_what_the_file_does_not_say_is_taken_from_the_options(shell: Shell, file: File) -> None:
    options = ("--issuer", "Bộ Y tế", "--country", "vn", "--format", "hcert", "--kid", "abcd", "--revocation", "eu")
    shell("keys", "import", file(spki(ISSUER), "moh.der"), *options)
    found = shell("keys", "show", b64encode(bytes.fromhex("abcd")).decode()).json
    expected = {"issuer": "Bộ Y tế", "country": "VN", "format": "hcert", "revocation": "eu", "origin": "moh.der"}
    assert {name: found[name] for name in expected} == expected


def test_a_pass_of_an_issuer_that_needs_a_list_waits_for_it(shell: Shell, file: File) -> None:
    shell("keys", "import", file(ISSUER.certificate), "--revocation", "eu")
    assert shell.verify(ISSUER.issue()).reasons == ["revocation_missing"]


def test_an_expired_certificate_is_kept_so_that_its_passes_are_not_called_forged(shell: Shell, file: File) -> None:
    old = Issuer(start=NOW - 900 * DAY, end=NOW - 400 * DAY)
    done = shell("keys", "import", file(old.certificate), "--json")
    assert (done.json["added"], done.json["expired"]) == (1, 1)
    good = old.issue(claimset(iat=int(NOW - 500 * DAY)))
    assert shell.verify(good).reasons == ["key_expired"]
    assert shell("verify", "--json", "--at", "2020-12-01T00:00:00Z", good).reasons == ["ok"]
    assert shell.verify(good[:-30] + "0" * 30).reasons[0] != "ok"


def test_list_show_and_remove_name_keys_as_passes_do(shell: Shell, file: File) -> None:
    shell("keys", "import", file(pem(ISSUER.certificate) + pem(OTHER.certificate)))
    listed = shell("keys", "list")
    assert listed.code == 0
    assert len(listed.out.splitlines()) == 2
    assert kid_of(ISSUER) in listed.out
    assert {json.loads(line)["kid"] for line in shell("keys", "list", "--json").out.splitlines()} == {
        kid_of(ISSUER),
        kid_of(OTHER),
    }
    assert shell("keys", "show", ISSUER.record.fingerprint[:8]).json["kid"] == kid_of(ISSUER)
    for wrong in ("nobody", ISSUER.record.fingerprint[:7], "", "\x1b[2J"):
        for command in ("show", "remove"):
            done = shell("keys", command, wrong)
            assert done.code == 1
            assert one_line(done.err)
    assert shell("keys", "remove", kid_of(ISSUER)).code == 0
    assert shell.verify(ISSUER.issue()).reasons == ["issuer_unknown"]
    assert shell.verify(OTHER.issue(claimset(iss="FR"))).reasons == ["ok"]
    assert shell("keys", "remove", kid_of(ISSUER)).code == 1


def test_a_broken_line_is_told_and_survives_what_is_added_and_removed(shell: Shell, file: File) -> None:
    shell("keys", "import", file(ISSUER.certificate))
    broken = b'{"kid":"broken","format":"hcert"}'
    (shell.home / "keys" / ISSUERS).write_bytes(saved(shell) + broken + b"\n")
    assert shell("keys", "import", file(OTHER.certificate)).code == 0
    assert shell("keys", "remove", kid_of(ISSUER)).code == 0
    assert broken in saved(shell).splitlines()
    done = shell("keys", "list")
    assert done.code == 1
    assert one_line(done.err)
    assert kid_of(OTHER) in done.out


def test_a_foreign_name_cannot_steer_the_terminal(shell: Shell, file: File) -> None:
    name = "\x1b]0;owned\x07\x1b[2J\u202eevil\nadded 7"
    hostile = signing.self_signed(ISSUER.key, name, "VN", NOW, NOW + DAY)
    assert shell("keys", "import", file(hostile)).code == 0
    done = shell("keys", "list")
    assert len(done.out.splitlines()) == 1
    assert not set("\x1b\x07\u202e") & set(done.out)


@pytest.mark.parametrize(("module", "name"), [(os, "fsync"), (Path, "replace"), (Path, "mkdir")])
def test_a_full_disk_or_a_folder_without_permission_leaves_the_old_keys_byte_for_byte(
    shell: Shell, file: File, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    shell("keys", "import", file(ISSUER.certificate))
    before, files = saved(shell), os.listdir(shell.home / "keys")
    other = file(OTHER.certificate)
    with monkeypatch.context() as patched:
        patched.setattr(module, name, full)
        for done in (shell("keys", "import", other), shell("keys", "remove", kid_of(ISSUER))):
            assert (done.code, done.out) == (1, "")
            assert one_line(done.err)
            assert "nothing was changed" in done.err
    assert saved(shell) == before
    assert os.listdir(shell.home / "keys") == files
    assert shell.verify(ISSUER.issue()).reasons == ["ok"]


# --- the German list -------------------------------------------------------------------------------------------------


def german(name: str) -> bytes:
    return (EU / f"de-dsc-list.{name}.json").read_bytes()


def signed_list(key: Any, entries: list[Any]) -> bytes:
    body = json.dumps({"certificates": entries}).encode()
    return b64encode(signing.sign(key, body)) + b"\n" + body


@needs_vectors
def test_the_german_production_list_is_taken_whole_and_again_unchanged(shell: Shell) -> None:
    done = shell("keys", "import", EU / "de-dsc-list.prod.json", "--json")
    assert done.code == 0
    assert done.json["added"] + len(done.json["skipped"]) == 829
    assert done.json["added"] > 800
    assert done.json["expired"] > 0
    assert len(done.json["signed_by"]) == 1
    assert {one["reason"].partition(":")[0] for one in done.json["skipped"]} <= {"weak_key", "bad_entry"}
    again = shell("keys", "import", EU / "de-dsc-list.prod.json", "--json").json
    assert (again["added"], again["unchanged"]) == (0, done.json["added"])


@needs_vectors
@pytest.mark.parametrize("place", ["signature", "body", "end", "start of the body", "one byte less", "one byte more"])
def test_a_list_with_one_changed_bit_is_refused_and_nothing_changes(shell: Shell, file: File, place: str) -> None:
    shell("keys", "import", file(ISSUER.certificate))
    before, data = saved(shell), bytearray(german("prod"))
    start = data.index(b"\n") + 1
    at = {"signature": 10, "body": len(data) // 2, "end": len(data) - 1, "start of the body": start + 2}.get(place)
    if at is not None:
        data[at] ^= 1
    changed = {"one byte less": bytes(data[:-1]), "one byte more": bytes(data) + b" "}.get(place, bytes(data))
    done = shell("keys", "import", file(changed))
    assert (done.code, done.out) == (1, "")
    assert one_line(done.err)
    assert saved(shell) == before


def entry(issuer: Issuer, **changes: Any) -> dict[str, Any]:
    raw = b64encode(issuer.certificate).decode()
    return {"certificateType": "DSC", "country": issuer.country, "kid": kid_of(issuer), "rawData": raw, **changes}


def test_a_list_of_another_publisher_needs_its_key_by_hand(shell: Shell, file: File) -> None:
    publisher = Issuer()
    path = file(signed_list(publisher.key, [entry(ISSUER), entry(OTHER)]), "list")
    anchor = file(pem(spki(publisher), "PUBLIC KEY"), "anchor")
    wrong = file(spki(ISSUER), "wrong")
    for options in ((), ("--anchor", wrong)):
        done = shell("keys", "import", path, *options)
        assert (done.code, saved(shell)) == (1, b"")
        assert "--anchor" in done.err
        assert one_line(done.err)
    assert shell("keys", "import", path, "--anchor", wrong, "--anchor", anchor, "--json").json["added"] == 2
    assert shell.verify(ISSUER.issue()).reasons == ["ok"]


def test_an_anchor_is_one_key(shell: Shell, file: File) -> None:
    path = file(signed_list(ISSUER.key, []), "list")
    two = file(pem(spki(ISSUER), "PUBLIC KEY") * 2, "two")
    for anchor in (two, file(b"garbage", "garbage"), file(WEAK_RSA, "weak"), "missing"):
        done = shell("keys", "import", path, "--anchor", anchor)
        assert (done.code, saved(shell)) == (1, b"")
        assert one_line(done.err)


def test_bad_entries_of_a_signed_list_are_named_and_the_others_pinned(shell: Shell, file: File) -> None:
    bad = [
        7,
        None,
        [],
        {},
        {"rawData": 7},
        entry(OTHER, rawData="AAAA"),
        entry(OTHER, rawData="***"),
        entry(OTHER, rawData=""),
        entry(OTHER, rawData=b64encode(b"\x30\x00").decode()),
    ]
    path = file(signed_list(PUBLISHER.key, [*bad, entry(ISSUER), entry(OTHER, kid=None, country=None)]), "list")
    done = shell("keys", "import", path, "--anchor", file(spki(PUBLISHER), "anchor"), "--json")
    assert (done.code, done.json["added"], len(done.json["skipped"])) == (0, 2, len(bad))
    assert {one["reason"].partition(":")[0] for one in done.json["skipped"]} == {"bad_entry"}
    assert shell.verify(OTHER.issue(claimset(iss="FR"))).reasons == ["ok"], "a kid that is not stated is computed"


@pytest.mark.parametrize("body", [b"{}", b'{"certificates":7}', b"{ no json", b'{"certificates":[],"certificates":[]}'])
def test_a_signed_body_that_is_no_list_pins_nothing(shell: Shell, file: File, body: bytes) -> None:
    path = file(b64encode(signing.sign(ISSUER.key, body)) + b"\n" + body, "list")
    done = shell("keys", "import", path, "--anchor", file(spki(ISSUER), "anchor"))
    assert (done.code, saved(shell)) == (1, b"")
    assert one_line(done.err)


@needs_vectors
def test_real_passes_are_judged_by_the_real_german_list(shell: Shell) -> None:
    assert shell("keys", "import", EU / "de-dsc-list.prod.json").code == 0
    assert shell("keys", "import", EU / "de-dsc-list.demo-ACC.json").code == 0
    listed = {json.loads(line)["kid"]: json.loads(line) for line in shell("keys", "list", "--json").out.splitlines()}
    known = [one for one in cases("dcc") if one["expected"]["signature"] == "valid" and _kid(one) in listed]
    chosen = known[:: max(1, len(known) // 60)]
    assert len(chosen) >= 20, "the lists and the passes have keys in common"
    allowed = {"ok", "expired", "key_expired", "issuer_mismatch", "malformed", "not_yet_valid", "key_not_allowed"}
    judged = shell("verify", "--json", "-", stdin="\n".join(one["qr_text"] for one in chosen).encode())
    assert set(judged.reasons) <= allowed
    assert len(judged.reasons) == len(chosen)
    assert {one["issuer"]["kid"] for one in judged.verdicts} == {_kid(one) for one in chosen}
    forged = "\n".join(one["qr_text"][:-40] + one["qr_text"][-41:-1] for one in chosen).encode()
    refused = shell("verify", "--json", "-", stdin=forged).verdicts
    assert not {one["outcome"] for one in refused} & {"admit", "check"}


def _kid(case: dict[str, Any]) -> str:
    keys = case.get("keys") or [{}]
    return b64encode(bytes.fromhex(keys[0].get("kid_hex") or "")).decode()


@needs_vectors
def test_keys_of_the_acceptance_list_are_flagged_as_test_keys(shell: Shell) -> None:
    shell("keys", "import", EU / "de-dsc-list.demo-ACC.json")
    flags = [json.loads(line).get("test") for line in shell("keys", "list", "--json").out.splitlines()]
    assert flags
    assert all(flags)


def test_an_ed25519_key_is_pinned_but_signs_no_health_pass(shell: Shell, file: File) -> None:
    path = file(pem(spki_of(ed25519.Ed25519PrivateKey.generate().public_key()), "PUBLIC KEY"))
    assert shell("keys", "import", path, "--kid", ISSUER.kid.hex()).code == 0
    assert shell.verify(ISSUER.issue()).reasons == ["signature_invalid"]


def test_the_file_of_keys_is_sorted_and_one_key_a_line(shell: Shell, file: File) -> None:
    shell("keys", "import", file(b"".join(pem(one.certificate) for one in (RSA, ISSUER, OTHER))))
    written = saved(shell).splitlines()
    assert written == sorted(written)
    assert [b64decode(json.loads(line)["spki"]) for line in written] == [
        spki(one) for one in sorted((RSA, ISSUER, OTHER), key=lambda one: one.record.line())
    ]


def test_keys_that_are_in_place_but_not_confirmed_by_the_disk_are_not_called_unchanged(
    shell: Shell, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(lines, "sync_folder", fails)
    done = shell("keys", "import", file(ISSUER.certificate))
    assert done.code == 1
    assert "in place, but may not outlive a power cut" in done.err
    assert shell.verify(ISSUER.issue()).reasons == ["ok"]
