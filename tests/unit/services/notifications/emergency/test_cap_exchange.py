"""Alerts from outside and the district's own for machines: who may send, what is taken once, what becomes of it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import xmlschema
from lxml import etree

from services.notifications.cap import read, write
from services.notifications.domain.cap import Alert, Area, Info, MsgType, Reference, Status
from services.notifications.tables import MESSAGE, TASK
from services.notifications.tables.emergency import BROADCAST, CAP_RECEIVED
from shared.web.testing import SignedIn
from tests.unit.services.notifications.emergency.alerts import FAIR, FIRE
from tests.unit.services.notifications.test_notifications_web import Site

SCHEMA = xmlschema.XMLSchema10(str(Path(__file__).resolve().parents[4] / "data/cap/CAP-v1.2.xsd"))
COUNTY, TOKEN = "alerts@county.example", "a-long-secret-of-the-county"


@pytest.fixture
def site(house):
    listen(house)
    return Site(house.district)


@pytest.fixture
def office(site):
    return site.as_("o-office", "office")


def listen(house, *, auto=False):
    sender = {"sender": COUNTY, "token_sha256": hashlib.sha256(TOKEN.encode()).hexdigest(), "auto_send": auto}
    house.revision = getattr(house, "revision", 1) + 1
    house.settings(alerts={"cap_senders": [sender]}, revision=house.revision)


def storm(house, identifier="storm-1", *, status=Status.ACTUAL, kind=MsgType.ALERT, references=(), sender=COUNTY, hours=2, text="Go home."):
    now = house.district.now.replace(microsecond=0)
    info = Info("Storm", "en-US", headline="Storm warning", description=text, expires=now + timedelta(hours=hours), areas=(Area("County"),))
    return Alert(identifier, sender, now, status, kind, (info,), references=references)


def post(site, alert, *, token=TOKEN, raw=None):
    client = SignedIn(site.app, site.identity, None)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cap+xml"}
    return client.post("/notifications/cap", body=raw if raw is not None else write(alert), headers=headers)


def kept(house):
    return {row["identifier"]: row["state"] for row in house.district.rows(CAP_RECEIVED)}


def test_a_real_alert_waits_for_a_person_who_types_how_many_it_goes_to(site, office, house):
    answer = post(site, storm(house))
    assert (answer.status_code, answer.json["became"]) == (202, "draft")
    house.district.settle()
    assert house.district.sms.took == [] and kept(house) == {"storm-1": "draft"}
    assert {row["staff_id"] for row in house.district.rows(TASK) if row["kind"] == "cap_draft"} == {"p-lee", "a-ade", "o-office"}
    page = office.get("/notifications/emergency").text
    assert "Storm warning" in page and "Type the number of guardians (32)" in page
    path = f"/notifications/emergency/cap/{answer.json['key']}"
    office.post(path, form={"decision": "send", "confirm": "3"})
    assert kept(house) == {"storm-1": "draft"}
    sent = office.post(path, form={"decision": "send", "confirm": "32", "_once": "b"})
    assert sent.headers["location"].startswith("/notifications/emergency/")
    house.district.settle()
    assert any("Storm warning" in letter.body and "Go home." in letter.body for letter in house.district.sms.took)
    assert kept(house) == {"storm-1": "sent"}
    assert all(row["closed_at"] for row in house.district.rows(TASK) if row["kind"] == "cap_draft")


def test_the_configuration_may_let_a_sender_through_at_once(site, house):
    listen(house, auto=True)
    assert post(site, storm(house)).json["became"] == "sent"
    house.district.settle()
    assert len(house.district.sms.took) == 31
    (row,) = house.district.rows(BROADCAST)
    assert row["emergency"] and row["cap_key"] is not None


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
def test_a_drill_is_shown_to_the_office_and_goes_nowhere(site, office, house, status):
    listen(house, auto=True)
    assert post(site, storm(house, status=status)).json["became"] == "shown"
    house.district.settle()
    assert house.district.sms.took == [] and house.district.rows(MESSAGE) == []
    page = office.get("/notifications/emergency").text
    assert f"{status}: not real" in page and "Type the number" not in page
    key = house.district.rows(CAP_RECEIVED)[0]["key"]
    assert office.post(f"/notifications/emergency/cap/{key}", form={"decision": "send", "confirm": "32"}).status_code == 404


def test_an_alert_is_taken_once(site, house):
    assert post(site, storm(house)).status_code == 202
    again = post(site, storm(house, text="Changed."))
    assert again.status_code == 409 and again.json["code"] == "CAP_REPLAYED"
    assert len(house.district.rows(CAP_RECEIVED)) == 1


def test_what_is_over_or_undated_and_old_is_refused(site, house):
    over = post(site, storm(house, hours=-1))
    assert over.status_code == 409 and over.json["code"] == "CAP_EXPIRED"
    now = house.district.now.replace(microsecond=0)
    old = Alert("old", COUNTY, now - timedelta(hours=25), Status.ACTUAL, MsgType.ALERT, (Info("Storm"),))
    assert post(site, old).json["code"] == "CAP_EXPIRED"
    assert kept(house) == {}


def test_only_senders_on_the_list_are_heard(site, house):
    assert post(site, storm(house), token="guessed").status_code in (401, 403)
    foreign = post(site, storm(house, sender="alerts@elsewhere.example"))
    assert foreign.status_code == 403 and foreign.json["code"] == "CAP_SENDER"
    assert kept(house) == {}


def test_a_malformed_alert_is_answered_with_the_line(site, house):
    raw = write(storm(house)).replace(b"<status>Actual", b"<status>Really")
    answer = post(site, None, raw=raw)
    assert answer.status_code == 422 and answer.json["code"] == "CAP_WORD" and answer.json["detail"] == "line 6: status"
    assert post(site, None, raw=b"<").status_code == 422
    assert post(site, None, raw=b" " * (1024 * 1024 + 1)).status_code == 413


def reference(alert):
    return Reference(alert.sender, alert.identifier, alert.sent)


def test_a_cancel_takes_back_what_was_passed_on_and_what_waits(site, house):
    listen(house, auto=True)
    first = storm(house)
    post(site, first)
    house.district.settle()
    cancel = storm(house, "storm-2", kind=MsgType.CANCEL, references=(reference(first),), text="The storm has passed.")
    assert post(site, cancel).json["became"] == "cancelled"
    house.district.settle()
    assert sum("The storm has passed." in letter.body for letter in house.district.sms.took) == 31
    listen(house)
    waits = storm(house, "storm-3")
    post(site, waits)
    post(site, storm(house, "storm-4", kind=MsgType.CANCEL, references=(reference(waits),)))
    assert kept(house)["storm-3"] == "cancelled"


def test_an_update_takes_the_place_of_a_draft(site, house):
    first = storm(house)
    post(site, first)
    post(site, storm(house, "storm-2", kind=MsgType.UPDATE, references=(reference(first),)))
    assert kept(house) == {"storm-1": "cancelled", "storm-2": "draft"}


def test_an_alert_that_no_family_should_have_is_dismissed(site, office, house):
    key = post(site, storm(house)).json["key"]
    assert office.post(f"/notifications/emergency/cap/{key}", form={"decision": "dismiss"}).status_code == 303
    assert kept(house) == {"storm-1": "dismissed"}


def document(answer):
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/cap+xml")
    SCHEMA.validate(etree.fromstring(answer.content))
    return read(answer.content)


def test_an_emergency_is_a_cap_alert_with_an_info_for_each_language(office, house):
    message_id = house.send(FIRE)
    house.district.settle()
    alert = document(office.get(f"/notifications/cap/{message_id}.xml"))
    assert (alert.sender, alert.status, alert.msg_type) == ("riverside@homeroom.example.org", Status.ACTUAL, MsgType.ALERT)
    assert [info.language for info in alert.infos] == ["en", "es"]
    english = alert.infos[0]
    assert (english.headline, english.description, english.areas[0].description) == (
        "School closed", "Greenview is closed today.", "Greenview",
    )  # fmt: skip
    assert english.expires == (house.district.now + timedelta(hours=4)).replace(microsecond=0)


def test_what_is_no_emergency_is_no_alert(office, house):
    message_id = house.send(FAIR)
    assert office.get(f"/notifications/cap/{message_id}.xml").status_code == 404
    assert office.get("/notifications/cap/nothing.xml").status_code == 404


def test_a_recall_is_a_cancel_that_names_what_it_cancels(office, house):
    message_id = house.send(FIRE)
    house.district.settle()
    recalled = house.recall(message_id, "School is open.")
    house.district.settle()
    cancel = document(office.get(f"/notifications/cap/{recalled.correction_id}.xml"))
    first = document(office.get(f"/notifications/cap/{message_id}.xml"))
    assert (cancel.msg_type, cancel.references) == (MsgType.CANCEL, (reference(first),))
    assert cancel.infos[0].description == "School is open."


def test_an_update_names_what_it_updates(office, house):
    message_id = house.send(FIRE)
    update = house.send(replace(FIRE, text="Closed tomorrow as well.", corrects=message_id))
    house.district.settle()
    first, later = (document(office.get(f"/notifications/cap/{one}.xml")) for one in (message_id, update))
    assert (first.msg_type, later.msg_type, later.references) == (MsgType.ALERT, MsgType.UPDATE, (reference(first),))


def test_a_recall_before_anybody_had_it_is_a_cancel_too(office, house):
    message_id = house.send(FIRE)
    house.recall(message_id)
    cancel = document(office.get(f"/notifications/cap/{message_id}.cancel.xml"))
    assert (cancel.msg_type, cancel.references[0].identifier) == (MsgType.CANCEL, message_id)


def test_a_drill_is_an_exercise_in_cap(office, house):
    form = {"kind": "exercise", "title": "Fire", "text": "Leave.", "schools": ["greenview"]}
    where = office.post("/notifications/announce", form=form).headers["location"]
    house.district.settle()
    alert = document(office.get(f"/notifications/cap/{where.rsplit('/', 1)[1]}.xml"))
    assert alert.status is Status.EXERCISE


def test_whoever_has_the_feeds_address_finds_the_alerts_and_nothing_else(site, office, house):
    message_id = house.send(FIRE)
    other = house.send(FAIR)
    house.district.settle()
    feed = re.search(r"https://homeroom\.example\.org(/notifications/cap/feed/[^<]+)", office.get("/notifications/emergency").text).group(1)
    machine = SignedIn(site.app, site.identity, None)
    answer = machine.get(feed)
    assert answer.status_code == 200 and message_id in answer.text and other not in answer.text
    links = etree.fromstring(answer.content).xpath("//*[@rel='alternate']/@href")
    assert len(links) == 1
    document(machine.get(links[0].removeprefix("https://homeroom.example.org")))
    assert machine.get(feed[:-3] + "xyz").status_code in (403, 404, 410)
    assert machine.get(f"/notifications/cap/{message_id}.xml").status_code in (401, 403)
