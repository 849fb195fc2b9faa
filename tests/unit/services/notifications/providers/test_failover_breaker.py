"""While email is switched off, who has another way is written to there; who has none waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.notifications.handlers import failover, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.store import people


@pytest.fixture
def off(district):
    """Email is off; Daniel has email alone, Ana email first and a number."""
    district.link("g-ana", "s-mateo", language="es", revision=2, sms="+13125550111", email="ana@example.org")
    wish = dict.fromkeys(("contacts_per_month", "live_mode", "available_after", "quiet_start", "quiet_end", "timezone", "language"))
    with district.transaction() as uow:
        people.save_preferences(uow.connection, [{**wish, "guardian_id": "g-ana", "version": 1, "channel_order": ["email", "sms"]}])
        failover.count(uow, "email", "post", ok=2000, bounced=300)
    district.at(district.now + timedelta(minutes=1))
    with district.transaction() as uow:
        assert failover.closed_channels(uow) == {"email"}
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Trip.", "s-mateo"))
    district.settle()
    return district


def test_messages_go_by_another_way_or_wait_and_go_when_it_is_on_again(off):
    assert off.delivery_to("g-ana")["channel"] == "sms" and off.delivery_to("g-ana")["state"] == "sent"
    assert off.email.took == [] and off.delivery_to("g-daniel")["state"] in ("due", "sending")
    with off.transaction() as uow:
        assert failover.reset(uow, "email", "a-admin")
    off.at(off.now + timedelta(hours=2))
    assert off.delivery_to("g-daniel")["state"] == "sent" and len(off.email.took) == 1
