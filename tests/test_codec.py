"""The byte tools: what they take is exactly what their specifications say, whatever else is thrown at them."""

import contextlib
import json
import tracemalloc
import zlib
from base64 import b64decode, urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from checkpoint.codec import base45, cbor, certificate, cose, deflate, der, json_strict, jwk, keys, signing
from checkpoint.codec.errors import Malformed
from tests.issuer import DAY, NOW
from tests.vector_cases import VECTORS, needs_vectors

# --- base45 ----------------------------------------------------------------------------------------------------------


def plain_base45(text: bytes) -> bytes | None:
    """RFC 9285 section 4 as it is written down, a group at a time; None for what it refuses."""
    alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
    if any(byte not in alphabet for byte in text) or len(text) % 3 == 1:
        return None
    found = b""
    for start in range(0, len(text), 3):
        group = [alphabet.index(byte) for byte in text[start : start + 3]]
        size = len(group) - 1
        number = sum(value * 45**place for place, value in enumerate(group))
        if number >= 256**size:
            return None
        found += number.to_bytes(size, "big")
    return found


def decoded(text: bytes) -> bytes | None:
    try:
        return base45.decode(text)
    except Malformed:
        return None


@given(st.binary(max_size=400))
def test_base45_gives_back_what_was_encoded(data: bytes) -> None:
    assert base45.decode(base45.encode(data).encode()) == data


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", max_size=60).map(str.encode))
def test_base45_agrees_with_the_rfc_on_every_text_of_its_alphabet(text: bytes) -> None:
    assert decoded(text) == plain_base45(text)


@given(st.binary(max_size=60))
def test_base45_agrees_with_the_rfc_on_any_bytes(data: bytes) -> None:
    assert decoded(data) == plain_base45(data)


def test_base45_knows_every_group_of_the_rfc() -> None:
    alphabet = base45.ALPHABET
    for first in alphabet:
        for last in alphabet:
            pair, triplet = bytes((first, last)), bytes((first, alphabet[-1], last))
            assert decoded(pair) == plain_base45(pair)
            assert decoded(triplet) == plain_base45(triplet)
            assert decoded(b"000" + triplet + b"BB8") == plain_base45(b"000" + triplet + b"BB8")


@pytest.mark.parametrize(("text", "data"), [(b"BB8", b"AB"), (b"%69 VD92EX0", b"Hello!!"), (b"QED8WEX0", b"ietf!")])
def test_base45_agrees_with_the_examples_of_the_rfc(text: bytes, data: bytes) -> None:
    assert base45.decode(text) == data
    assert base45.encode(data).encode() == text


# --- inflate ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [deflate.ZLIB, deflate.RAW])
def test_inflate_gives_the_limit_and_not_a_byte_more(window: int) -> None:
    def packed(size: int) -> bytes:
        tool = zlib.compressobj(9, zlib.DEFLATED, window)
        return tool.compress(bytes(size)) + tool.flush()

    assert deflate.inflate(packed(1000), 1000, window) == bytes(1000)
    assert deflate.inflate(packed(0), 0, window) == b""
    for size in (1001, 1_000_000):
        with pytest.raises(Malformed, match="too large"):
            deflate.inflate(packed(size), 1000, window)


def test_a_bomb_takes_no_more_memory_than_the_limit() -> None:
    bomb = zlib.compress(bytes(30_000_000), 9)
    tracemalloc.start()
    try:
        with pytest.raises(Malformed, match="too large"):
            deflate.inflate(bomb, 10_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=5))
def test_inflate_takes_neither_less_nor_more_than_one_stream(data: bytes, more: bytes) -> None:
    packed = zlib.compress(data)
    for wrong in (packed + more, packed[: -len(more)], more + packed):
        with pytest.raises(Malformed):
            deflate.inflate(wrong, 1000)


@given(st.binary(max_size=200))
def test_inflate_refuses_noise_in_one_way(noise: bytes) -> None:
    for window in (deflate.ZLIB, deflate.RAW):
        with contextlib.suppress(Malformed):
            assert len(deflate.inflate(noise, 500, window)) <= 500


# --- cbor ------------------------------------------------------------------------------------------------------------

TAGS = (*range(301), 1001, 1002, 1003, 1004, 1040, 18013, 32768, 43000, 55799, 55800, 65535, 65536, 2**32, 2**64 - 1)
# One value of each kind that a library may have a rule for: integers, bytes, texts, arrays, maps, null.
INSIDE = (
    b"\x00",
    b"\x41\x00",
    b"\x61a",
    b"\x80",
    b"\x82\x01\x02",
    b"\xa0",
    b"\xa1\x01\x02",
    b"\xf6",
    b"\xfb" + bytes(8),
)


def tagged(tag: int) -> bytes:
    head = cbor.encode(tag)
    return bytes((head[0] | 0xC0,)) + head[1:]


@pytest.mark.parametrize("tag", [tag for tag in TAGS if tag not in (0, 1)])
def test_no_tag_but_the_dates_is_taken_at_any_place(tag: int) -> None:
    for inside in INSIDE:
        for data in (tagged(tag) + inside, b"\x81" + tagged(tag) + inside, b"\xa1\x01" + tagged(tag) + inside):
            with pytest.raises(Malformed):
                cbor.decode(data)
        with pytest.raises(Malformed):
            cbor.decode(b"\xa1" + tagged(tag) + inside + b"\x01")


def test_date_tags_give_text_and_seconds_and_nothing_else() -> None:
    assert cbor.decode(b"\xc0\x6a2022-04-15") == "2022-04-15"
    assert cbor.decode(b"\xc1\x1a\x62\x59\x04\x60") == 1_650_000_992.0
    assert cbor.decode(b"\xc1\xf9\x3c\x00") == 1.0
    for wrong in (b"\xc0\x01", b"\xc0\x41a", b"\xc0\xf6", b"\xc1\x61a", b"\xc1\xf5", b"\xc1\xf6", b"\xc1\xf9\x7e\x00"):
        with pytest.raises(Malformed):
            cbor.decode(wrong)
    for infinite in (b"\xc1\xf9\x7c\x00", b"\xc1\xf9\xfc\x00", b"\xc1\x1b" + b"\xff" * 8, b"\xc1\x3b" + b"\xff" * 8):
        with pytest.raises(Malformed):
            cbor.decode(infinite)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.integers(-9, 9) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_cbor_gives_back_what_was_encoded(value: Any) -> None:
    assert cbor.decode(cbor.encode(value)) == value


@given(VALUES, st.binary(min_size=1, max_size=20))
def test_cbor_takes_neither_less_nor_more_than_one_value(value: Any, more: bytes) -> None:
    data = cbor.encode(value)
    for wrong in (data + more, data + data, data[:-1]):
        with pytest.raises(Malformed):
            cbor.decode(wrong)


@given(st.binary(max_size=120))
def test_noise_is_a_value_or_malformed_and_never_anything_else(noise: bytes) -> None:
    for read in (cbor.decode, cose.split, cose.header, json_strict.loads, certificate.read, keys.load):
        with contextlib.suppress(Malformed):
            read(noise)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x51" + bytes(0),  # a byte string that reaches over whatever stands behind the value
        b"\x58\x11",
        b"\x81",
        b"\x82",
        b"\x9f\x01\xff",
        b"\x5f\x41\x00\xff",
        b"\xbf\xff",
        b"\xff",
        b"\x1c",
        b"\xfc",
        b"\xf8\x10",
        b"\xa2\x01\x00\x01\x00",
        b"\xa2\x61a\x00\x61a\x00",
        b"\xa2\x01\x00\x18\x01\x00",  # the same key, written longer
        b"\xa1\xa0\x00\xa0",
        b"\x62\xff\xff",
        b"\x63\xed\xa0\x80",  # a surrogate in UTF-8
    ],
)
def test_cbor_that_is_cut_open_ended_ambiguous_or_no_unicode_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        cbor.decode(data)


def test_cbor_nests_as_deep_as_the_limit_and_no_deeper() -> None:
    for opening, close in ((b"\x81", b""), (b"\xa1\x01", b"")):
        assert cbor.decode(opening * (cbor.MAX_DEPTH - 1) + b"\x01" + close) is not None
        for depth in (cbor.MAX_DEPTH + 1, 100_000):
            with pytest.raises(Malformed):
                cbor.decode(opening * depth + b"\x01")


# --- cose ------------------------------------------------------------------------------------------------------------

PARTS = st.binary(max_size=300)
HEADERS = st.dictionaries(st.integers(-300, 300), VALUES, max_size=4).map(cbor.encode)


@given(PARTS, HEADERS, PARTS, PARTS)
def test_cose_splits_into_the_parts_it_was_built_from_under_any_tag(
    protected: bytes, unprotected: bytes, payload: bytes, signature: bytes
) -> None:
    parts = cose.Sign1(protected, unprotected, payload, signature)
    bare = cose.build(protected, unprotected, payload, signature, tagged=False)
    for whole in (bare, b"\xd2" + bare, b"\xd8\x3d\xd2" + bare):
        assert cose.split(whole) == parts
        for wrong in (whole + b"\0", whole[:-1], b"\xd2" + b"\xd2" + bare, b"\xd8\x3d" + bare, b"\xd1" + bare):
            with pytest.raises(Malformed):
                cose.split(wrong)


@given(PARTS, PARTS)
def test_the_message_is_the_sig_structure_of_the_rfc(protected: bytes, payload: bytes) -> None:
    message = cose.Sign1(protected, b"\xa0", payload, b"").message
    covered = b"" if protected == b"\xa0" else protected
    assert message == cbor.encode(["Signature1", covered, b"", payload])


def test_the_message_has_the_shortest_head_at_every_size() -> None:
    for size in (0, 23, 24, 255, 256, 65535, 65536):
        message = cose.Sign1(b"", b"\xa0", bytes(size), b"").message
        assert message == cbor.encode(["Signature1", b"", b"", bytes(size)])


@given(HEADERS, st.data())
def test_a_changed_byte_of_the_unprotected_header_never_moves_the_payload_unseen(header: bytes, data: Any) -> None:
    whole = bytearray(cose.build(b"\xa1\x01\x26", header, b"payload", b"signature"))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    try:
        found = cose.split(bytes(whole))
    except Malformed:
        return
    # Whatever it was read as, every byte belongs to exactly one part: nothing hides between them.
    rebuilt = (found.protected, found.unprotected, found.payload, found.signature)
    assert all(part in bytes(whole) for part in rebuilt)
    assert sum(map(len, rebuilt)) < len(whole)


# --- keys ------------------------------------------------------------------------------------------------------------


def spki_of(public: Any) -> bytes:
    found: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return found


CURVES = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}


@pytest.mark.parametrize("name", CURVES)
def test_every_curve_verifies_raw_signatures_of_its_own_length_alone(name: str) -> None:
    private = ec.generate_private_key(CURVES[name])
    key = keys.load(spki_of(private.public_key()))
    raw = signing.sign(private, b"message")
    assert key.type == name
    assert key.verify("ES256", raw, b"message")
    assert not key.verify("ES256", raw, b"massage")
    assert not key.verify("ES384", raw, b"message")
    for algorithm in ("", "none", "PS256", "EdDSA", "HS256", "es256"):
        assert not key.verify(algorithm, raw, b"message")
    half = len(raw) // 2
    der_form = keys.ecdsa_der(raw)
    assert not key.verify("ES256", b"\0" + raw[:half] + b"\0" + raw[half:], b"message"), (
        "the same numbers, written longer"
    )
    for wrong in (raw[:-1], raw + b"\0", b"\0" + raw, raw[half:] + raw[:half], b"", bytes(len(raw)), der_form):
        assert not key.verify("ES256", wrong, b"message")
    assert not key.verify("ES256", b"\xff" * len(raw), b"message")


@given(st.integers(0, 2**528 - 1), st.integers(0, 2**528 - 1))
def test_raw_signatures_become_the_der_of_the_library(r: int, s: int) -> None:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    assert keys.ecdsa_der(r.to_bytes(66, "big") + s.to_bytes(66, "big")) == encode_dss_signature(r, s)


def test_an_rsa_key_verifies_pss_and_pkcs1_under_their_own_names() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    private = signing.new_key("RSA")
    assert isinstance(private, rsa.RSAPrivateKey)
    key = keys.load(spki_of(private.public_key()))
    pss, pkcs1 = signing.sign(private, b"m"), private.sign(b"m", padding.PKCS1v15(), hashes.SHA256())
    longest_salt = private.sign(b"m", padding.PSS(padding.MGF1(hashes.SHA256()), 222), hashes.SHA256())
    assert key.verify("PS256", pss, b"m")
    assert key.verify("RS256", pkcs1, b"m")
    wrong = [("PS256", pkcs1), ("RS256", pss), ("ES256", pss), ("PS256", pss[:-1]), ("PS256", b""), ("RS256", b"")]
    for algorithm, signature in [*wrong, ("PS256", longest_salt), ("PS512", pss), ("PS256", b"\xff" * 256)]:
        assert not key.verify(algorithm, signature, b"m")


def test_an_rsa_key_that_is_named_for_pss_without_parameters_is_an_rsa_key() -> None:
    private = signing.new_key("RSA")
    named = der.content(spki_of(private.public_key()), der.SEQUENCE)
    _, (_, _, number) = der.children(named)
    pss = element(0x30, element(0x30, bytes.fromhex("06092a864886f70d01010a")), number)  # RFC 4055 section 1.2
    assert keys.load(pss).verify("PS256", signing.sign(private, b"m"), b"m")


@pytest.mark.parametrize("bits", [1024, 2047])
def test_a_short_rsa_key_is_too_weak(bits: int) -> None:
    number = (1 << bits - 1) + 1
    with pytest.raises(keys.WeakKey, match=str(bits)):
        keys.load(spki_of(rsa.RSAPublicNumbers(65537, number).public_key()))


@pytest.mark.parametrize(
    "public", [ec.generate_private_key(ec.SECP256K1()).public_key(), x25519.X25519PrivateKey.generate().public_key()]
)
def test_a_key_of_another_kind_is_not_trusted(public: Any) -> None:
    with pytest.raises(keys.WeakKey):
        keys.load(spki_of(public))


PRIME = 2**255 - 19
ED25519_HEAD = bytes.fromhex("302a300506032b6570032100")
LOW_Y = [
    0,
    1,
    PRIME - 1,
    *(
        int.from_bytes(bytes.fromhex(point), "little")
        for point in (
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        )
    ),
]
LOW_ORDER = [
    (y + lap * PRIME | sign << 255).to_bytes(32, "little")
    for y in LOW_Y
    for lap in (0, 1)
    for sign in (0, 1)
    if y + lap * PRIME < 2**255
]


def test_ed25519_points_of_low_order_are_weak_in_every_encoding_that_openssl_takes() -> None:
    dangerous = 0
    for point in LOW_ORDER:
        public = ed25519.Ed25519PublicKey.from_public_bytes(point)
        dangerous += any(forged(public, first) for first in LOW_ORDER)
        with pytest.raises(keys.WeakKey):
            keys.load(ED25519_HEAD + point)
    assert dangerous == len(LOW_ORDER) == 14, "each of them lets a forger sign without any key"


def forged(public: ed25519.Ed25519PublicKey, first: bytes) -> bool:
    """Whether a signature that nobody made, R with s = 0, holds over one of a few messages."""
    from cryptography.exceptions import InvalidSignature

    for message in range(64):
        try:
            public.verify(first + bytes(32), bytes((message,)))
        except InvalidSignature:
            continue
        return True
    return False


def test_an_honest_ed25519_key_verifies_its_own_name_and_length_alone() -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    key = keys.load(spki_of(private.public_key()))
    signature = private.sign(b"m")
    assert key.verify("EdDSA", signature, b"m")
    for algorithm, wrong in (("ES256", signature), ("EdDSA", signature[:-1]), ("EdDSA", bytes(64)), ("EdDSA", b"")):
        assert not key.verify(algorithm, wrong, b"m")


# Fixed keys, so that the names of the tests are the same in every process that collects them.
P256 = spki_of(ec.derive_private_key(7, ec.SECP256R1()).public_key())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        P256[:-1],
        P256 + b"\0",
        P256[:-1] + bytes((P256[-1] ^ 1,)),  # not on the curve
        P256[:26] + b"\x02" + P256[27:59],  # a compressed point in the frame of an uncompressed one
        P256[:26] + b"\0",  # the point at infinity
        P256[:26] + b"\x04" + bytes(64),
        P256[:26] + b"\x04" + b"\xff" * 64,
    ],
)
def test_a_broken_public_key_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        keys.load(data)


# --- JSON Web Keys ---------------------------------------------------------------------------------------------------


def text_of(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def ec_jwk(x: bytes, y: bytes, curve: str = "P-256") -> dict[str, Any]:
    return {"kty": "EC", "crv": curve, "x": text_of(x), "y": text_of(y)}


def coordinates(public: ec.EllipticCurvePublicKey) -> tuple[bytes, bytes]:
    numbers, size = public.public_numbers(), (public.curve.key_size + 7) // 8
    return numbers.x.to_bytes(size, "big"), numbers.y.to_bytes(size, "big")


def key_with_a_leading_zero() -> ec.EllipticCurvePublicKey:
    for number in range(1, 100_000):
        public = ec.derive_private_key(number, ec.SECP256R1()).public_key()
        if coordinates(public)[0][0] == 0:
            return public
    raise AssertionError("one in 256 has one")


def test_coordinates_of_33_and_31_bytes_are_the_numbers_they_stand_for() -> None:
    public = key_with_a_leading_zero()
    x, y = coordinates(public)
    for shape in (ec_jwk(x, y), ec_jwk(b"\0" + x, b"\0" + y), ec_jwk(x[1:], y)):
        assert jwk.spki(shape) == spki_of(public)


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
def test_a_jwk_of_each_curve_becomes_its_key(curve: str) -> None:
    public = ec.generate_private_key(CURVES[curve]).public_key()
    assert jwk.spki(ec_jwk(*coordinates(public), curve)) == spki_of(public)


def test_an_ed25519_jwk_holds_32_octets_and_not_a_number() -> None:
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    raw = public.public_bytes_raw()
    assert jwk.spki({"kty": "OKP", "crv": "Ed25519", "x": text_of(raw)}) == spki_of(public)
    for wrong in (b"\0" + raw, raw[:-1], raw[1:], b""):
        with pytest.raises(Malformed):
            jwk.spki({"kty": "OKP", "crv": "Ed25519", "x": text_of(wrong)})


X, Y = coordinates(ec.derive_private_key(7, ec.SECP256R1()).public_key())


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"kty": "EC"},
        {"kty": "oct", "k": "AAAA"},
        {"kty": ["EC"]},
        {**ec_jwk(X, Y), "d": "AAAA"},
        ec_jwk(X, X),
        ec_jwk(X, b""),
        ec_jwk(b"\xff" * 32, Y),
        ec_jwk(X + b"\0", Y),
        ec_jwk(bytes(5000), Y),
        ec_jwk(X, Y, "P-384"),
        ec_jwk(X, Y, "secp256k1"),
        {**ec_jwk(X, Y), "x": 7},
        {**ec_jwk(X, Y), "x": None},
        {**ec_jwk(X, Y), "x": "é" * 43},
        {**ec_jwk(X, Y), "x": "A"},
        {"kty": "RSA", "n": text_of(b"\xff" * 256), "e": ""},
        {"kty": "RSA", "n": "", "e": "AQAB"},
        {"kty": "RSA", "n": text_of(b"\xff" * 256), "e": "Ag"},
        {"kty": "OKP", "crv": "X25519", "x": text_of(bytes(32))},
    ],
)
def test_a_jwk_that_is_private_unknown_or_impossible_is_refused(shape: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        jwk.spki(shape)


def test_the_thumbprint_is_the_one_of_the_rfc() -> None:
    example = {  # RFC 7638 section 3.1
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjB"
        "ZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8"
        "KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_"
        "xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
        "alg": "RS256",
        "kid": "2011-04-29",
    }
    assert jwk.thumbprint(example) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    for wrong in ({}, {"kty": "EC", "crv": "P-256", "x": "A"}, {**example, "e": 3}):
        with pytest.raises(Malformed):
            jwk.thumbprint(wrong)


# --- DER and certificates --------------------------------------------------------------------------------------------


def facts(found: certificate.Certificate) -> tuple[Any, ...]:
    return (found.spki, found.country, found.name, found.not_before, found.not_after, found.usages, found.is_ca)


def german_certificates() -> list[bytes]:
    found = set()
    for file in sorted((VECTORS / "trust" / "eu").glob("de-dsc-list.*.json")):
        body = file.read_bytes().partition(b"\n")[2]
        found |= {b64decode(entry["rawData"]) for entry in json.loads(body)["certificates"]}
    return sorted(found)


@needs_vectors
def test_slicing_reads_every_german_certificate_as_the_library_does() -> None:
    import warnings

    from cryptography import x509

    compared, refused = 0, 0
    for data in german_certificates():
        sliced = certificate._by_slicing(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                by_library = certificate._by_library(x509.load_der_x509_certificate(data), data)
            except Exception:  # noqa: BLE001
                refused += 1  # these are what the slicer is there for: it must have found a usable key
                keys.load(sliced.spki)
                continue
        compared += 1
        # A usage of keyCertSign and a basic constraint disagree in some real certificates: both are no DSC's business.
        assert facts(sliced)[:-1] == facts(by_library)[:-1]
    assert compared > 1000
    assert 0 < refused < 40


CERTIFICATE = signing.self_signed(signing.new_key(), "Bộ Y tế", "VN", NOW, NOW + DAY, ("1.3.6.1.4.1.1847.2021.1.2",))


def test_slicing_and_the_library_agree_on_a_certificate_made_here() -> None:
    assert facts(certificate._by_slicing(CERTIFICATE)) == facts(certificate.read(CERTIFICATE))


@given(st.lists(st.tuples(st.integers(0, len(CERTIFICATE) - 1), st.integers(0, 255)), max_size=6), st.integers(0, 40))
def test_a_damaged_certificate_is_read_or_malformed_and_never_anything_else(
    changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(CERTIFICATE)
    for at, value in changes:
        data[at] = value
    for read in (certificate.read, certificate._by_slicing):
        with contextlib.suppress(Malformed):
            read(bytes(data[: len(data) - cut]))


def element(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    head = bytes((size,)) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes((tag,)) + head + content


def sliced_with(extensions: bytes = b"", name: bytes = b"", validity: bytes | None = None) -> bytes:
    """A certificate that only the slicer takes, with these parts."""
    times = element(0x17, b"220101000000Z") * 2 if validity is None else validity
    fields = (b"\x02\x01\x00", element(0x30), element(0x30), element(0x30, times), element(0x30, name), P256)
    return element(0x30, element(0x30, *fields, element(0xA3, element(0x30, extensions)) if extensions else b""))


def test_the_slicer_reads_a_certificate_of_the_bare_necessities() -> None:
    found = certificate.read(sliced_with())
    assert (found.spki, found.sliced, found.country, found.is_ca) == (P256, True, "", False)


HUGE_OID = element(0x06, b"\xff" * 20_000 + b"\x01")


@pytest.mark.parametrize(
    "data",
    [
        sliced_with(extensions=element(0x30)),
        sliced_with(extensions=element(0x30, element(0x06, b"\x55\x1d\x25"))),
        sliced_with(extensions=element(0x30, HUGE_OID, element(0x04))),
        sliced_with(extensions=element(0x30, element(0x06, b"\x55\x1d\x25"), element(0x04, b"\x30\x05"))),
        sliced_with(extensions=element(0x30, element(0x06), element(0x04))),
        sliced_with(name=element(0x31, element(0x30, HUGE_OID, element(0x0C, b"a")))),
        sliced_with(validity=element(0x17, b"\xff" * 13) * 2),
        sliced_with(validity=element(0x17, b"220101000000Z")),
        sliced_with(validity=element(0x17, b"221301000000Z") * 2),
        sliced_with(validity=element(0x18, b"00000101000000Z") * 2),
        element(0x30, element(0x30, b"\x02\x01\x00" * 5)),
        element(0x30),
        bytes(certificate.MAX_SIZE + 1),
    ],
)
def test_what_the_slicer_cannot_read_is_malformed_and_never_a_crash(data: bytes) -> None:
    with pytest.raises(Malformed):
        certificate.read(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x30", b"\x30\x80", b"\x30\x85\0\0\0\0\1a", b"\x30\x05a", b"\x30\x84\xff\xff\xff\xff", b"\x30\x82\1"],
)
def test_der_with_a_wrong_length_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        der.item(data)


def test_object_identifiers_read_as_x690_writes_them() -> None:
    assert der.oid(bytes.fromhex("2a8648ce3d0301 07".replace(" ", ""))) == "1.2.840.10045.3.1.7"
    assert der.oid(b"\x88\x37") == "2.999"
    assert der.oid(b"\x27") == "0.39"


# --- JSON ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'[{"b":{"a":1,"a":2}}]',
        b"NaN",
        b"-Infinity",
        b'{"a":Infinity}',
        b"1e999",
        b"-1e999",
        b"9" * 5000,
        b"-" + b"9" * 41,
        b"0." + b"1" * 5000,
        b"[" * 33 + b"]" * 33,
        b'{"a":' * 33 + b"1" + b"}" * 33,
        b"[" * 100_000,
        "{}".encode("utf-16"),
        "{}".encode("utf-16-le"),
        "{}".encode("utf-32"),
        b"\xef\xbb\xbf{}",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b'[{"a":["\\udc00\\ud800"]}]',
        b'"a\nb"',
        b"{'a':1}",
        b"[1,]",
        b"01",
        b"1 2",
        b"{}x",
        b'"\\x"',
        b"nul",
        b'"' + b'\\"' * 100_000,  # every mark might begin a text: must not be tried from each of them
    ],
)
def test_json_that_programs_read_differently_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        json_strict.loads(data)


def test_json_that_only_looks_dangerous_is_read() -> None:
    for text in (
        '"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["',
        '"\\"[[[["',
        '"\\\\"',
        '"\\\\ud800"',
        '"\\ud83d\\ude00"',
        "[1e5, -0]",
    ):
        assert json_strict.loads(text.encode()) == json.loads(text)
    assert json_strict.loads(b"[" * 32 + b"]" * 32) is not None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.text(st.characters(codec="utf-8")),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
        ),
    ),
    st.booleans(),
)
def test_json_gives_back_what_was_written(value: Any, ascii_only: bool) -> None:
    assert json_strict.loads(json.dumps(value, ensure_ascii=ascii_only).encode()) == value
