"""An email's bytes, read back by the standard library and compared with what it would have written."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifications.channels.email import verp
from services.notifications.channels.email.encoding import address, lines
from services.notifications.channels.email.mime import Identity, write
from services.notifications.channels.port import Content, Outgoing

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
DELIVERY = "0198c0de-0000-7000-8000-0000000000d1"
WHO = Identity("school@mail.example.org", "1 School Street, Riverside", b"k" * 16, "bounces.example.org", "replies.example.org")
STOP = "https://school.example.org/notifications/stop/" + "t" * 150
anything = st.text(max_size=300)
names = st.text(max_size=60)


def letter(pieces=("Good day.",), slots=(), values=None, **changes) -> Outgoing:
    fields = {"to": "ana@example.org", "from_name": "Greenview Elementary", "unsubscribe": STOP} | changes
    content = Content("m1:1:en", fields.pop("title", "Greenview Elementary"), fields.pop("language", "en"), tuple(pieces), tuple(slots))
    return Outgoing(DELIVERY, fields.pop("district", "riverside"), NOW, content, values=values or {}, **fields)


def read(outgoing: Outgoing, who: Identity = WHO) -> EmailMessage:
    return message_from_bytes(write(outgoing, who).data, policy=SMTP)


def words(mail: EmailMessage, kind: str) -> str:
    return mail.get_body((kind,)).get_content()


class Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text, self.links, self.tags = "", [], []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def visible(mail: EmailMessage) -> Visible:
    seen = Visible()
    seen.feed(words(mail, "html"))
    seen.close()
    return seen


def plain(text: str) -> str:
    """What is left to compare when line ends, blanks and control characters do not count."""
    return "".join(lines(text).encode("utf-8", "replace").decode().split())


@given(pieces=st.lists(anything, min_size=1, max_size=4), data=st.data(), title=names, sender=names)
def test_every_text_and_name_comes_through_whole(pieces, data, title, sender):
    slots = [f"slot{number}" for number in range(len(pieces) - 1)]
    values = {slot: data.draw(anything) for slot in slots}
    outgoing = letter(pieces, slots, values, title=title, from_name=sender)
    mail = read(outgoing)
    body = plain("".join(piece + values.get(slot, "") for piece, slot in zip(pieces, [*slots, ""], strict=True)))
    assert plain(words(mail, "plain")).startswith(body)
    assert body in "".join(visible(mail).text.split())
    assert "".join(str(mail["Subject"]).split()) == plain(title)
    assert "".join(mail["From"].addresses[0].display_name.split()) == plain(sender)
    assert mail["From"].addresses[0].addr_spec == WHO.sender
    assert not mail.defects and all(not part.defects for part in mail.walk())


@given(pieces=st.lists(anything, min_size=1, max_size=3), title=names)
@example(pieces=["0 \x08 0"], title="0 \x08 0")
def test_the_bytes_are_seven_bit_lines_that_no_relay_changes(pieces, title):
    slots = [f"s{number}" for number in range(len(pieces) - 1)]
    data = write(letter(pieces, slots, dict.fromkeys(slots, ".\r\n. a \t b "), title=title), WHO).data
    assert data.endswith(b"\r\n") and data.isascii()
    rows = data.split(b"\r\n")
    assert all(len(row) <= 998 and b"\r" not in row and b"\n" not in row for row in rows)
    body = data.partition(b"\r\n\r\n")[2].split(b"\r\n")
    assert all(len(row) <= 76 for row in body)
    assert not any(row.endswith((b" ", b"\t")) or b"  " in row or b"\t" in row for row in body), "not its own canonical form"


@given(title=st.text(st.characters(max_codepoint=126), max_size=120), name=names)
def test_a_line_break_in_a_name_makes_no_header(title, name):
    mail = read(letter(title=f"{title}\r\nBcc: other@example.org", from_name=f"{name}\nX-Evil: 1"))
    assert "Bcc" not in mail and "X-Evil" not in mail
    assert len(mail.get_all("Subject")) == len(mail.get_all("From")) == 1


@pytest.mark.parametrize("field", ["to", "reply_to", "unsubscribe"])
@given(tail=st.text(st.sampled_from("\r\n \tX:"), min_size=1))
def test_a_value_that_could_break_out_of_its_header_is_refused(field, tail):
    good = {"to": "ana@example.org", "reply_to": "a@example.org", "unsubscribe": STOP}[field]
    with pytest.raises(ValueError):
        write(letter(**{field: f"{good}{tail}\r\nBcc: x@example.org"}), WHO)


@pytest.mark.parametrize(
    "bad", ["", "ana", "ana@", "@example.org", "ana@example", "a na@example.org", "ana@example.org\n", "a..b@example.org", "a@b@c.org",
            "ana@example.org, bo@example.org", "<ana@example.org>", "x" * 65 + "@example.org", "niña@example.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused(bad):
    with pytest.raises(ValueError):
        address(bad)


def test_a_domain_in_another_script_is_written_as_mail_writes_it():
    assert address("ana@bücher.example") == "ana@xn--bcher-kva.example"


def test_a_language_that_no_header_can_hold_is_refused():
    with pytest.raises(ValueError):
        write(letter(language="en\r\nBcc: x"), WHO)


def test_a_slot_without_a_value_is_named():
    with pytest.raises(KeyError, match="student"):
        write(letter(("Dear ", "!"), ("student",)), WHO)


def test_the_headers_say_what_mail_programs_ask_for():
    token = verp.token(WHO.key, "riverside", DELIVERY)
    made = write(letter(), WHO)
    mail = message_from_bytes(made.data, policy=SMTP)
    assert made.sender == f"bounce+{token}@bounces.example.org"
    assert mail["To"] == made.to == "ana@example.org"
    assert mail["Message-ID"] == f"<{DELIVERY}@riverside.homeroom>"
    assert mail["Reply-To"] == f"reply+{token}@replies.example.org"
    assert mail["List-Unsubscribe"] == f"<{STOP}>, <mailto:stop+{token}@replies.example.org?subject=stop>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Date"].datetime == NOW
    assert mail["Content-Language"] == "en" and mail["X-Homeroom-Delivery"] == DELIVERY


def test_without_token_addresses_it_is_from_and_to_the_sender():
    made = write(letter(unsubscribe=None), Identity("school@mail.example.org"))
    mail = message_from_bytes(made.data, policy=SMTP)
    assert made.sender == "school@mail.example.org"
    assert not {"Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"} & set(mail.keys())


def test_a_second_copy_is_the_same_message():
    assert write(letter(), WHO) == write(letter(), WHO)


def test_the_page_reads_from_right_to_left_where_the_language_does():
    html = words(read(letter(("مرحبا",), language="ar")), "html")
    assert '<html lang="ar" dir="rtl">' in html and "وصلتك هذه الرسالة" in html


def test_a_language_without_a_footer_of_its_own_has_it_in_english_and_says_so():
    html = words(read(letter(("Selam",), language="ti")), "html")
    assert '<html lang="ti" dir="ltr">' in html and ' lang="en" dir="ltr">You get this because' in html


def test_links_can_be_tapped_also_those_that_differ_per_person_and_nothing_else_is_loaded():
    mail = read(letter(("See ", ", or https://school.example.org/a?b=1&c=2."), ("link",), {"link": "https://school.example.org/x"}, link="https://school.example.org/read"))
    seen = visible(mail)
    assert seen.links == ["https://school.example.org/x", "https://school.example.org/a?b=1&c=2", "https://school.example.org/read", STOP]
    assert not {"img", "script", "link", "iframe"} & set(seen.tags)


def test_what_somebody_wrote_is_text_and_never_markup():
    seen = visible(read(letter(("<b>", "</b>"), ("x",), {"x": "<script>alert(1)</script>"})))
    assert "script" not in seen.tags and "<b><script>alert(1)</script></b>" in seen.text


def test_the_address_and_why_it_came_stand_below():
    mail = read(letter())
    for kind in ("plain", "html"):
        assert "1 School Street, Riverside" in words(mail, kind) and "You get this because" in words(mail, kind)


CALENDAR_PARTS = ("text/calendar", "application/ics")


def test_a_member_of_staff_whose_mail_has_no_link_gets_the_calendar_file_too():
    ics = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    mail = read(letter(extras={"ics": ics, "ics_method": "REQUEST"}, link=None, unsubscribe=None))
    files = [part.get_payload(decode=True).decode() for part in mail.walk() if part.get_content_type() in CALENDAR_PARTS]
    assert files == [ics, ics]


def test_a_meeting_comes_as_invitation_and_as_file():
    ics = "BEGIN:VCALENDAR\r\nSUMMARY:Reunión\r\nEND:VCALENDAR\r\n"
    mail = read(letter(extras={"ics": ics, "ics_method": "CANCEL"}))
    kinds = [(part.get_content_type(), part.get_filename()) for part in mail.walk() if not part.is_multipart()]
    assert kinds == [("text/plain", None), ("text/html", None), ("text/calendar", None), ("application/ics", "meeting.ics")]
    invitation = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert invitation.get_param("method") == "CANCEL" and invitation.get_payload(decode=True).decode() == ics


def test_it_says_the_same_as_the_standard_librarys_mail():
    theirs = EmailMessage(policy=SMTP)
    theirs["From"] = "Escuela Ñandú <school@mail.example.org>"
    theirs["Subject"] = "Escuela Ñandú"
    theirs.set_content("Mañana empieza la escuela.\n")
    again = message_from_bytes(theirs.as_bytes(), policy=SMTP)
    ours = read(letter(("Mañana empieza la escuela.",), title="Escuela Ñandú", from_name="Escuela Ñandú"))
    assert ours["From"] == again["From"] and ours["Subject"] == again["Subject"]
    assert words(ours, "plain").split("\r\n")[0] == again.get_content().splitlines()[0]
