"""A survey from its date to its deadline: assigned once per guardian, reminded once, then overdue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from services.surveys.domain.asking import Ask
from services.surveys.domain.calendar import SEND_AT, at_local, local_instant, school_year
from services.surveys.domain.definition import Survey
from services.surveys.handlers import actions_asking, life_edits, results
from services.surveys.handlers.reach import Reach, reach, still_asked
from services.surveys.ports import Ports
from services.surveys.store import campaigns as store
from services.surveys.store import roster
from shared.directory import projection
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

PAGE = 4_000  # students or assignments per transaction: a round of queries costs the same for many as for few
PER_EVENT = 100  # guardians: what a handler takes in at once stays small, whatever the district's size
JOIN_DELAY = timedelta(minutes=1)  # a roster comes in many events: look once they have stopped
REST = timedelta(days=1)  # nobody is reminded of what came today
CONFIGURATION = "configuration"


def school_onboarded(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Keep the school's settings, and plan its intake by them."""
    projection.school_onboarded(uow, events)
    # from the projection, not the event: an older event that comes late must not move the dates back
    for school in roster.schools(uow.connection, {event.data["school_id"] for event in events}).values():
        if school.settings.get("intake"):
            plan(uow, _intake(school))
    for campaign_id in store.running(uow.connection, uow.now):
        life_edits.look(uow, campaign_id)


def _intake(school: roster.School) -> dict[str, Any]:
    intake = school.settings["intake"]
    send_on, remind_on = date.fromisoformat(intake["send_on"]), date.fromisoformat(intake["remind_on"])
    year = school_year(send_on)
    return {
        "campaign_id": derived_id("campaign", intake["survey"], year, school.id),
        "survey_id": intake["survey"],
        "round": year,
        "school_id": school.id,
        "class_id": None,
        "send_at": at_local(send_on, SEND_AT, school.timezone),
        "remind_at": at_local(remind_on, SEND_AT, school.timezone),
        "due_at": local_instant(intake["due_at"], school.timezone),
        "started_by": CONFIGURATION,
    }


def plan(uow: UnitOfWork, campaign: dict[str, Any]) -> None:
    """Save a campaign and have its days come; the same campaign again only moves them."""
    store.save_campaign(uow.connection, campaign)
    key = campaign["campaign_id"]
    store.move_due(uow.connection, key, campaign["due_at"], now=uow.now)
    uow.schedule("survey_send", key, campaign["send_at"])
    if campaign["remind_at"] is not None:
        uow.schedule("survey_remind", key, campaign["remind_at"])
    uow.schedule("survey_close", key, campaign["due_at"])
    life_edits.look(uow, key)
    results.watch(uow, campaign["survey_id"], campaign["round"], after=campaign["send_at"])


def guardian_linked(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Keep the link; who joins while a survey runs is asked, too."""
    projection.guardian_linked(uow, events)
    schools = roster.student_schools(uow.connection, {event.data["student_id"] for event in events})
    _joined(uow, set(schools.values()))


def student_enrolled(uow: UnitOfWork, events: Sequence[Event]) -> None:
    projection.student_enrolled(uow, events)
    _joined(uow, {event.data["school_id"] for event in events})


def _joined(uow: UnitOfWork, school_ids: Collection[str]) -> None:
    """Only where somebody has joined: each look asks policy about every guardian of a school."""
    for key in store.running(uow.connection, uow.now, school_ids):
        uow.schedule("survey_join", key, uow.now + JOIN_DELAY)


def survey_send(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Assign to the guardians of the next page of students who have no assignment of this survey and round yet.

    A district's schools come due in the same minute: what is more than a transaction's worth is put back, so that memory
    stays flat and another worker may take it.
    """
    found = {campaign.campaign_id: campaign for campaign in store.campaigns(uow.connection, [item.key for item in items])}
    left = PAGE
    for item in items:
        campaign = found.get(item.key)
        if campaign is None:
            continue
        if left <= 0:
            uow.schedule(item.kind, item.key, item.due_at, item.data)
            continue
        last, looked_at = _send(uow, ports, campaign, str(item.data.get("after_student", "")))
        left -= looked_at
        if last is not None:
            uow.schedule("survey_send", campaign.campaign_id, uow.now, {"after_student": last})


def _send(uow: UnitOfWork, ports: Ports, campaign: Any, after: str) -> tuple[str | None, int]:
    """The last student of a full page, if there may be more; and how many were looked at."""
    school = roster.schools(uow.connection, [campaign.school_id])[campaign.school_id]
    dropped = (school.settings.get("intake") or {}).get("survey") != campaign.survey_id
    if uow.now >= campaign.due_at or (campaign.started_by == CONFIGURATION and dropped):
        return None, 0
    definition = actions_asking.library_or_poll(uow, ports, campaign.survey_id, campaign.school_id)
    survey = definition.survey
    store.publish(
        uow.connection, version=survey.version, survey_id=survey.id, content=definition.content, now=uow.now
    )
    students = None
    if campaign.class_id is not None:
        students = roster.class_students(uow.connection, campaign.class_id, school_ids=[campaign.school_id])
    page = roster.students_after(uow.connection, campaign.school_id, student_ids=students, after=after, limit=PAGE)
    guardians = roster.receiving(uow.connection, page)  # of siblings on two pages twice: their assignment is there then
    found = reach(uow, survey, guardians, zone=school.timezone, students=students)
    rows = [_row(uow, campaign, survey, each) for each in found.values() if isinstance(each.asked, Ask)]
    rows = actions_asking.suited(uow, survey, rows, zone=school.timezone)
    new = store.assign(uow.connection, rows) if rows else set()
    fresh = [row for row in rows if row["assignment_id"] in new]
    actions_asking.begun(uow, survey, fresh)
    say_assigned(uow, ports, fresh, reminder=False, question=partial(actions_asking.in_message, survey))
    return page[-1] if len(page) == PAGE else None, len(page)


def _row(uow: UnitOfWork, campaign: Any, survey: Survey, reached: Reach) -> dict[str, Any]:
    assert isinstance(reached.asked, Ask)
    family = reached.family
    return {
        "assignment_id": derived_id("assignment", survey.id, campaign.round, family.guardian_id),
        "campaign_id": campaign.campaign_id,
        "survey_id": survey.id,
        "version": survey.version,
        "kind": survey.kind,
        "guardian_id": family.guardian_id,
        "school_id": campaign.school_id,
        "student_ids": list(reached.asked.student_ids),
        "question_ids": list(reached.asked.question_ids),
        "language": family.language,
        "due_at": campaign.due_at,
        "state": store.OPEN,
        "assigned_at": uow.now,
    }


def say_assigned(
    uow: UnitOfWork,
    ports: Ports,
    rows: Sequence[dict[str, Any]],
    *,
    reminder: bool,
    question: Callable[[dict[str, Any]], str | None] = lambda _row: None,
) -> None:
    """`rows`: columns of assignments. `question`: what the invitation itself asks. One event for a page of guardians who are
    asked the same: what a district is asked in a morning is ten thousand events, not a million."""
    alike: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        alike[tuple(row[name] for name in _SAME), tuple(row["question_ids"])].append(row)
    for (same, question_ids), members in alike.items():
        common = dict(zip(_SAME, same, strict=True))
        for start in range(0, len(members), PER_EVENT):
            asked = [_asked(uow, ports, row, question(row)) for row in members[start : start + PER_EVENT]]
            data = {**common, "question_ids": list(question_ids), "reminder": reminder, "asked": asked}
            uow.emit("surveys.survey_assigned", data, school=common["school_id"])


_SAME = ("survey_id", "campaign_id", "kind", "school_id", "due_at")


def _asked(uow: UnitOfWork, ports: Ports, row: dict[str, Any], question: str | None) -> dict[str, Any]:
    token = ports.survey_token(
        uow.district,
        row["assignment_id"],
        row["guardian_id"],
        due_at=row["due_at"],
        language=row["language"],
        school=row["school_id"],
    )
    asked = {
        "assignment_id": row["assignment_id"],
        "guardian_id": row["guardian_id"],
        "student_ids": row["student_ids"],
        "link": ports.survey_link(token),
    }
    return asked if question is None else {**asked, "question": question}


def survey_remind(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """One reminder, to those who have not answered and may still be asked."""
    keys = [item.key for item in items]
    rows = [dict(row._mapping) for row in store.to_remind(uow.connection, keys, PAGE)]
    store.mark(uow.connection, [row["assignment_id"] for row in rows], reminded_at=uow.now)
    still = still_asked(uow, [row for row in rows if uow.now - row["assigned_at"] >= REST])
    now_asked = [
        {**row, "question_ids": list(asked.question_ids), "student_ids": list(asked.student_ids)} for row, asked in still
    ]
    say_assigned(uow, ports, now_asked, reminder=True)
    if len(rows) == PAGE:
        _again(uow, "survey_remind", keys)


def survey_close(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """The deadline has passed: whoever may be called, should be."""
    keys = [item.key for item in items]
    rows = [dict(row._mapping) for row in store.to_close(uow.connection, keys, uow.now, PAGE)]
    store.mark(uow.connection, [row["assignment_id"] for row in rows], overdue_at=uow.now)
    for row, asked in still_asked(uow, [row for row in rows if actions_asking.chased(row["kind"])]):
        uow.emit(
            "surveys.response_overdue",
            {
                "assignment_id": row["assignment_id"],
                "survey_id": row["survey_id"],
                "guardian_id": row["guardian_id"],
                "student_ids": list(asked.student_ids),
                "school_id": row["school_id"],
                "due_at": row["due_at"],
            },
            school=row["school_id"],
            subject=row["guardian_id"],
        )
    if len(rows) == PAGE:
        _again(uow, "survey_close", keys)
    life_edits.end(uow, store.campaigns(uow.connection, keys))


def _again(uow: UnitOfWork, kind: str, keys: Sequence[str]) -> None:
    for key in keys:
        uow.schedule(kind, key, uow.now)
