"""A report of the past says what it said then, whatever has happened since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.notifications.tables import METADATA
from services.notifications.tables.reach import REACH_FACT, REACH_MEMBER, REACH_TALLY
from tests.unit.services.notifications.reach.reachhouse import ReachHouse

GUARDIANS = ("g-ana", "g-ben", "g-cy")
STEPS = st.one_of(
    st.tuples(st.just("send"), st.sampled_from(GUARDIANS), st.sampled_from(("email", "sms", "voice"))),
    st.tuples(st.just("word"), st.integers(0, 30), st.sampled_from(("delivered", "failed", "sent"))),
    st.tuples(st.just("reply"), st.sampled_from(GUARDIANS), st.sampled_from((None, "survey", "keyword"))),
    st.tuples(st.just("move"), st.sampled_from(GUARDIANS), st.sampled_from(("greenview", "northgate"))),
    st.tuples(st.just("leave"), st.sampled_from(GUARDIANS), st.none()),
    st.tuples(st.just("language"), st.sampled_from(GUARDIANS), st.sampled_from(("es", "so"))),
    st.tuples(st.just("note"), st.sampled_from(GUARDIANS), st.sampled_from(("positive", "concern"))),
    st.tuples(st.just("block"), st.sampled_from(GUARDIANS), st.sampled_from(("bounced", "stop"))),
    st.tuples(st.just("time"), st.integers(1, 60), st.none()),
    st.tuples(st.just("count"), st.booleans(), st.none()),
)


@pytest.fixture(scope="module")
def engine() -> Iterator[sa.Engine]:
    made = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    METADATA.create_all(made)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("as_of")


def _emptied(engine: sa.Engine, folder: Path) -> ReachHouse:
    with engine.begin() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(sa.delete(table))
    (folder / "keys.json").unlink(missing_ok=True)
    house = ReachHouse(engine, folder)
    for school in ("greenview", "northgate"):
        house.school(school)
    for guardian in GUARDIANS:
        house.family(guardian)
    return house


def _play(house: ReachHouse, sent: list[str], step: tuple) -> None:
    what, one, other = step
    if what == "send":
        sent.append(house.send(one, channel=other))
    elif what == "word" and sent:
        house.becomes(sent[one % len(sent)], other)
    elif what == "reply":
        house.reply(one, kind=other)
    elif what == "move":
        house.family(one, school=other, student=f"s-{one}")
    elif what == "leave":
        link = METADATA.tables["guardian_link"]
        house.change(link, link.c.guardian_id == one, active=False)
    elif what == "language":
        guardian = METADATA.tables["guardian"]
        house.change(guardian, guardian.c.guardian_id == one, language=other)
    elif what == "note":
        house.note(f"s-{one}-greenview", other)
    elif what == "block":
        row = {"guardian_id": one, "channel": "email", "source": other, "detail": None, "since": house.now}
        house.put(METADATA.tables["suppressed"].name, row)
    elif what == "time":
        house.pass_time(hours=one)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=5, max_size=40))
def test_every_report_can_be_said_again_word_for_word(engine, folder, steps):
    house = _emptied(engine, folder)
    sent: list[str] = []
    said = []
    for step in [*steps, ("count", True, None)]:
        if step[0] == "count":
            at = house.count(far=step[1])
            said.append((at, house.tally(), house.tally(days=7)))
        else:
            _play(house, sent, step)
    for at, month, week in said:
        assert house.tally(as_of=at) == month
        assert house.tally(as_of=at, days=7) == week
    with house.transaction() as uow:
        uow.connection.execute(sa.delete(REACH_TALLY))
    for at, month, _ in said:
        assert house.tally(as_of=at) == month, "the facts no longer add up to what was said"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=5, max_size=40))
def test_a_fact_once_written_is_only_ever_ended(engine, folder, steps):
    house = _emptied(engine, folder)
    sent: list[str] = []
    before: dict[str, dict[tuple, tuple]] = {"fact": {}, "member": {}}
    for step in [*steps, ("count", True, None)]:
        _play(house, sent, step)
        if step[0] != "count":
            continue
        house.count(far=step[1])
        for name, table in (("fact", REACH_FACT), ("member", REACH_MEMBER)):
            keys = [column.name for column in table.primary_key]
            rows = {tuple(row[key] for key in keys): row for row in house.rows(table)}
            for key, old in before[name].items():
                same = {column: value for column, value in rows[key].items() if column != "to_run"}
                assert same == {column: value for column, value in old.items() if column != "to_run"}
                assert old["to_run"] in (None, rows[key]["to_run"])
            before[name] = rows


def test_counts_follow_one_another_even_where_the_clock_stands_still(house: ReachHouse):
    times = [house.count() for _ in range(3)]
    assert times == sorted(set(times))


def test_what_changes_between_two_counts_is_not_in_the_earlier_report(house: ReachHouse):
    house.family("g-ana")
    house.count()
    house.send("g-ana")
    assert house.tally().all_homes().written == 0
    house.pass_time(minutes=1)
    house.count()
    assert house.tally().all_homes().written == 1
