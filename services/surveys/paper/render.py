"""Forms to one PDF (PDF/UA-1: tagged, its languages said), every family's form on sheets of its own.

Forms are laid out one by one, so that pages count from 1 in each, and bound as pages of one document, which keeps
their tags; joining finished PDFs would lose them.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import jinja2
import pydyf
import segno
from weasyprint import CSS, HTML
from weasyprint.document import Document
from weasyprint.logger import LOGGER
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from services.surveys.paper.sheet import Sheet

HERE = Path(__file__).parent
VARIANT = "pdf/ua-1"
_CODEPOINT = re.compile(r"U\+([0-9A-Fa-f]{4,6})")
# a form holds all it shows: nothing is fetched while it is printed
_NOTHING_FROM_ELSEWHERE = URLFetcher(allowed_protocols=("data",))


@dataclass(frozen=True, slots=True)
class Laid:
    """What `render` returns: the file, pages per form, characters that no font has."""

    pdf: bytes = field(repr=False)
    pages: tuple[int, ...]
    missing: tuple[str, ...]


@cache
def _template() -> jinja2.Template:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("sheet.html")


def render(sheets: Sequence[Sheet], *, duplex: bool = False) -> Laid:
    """`duplex`: every form begins on a front, so one of an odd number of pages is followed by a blank back."""
    fonts = FontConfiguration()
    style = CSS(filename=str(HERE / "sheet.css"), font_config=fonts)
    missing = _Missing()
    LOGGER.addHandler(missing)
    try:
        laid = [_lay(sheet, style, fonts) for sheet in sheets]
        blank = _page('<html lang="en"><title>-</title><body class="blank"></body></html>', style, fonts)
        pages: list[Any] = []
        counts = []
        for document in laid:
            own = list(document.pages)
            if duplex and len(own) % 2:
                own += blank.pages
            counts.append(len(own))
            pages += own
        pdf = laid[0].copy(pages).write_pdf(finisher=_say_languages, pdf_tags=True, pdf_variant=VARIANT)
    finally:
        LOGGER.removeHandler(missing)
    return Laid(pdf, tuple(counts), tuple(sorted(missing.found)))


class _Missing(logging.Handler):
    """WeasyPrint says of a character without a font so in its log, and nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.found |= {f"U+{code.upper()}" for code in _CODEPOINT.findall(record.getMessage())}


def _lay(sheet: Sheet, style: CSS, fonts: FontConfiguration) -> Document:
    return _page(_template().render(sheet=sheet, qr=_code(sheet.link)), style, fonts)


def _page(html: str, style: CSS, fonts: FontConfiguration) -> Document:
    return HTML(string=html, url_fetcher=_NOTHING_FROM_ELSEWHERE).render(
        stylesheets=[style], font_config=fonts, pdf_tags=True, pdf_variant=VARIANT
    )


def _code(link: str) -> str:
    """The QR code as an image in the page itself (level M: a fold or a stain may cover 15 %)."""
    drawn = BytesIO()
    segno.make(link, error="m", micro=False).save(drawn, kind="png", border=0, scale=6)
    return "data:image/png;base64," + base64.b64encode(drawn.getvalue()).decode()


def _say_languages(document: Document, pdf: pydyf.PDF) -> None:
    """WeasyPrint names the language of the whole only; a screen reader needs that of each form (WCAG 3.1.2)."""
    spoken = [
        box.element.get("lang")
        for page in document.pages
        for box in page._page_box.descendants()
        if box.element is not None and box.element_tag == "article"
    ]
    articles = [one for one in pdf.objects if isinstance(one, pydyf.Dictionary) and one.get("S") == "/Art"]
    for article, language in zip(articles, spoken, strict=False):
        article["Lang"] = pydyf.String(language)
