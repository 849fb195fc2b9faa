"""A drill of an emergency: to staff and the district's own test contacts, marked as an exercise in every language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.notifications.domain.cap import Status
from services.notifications.domain.sending import Weight
from services.notifications.handlers import emergency
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.writing import Author
from services.notifications.ports import Ports
from services.notifications.store import broadcasts, people
from services.notifications.store import emergency as store
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork

Row = Mapping[str, Any]

EXERCISE = "emergency.exercise"  # of the catalogue


def exercise(uow: UnitOfWork, ports: Ports, author: Author, what: Announcement) -> str:
    """A drill: staff of the schools and their canaries get it by the ordinary ways, marked as an exercise; nobody else."""
    message_id = new_id()
    schools = people.schools(uow.connection, what.audience.schools or author.schools)
    staff = store.staff_of(uow.connection, schools)
    canaries = filter(None, ((row["settings"].get("alerts") or {}).get("canary") for row in schools.values()))
    known = people.guardians(uow.connection, canaries)
    text = f"{what.title}\n\n{what.text}" if what.title else what.text
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=message_id,
                kind="info",
                weight=Weight.ANSWER,
                school_id=what.school_id,
                recipients=[
                    *(Recipient(one, params={"text": text}, kind="staff") for one in staff),
                    *(
                        Recipient(one, students, {"text": text}, solicited=True)
                        for one, students in _children(uow, known).items()
                    ),
                ],
                catalogue_key=EXERCISE,
                sender_id=author.staff_id,
                expires_at=what.expires_at,
            )
        ],
    )
    broadcasts.entitle(uow.connection, message_id, what.title)
    expires_at = what.expires_at or uow.now + emergency.limits_of(uow, what.school_id).lasts(emergency=True)
    size = len(staff) + len(known)
    emergency.record(
        uow, message_id, author, what, guardians=size, start_at=uow.now, expires_at=expires_at, status=Status.EXERCISE
    )
    return message_id


def _children(uow: UnitOfWork, guardians: Mapping[str, Row]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for guardian, student in people.children_of(uow.connection, guardians):
        found[guardian] = (*found.get(guardian, ()), student)
    return found
