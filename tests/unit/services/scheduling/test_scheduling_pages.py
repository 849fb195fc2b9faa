"""Pages and JSON of scheduling: a family by its link, a teacher in a session, nobody from another school."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import icalendar
import pytest

from services.scheduling.handlers import notes, roster
from services.scheduling.tables import COMMITMENT, MEETING, OFFER, OFFICE_HOURS
from services.scheduling.web import api
from shared.directory import projection
from shared.identity import Identity, Kind
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.unit.services.scheduling.scene import (
    DISTRICT,
    KEY,
    World,
    alert,
    guardian,
    preference,
    reply,
    restriction,
    school,
)

BROWSER = {"Accept": "text/html"}


@dataclass
class Site:
    world: World
    app: Any
    identity: Identity

    def staff(self, person_id: str, *schools: str, role: str = "teacher") -> SignedIn:
        session = self.identity.sessions.start(
            Kind.STAFF, self.world.clock.now(), district=DISTRICT, person_id=person_id, role=role, schools=schools
        )
        return SignedIn(self.app, self.identity, session)

    @property
    def alvarez(self) -> SignedIn:
        return self.staff("t-alvarez", "org-greenview")

    @property
    def okafor(self) -> SignedIn:
        return self.staff("t-okafor", "org-northgate")

    @property
    def nobody(self) -> SignedIn:
        return SignedIn(self.app, self.identity, None)

    def offer_path(self, guardian_id: str) -> str:
        return path_of(self.world.offer_of(guardian_id).data["link"])

    def viewings(self) -> list[tuple[str, str, str]]:
        found = [event.data for event in self.world.events() if event.type == "district.record_viewed"]
        return [(view["viewer_id"], view["subject_id"], view["outcome"]) for view in found]


@pytest.fixture
def site(world: World) -> Site:
    identity = Identity.build(KEY, mode="production", secure=False)
    app = build_app(api, runtime=world, ports=world.ports, clock=world.clock, identity=identity, mode="production")
    return Site(world, app, identity)


def path_of(link: str) -> str:
    return link.removeprefix("https://home.example.org")


def book_by_page(site: Site, guardian_id: str, n: int = 2) -> str:
    """The meeting's page."""
    answer = site.nobody.post(site.offer_path(guardian_id), form={"n": n, "mode": "video"}, headers=BROWSER)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_family_sees_its_times_in_its_language_and_books_one_with_a_button(site: Site):
    site.world.alert(alert())
    shown = site.nobody.get(site.offer_path("g-ana"), headers=BROWSER)
    assert 'lang="es"' in shown.text and "Elija una hora" in shown.text
    assert shown.text.count('<button name="n"') == 3 and "30 sept" in shown.text
    assert "<script" not in shown.text and "Daniel" not in shown.text

    page = site.nobody.get(book_by_page(site, "g-ana"), headers=BROWSER)
    assert "Su reunión" in page.text and "Elena Alvarez" in page.text and "meet.example.org" in page.text
    [booked] = site.world.events("meeting_booked")
    assert (booked.data["mode"], booked.data["guardian_id"]) == ("video", "g-ana")


def test_a_look_books_nothing_and_a_link_books_once(site: Site):
    site.world.alert(alert())
    path = site.offer_path("g-ana")
    site.nobody.get(path, headers=BROWSER)
    assert site.world.rows(MEETING) == []
    book_by_page(site, "g-ana", 1)
    assert site.nobody.post(path, form={"n": 2}, headers=BROWSER).status_code == 410
    assert len(site.world.rows(MEETING)) == 1
    assert site.nobody.get(path, headers=BROWSER).headers["location"].startswith("/scheduling/m/"), "it leads there now"
    expired = site.world.rows(OFFER)[0].expires_at
    site.world.clock.advance_to(expired + timedelta(days=2))
    assert site.nobody.get(path, headers=BROWSER).status_code == 410


def test_who_comes_too_late_is_shown_the_next_times(site: Site):
    site.world.alert(alert())
    book_by_page(site, "g-ana", 2)
    shown = site.nobody.get(site.offer_path("g-daniel"), headers=BROWSER)
    assert shown.text.count('<button name="n"') == 2, "what is taken is not shown any more"
    answer = site.nobody.post(site.offer_path("g-daniel"), form={"n": 2}, headers=BROWSER)
    assert answer.status_code == 303
    again = site.nobody.get(answer.headers["location"], headers=BROWSER)
    assert "That time was taken" in again.text and again.text.count('<button name="n"') == 3


def test_after_an_answer_by_text_message_the_link_shows_the_meeting(site: Site):
    site.world.alert(alert())
    site.world.reply(reply(site.world.offer_of("g-ana").data["offer_id"], "2", "g-ana"))
    answer = site.nobody.get(site.offer_path("g-ana"), headers=BROWSER)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/scheduling/m/")


def test_a_family_that_likes_none_of_the_times_asks_for_others(site: Site):
    site.world.alert(alert())
    first = site.world.offer_of("g-ana").data["slots"]
    answer = site.nobody.post(site.offer_path("g-ana") + "/more", form={}, headers=BROWSER)
    assert answer.status_code == 303
    assert site.world.offer_of("g-ana").data["slots"][0]["start"] > first[-1]["start"]


def test_the_page_says_when_nothing_suits(site: Site):
    with site.world.unit() as uow:
        notes.preference_changed(uow, [preference("g-daniel", available_after="18:00", timezone="America/New_York")])
    site.world.alert(alert())
    shown = site.nobody.get(site.offer_path("g-daniel"), headers=BROWSER)
    assert "These are the nearest" in shown.text
    assert "5:10" in shown.text, "in New York, where Daniel lives"


def test_a_meeting_can_be_saved_moved_and_called_off_by_its_link(site: Site):
    site.world.alert(alert())
    path = book_by_page(site, "g-ana")
    ics = site.nobody.get(path + "/meeting.ics")
    assert ics.headers["content-type"].startswith("text/calendar; method=REQUEST")
    assert icalendar.Calendar.from_ical(ics.text)["METHOD"] == "REQUEST"

    moved = site.nobody.post(path + "/move", form={}, headers=BROWSER)
    assert moved.headers["location"].startswith("/scheduling/o/")
    assert [row.state for row in site.world.rows(MEETING)] == ["booked"], "it stays until another time is chosen"
    newer = site.nobody.post(moved.headers["location"], form={"n": 3}, headers=BROWSER).headers["location"]
    [meeting] = site.world.rows(MEETING)
    assert meeting.sequence == 1
    assert site.nobody.post(path + "/cancel", form={}, headers=BROWSER).status_code == 410, "the old link is used up"

    assert site.nobody.post(newer + "/cancel", form={}, headers=BROWSER).status_code == 303
    assert "This meeting is cancelled" in site.nobody.get(newer + "?lang=en", headers=BROWSER).text
    assert len(site.world.events("meeting_cancelled")) == 1
    assert site.nobody.get(newer + "/meeting.ics").headers["content-type"].startswith("text/calendar; method=CANCEL")


def test_a_restriction_closes_every_link(site: Site):
    site.world.alert(alert())
    path, offer = book_by_page(site, "g-ana"), site.offer_path("g-daniel")
    with site.world.unit() as uow:
        roster.contact_restricted(
            uow, [restriction(g, "s-mateo", date(2026, 9, 1)) for g in ("g-ana", "g-daniel")]
        )
    for page in (path, offer):
        assert site.nobody.get(page, headers=BROWSER).status_code == 410
    assert site.nobody.post(offer, form={"n": 1}, headers=BROWSER).status_code == 410
    assert [row.state for row in site.world.rows(MEETING)] == ["cancelled"]


def test_a_guardian_asks_for_a_time_by_a_link(site: Site):
    def ask(resource: str) -> str:
        expires = site.world.clock.now() + timedelta(days=7)
        token = site.identity.links.issue(DISTRICT, "g-meera", purpose="ask", resource=resource, expires_at=expires)
        return f"/scheduling/ask/{token}"

    path = ask("s-riya|t-alvarez")
    assert "Elena Alvarez" in site.nobody.get(path, headers=BROWSER).text
    answer = site.nobody.post(path, form={}, headers=BROWSER)
    assert answer.headers["location"].startswith("/scheduling/o/")
    assert site.world.offer_of("g-meera").data["kind"] == "asked"
    for foreign in ("s-mateo|t-alvarez", "s-riya|t-okafor", "s-nobody|t-alvarez"):
        assert site.nobody.get(ask(foreign), headers=BROWSER).status_code == 410


def test_a_family_for_whom_no_time_is_free_is_told_so(site: Site):
    with site.world.unit() as uow:
        roster.school_onboarded(uow, site.world.ports, [school(revision=2, hours=[])])
    expires = site.world.clock.now() + timedelta(days=7)
    token = site.identity.links.issue(DISTRICT, "g-meera", purpose="ask", resource="s-riya|t-alvarez", expires_at=expires)
    answer = site.nobody.post(f"/scheduling/ask/{token}", form={}, headers=BROWSER)
    assert answer.status_code == 200 and "no free time" in answer.text
    assert [row.state for row in site.world.rows(OFFER)] == ["unserved"]
    assert "Meera Shah" in site.alvarez.get("/scheduling/calendar", headers=BROWSER).text


def test_a_teacher_offers_times_to_the_homes_of_an_own_student(site: Site):
    answer = site.alvarez.post("/scheduling/offers", json={"student_id": "s-mateo", "kind": "checkin"})
    assert answer.status_code == 201
    assert [offer["state"] for offer in answer.json["offers"]] == ["open", "open"] and answer.json["refused"] == 0
    assert {e.data["kind"] for e in site.world.events("meeting_offered")} == {"checkin"}
    form = {"student_id": "s-mateo", "guardian_id": "g-ana"}
    assert site.alvarez.post("/scheduling/offers", form=form, headers=BROWSER).status_code == 303


def test_who_may_not_be_invited_is_counted_and_not_named(site: Site):
    with site.world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 1))])
    answer = site.alvarez.post("/scheduling/offers", json={"student_id": "s-mateo"})
    assert len(answer.json["offers"]) == 1 and answer.json["refused"] == 1
    assert "restrict" not in answer.text and "daniel" not in answer.text
    page = site.alvarez.get("/scheduling/students/s-mateo", headers=BROWSER)
    assert "Ana Rivera" in page.text and "Daniel" not in page.text
    promise = {"student_id": "s-mateo", "guardian_id": "g-daniel", "text": "a call", "due_on": "2026-10-02"}
    refused = site.alvarez.post("/scheduling/commitments", json=promise)
    assert refused.status_code == 422 and "restrict" not in refused.text


def test_a_teacher_of_another_school_is_refused_and_the_refusal_is_kept(site: Site):
    promise = {"student_id": "s-mateo", "guardian_id": "g-ana", "text": "a call", "due_on": "2026-10-02"}
    assert site.okafor.get("/scheduling/students/s-mateo").status_code == 403
    assert site.okafor.post("/scheduling/offers", json={"student_id": "s-mateo"}).status_code == 403
    assert site.okafor.post("/scheduling/commitments", json=promise).status_code == 403
    assert site.okafor.get("/scheduling/promises?school=org-greenview").status_code == 403
    denied = [("t-okafor", "s-mateo", "denied")] * 3 + [("t-okafor", "org-greenview", "denied")]
    assert site.viewings() == denied
    assert site.world.rows(OFFER) == [] and site.world.rows(COMMITMENT) == []


def test_a_page_that_was_allowed_is_in_the_log_too(site: Site):
    assert site.alvarez.get("/scheduling/students/s-mateo").status_code == 200
    assert site.viewings() == [("t-alvarez", "s-mateo", "allowed")]
    assert site.alvarez.get("/scheduling/students/s-nobody").status_code == 404


def test_without_a_session_nothing_of_the_staff_s_opens(site: Site):
    for path in ("/scheduling/calendar", "/scheduling/office-hours", "/scheduling/students/s-mateo"):
        assert site.nobody.get(path).status_code in (303, 401)


def test_the_calendar_shows_own_meetings_with_a_brief_and_can_call_them_off(site: Site):
    site.world.alert(alert())
    book_by_page(site, "g-ana")
    site.world.reply(reply(site.world.offer_of("g-daniel").data["offer_id"], "maybe", "g-daniel"))
    page = site.alvarez.get("/scheduling/calendar", headers=BROWSER)
    assert "Ana Rivera" in page.text and "Standing at the last alert: 64 %" in page.text
    assert "unclear answers: 1" in page.text
    assert "Ana Rivera" not in site.okafor.get("/scheduling/calendar", headers=BROWSER).text

    meeting_id = site.world.rows(MEETING)[0].meeting_id
    assert site.okafor.post(f"/scheduling/meetings/{meeting_id}/cancel").status_code == 404
    assert site.alvarez.post(f"/scheduling/meetings/{meeting_id}/cancel").status_code == 200
    assert site.world.events("meeting_cancelled")[0].data["cancelled_by"] == "staff"


def test_a_teacher_sets_office_hours_as_text_and_the_waiting_are_served(site: Site):
    with site.world.unit() as uow:
        roster.school_onboarded(uow, site.world.ports, [school(revision=2, hours=[])])
    site.world.alert(alert())
    hours = "Wed 15:30-16:30\n\nthursday 18:00–19:00 evening"
    form = {"hours": hours, "modes": ["phone", "video"], "slot_minutes": "20", "buffer_minutes": "5"}
    assert site.alvarez.post("/scheduling/office-hours", form=form, headers=BROWSER).status_code == 303
    row = {each.staff_id: each for each in site.world.rows(OFFICE_HOURS)}["t-alvarez"]
    assert [(w["weekday"], w["start"], w["evening"]) for w in row.windows] == [("wed", "15:30", False), ("thu", "18:00", True)]
    assert (row.modes, row.buffer_minutes, row.source) == (["phone", "video"], 5, "own")
    assert len(site.world.events("meeting_offered")) == 2
    shown = site.alvarez.get("/scheduling/office-hours", headers=BROWSER).text
    assert "wed 15:30-16:30\nthu 18:00-19:00 evening" in shown


@pytest.mark.parametrize("line", ["wed 15:30", "wed 15:33-16:30", "someday 15:30-16:30", "wed 16:30-15:30", "wed 15:30-16:30 x"])
def test_hours_that_cannot_be_read_are_shown_again_with_their_line(site: Site, line: str):
    form = {"hours": f"mon 08:00-09:00\n{line}"}
    answer = site.alvarez.post("/scheduling/office-hours", form=form, headers=BROWSER)
    assert answer.status_code == 422 and "line 2" in answer.text
    assert all(row.source == "school" for row in site.world.rows(OFFICE_HOURS))


def test_programs_set_windows_overrides_and_modes(site: Site):
    body = {
        "windows": [{"weekday": "mon", "start": "08:00", "end": "09:00"}],
        "overrides": [{"on": "2026-10-05", "windows": []}],
        "reply_within_school_days": 2,
    }
    assert site.alvarez.post("/scheduling/office-hours", json=body).json == {"version": 2}
    site.world.alert(alert())
    days = {slot["start"].date() for slot in site.world.offer_of("g-ana").data["slots"]}
    assert days == {date(2026, 10, 12)}, "not on the fifth, a day off"
    both = site.alvarez.post("/scheduling/office-hours", json={"windows": [], "hours": "mon 08:00-09:00"})
    assert both.status_code == 422


def test_a_promise_is_made_kept_and_counted(site: Site):
    with site.world.unit() as uow:
        projection.guardian_linked(uow, [guardian("g-aunt", "s-mateo", "home-d", "en", "Tia Rivera")])
    promise = {"student_id": "s-mateo", "guardian_id": "g-ana", "text": "extra practice", "due_on": "2026-10-02"}
    made = site.alvarez.post("/scheduling/commitments", json=promise)
    assert made.status_code == 201
    page = site.alvarez.get("/scheduling/promises", headers=BROWSER).text
    assert "extra practice" in page and "no promise" in page
    done = f"/scheduling/commitments/{made.json['commitment_id']}/done"
    assert site.okafor.post(done).status_code == 404
    assert site.alvarez.post(done).status_code == 200
    assert site.alvarez.post(done).status_code == 200
    assert len(site.world.events("commitment_kept")) == 1
    rate = site.alvarez.get("/scheduling/promises?school=org-greenview").json
    assert rate == {"school_id": "org-greenview", "settled": 1, "kept": 1, "share": 1.0}
    assert re.search(r"100 % of promises", site.alvarez.get("/scheduling/promises", headers=BROWSER).text)


def test_a_promise_for_a_day_that_has_passed_is_refused(site: Site):
    promise = {"student_id": "s-mateo", "guardian_id": "g-ana", "text": "extra practice", "due_on": "2026-09-28"}
    answer = site.alvarez.post("/scheduling/commitments", json=promise)
    assert answer.status_code == 422 and answer.json["errors"] == {"due_on": ["expected a day to come"]}


def test_the_same_click_twice_makes_one_promise(site: Site):
    promise = {"student_id": "s-mateo", "guardian_id": "g-ana", "text": "extra practice", "due_on": "2026-10-02"}
    for _ in range(2):
        site.alvarez.post("/scheduling/commitments", json=promise, headers={"Idempotency-Key": "click-1234567890"})
    assert len(site.world.rows(COMMITMENT)) == 1
