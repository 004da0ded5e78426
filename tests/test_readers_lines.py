"""Lines from stdin and from scanners that type: what is stripped, what never is."""

import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoint.readers.lines import MOST_LINE_BYTES, WEDGE_ENDS, cleaned, joined, read_texts


class Pieces:
    """A stream that gives its bytes in the pieces in which they arrived."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = iter(pieces)
        self.given = 0

    def read1(self, size: int = -1, /) -> bytes:
        self.given += 1
        return next(self._pieces, b"")


def texts(data: bytes, **options: bytes) -> list[str | bytes]:
    return list(read_texts(io.BytesIO(data), **options))


def test_a_line_of_any_length_costs_bounded_memory_and_never_ends_as_a_shorter_pass() -> None:
    endless = Pieces(*[b"HC1:" + b"A" * 65_000] * 40, b"\nHC1:next\n")
    long, following = read_texts(endless)
    assert len(long) == MOST_LINE_BYTES > 4 * 7089
    assert following == "HC1:next"


def test_bytes_that_are_no_text_come_as_bytes_and_the_next_line_is_read() -> None:
    assert texts(b"\xff\xfe\x00\nHC1:A\n") == [b"\xff\xfe\x00", "HC1:A"]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n", b"\t\r\n", b""])
def test_only_line_ends_are_taken_off(end: bytes) -> None:
    assert texts(b"HC1: A B  " + end) == ["HC1: A B  "]


def test_spaces_at_the_start_are_kept() -> None:
    assert texts(b"  HC1:A") == ["  HC1:A"]


def test_nul_and_escape_inside_a_line_are_kept() -> None:
    assert texts(b"HC1:\x00\x1b[2J\x1d\n") == ["HC1:\x00\x1b[2J\x1d"]


def test_unicode_line_separators_do_not_split() -> None:
    assert texts("a\u2028b\x85c\x0bd\n".encode()) == ["a\u2028b\x85c\x0bd"]


def test_empty_lines_say_nothing() -> None:
    assert texts(b"\r\n\r\n\nA\n\n\r\rB") == ["A", "B"]
    assert texts(b"") == []


def test_a_byte_order_mark_is_dropped_at_the_start_only() -> None:
    assert texts(b"\xef\xbb\xbfHC1:A\xef\xbb\xbf\n") == ["HC1:A\ufeff"]


def test_a_wedge_may_end_a_code_with_tab() -> None:
    assert texts(b"HC1:A\tHC1:B\t", ends=WEDGE_ENDS) == ["HC1:A", "HC1:B"]
    assert texts(b"a\tb\t\n") == ["a\tb"]


@pytest.mark.parametrize("mark", ["]Q1", "]Q3", "]z0", "]d1", "]C0", "]e0"])
def test_an_aim_identifier_is_dropped(mark: str) -> None:
    assert cleaned(mark.encode() + b"HC1:A\\\\B") == "HC1:A\\\\B"


def test_with_an_escape_protocol_backslashes_come_back_single_and_character_sets_go() -> None:
    assert cleaned(rb']Q2\000026{"a":"\\u00e9"}') == r'{"a":"\u00e9"}'


@pytest.mark.parametrize("line", ["]", "]Q", "]Q1", "]]Q1", "a]Q1b", "]é1x", "[Q1x"])
def test_what_is_no_aim_identifier_before_a_code_stays(line: str) -> None:
    assert cleaned(line.encode()) == line


def test_only_one_aim_identifier_is_dropped() -> None:
    assert cleaned(b"]Q1]Q1x") == "]Q1x"


def test_chunks_of_one_pass_become_one_text_in_any_order() -> None:
    assert texts(b"shc:/3/3/30\nshc:/1/3/10\r\nshc:/2/3/20\nHC1:A\n") == [
        "shc:/3/3/30\nshc:/1/3/10\nshc:/2/3/20",
        "HC1:A",
    ]


def test_a_complete_set_is_handed_on_without_waiting_for_more() -> None:
    stream = Pieces(b"shc:/1/2/10\n", b"shc:/2/2/20\n", b"later\n")
    assert next(read_texts(stream)) == "shc:/1/2/10\nshc:/2/2/20"
    assert stream.given == 2


@pytest.mark.parametrize("other", ["HC1:A", "shc:/5676", "shc:/1/3/11"])
def test_another_text_ends_an_incomplete_set(other: str) -> None:
    assert list(joined(["shc:/1/2/10", other, "HC1:B"])) == ["shc:/1/2/10", other, "HC1:B"]


def test_two_people_one_after_the_other_stay_two() -> None:
    lines = ["shc:/1/2/10", "shc:/2/2/20", "shc:/1/2/11", "shc:/2/2/21"]
    assert list(joined(lines)) == ["\n".join(lines[:2]), "\n".join(lines[2:])]


def test_a_chunk_that_came_twice_counts_once_wherever_it_stands() -> None:
    one, two, three = lines = ["shc:/1/3/10", "shc:/2/3/20", "shc:/3/3/30"]
    whole = "\n".join(lines)
    assert list(joined([one, three, one])) == [f"{one}\n{three}"]
    for repeated in ([one, one, two, three], [one, two, one, three], [one, two, three, three], [*lines, two, one]):
        assert list(joined([*repeated, "HC1:A"])) == [whole, "HC1:A"], repeated
        assert list(joined(repeated)) == [whole], repeated
    assert list(joined([*lines, *lines])) == [whole, whole], "shown again as a whole it is judged again"
    assert list(joined([*lines, "HC1:A", one])) == [whole, "HC1:A", one]
    assert list(joined([*lines, one, "shc:/2/3/21"])) == [whole, f"{one}\nshc:/2/3/21"]


@pytest.mark.parametrize("line", ["shc:/1/1/10", "shc:/0/0/10", "shc:/9/2/10", "shc:/1/999/1", "shc:/1/2"])
def test_absurd_chunk_numbers_hold_nothing_up_for_ever(line: str) -> None:
    assert list(joined([line])) == [line]
    assert sum(len(text.split("\n")) for text in joined([line] * 250) if isinstance(text, str)) == 250


def test_an_incomplete_set_at_the_end_is_handed_on() -> None:
    assert list(joined(["shc:/1/3/10", b"\xff"])) == ["shc:/1/3/10", b"\xff"]
    assert list(joined(["shc:/1/3/10", "shc:/2/3/20"])) == ["shc:/1/3/10\nshc:/2/3/20"]


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=20))
def test_how_the_bytes_arrive_changes_nothing(data: bytes, cuts: list[int]) -> None:
    def pieces() -> Iterator[bytes]:
        rest = data
        for cut in cuts:
            yield from filter(None, [rest[:cut]])
            rest = rest[cut:]
        yield from filter(None, [rest])

    assert list(read_texts(Pieces(*pieces()))) == texts(data)


@given(st.text(alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", min_size=1, max_size=200))
def test_base45_arrives_unchanged(text: str) -> None:
    assert texts(text.encode() + b"\r\n") == [text]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\t", b"\r\n\t"])
@pytest.mark.parametrize("mark", [b"", b"]d1", b"]Q3"])
def test_the_last_bytes_of_a_binary_seal_are_its_signature_not_the_end_of_a_line(mark: bytes, end: bytes) -> None:
    for version in (b"\x02", b"\x03"):
        seal = b"\xdc" + version + b"\x00\xff]d1" + end
        assert cleaned(mark + seal) == seal
    assert cleaned("\xdcber\r\n".encode("latin-1")) == "\xdcber".encode("latin-1")
