"""Making a DIVOC certificate: the same steps as reading one, the other way round (for demonstrations and tests)."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from checkpoint.codec import base64url, jsonld, zip_file
from checkpoint.formats.divoc.vocabulary import CONTEXTS, SECURITY

Sign = Callable[[bytes], bytes]


def signed(document: Mapping[str, Any], proof: Mapping[str, Any], algorithm: str, sign: Sign) -> dict[str, Any]:
    """`document` with `proof` in it, signed by `sign`."""
    contexts = jsonld.Context(CONTEXTS)
    header = base64url.encode(encoded({"alg": algorithm, "b64": False, "crit": ["b64"]}))
    statements = [contexts.canonical(one).encode() for one in ({"@context": SECURITY, **proof}, document)]
    message = header + b"." + b"".join(sha256(one).digest() for one in statements)
    jws = header + b".." + base64url.encode(sign(message))
    return {**document, "proof": {**proof, "jws": jws.decode("ascii")}}


def encoded(value: Any) -> bytes:
    """`value` as JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def archive(certificate: Any, name: bytes = b"certificate.json", *, streamed: bool = True) -> bytes:
    """A signed certificate as the bytes of its code; nothing is checked, so that tests can make what none would."""
    content = certificate if isinstance(certificate, bytes) else encoded(certificate)
    return zip_file.build(name, content, streamed=streamed)


def text_of(data: bytes) -> str:
    """An archive as the text of a code."""
    return "B64:" + b64encode(data).decode("ascii")
