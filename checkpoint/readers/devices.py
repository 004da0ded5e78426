"""Which cameras there are, and what their drivers let one set: light and focus."""

from pathlib import Path
from typing import NamedTuple, Protocol

from checkpoint.readers.opencv import cv2

SYSFS = Path("/sys/class/video4linux")
MOST_NAME = 80  # characters of a name that a device states of itself


class Device(NamedTuple):
    """One camera: the path to open, and the name that it states."""

    path: str
    name: str


def cameras(sysfs: Path = SYSFS) -> list[Device]:
    """The cameras of this machine in the order of their numbers; a camera's second, metadata-only node is left out."""
    nodes = [node for node in sysfs.glob("video*") if node.name[5:].isdecimal()] if sysfs.is_dir() else []
    ordered = sorted(nodes, key=lambda node: int(node.name[5:]))
    return [Device(f"/dev/{node.name}", _line(node / "name")) for node in ordered if _line(node / "index") in ("0", "")]


def _line(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_NAME).decode("utf-8", "replace").strip()
    except OSError:  # a driver that does not say
        return ""


class Controls(Protocol):
    """The part of cv2.VideoCapture that sets things."""

    def get(self, what: int, /) -> float:
        """A property; what is not known is 0 or -1."""

    def set(self, what: int, value: float, /) -> bool:
        """Whether the driver took it."""


def set_focus(controls: Controls, focus: float | None) -> bool:
    """Focus at a distance fixed by hand (the driver's own scale), or by itself for None; whether the driver can."""
    automatic = bool(controls.set(cv2.CAP_PROP_AUTOFOCUS, focus is None))
    return automatic if focus is None else bool(controls.set(cv2.CAP_PROP_FOCUS, focus))


class Torch:
    """Light through what drivers offer for it: backlight compensation is not a lamp, so only a lamp counts.

    OpenCV hands on no V4L2 flash control; where the kernel shows the lamp as an LED (`leds/*:torch`, `*flash*`) it is
    switched there. Where it shows none, `there` is false and the station says so.
    """

    def __init__(self, leds: Path = Path("/sys/class/leds")) -> None:
        found = sorted(one for one in leds.glob("*") if "torch" in one.name or "flash" in one.name)
        self._lamps = [one for one in found if (one / "brightness").exists()]
        self.on = False

    @property
    def there(self) -> bool:
        """Whether this machine has a lamp."""
        return bool(self._lamps)

    def switch(self, on: bool) -> bool:
        """Light or no light; whether that worked (writing an LED takes the rights for it)."""
        try:
            for lamp in self._lamps:
                level = _line(lamp / "max_brightness") or "1" if on else "0"
                (lamp / "brightness").write_text(level, "ascii")
        except OSError:
            return False
        self.on = on if self._lamps else False
        return self.there
