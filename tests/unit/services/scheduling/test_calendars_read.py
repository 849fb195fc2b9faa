"""Busy times out of other people's calendar files: right across changes of clocks, and never a crash on what is no calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from services.scheduling.calendars.component import LARGEST, Fault, Unreadable, parse, unescaped
from services.scheduling.calendars.lines import text
from services.scheduling.calendars.reading import Busy, busy, merged
from services.scheduling.calendars.several import Request, several
from services.scheduling.elsewhere import apart
from services.scheduling.elsewhere.http import Failed
from shared.clock import monotonic

HOME = ZoneInfo("America/Chicago")
START, UNTIL = datetime(2026, 9, 29, tzinfo=UTC), datetime(2026, 12, 29, tzinfo=UTC)


def event(*lines: str, uid: str = "a@x", name: str = "VEVENT") -> str:
    return "\r\n".join([f"BEGIN:{name}", f"UID:{uid}", *lines, f"END:{name}", ""])


def file(*events: str, zones: str = "") -> str:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{zones}{''.join(events)}END:VCALENDAR\r\n"


def read(*events: str, zones: str = "", **changes: object) -> Busy:
    return busy(file(*events, zones=zones), **{"home": HOME, "start": START, "until": UNTIL, **changes})  # type: ignore[arg-type]


def wall(result: Busy, zone: ZoneInfo = HOME) -> list[str]:
    return [f"{a.astimezone(zone):%m-%d %H:%M}-{b.astimezone(zone):%H:%M}" for a, b in result.intervals]


def test_an_appointment_in_the_zone_of_the_database():
    found = read(event("DTSTART;TZID=America/New_York:20261007T180000", "DTEND;TZID=America/New_York:20261007T190000"))
    assert wall(found) == ["10-07 17:00-18:00"] and found.notes == ()


@pytest.mark.parametrize(
    "tzid",
    [
        "Central Standard Time",
        "america/chicago",
        "/freeassociation.sourceforge.net/Tzfile/America/Chicago",
        '"America/Chicago"',
    ],
)
def test_a_zone_by_windows_name_a_vendor_s_prefix_or_another_spelling(tzid: str):
    found = read(event(f"DTSTART;TZID={tzid}:20261007T180000", "DURATION:PT1H"))
    assert wall(found) == ["10-07 18:00-19:00"] and found.notes == ()


def test_a_zone_that_only_the_file_knows():
    own = (
        "BEGIN:VTIMEZONE\r\nTZID:Customized\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0530\r\n"
        "TZOFFSETTO:+0530\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    found = read(event("DTSTART;TZID=Customized:20261007T180000", "DURATION:PT30M"), zones=own)
    assert wall(found, ZoneInfo("Asia/Kolkata")) == ["10-07 18:00-18:30"] and found.notes == ()


def test_an_unknown_zone_is_named_and_read_as_the_reader_s_own():
    found = read(event("DTSTART;TZID=Mars/Olympus:20261007T180000", "DURATION:PT30M"))
    assert wall(found) == ["10-07 18:00-18:30"] and found.notes == (("zone", 1),)


def test_floating_times_and_whole_days_are_the_reader_s_own():
    found = read(
        event("DTSTART:20261007T180000", "DTEND:20261007T183000"), event("DTSTART;VALUE=DATE:20261101", uid="b@x")
    )
    assert wall(found) == ["10-07 18:00-18:30", "11-01 00:00-00:00"]
    begin, end = found.intervals[1]
    assert end - begin == timedelta(hours=25), "the day on which the clocks go back"


def test_a_weekly_evening_keeps_its_wall_time_over_the_change_of_clocks():
    found = read(event("DTSTART;TZID=America/Chicago:20261014T180000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=5"))
    assert wall(found) == [f"{day} 18:00-19:00" for day in ("10-14", "10-21", "10-28", "11-04", "11-11")]


def test_a_repetition_on_a_skipped_hour_does_not_take_place_and_a_single_event_there_is_named():
    window = {"start": datetime(2027, 3, 1, tzinfo=UTC), "until": datetime(2027, 4, 1, tzinfo=UTC)}
    daily = read(
        event("DTSTART;TZID=America/Chicago:20270313T023000", "DURATION:PT15M", "RRULE:FREQ=DAILY;COUNT=3"), **window
    )
    assert wall(daily) == ["03-13 02:30-02:45", "03-15 02:30-02:45"]
    single = read(event("DTSTART;TZID=America/Chicago:20270314T023000", "DURATION:PT15M"), **window)
    assert wall(single) == ["03-14 03:30-03:45"] and single.notes == (("gap", 1),)


def test_what_is_off_free_or_ours_blocks_nothing():
    at = ("DTSTART:20261007T180000Z", "DTEND:20261007T190000Z")
    assert (
        read(
            event(*at, "STATUS:CANCELLED", uid="1"),
            event(*at, "TRANSP:TRANSPARENT", uid="2"),
            event(*at, "X-MICROSOFT-CDO-BUSYSTATUS:FREE", uid="3"),
            event(*at, uid="m-1@riverside.homeroom"),
            ours=lambda uid: uid.endswith("@riverside.homeroom"),
        ).intervals
        == ()
    )


def test_exceptions_of_a_series_are_off_or_elsewhere():
    at = ("DTSTART;TZID=America/Chicago:20261007T180000", "DTEND;TZID=America/Chicago:20261007T190000")
    found = read(
        event(*at, "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=America/Chicago:20261014T180000"),
        event(
            "RECURRENCE-ID;TZID=America/Chicago:20261021T180000",
            "DTSTART;TZID=America/Chicago:20261022T090000",
            "DTEND;TZID=America/Chicago:20261022T093000",
        ),
        event("RECURRENCE-ID;TZID=America/Chicago:20261028T180000", *at, "STATUS:CANCELLED"),
    )
    assert wall(found) == ["10-07 18:00-19:00", "10-22 09:00-09:30"]


def test_free_busy_answers_are_read_too():
    found = read(
        event(
            "FREEBUSY;FBTYPE=BUSY:20261007T180000Z/PT1H,20261008T180000Z/20261008T183000Z",
            "FREEBUSY;FBTYPE=FREE:20261009T180000Z/PT1H",
            name="VFREEBUSY",
        )
    )
    assert len(found.intervals) == 2


def test_a_rule_without_an_end_ends_where_we_stop_looking():
    found = read(event("DTSTART:19950102T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"))
    assert len(found.intervals) == (UNTIL - START).days


@pytest.mark.parametrize(
    ("rule", "note"),
    [
        ("FREQ=SECONDLY", "too_often"),
        (
            "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=" + ",".join(map(str, range(60))),
            "too_often",
        ),
        ("FREQ=SOMETIMES", "rule"),
        ("FREQ=DAILY;UNTIL=yesterday", "rule"),
        ("FREQ=WEEKLY;BYDAY=XX", "rule"),
        ("RSCALE=HEBREW;FREQ=YEARLY", "rule"),
    ],
)
def test_a_rule_nobody_can_follow_is_named_and_its_first_time_kept(rule: str, note: str):
    found = read(
        event("DTSTART:20261007T180000Z", "DURATION:PT1M", f"RRULE:{rule}"), start=datetime(2026, 9, 29, tzinfo=UTC)
    )
    assert (note, 1) in found.notes and found.intervals[0][0] == datetime(2026, 10, 7, 18, tzinfo=UTC)


def test_a_rule_that_never_happens_costs_nothing():
    begun = monotonic()
    found = read(event("DTSTART:20261007T180000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3"))
    assert len(found.intervals) == 1 and monotonic() - begun < 5


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", Fault.NO_CALENDAR),
        (b"<!doctype html><html>Sign in</html>", Fault.NO_CALENDAR),
        (b"BEGIN:VCARD\r\nEND:VCARD\r\n", Fault.NO_CALENDAR),
        (file(event("DTSTART:20261007T180000Z")).encode()[:-30], Fault.TRUNCATED),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n", Fault.SHAPE),
        (b"BEGIN:VCALENDAR\r\n" * 20, Fault.TOO_MANY),
        (b"x" * (LARGEST + 1), Fault.TOO_LARGE),
        (b"\x00\xff\xfe" * 50, Fault.NO_CALENDAR),
    ],
)
def test_a_file_that_is_no_calendar_says_what_is_wrong_with_it(raw: bytes, fault: Fault):
    with pytest.raises(Unreadable) as told:
        busy(raw, home=HOME, start=START, until=UNTIL)
    assert told.value.fault is fault


def test_what_cannot_be_understood_is_counted_and_the_rest_read():
    found = read(
        event("DTSTART:20261007T180000Z", "DTEND:20261007T190000Z"),
        event("DTSTART:20261399T180000Z", uid="b"),
        event("DTSTART:20261008T180000Z", "DTEND:20261007T190000Z", uid="c"),
        event("SUMMARY:no start", uid="d"),
        event("DTSTART:20261009T180000Z", "DURATION:P900D", uid="e"),
        "no content line\r\n",
    )
    assert wall(found, ZoneInfo("UTC")) == ["10-07 18:00-19:00"]
    assert dict(found.notes) == {"moment": 2, "event": 1, "too_long": 1, "line": 1}


@given(st.text(max_size=200))
def test_a_text_is_read_back_as_it_was_written(value: str):
    plain = "".join(char for char in value if char == "\n" or (ord(char) > 31 and ord(char) != 127))
    assert unescaped(text(plain)) == plain


PIECES = st.sampled_from(
    ["BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "DTSTART:20261007T180000Z", "DTEND:2026", "RRULE:FREQ=DAILY",
     "RRULE:COUNT=", "EXDATE:,,", "DTSTART;TZID=:20261007T180000", "RECURRENCE-ID;RANGE=x:1", " folded", "DURATION:-P1D", ";:", "UID:a",
     "RDATE;VALUE=PERIOD:20261008T180000Z/PT1H", "TZID:x", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "FREEBUSY:/", "DTSTART;VALUE=DATE:20261007"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.one_of(PIECES, st.text(max_size=30)), max_size=25))
@example(
    [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        "DTSTART:99991231T235959Z",
        "DURATION:PT9999999S",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
)
@example(
    ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;TZID=../../etc/passwd:20261007T180000", "END:VEVENT", "END:VCALENDAR"]
)
def test_no_file_whatever_is_in_it_makes_the_reader_fall_over(pieces: list[str]):
    try:
        found = busy("\r\n".join(pieces), home=HOME, start=START, until=UNTIL)
    except Unreadable:
        return
    assert found.intervals == merged(found.intervals)
    assert all(START <= begin < end <= UNTIL for begin, end in found.intervals)


ZONES = ("America/Chicago", "Europe/Berlin", "Asia/Kolkata", "Australia/Sydney", "America/St_Johns")
FREQUENCIES = (
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=WEEKLY;BYDAY=MO,TH",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=YEARLY",
)


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 1)).map(lambda at: at.replace(microsecond=0, second=0)),  # noqa: DTZ001 - wall times
    st.sampled_from(ZONES),
    st.sampled_from(FREQUENCIES),
    st.one_of(st.just(""), st.integers(1, 60).map(lambda n: f";COUNT={n}"), st.just(";UNTIL=20261120T120000Z")),
)
def test_a_series_is_where_another_reader_has_it(at: datetime, zone: str, rule: str, end: str):
    raw = file(event(f"DTSTART;TZID={zone}:{at:%Y%m%dT%H%M%S}", "DURATION:PT45M", f"RRULE:{rule}{end}"))
    theirs = set()
    for each in recurring_ical_events.of(Calendar.from_ical(raw)).between(START - timedelta(hours=1), UNTIL):
        begin = each["DTSTART"].dt
        # both that reader and dateutil emit wall times that do not exist; RFC 5545 §3.3.10 leaves them out
        exists = begin.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == begin.replace(tzinfo=None)
        if (exists or begin.replace(tzinfo=None) == at) and begin.astimezone(UTC) + timedelta(minutes=45) > START:
            theirs.add(begin.astimezone(UTC))
    ours = busy(raw, home=HOME, start=START, until=UNTIL).intervals
    assert {max(begin, START) for begin in theirs if begin < UNTIL} == {begin for begin, _ in ours}


def test_a_large_calendar_is_read_in_seconds():
    lines = [
        event(
            f"DTSTART:20261{n % 3}{n % 27 + 1:02d}T{n % 24:02d}0000Z",
            "DURATION:PT30M",
            "SUMMARY:" + "x" * 60,
            uid=str(n),
        )
        for n in range(15_000)
    ]
    raw = file(*lines).encode()
    begun = monotonic()
    assert len(parse(raw)[0].parts) == 15_000
    busy(raw, home=HOME, start=START, until=UNTIL)
    assert monotonic() - begun < 10


def many(count: int) -> Request:
    items = [
        file(event(f"DTSTART:202610{n % 27 + 1:02d}T{n % 24:02d}0000Z", "DURATION:PT30M", uid=str(n)))
        for n in range(count)
    ]
    return Request([*items, "garbage"], HOME, START, UNTIL, "@riverside.homeroom")


def test_a_large_calendar_is_read_in_another_process_with_the_same_result():
    large = many(400)
    assert large.size > apart.SMALL
    assert apart.read(large) == several(large)
    assert apart.read(large).notes == (("event", 1),)


def test_a_large_calendar_of_garbage_says_so_as_a_small_one_does():
    for size in (10, apart.SMALL + 1):
        with pytest.raises(Unreadable) as told:
            apart.read(Request(["x" * size], HOME, START, UNTIL, ""))
        assert told.value.fault is Fault.NO_CALENDAR


def test_a_reader_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(apart, "LONGEST_S", 0.01)
    with pytest.raises(Failed):
        apart.read(many(400))


def test_one_item_that_cannot_be_read_does_not_hide_the_others():
    found = several(
        Request([file(event("DTSTART:20261007T180000Z", "DURATION:PT1H")), "garbage"], HOME, START, UNTIL, "@ours")
    )
    assert len(found.intervals) == 1 and found.notes == (("event", 1),)
