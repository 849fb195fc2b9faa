"""A page that was read ends the ladder; a link that was merely opened does not."""

from __future__ import annotations

import pytest
from falcon import testing

from services.notifications.handlers import ladder
from tests.unit.services.notifications.paper.papermill import LAN, Mill
from tests.unit.services.notifications.test_notifications_web import Site


@pytest.fixture
def page(mill: Mill) -> str:
    with mill.district.transaction() as uow:
        ladder.plan_beats(uow, ["greenview"])
    mill.write()
    with mill.district.transaction() as uow:
        link = mill.district.ports.link("/notifications/inbox", "riverside", LAN, purpose="inbox", now=uow.now)
    return link.removeprefix(mill.district.ports.base_url)


def test_saying_that_it_is_read_ends_the_ladder(mill: Mill, page: str) -> None:
    client = testing.TestClient(Site(mill.district).app)
    assert "I have read this" in client.simulate_get(page).text
    for _ in range(2):
        said = client.simulate_post(f"{page}/read", body="", headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert said.status_code == 303
    assert "the school knows that you have read it" in client.simulate_get(page, query_string="said=read").text
    row = mill.delivery()
    assert (row["state"], row["opened_how"], row["channel"]) == ("delivered", "read", "sms")
    assert [event["guardian_id"] for event in mill.district.told("message_opened")] == [LAN]
    mill.later(days=5)
    assert mill.step() is None and mill.calls() == []


def test_a_scanner_that_opens_the_link_has_read_nothing(mill: Mill, page: str) -> None:
    testing.TestClient(Site(mill.district).app).simulate_get(page)
    assert mill.delivery()["opened_at"] is None
    mill.later(hours=53)
    assert mill.step() is not None


def test_a_letters_code_leads_to_the_page_and_reading_there_counts(mill: Mill, page: str) -> None:
    mill.later(hours=53)
    mill.run()
    client = testing.TestClient(Site(mill.district).app)
    client.simulate_post(f"{page}/read", body="", headers={"Content-Type": "application/x-www-form-urlencoded"})
    mill.later(hours=24)
    step = mill.step()
    assert step is not None and step["ended_by"] == "opened"


def test_what_a_guardian_may_not_have_is_not_read_either(mill: Mill, page: str) -> None:
    mill.forbid()
    client = testing.TestClient(Site(mill.district).app)
    client.simulate_post(f"{page}/read", body="", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert mill.delivery()["opened_at"] is None
