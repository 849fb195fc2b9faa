"""Journeys by their pages: staff book on the telephone, families ask late, siblings are met in one visit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.scheduling.handlers import booking, late, offers, roster, series
from services.scheduling.handlers.booking import Fixed
from services.scheduling.handlers.desk import Wish
from services.scheduling.tables import MEETING, OFFER
from services.scheduling.tables.journeys import CAMPAIGN_FAMILY, LATE_REQUEST, SERIES, SERIES_MEETING
from services.scheduling.web import api
from shared.directory import projection
from shared.identity import Identity, Kind
from shared.messaging.uow import DueItem
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.unit.services.scheduling.scene import (
    DISTRICT,
    KEY,
    NOW,
    World,
    calendar,
    guardian,
    on_sqlite,
    reply,
    restriction,
    student,
    teacher,
)

BROWSER = {"Accept": "text/html"}
GREENVIEW = "org-greenview"


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
        return self.staff("t-alvarez", GREENVIEW)

    @property
    def office(self) -> SignedIn:
        return self.staff("o-office", GREENVIEW, role="office")

    @property
    def elsewhere(self) -> SignedIn:
        return self.staff("t-okafor", "org-northgate")

    @property
    def nobody(self) -> SignedIn:
        return SignedIn(self.app, self.identity, None)

    def token(self, guardian_id: str) -> str:
        return str(self.world.offer_of(guardian_id).data["link"]).rpartition("/")[2]

    def offer(self, guardian_id: str, student_id: str, staff_id: str, kind: str = "conference") -> str:
        offer_id = f"offer-{guardian_id}-{student_id}"
        with self.world.unit() as uow:
            offers.offer(uow, self.world.ports, [Wish(offer_id, kind, guardian_id, student_id, staff_id, GREENVIEW)])
        return offer_id


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    world = on_sqlite(tmp_path).move_in()
    with world.unit() as uow:
        roster.staff_listed(uow, world.ports, [teacher("t-lee", GREENVIEW, "Sam Lee")])
        projection.student_enrolled(uow, [student("s-lucia", "t-lee", name="Lucia Rivera")])
        projection.guardian_linked(uow, [guardian("g-ana", "s-lucia", "home-a", "es", "Ana Rivera")])
    identity = Identity.build(KEY, mode="production", secure=False)
    app = build_app(api, runtime=world, ports=world.ports, clock=world.clock, identity=identity, mode="production")
    yield Site(world, app, identity)
    world.engine.dispose()


def starts_of(page: str) -> list[str]:
    return re.findall(r'name="start" value="([^"]+)"', page)


def visits_of(page: str) -> list[str]:
    return re.findall(r'name="visit" value="([^"]+)"', page)


def desk_form(page: str, **changed: str) -> dict[str, str]:
    usual = dict(re.findall(r'<input type="hidden" name="(student_id|staff_id|kind)" value="([^"]+)"', page))
    return {**usual, "guardian_id": "g-meera", "mode": "phone", "start": starts_of(page)[0], **changed}


# --- the desk -------------------------------------------------------------------------------------------------------


def test_the_office_books_for_a_family_on_the_telephone_and_the_family_is_told(site: Site):
    found = site.office.get("/scheduling/desk?q=riy sh", headers=BROWSER)
    assert "Riya Shah" in found.text and "Mateo" not in found.text
    page = site.office.get("/scheduling/desk?student=s-riya&staff=t-alvarez", headers=BROWSER)
    answer = site.office.post("/scheduling/desk", form=desk_form(page.text), headers=BROWSER)
    assert answer.status_code == 303

    (meeting,) = site.world.rows(MEETING)
    assert (meeting.guardian_id, meeting.staff_id, meeting.mode, meeting.source) == ("g-meera", "t-alvarez", "phone", "staff")
    (told,) = site.world.events("meeting_booked")
    assert told.data["guardian_id"] == "g-meera" and told.data["quiet"] is False
    after = site.office.get(answer.headers["location"], headers=BROWSER)
    assert "told as usual" in after.text


def test_two_presses_of_one_form_are_one_meeting(site: Site):
    page = site.office.get("/scheduling/desk?student=s-riya&staff=t-alvarez", headers=BROWSER).text
    once = re.search(r'name="_once" value="([^"]+)"', page)
    assert once is not None
    form = desk_form(page, _once=once[1])
    assert [site.office.post("/scheduling/desk", form=form, headers=BROWSER).status_code for _ in range(2)] == [303, 303]
    assert len(site.world.rows(MEETING)) == 1


def test_a_time_that_somebody_took_meanwhile_is_not_booked_twice(site: Site):
    page = site.office.get("/scheduling/desk?student=s-riya&staff=t-alvarez", headers=BROWSER).text
    form = desk_form(page)
    assert site.office.post("/scheduling/desk", json=form).status_code == 201
    second = site.office.post("/scheduling/desk", json={**form, "student_id": "s-mateo", "guardian_id": "g-ana"})
    assert second.status_code == 409 and "not free" in second.text
    assert len(site.world.rows(MEETING)) == 1


def test_only_guardians_whom_policy_lets_be_invited_can_be_booked_for(site: Site):
    with site.world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 1))])
    page = site.office.get("/scheduling/desk?student=s-mateo&staff=t-alvarez", headers=BROWSER).text
    assert "Daniel" not in page and "Ana Rivera" in page
    answer = site.office.post("/scheduling/desk", json=desk_form(page, guardian_id="g-daniel"))
    assert answer.status_code == 422 and site.world.rows(MEETING) == []


def test_a_teacher_books_for_themself_and_nobody_from_another_school_at_all(site: Site):
    page = site.alvarez.get("/scheduling/desk?student=s-riya", headers=BROWSER).text
    assert site.alvarez.post("/scheduling/desk", json=desk_form(page, staff_id="t-lee")).status_code == 422
    assert site.elsewhere.get("/scheduling/desk?student=s-riya", headers=BROWSER).status_code == 403
    assert site.elsewhere.post("/scheduling/desk", json=desk_form(page)).status_code == 403
    assert "Riya" not in site.elsewhere.get("/scheduling/desk?q=riya", headers=BROWSER).text
    assert site.world.rows(MEETING) == []


# --- late requests --------------------------------------------------------------------------------------------------


def over(site: Site) -> str:
    """Meera was offered times and did not answer in time; the link of that offer."""
    offer_id = site.offer("g-meera", "s-riya", "t-alvarez")
    with site.world.unit() as uow:
        offers.offer_expired(uow, [DueItem("offer_expired", offer_id, NOW, {}, 0)])
    return site.token("g-meera")


def test_after_booking_closed_a_family_asks_and_the_teacher_s_yes_takes_the_time(site: Site):
    token = over(site)
    page = site.nobody.get(f"/scheduling/ask-late/{token}", headers=BROWSER)
    wanted = starts_of(page.text)[0]
    answer = site.nobody.post(f"/scheduling/ask-late/{token}", form={"start": wanted, "mode": "video"}, headers=BROWSER)
    assert answer.status_code == 303
    assert "You have asked for this time" in site.nobody.get(f"{answer.headers['location']}?lang=en", headers=BROWSER).text
    (asked,) = site.world.events("late_time_asked")
    assert asked.data["staff_id"] == "t-alvarez" and site.world.rows(MEETING) == []

    board = site.alvarez.get("/scheduling/late", headers=BROWSER)
    assert "Meera Shah" in board.text
    assert site.alvarez.post(f"/scheduling/late/{asked.data['request_id']}/approve").json["state"] == "approved"
    (meeting,) = site.world.rows(MEETING)
    assert (meeting.start_at.isoformat(), meeting.mode, meeting.source) == (wanted, "video", "late")
    assert site.world.events("late_time_answered")[0].data["approved"] is True
    assert len(site.world.events("meeting_booked")) == 1
    assert site.alvarez.post(f"/scheduling/late/{asked.data['request_id']}/approve").status_code == 200
    assert len(site.world.rows(MEETING)) == 1, "approving twice books once"


def test_a_request_whose_time_was_taken_meanwhile_is_not_booked(site: Site):
    token = over(site)
    wanted = datetime.fromisoformat(starts_of(site.nobody.get(f"/scheduling/ask-late/{token}", headers=BROWSER).text)[0])
    site.nobody.post(f"/scheduling/ask-late/{token}", form={"start": wanted.isoformat()}, headers=BROWSER)
    taken = Fixed(
        meeting_id="m-other", kind="asked", guardian_id="g-ana", student_id="s-mateo", staff_id="t-alvarez",
        school_id=GREENVIEW, start=wanted, end=wanted + timedelta(minutes=20), mode="phone",
    )  # fmt: skip
    with site.world.unit() as uow:
        booking.fix(uow, site.world.ports, [taken])
    request_id = site.world.events("late_time_asked")[0].data["request_id"]
    assert site.alvarez.post(f"/scheduling/late/{request_id}/approve").status_code == 409
    assert [row.state for row in site.world.rows(LATE_REQUEST)] == ["asked"], "it can still be declined"
    assert site.alvarez.post(f"/scheduling/late/{request_id}/decline").json["state"] == "declined"
    assert site.world.events("late_time_answered")[0].data["approved"] is False


def test_a_late_link_serves_once_and_only_who_has_not_answered(site: Site):
    token = over(site)
    wanted = starts_of(site.nobody.get(f"/scheduling/ask-late/{token}", headers=BROWSER).text)
    site.nobody.post(f"/scheduling/ask-late/{token}", form={"start": wanted[0]}, headers=BROWSER)
    again = site.nobody.post(f"/scheduling/ask-late/{token}", form={"start": wanted[1]}, headers=BROWSER)
    assert again.status_code >= 400 and len(site.world.rows(LATE_REQUEST)) == 1
    site.offer("g-ana", "s-mateo", "t-alvarez")
    assert site.nobody.get(f"/scheduling/ask-late/{site.token('g-ana')}", headers=BROWSER).status_code >= 400


def test_a_late_request_of_somebody_else_s_teacher_does_not_exist(site: Site):
    token = over(site)
    wanted = starts_of(site.nobody.get(f"/scheduling/ask-late/{token}", headers=BROWSER).text)[0]
    site.nobody.post(f"/scheduling/ask-late/{token}", form={"start": wanted}, headers=BROWSER)
    request_id = site.world.events("late_time_asked")[0].data["request_id"]
    other = site.staff("t-lee", GREENVIEW)
    assert other.post(f"/scheduling/late/{request_id}/approve").status_code == 404
    with site.world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-meera", "s-riya", date(2026, 9, 29))])
    assert site.alvarez.post(f"/scheduling/late/{request_id}/approve").json["state"] == "withdrawn"
    assert site.world.rows(MEETING) == [] and site.world.events("late_time_answered") == []


def test_a_time_that_is_not_offered_cannot_be_asked_for(site: Site):
    token = over(site)
    night = datetime(2026, 10, 7, 3, 0, tzinfo=UTC).isoformat()
    answer = site.nobody.post(f"/scheduling/ask-late/{token}", form={"start": night}, headers=BROWSER)
    assert answer.status_code == 409 and site.world.rows(LATE_REQUEST) == []
    with site.world.unit() as uow:
        assert late.times(uow, "t-alvarez")


# --- siblings -------------------------------------------------------------------------------------------------------


def test_two_children_with_two_teachers_are_met_in_one_visit_with_the_walk_between(site: Site):
    site.offer("g-ana", "s-mateo", "t-alvarez")
    site.offer("g-ana", "s-lucia", "t-lee")
    site.offer("g-daniel", "s-mateo", "t-alvarez")
    token = site.token("g-ana")
    page = site.nobody.get(f"/scheduling/visit/{token}", headers=BROWSER)
    assert "Mateo" in page.text and "Lucia" in page.text and "Daniel" not in page.text
    answer = site.nobody.post(
        f"/scheduling/visit/{token}", form={"visit": visits_of(page.text)[0], "mode": "in_person"}, headers=BROWSER
    )
    assert answer.status_code == 200 and "Mateo" in answer.text and "Lucia" in answer.text
    first, second = sorted(site.world.rows(MEETING), key=lambda row: row.start_at)
    assert {first.student_id, second.student_id} == {"s-mateo", "s-lucia"} and {first.guardian_id, second.guardian_id} == {"g-ana"}
    assert timedelta(minutes=5) <= second.start_at - first.end_at <= timedelta(minutes=25)
    states = {(row.guardian_id, row.student_id): row.state for row in site.world.rows(OFFER)}
    assert states == {("g-ana", "s-mateo"): "accepted", ("g-ana", "s-lucia"): "accepted", ("g-daniel", "s-mateo"): "open"}
    assert len(site.world.events("meeting_booked")) == 2


def test_a_visit_of_which_one_time_is_gone_is_not_booked_at_all(site: Site):
    site.offer("g-ana", "s-mateo", "t-alvarez")
    site.offer("g-ana", "s-lucia", "t-lee")
    token = site.token("g-ana")
    first = visits_of(site.nobody.get(f"/scheduling/visit/{token}", headers=BROWSER).text)[0]
    when = datetime(2026, 9, 30, 20, 30, tzinfo=UTC)
    taken = Fixed(
        meeting_id="m-other", kind="asked", guardian_id="g-meera", student_id="s-riya", staff_id="t-lee",
        school_id=GREENVIEW, start=when, end=when + timedelta(minutes=60), mode="phone",
    )  # fmt: skip
    with site.world.unit() as uow:
        booking.fix(uow, site.world.ports, [taken])
    before = len(site.world.rows(MEETING))
    answer = site.nobody.post(f"/scheduling/visit/{token}", form={"visit": first}, headers=BROWSER)
    assert answer.status_code >= 400 and len(site.world.rows(MEETING)) == before
    assert site.nobody.get(f"/scheduling/visit/{token}", headers=BROWSER).status_code == 200, "the link still serves"


def test_one_child_has_no_visit_and_a_restricted_guardian_neither(site: Site):
    site.offer("g-meera", "s-riya", "t-alvarez")
    assert site.nobody.get(f"/scheduling/visit/{site.token('g-meera')}", headers=BROWSER).status_code >= 400
    site.offer("g-ana", "s-mateo", "t-alvarez")
    site.offer("g-ana", "s-lucia", "t-lee")
    token = site.token("g-ana")
    with site.world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-ana", "s-mateo", date(2026, 9, 29))])
    assert site.nobody.get(f"/scheduling/visit/{token}", headers=BROWSER).status_code >= 400


# --- campaigns ------------------------------------------------------------------------------------------------------

FORM = {
    "title": "October talks", "kind": "asked", "opens_on": "2026-09-29", "window_start": "2026-09-29",
    "window_end": "2026-10-16", "closes_on": "2026-10-06",
}  # fmt: skip


def test_a_teacher_asks_the_own_families_and_reads_who_has_a_time(site: Site):
    answer = site.alvarez.post("/scheduling/campaigns", form=FORM, headers=BROWSER)
    assert answer.status_code == 303
    offer = site.world.offer_of("g-meera").data["offer_id"]
    site.world.reply(reply(offer, "2", "g-meera"))
    page = site.alvarez.get(answer.headers["location"], headers=BROWSER)
    assert "1 of 3 families have a time" in page.text and "Meera Shah" in page.text
    figures = site.alvarez.get(answer.headers["location"]).json
    assert (figures["families"], figures["answered"]) == (3, 1)
    assert site.alvarez.post(f"{answer.headers['location']}/calls").json == {"called": 2}
    assert "To be called" in site.alvarez.get(answer.headers["location"], headers=BROWSER).text
    assert "October talks" in site.alvarez.get("/scheduling/campaigns", headers=BROWSER).text


def test_the_office_asks_the_whole_school_each_child_with_its_own_teacher(site: Site):
    site.office.post("/scheduling/campaigns", json={**FORM, "whom": "all"})
    pairs = {(row.student_id, row.staff_id) for row in site.world.rows(CAMPAIGN_FAMILY)}
    assert pairs == {("s-mateo", "t-alvarez"), ("s-riya", "t-alvarez"), ("s-lucia", "t-lee")}


def test_a_campaign_that_cannot_be_is_shown_again_with_its_fields(site: Site):
    wrong = {**FORM, "closes_on": "2026-09-29", "window_end": "2026-09-28"}
    answer = site.alvarez.post("/scheduling/campaigns", json=wrong)
    assert answer.status_code == 422 and {"closes_on", "window_end"} <= set(str(answer.json).split("'"))
    assert site.alvarez.post("/scheduling/campaigns", json={**FORM, "students": ["s-lucia"]}).status_code == 422
    assert site.alvarez.post("/scheduling/campaigns", json={**FORM, "whom": "all"}).status_code == 403
    assert site.world.rows(CAMPAIGN_FAMILY) == []


def test_somebody_else_s_campaign_does_not_exist(site: Site):
    made = site.alvarez.post("/scheduling/campaigns", json=FORM).json["campaign_id"]
    assert site.elsewhere.get(f"/scheduling/campaigns/{made}").status_code == 404
    assert site.staff("t-lee", GREENVIEW).get(f"/scheduling/campaigns/{made}").status_code == 404
    assert site.office.get(f"/scheduling/campaigns/{made}").status_code == 200


# --- series ---------------------------------------------------------------------------------------------------------

SERIES_FORM = {
    "home": "s-riya|g-meera", "starts_on": "2026-10-06", "ends_on": "2026-11-17", "wall_time": "15:30", "minutes": "20",
    "every": "two_weeks", "mode": "phone", "on_holiday": "skip",
}  # fmt: skip


def booked_starts(site: Site) -> list[str]:
    return sorted(row.start_at.isoformat()[:16] for row in site.world.rows(MEETING) if row.state == "booked")


def test_a_series_keeps_its_wall_time_and_is_told_in_one_message(site: Site):
    made = site.alvarez.post("/scheduling/series", json=SERIES_FORM)
    assert made.status_code == 201 and made.json["dropped"] == []
    assert booked_starts(site) == ["2026-10-06T20:30", "2026-10-20T20:30", "2026-11-03T21:30", "2026-11-17T21:30"]
    (told,) = site.world.events("series_set")
    assert len(told.data["starts"]) == 4 and told.data["guardian_id"] == "g-meera"
    assert all(event.data["quiet"] for event in site.world.events("meeting_booked"))
    assert "Riya Shah" in site.alvarez.get("/scheduling/series", headers=BROWSER).text


def test_a_day_that_is_taken_or_a_holiday_is_named_and_the_others_are_booked(site: Site):
    with site.world.unit() as uow:
        projection.calendar_published(uow, [calendar(holidays=[date(2026, 10, 20)], revision=2)])
        start = datetime(2026, 11, 3, 21, 30, tzinfo=UTC)
        other = Fixed(
            meeting_id="m-other", kind="asked", guardian_id="g-ana", student_id="s-mateo", staff_id="t-alvarez",
            school_id=GREENVIEW, start=start, end=start + timedelta(minutes=20), mode="phone",
        )  # fmt: skip
        booking.fix(uow, site.world.ports, [other])
    made = site.alvarez.post("/scheduling/series", json=SERIES_FORM).json
    assert made["dropped"] == [{"on": "2026-10-20", "why": "holiday"}, {"on": "2026-11-03", "why": "taken"}]
    assert len(booked_starts(site)) == 3


def test_one_day_of_a_series_is_moved_and_another_called_off(site: Site):
    made = site.alvarez.post("/scheduling/series", json=SERIES_FORM).json["series_id"]
    moved = {"on": "2026-10-20", "to": "2026-10-22", "wall_time": "16:00"}
    assert site.alvarez.post(f"/scheduling/series/{made}/days", json=moved).status_code == 200
    assert site.alvarez.post(f"/scheduling/series/{made}/days", json={"on": "2026-11-03"}).status_code == 200
    assert booked_starts(site) == ["2026-10-06T20:30", "2026-10-22T21:00", "2026-11-17T21:30"]
    loud = [event.data for event in site.world.events("meeting_booked") if not event.data["quiet"]]
    assert [data["sequence"] for data in loud] == [1], "the family hears of the one that moved"
    assert len(site.world.events("meeting_cancelled")) == 1
    nowhere = site.alvarez.post(f"/scheduling/series/{made}/days", json={"on": "2026-10-07"})
    assert nowhere.status_code == 422


def test_a_day_moved_onto_another_meeting_stays_where_it_was(site: Site):
    made = site.alvarez.post("/scheduling/series", json=SERIES_FORM).json["series_id"]
    clash = {"on": "2026-10-20", "to": "2026-10-06", "wall_time": "15:30"}
    assert site.alvarez.post(f"/scheduling/series/{made}/days", json=clash).status_code == 409
    assert booked_starts(site)[:2] == ["2026-10-06T20:30", "2026-10-20T20:30"]


def test_the_whole_series_moves_from_a_day_on_and_ends_in_one_message(site: Site):
    made = site.alvarez.post("/scheduling/series", json=SERIES_FORM).json["series_id"]
    move = {"since": "2026-10-13", "starts_on": "2026-10-15", "wall_time": "16:00"}
    assert site.alvarez.post(f"/scheduling/series/{made}/move", json=move).status_code == 200
    assert booked_starts(site) == ["2026-10-06T20:30", "2026-10-15T21:00", "2026-10-29T21:00", "2026-11-12T22:00"]
    for row in site.world.rows(SERIES):
        assert site.alvarez.post(f"/scheduling/series/{row.series_id}/cancel").status_code == 200
    assert booked_starts(site) == []
    assert all(event.data["quiet"] for event in site.world.events("meeting_cancelled"))
    assert {event.data["what"] for event in site.world.events("series_set")} == {"set", "cancelled"}


def test_a_new_holiday_takes_its_meeting_out_and_a_restriction_ends_the_series(site: Site):
    site.alvarez.post("/scheduling/series", json=SERIES_FORM)
    published = calendar(holidays=[date(2026, 10, 20)], revision=2)
    with site.world.unit() as uow:
        projection.calendar_published(uow, [published])
        series.calendar_published(uow, site.world.ports, [published])
    assert "2026-10-20T20:30" not in booked_starts(site) and len(booked_starts(site)) == 3
    assert [row.why_not for row in site.world.rows(SERIES_MEETING) if row.on_day == date(2026, 10, 20)] == ["holiday"]
    with site.world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-meera", "s-riya", date(2026, 9, 29))])
        series.withdraw(uow, {"s-riya"})
    assert booked_starts(site) == [] and {row.state for row in site.world.rows(SERIES)} == {"cancelled"}


def test_a_series_for_somebody_else_s_child_or_a_restricted_guardian_is_refused(site: Site):
    assert site.alvarez.post("/scheduling/series", json={**SERIES_FORM, "home": "s-lucia|g-ana"}).status_code == 403
    wrong = site.alvarez.post("/scheduling/series", json={**SERIES_FORM, "home": "s-riya|g-ana"})
    assert wrong.status_code == 422
    late_start = site.alvarez.post("/scheduling/series", json={**SERIES_FORM, "ends_on": "2026-10-01"})
    assert late_start.status_code == 422 and site.world.rows(MEETING) == []


def test_the_offer_s_page_leads_to_the_visit_and_when_it_is_over_to_asking_late(site: Site):
    site.offer("g-ana", "s-mateo", "t-alvarez")
    alone = site.nobody.get(f"/scheduling/o/{site.token('g-ana')}", headers=BROWSER)
    assert alone.status_code == 200 and "/scheduling/visit/" not in alone.text
    site.offer("g-ana", "s-lucia", "t-lee")
    token = site.token("g-ana")
    assert f"/scheduling/visit/{token}" in site.nobody.get(f"/scheduling/o/{token}", headers=BROWSER).text
    closed = over(site)
    answer = site.nobody.get(f"/scheduling/o/{closed}", headers=BROWSER)
    assert answer.status_code == 303 and answer.headers["location"] == f"/scheduling/ask-late/{closed}"
