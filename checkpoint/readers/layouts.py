"""What a keyboard layout does to a scanner that types: the damage named, and undone where that is possible.

A scanner presses the keys of a US keyboard; the station's layout says which characters come out. Each table holds the
characters of one layout in the order of the US keys, so the way back is reading the table backwards.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple
from unicodedata import combining, normalize

from checkpoint import formats

# The keys from top left to bottom right, then the same with shift.
US = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./" + '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
LAYOUTS = {
    "DE": "^1234567890ß´qwertzuiopü+#asdfghjklöäyxcvbnm,.-" + "°!\"§$%&/()=?`QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_",
    "FR": "²&é\"'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!" + "~1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§",
    "BE": "²&é\"'(§è!çà)-azertyuiop^$µqsdfghjklmùwxcvbn,;:=" + "³1234567890°_AZERTYUIOP¨*£QSDFGHJKLM%WXCVBN?./+",
    "ES": "º1234567890'¡qwertyuiop`+çasdfghjklñ´zxcvbnm,.-" + 'ª!"·$%&/()=?¿QWERTYUIOP^*ÇASDFGHJKLÑ¨ZXCVBNM;:_',
    "LA": "|1234567890'¿qwertyuiop´+}asdfghjklñ{zxcvbnm,.-" + '°!"#$%&/()=?¡QWERTYUIOP¨*]ASDFGHJKLÑ[ZXCVBNM;:_',
    "IT": "\\1234567890'ìqwertyuiopè+ùasdfghjklòàzxcvbnm,.-" + '|!"£$%&/()=?^QWERTYUIOPé*§ASDFGHJKLç°ZXCVBNM;:_',
    "PT": "\\1234567890'«qwertyuiop+´~asdfghjklçºzxcvbnm,.-" + '|!"#$%&/()=?»QWERTYUIOP*`^ASDFGHJKLÇªZXCVBNM;:_',
    "BR": "'1234567890-=qwertyuiop´[]asdfghjklç~zxcvbnm,.;" + '"!@#$%¨&*()_+QWERTYUIOP`{}ASDFGHJKLÇ^ZXCVBNM<>:',
    "NL": "@1234567890/°qwertyuiop¨*<asdfghjkl+´zxcvbnm,.-" + "§!\"#$%&_()'?~QWERTYUIOP^|>ASDFGHJKL±`ZXCVBNM;:=",
    "SE": "§1234567890+´qwertyuiopå¨'asdfghjklöäzxcvbnm,.-" + '½!"#¤%&/()=?`QWERTYUIOPÅ^*ASDFGHJKLÖÄZXCVBNM;:_',
    "NO": "|1234567890+\\qwertyuiopå¨'asdfghjkløæzxcvbnm,.-" + '§!"#¤%&/()=?`QWERTYUIOPÅ^*ASDFGHJKLØÆZXCVBNM;:_',
    "DK": "½1234567890+´qwertyuiopå¨'asdfghjklæøzxcvbnm,.-" + '§!"#¤%&/()=?`QWERTYUIOPÅ^*ASDFGHJKLÆØZXCVBNM;:_',
    "CH": "§1234567890'^qwertzuiopü¨$asdfghjklöäyxcvbnm,.-" + '°+"*ç%&/()=?`QWERTZUIOPè!£ASDFGHJKLéàYXCVBNM;:_',
    "CZ": ";+ěščřžýáíé=´qwertzuiopú)¨asdfghjklů§yxcvbnm,.-" + "°1234567890%ˇQWERTZUIOP/('ASDFGHJKL\"!YXCVBNM?:_",
}
CAPS_LOCK = "Caps Lock"
# An input method makes Vietnamese letters of pairs of keys; which pair it was can no longer be told.
INPUT_METHOD = "Telex/VNI"
LONGEST = 16_384  # characters; a longer text is no single code
# A dead key draws its mark over the letter that follows; taken apart, both keys are known again.
_SPACING = {"\u0300": "`", "\u0301": "´", "\u0302": "^", "\u0303": "~", "\u0308": "¨", "\u030c": "ˇ"}
_VIETNAMESE = frozenset("ăâđêôơưĂÂĐÊÔƠƯ")


class Repair(NamedTuple):
    """What the scanner may have read, and the layout that changed it."""

    text: str
    layout: str


def repairs(text: str | bytes) -> Iterator[Repair]:
    """What `text` was before a layout or Caps Lock changed it, most likely first; the signature decides.

    Nothing where its beginning is not the changed beginning of a pass.
    """
    if isinstance(text, bytes) or len(text) > LONGEST:
        return
    if text.swapcase().startswith(_prefixes()):
        yield Repair(text.swapcase(), CAPS_LOCK)
    for layout in _changed_by(text):
        back = _back(layout)
        yield Repair(text.translate(back), layout)
        apart = _dead_keys_apart(text, LAYOUTS[layout])
        if apart != text:
            yield Repair(apart.translate(back), layout)


def named(text: str | bytes) -> str | None:
    """What has changed `text`: layouts, "Caps Lock", an input method; None where it shows no such damage."""
    if isinstance(text, bytes) or len(text) > LONGEST:
        return None
    if text.startswith(_prefixes()):
        return INPUT_METHOD if any(_marked(char) for char in text) else None
    if text.swapcase().startswith(_prefixes()):
        return CAPS_LOCK
    return ", ".join(_changed_by(text)) or None


def separators_lost(text: str | bytes) -> bool:
    """Whether `text` is a 2D-Doc without one GS: a scanner that types has no key for it, and leaves it out."""
    return isinstance(text, str) and formats.recognise(text) == "doc2d" and "\x1d" not in text


def _changed_by(text: str) -> list[str]:
    starts = {layout: tuple(one.translate(_there(layout)) for one in _prefixes()) for layout in LAYOUTS}
    return [layout for layout, changed in starts.items() if text.startswith(changed)]


@cache
def _prefixes() -> tuple[str, ...]:
    """The beginnings of passes that some layout changes: more than letters, and more than one character's chance."""
    found = (prefix for prefixes in formats.FORMATS.values() for prefix in prefixes)
    texts = (prefix for prefix in found if isinstance(prefix, str) and prefix.isascii())
    return tuple(prefix for prefix in texts if len(prefix) > 1 and not prefix.isalpha())


@cache
def _there(layout: str) -> dict[int, str]:
    return str.maketrans(dict(zip(US, LAYOUTS[layout], strict=True)))


@cache
def _back(layout: str) -> dict[int, str]:
    return str.maketrans(dict(zip(LAYOUTS[layout], US, strict=True)))


def _dead_keys_apart(text: str, layout: str) -> str:
    """`text` with the letters that no key of `layout` gives taken apart: the dead key, then the letter."""
    parts = []
    for char in text:
        letter, *marks = list(normalize("NFD", char))
        known = char in layout or not marks or marks[0] not in _SPACING
        parts.append(char if known else _SPACING[marks[0]] + letter)
    return "".join(parts)


def _marked(char: str) -> bool:
    return char in _VIETNAMESE or any(combining(mark) for mark in normalize("NFD", char))
