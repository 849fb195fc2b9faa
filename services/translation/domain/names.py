"""Names as whole words, in scripts that write particles onto them too ("Riya가", "Mr. Lee와")."""

from __future__ import annotations

import re

_LATIN = "A-Za-z0-9\u00c0-\u024f"  # "Ana_" and "_Ana_" name her too

_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def whole(name: str) -> str:
    """A regular expression for `name` by itself: "Ana" is no part of "Anabel", but it is there in "Ana가".

    Chinese, Japanese, Thai, Lao, Khmer and Burmese have no spaces between words: there a name begins and ends anywhere.
    """
    begins = rf"(?<![{_LATIN}])" if _latin(name[0]) else "" if _UNSPACED.match(name[0]) else r"(?<![^\W_])"
    ends = rf"(?![{_LATIN}])" if _latin(name[-1]) else "" if _UNSPACED.match(name[-1]) else r"(?![^\W_])"
    return f"{begins}{re.escape(name)}{ends}"


def unspaced(text: str) -> bool:
    """Whether any of it is in a script that has no spaces between words."""
    return _UNSPACED.search(text) is not None


def _latin(character: str) -> bool:
    return re.match(f"[{_LATIN}]", character) is not None
