"""The operations page: how accounts do, what is off and can be switched on, what a person must look at."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.notifications.channels.port import Doubtful
from services.notifications.handlers import failover, writing
from services.notifications.handlers.writing import Author, Note
from tests.unit.services.notifications.test_notifications_web import Site

ANA = "+13125550111"


@pytest.fixture
def admin(district):
    return Site(district).as_("a-admin", "administrator")


def counted(district, channel, account, **numbers):
    with district.transaction() as uow:
        failover.count(uow, channel, account, **numbers)
    district.at(district.now + timedelta(minutes=1))


def test_accounts_are_shown_with_their_share_and_their_last_hour(district, admin):
    counted(district, "sms", "texts", ok=123, told=45, slow=6)
    text = admin.get("/notifications/providers").text
    assert "text message · texts" in text and "100 %" in text and "Taken in the last hour: 123 " in text
    assert "Receipts (late): 45 (6)" in text and "Works" in text


def test_an_account_that_is_down_says_since_when(district, admin):
    counted(district, "sms", "texts", failed=9)
    assert "Down since" in admin.get("/notifications/providers").text


def test_mail_that_bounces_is_off_until_somebody_switches_it_on_here(district, admin):
    counted(district, "email", "post", ok=2000, bounced=300)
    page = admin.get("/notifications/providers")
    assert "email is switched off since" in page.text and "300 of 2000" in page.text
    assert admin.post("/notifications/providers/reset", form={"channel": "email"}).status_code == 303
    assert "switched off" not in admin.get("/notifications/providers").text
    assert admin.post("/notifications/providers/reset", form={"channel": "email"}).status_code == 404
    assert admin.post("/notifications/providers/reset", form={"channel": "pigeon"}).status_code == 422


def test_bounces_near_the_limit_warn_without_a_button(district, admin):
    counted(district, "email", "post", ok=2000, bounced=120)
    text = admin.get("/notifications/providers").text
    assert "120 of 2000" in text and "Switch email on" not in text


def test_what_is_in_doubt_and_what_has_no_receipt_is_listed(district, admin):
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Trip.", "s-mateo"))
    district.sms.refuses[ANA] = Doubtful()
    district.settle()
    listed = admin.get("/notifications/providers").text
    assert district.delivery_to("g-ana")["delivery_id"] in listed and "May have gone, or not" in listed
    del district.sms.refuses[ANA]
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Bus.", "s-mateo"))
    district.at(district.now + timedelta(hours=27))
    next_day = Site(district).as_("a-admin", "administrator")
    assert "this provider cannot be asked" in next_day.get("/notifications/providers").text


@pytest.mark.parametrize("role", ["teacher", "principal", "office"])
def test_nobody_else_sees_it(district, role):
    person = Site(district).as_("t-alvarez", role)
    assert person.get("/notifications/providers").status_code == 403
    assert person.post("/notifications/providers/reset", form={"channel": "email"}).status_code == 403
