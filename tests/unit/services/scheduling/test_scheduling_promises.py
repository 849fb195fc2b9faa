"""A promise is reminded of on the school day before, told when kept, shown when missed."""

from __future__ import annotations

from datetime import UTC, date, datetime

from services.scheduling.handlers import promises
from services.scheduling.store import commitments
from services.scheduling.tables import COMMITMENT
from shared.directory import projection
from shared.messaging.uow import DueItem
from tests.unit.services.scheduling.scene import World, calendar


def promise(due_on: date = date(2026, 10, 2)) -> promises.Promise:
    return promises.Promise("t-alvarez", "s-mateo", "g-daniel", "org-greenview", due_on, "extra practice sheet")


def make(world: World, due_on: date = date(2026, 10, 2)) -> str:
    with world.unit() as uow:
        return promises.make(uow, promise(due_on))


def comes_due(world: World, kind: str, commitment_id: str) -> None:
    at = world.due()[kind, commitment_id]
    world.clock.advance_to(at)
    with world.unit() as uow:
        uow.cancel(kind, commitment_id)
        ports = (world.ports,) if kind == "promise_reminder" else ()
        getattr(promises, kind)(uow, *ports, [DueItem(kind, commitment_id, at, {}, 0)])


def rate(world: World):
    with world.unit() as uow:
        return commitments.rate(uow.connection, "org-greenview")


def test_the_owner_is_reminded_the_school_day_before_at_eight(world: World):
    commitment_id = make(world)
    assert world.due()["promise_reminder", commitment_id] == datetime(2026, 10, 1, 13, 0, tzinfo=UTC)
    assert world.due()["promise_deadline", commitment_id] == datetime(2026, 10, 3, 13, 0, tzinfo=UTC)
    comes_due(world, "promise_reminder", commitment_id)
    assert [event.type for event in world.events()[-2:]] == ["scheduling.commitment_made", "scheduling.commitment_due"]
    assert world.events("commitment_due")[0].data["text"] == "extra practice sheet"


def test_the_reminder_skips_weekends_and_holidays(world: World):
    with world.unit() as uow:
        projection.calendar_published(uow, [calendar(holidays=[date(2026, 10, 9)], revision=2)])
    commitment_id = make(world, date(2026, 10, 12))  # a Monday after a free Friday
    assert world.due()["promise_reminder", commitment_id] == datetime(2026, 10, 8, 13, 0, tzinfo=UTC)


def test_a_promise_for_today_is_not_reminded_of(world: World):
    commitment_id = make(world, date(2026, 9, 29))
    assert ("promise_reminder", commitment_id) not in world.due()


def test_done_tells_the_family_and_ends_the_alarms(world: World):
    commitment_id = make(world)
    with world.unit() as uow:
        assert promises.done(uow, commitment_id)
    with world.unit() as uow:
        assert not promises.done(uow, commitment_id), "saying so twice changes nothing"
    assert len(world.events("commitment_kept")) == 1
    assert not [key for kind, key in world.due() if kind.startswith("promise")]
    assert (rate(world).settled, rate(world).kept, rate(world).share) == (1, 1, 1.0)


def test_what_is_not_done_by_the_day_after_is_missed_and_stays_so_when_kept_late(world: World):
    assert rate(world).share is None
    commitment_id = make(world)
    comes_due(world, "promise_deadline", commitment_id)
    assert len(world.events("commitment_missed")) == 1
    with world.unit() as uow:
        assert promises.done(uow, commitment_id)
    assert len(world.events("commitment_kept")) == 1, "the family is told all the same"
    assert [row.state for row in world.rows(COMMITMENT)] == ["missed"]
    assert rate(world).share == 0.0


def test_an_alarm_that_rings_twice_speaks_once(world: World):
    commitment_id = make(world)
    items = [DueItem("promise_reminder", commitment_id, world.clock.now(), {}, 0)]
    for _ in range(2):
        with world.unit() as uow:
            promises.promise_reminder(uow, world.ports, items)
        with world.unit() as uow:
            promises.promise_deadline(uow, items)
    assert len(world.events("commitment_due")) == 1
    assert len(world.events("commitment_missed")) == 1
