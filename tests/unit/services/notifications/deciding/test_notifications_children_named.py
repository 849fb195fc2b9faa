"""Of several children, only those are named whom this guardian may hear of: also when an order came after the words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from falcon import testing

from services.notifications.channels.port import ChannelError
from services.notifications.domain.audience import Audience
from services.notifications.handlers import announcing, wishes
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.writing import Author
from services.notifications.tables import DELIVERY, METADATA
from tests.unit.services.notifications.test_notifications_web import Site
from tests.unit.services.notifications.world import District

FAIR = Announcement(
    kind="info", title="Book fair", text="It is on Friday, {children}.", audience=Audience(schools=("greenview",)),
    school_id="greenview",
)  # fmt: skip


@pytest.fixture
def district(tmp_path: Path):
    """Ana (Spanish, text) has Mateo and Lucia."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'notifications.sqlite'}")
    METADATA.create_all(engine)
    made = District(tmp_path, engine)
    made.populate()
    made.enrol("s-lucia", "Lucia")
    made.link("g-ana", "s-lucia", language="es", sms="+13125550111")
    yield made
    engine.dispose()


def announce(district):
    with district.transaction() as uow:
        announcing.announce(uow, district.ports, Author("o-office", "office", ("greenview",)), FAIR)
    district.settle()


def bar(district, student="s-lucia"):
    district.project(
        "district.contact_restricted", restriction_id=f"r-{student}", guardian_id="g-ana", student_id=student, revision=1,
        scope="no_contact", starts_on=date(2026, 9, 1), ends_on=None, lifted=False, authority_ref="x",
    )  # fmt: skip


def limit(district, contacts):
    district.hear(
        wishes.preference_changed,
        district.event(
            "surveys.preference_changed", guardian_id="g-ana", version=1, channel_order=["sms"], contacts_per_month=contacts,
            live_mode=None, available_after=None, quiet_start=None, quiet_end=None, timezone=None, language=None,
        ),
    )  # fmt: skip


def test_an_announcement_that_waited_for_the_digest_names_nobody_whom_an_order_has_barred_since(district):
    limit(district, 0)
    announce(district)
    assert district.sms.took == []
    bar(district)
    district.at(datetime(2026, 10, 1, 2, 0, tzinfo=UTC))
    (digest,) = district.sms.took
    assert "Mateo" in digest.body and "Lucia" not in digest.body


def test_a_digest_whose_words_are_fixed_does_not_go_when_an_order_bars_one_of_its_children(district):
    limit(district, 0)
    announce(district)
    district.sms.refuses["+13125550111"] = ChannelError("busy", permanent=False)
    district.at(datetime(2026, 9, 30, 22, 5, tzinfo=UTC))
    bar(district)
    district.sms.refuses.clear()
    district.at(datetime(2026, 10, 1, 12, 0, tzinfo=UTC))
    assert all("Lucia" not in text.body for text in district.sms.took)


def test_the_inbox_goes_on_telling_of_the_other_child(district):
    announce(district)
    link = district.ports.link("/notifications/inbox", "riverside", "g-ana", purpose="inbox", now=district.now)
    reader = testing.TestClient(Site(district).app)
    path = link.removeprefix(district.ports.base_url)
    assert "Lucia, Mateo" in reader.simulate_get(path).text
    bar(district)
    page = reader.simulate_get(path)
    assert page.status_code == 200 and "Mateo" in page.text and "Lucia" not in page.text


def test_a_refused_delivery_says_why(district):
    bar(district)
    bar(district, "s-mateo")
    announce(district)
    assert {row["state"] for row in district.rows(DELIVERY) if row["recipient_id"] == "g-ana"} == {"refused"}
    assert district.sms.took == []
