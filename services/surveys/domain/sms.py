"""A question as a text message, and how many parts the network will cut it into (3GPP TS 23.038, TS 23.040).

Our channels send the default alphabet or UCS-2 and no national shift table: providers' interfaces do not offer them all
the way to the handset, so what a shift table would have saved is counted as it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.surveys.domain.answers import limits_of
from services.surveys.domain.definition import CHOICES, GRIDS, Question, QuestionType, text_in
from services.surveys.domain.reading import takes_zero
from services.surveys.domain.walk_prompts import MATRICES, Prompt

MOST_SEGMENTS = 2
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")
_BARE_NUMBERS = frozenset({QuestionType.SCALE, QuestionType.RATING})
_FEWEST = 2  # options without which a yes or no stands for itself


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of the guardian's language that a message shows beside the survey's own."""

    skip: str
    yes: str = "yes"
    no: str = "no"


def segments(text: str) -> int:
    """Parts of the message: 160 (153 each when cut) in GSM 7-bit, 70 (67) in UCS-2."""
    if all(char in _BASIC or char in _EXTENDED for char in text):
        length, whole, part = sum(2 if char in _EXTENDED else 1 for char in text), 160, 153
    else:
        length, whole, part = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= whole else -(-length // part)


def question_text(question: Question, language: str, *, position: int, total: int, skip: str) -> str:
    """`2/6 How should we reach you? 1 text 2 phone … 0 skip`; of a matrix its longest line. `skip`: the word for declining."""
    rows = question.rows if question.type in MATRICES else ()
    longest = max(rows, key=lambda row: len(text_in(row.short, language)), default=None)
    return prompt_text(Prompt(question, row=longest), language, position=position, total=total, labels=Labels(skip))


def prompt_text(
    prompt: Prompt, language: str, *, position: int, total: int, labels: Labels, child: str | None = None
) -> str:
    """The message for one prompt; `child`: the given name of whom it is about."""
    question = prompt.question
    about = f"{child}: " if child else ""
    parts = [f"{position}/{total} {about}{text_in(question.sms, language)}"]
    if prompt.row is not None:
        parts.append(f"{text_in(prompt.row.short, language)}:")
    parts += _choices(prompt, language, labels)
    if question.declinable:
        # where 0 is a number, the word itself is the reply
        parts.append(f"0 {labels.skip}" if takes_zero(question) else f"({labels.skip})")
    return "\n".join(parts)


def _choices(prompt: Prompt, language: str, labels: Labels) -> list[str]:
    question = prompt.question
    options = [f"{option.digit} {text_in(option.short, language)}" for option in question.options]
    if question.type in GRIDS and prompt.row is None:
        rows = [f"{place} {text_in(row.short, language)}" for place, row in enumerate(question.rows, 1)]
        return [" ".join(rows), " ".join(options), _pairs(question)]
    if question.type in (QuestionType.YES_NO, QuestionType.CONSENT) and len(options) < _FEWEST:
        return [f"1 {labels.yes}", f"2 {labels.no}"]
    if question.type in _BARE_NUMBERS and not options:
        low, high, _ = limits_of(question)
        return [f"{low or 0:g}-{high or 0:g}"]
    if question.type is QuestionType.RANKING:
        return [*options, f"(2 1{' 3' if len(options) > _FEWEST else ''})"]
    unit = text_in(question.unit_label, language)
    if question.type is QuestionType.NUMBER and unit:
        return [f"({unit})"]
    return options if question.type in CHOICES or question.options else []


def _pairs(question: Question) -> str:
    """How row and option are written together: an example that needs no words."""
    last = min(len(question.rows), 3)
    return f"(1{question.options[0].digit} {last}{question.options[-1].digit})" if question.options else ""


def fitting(*candidates: str) -> str:
    """The first of them that is no more parts than we send; else the last."""
    return next((text for text in candidates if segments(text) <= MOST_SEGMENTS), candidates[-1])
