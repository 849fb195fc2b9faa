"""How a round's invitations ended, as far as that may be told: each rate is a sum of ends, so it is told or hidden with them.

With `asked` and who answered printed, RR2 gives the partial ones, RR5 the unknown, RR6 both, `e` those who were no longer to be
asked, RR3 and RR4 the unknown and `e`. While a round runs the ends move by ones and twos between snapshots: they are told when it
is over, and from then on move by `least` or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from services.surveys.results.rates import Disposition, rates
from services.surveys.results.tally import Ends
from shared.disclosure import protect_list

Plain = dict[str, Any]
COMPLETE, UNKNOWN = Disposition.COMPLETE, Disposition.UNKNOWN
OTHERS = tuple(kind for kind in Disposition if kind not in (COMPLETE, Disposition.INELIGIBLE))
_KEPT = ("ends", "e", "rates", "settled", "counted_ends")
_NEEDS = (  # what a reader learns of each rate, beside how many were asked and have answered
    frozenset[str](),
    frozenset({"partial"}),
    frozenset({"unknown", "ineligible"}),
    frozenset({"partial", "unknown", "ineligible"}),
    frozenset({"unknown"}),
    frozenset({"partial", "unknown"}),
)


def ends_told(whole: Ends, before: Mapping[str, Any], *, least: int, over: bool, fresh: bool) -> Plain:
    """`asked`, `ends`, `e`, `rates` and whether it is `settled`. `fresh`: `least` more have answered than `before` has told of;
    else what came since stays one more hidden end, and who has answered stays as it was told."""
    counts = Counter({kind: number for kind, number in whole.items() if kind is not None})
    counts[UNKNOWN] += whole[None]
    complete = counts[COMPLETE] if fresh else int(before["ends"]["complete"] or 0)
    since = counts[COMPLETE] - complete
    asked = sum(number for kind, number in counts.items() if kind is not Disposition.INELIGIBLE)
    first: Plain = {"asked": asked, "settled": False}
    if before.get("settled") and not _moved(before["counted_ends"], counts, least):
        over = False
        first |= {name: before[name] for name in _KEPT}
    told = _told(counts, since, least) if over else {}
    ends = {kind.value: told.get(kind.value) for kind in Disposition} | {
        "complete": complete if complete == 0 or complete >= least else None
    }
    # who has answered since is counted as eligible and silent, so that no rate tells how many they are
    found = rates({**counts, COMPLETE: complete, Disposition.OTHER: counts[Disposition.OTHER] + since})
    every = (complete / asked if asked else None, found.rr2, found.rr3, found.rr4, found.rr5, found.rr6)
    shown = [_rounded(rate) if needs <= told.keys() else None for rate, needs in zip(every, _NEEDS, strict=True)]
    if not over and "ends" in first:  # settled before: only who has answered is new
        kept = {**first["ends"], "complete": ends["complete"]}
        return {**first, "ends": kept, "rates": [shown[0], *first["rates"][1:]]}
    e = _rounded(found.e) if {"unknown", "ineligible"} <= told.keys() else None
    memory = {"counted_ends": {kind.value: counts[kind] for kind in Disposition}} if over else {}
    return {**first, "settled": over, "ends": ends, "e": e, "rates": shown, **memory}


def _told(counts: Mapping[Disposition, int], since: int, least: int) -> dict[str, int]:
    """The ends that may be printed beside `asked`; `since`: who has answered after the last that was told."""
    values = [counts[kind] for kind in OTHERS] + [since]
    hidden = protect_list(values, least=least, empty=False)
    told = {} if hidden is None else {kind.value: counts[kind] for k, kind in enumerate(OTHERS) if k not in hidden}
    left_out = counts[Disposition.INELIGIBLE]
    return told | ({"ineligible": left_out} if left_out == 0 or left_out >= least else {})


def _moved(before: Mapping[str, int], counts: Mapping[Disposition, int], least: int) -> bool:
    """Whether every end has moved by `least` or stayed: only then may it be told anew."""
    moves = [abs(counts[kind] - before.get(kind.value, 0)) for kind in Disposition]
    return all(move == 0 or move >= least for move in moves)


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 4)
