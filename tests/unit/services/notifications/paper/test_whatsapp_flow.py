"""WhatsApp and push at the end of the real way: from a note to the account, with windows, templates and pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.notifications.domain.inbound import Inbound
from services.notifications.handlers import listening, meetings, wishes
from services.notifications.tables.points import CONTACT_POINT
from tests.unit.services.notifications.paper.papermill import LAN, LANS_NUMBER, Mill
from tests.unit.services.notifications.test_notifications_hearing import booked
from tests.unit.services.notifications.world import FakeChannel


class Screens:
    """Accounts of both, and a Lan who prefers one of them."""

    def __init__(self, mill: Mill, channel: str, *addresses: str) -> None:
        self.mill, self.account = mill, FakeChannel(channel)
        district = mill.district
        district.ports = replace(district.ports, accounts={**district.ports.accounts, channel: {"one": self.account}})
        with district.engine.begin() as connection:
            for number, address in enumerate(addresses):
                row: dict[str, Any] = {
                    "point_id": f"p-{number}", "guardian_id": LAN, "channel": channel, "address": address, "label": None,
                    "source": "page", "priority": 1, "active": True, "confirmed_at": district.now, "created_at": district.now,
                }  # fmt: skip
                connection.execute(CONTACT_POINT.insert().values(**row))
        preference = district.event(
            "surveys.preference_changed", guardian_id=LAN, version=1, channel_order=[channel], contacts_per_month=None,
            live_mode=None, available_after=None, quiet_start=None, quiet_end=None, timezone=None, language=None, voice=False,
        )  # fmt: skip
        district.hear(wishes.preference_changed, preference)


@pytest.fixture
def lan(mill: Mill) -> Screens:
    return Screens(mill, "whatsapp", LANS_NUMBER)


def hear(lan: Screens, text: str = "Dạ vâng") -> None:
    district = lan.mill.district
    with district.transaction() as uow:
        listening.received(uow, district.ports, Inbound("whatsapp", f"w-{district.now}", text, uow.now, sender=LANS_NUMBER))
    district.settle()


def test_the_window_is_open_for_a_day_after_their_words(lan):
    lan.mill.write()
    hear(lan)
    lan.mill.later(hours=22)
    lan.mill.write(text="Thank you for your words.")
    lan.mill.later(hours=3)
    lan.mill.write(text="See you on Friday.")
    lan.mill.later(hours=20)
    assert [letter.extras["window_open"] for letter in lan.account.to(LANS_NUMBER)] == [False, True, False]


def test_a_template_finds_its_texts_key_and_the_persons_values(lan):
    lan.mill.district.hear(meetings.meeting_booked, booked(lan.mill.district, guardian_id=LAN, student_id="s-bao"))
    lan.mill.district.settle()
    letter = next(one for one in lan.account.took if one.extras["template"] == "meeting.booked")
    assert (letter.values["student"], letter.values["when"]) == ("Bao", "18:00 Th 3, 6 thg 10"), "as Vietnamese writes it"
    assert letter.link is not None and "/notifications/inbox/" in letter.link


def test_a_push_goes_to_all_of_a_persons_browsers_and_leads_to_their_page(mill):
    lan = Screens(mill, "push", '{"endpoint": "a"}', '{"endpoint": "b"}')
    mill.write()
    (letter,) = lan.account.took
    assert letter.to in ('[{"endpoint": "a"},{"endpoint": "b"}]', '[{"endpoint": "b"},{"endpoint": "a"}]')
    assert letter.link is not None and "/notifications/inbox/" in letter.link
    assert mill.delivery()["state"] == "sent"
