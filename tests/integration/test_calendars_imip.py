"""An invitation out by email and its answer back in: what scheduling writes, the mail carries, a calendar program answers, and a
meeting obeys. Both services' real code, with nothing but the mail between them."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import icalendar
import pytest

from services.notifications.channels.email import inbound
from services.notifications.channels.email.mime import Identity, write
from services.notifications.channels.port import Content, Outgoing
from services.scheduling.handlers import booking, calendars_answers
from services.scheduling.tables import MEETING
from services.scheduling.tables.calendars import CALENDAR_ANSWER
from tests.unit.services.scheduling.conftest import world as world
from tests.unit.services.scheduling.scene import DISTRICT, NOW, World, alert, said

KEY = b"k" * 20
WHO = Identity("school@mail.example.org", "", KEY, "bounces.example.org", "replies.example.org")
DELIVERY = "0198c0de-0000-7000-8000-0000000000d1"


@pytest.fixture
def invited(world: World) -> World:
    world.alert(alert())
    offer_id = world.offer_of("g-ana").data["offer_id"]
    with world.unit() as uow:
        booking.book(uow, world.ports, [booking.Answer("k", offer_id, 1, "g-ana", uow.now)])
    return world


def mailed(ics: str, method: str, to: str) -> icalendar.Calendar:
    """The invitation as it stands in the mail."""
    content = Content("m:1:en", "Greenview", "en", ("Booked.",), ())
    letter = Outgoing(
        DELIVERY, DISTRICT, NOW, content, to=to, from_name="Greenview", extras={"ics": ics, "ics_method": method}
    )
    mail = message_from_bytes(write(letter, WHO).data, policy=SMTP)
    [part] = [each for each in mail.walk() if each.get_content_type() == "text/calendar"]
    assert part.get_param("method") == method and mail.get_content_type() == "multipart/mixed"
    found: icalendar.Calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
    return found


def answered(invitation: icalendar.Calendar, partstat: str, *, sender: str) -> bytes:
    """What a calendar program makes of it (RFC 5546 §3.2.3), sent to the organizer."""
    [event] = invitation.walk("VEVENT")
    back = icalendar.Calendar()
    for name, value in (("VERSION", "2.0"), ("PRODID", "-//Program//EN"), ("METHOD", "REPLY")):
        back.add(name, value)
    reply = icalendar.Event()
    for name in ("UID", "SEQUENCE", "DTSTART", "DTEND", "ORGANIZER"):
        reply[name] = event[name]
    reply.add("DTSTAMP", NOW)
    attendee = event["ATTENDEE"]
    attendee.params["PARTSTAT"] = partstat
    reply["ATTENDEE"] = attendee
    back.add_component(reply)
    mail = EmailMessage()
    mail["From"], mail["Subject"] = sender, f"{partstat}: meeting"
    mail["To"] = str(event["ORGANIZER"]).removeprefix("mailto:")
    mail.set_content("automatic")
    mail.add_alternative(back.to_ical(), maintype="text", subtype="calendar", params={"method": "REPLY"})
    return mail.as_bytes(policy=SMTP)


def arrive(world: World, raw: bytes) -> None:
    """Through the mail's door, and as the event that it becomes."""
    arrived = inbound.read(raw, [], keys=[KEY], districts=(DISTRICT,))
    assert arrived.kind is inbound.Kind.CALENDAR and arrived.about is not None and arrived.calendar is not None
    data = {
        "mail_id": arrived.mail_id,
        "meeting_id": arrived.about.delivery_id,
        "received_at": NOW,
        "sender": arrived.sender,
        "ics": arrived.calendar,
    }
    with world.unit() as uow:
        calendars_answers.calendar_replied(uow, [said("notifications.calendar_replied", "notifications", data)])


@pytest.mark.parametrize(
    ("partstat", "state"), [("ACCEPTED", "booked"), ("TENTATIVE", "booked"), ("DECLINED", "cancelled")]
)
def test_a_family_s_calendar_answers_and_the_meeting_obeys(invited: World, partstat: str, state: str):
    [booked] = invited.events("meeting_booked")
    invitation = mailed(booked.data["ics"], "REQUEST", "g-ana@example.org")
    assert invitation["METHOD"] == "REQUEST" and len(invitation.walk("VEVENT")) == 1
    arrive(invited, answered(invitation, partstat, sender="Ana <g-ana@example.org>"))
    assert [row.state for row in invited.rows(MEETING)] == [state]
    assert [row.partstat for row in invited.rows(CALENDAR_ANSWER)] == [partstat.lower()]


def test_who_was_sent_it_on_cannot_call_the_meeting_off(invited: World):
    [booked] = invited.events("meeting_booked")
    invitation = mailed(booked.data["ics"], "REQUEST", "g-ana@example.org")
    arrive(invited, answered(invitation, "DECLINED", sender="g-daniel@example.org"))
    assert [row.state for row in invited.rows(MEETING)] == ["booked"]
    assert [row.reader_kind for row in invited.rows(CALENDAR_ANSWER)] == ["other"], "the teacher sees it and can ask"


def test_a_cancellation_names_the_same_organizer_and_meeting_as_the_invitation(invited: World):
    [booked] = invited.events("meeting_booked")
    with invited.unit() as uow:
        booking.cancel(uow, [booked.data["meeting_id"]], by="staff")
    [off] = invited.events("meeting_cancelled")
    [first] = mailed(booked.data["ics"], "REQUEST", "g-ana@example.org").walk("VEVENT")
    [second] = mailed(off.data["ics"], "CANCEL", "g-ana@example.org").walk("VEVENT")
    assert [first[name] for name in ("UID", "ORGANIZER")] == [second[name] for name in ("UID", "ORGANIZER")]
    assert second["SEQUENCE"] == first["SEQUENCE"] + 1 and second["STATUS"] == "CANCELLED"
