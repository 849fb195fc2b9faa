"""Who is invited to a round: one invitation per home, whoever lives in it, for all its children together.

Two homes of one child are two: each is asked, planned and told by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tie:
    """A guardian who may be invited about a child, and the home they share with others of the child's guardians."""

    guardian_id: str
    student_id: str
    household_id: str
    priority: int


@dataclass(frozen=True, slots=True)
class Invited:
    """`home_id` is the guardian who speaks for the home: the first by priority; the others of the home come after."""

    home_id: str
    guardian_ids: tuple[str, ...]
    students: tuple[str, ...]


def homes(ties: Iterable[Tie]) -> list[Invited]:
    """One row per home. Households with the same speaker are one home, so that nobody is asked to be in two places."""
    households: dict[str, list[Tie]] = {}
    for tie in ties:
        households.setdefault(tie.household_id, []).append(tie)
    members: dict[str, dict[str, None]] = {}
    students: dict[str, set[str]] = {}
    for of_it in households.values():
        ordered = sorted(of_it, key=lambda tie: (tie.priority, tie.guardian_id))
        speaker = ordered[0].guardian_id
        members.setdefault(speaker, {speaker: None}).update(dict.fromkeys(tie.guardian_id for tie in ordered))
        students.setdefault(speaker, set()).update(tie.student_id for tie in ordered)
    return [
        Invited(speaker, tuple(members[speaker]), tuple(sorted(students[speaker]))) for speaker in sorted(members)
    ]
