"""The hours of the day in which a pass holds, read at any moment and written for people (section 5.4).

On the wire: [minutes east of UTC, [from, to], [from, to, days], ...]; from and to are minutes of the local day, days is
a set of bits, Monday the lowest. A window whose end is not after its start ends on the next day.
"""

import re
from typing import Any, NamedTuple

from checkpoint.codec.errors import Malformed

MAX_WINDOWS = 4
DAY = 1440  # minutes
ALL_DAYS = 0b1111111
ZONES = range(-12 * 60, 14 * 60 + 1)
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")  # as OpenStreetMap's opening_hours writes them
_FIRST_DAY = 3  # 1 January 1970 was a Thursday
_WINDOW = re.compile(
    r"(?:(?P<days>[A-Za-z,\-]+)\s+)?(?P<h1>\d{1,2}):(?P<m1>\d\d)\s*[-–]\s*(?P<h2>\d{1,2}):(?P<m2>\d\d)", re.ASCII
)


class Window(NamedTuple):
    """From minute to minute of a local day, on the days whose bits are set."""

    start: int
    end: int
    days: int = ALL_DAYS


class Hours(NamedTuple):
    """The windows of one pass. `zone`: minutes east of UTC."""

    zone: int
    windows: tuple[Window, ...]

    def next_open(self, at: float) -> float:
        """`at` (seconds since 1970) where the pass holds then, else the next moment from which on it does."""
        local = at + self.zone * 60
        today = int(local // 86400)
        if self._is_open(local, today) or self._is_open(local, today - 1):
            return at
        opens = [
            day * 86400 + start * 60
            for day in range(today, today + 8)
            for start, _, days in self.windows
            if days >> (day + _FIRST_DAY) % 7 & 1
        ]
        return float(min(moment for moment in opens if moment > local) - self.zone * 60)

    def _is_open(self, local: float, day: int) -> bool:
        """Whether a window that begins on `day` is open at `local`, seconds of the local clock."""
        minute, weekday = (local - day * 86400) / 60, (day + _FIRST_DAY) % 7
        for start, end, days in self.windows:
            if days >> weekday & 1 and start <= minute < (end if end > start else end + DAY):
                return True
        return False

    @property
    def text(self) -> str:
        """As people write it: "Mo-Fr 06:00-18:00, Sa 06:00-12:00"; the zone stands apart."""
        return ", ".join(map(_window_text, self.windows))


def read(value: Any) -> Hours:
    """The hours in their wire form; raises Malformed."""
    if not isinstance(value, list) or not 2 <= len(value) <= MAX_WINDOWS + 1:
        raise Malformed("pass: hours")
    zone, *windows = value
    if type(zone) is not int or zone not in ZONES:
        raise Malformed("pass: hours")
    return Hours(zone, tuple(map(_window, windows)))


def _window(value: Any) -> Window:
    if not isinstance(value, list) or len(value) not in (2, 3) or not all(type(one) is int for one in value):
        raise Malformed("pass: hours")
    found = Window(*value)
    fits = 0 <= found.start < DAY and 0 < found.end <= DAY and found.start != found.end
    if not fits or not 0 < found.days <= ALL_DAYS or (len(value) == 3 and found.days == ALL_DAYS):
        raise Malformed("pass: hours")
    return found


def wire(text: str, zone: int) -> list[Any]:
    """The wire form of what people write, "Mo-Fr 06:00-18:00, Sa 06:00-12:00"; raises ValueError."""
    windows = [_parsed(part.strip()) for part in re.split(r"(?<=\d)\s*[;,]", text)]
    if len(windows) > MAX_WINDOWS:
        raise ValueError(f"at most {MAX_WINDOWS} windows")
    found = [zone, *([one.start, one.end] if one.days == ALL_DAYS else list(one) for one in windows)]
    try:
        read(found)
    except Malformed:
        raise ValueError("a start and an end that differ, from 00:00 to 24:00") from None
    return found


def _parsed(part: str) -> Window:
    found = _WINDOW.fullmatch(part)
    if found is None or int(found["m1"]) > 59 or int(found["m2"]) > 59:
        raise ValueError('hours as "06:00-18:00" or "Mo-Fr 06:00-18:00, Sa 06:00-12:00"')
    start, end = int(found["h1"]) * 60 + int(found["m1"]), int(found["h2"]) * 60 + int(found["m2"])
    return Window(start, end, _days(found["days"]) if found["days"] else ALL_DAYS)


def _days(text: str) -> int:
    names = [one.lower() for one in DAYS]
    bits = 0
    for part in text.split(","):
        first, _, last = part.strip().lower().partition("-")
        if first not in names or (last or first) not in names:
            raise ValueError(f"days as {', '.join(DAYS)}")
        start, end = names.index(first), names.index(last or first)
        for day in range(start, end + 1 if end >= start else end + 8):
            bits |= 1 << day % 7
    return bits


def _window_text(window: Window) -> str:
    clock = "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (window.start, window.end))
    return clock if window.days == ALL_DAYS else f"{_days_text(window.days)} {clock}"


def _days_text(bits: int) -> str:
    """Runs of three and more as "Mo-Fr"."""
    runs: list[list[int]] = []
    for day in (day for day in range(7) if bits >> day & 1):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    parts = []
    for run in runs:
        named = [DAYS[day] for day in run]
        parts.append(f"{named[0]}-{named[-1]}" if len(named) > 2 else ",".join(named))
    return ",".join(parts)
