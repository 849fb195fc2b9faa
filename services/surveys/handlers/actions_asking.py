"""What is particular to a poll, a pulse and a curious question while they are asked like any other survey."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from services.surveys.definitions.load import Definition
from services.surveys.domain import curious, polls, pulse
from services.surveys.domain.definition import Survey, survey_of, text_in
from services.surveys.domain.sms import question_text
from services.surveys.ports import Ports
from services.surveys.store import polls as store
from services.surveys.store import responses, roster
from services.surveys.store.campaigns import OPEN
from services.surveys.words import skip_label
from shared.messaging.uow import UnitOfWork

BY_ITSELF = frozenset({polls.KIND, curious.KIND})  # the invitation is the question: the first reply answers it
NOT_CHASED = frozenset({polls.KIND, curious.KIND, pulse.KIND})  # nobody is called because they did not answer

Row = dict[str, Any]


def poll_content(uow: UnitOfWork, survey_id: str) -> Definition | None:
    """What a poll asks, if the survey is one: it stands in no file."""
    content = store.content(uow.connection, survey_id)
    return Definition(survey_of(content), content) if content is not None else None


def chased(kind: str) -> bool:
    """Whether somebody calls where no answer came."""
    return kind not in NOT_CHASED


def suited(uow: UnitOfWork, survey: Survey, rows: Sequence[Row], *, zone: str) -> list[Row]:
    """Whom it suits now: a curious question goes to whoever has nothing open and has not tired of them, about one child."""
    if survey.kind != curious.KIND:
        return list(rows)
    month = uow.now.astimezone(ZoneInfo(zone)).date().replace(day=1)
    guardians = [row["guardian_id"] for row in rows]
    busy = store.with_open(uow.connection, guardians, uow.now)
    history: dict[str, list[curious.Asked]] = defaultdict(list)
    for row in store.asked_before(uow.connection, guardians, curious.KIND):
        history[row.guardian_id].append(curious.Asked(row.survey_id, row.state, row.assigned_at))
    return [
        {**row, "student_ids": [curious.child_of(month, row["student_ids"])]}
        for row in rows
        if row["guardian_id"] not in busy
        and not _this_month(history[row["guardian_id"]], month, zone)
        and not curious.tires(history[row["guardian_id"]], open_state=OPEN, now=uow.now)
    ]


def _this_month(history: Sequence[curious.Asked], month: Any, zone: str) -> bool:
    return any(each.assigned_at.astimezone(ZoneInfo(zone)).date() >= month for each in history)


def begun(uow: UnitOfWork, survey: Survey, rows: Sequence[Mapping[str, Any]]) -> None:
    """The question stands in the invitation, so the walk by text message has begun with it."""
    if survey.kind not in BY_ITSELF:
        return
    responses.save_drafts(
        uow.connection,
        [
            {
                "assignment_id": row["assignment_id"],
                "answers": {},
                "asked": row["question_ids"][0],
                "misses": 0,
                "saved_at": uow.now,
            }
            for row in rows
        ],
    )


def in_message(survey: Survey, row: Mapping[str, Any]) -> str | None:
    """The question as the invitation asks it, in the guardian's language; None where the invitation only leads to it."""
    if survey.kind not in BY_ITSELF:
        return None
    question = survey.question(row["question_ids"][0])
    if question is None:
        return None
    if survey.kind == curious.KIND:
        return text_in(question.sms, row["language"])
    language = row["language"]
    return question_text(question, language, position=1, total=1, skip=skip_label(language)).removeprefix("1/1 ")


def library_or_poll(uow: UnitOfWork, ports: Ports, survey_id: str, school_id: str) -> Definition:
    """The definition of a campaign's survey as that school asks it (HomeroomError if there is none)."""
    return poll_content(uow, survey_id) or ports.library.find(uow.district, survey_id, school_id)


def threshold(school: roster.School | None) -> int:
    """How many homes a published figure needs: the school's own number, never below ten."""
    settings: Mapping[str, Any] = (school.settings.get("surveys") if school else None) or {}
    return pulse.least(settings.get("small_group"))
