"""A text message read as an answer: digits of any script, words in the guardian's language or English, or free words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from services.surveys.domain.answers import (
    DECLINED,
    LONGEST,
    NO,
    YES,
    Given,
    read_email,
    read_number,
    read_phone,
    read_time,
    western_digits,
)
from services.surveys.domain.definition import FALLBACK, GRIDS, Detail, Option, Question, QuestionType
from services.surveys.domain.reading_dates import date_in, moment_in
from services.surveys.domain.reading_words import DECLINE_DIGIT, Vocabulary, fold

_SPLIT = re.compile(r"[\s,;،؛+&/.)-]+")
_LISTED = re.compile(r"[,;،؛+&/]|\s-\s")
_TERSE = re.compile(r"\d{1,2}[.)]?|\d{1,2}[:.h]\d{2}(?:[ap]m)?|\d{1,2}[ap]m", re.IGNORECASE)
_MAIL = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")
_PHONE = re.compile(r"\+?[\d(][\d\s().-]{5,20}")


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading depends on beside question and text."""

    language: str
    vocabulary: Vocabulary
    today: date


def terse(text: str) -> list[str]:
    """The digits and times that a message consists of; none where anything else stands in it."""
    tokens = [token for token in re.split(r"[\s,;،؛+&/]+", western_digits(text).strip()) if token]
    return tokens if tokens and all(_TERSE.fullmatch(token) for token in tokens) else []


def read_reply(question: Question, text: str, reader: Reader) -> Given | None:
    """The answer, or None where the text is none (or, for numbers, no number)."""
    if not fold(text):
        return None
    if declines(question, text, reader.vocabulary):
        return DECLINED
    return _READERS.get(question.type, _one)(question, text, reader)


def declines(question: Question, text: str, vocabulary: Vocabulary) -> bool:
    """`0` or a word for skipping, where the question may be left out; a `0` that is a number is one."""
    if not question.declinable:
        return False
    plain = fold(text)
    return (plain == DECLINE_DIGIT and takes_zero(question)) or (plain in vocabulary.skip and _option(question, plain) is None)


def takes_zero(question: Question) -> bool:
    """Whether 0 means "rather not say" here."""
    counts = question.type in (QuestionType.NUMBER, QuestionType.SCALE, QuestionType.RATING) and not question.options
    low = 1.0 if question.type is not QuestionType.NUMBER and question.min is None else question.min
    return not (counts and (low is None or low <= 0))


def _option(question: Question, plain: str) -> Option | None:
    """Named whole in any language that the definition has."""
    for option in question.options:
        texts = {*option.label.values(), *option.short.values(), *(word for words in option.synonyms.values() for word in words)}
        if plain in {fold(text) for text in texts}:
            return option
    return None


def names_option(question: Question, text: str) -> bool:
    """Whether the whole message is an option's name: then it is no command."""
    return _option(question, fold(text)) is not None


def _one(question: Question, text: str, reader: Reader) -> Given | None:
    """A digit or a name, and what may stand behind it; else words for the option that takes any."""
    head, _, rest = text.strip().partition(" ")
    option = _by_digit(question, fold(head))
    if option is None:
        option, rest = _by_words(question, text, reader.language)
    if option is None:
        return _free(question, text)
    rest = rest.strip()
    if question.detail is Detail.TIME:
        return Given(values=(option.value,), time=read_time(rest) if rest else None)
    if question.detail is Detail.TEXT and rest:
        return Given(values=(option.value,), text=rest[:LONGEST])
    return Given(values=(option.value,))


def _several(question: Question, text: str, reader: Reader) -> Given | None:
    chosen = _digits(question, text)
    if chosen is None:
        named = [_by_words(question, part, reader.language) for part in _LISTED.split(text) if fold(part)]
        chosen = [option for option, _ in named if option is not None] if all(option for option, _ in named) else None
    if not chosen:
        return _free(question, text)
    return Given(values=tuple(dict.fromkeys(option.value for option in chosen)))


def _digits(question: Question, text: str) -> list[Option] | None:
    """`1 3`, `1,3`, `13` where there is no option 13; None where anything is no option."""
    parts = [part for part in _SPLIT.split(fold(text)) if part]
    if len(parts) == 1 and parts[0].isdigit() and _by_digit(question, parts[0]) is None:
        parts = list(parts[0])
    found = [_by_digit(question, part) for part in parts]
    return [option for option in found if option is not None] if found and all(found) else None


def _ranking(question: Question, text: str, reader: Reader) -> Given | None:
    """All of them in order; the one that is left over is the last."""
    given = _several(question, text, reader)
    if given is None or given.text:
        return None
    wanted = question.most or len(question.options)
    left = [option.value for option in question.options if option.value not in given.values]
    if len(given.values) == wanted - 1 and len(left) == 1:
        return Given(values=(*given.values, left[0]))
    return given


def _yes_no(question: Question, text: str, reader: Reader) -> Given | None:
    plain = fold(text)
    first = plain.split(" ")[0].strip(",.;:!")
    if question.options and (option := _by_digit(question, first) or _by_words(question, text, reader.language)[0]):
        return Given(values=(option.value,))
    words = reader.vocabulary
    for value, digit, meaning in ((YES, "1", words.yes), (NO, "2", words.no)):
        if first == digit or plain in meaning or any(plain.startswith((f"{word} ", f"{word},")) for word in meaning):
            return Given(values=(value,))
    return None


def _number(question: Question, text: str, reader: Reader) -> Given | None:
    """The one number in it, whatever unit stands behind; for named points of a scale their digit or name."""
    if question.options:
        return _one(question, text, reader)
    number = read_number(fold(text))
    if number is None:
        found = re.findall(r"[+-]?\d+(?:[.,]\d+)?", western_digits(text).replace("٫", "."))
        number = read_number(found[0]) if len(found) == 1 else None
    return None if number is None else Given(number=number)


def _words(question: Question, text: str, reader: Reader) -> Given | None:
    return Given(text=text.strip()[:LONGEST])


def _email(question: Question, text: str, reader: Reader) -> Given | None:
    match = _MAIL.search(text)
    address = read_email(match[0].strip(".!?")) if match else None
    return Given(text=address) if address else None


def _phone(question: Question, text: str, reader: Reader) -> Given | None:
    match = _PHONE.search(western_digits(text))
    number = read_phone(match[0]) if match else None
    return Given(text=number) if number else None


def _time(question: Question, text: str, reader: Reader) -> Given | None:
    time = read_time(text)
    return Given(time=time) if time else None


def _date(question: Question, text: str, reader: Reader) -> Given | None:
    day = date_in(text, reader.language, today=reader.today)
    return Given(text=day.isoformat()) if day else None


def _datetime(question: Question, text: str, reader: Reader) -> Given | None:
    moment = moment_in(text, reader.language, today=reader.today)
    return Given(text=moment) if moment else None


def _grid(question: Question, text: str, reader: Reader) -> Given | None:
    """A whole grid in one message, row and option as a pair of digits: `12 33` is the first row's 2 and the third's 3."""
    cells: dict[str, tuple[str, ...]] = {}
    for pair in [part for part in _SPLIT.split(fold(text)) if part]:
        if len(pair) != 2 or not pair.isdigit() or not 1 <= int(pair[0]) <= len(question.rows):
            return None
        option = _by_digit(question, pair[1])
        if option is None:
            return None
        row = question.rows[int(pair[0]) - 1].value
        cells[row] = tuple(dict.fromkeys((*cells.get(row, ()), option.value)))
    return Given(cells=cells) if cells else None


_READERS: dict[QuestionType, Callable[[Question, str, Reader], Given | None]] = {
    QuestionType.MULTI: _several,
    QuestionType.RANKING: _ranking,
    QuestionType.YES_NO: _yes_no,
    QuestionType.CONSENT: _yes_no,
    QuestionType.SCALE: _number,
    QuestionType.RATING: _number,
    QuestionType.NUMBER: _number,
    QuestionType.TEXT: _words,
    QuestionType.LONG_TEXT: _words,
    QuestionType.NAME: _words,
    QuestionType.VOICE: _words,
    QuestionType.EMAIL: _email,
    QuestionType.PHONE: _phone,
    QuestionType.TIME: _time,
    QuestionType.DATE: _date,
    QuestionType.DATETIME: _datetime,
    **dict.fromkeys(GRIDS, _grid),
}


def read_cell(question: Question, text: str, reader: Reader) -> tuple[str, ...] | None:
    """One row's options; several only where the grid allows it."""
    given = _one(question, text, reader) if question.type is QuestionType.MATRIX_SINGLE else _several(question, text, reader)
    return given.values if given is not None and not given.text else None


def _free(question: Question, text: str) -> Given | None:
    option = next((option for option in question.options if option.free), None)
    # a lone number that is no choice is a slip of the thumb, not words
    if option is None or not any(char.isalpha() for char in text):
        return None
    return Given(values=(option.value,), text=text.strip()[:LONGEST])


def _by_digit(question: Question, part: str) -> Option | None:
    plain = part.strip("#.:)")
    return next((option for option in question.options if plain == str(option.digit)), None)


def _by_words(question: Question, text: str, language: str) -> tuple[Option | None, str]:
    """The option that is named whole, or at the start; and what follows it, as it was written."""
    written = text.split()
    named = [(fold(word), option) for option in question.options for word in _named(option, language)]
    plain = fold(text)
    for word, option in sorted(named, key=lambda pair: -len(pair[0])):
        if word and plain == word:
            return option, ""
        size = len(word.split())
        if word and len(written) > size and fold(" ".join(written[:size])) == word:
            return option, " ".join(written[size:])
    return None, ""


def _named(option: Option, language: str) -> set[str]:
    """Families mix languages: English is understood beside their own."""
    spoken = {language, language.split("-", 1)[0], FALLBACK}
    found = {texts[tag] for texts in (option.label, option.short) for tag in spoken if tag in texts}
    return found | {word for tag in spoken for word in option.synonyms.get(tag, ())}
