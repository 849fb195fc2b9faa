"""What tells of a home travels sealed: the broker, its disk and the dead letters never see it."""

from __future__ import annotations

import sqlalchemy as sa

from services.surveys.handlers import actions_barriers
from shared.contracts import contract
from shared.messaging.envelope import new_event
from shared.messaging.tables import OUTBOX
from tests.unit.services.surveys.surveyhouse import DISTRICT, SENT, House


def on_the_wire(house: House) -> str:
    with house.unit() as uow:
        bodies = uow.connection.execute(sa.select(OUTBOX.c.body)).scalars()
        return "\n".join(body if isinstance(body, str) else bytes(body).decode() for body in bodies)


def test_a_barrier_and_a_declined_questions_kind_are_read_by_handlers_alone(house: House) -> None:
    house.advance(SENT)
    with house.unit() as uow:
        actions_barriers.change(uow, {"g-ana": {"reading": True}}, source="answer")
        told = {"assignment_id": "a-1", "guardian_id": "g-ana", "question_id": "q", "tag": "about_parent"}
        uow.emit("surveys.question_declined", told, subject="g-ana")
    wire = on_the_wire(house)
    assert '"reading"' not in wire
    assert "about_parent" not in wire
    assert [(e.data["barrier"], e.version) for e in house.said("surveys.barrier_identified")] == [("reading", 2)]
    assert [(e.data["tag"], e.version) for e in house.said("surveys.question_declined")] == [("about_parent", 2)]


def test_what_was_said_before_is_still_heard(house: House) -> None:
    data = {"guardian_id": "g-ana", "barrier": "reading", "active": True, "version": 1, "source": "answer", "since": SENT.isoformat()}
    assert contract("surveys.barrier_identified", 1).load(data)["barrier"] == "reading"
    assert new_event("surveys.barrier_identified", {**data, "since": SENT}, district=DISTRICT, source="surveys", now=SENT).version == 2
