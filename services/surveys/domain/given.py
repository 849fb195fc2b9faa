"""One shape for an answer to every kind of question, on the page, by text message, on paper; and what expressions see of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.surveys.domain.definition import Question
from services.surveys.domain.kinds import DATED, GRIDS, NUMERIC, WORDS, QuestionType

YES, NO = "yes", "no"  # the values of yes_no and consent

Scalar = str | float | bool | tuple[str, ...] | dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Given:
    """One answer. `time` is HH:MM; `text` also holds a date (ISO 8601), an address or a number in E.164; `cells` the
    options of each row of a grid; `children` an answer for each child; `media` the id of a recording; `about` the child
    that it is about, where there are several."""

    values: tuple[str, ...] = ()
    text: str | None = None
    time: str | None = None
    about: str | None = None
    declined: bool = False
    number: float | None = None
    cells: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    children: Mapping[str, Given] = field(default_factory=dict, hash=False)
    media: str | None = None

    @property
    def empty(self) -> bool:
        said = self.values or self.text or self.time or self.declined or self.media or self.number is not None
        return not (said or any(self.cells.values()) or any(not each.empty for each in self.children.values()))

    def plain(self) -> dict[str, Any]:
        """For storing; what only some kinds of question have stands there only if it was given."""
        kept: dict[str, Any] = {
            "values": list(self.values),
            "text": self.text,
            "time": self.time,
            "about": self.about,
            "declined": self.declined,
        }
        if self.number is not None:
            kept["number"] = self.number
        if self.cells:
            kept["cells"] = {row: list(values) for row, values in self.cells.items()}
        if self.children:
            kept["children"] = {child: given.plain() for child, given in self.children.items()}
        if self.media:
            kept["media"] = self.media
        return kept


Answers = Mapping[str, Given]
DECLINED = Given(declined=True)


def given_of(plain: Mapping[str, Any]) -> Given:
    """From `plain()` or a request's JSON."""
    number = plain.get("number")
    return Given(
        values=tuple(plain.get("values") or ()),
        text=(plain.get("text") or "").strip() or None,
        time=plain.get("time") or None,
        about=plain.get("about") or None,
        declined=bool(plain.get("declined")),
        number=None if number is None else float(number),
        cells={row: tuple(values) for row, values in (plain.get("cells") or {}).items()},
        children={child: given_of(given) for child, given in (plain.get("children") or {}).items()},
        media=plain.get("media") or None,
    )


def same_for_all(given: Given, children: Collection[str]) -> Given:
    """One tick answers for every child."""
    one = replace(given, children={}, about=None)
    return Given(children=dict.fromkeys(children, one))


def scalar(question: Question, given: Given) -> Scalar:
    """What an expression sees of an answer: text for one choice, words, a date (ISO 8601) or a time; a tuple for several;
    a float; a bool for yes or no; by row, or by child, a dict. None for what is empty or declined."""
    if given.declined or given.empty:
        return None
    if question.per_child and given.children:
        return {child: seen for child, each in given.children.items() if (seen := _scalar(question, each)) is not None}
    return _scalar(question, given)


def _scalar(question: Question, given: Given) -> Scalar:
    kind = question.type
    if given.declined:
        return None
    if kind in (QuestionType.YES_NO, QuestionType.CONSENT):
        return given.values[0] == YES if given.values else None
    if kind in (QuestionType.MULTI, QuestionType.RANKING):
        return given.values or None
    if kind in NUMERIC:
        return given.number if given.number is not None else _score(question, given)
    if kind is QuestionType.MATRIX_SINGLE:
        return {row: values[0] for row, values in given.cells.items() if values} or None
    if kind in GRIDS:
        return {row: values for row, values in given.cells.items() if values} or None
    if kind is QuestionType.TIME:
        return given.time
    if kind in WORDS or kind in DATED:
        return given.text or given.media
    return given.values[0] if given.values else None


def _score(question: Question, given: Given) -> float | None:
    for place, option in enumerate(question.options, 1):
        if option.value in given.values:
            return float(place if option.score is None else option.score)
    return None
