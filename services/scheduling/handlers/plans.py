"""A shared plan: suggested by an alert, proposed to every home in its language, active when both sides have said yes.

A version is never changed: what a review changes is the next version, which both sides accept anew while the former holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from services.scheduling.domain.answer import chosen_number
from services.scheduling.domain.plans import Draft, Owner, State, faults, is_agreed, named
from services.scheduling.domain.schooldays import morning_of
from services.scheduling.handlers import loop_words
from services.scheduling.handlers.loop_words import Saying
from services.scheduling.handlers.permission import may_book, may_invite
from services.scheduling.ports import Ports
from services.scheduling.store import loop_plans as store
from services.scheduling.store import loop_words as words_store
from services.scheduling.store import people
from shared.errors import HomeroomError
from shared.ids import new_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

CHECKIN = "plan_checkin"  # kind of due work
PAGE = "plan"  # of the link to a plan's page, and of the open question
YES = 1
END_OF_DAY = time(17, 0)
STAYS_READABLE = timedelta(days=30)  # after the goal's day


class PlanRefused(HomeroomError):
    """A draft that cannot be proposed; `faults` by field."""

    def __init__(self, found: dict[str, list[str]]) -> None:
        super().__init__("PLAN_REFUSED", "The plan does not hold together.", "Correct the fields named.", ", ".join(found))
        self.faults = found


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version to be: of a new plan, or (`plan_id`) the next of one there is. `why`: what the review found."""

    student_id: str
    staff_id: str
    draft: Draft = field(repr=False)
    class_id: str | None = None
    plan_id: str | None = None
    why: str | None = field(repr=False, default=None)
    language: str = loop_words.SCHOOL_LANGUAGE


def early_alert_raised(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """A draft for the teacher to fill in, unless a plan about that class is under way; nothing goes home."""
    under_way = store.about_grades(uow.connection, {event.data["student_id"] for event in events})
    planned = {(plan.student_id, plan.class_id) for plan in under_way}
    rows = [
        {
            "plan_id": new_id(),
            "student_id": event.data["student_id"],
            "school_id": event.data["school_id"],
            "staff_id": event.data["teacher_id"],
            "class_id": event.data["class_id"],
            "alert_id": event.data["alert_id"],
            "state": State.DRAFT.value,
            "version": 0,
            "score": event.data["score"],
            "made_at": uow.now,
        }
        for event in events
        if event.data["teacher_id"] is not None and (event.data["student_id"], event.data["class_id"]) not in planned
    ]
    if rows:
        store.add_drafts(uow.connection, rows)


def asked_for(uow: UnitOfWork, plan_id: str, about: Any, *, guardian_id: str, text: str, language: str) -> None:
    """A guardian asks for a plan: a draft for the teacher, with the words it was asked in. Asked twice, it is one.

    `about`: a row with student, staff and school (the note or the former plan that it was asked from).
    """
    words = loop_words.text_id(plan_id, "asked")
    row = {
        "plan_id": plan_id,
        **{name: getattr(about, name) for name in ("student_id", "school_id", "staff_id")},
        "state": State.DRAFT.value,
        "version": 0,
        "asked_by": guardian_id,
        "asked": words,
        "made_at": uow.now,
    }
    if not store.add_asked(uow.connection, row):
        return
    loop_words.write(uow, {words: text}, language=language)
    loop_words.ask(uow, [(words, loop_words.SCHOOL_LANGUAGE)], [row["student_id"]])
    told = {name: row[name] for name in ("plan_id", "student_id", "school_id", "staff_id")}
    uow.emit(
        "scheduling.plan_asked",
        {**told, "guardian_id": guardian_id, "text": text, "language": language},
        school=row["school_id"],
        subject=row["student_id"],
    )


def homes_of(uow: UnitOfWork, student_id: str) -> dict[str, str]:
    """Household by guardian who may be asked today: reached by invitation, and with a say about the child."""
    return homes_of_all(uow, [student_id]).get(student_id, {})


def homes_of_all(uow: UnitOfWork, student_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """The same for several students, by student."""
    students = people.students(uow.connection, student_ids)
    known = people.known(uow.connection, student_ids)
    schools = people.schools(uow.connection, (row.school_id for row in students.values()))
    found: dict[str, dict[str, str]] = {}
    for link in people.links_of(uow.connection, student_ids):
        school = schools.get(students[link.student_id].school_id) if link.student_id in students else None
        if school is None:
            continue
        who, on = (link.guardian_id, link.student_id), school.today(uow.now)
        asked = may_invite(known, *who, district=uow.district, on=on).allowed
        if asked and may_book(known, *who, district=uow.district, on=on).allowed:
            found.setdefault(link.student_id, {})[link.guardian_id] = link.household_id or link.guardian_id
    return found


def propose(uow: UnitOfWork, ports: Ports, proposal: Proposal) -> tuple[str, int]:
    """Write the version and ask every home; the proposer's own yes is the school's. Returns plan and version.

    PlanRefused: fields that do not fit, or a plan that is over.
    """
    student = people.students(uow.connection, [proposal.student_id])[proposal.student_id]
    school = people.schools(uow.connection, [student.school_id])[student.school_id]
    homes = homes_of(uow, proposal.student_id)
    before = store.locked(uow.connection, proposal.plan_id) if proposal.plan_id else None
    if before is not None and before.state in (State.MET, State.ENDED):
        raise PlanRefused({"plan_id": ["expected a plan that is not over: start a new one"]})
    owners = {Owner.STAFF: {proposal.staff_id}, Owner.GUARDIAN: set(homes), Owner.STUDENT: {proposal.student_id}}
    found = faults(
        proposal.draft,
        today=school.today(uow.now),
        holidays=school.holidays,
        people={kind.value: ids for kind, ids in owners.items()},
    ) | _names_told(uow, proposal, student, homes)
    if found:
        raise PlanRefused(found)
    plan_id = before.plan_id if before is not None else new_id()
    version = before.version + 1 if before is not None else 1
    store.save(uow.connection, _plan_row(uow, proposal, plan_id, version, before=before, school_id=student.school_id))
    _write_version(uow, proposal, plan_id, version, homes)
    row = {"plan_id": plan_id, "version": version, "person_id": proposal.staff_id, "side": "school", "via": "page"}
    store.accept(uow.connection, {**row, "accepted_at": uow.now})
    _ask_homes(uow, ports, plan_id, homes)
    return plan_id, version


def _names_told(uow: UnitOfWork, proposal: Proposal, student: Any, homes: Mapping[str, str]) -> dict[str, list[str]]:
    """Where the child has several homes, what would tell one of another."""
    if len(set(homes.values())) < 2:
        return {}
    draft = proposal.draft
    texts = {"goal": draft.goal, "why": proposal.why or ""} | {f"steps.{n}": step.text for n, step in enumerate(draft.steps, 1)}
    given = {row.given_name for row in people.guardians(uow.connection, homes).values()}
    return named(texts, given - {student.given_name})


def _plan_row(
    uow: UnitOfWork, proposal: Proposal, plan_id: str, version: int, *, before: Any | None, school_id: str
) -> dict[str, Any]:
    active = before.active_version if before is not None else None
    return {
        "plan_id": plan_id,
        "student_id": proposal.student_id,
        "school_id": school_id,
        "staff_id": proposal.staff_id,
        "class_id": before.class_id if before is not None else proposal.class_id,
        "alert_id": before.alert_id if before is not None else None,
        "asked_by": before.asked_by if before is not None else None,
        "asked": before.asked if before is not None else None,
        "state": (State.PROPOSED if active is None else State.ACTIVE).value,
        "version": version,
        "active_version": active,
        "score": before.score if before is not None else None,
        "made_at": before.made_at if before is not None else uow.now,
        "ended_at": None,
    }


def _write_version(uow: UnitOfWork, proposal: Proposal, plan_id: str, version: int, homes: Mapping[str, str]) -> None:
    draft, key = proposal.draft, {"plan_id": plan_id, "version": version}
    texts = {loop_words.text_id(plan_id, text): text for text in (draft.goal, proposal.why, *(s.text for s in draft.steps)) if text}
    loop_words.write(uow, texts, language=proposal.language)
    store.save_version(
        uow.connection,
        {
            **key,
            "goal": loop_words.text_id(plan_id, draft.goal),
            "target": draft.target,
            "due_on": draft.due_on,
            "checkin_on": draft.checkin_on,
            "why": loop_words.text_id(plan_id, proposal.why) if proposal.why else None,
            "proposed_by": proposal.staff_id,
            "proposed_at": uow.now,
            "agreed_at": None,
        },
        steps=[
            {
                **key,
                "n": n,
                "owner_kind": step.owner_kind,
                "owner_id": step.owner_id,
                "text_id": loop_words.text_id(plan_id, step.text),
                "due_on": step.due_on,
            }
            for n, step in enumerate(draft.steps, 1)
        ],
        homes=[{**key, "guardian_id": guardian, "household_id": household} for guardian, household in homes.items()],
    )


def _ask_homes(uow: UnitOfWork, ports: Ports, plan_id: str, homes: Mapping[str, str]) -> None:
    """The same text to every home: the goal and all steps, whose each one is, the date to look at it together."""
    plan = store.by_id(uow.connection, [plan_id])[plan_id]
    version = store.versions(uow.connection, [plan_id])[plan_id, plan.version]
    steps = store.steps(uow.connection, plan_id, plan.version)
    school = people.schools(uow.connection, [plan.school_id])[plan.school_id]
    owners_named = Owners(uow, plan)
    priorities = words_store.priorities(uow.connection, plan.student_id)
    spoken = loop_words.languages(uow, homes)
    until = open_until(version, school)
    loop_words.say(
        uow,
        [
            Saying(
                "scheduling.plan_proposed",
                f"{plan_id}:{plan.version}",
                guardian,
                plan.student_id,
                plan.school_id,
                (version.goal, *(step.text_id for step in steps)),
                {
                    **about(plan, plan.version),
                    "guardian_id": guardian,
                    "checkin_on": version.checkin_on,
                    "due_on": version.due_on,
                    "owners": [owners_named.owner(step, reader=guardian) for step in steps],
                    "priority": priorities.get(guardian),
                    "link": page_link(uow, ports, plan, guardian, until=until, language=spoken[guardian]),
                    "answer_by": until,
                },
            )
            for guardian in homes
        ],
    )


def open_until(version: Any, school: people.School) -> datetime:
    """The end of the goal's day, at school."""
    return datetime.combine(version.due_on, END_OF_DAY, school.zone).astimezone(UTC)


class Owners:
    """Whose a step is, as one home may read it: another home has no name here."""

    def __init__(self, uow: UnitOfWork, plan: Any) -> None:
        self._teacher = people.staff(uow.connection, [plan.staff_id]).get(plan.staff_id)
        self._student = people.students(uow.connection, [plan.student_id]).get(plan.student_id)
        self._guardians = people.guardians(uow.connection, homes_of(uow, plan.student_id))

    def owner(self, step: Any, *, reader: str) -> str:
        if step.owner_kind == Owner.STAFF:
            return f"{self._teacher.given_name} {self._teacher.family_name}" if self._teacher is not None else ""
        if step.owner_kind == Owner.STUDENT:
            return str(self._student.given_name) if self._student is not None else ""
        return str(self._guardians[reader].given_name) if step.owner_id == reader and reader in self._guardians else ""


def page_link(uow: UnitOfWork, ports: Ports, plan: Any, guardian_id: str, *, until: datetime, language: str) -> str:
    return ports.page_link(
        "/scheduling/plan",
        uow.district,
        guardian_id,
        purpose=PAGE,
        resource=plan.plan_id,
        expires_at=until + STAYS_READABLE,
        language=language,
        school=plan.school_id,
        jti=f"p-{plan.plan_id}",
    )


def about(plan: Any, version: int) -> dict[str, Any]:
    told = {name: getattr(plan, name) for name in ("plan_id", "student_id", "school_id", "staff_id")}
    return {**told, "version": version}


def accept(uow: UnitOfWork, plan_id: str, version: int, guardian_id: str, *, via: str) -> str:
    """A home says yes to a version: "accepted", "already", or "gone" where that version asks nobody (any more)."""
    plan = store.locked(uow.connection, plan_id)
    if plan is None or plan.version != version or plan.state not in (State.PROPOSED, State.ACTIVE):
        return "gone"
    asked = store.homes(uow.connection, plan_id, version)
    allowed = homes_of(uow, plan.student_id)
    if guardian_id not in asked or guardian_id not in allowed:
        return "gone"
    row = {"plan_id": plan_id, "version": version, "person_id": guardian_id, "side": "home", "via": via}
    if not store.accept(uow.connection, {**row, "accepted_at": uow.now}):
        return "already"
    _settle(uow, plan, {each: home for each, home in asked.items() if each in allowed}, said_yes=guardian_id)
    return "accepted"


def reply_received(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """1 accepts the version that was asked about."""
    for event in events:
        if event.data["open_kind"] != PAGE or not event.data["open_ref"]:
            continue
        plan_id, _, version = event.data["open_ref"].rpartition(":")
        if chosen_number(event.data["text"]) == YES and version.isdecimal():
            accept(uow, plan_id, int(version), event.data["guardian_id"], via="reply")


def _settle(uow: UnitOfWork, plan: Any, homes: Mapping[str, str], *, said_yes: str) -> None:
    """Active, if this was the last yes that was needed; else the home hears that its yes has come."""
    answers = store.answers(uow.connection, plan.plan_id, plan.version)
    accepted = [row.person_id for row in answers if row.side == "home" and row.person_id in homes]
    steps = store.steps(uow.connection, plan.plan_id, plan.version)
    version = store.versions(uow.connection, [plan.plan_id])[plan.plan_id, plan.version]
    told = {"school": plan.school_id, "subject": plan.student_id}
    agreed = is_agreed(
        school=any(row.side == "school" for row in answers),
        homes=homes,
        accepted=accepted,
        owners={step.owner_id for step in steps if step.owner_kind == Owner.GUARDIAN},
    )
    if not agreed:
        uow.emit("scheduling.plan_accepted", {**about(plan, plan.version), "guardian_id": said_yes}, **told)
        return
    first = store.mark_agreed(uow.connection, plan.plan_id, plan.version, uow.now)
    hear = accepted if first else [said_yes]
    uow.emit(
        "scheduling.plan_agreed",
        {**about(plan, plan.version), "checkin_on": version.checkin_on, "agreed_by": hear},
        **told,
    )
    if first:
        store.change(uow.connection, plan.plan_id, state=State.ACTIVE.value, active_version=plan.version)
        schedule_checkin(uow, plan, version.checkin_on)


def schedule_checkin(uow: UnitOfWork, plan: Any, on: date) -> None:
    school = people.schools(uow.connection, [plan.school_id])[plan.school_id]
    uow.schedule(CHECKIN, plan.plan_id, max(uow.now, morning_of(on, school.zone)))


def accepted_homes(uow: UnitOfWork, plans: Sequence[Any]) -> dict[str, list[str]]:
    """By plan: guardians who accepted the version that holds, and may still be told of it."""
    allowed = homes_of_all(uow, {plan.student_id for plan in plans})
    active = {plan.plan_id: plan.active_version for plan in plans}
    said_yes = store.accepted_at_home(uow.connection, active)
    return {
        plan.plan_id: [
            guardian
            for plan_id, version, guardian in said_yes
            if (plan_id, version) == (plan.plan_id, plan.active_version) and guardian in allowed.get(plan.student_id, {})
        ]
        for plan in plans
    }
