"""Invitations by email: answers come to the meeting's own mailbox, and reach scheduling as they were sent."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from services.notifications.channels.email import inbound, invitations, verp
from services.notifications.channels.email.mime import Identity, write
from services.notifications.handlers import calendars, mail
from services.notifications.tables.mail import MAIL_IN
from tests.unit.services.notifications.email.mails import KEY, token_address
from tests.unit.services.notifications.email.test_email_mime import letter

WHEN = datetime(2026, 10, 6, 23, 0, tzinfo=UTC)
MEETING = "0198c0de-0000-7000-8000-0000000000f2"
WHO = Identity("school@mail.example.org", "", KEY, "mail.example.org", "mail.example.org")
ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\n"
    f"X-HOMEROOM-MEETING:{MEETING}\r\n"
    'ORGANIZER;CN="Nguyễn Thị Hồng Hạnh, lớp ba của trường tiểu học":mailto:t-alv\r\n arez@riverside.example.org\r\n'
    "ATTENDEE;CN=Ana:mailto:ana@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
ANSWER = "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def answered(ics: str = ANSWER, *, sender: str = "ana@example.org", kind: str = "text/calendar", to: str | None = None) -> bytes:
    """As mail programs answer: words, and the calendar part beside them."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = f"Ana <{sender}>", to or token_address("meet", MEETING), "Accepted: Elena Alvarez"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content("Ana has accepted this invitation.")
    main, sub = kind.split("/")
    made.add_alternative(ics.encode(), maintype=main, subtype=sub, params={"method": "REPLY", "charset": "utf-8"})
    return made.as_bytes(policy=SMTP)


def arrive(district, raw: bytes) -> str:
    arrived = inbound.read(raw, [], keys=[KEY], districts=("riverside",))
    with district.transaction() as uow:
        return mail.received(uow, district.ports, arrived)


def organizer(ics: str) -> str:
    whole = ics.replace("\r\n ", "")
    return next(line for line in whole.split("\r\n") if line.startswith("ORGANIZER")).rpartition("mailto:")[2]


def test_the_organizer_is_the_meeting_s_own_mailbox_in_every_copy():
    found = []
    for _ in range(2):
        sent = message_from_bytes(write(letter(extras={"ics": ICS, "ics_method": "REQUEST"}), WHO).data)
        parts = [part for part in sent.walk() if part.get_content_type() in ("text/calendar", "application/ics")]
        found += [organizer(part.get_payload(decode=True).decode()) for part in parts]
    assert set(found) == {token_address("meet", MEETING)} and len(found) == 4
    about = verp.read(found[0], [KEY], ["riverside"])
    assert about is not None and (about.kind, about.delivery_id) == ("meet", MEETING)
    assert len(found[0].partition("@")[0]) <= 64, "RFC 5321 §4.5.3.1.1"


def test_lines_stay_within_75_octets_and_whole():
    ours = invitations.answerable(ICS, key=KEY, district="riverside", domain="mail.example.org")
    assert all(len(line.encode()) <= 75 for line in ours.split("\r\n"))
    assert ours.replace("\r\n ", "").replace(organizer(ours), "x") == ICS.replace("\r\n ", "").replace(organizer(ICS), "x")


@pytest.mark.parametrize("who", [{"key": b""}, {"domain": ""}])
def test_where_no_mail_is_heard_the_teacher_stays_the_organizer(who):
    assert invitations.answerable(ICS, **{"key": KEY, "district": "riverside", "domain": "mail.example.org", **who}) == ICS


def test_a_file_that_names_no_meeting_is_sent_as_it_is():
    plain = ICS.replace("X-HOMEROOM-MEETING", "X-OTHER")
    assert invitations.answerable(plain, key=KEY, district="riverside", domain="mail.example.org") == plain


@pytest.mark.parametrize("kind", ["text/calendar", "application/ics"])
def test_a_calendar_program_s_answer_reaches_scheduling_once(district, kind):
    raw = answered(kind=kind)
    assert [arrive(district, raw), arrive(district, raw)] == ["calendar", "repeated"]
    [event] = district.told("calendar_replied")
    assert (event["meeting_id"], event["sender"]) == (MEETING, "ana@example.org")
    assert event["ics"].replace("\r", "").strip() == ANSWER.replace("\r", "").strip()
    [row] = district.rows(MAIL_IN)
    assert row["kind"] == "calendar" and row["text"] is None and row["sender"] is None, "nothing of it is kept here"


def test_words_to_a_meeting_s_mailbox_wait_for_a_person(district):
    raw = answered("nothing of the kind").replace(b"Auto-Submitted: auto-generated\r\n", b"")
    assert arrive(district, raw) == "unreadable"
    [row] = district.rows(MAIL_IN)
    assert row["unreadable"] == "to_a_meeting" and "accepted" in row["text"] and district.told("calendar_replied") == []


def test_an_invented_mailbox_says_nothing(district):
    forged = token_address("meet", MEETING, key=b"x" * 20)
    assert arrive(district, answered(to=forged)) == "unreadable" and district.told("calendar_replied") == []


def test_a_giant_calendar_part_is_no_answer(district):
    assert arrive(district, answered(ANSWER + "X" * invitations.LARGEST)) != "calendar"


def answer_event(district, method: str, reader: str = "guardian"):
    return district.event(
        "scheduling.calendar_answered", meeting_id="m-1", guardian_id="g-daniel", student_id="s-mateo", staff_id="t-alvarez",
        school_id="greenview", reader=reader, method=method, start=WHEN, ics=ICS,
    )  # fmt: skip


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "DECLINECOUNTER"])
def test_what_is_said_back_goes_to_the_one_who_asked(district, method):
    district.hear(calendars.calendar_answered, answer_event(district, method))
    district.settle()
    [sent] = district.email.to("daniel@example.org")
    assert sent.extras["ics_method"] == method and "Mateo" in sent.body
    assert district.email.to("t-alvarez@school.example.org") == [] and district.sms.took == []


def test_a_proposal_is_told_to_the_teacher_alone(district):
    district.hear(
        calendars.time_proposed,
        district.event(
            "scheduling.time_proposed", meeting_id="m-1", guardian_id="g-daniel", student_id="s-mateo", staff_id="t-alvarez",
            school_id="greenview", counter_id="c-1", start=WHEN, instead_of=WHEN,
        ),
    )  # fmt: skip
    district.settle()
    [sent] = district.email.to("t-alvarez@school.example.org")
    assert "Mateo" in sent.body and "/scheduling/calendars" in sent.body and district.email.to("daniel@example.org") == []
