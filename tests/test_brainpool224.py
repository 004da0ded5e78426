"""brainpoolP224r1 with SHA-224, against a signer of its own, OpenSSL and a real seal; and whatever is no signature."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest

from checkpoint.codec import brainpool224 as curve
from checkpoint.codec import explicit_curve, keys
from checkpoint.codec.brainpool224 import ALGORITHM, HEAD, SIZE, Brainpool224Key
from checkpoint.codec.errors import Malformed
from checkpoint.trust import lists
from tests.vector_cases import VECTORS, needs_vectors

ORDER, PRIME = curve._ORDER, curve._P
MESSAGE = b"ADDRESS STICKER"


def raw(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(SIZE, "big") for number in numbers)


def public(secret: int) -> bytes:
    point = curve._times(secret, curve._BASE)
    assert point is not None
    return raw(*point)


def sign(secret: int, message: bytes, nonce: int) -> bytes:
    point = curve._times(nonce, curve._BASE)
    assert point is not None
    digest = int.from_bytes(hashlib.sha224(message).digest(), "big")
    return raw(point[0] % ORDER, pow(nonce, -1, ORDER) * (digest + point[0] * secret) % ORDER)


SECRET = Random(224).randrange(1, ORDER)
KEY, SIGNATURE = Brainpool224Key(public(SECRET)), sign(SECRET, MESSAGE, 12345)


def test_the_curve_is_one_and_its_base_has_its_order() -> None:
    assert curve._times(ORDER, curve._BASE) is None
    assert curve._times(ORDER - 1, curve._BASE) == (curve._BASE[0], PRIME - curve._BASE[1])
    assert all(pow(2, number - 1, number) == 1 for number in (PRIME, ORDER))


def test_what_was_signed_verifies_and_nothing_else_does() -> None:
    assert KEY.verify(ALGORITHM, SIGNATURE, MESSAGE)
    assert not KEY.verify(ALGORITHM, SIGNATURE, MESSAGE + b" ")
    assert not Brainpool224Key(public(SECRET + 1)).verify(ALGORITHM, SIGNATURE, MESSAGE)
    for algorithm in ("ES256", "ES384", "EdDSA", "", "es224"):
        assert not KEY.verify(algorithm, SIGNATURE, MESSAGE)


def test_no_changed_bit_of_a_signature_verifies() -> None:
    for bit in range(0, 8 * len(SIGNATURE), 5):
        changed = bytearray(SIGNATURE)
        changed[bit // 8] ^= 1 << bit % 8
        assert not KEY.verify(ALGORITHM, bytes(changed), MESSAGE), bit


R, S = int.from_bytes(SIGNATURE[:SIZE], "big"), int.from_bytes(SIGNATURE[SIZE:], "big")


@pytest.mark.parametrize(
    "signature",
    [
        *(b"", SIGNATURE[:-1], SIGNATURE + b"\0", bytes(56), b"\xff" * 56, SIGNATURE[SIZE:] + SIGNATURE[:SIZE]),
        *(raw(0, S), raw(R, 0), raw(ORDER, S), raw(R, ORDER), raw(R + ORDER if R + ORDER < 1 << 224 else 0, S)),
    ],
)
def test_what_is_no_signature_is_false_and_never_an_error(signature: bytes) -> None:
    assert not KEY.verify(ALGORITHM, signature, MESSAGE)


def test_a_signature_whose_sum_is_the_point_at_infinity_is_false() -> None:
    digest = int.from_bytes(hashlib.sha224(MESSAGE).digest(), "big")
    r = -digest * pow(SECRET, -1, ORDER) % ORDER
    assert not KEY.verify(ALGORITHM, raw(r, 1), MESSAGE)


X, Y = public(SECRET)[:SIZE], public(SECRET)[SIZE:]


@pytest.mark.parametrize(
    "point",
    [b"", bytes(56), X, X + Y[:-1], X + Y + b"\0", Y + X, X + bytes(SIZE), b"\xff" * 56, X[:-1] + b"\0" + Y],
)
def test_what_is_no_point_of_the_curve_is_no_key(point: bytes) -> None:
    with pytest.raises(Malformed):
        Brainpool224Key(point)
    with pytest.raises(Malformed):
        keys.load(HEAD + point)


def test_coordinates_that_were_not_reduced_are_no_second_name_of_a_point() -> None:
    small = next(point for factor in range(1, 10_000) if (point := curve._times(factor, curve._BASE)) and sum(point) > 0
                 and point[0] + PRIME < 1 << 224)  # fmt: skip
    assert Brainpool224Key(raw(*small))
    with pytest.raises(Malformed):
        Brainpool224Key(raw(small[0] + PRIME, small[1]))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the command openssl, to sign with another hand")
@pytest.mark.parametrize("encoding", ["named_curve", "explicit"])
def test_what_openssl_signs_verifies(tmp_path: Path, encoding: str) -> None:
    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=tmp_path, check=True, capture_output=True, timeout=60)

    (tmp_path / "m").write_bytes(MESSAGE)
    openssl("ecparam", "-name", "brainpoolP224r1", "-genkey", "-noout", "-param_enc", encoding, "-out", "key")
    openssl("ec", "-in", "key", "-pubout", "-outform", "DER", "-param_enc", encoding, "-out", "public")
    openssl("dgst", "-sha224", "-sign", "key", "-out", "signature", "m")
    spki = (tmp_path / "public").read_bytes()
    assert explicit_curve.named(spki).startswith(HEAD)
    signature = keys.ecdsa_raw((tmp_path / "signature").read_bytes(), SIZE)
    assert keys.load(spki).verify(ALGORITHM, signature, MESSAGE)
    assert not keys.load(spki).verify(ALGORITHM, signature, MESSAGE[:-1])


@needs_vectors
def test_a_real_certificate_with_this_curve_is_imported() -> None:
    found = lists.read((VECTORS / "trust" / "vds" / "sealgen_DETS32.crt").read_bytes(), lists.Options(format="vds"))
    assert ([record.kid for record in found.records], found.skipped) == (["DETS32"], [])
    assert keys.load(found.records[0].spki).type == "brainpoolP224r1"


def test_the_key_signs_no_pass_of_another_format() -> None:
    from checkpoint.formats import divoc, doc2d, hcert, idb, native, nzcp, shc, vdsnc

    for format in (hcert, shc, nzcp, native, vdsnc, idb, doc2d, divoc):
        assert KEY.type not in format.ALGORITHMS
