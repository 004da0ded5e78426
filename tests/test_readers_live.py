"""Live frames: the cascade within one frame time, and frames that are none."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import zxingcpp
from rendered import Frame, frame_with, qr, turned

from bench.frames import frame as simulated
from checkpoint.readers import decode, read
from checkpoint.readers import search as search_room
from checkpoint.readers.code import Code
from checkpoint.readers.decode import LiveDecoder
from checkpoint.readers.search import MOST_STRAIGHTENED, Search
from checkpoint.readers.stages import BASE, EVERY_FRAME, IN_TURN, Stage
from checkpoint.readers.zxing import QR, Sighting, look

TEXT = "HC1:" + "6BFOXN*TS0BI$ZD-PHQ7I9AD66V5B22CH9M9ESI9XBHXK-%69LQOGI.*V76GCV4*XUA2P-FHT-HNTI4L6N$Q%UG" * 3


def patient() -> LiveDecoder:
    """A decoder that no busy test machine can hurry."""
    return LiveDecoder(math.inf)


class Clock:
    """Time that passes only where a stage says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Recorder:
    """Notes which stages run; each takes `cost` seconds and reads what `finds` gives it."""

    def __init__(self, clock: Clock, cost: Callable[[Stage], float], finds: Callable[[Stage], list[Code]]) -> None:
        self.clock, self.cost, self.finds = clock, cost, finds
        self.ran: list[str] = []

    def run(self, search: Search, stage: Stage) -> None:
        self.ran.append(stage.name)
        self.clock.now += self.cost(stage)
        search.codes += self.finds(stage)

    def frame(self, live: LiveDecoder) -> list[str]:
        self.ran.clear()
        live.decode(np.zeros((90, 160), np.uint8))
        return list(self.ran)


def recorded(
    monkeypatch: pytest.MonkeyPatch, cost: float = 0.001, finds: Callable[[Stage], list[Code]] = lambda _stage: []
) -> tuple[Recorder, LiveDecoder]:
    clock = Clock()
    recorder = Recorder(clock, lambda _stage: cost, finds)
    monkeypatch.setattr(Search, "run", lambda search, stage: recorder.run(search, stage))
    return recorder, LiveDecoder(0.033, clock)


@pytest.mark.parametrize(
    "shape", [(0, 0), (0, 5, 3), (720, 0, 3), (1, 1), (7, 2000), (2000, 3, 3), (3, 3, 1), (9, 90_000)]
)
def test_a_frame_too_small_for_a_code_has_none(shape: tuple[int, ...]) -> None:
    assert patient().decode(np.zeros(shape, np.uint8)) == []


@pytest.mark.parametrize("shape", [(), (5,), (5, 5, 2), (5, 5, 5), (2, 5, 5, 3)])
def test_what_has_no_shape_of_a_picture_is_a_value_error(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="not a picture"):
        patient().decode(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("dtype", ["O", "U3", "complex128", "M8[s]"])
def test_what_holds_no_numbers_is_a_value_error(dtype: str) -> None:
    with pytest.raises(ValueError, match="not a picture"):
        patient().decode(np.zeros((90, 90), dtype))


@pytest.mark.parametrize(
    "frame",
    [
        qr(TEXT),
        qr(TEXT)[:, :, None],
        np.dstack([qr(TEXT)] * 3),
        np.dstack([qr(TEXT)] * 4),
        qr(TEXT) > 0,
        qr(TEXT).astype(np.uint16) * 256,
        qr(TEXT).astype(np.int64),
        qr(TEXT).astype(np.float32),
        np.asfortranarray(qr(TEXT)),
        np.repeat(np.repeat(qr(TEXT), 2, 0), 2, 1)[::2, ::2],
        np.dstack([qr(TEXT)] * 3)[::-1, ::-1],
    ],
    ids=["grey", "one channel", "BGR", "BGRA", "bool", "16 bit", "int64", "float", "fortran", "strided", "backwards"],
)
def test_every_layout_and_number_type_of_a_frame_is_read(frame: Frame) -> None:
    assert [code.text for code in patient().decode(frame)] == [TEXT]


def test_floats_that_are_no_numbers_do_no_harm() -> None:
    assert patient().decode(np.full((90, 90), np.nan)) == []


def test_a_frame_that_may_not_be_written_is_read() -> None:
    frame = frame_with(qr(TEXT, px=5))
    frame.setflags(write=False)
    assert read(frame)[0].text == TEXT


@pytest.mark.parametrize("seed", range(4))
def test_noise_has_no_code(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (480, 640), np.uint8)
    live = patient()
    assert [live.decode(noise) for _ in IN_TURN] == [[]] * len(IN_TURN)


def wall_of_finder_patterns() -> Frame:
    finder = np.zeros((9, 9), np.uint8)
    finder[1:8, 1:8], finder[2:7, 2:7], finder[3:6, 3:6] = 255, 0, 255
    return 255 - np.tile(np.kron(finder, np.ones((3, 3), np.uint8)), (26, 47))


def test_a_wall_of_finder_patterns_has_no_code() -> None:
    assert patient().decode(wall_of_finder_patterns()) == []


def test_of_many_located_symbols_only_a_few_are_straightened(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    corners = ((0, 0), (50, 0), (50, 50), (0, 50))
    monkeypatch.setattr(search_room, "look", lambda *_: Sighting((), (corners,) * 200))
    monkeypatch.setattr(Search, "_straighten", lambda _search, corners, _stage: tried.append(corners) or False)
    Search(np.zeros((90, 90), np.uint8)).run(BASE)
    assert len(tried) == MOST_STRAIGHTENED


def test_a_located_symbol_that_is_not_read_keeps_the_search_going(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Sighting((Code(b"decoy", "QRCode"),), (((0, 0), (50, 0), (50, 50), (0, 50)),))
    looks: list[object] = []
    monkeypatch.setattr(search_room, "look", lambda *seen: looks.append(seen) or found)
    monkeypatch.setattr(Search, "_straighten", lambda *_: False)
    assert [code.text for code in patient().decode(np.zeros((90, 90), np.uint8))] == ["decoy"]
    assert len(looks) == 2 + len(EVERY_FRAME)


def test_a_steeply_tilted_dense_code_is_straightened() -> None:
    gained = 0
    for index in range(40):
        shot = simulated("steep", np.random.default_rng((11, index)))
        plain = look(decode.grey_of(shot.pixels), QR)
        search = Search(decode.grey_of(shot.pixels))
        search.run(BASE)
        gained += not plain.codes and bool(search.codes)
        assert {code.text for code in search.codes} <= {shot.text}
    assert gained


def test_all_symbols_of_a_frame_are_offered() -> None:
    codes = patient().decode(frame_with(qr("decoy"), qr(TEXT)))
    assert {code.text for code in codes} == {"decoy", TEXT}


@pytest.mark.parametrize("degrees", [20, 90, 160, 301])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_turned_or_inverted_code_is_read(degrees: float, inverted: bool) -> None:
    symbol = turned(qr(TEXT, px=4), degrees)
    frame = frame_with(255 - symbol if inverted else symbol)
    assert [code.text for code in patient().decode(frame)] == [TEXT]


def test_a_mirrored_code_is_read() -> None:
    assert patient().decode(frame_with(qr(TEXT)[:, ::-1]))[0].text == TEXT


@pytest.mark.parametrize("symbology", [zxingcpp.AztecCode, zxingcpp.DataMatrix], ids=["Aztec", "DataMatrix"])
def test_other_symbologies_are_read_when_their_turn_comes(symbology: zxingcpp.BarcodeFormat) -> None:
    frame = frame_with(np.array(zxingcpp.create_barcode("in turn", symbology).to_image(scale=6)))
    live = patient()
    assert "in turn" in [code.text for _ in IN_TURN for code in live.decode(frame)]


@pytest.mark.parametrize("category", ["low light", "moire", "low contrast"])
def test_the_cascade_reads_what_one_call_does_not(category: str) -> None:
    gained = 0
    for index in range(12):
        shot = simulated(category, np.random.default_rng((7, index)))
        search = Search(decode.grey_of(shot.pixels))
        search.run(BASE)
        texts = [code.text for code in patient().decode(shot.pixels)]
        gained += not search.codes and shot.text in texts
        assert set(texts) <= {shot.text}
    assert gained


def test_corners_are_in_pixels_of_the_frame_whatever_its_size() -> None:
    large = np.full((2160, 3840), 255, np.uint8)
    symbol = qr(TEXT, px=8)
    large[500 : 500 + len(symbol), 2000 : 2000 + len(symbol)] = symbol
    (code,) = patient().decode(large)
    assert code.corners[0] == pytest.approx((2032, 532), abs=6)
    assert code.module_px == pytest.approx(8, abs=0.4)


@pytest.mark.parametrize("stage", [*EVERY_FRAME, *IN_TURN], ids=lambda stage: stage.name)
def test_every_stage_says_where_the_code_is_in_the_frame(stage: Stage) -> None:
    kind = {"aztec": zxingcpp.AztecCode, "data matrix": zxingcpp.DataMatrix}.get(stage.name, zxingcpp.QRCodeModel2)
    symbol = np.array(zxingcpp.create_barcode("HC1:" + "A" * 40, kind).to_image(scale=8))
    frame = np.full((480, 640), 230, np.uint8)
    frame[100 : 100 + symbol.shape[0], 300 : 300 + symbol.shape[1]] = symbol
    search = Search(frame)
    search.run(stage)
    (code,) = search.codes
    xs, ys = zip(*code.corners, strict=True)
    assert 295 <= min(xs) <= max(xs) <= 305 + symbol.shape[1]
    assert 95 <= min(ys) <= max(ys) <= 105 + symbol.shape[0]


def test_qr_is_looked_for_in_every_frame_and_each_other_stage_within_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, live = recorded(monkeypatch)
    rounds = [recorder.frame(live) for _ in IN_TURN]
    always = ["base", *(stage.name for stage in EVERY_FRAME)]
    assert all(ran[:-1] == always for ran in rounds)
    assert [ran[-1] for ran in rounds] == [stage.name for stage in IN_TURN]


def test_no_stage_begins_that_would_not_end_within_the_frame_time(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, live = recorded(monkeypatch, cost=0.010)
    spent = []
    for _ in range(20):
        before = recorder.clock.now
        recorder.frame(live)
        spent.append(recorder.clock.now - before)
    assert max(spent[2:]) <= 0.033


def test_on_a_slow_machine_every_stage_still_gets_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, live = recorded(monkeypatch, cost=0.1)
    ran = [recorder.frame(live) for _ in range(60)]
    assert all(names[0] == "base" and len(names) == 2 for names in ran)
    assert {name for names in ran for name in names} == {stage.name for stage in (BASE, *EVERY_FRAME, *IN_TURN)}


def test_the_search_stops_at_a_new_code(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, live = recorded(monkeypatch, finds=lambda stage: [Code(b"new", "QRCode")] if stage.name == "half" else [])
    assert recorder.frame(live) == ["base", "half"]


def test_a_code_that_was_offered_before_does_not_stop_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, live = recorded(monkeypatch, finds=lambda stage: [Code(b"decoy", "QRCode")] if stage is BASE else [])
    assert recorder.frame(live) == ["base"]
    assert len(recorder.frame(live)) == 2 + len(EVERY_FRAME)


def test_a_code_that_is_turned_down_does_not_stop_the_search() -> None:
    frame = frame_with(qr("decoy"))
    seen: list[str | bytes] = []
    codes = patient().decode(frame, enough=lambda code: bool(seen.append(code.text)))
    assert [code.text for code in codes] == ["decoy"]
    assert len(seen) > 1
