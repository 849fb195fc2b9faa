"""Letters to one PDF, every letter on a sheet of its own, each part in its language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.notifications.paper.letter import Letter
from shared.paper.binding import SECTION, bind, code, template
from shared.paper.printed import Printed

HERE = Path(__file__).parent


def render(letters: Sequence[Letter], *, duplex: bool = False) -> Printed:
    """`duplex`: each letter begins on a front."""
    written = template(HERE / "letter.html")
    pieces = (written.render(letter=letter, code=code(letter.link)) for letter in letters)
    return bind(pieces, style=HERE / "letter.css", spoken=SECTION, duplex=duplex)
