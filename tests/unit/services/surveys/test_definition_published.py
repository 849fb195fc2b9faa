"""What a school says in its own words is what its families are asked; a file that cannot be asked is refused at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.surveys.tables import ANSWER
from tests.unit.services.surveys.definitions_made import asked, content, options, said, written
from tests.unit.services.surveys.surveyhouse import DISTRICT, GREEN, NORTH, SENT, House

STARTS: dict[str, Any] = {"survey": "made", "whole_school": True, "due_at": "2026-10-01T17:00"}


def folder(tmp_path: Path) -> Path:
    """The district's own: the house reads it where its library does."""
    return tmp_path / "districts" / DISTRICT


def test_families_are_asked_in_their_own_schools_words(house: House, tmp_path: Path) -> None:
    written(folder(tmp_path), content(asked("q")), "surveys/made.yaml")
    changes = {"title": said("Greenview asks"), "questions": {"q": {"text": said("How are you at Greenview?")}}}
    written(folder(tmp_path), {"overlay": "made", "changes": changes}, f"schools/{GREEN}.surveys/made.overlay.yaml")
    house.school(NORTH, intake=None)
    house.advance(SENT)
    started = house.as_office((GREEN,)).post("/surveys/campaigns", json=STARTS)
    assert started.status_code == 201, started.text
    house.work()
    page = house.anyone().get(house.link("g-meera"), headers={"Accept": "text/html"}).text
    assert "Greenview asks" in page
    assert "How are you at Greenview?" in page
    house.as_office((NORTH,)).post("/surveys/campaigns", json=STARTS)
    house.work()
    elsewhere = house.anyone().get(house.link("g-ana"), headers={"Accept": "text/html"}).text
    assert "A few questions" in elsewhere
    assert "Greenview" not in elsewhere.split("<main")[1].split("<form")[0]


def test_a_date_on_the_schools_holiday_is_refused_where_the_survey_is_started(house: House, tmp_path: Path) -> None:
    written(folder(tmp_path), content(asked("q"), deadline="2026-09-07T17:00"), "surveys/made.yaml")  # Labor Day
    house.calendar(GREEN)
    refused = house.as_office().post("/surveys/campaigns", json=STARTS)
    assert refused.status_code >= 400
    assert "deadline is a holiday" in refused.text


def test_a_file_with_a_fault_is_refused_with_its_line_and_nobody_is_asked(house: House, tmp_path: Path) -> None:
    written(folder(tmp_path), content(asked("q", "single")), "surveys/made.yaml")
    refused = house.as_office().post("/surveys/campaigns", json=STARTS)
    assert refused.status_code >= 400
    assert "two options or more" in refused.text
    house.work()
    assert house.invitations() == []


def test_siblings_are_asked_once_and_one_answer_stands_for_each_of_them(house: House, tmp_path: Path) -> None:
    panel = asked("ride", "single", options=options("bus", "walk"), per_child=True)
    written(folder(tmp_path), content(panel), "surveys/made.yaml")
    house.advance(SENT)
    house.as_office().post("/surveys/campaigns", json=STARTS)
    house.work()
    answered = house.anyone().post(house.link("g-ana"), json={"answers": {"ride": {"values": ["bus"]}}, "wish": "send"})
    assert answered.status_code == 200, answered.text
    (kept,) = [row.content for row in house.rows(ANSWER) if row.question_id == "ride"]
    assert {child: each["values"] for child, each in kept["children"].items()} == {
        "s-lucia": ["bus"],
        "s-mateo": ["bus"],
    }
