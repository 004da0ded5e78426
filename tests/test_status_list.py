"""Native passes: a place in a list of bits, and nothing but 0 at that place is valid."""

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkpoint import status
from checkpoint.codec import cbor, cose, keys
from checkpoint.codec.errors import Malformed
from checkpoint.model import Claims, Key, Reason, Stated
from checkpoint.trust import status_list
from checkpoint.trust.revocation import Hit, ListMissing, RevocationSet
from checkpoint.trust.revocations import ids
from checkpoint.trust.snapshot import Trust
from checkpoint.trust.status_list import OutOfRange, StatusList, StatusLists, Token

# Section 4.1 of the draft, its two examples: statuses, bytes, and the compressed bytes.
ONE_BIT = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
TWO_BITS = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]


@pytest.mark.parametrize(
    ("statuses", "bits", "raw", "packed"),
    [(ONE_BIT, 1, "b9a3", "78dadbb918000217015d"), (TWO_BITS, 2, "c944f9", "78da3be9f2130003df0207")],
)
def test_the_examples_of_the_specification_come_out_bit_for_bit(
    statuses: list[int], bits: int, raw: str, packed: str
) -> None:
    made = status_list.build(dict(enumerate(statuses)), len(statuses), bits)
    assert made.data.hex() == raw
    read = status_list.inflate(bytes.fromhex(packed), bits)
    assert [read.get(index) for index in range(len(statuses))] == statuses
    assert made.compressed().hex() == packed


@settings(deadline=None)
@given(st.sampled_from(status_list.BITS), st.integers(0, 200), st.data())
def test_a_list_answers_what_was_put_into_it(bits: int, size: int, draw: st.DataObject) -> None:
    kept = draw.draw(st.dictionaries(st.integers(0, max(0, size - 1)), st.integers(0, (1 << bits) - 1), max_size=size))
    kept = {index: found for index, found in kept.items() if index < size}
    made = status_list.build(kept, size, bits)
    again = status_list.inflate(made.compressed(), bits, size)
    assert [again.get(index) for index in range(size)] == [kept.get(index, 0) for index in range(size)]


def test_the_last_status_of_an_index_counts() -> None:
    assert status_list.build({3: 3}, 8, 2).get(3) == 3
    assert status_list.build([5, 5], 8).get(5) == 1


@pytest.mark.parametrize("index", [-1, -8, 12, 13, 15, 16, 2**64])
def test_an_index_outside_the_list_is_never_valid(index: int) -> None:
    with pytest.raises(OutOfRange):
        status_list.build([], 12).get(index)


def test_entries_count_from_the_least_significant_bit_not_from_the_most_as_at_the_w3c() -> None:
    made = status_list.build([0], 8)
    assert made.data == b"\x01"
    w3c = StatusList(b"\x80", 8)
    assert [index for index in range(8) if w3c.get(index)] == [7]


def test_a_w3c_list_is_not_taken_for_one_of_ours() -> None:
    import gzip

    with pytest.raises(Malformed):
        status_list.inflate(gzip.compress(b"\x80" + bytes(131071)), 1)


def test_a_bomb_is_stopped_at_the_signed_size() -> None:
    bomb = zlib.compress(bytes(64 * 1024 * 1024), 9)
    for size in (1 << 20, None):
        with pytest.raises(Malformed, match="large"):
            status_list.inflate(bomb, 1, size)
    with pytest.raises(Malformed):
        status_list.inflate(bomb, 1, 1 << 60)


def test_a_list_that_is_shorter_than_its_signed_size_is_refused() -> None:
    with pytest.raises(Malformed, match="shorter"):
        status_list.inflate(zlib.compress(bytes(100)), 1, 808)
    assert status_list.inflate(zlib.compress(bytes(100)), 1, 797).size == 797


@pytest.mark.parametrize("bits", [0, 3, 16, -1, True])
def test_other_widths_than_the_four_are_refused(bits: int) -> None:
    with pytest.raises(Malformed):
        status_list.inflate(zlib.compress(b"\0"), bits)


class Signer:
    """A key pair whose signature is the message's last bytes: COSE is what is looked at here."""

    type = "P-256"

    def sign(self, message: bytes) -> bytes:
        return message[-64:].rjust(64, b"\0")

    def verify(self, algorithm: str, signature: bytes, message: bytes) -> bool:
        return algorithm == "ES256" and signature == self.sign(message)


def token(size: int = 100) -> Token:
    return Token(status_list.build([7, 9], size), "https://example.org/status/3", 1.6e9, 1.7e9, 43200)


def encoded(made: Token | None = None) -> bytes:
    return status_list.encode(made or token(), "P-256", Signer().sign, b"kid")


def test_a_token_comes_back_as_it_went() -> None:
    found = status_list.decode(encoded(), Signer(), "https://example.org/status/3", 100)
    assert found == token()
    plain = Token(status_list.build([], 8), "urn:x", 1.6e9)
    assert status_list.decode(encoded(plain), None) == plain
    assert cose.header(cose.split(encoded()).protected) == {1: -7, 4: b"kid", 16: "application/statuslist+cwt"}


def test_a_real_key_signs_and_its_neighbour_does_not() -> None:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    def public(private: ec.EllipticCurvePrivateKey) -> keys.EcKey | keys.RsaKey | keys.Ed25519Key:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return keys.load(private.public_key().public_bytes(serialization.Encoding.DER, form))

    private, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    data = status_list.encode(token(), "P-256", sign)
    assert status_list.decode(data, public(private), size=100) == token()
    with pytest.raises(Malformed, match="signature"):
        status_list.decode(data, public(other))


def test_a_token_for_another_list_or_of_another_type_is_refused() -> None:
    with pytest.raises(Malformed, match="sub"):
        status_list.decode(encoded(), Signer(), "https://example.org/status/4")
    signed = cose.split(encoded())
    for header in ({1: -7}, {1: -7, 16: "application/cwt"}, {1: -7, 2: [16], 16: status_list.TYPE}):
        other = cose.build(cbor.encode(header), b"\xa0", signed.payload, signed.signature)
        with pytest.raises(Malformed, match="header"):
            status_list.decode(other, None)


def test_the_algorithm_is_the_keys_and_not_the_tokens() -> None:
    signed = cose.split(encoded())
    header = cbor.encode({1: -8, 16: status_list.TYPE})
    message = cose.Sign1(header, b"\xa0", signed.payload, b"").message
    with pytest.raises(Malformed, match="signature"):
        status_list.decode(cose.build(header, b"\xa0", signed.payload, Signer().sign(message)), Signer())


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {65533: {"bits": 1, "lst": zlib.compress(b"\0")}},
        {2: "x", 65533: {"bits": 1, "lst": zlib.compress(b"\0")}},
        {2: "x", 6: 1, 65533: {"bits": 1, "lst": "text"}},
        {2: "x", 6: 1, 65533: {"bits": 1.0, "lst": zlib.compress(b"\0")}},
        {2: "x", 6: float("nan"), 65533: {"bits": 1, "lst": zlib.compress(b"\0")}},
        {2: "x", 6: 1, 4: True, 65533: {"bits": 1, "lst": zlib.compress(b"\0")}},
        {2: "x", 6: 1, 65533: {"bits": 1, "lst": zlib.compress(b"\0") + b"\0"}},
    ],
)
def test_a_token_without_what_it_must_say_is_refused(claims: dict[int, object]) -> None:
    signed = cose.split(encoded())
    with pytest.raises(Malformed):
        status_list.decode(cose.build(signed.protected, b"\xa0", cbor.encode(claims), b"\0" * 64), None)


def lists() -> StatusLists:
    return StatusLists("permits", 1e9, {3: status_list.build({7: 1, 9: 2, 11: 3}, 100, 2)})


def test_a_native_pass_is_found_by_its_place() -> None:
    assert lists().find([ids.status("permits", 3, 7)], None) == Hit("tsl", why="invalid")
    assert lists().find([ids.status("permits", 3, 9)], None) == Hit("tsl", why="suspended")
    assert lists().find([ids.status("permits", 3, 11)], None) == Hit("tsl", why="status 3")
    assert lists().find([("pass_id", bytes(16)), ids.status("permits", 3, 8)], None) is None


def test_the_same_place_at_another_issuer_is_another_pass() -> None:
    assert lists().find([ids.status("tickets", 3, 7)], None) is None
    assert lists().find([ids.status("tickets", 4, 7)], None) is None


def test_a_pass_beyond_the_end_of_its_list_is_refused() -> None:
    assert lists().find([ids.status("permits", 3, 100)], None) == Hit("tsl", why="no such entry")


def test_a_list_that_is_not_there_is_no_answer() -> None:
    with pytest.raises(ListMissing):
        lists().find([ids.status("permits", 4, 7)], None)


class Nothing:
    type = "P-256"

    def verify(self, algorithm: str, signature: bytes, message: bytes) -> bool:
        return False


def revocation_of(place: tuple[str, bytes], *sets: RevocationSet) -> tuple[Reason | None, float | None]:
    signer = Key("native", "", Nothing(), revocation="permits")
    claims = Claims("native", b"", Stated(revocation_ids=(place,)))
    check, as_of = status.revocation(claims, signer, Trust(_NoKeys(), revocations=sets), 0.0)
    return check.reason, as_of


class _NoKeys:
    def find(self, format: str, kid: str) -> tuple[Key, ...]:
        return ()


def test_the_door_tells_missing_from_revoked_and_takes_the_oldest_of_an_issuers_lists() -> None:
    older = StatusLists("permits", 5e8, {3: status_list.build([7], 100)})
    younger = lists()
    assert revocation_of(ids.status("permits", 3, 8), younger) == (None, 1e9)
    assert revocation_of(ids.status("permits", 3, 7), younger) == (Reason.REVOKED, 1e9)
    assert revocation_of(ids.status("permits", 3, 100), younger) == (Reason.REVOKED, 1e9)
    assert revocation_of(ids.status("permits", 4, 8), younger) == (Reason.REVOCATION_MISSING, None)
    assert revocation_of(ids.status("permits", 3, 8), younger, older) == (None, 5e8)
    assert revocation_of(ids.status("permits", 3, 9), older, younger) == (Reason.REVOKED, 1e9)
