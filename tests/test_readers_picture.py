"""Still pictures: every mode, every format, strangers' files."""

import contextlib
import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from rendered import Frame, frame_with, picture, qr, turned

from checkpoint.model import Reason, Refusal
from checkpoint.readers import content as content_room
from checkpoint.readers import picture as picture_room
from checkpoint.readers import read
from checkpoint.readers.picture import read_picture

TEXT = "HC1:" + "6BFOXN*TS0BI$ZD-PHQ7I9AD66V5B22CH9M9ESI9XBHXK-%69LQOGI.*V76GCV4*XUA2P-FHT-HNTI4L6N$Q%UG" * 2


def refusal(source: Path | bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_picture(source)
    assert caught.value.reason is Reason.NO_CODE
    return caught.value


def texts_or_none(data: bytes) -> list[str | bytes]:
    with contextlib.suppress(Refusal):
        return [code.text for code in read_picture(data)]
    return []


def png_header(width: int, height: int, depth: int = 8, colour: int = 6, body: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(100_000, 100_000), (2**31 - 1, 1), (9_000, 9_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_that_claims_to_be_huge_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    assert refusal(png_header(*size)).note[0] == "note.picture_too_large"


def test_a_png_bomb_within_the_caps_is_searched_and_has_no_code() -> None:
    side = 7_900
    assert refusal(png_header(side, side, 1, 0, bytes((side // 8 + 2) * side))).note == ("note.no_code_in_picture",)


@pytest.mark.parametrize("size", [(1, 100_000), (100_000, 1), (1, 1), (3, 3), (70_000, 20)])
def test_a_picture_of_any_odd_shape_has_no_code(size: tuple[int, int]) -> None:
    out = io.BytesIO()
    Image.new("L", size, 255).save(out, "png")
    assert refusal(out.getvalue()).note == ("note.no_code_in_picture",)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"not a picture",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"II*\0",
        b"%!PS",
    ],
)
def test_what_is_no_picture_is_refused_as_unreadable(data: bytes) -> None:
    assert refusal(data).note[0] == "note.picture_unreadable"


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "gif", "tiff", "avif"])
def test_a_picture_cut_anywhere_is_read_or_refused_never_worse(kind: str) -> None:
    whole = picture(qr(TEXT), kind)
    for cut in range(0, len(whole), max(1, len(whole) // 25)):
        assert texts_or_none(whole[:cut]) in ([TEXT], [])


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "gif", "tiff", "bmp"])
def test_flipped_bytes_do_no_worse_than_refuse(kind: str) -> None:
    whole = picture(qr("A short one"), kind)
    random = np.random.default_rng(5)
    for _ in range(60):
        broken = bytearray(whole)
        for place in random.integers(0, min(len(whole), 600), 4):
            broken[place] = random.integers(0, 256)
        texts_or_none(bytes(broken))  # whatever it says, it says it in its own terms


def test_a_file_beyond_the_cap_is_refused_without_reading_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_room, "MOST_BYTES", 1024)
    assert refusal(bytes(1025)).note[0] == "note.picture_too_large"
    assert refusal(Path(os.devnull.replace("null", "zero"))).note[0] == "note.picture_too_large"


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_picture(tmp_path / "none.png")
    with pytest.raises(OSError, match=r"."):
        read_picture(tmp_path)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "gif", "bmp", "ppm", "tiff", "avif"])
def test_every_format_is_read_from_bytes_and_from_a_path(kind: str, tmp_path: Path) -> None:
    data = picture(qr(TEXT), kind)
    file = tmp_path / "named.wrongly"
    file.write_bytes(data)
    assert [code.text for code in read_picture(data)] == [TEXT]
    assert [code.text for code in read(file)] == [TEXT]


def in_mode(mode: str) -> Image.Image:
    image = Image.fromarray(qr(TEXT))
    if mode == "I;16":
        return Image.fromarray(qr(TEXT).astype(np.uint16) * 16)
    if mode == "LAB":
        return Image.merge("LAB", [image, *(Image.new("L", image.size, 128) for _ in "ab")])
    return image.convert("P").convert("PA") if mode == "PA" else image.convert(mode)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("png", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
    + [("jpeg", mode) for mode in ("L", "RGB", "CMYK", "YCbCr")]
    + [("tiff", m) for m in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "I;16", "F")]
    + [("webp", mode) for mode in ("L", "P", "RGB", "RGBA")],
)
def test_every_mode_that_a_format_can_hold_is_read(kind: str, mode: str) -> None:
    out = io.BytesIO()
    in_mode(mode).save(out, kind)
    assert read_picture(out.getvalue())[0].text == TEXT


def transparent(ink: int) -> Image.Image:
    paper = Image.fromarray(qr(TEXT))
    image = Image.new("RGBA", paper.size, (ink, ink, ink, 0))
    image.putalpha(paper.point(lambda level: 255 - level))
    return image


@pytest.mark.parametrize("ink", [0, 255], ids=["black ink", "white ink for a dark page"])
@pytest.mark.parametrize("mode", ["RGBA", "P", "LA"])
def test_a_code_on_nothing_is_read(ink: int, mode: str) -> None:
    image = transparent(ink)
    image = image.quantize(4) if mode == "P" else image.convert(mode)
    out = io.BytesIO()
    image.save(out, "png")
    assert read_picture(out.getvalue())[0].text == TEXT


def test_a_16_bit_picture_that_uses_a_part_of_its_range_is_read() -> None:
    out = io.BytesIO()
    Image.fromarray(qr(TEXT).astype(np.uint16) + 700).save(out, "png")
    assert read_picture(out.getvalue())[0].text == TEXT


def test_floats_that_are_no_numbers_have_no_code() -> None:
    out = io.BytesIO()
    Image.fromarray(np.full((50, 50), np.nan, np.float32)).save(out, "tiff")
    assert refusal(out.getvalue()).note == ("note.no_code_in_picture",)


# Where the middle of a code near the top left of a picture 700 x 300 is once it is shown upright, by EXIF orientation.
UPRIGHT = {
    1: (68, 68),
    2: (632, 68),
    3: (632, 232),
    4: (68, 232),
    5: (68, 68),
    6: (232, 68),
    7: (232, 632),
    8: (68, 632),
}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_corners_follow_the_orientation_that_a_camera_writes(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    wide = np.full((300, 700), 255, np.uint8)
    wide[10:126, 10:126] = qr("upright")
    (found,) = read_picture(picture(wide, "jpeg", exif=exif))
    assert found.text == "upright"
    assert np.mean(found.corners, axis=0) == pytest.approx(UPRIGHT[orientation], abs=3)


def test_of_a_moving_picture_the_first_frame_is_read() -> None:
    first, second = Image.fromarray(qr("first")), Image.fromarray(qr("other"))
    for kind in ("gif", "webp", "png", "tiff"):
        out = io.BytesIO()
        first.save(out, kind, save_all=True, append_images=[second])
        assert [code.text for code in read_picture(out.getvalue())] == ["first"]


def moving(kind: str, *frames: Frame) -> bytes:
    first, *rest = (Image.fromarray(one) for one in frames)
    out = io.BytesIO()
    first.save(out, kind, save_all=True, append_images=rest)
    return out.getvalue()


BLANK = np.full((300, 300), 255, np.uint8)


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "tiff"])
def test_a_code_on_a_later_frame_or_page_is_found(kind: str) -> None:
    page = np.full((300, 300), 255, np.uint8)
    page[20:136, 20:136] = qr("upright")
    (found,) = read_picture(moving(kind, BLANK, page, BLANK))
    assert found.text == "upright"
    poster = np.full((300, 300), 255, np.uint8)
    poster[20:136, 20:136] = qr("posters")
    both = read_picture(moving(kind, poster, page), lambda code: code.text == "upright")
    assert {code.text for code in both} == {"posters", "upright"}


def test_frames_without_end_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr(picture_room, "read_still", lambda *_: looked.append(1) or [])
    with pytest.raises(Refusal):
        read_picture(moving("tiff", *[BLANK] * 50))
    assert len(looked) == picture_room.MOST_FRAMES
    looked.clear()
    monkeypatch.setattr(picture_room, "FRAMES_SECONDS", 0.0)
    with pytest.raises(Refusal):
        read_picture(moving("tiff", *[BLANK] * 50))
    assert len(looked) == 1


def test_a_broken_later_page_does_not_lose_the_code_before_it() -> None:
    page = np.random.default_rng(1).integers(0, 255, (300, 300), np.uint8)
    code = np.full((300, 300), 255, np.uint8)
    code[20:136, 20:136] = qr("upright")
    whole = moving("gif", code, page, page)
    for cut in range(len(whole) // 4, len(whole), 9973):
        found = read_picture(whole[:cut], lambda _: False)
        assert [one.text for one in found] == ["upright"]


def test_every_code_of_a_picture_is_read() -> None:
    codes = read_picture(picture(frame_with(qr("one"), qr("two"), qr("three"))))
    assert {code.text for code in codes} == {"one", "two", "three"}


def test_three_symbologies_in_one_picture_are_all_read() -> None:
    frame = np.full((400, 1000), 255, np.uint8)
    for left, kind in ((50, zxingcpp.AztecCode), (400, zxingcpp.DataMatrix), (750, zxingcpp.QRCodeModel2)):
        symbol = np.array(zxingcpp.create_barcode("the same", kind).to_image(scale=5))
        frame[100 : 100 + symbol.shape[0], left : left + symbol.shape[1]] = symbol
    assert {code.symbology for code in read_picture(picture(frame))} == {"QRCode", "Aztec", "DataMatrix"}


@pytest.mark.parametrize("degrees", [7, 45, 90, 133, 180, 270])
def test_a_turned_code_is_read(degrees: float) -> None:
    assert read_picture(picture(turned(qr(TEXT), degrees)))[0].text == TEXT


@pytest.mark.parametrize(
    "change", [np.fliplr, np.flipud, lambda pixels: 255 - pixels], ids=["mirrored", "upside down", "inverted"]
)
def test_a_mirrored_or_inverted_code_is_read(change: object) -> None:
    assert read_picture(picture(np.ascontiguousarray(change(qr(TEXT)))))[0].text == TEXT  # type: ignore[operator]


def test_a_code_without_its_quiet_zone_is_read() -> None:
    assert read_picture(picture(qr(TEXT, border=0)))[0].text == TEXT


def test_a_small_code_on_a_large_photo_and_on_a_long_screenshot_is_read() -> None:
    for size in ((6000, 4000), (1080, 20_000)):
        page = np.full((size[1], size[0]), 250, np.uint8)
        code = qr(TEXT, px=7)
        page[1000 : 1000 + len(code), 300 : 300 + len(code)] = code
        assert read_picture(picture(page))[0].text == TEXT


def test_the_note_of_each_cap_names_the_cap() -> None:
    assert refusal(png_header(9_000, 9_000)).note[1] == f"{picture_room.MOST_PIXELS // 1_000_000} MP"
