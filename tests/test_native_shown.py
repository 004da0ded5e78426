"""What people see of a native pass: on the officer's screen, at a kiosk, and on the printed sheet."""

import io

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from checkpoint import verify
from checkpoint.authority.issuing import codes, lettering, sheets
from checkpoint.kiosk.holder import needs_holder, unattended
from checkpoint.model import Reason
from checkpoint.policy.authentic import AUTHENTIC
from checkpoint.present.page import compose, title
from checkpoint.verdict import Verdict
from tests.issuer import NOW, trust_in
from tests.native_issuer import CARD, PERMIT, SCOPES, TEST, TICKET, NativeIssuer, claims, content

ISSUER, DEMO = NativeIssuer(), NativeIssuer("demo:hcm")
OPEN = NOW - 2 * 3600


def judge(text: str, *issuers: NativeIssuer, at: float = OPEN) -> Verdict:
    trust = trust_in(*(one.key() for one in issuers or (ISSUER,)))
    return verify.decide((verify.check(text, trust, at),), trust, AUTHENTIC, at, at)


def said(verdict: Verdict, lang: str = "vi") -> str:
    return "\n".join(f"{line.label}: {line.text}" for block in compose(verdict, lang).blocks for line in block)


def test_a_permit_shows_all_that_an_officer_compares() -> None:
    text = said(judge(ISSUER.issue(claims(content(PERMIT)))))
    for words in ("Giấy đi đường", "HCM-0012345", "Nhân viên y tế", "TP. Hồ Chí Minh", "Quận 7 – Nguyễn Văn Linh"):
        assert words in text
    for words in ("59-X1 123.45", "Mo-Sa 05:30-18:00", "079083000123", "Nguyễn Thị Bảo Duy", "10/10/1983"):
        assert words in text


def test_a_closed_permit_says_its_hours_and_when_to_come_back() -> None:
    text = said(judge(ISSUER.issue(claims(content(PERMIT))), at=NOW + 8 * 3600), "en")
    assert "Mo-Sa 05:30-18:00" in text
    assert "Come back from 1" in text


@pytest.mark.parametrize(
    ("colour", "vi", "en"), [(1, "XANH", "GREEN"), (2, "VÀNG – PHẠM VI HẠN CHẾ", "YELLOW – LIMITED")]
)
def test_a_card_says_its_colour_in_both_languages(colour: int, vi: str, en: str) -> None:
    verdict = judge(ISSUER.issue(claims(content(CARD, scope={1: colour}))))
    assert f"Thẻ · HCM-0012345 · {vi}" in said(verdict)
    assert f"Card · HCM-0012345 · {en}" in said(verdict, "en")


def test_a_test_result_names_its_kind_alone_and_warns_where_it_is_not_negative() -> None:
    negative = said(judge(ISSUER.issue(claims(content(TEST)))))
    positive = said(judge(ISSUER.issue(claims(content(TEST, scope={**SCOPES[TEST], 2: 2})))))
    assert "Pasteur" not in negative + positive
    assert "không phải âm tính" in positive
    assert "không phải âm tính" not in negative


def test_a_demonstration_carries_its_mark_where_it_counts_and_its_own_word_where_not() -> None:
    text = DEMO.issue()
    assert title(judge(text, DEMO), "en").endswith("TEST KEY")
    refused = judge(text)
    assert title(refused, "vi") == "MÃ TRÌNH DIỄN"
    assert "HỢP LỆ" not in said(refused)
    assert "demonstration issuers" in said(judge(ISSUER.issue(), DEMO), "en")


def test_at_an_unattended_kiosk_a_named_holder_is_checked_and_a_bearers_ticket_goes_through() -> None:
    named = unattended(judge(ISSUER.issue(claims(content(TICKET)))))
    bearer = judge(ISSUER.issue(claims(content(TICKET, holder=None))))
    assert named.reason is Reason.HOLDER_UNCHECKED
    assert not needs_holder(bearer)
    assert unattended(bearer).reason is Reason.OK


def page_of(*cards: sheets.Card) -> "pypdfium2.PdfDocument":
    return pypdfium2.PdfDocument(sheets.sheet(cards))


def test_a_printed_card_says_kind_and_number_and_nothing_of_its_holder() -> None:
    text = ISSUER.issue(claims(content(CARD)))
    page = page_of(sheets.Card("card", "HCM-0012345", codes.draw(text, ()).matrix))[0]
    words = page.get_textpage().get_text_range().split()
    assert sorted(words) == ["Card", "HCM-0012345", "The"]  # the marks of a letter are drawn, not set


def test_a_demonstrations_sheet_carries_the_word_on_every_card() -> None:
    card = sheets.Card("card", "D-1", codes.draw(DEMO.issue(), ()).matrix, demo=True)
    page = page_of(card, card)[0]
    assert page.get_textpage().get_text_range().count("DEMONSTRATION PASS") == 2


def test_cards_fill_pages_of_ten_and_files_of_a_hundred_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    card = sheets.Card("card", "C-1", codes.draw("CP1:" + "A" * 20, ()).matrix)
    assert [len(page_of(*[card] * count)) for count in (1, 10, 11, 20, 21)] == [1, 1, 2, 2, 3]
    monkeypatch.setattr(sheets, "A_FILE", 20)
    found = [len(pypdfium2.PdfDocument(data)) for data in sheets.files([card] * 41)]
    assert found == [2, 2, 1]


def drawn(text: str) -> "np.ndarray[tuple[int, int], np.dtype[np.bool_]]":
    """`text` as ink, 200 pixels a letter's height."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(60, 60))
    lettering.draw(canvas, 15, 20, text, 30)
    canvas.save()
    picture: Image.Image = pypdfium2.PdfDocument(out.getvalue())[0].render(scale=4).to_pil()
    return np.asarray(picture.convert("L")) < 128


@pytest.mark.parametrize("letter", list("ấầẩẫậắằẳẵặếềểễệốồổỗộớờởỡợứừửữựáàảãạýỳỷỹỵđĐÂĂÊÔƠƯ"))
def test_every_vietnamese_letter_is_drawn_with_its_marks(letter: str) -> None:
    bare = {"đ": "d", "Đ": "D"}.get(letter) or "".join(char for char in _decomposed(letter) if char.isascii())
    assert not (drawn(bare) & ~drawn(letter)).any(), "the letter itself stays whole"
    assert (drawn(letter) & ~drawn(bare)).sum() > 20, "something is added to it"


def test_letters_that_differ_in_their_marks_are_drawn_differently() -> None:
    letters = "aàáảãạâấầẩẫậăắằẳẵặ"
    seen = {drawn(letter).tobytes() for letter in letters}
    assert len(seen) == len(letters)


def _decomposed(letter: str) -> str:
    from unicodedata import normalize

    return normalize("NFD", letter)


def test_a_foreign_letter_is_a_question_mark_and_a_long_label_is_cut() -> None:
    assert (drawn("中") == drawn("?")).all()
    assert lettering.fitted("A" * 100, 9, 60).endswith("...")
    assert lettering.width(lettering.fitted("A" * 100, 9, 60), 9) <= 60
    assert lettering.fitted("C-1", 9, 60) == "C-1"
    assert 6 < lettering.fitting("A" * 12, 9, 6, 60) < 9
    assert lettering.fitting("A" * 100, 9, 6, 60) == 6
