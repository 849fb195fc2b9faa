"""On their page a family sees what translated each message, and asks for a person there."""

from __future__ import annotations

import html

import pytest

from shared.web.testing import SignedIn
from tests.unit.services.notifications.test_notifications_web import Site
from tests.unit.services.notifications.test_reviews_heard import completed, requested, unanswered, written


@pytest.fixture
def site(district):
    return Site(district)


def inbox(district) -> str:
    link = district.ports.link("/notifications/inbox", "riverside", "g-ana", purpose="inbox", now=district.now, language="en")
    return link.removeprefix("https://homeroom.example.org")


def anybody(site) -> SignedIn:
    """Whoever holds the link."""
    return SignedIn(site.app, site.identity, None)


def shown(site, district) -> str:
    return html.unescape(anybody(site).get(inbox(district)).text)


def test_a_machine_s_text_says_so_with_the_way_to_a_person(site, district):
    written(district, "Mateo fell today.")
    district.settle()
    page = shown(site, district)
    assert "Translated by machine (taught). Ask a person to check it" in page
    assert "Mateo fell today." in page  # the original, one tap away


def test_what_a_person_wrote_is_said_to_be_a_person_s(site, district):
    message_id = written(district, "Mateo fell today.")
    completed(district, message_id, waited=False, decision="approved", edited=False)
    district.settle()
    assert "Translated or checked by a person" in shown(site, district)


def test_asking_there_names_the_message_and_what_it_should_say(site, district):
    message_id = written(district, "Mateo fell today.")
    district.settle()
    form = {"delivery_id": district.delivery_to("g-ana")["delivery_id"], "proposal": " Mateo se cayó hoy. "}
    answer = anybody(site).post(f"{inbox(district)}/person", form=form)
    assert (answer.status_code, answer.headers["location"][-12:]) == (303, "?said=person")
    [asked] = district.told("person_asked")
    assert (asked["text_id"], asked["guardian_id"], asked["via"], asked["proposal"]) == (message_id, "g-ana", "page", "Mateo se cayó hoy.")


@pytest.mark.parametrize("delivery_id", ["nothing", "of-daniel"])
def test_another_person_s_message_cannot_be_asked_about(site, district, delivery_id):
    written(district, "Mateo fell today.")
    district.settle()
    wanted = district.delivery_to("g-daniel")["delivery_id"] if delivery_id == "of-daniel" else delivery_id
    assert anybody(site).post(f"{inbox(district)}/person", form={"delivery_id": wanted}).status_code == 404
    assert district.told("person_asked") == []


def test_a_message_in_its_own_language_has_nothing_to_check(site, district):
    written(district, "Mateo fell today.")
    district.settle()
    link = district.ports.link("/notifications/inbox", "riverside", "g-daniel", purpose="inbox", now=district.now)
    assert "Ask a person" not in anybody(site).get(link.removeprefix("https://homeroom.example.org")).text


def test_a_sender_marks_what_a_person_must_translate(site, district):
    page = site.as_("t-alvarez", "teacher").get("/notifications/compose?student_id=s-mateo").text
    assert 'name="risk" value="high"' in page


def test_a_teacher_sees_in_the_thread_that_a_message_waits_for_a_person(site, district):
    message_id = written(district)
    unanswered(district, message_id)
    requested(district, message_id)
    district.settle()
    page = site.as_("t-alvarez", "teacher").get("/notifications/threads/g-ana").text
    assert "waits for a person's translation" in html.unescape(page)
