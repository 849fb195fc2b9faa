"""What a check finds in a translation: a closed word, where, and whether the text may still go out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Closed. The words for each, in the reader's language, are `reason.<code>` in the service's `locale/`."""

    # what must come through unchanged
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    PHONE = "phone"
    LINK = "link"
    PLACEHOLDER = "placeholder"
    NAME = "name"
    TAG = "tag"
    # what the text binds its reader to
    NEGATION = "negation"
    PROHIBITION = "prohibition"
    EXEMPTION = "exemption"
    OBLIGATION = "obligation"
    COMMAND = "command"
    CONTRAST = "contrast"
    WORD = "word"
    NO_WORD_LIST = "no_word_list"
    UNREADABLE_SOURCE = "unreadable_source"
    # whether it is a translation at all
    EMPTY = "empty"
    LENGTH = "length"
    OMISSION = "omission"
    ADDITION = "addition"
    REPETITION = "repetition"
    UNTRANSLATED = "untranslated"
    UNKNOWN_WORDS = "unknown_words"
    SCRIPT = "script"
    BIDI = "bidi"
    HIDDEN = "hidden"
    ABUSE = "abuse"


class Severity(StrEnum):
    """`HOLDS`: not sent without a person. `TELLS`: a reviewer sees it."""

    HOLDS = "holds"
    TELLS = "tells"


class Side(StrEnum):
    """Which of the two texts a span counts in."""

    SOURCE = "source"
    TRANSLATION = "translation"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `span`: from and until, in characters of the text that `side` names. Holds no text."""

    code: Code
    span: tuple[int, int]
    side: Side
    severity: Severity = Severity.HOLDS

    def as_dict(self) -> dict[str, object]:
        """For the store and the page."""
        return {"code": str(self.code), "span": list(self.span), "side": str(self.side), "severity": str(self.severity)}
