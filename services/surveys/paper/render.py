"""Forms to one PDF, every family's form on sheets of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.surveys.paper.sheet import Sheet
from shared.paper.binding import ARTICLE, bind, code, template
from shared.paper.printed import Printed

HERE = Path(__file__).parent


def render(sheets: Sequence[Sheet], *, duplex: bool = False) -> Printed:
    """`duplex`: every form begins on a front."""
    written = template(HERE / "sheet.html")
    pieces = (written.render(sheet=sheet, qr=code(sheet.link)) for sheet in sheets)
    return bind(pieces, style=HERE / "sheet.css", spoken=ARTICLE, duplex=duplex)
