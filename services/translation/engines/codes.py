"""What each engine calls a language, and what we call it (BCP 47, as `domain/languages.py` has it)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from services.translation.domain.languages import normal

# where an engine's code does not say what it means by itself
_MEANT: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "deepl": {"en-US": ("en", "en-US"), "pt-BR": ("pt", "pt-BR"), "zh": ("zh-Hans",), "nb": ("nb", "no")},
        "google": {"zh-CN": ("zh-Hans",), "zh-TW": ("zh-Hant",), "iw": ("he",), "jw": ("jv",), "no": ("nb", "no")},
        "azure": {"mww": ("mww", "hmn"), "pt": ("pt", "pt-BR"), "nb": ("nb", "no"), "fr": ("fr",)},
        "amazon": {"zh": ("zh-Hans",), "zh-TW": ("zh-Hant",), "pt": ("pt", "pt-BR"), "no": ("nb", "no"), "fa-AF": ("prs",)},
        "libretranslate": {"zh": ("zh-Hans",), "zt": ("zh-Hant",), "nb": ("nb", "no"), "pb": ("pt-BR",)},
    }
)  # fmt: skip


def known(engine: str, codes: Iterable[str]) -> dict[str, str]:
    """Our tag → the engine's code, for the codes that the engine says it has; a tag's plainest code wins."""
    meant = {code.lower(): tags for code, tags in _MEANT.get(engine, {}).items()}
    found: dict[str, str] = {}
    for code in sorted(codes, key=lambda each: (len(each), each)):
        for tag in meant.get(code.lower()) or (normal(code),):
            if tag:
                found.setdefault(tag, code)
    return found


def ours(engine: str, code: str | None) -> str | None:
    """Our tag for a language that an engine says it has found; None where it says nothing."""
    return next(iter(known(engine, [code])), None) if code else None
