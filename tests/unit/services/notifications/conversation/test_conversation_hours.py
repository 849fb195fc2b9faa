"""When words are read and by when they are answered: for any hours, calendar, zone and moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifications.domain.hours import WEEKDAYS, SchoolDays, Span, StaffHours, hours_of, span_of, spans_of
from services.notifications.domain.replies import OpenQuestion, belongs_to

CHICAGO = ZoneInfo("America/Chicago")
FALL = SchoolDays(frozenset({date(2026, 11, 26), date(2026, 11, 27)}), ((date(2026, 9, 1), date(2026, 12, 18)),))
ZONES = st.sampled_from(["America/Chicago", "America/New_York", "America/Los_Angeles", "Pacific/Auckland", "UTC", "Asia/Kathmandu"])
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=729)).map(lambda after: NEW_YEAR + after)
CLOCKS = st.times(time(5, 0), time(21, 0)).map(lambda at: at.replace(second=0, microsecond=0))


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(CLOCKS)
    end = draw(CLOCKS.filter(lambda at: at != start))
    return Span(min(start, end), max(start, end))


@st.composite
def hours(draw: st.DrawFn) -> StaffHours:
    begins = draw(st.dates(date(2026, 1, 1), date(2027, 6, 1)))
    holidays = draw(st.sets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=30))
    terms = draw(st.sampled_from([(), ((begins, begins + timedelta(days=120)),), ((begins, begins + timedelta(days=400)),)]))
    windows = draw(st.lists(st.tuples(st.sampled_from(WEEKDAYS), spans()), max_size=4))
    return StaffHours(
        ZoneInfo(draw(ZONES)), SchoolDays(frozenset(holidays), terms), draw(spans()), tuple(windows), draw(st.integers(0, 3))
    )


# a term that comes within what is looked ahead while one looks
FAR_TERM = StaffHours(ZoneInfo("America/Chicago"), SchoolDays(terms=((date(2027, 2, 13), date(2027, 6, 13)),)))


@example(FAR_TERM, NEW_YEAR + timedelta(days=9))
@given(hours(), MOMENTS)
def test_words_are_never_read_before_they_come_nor_outside_the_hours(mine: StaffHours, moment: datetime) -> None:
    read = mine.read_at(moment)
    assert read >= moment
    local = read.astimezone(mine.zone)
    if any(mine.days.has(local.date() + timedelta(days=n)) for n in range(-1, 2)):
        own = [mine.day, *(span for name, span in mine.windows if name == WEEKDAYS[local.weekday()])]
        assert any(
            mine.instant(local.date(), span.start) <= read < mine.instant(local.date(), span.end) for span in own
        )
    assert mine.read_at(read) == read, "once read, it is read"


@given(hours(), MOMENTS, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_who_writes_later_is_not_read_or_answered_earlier(mine: StaffHours, moment: datetime, after: timedelta) -> None:
    assert mine.read_at(moment + after) >= mine.read_at(moment)
    assert mine.answer_due(moment + after) >= mine.answer_due(moment)


@given(hours(), MOMENTS)
def test_an_answer_is_due_on_a_later_day_than_the_words_are_read(mine: StaffHours, moment: datetime) -> None:
    read_on = mine.read_at(moment).astimezone(mine.zone).date()
    due = mine.answer_due(moment).astimezone(mine.zone)
    assert due.date() > read_on and due.time() == mine.answer_by
    known = [read_on + timedelta(days=n) for n in range(1, 30)]
    if sum(mine.days.has(day) for day in known) >= max(1, mine.within_school_days):
        assert mine.days.has(due.date())


@pytest.mark.parametrize(
    ("wrote", "reads", "answers"),
    [
        ("2026-10-03T21:00", "2026-10-05T07:30", "2026-10-06T16:00"),  # Saturday night (F25)
        ("2026-10-06T10:00", "2026-10-06T10:00", "2026-10-07T16:00"),  # at school
        ("2026-10-09T17:00", "2026-10-12T07:30", "2026-10-13T16:00"),  # Friday, the minute the day ends
        ("2026-11-25T20:00", "2026-11-30T07:30", "2026-12-01T16:00"),  # before Thanksgiving
        ("2026-10-31T12:00", "2026-11-02T07:30", "2026-11-03T16:00"),  # the weekend the clocks go back
        ("2026-10-07T19:15", "2026-10-07T19:15", "2026-10-08T16:00"),  # her evening window
    ],
)
def test_hours_on_the_schools_own_wall_clock(wrote: str, reads: str, answers: str) -> None:
    mine = StaffHours(CHICAGO, FALL, windows=(("wed", Span(time(19), time(20))),))
    moment = datetime.fromisoformat(wrote).replace(tzinfo=CHICAGO).astimezone(UTC)
    assert f"{mine.read_at(moment).astimezone(CHICAGO):%Y-%m-%dT%H:%M}" == reads
    assert f"{mine.answer_due(moment).astimezone(CHICAGO):%Y-%m-%dT%H:%M}" == answers


def test_after_the_last_term_of_the_calendar_weekdays_hold() -> None:
    mine = StaffHours(CHICAGO, FALL)
    read = mine.read_at(datetime(2030, 6, 1, 12, 0, tzinfo=UTC))  # a Saturday
    assert f"{read.astimezone(CHICAGO):%a %H:%M}" == "Mon 07:30"


def test_what_cannot_be_read_in_a_card_or_a_setting_leaves_the_default() -> None:
    assert spans_of([{"weekday": "wed", "start": "16:30", "end": "15:30"}, {"weekday": "noday", "start": "8:00"}]) == ()
    assert span_of({"start": "x", "end": "y"}) is None
    school = {"timezone": "America/Chicago", "settings": {"rhythm": {"work_starts": "08:00", "work_ends": "15:00"}, "conversation": {"answer_by": "nine"}}}
    mine = hours_of(school, None, {"windows": [], "reply_within_school_days": 2})
    assert (mine.day, mine.within_school_days, mine.answer_by) == (Span(time(8), time(15)), 2, time(16))


@pytest.mark.parametrize(
    ("text", "asked", "found"),
    [
        ("1", ["meeting_offer", "concern"], "concern"),
        ("1", ["concern", "meeting_offer"], "meeting_offer"),
        ("3", ["meeting_offer", "concern"], "meeting_offer"),
        ("no todavía", ["survey", "concern"], "survey"),
        ("no todavía", ["concern"], None),
        ("2", ["survey", "concern"], "concern"),
    ],
)
def test_a_digit_answers_what_was_asked_last_and_words_answer_no_digits_question(text: str, asked: list[str], found: str | None) -> None:
    """`asked` in the order of asking."""
    now = datetime(2026, 9, 29, tzinfo=UTC)
    questions = [OpenQuestion(kind, kind, now + timedelta(minutes=n), now + timedelta(days=1)) for n, kind in enumerate(asked)]
    question = belongs_to(questions, text, now)
    assert (question.kind if question else None) == found
