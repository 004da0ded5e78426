"""Foreign strings: none may steer, forge or flood a screen, and none that is somebody's name may be hurt."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checkpoint.words import mixed_scripts, safe, say

ESC = "\x1b"
ZWNJ, ZWJ = "\u200c", "\u200d"

# What a pass may try, and what may be shown of it.
HOSTILE = {
    "esc_csi": (f"A{ESC}[2J{ESC}[1;1HVALID", "A�[2J�[1;1HVALID"),
    "osc52": (f"A{ESC}]52;c;aGk=\x07", "A�]52;c;aGk=�"),
    "osc8": (f"{ESC}]8;;http://x{ESC}\\A", "�]8;;http://x�\\A"),
    "c1": ("A\x9b2J\x85B\x90C", "A�2J�B�C"),
    "bidi_rlo": ("A\u202eDILAV", "ADILAV"),
    "bidi_isolate": ("A\u2066B\u2067C\u2068D\u2069\u200e\u200f\u061c", "ABCD"),
    "bidi_in_arabic": ("مح\u202eمد\u200fع", "محمدع"),
    "newline_VALID": ("A\nVALID\r\tB\u2028C\u2029D\vE", "A�VALID��B�C�D�E"),
    "markup_green": ("[bold green]VALID[/]", "[bold green]VALID[/]"),
    "markup_unbalanced": ("A[/]", "A[/]"),
    "zalgo": ("Z" + "\u0335\u0336\u0337\u0338\u0321" * 9 + "o", "Z\u0335\u0336\u0337o"),
    "tag_chars": ("A\U000e0041\U000e0042\U000e007fB", "AB"),
    "mixed_script": ("P\u0430vel", "P\u0430vel"),
    "10k_name": ("A" * 10_000, "A" * 79 + "…"),
    "empty_name": ("", ""),
    "lone_surrogate": ("A\ud800B\udfff", "A�B�"),
    "invisible": ("A\u200b\u00ad\ufeff\u2060\u180e\u034f\u3164\u115fB", "AB"),
    "private_and_unassigned": ("\ue000\U0010fffd\u0378\uffff", "����"),
    "own_base": ("\u0338A \u0301B", "A B"),
    "soft_hyphen_in_a_plain_name": ("Mül\u00adler", "Müller"),
    "selectors": ("A\ufe0f\u845b\U000e0100", "A\u845b\U000e0100"),
    "joiners_in_latin": (f"A{ZWJ}B{ZWNJ}", "AB"),
    "joiner_at_the_edge_of_a_script": (f"A{ZWJ}ع{ZWNJ}B", "AعB"),
    "tick_and_box": ("✔ VALID ━━ 🟢", "� VALID �� �"),
    "pushed_to_the_next_line": ("A" + " " * 70 + "VALID\u2800\u3000\u00a0B", "A VALID B"),
    "decomposed": (unicodedata.normalize("NFD", "Nguyễn"), "Nguyễn"),
    "hidden_decomposed": ("e\u200b\u0301", "é"),
}

NAMES = {
    "vietnamese": "Nguyễn Thị Đoan Trang",
    "vietnamese_upper": "ĐẶNG HỮU PHƯỚC",
    "arabic_ok": "محمد عبد الله الأحمد",
    "arabic_with_marks": "مُحَمَّد",
    "persian_joiner": f"علی{ZWNJ}رضا",
    "hebrew_ok": "יוסף בן־דוד",
    "hebrew_pointed": "שָׁלוֹם",
    "devanagari_ok": "श्री कृष्ण कुमार",
    "devanagari_joiner": f"क्{ZWJ}ष",
    "sinhala": f"ශ්{ZWJ}රී ලංකා",
    "tamil": "சுப்பிரமணியம்",
    "bengali": "শ্রীমতী মুখোপাধ্যায়",
    "thai": "ณัฐวุฒิ ใจดี",
    "lao": "ສົມສັກ ທອງປານ",
    "khmer": "ស្រីមុំ សុខ",
    "myanmar": "ဖြိုးမျှော်",
    "myanmar_stack": "မြို့",
    "tibetan": "བསྒྲུབས་བརྒྱུད",
    "korean": "김민준",
    "japanese": "渡邉 美咲",
    "greek": "Γιώργος Παπαδόπουλος",
    "cyrillic": "Сергій Щербаков",
    "lithuanian": "Žydrūnė Ąžuolaitė",
    "apostrophe": "D’Arcy O'Neill-Müller",
    "icao": "MUSTERMANN<<ERIKA",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_disarmed(name: str) -> None:
    given_text, shown = HOSTILE[name]
    assert safe(given_text) == shown


@pytest.mark.parametrize("name", NAMES)
def test_a_real_name_is_left_alone(name: str) -> None:
    text = unicodedata.normalize("NFC", NAMES[name])
    assert safe(text) == text
    assert safe(unicodedata.normalize("NFD", text)) == text


ANYTHING = st.text(st.characters(), max_size=200)  # lone surrogates are among them
TRICKY = st.text(
    st.sampled_from(
        "aZđ<[/] \u00a0\u0301\u0338\u0323\u0340\u0344\u034f\u200b\u200c\u200d\u202e\u2066\ufe0f\U000e0100\U000e0041"
        "\x00\x07\n\x1b\x85\u2028\ud800\ue000\u0378\u3164\u1100\u1161\u11a8\u0915\u094d\u0937\u093e\u0903\u093f\u064b"
        "\u0651\u0639\u1019\u103b\u103e\u1031\u102c\u103a\u0e01\u0e31\u0e48\u845b✔🟢\u2800…\ufffd\u0dca\u0dbb\u0958\u0f71\u0f73"
    ),
    max_size=120,
)
FORBIDDEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(ANYTHING | TRICKY)
@example("\u0915" + "\u0903" * 100)
@example("क\u200d" * 60)
@example("a" * 79 + "e\u0301\u0302")
def test_what_comes_out_can_only_be_read(text: str) -> None:
    shown = safe(text)
    assert len(shown) <= 80
    assert unicodedata.is_normalized("NFC", shown)
    assert not {unicodedata.category(char) for char in shown} & FORBIDDEN
    assert {char for char in shown if unicodedata.category(char) == "Cf"} <= {ZWNJ, ZWJ}
    assert not re.search(r"[\u2300-\u23ff\u2500-\u27bf\u2800]|  |^ | $", shown)
    shown.encode("utf-8")


@given(ANYTHING | TRICKY, st.integers(1, 90))
@example("ब\u094d\u200da" * 30, 4)
def test_twice_is_once(text: str, limit: int) -> None:
    once = safe(text, limit)
    assert safe(once, limit) == once
    assert len(once) <= limit


@given(TRICKY)
def test_marks_never_pile_up(text: str) -> None:
    run = 0
    for char in safe(text):
        kind = unicodedata.category(char)
        run = run + 1 if kind in ("Mn", "Me") else run if kind == "Mc" else 0
        assert run <= 3


@given(ANYTHING)
def test_words_around_a_foreign_text_stay_ours(text: str) -> None:
    assert say("en", "note.key_unknown", text) == f"No key {safe(text)} at this station."
    assert "\n" not in say("vi", "=", text)
    assert "\x1b" not in say("vi", "no.such.key", text)


def test_a_cut_does_not_tear_a_letter_from_its_marks() -> None:
    shown = safe("क" * 78 + "कि" + "क" * 20)
    assert shown == "क" * 78 + "…"
    assert safe(f"عع{ZWNJ}عع", 4) == "عع…"


def test_the_limit_is_the_callers() -> None:
    assert safe("x" * 150, 200) == "x" * 150
    assert safe("x" * 300, 200) == "x" * 199 + "…"
    assert safe("xy", 1) == "…"


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("P\u0430vel", True),  # Cyrillic a
        ("\u0391lice", True),  # Greek Alpha
        ("P\u0301\u0430", True),  # a mark in between hides nothing
        ("Ivan Иван", False),
        ("Müller-Щербаков", False),
        ("Nguyễn Đỗ", False),
        ("Παπαδόπουλος", False),
        ("محمد Ali", False),
        ("山田 Taro", False),
        ("", False),
        ("\ud800\x00", False),
    ],
)
def test_look_alikes_inside_one_word_are_noticed(text: str, mixed: bool) -> None:
    assert mixed_scripts(text) is mixed
