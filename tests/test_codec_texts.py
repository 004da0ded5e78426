"""The byte tools of cards and passes: one text for one value, against the standard library's slow readers."""

import base64
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoint.codec import base32, base64url, json_strict, numeric
from checkpoint.codec.errors import Malformed
from checkpoint.formats.shc.issue import encoded
from tests.card_issuers import card


@given(st.binary(min_size=1))
def test_base32_reads_what_the_standard_library_writes(data: bytes) -> None:
    padded = base64.b32encode(data)
    assert base32.decode(padded) == base32.decode(padded.rstrip(b"=")) == data
    assert base32.encode(data).encode() == padded.rstrip(b"=")


@given(st.text(alphabet="ABCXYZ234567=18a _-", min_size=1, max_size=40))
def test_base32_takes_nothing_that_the_standard_library_refuses(text: str) -> None:
    try:
        found = base32.decode(text.encode())
    except Malformed:
        return
    bare = text.rstrip("=")
    assert base64.b32decode(bare + "=" * (-len(bare) % 8)) == found
    assert base32.encode(found) == bare, "one text for one value"


@given(st.binary(min_size=1))
def test_base64url_reads_what_the_standard_library_writes(data: bytes) -> None:
    text = base64.urlsafe_b64encode(data).rstrip(b"=")
    assert base64url.decode(text) == data
    assert base64url.encode(data) == text


@given(st.binary(max_size=24))
def test_base64url_has_one_text_for_one_value(text: bytes) -> None:
    try:
        found = base64url.decode(text)
    except Malformed:
        return
    assert base64url.encode(found) == text


@given(st.binary(max_size=200))
def test_digits_have_one_text_for_one_value(data: bytes) -> None:
    characters = bytes(45 + byte % 78 for byte in data)
    assert numeric.decode(numeric.encode(characters)) == characters


@given(st.text(alphabet="0123456789 \n١xA", max_size=12))
def test_digits_that_are_read_are_written_the_same(text: str) -> None:
    try:
        found = numeric.decode(text)
    except Malformed:
        return
    assert numeric.encode(found) == text


VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


@given(VALUES)
def test_json_is_read_as_the_standard_library_reads_it(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1), encoded_safely(value)):
        try:
            data = text.encode()
        except UnicodeEncodeError:
            continue
        try:
            found = json_strict.loads(data)
        except Malformed:
            assert any(len(part) > json_strict.MAX_DIGITS for part in text.replace(",", " ").split()) or "[" * 3 in text
            continue
        assert found == json.loads(text)


def encoded_safely(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("depth", [1, 31, 32, 33, 500])
@pytest.mark.parametrize("around", ['"x"', '"]["', '"\\"]"', "1"])
def test_depth_is_counted_exactly_where_strings_look_balanced(depth: int, around: str) -> None:
    """The brackets in these strings pair up with the real ones, so that nothing seems to be nested at all."""
    data = ('["]",' * depth + around + ',"["]' * depth).encode()
    if depth <= json_strict.MAX_DEPTH:
        assert json_strict.loads(data) == json.loads(data)
    else:
        with pytest.raises(Malformed):
            json_strict.loads(data)


@pytest.mark.parametrize("depth", [1, 31, 32, 33, 500])
@pytest.mark.parametrize("around", ['"x"', '"]["', '"\\"]"', "1"])
def test_depth_is_counted_exactly_whatever_stands_in_strings(depth: int, around: str) -> None:
    data = ("[" * depth + around + "]" * depth).encode()
    if depth <= json_strict.MAX_DEPTH:
        assert json_strict.loads(data) == json.loads(data)
    else:
        with pytest.raises(Malformed):
            json_strict.loads(data)


class Odd:
    """A fast reader that cannot be trusted: it keeps the last of equal names, as most do."""

    @staticmethod
    def loads(data: bytes) -> Any:
        return json.loads(data)

    @staticmethod
    def dumps(value: Any) -> bytes:
        return encoded(value)


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_strict, "_fast", lambda: Odd)
    monkeypatch.setattr(json_strict, "FAST_FROM", 0)


TRAPS = [b'{"a":1,"a":1}', b'{"a":{"b":1,"b":2}}', b'{"a":1e999}', b"{", b'{"a":1}x', b'{"a":1}{"a":1}', b"\xff"]
STRICT_TRAPS = [b'{"a":NaN}', b"[" + b"9" * 60 + b"]", b'["\\ud800"]']  # what only a lenient reader would write again


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("data", TRAPS)
def test_the_fast_reader_is_never_believed_against_the_exact_one(data: bytes) -> None:
    with pytest.raises(Malformed):
        json_strict.loads(data)


@pytest.mark.parametrize("data", [*TRAPS, *STRICT_TRAPS])
def test_the_reader_that_is_really_used_takes_none_of_the_traps(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_strict, "FAST_FROM", 0)
    with pytest.raises(Malformed):
        json_strict.loads(data)


@pytest.mark.usefixtures("fast")
def test_the_fast_reader_gives_what_the_exact_one_gives() -> None:
    data = encoded(card())
    assert json_strict.loads(data) == json.loads(data)
    assert json_strict.loads(json.dumps(card(), indent=2).encode()) == json.loads(data)


def test_mutated_cards_are_read_alike_with_the_fast_reader_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    chance, data = random.Random(5), encoded(card())

    def outcome(mutated: bytes) -> Any:
        try:
            return json_strict.loads(mutated)
        except Malformed:
            return Malformed

    for _ in range(4000):
        at = chance.randrange(len(data))
        mutated = data[:at] + bytes((chance.choice(b'{}[]",:0e\\ \x00\xff'),)) + data[at + chance.randrange(2) :]
        monkeypatch.setattr(json_strict, "FAST_FROM", 0)
        quick = outcome(mutated)
        monkeypatch.setattr(json_strict, "FAST_FROM", 1 << 60)
        assert quick == outcome(mutated)
