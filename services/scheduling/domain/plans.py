"""A shared plan: what may be proposed, when both sides have accepted it, when its goal is met. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from services.scheduling.domain.schooldays import is_school_day

MOST_STEPS = 6  # what a family can hold in mind, and a text message can carry


class State(StrEnum):
    DRAFT = "draft"  # suggested by an early alert, seen by the teacher only
    PROPOSED = "proposed"
    ACTIVE = "active"
    MET = "met"
    ENDED = "ended"


class Owner(StrEnum):
    STAFF = "staff"
    GUARDIAN = "guardian"
    STUDENT = "student"


class Report(StrEnum):
    DONE = "done"
    TOO_HARD = "too_hard"


class Outcome(StrEnum):
    KEPT = "kept"
    CHANGED = "changed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Step:
    """Who does what until when (None: until the goal's day)."""

    owner_kind: str
    owner_id: str
    text: str = field(repr=False)
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a version says; `target` in percent where a standing measures the goal."""

    goal: str = field(repr=False)
    due_on: date
    checkin_on: date
    steps: tuple[Step, ...]
    target: float | None = None


def faults(draft: Draft, *, today: date, holidays: Collection[date], people: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """What keeps a draft from being proposed, by field; `people`: who may own a step, by kind."""
    found: dict[str, list[str]] = {}

    def bad(name: str, hint: str) -> None:
        found.setdefault(name, []).append(hint)

    if not 1 <= len(draft.steps) <= MOST_STEPS:
        bad("steps", f"expected 1 to {MOST_STEPS} steps")
    if draft.due_on < today:
        bad("due_on", "expected a day to come")
    if not today <= draft.checkin_on <= draft.due_on:
        bad("checkin_on", "expected a day between today and the goal's day")
    elif not is_school_day(draft.checkin_on, holidays=holidays):
        bad("checkin_on", "expected a school day")
    for number, step in enumerate(draft.steps, 1):
        if step.owner_id not in people.get(step.owner_kind, ()):
            bad(f"steps.{number}", "expected an owner who is part of this plan")
        if step.due_on is None:
            continue
        if not today <= step.due_on <= draft.due_on:
            bad(f"steps.{number}", "expected a day between today and the goal's day")
        elif step.owner_kind == Owner.STAFF and not is_school_day(step.due_on, holidays=holidays):
            bad(f"steps.{number}", "expected a school day")
    return found


def named(texts: Mapping[str, str], names: Collection[str]) -> dict[str, list[str]]:
    """Fields in which one of these people is named: every home reads the same words, and none may read another's name."""
    patterns = [re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE) for name in names if name.strip()]
    hint = "every home reads these words: write them without a guardian's name"
    return {field: [hint] for field, text in texts.items() if any(pattern.search(text) for pattern in patterns)}


def is_agreed(*, school: bool, homes: Mapping[str, str], accepted: Collection[str], owners: Collection[str]) -> bool:
    """Whether a version is active: the school's yes, and a yes from every home that is to do something (at least one home).

    `homes`: household by guardian who was asked and may still be; `accepted`: guardians who said yes; `owners`: guardians
    who own a step. One yes counts for a home. A home that is not to do anything cannot hold the child's help up, and who
    may no longer be asked is not waited for.
    """
    said_yes = {homes[each] for each in accepted if each in homes}
    asked_to_act = {homes[each] for each in owners if each in homes}
    return school and bool(said_yes) and asked_to_act <= said_yes


def goal_met(target: float | None, score: float) -> bool:
    return target is not None and score >= target


def newest(reports: Sequence[tuple[int, str]]) -> dict[int, str]:
    """What was last said of each step; `reports` in the order they came."""
    return dict(reports)
