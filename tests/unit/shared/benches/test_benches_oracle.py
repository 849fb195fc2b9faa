"""The benches' own knowledge: what their oracles say, and that they would notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from shared.benches import fanout_texts
from shared.benches.fanout_district import draw as draw_district
from shared.benches.restrictions_families import Child, Moment, Order, Person, Tie, draw
from shared.benches.urgent import reached_in_an_emergency

TODAY = date(2026, 9, 29)
NOON = datetime(2026, 9, 29, 17, 0, tzinfo=UTC)
KID = Child("s1-0", "Kid1a", 0)
ORDER = Order("no_contact", TODAY, None, lifted=False, heard=Moment.BEFORE)
ANA = Person(
    "g1-0", "h1-0", "es", {"sms": "+13120000100"}, (Tie(KID, receives=True, active=True, order=None),), {}, frozenset(),
    no_surveys=False, quiet=(time(20), time(8)), cap=None,
)  # fmt: skip
HEARD = frozenset({Moment.BEFORE})


def under(order: Order) -> Person:
    return replace(ANA, ties=(replace(ANA.ties[0], order=order),))


@pytest.mark.parametrize(
    ("order", "barred"),
    [
        (ORDER, True),
        (replace(ORDER, starts_on=date(2026, 9, 30)), False),
        (replace(ORDER, ends_on=TODAY), True),
        (replace(ORDER, starts_on=date(2026, 9, 1), ends_on=date(2026, 9, 28)), False),
        (replace(ORDER, lifted=True), False),
        (replace(ORDER, scope="no_pickup"), False),
        (replace(ORDER, scope="no_records"), True),
        (replace(ORDER, scope="never heard of"), True),
        (replace(ORDER, heard=Moment.AFTER), False),
    ],
)
def test_the_oracle_reads_an_order_as_its_words_say(order, barred):
    assert under(order).barred("s1-0", NOON, heard=HEARD) is barred


def test_the_days_of_an_order_are_the_schools():
    late = datetime(2026, 9, 29, 4, 30, tzinfo=UTC)  # still the 28th in Chicago
    assert not under(ORDER).barred("s1-0", late, heard=HEARD)
    assert under(ORDER).barred("s1-0", datetime(2026, 9, 29, 5, 30, tzinfo=UTC), heard=HEARD)


def test_another_familys_child_is_always_barred():
    assert ANA.barred("s2-0", NOON, heard=HEARD)


def test_a_stop_gives_way_to_danger_and_a_carriers_no_does_not():
    stopped, blocked = replace(ANA, stopped={"sms": "stop"}), replace(ANA, stopped={"sms": "carrier"})
    assert stopped.closed("sms", safety=False, night_over=False) and not stopped.closed(
        "sms", safety=True, night_over=False
    )
    assert blocked.closed("sms", safety=True, night_over=False)


def test_quiet_hours_are_those_of_the_wall_clock_there():
    assert ANA.is_quiet(datetime(2026, 9, 30, 2, 0, tzinfo=UTC))  # 21:00 in Chicago
    assert not ANA.is_quiet(NOON)


def test_families_are_drawn_with_every_situation_and_the_same_for_the_same_seed():
    people = draw(2_000, today=TODAY, seed=3)
    orders = [tie.order for person in people for tie in person.ties if tie.order]
    assert {order.heard for order in orders} == set(Moment)
    assert {order.scope for order in orders} >= {"no_contact", "no_pickup", "no_records"}
    assert sum(len(person.ties) for person in people) >= 2_000
    assert people == draw(2_000, today=TODAY, seed=3)
    names = [tie.child.name for person in people for tie in person.ties]
    assert len(set(names)) == len({tie.child.student_id for person in people for tie in person.ties})


def test_the_fan_outs_district_has_the_shares_it_says():
    readers = draw_district(4_000, languages=12, seed=7)
    assert len(readers) == 4_000 and len({reader.email for reader in readers}) == 4_000
    assert {reader.reads for reader in readers} == set(fanout_texts.LANGUAGES)
    assert 0.015 < sum(bool(reader.barred) for reader in readers) / 4_000 < 0.045
    assert any(len({child.school_id for child in reader.children}) == 2 for reader in readers)
    assert all(not reader.expected for reader in readers if reader.quiet or reader.stopped or not reader.told_of)


def test_a_peer_is_told_only_of_whom_the_reader_may_hear():
    reader = next(r for r in draw_district(4_000, languages=12, seed=7) if r.barred and r.told_of and not r.stopped)
    barred = {child.name for child in reader.children if child.student_id in reader.barred}
    assert not barred & set(reader.as_peer_sees()["names"].split(", "))


def test_an_emergency_passes_hours_and_stops_but_no_order_and_no_dead_mailbox():
    reader = next(r for r in draw_district(4_000, languages=12, seed=7) if r.expected)
    assert reached_in_an_emergency(replace(reader, quiet=True, stopped="stop"))
    assert not reached_in_an_emergency(replace(reader, stopped="bounced"))
    everyone = frozenset(child.student_id for child in reader.children)
    assert not reached_in_an_emergency(replace(reader, barred=everyone))


def test_every_language_has_a_text_with_a_place_for_the_names():
    texts = fanout_texts.for_peers()
    assert set(texts) == set(fanout_texts.LANGUAGES) and len(texts) == 12
    assert all(
        "{names}" in text["text"] and "{names}" in text["html"] and "17:30" in text["text"] for text in texts.values()
    )
