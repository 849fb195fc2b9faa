"""Why a wish is refused, and the cheapest ways to meet it after all: what each costs, and whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from services.scheduling.solver.arrays import Array, Positions, Problem, State, meetings_of, positions_of, problem_of
from services.scheduling.solver.compiled import Whole, compiled
from services.scheduling.solver.model import MUST_SEE, Instance, Request, Window
from services.scheduling.solver.planning import Plan, costs_of
from services.scheduling.solver.room import Work
from services.scheduling.solver.ruin import occupy, place
from services.scheduling.solver.scoring import Meeting, score
from services.scheduling.solver.search import Hand, stand

INSISTED = 100_000
"""Points on top that make an itinerary hold the wish wherever it can."""
IMPOSSIBLE = 1 << 40


class Reason(Enum):
    """Why a wish was refused; the first that holds."""

    NO_COMMON_TIME = "no_common_time"  # the family's and the teacher's hours do not meet for long enough
    NO_INTERPRETER = "no_interpreter"  # none of the language while both could, or all busy then
    MUST_SEE_FIRST = "must_see_first"  # the teacher's time in the family's hours is taken, by must-sees alone
    TEACHER_FULL = "teacher_full"  # the teacher's time in the family's hours is taken
    OWN_MEETINGS = "own_meetings"  # a time is free, but in the way of the family's other meetings or not worth the wait


class Kind(Enum):
    """How a refused wish could be met."""

    OUTSIDE = "outside"  # at a free time outside the hours the family gave; nobody else is touched
    OWN = "own"  # the family's own other meetings move or fall out
    SWAP = "swap"  # another family's meetings move or fall out


@dataclass(frozen=True, slots=True)
class Move:
    """A meeting that changes for it: `to` is None where it falls out."""

    household: int
    request: int
    to: Meeting | None


@dataclass(frozen=True, slots=True)
class Alternative:
    """`cost` in points: what the plan loses by it, the wish's own points gained (so it may be less than nothing). `moves` are the
    other meetings that change for it."""

    kind: Kind
    meeting: Meeting
    cost: int
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A wish that is not met."""

    request: int
    household: int
    teacher: int
    weight: int
    reason: Reason
    alternatives: tuple[Alternative, ...]


def explain(instance: Instance, plan: Plan, *, alternatives: int = 3) -> list[Refusal]:
    """A reason for every refused wish, with up to so many ways to meet it, the cheapest first."""
    problem = problem_of(instance, costs_of(plan.preset, floor=plan.floor))
    state = stand(problem, positions_of(problem, plan.meetings))
    hand = Hand.of(problem, 1, 0)
    held = {one.request: one for one in plan.meetings}
    where = {int(request): position for position, request in enumerate(problem.order)}
    refusals = []
    for request in instance.requests:
        if request.id in held:
            continue
        seen = Cells(instance, plan.meetings, request)
        found = [*_rearranged(instance, problem, state, hand, where[request.id]), *seen.outside()]
        found.sort(key=lambda one: (one.cost, len(one.moves)))
        refusals.append(
            Refusal(
                request.id,
                request.household,
                request.teacher,
                request.weight,
                seen.reason(),
                tuple(found[:alternatives]),
            )
        )
    return refusals


class Cells:
    """One wish's evenings cell by cell, as bool[E, C]."""

    def __init__(self, instance: Instance, meetings: Sequence[Meeting], request: Request) -> None:
        self.instance, self.request = instance, request
        household = instance.households[request.household]
        self.family = self._windows(household.avail)
        self.teachers = np.logical_and.reduce([self._windows(instance.teachers[t].avail) for t in request.teachers])
        shape = (instance.evenings, instance.cells)
        self.taken = np.zeros(shape, np.int64)  # the weight of the teacher's meetings
        self.interpreters = np.full(shape, instance.interpreters.get(household.lang, 0) if household.lang else 1)
        self.busy = np.zeros(shape, bool)
        self.own: list[Meeting] = []
        for meeting in meetings:
            other = instance.requests[meeting.request]
            cells = (meeting.evening, slice(meeting.start, meeting.start + other.dur))
            if set(other.teachers) & set(request.teachers):
                self.taken[cells] = other.weight
            if household.lang and instance.households[other.household].lang == household.lang:
                self.interpreters[cells] -= 1
            if other.household == household.id:
                self.own.append(meeting)
                walk = instance.walk(household.id)
                self.busy[meeting.evening, max(0, meeting.start - walk) : meeting.start + other.dur + walk] = True

    def reason(self) -> Reason:
        """The first that holds."""
        common = self.family & self.teachers
        lang = self.instance.households[self.request.household].lang
        if not self._runs(common):
            return Reason.NO_COMMON_TIME
        if lang and not self.instance.interpreters.get(lang, 0):
            return Reason.NO_INTERPRETER
        free = common & (self.taken == 0)
        if not self._runs(free):
            lighter = common & (self.taken < MUST_SEE)
            return Reason.TEACHER_FULL if self._runs(lighter) else Reason.MUST_SEE_FIRST
        if not self._runs(free & (self.interpreters > 0)):
            return Reason.NO_INTERPRETER
        return Reason.OWN_MEETINGS

    def outside(self) -> list[Alternative]:
        """Free times of the teacher outside the family's hours, the nearest to them first."""
        fits = self.teachers & (self.taken == 0) & (self.interpreters > 0) & ~self.busy
        found = []
        for evening, start in self._runs(fits):
            cells = slice(start, start + self.request.dur)
            if self.family[evening, cells].all():
                continue
            given = np.flatnonzero(self.family[evening])
            away = int(np.abs(given - start).min()) if len(given) else self.instance.cells
            wish = Meeting(self.request.id, evening, start)
            cost = score(self.instance, self.own) - score(self.instance, [*self.own, wish])
            found.append((away, Alternative(Kind.OUTSIDE, wish, cost, ())))
        found.sort(key=lambda one: (one[0], one[1].meeting))
        return [one for _, one in found[:2]]

    def _windows(self, windows: Sequence[Window]) -> Array:
        cells = np.zeros((self.instance.evenings, self.instance.cells), bool)
        for window in windows:
            cells[window.evening, window.first : window.end] = True
        return cells

    def _runs(self, free: Array) -> list[tuple[int, int]]:
        """(evening, start) wherever the whole meeting is free."""
        last = self.instance.cells - self.request.dur
        if last < 0:
            return []
        whole = np.logical_and.reduce([free[:, i : i + last + 1] for i in range(self.request.dur)])
        return [(int(e), int(c)) for e, c in np.argwhere(whole)]


def _rearranged(instance: Instance, problem: Problem, state: State, hand: Hand, request: int) -> Iterator[Alternative]:
    """The cheapest way by the family's own meetings, and the cheapest by another family's."""
    household = int(problem.household[request])
    others = {
        int(problem.household[other])
        for other in np.flatnonzero((problem.teachers == problem.teachers[request, 0]).any(axis=1))
        if state.evening[other] >= 0
    } - {household}
    problem.points[request] += INSISTED
    costs = {-1: _cost(problem, state, hand.work, hand.rng, request, household, -1)}
    costs |= {other: _cost(problem, state, hand.work, hand.rng, request, household, other) for other in sorted(others)}
    swap = min((other for other in costs if other >= 0), key=lambda other: costs[other], default=-1)
    for kind, other in ((Kind.OWN, -1), (Kind.SWAP, swap)):
        if (kind is Kind.SWAP and other < 0) or costs[other] >= IMPOSSIBLE:
            continue
        before, worth = Positions(state.evening.copy(), state.start.copy()), state.worth.copy()
        _take_out(problem, state, hand.work, hand.rng, household, other)
        after = meetings_of(problem, state.evening, state.start)
        _put_back(problem, state, before, [household, other] if other >= 0 else [household])
        state.worth[:] = worth
        wish = next(one for one in after if one.request == problem.order[request])
        yield Alternative(kind, wish, costs[other], _moves(instance, meetings_of(problem, *before), after, wish))
    problem.points[request] -= INSISTED


def _moves(instance: Instance, before: Sequence[Meeting], after: Sequence[Meeting], wish: Meeting) -> tuple[Move, ...]:
    old, new = {one.request: one for one in before}, {one.request: one for one in after}
    changed = [i for i in sorted(old.keys() | new.keys()) if old.get(i) != new.get(i) and i != wish.request]
    return tuple(Move(instance.requests[i].household, i, new.get(i)) for i in changed)


def _put_back(problem: Problem, state: State, before: Positions, households: Sequence[int]) -> None:
    for household in households:
        occupy(problem, state, household, False)
    state.evening[:], state.start[:] = before
    for household in households:
        occupy(problem, state, household, True)


@compiled
def _take_out(problem: Problem, state: State, work: Work, rng: Array, household: int, other: int) -> Whole:
    """Place the household anew, and after it the other (-1: nobody); what both are worth then. The same draws every time, so that
    what was priced is what is shown."""
    rng[0] = np.uint64(88172645463325252)
    occupy(problem, state, household, False)
    if other >= 0:
        occupy(problem, state, other, False)
    worth = place(problem, state, work, household, rng, 0, 0)
    if other >= 0:
        worth += place(problem, state, work, other, rng, 0, 0)
    return worth


@compiled
def _cost(problem: Problem, state: State, work: Work, rng: Array, request: int, household: int, other: int) -> Whole:
    """Points lost when the household insists on the request and the other gives way; the state stays as it was."""
    first, last = problem.first[household], problem.first[household + 1]
    evening, start = state.evening[first:last].copy(), state.start[first:last].copy()
    worth = state.worth[household]
    before = worth
    if other >= 0:
        other_first, other_last = problem.first[other], problem.first[other + 1]
        other_evening = state.evening[other_first:other_last].copy()
        other_start = state.start[other_first:other_last].copy()
        other_worth = state.worth[other]
        before += other_worth
    after = _take_out(problem, state, work, rng, household, other) - INSISTED
    met = state.evening[request] >= 0
    occupy(problem, state, household, False)
    state.evening[first:last], state.start[first:last] = evening, start
    state.worth[household] = worth
    if other >= 0:
        occupy(problem, state, other, False)
        state.evening[other_first:other_last], state.start[other_first:other_last] = other_evening, other_start
        state.worth[other] = other_worth
        occupy(problem, state, other, True)
    occupy(problem, state, household, True)
    return before - after if met else IMPOSSIBLE
