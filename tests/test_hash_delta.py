"""From one list to the next by what changed: the signed result, or the base."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkpoint.trust import hash_delta
from checkpoint.trust.hash_delta import DeltaDamaged, DeltaGap, DeltaRefused
from checkpoint.trust.revocation import ListDamaged
from tests.test_hash_file import KEYS, built, opened, some


def delta_of(old: "set[bytes] | list[bytes]", new: "set[bytes] | list[bytes]") -> bytes:
    return hash_delta.make(opened(built(old)[0], None), opened(built(new)[0], None), 7, 8)


def applied(old: "set[bytes] | list[bytes]", delta: bytes) -> bytes:
    out = BytesIO()
    about = hash_delta.apply(opened(built(old)[0], None), hash_delta.parse(delta), out)
    opened(out.getvalue(), about.head_sha256)
    return out.getvalue()


@settings(deadline=None)
@given(KEYS, KEYS, KEYS)
def test_a_delta_leads_from_any_list_to_any_other(shared: set[bytes], gone: set[bytes], new: set[bytes]) -> None:
    old, now = shared | gone, (shared - gone) | new
    assert applied(old, delta_of(old, now)) == built(now)[0]


@pytest.mark.parametrize(("before", "after"), [(0, 3000), (3000, 0), (150, 2500), (2500, 150), (5000, 5010)])
def test_a_list_that_grows_or_shrinks_past_its_buckets_is_cut_anew(before: int, after: int) -> None:
    assert applied(some(before), delta_of(some(before), some(after))) == built(some(after))[0]


def test_a_revocation_that_is_taken_back_is_gone() -> None:
    keys = some(1000)
    result = applied(keys, delta_of(keys, keys[1:]))
    assert keys[0] not in opened(result, None)
    assert keys[1] in opened(result, None)


def test_a_delta_says_what_changed_and_no_more() -> None:
    keys = some(1000)
    delta = hash_delta.parse(delta_of(keys[:-2], keys[1:]))
    assert delta.adds == tuple(sorted(keys[-2:]))
    assert delta.removes == (keys[0],)
    assert (delta.from_version, delta.to_version) == (7, 8)


def test_a_delta_for_another_version_is_a_gap() -> None:
    first, second, third = some(100), some(101), some(102)
    with pytest.raises(DeltaGap):
        applied(first, delta_of(second, third))


def test_a_result_that_is_not_the_signed_one_is_not_believed() -> None:
    delta = bytearray(delta_of(some(100), some(120)))
    delta[80] ^= 1  # within the hash of the result
    with pytest.raises(DeltaDamaged, match="signed"):
        applied(some(100), bytes(delta))


def test_a_broken_old_list_does_not_pass_on_its_damage() -> None:
    delta = hash_delta.parse(delta_of(some(1000), some(1001)))
    data, about = built(some(1000))
    for at in (len(data) - 1, data.index(sorted(some(1000))[0])):
        bad = bytearray(data)
        bad[at] ^= 1
        with pytest.raises((DeltaDamaged, ListDamaged)):
            hash_delta.apply(opened(bytes(bad), about.head_sha256), delta, BytesIO())


@settings(deadline=None)
@given(st.data())
def test_every_flipped_bit_of_a_delta_is_refused_or_harmless(draw: st.DataObject) -> None:
    delta = bytearray(delta_of(some(50), some(55)[2:]))
    bit = draw.draw(st.integers(0, 8 * len(delta) - 1))
    delta[bit // 8] ^= 1 << bit % 8
    try:
        result = applied(some(50), bytes(delta))
    except DeltaRefused:
        return
    assert result == built(some(55)[2:])[0]


def test_a_delta_that_was_cut_off_is_refused_at_every_length() -> None:
    delta = delta_of(some(5), some(8))
    for size in range(len(delta)):
        with pytest.raises(DeltaDamaged):
            hash_delta.parse(delta[:size])
    with pytest.raises(DeltaDamaged):
        hash_delta.parse(delta + b"\0")


def test_absurd_numbers_are_refused() -> None:
    delta = bytearray(delta_of(some(5), some(8)))
    delta[24:32] = (2**63).to_bytes(8, "little")
    with pytest.raises(DeltaDamaged):
        hash_delta.parse(bytes(delta))


def test_keys_that_are_added_twice_are_refused() -> None:
    delta = bytearray(delta_of(some(5), some(7)))
    delta[-32:-16] = delta[-16:]
    with pytest.raises(DeltaDamaged, match="ascend"):
        hash_delta.parse(bytes(delta))


def test_the_shortest_way_over_the_deltas_is_taken_and_a_gap_is_told() -> None:
    offered = [(1, 2), (2, 3), (3, 4), (1, 3), (4, 5), (4, 3)]
    assert hash_delta.chain(1, 4, offered) == [(1, 3), (3, 4)]
    assert hash_delta.chain(4, 4, offered) == []
    for have, wanted in ((1, 6), (5, 4), (0, 2)):
        with pytest.raises(DeltaGap):
            hash_delta.chain(have, wanted, offered)
