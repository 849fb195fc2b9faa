"""A plan on its way: looked at on its day, changed or kept, and celebrated when the goal is reached (F45)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from services.scheduling.domain.plans import Outcome, Owner, Report, State, goal_met
from services.scheduling.domain.schooldays import is_school_day
from services.scheduling.handlers import loop_words
from services.scheduling.handlers.loop_words import Saying
from services.scheduling.handlers.plans import (
    CHECKIN,
    PlanRefused,
    Proposal,
    about,
    accepted_homes,
    open_until,
    page_link,
    propose,
    schedule_checkin,
)
from services.scheduling.ports import Ports
from services.scheduling.store import loop_plans as store
from services.scheduling.store import people
from shared.ids import new_id
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork


def plan_checkin(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """The day to look at it together: a task for its keeper, a question to each home that said yes."""
    for plan_id, plan in sorted(store.by_id(uow.connection, [item.key for item in items]).items()):
        if plan.state != State.ACTIVE:
            continue
        told = {"school": plan.school_id, "subject": plan.student_id}
        said = about(plan, plan.active_version)
        uow.emit("scheduling.plan_checkin_due", {**said, "guardian_id": None, "link": None}, **told)
        accepted = accepted_homes(uow, plan)
        version = store.versions(uow.connection, [plan_id])[plan_id, plan.active_version]
        school = people.schools(uow.connection, [plan.school_id])[plan.school_id]
        until = open_until(version, school)
        spoken = loop_words.languages(uow, accepted)
        for guardian in accepted:
            link = page_link(uow, ports, plan, guardian, until=until, language=spoken[guardian])
            uow.emit("scheduling.plan_checkin_due", {**said, "guardian_id": guardian, "link": link}, **told)


def review(
    uow: UnitOfWork, ports: Ports, plan_id: str, outcome: str, *, proposal: Proposal | None = None, checkin_on: date | None = None
) -> int | None:
    """Looked at together: it stays (with the next check-in), changes (the next version asks anew), or ends.

    Returns the next version's number if there is one.
    """
    plan = store.locked(uow.connection, plan_id)
    if plan is None or plan.active_version is None or plan.state != State.ACTIVE:
        raise PlanRefused({"plan_id": ["expected a plan that is active"]})
    reviewed, next_version = plan.active_version, None
    if outcome == Outcome.CHANGED and proposal is not None:
        _, next_version = propose(uow, ports, proposal)
    elif outcome == Outcome.ENDED:
        store.change(uow.connection, plan_id, state=State.ENDED.value, ended_at=uow.now)
        uow.cancel(CHECKIN, plan_id)
    elif outcome == Outcome.KEPT and checkin_on is not None:
        _look_again(uow, plan, checkin_on)
    known = store.standings(uow.connection, plan.student_id, plan.class_id)
    uow.emit(
        "scheduling.plan_reviewed",
        {
            **about(plan, reviewed),
            "outcome": str(outcome),
            "score": known[-1].score if known else None,
            "next_version": next_version,
        },
        school=plan.school_id,
        subject=plan.student_id,
    )
    return next_version


def _look_again(uow: UnitOfWork, plan: Any, on: date) -> None:
    """The next check-in of a plan that stays as it is. PlanRefused: not a school day to come, or after the goal's day."""
    school = people.schools(uow.connection, [plan.school_id])[plan.school_id]
    due_on = store.versions(uow.connection, [plan.plan_id])[plan.plan_id, plan.active_version].due_on
    fits = school.today(uow.now) <= on <= due_on and is_school_day(on, holidays=school.holidays)
    if not fits:
        raise PlanRefused({"checkin_on": ["expected a school day between today and the goal's day"]})
    schedule_checkin(uow, plan, on)


def report(uow: UnitOfWork, plan: Any, version: int, n: int, *, person_id: str, what: Report) -> None:
    """Done, or too hard: said by whoever owns the step."""
    row = {"report_id": new_id(), "plan_id": plan.plan_id, "version": version, "n": n, "person_id": person_id}
    store.report(uow.connection, {**row, "what": what.value, "said_at": uow.now})


def grade_recorded(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Standings that a plan is about are kept as its dated facts; where one reaches the goal, the home hears what it did."""
    plans = store.about_grades(uow.connection, {event.data["student_id"] for event in events})
    wanted = {(plan.student_id, plan.class_id) for plan in plans}
    newest: dict[tuple[str, str], Event] = {}
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for event in sorted(events, key=lambda each: (each.data["as_of"], each.data["revision"])):
        data = event.data
        key = (data["student_id"], data["class_id"])
        if key in wanted:
            newest[key] = event
            names = {"student_id": key[0], "class_id": key[1], "as_of": data["as_of"]}
            rows[(*key, data["as_of"])] = {**names, "score": data["score_pct"], "revision": data["revision"]}
    store.save_standings(uow.connection, list(rows.values()))
    for plan in plans:
        found = newest.get((plan.student_id, plan.class_id))
        if found is not None and plan.state == State.ACTIVE and goal_met(plan.target, found.data["score_pct"]):
            _celebrate(uow, plan, found.data["score_pct"])


def _celebrate(uow: UnitOfWork, plan: Any, score: float) -> None:
    """Each home that took part reads what it did itself (what all did, where it owned no step)."""
    steps = store.steps(uow.connection, plan.plan_id, plan.active_version)
    shared = [step.text_id for step in steps if step.owner_kind == Owner.STUDENT] or [step.text_id for step in steps]
    own: Mapping[str, Collection[str]] = {
        guardian: [step.text_id for step in steps if step.owner_id == guardian]
        for guardian in accepted_homes(uow, plan)
    }
    store.change(uow.connection, plan.plan_id, state=State.MET.value, ended_at=uow.now)
    uow.cancel(CHECKIN, plan.plan_id)
    loop_words.say(
        uow,
        [
            Saying(
                "scheduling.plan_goal_met",
                f"{plan.plan_id}:{plan.active_version}",
                guardian,
                plan.student_id,
                plan.school_id,
                tuple(mine or shared),
                {
                    **about(plan, plan.active_version),
                    "guardian_id": guardian,
                    "score": score,
                    "target": plan.target,
                },
            )
            for guardian, mine in own.items()
        ],
    )
