"""A district whose families are asked six questions, one of them only of some: what the benches of surveys stand on.

The roster is written as if it had come by events; the survey goes out by the product's own campaign, page by page.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from shared.benches.cell import DISTRICT
from shared.messaging.runtime import Runtime
from shared.messaging.uow import DueItem
from shared.store import insert_rows

SERVICE = "surveys"
SCHOOL = "school-surveys"
SURVEY = "bench_six"
CAMPAIGN = "bench-campaign"
PLACES = 50
CHUNK = 20_000  # of a roster, per transaction
DEFINITION = (Path(__file__).parent / "surveys_six.yaml").read_text()
WORDS = "bus lunch reading friends homework stairs maths art music garden evening teacher".split()
Say = Callable[[str], None]


def module(name: str) -> Any:
    """A part of surveys, by the name that the launcher knows it by: benches measure services without depending on them."""
    return import_module(f"services.surveys.{name}")


def ports(folder: Path, link_key: bytes, *, definition: str = DEFINITION, survey: str = SURVEY) -> Any:
    """Ports with the bench's definition in a folder of its own."""
    path = folder / "districts" / DISTRICT / "surveys" / f"{survey}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(definition)
    links = import_module("shared.identity").Links(link_key)
    return module("ports").Ports(module("definitions").Library(folder / "districts"), links, "")


def school_name(number: int) -> str:
    return SCHOOL if number == 0 else f"{SCHOOL}-{number}"


def move_in(runtime: Runtime, families: int, *, service: str = SERVICE, schools: int = 1) -> None:
    """Schools and their families, one child each, as a service keeps them."""
    projection = import_module("shared.directory.projection")
    with runtime.unit_of_work(service, DISTRICT) as uow:
        insert_rows(uow.connection, projection.SCHOOL, [_school(n) for n in range(schools)])
    for start in range(0, families, CHUNK):
        numbers = range(start, min(start + CHUNK, families))
        with runtime.unit_of_work(service, DISTRICT) as uow:
            insert_rows(uow.connection, projection.STUDENT, [_student(n, school_name(n % schools)) for n in numbers])
            insert_rows(uow.connection, projection.GUARDIAN, [_guardian(n) for n in numbers])
            insert_rows(uow.connection, projection.GUARDIAN_LINK, [_link(n) for n in numbers])
    if runtime.databases.engine(service, DISTRICT).dialect.name == "postgresql":
        with runtime.unit_of_work(service, DISTRICT) as uow:
            uow.connection.execute(sa.text("ANALYZE"))


def send(runtime: Runtime, given: Any, *, now: datetime, survey: str = SURVEY, say: Say | None = None) -> int:
    """Plan the campaign and do its due work until everybody is asked; how many transactions that took."""
    campaigns = module("handlers.campaigns")
    plan(runtime, now=now, survey=survey)
    due = import_module("shared.messaging.due")
    pages = 0
    while True:
        with runtime.unit_of_work(SERVICE, DISTRICT) as uow:
            items: Sequence[DueItem] = due.claim(uow, ("survey_send",))
            if not items:
                return pages
            campaigns.survey_send(uow, given, items)
        pages += 1
        if say is not None and pages % 50 == 0:
            say(f"{pages} pages of families asked")


def plan(runtime: Runtime, *, now: datetime, survey: str = SURVEY, schools: int = 1) -> None:
    """A campaign in each school."""
    with runtime.unit_of_work(SERVICE, DISTRICT) as uow:
        for number in range(schools):
            module("handlers.campaigns").plan(uow, _campaign(now, survey, school_name(number)))


def tokens(runtime: Runtime, given: Any) -> dict[str, str]:
    """By assignment id, the token in the family's link."""
    table = module("tables").ASSIGNMENT
    columns = (table.c.assignment_id, table.c.guardian_id, table.c.due_at, table.c.language, table.c.school_id)
    with runtime.unit_of_work(SERVICE, DISTRICT) as uow:
        rows = uow.connection.execute(sa.select(*columns).order_by(table.c.assignment_id)).all()
    return {
        row.assignment_id: given.survey_token(
            DISTRICT, row.assignment_id, row.guardian_id, due_at=row.due_at, language=row.language, school=row.school_id
        )
        for row in rows
    }


def answers(number: int) -> dict[str, list[str]]:
    """A family's form, drawn by its number. Who has no worry sends words about it all the same: the server drops them."""
    dice = random.Random(number)
    worry = dice.choice(["some", "nothing"])
    form = {
        "channel": [dice.choice(["sms", "email", "call"])],
        "times": sorted(dice.sample(["morning", "noon", "evening"], dice.randint(1, 3))),
        "welcome": [dice.choice(["not_at_all", "somewhat", "very"])],
        "worry": [worry],
        "worry_words.text": [" ".join(dice.choices(WORDS, k=6))],
    }
    if dice.random() < 0.5:
        form["anything.text"] = [" ".join(dice.choices(WORDS, k=8))]
    return form


def expected(form: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What must be stored of a form: by question, its choices or its words."""
    kept: dict[str, Any] = {name: tuple(form[name]) for name in ("channel", "times", "welcome", "worry")}
    if form["worry"] == ["some"]:
        kept["worry_words"] = form["worry_words.text"][0]
    if "anything.text" in form:
        kept["anything"] = form["anything.text"][0]
    return kept


def stored(runtime: Runtime) -> dict[str, dict[str, Any]]:
    """By assignment: what was answered, read from the tables."""
    table = module("tables").ANSWER
    found: dict[str, dict[str, Any]] = {}
    with runtime.unit_of_work(SERVICE, DISTRICT) as uow:
        for row in uow.connection.execute(sa.select(table.c.assignment_id, table.c.question_id, table.c.content)):
            said = row.content
            kept = tuple(sorted(said["values"])) if row.question_id == "times" else tuple(said["values"])
            found.setdefault(row.assignment_id, {})[row.question_id] = kept or said["text"]
    return found


def _campaign(now: datetime, survey: str, school: str) -> dict[str, Any]:
    return {
        "campaign_id": f"{CAMPAIGN}-{school}", "survey_id": survey, "round": CAMPAIGN, "school_id": school, "class_id": None,
        "send_at": now,
        "remind_at": None, "due_at": now + timedelta(days=14), "started_by": "bench",
    }  # fmt: skip


def _school(number: int) -> dict[str, Any]:
    settings = {"office_phone": "+13125550100", "quiet_start": "20:30", "quiet_end": "07:00", "languages": ["en"]}
    return {
        "school_id": school_name(number), "revision": 1, "config_version": "1", "name": "Bench", "timezone": "America/Chicago",
        "settings": settings,
    }  # fmt: skip


def _student(n: int, school: str) -> dict[str, Any]:
    return {
        "student_id": f"s-{n:07}", "revision": 1, "active": True, "school_id": school, "grade": "03", "class_ids": [],
        "teacher_ids": [], "sibling_group_id": None, "given_name": "Sam", "family_name": "Sample",
    }  # fmt: skip


def _guardian(n: int) -> dict[str, Any]:
    return {
        "guardian_id": f"g-{n:07}", "revision": 1, "language": "en", "given_name": "Gale", "family_name": "Guardian",
        "email": None, "sms": None, "phone": None,
    }  # fmt: skip


def _link(n: int) -> dict[str, Any]:
    return {
        "guardian_id": f"g-{n:07}", "student_id": f"s-{n:07}", "revision": 1, "active": True, "household_id": f"h-{n:07}",
        "relationship": "parent", "legal_guardian": True, "lives_with": True, "priority": 1, "receives": True,
    }  # fmt: skip
