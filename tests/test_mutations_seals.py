"""Seals, barcodes and 2D-Docs, damaged in every way chance finds: nothing but what is signed is ever admitted.

What no signature covers stands in docs/formats: what is behind a seal's signature, compression, padding and the
certificate of a barcode, the annex of a 2D-Doc, and the second ECDSA signature of each.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from checkpoint import formats, verify
from checkpoint.codec import base32
from checkpoint.formats.idb.issue import text_of
from checkpoint.model import Envelope, Outcome, Refusal
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.snapshot import Trust
from tests.document_issuers import Signer, french
from tests.issuer import NOW, Issuer, trust_in
from tests.seal_issuers import State, trust_under
from tests.test_mutations import mutated_bytes
from tests.test_vectors_seals import CASES, DISAGREE, case_time, keys_of
from tests.test_vectors_seals import text_of as text_of_case
from tests.vector_cases import needs_vectors

SEED = 20211001
PER_KIND = 6_000
UNIT = b"\x1f"
Pass = str | bytes


@dataclass(frozen=True)
class Subject:
    """An admitted pass, with the trust and time that admit it, and how other bytes come into the same clothes."""

    name: str
    code: Pass
    trust: Trust
    at: float = NOW

    @property
    def data(self) -> bytes:
        """What the symbol carries: the seal, the payload of the barcode, the text of the 2D-Doc."""
        if isinstance(self.code, bytes):
            return self.code
        return base32.decode(self.code[5:].encode()) if self.code.startswith("RDB1") else self.code.encode()

    def wrapped(self, data: bytes) -> Pass:
        if isinstance(self.code, bytes):
            return data
        return text_of(data) if self.code.startswith("RDB1") else data.decode("latin-1")


def made_here() -> list[Subject]:
    state = State("DE")
    sealer, scribe, notary = Signer(state, curve="P-256"), Signer(state, curve="P-256", serial=2), french()
    inside = trust_under(state.key(), keys=(Issuer().key_with(),))
    return [
        Subject("vds", sealer.permit(), trust_in(sealer.key("vds"))),
        Subject("idb", scribe.barcode(), trust_in(scribe.key("idb"))),
        Subject("idb with its certificate", scribe.barcode(embedded=True), inside),
        Subject("doc2d", notary.document(), trust_in(notary.key("doc2d"))),
    ]


MADE = made_here()


def judged(code: Pass, one: Subject) -> Outcome:
    return verify.decide((verify.check(code, one.trust, one.at),), one.trust, AUTHENTIC, one.at, one.at).outcome


def signed_part(code: Pass) -> bytes | None:
    try:
        found = formats.open_pass(code)
    except Refusal:
        return None
    return found.message if isinstance(found, Envelope) else None


def real() -> list[Subject]:
    good = (one for one in CASES if one["expected"]["error_class"] is None and one["id"] not in DISAGREE)
    return [Subject(one["id"], text_of_case(one), trust_in(*keys_of(one)), case_time(one)) for one in good]


def mutated_text(one: Subject, chance: random.Random) -> Pass:
    if isinstance(one.code, bytes):
        return mutated_bytes(one.code, chance)
    return one.code[:4] + mutated_bytes(one.code[4:].encode(), chance).decode("latin-1")


MUTATORS: dict[str, Callable[[Subject, random.Random], Pass]] = {
    "text": mutated_text,
    "signed bytes": lambda one, chance: one.wrapped(mutated_bytes(one.data, chance)),
}


def check_all(one: Subject, kind: str, count: int) -> tuple[int, int]:
    """(mutations tried, of which left the signed bytes as they were)."""
    chance = random.Random(f"{SEED} {one.name} {kind}")
    honest = signed_part(one.code)
    assert honest is not None
    assert judged(one.code, one) is Outcome.ADMIT
    same = 0
    for _ in range(count):
        code = MUTATORS[kind](one, chance)
        if judged(code, one) is Outcome.ADMIT:
            assert signed_part(code) == honest, "something else than what was signed was admitted"
            same += 1
    return count, same


@pytest.mark.slow
@pytest.mark.parametrize("kind", MUTATORS)
@pytest.mark.parametrize("one", MADE, ids=[one.name for one in MADE])
def test_a_mutated_code_made_here_is_never_admitted(one: Subject, kind: str) -> None:
    tried, same = check_all(one, kind, PER_KIND)
    assert same < tried / 3, "most mutations must have changed something that is signed"


@needs_vectors
@pytest.mark.slow
def test_a_mutated_real_seal_is_never_admitted() -> None:
    subjects = real()
    assert len(subjects) >= 4
    for one in subjects:
        tried, same = check_all(one, "signed bytes", 1500)
        assert same < tried / 2


@pytest.mark.slow
@pytest.mark.parametrize("one", MADE, ids=[one.name for one in MADE])
def test_every_single_bit_of_a_code_made_here_is_covered_by_its_signature(one: Subject) -> None:
    """In the certificate of a barcode some bits may change and it stays the one that the CA signed: none is known."""
    data = one.data
    assert judged(one.wrapped(data), one) is Outcome.ADMIT
    for at in range(len(data)):
        for bit in range(8):
            changed = data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :]
            assert judged(one.wrapped(changed), one) is not Outcome.ADMIT, (at, bit)


@pytest.mark.parametrize("size", [0, 1, 2, 7, 60, 600, 6000])
def test_random_bytes_behind_the_prefix_are_never_admitted_and_never_raise(size: int) -> None:
    chance = random.Random(size)
    for one in MADE:
        for _ in range(40):
            noise = chance.randbytes(size)
            head = one.code[:26] if isinstance(one.code, str) and one.code.startswith("DC") else one.code[:4]
            code = head + noise if isinstance(head, bytes) else one.wrapped(head.encode() + noise)
            assert judged(code, one) in (Outcome.UNREADABLE, Outcome.REFUSE, Outcome.CHECK)
