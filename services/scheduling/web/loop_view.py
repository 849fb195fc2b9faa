"""A plan as one reader may see it: their language, their own answers, and nothing of another home."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.scheduling.domain.plans import Owner, State, newest
from services.scheduling.handlers import loop_words
from services.scheduling.store import loop_plans, loop_said, people
from services.scheduling.store import loop_words as words_store
from services.scheduling.when import spoken_day
from shared.messaging.uow import UnitOfWork


def plan_view(uow: UnitOfWork, plan: Any, *, language: str, page: str, reader: str | None) -> dict[str, Any]:
    """The newest version, words in `language`, days in the page's.

    `reader`: the guardian; None: staff, who see every home's answers and words.
    """
    version = loop_plans.versions(uow.connection, [plan.plan_id])[plan.plan_id, plan.version]
    steps = loop_plans.steps(uow.connection, plan.plan_id, plan.version)
    answers = loop_plans.answers(uow.connection, plan.plan_id, plan.version)
    school = people.schools(uow.connection, [plan.school_id])[plan.school_id]
    open_ones = [row for row in loop_said.of_plans(uow.connection, [plan.plan_id]) if reader in (None, row.guardian_id)]
    said_there = loop_said.views(uow.connection, [row.disagreement_id for row in open_ones])
    texts = {version.goal, *(step.text_id for step in steps), *(view.text_id for view in said_there)}
    read = loop_words.read(uow, texts | ({version.why} if version.why else set()), language)
    differing = _disagreements(open_ones, said_there, read, page=page)
    at_school = {step.n for step in steps if step.owner_kind != Owner.GUARDIAN}  # no other home's: everybody may know
    reported = newest(
        [
            (row.n, row.what)
            for row in loop_plans.reports(uow.connection, plan.plan_id, plan.version)
            if reader is None or row.person_id == reader or row.n in at_school
        ]
    )
    accepted = {row.person_id: row.accepted_at for row in answers}
    priorities = words_store.priorities(uow.connection, plan.student_id)
    mine = accepted.get(reader or "")
    return {
        "plan_id": plan.plan_id,
        "student_id": plan.student_id,
        "version": plan.version,
        "former": plan.active_version if plan.active_version not in (None, plan.version) else None,
        "state": plan.state,
        "active": plan.state == State.ACTIVE and plan.active_version == plan.version,
        "over": plan.state in (State.MET, State.ENDED),
        "goal": read[version.goal],
        "why": read[version.why] if version.why else None,
        "due": spoken_day(version.due_on, language=page),
        "checkin": spoken_day(version.checkin_on, language=page),
        "priority": priorities.get(reader) if reader else None,
        "priorities": sorted(priorities.items()) if reader is None else [],
        "accepted": spoken_day(school.today(mine), language=page) if mine else None,
        "accepted_by": set(accepted),
        "label": label_of([read[text] for text in texts]),
        "said": [read[version.goal], *(read[step.text_id] for step in steps), *([read[version.why]] if version.why else [])],
        "steps": [
            {
                "n": step.n,
                "said": read[step.text_id],
                "owner_kind": step.owner_kind,
                "owner_id": step.owner_id,
                "mine": step.owner_kind == Owner.GUARDIAN and step.owner_id == reader,
                "due": spoken_day(step.due_on, language=page) if step.due_on else None,
                "reported": reported.get(step.n),
                "differ": differing.get((plan.version, step.n), []),
                "paused": any(each["open"] for each in differing.get((plan.version, step.n), [])),
            }
            for step in steps
        ],
    }


def label_of(said: list[Any]) -> str:
    """What to say of a page's words as a whole: some are not translated, some are a machine's, or nothing."""
    labels = {each.label for each in said}
    return loop_words.SOURCE if loop_words.SOURCE in labels else loop_words.MACHINE if loop_words.MACHINE in labels else ""


def _disagreements(rows: list[Any], views: list[Any], read: Any, *, page: str) -> dict[tuple[int, int], list[dict[str, Any]]]:
    """By version and step: both sides' words in their order, and the facts with their days."""
    found: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault((row.version, row.n), []).append(disagreement_view(row, views, read, page=page))
    return found


def disagreement_view(row: Any, views: list[Any], read: Any, *, page: str) -> dict[str, Any]:
    return {
        "disagreement_id": row.disagreement_id,
        "guardian_id": row.guardian_id,
        "state": row.state,
        "open": row.state == loop_said.OPEN,
        "meet_by": spoken_day(row.meet_by, language=page),
        "facts": [(spoken_day_of(fact["on"], language=page), fact["kind"], fact["value"]) for fact in row.facts],
        "views": [
            {"side": view.side, "said": read[view.text_id]} for view in views if view.disagreement_id == row.disagreement_id
        ],
    }


def spoken_day_of(text: str, *, language: str) -> str:
    """A day that is kept as YYYY-MM-DD, as a person reads it."""
    return spoken_day(date.fromisoformat(text), language=language)
