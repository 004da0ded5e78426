"""Real and home-made passes, damaged in every way chance finds: whatever is not signed as it stands is never admitted.

A mutation may leave the signed bytes as they were (another compression, another text of the same bytes): that is the
same credential in other clothes. It must then have the same pass id, so that it cannot slip past a revocation.
"""

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from checkpoint import verify
from checkpoint.codec import base45, cose
from checkpoint.codec.errors import Malformed
from checkpoint.formats.hcert.issue import text_of
from checkpoint.model import Checked, Outcome
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.snapshot import Trust
from tests.issuer import NOW, Issuer, trust_in
from tests.test_vectors_hcert import DISAGREE, keys_of
from tests.vector_cases import cases, needs_vectors

SEED = 20211001
PER_KIND = 35_000  # three kinds of mutation: more than 100,000 in all
PASSES = 60


@dataclass(frozen=True)
class Subject:
    """An admitted pass: its text, its COSE bytes, and the trust and time that admit it."""

    text: str
    data: bytes
    trust: Trust
    at: float

    @property
    def signed(self) -> tuple[bytes, bytes]:
        parts = cose.split(self.data)
        return parts.message, parts.signature


def subject(text: str, trust: Trust, at: float) -> Subject:
    return Subject(text, zlib.decompress(base45.decode(text[4:].encode())), trust, at)


def real_subjects() -> Iterator[Subject]:
    chance = random.Random(SEED)
    found = [case for case in cases("dcc") if case["expected"]["error_class"] is None and case["id"] not in DISAGREE]
    for case in chance.sample(found, min(PASSES, len(found))):
        clock = datetime.fromisoformat(case["validation_clock"].replace("Z", "+00:00"))
        at = (clock if clock.tzinfo else clock.replace(tzinfo=UTC)).timestamp()
        yield subject(case["qr_text"], trust_in(*keys_of(case)), at)


def judged(text: str, one: Subject) -> tuple[Outcome, Checked]:
    checked = verify.check(text, one.trust, one.at)
    return verify.decide((checked,), one.trust, AUTHENTIC, one.at, one.at).outcome, checked


def signed_part(text: str) -> tuple[bytes, bytes] | None:
    try:
        parts = cose.split(zlib.decompressobj().decompress(base45.decode(text[4:].encode())))
    except (Malformed, zlib.error, UnicodeEncodeError):
        return None
    return parts.message, parts.signature


def mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    """One bit flipped, a byte replaced, cut out, doubled, or a piece moved."""
    at = chance.randrange(len(data))
    kind = chance.randrange(6)
    if kind < 3:
        return data[:at] + bytes((data[at] ^ 1 << chance.randrange(8),)) + data[at + 1 :]
    if kind == 3:
        return data[:at] + bytes((chance.randrange(256),)) + data[at + 1 :]
    if kind == 4:
        return data[:at] + data[at + 1 :]
    end = at + chance.randrange(1, 9)
    return data[:at] + data[at:end] * 2 + data[end:]


def mutated_text(text: str, chance: random.Random) -> str:
    return text[:4] + mutated_bytes(text[4:].encode(), chance).decode("latin-1")


def mutated_stream(one: Subject, chance: random.Random) -> str:
    return "HC1:" + base45.encode(mutated_bytes(base45.decode(one.text[4:].encode()), chance))


def mutated_cose(one: Subject, chance: random.Random) -> str:
    return text_of(mutated_bytes(one.data, chance))


MUTATORS = {
    "text": lambda one, chance: mutated_text(one.text, chance),
    "compressed stream": mutated_stream,
    "cose": mutated_cose,
}


def check_all(subjects: list[Subject], kind: str, count: int) -> tuple[int, int]:
    """(mutations tried, of which left the signed bytes as they were)."""
    chance = random.Random(f"{SEED} {kind}")
    tried = same = 0
    for one in subjects:
        honest = verify.check(one.text, one.trust, one.at).claims
        assert honest is not None
        for _ in range(count // len(subjects) + 1):
            text = MUTATORS[kind](one, chance)
            outcome, checked = judged(text, one)
            tried += 1
            if outcome is Outcome.ADMIT:
                assert signed_part(text) == one.signed, "something else than what was signed was admitted"
                assert checked.claims is not None
                assert checked.claims.pass_id == honest.pass_id
                same += 1
    return tried, same


@needs_vectors
@pytest.mark.slow
@pytest.mark.parametrize("kind", MUTATORS)
def test_a_mutated_real_pass_is_never_admitted(kind: str) -> None:
    subjects = list(real_subjects())
    assert len(subjects) == PASSES
    tried, same = check_all(subjects, kind, PER_KIND)
    assert tried >= PER_KIND
    assert same < tried / 50, "nearly every mutation must have changed something that is signed"


@pytest.mark.parametrize("key", ["P-256", "P-384", "RSA"])
def test_every_single_bit_of_a_pass_made_here_is_covered_by_its_signature(key: str) -> None:
    issuer = Issuer(key)
    one = subject(issuer.issue(), trust_in(issuer.key_with()), NOW)
    assert judged(one.text, one)[0] is Outcome.ADMIT
    for at in range(len(one.data)):
        for bit in range(8):
            changed = one.data[:at] + bytes((one.data[at] ^ 1 << bit,)) + one.data[at + 1 :]
            assert judged(text_of(changed), one)[0] is not Outcome.ADMIT, (at, bit)


@pytest.mark.parametrize("size", [0, 1, 2, 7, 60, 600, 6000])
def test_random_bytes_behind_the_prefix_are_damaged(size: int) -> None:
    issuer = Issuer()
    one = subject(issuer.issue(), trust_in(issuer.key_with()), NOW)
    chance = random.Random(size)
    for _ in range(50):
        for text in ("HC1:" + base45.encode(chance.randbytes(size)), text_of(chance.randbytes(size))):
            assert judged(text, one)[0] is Outcome.UNREADABLE
