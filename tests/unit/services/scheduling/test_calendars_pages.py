"""Feeds and the calendars page: own meetings by a link that can be taken back, nothing of another home, nothing of others."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import sqlalchemy as sa

from services.scheduling.handlers import booking, roster
from services.scheduling.tables import MEETING
from services.scheduling.tables.calendars import EXTERNAL_CALENDAR
from services.scheduling.web import api
from shared.identity import Identity
from shared.web import build_app
from tests.unit.services.scheduling.scene import KEY, World, alert, restriction
from tests.unit.services.scheduling.test_calendars_answers import file, hear, proposed, reply
from tests.unit.services.scheduling.test_scheduling_pages import BROWSER, Site, book_by_page

FEED = re.compile(r'value="https://home\.example\.org(/scheduling/feeds/[^"]+\.ics)"')
CHANGE = re.compile(r'action="(/scheduling/own-calendar-(?:renew|off)/[^"]+)"')


@pytest.fixture
def site(world: World) -> Site:
    identity = Identity.build(KEY, mode="production", secure=False)
    app = build_app(api, runtime=world, ports=world.ports, clock=world.clock, identity=identity, mode="production")
    world.alert(alert())
    return Site(world, app, identity)


def staff_feed(site: Site) -> str:
    site.alvarez.post("/scheduling/calendar-feed/renew", headers=BROWSER)
    found = FEED.search(site.alvarez.get("/scheduling/calendars", headers=BROWSER).text)
    assert found is not None
    return found[1]


def own_page(site: Site, meeting_path: str) -> str:
    return str(site.nobody.get(f"{meeting_path}/calendar", headers=BROWSER).headers["location"])


def guardian_feed(site: Site, page: str) -> str:
    renew = CHANGE.findall(site.nobody.get(page, headers=BROWSER).text)[0]
    assert site.nobody.post(renew, headers=BROWSER).status_code == 303
    found = FEED.search(site.nobody.get(page, headers=BROWSER).text)
    assert found is not None
    return found[1]


def events(site: Site, path: str) -> list[icalendar.Event]:
    answer = site.nobody.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/calendar")
    return list(icalendar.Calendar.from_ical(answer.text).walk("VEVENT"))


def test_a_teacher_s_feed_has_own_meetings_and_says_little_of_the_child(site: Site):
    book_by_page(site, "g-ana", 1)
    path = staff_feed(site)
    [event] = events(site, path)
    assert str(event["SUMMARY"]) == "Mateo R." and "ATTENDEE" not in event and event["CLASS"] == "PRIVATE"
    text = site.nobody.get(path).text
    assert "Rivera" not in text and "Ana" not in text and "REFRESH-INTERVAL" in text and "X-PUBLISHED-TTL" in text
    other = site.okafor
    other.post("/scheduling/calendar-feed/renew", headers=BROWSER)
    found = FEED.search(other.get("/scheduling/calendars", headers=BROWSER).text)
    assert found is not None and events(site, found[1]) == []


def test_a_home_s_feed_has_nothing_of_the_other_home(site: Site):
    ana, daniel = book_by_page(site, "g-ana", 1), book_by_page(site, "g-daniel", 2)
    feeds = [guardian_feed(site, own_page(site, path)) for path in (ana, daniel)]
    first, second = (events(site, path) for path in feeds)
    assert len(first) == len(second) == 1 and first[0]["UID"] != second[0]["UID"]
    assert "Elena Alvarez" in str(first[0]["SUMMARY"])
    texts = [site.nobody.get(path).text for path in feeds]
    assert not [word for word in ("Daniel", "Ana Rivera", "home-") if word in texts[0] + texts[1]]


def test_an_unchanged_feed_is_not_sent_again_and_a_changed_one_is(site: Site):
    path = staff_feed(site)
    first = site.nobody.get(path)
    again = site.nobody.get(path, headers={"If-None-Match": f"W/{first.headers['etag']}"})
    assert again.status_code == 304 and again.text == "" and again.headers["etag"] == first.headers["etag"]
    assert "last-modified" in first.headers and "no-store" not in first.headers["cache-control"]
    site.world.clock.advance_to(site.world.clock.now() + timedelta(hours=1))
    assert site.nobody.get(path).headers["etag"] == first.headers["etag"], "time alone changes nothing"
    book_by_page(site, "g-ana", 1)
    changed = site.nobody.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200 and len(events(site, path)) == 1


def test_a_meeting_that_moves_keeps_its_uid_and_one_that_is_off_leaves_the_feed(site: Site):
    book_by_page(site, "g-ana", 1)
    path = staff_feed(site)
    [before] = events(site, path)
    [row] = site.world.rows(MEETING)
    with site.world.unit() as uow:
        start = datetime(2026, 10, 14, 20, 30, tzinfo=UTC)
        booking.move(uow, site.world.ports, row.meeting_id, start=start, end=start + timedelta(minutes=20))
    [after] = events(site, path)
    assert (after["UID"], after["SEQUENCE"]) == (before["UID"], before["SEQUENCE"] + 1) and after["DTSTART"].dt == start
    with site.world.unit() as uow:
        booking.cancel(uow, [row.meeting_id], by="staff")
    assert events(site, path) == []


def test_a_link_that_was_taken_back_answers_410_and_a_fresh_one_is_shown(site: Site):
    old = staff_feed(site)
    new = staff_feed(site)
    assert old != new and site.nobody.get(old).status_code == 410 and site.nobody.get(new).status_code == 200
    site.alvarez.post("/scheduling/calendar-feed/off", headers=BROWSER)
    assert site.nobody.get(new).status_code == 410
    assert FEED.search(site.alvarez.get("/scheduling/calendars", headers=BROWSER).text) is None


@pytest.mark.parametrize("path", ["/scheduling/feeds/x.ics", "/scheduling/feeds/" + "A" * 300 + ".ics"])
def test_an_invented_link_answers_410(site: Site, path: str):
    assert site.nobody.get(path).status_code == 410


def test_another_link_of_ours_opens_no_feed(site: Site):
    token = book_by_page(site, "g-ana", 1).rpartition("/")[2]
    assert site.nobody.get(f"/scheduling/feeds/{token}.ics").status_code == 410


def test_each_button_of_a_family_s_page_works_once(site: Site):
    page = own_page(site, book_by_page(site, "g-ana", 1))
    renew = CHANGE.findall(site.nobody.get(page, headers=BROWSER).text)[0]
    assert site.nobody.post(renew, headers=BROWSER).status_code == 303
    assert site.nobody.post(renew, headers=BROWSER).status_code == 410
    path = FEED.search(site.nobody.get(page, headers=BROWSER).text)[1]  # type: ignore[index]
    off = CHANGE.findall(site.nobody.get(page, headers=BROWSER).text)[1]
    assert site.nobody.post(off, headers=BROWSER).status_code == 303 and site.nobody.get(path).status_code == 410


def test_a_restriction_empties_the_feed(site: Site):
    path = guardian_feed(site, own_page(site, book_by_page(site, "g-ana", 1)))
    assert len(events(site, path)) == 1
    with site.world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-ana", "s-mateo", date(2026, 9, 1))])
    assert events(site, path) == []


def test_a_calendar_is_added_shown_and_taken_off_by_its_owner_alone(site: Site):
    form = {"kind": "caldav", "url": "https://dav.example.org/secret/", "user": "elena", "password": "hush"}
    assert site.alvarez.post("/scheduling/calendars", form=form, headers=BROWSER).status_code == 303
    text = site.alvarez.get("/scheduling/calendars", headers=BROWSER).text
    assert "dav.example.org" in text and not [word for word in ("secret", "hush", "elena") if word in text]
    [row] = site.world.rows(EXTERNAL_CALENDAR)
    path = f"/scheduling/calendars/{row.calendar_id}"
    assert site.okafor.post(f"{path}/off", headers=BROWSER).status_code == 404
    assert "dav.example.org" not in site.okafor.get("/scheduling/calendars", headers=BROWSER).text
    assert site.alvarez.post(f"{path}/look", headers=BROWSER).status_code == 303
    assert site.alvarez.post(f"{path}/off", headers=BROWSER).status_code == 303
    assert site.world.rows(EXTERNAL_CALENDAR)[0].state == "leaving"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "https://user:pass@example.org/", "not an address", "gopher://x.org/"]
)
def test_what_is_no_address_is_said_beside_the_field_with_what_was_typed(site: Site, url: str):
    answer = site.alvarez.post(
        "/scheduling/calendars", form={"kind": "ics", "url": url, "user": "", "password": "hush"}, headers=BROWSER
    )
    assert answer.status_code == 422 and "Expected an address like" in answer.text and "hush" not in answer.text
    assert site.world.rows(EXTERNAL_CALENDAR) == []


def test_webcal_addresses_are_https(site: Site):
    site.alvarez.post(
        "/scheduling/calendars", form={"kind": "ics", "url": "webcal://cal.example.org/a.ics"}, headers=BROWSER
    )
    assert [row.host for row in site.world.rows(EXTERNAL_CALENDAR)] == ["cal.example.org"]


def test_a_proposal_is_shown_to_the_teacher_and_taken_with_a_button(site: Site):
    book_by_page(site, "g-ana", 1)
    [row] = site.world.rows(MEETING)
    wanted = datetime(2026, 10, 15, 22, 0, tzinfo=UTC)
    hear(site.world, reply(row.meeting_id, file(row.meeting_id, "COUNTER", more=proposed(wanted))))
    text = site.alvarez.get("/scheduling/calendars", headers=BROWSER).text
    assert "Ana Rivera" in text and "Ana Rivera" not in site.okafor.get("/scheduling/calendars", headers=BROWSER).text
    path = re.search(r'action="(/scheduling/proposals/[^"]+/accept)"', text)[1]  # type: ignore[index]
    told = site.alvarez.post(path, headers=BROWSER).headers["location"]
    assert "The meeting has been moved" in site.alvarez.get(told, headers=BROWSER).text
    assert [row.start_at for row in site.world.rows(MEETING)] == [wanted]
    assert "gone" in site.alvarez.post(path, headers=BROWSER).headers["location"]


def test_what_calendars_answered_is_shown_to_the_meeting_s_teacher(site: Site):
    book_by_page(site, "g-ana", 1)
    [row] = site.world.rows(MEETING)
    hear(site.world, reply(row.meeting_id, file(row.meeting_id, said_="TENTATIVE")))
    hear(site.world, reply(row.meeting_id, file(row.meeting_id, said_="DECLINED"), sender="else@example.org"))
    text = site.alvarez.get("/scheduling/calendars", headers=BROWSER).text
    assert (
        "the family: <strong>perhaps</strong>" in text and "an address that we do not know: <strong>no</strong>" in text
    )
    assert "perhaps" not in site.okafor.get("/scheduling/calendars", headers=BROWSER).text


def test_a_booked_meeting_and_one_that_is_off_are_followed_at_once_in_its_teacher_s_calendar_alone(site: Site):
    later = site.world.clock.now() + timedelta(hours=1)
    form = {"kind": "caldav", "url": "https://dav.example.org/"}
    for who in (site.alvarez, site.okafor):
        who.post("/scheduling/calendars", form=form, headers=BROWSER)

    def rest() -> None:
        with site.world.unit() as uow:
            uow.connection.execute(sa.update(EXTERNAL_CALENDAR).values(wanted_at=later))

    def wanted() -> dict[str, bool]:
        return {row.staff_id: row.wanted_at < later for row in site.world.rows(EXTERNAL_CALENDAR)}

    rest()
    book_by_page(site, "g-ana", 1)
    assert wanted() == {"t-alvarez": True, "t-okafor": False}
    rest()
    [row] = site.world.rows(MEETING)
    with site.world.unit() as uow:
        booking.cancel(uow, [row.meeting_id], by="staff")
    assert wanted() == {"t-alvarez": True, "t-okafor": False}


def test_nobody_without_a_session_sees_the_page(site: Site):
    assert site.nobody.get("/scheduling/calendars").headers["location"].startswith("/identity/")
