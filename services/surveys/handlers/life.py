"""A survey as it is opened: what is still asked of this guardian, what was begun, whether it was answered.

Whoever shows or takes answers (page, text message, telephone, paper) starts here. Boundaries and restrictions are asked
anew each time; what was published never changes and is read once per process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from services.surveys.domain.answers import Answers, Given, given_of
from services.surveys.domain.asking import visible
from services.surveys.domain.calendar import Acceptance, acceptance
from services.surveys.domain.definition import Question, Survey, survey_of
from services.surveys.domain.drafts import merged
from services.surveys.handlers.life_codes import Code, Found, Refusal, by_code, code_for, codes_for
from services.surveys.handlers.reach import children_of
from services.surveys.store import campaigns, life, responses
from services.surveys.store.roster import Family
from shared.messaging.uow import UnitOfWork
from shared.policy import Restriction

__all__ = [
    "Code",
    "Draft",
    "Found",
    "Opening",
    "Receipt",
    "Refusal",
    "by_code",
    "code_for",
    "codes_for",
    "open_assignment",
    "save_draft",
    "shown_answers",
    "survey_version",
]

_SURVEYS = 256  # published versions kept parsed


@dataclass(frozen=True)
class Receipt:
    """What will change; `new` is False for a repeat, which has changed nothing."""

    state: str
    lines: list[dict[str, str]]
    late: bool
    new: bool


@dataclass(frozen=True)
class Draft:
    """What was given so far, from whichever way; `asked` and `misses` are where a text message walk stands."""

    answers: Answers
    revision: int
    asked: str | None
    misses: int
    history: Mapping[str, Any]
    kept: bool  # whether there is one


@dataclass(frozen=True)
class Opening:
    """`questions`: all that may still be put to this guardian (conditions aside); `children`: given name by student id."""

    assignment: Any
    survey: Survey
    questions: tuple[Question, ...]
    children: dict[str, str]
    receipt: Receipt | None
    draft: Draft
    accepted: Acceptance
    boundaries: frozenset[str]
    today: date
    timezone: str
    school_name: str
    settings: Mapping[str, Any]

    @property
    def closed(self) -> bool:
        """Nothing can be answered any more: the grace is over, or nothing may be asked."""
        return self.accepted is Acceptance.CLOSED or not self.questions or not self.children


def open_assignment(uow: UnitOfWork, assignment_id: str, *, lock: bool = False) -> Opening | None:
    """The assignment as it stands now, in one statement; `lock` holds it until the transaction ends (before a write)."""
    found = life.opened(uow.connection, assignment_id, lock=lock)
    if found is None:
        return None
    row, links = found
    survey = survey_version(uow, row.version)
    boundaries = frozenset(scope for (scope,) in row.boundaries or ())
    today = uow.now.astimezone(_zone(row.timezone)).date()
    asked = [question for question in survey.questions if question.id in row.question_ids]
    return Opening(
        assignment=row,
        survey=survey,
        questions=visible(asked, boundaries=boundaries),
        children=_children(uow, row, links, boundaries),
        receipt=_receipt(row),
        draft=Draft(
            {key: given_of(plain) for key, plain in (row.draft or {}).items()},
            row.revision or 0,
            row.asked,
            row.misses or 0,
            row.history or {},
            row.draft is not None,
        ),
        accepted=acceptance(uow.now, row.due_at, grace_days=survey.grace_days),
        boundaries=boundaries,
        today=today,
        timezone=row.timezone,
        school_name=row.school_name,
        settings=row.settings,
    )


def answered_assignment(uow: UnitOfWork, assignment_id: str) -> tuple[Any, Survey, Receipt] | None:
    """The assignment (its ids, version and state) with its survey and receipt, if it was answered."""
    row = life.answered(uow.connection, assignment_id)
    receipt = None if row is None else _receipt(row)
    return None if row is None or receipt is None else (row, survey_version(uow, row.version), receipt)


def survey_version(uow: UnitOfWork, version: str) -> Survey:
    """The survey published under this version, parsed once per process: a version is the hash of its content."""
    kept = _parsed.get(version)
    if kept is None:
        kept = survey_of(life.content(uow.connection, version))
        if len(_parsed) >= _SURVEYS:
            _parsed.pop(next(iter(_parsed)), None)
        _parsed[version] = kept
    return kept


_parsed: dict[str, Survey] = {}


def save_draft(
    uow: UnitOfWork,
    opening: Opening,
    answers: Answers,
    *,
    base: int | None = None,
    asked: str | None = None,
    misses: int | None = None,
) -> int:
    """Keep what was given so far; returns the draft's revision.

    The opening must be locked. `base` is the revision that the page showed: what it left as it was does not overwrite
    what came from elsewhere since. `asked` and `misses` move a text message walk; left out, it stays where it is.
    """
    known = {question.id for question in opening.questions}
    before = opening.draft
    after = merged(
        {key: given.plain() for key, given in before.answers.items()},
        before.history,
        {key: given for key, given in answers.items() if key in known},
        revision=before.revision,
        base=base,
    )
    row = {
        "assignment_id": opening.assignment.assignment_id,
        "answers": after.answers,
        "asked": before.asked if asked is None else asked,
        "misses": before.misses if misses is None else misses,
        "saved_at": uow.now,
        "revision": after.revision,
        "history": after.history,
    }
    responses.save_drafts(uow.connection, [row])
    return after.revision


def _children(uow: UnitOfWork, row: Any, links: Sequence[life.Child], boundaries: frozenset[str]) -> dict[str, str]:
    """Those of the assignment about whom policy still lets this guardian be asked."""
    if not links:
        return {}
    restrictions = [
        Restriction(row.guardian_id, link.student_id, link.scope, link.starts_on, link.ends_on, bool(link.lifted))
        for link in links
        if link.scope is not None
    ]
    family = Family(row.guardian_id, row.language, links, restrictions)
    allowed = set(children_of(uow, family, boundaries, zone=row.timezone)) & set(row.student_ids)
    names = {link.student_id: link.given_name for link in links}
    return {student_id: names[student_id] for student_id in sorted(allowed)}


def _receipt(row: Any) -> Receipt | None:
    if row.receipt is not None:
        return Receipt(row.state, row.receipt, row.late, new=False)
    # an anonymous response cannot be found again from here: that it came is all that is known
    return Receipt(row.state, [], False, new=False) if row.state != campaigns.OPEN else None


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def shown_answers(questions: Sequence[Question], answers: Mapping[str, Given]) -> dict[str, Given]:
    """Only answers to these questions, and only those that say something."""
    known = {question.id for question in questions}
    return {key: given for key, given in answers.items() if key in known and not given.empty}
