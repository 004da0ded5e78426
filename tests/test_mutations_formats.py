"""Cards and NZ passes, damaged in every way chance finds: whatever is not signed as it stands is never admitted.

The limits of what is signed are the text of the code: digits and chunks, base32 and its padding, the COSE tag and the
unprotected header, and the second ECDSA signature. They stand in docs/formats/shc.md, nzcp.md and native-pass.md.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from checkpoint import formats, verify
from checkpoint.codec import base32, base45, deflate, numeric
from checkpoint.formats.native import MAX_INFLATED
from checkpoint.formats.native.dictionary import DICTIONARY
from checkpoint.formats.native.issue import text_of as native_text
from checkpoint.formats.nzcp.issue import text_of as pass_text
from checkpoint.model import Envelope, Outcome, Refusal
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.snapshot import Trust
from tests.card_issuers import CardIssuer, PassIssuer
from tests.issuer import NOW, trust_in
from tests.native_issuer import PERMIT, NativeIssuer, claims, content
from tests.test_mutations import mutated_bytes
from tests.test_vectors_formats import CASES, DISAGREE, case_time, keys_of, text_of
from tests.vector_cases import needs_vectors

SEED = 20211001
PER_KIND = 20_000
SHC, NZCP, NATIVE = "shc:/", "NZCP:/1/", "CP1:"


@dataclass(frozen=True)
class Subject:
    """An admitted pass, with the trust and time that admit it."""

    text: str
    trust: Trust
    at: float

    @property
    def data(self) -> bytes:
        """The JWS, or the COSE_Sign1."""
        if self.text.startswith(SHC):
            return numeric.decode(self.text[len(SHC) :])
        if self.text.startswith(NATIVE):
            data = base45.decode(self.text[len(NATIVE) :].encode())
            return deflate.inflate(data, MAX_INFLATED, words=DICTIONARY) if data[:1] == b"\x78" else data
        return base32.decode(self.text[len(NZCP) :].encode())

    def wrapped(self, data: bytes) -> str:
        """Other bytes in the same clothes; a character that digits cannot carry is left out."""
        if self.text.startswith(NZCP):
            return pass_text(data)
        if self.text.startswith(NATIVE):
            return native_text(data)
        return SHC + numeric.encode(bytes(byte for byte in data if 45 <= byte <= 122))


def real_subjects() -> Iterator[Subject]:
    for case in CASES:
        one = case["expected"]["error_class"] is None and case["id"] not in DISAGREE
        if (
            one
            and case["format"] in ("shc", "nzcp")
            and not case.get("qr_chunks")
            and "/1/1/" not in text_of(case)[:10]
        ):
            yield Subject(text_of(case), trust_in(*keys_of(case)), case_time(case))


def judged(text: str, one: Subject) -> Outcome:
    return verify.decide((verify.check(text, one.trust, one.at),), one.trust, AUTHENTIC, one.at, one.at).outcome


def signed_part(text: str) -> tuple[bytes, bytes] | None:
    try:
        found = formats.open_pass(text)
    except Refusal:
        return None
    return (found.message, found.signature) if isinstance(found, Envelope) else None


def mutated_text(one: Subject, chance: random.Random) -> str:
    head = next(prefix for prefix in (SHC, NZCP, NATIVE) if one.text.startswith(prefix))
    return head + mutated_bytes(one.text[len(head) :].encode(), chance).decode("latin-1")


def mutated_digits(one: Subject, chance: random.Random) -> str:
    """Another digit, or another symbol of base32: the encoding stays whole."""
    symbols = "0123456789" if one.text.startswith(SHC) else base32.ALPHABET.decode()
    symbols = base45.ALPHABET.decode() if one.text.startswith(NATIVE) else symbols
    at = chance.randrange(8, len(one.text))
    return one.text[:at] + chance.choice(symbols) + one.text[at + 1 :]


MUTATORS: dict[str, Callable[[Subject, random.Random], str]] = {
    "text": mutated_text,
    "symbols": mutated_digits,
    "signed bytes": lambda one, chance: one.wrapped(mutated_bytes(one.data, chance)),
}


def check_all(subjects: list[Subject], kind: str, count: int) -> tuple[int, int]:
    """(mutations tried, of which left the signed bytes as they were)."""
    chance = random.Random(f"{SEED} {kind}")
    tried = same = 0
    for one in subjects:
        honest = signed_part(one.text)
        assert honest is not None
        assert judged(one.text, one) is Outcome.ADMIT
        for _ in range(count // len(subjects) + 1):
            text = MUTATORS[kind](one, chance)
            tried += 1
            if judged(text, one) is Outcome.ADMIT:
                assert signed_part(text) == honest, "something else than what was signed was admitted"
                same += 1
    return tried, same


@needs_vectors
@pytest.mark.slow
@pytest.mark.parametrize("kind", MUTATORS)
def test_a_mutated_real_card_or_pass_is_never_admitted(kind: str) -> None:
    subjects = list(real_subjects())
    assert {one.text[:4] for one in subjects} == {"shc:", "NZCP"}
    tried, same = check_all(subjects, kind, PER_KIND)
    assert tried >= PER_KIND
    assert same < tried / 5, "most mutations must have changed something that is signed"


def made_here() -> Iterator[tuple[str, Any]]:
    card, passed = CardIssuer(), PassIssuer()
    yield "shc", Subject(card.issue(), trust_in(card.key()), NOW)
    yield "nzcp", Subject(passed.issue(), trust_in(passed.key()), NOW)
    for kind in ("P-256", "Ed25519"):
        native = NativeIssuer(kind=kind)
        permit = native.issue(claims(content(PERMIT)))
        yield f"native {kind}", Subject(permit, trust_in(native.key()), NOW - 2 * 3600)


@pytest.mark.slow
@pytest.mark.parametrize("kind", MUTATORS)
def test_a_mutated_native_pass_is_never_admitted(kind: str) -> None:
    subjects = [one for name, one in made_here() if name.startswith("native")]
    tried, same = check_all(subjects, kind, PER_KIND)
    assert tried >= PER_KIND
    assert same < tried / 5, "most mutations must have changed something that is signed"


@pytest.mark.slow
@pytest.mark.parametrize("one", [one for _, one in made_here()], ids=[name for name, _ in made_here()])
def test_every_single_bit_of_a_pass_made_here_is_covered_by_its_signature(one: Subject) -> None:
    data = one.data
    assert judged(one.wrapped(data), one) is Outcome.ADMIT
    for at in range(len(data)):
        for bit in range(8):
            changed = data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :]
            assert judged(one.wrapped(changed), one) is not Outcome.ADMIT, (at, bit)


@pytest.mark.parametrize("size", [0, 1, 2, 7, 60, 600, 6000])
def test_random_bytes_behind_the_prefix_are_damaged(size: int) -> None:
    chance = random.Random(size)
    ((_, card), (_, passed), (_, native), _) = made_here()
    for _ in range(50):
        letters = bytes(chance.choice(b"-.0123456789ABCXYZ_abcxyz") for _ in range(size))
        assert judged(card.wrapped(letters), card) is Outcome.UNREADABLE
        assert judged(passed.wrapped(chance.randbytes(size)), passed) is Outcome.UNREADABLE
        assert judged(native.wrapped(chance.randbytes(size)), native) is Outcome.UNREADABLE
