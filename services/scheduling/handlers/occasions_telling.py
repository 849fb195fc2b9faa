"""What families are told of an occasion: invited in time, told when it moves or is off, thanked when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain import occasions as rules
from services.scheduling.handlers import loop_words
from services.scheduling.handlers.permission import may_invite
from services.scheduling.ports import Ports
from services.scheduling.store import occasions as store
from services.scheduling.store import people
from shared.messaging.uow import DueItem, UnitOfWork

DRAFT, PUBLISHED, CANCELLED = "draft", "published", "cancelled"
INVITES_AT = time(9)  # where the school is
DOORS = timedelta(hours=1)  # one can sign in from so long before the start until so long after the end
PAGE = 500


def occasion_invites(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """A page of the school's families at a time; the next one is due at once."""
    for item in items:
        occasion_id = item.key.partition(":")[0]
        row = store.by_id(uow.connection, [occasion_id]).get(occasion_id)
        if row is None or row.state == DRAFT or (row.state == CANCELLED) != (item.data["change"] == "cancelled"):
            continue
        if item.data["change"] == "invited" and not item.data["after"]:
            if row.invited_at is not None or row.start_at <= uow.now:
                continue
            store.change(uow.connection, [{"occasion_id": occasion_id, "invited_at": uow.now}])
        _tell_page(uow, ports, row._mapping, item)


def occasion_over(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """Who came is thanked, once."""
    rows = [row for row in store.by_id(uow.connection, [item.key for item in items]).values() if row.thanked_at is None]
    came = store.attendance(uow.connection, [row.occasion_id for row in rows])
    for row in rows:
        there = [each.guardian_id for each in came.get(row.occasion_id, [])]
        homes = allowed(uow, row.school_id, store.children_at(uow.connection, there, row.school_id))
        for page in _pages(sorted(homes.items())):
            uow.emit(
                "scheduling.event_thanked",
                {
                    "occasion_id": row.occasion_id,
                    "school_id": row.school_id,
                    "kind": row.kind,
                    "guardian_ids": [guardian for guardian, _ in page],
                    "student_ids": [students for _, students in page],
                },
                school=row.school_id,
                subject=row.occasion_id,
            )
    store.change(uow.connection, [{"occasion_id": row.occasion_id, "thanked_at": uow.now} for row in rows])


def say(uow: UnitOfWork, row: Mapping[str, Any], state: str) -> None:
    uow.emit(
        "scheduling.event_scheduled",
        {
            **{name: row[name] for name in ("occasion_id", "school_id", "kind", "online", "moved_from")},
            "state": state,
            "start": row["start_at"],
            "end": row["end_at"],
        },
        school=row["school_id"],
        subject=row["occasion_id"],
    )


def wait(uow: UnitOfWork, row: Mapping[str, Any], zone: ZoneInfo) -> None:
    day = row["on"] - timedelta(days=rules.INVITE_DAYS)
    at = datetime.combine(day, INVITES_AT, zone).astimezone(UTC)
    if row["invited_at"] is None:
        earliest = uow.now + (loop_words.PATIENCE if row["title"] else timedelta())  # its words are being translated
        uow.schedule("occasion_invites", row["occasion_id"], max(at, earliest), {"after": "", "change": "invited"})
    uow.schedule("occasion_over", row["occasion_id"], row["end_at"] + DOORS)


def invite(uow: UnitOfWork, ports: Ports, row: Mapping[str, Any], *, change: str) -> None:
    uow.schedule("occasion_invites", f"{row['occasion_id']}:{change}", uow.now, {"after": "", "change": change})


def text_ids(row: Mapping[str, Any]) -> tuple[str, str]:
    """Of its title and its description."""
    return (
        loop_words.text_id("occasion", row["occasion_id"], "title", row["title"]),
        loop_words.text_id("occasion", row["occasion_id"], "about", row["about"]),
    )


def ask_words(uow: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Title and description, in every language that a family of the school reads."""
    texts = {key: text for key, text in zip(text_ids(row), (row["title"], row["about"]), strict=True) if text}
    if not texts:
        return
    loop_words.write(uow, texts)
    readers = [guardian for guardian, _ in store.families(uow.connection, row["school_id"], limit=1_000_000)]
    spoken = set(loop_words.languages(uow, readers).values())
    loop_words.ask(uow, [(key, language) for key in texts for language in sorted(spoken)])


def _tell_page(uow: UnitOfWork, ports: Ports, row: Mapping[str, Any], item: DueItem) -> None:
    homes = store.families(uow.connection, row["school_id"], after=str(item.data["after"]), limit=PAGE)
    told = allowed(uow, row["school_id"], dict(homes))
    if row["shares"]:
        told = {who: told[who] for who in store.who_shares(uow.connection, told, row["shares"]) & told.keys()}
    by_language: dict[str, list[str]] = {}
    for guardian, language in loop_words.languages(uow, told).items():
        by_language.setdefault(language, []).append(guardian)
    for language, guardians in sorted(by_language.items()):
        there = loop_words.read(uow, text_ids(row), language)
        title = there.get(text_ids(row)[0])
        uow.emit(
            "scheduling.event_invited",
            {
                **{name: row[name] for name in ("occasion_id", "school_id", "kind", "online")},
                "change": item.data["change"],
                "start": row["start_at"],
                "end": row["end_at"],
                "words": [title.text if title is not None else row["title"], row["venue"]],
                "guardian_ids": sorted(guardians),
                "student_ids": [told[guardian] for guardian in sorted(guardians)],
                "links": [link_of(uow, ports, row, guardian, language) for guardian in sorted(guardians)],
            },
            school=row["school_id"],
            subject=row["occasion_id"],
        )
    if len(homes) == PAGE:
        uow.schedule("occasion_invites", item.key, uow.now, {**item.data, "after": homes[-1][0]})


def link_of(uow: UnitOfWork, ports: Ports, row: Mapping[str, Any], guardian_id: str, language: str) -> str:
    """A guardian's own page of an occasion; the same one has the same link."""
    return ports.page_link(
        "/scheduling/e", uow.district, guardian_id, purpose="occasion", resource=row["occasion_id"],
        expires_at=row["end_at"] + timedelta(days=2), language=language, school=row["school_id"], jti=f"e-{row['occasion_id']}",
    )  # fmt: skip


def allowed(uow: UnitOfWork, school_id: str, homes: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Whom policy lets be invited, with the children they may be invited about."""
    known = people.known(uow.connection, {student for students in homes.values() for student in students})
    on = people.schools(uow.connection, [school_id])[school_id].today(uow.now)
    found = {
        guardian: [each for each in students if may_invite(known, guardian, each, district=uow.district, on=on).allowed]
        for guardian, students in homes.items()
    }
    return {guardian: students for guardian, students in found.items() if students}


def _pages(homes: Sequence[tuple[str, list[str]]]) -> Iterable[Sequence[tuple[str, list[str]]]]:
    return (homes[at : at + PAGE] for at in range(0, len(homes), PAGE))
