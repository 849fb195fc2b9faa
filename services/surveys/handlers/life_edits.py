"""A survey that is edited while it is out, and one that is over.

Cosmetic and additive edits move open assignments and their drafts to the new version; after a breaking one they finish on
the version they began with, unless the new one declares where answers go (`carry`). Nobody's answer is ever read under
another question than the one it was given to: what was answered keeps its version, and analysis joins by the question's key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.surveys.definitions import Definition
from services.surveys.domain.answers import Answers
from services.surveys.domain.definition import Carry, Privacy, Survey
from services.surveys.domain.edits import EditKind, classify
from services.surveys.domain.edits_carry import carry
from services.surveys.domain.given import given_of
from services.surveys.handlers.actions_asking import library_or_poll
from services.surveys.handlers.life import survey_version
from services.surveys.ports import Ports
from services.surveys.store import campaigns, life, people
from shared.errors import HomeroomError
from shared.messaging.uow import DueItem, UnitOfWork

EDIT, END = "survey_edit", "survey_end"
PAGE = 500  # assignments per transaction
DELAY = timedelta(minutes=1)  # a district's files come school by school: look once they have all come


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of the open assignments of one older version; `answers_dropped`: how many did not fit the new one."""

    version: str
    kind: EditKind
    assignments: int
    answers_dropped: int


def look(uow: UnitOfWork, campaign_id: str) -> None:
    """Have a campaign's open assignments compared with the survey's file: it may have been edited."""
    uow.schedule(EDIT, campaign_id, uow.now + DELAY)


def survey_edit(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Move a page of each campaign's open assignments to the survey as it is now, if the edit lets them follow."""
    for campaign in campaigns.campaigns(uow.connection, [item.key for item in items]):
        moved = republish(uow, ports, campaign)
        if any(each.assignments == PAGE for each in moved):
            uow.schedule(EDIT, campaign.campaign_id, uow.now)


def republish(uow: UnitOfWork, ports: Ports, campaign: Any) -> list[Moved]:
    """At most a page of open assignments for each older version; nothing is moved that would not follow."""
    older = life.open_versions(uow.connection, campaign.campaign_id)
    if not older:
        return []
    try:
        definition = library_or_poll(uow, ports, campaign.survey_id, campaign.school_id)
    except HomeroomError:
        return []  # a file that is gone or faulty moves nobody: what was sent stays as it was published
    return [
        _move(uow, campaign, survey_version(uow, version), definition)
        for version in older
        if version != definition.survey.version
    ]


def _move(uow: UnitOfWork, campaign: Any, old: Survey, definition: Definition) -> Moved:
    new = definition.survey
    edit = classify(old, new)
    if not (edit.drafts_follow or new.carry != Carry()):
        return Moved(old.version, edit.kind, 0, 0)
    campaigns.publish(
        uow.connection, version=new.version, survey_id=new.id, content=definition.content, now=uow.now
    )
    rows = life.open_of_version(uow.connection, campaign.campaign_id, old.version, PAGE)
    declined = people.declined(uow.connection, [row.guardian_id for row in rows], new.id)
    drafts, dropped = [], 0
    for row in rows:
        if row.draft:
            answers: Answers = {key: given_of(plain) for key, plain in row.draft.items()}
            kept, lost = carry(answers, old, new)
            dropped += len(lost)
            plain = {key: given.plain() for key, given in kept.items()}
            drafts.append({"assignment_id": row.assignment_id, "answers": plain})
    moved = [
        {
            "assignment_id": row.assignment_id,
            "version": new.version,
            "question_ids": asked_after(row.question_ids, old, new, declined.get(row.guardian_id, set())),
        }
        for row in rows
    ]
    life.move(uow.connection, moved, drafts)
    return Moved(old.version, edit.kind, len(rows), dropped)


def asked_after(asked: Sequence[str], old: Survey, new: Survey, declined: set[str]) -> list[str]:
    """What an assignment asks on the new version: what it asked before, under its new name, and what was added since."""
    before = {question.id for question in old.questions}
    came_from = {target: source for source, target in new.carry.questions.items() if target is not None}
    kept = set(asked)
    return [
        question.id
        for question in new.questions
        if came_from.get(question.id, question.id) in kept
        or (question.id not in before and question.id not in came_from and question.id not in declined)
    ]


def end(uow: UnitOfWork, ending: Sequence[Any]) -> None:
    """Have a closed campaign's leavings cleared when its grace is over."""
    for campaign in ending:
        sent = [survey_version(uow, version) for version in life.sent_versions(uow.connection, campaign.campaign_id)]
        grace = max((survey.grace_days for survey in sent), default=0)
        uow.schedule(END, campaign.campaign_id, campaign.due_at + timedelta(days=grace, seconds=1))


def survey_end(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """Drafts that nobody sent are forgotten; anonymous responses lose the order in which they came."""
    for campaign in campaigns.campaigns(uow.connection, [item.key for item in items]):
        if uow.now <= campaign.due_at:
            continue  # put off since: its end comes with its new deadline
        life.drop_drafts(uow.connection, campaign.campaign_id)
        versions = life.response_versions(uow.connection, campaign.campaign_id)
        anonymous = [each for each in versions if survey_version(uow, each).identified is Privacy.ANONYMOUS]
        if anonymous:
            life.blur(uow.connection, campaign.campaign_id, anonymous)
