"""The office's pages through the built app, without JavaScript."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from services.notifications.channels.port import ChannelError
from services.notifications.domain.sending import GUARDED
from services.notifications.handlers import ladder
from services.notifications.store import ladder as climb
from services.notifications.tables import MESSAGE
from tests.unit.services.notifications.paper.papermill import LAN, LANS_NUMBER, Mill, text_of
from tests.unit.services.notifications.test_notifications_web import Site

PRINT = "/notifications/print"
CALLS = "/notifications/calls"


@pytest.fixture
def site(mill: Mill) -> Site:
    with mill.district.transaction() as uow:
        ladder.plan_beats(uow, ["greenview"])
    mill.district.sms.refuses[LANS_NUMBER] = ChannelError("sms_30005", permanent=True)
    mill.write()
    return Site(mill.district)


@pytest.fixture
def office(site: Site):
    return site.as_("o-office", "office")


def make(mill: Mill, office) -> str:
    made = office.post(f"{PRINT}/schools/greenview/runs", form={"duplex": "true"})
    assert made.status_code == 303
    mill.make()
    return made.headers["location"]


def test_the_office_prints_and_marks_letters_with_plain_forms(mill, site, office):
    page = office.get(PRINT)
    assert "Letters waiting: 1" in page.text and "Lan Nguyen" in page.text and "Vietnamese" in page.text
    assert "Every other way failed" in page.text and "<script" not in page.text
    run = make(mill, office)
    inside = office.get(run)
    assert "Download part 1 (pages: 2)" in inside.text and "to be given" in inside.text
    file = office.get(f"{run}/1")
    assert file.headers["content-type"] == "application/pdf" and file.content.startswith(b"%PDF-")
    assert "Dear Lan (grandmother)," in text_of(file.content)
    viewed = [event.data for event in mill.district.said if event.type == "district.record_viewed"]
    assert [(one["viewer_id"], one["action"], one["subject_id"]) for one in viewed] == [("o-office", "print", LAN)]
    marked = office.post(f"{run}/outcome", form={"letter_id": mill.delivery()["delivery_id"], "outcome": "handed_over"})
    assert "Noted: 1." in office.get(marked.headers["location"]).text
    assert mill.delivery()["state"] == "delivered"
    assert "No letter waits." in office.get(PRINT).text


def test_a_letter_that_must_not_go_is_pulled_and_the_office_told_to_take_it_out(mill, office):
    run = make(mill, office)
    mill.forbid()
    marked = office.post(f"{run}/outcome", form={"all_open": "true", "outcome": "handed_over"})
    assert "Do not give these, take them out: 1." in office.get(marked.headers["location"]).text
    assert "must not be given any more" in office.get(run).text


def test_pressing_twice_makes_one_run(mill, office):
    form = {"_once": "abc"}
    first, second = (office.post(f"{PRINT}/schools/greenview/runs", form=form) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]


@pytest.mark.parametrize(("person", "role", "school"), [("t-alvarez", "teacher", "greenview"), ("o-north", "office", "northgate")])
def test_other_peoples_letters_are_not_shown(mill, site, office, person, role, school):
    run = make(mill, office)
    other = site.as_(person, role, school)
    assert "Lan" not in other.get(PRINT).text
    for path in (run, f"{run}/1"):
        assert other.get(path).status_code in (403, 404)
    assert other.post(f"{PRINT}/schools/greenview/runs", form={}).status_code in (403, 404)
    assert other.post(f"{run}/outcome", form={"all_open": "true", "outcome": "posted"}).status_code in (403, 404)
    assert other.get(f"{PRINT}?school=greenview").status_code in (403, 404)
    assert mill.letter()["state"] == "printed"


def test_an_administrator_chooses_any_school(mill, site):
    mill.district.onboard("northgate")
    page = site.as_("a-root", "administrator", "").get(f"{PRINT}?school=greenview")
    assert "Lan Nguyen" in page.text and '<select id="school"' in page.text


def test_letters_of_another_run_cannot_be_marked_in_this_one(mill, office):
    run = make(mill, office)
    form = {"letter_id": ["d-of-another-run"], "outcome": "handed_over"}
    assert "Noted: 0." in office.get(office.post(f"{run}/outcome", form=form).headers["location"]).text


def test_nonsense_is_refused_by_name(office):
    assert office.post(f"{PRINT}/schools/greenview/runs", form={"duples": "true"}).status_code == 422
    assert office.post(f"{CALLS}/x", form={"outcome": "shouted"}).status_code == 422
    assert office.post(f"{CALLS}/x", form={"outcome": "reached"}).status_code == 404
    assert office.get(f"{PRINT}/runs/none").status_code == 404


def test_the_call_list_says_whom_in_which_language_when_and_about_what(mill, site):
    mill.later(days=4, hours=5)
    office = site.as_("o-office", "office")
    page = office.get(CALLS)
    assert "Lan Nguyen" in page.text and "about Bao Rivera" in page.text
    assert "Vietnamese: interpreter needed" in page.text and f"tel:{LANS_NUMBER}" in page.text
    assert "Bao has missed reading twice." in page.text and "<script" not in page.text
    with mill.district.transaction() as uow:
        (task,) = climb.calls(uow.connection, ["greenview"])
    noted = office.post(f"{CALLS}/{task['task_id']}", form={"outcome": "reached"})
    assert "the family has had the message" in office.get(noted.headers["location"]).text
    assert "Nobody needs a call now." in office.get(CALLS).text
    viewed = [event.data for event in mill.district.said if event.type == "district.record_viewed"]
    assert ("view_contact", LAN) in {(one["action"], one["subject_id"]) for one in viewed}


def test_the_call_list_does_not_say_what_only_the_guardian_reads(mill, site):
    mill.later(days=4, hours=5)
    with mill.district.transaction() as uow:
        uow.connection.execute(sa.update(MESSAGE).values(category=GUARDED))
    page = site.as_("o-office", "office").get(CALLS).text
    assert "Lan Nguyen" in page and "Bao has missed reading twice." not in page


def test_the_offices_today_page_shows_the_call_too(mill, site):
    mill.later(days=4, hours=5)
    assert "Call Bao Rivera" in site.as_("o-office", "office").get("/notifications/today").text
