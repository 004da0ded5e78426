"""The corridor from text to verdict, as a ratio to its one bare signature check in the same process.

    python -m bench.corridor [--quick]

The limit is what the library's `verify` costs with key and scheme made beforehand: nothing in Python can be below it.
"""

import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path

from bench.timing import compare, table
from checkpoint import Verifier, formats, verify
from checkpoint.codec import base45, cbor, cose, deflate
from checkpoint.codec.keys import ecdsa_der
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.store import pins
from checkpoint.verifier import load_trust
from tests.issuer import NOW, Issuer, claimset, dcc
from tests.test_hcert_hostile import CRYPTO, PARSE, SEMANTICS

PASSES = 200
REVOKED = 1000


def main() -> None:
    quick = "--quick" in sys.argv
    rounds, calls = (5, 40) if quick else (31, 200)
    with tempfile.TemporaryDirectory() as folder:
        plain, listed = Path(folder) / "plain", Path(folder) / "listed"
        issuer = Issuer()
        texts = [
            issuer.issue(claimset(dcc(dob=f"1983-10-{day % 28 + 1:02}"), iat=int(NOW - day))) for day in range(PASSES)
        ]
        for home in (plain, listed):
            pins.add_issuers(home / "keys", [issuer.record])
        ids = (("pass_id", number.to_bytes(16, "big")) for number in range(REVOKED))
        pins.add_revocations(listed / "keys", ids, NOW)
        corridor(issuer, texts, plain, listed, rounds, calls)
        parts(issuer, texts[0], rounds, calls)
        slowest(plain, rounds=3 if quick else 9)


def corridor(issuer: Issuer, texts: list[str], plain: Path, listed: Path, rounds: int, calls: int) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    public, scheme = issuer.key.public_key(), ec.ECDSA(SHA256())
    taken = [(envelope := formats.open_pass(text), ecdsa_der(envelope.signature)) for text in texts]
    bare, first, second, third, fourth = cycle(taken), *(cycle(texts) for _ in range(4))
    trust, trust_listed, verifier = load_trust(plain), load_trust(listed), Verifier.open(plain)

    def floor() -> None:
        envelope, signature = next(bare)
        public.verify(signature, envelope.message, scheme)

    def whole(trust: object, source: "cycle[str]") -> object:
        checked = verify.check(next(source), trust, NOW)  # type: ignore[arg-type]
        return verify.decide((checked,), trust, AUTHENTIC, NOW, NOW)  # type: ignore[arg-type]

    def least() -> None:
        """What no verifier on these libraries can leave out, and nothing made of it."""
        signed = cose.split(deflate.inflate(base45.decode(next(fourth)[4:].encode()), 65536))
        public.verify(ecdsa_der(signed.signature), signed.message, scheme)
        cbor.decode(signed.payload)

    assert all(verify.check(text, trust, NOW).claims for text in texts)
    figures = compare(
        {
            "bare ES256 verify, key and scheme made once": floor,
            "text to full verdict, strict CBOR": lambda: whole(trust, first),
            f"the same with {REVOKED} pinned revocations": lambda: whole(trust_listed, second),
            "Verifier.verify (adds the clock)": lambda: verifier.verify(next(third)),
            "the least there is to do, no verdict": least,
        },
        rounds,
        calls,
    )
    goals = {figures[1].name: 1.3, figures[2].name: 1.5}
    table(f"Corridor, HCERT ES256, {PASSES} distinct passes, median {len(texts[0])} characters", figures, goals)


def parts(issuer: Issuer, text: str, rounds: int, calls: int) -> None:
    symbols = text[4:].encode()
    packed = base45.decode(symbols)
    signed = deflate.inflate(packed, 65536)
    payload = cose.split(signed).payload
    trust = load_trust(Path("/nonexistent"))
    figures = compare(
        {
            "base45": lambda: base45.decode(symbols),
            "bounded inflate": lambda: deflate.inflate(packed, 65536),
            "COSE sliced": lambda: cose.split(signed),
            "text to envelope": lambda: formats.open_pass(text),
            "strict CBOR payload": lambda: cbor.decode(payload),
            "text to issuer_unknown (no key)": lambda: verify.check(text, trust, NOW),
        },
        rounds,
        calls,
    )
    table("Its parts (ratio to base45)", figures)


def slowest(home: Path, rounds: int) -> None:
    """The slowest of the hostile inputs: what one code in front of a camera can cost at most."""
    verifier = Verifier.open(home)
    inputs = {name: text for table in (PARSE, CRYPTO) for name, (text, _) in table.items()}
    issuer = Issuer()
    inputs |= {name: issuer.issue(case.claims) for name, case in SEMANTICS.items()}
    found = []
    for name, text in inputs.items():
        times = []
        for _ in range(rounds):
            start = time.process_time()
            verifier.verify(text)
            times.append(time.process_time() - start)
        found.append((sorted(times)[rounds // 2] * 1000, name))
    found.sort(reverse=True)
    print(f"\nSlowest of {len(found)} hostile inputs (CPU ms, goal 50):")
    for millis, name in found[:5]:
        print(f"  {millis:8.3f}  {name}")


if __name__ == "__main__":
    main()
