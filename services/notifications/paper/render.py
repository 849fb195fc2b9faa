"""Letters to one PDF (PDF/UA-1, tagged, each language said), every letter on a sheet of its own.

Letters are laid out one by one, so that pages count from 1 in each, and bound as pages of one document, which keeps
their tags; joining finished PDFs would lose them.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Sequence
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

from services.notifications.paper.letter import Letter
from services.notifications.paper.printed import Printed

HERE = Path(__file__).parent
VARIANT = "pdf/ua-1"
_CODEPOINT = re.compile(r"U\+([0-9A-Fa-f]{4,6})")
MASK = 3  # of ISO/IEC 18004 §7.8: no long runs in the letters and digits of our links
# a letter holds all it shows; the words of a stranger in it call nobody
_NOTHING_FROM_ELSEWHERE = URLFetcher(allowed_protocols=("data",))


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(HERE)
    return jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("letter.html")


def render(letters: Sequence[Letter], *, duplex: bool = False) -> Printed:
    """`duplex`: each letter begins on a front, so one of an odd number of pages is followed by a blank back."""
    fonts = FontConfiguration()
    style = CSS(filename=str(HERE / "letter.css"), font_config=fonts)
    laid = [_lay(letter, style, fonts) for letter in letters]
    blank = _blank(style, fonts) if duplex else None
    pages: list[Any] = []
    counts = []
    for document in laid:
        own = list(document.pages)
        if blank is not None and len(own) % 2:
            own += blank.pages
        counts.append(len(own))
        pages += own
    bound = laid[0].copy(pages)
    missing = _Missing()
    LOGGER.addHandler(missing)
    try:
        pdf = bound.write_pdf(finisher=_say_languages, pdf_tags=True, pdf_variant=VARIANT)
    finally:
        LOGGER.removeHandler(missing)
    return Printed(pdf, tuple(counts), tuple(sorted(missing.found)))


class _Missing(logging.Handler):
    """WeasyPrint says of a character without a font so in its log, and nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.found |= {f"U+{code.upper()}" for code in _CODEPOINT.findall(record.getMessage())}


def _lay(letter: Letter, style: CSS, fonts: FontConfiguration) -> Document:
    html = _template().render(letter=letter, code=_code(letter.link))
    return HTML(string=html, url_fetcher=_NOTHING_FROM_ELSEWHERE).render(
        stylesheets=[style], font_config=fonts, pdf_tags=True, pdf_variant=VARIANT
    )


def _blank(style: CSS, fonts: FontConfiguration) -> Document:
    html = '<html lang="en"><title>-</title><body class="blank"></body></html>'
    return HTML(string=html, url_fetcher=_NOTHING_FROM_ELSEWHERE).render(stylesheets=[style], font_config=fonts, pdf_tags=True)


def _code(link: str) -> str:
    """The QR code as an image in the page itself (level M: a fold or a stain may cover 15 %).

    One mask for all: finding the best of eight would take half of the time that a letter takes.
    """
    drawn = BytesIO()
    segno.make(link, error="m", micro=False, mask=MASK).save(drawn, kind="png", border=0, scale=6)
    return "data:image/png;base64," + base64.b64encode(drawn.getvalue()).decode()


def _say_languages(document: Document, pdf: pydyf.PDF) -> None:
    """WeasyPrint names the language of the whole only; a screen reader needs that of each section (WCAG 3.1.2)."""
    spoken = [
        box.element.get("lang")
        for page in document.pages
        for box in page._page_box.descendants()
        if box.element is not None and box.element_tag == "section"
    ]
    sections = [one for one in pdf.objects if isinstance(one, pydyf.Dictionary) and one.get("S") == "/Sect"]
    for section, language in zip(sections, spoken, strict=True):
        section["Lang"] = pydyf.String(language)
