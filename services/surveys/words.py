"""Words that belong to no single survey, in the guardian's language: from `locale/<language>.json`."""

from __future__ import annotations

from pathlib import Path

from shared.web.i18n import Translator, catalogue, negotiate

LOCALE = Path(__file__).parent / "locale"


def words(language: str) -> Translator:
    """The texts of surveys for a reader of `language`; English where there is no translation."""
    return Translator.of(negotiate([language], catalogue(LOCALE)), (LOCALE,))


def skip_label(language: str) -> str:
    """The short word for declining, as a text message shows it."""
    return words(language).text("sms.skip")


def skip_words(language: str) -> tuple[str, ...]:
    """What a reply may say to decline."""
    spoken = {word.strip() for tag in (language, "en") for word in words(tag).text("sms.skip_words").split(",")}
    return tuple(sorted(spoken | {skip_label(language)}))
