"""A family's inbox leads to "call me": its own children's teachers, with their hours, and nobody else's."""

from __future__ import annotations

import re
from datetime import date

import pytest

from shared.directory import projection
from shared.identity import Links
from shared.web.testing import SignedIn
from tests.unit.services.notifications.conversation.talk import card
from tests.unit.services.notifications.test_notifications_web import Site

WEDNESDAY = [{"weekday": "wed", "start": "15:30", "end": "16:30"}]


@pytest.fixture
def site(district):
    return Site(district)


def inbox(site: Site, guardian: str) -> str:
    link = site.district.ports.link("", "riverside", guardian, purpose="inbox", now=site.now(), language="en")
    return str(SignedIn(site.app, site.identity, None).get(f"/notifications/inbox/{link.rpartition('/')[2]}").text)


def test_the_teacher_s_hours_and_the_way_to_a_call(site):
    card(site.district, windows=WEDNESDAY)
    page = inbox(site, "g-ana")
    assert "Elena Alvarez, about Mateo" in page and "Wed 3:30 PM–4:30 PM" in page
    (token,) = re.findall(r'href="[^"]*/scheduling/hours/([^"]+)"', page)
    links: Links = site.district.ports.links
    claims = links.read(token, site.now(), purpose="hours")
    assert (claims.subject_id, claims.resource) == ("g-ana", "s-mateo|t-alvarez")


def test_a_teacher_without_hours_is_not_there(site):
    card(site.district, windows=[])
    assert "/scheduling/hours/" not in inbox(site, "g-ana")


def test_who_may_not_meet_the_school_finds_no_way_to_a_call(site):
    card(site.district, windows=WEDNESDAY)
    event = site.district.event(
        "district.contact_restricted", restriction_id="r-1", guardian_id="g-ana", student_id="s-mateo", revision=2,
        scope="no_contact", starts_on=date(2026, 1, 1), ends_on=None, lifted=False, authority_ref="court-1",
    )  # fmt: skip
    site.district.hear(lambda uow, _, events: projection.contact_restricted(uow, events), event)
    assert "/scheduling/hours/" not in inbox(site, "g-ana")
    assert "/scheduling/hours/" in inbox(site, "g-daniel")
