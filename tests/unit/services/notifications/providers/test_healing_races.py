"""Two transactions that do not see each other leave nothing behind."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from services.notifications.handlers import beats, planning, writing
from services.notifications.handlers.phrases import PHRASE_IDS
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import DELIVERY, MESSAGE_TEXT


def test_what_was_planned_while_a_label_arrived_goes_a_moment_later(district):
    """As PostgreSQL has it: the label's transaction did not see the delivery, the delivery's did not see the label."""
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Trip.", "s-mateo"))
    texts = [event for event in district._unheard if event.type == "notifications.message_composed"]
    labels = [district._answer(event, target) for event in texts for target in event.data["targets"]
              if event.data["message_id"] in PHRASE_IDS]  # fmt: skip
    own = [district._answer(event, target) for event in texts for target in event.data["targets"]
           if event.data["message_id"] not in PHRASE_IDS]  # fmt: skip
    district._unheard.clear()
    with district.engine.begin() as connection:  # out of its sight
        connection.execute(sa.update(DELIVERY).values(state="unseen"))
    district.hear(planning.text_translated, *labels)
    with district.engine.begin() as connection:
        connection.execute(sa.update(DELIVERY).values(state="planned"))
        told = {"text": "Trip.", "told_at": district.now}
        connection.execute(sa.update(MESSAGE_TEXT).where(MESSAGE_TEXT.c.message_id.in_({e.data["text_id"] for e in own})).values(**told))
    district.settle()
    assert {row["state"] for row in district.rows(DELIVERY)} == {"planned"}
    district.at(district.now + beats.SOON + timedelta(seconds=15))
    assert {row["state"] for row in district.rows(DELIVERY)} == {"sent"}
