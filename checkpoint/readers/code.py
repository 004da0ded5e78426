"""What a reader hands on: the exact bytes of one symbol and where it was."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

Corner = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Code:
    """One symbol that was read.

    `data` holds the bytes as the symbol carries them: never transcoded, NUL kept. `symbology` is "QRCode", "Aztec" or
    "DataMatrix". `corners` are x, y in pixels of the picture: top left, top right, bottom right, bottom left of the
    symbol as printed. `module_px` is the width of one module in pixels, 0.0 where the engine does not say.
    `charset` is the Python codec that the symbol itself names (ECI), "" where it names none.
    """

    data: bytes
    symbology: str
    corners: tuple[Corner, ...] = ()
    module_px: float = 0.0
    charset: str = ""

    @property
    def text(self) -> str | bytes:
        """The data as text, or the bytes themselves where they are not text.

        UTF-8 wins, because most makers write it whatever the symbol states. Else a stated charset counts, but only
        where what it gives is free of control characters: binary seals are often marked as ISO-8859-1. Nothing is
        ever guessed: a wrong guess changes a name.
        """
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError:
            return _stated(self.data, self.charset)

    def scaled(self, factor: float) -> "Code":
        """This code with its place in the pixels of a picture `factor` times as large."""
        if factor == 1:
            return self
        corners = tuple((round(x * factor), round(y * factor)) for x, y in self.corners)
        return replace(self, corners=corners, module_px=round(self.module_px * factor, 2))


def _stated(data: bytes, charset: str) -> str | bytes:
    if not charset:
        return data
    try:
        text = data.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return data
    return text if all(char in "\t\r\n" or unicodedata.category(char) != "Cc" for char in text) else data


# Says of a code whether to stop looking for others; what it turns down is still offered.
Enough = Callable[[Code], bool]


def first_is_enough(code: Code) -> bool:
    """Stop at the first stage that reads anything at all."""
    return True


def distinct(codes: list[Code]) -> list[Code]:
    """`codes` without those that repeat the symbology and bytes of an earlier one."""
    return list({(code.symbology, code.data): code for code in reversed(codes)}.values())[::-1]
