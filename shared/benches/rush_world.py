"""A conference season's rush: households that each have an offer from every teacher they want, and everybody wants the evening.

One school, one time zone; every offer shows three times of its teacher's, drawn so that the popular ones are wanted by many.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from shared.identity import Links
from shared.store import insert_rows

ZONE = ZoneInfo("America/Chicago")
SCHOOL = "school-rush"
MINUTES = 10
OPENS, CLOSES = time(16), time(20)
EVENINGS = 5
WISHES_PER_TEACHER = 56  # of 120 slots: a school of a hundred teachers
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


@dataclass(frozen=True, slots=True)
class Wish:
    """One household's offer from one teacher, with the times it shows."""

    offer_id: str
    guardian_id: str
    student_id: str
    staff_id: str
    slots: tuple[datetime, ...]


def module(name: str) -> Any:
    """A part of scheduling, by the name that the launcher knows it by: benches measure services without depending on them."""
    return import_module(f"services.scheduling.{name}")


def wishes(*, households: int, each: int, now: datetime, seed: int) -> list[Wish]:
    """Every household's wishes, one after the other; half past five is what most want."""
    dice = random.Random(seed)
    teachers = [f"t-{n:03}" for n in range(max(each, households * each // WISHES_PER_TEACHER))]
    times = _times(now)
    middle = len(times) // EVENINGS / 2
    popular = [3.0 - 2.0 * abs(n % (len(times) // EVENINGS) - middle) / middle for n in range(len(times))]
    found = []
    for n in range(households):
        for staff in dice.sample(teachers, each):
            shown: dict[datetime, None] = {}
            while len(shown) < 3:
                shown[dice.choices(times, popular)[0]] = None
            found.append(Wish(f"rush-{n}-{staff}", f"g-{n}", f"s-{n}", staff, tuple(shown)))
    return found


def _times(now: datetime) -> list[datetime]:
    """Starts of the slots of the five evenings of the week after next."""
    monday = now.astimezone(ZONE).date() + timedelta(days=14 - now.astimezone(ZONE).weekday())
    step = timedelta(minutes=MINUTES)
    found = []
    for day in range(EVENINGS):
        at = datetime.combine(monday + timedelta(days=day), OPENS)
        while at.time() < CLOSES:
            found.append(at.replace(tzinfo=ZONE).astimezone(UTC))
            at += step
    return found


def fill(connection: sa.Connection, wanted: Sequence[Wish], *, now: datetime) -> None:
    """The roster, everybody's hours and every offer, as if they had come by events."""
    tables, projection = module("tables"), import_module("shared.directory.projection")
    guardians = list(dict.fromkeys(wish.guardian_id for wish in wanted))
    teachers = sorted({wish.staff_id for wish in wanted})
    rows: list[tuple[sa.Table, list[Mapping[str, Any]]]] = [
        (projection.SCHOOL, [_school()]),
        (projection.STUDENT, [_student(f"s-{each[2:]}") for each in guardians]),
        (projection.STAFF, [_teacher(each) for each in teachers]),
        (projection.GUARDIAN, [_guardian(each) for each in guardians]),
        (projection.GUARDIAN_LINK, [_link(each, f"s-{each[2:]}") for each in guardians]),
        (tables.OFFICE_HOURS, [_hours(each, now) for each in teachers]),
        (tables.OFFER, [_offer(wish, now) for wish in wanted]),
        (tables.OFFER_SLOT, [row for wish in wanted for row in _slots(wish)]),
    ]
    for table, theirs in rows:
        insert_rows(connection, table, theirs)


def paths(wanted: Sequence[Wish], links: Links, district: str, now: datetime) -> list[str]:
    """Each wish's page, as its link in the text message has it."""
    ports = module("ports").Ports(links, "")
    ends = now + timedelta(days=30)
    return [
        ports.offer_link(district, wish.guardian_id, wish.offer_id, expires_at=ends, language="en", school=SCHOOL)
        for wish in wanted
    ]


def _school() -> dict[str, Any]:
    settings = {"office_phone": "+13125550100", "quiet_start": "20:30", "quiet_end": "07:00", "languages": ["en"]}
    return {"school_id": SCHOOL, "revision": 1, "config_version": "1", "name": "Rush", "timezone": ZONE.key, "settings": settings}


def _student(student_id: str) -> dict[str, Any]:
    return {
        "student_id": student_id, "revision": 1, "active": True, "school_id": SCHOOL, "grade": "03", "class_ids": [],
        "teacher_ids": [], "sibling_group_id": None, "given_name": "Sam", "family_name": "Sample",
    }  # fmt: skip


def _teacher(staff_id: str) -> dict[str, Any]:
    return {
        "staff_id": staff_id, "revision": 1, "active": True, "role": "teacher", "school_ids": [SCHOOL], "class_ids": [],
        "given_name": "Terry", "family_name": "Teacher", "email": f"{staff_id}@rush.example.org",
    }  # fmt: skip


def _guardian(guardian_id: str) -> dict[str, Any]:
    return {
        "guardian_id": guardian_id, "revision": 1, "language": "en", "given_name": "Gale", "family_name": "Guardian",
        "email": f"{guardian_id}@example.org", "sms": None, "phone": None,
    }  # fmt: skip


def _link(guardian_id: str, student_id: str) -> dict[str, Any]:
    return {
        "guardian_id": guardian_id, "student_id": student_id, "revision": 1, "active": True, "household_id": guardian_id,
        "relationship": "parent", "legal_guardian": True, "lives_with": True, "priority": 1, "receives": True,
    }  # fmt: skip


def _hours(staff_id: str, now: datetime) -> dict[str, Any]:
    windows = [{"weekday": day, "start": f"{OPENS:%H:%M}", "end": f"{CLOSES:%H:%M}"} for day in WEEKDAYS]
    return {
        "staff_id": staff_id, "version": 1, "source": "own", "windows": windows, "overrides": [], "modes": ["phone"],
        "slot_minutes": MINUTES, "buffer_minutes": 0, "reply_within_school_days": 1, "set_at": now,
    }  # fmt: skip


def _offer(wish: Wish, now: datetime) -> dict[str, Any]:
    return {
        "offer_id": wish.offer_id, "kind": "conference", "guardian_id": wish.guardian_id, "student_id": wish.student_id,
        "staff_id": wish.staff_id, "school_id": SCHOOL, "modes": ["phone"], "fit": "suits", "state": "open", "again": False,
        "unclear": 0, "created_at": now, "expires_at": now + timedelta(days=20), "meeting_id": None,
    }  # fmt: skip


def _slots(wish: Wish) -> list[dict[str, Any]]:
    length = timedelta(minutes=MINUTES)
    return [
        {"offer_id": wish.offer_id, "n": n, "start_at": start, "end_at": start + length}
        for n, start in enumerate(wish.slots, 1)
    ]


def doubles(connection: sa.Connection) -> int:
    """Pairs of booked meetings that overlap at one teacher or one guardian: found by looking, not by the constraint."""
    overlap = "a.start_at < b.end_at AND b.start_at < a.end_at"
    pairs = f"SELECT count(*) FROM meeting a JOIN meeting b ON a.meeting_id < b.meeting_id AND {overlap}"
    both = "a.state = 'booked' AND b.state = 'booked'"
    count = 0
    for side in ("staff_id", "guardian_id"):
        count += int(connection.execute(sa.text(f"{pairs} AND a.{side} = b.{side} WHERE {both}")).scalar_one())
    return count


def untaken(connection: sa.Connection) -> int:
    """Booked meetings without their rows of what is taken, and rows without their meeting."""
    theirs = "FROM taken t WHERE t.meeting_id = m.meeting_id"
    booked = f"SELECT count(*) FROM meeting m WHERE m.state = 'booked' AND 2 <> (SELECT count(*) {theirs})"
    alive = "SELECT 1 FROM meeting m WHERE m.meeting_id = t.meeting_id AND m.state = 'booked'"
    orphans = f"SELECT count(*) FROM taken t WHERE NOT EXISTS ({alive})"
    return sum(int(connection.execute(sa.text(query)).scalar_one()) for query in (booked, orphans))


