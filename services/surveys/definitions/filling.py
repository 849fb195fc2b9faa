"""What every definition would repeat is filled in before it is hashed: yes and no, the languages, the days of a week.

It becomes part of the published content, so that what was asked stays what was asked when our words change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from babel import Locale, UnknownLocaleError

from services.surveys.domain.given import NO, YES
from services.surveys.domain.kinds import QuestionType
from services.surveys.words import LOCALE, words
from shared.web.i18n import catalogue

DAYS = ("mon", "tue", "wed", "thu", "fri")
PARTS = ("morning", "afternoon", "evening")


def filled(content: Mapping[str, Any], *, languages: Sequence[str] = ()) -> dict[str, Any]:
    """The content with the options and rows that its questions leave to us; what the author wrote stands.

    `languages` come beside the survey's own, for what will be laid over it."""
    languages = list(dict.fromkeys([*content["languages"], *languages]))
    return {**content, "questions": [_question(entry, languages) for entry in content["questions"]]}


def _question(entry: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    kind, found = entry["type"], dict(entry)
    if kind in (QuestionType.YES_NO, QuestionType.CONSENT):
        found.setdefault("options", [_option(value, f"option.{value}", languages, said=True) for value in (YES, NO)])
    elif kind == QuestionType.LANGUAGE:
        found.setdefault("options", [_language(tag, languages) for tag in languages])
    elif kind == QuestionType.AVAILABILITY:
        found.setdefault("options", [_option(part, f"option.{part}", languages) for part in PARTS])
        found.setdefault("rows", [_day(number, languages) for number in range(len(DAYS))])
    return found


def _option(value: str, key: str, languages: Sequence[str], *, said: bool = False) -> dict[str, Any]:
    """A language that we have no words for stays without: the lint asks the author for them."""
    ours = [language for language in languages if language.partition("-")[0] in catalogue(LOCALE)]
    option: dict[str, Any] = {"value": value, "label": {language: words(language).text(key) for language in ours}}
    if said:
        option["synonyms"] = {
            language: [word.strip() for word in words(language).text(f"{key}_words").split(",")] for language in ours
        }
    return option


def _language(tag: str, languages: Sequence[str]) -> dict[str, Any]:
    """Each by its own name, whatever language the page is in: who looks for it reads it."""
    return {"value": tag, "label": dict.fromkeys(languages, autonym(tag))}


def _day(number: int, languages: Sequence[str]) -> dict[str, Any]:
    spoken = {language: locale for language in languages if (locale := _cldr(language)) is not None}
    return {
        "value": DAYS[number],
        "label": {language: locale.days["stand-alone"]["wide"][number] for language, locale in spoken.items()},
        "short": {language: locale.days["stand-alone"]["abbreviated"][number] for language, locale in spoken.items()},
    }


def autonym(tag: str) -> str:
    """What a language calls itself (CLDR); its tag where CLDR does not know."""
    locale = _cldr(tag)
    return (locale.get_display_name(locale) if locale else None) or tag


def _cldr(tag: str) -> Locale | None:
    """The locale of a tag, else of its language."""
    for wanted in (tag, tag.partition("-")[0]):
        try:
            return Locale.parse(wanted, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None
