"""The words of the tool in Vietnamese and English, and the one gate for foreign strings."""

import json
import os
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple
from unicodedata import category, normalize

LANGUAGES = ("vi", "en")
TECHNICAL_LIMIT = 200

# --- what we say -----------------------------------------------------------------------------------------------------


def say(lang: str, key: str | float, *args: str | float) -> str:
    """The message `key` in `lang` with `args` put into {0}, {1}, ...; "=" gives the arguments as they stand.

    Every argument passes `safe`. The text of the locale says how an argument is shown: {0} as it stands, {0:date} and
    {0:moment} for seconds since 1970, {0:day} for an ISO date, {0:number}, {0:kind}, {0:check}, {0:grant}.
    Never raises: an unknown key, or a text that asks for other arguments, gives the key and the arguments.
    """
    if key == "=":
        return safe(" ".join(map(str, args)), TECHNICAL_LIMIT)
    text = _catalogue(lang).get(str(key))
    try:
        return _bare(str(key), args) if text is None else text.format(*(_Argument(lang, str(arg)) for arg in args))
    except (IndexError, KeyError, ValueError):  # a slip in a text must not close a door
        return _bare(str(key), args)


def _bare(key: str, args: tuple[str | float, ...]) -> str:
    """What is shown where a message has no text: ugly enough to be reported, harmless enough to go on."""
    return safe(" ".join((key, *map(str, args))), TECHNICAL_LIMIT)


def known(key: str) -> bool:
    """Whether the locale files have a text for `key`."""
    return key in _catalogue(LANGUAGES[-1])


@cache
def _catalogue(lang: str) -> dict[str, str]:
    if lang not in LANGUAGES:
        return _catalogue(LANGUAGES[-1])
    with open(os.path.join(os.path.dirname(__file__), "locale", f"{lang}.json"), encoding="utf-8") as file:
        texts: dict[str, str] = json.load(file)
    return texts


class _Argument(NamedTuple):
    lang: str
    text: str

    def __format__(self, spec: str) -> str:
        return _SHOWN[spec](self.lang, self.text)


# --- dates and numbers for people ------------------------------------------------------------------------------------


def date(lang: str, seconds: float) -> str:
    """The day of `seconds` since 1970 in the station's time zone: 14/05/2022 (vi), 14 May 2022 (en)."""
    parts = _local(seconds)
    return _date(lang, parts.tm_year, parts.tm_mon, parts.tm_mday) if parts else say(lang, "date.unknown")


def moment(lang: str, seconds: float) -> str:
    """Day and 24-hour time of `seconds` since 1970 in the station's time zone."""
    parts = _local(seconds)
    clock = f"{parts.tm_hour:02}:{parts.tm_min:02}" if parts else ""
    return _catalogue(lang)["date.moment"].format(date(lang, seconds), clock) if parts else date(lang, seconds)


def day(lang: str, iso: str) -> str:
    """An ISO 8601 date as people write it; what is partial, masked or no date comes back as it stands, made safe."""
    parts = iso[:10].split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts) or iso[10:11] not in ("", "T"):
        return safe(iso)
    year, month, number_of_day = map(int, parts)
    return _date(lang, year, month, number_of_day) if 1 <= month <= 12 and 1 <= number_of_day <= 31 else safe(iso)


def number(lang: str, value: float) -> str:
    """`value` with the decimal mark of the language: 2,5 (vi), 2.5 (en)."""
    return f"{value:g}".replace(".", _catalogue(lang)["number.mark"])


def age(lang: str, as_of: float | None, now: float) -> str:
    """How old something is that was made at `as_of`: "never", "less than a day old", "3 days old"."""
    if as_of is None:
        return say(lang, "age.never")
    days = int((now - as_of) // 86_400)
    if days <= 0:
        return say(lang, "age.today")
    return say(lang, "age.day") if days == 1 else say(lang, "age.days", str(days))


def _local(seconds: float) -> time.struct_time | None:
    try:
        return time.localtime(seconds)
    except (OverflowError, OSError, ValueError):  # a pass may claim any number
        return None


def _date(lang: str, year: int, month: int, number_of_day: int) -> str:
    texts = _catalogue(lang)
    return texts["date.day"].format(year, month, number_of_day, texts["date.months"].split()[month - 1])


def _from_seconds(shown: Callable[[str, float], str]) -> Callable[[str, str], str]:
    def show(lang: str, text: str) -> str:
        try:
            return shown(lang, float(text))
        except ValueError:  # already words, or an ISO date
            return day(lang, text)

    return show


def _named(namespace: str) -> Callable[[str, str], str]:
    def show(lang: str, text: str) -> str:
        key = f"{namespace}.{text}"
        return say(lang, key) if known(key) else safe(text)

    return show


_SHOWN: dict[str, Callable[[str, str], str]] = {
    "": lambda _, text: safe(text),
    "date": _from_seconds(date),
    "moment": _from_seconds(moment),
    "number": _from_seconds(number),
    "day": day,
    "kind": _named("kind"),
    "check": _named("check"),
    "grant": _named("grant"),
}

# --- what others say -------------------------------------------------------------------------------------------------

UNSHOWABLE = "\N{REPLACEMENT CHARACTER}"
_BROKEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
# Latin with every Vietnamese letter, composed, printable and harmless: needs no look at each character.
_PLAIN = frozenset(
    char
    for char in map(chr, [*range(0x20, 0x7F), *range(0xA1, 0x250), *range(0x1EA0, 0x1EFA), 0x2013, 0x2019])
    if char != "\N{SOFT HYPHEN}"
)
_JOINERS = {"\N{ZERO WIDTH NON-JOINER}", "\N{ZERO WIDTH JOINER}"}
_JOINING = ((0x600, 0x109F), (0x1780, 0x18AF))  # Arabic to Myanmar, Khmer, Mongolian
_SELECTORS = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")  # drawn as nothing, yet no format characters
_BLANK = "\N{BRAILLE PATTERN BLANK}"
# Ticks, boxes, shapes and emoji: a name must not be able to draw a verdict.
_PICTURES = ((0x2300, 0x23FF), (0x2500, 0x27BF), (0x2B00, 0x2BFF), (0x1F000, 0x1FBFF))
# A mark without width costs 2, one with width 1: three of the first kind at most, and real Myanmar clusters fit.
_MARK_BUDGET = 7


def safe(text: str, limit: int = 80) -> str:
    """`text` in a form that cannot steer, forge or flood a screen: one line of at most `limit` characters, NFC.

    Control, private and unassigned characters, lone surrogates and pictures become U+FFFD; bidi controls and other
    invisible characters go; joiners and variation selectors stay where a script needs them; runs of combining marks
    and of spaces are cut. Idempotent; never raises.
    """
    if len(text) <= limit and _PLAIN.issuperset(text):
        return " ".join(text.split())
    start = text[: 4 * limit]
    kept = " ".join(normalize("NFC", "".join(_kept(normalize("NFC", start)))).split())
    return kept if len(kept) <= limit and len(start) == len(text) else _cut(kept, limit - 1) + "…"


def mixed_scripts(text: str) -> bool:
    """Whether one word mixes Latin, Greek and Cyrillic letters, as look-alike names do."""
    words = "".join(char if category(char)[0] in "LM" else " " for char in text[:1000]).split()
    return any(len({_script(char) for char in word} - {""}) > 1 for word in words)


def _kept(text: str) -> Iterator[str]:
    before, spent = " ", 0
    for char, after in zip(text, text[1:] + " ", strict=True):
        kind = category(char)
        cost = {"Mn": 2, "Me": 2, "Mc": 1}.get(kind, 0)
        shown = _mark(char, before, spent + cost) if cost else _shown(char, kind, before, after)
        if shown:  # what is dropped must not start a new run
            spent = spent + cost if cost else 0
            before = shown
            yield shown


def _shown(char: str, kind: str, before: str, after: str) -> str:
    if kind in _BROKEN or _within(char, _PICTURES):
        return UNSHOWABLE
    if kind == "Zs" or char == _BLANK:
        return " "
    if kind == "Cf":
        joins = char in _JOINERS and _within(before, _JOINING) and _within(after, _JOINING)
        return char if joins and category(before)[0] in "LM" and category(after) == "Lo" else ""
    return "" if char in _INVISIBLE else char


def _mark(char: str, before: str, spent: int) -> str:
    if before == " " or char in _INVISIBLE or spent > _MARK_BUDGET:
        return ""  # without a letter of its own a mark would sit on ours
    if _within(char, _SELECTORS):
        return char if category(before) == "Lo" else ""
    return char


def _cut(text: str, size: int) -> str:
    """At most `size` characters, not between a letter and its marks where that can be helped."""
    end = min(size, len(text))
    for _ in range(_MARK_BUDGET):
        if 0 < end < len(text) and category(text[end])[0] == "M":
            end -= 1
    return text[: max(end, 0)].rstrip(" \u200c\u200d")


def _within(char: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= ord(char) <= high for low, high in ranges)


def _script(char: str) -> str:
    code = ord(char)
    if 0x370 <= code < 0x400 or 0x1F00 <= code < 0x2000:
        return "Greek"
    if 0x400 <= code < 0x530 or 0x1C80 <= code < 0x1C90 or 0xA640 <= code < 0xA6A0:
        return "Cyrillic"
    return "Latin" if code < 0x250 or 0x1E00 <= code < 0x1F00 or 0xFF21 <= code < 0xFF5B else ""
