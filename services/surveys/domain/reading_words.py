"""Words that mean the same at every question: yes, skip, back, later; compared without case, accents or outer punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.surveys.domain.written import western_digits

DECLINE_DIGIT = "0"
_EDGES = " .,;:!?¡¿()[]\"'،؛؟*«»…"
# Latin accents and Arabic vowel signs; in Indic scripts marks are letters and stay
_ACCENTS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f\u2060\ufeff]")
_SAME = str.maketrans({"đ": "d", "ı": "i", "ß": "ss", "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ـ": None, "’": "'", "ʼ": "'"})


class Command(StrEnum):
    """What a whole message may ask for in place of an answer. STOP is not here: notifications obeys it before anything else."""

    BACK = "back"
    HELP = "help"
    LATER = "later"
    WEB = "web"
    CALL = "call"


def fold(text: str) -> str:
    """For comparing: case, accents, digits of any script, spaces and outer punctuation made alike."""
    plain = unicodedata.normalize("NFKD", western_digits(unicodedata.normalize("NFKC", text))).casefold().translate(_SAME)
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))
    return " ".join(unicodedata.normalize("NFC", plain).split()).strip(_EDGES)


def folded(words: Collection[str]) -> frozenset[str]:
    return frozenset(word for each in words if (word := fold(each)))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One language's words and English ones beside them (families mix), folded. `yes_label` and `no_label` are shown."""

    skip: frozenset[str] = frozenset()
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    same: frozenset[str] = frozenset()  # the answer holds for every child
    corrections: frozenset[str] = frozenset()  # begin a message that corrects the answer before: "no, 2"
    commands: Mapping[str, Command] = field(default_factory=dict, hash=False)

    def command(self, text: str) -> Command | None:
        """Only where it is the whole message: "call me later" is no "later"."""
        return Command.HELP if text.strip() in ("?", "؟") else self.commands.get(fold(text))

    def declines(self, text: str) -> bool:
        return fold(text) in self.skip

    def corrected(self, text: str) -> str | None:
        """What stands in place of the answer before; None where the message corrects nothing."""
        head, _, rest = text.strip().replace("،", ",").partition(",")
        if not rest.strip():
            head, _, rest = text.strip().partition(" ")
        if text.lstrip().startswith("*"):  # "*2", as people mend a slip of the thumb
            return text.strip().lstrip("* ") or None
        return rest.strip() if rest.strip() and fold(head) in self.corrections else None
