"""What became of one delivery, in the order in which it happened.

The ordinary course of an announcement is in its row; only what was out of the ordinary has an entry of its own, so
that a fan-out to a district does not write four lines of diary a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    at: datetime
    what: str
    detail: str


def story(row: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> list[Step]:
    """`row`: the delivery. `entries`: its traced steps. What an entry tells already is not told from the row."""
    told = {entry["what"] for entry in entries}
    steps = [Step(entry["at"], entry["what"], entry["detail"]) for entry in entries]
    steps += [step for step in _of_row(row) if step.what not in told]
    return sorted(steps, key=lambda step: (step.at, _ORDER.get(step.what, len(_ORDER))))


_ORDER = {what: place for place, what in enumerate(("planned", "decided", "held", "sent", "delivered", "opened"))}


def _of_row(row: Mapping[str, Any]) -> list[Step]:
    steps = [Step(row["created_at"], "planned", f"in {row['language']}" + (f", by {row['way']}" if row["way"] else ""))]
    if row["sent_at"] is not None:
        account = f", account {row['provider']}" if row["provider"] else ""
        because = f", on the basis of {row['basis']}" if row["basis"] else ""
        steps.append(Step(row["sent_at"], "sent", f"by {row['channel']}{account}{because}"))
    if row["delivered_at"] is not None:
        steps.append(Step(row["delivered_at"], "delivered", "it has arrived"))
    if row["opened_at"] is not None:
        steps.append(Step(row["opened_at"], "opened", row["opened_how"] or "read"))
    return steps
