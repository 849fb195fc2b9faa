"""`homeroom dlq` on both brokers: list, show, replay, discard; refused where it cannot help; audited."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from harness import SERVICES, EmbeddedHarness, RabbitHarness, enrolment
from hearers import ENROLLED

from shared.errors import HomeroomError
from shared.messaging import dead_letters
from shared.messaging.dead_letter_boxes import EmbeddedBox, open_box
from shared.messaging.dead_letters import DeadLetter, describe, groups, read, refusal
from shared.messaging.embedded import EmbeddedBroker
from shared.tenancy.cell import embedded_cell


class Notes(list[DeadLetter]):
    """Stands in for the audit log."""


@pytest.fixture
def notes() -> Notes:
    return Notes()


def test_rabbitmq_a_mended_event_is_replayed_to_the_one_service_it_died_in(
    rabbitmq: RabbitHarness, notes: Notes
) -> None:
    event_id, body = _body(rabbitmq)
    rabbitmq.publish("homeroom.dead", "surveys", body, event_id)
    rabbitmq.until_dead("surveys", event_id)
    box = open_box(rabbitmq.runtime.cell, SERVICES)
    mine = [letter for letter in box.letters() if letter.event_id == event_id]
    assert [letter.service for letter in mine] == ["surveys"]
    count = dead_letters.replay(box, mine, note=notes.append, pause=rabbitmq.pause, rate=1_000)
    box.close()
    assert (count, len(notes)) == (1, 1)
    rabbitmq.until(lambda: rabbitmq.effects("surveys", [event_id]) == Counter([event_id]))
    assert not rabbitmq.effects("notifications", [event_id])
    assert event_id not in [letter.event_id for letter in rabbitmq.dead("surveys")]


def test_rabbitmq_looking_takes_nothing_away(rabbitmq: RabbitHarness) -> None:
    event_id, body = _body(rabbitmq)
    rabbitmq.publish("homeroom.dead", "surveys", body, event_id)
    for _ in range(3):
        rabbitmq.until_dead("surveys", event_id)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[EmbeddedBox]:
    broker = EmbeddedBroker(tmp_path / "broker.sqlite")
    broker.declare_exchange("homeroom.dead", "direct")
    for service in SERVICES:
        for queue in (f"{service}.dead", f"{service}.normal"):
            broker.declare_queue(queue, {})
        broker.bind(f"{service}.dead", "homeroom.dead", service)
    broker.publish([("homeroom.dead", "surveys", {"reason": "ValueError", "fingerprint": "f" * 12, "lane": "normal"}, b"{}")])
    broker.publish([("homeroom.dead", "surveys", {}, b"broken")])
    broker.close()
    made = EmbeddedBox(embedded_cell(tmp_path, ("metro",)), SERVICES)
    yield made
    made.close()


def test_embedded_what_is_dropped_is_gone_and_the_rest_stays(box: EmbeddedBox, tmp_path: Path) -> None:
    first, _ = box.letters()
    box.publish("", "surveys.normal", first)
    box.drop(first)
    box.close()
    broker = EmbeddedBroker(tmp_path / "broker.sqlite")
    assert (broker.size("surveys.dead"), broker.size("surveys.normal")) == (1, 1)
    broker.close()
    box._broker = EmbeddedBroker(tmp_path / "broker.sqlite")


def test_embedded_a_running_cell_is_left_alone(box: EmbeddedBox, tmp_path: Path) -> None:
    with pytest.raises(HomeroomError, match="only one process"):
        EmbeddedBox(embedded_cell(tmp_path, ("metro",)), SERVICES)


def test_a_queue_that_is_not_there_is_said_and_the_letter_stays(box: EmbeddedBox) -> None:
    first, _ = box.letters()
    with pytest.raises(HomeroomError, match="no such queue"):
        box.publish("", "surveys.bulk", first)


def test_alike_letters_make_one_group() -> None:
    headers = [{"reason": r, "fingerprint": f, "dead_at": f"2026-09-0{n}T00:00:00+00:00"} for n, (r, f) in
               enumerate([("A", "aaa"), ("B", "bbb"), ("A", "aaa")], 1)]  # fmt: skip
    letters = [read("surveys", b"{}" + b" " * n, h, districts=["metro"]) for n, h in enumerate(headers)]
    found = groups(letters)
    assert [(g.fingerprint, g.count) for g in found] == [("aaa", 2), ("bbb", 1)]
    assert (found[0].first, found[0].last) == ("2026-09-01T00:00:00+00:00", "2026-09-03T00:00:00+00:00")


@pytest.mark.parametrize(
    ("body", "headers", "reason"),
    [
        (b"Anna broke it", {"x-death": [{"reason": "rejected", "queue": "surveys.bulk"}]}, "malformed: body is not JSON"),
        (b"[]", {}, "malformed: body is not a JSON object"),
    ],
)
def test_why_the_broker_rejected_it_is_found_again_and_the_body_not_shown(
    body: bytes, headers: dict[str, Any], reason: str
) -> None:
    letter = read("surveys", body, headers, districts=["metro"])
    assert letter.reason == reason
    assert letter.lane == ("bulk" if headers else "normal")
    assert "Anna" not in json.dumps(describe(letter)) + repr(letter)
    assert refusal(letter) is not None


def test_given_out_too_often_and_unknown_districts_are_told_apart(embedded_broker: EmbeddedHarness) -> None:
    _, body = _body(embedded_broker)
    death = {"x-death": [{"reason": "delivery_limit", "queue": "surveys.urgent", "count": 21}]}
    known = read("surveys", body, death, districts=[embedded_broker.district])
    assert (known.reason.split(":")[0], known.lane, known.attempts) == ("delivery_limit", "urgent", 21)
    assert read("surveys", body, {}, districts=["other"]).reason.startswith("unknown district")


def test_replay_refuses_what_it_cannot_help(embedded_broker: EmbeddedHarness) -> None:
    _, body = _body(embedded_broker)
    later = orjson.dumps(orjson.loads(body) | {"dataschema": f"urn:homeroom:event:{ENROLLED}:9"})
    for raw, code in ((b"{", "dlq.malformed"), (later, "dlq.unknown_version")):
        refused = refusal(read("surveys", raw, {}, districts=["contract"]))
        assert refused is not None
        assert refused.code == code
    elsewhere = refusal(read("surveys", body, {}, districts=["x"]), ["x"])
    assert elsewhere is not None
    assert elsewhere.code == "dlq.unknown_district"
    assert refusal(read("surveys", body, {}, districts=["contract"]), ["contract"]) is None


def test_sealed_fields_stay_sealed_and_clear_ones_are_shown(embedded_broker: EmbeddedHarness) -> None:
    _, body = _body(embedded_broker)
    shown = describe(read("surveys", body, {}, districts=["contract"]))
    assert shown["data"]["name"] == "[sealed]"
    assert shown["data"]["student_id"] == "s-dlq"
    opened = orjson.loads(body)
    opened["data"] |= {"name": "In Clear", "unheard_of": "In Clear"}
    assert "In Clear" not in json.dumps(describe(read("surveys", orjson.dumps(opened), {}, districts=["contract"])))


def _body(harness: Any) -> tuple[str, bytes]:
    """An encoded event that was never sent: its transaction is rolled back."""
    with (  # noqa: PT012
        pytest.raises(ZeroDivisionError),
        harness.runtime.unit_of_work("directory", harness.district) as uow,
    ):
        uow.emit(ENROLLED, enrolment("s-dlq"))
        (row,) = uow.emitted
        raise ZeroDivisionError
    return str(row["event_id"]), bytes(row["body"])
