"""Counting a round, row by row: memory goes with the number of schools, languages and questions, not of families."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from services.surveys.domain.definition import Survey
from services.surveys.domain.given import Given, given_of
from services.surveys.results.nonresponse import Trait
from services.surveys.results.questions import Made, column_of, number_of, tables_of, wordy
from services.surveys.results.rates import Disposition, Invitation, disposition

FUNNEL = ("invited", "delivered", "opened", "started", "completed", "acted")
LONGEST_MINUTES = 24 * 60  # a form left open over night says nothing of the time it takes
DEFAULT_CHANNEL = "default"
UNKNOWN = "unknown"

Ends = Counter[Disposition | None]


@dataclass
class Tally:
    """`ends`: by trait and group how invitations ended (None: still open). `combined`: respondents by all traits together."""

    survey: Survey
    ends: dict[Trait, dict[str, Ends]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Counter)))
    whole: Ends = field(default_factory=Counter)
    funnel: Counter[str] = field(default_factory=Counter)
    minutes: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    modes: Counter[str] = field(default_factory=Counter)
    stopped_at: Counter[str] = field(default_factory=Counter)
    combined: Counter[tuple[tuple[str, str], ...]] = field(default_factory=Counter)
    answers: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    numbers: dict[str, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(dict))
    words: Counter[str] = field(default_factory=Counter)
    homes: int = 0

    def invitation(self, row: Any, now: datetime) -> None:
        """One row of `store.results.invitations`."""
        draft = [key for key, plain in (row.draft or {}).items() if not given_of(plain).empty]
        end = disposition(
            Invitation(
                row.state,
                begun=bool(draft),
                reached=row.reached_at is not None,
                failed=row.unreached_by is not None,
                past_due=row.due_at <= now,
                boundary=bool(row.boundary),
                active=row.household_id is not None,
            )
        )
        self.whole[end] += 1
        traits = traits_of(row)
        for trait, group in traits.items():
            self.ends[trait][group][end] += 1
        if end is Disposition.COMPLETE:
            self.combined[tuple(sorted((trait.value, group) for trait, group in traits.items()))] += 1
        self._funnel(row, bool(draft))
        if draft and row.state == "open":
            self.stopped_at[max(draft, key=lambda key: self._place(key))] += 1

    def _place(self, question_id: str) -> int:
        ids = [question.id for question in self.survey.questions]
        return ids.index(question_id) if question_id in ids else -1

    def _funnel(self, row: Any, begun: bool) -> None:
        done = row.state != "open"
        started = begun or done
        opened = started or row.opened_at is not None
        delivered = opened or row.reached_at is not None
        stages = (True, delivered, opened, started, row.state == "answered", bool(row.acted))
        self.funnel.update(name for name, reached in zip(FUNNEL, stages, strict=True) if reached)
        if row.via is not None:
            self.modes[row.via] += 1
            if row.opened_at is not None and row.submitted_at is not None:
                took = int((row.submitted_at - row.opened_at).total_seconds() // 60)
                if 0 <= took <= LONGEST_MINUTES:
                    self.minutes[row.via][took] += 1

    def responses(self, rows: Iterable[Any]) -> None:
        """Rows of `store.results.answers`, those of a response together."""
        tables = tables_of(self.survey)
        for _, group in groupby(rows, key=lambda row: row.assignment_id):
            lines = list(group)
            given = {line.question_id: given_of(line.content) for line in lines if line.question_id is not None}
            if any(not (each.declined or each.empty) for each in given.values()):
                self._response(lines[0].school_id, given, tables)

    def _response(self, school: str, given: Mapping[str, Given], tables: Iterable[Made]) -> None:
        self.homes += 1
        questions = {question.id: question for question in self.survey.questions}
        for made in tables:
            column = column_of(questions[made.question_id], made, given.get(made.question_id))
            self.answers[made.key][school][column] += 1
        for question in self.survey.questions:
            answer = given.get(question.id)
            number = number_of(question, answer)
            if number is not None:
                sums = self.numbers[question.id].setdefault(school, [0, 0.0, 0.0])
                sums[0] += 1
                sums[1] += number
                sums[2] += number * number
            if wordy(question) and answer is not None and (answer.text or answer.media):
                self.words[question.id] += 1


def traits_of(row: Any) -> dict[Trait, str]:
    """The groups that an invitation belongs to."""
    return {
        Trait.LANGUAGE: row.language,
        Trait.SCHOOL: row.school_id,
        Trait.GRADE: row.grade or UNKNOWN,
        Trait.CHANNEL: (row.channel_order or [DEFAULT_CHANNEL])[0],
    }


def median(counted: Counter[int]) -> int | None:
    """The middle minute; None of nothing."""
    half, seen = sum(counted.values()) / 2, 0
    for minute in sorted(counted):
        seen += counted[minute]
        if seen >= half:
            return minute
    return None
