"""Journeys on PostgreSQL: the same campaigns, check-ins, series, visits and records, and two answers at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.scheduling.domain.iep import Channel, Result
from services.scheduling.domain.journeys_campaigns import Standing, Wanted
from services.scheduling.handlers import attempts, campaigns, checkins, late, offers, roster, series, siblings
from services.scheduling.handlers.attempts import Attempt
from services.scheduling.handlers.desk import Wish
from services.scheduling.store import journeys_homes, journeys_iep, journeys_late
from services.scheduling.store import offers as offer_store
from services.scheduling.tables import MEETING
from services.scheduling.tables.journeys import ATTEMPT, CHECKIN
from shared.directory import projection
from shared.messaging.uow import DueItem
from tests.unit.services.scheduling.scene import (
    NOW,
    World,
    calendar,
    guardian,
    on_postgresql,
    reply,
    school,
    student,
    teacher,
)

GREENVIEW = "org-greenview"


@pytest.fixture
def world(pg_database: str, tmp_path: Path) -> Iterator[World]:
    made = on_postgresql(pg_database, tmp_path).move_in()
    onboarded, published = school(revision=2), calendar(revision=2)
    onboarded.data["checkins"] = {"every": "monthly"}
    published.data["terms"] = [{"id": "fall", "starts_on": "2026-09-01", "ends_on": "2027-06-11"}]
    with made.unit() as uow:
        roster.school_onboarded(uow, made.ports, [onboarded])
        projection.calendar_published(uow, [published])
        roster.staff_listed(uow, made.ports, [teacher("t-lee", GREENVIEW, "Sam Lee")])
        projection.student_enrolled(uow, [student("s-lucia", "t-lee", name="Lucia Rivera")])
        projection.guardian_linked(uow, [guardian("g-ana", "s-lucia", "home-a", "es", "Ana Rivera")])
    yield made
    made.engine.dispose()


def offer(world: World, guardian_id: str, student_id: str, staff_id: str) -> str:
    offer_id = f"offer-{guardian_id}-{student_id}"
    with world.unit() as uow:
        offers.offer(uow, world.ports, [Wish(offer_id, "conference", guardian_id, student_id, staff_id, GREENVIEW)])
    return offer_id


def test_a_campaign_from_invitation_to_call(world: World):
    last = date(2026, 10, 16)
    with world.unit() as uow:
        wanted = Wanted("asked", "Talks", GREENVIEW, date(2026, 9, 29), date(2026, 9, 29), last, date(2026, 10, 6))
        campaign_id = campaigns.make(uow, wanted, by="o-office")
        campaigns.campaign_opens(uow, world.ports, [DueItem("campaign_opens", campaign_id, NOW, {}, 0)])
    world.reply(reply(world.offer_of("g-meera").data["offer_id"], "1", "g-meera"))
    with world.unit() as uow:
        campaigns.campaign_closes(uow, world.ports, [DueItem("campaign_closes", campaign_id, NOW, {}, 0)])
    with world.unit() as uow:
        found = {(row.student_id, row.guardian_id): where for row, where, _ in campaigns.standings(uow, [campaign_id])}
        names = [row.student_id for row in journeys_homes.find_students(uow.connection, [GREENVIEW], "mat%")]
        riveras = [row.student_id for row in journeys_homes.find_students(uow.connection, [GREENVIEW], "Riv mat")]
    assert found["s-riya", "g-meera"] is Standing.BOOKED
    assert {where for key, where in found.items() if key != ("s-riya", "g-meera")} == {Standing.CALL}
    assert names == [] and riveras == ["s-mateo"], "what a person types is no pattern"


def test_check_ins_settle_and_count(world: World):
    def look() -> None:
        with world.unit() as uow:
            checkins.checkins(uow, world.ports, [DueItem("checkins", GREENVIEW, world.clock.now(), {}, 0)])

    look()
    first = world.rows(CHECKIN)
    world.clock.advance_to(NOW + timedelta(days=16))
    look()
    with world.unit() as uow:
        share = checkins.share(uow, [GREENVIEW], since=date(2026, 9, 1))[GREENVIEW]
    assert share.missed == len(first) > 0 and share.percent == 0
    assert len(world.events("checkin_missed")) == len(first)


def test_a_series_and_a_visit_take_their_times(world: World):
    row = {
        "kind": "asked", "student_id": "s-riya", "guardian_id": "g-meera", "staff_id": "t-alvarez", "school_id": GREENVIEW,
        "starts_on": date(2026, 10, 6), "ends_on": date(2026, 11, 17), "wall_time": "15:30", "minutes": 20, "every": "two_weeks",
        "on_holiday": "skip", "mode": "phone",
    }  # fmt: skip
    with world.unit() as uow:
        series_id, dropped = series.set_up(uow, world.ports, row, by="t-alvarez")
    assert dropped == {}
    first = offer(world, "g-ana", "s-mateo", "t-alvarez")
    offer(world, "g-ana", "s-lucia", "t-lee")
    with world.unit() as uow:
        rows = siblings.together(uow, offer_store.by_id(uow.connection, [first])[first])
        chosen = siblings.choices(uow, rows)[0]
        assert len(siblings.book(uow, world.ports, rows, siblings.key_of(chosen))) == 2
    with world.unit() as uow:
        series.move_all(
            uow, world.ports, series_id, since=date(2026, 10, 13), starts_on=date(2026, 10, 15), wall_time="16:00"
        )
    booked = [row for row in world.rows(MEETING) if row.state == "booked"]
    assert len([row for row in booked if row.source == "series"]) == 4 and len(booked) == 6


def test_two_approvals_at_once_book_one_meeting(world: World):
    offer_id = offer(world, "g-meera", "s-riya", "t-alvarez")
    with world.unit() as uow:
        made = offer_store.by_id(uow.connection, [offer_id])[offer_id]
        request_id = late.ask(uow, made, start=late.times(uow, "t-alvarez")[0].start, mode="phone")
    assert request_id is not None
    barrier = threading.Barrier(2)

    def approve(_: int) -> str:
        barrier.wait(timeout=30)
        with world.unit() as uow:
            return late.approve(uow, world.ports, journeys_late.by_id(uow.connection, str(request_id)), by="t-alvarez")

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(approve, range(2)))
    assert outcomes == ["booked", "booked"]
    assert len(world.rows(MEETING)) == 1 and len(world.events("late_time_answered")) == 1


def test_many_who_add_to_one_record_at_once_keep_one_chain(world: World):
    start = datetime(2026, 10, 20, 20, 0, tzinfo=UTC)
    row: dict[str, Any] = {
        "student_id": "s-mateo", "school_id": GREENVIEW, "purpose": "annual", "team": [{"staff_id": "t-alvarez"}],
        "student_invited": False, "interpreter": None, "start_at": start, "end_at": start + timedelta(hours=1), "place": "12",
    }  # fmt: skip
    with world.unit() as uow:
        meeting_id, _ = attempts.plan(uow, row, by="t-alvarez")
    assert meeting_id is not None
    barrier = threading.Barrier(6)

    def add(n: int) -> None:
        barrier.wait(timeout=30)
        with world.unit() as uow:
            tried = Attempt("g-ana", NOW, f"t-{n}", Channel.PHONE, Result.NO_ANSWER)
            attempts.record(uow, meeting_id, [tried], version=0)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(6)))
    with world.unit() as uow:
        rows = journeys_iep.attempts(uow.connection, meeting_id)
        assert [each.place_in_row for each in rows] == [1, 2, 3, 4, 5, 6] and attempts.broken(rows) is None
    assert len(world.rows(ATTEMPT)) == 6
