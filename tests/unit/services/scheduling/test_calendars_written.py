"""Calendar files as we write them: the instants meant, whoever reads them; lines as RFC 5545 wants them; nobody else's name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.calendars import lines, zones
from services.scheduling.calendars.writer import Entry, File, Method, Person, Rule, Status, duration, write
from shared.benches import calendar_cases as cases
from shared.benches.calendars import compare, write_files

STAMP = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
SCRIPTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)


def entry(start: datetime | date, end: datetime | date, **changes: object) -> Entry:
    whole = {
        "uid": "m-1@riverside.homeroom",
        "stamp": STAMP,
        "summary": "Elena Alvarez · Mateo",
        "zone": "America/Chicago",
    }
    return Entry(start=start, end=end, **{**whole, **changes})  # type: ignore[arg-type]


def wall(text: str, zone: str = "America/Chicago") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@given(SCRIPTS)
def test_no_line_is_longer_than_75_octets_and_no_character_is_cut(text: str):
    folded = lines.fold(f"SUMMARY:{lines.text(text)}")
    assert folded.endswith("\r\n")
    assert all(len(line.encode()) <= lines.OCTETS for line in folded.split("\r\n"))
    assert folded.replace("\r\n ", "").removesuffix("\r\n") == f"SUMMARY:{lines.text(text)}"


@given(SCRIPTS)
def test_a_text_comes_back_as_it_was_without_what_no_reader_agrees_on(text: str):
    ics = write(
        File((entry(wall("2026-10-07T18:00"), wall("2026-10-07T18:20"), summary=text or "x", description=text),))
    )
    [event] = icalendar.Calendar.from_ical(ics).walk("VEVENT")
    assert str(event["SUMMARY"]) == lines.clean(text or "x")
    assert len(ics.split("BEGIN:VEVENT")) == 2, "a text cannot begin an event of its own"


@given(SCRIPTS)
def test_a_name_cannot_write_a_parameter_or_an_address_of_its_own(name: str):
    person = Person(name, "ana@example.org")
    ics = write(File((entry(wall("2026-10-07T18:00"), wall("2026-10-07T18:20"), attendee=person),), Method.REQUEST))
    [event] = icalendar.Calendar.from_ical(ics).walk("VEVENT")
    assert str(event["ATTENDEE"]) == "mailto:ana@example.org"
    assert set(event["ATTENDEE"].params) <= {"CN", "CUTYPE", "ROLE", "PARTSTAT", "RSVP"}


@pytest.mark.parametrize("zone", [*cases.ZONES, "Africa/Casablanca", "America/Havana", "Asia/Gaza", "Antarctica/Troll"])
def test_the_zone_in_a_file_is_the_zone_of_the_database_every_six_hours(zone: str):
    component = icalendar.Calendar.from_ical(
        lines.document(["BEGIN:VCALENDAR", *zones.component(zone, 2026, 2035), "END:VCALENDAR"])
    ).walk("VTIMEZONE")[0]
    tz, ours = ZoneInfo(zone), component.to_tz(lookup_tzid=False)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    differing = []
    while at.year < 2036:
        local = at.astimezone(tz)
        if local.replace(tzinfo=ours).utcoffset() != local.utcoffset() and not _doubled(local):
            differing.append(at)
        at += timedelta(hours=6)
    assert differing == []


def _doubled(local: datetime) -> bool:
    """A wall time that comes twice has no one offset."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def test_a_zone_is_written_without_rdate_and_without_until_which_readers_get_wrong():
    for zone in (*cases.ZONES, "Africa/Casablanca", "Asia/Gaza"):
        assert not [line for line in zones.component(zone, 2026, 2035) if "RDATE" in line or "UNTIL" in line]


def test_a_zone_of_regular_changes_is_short():
    assert len(zones.component("America/Chicago", 2026, 2035)) < 25


def test_an_evening_keeps_its_wall_time_over_the_change_of_clocks():
    start, end = wall("2026-10-28T18:00"), wall("2026-10-28T18:20")
    ics = write(File((entry(start, end, rule=Rule("FREQ=WEEKLY;COUNT=3")),)))
    found = [each["DTSTART"].dt for each in recurring_ical_events.of(icalendar.Calendar.from_ical(ics)).all()]
    assert [at.astimezone(CHICAGO).strftime("%d %H:%M") for at in found] == ["28 18:00", "04 18:00", "11 18:00"]
    assert [at.astimezone(UTC).hour for at in found] == [23, 0, 0]


def test_a_whole_day_is_a_date_in_every_zone():
    ics = write(File((entry(date(2026, 10, 12), date(2026, 10, 13)),)))
    assert "DTSTART;VALUE=DATE:20261012" in ics and "VTIMEZONE" not in ics


def test_a_meeting_that_is_off_says_so_and_rings_no_bell():
    off = entry(
        wall("2026-10-07T18:00"),
        wall("2026-10-07T18:20"),
        status=Status.CANCELLED,
        sequence=2,
        alarm=timedelta(hours=1),
    )
    [event] = icalendar.Calendar.from_ical(write(File((off,), Method.CANCEL))).walk("VEVENT")
    assert (event["STATUS"], event["SEQUENCE"], event["CLASS"]) == ("CANCELLED", 2, "PRIVATE")
    assert event.walk("VALARM") == []


def test_the_same_content_is_the_same_bytes():
    file = File(
        (entry(wall("2026-10-07T18:00"), wall("2026-10-07T18:20"), alarm=timedelta(minutes=30)),), Method.REQUEST
    )
    assert write(file) == write(file)


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (timedelta(minutes=30), "PT30M"),
        (timedelta(days=1), "P1D"),
        (timedelta(hours=26, minutes=5), "P1DT2H5M"),
        (timedelta(0), "PT0S"),
    ],
)
def test_durations_are_written_as_the_standard_has_them(length: timedelta, written: str):
    assert duration(length) == written


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10_000))
def test_two_python_readers_mean_the_instants_that_we_mean(tmp_path_factory: pytest.TempPathFactory, seed: int):
    """The small sister of `./homeroom bench calendars`, which asks five."""
    folder: Path = tmp_path_factory.mktemp("ics")
    wanted = list(cases.cases(80, seed))
    write_files(wanted, folder)
    for read in (_icalendar, _vobject):
        events: dict[str, list[list[object]]] = {}
        for path in folder.glob("*.ics"):
            for uid, row in read(path.read_bytes().decode()):
                events.setdefault(uid, []).append(row)
        found = compare(wanted, {"events": events, "broken": {}})
        assert (found["differing"], found["texts"]) == (0, 0), found["examples"]


def _icalendar(text: str) -> list[tuple[str, list[object]]]:
    events = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between((2025, 12, 1), (2037, 2, 1))
    return [_row(str(e["UID"]), e["DTSTART"].dt, e["DTEND"].dt, str(e["SUMMARY"]), str(e["STATUS"])) for e in events]


def _vobject(text: str) -> list[tuple[str, list[object]]]:
    events = list(vobject.readOne(text).vevent_list)
    moved = {(e.uid.value, _key(e.recurrence_id.value)) for e in events if hasattr(e, "recurrence_id")}
    found = []
    for event in events:
        start, end = event.dtstart.value, event.dtend.value
        series = hasattr(event, "rrule") and not hasattr(event, "recurrence_id")
        for at in event.getrruleset(addRDate=True) if series else [start]:
            if not series or (event.uid.value, _key(at)) not in moved:
                found.append(_row(event.uid.value, at, at + (end - start), event.summary.value, event.status.value))
    return found


def _row(uid: str, start: datetime | date, end: datetime | date, text: str, status: str) -> tuple[str, list[object]]:
    from shared.benches.calendars import mark

    return uid, [_key(start), _key(end), mark(text), status]


def _key(at: datetime | date) -> int | str:
    return int(at.timestamp()) if isinstance(at, datetime) else at.isoformat()
