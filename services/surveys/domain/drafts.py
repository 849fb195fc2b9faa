"""Drafts from two telephones at once: the last writer wins per question, and only for what that writer has changed.

Each question keeps since which revision which answer stands. A page sends back the revision that it showed; an answer
that is still as shown was not written by that page, so a newer one from elsewhere stays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.surveys.domain.answers import Answers, Given

KEPT = 12  # changes of one question that are remembered: a page older than these overwrites

History = Mapping[str, Sequence[Sequence[Any]]]  # by question: (revision, digest), oldest first


@dataclass(frozen=True, slots=True)
class Merged:
    """A draft after a save; `changed` names the questions whose answer is another now."""

    answers: dict[str, dict[str, Any]]
    history: dict[str, list[list[Any]]]
    revision: int
    changed: frozenset[str]


def merged(
    before: Mapping[str, Mapping[str, Any]],
    history: History,
    given: Answers,
    *,
    revision: int,
    base: int | None = None,
) -> Merged:
    """The draft (`before`, at `revision`) after a save of `given` by a page that showed revision `base`.

    Without a base (JSON, a text message) only what is given is written. With one, an empty answer clears the question
    if the page had shown an answer there.
    """
    answers = {key: dict(plain) for key, plain in before.items()}
    marks = {key: [list(mark) for mark in past] for key, past in history.items()}
    changed = set()
    for key, answer in given.items():
        digest = digest_of(answer)
        if base is None and not digest:
            continue
        if base is not None and digest == _at(marks.get(key, ()), base):
            continue
        now = digest_of(answers[key]) if key in answers else ""
        if digest == now:
            continue
        changed.add(key)
        marks[key] = [*marks.get(key, ()), [revision + 1, digest]][-KEPT:]
        if digest:
            answers[key] = answer.plain()
        else:
            answers.pop(key, None)
    return Merged(answers, marks, revision + 1, frozenset(changed))


def digest_of(answer: Given | Mapping[str, Any]) -> str:
    """What tells two answers apart; empty for an empty one."""
    if isinstance(answer, Given):
        if answer.empty:
            return ""
        answer = answer.plain()
    canonical = json.dumps(answer, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _at(marks: Sequence[Sequence[Any]], revision: int) -> str:
    """The digest that stood at that revision."""
    return str(next((digest for at, digest in reversed(marks) if at <= revision), ""))
