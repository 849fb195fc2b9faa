"""The shell's words in the reader's language, and which language that is."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FALLBACK = "en"
SHELL_LOCALE = Path(__file__).parent / "locale"
_RTL = frozenset({"ar", "fa", "he", "ps", "sd", "ug", "ur", "yi", "ckb", "dv", "prs"})


def direction(language: str) -> str:
    """ "rtl" or "ltr", for the `dir` of a page or of a fragment in another language."""
    parts = language.lower().split("-")
    if "arab" in parts or "hebr" in parts:
        return "rtl"
    return "rtl" if parts[0] in _RTL and "latn" not in parts else "ltr"


@functools.cache
def catalogue(folder: Path) -> Mapping[str, Mapping[str, str]]:
    """Texts by language of one folder of `<language>.json` files; empty where there is no such folder."""
    if not folder.is_dir():
        return {}
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def negotiate(wanted: Iterable[str | None], spoken: Iterable[str]) -> str:
    """The first wanted language that is spoken, by its primary subtag too (RFC 4647 lookup); else English."""
    offered = {language.lower(): language for language in spoken}
    for language in wanted:
        parts = (language or "").lower().split("-")
        while parts and parts != [""]:
            if found := offered.get("-".join(parts)):
                return found
            parts = parts[:-1]
    return FALLBACK


def accepted(header: str | None) -> list[str]:
    """Languages of an Accept-Language header, best first (RFC 9110 §12.5.4)."""
    weighted: list[tuple[float, str]] = []
    for item in (header or "").split(",")[:20]:
        language, _, weight = item.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if language and language != "*" and quality > 0:
            weighted.append((quality, language))
    return [language for _, language in sorted(weighted, key=lambda pair: -pair[0])]


@dataclass(frozen=True, slots=True)
class Translator:
    """Texts for one page: the service's catalogue first, then the shell's, then English, then the key itself."""

    locale: str
    tables: tuple[Mapping[str, str], ...]

    @classmethod
    def of(cls, locale: str, folders: tuple[Path, ...]) -> Translator:
        tables = [catalogue(folder).get(language) for language in (locale, FALLBACK) for folder in folders]
        return cls(locale, tuple(table for table in tables if table))

    @classmethod
    def fallback(cls) -> Translator:
        return cls.of(FALLBACK, (SHELL_LOCALE,))

    @property
    def dir(self) -> str:
        return direction(self.locale)

    def text(self, key: str, **values: Any) -> str:
        """The text with `{placeholders}` filled."""
        for table in self.tables:
            if key in table:
                return table[key].format(**values) if values else table[key]
        return key


def spoken_by_shell() -> list[str]:
    return list(catalogue(SHELL_LOCALE))
