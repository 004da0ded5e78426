"""Pictures that no one on this project made: every one that the reference decoder reads, or a reason by name."""

from typing import Any

import pytest
from vector_cases import cases, needs_vectors

from checkpoint.model import Refusal
from checkpoint.readers.code import Code
from checkpoint.readers.picture import read_picture

pytestmark = needs_vectors

# Symbologies that no pass uses and that noise imitates.
NOT_READ = {"microqrcode", "rmqrcode"}
DIFFERENT = {
    "images/zxing-cpp/aztec-1/rune-223": "an Aztec rune holds one number, never a pass",
    "images/zxing-cpp/aztec-1/rune-64": "an Aztec rune holds one number, never a pass",
    "images/zxing-cpp/aztec-1/rune-68": "an Aztec rune holds one number, never a pass",
    "images/zxing-cpp/multi-1/3xean-8": "EAN codes hold no pass",
}
# Two character sets named in one symbol: nothing is rewritten.
AS_BYTES = {"images/zxing-cpp/datamatrix-1/eci": b"\xb6\xb6"}
# The other decoder lost the Japanese letters of these, some or all; what is left of its text is in ours.
LOSSY = {f"images/jsqr/{number}" for number in (172, 174, 177, 182, 184, 186)}
# Where a symbol states no character set, the bytes are offered; these are what the pictures' makers meant.
MEANT = ("utf-8", "iso-8859-1", "shift_jis", "cp932")


def read_or_none(case: dict[str, Any]) -> list[Code]:
    try:
        return read_picture(case["image_path"])
    except Refusal:
        return []


def readings(code: Code) -> set[str]:
    if isinstance(code.text, str):
        return {code.text}
    return {code.text.decode(charset, "replace") for charset in MEANT}


def with_picture(folder: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in cases(folder) if "image_path" in case]


@pytest.mark.parametrize("case", with_picture("dcc"))
def test_every_picture_of_a_dcc_is_read_but_for_those_marked_broken(case: dict[str, Any]) -> None:
    codes = read_or_none(case)
    if case["expected"].get("image_decode") is False:
        assert codes == []
        return
    assert codes
    if case.get("qr_text") and case["expected"].get("image_decode") is True:
        assert case["qr_text"] in [code.text for code in codes]


@pytest.mark.parametrize("case", with_picture("images"))
def test_every_picture_that_the_reference_reads_is_read(case: dict[str, Any]) -> None:
    text, reference = case["expected"]["text"], case["observed"]["zxing_cpp"]
    codes = read_or_none(case)
    if case["symbology"] == "falsepositives":
        assert codes == []
    elif case["symbology"] in NOT_READ or case["id"] in DIFFERENT:
        assert codes == [], "it is read now: take it off the list"
    elif case["id"] in AS_BYTES:
        assert [code.text for code in codes] == [AS_BYTES[case["id"]]]
    elif text is not None and codes:
        found = set().union(*map(readings, codes))
        assert text in found or (case["id"] in LOSSY and any(text in reading for reading in found))
    else:
        assert codes or not reference["n"]
