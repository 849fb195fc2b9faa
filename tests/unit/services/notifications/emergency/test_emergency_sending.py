"""Sends to many: undone, recalled in the middle, over in time, and an alarm where nothing arrives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifications.channels.port import ChannelError
from services.notifications.handlers import delivering
from services.notifications.tables import DELIVERY_TRACE, MESSAGE, TASK
from services.notifications.tables.emergency import BROADCAST, SEND_ALARM
from tests.unit.services.notifications.emergency.alerts import FAIR, FIRE


def test_nothing_leaves_for_a_minute_and_then_everything_does(house):
    message_id = house.send()
    house.district.settle()
    house.later(seconds=59)
    assert house.deliveries(message_id) == []
    house.later(seconds=2)
    assert house.states(message_id) == {"sent": 32}


def test_an_undone_send_reaches_nobody_and_corrects_nobody(house):
    message_id = house.send()
    house.later(seconds=30)
    undone = house.recall(message_id)
    house.later(hours=1)
    assert (undone.handed_off, undone.correction_id) == (0, None)
    assert house.district.sms.took == house.district.email.took == []


def test_an_emergency_does_not_wait(house):
    message_id = house.send(FIRE)
    house.district.settle()
    assert house.states(message_id)["sent"] >= 32


def test_a_recall_in_the_middle_corrects_exactly_those_who_have_it_by_the_same_way(house, monkeypatch):
    monkeypatch.setattr(delivering, "BATCH", 10)
    message_id = house.send(replace(FAIR, start_at=house.district.now))
    district = house.district
    while not house.deliveries(message_id) or house.states(message_id)["planned"]:
        district._translate()
        district._due()
    delivering.deliver(district.transaction, district.ports)
    first = {letter.to for letter in [*district.sms.took, *district.email.took]}
    assert len(first) == 10
    recalled = house.recall(message_id)
    assert (recalled.stopped, recalled.handed_off) == (22, 10)
    house.later(hours=1)
    assert house.states(message_id) == {"sent": 10, "recalled": 22}
    again = [letter for letter in [*district.sms.took, *district.email.took] if "disregard" in letter.body]
    assert {letter.to for letter in again} == first and len(again) == 10
    assert len(district.sms.took) + len(district.email.took) == 20


def test_what_may_have_gone_is_corrected_too(house):
    message_id = house.send(FIRE)
    district = house.district
    while not house.deliveries(message_id) or house.states(message_id)["planned"]:
        district._translate()
        district._due()
    with district.transaction() as uow:
        delivering._claim(uow, district.ports)  # a worker took them and died
    recalled = house.recall(message_id)
    district.settle()
    corrected = {(row["recipient_id"], row["way"]) for row in house.deliveries(recalled.correction_id)}
    assert corrected == {(row["recipient_id"], row["way"]) for row in house.deliveries(message_id) if row["state"] != "merged"}


def test_the_correction_says_what_the_office_typed_in_every_language(house):
    message_id = house.send(FIRE)
    house.district.settle()
    recalled = house.recall(message_id, "School is open after all.")
    house.district.settle()
    bodies = [letter.body for letter in house.district.sms.took]
    assert sum("School is open after all." in body for body in bodies) == 31
    assert any("[es] School is open after all." in body for body in bodies)
    (row,) = [row for row in house.district.rows(MESSAGE) if row["message_id"] == recalled.correction_id]
    assert row["corrects"] == message_id
    assert house.recall(message_id) is None


def test_a_correction_goes_beyond_a_monthly_limit(house):
    house.settings(monthly_cap=1)
    message_id = house.send(replace(FAIR, start_at=house.district.now))
    house.district.settle()
    recalled = house.recall(message_id)
    house.district.settle()
    assert house.states(recalled.correction_id) == {"sent": 32}


def test_what_is_over_is_marked_so_and_never_sent(house):
    """A provider that is down until half past four must not replay the morning's alert."""
    for number in range(30):
        house.district.sms.refuses[f"+1312555{1000 + number}"] = ChannelError("sms_unavailable", permanent=False, account=True)
    message_id = house.send(FIRE)
    house.district.settle()
    house.district.sms.refuses.clear()
    house.district.now += timedelta(hours=5)
    house.district.settle()
    late = [row for row in house.deliveries(message_id) if row["recipient_id"] == "g-000" and row["way"] == "sms"]
    assert [row["state"] for row in late] == ["expired"]
    assert not any(letter.to == "+13125551000" for letter in house.district.sms.took)


def test_what_never_got_its_text_expires_with_a_trace(house):
    message_id = house.send(FIRE)
    for _ in range(3):
        house.district._due()  # translation says nothing
    assert house.states(message_id)["planned"] > 0
    house.district._unheard.clear()
    house.district.now += timedelta(hours=4, minutes=1)
    house.district._due()
    assert house.states(message_id)["planned"] == 0
    expired = {row["delivery_id"] for row in house.deliveries(message_id) if row["state"] == "expired"}
    traced = {row["delivery_id"] for row in house.district.rows(DELIVERY_TRACE) if row["what"] == "expired"}
    assert expired and expired <= traced


def test_a_send_that_brings_nothing_across_raises_the_alarm_once(house):
    for number in range(30):
        house.district.sms.refuses[f"+1312555{1000 + number}"] = ChannelError("sms_unavailable", permanent=False, account=True)
    house.district.sms.refuses["+13125550111"] = ChannelError("sms_unavailable", permanent=False, account=True)
    house.district.email.refuses["daniel@example.org"] = ChannelError("smtp_550", permanent=True)
    message_id = house.send(FIRE)
    house.later(minutes=10)
    (alarm,) = house.district.told("send_alarm")
    assert (alarm["message_id"], alarm["fault"], alarm["accepted"]) == (message_id, "nothing", 0)
    assert "sms" in alarm["channels"]
    assert {row["staff_id"] for row in house.district.rows(TASK) if row["kind"] == "send_alarm"} == {"p-lee", "a-ade"}


def test_half_of_it_is_too_little(house):
    for number in range(20):
        house.district.sms.refuses[f"+1312555{1000 + number}"] = ChannelError("sms_unavailable", permanent=False, account=True)
    house.send(replace(FAIR, start_at=house.district.now))
    house.later(minutes=6)
    assert [row["fault"] for row in house.district.rows(SEND_ALARM)] == ["few"]


def test_a_send_that_was_never_planned_raises_the_alarm(house):
    message_id = house.send(FIRE)
    with house.district.transaction() as uow:
        uow.cancel("expand", message_id)
    house.later(minutes=10)
    assert [row["fault"] for row in house.district.rows(SEND_ALARM)] == ["nothing"]


def test_ways_that_the_site_has_no_account_for_raise_no_alarm(house):
    """An emergency plans a call for every number; without a voice account half of it fails, and nothing is wrong."""
    for person in ("g-000", "g-001", "g-002"):
        number = int(person[2:])
        house.district.link(person, f"s-{number:03}", revision=2, sms=f"+1312555{1000 + number}", phone=f"+1312555{9000 + number}")
    message_id = house.send(FIRE)
    house.later(minutes=10)
    assert house.states(message_id)["failed"] + house.states(message_id)["refused"] > 30
    assert house.district.rows(SEND_ALARM) == []


@pytest.mark.parametrize("hour", [15, 4])
def test_no_alarm_where_all_is_well_or_families_sleep(house, hour):
    house.district.now = house.district.now.replace(hour=hour)
    house.send()
    house.later(minutes=20)
    assert house.district.rows(SEND_ALARM) == []


def test_who_sent_what_to_how_many_is_kept_and_said(house):
    message_id = house.send(confirmed="typed")
    (row,) = house.district.rows(BROADCAST)
    assert (row["message_id"], row["guardians"], row["confirmed"]) == (message_id, 32, "typed")
    (said,) = house.district.told("announcement_sent")
    assert (said["guardians"], said["sender_id"]) == (32, "o-office")
