"""Words that belong to no single survey, in the guardian's language: from `locale/<language>.json`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from services.surveys.domain.reading_words import Command, Vocabulary, fold, folded
from shared.web.i18n import Translator, catalogue, negotiate

LOCALE = Path(__file__).parent / "locale"
FALLBACK = "en"


def words(language: str) -> Translator:
    """The texts of surveys for a reader of `language`; English where there is no translation."""
    return Translator.of(negotiate([language], catalogue(LOCALE)), (LOCALE,))


def skip_label(language: str) -> str:
    """The short word for declining, as a text message shows it."""
    return words(language).text("sms.skip")


def skip_words(language: str) -> tuple[str, ...]:
    """What a reply may say to decline."""
    return tuple(sorted(_listed(language, "sms.skip_words") | {skip_label(language)}))


@lru_cache(maxsize=64)
def vocabulary(language: str) -> Vocabulary:
    """What a message may say beside an answer: in the guardian's language, and in English."""
    commands = {
        fold(word): command
        for tag in (FALLBACK, language)  # their own language's word stands before the English one
        for command in Command
        for word in [*_of(tag, f"sms.command.{command.value}"), command.value]
    }
    return Vocabulary(
        skip=folded(skip_words(language)),
        yes=folded(_listed(language, "sms.yes_words")),
        no=folded(_listed(language, "sms.no_words")),
        same=folded(_listed(language, "sms.same_words")),
        corrections=folded(_listed(language, "sms.correction_words")),
        commands={word: command for word, command in commands.items() if word},
    )


def _listed(language: str, key: str) -> set[str]:
    """The words of a list, the language's own and English ones."""
    return {*_of(language, key), *_of(FALLBACK, key)}


def _of(language: str, key: str) -> list[str]:
    return [word.strip() for word in words(language).text(key).split(",") if word.strip()]
