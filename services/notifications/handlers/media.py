"""Photos and children's work: shown only where every tagged child's family has agreed, to homes by a link that ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.notifications.domain.media import LIFE, content_type, without_consent, without_metadata
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import names
from services.notifications.handlers.writing import Author
from services.notifications.ports import Ports
from services.notifications.store import briefs, people
from services.notifications.store import rhythm as store
from shared.ids import derived_id, new_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

PAGE = "/notifications/picture"
PHOTO, WORK = "photo", "work"


@dataclass(frozen=True)
class Picture:
    """A photo of a class with who is on it, or one student's own work."""

    kind: str
    caption: str = field(repr=False)
    content: bytes = field(repr=False)
    class_id: str | None
    tagged: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """`blocked`: the tagged children without consent; then nothing went. `homes`: guardians it is planned for."""

    blocked: tuple[str, ...]
    homes: int


def consent_changed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The newest word of each guardian holds."""
    own = ("student_id", "guardian_id", "kind", "value", "revision")
    briefs.save_consents(uow.connection, [{name: event.data[name] for name in own} for event in events])


def keep(uow: UnitOfWork, author: Author, picture: Picture, *, school_id: str) -> str:
    """The picture, without what a camera writes into it; raises `domain.media.Unreadable`. Returns its id."""
    clean = without_metadata(picture.content)
    media_id = new_id()
    briefs.save_media(
        uow.connection,
        {
            "media_id": media_id,
            "kind": picture.kind,
            "school_id": school_id,
            "class_id": picture.class_id,
            "owner_id": author.staff_id,
            "caption": picture.caption,
            "content_type": content_type(clean),
            "content": clean,
            "message_id": None,
            "created_at": uow.now,
            "expires_at": uow.now + LIFE,
        },
        picture.tagged,
    )
    return media_id


def untag(uow: UnitOfWork, media_id: str, student_id: str) -> None:
    """The teacher says that this child is not to be seen on it (or has cut it out)."""
    left = [child for child in briefs.tags_of(uow.connection, [media_id]).get(media_id, []) if child != student_id]
    briefs.tag(uow.connection, media_id, left)


def send(uow: UnitOfWork, ports: Ports, row: people.Row) -> Outcome:
    """To the class's homes, or a piece of work to its own; blocked, and said so, while a tagged child has no consent."""
    media_id = row["media_id"]
    tagged = briefs.tags_of(uow.connection, [media_id]).get(media_id, [])
    if row["kind"] == PHOTO:
        blocked = without_consent(tagged, briefs.photo_consents(uow.connection, tagged))
        children = [student["student_id"] for student in people.students_of_class(uow.connection, row["class_id"])]
    else:  # a child's own work goes only to the child's own homes, and names one child
        blocked = tagged[1:]
        children = tagged[:1]
    if blocked or not children:
        reason = "no_consent" if row["kind"] == PHOTO else "not_own"
        for student in blocked:
            uow.emit(
                "notifications.media_blocked",
                {"media_id": media_id, "student_id": student, "reason": reason},
                school=row["school_id"],
                subject=student,
            )
        return Outcome(tuple(blocked), 0)
    return Outcome((), _tell(uow, ports, row, children))


def _tell(uow: UnitOfWork, ports: Ports, row: people.Row, children: Sequence[str]) -> int:
    known = names(uow, students=children, staff=[row["owner_id"]])
    of: dict[str, list[people.Row]] = {}
    for link in people.families(uow.connection, children):
        of.setdefault(link["guardian_id"], []).append(link)
    message_id = derived_id("media", row["media_id"])
    recipients = [
        Recipient(
            guardian,
            tuple(link["student_id"] for link in links),
            {
                "teacher": known.teacher(row["owner_id"]),
                "student": known.student(*(link["student_id"] for link in links)),
                "link": ports.link(
                    PAGE,
                    uow.district,
                    guardian,
                    purpose="picture",
                    resource=row["media_id"],
                    now=uow.now,
                    language=links[0]["language"],
                ),
            },
        )
        for guardian, links in of.items()
    ]
    briefs.sent_media(uow.connection, row["media_id"], message_id, uow.now + LIFE)
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=message_id,
                kind="info",
                weight=Weight.ROUTINE,
                school_id=row["school_id"],
                recipients=recipients,
                catalogue_key=f"media.{row['kind']}",
                sender_id=row["owner_id"],
                class_id=row["class_id"] if row["kind"] == PHOTO else None,
                personal=row["kind"] == WORK,
            )
        ],
    )
    return len(store.planned_for(uow.connection, [message_id]))
