"""Texts: written for every language and in its own script, short enough for a text message, spoken where a menu speaks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache

from babel.core import get_global

from services.surveys.domain.definition import FALLBACK, Question, Survey, Texts
from services.surveys.domain.kinds import Mode, QuestionType
from services.surveys.domain.lint_fault import Fault, Path, missing
from services.surveys.domain.sms import MOST_SEGMENTS, question_text, segments

_SENTENCE = 4  # words: fewer may well be the same in two languages
_FEW_LETTERS = 4  # a name, an abbreviation or "OK" says nothing about a script
_UNICODE = {  # ISO 15924 to the first word of Unicode's names of letters
    "Arab": "ARABIC", "Aran": "ARABIC", "Armn": "ARMENIAN", "Beng": "BENGALI", "Cyrl": "CYRILLIC", "Deva": "DEVANAGARI",
    "Ethi": "ETHIOPIC", "Geor": "GEORGIAN", "Grek": "GREEK", "Gujr": "GUJARATI", "Guru": "GURMUKHI", "Hang": "HANGUL",
    "Hans": "CJK", "Hant": "CJK", "Hebr": "HEBREW", "Khmr": "KHMER", "Knda": "KANNADA", "Kore": "HANGUL", "Laoo": "LAO",
    "Latn": "LATIN", "Mlym": "MALAYALAM", "Mymr": "MYANMAR", "Orya": "ORIYA", "Sinh": "SINHALA", "Taml": "TAMIL",
    "Telu": "TELUGU", "Thai": "THAI", "Tibt": "TIBETAN",
}  # fmt: skip


def text_faults(survey: Survey) -> Iterator[Fault]:
    """What is missing or in the wrong script, in the order of the file."""
    for name, texts in (("title", survey.title), ("intro", survey.intro)):
        yield from _texts(survey, texts, (name,))
    for place, page in enumerate(survey.pages):
        yield from _texts(survey, page.title, ("pages", place, "title"))
    for place, question in enumerate(survey.questions):
        yield from _question(survey, question, ("questions", place))


def _question(survey: Survey, question: Question, path: Path) -> Iterator[Fault]:
    yield from _texts(survey, question.text, (*path, "text"))
    if question.sms is not question.text:
        yield from _texts(survey, question.sms, (*path, "sms"))
    if question.type is not QuestionType.NOTE:
        yield from _texts(survey, question.why, (*path, "why"))
    if question.detail is not None:
        yield from _texts(survey, question.detail_label, (*path, "detail_label"))
    if question.constraint is not None:
        yield from _texts(survey, question.constraint_text, (*path, "constraint_text"))
    for name, texts in (("unit_label", question.unit_label), ("voice", question.voice)):
        if texts:
            yield from _texts(survey, texts, (*path, name))
    # languages stand by their own names, in their own scripts, whatever language the page is in
    for place, option in enumerate(() if question.type is QuestionType.LANGUAGE else question.options):
        yield from _scripts(option.label, (*path, "options", place, "label"))
    for place, row in enumerate(question.rows):
        yield from _scripts(row.label, (*path, "rows", place, "label"))


def _texts(survey: Survey, texts: Texts, path: Path) -> Iterator[Fault]:
    yield from missing(survey.languages, texts, path)
    yield from _scripts(texts, path)
    yield from _copied(survey, texts, path)
    for language in texts:
        if language not in survey.languages:
            yield Fault(
                "survey.unreachable", (*path, language), f"nobody is asked in {language}: it is not among `languages`",
                "Add it to `languages`, with all its texts, or remove the line.", warning=True,
            )  # fmt: skip


def _copied(survey: Survey, texts: Texts, path: Path) -> Iterator[Fault]:
    """The English sentence under another language's tag: it was pasted there to be translated, and was not."""
    english = texts.get(FALLBACK, "").strip()
    if len(english.split()) < _SENTENCE:
        return
    for language in survey.languages:
        if language.partition("-")[0] != FALLBACK and texts.get(language, "").strip() == english:
            yield Fault(
                "survey.untranslated", (*path, language), f"the text for {language} is the English one",
                "Translate it, or take the language out of `languages`.",
            )  # fmt: skip


def _scripts(texts: Texts, path: Path) -> Iterator[Fault]:
    """A text declared Arabic without an Arabic letter was pasted into the wrong line."""
    for language, text in texts.items():
        wanted = script_of(language)
        letters = [char for char in text if char.isalpha()]
        if wanted is None or len(letters) < _FEW_LETTERS:
            continue
        if not any(_written_in(char, wanted) for char in letters):
            yield Fault(
                "survey.wrong_script", (*path, language), f"this text has no letter of the script that {language} is written in",
                "Write the text in that language, or move it to its own.",
            )  # fmt: skip


@cache
def script_of(language: str) -> str | None:
    """ISO 15924 of a language tag: what it says, else CLDR's likely one; None where neither knows."""
    parts = language.split("-")
    for part in parts[1:]:
        if len(part) == 4 and part.title() in _UNICODE:
            return part.title()
    known = get_global("likely_subtags")
    likely = str(known.get("_".join(parts)) or known.get(parts[0]) or "")
    return next((part for part in likely.split("_") if part in _UNICODE or part == "Jpan"), None)


def _written_in(char: str, script: str) -> bool:
    name = unicodedata.name(char, "")
    if script == "Jpan":
        return name.startswith(("HIRAGANA", "KATAKANA", "CJK"))
    return name.startswith(_UNICODE[script]) or (script == "Kore" and name.startswith("CJK"))


def length_faults(survey: Survey, skip: Mapping[str, str]) -> Iterator[Fault]:
    """Each question as a text message, with its options and the word for declining, in at most two parts."""
    if Mode.SMS not in survey.modes:
        return
    for place, question in enumerate(survey.questions):
        for language in survey.languages:
            word = skip.get(language, "skip")
            text = question_text(question, language, position=place + 1, total=len(survey.questions), skip=word)
            if (count := segments(text)) > MOST_SEGMENTS:
                part = "sms" if question.sms is not question.text else "text"
                yield Fault(
                    "survey.sms_too_long",
                    ("questions", place, part, language),
                    f"{count} parts as a text message ({len(text)} characters)",
                    "Shorten `sms` or the options' `short` texts of this language, or take sms out of `modes`.",
                )


def voice_faults(survey: Survey, *, offered: bool) -> Iterator[Fault]:
    """Where a file says that the survey can be answered by telephone, each question says how it sounds."""
    if not offered or Mode.VOICE not in survey.modes:
        return
    for place, question in enumerate(survey.questions):
        for language in survey.languages:
            if not question.voice.get(language, "").strip():
                yield Fault(
                    "survey.unspoken",
                    ("questions", place, "voice"),
                    f"a voice menu is offered, and nothing is written to be spoken in {language}",
                    "Write `voice`, or take voice out of `modes`.",
                )
