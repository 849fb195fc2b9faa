"""What both brokers promise: delivered to every hearer, one effect each, the bad set aside with its reason."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import orjson
import pytest
from harness import Harness, enrolment
from hearers import ENROLLED, FastClock

from shared.contracts import Lane
from shared.messaging.envelope import encode, new_event
from shared.messaging.topology import EXCHANGE

KEY = f"bulk.{ENROLLED}"
BOTH = ("notifications", "surveys")


def body(harness: Harness, student: str = "s-raw", **changes: Any) -> tuple[str, bytes]:
    """An encoded enrolment, with attributes changed (None removes one)."""
    event = new_event(
        ENROLLED, enrolment(student), district=harness.district, source="directory", now=FastClock().now()
    )
    attributes = orjson.loads(encode(event, harness.runtime.vault))
    for name, value in changes.items():
        attributes.pop(name, None) if value is None else attributes.update({name: value})
    return event.id, json.dumps(attributes).encode()


def fresh(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def handled_once(harness: Harness, service: str, ids: list[str]) -> bool:
    return harness.effects(service, ids) == Counter(ids)


def test_an_event_reaches_every_service_that_hears_it_once(broker: Harness) -> None:
    ids = broker.emit(*[fresh("s") for _ in range(30)])
    for service in BOTH:
        broker.until(lambda s=service: handled_once(broker, s, ids))


def test_an_event_published_twice_has_one_effect(broker: Harness) -> None:
    event_id, raw = body(broker)
    for _ in range(3):
        broker.publish(EXCHANGE, KEY, raw, event_id)
    later = broker.emit(fresh("s"))
    for service in BOTH:
        broker.until(lambda s=service: handled_once(broker, s, [event_id, *later]))


def test_one_that_raises_is_parked_and_then_dead_lettered_while_the_others_of_its_batch_have_their_effect(
    broker: Harness,
) -> None:
    students = [fresh("s") for _ in range(9)]
    ids = broker.emit(*students[:5], fresh("raise"), *students[5:])
    poison = ids.pop(5)
    for service in BOTH:
        broker.until(lambda s=service: handled_once(broker, s, ids))
        letter = broker.until_dead(service, poison)
        assert letter.reason.startswith("ValueError at ")
        assert (letter.district, letter.attempts) == (broker.district, 5)
        assert letter.fingerprint == letter.headers["fingerprint"]
        assert poison not in broker.parked(service)
        assert not broker.effects(service, [poison])


def test_the_same_failure_has_the_same_fingerprint(broker: Harness) -> None:
    ids = broker.emit(fresh("raise"), fresh("raise"))
    letters = [broker.until_dead("surveys", event_id) for event_id in ids]
    assert letters[0].fingerprint == letters[1].fingerprint


@pytest.mark.parametrize("raw", [b"not json at all", b"[]", b'{"specversion": "1.0", "id": "x"}', b"\xff\xfe"])
def test_a_malformed_body_is_dead_lettered_and_others_flow(broker: Harness, raw: bytes) -> None:
    raw = raw + b" " * (uuid.uuid4().int % 97 + 1)
    broker.publish(EXCHANGE, KEY, raw)
    ids = broker.emit(fresh("s"))
    for service in BOTH:
        broker.until(lambda s=service: handled_once(broker, s, ids))
        letter = broker.until(lambda s=service: next((x for x in broker.dead(s) if x.body == raw), None))
        assert letter.reason.startswith("malformed: ")


def test_an_unknown_version_is_dead_lettered_with_that_reason(broker: Harness) -> None:
    event_id, raw = body(broker, dataschema=f"urn:homeroom:event:{ENROLLED}:99")
    broker.publish(EXCHANGE, KEY, raw, event_id)
    assert "unknown event district.student_enrolled v99" in broker.until_dead("surveys", event_id).reason


def test_an_unknown_district_is_dead_lettered_with_that_reason(broker: Harness) -> None:
    event_id, raw = body(broker, districtid="elsewhere")
    broker.publish(EXCHANGE, KEY, raw, event_id)
    assert broker.until_dead("surveys", event_id).reason.startswith("unknown district")


def test_a_personal_field_in_clear_is_dead_lettered_unread(broker: Harness) -> None:
    event_id, raw = body(broker)
    attributes = orjson.loads(raw)
    attributes["data"]["name"] = {"given_name": "Quite", "family_name": "Readable"}
    broker.publish(EXCHANGE, KEY, orjson.dumps(attributes), event_id)
    letter = broker.until_dead("surveys", event_id)
    assert "field name travels in clear" in letter.reason
    assert not broker.effects("surveys", [event_id])


def test_an_expired_event_is_skipped_and_not_dead(broker: Harness) -> None:
    gone = broker.emit(fresh("s"), expires_at=FastClock().now() - timedelta(seconds=1))
    ids = broker.emit(fresh("s"))
    broker.until(lambda: handled_once(broker, "surveys", ids))
    assert not broker.effects("surveys", gone)
    assert gone[0] not in [letter.event_id for letter in broker.dead("surveys")]


def test_an_unknown_field_is_kept_not_refused(broker: Harness) -> None:
    event_id, raw = body(broker)
    attributes = orjson.loads(raw)
    attributes["data"]["added_later"] = 1
    broker.publish(EXCHANGE, KEY, orjson.dumps(attributes), event_id)
    broker.until(lambda: handled_once(broker, "surveys", [event_id]))


def test_an_urgent_event_overtakes_bulk(broker: Harness) -> None:
    bulk = broker.emit(*[fresh("s") for _ in range(3_000)], lane=Lane.BULK)
    urgent = broker.emit(fresh("s"), lane=Lane.URGENT)
    broker.until(lambda: handled_once(broker, "surveys", urgent))
    ahead = len(broker.effects("surveys", bulk[-900:]))
    assert ahead < 900, "it waited for the whole bulk"
    broker.until(lambda: len(broker.order("surveys", bulk)) == len(bulk), 60)


def test_an_event_that_nobody_is_bound_to_becomes_a_dead_letter_of_the_relay(broker: Harness) -> None:
    with broker.runtime.unit_of_work("directory", broker.district) as uow:
        from shared.contracts import latest

        declared = latest("district.record_viewed")  # audit hears it, and does not run here
        event_id = uow.emit("district.record_viewed", declared.load(declared.sample))
    letter = broker.until_dead("relay", event_id)
    assert "nothing is bound to" in letter.reason
    assert broker.until(lambda: broker.outbox("directory") == 0)
