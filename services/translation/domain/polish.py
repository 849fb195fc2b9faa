"""Small repairs of what an engine's grammar does not know about the pieces that were put back into it.

Articles before dates and times, and the address families are spoken to in: usted, as American schools write, where
Apertium says vosotros. Nothing here touches a digit, a name or the meaning; the checks run afterwards.
"""

from __future__ import annotations

import re

_DAYS = "lunes|martes|miércoles|jueves|viernes|sábado|domingo"
_MONTHS = "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
_DATE = rf"(?:(?:{_DAYS}),? )?\d{{1,2}} de (?:{_MONTHS})\b"

_RULES: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "es": (
        (re.compile(r"\bvuestr[oa](s?)\b"), r"su\1"),
        (re.compile(r"\bVuestr[oa](s?)\b"), r"Su\1"),
        (re.compile(rf"\b(?:en|encima) (?=(?:{_DAYS})\b|{_DATE})"), "el "),
        (re.compile(rf"\bpor (?={_DATE})"), "a más tardar el "),
        (re.compile(r"\b(?:en|encima) (?=1:\d\d\b)"), "a la "),
        (re.compile(r"\b(?:en|encima) (?=\d{1,2}:\d\d\b)"), "a las "),
        (re.compile(rf"(?<=[a-záéíóúüñ] )(?<!\b[Ee]l )(?<!\b[Dd]el )(?<!\b[Aa]l )(?=(?:{_DAYS}),? \d)"), "el "),
    )
}


def polished(text: str, target: str) -> str:
    """`text` with the repairs of its language; as it is for languages that have none."""
    for pattern, repair in _RULES.get(target, ()):
        text = pattern.sub(repair, text)
    return text
