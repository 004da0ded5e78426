"""Each signed format from text to verdict, as a ratio to its own bare ES256 check; what telling them apart costs.

    python -m bench.formats [--quick]

The passes are distinct, so that nothing is remembered from one to the next but what an issuer's passes share.
"""

import sys
from collections.abc import Callable
from functools import partial
from itertools import cycle
from typing import Any

from bench.timing import compare, table
from checkpoint import formats, verify
from checkpoint.codec import base32, base45, base64url, cbor, cose, deflate, json_strict, numeric
from checkpoint.codec.keys import ecdsa_der
from checkpoint.formats.native.dictionary import DICTIONARY
from checkpoint.model import Envelope, Reason
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.trust.snapshot import Trust
from tests.card_issuers import PATIENT, CardIssuer, PassIssuer, bundle, card, dose, pass_claims, pass_vc
from tests.document_issuers import VACCINATION, Signer, french, packed, zone
from tests.issuer import NOW, Issuer, trust_in
from tests.native_issuer import HOLDER, PERMIT, PLACE, NativeIssuer, claims, content
from tests.seal_issuers import Sealer, State, holder, proof, trust_under

PASSES = 200
YEARS = range(1900, 1900 + PASSES)
GOALS = {"shc": 1.4, "nzcp": 1.2, "native": 1.25, "native permit": 1.25}
Parts = tuple[bytes, bytes, Callable[[bytes], Any], bytes]  # message, signature, how to read the content, content
DISPATCH_GOAL = 1.0  # microseconds
STRANGERS = {
    "a payment code": "00020101021238570010A00000072701270006970403011200110123456780208QRIBFTTA53037045802VN6304A1B2",
    "a web address": "https://example.vn/giay-di-duong?id=1",
    "an opaque text": "kX9" * 200,
    "other JSON": '{"resourceType":"Bundle","entry":[' + ",".join('{"resource":{"id":"x"}}' for _ in range(60)) + "]}",
    "fields that are no card": "1|2|3|4|5|6|7",
    "a citizen's card": "001083000001|012345678|Nguyễn Bảo Duy|10101983|Nam|Phường 7, TP. Hồ Chí Minh|22042021",
    "a personal QR": "001083000001|NGUYEN BAO DUY|1983-10-10|0|160000000000000001|<1<HS4010000000001<0900000001",
}


def main() -> None:
    quick = "--quick" in sys.argv
    rounds, calls = (5, 40) if quick else (31, 200)
    signers, passes = CardIssuer(), PassIssuer()
    birthdays = [f"1983-{number % 12 + 1:02}-{number % 28 + 1:02}" for number in range(PASSES)]
    cards = [signers.issue(card(_history(day))) for day in birthdays]
    corridor("shc", cards, signers.private.public_key(), trust_in(signers.key()), rounds, calls)
    holders = [{"givenName": "Bảo Duy", "familyName": "Nguyễn", "dob": day} for day in birthdays]
    texts = [passes.issue(pass_claims(vc=pass_vc(credentialSubject=one))) for one in holders]
    corridor("nzcp", texts, passes.private.public_key(), trust_in(passes.key()), rounds, calls)
    state = State()
    signer = Sealer(state)
    seals = [signer.seal(proof(pid=holder(dob=day))) for day in birthdays]
    corridor("vdsnc", seals, signer.private.public_key(), trust_under(state.key()), rounds, calls)
    native = _native(rounds, calls)
    documents = _documents(rounds, calls)
    dispatch([*cards[:1], *texts[:1], *documents, native, Issuer().issue(), seals[0]], rounds, calls)


def _documents(rounds: int, calls: int) -> list[str | bytes]:
    """A seal, a barcode and a 2D-Doc, each signed with P-256 so that they compare with the others."""
    sealer, notary = Signer(curve="P-256"), french()
    births = [f"83{number % 12 + 1:02}{number % 28 + 1:02}" for number in range(PASSES)]
    zones = [zone(born=one) for one in births]
    found: dict[str, list[Any]] = {
        "vds": [sealer.permit(one) for one in zones],
        "idb": [sealer.barcode([(0x81, packed(one))]) for one in zones],
        "doc2d": [notary.document(fields=[*VACCINATION[:2], ("L2", f"0101{one}"), *VACCINATION[3:]]) for one in YEARS],
    }
    for name, texts in found.items():
        signer = notary if name == "doc2d" else sealer
        corridor(name, texts, signer.private.public_key(), trust_in(signer.key(name)), rounds, calls)
    return [texts[0] for texts in found.values()]


def _native(rounds: int, calls: int) -> str:
    """Native passes, a card and a permit with its route; gives one of them."""
    native = NativeIssuer()
    for name, kind in (("native", 3), ("native permit", PERMIT)):
        made = [native.issue(claims(_said(kind, number))) for number in range(PASSES)]
        corridor(name, made, native.private.public_key(), trust_in(native.key()), rounds, calls, NOW - 2 * 3600)
    algorithms(rounds, calls)
    return made[0]


def _history(birthday: str) -> dict[str, Any]:
    """Two doses, as the example card of the framework has."""
    return bundle({**PATIENT, "birthDate": birthday}, dose("2021-01-01"), dose("2021-01-29"))


def _said(kind: int, number: int) -> dict[int, Any]:
    """The content of one native pass, another for every number."""
    holder = {**HOLDER, 2: 19830101 + number % 28, 3: f"0790830{number:05}"}
    return content(kind, number=f"HCM-{number:07}", holder=holder, place=[PLACE[0], number * 5003])


def algorithms(rounds: int, calls: int) -> None:
    """The two algorithms of native passes, one message: what a check and a signature cost."""
    both = [NativeIssuer(kind=kind) for kind in ("P-256", "Ed25519")]
    message = bytes(range(256))
    made = [(one, one.key().public, one.sign(message)) for one in both]
    names = {"P-256": "ES256", "Ed25519": "EdDSA"}
    checks = {
        f"{names[one.kind]} check": partial(public.verify, names[one.kind], signature, message)
        for one, public, signature in made
    }
    signs = {f"{names[one.kind]} signature": partial(one.sign, message) for one in both}
    table("The two algorithms of native passes, 64 bytes each", compare(checks | signs, rounds, calls))


def corridor(name: str, texts: list[Any], public: Any, trust: Trust, rounds: int, calls: int, at: float = NOW) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    scheme = ec.ECDSA(SHA256())
    opened = [envelope for text in texts if isinstance(envelope := formats.open_pass(text), Envelope)]
    taken, source, second = (
        cycle([(one.message, ecdsa_der(one.signature)) for one in opened]),
        cycle(texts),
        cycle(texts),
    )

    def floor() -> None:
        message, signature = next(taken)
        public.verify(signature, message, scheme)

    def whole() -> object:
        checked = verify.check(next(source), trust, at)
        return verify.decide((checked,), trust, AUTHENTIC, at, at)

    assert all(
        verify.decide((verify.check(one, trust, at),), trust, AUTHENTIC, at, at).reason is Reason.OK for one in texts
    )
    candidates: dict[str, Callable[[], object]] = {
        "bare ES256 verify, key and scheme made once": floor,
        f"{name}: text to verdict": whole,
        f"{name}: text to envelope": lambda: formats.open_pass(next(second)),
    }
    if name in LEAST:
        third = cycle(texts)
        candidates[f"{name}: the least there is to do"] = partial(_least, LEAST[name], third, public, scheme)
    if name == "shc":
        candidates["its strict JSON"] = lambda: json_strict.loads(opened[0].payload)
    title = (
        f"{name}, {len(texts)} distinct passes, {len(texts[0])} characters, {len(opened[0].payload)} bytes of payload"
    )
    table(title, compare(candidates, rounds, calls), {f"{name}: text to verdict": GOALS[name]} if name in GOALS else {})


def _least(taken_apart: Callable[[str], Parts], texts: "cycle[str]", public: Any, scheme: Any) -> None:
    message, signature, content, payload = taken_apart(next(texts))
    public.verify(ecdsa_der(signature), message, scheme)
    content(payload)


def _least_nzcp(text: str) -> Parts:
    signed = cose.split(base32.decode(text[8:].encode()))
    return signed.message, signed.signature, partial(cbor.decode, uuid=True), signed.payload


def _least_native(text: str) -> Parts:
    data = base45.decode(text[4:].encode())
    signed = cose.split(deflate.inflate(data, 4096, words=DICTIONARY) if data[:1] == b"\x78" else data)
    return signed.message, signed.signature, cbor.decode, signed.payload


def _least_shc(text: str) -> Parts:
    jws = numeric.decode(text[5:])
    header, body, signature = jws.split(b".")
    payload = deflate.inflate(base64url.decode(body), 262144, deflate.RAW)
    return jws[: len(header) + 1 + len(body)], base64url.decode(signature), json_strict.loads, payload


# What no verifier on these libraries can leave out, and nothing made of it: no key looked up, no claim looked at.
LEAST = {"nzcp": _least_nzcp, "native": _least_native, "native permit": _least_native, "shc": _least_shc}


def dispatch(passes: list[Any], rounds: int, calls: int) -> None:
    """Telling the formats apart, a signed pass first; a citizen's card is read by its fields, which costs a little."""
    texts = {str(formats.recognise(text)): text for text in passes} | STRANGERS
    candidates = {name: partial(formats.recognise, text) for name, text in texts.items()}
    figures = compare(candidates, rounds, calls * 10)
    table(f"Dispatch over all formats (goal: under {DISPATCH_GOAL} µs)", figures)


if __name__ == "__main__":
    main()
