"""The mail server's call and the office's list, through the built app."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from falcon import testing

from services.notifications import mail_door
from services.notifications.channels.email.inbound import LARGEST
from services.notifications.handlers import mail, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import SUPPRESSION
from services.notifications.tables.mail import MAIL_IN
from shared.web.testing import SignedIn
from tests.unit.services.notifications.email.mails import KEY, answer, stray
from tests.unit.services.notifications.test_notifications_web import Site

INBOUND = "/notifications/webhooks/email/inbound"
LIST = "/notifications/mail/unreadable"
TO = "info@mail.example.org"


@pytest.fixture
def site(district):
    district.ports = replace(district.ports, settings={**district.ports.settings, "email": [{"name": "post", "inbound_token": KEY.decode()}]})
    return Site(district)


def call(site, raw: bytes, *, key: bytes = KEY, recipient: str = TO, signed_for: str = TO, late: timedelta = timedelta(0), query: str = ""):
    at = int((site.now() - late).timestamp())
    headers = {
        mail_door.SIGNATURE: mail_door.signature(key, raw, recipient=signed_for, at=at),
        mail_door.RECIPIENT: recipient,
        "Content-Type": "message/rfc822",
    }
    return testing.TestClient(site.app).simulate_post(INBOUND, body=raw, headers=headers, query_string=query)


def test_a_signed_mail_is_taken_and_a_repeated_one_changes_nothing(site, district):
    assert call(site, stray()).json == {"taken_for": "unreadable"}
    assert call(site, stray()).json == {"taken_for": "repeated"}
    assert len(district.rows(MAIL_IN)) == 1


def test_a_mail_that_cannot_be_acted_on_is_set_aside_for_a_person_and_not_asked_for_again(site, district, monkeypatch):
    def fails(*_):
        raise ValueError("as a later change might")

    monkeypatch.setattr(mail, "_act", fails)
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Hello.", "s-mateo"))
    district.settle()
    raw = answer(district.delivery_to("g-daniel")["delivery_id"])
    assert [call(site, raw).json, call(site, raw).json] == [{"taken_for": "unreadable"}, {"taken_for": "repeated"}]
    assert [(row["unreadable"], bytes(row["raw"])) for row in district.rows(MAIL_IN)] == [("shape", raw)]


@pytest.mark.parametrize(
    "wrong",
    [{"key": b"guess"}, {"late": timedelta(minutes=6)}, {"late": -timedelta(minutes=6)}, {"signed_for": "other@mail.example.org"}],
    ids=["key", "old", "future", "recipient"],
)
def test_a_call_that_is_forged_or_old_changes_nothing(site, district, wrong):
    assert call(site, stray(), **wrong).status_code == 403
    assert not district.rows(MAIL_IN)


@pytest.mark.parametrize("signature", ["", "t=1,v1=", "t=,v1=aa", "t=٣,v1=aa", "v1=aa", "t=" + "9" * 400])
def test_a_signature_of_another_shape_is_refused(site, signature):
    headers = {mail_door.SIGNATURE: signature.encode().decode("latin-1"), "Content-Type": "message/rfc822"}
    said = testing.TestClient(site.app).simulate_post(INBOUND, body=b"x", headers=headers)
    assert said.status_code == 403


def test_without_a_key_configured_nobody_can_sign(district):
    site = Site(district)
    assert call(site, stray(), key=b"").status_code == 403


def test_a_mail_too_large_is_refused_as_that(site, district):
    assert call(site, b"x" * (LARGEST + 1)).status_code == 413
    assert not district.rows(MAIL_IN)


def test_of_a_cell_with_several_districts_a_stray_must_say_whose_it_is(site, district):
    district.ports = replace(district.ports, districts=("riverside", "lakeside"))
    site = Site(district)
    assert call(site, stray()).status_code == 403
    assert call(site, stray(), query="district=elsewhere").status_code == 403
    assert call(site, stray(), query="district=riverside").status_code == 200


def test_the_office_sees_what_could_not_be_placed_until_somebody_has(site, district):
    call(site, stray("<b>Hello</b>"))
    office = site.as_("o-office", "office")
    page = office.get(LIST)
    assert "&lt;b&gt;Hello&lt;/b&gt;" in page.text and "Is the school open on Monday?" in page.text
    assert "It does not say which message of ours it is about." in page.text and "<script" not in page.text
    (row,) = district.rows(MAIL_IN)
    assert office.post(f"{LIST}/{row['mail_id']}/done", form={}).status_code == 303
    assert "Nothing to look at." in office.get(LIST).text
    assert district.rows(MAIL_IN)[0]["closed_by"] == "o-office"
    assert office.post(f"{LIST}/{row['mail_id']}/done", form={}).status_code == 404


def test_a_teacher_does_not_see_it_and_another_school_only_what_is_nobodys(site, district):
    call(site, stray())
    assert site.as_("t-alvarez", "teacher").get(LIST).status_code == 403
    assert "Hello?" in site.as_("o-other", "office", "northgate").get(LIST).text
    with district.engine.begin() as connection:
        connection.execute(MAIL_IN.update().values(school_id="greenview"))
    elsewhere = site.as_("o-other", "office", "northgate")
    assert "Hello?" not in elsewhere.get(LIST).text
    (row,) = district.rows(MAIL_IN)
    assert elsewhere.post(f"{LIST}/{row['mail_id']}/done", form={}).status_code == 404


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'),
    ],
)
def test_one_click_stops_emails_without_a_session_a_cookie_or_a_redirect(site, district, media, body):
    """RFC 8058 §3.1: either encoding; §3.2: no redirect."""
    link = district.ports.link("/notifications/stop", "riverside", "g-daniel", purpose="stop", resource="email", now=district.now)
    path = link.removeprefix(district.ports.base_url)
    client = testing.TestClient(site.app)
    assert "<button" in client.simulate_get(path).text and not district.rows(SUPPRESSION)
    said = client.simulate_post(path, body=body, headers={"Content-Type": media})
    assert said.status_code == 200
    assert [(row["guardian_id"], row["channel"], row["source"]) for row in district.rows(SUPPRESSION)] == [("g-daniel", "email", "stop")]


def test_only_who_is_signed_in_sees_the_list(site):
    assert SignedIn(site.app, site.identity, None).get(LIST).status_code in (303, 401)
