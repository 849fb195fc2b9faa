"""A conference round from its invitation to its published plan, with two homes of one child that never meet."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.scheduling.domain.rounds import Span
from services.scheduling.handlers import roster, rounds, rounds_publishing
from services.scheduling.store import rounds as store
from services.scheduling.tables import MEETING
from services.scheduling.tables.bookings import INTERPRETATION, SPEAKS
from services.scheduling.tables.rounds import ROUND_HOME
from shared.directory import projection
from shared.errors import HomeroomError
from shared.messaging.uow import DueItem
from shared.store import insert_rows
from tests.unit.services.scheduling.rounds.rounds_scene import (
    MONDAY,
    ROUND,
    answers,
    as_text,
    drawn_up,
    everybody_answers,
    home,
    opened,
    plan_of,
    planned,
    settle_in,
    the_round,
)
from tests.unit.services.scheduling.scene import World, calendar, restriction, school, teacher


@pytest.fixture
def town(world: World) -> World:
    return settle_in(world)


def told(world: World, guardian_id: str, type_: str = "round_told") -> list[Any]:
    return [event.data for event in world.events(type_) if event.data["guardian_id"] == guardian_id]


def publish(world: World, plan_id: str) -> Any:
    row, plan = the_round(world), plan_of(world, plan_id)
    with world.unit() as uow:
        return rounds_publishing.publish(uow, world.ports, row, plan, by="o-reyes")


def test_every_home_is_asked_once_about_all_its_children(town: World):
    assert opened(town) == 8
    (invitation,) = told(town, "g-ana", "round_invited")
    assert invitation["student_ids"] == ["s-lucia", "s-mateo"]
    (invitation,) = told(town, "g-daniel", "round_invited")
    assert invitation["student_ids"] == ["s-mateo"]
    with town.unit() as uow:
        assert rounds.open_round(uow, town.ports, ROUND) == 0
    assert len(town.events("round_invited")) == 8


def test_no_invitation_of_one_home_names_the_other(town: World):
    opened(town)
    assert "daniel" not in as_text(told(town, "g-ana", "round_invited")).lower()
    assert "ana" not in as_text(told(town, "g-daniel", "round_invited")).lower().replace("g-daniel", "")


def test_whom_a_court_keeps_away_is_not_asked(town: World):
    with town.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 1))])
    opened(town)
    assert told(town, "g-daniel", "round_invited") == []
    assert {row.home_id for row in town.rows(ROUND_HOME)} == {"g-ana", "g-meera", *(f"g-{n}" for n in range(5))}


def test_a_round_opens_and_closes_by_itself(town: World):
    drawn_up(town, opens_at=town.clock.now() + timedelta(days=1))
    with town.unit() as uow:
        rounds.round_opens(uow, town.ports, [DueItem("round_opens", ROUND, uow.now, {}, 0)])
    assert the_round(town)["state"] == "open"
    with town.unit() as uow:
        rounds.round_closes(uow, [DueItem("round_closes", ROUND, uow.now, {}, 0)])
    assert the_round(town)["state"] == "closed"


def test_families_without_an_answer_by_day_seven_become_calls_and_an_answer_ends_the_call(town: World):
    opened(town)
    answers(town, "g-ana", {"t-lee": 2})
    assert town.due()[("round_calls", ROUND)] == town.clock.now() + timedelta(days=7)
    for _ in range(2):
        with town.unit() as uow:
            rounds.round_calls(uow, [DueItem("round_calls", ROUND, uow.now, {}, 0)])
    called = sorted(event.data["guardian_id"] for event in town.events("round_call_due"))
    assert called == ["g-0", "g-1", "g-2", "g-3", "g-4", "g-daniel", "g-meera"]
    answers(town, "g-meera", {"t-kim": 2})
    assert [event.data["guardian_id"] for event in town.events("round_call_done")] == ["g-meera"]


def test_a_school_s_file_draws_a_round_up_and_leaves_one_that_is_under_way_alone(town: World):
    raw = {
        "key": "fall-2026",
        "title": "Parents' evenings",
        "evenings": [{"on": MONDAY, "start": "17:00", "end": "20:00"}],
        "answer_by": "2026-10-19T17:00",
        "interpreters": [{"language": "so", "count": 1}],
    }
    event = school(revision=2)
    event.data["rounds"] = [raw]
    with town.unit() as uow:
        projection.school_onboarded(uow, [event])
        rounds.configured(uow, [event])
        (row,) = store.of_schools(uow.connection, ["org-greenview"])
        assert (row["title"], row["interpreters"], row["minutes"]) == ("Parents' evenings", {"so": 1}, 10)
        assert row["answer_by"].isoformat() == "2026-10-19T22:00:00+00:00"
        rounds.open_round(uow, town.ports, row["round_id"])
    raw["title"] = "Another title"
    with town.unit() as uow:
        rounds.configured(uow, [event])
        (row,) = store.of_schools(uow.connection, ["org-greenview"])
        assert row["title"] == "Parents' evenings"


def test_a_round_on_a_holiday_is_not_opened_and_says_why(town: World):
    with town.unit() as uow:
        projection.calendar_published(uow, [calendar(holidays=[date(2026, 10, 26)], revision=2)])
    with pytest.raises(HomeroomError, match="closed that day"):
        opened(town)


def test_a_published_plan_books_what_it_says_and_tells_each_home_once(town: World):
    opened(town)
    everybody_answers(town)
    plan_id = planned(town)
    outcome = publish(town, plan_id)
    rows = [row for row in town.rows(MEETING) if row.kind == "conference"]
    assert len(rows) == outcome.booked == len(plan_of(town, plan_id)["result"]["meetings"])
    assert outcome.lost == ()
    for guardian_id in ("g-ana", "g-daniel", "g-meera"):
        (message,) = told(town, guardian_id)
        mine = sorted(row.start_at for row in rows if row.guardian_id == guardian_id)
        assert [each["start"] for each in message["meetings"]] == mine
        assert message["change"] == "published"
    assert told(town, "g-4") == []  # never answered: nobody decided anything for them
    assert all(event.data["quiet"] for event in town.events("meeting_booked"))


def test_a_district_with_interpreters_is_asked_for_none_a_round_has_its_own(town: World):
    with town.unit() as uow:
        roster.staff_listed(uow, town.ports, [teacher("i-abdi", "org-greenview", "Omar Abdi")])
        insert_rows(uow.connection, SPEAKS, [{"staff_id": "i-abdi", "language": "es", "interprets": True}])
    opened(town)
    everybody_answers(town)
    publish(town, planned(town))
    assert town.events("interpreter_requested") == [] and town.rows(INTERPRETATION) == []


def test_ana_s_two_children_are_seen_on_one_way_through_the_school_and_daniel_by_himself(town: World):
    opened(town)
    everybody_answers(town)
    publish(town, planned(town))
    (ana,) = told(town, "g-ana")
    assert {child for each in ana["meetings"] for child in each["student_ids"]} == {"s-mateo", "s-lucia"}
    (daniel,) = told(town, "g-daniel")
    assert "lucia" not in as_text(daniel)
    assert "g-ana" not in as_text(daniel) and "g-daniel" not in as_text(ana)


def test_publishing_twice_books_and_tells_nothing_twice(town: World):
    opened(town)
    everybody_answers(town)
    plan_id = planned(town)
    publish(town, plan_id)
    before = (len(town.rows(MEETING)), len(town.events("round_told")), len(town.events("meeting_booked")))
    outcome = publish(town, plan_id)
    assert outcome.booked == outcome.told == 0
    assert before == (len(town.rows(MEETING)), len(town.events("round_told")), len(town.events("meeting_booked")))


def test_a_restriction_that_comes_between_plan_and_publication_wins(town: World):
    opened(town)
    everybody_answers(town)
    plan_id = planned(town)
    with town.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 10, 1))])
    publish(town, plan_id)
    assert not [row for row in town.rows(MEETING) if row.guardian_id == "g-daniel"]
    assert told(town, "g-daniel") == []
    assert len(told(town, "g-ana")) == 1


def test_an_answer_may_be_changed_and_counts_once(town: World):
    opened(town)
    answers(town, "g-ana", {"t-alvarez": 2, "t-lee": 2})
    answers(town, "g-ana", {"t-kim": 1}, windows=[Span.of({"on": MONDAY, "start": "18:00", "end": "19:00"})])
    with town.unit() as uow:
        assert [(wish["staff_id"], wish["weight"]) for wish in store.wishes(uow.connection, ROUND)] == [("t-kim", 1)]
    assert home(town, "g-ana")["version"] == 2


def test_a_teacher_of_somebody_else_s_child_cannot_be_asked_for(town: World):
    opened(town)
    with pytest.raises(HomeroomError, match="does not teach"):
        answers(town, "g-daniel", {"t-kim": 2})
