"""The words: both languages complete and alike, what is said at the door honest, and no slip able to close it."""

import ast
import json
import re
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoint.model import CheckName, Outcome, Reason, Result
from checkpoint.words import LANGUAGES, age, date, day, known, moment, number, say

ROOT = Path(__file__).parent.parent / "checkpoint"
TEXTS = {lang: json.loads((ROOT / "locale" / f"{lang}.json").read_text("utf-8")) for lang in LANGUAGES}
NAMESPACES = {key.partition(".")[0] for key in TEXTS["en"]}
FREE = {"date.day", "date.moment", "date.months"}  # each language orders a date in its own way
PLACEHOLDER = re.compile(r"\{(\d+)(?::(\w+))?\}")


@pytest.fixture(autouse=True)
def hanoi(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_both_languages_have_the_same_keys_in_the_same_order() -> None:
    assert list(TEXTS["vi"]) == list(TEXTS["en"])


@pytest.mark.parametrize("key", sorted(set(TEXTS["en"]) - FREE))
def test_both_languages_take_the_same_arguments(key: str) -> None:
    vi, en = (sorted(PLACEHOLDER.findall(TEXTS[lang][key])) for lang in LANGUAGES)
    assert vi == en
    for lang in LANGUAGES:
        text = TEXTS[lang][key]
        assert text
        assert text == text.strip()
        assert "{" not in PLACEHOLDER.sub("", text)
        assert unicodedata.is_normalized("NFC", text)
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", text)


@pytest.mark.parametrize("key", sorted(TEXTS["en"]))
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_can_be_said_with_any_argument(lang: str, key: str) -> None:
    wanted = {int(place) for place, _ in PLACEHOLDER.findall(TEXTS[lang][key])} if key not in FREE else set()
    for argument in ("1651363200", "x", "", "1e400", "nan", "-9e99"):
        said = say(lang, key, *[argument] * len(wanted))
        assert key in FREE or key not in said, "arguments are numbered from 0 without a gap"


def literals() -> Iterator[tuple[str, str]]:
    """Every string in the source that has the shape of a key, with the file that holds it."""
    shape = re.compile(rf"({'|'.join(sorted(NAMESPACES))})\.[a-z][a-z0-9_]*")
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and shape.fullmatch(node.value):
                yield path.name, node.value


def test_every_key_that_the_source_names_has_its_words() -> None:
    found = list(literals())
    assert len(found) > 20, "the search itself must find something"
    suffixes = ("json", "py", "txt", "pem", "toml", "svg", "css", "js")
    assert [(path, key) for path, key in found if not known(key) and key.rpartition(".")[2] not in suffixes] == []


WORDS = {
    "outcome": [outcome.value for outcome in Outcome],
    "reason": [reason.word for reason in Reason],
    "title": [reason.word for reason in Reason],
    "check": [check.value for check in CheckName],
    "result": [result.value for result in Result],
    "kind": ["vaccination", "test", "recovery", "travel_permit"],
    "grant": ["green", "yellow", "pass"],
    "trust": ["pinned", "synced", "test"],
}


@pytest.mark.parametrize("namespace", WORDS)
def test_every_word_of_the_model_is_said_in_both_languages(namespace: str) -> None:
    for word in WORDS[namespace]:
        assert known(f"{namespace}.{word}"), word
    if namespace in ("outcome", "reason", "title"):
        stale = {key.partition(".")[2] for key in TEXTS["en"] if key.startswith(f"{namespace}.")} - {"test_key"}
        assert stale == set(WORDS[namespace]), "a word that is gone leaves no text behind"


def test_everything_but_admission_says_what_would_help() -> None:
    without = {reason.word for reason in Reason if not known(f"remedy.{reason.word}")}
    assert without == {"ok", "policy_refused"}  # a policy's remedy depends on the person


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("namespace", ["outcome", "title", "reason"])
def test_no_two_words_at_the_door_are_alike(lang: str, namespace: str) -> None:
    said = [text.casefold() for key, text in TEXTS[lang].items() if key.startswith(f"{namespace}.")]
    assert len(set(said)) == len(said)


def test_nobody_is_called_invalid_or_a_forger_for_what_is_ours_or_unproven() -> None:
    for reason in Reason:
        said = " ".join(TEXTS["vi"].get(f"{space}.{reason.word}", "") for space in ("title", "reason", "remedy"))
        said += TEXTS["vi"][f"outcome.{reason.outcome.value}"]
        assert "không hợp lệ" not in said.casefold(), reason
        assert "chứng chỉ" not in said.casefold(), "a school certificate"
        assert re.search(r"(?<!dấu hiệu )\bgiả\b", said.casefold()) is None, reason
    accusing = {key for key, text in TEXTS["en"].items() if re.search(r"\b(forg|fake|false)", text.casefold())}
    assert accusing == {"title.signature_invalid", "reason.signature_invalid"}


def test_only_the_outcome_admit_lets_anybody_through() -> None:
    said = {key for key, text in TEXTS["vi"].items() if "cho qua" in text.casefold()}
    assert said == {"outcome.admit", "scan.counter"}
    assert {key for key, text in TEXTS["en"].items() if "ADMIT" in text} == {"outcome.admit"}


def test_the_words_an_officer_knows() -> None:
    assert say("vi", "outcome.admit") == "HỢP LỆ – CHO QUA"
    assert say("vi", "title.signature_invalid") == "CHỮ KÝ SỐ SAI – CÓ DẤU HIỆU GIẢ MẠO"
    assert say("vi", "title.expired") == "HẾT HẠN"
    assert say("vi", "grant.green") == "THẺ XANH"
    assert say("en", "grant.green") == "GREEN CARD"


def test_an_unknown_key_is_shown_and_nothing_falls() -> None:
    assert say("vi", "no.such.key", "a\nb") == "no.such.key a�b"
    assert say("en", "note.clock_behind", "1651363200") == "note.clock_behind 1651363200"
    assert say("en", "reason.ok", "one too many") == TEXTS["en"]["reason.ok"]
    assert say("fr", "outcome.admit") == TEXTS["en"]["outcome.admit"]
    assert not known("no.such.key")


@given(st.text(), st.lists(st.text(), max_size=4))
def test_saying_never_raises(key: str, arguments: list[str]) -> None:
    for lang in (*LANGUAGES, "xx", ""):
        assert isinstance(say(lang, key, *arguments), str)


def test_an_argument_is_never_a_template() -> None:
    assert say("en", "note.key_unknown", "{0}{1:date}%s") == "No key {0}{1:date}%s at this station."
    assert say("en", "=", "PS256", "{0}") == "PS256 {0}"


def test_the_text_says_how_an_argument_is_shown() -> None:
    assert say("vi", "note.expired_on", "1651363200") == "Hết hạn ngày 01/05/2022."
    assert say("en", "note.expired_on", "1651363200.9") == "Expired on 1 May 2022."
    assert say("en", "note.expired_on", "2022-05-01") == "Expired on 1 May 2022."
    assert say("en", "note.expired_on", "soon\x1b") == "Expired on soon�."
    assert say("vi", "note.kind_not_allowed", "vaccination") == "Khóa này không được ký: Tiêm chủng."
    assert say("vi", "note.kind_not_allowed", "raffle") == "Khóa này không được ký: raffle."


def test_a_day_begins_where_the_station_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    evening = 1_651_341_600.0  # 2022-04-30 18:00 UTC
    assert date("vi", evening) == "01/05/2022"
    assert moment("vi", evening) == "01:00 ngày 01/05/2022"
    assert moment("en", evening) == "1 May 2022, 01:00"
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert date("en", evening) == "30 Apr 2022"


@given(st.floats())
def test_any_number_has_a_date_or_none(seconds: float) -> None:
    for lang in LANGUAGES:
        assert date(lang, seconds)
        assert moment(lang, seconds)


@pytest.mark.parametrize(
    ("iso", "vi", "en"),
    [
        ("1983-10-10", "10/10/1983", "10 Oct 1983"),
        ("1983-10-10T00:00:00", "10/10/1983", "10 Oct 1983"),
        ("0983-01-02", "02/01/0983", "2 Jan 0983"),
        ("1983-10", "1983-10", "1983-10"),
        ("1983", "1983", "1983"),
        ("1983-**-**", "1983-**-**", "1983-**-**"),
        ("1983-13-01", "1983-13-01", "1983-13-01"),
        ("1983-10-1０", "1983-10-1０", "1983-10-1０"),
        ("1983-10-10 VALID", "1983-10-10 VALID", "1983-10-10 VALID"),
        ("10.10.1983\n", "10.10.1983�", "10.10.1983�"),
        ("", "", ""),
    ],
)
def test_a_birth_date_keeps_the_precision_it_has(iso: str, vi: str, en: str) -> None:
    assert (day("vi", iso), day("en", iso)) == (vi, en)


def test_numbers_and_ages() -> None:
    assert (number("vi", 2.5), number("en", 2.5), number("vi", 3)) == ("2,5", "2.5", "3")
    now = 1_651_363_200.0
    assert age("en", None, now) == "never synced"
    assert age("en", now - 86_399, now) == "less than a day old"
    assert age("en", now + 500, now) == "less than a day old"
    assert age("en", now - 86_400, now) == "1 day old"
    assert age("vi", now - 10.5 * 86_400, now) == "đã 10 ngày"


def test_the_words_are_read_when_they_are_needed_and_in_one_language() -> None:
    code = (
        "import sys; opened = []; sys.addaudithook(lambda e, a: e == 'open' and opened.append(str(a[0])));"
        "from checkpoint import words; none = [p for p in opened if 'locale' in p and p.endswith('.json')];"
        "words.say('vi', 'reason.ok'); words.say('vi', 'reason.expired');"
        "print(none, [p[-7:] for p in opened if p.endswith('.json')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert done.stdout.strip() == "[] ['vi.json']"
