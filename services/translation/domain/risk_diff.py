"""What changed between two wordings, word by word, for a page that shows both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_PIECES = re.compile(r"\s+|[^\W\u2e80-\u9fff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+|.", re.UNICODE | re.DOTALL)
LONGEST = 4_000  # pieces; beyond, the whole text is shown as new


class Change(StrEnum):
    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that stayed, went or came."""

    change: Change
    text: str


def changes(before: str, after: str) -> list[Piece]:
    """From `before` to `after`; scripts without spaces go by characters. Joined, what is not new is `before`, what is not
    gone is `after`.
    """
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if max(len(old), len(new)) > LONGEST:
        return [piece for piece in (Piece(Change.GONE, before), Piece(Change.NEW, after)) if piece.text]
    pieces: list[Piece] = []
    for kind, start, end, begin, over in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[start:end]), "".join(new[begin:over])
        if kind == "equal":
            pieces.append(Piece(Change.SAME, gone))
            continue
        pieces += [piece for piece in (Piece(Change.GONE, gone), Piece(Change.NEW, come)) if piece.text]
    return pieces
