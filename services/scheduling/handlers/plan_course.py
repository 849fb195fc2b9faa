"""A plan on its way: looked at on its day, changed or kept, and celebrated when the goal is reached (F45)."""

from __future__ import annotations

from collections.abc import Sequence
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
    found = store.by_id(uow.connection, [item.key for item in items])
    active = [plan for _, plan in sorted(found.items()) if plan.state == State.ACTIVE]
    homes = accepted_homes(uow, active)
    versions = store.versions(uow.connection, homes)
    schools = people.schools(uow.connection, {plan.school_id for plan in active})
    spoken = loop_words.languages(uow, {guardian for guardians in homes.values() for guardian in guardians})
    for plan in active:
        until = open_until(versions[plan.plan_id, plan.active_version], schools[plan.school_id])
        for guardian in (None, *homes[plan.plan_id]):
            link = page_link(uow, ports, plan, guardian, until=until, language=spoken[guardian]) if guardian else None
            uow.emit(
                "scheduling.plan_checkin_due",
                {**about(plan, plan.active_version), "guardian_id": guardian, "link": link},
                school=plan.school_id,
                subject=plan.student_id,
            )


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
    reached = [
        (plan, found.data["score_pct"])
        for plan in plans
        if plan.state == State.ACTIVE
        and (found := newest.get((plan.student_id, plan.class_id))) is not None
        and goal_met(plan.target, found.data["score_pct"])
    ]
    if reached:
        _celebrate(uow, reached)


def _celebrate(uow: UnitOfWork, reached: Sequence[tuple[Any, float]]) -> None:
    """Each home that took part reads what it did itself (what the student did, where it owned no step)."""
    plans = [plan for plan, _ in reached]
    homes = accepted_homes(uow, plans)
    steps = store.steps_of(uow.connection, homes)
    store.met(uow.connection, list(homes), uow.now)
    uow.cancel(CHECKIN, *homes)
    sayings = []
    for plan, score in reached:
        agreed = [step for step in steps if (step.plan_id, step.version) == (plan.plan_id, plan.active_version)]
        shared = [step.text_id for step in agreed if step.owner_kind == Owner.STUDENT] or [step.text_id for step in agreed]
        for guardian in homes[plan.plan_id]:
            mine = [step.text_id for step in agreed if step.owner_id == guardian]
            said = {**about(plan, plan.active_version), "guardian_id": guardian, "score": score, "target": plan.target}
            key = f"{plan.plan_id}:{plan.active_version}"
            ids = (guardian, plan.student_id, plan.school_id)
            sayings.append(Saying("scheduling.plan_goal_met", key, *ids, tuple(mine or shared), said))
    loop_words.say(uow, sayings)
