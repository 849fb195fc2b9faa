"""Occasions: dated by the school's file, told in time, signed in to, thanked for once; what families keep is respected."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.scheduling.handlers import loop_words, observances, occasions, occasions_door, occasions_telling, seats
from services.scheduling.store import occasions as store
from services.scheduling.tables.bookings import SIGN_UP
from services.scheduling.tables.occasions import ATTENDANCE, OCCASION, UNKNOWN_SIGN_IN
from shared.directory import projection
from shared.messaging.uow import DueItem
from tests.unit.services.scheduling.occasion_scene import (
    GREENVIEW,
    NEW_YEAR,
    at,
    configured,
    draft,
    families,
    fridays,
    invited,
    keep,
    published,
    row_of,
    tell,
    waiting,
)
from tests.unit.services.scheduling.scene import NOW, World, alert, restriction

OCT_14 = date(2026, 10, 14)
DIWALI = date(2026, 11, 8)  # a Sunday


def october(world: World) -> Any:
    return fridays(configured(world))[date(2026, 10, 2)]


def come(world: World, row: Any, *who: str, via: str = "link") -> int:
    with world.unit() as uow:
        return occasions_door.sign_in(uow, row, who, via=via)


def place(world: World, row: Any, guardian: str, child: str) -> str:
    with world.unit() as uow:
        wish = seats.SignUp(row.occasion_id, guardian, child)
        return seats.sign_up(uow, world.ports, [wish])[wish.sign_up_id]


# --- the year, from the school's file


def test_the_year_comes_from_the_schools_file_and_new_years_day_moves_a_week(world: World):
    found = fridays(configured(world, NEW_YEAR))
    assert sorted(found)[:4] == [date(2026, 10, 2), date(2026, 11, 6), date(2026, 12, 4), date(2027, 1, 8)]
    january = found[date(2027, 1, 8)]
    assert january.moved_from == NEW_YEAR and january.online and january.capacity is None
    assert january.start_at == datetime(2027, 1, 8, 14, 0, tzinfo=UTC), "08:00 in Chicago"


def test_the_same_file_again_says_nothing_new(world: World):
    configured(world, NEW_YEAR)
    before = len(world.events("event_scheduled"))
    configured(world, NEW_YEAR, revision=3)
    assert before == len(world.events("event_scheduled")) == len(fridays(world))


def test_a_day_that_becomes_a_holiday_moves_and_who_was_invited_hears_it(world: World):
    row = october(world)
    tell(world, row.occasion_id)
    configured(world, date(2026, 10, 2), revision=3)
    moved = row_of(world, row.occasion_id)
    assert (moved.on, moved.moved_from) == (date(2026, 10, 9), date(2026, 10, 2))
    assert world.events("event_scheduled")[-1].data["state"] == "moved"
    tell(world, f"{row.occasion_id}:moved")
    assert set(invited(world, "moved")) == set(invited(world)) == {"g-ana", "g-daniel", "g-meera"}


def test_a_file_that_asks_for_none_any_more_calls_them_off(world: World):
    row = october(world)
    configured(world, revision=3, asks=None)
    assert not fridays(world)
    assert waiting(world, "occasion_invites", row.occasion_id) is None


def test_what_the_office_called_off_the_file_does_not_bring_back(world: World):
    row = october(world)
    with world.unit() as uow:
        assert occasions.cancel(uow, world.ports, [row.occasion_id], by="s-office") == 1
    configured(world, revision=3)
    assert row_of(world, row.occasion_id).state == "cancelled"


# --- told


def test_families_are_invited_five_days_before_each_in_their_language(world: World):
    november = fridays(configured(world))[date(2026, 11, 6)]
    due = waiting(world, "occasion_invites", november.occasion_id)
    assert due is not None and due.due_at == datetime(2026, 11, 1, 15, 0, tzinfo=UTC), "nine o'clock at school, standard time"
    tell(world, november.occasion_id)
    assert len(world.events("event_invited")) == 3, "Spanish, English, Gujarati"
    told = invited(world)
    assert set(told) == {"g-ana", "g-daniel", "g-meera"}
    assert [told["g-meera"]["student_ids"], told["g-meera"]["guardian_ids"]] == [[["s-riya"]], ["g-meera"]]


def test_titles_are_asked_for_in_every_language_and_read_in_the_readers(world: World):
    row = published(world, OCT_14, venue="Library")
    asked = {event.data["text"]: event.data for event in world.events("words_written")}
    assert asked["Helping with homework"]["targets"] == ["es", "gu"]
    answer = {
        "text_id": asked["Helping with homework"]["text_id"], "source_language": "en", "target": "es",
        "text": "Ayudar con la tarea", "machine": True, "labelled": False,
    }  # fmt: skip
    with world.unit() as uow:
        loop_words.text_translated(uow, [replace(alert(), type="translation.text_translated", data=answer)])
    tell(world, row.occasion_id)
    told = invited(world)
    assert told["g-ana"]["words"] == ["Ayudar con la tarea", "Library"]
    assert told["g-daniel"]["words"] == ["Helping with homework", "Library"]


def test_what_is_published_late_waits_for_its_words_and_no_longer(world: World):
    row = published(world, date(2026, 10, 1))
    due = waiting(world, "occasion_invites", row.occasion_id)
    assert due is not None and due.due_at == NOW + timedelta(minutes=15)


def test_a_page_of_families_at_a_time_and_nobody_twice(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(occasions_telling, "PAGE", 2)
    row = october(world)
    families(world, 5)
    assert tell(world, row.occasion_id) == 5, "eight families in pages of two, and the empty last"
    told = [who for event in world.events("event_invited") for who in event.data["guardian_ids"]]
    assert len(told) == len(set(told)) == 8


def test_who_may_not_be_written_to_is_not(world: World):
    with world.unit() as uow:
        projection.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 1))])
    tell(world, october(world).occasion_id)
    assert set(invited(world)) == {"g-ana", "g-meera"}


def test_only_who_likes_to_share_is_asked_to_a_celebration(world: World):
    keep(world, ["g-meera"], "diwali", share=True)
    keep(world, ["g-ana"], "diwali", share=False)
    row = published(world, date(2026, 11, 10), kind="celebration", title="Diwali at school", shares="diwali")
    tell(world, row.occasion_id)
    assert set(invited(world)) == {"g-meera"}


def test_who_was_invited_hears_when_it_is_called_off_and_its_places_close(world: World):
    row = published(world, OCT_14, capacity=1)
    tell(world, row.occasion_id)
    assert place(world, row, "g-ana", "s-mateo") == "seated"
    with world.unit() as uow:
        assert occasions.cancel(uow, world.ports, [row.occasion_id], by="s-office") == 1
        assert occasions.cancel(uow, world.ports, [row.occasion_id], by="s-office") == 0
    tell(world, f"{row.occasion_id}:cancelled")
    assert set(invited(world, "cancelled")) == {"g-ana", "g-daniel", "g-meera"}
    assert place(world, row, "g-meera", "s-riya") == "refused"


def test_a_draft_tells_nobody(world: World):
    occasion_id = draft(world, OCT_14)
    assert waiting(world, "occasion_invites", occasion_id) is None and not world.events("event_scheduled")


# --- at the door


def test_first_timers_are_counted_and_nobody_twice(world: World):
    first = october(world)
    at(world, first.start_at)
    assert come(world, first, "g-ana") == 1
    assert come(world, first, "g-ana", "g-meera", via="paper") == 1
    second = fridays(world)[date(2026, 11, 6)]
    at(world, second.start_at)
    come(world, second, "g-ana", "g-daniel")
    said = {(each.data["occasion_id"], each.data["guardian_id"]): each.data for each in world.events("event_attended")}
    assert {key: data["first_time"] for key, data in said.items()} == {
        (first.occasion_id, "g-ana"): True,
        (first.occasion_id, "g-meera"): True,
        (second.occasion_id, "g-ana"): False,
        (second.occasion_id, "g-daniel"): True,
    }
    assert said[first.occasion_id, "g-meera"]["student_ids"] == ["s-riya"]


def test_a_number_at_the_poster_signs_in_whose_it_is_and_another_is_counted_without_being_kept(world: World):
    row = october(world)
    at(world, row.start_at)
    with world.unit() as uow:
        occasions_door.sign_in_by_contact(uow, row, number=None, email="G-Meera@Example.org")
        occasions_door.sign_in_by_contact(uow, row, number="+13125550199", email=None)
        occasions_door.sign_in_by_contact(uow, row, number=None, email=None)
    assert [(each.guardian_id, each.via) for each in world.rows(ATTENDANCE)] == [("g-meera", "poster")]
    unknown = world.rows(UNKNOWN_SIGN_IN)
    assert len(unknown) == 1 and "5550199" not in str(unknown)


def test_who_is_kept_away_by_the_court_is_not_signed_in_about_the_child(world: World):
    with world.unit() as uow:
        projection.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 1))])
    row = october(world)
    assert come(world, row, "g-daniel", "g-ana", via="paper") == 1
    assert [each.guardian_id for each in world.rows(ATTENDANCE)] == ["g-ana"]


def test_the_doors_open_an_hour_before_and_close_an_hour_after(world: World):
    row = october(world)
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    assert not occasions_door.open_now(row, row.start_at - hour - minute)
    assert occasions_door.open_now(row, row.start_at - hour) and occasions_door.open_now(row, row.end_at + hour)
    assert not occasions_door.open_now(row, row.end_at + hour + minute)


def test_who_came_is_thanked_once_and_who_did_not_is_not(world: World):
    row = october(world)
    come(world, at(world, row.start_at) and row, "g-ana")
    due = waiting(world, "occasion_over", row.occasion_id)
    assert due is not None and due.due_at == row.end_at + timedelta(hours=1)
    at(world, due.due_at)
    for _ in range(2):
        with world.unit() as uow:
            occasions_telling.occasion_over(uow, [due])
    assert [event.data["guardian_ids"] for event in world.events("event_thanked")] == [["g-ana"]]


# --- places


def test_the_thirty_first_family_waits_and_moves_up_when_a_place_is_given_back(world: World):
    ids = families(world, 31)
    row = published(world, OCT_14, capacity=30, child_care=True, interpreters=("es",))
    results = [place(world, row, each, f"s-{each}") for each in ids]
    assert results == ["seated"] * 30 + ["waiting"]
    first, last = (seats.SignUp(row.occasion_id, each, f"s-{each}").sign_up_id for each in (ids[0], ids[-1]))
    with world.unit() as uow:
        seats.leave(uow, world.ports, [first])
    assert {each.sign_up_id: each.state for each in world.rows(SIGN_UP)}[last] == "offered"
    with world.unit() as uow:
        assert seats.accept(uow, world.ports, last) == "seated"


def test_a_reading_helper_is_found_once(world: World):
    row = published(world, date(2026, 10, 6), kind="volunteering", title="Reading helper", capacity=1)
    assert [place(world, row, "g-ana", "s-mateo"), place(world, row, "g-meera", "s-riya")] == ["seated", "waiting"]


# --- what families keep


def test_fourteen_families_who_keep_diwali_are_a_clash_before_anything_is_published(world: World):
    keep(world, families(world, 14), "diwali")
    occasion_id = draft(world, DIWALI, title="Fair")
    with world.unit() as uow:
        found = occasions.clashes(uow, DIWALI, GREENVIEW)
    assert [(each.observance.key, each.families, each.observance.estimated) for each in found] == [("diwali", 14, True)]
    assert not world.events("clash_detected")
    with world.unit() as uow:
        assert occasions.publish(uow, world.ports, occasion_id)
        assert not occasions.publish(uow, world.ports, occasion_id), "published once"
    assert [event.data["families"] for event in world.events("clash_detected")] == [14]


def test_a_small_group_is_named_and_not_counted(world: World):
    keep(world, families(world, 9), "diwali")
    with world.unit() as uow:
        assert [each.families for each in occasions.clashes(uow, DIWALI, GREENVIEW)] == [None]


def test_who_only_likes_to_share_clashes_with_nothing(world: World):
    keep(world, families(world, 12), "diwali", avoid=False, share=True)
    with world.unit() as uow:
        assert occasions.clashes(uow, DIWALI, GREENVIEW) == []


@pytest.mark.parametrize("avoid", [True, False])
def test_on_friday_the_teacher_is_reminded_of_sunday_once(world: World, avoid: bool):
    keep(world, ["g-meera"], "diwali", avoid=avoid, share=True)
    at(world, datetime(2026, 11, 5, 13, 0, tzinfo=UTC))
    with world.unit() as uow:
        observances.observances(uow, [DueItem("observances", GREENVIEW, NOW, {}, 0)])
    assert not world.events("greeting_due"), "Thursday is too early"
    due = waiting(world, "observances", GREENVIEW)
    assert due is not None and due.due_at == datetime(2026, 11, 6, 13, 0, tzinfo=UTC)
    at(world, due.due_at)
    for _ in range(2):
        with world.unit() as uow:
            observances.observances(uow, [due])
    (event,) = world.events("greeting_due")
    assert (event.data["staff_id"], event.data["on"], event.data["families"]) == ("t-alvarez", DIWALI, None)
    with world.unit() as uow:
        assert [each.key for each in store.greetings(uow.connection, "t-alvarez", since=date(2026, 11, 6))] == ["diwali"]


def test_nobodys_days_are_guessed(world: World):
    at(world, datetime(2026, 11, 6, 12, 30, tzinfo=UTC))
    with world.unit() as uow:
        observances.greetings(uow, [GREENVIEW])
        assert occasions.clashes(uow, DIWALI, GREENVIEW) == [], "Meera reads Gujarati and has ticked nothing"
    assert not world.events("greeting_due") and not world.rows(OCCASION)
