"""Where a district stands: its revision, what each service has acknowledged, and whom nobody can reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from shared.directory import store
from shared.directory.engine.kinds import LABELS, SCHOOL, UNREACHABLE
from shared.directory.store import Revision

Acknowledged = Mapping[str, Mapping[str, str]]  # service → school id → config_version it holds
LISTED = 1_000


@dataclass(frozen=True, slots=True)
class SchoolStatus:
    """A school's settings version, and the services that already hold it."""

    school_id: str
    config_version: str
    acknowledged: tuple[str, ...]
    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    revision: int
    counts: dict[str, int]
    schools: tuple[SchoolStatus, ...]
    unreachable: tuple[str, ...]
    unreachable_count: int

    @property
    def green(self) -> bool:
        """Whether every service holds every school's current settings."""
        return all(not school.waiting for school in self.schools)

    def services(self) -> dict[str, bool]:
        """Service → whether it is up to date for all schools."""
        names = {name for school in self.schools for name in (*school.acknowledged, *school.waiting)}
        return {name: all(name not in school.waiting for school in self.schools) for name in sorted(names)}

    def as_dict(self) -> dict[str, Any]:
        services = self.services()
        return {
            "revision": self.revision,
            "green": f"{sum(services.values())}/{len(services)}",
            "services": services,
            "counts": self.counts,
            "schools": [
                {"school_id": s.school_id, "config_version": s.config_version, "acknowledged": list(s.acknowledged),
                 "waiting": list(s.waiting)}
                for s in self.schools
            ],
            "unreachable_students": {"count": self.unreachable_count, "listed": list(self.unreachable)},
        }  # fmt: skip


def status(connection: sa.Connection, acknowledged: Acknowledged) -> Status:
    """`acknowledged` is what the services' own projections say (the caller looks it up)."""
    schools = []
    for record in store.rows(connection, SCHOOL):
        version = orjson.loads(record.body)["config_version"]
        done = tuple(sorted(name for name, held in acknowledged.items() if held.get(record.key) == version))
        waiting = tuple(sorted(set(acknowledged) - set(done)))
        schools.append(SchoolStatus(record.key, version, done, waiting))
    unreachable = [mark.key for _, mark in zip(range(LISTED), store.marks(connection, UNREACHABLE), strict=False)]
    counts = {LABELS[kind]: number for kind, number in sorted(store.counts(connection).items()) if kind in LABELS}
    return Status(
        store.head(connection), counts, tuple(schools), tuple(unreachable), store.count(connection, UNREACHABLE)
    )


def history(connection: sa.Connection) -> list[Revision]:
    """Every revision, oldest first; none is ever altered."""
    return store.revisions(connection)
