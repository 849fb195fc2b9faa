"""What a form's fields say: `question` (choices, numbers), `question.text`, `.time`, `.about`, `.declined`; `question:row` in a
grid or a ranking; `question@child` and so on for each child, with `question.same` for one answer for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime

from services.surveys.domain.answers import Answers
from services.surveys.domain.definition import Question
from services.surveys.domain.given import Given, given_of, same_for_all
from services.surveys.domain.kinds import DATED, GRIDS, NUMERIC, WORDS, QuestionType
from services.surveys.domain.written import read_number
from shared.web import Request

SEEN = "_q"  # names the conditional questions that stood open on the page that was sent
Form = Mapping[str, list[str]]


def answers_of(request: Request, questions: Sequence[Question], *, children: Sequence[str] = ()) -> Answers:
    """The answers of a form (an empty one for what was left out) or of JSON."""
    if request.form is None:
        return {key: given_of(plain) for key, plain in request.data["answers"].items()}
    return {question.id: read(request.form, question, children) for question in questions}


def with_recordings(given: Answers, before: Answers) -> dict[str, Given]:
    """What was spoken on the telephone stays: a page has no field for it, so an empty one says nothing of it, and names none."""
    return {key: _spoken(answer, before.get(key, Given())) for key, answer in given.items()}


def _spoken(given: Given, before: Given) -> Given:
    if given.declined:
        return given
    kept = replace(before, text=None) if given.empty and before.media else replace(given, media=before.media)
    own = {child: _spoken(each, before.children.get(child, Given())) for child, each in given.children.items()}
    spoken = {child: each for child, each in before.children.items() if each.media and child not in own}
    return replace(kept, children={**own, **spoken}) if own or spoken else kept


def read(form: Form, question: Question, children: Sequence[str]) -> Given:
    """One question's answer; a panel's for every child it was put for."""
    if _last(form, f"{question.id}.declined") is not None:
        return Given(declined=True)
    if not question.per_child:
        return _given(form, question, question.id)
    each = {child: _given(form, question, f"{question.id}@{child}") for child in children}
    if _last(form, f"{question.id}.same") is not None and each:
        return same_for_all(next(iter(each.values())), children)
    return Given(children={child: given for child, given in each.items() if not given.empty})


def misread(form: Form, questions: Sequence[Question]) -> dict[str, str]:
    """Codes for what a `Given` cannot hold: one place for two choices of a ranking, words for a number."""
    faults = {}
    for question in questions:
        for name in _names(form, question.id):
            if question.type is QuestionType.RANKING:
                places = [place for place, _ in _placed(form, question, name)]
                if len(set(places)) < len(places):
                    faults[question.id] = "twice"
            elif question.type in NUMERIC and not question.options:
                typed = _last(form, name)
                if typed is not None and read_number(typed) is None:
                    faults[question.id] = "not_a_number"
    return faults


def _names(form: Form, question_id: str) -> set[str]:
    """The question's own name, and those of its panels."""
    return {name.partition(":")[0] for name in form if name.partition(":")[0].partition("@")[0] == question_id}


def _given(form: Form, question: Question, name: str) -> Given:
    chosen = tuple(value.strip() for value in form.get(name, []) if value.strip())
    text, time, about = (_last(form, f"{name}.{part}") for part in ("text", "time", "about"))
    number = None
    if question.type is QuestionType.RANKING:
        chosen = tuple(value for _, value in _placed(form, question, name))
    elif question.type in NUMERIC and not question.options:
        number = read_number(chosen[-1]) if chosen else None
        text = chosen[-1] if chosen and number is None else None  # kept to be shown again, and refused
        chosen = ()
    elif question.type in DATED or question.type in WORDS:
        chosen = ()
    cells = {row.value: tuple(filter(str.strip, form.get(f"{name}:{row.value}", ()))) for row in question.rows}
    return Given(
        values=chosen,
        text=text,
        time=time,
        about=about,
        number=number,
        cells={row: values for row, values in cells.items() if values} if question.type in GRIDS else {},
    )


def _placed(form: Form, question: Question, name: str) -> list[tuple[float, str]]:
    return sorted(_places(form, question, name), key=lambda pair: pair[0])


def _places(form: Form, question: Question, name: str) -> Iterator[tuple[float, str]]:
    for option in question.options:
        place = read_number(_last(form, f"{name}:{option.value}") or "")
        if place is not None:
            yield place, option.value


def _last(form: Form, name: str) -> str | None:
    return (form.get(name) or [""])[-1].strip() or None


def autonyms(languages: Sequence[str]) -> list[tuple[str, str]]:
    """Each language by its own name."""
    return [(tag, Locale.parse(tag, sep="-").get_display_name(tag.replace("-", "_")) or tag) for tag in languages]


@lru_cache(maxsize=512)  # a deadline is that of a whole school
def when(instant: datetime, zone: str, language: str) -> str:
    """Day and time on the school's clock, written in the reader's language."""
    local = instant.astimezone(ZoneInfo(zone))
    return str(format_datetime(local, "EEEE d MMMM, HH:mm", locale=Locale.parse(language, sep="-")))
