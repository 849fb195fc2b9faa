"""Pieces of paper to one PDF (PDF/UA-1: tagged, its languages said), each on sheets of its own.

They are laid out one by one, so that pages count from 1 in each, and bound as pages of one document, which keeps their
tags; joining finished PDFs would lose them.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
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

from shared.paper.printed import Printed

VARIANT = "pdf/ua-1"
MASK = 3  # of ISO/IEC 18004 §7.8: no long runs in the letters and digits of our links
_BLANK = '<html lang="en"><title>-</title><body class="blank"></body></html>'
_CODEPOINT = re.compile(r"U\+([0-9A-Fa-f]{4,6})")
# a piece holds all it shows: nothing is fetched, and the words of a stranger in it call nobody
_NOTHING_FROM_ELSEWHERE = URLFetcher(allowed_protocols=("data",))


@dataclass(frozen=True, slots=True)
class Spoken:
    """The element that bears a piece's language, and the PDF's name for it (ISO 32000-1 §14.8.4)."""

    element: str
    structure: str


SECTION, ARTICLE = Spoken("section", "/Sect"), Spoken("article", "/Art")


@cache
def template(file: Path) -> jinja2.Template:
    """A template beside its style sheet; what it is not given is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(file.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(file.name)


def bind(pieces: Iterable[str], *, style: Path, spoken: Spoken, duplex: bool = False) -> Printed:
    """`pieces`: whole HTML documents. `duplex`: each begins on a front, so an odd number of pages has a blank back."""
    fonts = FontConfiguration()
    sheet = CSS(filename=str(style), font_config=fonts)
    missing = _Missing()
    LOGGER.addHandler(missing)
    try:
        laid = [_lay(html, sheet, fonts) for html in pieces]
        blank = _lay(_BLANK, sheet, fonts) if duplex else None
        pages: list[Any] = []
        counts = []
        for document in laid:
            own = list(document.pages)
            if blank is not None and len(own) % 2:
                own += blank.pages
            counts.append(len(own))
            pages += own
        pdf = laid[0].copy(pages).write_pdf(finisher=_saying(spoken), pdf_tags=True, pdf_variant=VARIANT)
    finally:
        LOGGER.removeHandler(missing)
    return Printed(pdf, tuple(counts), tuple(sorted(missing.found)))


def code(link: str) -> str:
    """A link's QR code as an image in the page itself (level M: a fold or a stain may cover 15 %).

    One mask for all: finding the best of eight would take half of the time that a letter takes.
    """
    drawn = BytesIO()
    segno.make(link, error="m", micro=False, mask=MASK).save(drawn, kind="png", border=0, scale=6)
    return "data:image/png;base64," + base64.b64encode(drawn.getvalue()).decode()


class _Missing(logging.Handler):
    """WeasyPrint says of a character without a font so in its log, and nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        self.found |= {f"U+{code.upper()}" for code in _CODEPOINT.findall(record.getMessage())}


def _lay(html: str, style: CSS, fonts: FontConfiguration) -> Document:
    return HTML(string=html, url_fetcher=_NOTHING_FROM_ELSEWHERE).render(
        stylesheets=[style], font_config=fonts, pdf_tags=True, pdf_variant=VARIANT
    )


def _saying(spoken: Spoken) -> Any:
    """WeasyPrint names the language of the whole only; a screen reader needs that of each piece (WCAG 3.1.2)."""

    def say(document: Document, pdf: pydyf.PDF) -> None:
        languages = [
            box.element.get("lang")
            for page in document.pages
            for box in page._page_box.descendants()
            if box.element is not None and box.element_tag == spoken.element
        ]
        pieces = [one for one in pdf.objects if isinstance(one, pydyf.Dictionary) and one.get("S") == spoken.structure]
        for piece, language in zip(pieces, languages, strict=True):
            piece["Lang"] = pydyf.String(language)

    return say
