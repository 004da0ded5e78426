"""The last resort for stills: zbar, where its system library is installed."""

import sys
from functools import cache
from typing import Any

from checkpoint.readers.code import Code

_INSTALL = {"linux": "apt install libzbar0", "darwin": "brew install zbar"}


def zbar_missing() -> str | None:
    """What to install so that zbar can be used; None where it can. Loads the library (about 30 ms, once)."""
    return None if _zbar() is not None else _INSTALL.get(sys.platform, "pip install --force-reinstall pyzbar")


@cache
def _zbar() -> Any:
    try:
        from pyzbar import pyzbar
    except (ImportError, OSError):  # pyzbar is not there, or its shared library is not
        return None
    return pyzbar


def zbar_codes(grey: Any) -> list[Code]:
    """The QR codes of a grey picture (Pillow mode L, or (bytes, width, height)) that zbar reads; [] without zbar.

    zbar guesses a character set and rewrites the bytes, so only plain ASCII can be believed to be what was printed.
    """
    zbar = _zbar()
    if zbar is None:
        return []
    found = zbar.decode(grey, symbols=[zbar.ZBarSymbol.QRCODE])
    return [
        Code(symbol.data, "QRCode", tuple((point.x, point.y) for point in symbol.polygon))
        for symbol in found
        if symbol.data.isascii()
    ]
