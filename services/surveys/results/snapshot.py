"""What is published of a round at one moment, as plain data: printed figures only, and the memory that the next one needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from services.surveys.results import frozen
from services.surveys.results.nonresponse import Trait
from services.surveys.results.questions import tables_of
from services.surveys.results.raking import rake
from services.surveys.results.rates import Disposition, rates
from services.surveys.results.tally import FUNNEL, Ends, Tally, median
from shared.disclosure import LEAST, protect_list

WEIGHED = (Trait.LANGUAGE, Trait.SCHOOL, Trait.GRADE)
Plain = dict[str, Any]


def snapshot(tally: Tally, before: Mapping[str, Any] | None, *, least: int = LEAST) -> Plain | None:
    """The next snapshot; None while fewer than `least` homes more have answered than the last one knew."""
    known = int(before["homes"]) if before else 0
    if tally.homes - known < least:
        return None
    old: Mapping[str, Any] = before or {}
    found = rates(_settled(tally.whole))
    return {
        "homes": tally.homes,
        "least": least,
        "asked": found.asked,
        "open": tally.whole[None],
        "ends": {kind.value: _told(found.counts[kind], least) for kind in Disposition},
        "e": round(found.e, 4),
        "rates": [_rounded(rate) for rate in (found.rr1, found.rr2, found.rr3, found.rr4, found.rr5, found.rr6)],
        "funnel": {name: _told(tally.funnel[name], least) for name in FUNNEL},
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


def _settled(ends: Ends) -> dict[Disposition, int]:
    """What has ended; what is open counts as unknown so far."""
    found = Counter({kind: count for kind, count in ends.items() if kind is not None})
    found[Disposition.UNKNOWN] += ends[None]
    return dict(found)


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 4)


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
