"""What people see: the outcome first and apart, nothing unproven as proven, on any terminal and with any name."""

import importlib.util
import io
import json
import re
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from test_safe import HOSTILE, NAMES

from checkpoint import present
from checkpoint.model import (
    Check,
    Checked,
    CheckName,
    Claims,
    Credential,
    Key,
    Outcome,
    Policy,
    Reason,
    Result,
    Stated,
    Subject,
)
from checkpoint.present import Look
from checkpoint.present.terminal import COLOURS, SHAPES
from checkpoint.verdict import Verdict, rfc3339
from checkpoint.words import LANGUAGES, safe, say

ROOT = Path(__file__).parent.parent
AT = 1_651_363_200.0  # 2022-05-01 00:00 UTC
DAY = 86_400.0
KEY = Key("hcert", "8w2kZxb3iC0=", public=None, name="Sở Y tế", country="VN", as_of=AT - 3 * DAY)  # type: ignore[arg-type]
HOLDER = Subject("Nguyễn Bảo Duy", "1983-10-10", latin_name="NGUYEN BAO DUY")
DOSE = Credential("vaccination", {"product": "EU/1/21/1529", "dose": 2, "date": "2021-03-18"})
CLAIMS = Claims(
    "hcert",
    b"signed bytes",
    Stated(HOLDER, (DOSE,)),
    issuer="VN",
    issued_at=AT - 17 * DAY,
    valid_until=AT + 300 * DAY,
)
LOOKS = [Look(width, colour, unicode) for width in (20, 40, 80) for colour in (0, 1) for unicode in (0, 1)]
LOOKS += [Look(plain=True), Look(plain=True, unicode=False)]
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def hanoi(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def verdict(reason: Reason = Reason.OK, key: Key | None = KEY, claims: Claims | None = CLAIMS, **more: Any) -> Verdict:
    passes = (Checked((), "hcert", key, claims, more.pop("revocation_as_of", None)),)
    return Verdict(reason, more.pop("checks", ()), AT, Policy("authentic", "1"), passes=passes, **more)


def named(name: str) -> Verdict:
    """A verdict in which every text that a pass, an issuer or a file may bring is `name`."""
    everything = Subject(name, name, name, name, name, name)
    credential = Credential("ticket", {"event": name, "seat": name, name: name})
    stated = Stated(everything, (credential, Credential(name, {"x": name})))
    claims = Claims(name, b"", stated, name, name, issued_at=AT)
    key = KEY._replace(kid=name, issuer=name, name=name, country=name)
    check = Check(CheckName.FORMAT, Result.WARNING, ("note.value_unknown", name))
    return verdict(Reason.EXPIRED, key, claims, checks=(check,), note=("=", name), source=name, grant=name)


def plain(shown: Verdict, lang: str = "en", **more: Any) -> list[str]:
    return present.render(shown, lang, Look(plain=True), **more).splitlines()


# --- a name cannot be a verdict --------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", LOOKS, ids=str)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_reaches_the_screen_disarmed(name: str, view: Look) -> None:
    text = present.render(named(HOSTILE[name][0]), "vi", view)
    bare = ANSI.sub("", text) if view.colour else text
    bad = {char for char in bare if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}}
    assert bad <= {"\n"}
    assert view.plain or max(map(cell_len, bare.splitlines())) <= view.width


@pytest.mark.parametrize("view", LOOKS, ids=str)
@pytest.mark.parametrize(
    "name", ["VALID – ADMIT", "✔  VALID – ADMIT", "x" * 74 + " VALID – ADMIT", "[OK]  VALID – ADMIT"]
)
def test_a_name_never_stands_where_a_verdict_stands(name: str, view: Look) -> None:
    text = ANSI.sub("", present.render(named(name), "en", view))
    head, _, rest = text.partition("EXPIRED")
    assert "REFUSE" in head
    assert "ADMIT" not in head
    assert "VALID" in rest
    assert not re.search(r"^\W{0,1}VALID", rest, re.MULTILINE), "foreign text never begins where the outcome begins"
    assert view.plain or all(line.startswith("  ") for line in rest.splitlines()[3:] if line)
    shapes = [shape for shape, _ in SHAPES.values() if shape != "?"]
    assert not any(shape in rest for shape in shapes)


def test_markup_in_a_name_is_just_characters() -> None:
    text = present.render(named("[bold green]A[/] [/]"), "en", Look(colour=True))
    assert "[bold green]A[/] [/]" in ANSI.sub("", text)
    assert "\x1b[1;32m" not in text


@pytest.mark.parametrize("name", ["arabic_ok", "hebrew_ok"])
def test_rtl_layout_result_first(name: str) -> None:
    for view in (Look(), Look(plain=True)):
        text = present.render(named(NAMES[name]), "vi", view)
        assert text.index("TỪ CHỐI") < text.index("HẾT HẠN") < text.index(NAMES[name])
        assert not any(say("vi", "outcome.refuse") in line for line in text.splitlines() if NAMES[name] in line)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_reaches_programs_disarmed(name: str) -> None:
    text = HOSTILE[name][0]
    line = named(text).as_json("vi")
    assert line.isascii()
    assert line.isprintable()
    found = json.loads(line)
    shown = safe(text, 200)
    assert found["subject"]["name"] == shown
    assert found["issuer"]["kid"] == shown
    assert found["credentials"][0]["event"] == shown
    for value in strings(found):
        assert safe(value, 400) == value


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, str):
        yield value


@given(st.text(st.characters(), max_size=60), st.sampled_from(LOOKS), st.sampled_from(LANGUAGES))
def test_no_name_stops_the_screen(name: str, view: Look, lang: str) -> None:
    text = present.render(named(name), lang, view)
    assert text.endswith("\n")
    assert say(lang, "outcome.refuse").isascii() is False or "REFUSE" in text
    text.encode("utf-8" if view.unicode else "ascii")


# --- order and honesty -----------------------------------------------------------------------------------------------


def test_the_lines_come_in_the_order_an_officer_needs() -> None:
    lines = plain(verdict(Reason.EXPIRED, remedy=("remedy.newest_code",)), "en", now=AT)
    assert lines == [
        "REFUSE. EXPIRED.",
        "The signature is good, but the pass has expired.",
        "To do: Ask for the newest code in the app of the issuer.",
        "Name: Nguyễn Bảo Duy (NGUYEN BAO DUY)",
        "Born: 10 Oct 1983",
        "States: Vaccination",
        "Issuer: Sở Y tế (VN) – pinned at this station",
        "Issued: 14 Apr 2022",
        "Valid until: 25 Feb 2023, 07:00",
        "Keys: 28 Apr 2022 (3 days old)",
        "Revocation: not checked: no list is named for this issuer",
        "Rules: authentic 1",
    ]


def test_health_is_named_by_its_kind_alone() -> None:
    text = present.render(verdict(), "en")
    assert "Vaccination" in text
    assert not re.search("EU/1/21|2021|dose", text)


def test_two_doses_are_one_line_and_a_ticket_says_where() -> None:
    ticket = Credential("ticket", {"event": "Gala", "seat": "A1", "price": 5})
    many = CLAIMS._replace(statement=Stated(HOLDER, (DOSE, DOSE, ticket)))
    assert [line for line in plain(verdict(claims=many)) if line.startswith("States")] == [
        "States: Vaccination × 2",
        "States: Ticket · Gala · A1",
    ]


def test_what_no_key_stands_behind_is_never_shown_as_proven() -> None:
    shown = verdict(Reason.IDENTITY_ONLY, key=None)
    lines = plain(shown)
    assert lines[0] == "CHECK BY HAND. PERSONAL DATA ONLY."
    assert lines[lines.index("Name: Nguyễn Bảo Duy (NGUYEN BAO DUY)") - 1] == "Claimed, not proven:"
    assert not any(line.startswith(("States", "Issue", "Valid")) for line in lines)
    found = shown.as_dict()
    assert found["subject"] is None
    assert found["credentials"] == []
    assert found["issued_at"] is found["valid_until"] is found["issuer"] is None
    assert found["claimed"]["name"] == "Nguyễn Bảo Duy"


def test_a_signed_pass_speaks_before_an_unsigned_one() -> None:
    unsigned = Checked((), "cccd", None, CLAIMS._replace(statement=Stated(Subject("SOMEBODY ELSE"))))
    signed = verdict().passes[0]
    both = verdict()._replace(passes=(unsigned, signed))
    assert both.subject == CLAIMS.subject
    assert both.claimed is None
    assert "claimed" not in both.as_dict()
    assert len(both.as_dict()["credentials"]) == 1


def test_an_issuer_whose_signature_did_not_hold_is_only_named() -> None:
    lines = plain(verdict(Reason.SIGNATURE_INVALID, claims=None))
    assert "Names itself: Sở Y tế (VN)" in lines
    assert not any("pinned" in line or line.startswith(("Name:", "Issuer", "States")) for line in lines)


def test_a_test_key_is_marked_before_anything_else() -> None:
    shown = verdict(key=KEY._replace(test=True), grant="green")
    assert plain(shown)[:2] == ["VALID – ADMIT. GREEN CARD · TEST KEY.", say("en", "note.test_key")]
    assert "TEST KEY" in present.history(shown, "en")
    assert any("TEST KEY" in line for line in plain(shown) if line.startswith("Issuer"))
    assert shown.as_dict()["issuer"]["test"] is True


def test_revocation_says_what_is_known() -> None:
    def said(**more: Any) -> str:
        return next(line for line in plain(verdict(**more)) if line.startswith("Revocation"))

    assert said() == "Revocation: not checked: no list is named for this issuer"
    assert said(key=KEY._replace(revocation="list")) == "Revocation: not checked: the list is not on this station"
    assert said(revocation_as_of=AT - DAY) == "Revocation: 30 Apr 2022 (1 day old)"


def test_ages_are_of_now_and_another_time_is_said() -> None:
    later = plain(verdict(), "vi", now=AT + 10 * DAY)
    assert later[1] == "Xét theo thời điểm 07:00 ngày 01/05/2022 (--at), không phải hiện tại."
    assert "Dữ liệu khóa: 28/04/2022 (đã 13 ngày)" in later
    assert not any("--at" in line for line in plain(verdict(), "vi", now=AT + 5))
    assert "Keys: age not known" in plain(verdict(key=KEY._replace(as_of=None)))


def test_other_reasons_and_warnings_are_said_too() -> None:
    checks = (
        Check(CheckName.TIME, Result.FAIL, ("note.expired_on", str(AT)), Reason.EXPIRED),
        Check(CheckName.REVOCATION, Result.FAIL, (), Reason.REVOKED),
        Check(CheckName.TIME, Result.WARNING, ("note.outlives_key",)),
        Check(CheckName.SIGNATURE, Result.PASS, ("=", "PS256")),
    )
    lines = plain(verdict(Reason.REVOKED, checks=checks, note=("note.issuer_unknown", "X")))
    assert lines[1:6] == [
        "The issuer has revoked this pass.",
        "Detail: No keys of X at this station.",
        "To do: Ask for the newest code in the app of the issuer; errors are settled with the issuer.",
        "Also: Expired on 1 May 2022.",
        "Warning: The pass is valid longer than the key that signed it.",
    ]


def test_a_name_of_mixed_letters_is_pointed_out() -> None:
    assert say("en", "note.mixed_scripts") in " ".join(plain(named("P\u0430vel")))
    assert not any("alphabets" in line for line in plain(verdict()))


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        (Subject(), "Name: (not stated)"),
        (Subject(latin_name="DUY"), "Name: DUY"),
        (Subject(family_name="Nguyễn", given_name="Duy"), "Name: Nguyễn Duy"),
        (Subject("DUY", latin_name="duy"), "Name: DUY"),
    ],
)
def test_a_name_in_the_forms_it_may_have(subject: Subject, line: str) -> None:
    assert line in plain(verdict(claims=CLAIMS._replace(statement=Stated(subject))))


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_reason_is_shown_with_its_outcome(reason: Reason, lang: str) -> None:
    for shown in (verdict(reason), Verdict(reason, (), AT, Policy("authentic", "1"))):
        first, second, *_ = plain(shown, lang)
        assert first == f"{say(lang, f'outcome.{reason.outcome.value}')}. {say(lang, f'title.{reason.word}')}."
        assert second == say(lang, f"reason.{reason.word}")
        found = shown.as_dict(lang)
        assert (found["remedy"] is None) == (reason in (Reason.OK, Reason.POLICY_REFUSED))
        assert found["detail"] == second


# --- any terminal ----------------------------------------------------------------------------------------------------


def test_outcomes_differ_in_shape_word_colour_and_sound() -> None:
    for table in (
        COLOURS,
        present.BELLS,
        {one: SHAPES[one][0] for one in SHAPES},
        {one: SHAPES[one][1] for one in SHAPES},
    ):
        assert len(set(table.values())) == len(table) == len(Outcome)
    assert all(ascii_shape.isascii() for _, ascii_shape in SHAPES.values())
    assert present.bell(Outcome.REFUSE) == "\a\a\a"


def test_colour_is_only_there_when_asked_for() -> None:
    assert "\x1b" not in present.render(verdict(), "vi", Look())
    assert ANSI.sub("", present.render(verdict(), "vi", Look(colour=True))).split()[:2] == ["✔", "HỢP"]


def test_rendering_looks_at_nothing_but_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    before = present.render(verdict(), "vi", Look(colour=True))
    for name, value in {"COLUMNS": "30", "NO_COLOR": "1", "TERM": "dumb", "FORCE_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    assert present.render(verdict(), "vi", Look(colour=True)) == before
    assert "\x1b" not in present.render(verdict(), "vi", Look())


class Screen(io.StringIO):
    def __init__(self, encoding: str = "utf-8", *, terminal: bool = True) -> None:
        super().__init__()
        self.named, self.terminal = encoding, terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.named

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    ("environ", "terminal", "colour", "plain_lines"),
    [
        ({"TERM": "xterm"}, True, True, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True, False),
        ({"TERM": "dumb"}, True, False, True),
        ({"TERM": "xterm", "FORCE_COLOR": "1"}, False, False, True),
    ],
)
def test_a_stream_gets_what_it_can_show(
    environ: dict[str, str], terminal: bool, colour: bool, plain_lines: bool
) -> None:
    found = present.look(Screen(terminal=terminal), environ)
    assert (found.colour, found.plain) == (colour, plain_lines)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "no-such-encoding", "utf-8"])
@pytest.mark.parametrize("terminal", [True, False])
def test_a_screen_that_cannot_carry_vietnamese_is_still_read(encoding: str, terminal: bool) -> None:
    screen = Screen(encoding, terminal=terminal)
    present.show(named("Nguyễn Đức \ud800 محمد"), "vi", screen)
    text = ANSI.sub("", screen.getvalue())
    if encoding == "utf-8":
        assert "TỪ CHỐI" in text
    else:
        assert text.isascii()
        assert "TU CHOI" in text
        assert "HET HAN" in text
        assert re.search(r"Nguyen\s+Duc", text)
    screen.getvalue().encode(encoding if encoding != "no-such-encoding" else "ascii")


def test_a_screen_reader_gets_plain_lines_on_a_terminal_too() -> None:
    screen = Screen()
    present.show(verdict(), "vi", screen, plain=True)
    assert screen.getvalue().startswith("HỢP LỆ – CHO QUA. ĐÚNG VÀ CÒN HIỆU LỰC.\n")


def test_the_history_line_names_nobody() -> None:
    for reason in Reason:
        line = present.history(verdict(reason), "vi")
        assert "\n" not in line
        assert "Nguyễn" not in line
        assert line.startswith(SHAPES[reason.outcome][0])
        assert len(line) < 80
    assert (
        present.history(verdict(grant="yellow"), "vi", unicode=False)
        == "[OK] HOP LE - CHO QUA - THE VANG - PHAM VI HAN CHE"
    )
    assert present.history(verdict(grant="gold\n"), "en") == "✔ VALID – ADMIT · gold�"


def test_an_error_is_one_line_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    present.error("no such file: a\nb\x1b[2J", "look at the name")
    assert capsys.readouterr().err == "checkpoint: no such file: a�b�[2J – look at the name\n"
    screen = Screen("ascii")
    present.error("không có tệp", stream=screen)
    assert screen.getvalue() == "checkpoint: khong co tep\n"


def test_programs_and_pipes_do_not_pay_for_rich() -> None:
    code = (
        "import sys, io; from checkpoint import present, verdict, model;"
        "shown = verdict.Verdict(model.Reason.OK, (), 0.0, model.Policy('authentic', '1'));"
        "present.show(shown, 'vi', io.StringIO()); shown.as_json();"
        "print([name for name in sys.modules if name.partition('.')[0] == 'rich'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@given(st.floats())
def test_any_time_can_be_written_down(seconds: float) -> None:
    written = rfc3339(seconds)
    assert (written is None) == (seconds != seconds)
    assert written is None or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", written)


# --- pictures --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pictures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pictures", ROOT / "docs" / "make_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_of_the_readme_is_drawn_from_real_verdicts(pictures: ModuleType) -> None:
    reasons = [one.reason for one in pictures.demo_verdicts()]
    assert reasons == [Reason.OK, Reason.EXPIRED, Reason.SIGNATURE_INVALID, Reason.ISSUER_UNKNOWN]


def test_a_picture_loads_nothing_and_cuts_no_mark(pictures: ModuleType) -> None:
    reasons = (Reason.OK, Reason.EXPIRED, Reason.ISSUER_UNKNOWN, Reason.TRUST_STALE, Reason.DAMAGED)
    each = [verdict(reason) for reason in reasons]
    drawing = pictures.picture([*each, named("<script>&\x1b")], "vi")
    assert set(re.findall(r"https?://[^\s\"]+", drawing)) == {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
    assert not re.search(r"@font-face|@import|href=|<script|<image", drawing)
    assert set(re.findall(r"url\(([^)]*)\)", drawing)) == {"#checkpoint-clip-terminal"}
    for outcome in Outcome:
        assert say("vi", f"outcome.{outcome.value}").split()[0] in drawing
