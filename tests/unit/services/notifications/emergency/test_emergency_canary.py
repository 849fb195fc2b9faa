"""The hourly canary: the whole way is walked, and a receipt that is missing is an alarm."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.notifications.channels.port import ChannelError
from services.notifications.domain.inbound import Told
from services.notifications.handlers import receipts
from services.notifications.tables import DELIVERY
from services.notifications.tables.emergency import CANARY, SEND_ALARM

BIRD = "g-000"


@pytest.fixture
def school(house):
    """Greenview, whose canary is g-000: a text number and a mailbox."""
    house.district.link(BIRD, "s-000", home="hh-0", revision=2, sms="+13125551000", email="canary@example.org")
    house.settings(alerts={"canary": BIRD})
    return house


def confirm(house):
    """The provider says of every text that it arrived."""
    rows = [row for row in house.district.rows(DELIVERY) if row["channel"] == "sms" and row["state"] == "sent"]
    with house.district.transaction() as uow:
        receipts.told(
            uow,
            house.district.ports,
            [Told("sms", f"k-{row['delivery_id']}", "delivered", uow.now, delivery_id=row["delivery_id"], provider_ref=row["provider_ref"])
             for row in rows],
        )  # fmt: skip


def test_every_hour_it_goes_by_every_way_and_all_is_well(school):
    school.later(hours=1)
    confirm(school)
    assert len(school.district.sms.took) == len(school.district.email.took) == 1
    school.later(minutes=30)
    assert [(row["missing"], row["judged_at"] is not None) for row in school.district.rows(CANARY)] == [([], True)]
    assert school.district.rows(SEND_ALARM) == []
    school.later(minutes=30)
    assert len(school.district.sms.took) == 2


def test_a_receipt_that_does_not_come_in_ten_minutes_raises_the_alarm(school):
    school.later(hours=1)
    school.later(minutes=9)
    assert school.district.rows(SEND_ALARM) == []
    school.later(minutes=2)
    (alarm,) = school.district.told("send_alarm")
    assert (alarm["fault"], alarm["channels"], alarm["school_id"]) == ("canary", ["sms"], "greenview")


def test_a_canary_that_cannot_leave_is_missed_and_never_sent_late(school):
    school.district.email.refuses["canary@example.org"] = ChannelError("smtp_unavailable", permanent=False, account=True)
    school.later(hours=1)
    confirm(school)
    school.later(minutes=12)
    assert [row["channels"] for row in school.district.told("send_alarm")] == [["email"]]
    school.district.email.refuses.clear()
    school.later(minutes=40)
    assert school.district.email.took == []


def test_a_school_without_a_canary_has_none(house):
    house.later(hours=3)
    assert house.district.rows(CANARY) == []


def test_a_canary_that_is_taken_out_of_the_settings_sings_no_more(school):
    school.later(hours=1)
    school.settings(alerts=None, revision=3)
    school.later(hours=3)
    assert len(school.district.rows(CANARY)) == 1


def test_a_canary_whom_nobody_knows_is_an_alarm_of_its_own(house):
    house.settings(alerts={"canary": "g-nobody"})
    house.later(hours=1, minutes=15)
    (row,) = house.district.rows(SEND_ALARM)
    assert row["fault"] == "canary" and row["raised_at"] <= house.district.now + timedelta(0)
