"""What the lint says, and what it knows beside the definition itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.surveys.domain.definition import Texts

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """`path` leads to the place in the definition's content; a warning keeps nothing from being published."""

    code: str
    path: Path
    message: str
    remedy: str = ""
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """A school's days: ISO dates, as its settings have them (`calendar.next_school_day` reads the same)."""

    terms: Sequence[Mapping[str, str]] = ()
    holidays: Sequence[str] = ()


def missing(languages: Sequence[str], texts: Texts, path: Path) -> Iterator[Fault]:
    """Every language of the survey has every text: a dash or an English line in a Somali form is a refusal."""
    for language in languages:
        text = texts.get(language, "").strip()
        if not any(char.isalnum() for char in text):
            yield Fault(
                "survey.untranslated",
                path,
                f"there is no text for {language}" if not text else f"{text} is no text for {language}",
                "Write the text, or take the language out of `languages`.",
            )
