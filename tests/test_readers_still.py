"""The search in a still: what is tried, when it stops, and what it loads."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rendered import frame_with, picture, qr

from checkpoint.readers import still as still_room
from checkpoint.readers.picture import read_picture
from checkpoint.readers.still import Deadline, read_still
from checkpoint.readers.zbar import zbar_codes, zbar_missing

TEXT = "HC1:" + "6BFOXN*TS0BI$ZD-PHQ7I9AD66V5B22CH9M9ESI9XBHXK-%69LQOGI.*V76GCV4*XUA2P-FHT-HNTI4L6N$Q%UG" * 2


def test_a_code_that_is_turned_down_does_not_stop_the_search_and_is_offered_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(still_room, "_last_resort", lambda *_: looked.append("last resort") or [])
    monkeypatch.setattr(still_room, "_thorough", lambda *_: looked.append("thorough") or [])
    image = Image.fromarray(qr("decoy"))
    assert [code.text for code in read_still(image, enough=lambda code: code.text != "decoy")] == ["decoy"]
    assert looked == ["thorough", "last resort"]


def test_a_faint_pass_beside_a_clear_decoy_is_found() -> None:
    random = np.random.default_rng(3)
    frame = frame_with(qr("decoy"), qr(TEXT, px=5), paper=255)[:, :, 0].astype(np.float32)
    frame[:, 640:] = 120 + frame[:, 640:] * 0.06 + random.normal(0, 9, frame[:, 640:].shape)
    data = picture(np.clip(frame, 0, 255).astype(np.uint8))
    assert [code.text for code in read_picture(data)] == ["decoy"]  # else this proves nothing
    assert {code.text for code in read_picture(data, enough=lambda code: code.text == TEXT)} == {"decoy", TEXT}


def test_a_late_still_begins_no_further_stage() -> None:
    assert read_still(Image.fromarray(qr(TEXT)), deadline=Deadline(-1)) == []


def test_a_wall_of_finder_patterns_stops_at_the_deadline() -> None:
    finder = np.zeros((9, 9), np.uint8)
    finder[1:8, 1:8], finder[2:7, 2:7], finder[3:6, 3:6] = 255, 0, 255
    wall = Image.fromarray(255 - np.tile(np.kron(finder, np.ones((3, 3), np.uint8)), (50, 70)))
    ticks = iter(range(10_000))
    assert read_still(wall, deadline=Deadline(3, clock=lambda: next(ticks))) == []
    assert next(ticks) < 8


def test_zbar_is_asked_last_and_only_ascii_is_believed() -> None:
    if zbar_missing():
        pytest.skip(f"no zbar here: {zbar_missing()}")
    assert [code.text for code in zbar_codes(Image.fromarray(qr(TEXT)))] == [TEXT]
    assert zbar_codes(Image.fromarray(qr("na\xefve".encode("latin-1")))) == []


def run_alone(program: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    return found.stdout.strip()


def test_an_ordinary_picture_is_read_without_opencv_or_numpy(tmp_path: Path) -> None:
    file = tmp_path / "pass.png"
    file.write_bytes(picture(qr(TEXT)))
    program = (
        "import sys; from pathlib import Path; from checkpoint.readers import read_file;"
        f"print(read_file(Path({str(file)!r}))[0].text == {TEXT!r},"
        "{'cv2', 'numpy', 'pyzbar', 'pypdfium2'} & set(sys.modules))"
    )
    assert run_alone(program) == "True set()"


@pytest.mark.parametrize("kind", ["png", "webp", "gif", "tiff", "none"])
def test_only_the_decoders_of_a_few_formats_are_ever_loaded(kind: str) -> None:
    data = b"BM, but no bitmap" if kind == "none" else picture(qr("A"), kind)
    program = (
        "import sys, contextlib; from checkpoint.readers.picture import Refusal, read_picture\n"
        f"with contextlib.suppress(Refusal): read_picture({data!r})\n"
        "print({'PIL.EpsImagePlugin', 'PIL.PdfImagePlugin'} & set(sys.modules))"
    )
    assert run_alone(program) == "set()"


def test_importing_the_room_loads_no_picture_library() -> None:
    program = (
        "import sys, checkpoint.readers; print({'cv2', 'numpy', 'PIL', 'zxingcpp', 'pypdfium2'} & set(sys.modules))"
    )
    assert run_alone(program) == "set()"


def test_without_opencv_and_zbar_a_still_is_searched_all_the_same() -> None:
    program = (
        "import sys; sys.modules['cv2'] = None; sys.modules['pyzbar'] = None;"
        "from PIL import Image; from checkpoint.readers.still import read_still;"
        "from checkpoint.readers.zbar import zbar_missing;"
        "print(read_still(Image.new('L', (99, 99))), bool(zbar_missing()))"
    )
    assert run_alone(program) == "[] True"
