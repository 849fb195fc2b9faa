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


_TWO_STOPS = re.compile(r"\b([ap]\.\s?m\.)\.(?!\.)")  # "5:30 p. m." at the end of a sentence has one stop
# what Apertium says to one's friends in Spain, as it is said to families in America; frequent verbs that are no riddle
_FRIENDS = {
    "sois": "son", "estáis": "están", "habéis": "han", "tenéis": "tienen", "podéis": "pueden", "queréis": "quieren",
    "venís": "vienen", "hacéis": "hacen", "sabéis": "saben", "vais": "van", "debéis": "deben", "necesitáis": "necesitan",
    "tendréis": "tendrán", "podréis": "podrán", "recibiréis": "recibirán", "vosotros": "ustedes", "vosotras": "ustedes",
    "podríais": "podrían", "deberíais": "deberían", "tengáis": "tengan", "podáis": "puedan", "queráis": "quieran",
}  # fmt: skip
_FRIEND = re.compile(rf"\b(?:{'|'.join(_FRIENDS)})\b", re.IGNORECASE)


def _formal(match: re.Match[str]) -> str:
    formal = _FRIENDS[match[0].lower()]
    return formal.capitalize() if match[0][0].isupper() else formal


def polished(text: str, target: str) -> str:
    """`text` with the repairs of its language; of others, as it is but for a doubled stop."""
    text = _TWO_STOPS.sub(r"\1", text)
    if target == "es":
        text = _FRIEND.sub(_formal, text)
    for pattern, repair in _RULES.get(target, ()):
        text = pattern.sub(repair, text)
    return text
