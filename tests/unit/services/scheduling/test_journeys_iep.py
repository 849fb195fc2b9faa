"""Special-education meetings over HTTP: notice to every home, each attempt on the record, none without a parent but on it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.scheduling.domain.bookings import Kind as Taken
from services.scheduling.handlers import attempts, resources, roster
from services.scheduling.store import calendars
from services.scheduling.store import journeys_iep as store
from services.scheduling.tables.bookings import SPEAKS
from services.scheduling.tables.journeys import ATTEMPT, IEP_ANSWER, IEP_MEETING
from services.scheduling.web import api
from shared.identity import Identity
from shared.store import insert_rows
from shared.web import build_app
from tests.unit.services.scheduling.scene import KEY, World, on_sqlite, restriction, teacher
from tests.unit.services.scheduling.test_journeys_pages import BROWSER, GREENVIEW, Site

PLAN = {
    "student_id": "s-mateo", "purpose": "annual", "on": "2026-10-14", "at": "15:00", "minutes": 60, "place": "Room 12",
    "team": ["t-chen"], "interpreter": "es",
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    world = on_sqlite(tmp_path).move_in()
    with world.unit() as uow:
        roster.staff_listed(uow, world.ports, [teacher("t-chen", GREENVIEW, "Li Chen")])
    identity = Identity.build(KEY, mode="production", secure=False)
    app = build_app(api, runtime=world, ports=world.ports, clock=world.clock, identity=identity, mode="production")
    yield Site(world, app, identity)
    world.engine.dispose()


def planned(site: Site, **changed: Any) -> str:
    answer = site.alvarez.post("/scheduling/iep", json=PLAN | changed)
    assert answer.status_code == 201, answer.text
    return str(answer.json["iep_meeting_id"])


def noticed(site: Site, **changed: Any) -> str:
    """Planned, with a checked document and its interpreter, and notice given to both homes."""
    meeting = planned(site, **changed)
    site.alvarez.post(f"/scheduling/iep/{meeting}/ready", json={"interpreter_ready": True})
    site.alvarez.post(f"/scheduling/iep/{meeting}/ready", json={"document": "Draft plan", "language": "es", "checked": True})
    answer = site.alvarez.post(f"/scheduling/iep/{meeting}/notice")
    assert answer.json["state"] == "noticed", answer.text
    return meeting


def notice_of(world: World, guardian_id: str) -> dict[str, Any]:
    return [event.data for event in world.events("iep_notice_given") if event.data["guardian_id"] == guardian_id][-1]


def path_of(world: World, guardian_id: str) -> str:
    return str(notice_of(world, guardian_id)["link"]).removeprefix(world.ports.base_url)


def try_(site: Site, meeting: str, guardian_id: str, channel: str, result: str, **more: Any) -> Any:
    data = {"guardian_id": guardian_id, "channel": channel, "result": result, **more}
    return site.alvarez.post(f"/scheduling/iep/{meeting}/attempts", json=data)


def test_the_notice_waits_for_ten_school_days_the_interpreter_and_a_checked_document(site: Site):
    meeting = planned(site, on="2026-10-09")
    refused = site.alvarez.post(f"/scheduling/iep/{meeting}/notice")
    assert refused.status_code == 409
    assert all(word in refused.text for word in ("too soon", "interpreter", "papers"))
    moved = site.alvarez.post(f"/scheduling/iep/{meeting}/move", json={"on": "2026-10-13", "at": "15:00"})
    assert moved.json["lacks"] == ["interpreter", "documents_missing"]
    site.alvarez.post(f"/scheduling/iep/{meeting}/ready", json={"document": "Draft plan", "language": "es"})
    ready = site.alvarez.post(f"/scheduling/iep/{meeting}/ready", json={"interpreter_ready": True})
    assert ready.json["lacks"] == ["documents_unchecked"]
    assert site.world.events("iep_notice_given") == [] and site.world.rows(ATTEMPT) == []
    site.alvarez.post(f"/scheduling/iep/{meeting}/ready", json={"document": "Draft plan", "language": "es", "checked": True})
    assert site.alvarez.post(f"/scheduling/iep/{meeting}/notice").json["state"] == "noticed"


def test_each_home_has_a_notice_and_a_page_of_its_own_that_names_no_other(site: Site):
    meeting = noticed(site)
    told = {event.data["guardian_id"]: event.data for event in site.world.events("iep_notice_given")}
    assert set(told) == {"g-ana", "g-daniel"} and told["g-ana"]["attendees"] == "Elena Alvarez, Li Chen"
    page = site.nobody.get(path_of(site.world, "g-ana") + "?lang=en", headers=BROWSER).text
    assert "Room 12" in page and "Li Chen" in page and "Daniel" not in page and "You may bring anyone" in page
    sent = [(row.guardian_id, row.channel, row.result, row.content_version) for row in site.world.rows(ATTEMPT)]
    assert sorted(sent) == [("g-ana", "message", "sent", 1), ("g-daniel", "message", "sent", 1)]
    assert {row.iep_meeting_id for row in site.world.rows(ATTEMPT)} == {meeting}
    assert len(site.world.events("attempt_recorded")) == 2


def test_a_parent_answers_once_by_the_link_and_the_answer_is_on_the_record(site: Site):
    meeting = noticed(site)
    path = path_of(site.world, "g-ana")
    answer = site.nobody.post(path, form={"answer": "by_phone"}, headers=BROWSER)
    assert answer.status_code == 303
    assert "I will take part by phone" in site.nobody.get(path + "?lang=en", headers=BROWSER).text
    assert site.nobody.post(path, form={"answer": "cannot"}, headers=BROWSER).status_code >= 400
    assert [row.answer for row in site.world.rows(IEP_ANSWER)] == ["by_phone"]
    last = max(site.world.rows(ATTEMPT), key=lambda row: row.place_in_row)
    assert (last.guardian_id, last.channel, last.result, last.by_id) == ("g-ana", "page", "takes_part_otherwise", "g-ana")
    assert "I will take part by phone" in site.alvarez.get(f"/scheduling/iep/{meeting}", headers=BROWSER).text


def test_without_a_parent_only_when_every_home_was_tried_enough(site: Site):
    meeting = noticed(site)
    site.world.clock.advance_to(datetime(2026, 10, 14, 21, 30, tzinfo=UTC))
    early = site.alvarez.post(f"/scheduling/iep/{meeting}/held", json={"with_parent": False})
    assert early.status_code == 409 and "more attempts are needed" in early.text
    for guardian in ("g-ana", "g-daniel"):
        try_(site, meeting, guardian, "phone", "no_answer")
        try_(site, meeting, guardian, "phone", "left_message")
    assert site.alvarez.post(f"/scheduling/iep/{meeting}/held", json={"with_parent": False}).json["state"] == "held_without_parent"
    assert try_(site, meeting, "g-ana", "phone", "no_answer").status_code == 409, "a settled record is closed"


def test_who_wants_another_time_has_to_be_given_one_and_hears_of_it_anew(site: Site):
    meeting = noticed(site)
    site.nobody.post(path_of(site.world, "g-ana"), form={"answer": "other_time"}, headers=BROWSER)
    with site.world.unit() as uow:
        row = store.by_id(uow.connection, meeting)
        assert attempts.refusals(uow, row)["g-ana"].value == "other_time"
    site.alvarez.post(f"/scheduling/iep/{meeting}/move", json={"on": "2026-10-21", "at": "17:00"})
    moving = site.nobody.get(path_of(site.world, "g-ana") + "?lang=en", headers=BROWSER).text
    assert "being changed" in moving and "Room 12" not in moving
    site.alvarez.post(f"/scheduling/iep/{meeting}/notice")
    assert notice_of(site.world, "g-ana")["version"] == 2
    answer = site.nobody.post(path_of(site.world, "g-ana"), form={"answer": "comes"}, headers=BROWSER)
    assert answer.status_code == 303, "a new notice brings a link that can be answered"
    versions = [row.content_version for row in sorted(site.world.rows(ATTEMPT), key=lambda row: row.place_in_row)]
    assert versions == [1, 1, 1, 2, 2, 2]


def test_a_wrong_row_is_corrected_by_another_and_both_stay(site: Site):
    meeting = noticed(site)
    wrong = try_(site, meeting, "g-ana", "visit", "not_home").json["attempt_id"]
    right = try_(site, meeting, "g-ana", "phone", "no_answer", corrects=wrong, note="It was a call.")
    assert right.status_code == 201 and len(site.world.rows(ATTEMPT)) == 4
    page = site.alvarez.get(f"/scheduling/iep/{meeting}/record", headers=BROWSER).text
    assert "corrected by a later row" in page and "Every row is as it was written" in page and "It was a call." in page
    assert try_(site, meeting, "g-ana", "phone", "no_answer", corrects="nothing").status_code == 422
    assert try_(site, meeting, "g-meera", "phone", "no_answer").status_code == 422, "not a parent of this child"


def test_a_row_that_was_changed_behind_our_back_shows(site: Site):
    meeting = noticed(site)
    try_(site, meeting, "g-ana", "phone", "no_answer")
    with site.world.engine.begin() as connection:
        connection.execute(sa.update(ATTEMPT).where(ATTEMPT.c.place_in_row == 2).values(result="declined"))
    page = site.alvarez.get(f"/scheduling/iep/{meeting}/record", headers=BROWSER).text
    assert "Row 2 is not as it was written" in page


def test_the_record_comes_as_a_table_that_no_spreadsheet_runs(site: Site):
    meeting = noticed(site)
    try_(site, meeting, "g-ana", "phone", "no_answer", note="=cmd()", on="2026-09-29", at="09:05")
    answer = site.alvarez.get(f"/scheduling/iep/{meeting}/record.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["place_in_row"] for row in rows] == ["1", "2", "3"]
    assert rows[2]["note"] == "'=cmd()" and rows[2]["at"] == "2026-09-29T14:05:00+00:00" and rows[2]["by_id"] == "t-alvarez"


def test_an_attempt_of_tomorrow_is_refused(site: Site):
    meeting = noticed(site)
    assert try_(site, meeting, "g-ana", "phone", "no_answer", on="2026-09-30", at="09:00").status_code == 422


def test_the_team_is_not_booked_twice_and_is_free_again_after_a_move(site: Site):
    meeting = planned(site)
    second = site.alvarez.post("/scheduling/iep", json=PLAN | {"student_id": "s-riya"})
    assert second.status_code == 409 and "Li Chen" in second.text and len(site.world.rows(IEP_MEETING)) == 1
    site.alvarez.post(f"/scheduling/iep/{meeting}/move", json={"on": "2026-10-15", "at": "15:00"})
    planned(site, student_id="s-riya")
    blocked = site.alvarez.post(f"/scheduling/iep/{meeting}/move", json={"on": "2026-10-14", "at": "15:30"})
    assert blocked.status_code == 409
    with site.world.unit() as uow:
        taken = resources.busy(uow, {Taken.STAFF: ["t-chen"]}, since=uow.now)
    assert len(taken[Taken.STAFF, "t-chen"]) == 2, "who could not move keeps the old time"


def test_a_meeting_that_is_called_off_frees_the_team_and_tells_every_home_that_had_notice(site: Site):
    meeting = noticed(site)
    page = site.alvarez.get(f"/scheduling/iep/{meeting}", headers=BROWSER).text
    assert f'action="/scheduling/iep/{meeting}/call-off"' in page
    homes = {event.data["guardian_id"] for event in site.world.events("iep_notice_given")}
    assert site.alvarez.post(f"/scheduling/iep/{meeting}/call-off").json["state"] == "cancelled"
    assert {event.data["guardian_id"] for event in site.world.events("iep_called_off")} == homes
    with site.world.unit() as uow:
        assert resources.busy(uow, {Taken.STAFF: ["t-chen"]}, since=uow.now).get((Taken.STAFF, "t-chen"), []) == []
    shown = site.nobody.get(path_of(site.world, "g-ana"), headers=BROWSER).text
    assert "will not take place" in shown or "no se celebrará" in shown
    assert 'name="answer"' not in shown
    assert site.alvarez.post(f"/scheduling/iep/{meeting}/call-off").status_code == 409
    assert site.alvarez.post(f"/scheduling/iep/{meeting}/move", json={"on": "2026-10-15", "at": "15:00"}).status_code == 409


def test_a_meeting_that_nobody_was_told_of_is_called_off_in_silence(site: Site):
    meeting = planned(site)
    site.alvarez.post(f"/scheduling/iep/{meeting}/call-off")
    assert site.world.events("iep_called_off") == []


def test_an_interpreter_of_the_district_is_taken_with_the_team_and_never_twice(site: Site):
    with site.world.unit() as uow:
        roster.staff_listed(uow, site.world.ports, [teacher("i-abdi", GREENVIEW, "Omar Abdi"), teacher("t-day", GREENVIEW, "Ann Day")])
        insert_rows(uow.connection, SPEAKS, [{"staff_id": "i-abdi", "language": "es", "interprets": True}])
    meeting = planned(site)
    assert site.alvarez.post(f"/scheduling/iep/{meeting}/move", json={"on": "2026-10-15", "at": "15:00"}).json["lacks"] == [
        "documents_missing"
    ], "the interpreter moves along"
    assert "Omar Abdi" in site.alvarez.get(f"/scheduling/iep/{meeting}", headers=BROWSER).text
    other = site.staff("o-office", GREENVIEW, role="office")
    second = other.post("/scheduling/iep", json=PLAN | {"student_id": "s-riya", "team": ["t-day"], "on": "2026-10-15"})
    assert "interpreter" in second.json["lacks"], "who interprets somewhere else is not there"


def test_a_restriction_takes_the_page_and_the_invitation_away(site: Site):
    meeting = noticed(site)
    path = path_of(site.world, "g-daniel")
    with site.world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 29))])
    assert site.nobody.get(path, headers=BROWSER).status_code >= 400
    assert site.nobody.post(path, form={"answer": "comes"}, headers=BROWSER).status_code >= 400
    assert try_(site, meeting, "g-daniel", "phone", "no_answer").status_code == 422
    with site.world.unit() as uow:
        assert set(attempts.refusals(uow, store.by_id(uow.connection, meeting))) == {"g-ana"}


def test_a_time_that_the_clocks_skip_and_a_day_that_has_passed_are_refused(site: Site):
    skipped = site.alvarez.post("/scheduling/iep", json=PLAN | {"on": "2027-03-14", "at": "02:30"})
    passed = site.alvarez.post("/scheduling/iep", json=PLAN | {"on": "2026-09-28"})
    assert skipped.status_code == passed.status_code == 422 and site.world.rows(IEP_MEETING) == []


def test_a_transition_meeting_invites_the_student(site: Site):
    meeting = planned(site, purpose="transition")
    assert "student_not_invited" in site.alvarez.post(f"/scheduling/iep/{meeting}/ready", json={"interpreter_ready": True}).json["lacks"]
    with site.world.unit() as uow:
        store.change(uow.connection, {"iep_meeting_id": meeting, "student_invited": True})
        assert "student_not_invited" not in {lack.value for lack in attempts.lacks(uow, store.by_id(uow.connection, meeting))}


def test_nobody_from_another_school_sees_a_meeting(site: Site):
    meeting = noticed(site)
    assert site.elsewhere.get(f"/scheduling/iep/{meeting}", headers=BROWSER).status_code == 404
    assert site.elsewhere.get(f"/scheduling/iep/{meeting}/record.csv").status_code == 404
    assert site.elsewhere.post("/scheduling/iep", json=PLAN).status_code == 403
    assert "Mateo" not in site.elsewhere.get("/scheduling/iep", headers=BROWSER).text


def test_the_team_s_calendars_have_the_meeting_and_a_home_s_has_it_once_it_was_told(site: Site):
    meeting = planned(site)
    with site.world.unit() as uow:
        (row,) = calendars.meetings_of(uow.connection, "staff", ["t-chen"], uow.now)
        assert (row.meeting_id, row.sequence, row.owner_id) == (meeting, 0, "t-chen")
        assert not calendars.meetings_of(uow.connection, "guardian", ["g-ana"], uow.now), "no notice has gone yet"
    site.alvarez.post(f"/scheduling/iep/{meeting}/ready", json={"interpreter_ready": True})
    site.alvarez.post(f"/scheduling/iep/{meeting}/ready", json={"document": "Draft plan", "language": "es", "checked": True})
    site.alvarez.post(f"/scheduling/iep/{meeting}/notice")
    with site.world.unit() as uow:
        (row,) = calendars.meetings_of(uow.connection, "guardian", ["g-ana"], uow.now)
        assert row.meeting_id == meeting
    with site.world.unit() as uow:
        whole, hour = store.by_id(uow.connection, meeting), timedelta(hours=1)
        attempts.move(uow, whole, start=row.start_at + hour, end=row.end_at + hour, place=row.dial_in)
    with site.world.unit() as uow:
        (row,) = calendars.meetings_of(uow.connection, "staff", ["t-chen"], uow.now)
        assert row.sequence == 1
        assert not calendars.meetings_of(uow.connection, "guardian", ["g-ana"], uow.now), "what was told holds no more"
    assert "Room 12" in site.alvarez.get("/scheduling/calendar", headers=BROWSER).text, "the organizer is one of the team"
