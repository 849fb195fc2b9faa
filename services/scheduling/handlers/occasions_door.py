"""At the door of an occasion: signing in by one's own link, at the poster, or from the paper sheet."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from services.scheduling.handlers.occasions_telling import DOORS, PUBLISHED
from services.scheduling.handlers.permission import may_book, may_invite
from services.scheduling.store import occasions as store
from services.scheduling.store import people
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork


def open_now(row: Any, now: datetime) -> bool:
    """Whether one can sign in."""
    return bool(row.state == PUBLISHED and row.start_at - DOORS <= now <= row.end_at + DOORS)


MINUTE, A_MINUTE = timedelta(minutes=1), 60  # so many sign in at one poster in a minute, and no more: numbers are not tried out


def paper_open(row: Any, now: datetime) -> bool:
    """Whether the paper sheet can be entered: as soon as the doors are open, and at any time later."""
    return bool(row.state == PUBLISHED and row.start_at - DOORS <= now)


def crowded(uow: UnitOfWork, row: Any) -> bool:
    return store.at_poster_since(uow.connection, row.occasion_id, uow.now - MINUTE) >= A_MINUTE


def sign_in(uow: UnitOfWork, row: Any, guardian_ids: Collection[str], *, via: str, by: str | None = None) -> int:
    """These guardians are there; returns how many were not written down yet.

    Left out: who has no child there that the school may ask them in for or meet them about.
    """
    children = _welcome(uow, row, guardian_ids)
    before = store.been_before(uow.connection, children, but=row.occasion_id)
    rows = [
        {
            "occasion_id": row.occasion_id, "guardian_id": guardian, "via": via, "first_time": guardian not in before,
            "at": uow.now, "entered_by": by,
        }
        for guardian in sorted(children)
    ]  # fmt: skip
    fresh = store.come(uow.connection, rows)
    for each in rows:
        guardian = str(each["guardian_id"])
        if guardian in fresh:
            uow.emit(
                "scheduling.event_attended",
                {
                    "occasion_id": row.occasion_id,
                    "school_id": row.school_id,
                    "kind": row.kind,
                    "guardian_id": guardian,
                    "student_ids": children[guardian],
                    "via": via,
                    "first_time": each["first_time"],
                },
                school=row.school_id,
                subject=row.occasion_id,
            )
    return len(fresh)


def sign_in_by_contact(uow: UnitOfWork, row: Any, *, number: str | None, email: str | None) -> None:
    """At the poster: whoever it is has the same answer, so that nobody learns whose number is known."""
    known = store.by_contact(uow.connection, row.school_id, number=number, email=email)
    if known:
        sign_in(uow, row, known[:1], via="poster")
    elif number or email:
        store.not_known(uow.connection, {"sign_in_id": new_id(), "occasion_id": row.occasion_id, "at": uow.now})


def _welcome(uow: UnitOfWork, row: Any, guardian_ids: Collection[str]) -> dict[str, list[str]]:
    """By guardian, the children whom policy lets them come for; a grandparent who only hears of things is welcome too."""
    children = store.children_at(uow.connection, guardian_ids, row.school_id)
    known = people.known(uow.connection, {each for theirs in children.values() for each in theirs})
    on = people.schools(uow.connection, [row.school_id])[row.school_id].today(uow.now)
    found = {
        guardian: [
            each
            for each in theirs
            if any(ask(known, guardian, each, district=uow.district, on=on).allowed for ask in (may_invite, may_book))
        ]
        for guardian, theirs in children.items()
    }
    return {guardian: theirs for guardian, theirs in found.items() if theirs}
