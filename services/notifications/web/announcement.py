"""The form of an announcement: what it may say, whom it names, and the mark of what somebody has seen before sending."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.notifications.domain.audience import Audience
from services.notifications.domain.consent import Purpose
from services.notifications.handlers import emergency
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.emergency import Preview
from services.notifications.handlers.writing import Author
from services.notifications.store import people
from shared.ids import fingerprint
from shared.messaging.uow import UnitOfWork
from shared.web.i18n import Translator

LOCALE = Path(__file__).parents[1] / "locale"
LEADS = frozenset({"office", "principal", "administrator"})
EXERCISE = "exercise"
KINDS = ("info", "ask", emergency.KIND, EXERCISE)
TEACHERS_KINDS = ("info", "ask")
LONGEST = 2000
# Alarms that the catalogue has in every language: `emergency.<name>`, with the school's name as their only param
PREPARED = ("lockdown", "shelter", "weather", "all_clear")


class AnnounceIn(Schema):
    """`listed`: student ids, one a line. `hours`: how long it is true. `confirm`: the number of guardians, typed."""

    kind = fields.Str(load_default="info", validate=validate.OneOf(KINDS))
    title = fields.Str(required=True, validate=validate.Length(1, 120))
    text = fields.Str(required=True, validate=validate.Length(1, LONGEST))
    purpose = fields.Str(
        load_default=Purpose.SCHOOL_MISSION.value,
        validate=validate.OneOf((Purpose.SCHOOL_MISSION.value, Purpose.OTHER.value)),
    )
    schools = fields.List(fields.Str(validate=validate.Length(1, 255)), load_default=list)
    grades = fields.List(fields.Str(validate=validate.Length(1, 16)), load_default=list)
    classes = fields.List(fields.Str(validate=validate.Length(1, 255)), load_default=list)
    listed = fields.Str(load_default="", validate=validate.Length(max=40_000))
    everyone = fields.Bool(load_default=False)
    hours = fields.Int(load_default=None, validate=validate.Range(1, 24 * 60))
    source_language = fields.Str(load_default=None, validate=validate.Length(min=2, max=35))
    confirm = fields.Str(load_default=None, validate=validate.Length(max=20))
    seen = fields.Str(
        load_default=None, validate=validate.Length(max=64), metadata={"description": "mark of the preview"}
    )
    corrects = fields.Str(load_default=None, validate=validate.Length(1, 64))
    prepared = fields.Str(
        load_default=None,
        validate=validate.OneOf(PREPARED),
        metadata={"description": "an alarm written beforehand in every language; its text goes instead of `text`"},
    )

    @validates_schema
    def somebody(self, data: Mapping[str, Any], **_: Any) -> None:
        if not (
            data.get("schools") or data.get("classes") or data.get("everyone") or str(data.get("listed") or "").strip()
        ):
            raise ValidationError("announce.error.nobody", "schools")


class Wrong(Exception):
    """What is wrong with a form beyond its schema: field → texts."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("announcement")
        self.errors = errors


def of_form(uow: UnitOfWork, data: Mapping[str, Any], who: Author, *, language: str) -> Announcement:
    """The announcement that a form asks for; `Wrong` names lines and fields."""
    students = _listed(uow, str(data["listed"] or ""))
    audience = Audience(
        schools=tuple(data["schools"]),
        grades=tuple(data["grades"]),
        classes=tuple(data["classes"]),
        students=students,
        everyone=data["everyone"],
    )
    allowed = KINDS if who.role in LEADS else TEACHERS_KINDS
    if data["kind"] not in allowed:
        raise Wrong({"kind": ["announce.error.kind"]})
    prepared = data.get("prepared")  # what waits for approval since before there were any has none
    if prepared and data["kind"] != emergency.KIND:
        raise Wrong({"kind": ["announce.error.prepared"]})
    school = next(iter(audience.schools), None) or next(iter(who.schools), None)
    hours = data["hours"]
    return Announcement(
        kind=data["kind"],
        title=data["title"],
        text=english(prepared) if prepared else data["text"],
        audience=audience,
        purpose=Purpose(data["purpose"]),
        school_id=school,
        source_language="en" if prepared else data["source_language"] or language,
        expires_at=uow.now + timedelta(hours=hours) if hours else None,
        corrects=data["corrects"],
        catalogue_key=f"emergency.{prepared}" if prepared else None,
    )


def english(prepared: str) -> str:
    """The English of a prepared alarm, {school} in place: what goes out where no translation has arrived."""
    return Translator.of("en", (LOCALE,)).text(f"announce.prepared_text.{prepared}")


def _listed(uow: UnitOfWork, text: str) -> tuple[str, ...]:
    """Student ids, one a line; an unknown one is named by its line, never by what it says."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    known = people.students(uow.connection, {line for _, line in lines})
    unknown = [str(number) for number, line in lines if line not in known]
    if unknown:
        raise Wrong({"listed": [f"announce.error.line|{', '.join(unknown[:20])}"]})
    return tuple(dict.fromkeys(line for _, line in lines))


def mark_of(what: Announcement, seen: Preview) -> str:
    """What somebody has seen before they press send: whom it is for, what kind it is, and how many that is now."""
    return fingerprint(
        json.dumps([what.kind, what.audience.as_json(), what.purpose.value, seen.guardians], sort_keys=True)
    )
