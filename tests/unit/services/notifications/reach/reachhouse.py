"""A district's ledger that a test writes straight into, and counts whenever it likes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.notifications.handlers import reporting
from services.notifications.tables import DELIVERY, MESSAGE, METADATA, REPLY
from services.notifications.tables.rhythm import NOTE
from shared.messaging.envelope import open_envelope, parse
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from shared.store import insert_rows

MORNING = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
SETTINGS = {
    "languages": ["en", "es", "so"],
    "floor_days": 30,
    "concern_floor_days": 7,
    "ratio_target": 3.0,
    "office_phone": None,
}


class ReachHouse:
    """Families, deliveries and replies as rows; `pass_time`, `count`, `tally`."""

    def __init__(self, engine: sa.Engine, folder: Path) -> None:
        self.engine = engine
        self.now = MORNING
        self.vault = Keyring.create(folder / "keys.json", new_master_key())
        self.serial = 0
        self.said: list[Any] = []

    @contextmanager
    def transaction(self) -> Iterator[UnitOfWork]:
        with self.engine.begin() as connection:
            uow = UnitOfWork(connection, service="notifications", district="riverside", now=self.now, vault=self.vault)
            yield uow
            new = [open_envelope(parse(row["body"]), self.vault) for row in uow.emitted]
            uow.flush()
        self.said += new

    def put(self, name: str, *rows: dict[str, Any]) -> None:
        with self.engine.begin() as connection:
            insert_rows(connection, METADATA.tables[name], rows, on_conflict="update")

    def change(self, table: sa.Table, where: Any, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.update(table).where(where).values(**values))

    def rows(self, table: sa.Table) -> list[Any]:
        with self.engine.begin() as connection:
            return list(connection.execute(sa.select(table)).mappings())

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)

    def count(self, *, far: bool = False) -> datetime:
        with self.transaction() as uow:
            return reporting.count(uow, far=far)

    def tally(self, **how: Any) -> Any:
        with self.transaction() as uow:
            return reporting.tally(uow, **how)

    def school(self, school_id: str, name: str | None = None) -> None:
        self.put("school", {
            "school_id": school_id, "revision": 1, "config_version": "v1", "name": name or school_id.title(), "timezone": "America/Chicago",
            "settings": SETTINGS,
        })  # fmt: skip
        self.put("calendar", {
            "school_id": school_id, "revision": 1, "midterm_release_on": date(2026, 10, 23), "holidays": [], "cultural_days": [],
            "terms": [{"id": "t1", "title": "Fall", "starts_on": "2026-09-01", "ends_on": "2026-12-18"}],
        })  # fmt: skip

    def family(
        self, guardian: str, *, school: str = "greenview", language: str = "en", email: str | None = "{}@example.org",
        sms: str | None = None, phone: str | None = None, student: str | None = None, lives_with: bool = True,
    ) -> str:  # fmt: skip
        """A guardian with one child at the school; returns the child's id."""
        child = student or f"s-{guardian}-{school}"
        self.put("student", {
            "student_id": child, "revision": 1, "active": True, "school_id": school, "grade": "03", "class_ids": [], "teacher_ids": ["t-1"],
            "sibling_group_id": None, "given_name": child.title(), "family_name": "Rivera",
        })  # fmt: skip
        self.put("guardian", {
            "guardian_id": guardian, "revision": 1, "language": language, "given_name": guardian.removeprefix("g-").title(),
            "family_name": "Rivera", "email": email.format(guardian) if email else None, "sms": sms, "phone": phone,
        })  # fmt: skip
        self.put("guardian_link", {
            "guardian_id": guardian, "student_id": child, "revision": 1, "active": True, "household_id": f"h-{guardian}",
            "relationship": "Parent", "legal_guardian": True, "lives_with": lives_with, "priority": 1, "receives": True,
        })  # fmt: skip
        return child

    def send(
        self, guardian: str, *, channel: str = "email", state: str = "sent", school: str = "greenview", **message: Any
    ) -> str:
        """One delivery now; returns its id."""
        self.serial += 1
        message_id, delivery_id = f"m-{self.serial}", f"d-{self.serial}"
        kept = {
            "message_id": message_id, "content_version": 1, "kind": "info", "weight": "routine", "risk": "low", "sender_id": None,
            "school_id": school, "catalogue_key": "x", "source_language": "en", "text": None, "personal": False, "created_at": self.now,
        }  # fmt: skip
        self.put("message", kept | message)
        gone = state not in ("failed", "unknown", "letter", "planned", "refused")
        self.put("delivery", {
            "delivery_id": delivery_id, "message_id": message_id, "content_version": 1, "recipient_id": guardian,
            "recipient_kind": "guardian", "school_id": school, "students": [], "language": "en", "params": {}, "solicited": False,
            "state": state, "channel": channel, "tried": [], "attempts": 1, "over_cap": False, "created_at": self.now,
            "sent_at": self.now if gone else None,
        })  # fmt: skip
        return delivery_id

    def becomes(self, delivery_id: str, state: str, **values: Any) -> None:
        self.change(DELIVERY, DELIVERY.c.delivery_id == delivery_id, state=state, **values)

    def reply(self, guardian: str, *, kind: str | None = None) -> str:
        self.serial += 1
        self.put("reply", {
            "reply_id": f"r-{self.serial}", "guardian_id": guardian, "channel": "sms", "language": "en", "text": "…", "english": None,
            "open_kind": kind, "open_ref": None, "received_at": self.now,
        })  # fmt: skip
        return f"r-{self.serial}"

    def note(self, student: str, kind: str, *, example: bool = True) -> None:
        self.serial += 1
        self.put("note", {
            "message_id": f"n-{self.serial}", "student_id": student, "teacher_id": "t-1", "kind": kind, "example": example, "at": self.now,
        })  # fmt: skip


__all__ = ["DELIVERY", "MESSAGE", "MORNING", "NOTE", "REPLY", "ReachHouse"]
