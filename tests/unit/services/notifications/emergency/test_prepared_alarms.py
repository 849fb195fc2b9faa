"""An alarm that was written beforehand in every language goes out at once, as the catalogue has it."""

from __future__ import annotations

import pytest

from services.notifications.tables import MESSAGE
from services.notifications.web.announcement import PREPARED, english
from services.translation.catalogue import load
from tests.unit.services.notifications import world
from tests.unit.services.notifications.emergency.test_emergency_pages import looked
from tests.unit.services.notifications.test_notifications_web import Site

ALARM = {"kind": "emergency", "title": "Lockdown", "text": english("lockdown"), "prepared": "lockdown"}


@pytest.fixture
def office(house, monkeypatch):
    monkeypatch.setitem(world.CATALOGUE, "emergency.lockdown", english("lockdown"))
    return Site(house.district).as_("o-office", "office")


@pytest.mark.parametrize("name", PREPARED)
def test_the_english_here_is_the_catalogues_and_needs_nothing_but_the_schools_name(name):
    wording = load().find(f"emergency.{name}", "en")
    assert (wording.text, load().keys[wording.key]) == (english(name), {"school"})


def test_the_office_picks_an_alarm_looks_and_sends_it(office, house):
    assert 'href="/notifications/announce?prepared=lockdown"' in office.get("/notifications/announce").text
    page = office.get("/notifications/announce?prepared=lockdown")
    assert "is in lockdown" in page.text and 'name="prepared" value="lockdown"' in page.text
    form, _ = looked(office, **ALARM)
    assert office.post("/notifications/announce", form=form).status_code == 303
    (row,) = house.district.rows(MESSAGE)
    assert (row["catalogue_key"], row["source_language"], row["title"]) == ("emergency.lockdown", "en", "Lockdown")
    house.district.settle()
    bodies = [letter.body for letter in house.district.sms.took]
    assert len(bodies) == 31 and all("Greenview is in lockdown" in body for body in bodies)
    assert not any("{" in body or "Lockdown\n" in body for body in bodies)


def test_an_alarm_goes_as_an_emergency_and_by_the_office_alone(office, house):
    refused = office.post("/notifications/announce/preview", form={**ALARM, "kind": "info", "schools": ["greenview"]})
    assert refused.status_code == 422 and "goes as an emergency" in refused.text
    drill = office.post("/notifications/announce", form={**ALARM, "kind": "exercise", "schools": ["greenview"]})
    assert drill.status_code == 422
    unknown = office.post("/notifications/announce/preview", form={**ALARM, "prepared": "fire", "schools": ["greenview"]})
    assert unknown.status_code == 422
    teacher = Site(house.district).as_("t-alvarez", "teacher")
    assert "prepared=" not in teacher.get("/notifications/announce?prepared=lockdown").text
    assert house.district.rows(MESSAGE) == []
