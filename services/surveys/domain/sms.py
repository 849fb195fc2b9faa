"""A question as a text message, and how many parts the network will cut it into (3GPP TS 23.038)."""

from __future__ import annotations

from services.surveys.domain.definition import Question, QuestionType, text_in

MOST_SEGMENTS = 2
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")


def segments(text: str) -> int:
    """Parts of the message: 160 (153 each when cut) in GSM 7-bit, 70 (67) in UCS-2."""
    if all(char in _BASIC or char in _EXTENDED for char in text):
        length, whole, part = sum(2 if char in _EXTENDED else 1 for char in text), 160, 153
    else:
        length, whole, part = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= whole else -(-length // part)


def question_text(question: Question, language: str, *, position: int, total: int, skip: str) -> str:
    """`2/6 How should we reach you? 1 text 2 phone … 0 skip`. `skip` is the word for declining."""
    parts = [f"{position}/{total} {text_in(question.sms, language)}"]
    if question.type is not QuestionType.TEXT:
        parts += [f"{option.digit} {text_in(option.short, language)}" for option in question.options]
    if question.declinable:
        parts.append(f"0 {skip}")
    return "\n".join(parts)
