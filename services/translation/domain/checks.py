"""What every translation is checked for before it may go out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from services.translation.domain.dates import localise_date, localise_time
from services.translation.domain.meaning import dangers
from services.translation.domain.protection import Kind, Protected, Token

MAX_UNKNOWN = 0.34  # more words than this unknown, and it is not in the reader's language
_PLACEHOLDER = re.compile(r"\{[A-Za-z_][A-Za-z0-9_]*\}")
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")


class Verdict(StrEnum):
    """Of one check."""

    OK = "ok"
    LOST = "lost"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Checks:
    """Verdict per check; `reasons` are closed words, for provenance and the counter of refusals."""

    numbers: Verdict = Verdict.OK
    placeholders: Verdict = Verdict.OK
    names: Verdict = Verdict.OK
    meaning: Verdict = Verdict.OK
    reasons: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return all(verdict is Verdict.OK for verdict in (self.numbers, self.placeholders, self.names, self.meaning))

    def as_dict(self) -> dict[str, object]:
        """For the event and the provenance page; never holds text."""
        return {name: list(value) if isinstance(value, tuple) else str(value) for name, value in asdict(self).items()}


def render(token: Token, *, source: str, target: str) -> str:
    """A protected piece as the reader writes it: dates and times in their language, all else as it was."""
    if token.kind is Kind.DATE:
        return localise_date(token.surface, source, target)
    if token.kind is Kind.TIME:
        return localise_time(token.surface, target)
    return token.surface


def placeholders(text: str) -> Counter[str]:
    """Each `{placeholder}` and how often."""
    return Counter(_PLACEHOLDER.findall(text))


def lost(kinds: Sequence[Kind]) -> Checks:
    """The verdict when protected pieces of these kinds did not come back."""
    return Checks(
        numbers=_lost_if(kinds, Kind.NUMBER, Kind.DATE, Kind.TIME, Kind.PHONE),
        placeholders=_lost_if(kinds, Kind.PLACEHOLDER, Kind.LINK, Kind.LITERAL, Kind.MARK),
        names=_lost_if(kinds, Kind.NAME),
        reasons=tuple(sorted({f"lost_{kind}" for kind in kinds})),
    )


def check_machine(
    protected: Protected, original: str, translation: str, *, languages: tuple[str, str], unknown: float
) -> Checks:
    """All checks of an engine's answer against the `original` that it was made from."""
    source, target = languages
    expected = protected.restore(protected.masked, lambda token: render(token, source=source, target=target))
    names = Counter(token.surface for token in protected.tokens if token.kind is Kind.NAME)
    reasons: list[str] = [str(danger) for danger in dangers(original, translation, languages=languages)]
    if unknown > MAX_UNKNOWN:
        reasons.append("unknown_words")
    if _strange_length(original, translation):
        reasons.append("length")
    return Checks(
        numbers=_ok_if(Counter(_DIGITS.findall(expected)) == Counter(_DIGITS.findall(translation))),
        placeholders=_ok_if(placeholders(original) == placeholders(translation)),
        names=_ok_if(all(translation.count(name) >= count for name, count in names.items())),
        meaning=Verdict.REFUSED if reasons else Verdict.OK,
        reasons=tuple(reasons),
    )


def _strange_length(original: str, translation: str) -> bool:
    """Empty, cut off or babbling: outside a third to three times the words, beyond a few words of grace."""
    before, after = len(_WORD.findall(original)), len(_WORD.findall(translation))
    return (before > 0 and after == 0) or after > 3 * before + 6 or before > 3 * after + 6


def _ok_if(good: bool) -> Verdict:
    return Verdict.OK if good else Verdict.LOST


def _lost_if(kinds: Sequence[Kind], *watched: Kind) -> Verdict:
    return Verdict.LOST if any(kind in watched for kind in kinds) else Verdict.OK
