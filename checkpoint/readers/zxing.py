"""The engine: one call to zxing-cpp, its answer in our terms. Imports neither OpenCV nor numpy."""

import math
import re
from dataclasses import dataclass
from typing import Any, cast

import zxingcpp

from checkpoint.readers.code import Code, Corner

# QRCodeModel2 and not QRCode: the wider name also finds phantom Micro QR codes in noise.
QR = zxingcpp.BarcodeFormats([zxingcpp.QRCodeModel2])
AZTEC = zxingcpp.BarcodeFormats([zxingcpp.AztecCode])
DATA_MATRIX = zxingcpp.BarcodeFormats([zxingcpp.DataMatrix])
# For stills: the withdrawn Model 1 too, it costs nothing.
EVERYTHING = zxingcpp.BarcodeFormats(
    [zxingcpp.QRCodeModel2, zxingcpp.QRCodeModel1, zxingcpp.AztecCode, zxingcpp.DataMatrix]
)

LOCAL_AVERAGE = zxingcpp.Binarizer.LocalAverage
FIXED_THRESHOLD = zxingcpp.Binarizer.FixedThreshold
GLOBAL_HISTOGRAM = zxingcpp.Binarizer.GlobalHistogram

# The engine refuses sides beyond 65535, and one stage enlarges by a half.
LONGEST_SIDE = 40_000

# Character sets by their ECI number. UTF-8 (26) and ASCII (27, 170) need no entry; 899 says "bytes".
CHARSETS = {
    1: "iso-8859-1",
    **{number: f"iso-8859-{number - 2}" for number in (*range(3, 14), *range(15, 19))},
    20: "shift_jis",
    21: "cp1250",
    22: "cp1251",
    23: "cp1252",
    24: "cp1256",
    28: "big5",
    29: "gb2312",
    30: "euc_kr",
    31: "gbk",
    32: "gb18030",
}
_SYMBOLOGIES = {zxingcpp.QRCode: "QRCode", zxingcpp.Aztec: "Aztec", zxingcpp.DataMatrix: "DataMatrix"}
_ECI_MARK = re.compile(rb"(?<!\\)(?:\\\\)*\\(\d{6})")


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one call saw: codes that were read, and the corners of symbols that were found but not read."""

    codes: tuple[Code, ...]
    unread: tuple[tuple[Corner, ...], ...]


def look(
    image: Any,
    formats: zxingcpp.BarcodeFormats = EVERYTHING,
    binarizer: zxingcpp.Binarizer = LOCAL_AVERAGE,
    *,
    rotate: bool = False,
    downscale: bool = False,
) -> Sighting:
    """Read every symbol of `image`: 8-bit grey, a Pillow image of mode L or an array of shape (height, width).

    `rotate` matters to DataMatrix only; `downscale` looks at a pyramid of smaller copies too.
    Sides of 0 or beyond 65535 raise ValueError.
    """
    symbols = zxingcpp.read_barcodes(
        image,
        formats,
        try_rotate=rotate,
        try_downscale=downscale,
        try_invert=True,
        text_mode=zxingcpp.TextMode.HexECI,
        binarizer=binarizer,
        return_errors=True,
    )
    codes = tuple(_code(symbol) for symbol in symbols if symbol.valid)
    unread = tuple(_corners(symbol) for symbol in symbols if not symbol.valid)
    return Sighting(codes, unread)


def _code(symbol: zxingcpp.Barcode) -> Code:
    corners = _corners(symbol)
    return Code(symbol.bytes, _SYMBOLOGIES[symbol.symbology], corners, _module_px(symbol, corners), _charset(symbol))


def _corners(symbol: zxingcpp.Barcode) -> tuple[Corner, ...]:
    place = symbol.position
    points = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    return tuple((point.x, point.y) for point in points)


def _module_px(symbol: zxingcpp.Barcode, corners: tuple[Corner, ...]) -> float:
    version = str(cast(dict[str, object], symbol.extra).get("Version", ""))
    if symbol.symbology == zxingcpp.QRCode and version.isdecimal():
        modules = 17 + 4 * int(version)
    elif symbol.symbology == zxingcpp.DataMatrix and "x" in version:
        modules = int(version.rpartition("x")[2])
    else:
        return 0.0  # an Aztec version has two possible widths
    return round(math.dist(corners[0], corners[1]) / modules, 2)


def _charset(symbol: zxingcpp.Barcode) -> str:
    """The one character set that the symbol names; "" for none, for several, and for those that are only bytes."""
    # "]Q2\000020..." where the symbol names one; else the plain identifier "]Q1", and what follows is all data.
    protocol = bytes.fromhex(symbol.text)
    if protocol[:3] == symbol.symbology_identifier.encode():
        return ""
    numbers = {int(mark) for mark in _ECI_MARK.findall(protocol)}
    return CHARSETS.get(numbers.pop(), "") if len(numbers) == 1 else ""
