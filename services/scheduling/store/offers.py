"""Offers and their slots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables import OFFER, OFFER_SLOT
from shared.store import among, insert_rows, update_rows

OPEN = "open"
UNSERVED = "unserved"
ACCEPTED = "accepted"
REPLACED = "replaced"


def add(connection: sa.Connection, offers: Sequence[Mapping[str, Any]], slots: Sequence[Mapping[str, Any]]) -> None:
    if offers:
        insert_rows(connection, OFFER, offers, on_conflict="update")
    if slots:
        insert_rows(connection, OFFER_SLOT, slots, on_conflict="update")


def by_id(connection: sa.Connection, offer_ids: Iterable[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(OFFER).where(among(OFFER.c.offer_id, offer_ids)))
    return {row.offer_id: row for row in rows}


def newest(connection: sa.Connection, row: Any) -> Any | None:
    """The open offer to the same guardian about the same child with the same teacher."""
    same = (
        OFFER.c.guardian_id == row.guardian_id,
        OFFER.c.student_id == row.student_id,
        OFFER.c.staff_id == row.staff_id,
        OFFER.c.state == OPEN,
    )
    return connection.execute(sa.select(OFFER).where(*same).order_by(OFFER.c.created_at.desc()).limit(1)).first()


def slots_of(connection: sa.Connection, offer_ids: Iterable[str]) -> dict[str, dict[int, Any]]:
    """Slots by offer and number."""
    query = sa.select(OFFER_SLOT).where(among(OFFER_SLOT.c.offer_id, offer_ids)).order_by(OFFER_SLOT.c.n)
    found: dict[str, dict[int, Any]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row.offer_id][row.n] = row
    return found


def close(connection: sa.Connection, offer_ids: Collection[str], state: str, *, only: str = OPEN) -> list[str]:
    """Set the state of those that are still `only`; returns their ids."""
    query = (
        sa.update(OFFER)
        .where(among(OFFER.c.offer_id, offer_ids), OFFER.c.state == only)
        .values(state=state)
        .returning(OFFER.c.offer_id)
    )
    return list(connection.execute(query).scalars())


def accept(connection: sa.Connection, pairs: Sequence[tuple[str, str]]) -> None:
    """(offer, meeting) pairs: each offer has led to its meeting."""
    rows = [{"offer_id": offer, "state": ACCEPTED, "meeting_id": meeting} for offer, meeting in pairs]
    update_rows(connection, OFFER, rows, key="offer_id")


def count_unclear(connection: sa.Connection, offer_ids: Collection[str]) -> None:
    """An answer came that names none of the offer's slots: its teacher sees the number and reads the thread."""
    connection.execute(sa.update(OFFER).where(among(OFFER.c.offer_id, offer_ids)).values(unclear=OFFER.c.unclear + 1))


def of_staff(connection: sa.Connection, staff_id: str, states: Collection[str]) -> list[Any]:
    query = sa.select(OFFER).where(OFFER.c.staff_id == staff_id, OFFER.c.state.in_(states)).order_by(OFFER.c.created_at)
    return list(connection.execute(query))


def of_pairs(connection: sa.Connection, student_ids: Collection[str], states: Collection[str]) -> list[Any]:
    """Offers about these students."""
    query = sa.select(OFFER).where(among(OFFER.c.student_id, student_ids), OFFER.c.state.in_(states))
    return list(connection.execute(query))
