"""What a reader has beside the text: what was approved for one like it, the district's words, what the checks say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.translation.domain import checks
from services.translation.domain.findings import Severity, Side
from services.translation.domain.glossary import Glossary
from services.translation.domain.languages import same
from services.translation.domain.memory import comparable, slotted
from services.translation.store import glossary as words
from services.translation.store import review as store
from services.translation.store.memory_near import NEAR
from shared.messaging.uow import UnitOfWork

LIKE = 70  # percent
MOST = 3


@dataclass(frozen=True)
class Near:
    """An approval for a text like this one; `percent` of its wording is the same. Names and numbers are slots."""

    percent: int
    source: str = field(repr=False)
    target: str = field(repr=False)
    approved_by: str


@dataclass(frozen=True)
class Spot:
    """Something that a check found: its closed word, the place in question, and whether it holds a machine's text."""

    code: str
    text: str = field(repr=False)
    grave: bool


@dataclass(frozen=True)
class Word:
    """A term of the district in the text. `said`: the translation has it."""

    term: str
    translation: str
    said: bool
    note: str = ""


def near(uow: UnitOfWork, source: store.Row, target: str) -> list[Near]:
    """The nearest approvals, best first."""
    language = source["source_language"]
    wanted = comparable(slotted(source["text"], names=source["names"], source=language).masked)
    found = NEAR.nearest(uow.connection, wanted, source=language, target=target, limit=MOST, floor=LIKE)
    return [
        Near(int(match.score), match.row["source_text"], match.row["target_text"], match.row["approved_by"])
        for match in found
    ]


def pieces(source: store.Row, target: str) -> list[str]:
    """Names, dates, numbers and links as a translation has them: written so, it serves every text like it."""
    language = source["source_language"]
    found = slotted(source["text"], names=source["names"], source=language).tokens
    return list(dict.fromkeys(checks.render(token, source=language, target=target) for token in found))


def terms(uow: UnitOfWork, source: store.Row, target: str, *, translation: str) -> list[Word]:
    """The district's words in the text, and what they are called."""
    known: Glossary = words.glossary_of(uow.connection)
    hits = known.hits(source["text"], source=source["source_language"], target=target, names=source["names"])
    said = {
        hit.term.id: Word(hit.term.term, hit.term.translation, hit.term.said_in(translation), hit.term.note)
        for hit in hits
    }
    return list(said.values())


def spots(source: store.Row, translation: str, target: str) -> list[Spot]:
    """What the checks find in a translation, a person's or a machine's; nothing in none."""
    language = source["source_language"]
    if not translation.strip() or same(language, target):
        return []
    found = checks.inspect(source["text"], translation, languages=(language, target), names=tuple(source["names"]))
    return [
        Spot(
            str(finding.code),
            _at(source["text"] if finding.side is Side.SOURCE else translation, finding.span),
            finding.severity is Severity.HOLDS,
        )
        for finding in found
    ]


def _at(text: str, span: Sequence[int]) -> str:
    """The place in question; empty where it is the whole text."""
    start, end = span
    return "" if (start, end) == (0, len(text)) else text[start:end][:80]
