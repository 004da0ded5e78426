"""Makes docs/formats/native-pass-vectors.json: passes with published throw-away keys, and the verdict of each.

    python docs/make_native_vectors.py

ECDSA signatures differ from run to run, and a second run writes others that hold as well.
"""

import json
import sys
import zlib
from base64 import b64encode, urlsafe_b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from checkpoint.codec import base45, cbor, cose, signing
from checkpoint.formats.native import PASS, PREFIX
from checkpoint.formats.native.issue import text_of

OUT = Path(__file__).parent / "formats" / "native-pass-vectors.json"
D = int.from_bytes(urlsafe_b64decode("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI="), "big")  # RFC 7515 appendix A.3.1
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")  # RFC 8032 section 7.1, test 1
P256, ED25519 = ec.derive_private_key(D, ec.SECP256R1()), ed25519.Ed25519PrivateKey.from_private_bytes(SEED)
AT = 1_650_000_000  # 2022-04-15T05:20:00Z, 12:20 in Viet Nam, a Friday
DAY = 86400
HOLDER = {1: "Nguyễn Thị Bảo Duy", 2: 19831010, 3: "079083000123"}
SCOPES: dict[int, dict[int, Any]] = {
    1: {
        1: "Nhân viên y tế",
        2: "TP. Hồ Chí Minh",
        3: "Quận 7 – Phạm Hùng – Quận 5",
        4: "59-X1 123.45",
        5: [420, [330, 1080, 63]],
    },
    2: {1: 1, 2: 1, 3: AT - DAY, 4: "Viện Pasteur TP. Hồ Chí Minh"},
    3: {1: 1},
    4: {1: "Đêm nhạc", 3: AT + DAY, 4: "B12"},
    5: {1: "Bệnh viện Chợ Rẫy", 2: "Điều dưỡng"},
}


def said(kind: int = 3, **changes: Any) -> dict[int, Any]:
    numbers = {"kind": 0, "number": 1, "holder": 2, "scope": 3, "place": 4}
    found = {"kind": kind, "number": "HCM-0012345", "holder": HOLDER, "scope": SCOPES[kind], "place": [1408, 7]}
    return {numbers[name]: one for name, one in (found | changes).items() if one is not None}


def claims(content: Any = None, **changes: Any) -> dict[int, Any]:
    numbers = {"iss": 1, "exp": 4, "nbf": 5, "iat": 6, "cti": 7}
    found = {"iss": "hcm.example", "exp": AT + 30 * DAY, "nbf": AT - DAY, "iat": AT - DAY, "cti": bytes(range(8))}
    found |= changes
    return {numbers[name]: one for name, one in found.items() if one is not None} | {
        PASS: said() if content is None else content
    }


def kid(key: Any) -> bytes:
    return sha256(signing.public_der(key)).digest()[:8]


def signed(found: Any, key: Any = P256, alg: int | None = None, unprotected: bytes = b"\xa0") -> bytes:
    number = alg if alg is not None else -7 if key is P256 else -8
    protected, payload = cbor.encode({1: number, 4: kid(key)}), cbor.encode(found)
    unsigned = cose.Sign1(protected, unprotected, payload, b"")
    return cose.build(protected, unprotected, payload, signing.sign(key, unsigned.message), tagged=False)


def made() -> list[dict[str, Any]]:
    """Every vector: name, text, the time it is judged for, whether the key's record names a list, reason."""
    good = signed(claims())
    forged = good.replace(b"HCM-0012345", b"HCM-0012346")
    later = said() | {9: "of a later edition"}
    texts: list[tuple[str, str, int, str]] = [
        *((f"kind {kind}", text_of(signed(claims(said(kind)))), AT, "ok") for kind in SCOPES),
        ("Ed25519", text_of(signed(claims(said(1)), ED25519)), AT, "ok"),
        ("not compressed", PREFIX + base45.encode(good), AT, "ok"),
        ("compressed without the dictionary", PREFIX + base45.encode(zlib.compress(good)), AT, "ok"),
        ("a ticket for whoever brings it", text_of(signed(claims(said(4, holder=None)))), AT, "ok"),
        ("without nbf", text_of(signed(claims(nbf=None))), AT, "ok"),
        ("a field of a later edition", text_of(signed(claims(later))), AT, "ok"),
        ("the last second", text_of(good), AT + 30 * DAY - 1, "ok"),
        ("at exp", text_of(good), AT + 30 * DAY, "expired"),
        ("before nbf", text_of(good), AT - DAY - 1, "not_yet_valid"),
        ("a permit outside its hours", text_of(signed(claims(said(1)))), AT + 6 * 3600, "not_yet_valid"),
        ("a changed number", text_of(forged), AT, "signature_invalid"),
        ("EdDSA said, P-256 signed", text_of(signed(claims(), alg=-8)), AT, "signature_invalid"),
        ("another issuer's name", text_of(signed(claims(iss="hanoi.example"))), AT, "issuer_unknown"),
        ("a demonstration", text_of(signed(claims(iss="demo:hcm"))), AT, "demo_pass"),
        ("COSE tag 18", PREFIX + base45.encode(b"\xd2" + good), AT, "damaged"),
        ("unsigned header", text_of(signed(claims(), unprotected=b"\xa1\x04\x41\x00")), AT, "damaged"),
        ("bytes behind", text_of(good + b"\0"), AT, "damaged"),
        ("a name in NFD", text_of(signed(claims(said(holder={1: "Nguye\u0302\u0303n"})))), AT, "malformed"),
        ("without a number", text_of(signed(claims(said(number=None)))), AT, "malformed"),
        ("a kind that is none", text_of(signed(claims(said() | {0: 6}))), AT, "malformed"),
        ("exp as a float", text_of(signed(claims(exp=float(AT + DAY)))), AT, "malformed"),
    ]
    found = [{"name": name, "text": text, "at": at, "list": False, "reason": why} for name, text, at, why in texts]
    placeless = text_of(signed(claims(said(place=None))))
    found.append({"name": "no place, no list", "text": placeless, "at": AT, "list": False, "reason": "ok"})
    found.append({"name": "no place, a list", "text": placeless, "at": AT, "list": True, "reason": "malformed"})
    revoked = text_of(signed(claims(said(place=[1408, 8]))))
    found.append({"name": "revoked: 8 in the list 1408", "text": revoked, "at": AT, "list": True, "reason": "revoked"})
    missing = text_of(signed(claims(said(place=[1409, 8]))))
    found.append(
        {"name": "a list that is not there", "text": missing, "at": AT, "list": True, "reason": "revocation_missing"}
    )
    return found


def main() -> None:
    spki = {"P-256": signing.public_der(P256), "Ed25519": signing.public_der(ED25519)}
    keys = {
        name: {"kid": b64encode(sha256(one).digest()[:8]).decode(), "spki": b64encode(one).decode()}
        for name, one in spki.items()
    }
    about = "docs/formats/native-pass.md, section 9; throw-away keys of RFC 7515 appendix A.3 and RFC 8032 section 7.1"
    status = {"number": 1408, "size": 16, "revoked": [8]}
    whole = {"about": about, "issuer": "hcm.example", "keys": keys, "status_list": status, "vectors": made()}
    OUT.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", "utf-8")
    sys.stdout.write(f"{OUT}: {len(whole['vectors'])} vectors\n")


if __name__ == "__main__":
    main()
