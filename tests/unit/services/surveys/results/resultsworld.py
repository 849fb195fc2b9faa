"""A district whose families have answered, put straight into the tables: many homes at little cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.surveys.domain.definition import version_of
from services.surveys.store import campaigns as campaign_store
from services.surveys.tables import ANSWER, ASSIGNMENT, EFFECT, RESPONSE
from services.surveys.tables.results import OPENED
from shared.directory.projection import GUARDIAN, GUARDIAN_LINK, SCHOOL, STUDENT
from shared.store import insert_rows
from tests.unit.services.surveys.surveyhouse import DUE, SENT, House

ROUND = "2026"
SURVEY = {
    "survey": "belonging",
    "kind": "pulse",
    "languages": ["en", "es"],
    "title": {"en": "How is school?", "es": "¿Cómo va la escuela?", "ar": "كيف المدرسة؟"},
    "intro": {"en": "Three questions.", "es": "Tres preguntas."},
    "questions": [
        {
            "id": "welcome",
            "type": "single",
            "text": {"en": "I feel welcome", "es": "Me siento bienvenido", "ar": "أشعر بالترحيب"},
            "sms": {"en": "Welcome?", "es": "¿Bienvenido?"},
            "why": {"en": "To do better.", "es": "Para mejorar."},
            "options": [
                {"value": value, "digit": digit, "label": {"en": label, "es": label}}
                for digit, (value, label) in enumerate([("yes", "Yes"), ("partly", "Partly"), ("no", "No")], 1)
            ],
        },
        {
            "id": "needs",
            "type": "multi",
            "text": {"en": "What would help?", "es": "¿Qué ayudaría?"},
            "sms": {"en": "Help?", "es": "¿Ayuda?"},
            "why": {"en": "To plan.", "es": "Para planear."},
            "options": [
                {"value": value, "digit": digit, "label": {"en": label, "es": label}}
                for digit, (value, label) in enumerate([("bus", "A later bus"), ("coats", "Winter coats")], 1)
            ],
        },
        {
            "id": "words",
            "type": "text",
            "text": {"en": "Anything else?", "es": "¿Algo más?"},
            "sms": {"en": "Else?", "es": "¿Más?"},
            "why": {"en": "To listen.", "es": "Para escuchar."},
        },
    ],
}


def school(house: House, school_id: str, name: str, *, small_group: int | None = None) -> None:
    settings = {"languages": ["en"], "surveys": {"small_group": small_group} if small_group else None}
    with house.unit() as uow:
        row = {
            "school_id": school_id,
            "revision": 1,
            "config_version": "v1",
            "name": name,
            "timezone": "America/Chicago",
        }
        insert_rows(uow.connection, SCHOOL, [{**row, "settings": settings}], on_conflict="update")


def families(
    house: House,
    school_id: str,
    answers: Sequence[dict[str, Any] | None],
    *,
    language: str = "en",
    start: int = 0,
    household: str | None = None,
    class_id: str | None = None,
    content: dict[str, Any] = SURVEY,
) -> None:
    """A guardian with a child for each entry; None has not answered. `household`: they all live in this one."""
    version, campaign = version_of(content), f"{content['survey']}-{school_id}"
    people, links, children, asked, given, said, opened, effects = [], [], [], [], [], [], [], []
    for number, answer in enumerate(answers, start):
        key = f"{school_id}-{language}-{number:05}"
        children.append(
            {"student_id": f"s-{key}", "revision": 1, "active": True, "school_id": school_id, "grade": f"0{number % 5}",
             "class_ids": [], "teacher_ids": [], "sibling_group_id": None, "given_name": "Kim", "family_name": "Lee"}
        )  # fmt: skip
        people.append(
            {"guardian_id": f"g-{key}", "revision": 1, "language": language, "given_name": "Jo", "family_name": f"=Lee{number}",
             "email": None, "sms": None, "phone": None}
        )  # fmt: skip
        links.append(
            {"guardian_id": f"g-{key}", "student_id": f"s-{key}", "revision": 1, "active": True,
             "household_id": household or f"h-{key}", "relationship": "Mother", "legal_guardian": True,
             "lives_with": True, "priority": 1, "receives": True}
        )  # fmt: skip
        asked.append(
            {"assignment_id": f"a-{key}", "campaign_id": campaign, "survey_id": content["survey"], "version": version,
             "kind": content["kind"], "guardian_id": f"g-{key}", "school_id": school_id, "student_ids": [f"s-{key}"],
             "question_ids": [q["id"] for q in content["questions"]], "language": language, "due_at": DUE,
             "state": "open" if answer is None else "answered", "assigned_at": SENT, "reached_at": SENT}
        )  # fmt: skip
        if answer is not None:
            at = SENT + timedelta(hours=1, seconds=number)
            opened.append({"assignment_id": f"a-{key}", "opened_at": at - timedelta(minutes=4)})
            effects.append({"assignment_id": f"a-{key}", "question_id": "needs", "effect": "need", "at": at})
            given.append(
                {"assignment_id": f"a-{key}", "version": version, "campaign_id": campaign, "guardian_id": f"g-{key}",
                 "via": "web", "language": language, "late": False, "receipt": [], "entered_by": None, "submitted_at": at}
            )  # fmt: skip
            said += [
                {"assignment_id": f"a-{key}", "question_id": question, "declined": False, "content": plain}
                for question, plain in answer.items()
            ]
    with house.unit() as uow:
        campaign_store.publish(
            uow.connection, version=version, survey_id=content["survey"], content=content, now=house.clock.now()
        )
        campaign_store.save_campaign(
            uow.connection,
            {"campaign_id": campaign, "survey_id": content["survey"], "round": ROUND, "school_id": school_id,
             "class_id": class_id, "send_at": SENT, "remind_at": None, "due_at": DUE, "started_by": "configuration"},
        )  # fmt: skip
        pairs = ((STUDENT, children), (GUARDIAN, people), (GUARDIAN_LINK, links), (ASSIGNMENT, asked), (RESPONSE, given),
                 (ANSWER, said), (OPENED, opened), (EFFECT, effects))  # fmt: skip
        for table, rows in pairs:
            if rows:
                insert_rows(uow.connection, table, rows, on_conflict="ignore")


def said(welcome: str, *needs: str, words: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"welcome": {"values": [welcome]}, "needs": {"values": list(needs)}}
    return {**found, "words": {"values": [], "text": words}} if words else found


def town(house: House) -> None:
    """Two schools that can be told of, and one with six homes."""
    for school_id, name in (("north", "Northgate"), ("green", "Greenview"), ("tiny", "Tiny Hill")):
        school(house, school_id, name)
    families(
        house,
        "green",
        [said("yes", "bus", words="Thanks")] * 60 + [said("partly", "coats")] * 25 + [said("no")] * 15 + [None] * 20,
    )
    families(house, "green", [said("no", "coats")] * 12 + [None] * 40, language="so", start=500)
    families(
        house,
        "north",
        [said("yes")] * 40 + [said("partly", "bus", "coats")] * 30 + [said("no", "bus")] * 3 + [None] * 10,
    )
    families(house, "tiny", [said("no")] * 6)
