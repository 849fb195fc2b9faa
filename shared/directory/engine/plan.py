"""A plan: what applying a folder would change, whom it would silence, and what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.directory.engine.kinds import LABELS
from shared.directory.finding import Report


@dataclass(frozen=True, slots=True)
class Hold:
    """Something unusual that waits for a person: released by `--approve <id>`. The id belongs to this very plan."""

    id: str
    reason: str
    kind: str
    count: int
    of: int

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "reason": self.reason, "kind": self.kind, "count": self.count, "of": self.of}


@dataclass(frozen=True, slots=True)
class Tally:
    """Additions, changes and removals of one kind."""

    add: int = 0
    change: int = 0
    remove: int = 0


@dataclass(frozen=True, slots=True)
class Silenced:
    """A guardian who would stop hearing about a student, and why: unlinked, unreachable or restricted."""

    guardian_id: str
    student_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The differences between a folder and a district. `exit_code`: 0 none, 2 changes, 1 errors."""

    base: int
    checksum: str
    tallies: dict[str, Tally]
    report: Report
    holds: tuple[Hold, ...] = ()
    silenced: tuple[Silenced, ...] = ()
    silenced_count: int = 0
    unreachable: tuple[str, ...] = ()
    unreachable_count: int = 0
    action: str = "apply"
    district: str = ""

    @property
    def empty(self) -> bool:
        return not any(tally.add or tally.change or tally.remove for tally in self.tallies.values())

    @property
    def exit_code(self) -> int:
        if not self.report.ok:
            return 1
        return 0 if self.empty else 2

    def summary(self) -> dict[str, dict[str, int]]:
        return {
            LABELS[kind]: {"add": tally.add, "change": tally.change, "remove": tally.remove}
            for kind, tally in self.tallies.items()
            if tally.add or tally.change or tally.remove
        }

    def as_dict(self) -> dict[str, Any]:
        return {
            "district": self.district,
            "action": self.action,
            "base_revision": self.base,
            "checksum": self.checksum,
            "changes": self.summary(),
            "empty": self.empty,
            "holds": [hold.as_dict() for hold in self.holds],
            "would_stop_hearing": {
                "count": self.silenced_count,
                "listed": [
                    {"guardian_id": one.guardian_id, "student_id": one.student_id, "why": one.why}
                    for one in self.silenced
                ],
            },
            "unreachable_students": {"count": self.unreachable_count, "listed": list(self.unreachable)},
            "errors": self.report.errors,
            "warnings": self.report.warnings,
        }
