"""What comes in about plans, notes, disagreements and referrals, and what goes out."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from services.scheduling.domain.plans import MOST_STEPS, Draft, Outcome, Owner, Report, Step
from services.scheduling.handlers.disagreements import OUTCOMES

_ID = validate.Length(min=1, max=255)
_LINE = validate.Length(min=3, max=300)
_WORDS = validate.Length(min=2, max=1000)
_OWNER = validate.Regexp(r"^(staff|guardian|student):.{1,255}$", error="expected whose step it is, like staff:<id>")


class StepIn(Schema):
    """Who does what until when."""

    owner = fields.Str(required=True, validate=_OWNER)
    text = fields.Str(required=True, validate=_LINE)
    due_on = fields.Date(load_default=None, allow_none=True)


_NUMBERED: dict[str, fields.Field[Any]] = {
    name: field
    for n in range(1, MOST_STEPS + 1)
    for name, field in (
        (f"owner_{n}", fields.Str(load_default=None, validate=_OWNER)),
        (f"text_{n}", fields.Str(load_default=None, validate=_LINE)),
        (f"due_on_{n}", fields.Date(load_default=None)),
    )
}


class _PlanFields(Schema):
    """Programs send `steps`; the page sends owner_1, text_1, due_on_1 and so on."""

    goal = fields.Str(required=True, validate=_LINE)
    target = fields.Float(load_default=None, allow_none=True, validate=validate.Range(0, 100))
    due_on = fields.Date(required=True)
    checkin_on = fields.Date(required=True)
    steps = fields.List(fields.Nested(StepIn), load_default=None)

    @validates_schema
    def _whole_steps(self, data: dict[str, Any], **_: object) -> None:
        for n in range(1, MOST_STEPS + 1):
            if data.get(f"text_{n}") and not data.get(f"owner_{n}"):
                raise ValidationError("expected whose step it is", f"owner_{n}")

    @post_load
    def _draft(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        given = data.pop("steps") or [
            {"owner": data[f"owner_{n}"], "text": data[f"text_{n}"], "due_on": data[f"due_on_{n}"]}
            for n in range(1, MOST_STEPS + 1)
            if data.get(f"text_{n}")
        ]
        steps = tuple(_step(each["owner"], each["text"], each["due_on"]) for each in given)
        draft = Draft(data["goal"], data["due_on"], data["checkin_on"], steps, data["target"])
        return {name: value for name, value in data.items() if name not in _NUMBERED} | {"draft": draft}


def _step(owner: str, text: str, due_on: date | None) -> Step:
    kind, _, owner_id = owner.partition(":")
    return Step(Owner(kind).value, owner_id, text, due_on)


class _NewPlan(_PlanFields):
    """A plan for one student; `plan_id`: the draft that an alert left."""

    student_id = fields.Str(required=True, validate=_ID)
    plan_id = fields.Str(load_default=None, validate=_ID)


class _NextVersion(_PlanFields):
    """What the review found, and the plan as it shall be from now on."""

    why = fields.Str(required=True, validate=_WORDS)


PlanIn = type("PlanIn", (_NewPlan,), dict(_NUMBERED))
NextVersionIn = type("NextVersionIn", (_NextVersion,), dict(_NUMBERED))


class ReviewIn(Schema):
    """It stays as it is (with a next day to look at it), or ends; a change is a next version."""

    outcome = fields.Str(required=True, validate=validate.OneOf((Outcome.KEPT.value, Outcome.ENDED.value)))
    checkin_on = fields.Date(load_default=None)

    @validates_schema
    def _day_if_kept(self, data: dict[str, Any], **_: object) -> None:
        if data["outcome"] == Outcome.KEPT and data["checkin_on"] is None:
            raise ValidationError("expected the next day to look at it together", "checkin_on")


class PlanOut(Schema):
    plan_id = fields.Str()
    version = fields.Int()


class PlanQuery(Schema):
    """For the editor: a student, or a plan whose next version it is to be."""

    student_id = fields.Str(load_default=None, validate=_ID)
    plan_id = fields.Str(load_default=None, validate=_ID)


class WordsIn(Schema):
    """A person's own words."""

    text = fields.Str(required=True, validate=_WORDS)


class ReportIn(Schema):
    what = fields.Str(required=True, validate=validate.OneOf([each.value for each in Report]))


class TalkQuery(Schema):
    """A note about a conversation without an appointment: whose child it was about."""

    student_id = fields.Str(load_default=None, validate=_ID)


class NoteIn(Schema):
    """After a conversation. `promise`: who is to do what was agreed by `next_on`, where it is a promise."""

    meeting_id = fields.Str(load_default=None, validate=_ID)
    student_id = fields.Str(required=True, validate=_ID)
    guardian_id = fields.Str(required=True, validate=_ID)
    heard = fields.Str(required=True, validate=_LINE)
    example = fields.Str(required=True, validate=_LINE)
    agreed = fields.Str(required=True, validate=_LINE)
    next_on = fields.Date(load_default=None)
    promise = fields.Str(load_default=None, validate=validate.OneOf(("staff", "guardian")))

    @validates_schema
    def _promise_has_a_day(self, data: dict[str, Any], **_: object) -> None:
        if data["promise"] and data["next_on"] is None:
            raise ValidationError("expected the day it is promised for", "next_on")


class NoteOut(Schema):
    note_id = fields.Str()


class OutcomeIn(Schema):
    outcome = fields.Str(required=True, validate=validate.OneOf(OUTCOMES))
