"""What an email to us is taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels.email.bounces import address_is_dead
from services.notifications.channels.email.inbound import Kind, read
from services.notifications.channels.email.wording import without_quotes
from tests.unit.services.notifications.email.mails import KEY, answer, bounce, complaint, crlf, stray, token_address

DELIVERY = "0198c0de-0000-7000-8000-0000000000d1"
OTHER = "0198c0de-0000-7000-8000-0000000000d2"


def taken(raw: bytes, *recipients: str):
    return read(raw, recipients, keys=[KEY], districts=("riverside",))


@pytest.mark.parametrize(
    ("action", "status", "kind", "code"),
    [
        ("failed", "5.1.1", Kind.BOUNCE, "5.1.1"),
        ("failed", "5.2.2", Kind.BOUNCE, "5.2.2"),
        ("delayed", "4.4.1", Kind.DELAYED, "4.4.1"),
        ("delivered", "2.0.0", Kind.DELIVERED, "2.0.0"),
        ("relayed", "2.1.9", Kind.DELIVERED, "2.1.9"),
        ("failed", "gone", Kind.BOUNCE, "5.0.0"),
    ],
)
def test_a_status_report_says_what_became_of_which_delivery(action, status, kind, code):
    found = taken(bounce(DELIVERY, action=action, status=status))
    assert (found.kind, found.code, found.about.delivery_id) == (kind, code, DELIVERY)


def test_a_report_to_one_address_for_all_names_the_delivery_by_the_original():
    found = taken(bounce(DELIVERY, to="bounces@mail.example.org"))
    assert (found.kind, found.about.delivery_id) == (Kind.BOUNCE, DELIVERY)


def test_the_envelope_says_it_where_the_headers_do_not():
    raw = bounce(DELIVERY, to="undisclosed:;", original="school@mail.example.org")
    assert taken(raw, token_address("bounce", DELIVERY)).about.delivery_id == DELIVERY


def test_nobody_bounces_a_delivery_by_its_id_alone():
    forged = token_address("bounce", DELIVERY, key=b"guess")
    found = taken(bounce(DELIVERY, to=forged, original=forged))
    assert (found.kind, found.why) == (Kind.UNREADABLE, "about_nothing")


@pytest.mark.parametrize(
    ("kind", "taken_for"), [("abuse", Kind.COMPLAINT), ("fraud", Kind.COMPLAINT), ("not-spam", Kind.AUTOMATIC), ("auth-failure", Kind.AUTOMATIC)]
)
def test_a_complaint_is_one_only_where_a_person_complains(kind, taken_for):
    found = taken(complaint(DELIVERY, kind=kind))
    assert (found.kind, found.code, found.about.delivery_id) == (taken_for, kind, DELIVERY)


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: auto-replied\n", "Auto-Submitted: auto-generated; x=y\n", "Precedence: bulk\n", "X-Autoreply: yes\n", "Return-Path: <>\n",
     "List-Id: <list.example.org>\n"],
)  # fmt: skip
def test_what_a_program_answers_is_no_answer(header):
    assert taken(answer(DELIVERY, "I am away.", extra=header)).kind is Kind.AUTOMATIC


def test_a_person_who_says_that_nothing_was_automatic_is_believed():
    assert taken(answer(DELIVERY, extra="Auto-Submitted: no\n")).kind is Kind.REPLY


def test_an_answer_is_what_was_written_and_not_what_was_quoted():
    found = taken(answer(DELIVERY, "Gracias.\n\n¿Puedo ir el lunes?"))
    assert (found.kind, found.text) == (Kind.REPLY, "Gracias.\n\n¿Puedo ir el lunes?")
    assert (found.about.delivery_id, found.sender) == (DELIVERY, "daniel@example.org")


@pytest.mark.parametrize(
    "introduced",
    [
        "On Mon, Sep 28, 2026 at 9:00 AM School <x@y.org> wrote:",
        "El lun, 28 sept 2026 a las 9:00, Escuela (<x@y.org>) escribió:",
        "Vào Th 2, 28 thg 9, 2026 vào lúc 9:00 School <x@y.org> đã viết:",
        "في الاثنين، 28 سبتمبر 2026 في 9:00 ص تمت كتابة ما يلي بواسطة School <x@y.org>:",
        "School <x@y.org> 于2026年9月28日周一 09:00写道：",
        "On Mon, Sep 28, 2026 at 9:00 AM The School of a Long Name\n<x@y.org> wrote:",
    ],
)
def test_a_quotation_is_left_out_in_every_language(introduced):
    assert without_quotes(f"Yes\nplease\n{introduced}\n> Your words") == "Yes\nplease"
    assert without_quotes(f"Yes\nplease\n\n{introduced}\n> Your words\n>> and older\n") == "Yes\nplease"


def test_an_answer_that_is_only_a_quotation_is_kept_whole():
    assert without_quotes("> yes") == "> yes" and without_quotes("2") == "2"


def test_an_answer_in_html_alone_is_read_without_its_quotation():
    raw = answer(DELIVERY).replace(b"text/plain", b"text/html")
    html = raw.partition(b"\r\n\r\n")[0] + crlf("\n") + "<p>Yes, <b>please</b></p><div class='gmail_quote'>On … wrote:<div>old</div></div>".encode()
    assert taken(html).text == "Yes, please"


def test_the_unsubscribe_button_of_a_mail_program_is_obeyed():
    raw = stray("stop").replace(b"info@mail.example.org", token_address("stop", DELIVERY).encode())
    assert taken(raw).kind is Kind.STOP


def test_a_bounce_in_a_shape_of_its_own_is_still_one():
    """qmail's, which says "This is a permanent error" in words (http://cr.yp.to/proto/qsbmf.txt)."""
    raw = crlf(f"""
From: MAILER-DAEMON@mx.example.net
To: {token_address("bounce", DELIVERY)}
Subject: failure notice

Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<daniel@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.
""")
    assert taken(raw).kind is Kind.BOUNCE


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (stray(), "about_nothing"),
        (stray().replace(b"info@mail.example.org", token_address("bounce", DELIVERY).encode()), "bounce_shape"),
        (answer(DELIVERY, "").partition(b"\r\n\r\n")[0] + b"\r\n\r\n", "no_words"),
        (b"", "about_nothing"),
        (b"\xff\xfe\x00" * 50, "about_nothing"),
    ],
)
def test_what_cannot_be_placed_says_why(raw, why):
    found = taken(raw)
    assert (found.kind, found.why) == (Kind.UNREADABLE, why)


@given(st.binary(max_size=400), st.sampled_from([bounce, complaint, answer]), st.integers(0, 1500), st.integers(0, 40))
def test_a_mangled_mail_never_stops_the_others(noise, make, at, cut):
    raw = make(DELIVERY)
    taken(raw[:at] + noise + raw[at + cut :])


@given(st.text(max_size=300))
def test_no_words_get_lost_where_nothing_is_quoted(text):
    kept = without_quotes(text)
    assert bool(kept) == bool(text.strip())


def test_the_same_mail_is_the_same_and_another_is_another():
    assert taken(stray()).mail_id == taken(stray()).mail_id != taken(stray("Hi")).mail_id


@pytest.mark.parametrize("written", ["Re: Mañana", "=?utf-8?q?Re=3A_Ma=C3=B1ana?=", "=?iso-8859-1?q?Re=3A_Ma=F1ana?="])
def test_a_subject_is_read_in_whatever_way_it_was_written(written):
    assert taken(stray(written)).subject == "Re: Mañana"


@pytest.mark.parametrize("written", ["=?nonsense?q?Hello?=", "=?utf-8?b?not base64?="])
def test_a_subject_that_is_nonsense_is_shown_as_it_is(written):
    assert taken(stray(written)).subject


def test_only_a_dead_address_is_dead():
    assert [address_is_dead(code) for code in ("5.1.1", "5.1.10", "5.2.2", "5.7.1", "4.1.1", None)] == [True, True, False, False, False, False]
