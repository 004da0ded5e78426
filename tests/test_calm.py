"""At rest a station looks at fewer frames, and at every one as soon as anything in the picture changes."""

import numpy as np
import pytest
from kiosk_camera import blank, held_up

from checkpoint.readers.calm import CALM_SECONDS, LOOKED_AT, Calm
from checkpoint.readers.hints import HOLD
from checkpoint.readers.live import LiveCamera
from checkpoint.readers.opencv import Grey, grey_of
from checkpoint.readers.region import RegionFirst
from tests.test_readers_live import TEXT

FRAME = 1 / 15
ROOM = grey_of(blank())


def grainy(seed: int, base: Grey = ROOM, light: float = 0.0) -> Grey:
    grain = np.random.default_rng(seed).normal(light, 3.0, base.shape)
    return np.clip(base + grain, 0, 255).astype(np.uint8)


def settled(calm: Calm) -> float:
    """The time at which `calm` has watched the empty room for long enough."""
    now = 0.0
    while now < CALM_SECONDS + FRAME:
        calm.passes_over(grainy(int(now * 100)), now)
        now += FRAME
    return now


def test_every_frame_is_looked_at_until_the_picture_has_stood_still_for_a_while() -> None:
    calm = Calm()
    assert not any(calm.passes_over(grainy(one), one * FRAME) for one in range(int(CALM_SECONDS / FRAME)))


def test_at_rest_one_frame_in_four_is_looked_at_and_grain_is_no_change() -> None:
    calm = Calm()
    now = settled(calm)
    passed = [calm.passes_over(grainy(1000 + one), now + one * FRAME) for one in range(40)]
    assert passed.count(False) == 40 // LOOKED_AT
    assert all(not all(passed[start : start + LOOKED_AT]) for start in range(0, 40, LOOKED_AT))


@pytest.mark.parametrize("side", [60, 120, 600])
def test_whoever_holds_something_up_is_looked_at_in_that_very_frame(side: int) -> None:
    calm = Calm()
    now = settled(calm)
    frame = grainy(5)
    frame[60 : 60 + side, 500 : 500 + side] = grey_of(held_up(TEXT))[60 : 60 + side, 340 : 340 + side]
    calm.passes_over(grainy(6), now)
    assert not calm.passes_over(frame, now + FRAME)
    assert not calm.passes_over(frame, now + 2 * FRAME)


def test_a_light_that_is_switched_on_is_a_change_and_a_lamp_that_hums_is_none() -> None:
    calm = Calm()
    now = settled(calm)
    hums = [calm.passes_over(grainy(one, light=2.0 * (one % 2)), now + one * FRAME) for one in range(12)]
    assert any(hums)
    assert not calm.passes_over(grainy(1, light=30.0), now + 1)


def test_what_was_read_keeps_it_awake_though_it_does_not_move() -> None:
    calm = Calm()
    now = settled(calm)
    calm.disturbed(now)
    assert not any(calm.passes_over(grainy(one), now + one * FRAME) for one in range(int(CALM_SECONDS / FRAME)))


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (1, 1), (7, 2000)])
def test_a_frame_of_any_shape_is_no_error(shape: tuple[int, int]) -> None:
    assert not Calm().passes_over(np.zeros(shape, np.uint8), 0.0)


def test_a_frame_of_another_size_is_compared_all_the_same() -> None:
    calm = Calm()
    now = settled(calm)
    assert RegionFirst().decode(grey_of(held_up(TEXT))), "the picture of this test can be read"
    assert not calm.passes_over(np.full((90, 160), 250, np.uint8), now)


def test_a_camera_at_rest_shows_fewer_pictures_and_the_first_frame_with_a_code_is_read() -> None:
    clock, frames = iter(one * FRAME for one in range(10_000)), [grainy(one) for one in range(4)]
    shown = np.dstack([grey_of(held_up(TEXT))] * 3)
    reader = LiveCamera("0", clock=lambda: next(clock))
    looks = [reader._looked(np.dstack([frames[one % 4]] * 3)) for one in range(120)]
    pictures = [look.picture is not None for look in looks]
    assert all(pictures[:40])
    assert pictures[80:].count(True) == 40 // LOOKED_AT
    assert [code.text for code in reader._looked(shown).codes] == [TEXT]


def test_a_code_that_lies_still_before_the_camera_is_read_in_every_frame() -> None:
    clock = iter(one * FRAME for one in range(10_000))
    shown = np.dstack([grey_of(held_up(TEXT))] * 3)
    reader = LiveCamera("0", clock=lambda: next(clock))
    assert all(reader._looked(shown).codes for _ in range(80))


def test_a_code_that_does_not_read_is_hinted_at_for_as_long_as_it_is_there() -> None:
    clock = iter(one * FRAME for one in range(10_000))
    reader = LiveCamera("0", clock=lambda: next(clock))
    reader._trouble.of = lambda _: HOLD  # type: ignore[method-assign]
    looks = [reader._looked(np.dstack([ROOM] * 3)) for _ in range(80)]
    assert all(look.hint == HOLD for look in looks[3:])
    assert all(look.picture is not None for look in looks)
