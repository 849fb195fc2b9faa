"""Starting a survey: chosen, seen in every language and way, warned about its day, and put out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.surveys.definitions import load
from services.surveys.tables import CAMPAIGN
from services.surveys.web.lead_checks import Warn, day_warnings, unspoken
from tests.unit.services.surveys.surveyhouse import SENT, House

HTML = {"Accept": "text/html"}
TERM = [{"starts_on": "2026-09-01", "ends_on": "2026-12-18"}]


@pytest.fixture
def sent(house: House) -> House:
    house.advance(SENT)
    return house


def test_the_list_shows_every_shipped_survey_and_what_is_wrong_with_a_faulty_one(sent: House, tmp_path: Path) -> None:
    folder = tmp_path / "districts" / "riverside" / "surveys"
    folder.mkdir(parents=True)
    (folder / "broken.yaml").write_text("survey: broken\n")
    page = sent.as_office().get("/surveys/start", headers=HTML)
    assert page.status_code == 200
    for name in ("intake", "welcome", "conference_feedback", "needs", "trust_pulse", "poll", "barriers"):
        assert f"/surveys/start/{name}" in page.text
    assert "/surveys/start/broken" not in page.text
    assert 'class="error"' in page.text


@pytest.mark.parametrize("mode", ["web", "sms", "voice"])
@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_the_preview_speaks_each_language_in_each_way(sent: House, language: str, mode: str) -> None:
    page = sent.as_office().get(f"/surveys/start/intake?language={language}&mode={mode}", headers=HTML)
    assert page.status_code == 200
    question = sent.ports.library.find("riverside", "intake").survey.questions[0]
    words = {"web": question.text, "sms": question.sms, "voice": question.spoken}[mode]
    assert words[language] in page.text


def test_paper_is_previewed_as_the_file_it_is(sent: House) -> None:
    answer = sent.as_office().get("/surveys/start/intake/paper.pdf?language=ar")
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")


def test_a_day_on_a_holiday_is_asked_about_once_and_taken_when_meant(sent: House) -> None:
    form = {"whole_school": "true", "due_at": "2026-09-07T17:00"}
    before = len(sent.rows(CAMPAIGN))
    warned = sent.as_office().post("/surveys/start/trust_pulse", form=form)
    assert warned.status_code == 422
    assert "The school is closed on that day." in warned.text
    assert len(sent.rows(CAMPAIGN)) == before
    meant = sent.as_office().post("/surveys/start/trust_pulse", form={**form, "read": "true"})
    assert (meant.status_code, meant.headers["Location"]) == (303, "/surveys/assignments")
    assert len(sent.rows(CAMPAIGN)) == before + 1


def test_a_teacher_puts_it_to_their_own_class_only(sent: House) -> None:
    form = {"class_id": "class-3a", "due_at": "2026-09-15T17:00"}
    assert sent.as_staff("t-okafor", schools=("org-northgate",)).post("/surveys/start/trust_pulse", form=form).status_code == 403
    assert sent.as_staff().post("/surveys/start/trust_pulse", form=form).status_code == 303
    assert sent.as_staff().post("/surveys/start/trust_pulse", form={"due_at": "2026-09-15T17:00"}).status_code == 422


def test_an_edit_of_a_running_survey_is_shown_with_what_it_does(sent: House, tmp_path: Path) -> None:
    assert "has changed since" not in sent.as_office().get("/surveys/start/intake", headers=HTML).text
    shipped = Path(load.__globals__["__file__"]).with_name("intake.yaml")
    content = yaml.safe_load(shipped.read_text())
    content["title"]["en"] = "Getting to know you"
    folder = tmp_path / "districts" / "riverside" / "surveys"
    folder.mkdir(parents=True)
    (folder / "intake.yaml").write_text(yaml.safe_dump(content, allow_unicode=True))
    page = sent.as_office().get("/surveys/start/intake", headers=HTML).text
    assert "Only words and dates" in page
    assert "Still open: 3." in page


def test_families_whose_language_is_missing_are_counted(sent: House) -> None:
    sent.guardian("g-dilnoza", "s-sam", language="uz")
    assert "Not in this survey: uz (1 " in sent.as_office().get("/surveys/start/intake", headers=HTML).text
    assert unspoken(("en", "es"), {"es-MX": 4, "vi": 2}) == {"vi": 2}


@given(day=st.dates(date(2026, 8, 1), date(2027, 1, 31)), today=st.dates(date(2026, 8, 1), date(2026, 12, 1)))
def test_every_reason_against_a_day_is_named(day: date, today: date) -> None:
    found = day_warnings(day, today=today, terms=TERM, holidays=["2026-11-26"])
    assert (Warn.WEEKEND in found) == (day.isoweekday() > 5)
    assert (Warn.HOLIDAY in found) == (day == date(2026, 11, 26))
    assert (Warn.NO_TERM in found) == (not date(2026, 9, 1) <= day <= date(2026, 12, 18))
    assert (Warn.SHORT in found) == ((day - today).days < 5)
