"""A set of revoked ids in one file: exact, or no answer at all."""

import struct
import tracemalloc
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkpoint.trust import hash_build, hash_file
from checkpoint.trust.hash_build import Built
from checkpoint.trust.hash_file import HashFile
from checkpoint.trust.revocation import Hit, ListDamaged

KEYS = st.sets(st.binary(min_size=16, max_size=16), max_size=600)


def some(count: int, salt: str = "") -> list[bytes]:
    return [sha256(f"{salt}{number}".encode()).digest()[:16] for number in range(count)]


def built(keys: "set[bytes] | list[bytes]") -> tuple[bytes, Built]:
    file = BytesIO()
    about = hash_build.build(keys, file)
    return file.getvalue(), about


def opened(data: bytes, head: str | None) -> HashFile:
    return HashFile(lambda size, at: data[at : at + size], len(data), head)


@settings(deadline=None)
@given(KEYS, KEYS)
def test_it_holds_exactly_the_keys_it_was_made_of(inside: set[bytes], others: set[bytes]) -> None:
    data, about = built(inside)
    file = opened(data, about.head_sha256)
    assert (file.count, about.count, about.size) == (len(inside), len(inside), len(data))
    assert b"".join(file.buckets()) == b"".join(sorted(inside))
    assert {key for key in inside | others if key in file} == inside


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 399, 401, 5000])
def test_buckets_stay_short_whatever_the_size(count: int) -> None:
    keys = some(count)
    data, about = built(keys)
    file = opened(data, about.head_sha256)
    sizes = [len(bucket) // 16 for bucket in file.buckets()]
    assert sum(sizes) / len(sizes) <= hash_file.TARGET
    assert len(sizes) == 1 or sum(sizes) / len(sizes) > hash_file.TARGET / 2
    assert all(key in file for key in keys)
    assert not any(key in file for key in some(500, "other"))


def test_more_buckets_than_sorting_parts_are_cut_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = some(3000)
    expected, _ = built(keys)
    monkeypatch.setattr(hash_build, "_PART_BITS", 2)
    monkeypatch.setattr(hash_build, "_partitions", _in_four_parts)
    assert built(keys)[0] == expected


def _in_four_parts(keys: list[bytes]) -> dict[bytes, bytes]:
    return {bytes((0, part)): b"".join(sorted(key for key in keys if key[0] >> 6 == part)) for part in range(4)}


def test_the_same_set_is_the_same_file_whatever_order_it_came_in() -> None:
    keys = some(700)
    assert built(keys) == built([*reversed(keys), *keys])


def test_an_empty_list_answers_that_nothing_is_revoked() -> None:
    data, about = built([])
    file = opened(data, about.head_sha256)
    assert file
    assert file.count == 0
    assert file.find([("dcc-uci", bytes(16))], None) is None


def test_an_id_is_found_under_its_own_kind_alone(tmp_path: Path) -> None:
    path = tmp_path / "list.ckrv"
    value = some(1)[0]
    with path.open("w+b") as out:
        about = hash_build.build([hash_file.entry_key("dcc-uci", value)], out)
    file = HashFile.open(path, about.head_sha256, "de-dcc", 1e9, frozenset({"dcc-uci", "dcc-sig"}))
    assert (file.source, file.as_of) == ("de-dcc", 1e9)
    assert file.find([("pass_id", value), ("dcc-uci", value)], None) == Hit("dcc-uci")
    assert file.find([("dcc-sig", value)], None) is None
    assert HashFile.open(path, about.head_sha256, kinds=frozenset({"dcc-sig"})).find([("dcc-uci", value)]) is None


def test_the_key_of_an_entry_is_the_published_formula() -> None:
    assert hash_file.entry_key("dcc-uci", bytes(16)) == sha256(b"dcc-uci\0" + bytes(16)).digest()[:16]


def test_a_key_that_only_lies_across_two_keys_is_not_in_the_list() -> None:
    first, second = bytes(8) + b"\1" * 8, b"\0" * 7 + b"\2" * 9
    data, about = built([first, second])
    across = (b"".join(sorted((first, second))))[8:24]
    assert across not in opened(data, about.head_sha256)


def test_a_flipped_bit_in_a_bucket_is_no_answer() -> None:
    keys = some(1000)
    data, about = built(keys)
    at = data.index(sorted(keys)[500]) + 3
    file = opened(data[:at] + bytes((data[at] ^ 4,)) + data[at + 1 :], about.head_sha256)
    with pytest.raises(ListDamaged):
        file.find([("dcc-uci", _landing_in(file, sorted(keys)[500]))], None)


def _landing_in(file: HashFile, key: bytes) -> bytes:
    """An id whose key falls into the bucket of `key`."""
    shift = 32 - file.bits
    wanted = int.from_bytes(key[:4], "big") >> shift
    return next(
        value
        for value in some(100_000, "value")
        if int.from_bytes(hash_file.entry_key("dcc-uci", value)[:4], "big") >> shift == wanted
    )


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 40), st.data())
def test_every_flipped_bit_is_noticed_or_changes_no_answer(count: int, draw: st.DataObject) -> None:
    keys = some(count)
    data, about = built(keys)
    bit = draw.draw(st.integers(0, 8 * len(data) - 1))
    bad = bytearray(data)
    bad[bit // 8] ^= 1 << bit % 8
    asked = [*keys, *some(40, "other")]
    try:
        file = opened(bytes(bad), about.head_sha256)
    except ListDamaged:
        return
    for key in asked:
        try:
            answer = key in file
        except ListDamaged:
            continue
        assert answer == (key in keys)


def test_a_file_that_was_cut_off_is_refused_at_every_length() -> None:
    data, about = built(some(30))
    for size in range(len(data)):
        with pytest.raises(ListDamaged):
            opened(data[:size], about.head_sha256)


def test_a_file_that_shrinks_while_it_is_open_gives_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "list.ckrv"
    with path.open("w+b") as out:
        about = hash_build.build(some(10), out)
    file = HashFile.open(path, about.head_sha256)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ListDamaged):
        _ = some(1)[0] in file


def test_another_list_than_the_one_signed_is_refused() -> None:
    with pytest.raises(ListDamaged, match="signed"):
        opened(built(some(10))[0], built(some(11))[1].head_sha256)


@pytest.mark.parametrize(
    ("bits", "count", "pad"),
    [(0, 2**63, 0), (31, 10, 0), (2**32 - 1, 10, 0), (0, 2**64 - 1, 0), (22, 2**32 - 1, 0), (0, 10, 1), (1, 10, 0)],
)
def test_absurd_numbers_in_the_head_are_refused_before_anything_is_read(bits: int, count: int, pad: int) -> None:
    data = struct.pack("<8sIQI", b"CKRV1\0\0\0", bits, count, pad) + built(some(10))[0][24:]
    reads = []

    def read(size: int, at: int) -> bytes:
        reads.append(size)
        return data[at : at + size]

    tracemalloc.start()
    with pytest.raises(ListDamaged):
        HashFile(read, len(data), None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert reads == [24]
    assert peak < 100_000


@pytest.mark.parametrize("offsets", [(1, 50, 100, 150, 201), (0, 50, 100, 150, 200)])
def test_offsets_that_do_not_span_the_keys_are_refused(offsets: tuple[int, ...]) -> None:
    with pytest.raises(ListDamaged, match="span"):
        opened(with_offsets(offsets), None)


def test_buckets_whose_offsets_do_not_ascend_refuse_every_use_of_them() -> None:
    file = opened(with_offsets((0, 150, 100, 150, 201)), None)
    with pytest.raises(ListDamaged, match="ascend"):
        file.bucket(1)
    with pytest.raises(ListDamaged):
        file.read(150, 100)
    with pytest.raises(ListDamaged):
        list(file.buckets())


def test_a_bucket_larger_than_any_hash_makes_one_is_not_read() -> None:
    reads: list[int] = []

    def read(size: int, at: int) -> bytes:
        reads.append(size)
        return data[at : at + size]

    data = with_offsets((0, 0, 0, 201, 201))
    file = HashFile(read, len(data), None)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(hash_file, "MAX_BUCKET", 200)
        before = len(reads)
        with pytest.raises(ListDamaged, match="ascend"):
            file.bucket(2)
    assert len(reads) == before


def with_offsets(offsets: tuple[int, ...]) -> bytes:
    """A list of 201 keys in four buckets whose head says `offsets`."""
    data = bytearray(built(some(201))[0])
    assert data[8] == 2
    struct.pack_into("<5I", data, 24, *offsets)
    return bytes(data)


def test_only_keys_are_written() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        built([b"short"])


def test_where_positions_cannot_be_read_threads_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "list.ckrv"
    with path.open("w+b") as out:
        about = hash_build.build(some(300), out)
    monkeypatch.setattr(hash_file, "_HAS_PREAD", False)
    file = HashFile.open(path, about.head_sha256)
    assert all(key in file for key in some(300))
