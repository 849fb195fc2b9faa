"""A poll from its opening to "you said, we did, because": asked in every language, counted once, decided by people (F46)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.surveys.domain import polls
from services.surveys.domain.definition import version_of
from services.surveys.domain.given import given_of
from services.surveys.domain.polls import Method
from services.surveys.domain.polls_result import Result, result_of
from services.surveys.handlers import campaigns as planning
from services.surveys.handlers.actions_asking import threshold
from services.surveys.store import campaigns, roster
from services.surveys.store import polls as store
from services.surveys.words import words
from shared.errors import HomeroomError
from shared.ids import derived_id, new_id
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

PATIENCE = timedelta(minutes=10)  # for translations; then it is asked in the languages that are there
PAGE = 500  # guardians per event and transaction
SCHOOL_LANGUAGE = "en"
_WORDS = ("title", "intro", "why")


@dataclass(frozen=True)
class Opening:
    """What staff want to ask. `texts`: further languages as somebody at school has written them (question, then options)."""

    school_id: str
    class_id: str | None
    question: str = field(repr=False)
    options: Sequence[str] = field(repr=False)
    method: Method
    quorum: int
    closes_at: datetime
    opened_by: str
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)


class PollUndecidable(HomeroomError):
    """Still open, or decided already."""

    def __init__(self) -> None:
        super().__init__(
            "POLL_NOT_TO_DECIDE",
            "This poll is still open, or it has been decided.",
            "Wait until it has closed; a decision that was told stays.",
            "poll",
        )


def open_poll(uow: UnitOfWork, wanted: Opening) -> str:
    """Keep it and ask for its words in the school's languages; families are asked once these are there."""
    poll_id = new_id()
    own = [wanted.question, *wanted.options]
    school = roster.schools(uow.connection, [wanted.school_id])[wanted.school_id]
    given = {SCHOOL_LANGUAGE: own, **{tag: list(texts) for tag, texts in wanted.texts.items()}}
    targets = sorted(set(school.settings.get("languages") or ()) - given.keys())
    store.save(
        uow.connection,
        {
            "poll_id": poll_id,
            "school_id": wanted.school_id,
            "class_id": wanted.class_id,
            "method": wanted.method.value,
            "quorum": wanted.quorum,
            "question": wanted.question,
            "options": list(wanted.options),
            "language": SCHOOL_LANGUAGE,
            "texts": given,
            "awaited": targets,
            "opened_by": wanted.opened_by,
            "opened_at": uow.now,
            "closes_at": wanted.closes_at,
        },
    )
    for place, text in enumerate(own):
        if targets:
            asked = {"text_id": _text_id(poll_id, place), "source_language": SCHOOL_LANGUAGE, "targets": targets}
            uow.emit("surveys.words_written", {**asked, "text": text, "protected": []}, school=wanted.school_id)
    uow.emit(
        "surveys.poll_opened",
        {
            "poll_id": poll_id,
            "school_id": wanted.school_id,
            "class_id": wanted.class_id,
            "method": wanted.method.value,
            "options": len(wanted.options),
            "quorum": wanted.quorum,
            "closes_at": wanted.closes_at,
            "opened_by": wanted.opened_by,
        },
        school=wanted.school_id,
    )
    uow.schedule("poll_ask", poll_id, uow.now + PATIENCE if targets else uow.now)
    uow.schedule("poll_close", poll_id, wanted.closes_at)
    return poll_id


def _text_id(poll_id: str, place: int) -> str:
    return derived_id("poll_words", poll_id, str(place))


def text_translated(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Words of polls that wait for them; every other text is somebody else's."""
    waiting = store.waiting(uow.connection)
    places = {_text_id(row.poll_id, place): (row, place) for row in waiting for place in range(len(row.options) + 1)}
    texts = {row.poll_id: {tag: list(each) for tag, each in row.texts.items()} for row in waiting}
    touched = {}
    for event in events:
        row, place = places.get(event.data["text_id"], (None, 0))
        if row is None or event.data["target"] not in row.awaited:
            continue
        own = texts[row.poll_id].setdefault(event.data["target"], [None] * (len(row.options) + 1))
        own[place] = event.data["text"]
        touched[row.poll_id] = row
    for poll_id, row in touched.items():
        awaited = [tag for tag in row.awaited if None in texts[poll_id].get(tag, [None])]
        store.change(uow.connection, poll_id, texts=texts[poll_id], awaited=awaited)
        if not awaited:
            uow.schedule("poll_ask", poll_id, uow.now)


def poll_ask(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """Publish what is asked in the languages that are there, and send it like any survey."""
    for row in store.waiting(uow.connection, [item.key for item in items]):
        if row.closes_at <= uow.now:
            continue
        texts = {tag: each for tag, each in row.texts.items() if None not in each}
        method = Method(row.method)
        own = {key: {tag: words(tag).text(f"poll.{key}") for tag in texts} for key in _WORDS}
        hinted = method is not Method.PLURALITY  # one choice each needs no explanation
        own["hint"] = {tag: words(tag).text(f"poll.hint.{method.value}") if hinted else "" for tag in texts}
        content = polls.definition(row.poll_id, method, texts, own)
        survey = polls.survey_id(row.poll_id)
        version = version_of(content)
        campaigns.publish(uow.connection, version=version, survey_id=survey, content=content, now=uow.now)
        store.change(uow.connection, row.poll_id, version=version, awaited=[])
        planning.plan(
            uow,
            {
                "campaign_id": row.poll_id,
                "survey_id": survey,
                "round": row.poll_id,
                "school_id": row.school_id,
                "class_id": row.class_id,
                "send_at": uow.now,
                "remind_at": None,
                "due_at": row.closes_at,
                "started_by": row.opened_by,
            },
        )


def poll_close(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """Count once, freeze what may be shown, and ask whoever opened it to decide."""
    for row in store.to_close(uow.connection, [item.key for item in items], uow.now):
        school = roster.schools(uow.connection, [row.school_id]).get(row.school_id)
        found = _count(uow, row, threshold(school))
        store.change(uow.connection, row.poll_id, closed_at=uow.now, result=found.plain())
        told = {name: found.plain()[name] for name in ("asked", "answered", "response_rate", "quorum_met", "leading")}
        uow.emit(
            "surveys.poll_closed",
            {
                "poll_id": row.poll_id,
                "school_id": row.school_id,
                "opened_by": row.opened_by,
                **told,
                "counts_by_language": [each.plain() for each in found.by_language],
            },
            school=row.school_id,
        )


def _count(uow: UnitOfWork, row: Any, least: int) -> Result:
    votes = [
        (vote.language, given_of(vote.content).values) for vote in store.ballots(uow.connection, row.poll_id, polls.VOTE)
    ]
    options = [polls.option_value(place) for place in range(1, len(row.options) + 1)]
    asked = len(store.invited(uow.connection, row.poll_id))
    homes = store.votes_of_homes(uow.connection, row.poll_id, polls.VOTE)
    return result_of(Method(row.method), votes, options, asked=asked, quorum=row.quorum, least=least, homes=homes)


def decide(uow: UnitOfWork, poll_id: str, *, decision: str, reason: str, by: str) -> None:
    """Keep what was decided and why, and tell everybody who was asked (PollUndecidable)."""
    kept = store.decide(
        uow.connection, poll_id, decision=decision, reason=reason, decided_by=by, decided_at=uow.now
    )
    if not kept:
        raise PollUndecidable
    uow.schedule("poll_tell", poll_id, uow.now)


def poll_tell(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """You said, we did, because: to a page of those who were asked."""
    for item in items:
        row = store.poll(uow.connection, item.key)
        if row is None or row.decided_at is None:
            continue
        after = str(item.data.get("after", ""))
        asked = store.asked_after(uow.connection, row.poll_id, after=after, limit=PAGE)
        if not asked:
            continue
        uow.emit(
            "surveys.poll_decided",
            {
                "poll_id": row.poll_id,
                "school_id": row.school_id,
                "decided_by": row.decided_by,
                "guardian_ids": [each.guardian_id for each in asked],
                "student_ids": [each.student_ids for each in asked],
                "language": row.language,
                "text": told(row),
            },
            school=row.school_id,
        )
        if len(asked) == PAGE:
            uow.schedule("poll_tell", row.poll_id, uow.now, {"after": asked[-1].guardian_id})


def told(row: Any) -> str:
    """What families read, in the language it was written in; what they chose comes before what was decided."""
    said = words(row.language)
    labels = {polls.option_value(place): label for place, label in enumerate(row.options, 1)}
    chosen = " / ".join(labels[value] for value in row.result["leading"])
    lines = [row.question, said.text("poll.you_said", value=chosen) if chosen else said.text("poll.no_votes")]
    lines += [said.text("poll.we_did", value=row.decision), said.text("poll.because", value=row.reason)]
    return "\n".join(lines)
