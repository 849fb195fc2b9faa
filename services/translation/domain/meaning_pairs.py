"""What one engine was seen to do to one pair of languages: permanent rules beside the general ones.

Each line is a real answer (translation notes §1): "please call" came back as the infinitive "complacer", "are safe" as
"are reliable", "keep your child home" without its verb.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from services.translation.domain.findings import Code
from services.translation.domain.meaning_words import compiled

_FLAGS = re.IGNORECASE | re.UNICODE


@dataclass(frozen=True, slots=True)
class Rule:
    """Where `when` is in the source, the translation must have `needs` and must not have `forbids`."""

    code: Code
    when: re.Pattern[str]
    needs: re.Pattern[str] | None = None
    forbids: re.Pattern[str] | None = None

    def broken_by(self, source: str, translation: str) -> tuple[int, int] | None:
        """Where in the source the passage stands that was lost."""
        match = self.when.search(source)
        if match is None:
            return None
        missing = self.needs is not None and self.needs.search(translation) is None
        wrong = self.forbids is not None and self.forbids.search(translation) is not None
        return match.span() if missing or wrong else None


def _of(*entries: str) -> re.Pattern[str]:
    return compiled(entries, spaced=True)


_SAFE = _of("safe", "safely")
_KEEP_HOME = re.compile(r"\bkeep\b.*\b(?:home|inside|indoors|away|out)\b", _FLAGS)
_FREE = _of("(is|are|for) free", "free (of charge|lunch|lunches|meals|tutoring|breakfast|tickets?)")
_ASKED = _of("^(please )*(read|bring|send|keep|return|call|tell|come|write|check|wash|wear|sign)")
_AFTERNOON = re.compile(r"\d\s?p\.?\s?m\b", _FLAGS)

# English → what each target must not say where the English says `when`
_SEEN: tuple[tuple[Code, re.Pattern[str], Mapping[str, tuple[str, ...]]], ...] = (
    (
        Code.COMMAND,
        _of("please"),
        {
            "es": ("complac*",), "ca": ("complaure", "plaure"), "gl": ("comprac*",), "pt": ("compraz*",),
            "fr": ("complaire",), "it": ("compiacere",),
        },
    ),  # "please call" became the infinitive "to please"
    (
        Code.WORD,
        _SAFE,
        {
            "es": ("fiables?", "confiables?", "cajas? fuertes?"), "ca": ("fiables?", "caixes? fortes?"),
            "gl": ("fiables?", "caixas? fortes?"), "pt": ("fiáve(l|is)", "confiáve(l|is)", "cofres?"), "fr": ("fiables?",),
        },
    ),
    (Code.WORD, _of("drill"), {"es": ("taladr*", "martill*"), "ca": ("trepant*", "martell*"), "pt": ("martel*", "broca")}),
    (
        Code.WORD,
        _FREE,
        {"es": ("libres?",), "ca": ("lliures?",), "gl": ("libres?",), "pt": ("livres?",), "fr": ("libres?",)},
    ),  # what costs nothing became what is at liberty
    (
        Code.WORD,
        _of("up"),
        {"es": ("arriba",), "ca": ("amunt", "a dalt"), "gl": ("arriba",), "pt": ("acima", "em cima"), "fr": ("en dessus",)},
    ),  # "pick up your child" became "choose above"
    (
        Code.WORD,
        _of("leaves? (at|from|between|on|after|before|early|late|#)"),
        {"es": ("hojas?",), "ca": ("fulles?",), "gl": ("follas?",), "pt": ("folhas?",), "fr": ("feuilles?",)},
    ),  # "the bus leaves at" became "the leaves of the bus"
    (Code.COMMAND, _of("call"), {"es": ("me llamo",), "ca": ("em dic",), "gl": ("me chamo",), "pt": ("me chamo",)}),
    (Code.WORD, _of("still"), {"es": ("quiet(o|a|os|as)",), "ca": ("quiet(a|s|es)?",), "pt": ("quiet(o|a|os|as)",)}),
    (Code.WORD, _of("glasses"), {"es": ("vasos",), "ca": ("gots",), "gl": ("vasos",), "pt": ("copos",)}),
    (Code.WORD, _AFTERNOON, {"ca": ("primer ministre",), "fr": ("premier ministre",)}),
    (
        Code.COMMAND,
        _KEEP_HOME,
        {
            "ca": ("casa (de|d'*)",), "gl": ("casa de",), "pt": ("casa de",), "fr": ("maison d'*",),
        },
    ),  # "keep your child home" became "your child's house"
)  # fmt: skip


def _rules() -> dict[tuple[str, str], tuple[Rule, ...]]:
    made: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    for code, when, forbidden in _SEEN:
        for target, entries in forbidden.items():
            made["en", target].append(Rule(code, when, forbids=_of(*entries)))
    made["en", "es"] += [
        Rule(Code.COMMAND, _KEEP_HOME, needs=_of("qued(e|en|ar|arse)*", "manteng*", "dej(e|en|ar)", "teng(a|an)")),
        Rule(Code.COMMAND, _ASKED, forbids=_of("^*(ado|ido|ído|ada|ida)")),  # "read with" became "was read with"
    ]
    made["es", "it"] += [Rule(Code.WORD, _of("para"), forbids=_of("partorisc*", "figlia"))]
    return {pair: tuple(rules) for pair, rules in made.items()}


RULES = _rules()
