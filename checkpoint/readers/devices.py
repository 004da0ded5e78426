"""Which cameras there are, and the light beside them. Imports no picture library."""

from pathlib import Path
from typing import NamedTuple

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


class Torch:
    """A lamp that the kernel shows as an LED ("...:torch", "...:flash"): OpenCV hands on no control of a camera's own.

    Where there is none, `there` is false and the station says so.
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
