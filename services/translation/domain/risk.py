"""How much a wrong word would cost: which texts a machine may translate, which a person reads after, which wait for one.

Essential are discipline, special education, enrollment, consent, rights, health, safety and attendance warnings: what Title
VI, IDEA (34 CFR 300.322) and ESSA 1112(e)(4) ask a competent person to translate. The kind of a message, the words in it and
its sender decide; a sender can only raise it. The lists are coarse on purpose: a harmless text that waits a few hours costs
less than a suspension that a family reads as praise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.translation.domain.languages import base
from services.translation.domain.risk_words import SENSITIVE, topics_in

PRAISE, EMERGENCY, CONCERN = "positive", "emergency", "concern"
_LIGHT = frozenset({PRAISE, "info"})  # kinds that go even where nobody can tell what is in them


class Tier(StrEnum):
    """NONE: nothing to translate, or a wording of the catalogue. ROUTINE: a machine's text may go once its checks pass.
    SENSITIVE: it may go, and a person reads it after. ESSENTIAL: no machine's text goes."""

    NONE = "none"
    ROUTINE = "routine"
    SENSITIVE = "sensitive"
    ESSENTIAL = "essential"


SENDER = "sender"  # a topic of its own: whoever wrote it asked for a person
UNREADABLE = "language"  # there is no list for the language it is written in


@dataclass(frozen=True, slots=True)
class Ruling:
    """`topics`: why, as closed words. `waits`: nothing goes out in another language before a person has been there.
    `urgent`: it could not wait for one, who is asked at once."""

    tier: Tier
    topics: tuple[str, ...] = ()
    waits: bool = False
    urgent: bool = False


ROUTINE = Ruling(Tier.ROUTINE)
OF_LAW = Ruling(Tier.ESSENTIAL, ("special_education",), waits=True)  # a catalogue wording that nobody here has signed


def ruling(text: str | None, *, kind: str, language: str, raised: bool = False) -> Ruling:
    """The tier of a text by its sender's choice (`raised`), kind and words; None: a catalogue wording, approved beforehand.

    An emergency never waits: what a machine must not translate goes as it was written, at once, said to be so. Praise that
    speaks of a hospital is still praise: it goes, and is read after.
    """
    words = topics_in(text, language=language) if text else ()
    if words is None:  # nobody can tell what is in it
        topics: tuple[str, ...] = (UNREADABLE,)
        tier = Tier.SENSITIVE if kind in _LIGHT else Tier.ESSENTIAL
    else:
        topics = tuple(topic for topic in words if topic != SENSITIVE)
        tier = _by_words(text, kind, essential=bool(topics), sensitive=SENSITIVE in words)
    if raised:
        tier, topics = Tier.ESSENTIAL, (SENDER, *topics)
    essential = tier is Tier.ESSENTIAL
    return Ruling(tier, topics, waits=essential and kind != EMERGENCY, urgent=essential and kind == EMERGENCY)


def _by_words(text: str | None, kind: str, *, essential: bool, sensitive: bool) -> Tier:
    if text is None:
        return Tier.NONE
    if essential:
        return Tier.SENSITIVE if kind == PRAISE else Tier.ESSENTIAL
    return Tier.SENSITIVE if kind in (CONCERN, EMERGENCY) or (sensitive and kind != PRAISE) else Tier.ROUTINE


def reads(language: str) -> bool:
    """Whether there is a word list for texts written in it."""
    return topics_in("", language=base(language)) is not None
