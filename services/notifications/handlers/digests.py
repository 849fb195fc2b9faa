"""Briefs and newsletters on their way: what is ready at one instant is one message a family, across children and schools.

A tick marks what goes and cuts the families into pages; each page is a transaction of its own, so that a whole
district's Friday fits. Families who get the same briefs share a message, hence its translation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from services.notifications.domain.brief import count_words
from services.notifications.domain.newsletter import events_of
from services.notifications.domain.rhythm import Rhythm, SchoolYear, at, newsletter_day
from services.notifications.domain.sending import Weight
from services.notifications.domain.wording import family_form
from services.notifications.handlers import rhythm as ticks
from services.notifications.handlers.brief import MONTHLY, WEEKLY, brief_id
from services.notifications.handlers.composing import SCHOOL_LANGUAGE, Draft, Recipient, compose
from services.notifications.handlers.rendering import school_zone
from services.notifications.ports import Ports
from services.notifications.store import briefs, people
from shared.ids import derived_id
from shared.messaging.uow import DueItem, UnitOfWork
from shared.policy import Action, Resource, Subject, about_whom

PAGE = 2_000  # students a transaction


def brief(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """What teachers have made ready for now."""
    _go(uow, WEEKLY, briefs.claim_ready(uow.connection, WEEKLY, uow.now))


def newsletter(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Each school whose newsletter is due at these instants and ready: the office's words, and the month's days by themselves."""
    instants = {item.due_at for item in items}
    schools = briefs.all_schools(uow.connection)
    calendars = people.calendars(uow.connection, schools)
    gone = []
    for school_id, school in schools.items():
        if school_id not in calendars:
            continue
        rhythm, year, zone = Rhythm.of(school["settings"]), SchoolYear.of(calendars[school_id]), school_zone(school)
        days = {instant: newsletter_day(year, instant.astimezone(zone).date()) for instant in instants}
        due = next((day for at_, day in days.items() if day and at(day, rhythm.newsletter_at, zone) == at_), None)
        if due is not None:
            gone.append(_newsletter(uow, school, calendars[school_id], year, due))
    _go(uow, MONTHLY, [row for row in gone if row is not None])
    ticks.plan(uow, schools)


def _newsletter(
    uow: UnitOfWork, school: people.Row, calendar: people.Row, year: SchoolYear, day: Any
) -> Mapping[str, Any] | None:
    """The month's row, written as it goes; None where nobody has said that it may, or it has neither words nor days."""
    listed = events_of(school["settings"], calendar, year, month=day)
    row_id = brief_id(MONTHLY, school["school_id"], day)
    written = briefs.brief(uow.connection, row_id)
    if written is None or written["state"] != "ready":
        return None
    words = written["text"]
    lines = [event.line for event in listed]
    if not words and not lines:
        return None
    row = {
        "brief_id": row_id,
        "kind": MONTHLY,
        "school_id": school["school_id"],
        "class_id": None,
        "staff_id": written["staff_id"],
        "language": written["language"] if words else SCHOOL_LANGUAGE,
        "text": "\n".join(filter(None, [words, *lines])),
        "publish_on": day,
        "publish_at": uow.now,
        "state": "published",
        "written_at": written["written_at"],
        "published_at": uow.now,
    }
    briefs.save_brief(uow.connection, row)
    return {**row, "items": [event.on.isoformat() for event in listed]}


def _go(uow: UnitOfWork, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    for row in rows:
        uow.emit(
            "notifications.digest_published",
            {
                "brief_id": row["brief_id"],
                "class_id": row["class_id"],
                "school_id": row["school_id"],
                "period": kind,
                "words": count_words(row["text"]),
                "item_ids": row.get("items", []),
            },
            school=row["school_id"],
        )
    students = len(briefs.students_in(uow.connection, (row["school_id"] for row in rows)))
    pages = max(1, -(-students // PAGE))
    for number in range(pages):
        uow.schedule(
            "brief_page",
            derived_id("brief-page", *sorted(row["brief_id"] for row in rows), str(number)),
            uow.now,
            {"briefs": [row["brief_id"] for row in rows], "page": number, "pages": pages},
        )


def brief_page(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """One page of families of what went at one instant."""
    for item in items:
        rows = [found for key in item.data["briefs"] if (found := briefs.brief(uow.connection, key)) is not None]
        _tell(uow, ports, rows, page=item.data["page"], pages=item.data["pages"])


def _tell(uow: UnitOfWork, ports: Ports, rows: Sequence[people.Row], *, page: int, pages: int) -> None:
    about = _readers(uow, rows, page=page, pages=pages)
    senders = people.staff(uow.connection, (row["staff_id"] for row in rows))
    schools = people.schools(uow.connection, (row["school_id"] for row in rows))
    by_id = {row["brief_id"]: row for row in rows}
    groups: dict[tuple[str, ...], list[Recipient]] = defaultdict(list)
    for guardian, told in about.items():
        for keys in _by_language(told, by_id):
            students = tuple(dict.fromkeys(student for key in keys for student in told[key]))
            groups[keys].append(Recipient(guardian, students))
    compose(
        uow,
        ports,
        [_draft([by_id[key] for key in keys], recipients, senders, schools) for keys, recipients in groups.items()],
    )


def _by_language(told: Mapping[str, Sequence[str]], by_id: Mapping[str, people.Row]) -> list[tuple[str, ...]]:
    """Briefs that can stand in one text; written in different languages they cannot."""
    found: dict[str, list[str]] = defaultdict(list)
    for key in sorted(told):
        found[by_id[key]["language"]].append(key)
    return [tuple(keys) for keys in found.values()]


def _readers(uow: UnitOfWork, rows: Sequence[people.Row], *, page: int, pages: int) -> dict[str, dict[str, list[str]]]:
    """Per guardian of this page: which briefs, and through which children policy lets them have each."""
    of_class = {row["class_id"]: row["brief_id"] for row in rows if row["class_id"]}
    of_school = {row["school_id"]: row["brief_id"] for row in rows if not row["class_id"]}
    gets: dict[str, list[str]] = {}
    for student in briefs.students_in(uow.connection, (row["school_id"] for row in rows)):
        mine = [of_class[name] for name in student["class_ids"] if name in of_class]
        mine += [of_school[student["school_id"]]] if student["school_id"] in of_school else []
        if mine:
            gets[student["student_id"]] = mine
    children: dict[str, list[str]] = defaultdict(list)
    for link in people.families(uow.connection, gets):
        children[link["guardian_id"]].append(link["student_id"])
    # a class's families lie on one page, so that a page has few messages; brothers and sisters are never parted
    children = {
        guardian: students
        for guardian, students in children.items()
        if crc32(min(key for student in students for key in gets[student]).encode()) % pages == page
    }
    circle = people.circle(uow.connection, children, {child for students in children.values() for child in students})
    system = Subject.system("notifications", uow.district)
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for guardian, students in children.items():
        resource = Resource.guardian(guardian, uow.district, students=tuple(students))
        allowed = about_whom(system, Action.CONTACT, resource, circle.facts(guardian, uow.now.date()))
        for child in allowed or students[:1]:  # refused in the ledger, with its reason, rather than left out unseen
            for key in gets[child]:
                found[guardian][key].append(child)
    return found


def _draft(
    rows: Sequence[people.Row],
    recipients: Sequence[Recipient],
    senders: Mapping[str, people.Row],
    schools: Mapping[str, people.Row],
) -> Draft:
    """One brief goes under its writer's name; several go together, each under its own."""
    single = rows[0] if len(rows) == 1 and rows[0]["staff_id"] else None
    text = (
        single["text"] if single else "\n\n".join(f"{_heading(row, senders, schools)}\n{row['text']}" for row in rows)
    )
    return Draft(
        message_id=derived_id("digest", *(row["brief_id"] for row in rows)),
        kind="info",
        weight=Weight.ROUTINE,
        school_id=rows[0]["school_id"],
        recipients=recipients,
        text=text,
        source_language=rows[0]["language"],
        sender_id=single["staff_id"] if single else None,
        class_id=rows[0]["class_id"],
        protected=tuple(sorted({_name(senders.get(row["staff_id"])) for row in rows} - {""})),
    )


def _heading(row: people.Row, senders: Mapping[str, people.Row], schools: Mapping[str, people.Row]) -> str:
    school = schools.get(row["school_id"])
    who = _name(senders.get(row["staff_id"])) if row["class_id"] else ""
    return " · ".join(filter(None, [who, school["name"] if school else ""]))


def _name(member: people.Row | None) -> str:
    return family_form(member["given_name"], member["family_name"]) if member else ""
