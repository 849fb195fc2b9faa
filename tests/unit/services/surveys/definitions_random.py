"""Random questions, surveys, answers that fit them, and edits: for properties that must hold of all."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from services.surveys.domain.answers import DECLINED, LINE, LONGEST, Given, limits_of
from services.surveys.domain.definition import Question, Survey
from services.surveys.domain.kinds import DATED, GRIDS, NUMERIC, WORDS, QuestionType
from tests.unit.services.surveys.definitions_made import asked, content, option, rows, survey

CHILDREN = ("mateo", "lucia")
VALUES = ["a", "b", "c", "d"]
IDS = ["p", "q", "r"]
_OWN_OPTIONS = [QuestionType.SINGLE, QuestionType.MULTI, QuestionType.RANKING, *GRIDS]


@st.composite
def entries(draw: st.DrawFn, id: str = "q") -> dict[str, Any]:
    """A question as a file says it."""
    kind = draw(st.sampled_from(list(QuestionType)))
    more: dict[str, Any] = {"per_child": draw(st.booleans()), "declinable": draw(st.booleans())}
    if kind in _OWN_OPTIONS or (kind is QuestionType.SCALE and draw(st.booleans())):
        chosen = draw(st.lists(st.sampled_from(VALUES), min_size=2, unique=True))
        more["options"] = [option(value, digit=VALUES.index(value) + 1) for value in chosen]
    if kind in GRIDS:
        more["rows"] = rows(*draw(st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, unique=True)))
    if kind in (QuestionType.MULTI, QuestionType.RANKING) and draw(st.booleans()):
        more["most"] = draw(st.integers(1, len(more["options"])))
    if kind in NUMERIC and "options" not in more:
        low = draw(st.integers(-3, 3))
        more |= {
            "min": float(low),
            "max": float(low + draw(st.integers(1, 9))),
            "step": draw(st.sampled_from([None, 1.0, 0.5])),
        }
    if kind in WORDS and draw(st.booleans()):
        more["length"] = draw(st.integers(1, 60))
    if kind in (QuestionType.SINGLE, QuestionType.MULTI) and draw(st.booleans()):
        more["detail"] = draw(st.sampled_from(["text", "time"]))
    return asked(id, kind.value, **more)


def questions() -> st.SearchStrategy[Question]:
    return entries().map(lambda entry: survey(entry).questions[0])


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    ids = draw(st.lists(st.sampled_from(IDS), min_size=1, unique=True))
    return content(*(draw(entries(id)) for id in ids))


@st.composite
def answers_to(draw: st.DrawFn, asked_of: Question) -> Given:
    """An answer that fits: for the whole, or child by child."""
    if asked_of.declinable and draw(st.integers(0, 5)) == 0:
        return DECLINED
    if asked_of.per_child and draw(st.booleans()):
        return Given(children={child: draw(_answer(asked_of)) for child in draw(st.sets(st.sampled_from(CHILDREN)))})
    return draw(_answer(asked_of))


@st.composite
def _answer(draw: st.DrawFn, asked_of: Question) -> Given:
    kind, values = asked_of.type, [option.value for option in asked_of.options]
    words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1)
    detail_text = draw(st.none() | words.map(lambda text: text[:5])) if asked_of.detail == "text" else None
    detail_time = draw(st.none() | st.just("18:00")) if asked_of.detail == "time" else None
    if draw(st.integers(0, 6)) == 0 or kind is QuestionType.NOTE:
        return Given()
    if kind is QuestionType.RANKING:
        return Given(tuple(draw(st.permutations(values))[: asked_of.most or len(values)]))
    if kind is QuestionType.MULTI:
        chosen = draw(st.lists(st.sampled_from(values), max_size=asked_of.most or len(values), unique=True))
        return Given(tuple(chosen), detail_text, detail_time)
    if kind in GRIDS:
        most = 1 if kind is QuestionType.MATRIX_SINGLE else asked_of.most or len(values)
        cell = st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)
        return Given(cells=draw(st.dictionaries(st.sampled_from([row.value for row in asked_of.rows]), cell)))
    if kind in NUMERIC and not values:
        low, high, step = limits_of(asked_of)
        assert low is not None and high is not None
        steps = draw(st.integers(0, int((high - low) / (step or 0.25))))
        return Given(number=low + steps * (step or 0.25))
    if kind is QuestionType.TIME:
        return Given(time=draw(st.times()).strftime("%H:%M"))
    if kind is QuestionType.EMAIL:
        return Given(text=draw(st.sampled_from(["ana@example.org", "d.w@Example.COM"])))
    if kind is QuestionType.PHONE:
        return Given(text=draw(st.sampled_from(["+13125550182", "312 555 0182"])))
    if kind in DATED:
        day = draw(st.dates()).isoformat()
        return Given(text=day if kind is QuestionType.DATE else f"{day}T17:00")
    if kind in WORDS:
        longest = asked_of.length or (LINE if kind is QuestionType.NAME else LONGEST)
        return Given(text=draw(words.map(lambda text: text[:longest])))
    return Given((draw(st.sampled_from(values)),), detail_text, detail_time)


def draft_of(asked_all: Survey) -> st.SearchStrategy[dict[str, Given]]:
    return st.fixed_dictionaries({}, optional={each.id: answers_to(each) for each in asked_all.questions})


@st.composite
def edited(draw: st.DrawFn, whole: dict[str, Any]) -> dict[str, Any]:
    """The survey after a few edits of every sort, drawn without asking what they do."""
    after = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        entry = draw(st.sampled_from(after["questions"]))
        match draw(st.integers(0, 11)):
            case 0:
                entry["text"] = {"en": draw(st.sampled_from(["How?", "Why?"]))}
            case 1 if "options" in entry:
                free = [value for value in VALUES if value not in [each["value"] for each in entry["options"]]]
                entry["options"] += [option(value, digit=VALUES.index(value) + 1) for value in free[:1]]
            case 2 if len(entry.get("options", ())) > 2:
                entry["options"].pop(draw(st.integers(0, len(entry["options"]) - 1)))
            case 3 if "rows" in entry:
                entry["rows"] = rows(*draw(st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, unique=True)))
            case 4 if "max" in entry:
                entry["max"] = entry["min"] + draw(st.integers(1, 12))
            case 5 if "max" in entry:
                entry["min"] = entry["max"] - draw(st.sampled_from([0.5, 1.0, 2.5, 4.0]))
            case 6 if entry["type"] in ("number", "scale", "rating") and "options" not in entry:
                entry["step"] = draw(st.sampled_from([0.25, 0.5, 1.0, 1.5]))
            case 7:
                entry["declinable"] = draw(st.booleans())
            case 8:
                place = after["questions"].index(entry)
                after["questions"][place] = draw(entries(entry["id"]))
            case 9 if entry["type"] in ("multi", "ranking"):
                entry["most"] = draw(st.integers(1, len(entry["options"])))
            case 10 if entry["type"] in ("text", "long_text", "name"):
                entry["length"] = draw(st.integers(1, 80))
                entry["type"] = draw(st.sampled_from(["text", "long_text", "name"]))
            case 11:
                free = [id for id in IDS if id not in [each["id"] for each in after["questions"]]]
                after["questions"] += [draw(entries(id)) for id in free[:1]]
            case _:
                entry["per_child"] = draw(st.booleans())
    return after
