"""What a count finds, and what the report makes of it."""

from __future__ import annotations

from datetime import date

import pytest

from services.notifications.domain.figures import Homes, Name, figures
from services.notifications.handlers import reporting
from services.notifications.tables.reach import REACH_FACT
from shared.errors import HomeroomError
from tests.unit.services.notifications.reach.reachhouse import DELIVERY, ReachHouse


def _figures(tally, school=""):
    return figures(tally.all_homes(school), tally.events[school], tally.unreached.get(school, 0))


def test_reached_is_who_got_something_and_a_text_counts_once_the_carrier_says_so(house: ReachHouse):
    for guardian in ("g-ana", "g-ben", "g-cy", "g-di"):
        house.family(guardian)
    house.send("g-ana")
    text = house.send("g-ben", channel="sms")
    house.send("g-cy", state="failed")
    house.count()
    assert house.tally().all_homes("greenview") == Homes(4, 3, 1, 0)
    house.becomes(text, "delivered", delivered_at=house.now)
    house.pass_time(hours=1)
    house.count()
    assert house.tally().all_homes("greenview") == Homes(4, 3, 2, 0)


def test_a_bounce_that_comes_later_takes_the_reach_back_and_the_old_report_keeps_it(house: ReachHouse):
    house.family("g-ana")
    mail = house.send("g-ana")
    before = house.count()
    house.pass_time(hours=2)
    house.becomes(mail, "failed")
    house.count()
    assert house.tally().all_homes().reached == 0
    assert house.tally(as_of=before).all_homes().reached == 1


def test_a_home_with_children_at_two_schools_counts_once_in_the_district(house: ReachHouse):
    house.family("g-ana", language="es")
    house.family("g-ana", school="northgate", language="es")
    house.send("g-ana")
    house.count()
    tally = house.tally()
    assert (
        tally.homes["", "es"] == tally.homes["greenview", "es"] == tally.homes["northgate", "es"] == Homes(1, 1, 1, 0)
    )


def test_a_reply_answers_the_newest_message_before_it_and_a_stop_is_no_reply(house: ReachHouse):
    house.family("g-ana")
    house.family("g-ben")
    house.send("g-ana", channel="email")
    house.pass_time(days=1)
    house.send("g-ana", channel="voice", state="delivered")
    house.send("g-ben", channel="email")
    house.pass_time(hours=3)
    house.reply("g-ana")
    house.reply("g-ben", kind="keyword")
    house.count()
    tally = house.tally()
    assert tally.channels["greenview", "voice"].replied == 1
    assert tally.channels["greenview", "email"].replied == 0
    assert tally.all_homes("greenview").replied == 1


def test_a_reply_that_names_its_message_answers_that_one(house: ReachHouse):
    house.family("g-ana")
    mail = house.send("g-ana", channel="email")
    house.pass_time(hours=1)
    house.send("g-ana", channel="sms", state="delivered")
    house.pass_time(hours=1)
    house.put("reply_place", {
        "reply_id": house.reply("g-ana"), "delivery_id": mail, "students": [], "files": [], "call_back": False, "shown_from": house.now,
    })  # fmt: skip
    house.count()
    tally = house.tally()
    assert tally.channels["greenview", "email"].replied == 1
    assert tally.channels["greenview", "sms"].replied == 0


def test_a_reply_after_more_than_a_week_answers_nothing(house: ReachHouse):
    house.family("g-ana")
    house.send("g-ana")
    house.pass_time(days=8)
    house.reply("g-ana")
    house.count(far=True)
    assert house.tally().all_homes().replied == 0


def test_a_restricted_guardian_is_not_looked_for(house: ReachHouse):
    child = house.family("g-ana")
    house.family("g-dan", student=child)
    house.put("contact_restriction", {
        "restriction_id": "x", "revision": 1, "guardian_id": "g-dan", "student_id": child, "scope": "no_contact",
        "starts_on": date(2026, 9, 1), "ends_on": None, "lifted": False,
    })  # fmt: skip
    house.count()
    assert house.tally().all_homes().guardians == 1


def test_the_other_figures_of_september(house: ReachHouse):
    child = house.family("g-ana")
    house.send("g-ana")
    for kind in ("positive", "positive", "positive", "concern"):
        house.note(child, kind)
        house.pass_time(minutes=5)
    house.note(child, "positive", example=False)
    house.send("g-ana", catalogue_key="alert.early", personal=True, sender_id="t-1", kind="concern")
    house.reply("g-ana")
    house.pass_time(hours=5)
    house.send("g-ana", catalogue_key=None, personal=True, sender_id="t-1")
    house.put(
        "letter",
        {
            "letter_id": "d-9",
            "guardian_id": "g-ana",
            "school_id": "greenview",
            "language": "en",
            "queued_at": house.now,
        },
    )
    house.put("cadence", {"school_id": "greenview", "on": date(2026, 9, 28), "students": 50, "gaps": 10})
    house.put("cadence", {"school_id": "greenview", "on": date(2026, 9, 29), "students": 50, "gaps": 2})
    house.count()
    found = _figures(house.tally())
    assert found[Name.BALANCE].value == 3.0
    assert found[Name.ALERT_LEAD].value == 24.0
    assert found[Name.ANSWER_HOURS].value == pytest.approx(5.0)
    assert found[Name.CADENCE].value == 96.0 and found[Name.CADENCE].n == 50
    assert found[Name.LETTERS].value == 1.0
    assert _figures(house.tally(), "greenview")[Name.REACH].value == 100.0


def test_a_promise_missed_and_kept_later_counts_as_missed(house: ReachHouse):
    class Heard:
        def __init__(self, type_: str, commitment: str) -> None:
            self.type = type_
            self.data = {
                "commitment_id": commitment,
                "school_id": "greenview",
                "student_id": "s-1",
                "owner_kind": "staff",
            }

    with house.transaction() as uow:
        kept, missed = Heard("scheduling.commitment_kept", "c-1"), Heard("scheduling.commitment_missed", "c-2")
        late = Heard("scheduling.commitment_kept", "c-2")
        for event in (kept, missed, late):
            reporting.commitment_settled(uow, None, [event])
    house.count()
    promises = _figures(house.tally())[Name.PROMISES]
    assert (promises.value, promises.n) == (50.0, 2)


def test_counting_again_without_news_writes_no_fact_again(house: ReachHouse):
    house.family("g-ana")
    house.send("g-ana")
    house.reply("g-ana")
    house.count()
    for _ in range(3):
        house.pass_time(minutes=10)
        house.count(far=True)
    assert len(house.rows(REACH_FACT)) == 1


def test_a_report_before_the_first_count_says_so(house: ReachHouse):
    with pytest.raises(HomeroomError, match="nothing had been counted"):
        house.tally()
    first = house.count()
    with pytest.raises(HomeroomError, match="nothing had been counted"):
        house.tally(as_of=first.replace(year=2025))


def test_figures_by_language_move_once_a_week(house: ReachHouse):
    house.family("g-ana")
    house.send("g-ana")
    house.count()
    house.family("g-ben")
    house.pass_time(days=2)
    house.count()
    assert house.tally(weekly=True).all_homes().guardians == 1
    assert house.tally().all_homes().guardians == 2
    house.pass_time(days=7)
    house.count()
    assert house.tally(weekly=True).all_homes().guardians == 2


def test_a_word_on_a_delivery_that_comes_within_weeks_still_counts_at_night(house: ReachHouse):
    house.family("g-ana")
    text = house.send("g-ana", channel="sms")
    house.count()
    house.pass_time(days=20)
    house.change(DELIVERY, DELIVERY.c.delivery_id == text, state="delivered", delivered_at=house.now)
    house.count(far=True)
    assert house.tally().all_homes().reached == 1
