"""Office hours as a teacher sets them, a week as it is shown, "call me" and who came by: through the pages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from services.scheduling.handlers import booking, notes, roster
from services.scheduling.tables import MEETING, OFFICE_HOURS
from services.scheduling.tables.availability import AVAILABILITY, EXTERNAL_BUSY, WALK_IN
from shared.directory import projection
from shared.store import insert_rows
from tests.unit.services.scheduling.officehours import BROWSER, HOURS, Desk
from tests.unit.services.scheduling.scene import World, calendar, preference, restriction, said, school


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_a_teacher_writes_hours_exceptions_breaks_and_limits_and_reads_them_again(desk: Desk):
    written = {
        "hours": "wed 15:30-16:30 in annex seats 2 notice 24h\nthu 18:00-19:00 evening odd\nfri 08:00-08:30 drop-in",
        "exceptions": "2026-10-14 off\n2026-10-15 14:00-15:00, 16:00-16:30\n2026-10-19 to 2026-10-23 off",
        "breaks_text": "daily 12:00-12:30\nwed 16:00-16:10",
        "before_minutes": "5", "per_day": "4", "in_a_row": "3", "rest_minutes": "15", "opens_at": "2026-09-01T08:00",
    }  # fmt: skip
    assert desk.save(**written).status_code == 303
    (limits,) = desk.world.rows(AVAILABILITY)
    assert (limits.before_minutes, limits.per_day, limits.per_week, limits.opens_at) == (5, 4, None, "2026-09-01T08:00")
    assert limits.days_off == [{"first": "2026-10-19", "last": "2026-10-23"}]
    hours = {row.staff_id: row for row in desk.world.rows(OFFICE_HOURS)}["t-alvarez"]
    assert hours.windows[0]["notice_minutes"] == 24 * 60 and hours.windows[2]["drop_in"] is True
    shown = desk.page(HOURS)
    for line in ("wed 15:30-16:30 in annex seats 2 notice 1d", "thu 18:00-19:00 evening odd", "fri 08:00-08:30 drop-in"):
        assert line in shown
    for line in ("2026-10-14 off", "2026-10-15 14:00-15:00, 16:00-16:30", "2026-10-19 to 2026-10-23 off", "daily 12:00-12:30"):
        assert line in shown
    assert desk.save(**written).status_code == 303 and desk.world.rows(AVAILABILITY)[0].breaks == limits.breaks

    assert desk.save().status_code == 303
    (limits,) = desk.world.rows(AVAILABILITY)
    assert (limits.per_day, limits.breaks, limits.days_off) == (None, [], []), "what is gone from the page is gone"


def test_the_page_shows_what_families_will_be_offered(desk: Desk):
    desk.save(exceptions="2026-10-07 off")
    shown = desk.page(HOURS)
    assert "Wed, Sep 30" in shown and "3:30\u202fPM, 3:40\u202fPM" in shown and "Oct 7" not in shown


def test_what_is_booked_outside_the_new_hours_is_shown_and_stays(desk: Desk):
    desk.save()
    desk.nobody.post(desk.link() + "/call", headers=BROWSER)
    assert "outside these hours" not in desk.page(HOURS)
    for changed in ({"hours": "wed 15:40-16:30"}, {"exceptions": "2026-09-30 off"}, {"breaks_text": "wed 15:30-15:35"}):
        desk.save(**changed)
        shown = desk.page(HOURS).partition("outside these hours")[2]
        assert "Meera Shah" in shown and "Sep 30" in shown
    assert [row.state for row in desk.world.rows(MEETING)] == ["booked"]
    desk.save(hours="wed 15:30-16:30 drop-in")
    assert "outside these hours" not in desk.page(HOURS), "drop-in hours are hours"


def test_the_promise_of_an_answer_is_on_the_card(desk: Desk):
    desk.save(reply_within_school_days="2")
    card = desk.world.events("availability_published")[-1].data
    assert card["reply_within_school_days"] == 2 and card["modes"] == ["phone", "in_person"]


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"hours": "wed 16:30-15:30"}, "hours", "line 1: expected an end after the start"),
        ({"hours": "mon 08:00-09:00\n\nwed 15:30-15:35"}, "hours", "line 3: expected room for a meeting of 10 minutes: there are 5"),
        ({"hours": "mon 08:00-09:00\nmon 08:30-09:30"}, "hours", "line 2: overlaps 08:00-09:00"),
        ({"hours": "mon P1"}, "hours", "line 1: expected a block of the school"),
        ({"hours": "mon 08:00-09:00 sometimes"}, "hours", "line 1: expected a day and hours"),
        ({"hours": "mon 08:00-09:00 seats many"}, "hours", "line 1: expected a day and hours"),
        ({"exceptions": "2026-02-30 off"}, "exceptions", "line 1: expected a day of the calendar"),
        ({"exceptions": "2026-10-14 off\n2026-10-14 08:00-09:00"}, "exceptions", "line 2: 2026-10-14 is there twice"),
        ({"exceptions": "2026-10-20 to 2026-10-19 off"}, "exceptions", "no earlier than 2026-10-20"),
        ({"exceptions": "2026-10-12 08:00-09:00"}, "exceptions", "line 1: the school is closed on 2026-10-12"),
        ({"breaks_text": "daily 15:00-17:00"}, "breaks_text", "breaks leave nothing of wed 15:30-16:30"),
        ({"breaks_text": "noon"}, "breaks_text", "line 1: expected a day (or daily)"),
        ({"buffer_minutes": "30", "before_minutes": "60"}, "before_minutes", "shortest window (60 minutes)"),
        ({"opens_at": "2026-10-05T08:00", "closes_at": "2026-10-04T08:00"}, "closes_at", "after booking opens"),
        ({"opens_at": "2026-02-30T08:00"}, "opens_at", "a day and time at school"),
        ({"notice_minutes": "10000", "days_ahead": "3"}, "notice_minutes", "nothing could be booked"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_saved(desk: Desk, fields: dict[str, str], field: str, text: str):
    with desk.world.unit() as uow:
        projection.calendar_published(uow, [calendar(holidays=[date(2026, 10, 12)], revision=2)])
    answer = desk.save(**fields)
    assert answer.status_code == 422
    said_of = re.search(rf'id="{field}-error1">([^<]*)', answer.text)
    assert said_of is not None and text in said_of.group(1).replace("&#39;", "'")
    for value in fields.values():
        assert value.splitlines()[0] in answer.text, "what was typed is still there"
    assert not desk.world.rows(AVAILABILITY)
    assert all(row.source == "school" for row in desk.world.rows(OFFICE_HOURS))


def test_programs_are_told_the_path_of_the_field(desk: Desk):
    bad = {"windows": [{"weekday": "mon", "start": "08:00", "end": "09:00"}, {"weekday": "mon", "start": "08:30", "end": "09:30"}]}
    answer = desk.alvarez.post(HOURS, json=bad)
    assert answer.status_code == 422 and list(answer.json["errors"]) == ["windows.1.start"]
    missing = desk.alvarez.post(HOURS, json={"windows": [{"weekday": "mon", "start": "08:00"}]})
    assert missing.status_code == 422 and "windows.0.end" in missing.json["errors"]


def test_a_program_changes_one_limit_and_leaves_the_others(desk: Desk):
    windows = [{"weekday": "mon", "start": "08:00", "end": "09:00"}]
    assert desk.alvarez.post(HOURS, json={"windows": windows, "per_day": 3, "per_week": 9}).status_code == 200
    assert desk.alvarez.post(HOURS, json={"windows": windows, "per_day": None, "seats": 2}).status_code == 200
    (limits,) = desk.world.rows(AVAILABILITY)
    assert (limits.per_day, limits.per_week, limits.seats) == (None, 9, 2)


def test_hours_by_a_block_follow_the_bell_schedule(desk: Desk):
    def bells(revision: int, start: str, end: str) -> None:
        event = school(revision=revision)
        data = {**event.data, "availability": {"bell_schedule": [{"name": "P3", "start": start, "end": end}]}}
        with desk.world.unit() as uow:
            roster.school_onboarded(uow, desk.world.ports, [said(event.type, "directory", data)])

    bells(2, "10:00", "10:45")
    assert desk.save(hours="tue P3").status_code == 303
    bells(3, "10:15", "11:00")
    card = desk.world.events("availability_published")[-1].data
    assert [(each["block"], each["start"], each["end"]) for each in card["windows"]] == [("P3", "10:15", "11:00")]


def test_a_week_shows_meetings_busy_times_days_off_and_what_is_free(desk: Desk):
    desk.save(exceptions="2026-10-02 to 2026-10-02 off")
    desk.nobody.post(desk.link() + "/call", headers=BROWSER)
    with desk.world.unit() as uow:
        projection.calendar_published(uow, [calendar(holidays=[date(2026, 10, 1)], revision=2)])
        busy = {"staff_id": "t-alvarez", "source": "ics:1", "start_at": datetime(2026, 9, 28, 14, tzinfo=UTC),
                "end_at": datetime(2026, 9, 28, 15, tzinfo=UTC)}  # fmt: skip
        insert_rows(uow.connection, EXTERNAL_BUSY, [busy])
    shown = desk.page("/scheduling/calendar/week")
    cards = re.findall(r"<section.*?</section>", shown, re.S)
    assert len(cards) == 5 and "Tue, Sep 29" in cards[1] and "today" in cards[1]
    assert "9:00\u202fAM – 10:00\u202fAM" in cards[0] and "Busy elsewhere" in cards[0]
    assert "Meera Shah" in cards[2] and "Riya Shah" in cards[2] and "3:30\u202fPM – 3:40\u202fPM" in cards[2]
    assert "Free: 3:40\u202fPM, 3:50\u202fPM" in cards[2]
    assert "No school" in cards[3] and "Day off" in cards[4]
    assert "Meera Shah" not in desk.page("/scheduling/calendar/week?day=2026-10-07")
    assert desk.alvarez.get("/scheduling/calendar/week?day=someday", headers=BROWSER).status_code == 422


def test_a_meeting_that_one_s_own_calendar_has_taken_since_is_marked(desk: Desk):
    desk.save()
    desk.nobody.post(desk.link() + "/call", headers=BROWSER)
    assert "own calendar" not in desk.page("/scheduling/calendar/week")
    with desk.world.unit() as uow:
        busy = {"staff_id": "t-alvarez", "source": "ics:1", "start_at": datetime(2026, 9, 30, 20, 35, tzinfo=UTC),
                "end_at": datetime(2026, 9, 30, 21, tzinfo=UTC)}  # fmt: skip
        insert_rows(uow.connection, EXTERNAL_BUSY, [busy])
    assert "your own calendar says you are busy" in desk.page("/scheduling/calendar/week")


def test_a_thousand_windows_are_too_many(desk: Desk):
    windows = [{"weekday": "mon", "start": "08:00", "end": "09:00"}] * 1000
    answer = desk.alvarez.post(HOURS, json={"windows": windows})
    assert answer.status_code == 422 and answer.json["errors"] == {"windows": ["expected no more than 100"]}


def test_meera_taps_call_me_in_office_hours_and_gets_the_next_time(desk: Desk):
    desk.save()
    desk.at("2026-09-30T20:32:00")  # Wednesday 15:32
    shown = desk.nobody.get(desk.link(), headers=BROWSER).text
    assert "૩:૪૦" in shown or "3:40" in shown
    answer = desk.nobody.post(desk.link() + "/call", headers=BROWSER)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/scheduling/m/")
    (meeting,) = desk.world.rows(MEETING)
    assert (meeting.kind, meeting.mode, meeting.guardian_id) == ("office_hours", "phone", "g-meera")
    assert meeting.start_at == datetime(2026, 9, 30, 20, 40, tzinfo=UTC)
    (booked,) = desk.world.events("meeting_booked")
    assert booked.data["kind"] == "office_hours"
    assert desk.nobody.get(answer.headers["location"], headers=BROWSER).status_code == 200


def test_a_second_tap_books_nothing_more_and_another_family_gets_the_time_after(desk: Desk):
    desk.save()
    for _ in range(2):
        assert desk.nobody.post(desk.link() + "/call", headers=BROWSER).status_code == 303
    assert len(desk.world.rows(MEETING)) == 1
    desk.nobody.post(desk.link("g-ana", "s-mateo|t-alvarez") + "/call", headers=BROWSER)
    times = sorted((row.start_at.minute, row.guardian_id) for row in desk.world.rows(MEETING))
    assert times == [(30, "g-meera"), (40, "g-ana")]
    assert "ana" not in desk.nobody.get(desk.link(), headers=BROWSER).text.lower(), "nothing of another family on the page"


def test_a_call_is_called_off_by_its_page_and_may_be_booked_again(desk: Desk):
    desk.save()
    desk.nobody.post(desk.link() + "/call", headers=BROWSER)
    (meeting,) = desk.world.rows(MEETING)
    with desk.world.unit() as uow:
        booking.cancel(uow, [meeting.meeting_id], by="guardian")
    again = desk.nobody.post(desk.link() + "/call", headers=BROWSER)
    assert again.status_code == 303 and [row.state for row in desk.world.rows(MEETING)] == ["booked"]


def test_no_call_where_there_is_no_time_or_no_telephone(desk: Desk):
    desk.save(modes=["in_person"])
    shown = desk.nobody.get(desk.link() + "?lang=en", headers=BROWSER).text
    assert "No call can be booked" in shown
    assert desk.nobody.post(desk.link() + "/call", headers=BROWSER).headers["location"].endswith("?missed=1")
    assert not desk.world.rows(MEETING)


def test_who_may_not_meet_the_school_has_no_hours_page(desk: Desk):
    with desk.world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-meera", "s-riya", date(2026, 9, 1))])
    foreign = desk.link("g-ana", "s-riya|t-alvarez"), desk.link("g-ana", "s-mateo|t-okafor"), desk.link("g-ana", "nonsense")
    for path in (desk.link(), *foreign, "/scheduling/hours/forged"):
        assert desk.nobody.get(path, headers=BROWSER).status_code in (404, 410)
        assert desk.nobody.post(path + "/call", headers=BROWSER).status_code in (404, 410)
    assert not desk.world.rows(MEETING)


def test_the_time_is_the_family_s_own_clock(desk: Desk):
    desk.save()
    with desk.world.unit() as uow:
        notes.preference_changed(uow, [preference("g-meera", timezone="America/Los_Angeles")])
    assert "1:30" in desk.nobody.get(desk.link() + "?lang=en", headers=BROWSER).text.translate(str.maketrans("૦૧૨૩૪૫૬૭૮૯", "0123456789"))


def test_who_came_by_is_written_down_with_one_tap(desk: Desk):
    page = desk.page("/scheduling/walk-ins")
    assert "Meera Shah · Riya" in page and "Ana Rivera · Mateo" in page
    assert desk.alvarez.post("/scheduling/walk-ins", form={"family": "s-riya|g-meera"}, headers=BROWSER).status_code == 303
    assert desk.alvarez.post("/scheduling/walk-ins", json={"family": "s-riya|g-meera"}).status_code == 201
    assert [row.guardian_id for row in desk.world.rows(WALK_IN)] == ["g-meera"], "two taps in a minute are one visit"
    (event,) = desk.world.events("walk_in_logged")
    assert (event.data["staff_id"], event.data["student_id"], event.data["guardian_id"]) == ("t-alvarez", "s-riya", "g-meera")
    assert "Meera Shah · Riya" in desk.page("/scheduling/walk-ins").partition("This week")[2].partition("</ul>")[0]


def test_who_may_not_meet_the_school_is_not_among_the_buttons(desk: Desk):
    with desk.world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 1))])
    assert "Daniel" not in desk.page("/scheduling/walk-ins")
    for family in ("s-mateo|g-daniel", "s-riya|g-ana", "s-riya|"):
        assert desk.alvarez.post("/scheduling/walk-ins", json={"family": family}).status_code == 422
    assert desk.alvarez.post("/scheduling/walk-ins", json={"family": "s-nobody|g-ana"}).status_code == 404
    assert not desk.world.rows(WALK_IN)
