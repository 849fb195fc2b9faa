"""The announce page, its guards, the progress page, approvals and alarms, as somebody without JavaScript meets them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from services.notifications.channels.port import ChannelError
from services.notifications.tables import MESSAGE, TASK
from services.notifications.tables.emergency import APPROVAL, BROADCAST, SEND_ALARM
from tests.unit.services.notifications.emergency.alerts import FAIR, FIRE
from tests.unit.services.notifications.test_notifications_web import Site

FORM = {"kind": "info", "title": "Absent", "text": "Your child is absent today.", "schools": ["greenview"], "purpose": "school_mission"}


@pytest.fixture
def site(house):
    return Site(house.district)


@pytest.fixture
def office(site):
    return site.as_("o-office", "office")


@pytest.fixture
def principal(site):
    return site.as_("p-lee", "principal")


def strict(house, **alerts):
    """A school where more than ten families are many."""
    house.settings(alerts={"unusual_over": 10, **alerts})


def mark(page):
    return re.search(r'name="seen" value="([0-9a-f]+)"', page.text).group(1)


def looked(client, **changes):
    page = client.post("/notifications/announce/preview", form=FORM | changes)
    assert page.status_code == 200, page.text
    return {**FORM, **changes, "seen": mark(page)}, page


def test_a_look_before_sending_shows_numbers_and_sends_nothing(office, house):
    _, page = looked(office)
    assert "This goes to 32 guardians" in page.text and "Spanish 1" in page.text and "text message 31" in page.text
    assert house.district.rows(MESSAGE) == []


def test_nothing_is_sent_unseen(office, house):
    answer = office.post("/notifications/announce", form=FORM)
    assert answer.status_code == 422 and "This goes to 32 guardians" in answer.text
    assert house.district.rows(BROADCAST) == []


def test_what_was_seen_is_sent_and_can_be_undone_for_a_minute(office, house):
    form, _ = looked(office)
    answer = office.post("/notifications/announce", form=form)
    assert answer.status_code == 303
    where = answer.headers["location"]
    page = office.get(where)
    assert "It leaves in 60 seconds, to 32 guardians" in page.text
    assert office.post(f"{where}/recall", form={}).status_code == 303
    house.later(hours=1)
    assert house.district.sms.took == [] and "Taken back" in office.get(where).text


def test_an_audience_that_changed_since_it_was_looked_at_is_looked_at_again(office, house):
    form, _ = looked(office)
    house.district.enrol("s-new", "New")
    house.district.link("g-new", "s-new")
    answer = office.post("/notifications/announce", form=form)
    assert answer.status_code == 422 and "This goes to 33 guardians" in answer.text


def test_a_class_sized_text_to_the_whole_school_asks_for_the_number(office, house):
    """The 700 families who were told of one child's absence (notification-notes §1)."""
    strict(house)
    for child in ("s-001", "s-002", "s-003"):
        form, _ = looked(office, schools=[], listed=child)
        assert office.post("/notifications/announce", form=form).status_code == 303
    form, page = looked(office)
    assert "far more than your last sends" in page.text
    refused = office.post("/notifications/announce", form=form)
    assert refused.status_code == 422 and len(house.district.rows(BROADCAST)) == 3
    wrong = office.post("/notifications/announce", form={**form, "confirm": "31"})
    assert wrong.status_code == 422 and "That is not the number" in wrong.text
    assert office.post("/notifications/announce", form={**form, "confirm": "32"}).status_code == 303
    assert [row["confirmed"] for row in house.district.rows(BROADCAST)] == [None, None, None, "typed"]


def test_a_program_is_told_the_number_that_it_has_to_confirm(office, house):
    strict(house)
    body = {"title": "Hi", "text": "Hello.", "schools": ["greenview"]}
    answer = office.post("/notifications/announce", json=body)
    assert answer.status_code == 409 and answer.json["code"] == "AUDIENCE_UNUSUAL" and "32 guardians" in answer.text
    assert office.post("/notifications/announce", json={**body, "confirm": "32"}).status_code == 201


def test_a_second_person_lets_it_go(office, principal, house):
    strict(house)
    form, _ = looked(office)
    asked = office.post("/notifications/announce/ask", form=form)
    assert asked.status_code == 303 and "Asked." in office.get(asked.headers["location"]).text
    (row,) = house.district.rows(APPROVAL)
    path = f"/notifications/emergency/approvals/{row['approval_id']}"
    assert office.post(path, form={"decision": "approve"}).status_code == 403
    assert house.district.rows(BROADCAST) == []
    assert "Your child is absent today." in principal.get("/notifications/emergency").text
    assert principal.post(path, form={"decision": "approve"}).status_code == 303
    (sent,) = house.district.rows(BROADCAST)
    assert (sent["sender_id"], sent["approved_by"], sent["confirmed"]) == ("o-office", "p-lee", "approved")
    assert principal.post(path, form={"decision": "approve", "_once": "again"}).status_code == 404


def test_an_approval_comes_in_time_or_not_at_all(office, site, house):
    strict(house)
    form, _ = looked(office)
    office.post("/notifications/announce/ask", form=form)
    (row,) = house.district.rows(APPROVAL)
    house.district.now += timedelta(minutes=31)
    late = site.as_("p-lee", "principal")
    path = f"/notifications/emergency/approvals/{row['approval_id']}"
    assert late.post(path, form={"decision": "approve"}).status_code == 404
    assert house.district.rows(BROADCAST) == []


def test_an_emergency_is_confirmed_by_the_number_only(office, house):
    strict(house)
    form, page = looked(office, kind="emergency")
    assert "Have somebody else approve it" not in page.text
    assert office.post("/notifications/announce/ask", form=form).status_code == 422
    assert house.district.rows(APPROVAL) == []
    assert office.post("/notifications/announce", form={**form, "confirm": "32"}).status_code == 303


def test_the_whole_district_is_an_administrators_and_always_confirmed(site, office, house):
    house.district.onboard("northgate")
    chief = site.as_("a-ade", "administrator")
    form, page = looked(chief, schools=[], everyone="true")
    assert "This goes to the whole district" in page.text
    assert chief.post("/notifications/announce", form=form).status_code == 422
    assert office.post("/notifications/announce/preview", form={**FORM, "schools": [], "everyone": "true"}).status_code == 403
    assert office.post("/notifications/announce/preview", form={**FORM, "schools": ["northgate"]}).status_code == 403


def test_a_teacher_speaks_to_their_own_class_and_declares_no_emergency(site, house):
    teacher = site.as_("t-alvarez", "teacher")
    assert "class-t-alvarez" in teacher.get("/notifications/announce").text
    form, page = looked(teacher, schools=[], classes=["class-t-alvarez"])
    assert "This goes to 2 guardians" in page.text
    answer = teacher.post("/notifications/announce", form=form)
    assert answer.status_code == 303 and "0 of 2 guardians" in teacher.get(answer.headers["location"]).text
    assert teacher.post("/notifications/announce/preview", form=FORM).status_code == 403
    bad = teacher.post("/notifications/announce/preview", form={**form, "kind": "emergency"})
    assert bad.status_code == 422 and "Only the office can send this." in bad.text
    assert teacher.get("/notifications/emergency").status_code == 403


def test_a_pasted_list_names_the_lines_that_are_nobody(office):
    page = office.post("/notifications/announce/preview", form=FORM | {"schools": [], "listed": "s-001\n\ns-wrong\ns-002\nx"})
    assert page.status_code == 422 and "No such student on line 3, 5." in page.text and "for s-wrong" not in page.text


def test_progress_shows_each_channel_and_whom_nothing_has_reached(office, house):
    house.district.sms.refuses["+13125551000"] = ChannelError("sms_30006", permanent=True)
    message_id = house.send(FIRE)
    house.district.settle()
    page = office.get(f"/notifications/emergency/{message_id}")
    assert "31 of 32 guardians reached" in page.text and "G-000" not in page.text
    assert "000 Rivera" in page.text
    calls = office.post(f"/notifications/emergency/{message_id}/calls", form={})
    assert calls.status_code == 303
    assert [row["guardian_id"] for row in house.district.rows(TASK) if row["kind"] == "call_home"] == ["g-000"]
    listed = office.get("/notifications/calls").text
    assert "000 Rivera" in listed and "Greenview is closed today." in listed


def test_who_may_not_be_contacted_is_on_no_list(office, house):
    house.district.project(
        "district.contact_restricted", restriction_id="r-1", guardian_id="g-005", student_id="s-005", revision=1,
        scope="all", starts_on=house.district.now.date() - timedelta(days=9), ends_on=None, lifted=False, authority_ref=None,
    )  # fmt: skip
    message_id = house.send(FIRE)
    house.district.settle()
    page = office.get(f"/notifications/emergency/{message_id}")
    assert "005 Rivera" not in page.text and "31 of 32 guardians reached" in page.text


def test_a_recall_from_the_page_corrects_with_the_offices_words(office, house):
    message_id = house.send(FIRE)
    house.district.settle()
    where = f"/notifications/emergency/{message_id}"
    assert office.post(f"{where}/recall", form={"text": "School is open."}).status_code == 303
    house.district.settle()
    assert any("School is open." in letter.body for letter in house.district.sms.took)
    assert "Everybody who had it already gets a correction" in office.get(where).text


def test_nobody_elses_send_is_shown_or_recalled(site, house):
    message_id = house.send()
    for other in (site.as_("t-alvarez", "teacher"), site.as_("o-far", "office", "northgate")):
        assert other.get(f"/notifications/emergency/{message_id}").status_code == 404
        assert other.post(f"/notifications/emergency/{message_id}/recall", form={}).status_code == 404
    house.later(minutes=2)
    assert house.states(message_id) == {"sent": 32}


def test_an_alarm_is_on_the_page_until_somebody_has_seen_to_it(office, house, site):
    message_id = house.send(FAIR)
    with house.district.transaction() as uow:
        uow.cancel("expand", message_id)
    house.later(minutes=7)
    (alarm,) = house.district.rows(SEND_ALARM)
    office = site.as_("o-office", "office")
    page = office.get("/notifications/emergency")
    assert "Nothing of this send has been accepted: 0 of 32" in page.text
    assert "does not arrive" in site.as_("p-lee", "principal").get("/notifications/today").text
    assert office.post(f"/notifications/emergency/alarms/{alarm['alarm_id']}/done", form={}).status_code == 303
    assert "Nothing of this send" not in office.get("/notifications/emergency").text
    assert all(row["closed_at"] for row in house.district.rows(TASK) if row["kind"] == "send_alarm")


def test_a_drill_reaches_staff_and_canaries_only_and_says_so(office, house):
    house.settings(alerts={"canary": "g-000"})
    answer = office.post("/notifications/announce", form={**FORM, "kind": "exercise", "title": "Fire", "text": "Leave the building."})
    assert answer.status_code == 303
    house.district.settle()
    assert {letter.to for letter in house.district.sms.took} == {"+13125551000"}
    mails = {letter.to: letter.body for letter in house.district.email.took}
    assert {"t-alvarez@school.example.org", "p-lee@school.example.org"} <= set(mails) and "daniel@example.org" not in mails
    for body in (*mails.values(), house.district.sms.took[0].body):
        assert "EXERCISE" in body and "Leave the building." in body
    assert "This is an exercise" in office.get(answer.headers["location"]).text


def test_an_update_starts_from_the_first_notices_audience(office, house):
    message_id = house.send(FIRE)
    page = office.get(f"/notifications/announce?corrects={message_id}")
    assert "An update of an earlier notice." in page.text and 'value="School closed"' in page.text
