"""What `district.yaml` and `schools/<id>.yaml` may say. The JSON Schema for editors is generated from these classes."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields, validate, validates, validates_schema

from shared.directory.config.availability import Availability, impossible_hours
from shared.directory.config.shapes import CLOCK, LANGUAGE, PHONE, QUIET, SLUG, WEEKDAYS, Strict
from shared.directory.config.shapes import number as _number
from shared.directory.config.shapes import text as _text
from shared.directory.config.shapes import whole as _whole
from shared.directory.config.translating import Engines, Review


class SchoolYear(Strict):
    start = fields.Date(required=True)
    end = fields.Date(required=True)

    @validates_schema
    def _ordered(self, data: dict[str, object], **_: object) -> None:
        if data["end"] <= data["start"]:  # type: ignore[operator]
            raise ValidationError("expected an end after the start", "end")


class CulturalDay(Strict):
    on = fields.Date(required=True)
    name = fields.String(required=True, validate=validate.Length(1, 80))


class OfficeHours(Strict):
    """A window in which families can come. `evening`: for those who cannot come earlier. `drop_in`: without an appointment."""

    weekday = fields.String(required=True, validate=validate.OneOf(WEEKDAYS, error="expected mon, tue, … or sun"))
    start = _text(CLOCK, "HH:MM", required=True)
    end = _text(CLOCK, "HH:MM", required=True)
    evening = fields.Boolean()
    drop_in = fields.Boolean()
    place = fields.String(validate=validate.Length(1, 40))
    seats = _whole(1, 60)
    notice_minutes = _whole(0, 60 * 24 * 30)
    weeks = fields.String(validate=validate.OneOf(("every", "odd", "even"), error="expected every, odd or even"))


class Intake(Strict):
    survey = fields.String(load_default="intake", validate=validate.Length(1, 80))
    send_on = fields.Date(required=True)
    remind_on = fields.Date(required=True)
    due_at = fields.NaiveDateTime(format="%Y-%m-%dT%H:%M", required=True, metadata={"format": "date-time without zone"})

    @validates_schema
    def _ordered(self, data: dict[str, object], **_: object) -> None:
        if not data["send_on"] < data["remind_on"] <= data["due_at"].date():  # type: ignore[attr-defined, operator]
            raise ValidationError("expected send_on before remind_on, and remind_on no later than due_at", "remind_on")


class FamilyFriday(Strict):
    rule = fields.String(required=True, validate=validate.OneOf(("first-friday", "last-friday")))
    start = _text(CLOCK, "HH:MM", required=True)
    end = _text(CLOCK, "HH:MM", required=True)
    online = fields.Boolean(load_default=False)


class Rhythm(Strict):
    """When things come by themselves, and how much is much. What is left out keeps its default (domain/rhythm.py)."""

    brief_on = fields.String(validate=validate.OneOf(WEEKDAYS, error="expected mon, tue, … or sun"))
    brief_at = _text(CLOCK, "HH:MM")
    brief_words = _whole(20, 1000)
    newsletter_at = _text(CLOCK, "HH:MM")
    welcome_days = _whole(1, 90)
    live_contact_on = fields.List(fields.Date())
    balance_days = _whole(7, 365)
    work_starts = _text(CLOCK, "HH:MM")
    work_ends = _text(CLOCK, "HH:MM")
    heavy_threads = _whole(1, 1000)
    heavy_after_hours = _whole(1, 1000)


class Ladder(Strict):
    """When a message that nobody opened goes on paper, and when a person calls (domain/ladder.py has the defaults)."""

    kinds = fields.List(fields.String(validate=validate.OneOf(("positive", "concern", "info", "ask", "emergency"))))
    unopened_hours = _whole(1, 720)
    call_days = _whole(1, 60)
    delivered_is_read = fields.Boolean()


class Mail(Strict):
    """When an address whose mail keeps coming back is given up: so many soft bounces within so many days."""

    soft_bounces = _whole(1, 100)
    soft_bounce_days = _whole(1, 365)


class Conversation(Strict):
    """What a STOP ends, by when words from home are answered, and which concerns the counselor is sent a copy of."""

    stop_scope = fields.String(validate=validate.OneOf(("channel", "all_routine")))
    answer_by = _text(CLOCK, "HH:MM")
    counselor_topics = fields.List(fields.String(validate=validate.Length(1, 40)), validate=validate.Length(max=20))


class Voice(Strict):
    """From how many words a text is rather heard, and how calls are tried again (domain/calls.py has the defaults)."""

    note_words = _whole(20, 2000)
    tries = _whole(1, 6)
    telephones = fields.List(
        fields.String(validate=validate.OneOf(("mobile", "home", "work"))), validate=validate.Length(1, 3)
    )
    apart_minutes = _whole(5, 240)


class Checkins(Strict):
    """Regular check-ins; a school without this has none (scheduling's domain/journeys_checkins.py has the defaults)."""

    every = fields.String(validate=validate.OneOf(("monthly", "quarterly", "none")))
    with_plan = fields.String(validate=validate.OneOf(("monthly", "quarterly", "none")))
    minutes = fields.Integer(strict=True, validate=validate.OneOf((5, 10, 15, 20, 25, 30)))
    misses = _whole(1, 10)
    answer_days = _whole(1, 60)


class Iep(Strict):
    """Special-education meetings: days of notice, attempts before one without a parent (34 CFR 300.322), by how many ways."""

    notice_school_days = _whole(1, 60)
    attempts = _whole(1, 20)
    ways = _whole(1, 6)


class CapSender(Strict):
    """Who may send alerts in (CAP 1.2): its name in `sender`, the SHA-256 of its token, and whether a person confirms them."""

    sender = fields.String(required=True, validate=validate.Length(3, 255))
    token_sha256 = _text(r"^[0-9a-f]{64}$", "64 hexadecimal digits: the SHA-256 of the sender's token", required=True)
    auto_send = fields.Boolean()


class Alerts(Strict):
    """What guards a send to many (domain/blast.py has the defaults), the canary's contact, and who may send alerts in."""

    unusual_times = _number(1, 100)
    unusual_over = _whole(1, 100_000)
    approval_minutes = _whole(1, 1440)
    undo_seconds = _whole(0, 600)
    emergency_undo_seconds = _whole(0, 10)
    emergency_hours = _whole(1, 48)
    info_days = _whole(1, 60)
    alarm_minutes = _whole(1, 60)
    alarm_from = _whole(1, 10_000)
    alarm_share = _number(0, 1)
    canary = fields.String(validate=validate.Length(1, 255))
    canary_minutes = _whole(1, 59)
    cap_senders = fields.List(fields.Nested(CapSender), validate=validate.Length(max=50))


class Evening(Strict):
    """Wall time at the school."""

    on = fields.Date(required=True)
    start = _text(CLOCK, "HH:MM", required=True)
    end = _text(CLOCK, "HH:MM", required=True)

    @validates_schema
    def _ordered(self, data: dict[str, str], **_: object) -> None:
        if data["end"] <= data["start"]:
            raise ValidationError("expected an end after the start", "end")


class RoundInterpreters(Strict):
    """How many interpreters of a language are there on every evening."""

    language = _text(LANGUAGE, "a language tag, like es", required=True)
    count = _whole(1, 200, required=True)


class ConferenceRound(Strict):
    """A round of parents' evenings; `key` names it, so that changing the rest changes the round there is."""

    key = _text(r"^[a-z0-9][a-z0-9-]{0,40}$", "a-z, 0-9 and -, like fall-2026", required=True)
    title = fields.String(required=True, validate=validate.Length(1, 120))
    evenings = fields.List(fields.Nested(Evening), required=True, validate=validate.Length(1, 15))
    answer_by = fields.NaiveDateTime(
        format="%Y-%m-%dT%H:%M", required=True, metadata={"format": "date-time without zone"}
    )
    opens_at = fields.NaiveDateTime(format="%Y-%m-%dT%H:%M", metadata={"format": "date-time without zone"})
    minutes = _whole(5, 60)
    travel_minutes = _whole(0, 30)
    interpreters = fields.List(fields.Nested(RoundInterpreters))
    interpreted_extra_minutes = _whole(0, 30)
    grades = fields.List(fields.String(validate=validate.Length(1, 20)))
    call_after_days = _whole(1, 60)
    preset = fields.String(validate=validate.OneOf(("parent", "balanced", "teacher")))
    one_each_first = fields.Boolean()


class Loop(Strict):
    """What a disagreement and a need may count on: days until a mediated meeting, local services by need and language."""

    mediation_school_days = _whole(1, 20)
    services = fields.Dict(
        keys=_text(r"^[a-z][a-z_]{1,39}$", "a need like winter_coats"),
        values=fields.Dict(
            keys=_text(LANGUAGE, "a language tag, like es"), values=fields.String(validate=validate.Length(1, 600))
        ),
        validate=validate.Length(max=100),
    )


class Interpreting(Strict):
    """Interpreters of booked meetings: the staff's own language, longer times, when a fallback is chosen, and which."""

    language = _text(LANGUAGE, "a language tag, like en")
    longer_percent = _whole(0, 200)
    decide_hours = _whole(1, 336)
    phone_line = _text(PHONE, "a phone number like +13125550100")


class CuriousQuestions(Strict):
    """One small question a month to each home: from which day of the month, out of which surveys, open for how long."""

    day = _whole(1, 28)
    open_days = _whole(1, 28)
    pool = fields.List(_text(r"^[a-z][a-z0-9_]{0,40}$", "the name of a survey"), validate=validate.Length(1, 24))


class PulseOfTerm(Strict):
    """The few questions near the end of each term: which survey, how many days before the end, open for how long."""

    survey = _text(r"^[a-z][a-z0-9_]{0,40}$", "the name of a survey")
    days_before_end = _whole(7, 90)
    open_days = _whole(3, 60)


class Safeguarding(Strict):
    """Who hears of words that may tell of a child in danger, how soon, and the school's own words for it by language."""

    role = fields.String(validate=validate.OneOf(("counselor", "principal")))
    within_minutes = _whole(5, 1440)
    words = fields.Dict(
        keys=_text(LANGUAGE, "a language tag, like es"),
        values=fields.List(fields.String(validate=validate.Length(3, 60)), validate=validate.Length(1, 200)),
    )


class Surveys(Strict):
    """What families are asked by itself, from how many answers figures are shown, and words that only one person reads."""

    small_group = _whole(10, 100)
    curious = fields.Nested(CuriousQuestions)
    pulse = fields.Nested(PulseOfTerm)
    safeguarding = fields.Nested(Safeguarding)


class Settings(Strict):
    """What a district sets and a school may override."""

    languages = fields.List(_text(LANGUAGE, "a language tag, like es"), validate=validate.Length(1, 60))
    midterm_release_on = fields.Date()
    holidays = fields.List(fields.Date())
    cultural_days = fields.List(fields.Nested(CulturalDay))
    floor_days = _whole(1, 365)
    concern_floor_days = _whole(1, 365)
    ratio_target = _number(0, 20)
    alert_threshold = _number(0, 100)
    alert_recovery = _number(0, 100)
    quiet_hours = _text(QUIET, 'quiet hours like "20:30-07:00"')
    monthly_cap = _whole(1, 200, allow_none=True)
    intake = fields.Nested(Intake)
    office_hours = fields.List(fields.Nested(OfficeHours))
    availability = fields.Nested(Availability)
    office_phone = _text(PHONE, "a phone number like +13125550100")
    family_friday = fields.Nested(FamilyFriday)
    rhythm = fields.Nested(Rhythm)
    mail = fields.Nested(Mail)
    ladder = fields.Nested(Ladder)
    alerts = fields.Nested(Alerts)
    conversation = fields.Nested(Conversation)
    voice = fields.Nested(Voice)
    loop = fields.Nested(Loop)
    interpreting = fields.Nested(Interpreting)
    review = fields.Nested(Review)
    checkins = fields.Nested(Checkins)
    iep = fields.Nested(Iep)
    surveys = fields.Nested(Surveys)
    rounds = fields.List(fields.Nested(ConferenceRound), validate=validate.Length(max=20))

    @validates_schema
    def _hours_possible(self, data: dict[str, Any], **_: object) -> None:
        found = impossible_hours(data.get("office_hours"), data.get("availability"))
        if found:
            raise ValidationError(found)

    @validates_schema
    def _recovery_above(self, data: dict[str, float], **_: object) -> None:
        low, high = data.get("alert_threshold"), data.get("alert_recovery")
        if low is not None and high is not None and high < low:
            raise ValidationError("expected alert_recovery at or above alert_threshold", "alert_recovery")


def _known_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError("expected a time zone like America/Chicago")


class DistrictSchema(Settings):
    slug = _text(SLUG, "a-z, 0-9 and _", required=True)
    name = fields.String(required=True, validate=validate.Length(1, 120))
    timezone = fields.String(required=True)
    school_year = fields.Nested(SchoolYear, required=True)
    engines = fields.Nested(Engines)  # a district's contracts and consent: no school has its own
    languages = fields.List(_text(LANGUAGE, "a language tag, like es"), required=True, validate=validate.Length(1, 60))

    @validates("timezone")
    def _zone(self, value: str, **_: object) -> None:
        _known_zone(value)


class SchoolSchema(Settings):
    name = fields.String(validate=validate.Length(1, 120))
    timezone = fields.String()

    @validates("timezone")
    def _zone(self, value: str, **_: object) -> None:
        _known_zone(value)


DEFAULTS: dict[str, object] = {
    "floor_days": 30,
    "concern_floor_days": 7,
    "ratio_target": 3.0,
    "alert_threshold": 70.0,
    "alert_recovery": 73.0,
    "quiet_hours": "20:30-07:00",
    "monthly_cap": None,
    "midterm_release_on": None,
    "holidays": [],
    "cultural_days": [],
    "intake": None,
    "office_hours": [],
    "availability": None,
    "office_phone": None,
    "family_friday": None,
    "rhythm": None,
    "mail": None,
    "ladder": None,
    "alerts": None,
    "conversation": None,
    "voice": None,
    "loop": None,
    "interpreting": None,
    "review": None,
    "engines": None,
    "checkins": None,
    "iep": None,
    "surveys": None,
    "rounds": [],
}
