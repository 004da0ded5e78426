"""Base64url without padding (RFC 7515 section 2), strict: one text for each value, so that nothing can be rewritten."""

from binascii import Error, a2b_base64, b2a_base64

from checkpoint.codec.errors import Malformed

_TO_PLAIN = bytes.maketrans(b"-_+/=", b"+/!!!")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_PADDING = {0: b"", 2: b"==", 3: b"="}
# The last character carries 4 or 2 bits that stand for nothing: they are 0 (RFC 4648 section 3.5).
_LAST = {0: frozenset(range(256)), 2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}


def decode(text: bytes) -> bytes:
    """The bytes that `text` stands for; raises Malformed."""
    rest = len(text) % 4
    if rest == 1 or not text or text[-1] not in _LAST[rest]:
        raise Malformed("base64url")
    try:
        return a2b_base64(text.translate(_TO_PLAIN) + _PADDING[rest], strict_mode=True)
    except Error:
        raise Malformed("base64url") from None


def encode(data: bytes) -> bytes:
    """`data` in base64url."""
    return b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL)
