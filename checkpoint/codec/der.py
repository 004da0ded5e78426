"""Just enough DER (X.690) to slice a certificate that the library refuses."""

from collections.abc import Iterator

from checkpoint.codec.errors import Malformed

INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, SEQUENCE, SET = 0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x31
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
MAX_OID = 64  # bytes; the longest in certificates has about 20, and a number without end is no OID
VERSION, EXTENSIONS = 0xA0, 0xA3  # context tags of a TBSCertificate, RFC 5280 section 4.1


def item(data: bytes, at: int = 0) -> tuple[int, int, int]:
    """(tag, start of the content, end) of the element at `at`; raises Malformed."""
    if at + 2 > len(data):
        raise Malformed("der: cut off")
    size, start = data[at + 1], at + 2
    if size >= 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4 or start + count > len(data):
            raise Malformed("der: length")
        size = int.from_bytes(data[start : start + count], "big")
        start += count
    if start + size > len(data):
        raise Malformed("der: cut off")
    return data[at], start, start + size


def children(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(tag, content, whole element) of every element in `data`, one after the other."""
    at = 0
    while at < len(data):
        tag, start, end = item(data, at)
        yield tag, data[start:end], data[at:end]
        at = end


def content(data: bytes, tag: int) -> bytes:
    """The content of the one element that `data` is, which must have `tag`."""
    found, start, end = item(data)
    if found != tag or end != len(data):
        raise Malformed("der: structure")
    return data[start:end]


def oid(content: bytes) -> str:
    """An OBJECT IDENTIFIER's content as dotted text (X.690 section 8.19)."""
    if len(content) > MAX_OID:
        raise Malformed("der: oid")
    numbers, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            numbers.append(value)
            value = 0
    if not numbers:
        raise Malformed("der: oid")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def sequence(content: bytes) -> bytes:
    """`content` as one SEQUENCE."""
    return wrap(SEQUENCE, content)


def wrap(tag: int, content: bytes) -> bytes:
    """`content` as one element with `tag`, its length as short as it can be (X.690 section 10.1)."""
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content
