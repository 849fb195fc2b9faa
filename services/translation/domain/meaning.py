"""Refuses a machine translation that may have turned a "must not" into a "need not".

No checking tool catches a flipped negation or obligation, so there are word lists on both sides (translation notes §1
and §5: "must not eat peanuts" came back as "no tiene que comer", "do not come" as "no viene"). The rules are coarse on
purpose: a good text refused goes out in its source language, labelled; a wrong one let through sends a child to school
with a fever. Without lists for the reader's language, a text that forbids, obliges or denies is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from services.translation.domain.languages import base

_FLAGS = re.IGNORECASE | re.UNICODE


class Danger(StrEnum):
    """What may have been lost."""

    NEGATION = "negation"
    PROHIBITION = "prohibition"
    EXEMPTION = "exemption"
    OBLIGATION = "obligation"
    COMMAND = "command"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Rule:
    """Where `when` is in the source, the translation must have `needs` and must not have `forbids`."""

    danger: Danger
    when: re.Pattern[str]
    needs: re.Pattern[str] | None = None
    forbids: re.Pattern[str] | None = None

    def broken_by(self, source: str, translation: str) -> bool:
        if self.when.search(source) is None:
            return False
        missing = self.needs is not None and self.needs.search(translation) is None
        return missing or (self.forbids is not None and self.forbids.search(translation) is not None)


def _of(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", _FLAGS)


_NEGATION = {
    "en": _of("not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot", r"\w+n['’]t"),
    "es": _of("no", "nunca", "jamás", "nadie", "nada", "ni", "sin", "tampoco", "ning[uú]n", r"ningun[oa]s?"),
}
_OBLIGATION = {
    "en": _of(
        "must",
        "have to",
        "has to",
        "had to",
        "needs?",
        "needs? to",
        "required",
        "mandatory",
        "should",
        "ought",
        "shall",
    ),
    "es": _of(
        r"deb(?:o|e|es|emos|en|a|as|an|ía|ían|ería|erían|erá|erán)",
        r"t(?:engo|iene|ienes|ienen|enemos|endrá|endrán)\s+que",
        "hay que",
        r"necesit\w+",
        r"obligad\w+",
        r"obligatori\w+",
        r"requier\w+",
        r"requerid\w+",
    ),
}
_CAN = r"(?:se\s+)?(?:le\s+|les\s+|lo\s+|la\s+)?(?:deb\w+|pued\w+|podr\w+|permit\w+)"
_PROHIBITION = {
    "en": _of(
        r"(?:must|may|should|shall)\s*(?:not|n['’]t)",
        r"can\s*not",
        r"can['’]t",
        "must never",
        r"not\s+(?:be\s+)?(?:allowed|permitted)",
        "forbidden",
        "prohibited",
    ),
    "es": _of(rf"no\s+{_CAN}", r"prohib\w+", r"no\s+est\w+\s+permitid\w+"),
}
_EXEMPTION = {
    "en": _of(
        r"(?:do|does|did)\s*(?:not|n['’]t)\s+(?:have|need)(?:\s+to)?",
        r"need\s*(?:not|n['’]t)",
        "not required",
        "optional",
    ),
    "es": _of(
        r"no\s+(?:t\w+\s+que|necesit\w+|hace falta|hay que|es\s+necesari\w+|es\s+obligatori\w+)",
        r"opcional\w*",
        r"voluntari\w+",
    ),
}
_START = r"(?:^|[.!?:;\n]\s*)"
_FORBIDDING_COMMAND = {
    "en": re.compile(rf"{_START}(?:please\s+)?(?:do\s*(?:not|n['’]t)|never)\s+\w+", _FLAGS | re.MULTILINE),
    "es": re.compile(rf"{_START}(?:por favor,?\s+)?(?:no|nunca)\s+\w+[eaé]n?\b", _FLAGS | re.MULTILINE),
}

_WORDS = {
    ("en", "es"): (
        # "please call" came back as the infinitive "complacer", "are safe" as "are reliable"
        Rule(Danger.COMMAND, _of("please"), forbids=_of(r"complac\w+")),
        Rule(Danger.WORD, _of("safe", "safely"), forbids=_of(r"fiables?", r"confiables?", r"cajas? fuertes?")),
        Rule(
            Danger.COMMAND,
            re.compile(r"\bkeep\b.*\b(?:home|inside|indoors|away|out)\b", _FLAGS),
            needs=_of(r"qued[ea]\w*", r"mantenga\w*", r"deje\w*", r"tenga\w*"),
        ),
    ),
}


def dangers(source: str, translation: str, *, languages: tuple[str, str]) -> tuple[Danger, ...]:
    """What `translation` may have lost; empty when nothing is known against it. `languages`: (source, target)."""
    here, there = base(languages[0]), base(languages[1])
    if here not in _NEGATION:
        return (Danger.NEGATION,)  # we cannot even tell what there is to lose
    if there not in _NEGATION:
        heavy = (_NEGATION, _OBLIGATION, _PROHIBITION, _EXEMPTION)
        return (Danger.NEGATION,) if any(lists[here].search(source) for lists in heavy) else ()
    found = [rule.danger for rule in _rules(here, there) if rule.broken_by(source, translation)]
    if _NEGATION[there].search(translation) and not _NEGATION[here].search(source):
        found.append(Danger.NEGATION)
    return tuple(dict.fromkeys(found))


def _rules(here: str, there: str) -> tuple[Rule, ...]:
    return (
        Rule(Danger.NEGATION, _NEGATION[here], needs=_NEGATION[there]),
        Rule(Danger.PROHIBITION, _PROHIBITION[here], needs=_PROHIBITION[there], forbids=_EXEMPTION[there]),
        Rule(Danger.EXEMPTION, _EXEMPTION[here], needs=_EXEMPTION[there], forbids=_PROHIBITION[there]),
        Rule(Danger.COMMAND, _FORBIDDING_COMMAND[here], needs=_PROHIBITION[there]),
        Rule(Danger.OBLIGATION, _OBLIGATION[here], needs=_OBLIGATION[there]),
        *_WORDS.get((here, there), ()),
    )
