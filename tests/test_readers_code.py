"""The bytes of a symbol arrive as they were printed."""

import io

import pytest
import segno
import zxingcpp
from PIL import Image
from rendered import picture, qr

from checkpoint.readers.code import Code
from checkpoint.readers.zxing import AZTEC, DATA_MATRIX, look

EVERY_BYTE = bytes(range(256))


def read_one(image: object) -> Code:
    (code,) = look(image).codes
    return code


def test_every_byte_survives_nul_and_invalid_utf8_among_them() -> None:
    code = read_one(qr(EVERY_BYTE))
    assert code.data == EVERY_BYTE
    assert code.text == EVERY_BYTE


def test_a_nul_inside_valid_text_is_kept() -> None:
    assert read_one(qr(b"HC1:\x00A\x00")).text == "HC1:\x00A\x00"


@pytest.mark.parametrize("text", ["Nguyễn Bảo Duy", "жук", "日本", " leading and trailing ", "a\r\nb\t"])
def test_utf8_text_is_text_and_nothing_is_stripped(text: str) -> None:
    assert read_one(qr(text.encode())).text == text


@pytest.mark.parametrize("symbology", [zxingcpp.AztecCode, zxingcpp.DataMatrix], ids=["Aztec", "DataMatrix"])
def test_other_symbologies_keep_their_bytes_too(symbology: zxingcpp.BarcodeFormat) -> None:
    code = read_one(zxingcpp.create_barcode(b"\xdc\x03\x00\xff seal", symbology).to_image(scale=4))
    assert code.text == b"\xdc\x03\x00\xff seal"


def stated(text: str, charset: str) -> Code:
    out = io.BytesIO()
    segno.make_qr(text, encoding=charset, eci=True, mode="byte").save(out, kind="png", scale=4)
    return read_one(Image.open(out).convert("L"))


@pytest.mark.parametrize(
    ("text", "charset"), [("naïve café", "iso-8859-1"), ("жук", "iso-8859-5"), ("日本", "shift_jis"), ("€ 5", "cp1252")]
)
def test_a_character_set_that_the_symbol_states_is_believed_and_the_bytes_stay(text: str, charset: str) -> None:
    code = stated(text, charset)
    if charset != "iso-8859-1":  # the makers leave the default out, so there is nothing to believe
        assert code.text == text
    assert code.data == text.encode(charset)


def test_utf8_wins_over_a_stated_character_set() -> None:
    assert Code("Nguyễn".encode(), "QRCode", charset="iso-8859-1").text == "Nguyễn"


def test_a_binary_seal_that_claims_to_be_latin_1_stays_bytes() -> None:
    seal = b"\xdc\x03\x01\x80\xff"
    assert Code(seal, "DataMatrix", charset="iso-8859-1").text == seal


def test_nothing_is_guessed_where_the_symbol_states_nothing() -> None:
    assert read_one(qr("naïve".encode("latin-1"))).text == b"na\xefve"


def test_a_literal_backslash_and_digits_are_not_taken_for_a_character_set() -> None:
    code = read_one(qr(b"\\000020 \xff"))
    assert code.charset == ""
    assert code.data == b"\\000020 \xff"


def test_corners_and_module_size_say_where_the_symbol_is() -> None:
    code = read_one(qr("HC1:" + "A" * 200, px=5, border=4))
    (left, top), (right, _), (_, bottom), _ = code.corners
    assert abs(left - 20) <= 2
    assert abs(top - 20) <= 2
    assert right > left
    assert bottom > top
    assert code.module_px == pytest.approx(5, abs=0.2)


def test_corners_scale_with_the_picture() -> None:
    code = Code(b"", "QRCode", ((10, 20), (30, 20), (30, 40), (10, 40)), 2.0)
    assert code.scaled(0.5) == Code(b"", "QRCode", ((5, 10), (15, 10), (15, 20), (5, 20)), 1.0)


def test_micro_qr_is_not_looked_for_because_noise_contains_it() -> None:
    out = io.BytesIO()
    segno.make_micro("1686").save(out, kind="png", scale=6)
    assert look(Image.open(out).convert("L")).codes == ()


def test_formats_limit_what_is_read() -> None:
    assert look(qr("A"), AZTEC).codes == ()
    assert look(qr("A"), DATA_MATRIX).codes == ()


def test_rendered_pictures_are_what_the_tests_believe() -> None:
    assert Image.open(io.BytesIO(picture(qr("A")))).mode == "L"
