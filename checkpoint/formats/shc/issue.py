"""Making a SMART Health Card: the same steps as reading one, the other way round (for demonstrations and tests)."""

import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from checkpoint.codec import base64url, numeric
from checkpoint.formats.shc.chunks import HEAD


def issue(claims: Mapping[str, Any], kid: str, sign: Callable[[bytes], bytes]) -> str:
    """The text of a card: `claims` signed by `sign` (raw r‖s), minified and deflated as the framework asks."""
    return text_of(jws({"zip": "DEF", "alg": "ES256", "kid": kid}, encoded(claims), sign))


def encoded(value: Any) -> bytes:
    """`value` as minified JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def jws(header: Any, payload: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """A compact JWS over `payload`, deflated; nothing is checked, so that tests can make what no issuer would."""
    return signed(header if isinstance(header, bytes) else encoded(header), deflated(payload), sign)


def signed(header: bytes, body: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """A compact JWS over the bytes given."""
    message = base64url.encode(header) + b"." + base64url.encode(body)
    return message + b"." + base64url.encode(sign(message))


def deflated(payload: bytes) -> bytes:
    """`payload` in raw DEFLATE (RFC 1951)."""
    stream = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return stream.compress(payload) + stream.flush()


def text_of(card: bytes) -> str:
    """A JWS as the text of one code."""
    return HEAD + numeric.encode(card)


def chunks_of(card: bytes, count: int) -> list[str]:
    """A JWS as the texts of `count` codes."""
    size = -(-len(card) // count)
    parts = [card[start : start + size] for start in range(0, len(card), size)]
    return [f"{HEAD}{number}/{len(parts)}/{numeric.encode(part)}" for number, part in enumerate(parts, 1)]
