"""What one engine was seen to do to one pair of languages: permanent rules beside the general ones.

Each line is a real answer (translation notes §1): "please call" came back as the infinitive "complacer", "are safe" as
"are reliable", "keep your child home" without its verb.
"""

from __future__ import annotations

import re
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
_AFTERNOON = re.compile(r"\d\s?p\.?\s?m\b", _FLAGS)

RULES: dict[tuple[str, str], tuple[Rule, ...]] = {
    ("en", "es"): (
        Rule(Code.COMMAND, _of("please"), forbids=_of("complac*")),
        Rule(Code.WORD, _SAFE, forbids=_of("fiables?", "confiables?", "cajas? fuertes?")),
        Rule(Code.COMMAND, _KEEP_HOME, needs=_of("qued(e|en|ar|arse)*", "manteng*", "dej(e|en|ar)", "teng(a|an)")),
        # "this is a drill" is no tool
        Rule(Code.WORD, _of("drill"), forbids=_of("taladr*")),
    ),
    ("en", "ca"): (
        Rule(Code.COMMAND, _of("please"), forbids=_of("complaure", "plaure")),
        Rule(Code.WORD, _AFTERNOON, forbids=_of("primer ministre")),
        Rule(Code.WORD, _SAFE, forbids=_of("fiables?", "caixes? fortes?")),
    ),
    ("es", "it"): (Rule(Code.WORD, _of("para"), forbids=_of("partorisc*", "figlia")),),
}
