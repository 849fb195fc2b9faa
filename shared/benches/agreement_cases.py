"""Random surveys with conditions on every question, and random answers to them, from a seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from random import Random
from typing import Any

from shared.benches.agreement_trees import DAYS, MOMENTS, TIMES, WORDS, Known, Trees

definition = import_module("services.surveys.domain.definition")
given = import_module("services.surveys.domain.given")
expressions = import_module("services.surveys.expressions")

CHILDREN = ("1401", "0007")
TODAY = date(2026, 11, 22)
OPTIONS = ("red", "green", "blue")
ROWS = ("bus", "lunch")
WILD = ("ÉCOLE", "ñandú", "K", "🙂a🙂b", "straße", "İstanbul", "0x1", "5", "true", "NaN")
KINDS = {  # id: type, shape for conditions
    "colour": ("single", "choice"),
    "other": ("single", "choice"),
    "which": ("multi", "choices"),
    "agrees": ("yes_no", "bool"),
    "count": ("number", "number"),
    "stars": ("rating", "number"),
    "name": ("text", "text"),
    "place": ("long_text", "text"),
    "day": ("date", "date"),
    "until": ("date", "date"),
    "hour": ("time", "time"),
    "when": ("datetime", "moment"),
    "grid": ("matrix_single", "grid"),
    "years": ("number", "list"),
    "grade": ("single", "list"),
}
PER_CHILD = ("years", "grade")


@dataclass(frozen=True)
class Case:
    """`trees` are evaluated on the answers as they are; `shared` of them by survey-core too."""

    survey: Any
    answers: dict[str, Any]
    trees: list[Any]
    shared: bool


def cases(count: int, seed: int) -> Iterator[Case]:
    """Every third case keeps to what SurveyJS means too."""
    for number in range(count):
        yield case(Random(f"{seed}.{number}"), shared=number % 3 == 0)


def case(draw: Random, *, shared: bool) -> Case:
    asked = draw.sample(sorted(KINDS), 7)
    if shared:
        asked = [name for name in asked if KINDS[name][1] != "moment"]
    order = list(asked)
    draw.shuffle(order)  # of dependence: a condition may look at what stands later in the survey
    content: list[dict[str, Any]] = []
    before: list[str] = []
    conditions: dict[str, dict[str, Any]] = {}
    for name in order:
        conditions[name] = _conditions(draw, name, before, shared)
        before.append(name)
    for name in asked:
        content.append(_question(name) | conditions[name])
    survey = definition.survey_of(_content(content, _calculations(draw, asked, shared)))
    answers = {name: _answer(draw, name, shared) for name in asked}
    known = _known(asked, inside=False)
    trees = [_free(Trees(draw, known, shared=shared), draw) for _ in range(3)]
    return Case(survey, {name: one for name, one in answers.items() if one is not None}, trees, shared)


def _free(trees: Trees, draw: Random) -> Any:
    """Mostly conditions; numbers and texts too."""
    kind = draw.random()
    if kind < 0.6:
        return trees.boolean(3)
    return trees.number(3) if kind < 0.9 else trees.text(2)


def _known(asked: Sequence[str], *, inside: bool) -> list[Known]:
    found = []
    for name in asked:
        shape = KINDS[name][1]
        options = OPTIONS if shape in ("choice", "choices", "grid") or name == "grade" else ()
        if shape == "grid":
            found += [Known((name, row), "choice", options) for row in ROWS]
            found.append(Known((name,), "grid"))
        elif shape == "list":
            inner = "number" if name == "years" else "choice"
            found.append(Known((name,), "list", options, inner))
            if inside:
                found.append(Known(("panel", name), inner, options))
        else:
            found.append(Known((name,), shape, options))
    return found


def _conditions(draw: Random, name: str, before: Sequence[str], shared: bool) -> dict[str, Any]:
    inside = name in PER_CHILD
    texts: dict[str, Any] = {}
    if before and draw.random() < 0.7:
        texts["visible_if"] = _written(Trees(draw, _known(before, inside=inside), shared=shared).boolean(2))
    trees = Trees(draw, _known([*before, name], inside=inside), shared=shared)
    if draw.random() < 0.4:
        texts["required_if"] = "true" if draw.random() < 0.3 else _written(trees.boolean(1))
    if draw.random() < 0.4:
        texts["constraint"] = _written(trees.boolean(1))
    return texts


def _written(node: Any) -> str:
    text: str = expressions.text_of(node)
    return text


def _calculations(draw: Random, asked: Sequence[str], shared: bool) -> list[dict[str, str]]:
    if draw.random() < 0.5:
        return []
    return [
        {"name": "total", "expression": _written(Trees(draw, _known(asked, inside=False), shared=shared).number(2))}
    ]


def _question(name: str) -> dict[str, Any]:
    kind, shape = KINDS[name]
    text = {"en": name}
    choices = shape in ("choice", "choices", "grid") or name == "grade"
    return {
        "id": name, "type": kind, "text": text, "sms": text, "why": text, "per_child": name in PER_CHILD,
        "options": [{"value": value, "label": {"en": value}} for value in OPTIONS] if choices else [],
        "rows": [{"value": value, "label": {"en": value}} for value in ROWS] if shape == "grid" else [],
    }  # fmt: skip


def _content(questions: list[dict[str, Any]], calculations: list[dict[str, str]]) -> dict[str, Any]:
    head = {"survey": "random", "kind": "form", "languages": ["en"], "title": {"en": "T"}, "intro": {"en": "I"}}
    return {**head, "questions": questions, "calculations": calculations}


def _answer(draw: Random, name: str, shared: bool) -> Any:
    """None: not answered."""
    kind = draw.random()
    if kind < 0.2:
        return None
    if kind < 0.27:
        return given.DECLINED
    if name in PER_CHILD:
        some = CHILDREN if draw.random() < 0.7 else CHILDREN[:1]
        each = {child: given.DECLINED if draw.random() < 0.1 else _one(draw, name, shared) for child in some}
        return given.Given(children=each)
    return _one(draw, name, shared)


def _one(draw: Random, name: str, shared: bool) -> Any:
    kind = KINDS[name][0]
    if kind == "single":
        return given.Given(values=(draw.choice(OPTIONS),))
    if kind == "multi":
        return given.Given(values=tuple(draw.sample(OPTIONS, draw.randint(1, 3))))
    if kind == "yes_no":
        return given.Given(values=(draw.choice(("yes", "no")),))
    if kind == "rating":
        return given.Given(number=float(draw.randint(1, 5)))
    if kind == "number":
        return given.Given(number=_number(draw, shared))
    if kind in ("text", "long_text"):
        return given.Given(text=_text(draw, shared))
    if kind == "date":
        return given.Given(text=draw.choice(DAYS))
    if kind == "datetime":
        return given.Given(text=draw.choice(MOMENTS))
    if kind == "time":
        return given.Given(time=draw.choice(TIMES))
    return given.Given(cells={row: (draw.choice(OPTIONS),) for row in ROWS if draw.random() < 0.8})


def _text(draw: Random, shared: bool) -> str:
    """Without space around it, as every mode keeps a text."""
    if not shared and draw.random() < 0.3:
        return draw.choice(WILD)
    word = draw.choice(WORDS)
    return word.upper() if draw.random() < 0.3 else word


def _number(draw: Random, shared: bool) -> float:
    kind = draw.random()
    if kind < 0.6:
        return float(draw.randint(-10, 40))
    if shared or kind < 0.9:
        return round(draw.uniform(-10, 40), 1)
    return draw.choice((1e-7, 2.675, 1.005, -2.5, 1e15, 9_007_199_254_740_991.0, 0.1 + 0.2, 1 / 3))
