"""PDF files: their pages drawn and read."""

import math
import threading
from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.internal as pdfium_internal
import pypdfium2.raw as pdfium_c
from PIL import Image

from checkpoint.model import Reason, Refusal
from checkpoint.readers.code import Code, Enough, distinct, first_is_enough
from checkpoint.readers.content import content
from checkpoint.readers.picture import WORKING_PIXELS
from checkpoint.readers.still import Deadline, read_still

# A pass has one page or two, a dossier a dozen.
MOST_PAGES = 20
# The second is for the densest code on a thumb's width: 177 modules on 40 mm at three pixels each.
DOTS_PER_INCH = (200, 400)
# For all pages together, at both resolutions.
DOCUMENT_SECONDS = 10.0
POINTS_PER_INCH = 72

_one_at_a_time = threading.Lock()  # PDFium is not made for threads


def read_pdf(source: Path | bytes, enough: Enough = first_is_enough) -> list[Code]:
    """Every code on the first MOST_PAGES pages; never empty. Corners are in pixels of the page as drawn.

    Refusal(NO_CODE) where it cannot be opened (broken, locked by a password), is too large or has no code;
    OSError where the file cannot be read.
    """
    data = content(source)
    try:
        with _one_at_a_time, pdfium.PdfDocument(data) as document:
            codes = _codes(document, enough, Deadline(DOCUMENT_SECONDS))
            more = len(document) > MOST_PAGES
    except pdfium.PdfiumError as error:
        raise Refusal(Reason.NO_CODE, "note.pdf_unreadable") from error
    if not codes:
        note = ("note.no_code_in_first_pages", str(MOST_PAGES)) if more else ("note.no_code_in_picture",)
        raise Refusal(Reason.NO_CODE, *note)
    return codes


def _codes(document: pdfium.PdfDocument, enough: Enough, deadline: Deadline) -> list[Code]:
    codes: list[Code] = []
    for resolution in DOTS_PER_INCH:
        for page in _pages(document, resolution, deadline):
            codes = distinct([*codes, *read_still(page, enough, deadline)])
        if any(enough(code) for code in codes):
            break
    return codes


def _pages(document: pdfium.PdfDocument, resolution: int, deadline: Deadline) -> Iterator[Image.Image]:
    for number in range(min(len(document), MOST_PAGES)):
        if deadline.passed:
            return
        page = document[number]
        try:
            yield _drawn(page, resolution, deadline)
        finally:
            page.close()


def _drawn(page: pdfium.PdfPage, resolution: int, deadline: Deadline) -> Image.Image:
    """The page in grey; what was not drawn by the deadline stays white."""
    width, height = _pixels(page.get_width(), page.get_height(), resolution / POINTS_PER_INCH)
    bitmap = pdfium.PdfBitmap.new_native(width, height, pdfium_c.FPDFBitmap_BGR)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    pause = pdfium_c.IFSDK_PAUSE(version=1)
    pdfium_internal.set_callback(pause, "NeedToPauseNow", lambda _: deadline.passed)
    place = (0, 0, width, height, 0)
    pdfium_c.FPDF_RenderPageBitmap_Start(bitmap, page, *place, pdfium_c.FPDF_ANNOT, pause)
    pdfium_c.FPDF_RenderPage_Close(page)
    picture: Image.Image = bitmap.to_pil()
    return picture.convert("L")


def _pixels(width: float, height: float, scale: float) -> tuple[int, int]:
    """The size to draw a page of `width` x `height` points: a page may claim to be as large as a house."""
    scale = min(scale, math.sqrt(WORKING_PIXELS / max(width * height, 1.0)))
    # A strip gives no area to measure by: no side is longer than the whole of a picture.
    most = WORKING_PIXELS // 256
    return max(1, min(round(width * scale), most)), max(1, min(round(height * scale), most))
