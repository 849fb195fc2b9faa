"""What may be shown of a count: by language, with the response rate, and no small group in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from services.surveys.domain.polls import Count, Method, count, quorum_met
from shared.disclosure import Figures, protect, with_totals

LEADING_FROM = 5  # votes: of fewer, even what leads would tell of somebody's own


@dataclass(frozen=True, slots=True)
class OfLanguage:
    """First choices of those who answered in one language; None where it stays hidden."""

    language: str
    answered: int | None
    counts: dict[str, int | None]

    def plain(self) -> dict[str, Any]:
        return {"language": self.language, "answered": self.answered, "counts": dict(self.counts)}


@dataclass(frozen=True, slots=True)
class Result:
    """Frozen at the close. `asked` and `answered` are homes, votes each guardian's.

    `answered` and `rate` None: too few to tell. `rounds`: of a run-off, where it may be told."""

    method: Method
    asked: int
    answered: int | None
    rate: float | None
    quorum_met: bool
    leading: tuple[str, ...]
    votes: dict[str, int | None]
    by_language: tuple[OfLanguage, ...]
    rounds: tuple[dict[str, Any], ...]

    def plain(self) -> dict[str, Any]:
        return {
            "method": self.method.value,
            "asked": self.asked,
            "answered": self.answered,
            "response_rate": self.rate,
            "quorum_met": self.quorum_met,
            "leading": list(self.leading),
            "votes": dict(self.votes),
            "by_language": [each.plain() for each in self.by_language],
            "rounds": list(self.rounds),
        }


def result_of(
    method: Method,
    ballots: Sequence[tuple[str, Sequence[str]]],
    options: Sequence[str],
    *,
    asked: int,
    quorum: int,
    least: int,
    homes: Sequence[int] | None = None,
) -> Result:
    """`ballots`: language and choices of each. What is hidden cannot be worked out from what is shown.

    `homes`: how many votes each home that voted has cast (None: one each). Every vote counts; a figure is told from `least`
    homes, so where both guardians of a home have voted it takes as many more votes.
    """
    voted = len(ballots) if homes is None else len(homes)
    least_votes = least * max(homes or (1,))
    counted = count(method, [choices for _, choices in ballots], options)
    languages = sorted({language for language, _ in ballots})
    answered = voted
    spoken = [[choices for each, choices in ballots if each == language] for language in languages]
    shown = _shown([_cells(method, each, options) for each in spoken], least=least_votes)
    width = len(options) + 1
    rows = [dict(zip(options, shown[place * width : place * width + width - 1], strict=True)) for place in range(len(languages))]
    totals = shown[len(languages) * width :]
    enough = answered >= least
    return Result(
        method,
        asked,
        answered if enough else None,
        round(answered / asked, 3) if enough and asked else None,
        quorum_met(answered=answered, asked=asked, quorum=quorum),
        counted.leading if answered >= LEADING_FROM else (),
        dict(zip(options, totals[:-1], strict=True)) if languages else dict.fromkeys(options),
        tuple(
            OfLanguage(language, shown[place * width + width - 1] if method is not Method.APPROVAL else None, rows[place])
            for place, language in enumerate(languages)
        ),
        _rounds(counted, least_votes),
    )


def _cells(method: Method, ballots: Sequence[Sequence[str]], options: Sequence[str]) -> list[int]:
    """How often each option was chosen (approval), or chosen first."""
    kept = [[value for value in dict.fromkeys(ballot) if value in options] for ballot in ballots]
    votes = Counter(value for ballot in kept for value in (ballot if method is Method.APPROVAL else ballot[:1]))
    return [votes[option] for option in options]


def _shown(cells: Sequence[Sequence[int]], *, least: int) -> list[int | None]:
    """The table with its totals, row by row; None where a figure is hidden."""
    if not cells:
        return []
    values = with_totals(cells)
    width = len(cells[0]) + 1
    small = {place for place, value in enumerate(values) if 0 < value < least}
    for start in range(0, len(values), width):  # all of one mind: the count would be everybody's own vote
        row, total = values[start : start + width - 1], values[start + width - 1]
        if total and max(row) == total:
            small |= set(range(start, start + width - 1))
    hidden = protect(Figures(len(cells), len(cells[0]), values), small, least=least)
    return [None if place in hidden else value for place, value in enumerate(values)]


def _rounds(counted: Count, least: int) -> tuple[dict[str, Any], ...]:
    """A run-off round by round, only where no round has a group too small to tell, and no move from one to the next."""
    counts = [votes for each in counted.rounds for votes in each.votes.values()]
    moved = [after.votes[option] - before.votes[option] for before, after in pairwise(counted.rounds) for option in after.votes]
    if any(0 < votes < least for votes in (*counts, *moved)):
        return ()
    return tuple({"votes": dict(each.votes), "out": list(each.out), "tie": each.tie} for each in counted.rounds)
