"""The data of a 2D-Doc (specification sections 3.4 and 7): identifier and value, one after the other.

A value of fixed length has nothing behind it; any other ends at a separator, so an unknown identifier ends the reading.
"""

from types import MappingProxyType

GROUP, RECORD = "\x1d", "\x1e"  # the end of a value, and of one that was cut short for want of room
MAX_FIELDS = 200
_TAG = 2
_ANTS = "01"
_FIXED = """
06:4 07:6 08:4 09:4 0A:9 0B:9 0D:36 1C:8 1G:1 1H:1 24:5 26:2 2B:5 2D:2 34:2 36:4 37:4 40:13 44:13 45:4 47:13 49:13 4A:8
4B:8 4C:8 4F:15 4P:5 4S:4 50:14 51:6 52:7 53:4 54:4 55:8 56:8 57:8 5H:5 5J:2 5N:21 5T:1 65:2 67:2 68:1 69:8 6B:3 6C:2
6I:2 6J:1 6K:19 6L:8 6N:8 6O:8 6R:12 6W:5 6Y:2 70:12 71:12 75:8 76:1 78:5 7A:5 7C:1 7D:1 7E:1 7F:1 7G:1 7H:2 7I:1 7J:1
7K:13 7L:9 7O:1 7P:16 85:17 86:12 96:8 A0:2 A4:17 A5:3 A6:2 A7:3 A9:3 AA:8 AD:4 AE:4 AF:1 AG:1 AI:8 AJ:13 AK:7 AL:11
AN:8 AO:6 AT:1 AY:5 B5:2 B6:1 B7:8 B9:2 BA:1 BD:1 BE:3 BF:3 BG:2 BK:14 C0:1 C3:12 C4:8 C5:1 C9:5 CB:10 CC:12 D0:17 D3:8
D4:8 D6:8 D7:8 D8:2 D9:8 DA:8 DD:8 DF:9 DG:14 DL:8 DN:9 DO:14 DS:8 DU:9 DV:14 DY:3 H1:2 H3:2 H4:8 H5:8 H8:7 H9:8 HA:8
HB:9 HJ:5 HL:2 HN:12 HO:8 HP:12 HQ:2 HR:2 HS:2 F2:8 F3:1 F5:1 F6:12 L2:8 L7:1 L8:1 L9:8 LA:2 G0:2 G1:2 G3:8 E0:2 E1:4
E2:4 E3:4 E4:3 E5:2 E7:9 E8:12 I0:4 I1:7 I2:16 I6:11
"""
_VARIABLE = """
01 02 03 04 05 0C 10 11 12 13 14 15 16 17 18 19 1A 1B 1D 1E 1F 1I 1J 1K 1L 1M 1N 1O 1P 20 21 22 23 25 27 28 29 2A 2C 30
31 32 33 35 38 39 41 42 43 46 48 4D 4E 4G 4H 4I 4J 4K 4L 4M 4N 4O 4Q 4R 4T 4U 4V 4W 4X 4Y 58 59 5A 5B 5C 5D 5E 5F 5G 5I
5K 5L 5M 5O 5P 5Q 5R 5S 5U 60 61 62 63 64 66 6A 6D 6E 6F 6G 6H 6M 6P 6Q 6S 6T 6U 6V 6X 6Z 72 73 74 77 79 7B 7M 7N 80 81
82 83 84 90 91 92 93 94 95 A1 A2 A3 A8 AB AC AH AM AP AQ AR AS AU AV AW AX AZ B0 B1 B2 B3 B4 B8 BB BC BH BI BJ C1 C2 C6
C7 C8 CA D1 D2 D5 DB DC DE DH DI DJ DK DM DP DQ DR DT DW DX DZ H0 H2 H6 H7 HC HD HE HF HG HH HI HK HM F0 F1 F4 L0 L1 L3
L4 L5 L6 G2 G4 G5 E6 I3 I4 I5
"""
# Identifier: length in characters, 0 where a separator ends the value.
LENGTHS = MappingProxyType(
    {tag: int(size) for tag, size in (word.split(":") for word in _FIXED.split())} | dict.fromkeys(_VARIABLE.split(), 0)
)
_ENDS = (GROUP, RECORD)


def fields(data: str, perimeter: str) -> tuple[dict[str, str], str]:
    """(value by identifier, what could not be read): the rest begins with the first identifier not known here.

    Identifiers of other perimeters than that of the ANTS mean something else: nothing of them is read. The first of
    two equal identifiers counts.
    """
    found: dict[str, str] = {}
    if perimeter != _ANTS:
        return found, data
    at = 0
    for _ in range(MAX_FIELDS):
        while data[at : at + 1] in _ENDS:
            at += 1
        tag = data[at : at + _TAG]
        size = LENGTHS.get(tag)
        if size is None:
            break
        end = _end(data, at + _TAG, size)
        found.setdefault(tag, data[at + _TAG : end])
        at = end
    return found, data[at:]


def _end(data: str, at: int, size: int) -> int:
    """Where the value that begins at `at` ends: at a separator, or where it is as long as it can be."""
    ends = [end for separator in _ENDS if (end := data.find(separator, at)) >= 0]
    if size:
        ends.append(at + size)
    return min([*ends, len(data)])
