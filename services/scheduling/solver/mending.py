"""A teacher is away: the plan goes on with few families moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.scheduling.solver.arrays import meetings_of, positions_of, problem_of
from services.scheduling.solver.model import Instance
from services.scheduling.solver.planning import Plan, costs_of, plan_of, warm_up
from services.scheduling.solver.scoring import Meeting
from services.scheduling.solver.search import Budget, anneal_from, stand
from shared.clock import monotonic
from shared.errors import HomeroomError

KEEPING = (60, 250, 2_000, 200_000)
"""Points for leaving a meeting of another family where it is, tried in turn until few enough are moved; the last outweighs all."""
OWN_KEEPING = 20
"""The same for the absent teacher's own families, who hear of a change anyway."""
COOL = 8.0


@dataclass(frozen=True, slots=True)
class Absence:
    """A teacher who does not come, on one evening or (None) on any."""

    teacher: int
    evening: int | None = None


@dataclass(frozen=True)
class Repair:
    """The mended plan and whom it touches; a household is moved when a meeting it keeps or loses is not where it was."""

    plan: Plan
    instance: Instance  # without the absent teacher's hours
    dropped: tuple[Meeting, ...]  # what the absence took away
    own: tuple[int, ...]  # households that were to meet the absent teacher
    own_moved: tuple[int, ...]  # of these, whose other meetings changed too
    moved: tuple[int, ...]  # others whose meetings changed
    gained: tuple[int, ...]  # requests met now that were not before
    seconds: float


def repair(
    instance: Instance,
    plan: Plan,
    absent_teachers: Iterable[int | Absence],
    *,
    limit_s: float = 2.0,
    most_moved: int = 10,
    seed: int = 1,
    threads: int = 2,
    moves: int | None = None,
) -> Repair:
    """Drop the absent teachers' meetings, then improve with at most `most_moved` other families moved.

    Locked meetings of an absent teacher are unlocked. HomeroomError where a teacher does not exist.
    """
    absences = [one if isinstance(one, Absence) else Absence(one) for one in absent_teachers]
    without = without_teachers(instance, absences)
    costs = costs_of(plan.preset, floor=plan.floor)
    left = [one for one in plan.meetings if not _concerns(instance, one, absences)]
    dropped = tuple(one for one in plan.meetings if _concerns(instance, one, absences))
    own = {instance.requests[one.request].household for one in dropped}
    warm_up(problem_of(without, costs, keep={0: (0, 0, 1)}))
    began = monotonic()
    for points in KEEPING:
        keep = {
            one.request: (
                one.evening,
                one.start,
                OWN_KEEPING if instance.requests[one.request].household in own else points,
            )
            for one in left
        }
        problem = problem_of(without, costs, keep=keep)
        found = anneal_from(
            problem,
            stand(problem, positions_of(problem, left)),
            budget=Budget(limit_s / len(KEEPING), moves),
            seed=seed,
            threads=threads,
            hottest=COOL,
        )
        made = plan_of(without, meetings_of(problem, *found.positions), preset=plan.preset)
        moved = _moved(instance, left, made.meetings)
        if len(moved - own) <= most_moved:
            break
    before = {one.request for one in plan.meetings}
    seconds = monotonic() - began
    return Repair(
        plan=replace(made, floor=plan.floor, seconds=seconds, moves=found.moves),
        instance=without,
        dropped=dropped,
        own=tuple(sorted(own)),
        own_moved=tuple(sorted(moved & own)),
        moved=tuple(sorted(moved - own)),
        gained=tuple(one.request for one in made.meetings if one.request not in before),
        seconds=seconds,
    )


def without_teachers(instance: Instance, absences: Iterable[Absence]) -> Instance:
    """The round without the hours that fall out; locks that need them are lifted."""
    gone = list(absences)
    for absence in gone:
        if not 0 <= absence.teacher < len(instance.teachers):
            raise HomeroomError(
                "CONFERENCE_REPAIR",
                f"teacher {absence.teacher} does not exist",
                f"give an id from 0 to {len(instance.teachers) - 1}",
                instance.name,
            )
    teachers = tuple(
        replace(
            teacher,
            avail=tuple(
                window
                for window in teacher.avail
                if not any(a.teacher == teacher.id and a.evening in (None, window.evening) for a in gone)
            ),
        )
        for teacher in instance.teachers
    )
    locked = tuple(
        lock
        for lock in instance.locked
        if not _concerns(instance, Meeting(lock.request, lock.evening, lock.start), gone)
    )
    return replace(instance, teachers=teachers, locked=locked)


def _concerns(instance: Instance, meeting: Meeting, absences: Iterable[Absence]) -> bool:
    teachers = instance.requests[meeting.request].teachers
    return any(a.teacher in teachers and a.evening in (None, meeting.evening) for a in absences)


def _moved(instance: Instance, before: Iterable[Meeting], after: Iterable[Meeting]) -> set[int]:
    """Households that lose a meeting or have it at another time; one more meeting is no move."""
    now = set(after)
    return {instance.requests[one.request].household for one in before if one not in now}
