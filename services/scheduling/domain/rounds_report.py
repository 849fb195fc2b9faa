"""What a plan means for people: who waits, who gets nothing, how full the evening is, who leaves early.

The figures are those that schools compare (waste hours, longest wait, who waits, teacher waste, congestion, early finish),
computed alike for a plan and for first come, first served, so that the two can stand side by side.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.scheduling.domain.rounds import GRID, MUST
from services.scheduling.domain.rounds_instance import Job, Planned

LEAST = 10  # homes: the figures of smaller groups are not shown


@dataclass(frozen=True, slots=True)
class Report:
    """Minutes unless said otherwise; `nothing`: homes that asked and meet nobody."""

    wishes: int
    met: int
    must: int
    must_met: int
    homes: int
    nothing: tuple[str, ...]
    family_wait: int
    longest_wait: int
    homes_waiting: int
    two_evenings: int
    teacher_wait: int
    most_at_once: int
    early_finish: int

    @property
    def met_percent(self) -> float:
        return percent(self.met, self.wishes)

    @property
    def must_percent(self) -> float:
        return percent(self.must_met, self.must)


def percent(part: int, whole: int) -> float:
    """100 of nothing is all of it."""
    return round(100 * part / whole, 1) if whole else 100.0


def report(job: Job, planned: Sequence[Planned]) -> Report:
    weight = {pair: request["w"] for pair, request in zip(job.requests, job.instance["requests"], strict=True)}
    waits = waits_of(job, planned)
    met = {(each.home_id, each.staff_id) for each in planned}
    meeting_homes = {each.home_id for each in planned}
    by_home: dict[str, int] = defaultdict(int)
    evenings: dict[str, int] = Counter(home for home, _ in waits)
    for (home, _), minutes in waits.items():
        by_home[home] += minutes
    finish = _early_finish(job, planned)
    return Report(
        wishes=len(job.requests),
        met=len(met),
        must=sum(each == MUST for each in weight.values()),
        must_met=sum(weight.get(pair) == MUST for pair in met),
        homes=len(job.homes),
        nothing=tuple(home for home in job.homes if home not in meeting_homes),
        family_wait=sum(by_home.values()),
        longest_wait=max(waits.values(), default=0),
        homes_waiting=sum(minutes > 0 for minutes in by_home.values()),
        two_evenings=sum(count > 1 for count in evenings.values()),
        teacher_wait=_teacher_wait(job, planned),
        most_at_once=_most_at_once(job, planned),
        early_finish=round(sum(finish) / len(finish)) if finish else 0,
    )


def waits_of(job: Job, planned: Sequence[Planned]) -> dict[tuple[str, int], int]:
    """Minutes that a home waits on an evening between its meetings, beyond the walk."""
    number = {home: at for at, home in enumerate(job.homes)}
    found: dict[tuple[str, int], int] = {}
    for (home, evening), held in _by(planned, "home_id").items():
        in_person = job.instance["households"][number[home]]["mode"] == "in_person"
        walk = job.instance["travel"] if in_person else 0
        gaps = (after.start - before.start - before.cells - walk for before, after in pairwise(held))
        found[home, evening] = GRID * sum(gaps)
    return found


def _by(planned: Sequence[Planned], who: str) -> dict[tuple[str, int], list[Planned]]:
    found: dict[tuple[str, int], list[Planned]] = defaultdict(list)
    for each in planned:
        found[getattr(each, who), each.evening].append(each)
    return {key: sorted(held, key=lambda each: each.start) for key, held in found.items()}


def _teacher_wait(job: Job, planned: Sequence[Planned]) -> int:
    """Minutes between a teacher's first and last meeting of an evening with nobody there; a break is no wait."""
    there = _there(job)
    total = 0
    for (staff_id, evening), held in _by(planned, "staff_id").items():
        span = range(held[0].start, held[-1].start + held[-1].cells)
        total += sum((evening, cell) in there[staff_id] for cell in span) - sum(each.cells for each in held)
    return GRID * max(0, total)


def _early_finish(job: Job, planned: Sequence[Planned]) -> list[int]:
    """Minutes from each teacher's last meeting to the end of their time, per evening they are there."""
    held = _by(planned, "staff_id")
    found = []
    for staff_id, cells in _there(job).items():
        last: dict[int, int] = {}
        for evening, cell in cells:
            last[evening] = max(last.get(evening, 0), cell + 1)
        for evening, end in last.items():
            meetings = held.get((staff_id, evening))
            if meetings:
                found.append(GRID * max(0, end - meetings[-1].start - meetings[-1].cells))
    return found


def _there(job: Job) -> dict[str, set[tuple[int, int]]]:
    """Cells in which each teacher can be met."""
    return {
        job.teachers[each["id"]]: {(e, cell) for e, first, last in each["avail"] for cell in range(first, last)}
        for each in job.instance["teachers"]
    }


def _most_at_once(job: Job, planned: Sequence[Planned]) -> int:
    """Homes that are in the building at the same time, at most."""
    number = {home: at for at, home in enumerate(job.homes)}
    inside: Counter[tuple[int, int]] = Counter()
    for (home, evening), held in _by(planned, "home_id").items():
        if job.instance["households"][number[home]]["mode"] == "in_person":
            inside.update((evening, cell) for cell in range(held[0].start, held[-1].start + held[-1].cells))
    return max(inside.values(), default=0)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of homes: how many, what they wished for, what they got."""

    homes: int
    wishes: int
    met: int

    @property
    def share(self) -> float:
        return percent(self.met, self.wishes)


def shown(groups: Mapping[str, Group], *, least: int = LEAST) -> dict[str, Group | None]:
    """Groups that may be shown; None: hidden, since it is small, or since a hidden one could be told by subtraction.

    Every table of the page has the same total, so what is hidden together must hold `least` homes, and more than one group.
    """
    hidden = {name for name, group in groups.items() if group.homes < least}
    rest = sorted(set(groups) - hidden, key=lambda name: (groups[name].homes, name))
    while hidden and rest and (len(hidden) < 2 or sum(groups[name].homes for name in hidden) < least):
        hidden.add(rest.pop(0))
    return {name: None if name in hidden else group for name, group in groups.items()}


def equity(job: Job, planned: Sequence[Planned], kinds: Mapping[str, str]) -> dict[str, Group]:
    """`kinds`: home → group. A home outside it is in none."""
    met = {(each.home_id, each.staff_id) for each in planned}
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for home in job.homes:
        if home in kinds:
            found[kinds[home]][0] += 1
    for pair in job.requests:
        if pair[0] in kinds:
            found[kinds[pair[0]]][1] += 1
            found[kinds[pair[0]]][2] += pair in met
    return {name: Group(*counts) for name, counts in sorted(found.items())}
