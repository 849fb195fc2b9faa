"""Drafts that follow an edit: what still fits goes along, what does not is named, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.surveys.domain.answers import Answers, Given, fitted, places
from services.surveys.domain.definition import Question, Survey

REMOVED, MERGED = "removed", "merged"


@dataclass(frozen=True, slots=True)
class Dropped:
    """An answer of the older version (or a part of it: `part`, the option or row) that could not be taken along.

    `reason`: `removed`, `merged` (another answer took its place), or the code of what would not fit (`answers.problems`)."""

    question: str
    reason: str
    part: str | None = None


def carry(draft_answers: Answers, old: Survey, new: Survey) -> tuple[dict[str, Given], tuple[Dropped, ...]]:
    """The draft on the new version: by `new.carry`, else under the same names. What comes out fits `new`."""
    kept: dict[str, Given] = {}
    dropped: list[Dropped] = []
    for question in old.questions:
        given = draft_answers.get(question.id)
        if given is None or given.empty:
            continue
        target = _target(question, new)
        if target is None:
            dropped.append(Dropped(question.id, REMOVED))
        elif target.id in kept:
            dropped.append(Dropped(question.id, MERGED))
        else:
            moved, lost = _moved(question, target, given, new.carry.values.get(question.id, {}))
            dropped += lost
            if moved is not None:
                kept[target.id] = moved
    return kept, tuple(dropped)


def _target(question: Question, new: Survey) -> Question | None:
    named = new.carry.questions.get(question.id, question.id)
    return new.question(named) if named is not None else None


def _moved(
    question: Question, target: Question, given: Given, renamed: Mapping[str, str | None]
) -> tuple[Given | None, list[Dropped]]:
    lost: list[Dropped] = []
    answer = _one_for_all(given) if question.per_child and not target.per_child else given
    if answer is None:
        return None, [Dropped(question.id, "which_child")]
    if answer.children:
        children = {child: _renamed(question, target, each, renamed, lost) for child, each in answer.children.items()}
        answer = replace(answer, children={child: each for child, each in children.items() if not each.empty})
    else:
        answer = _renamed(question, target, answer, renamed, lost)
    answer = fitted(target, answer)
    if answer.empty:
        return None, lost or [Dropped(question.id, "retyped")]
    everyone = [
        *answer.children,
        *([answer.about] if answer.about else ()),
    ]  # who they are was checked when it was given
    found = places([target], {target.id: answer}, children=everyone)
    if found:
        return None, [*lost, Dropped(question.id, found[target.id][0].code)]
    return answer, lost


def _one_for_all(given: Given) -> Given | None:
    """A question that is no longer put for each child keeps an answer that is the same for all."""
    each = list(given.children.values())
    if not each:
        return given
    return each[0] if all(other == each[0] for other in each) else None


def _renamed(
    question: Question, target: Question, given: Given, renamed: Mapping[str, str | None], lost: list[Dropped]
) -> Given:
    """Values by the declared map; those that the new question does not have are dropped, each by its name."""
    known = {option.value for option in target.options} if target.options else None

    def through(values: tuple[str, ...]) -> tuple[str, ...]:
        found: list[str] = []
        for value in values:
            to = renamed.get(value, value)
            if to is None or (known is not None and to not in known):
                lost.append(Dropped(question.id, REMOVED, value))
            else:
                found.append(to)
        return tuple(dict.fromkeys(found))

    rows = {row.value for row in target.rows}
    cells: dict[str, tuple[str, ...]] = {}
    for row, values in given.cells.items():
        if row in rows:
            cells[row] = through(values)
        elif values:
            lost.append(Dropped(question.id, REMOVED, row))
    return replace(given, values=through(given.values), cells=cells)
