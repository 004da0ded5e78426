"""PDF files: every page, dense codes, and files made to hurt."""

import contextlib
import io

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image
from rendered import Frame, qr

from checkpoint.model import Reason, Refusal
from checkpoint.readers import pdf as pdf_room
from checkpoint.readers import read
from checkpoint.readers.pdf import MOST_PAGES, read_pdf
from checkpoint.readers.still import Deadline

A4 = (595, 842)


def pages(*symbols: Frame | None, dots: int = 200, trailing: int = 0) -> bytes:
    """An A4 PDF with one symbol a page (None: an empty page) and `trailing` empty pages."""
    drawn = []
    for symbol in symbols:
        page = np.full((round(A4[1] * dots / 72), round(A4[0] * dots / 72)), 255, np.uint8)
        if symbol is not None:
            page[300 : 300 + len(symbol), 200 : 200 + len(symbol)] = symbol
        drawn.append(Image.fromarray(page))
    out = io.BytesIO()
    drawn[0].save(out, "pdf", save_all=True, append_images=drawn[1:], resolution=dots)
    if not trailing:
        return out.getvalue()
    document = pdfium.PdfDocument(out.getvalue())
    for _ in range(trailing):
        document.new_page(*A4)
    longer = io.BytesIO()
    document.save(longer)
    return longer.getvalue()


def written(body: bytes, box: str = "0 0 595 842") -> bytes:
    """A PDF of one page with `body` as its drawing instructions."""
    page = f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents 4 0 R/Resources<<>>>>".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page,
        b"<</Length %d>>stream\n" % len(body) + body + b"\nendstream",
    ]
    whole = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n" % n + text + b"\nendobj\n" for n, text in enumerate(objects, 1))
    return whole + b"trailer<</Root 1 0 R/Size 5>>\n%%EOF"


def refusal(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_pdf(data)
    assert caught.value.reason is Reason.NO_CODE
    return caught.value


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>", b"\0" * 99])
def test_what_is_no_pdf_is_refused_as_unreadable(data: bytes) -> None:
    assert refusal(data).note == ("note.pdf_unreadable",)


def test_a_pdf_cut_anywhere_is_read_or_refused() -> None:
    whole = pages(qr("A"))
    for cut in range(0, len(whole), len(whole) // 12):
        with contextlib.suppress(Refusal):
            assert [code.text for code in read_pdf(whole[:cut])] == ["A"]


def test_the_codes_of_all_pages_are_read() -> None:
    assert [code.text for code in read_pdf(pages(qr("one"), None, qr("two")))] == ["one", "two"]


def test_a_pdf_is_told_from_a_picture_by_what_is_in_it() -> None:
    assert read(b"\n" * 100 + pages(qr("one")))[0].text == "one"


def test_the_densest_code_on_a_thumbs_width_is_read() -> None:
    dense = qr("A" * 1200, px=3, error="q")
    small = pages(dense, dots=400)
    (code,) = read_pdf(small)
    assert code.text == "A" * 1200


def test_the_higher_resolution_is_tried_when_the_first_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    monkeypatch.setattr(pdf_room, "_pages", lambda _, resolution, __: tried.append(resolution) or iter(()))
    refusal(pages(None))
    assert tried == list(pdf_room.DOTS_PER_INCH)


def test_of_ten_thousand_pages_only_the_first_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []
    monkeypatch.setattr(pdf_room, "_drawn", lambda page, *_: drawn.append(page) or Image.new("L", (9, 9)))
    assert refusal(pages(None, trailing=10_000)).note == ("note.no_code_in_first_pages", str(MOST_PAGES))
    assert len(drawn) == MOST_PAGES * len(pdf_room.DOTS_PER_INCH)


@pytest.mark.parametrize(
    "box", ["0 0 14400 14400", "0 0 900000 900000", "0 0 1 900000", "0 0 0.001 0.001", "0 0 -5 -5"]
)
def test_a_page_of_any_size_is_drawn_within_the_caps(box: str) -> None:
    assert refusal(written(b"0 0 10 10 re f", box)).note == ("note.no_code_in_picture",)


def test_a_page_with_endless_drawing_is_left_at_the_deadline() -> None:
    ticks = iter(range(1_000_000))
    page = pdfium.PdfDocument(written(b"0 0 50 80 re f\n" * 20_000))[0]
    assert pdf_room._drawn(page, 200, Deadline(5, clock=lambda: next(ticks))).size == (1653, 2339)
    assert 5 <= next(ticks) < 10  # it would be asked two hundred times


def test_a_locked_pdf_is_refused_as_unreadable() -> None:
    locked = written(b"").replace(
        b"trailer<<",
        b"trailer<</ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -1>>" % (b"11" * 32, b"22" * 32),
    )
    assert refusal(locked).note == ("note.pdf_unreadable",)
