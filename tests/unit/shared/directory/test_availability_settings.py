"""Availability in a district's files: impossible hours are refused with file, line and field; the rest reaches scheduling."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import latest
from shared.directory.config.schemas import SchoolSchema
from shared.directory.finding import Finding, Findings
from shared.directory.folder import load_folder

DISTRICT = """\
slug: riverside
name: Riverside
timezone: America/Chicago
languages: [en, es]
school_year: {start: 2026-09-01, end: 2027-06-11}
"""
FINE = """\
office_hours:
  - {weekday: wed, start: "15:30", end: "16:30", place: annex, seats: 2, notice_minutes: 1440, weeks: odd}
  - {weekday: fri, start: "08:00", end: "08:30", drop_in: true}
availability:
  notice_minutes: 90
  in_a_row: 4
  rest_minutes: 15
  breaks: [{weekday: wed, start: "16:00", end: "16:10"}]
  evening_hours: [{weekday: thu, start: "18:00", end: "19:00"}]
  bell_schedule: [{name: P1, start: "08:00", end: "08:45", weekdays: [mon, tue]}]
  blackouts: [{first: 2026-12-14, last: 2026-12-18, name: Exams}]
  travel: {default_minutes: 5, between: [{one: main, other: annex, minutes: 10}]}
"""


def complaints(tmp_path: Path, text: str) -> list[Finding]:
    (tmp_path / "roster").mkdir()
    (tmp_path / "roster" / "manifest.csv").write_text("")
    (tmp_path / "district.yaml").write_text(DISTRICT)
    (tmp_path / "schools").mkdir()
    (tmp_path / "schools" / "org-a.yaml").write_text(text)
    findings = Findings()
    load_folder(tmp_path, findings)
    return list(findings)


def test_what_can_be_is_accepted_and_is_a_word_of_the_event(tmp_path: Path):
    assert complaints(tmp_path, FINE) == []
    settings = load_folder(tmp_path, Findings()).settings("org-a")
    assert orjson.loads(orjson.dumps(settings["availability"]))["blackouts"][0]["first"] == "2026-12-14"
    assert "availability" in latest("district.school_onboarded").fields


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('office_hours:\n  - {weekday: wed, start: "16:30", end: "15:30"}', "2:", "office_hours.0.end: expected an end after the start"),
        (
            'office_hours:\n  - {weekday: wed, start: "15:30", end: "16:30"}\n  - {weekday: wed, start: "16:00", end: "17:00"}', "3:",
            "office_hours.1.start: overlaps 15:30-16:30",
        ),
        (
            'availability: {slot_minutes: 20}\noffice_hours:\n  - {weekday: wed, start: "15:30", end: "15:40"}', "3:",
            "office_hours.0.end: expected room for a meeting of 20 minutes",
        ),
        ('availability:\n  buffer_minutes: 45\noffice_hours:\n  - {weekday: wed, start: "15:30", end: "16:00"}', "2:", "shortest window"),
        ('availability:\n  blackouts: [{first: 2026-10-09, last: 2026-10-05, name: x}]', "2:", "no earlier than 2026-10-09"),
        ('availability:\n  evening_hours: [{weekday: thu, start: "19:00", end: "18:00"}]', "2:", "evening_hours.0.end"),
        ('availability:\n  breaks: [{weekday: day, start: "12:00", end: "12:30"}]', "2:", "expected mon, tue"),
        ("availability:\n  per_dya: 3", "2:", "did you mean per_day?"),
        ("timezone: America/Chicagoo", "1:", "expected a time zone"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_where_it_stands(tmp_path: Path, text: str, place: str, message: str):
    (found,) = complaints(tmp_path, text + "\n")
    assert found.place.startswith(f"schools/org-a.yaml:{place}") and message in found.message and found.remedy


CLOCK = st.sampled_from(("08:00", "08:30", "12:00", "15:30", "23:55", "24:00", "8", "", None, 5))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "breaks": st.lists(st.dictionaries(st.sampled_from(("weekday", "start", "end")), CLOCK | st.just("wed"))),
            "bell_schedule": st.lists(st.dictionaries(st.sampled_from(("name", "start", "end")), CLOCK)),
            "blackouts": st.lists(st.dictionaries(st.sampled_from(("first", "last", "start", "name")), CLOCK | st.dates())),
            "slot_minutes": st.integers(-5, 500) | st.none(),
        },
    ),
    st.lists(st.dictionaries(st.sampled_from(("weekday", "start", "end", "seats")), CLOCK | st.just("wed"))),
)
def test_no_settings_crash_their_reader(availability: dict[str, object], hours: list[dict[str, object]]):
    SchoolSchema().validate({"availability": availability, "office_hours": hours})
