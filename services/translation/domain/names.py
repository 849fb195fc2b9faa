"""Names as whole words, in scripts that write particles onto them too ("Riya가", "Mr. Lee와")."""

from __future__ import annotations

import re

_LATIN = "A-Za-z0-9_\u00c0-\u024f"


def whole(name: str) -> str:
    """A regular expression for `name` by itself: "Ana" is no part of "Anabel", but it is there in "Ana가"."""
    begins = rf"(?<![{_LATIN}])" if _latin(name[0]) else r"(?<!\w)"
    ends = rf"(?![{_LATIN}])" if _latin(name[-1]) else r"(?!\w)"
    return f"{begins}{re.escape(name)}{ends}"


def _latin(character: str) -> bool:
    return re.match(f"[{_LATIN}]", character) is not None
