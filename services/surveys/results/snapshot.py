"""What is published of a round at one moment, as plain data: printed figures only, and the memory that the next one needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from services.surveys.results import frozen
from services.surveys.results.ends import ends_told
from services.surveys.results.nonresponse import Trait
from services.surveys.results.questions import tables_of
from services.surveys.results.raking import rake
from services.surveys.results.rates import Disposition
from services.surveys.results.tally import FUNNEL, Ends, Tally, median
from shared.disclosure import LEAST, protect_list

WEIGHED = (Trait.LANGUAGE, Trait.SCHOOL, Trait.GRADE)
Plain = dict[str, Any]


def snapshot(
    tally: Tally, before: Mapping[str, Any] | None, *, least: int = LEAST, over: bool = True
) -> Plain | None:
    """The next snapshot; None while fewer than `least` homes more have answered than the last one knew.

    `over`: nobody can answer any more. Then how the invitations ended is told, once, even if no ten more have answered.
    """
    known = int(before["homes"]) if before else 0
    old: Mapping[str, Any] = before or {}
    over = over and not tally.whole[None]
    if tally.homes - known < least:
        if not (before and over) or before.get("settled"):
            return None
        return {**before, **ends_told(tally.whole, before, least=least, over=True, fresh=False)}
    return {
        "homes": tally.homes,
        "least": least,
        **ends_told(tally.whole, old, least=least, over=over, fresh=True),
        "funnel": _funnel(tally, least),
        "modes": _list(tally.modes, least),
        "stopped_at": _list(tally.stopped_at, least),
        "minutes": {
            via: {"median": median(counted), "n": counted.total()}
            for via, counted in sorted(tally.minutes.items())
            if counted.total() >= least
        },
        "traits": {
            trait.value: _trait(tally.ends[trait], old.get("traits", {}).get(trait.value, {}), least) for trait in Trait
        },
        "weights": _weights(tally, least),
        "sheets": _sheets(tally, old.get("sheets", {}), least),
        "numbers": _numbers(tally.numbers, old.get("numbers", {}), least),
        "words": {key: count for key, count in sorted(tally.words.items()) if count >= least},
    }


def _funnel(tally: Tally, least: int) -> dict[str, int | None]:
    found = _stages([tally.funnel[name] for name in FUNNEL], least)
    left_out = tally.whole[Disposition.INELIGIBLE]  # beside `asked`, the first stage would tell of them
    return {**found, FUNNEL[0]: None} if 0 < left_out < least else found


def _stages(counts: list[int], least: int) -> dict[str, int | None]:
    """Each stage holds the next: the last is told, and one before it where it is the same or by `least` more."""
    told: dict[str, int | None] = {}
    inner = 0
    for name, count in zip(reversed(FUNNEL), reversed(counts), strict=True):
        shown = count - inner == 0 or (count - inner >= least and count >= least)
        told[name] = count if shown else None
        inner = count if shown else inner
    return {name: told[name] for name in FUNNEL}


def _told(count: int, least: int) -> int | None:
    return None if 0 < count < least else count


def _list(counts: Counter[str], least: int) -> dict[str, int | None]:
    names = sorted(counts)
    hidden = protect_list([counts[name] for name in names], least=least, empty=False)
    return {name: None if hidden is None or k in hidden else counts[name] for k, name in enumerate(names)}


def _trait(groups: Mapping[str, Ends], old: Mapping[str, Any], least: int) -> dict[str, list[int] | None]:
    """By group, [asked, answered]; None where it is hidden. A group's answers move by `least` or not at all."""
    names = sorted(groups)
    asked = [sum(n for kind, n in groups[name].items() if kind is not Disposition.INELIGIBLE) for name in names]
    answered = [groups[name][Disposition.COMPLETE] for name in names]
    small = protect_list(asked, least=least, empty=False)
    few = protect_list(answered, least=least, empty=False)
    found: dict[str, list[int] | None] = {}
    for k, name in enumerate(names):
        told = old.get(name)
        if small is None or few is None or k in small or k in few:
            found[name] = told
        elif told is not None and 0 <= answered[k] - told[1] < least:
            found[name] = [max(asked[k], told[1]), told[1]]
        else:
            found[name] = [asked[k], answered[k]]
    return found


def _weights(tally: Tally, least: int) -> Plain:
    """Whether those who answered can be made to look like those who were asked, and what that costs."""
    lines = [dict(traits) for traits in tally.combined]
    roster = {
        trait.value: {
            name: sum(n for kind, n in ends.items() if kind is not Disposition.INELIGIBLE)
            for name, ends in tally.ends[trait].items()
        }
        for trait in WEIGHED
    }
    found = rake(lines, roster, times=list(tally.combined.values()))
    return {
        "n": sum(found.times),
        "effective_n": round(found.effective_n, 1),
        "converged": found.converged,
        "turns": found.turns,
        "gap": round(found.gap, 5),
        "capped": _told(found.capped, least),
        "empty": [[one.trait, one.group] for one in found.empty if roster[one.trait][one.group] >= least],
        "failed": found.failed,
    }


def _sheets(tally: Tally, old: Mapping[str, Any], least: int) -> Plain:
    found = dict(old)
    for made in tables_of(tally.survey):
        before = frozen.sheet_of(old[made.key]) if made.key in old else None
        columns = [column.value for column in made.columns]
        sheet = frozen.taken(before, tally.answers[made.key], columns, least=least, never=made.never)
        if sheet is not None:
            found[made.key] = frozen.plain(sheet)
    return found


def _numbers(numbers: Mapping[str, Mapping[str, list[float]]], old: Mapping[str, Any], least: int) -> Plain:
    """By question and school: how many, their sum and the sum of their squares; a school by tens."""
    found: Plain = {}
    for question, schools in sorted(numbers.items()):
        kept = dict(old.get(question, {}))
        for school, (n, total, squares) in sorted(schools.items()):
            if n - kept.get(school, [0])[0] >= least:
                kept[school] = [int(n), total, squares]
        found[question] = kept
    return found
