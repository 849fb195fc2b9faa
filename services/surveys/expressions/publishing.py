"""Every expression of a survey, looked at before it is published: what the lint refuses, with its place in the definition."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from services.surveys.domain.definition import Survey
from services.surveys.expressions.checking import CODE, inferred
from services.surveys.expressions.errors import ExpressionError, Fault
from services.surveys.expressions.kinds import Shape, Type, outside_of_panels, types_of
from services.surveys.expressions.parsing import parse
from services.surveys.expressions.plan import in_order
from services.surveys.expressions.reach import impossible
from services.surveys.expressions.tree import PANEL, Node, names

UNREACHABLE = "survey.unreachable"
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """An expression of the definition. `about` is its question; `per_child` where it may look into the panel."""

    path: Path
    text: str
    about: str | None = None
    per_child: bool = False
    constant: bool = False


def check(survey: Survey) -> tuple[Fault, ...]:
    """What must not be published, each with the path to it in the definition: what cannot be read, kinds that do not go
    together, circles, conditions that no answer fulfils."""
    parsed: dict[Path, Node] = {}
    found: list[Fault] = list(_names(survey))
    for place in places(survey):
        try:
            parsed[place.path] = parse(place.text)
        except ExpressionError as error:
            found.append(Fault(CODE, error.column, error.message, error.remedy, place.path))
    found.extend(_circles(survey, parsed))
    if found:
        return tuple(found)
    known = types_of(survey) | _calculated(survey, parsed, found)
    for place in places(survey):
        if place.path[0] != "calculations":
            found.extend(_typed(place, parsed[place.path], known))
    return tuple(found) or tuple(_impossible(survey, parsed, known))


def places(survey: Survey) -> Iterator[Place]:
    """Every expression of the survey, and where it stands."""
    for index, (_, text) in enumerate(survey.calculations):
        yield Place(("calculations", index, "expression"), text)
    for index, question in enumerate(survey.questions):
        for key in ("visible_if", "required_if", "constraint"):
            text = getattr(question, key)
            if text:
                here: Path = ("questions", index, key)
                yield Place(here, text, question.id, question.per_child, constant=key == "required_if")
    for index, quota in enumerate(survey.quotas):
        yield Place(("quotas", index, "condition"), quota.condition)


def _names(survey: Survey) -> Iterator[Fault]:
    taken = {question.id for question in survey.questions} | {PANEL}
    for index, question in enumerate(survey.questions):
        if question.id == PANEL:
            message = "a question cannot be called panel: {panel.x} is the answer x for the same child"
            yield Fault(CODE, 1, message, "Give it another id.", ("questions", index, "id"))
    for index, (name, _) in enumerate(survey.calculations):
        if name in taken:
            message = f"there is a question (or another calculation) called {name}"
            yield Fault(CODE, 1, message, "Give the calculation another name.", ("calculations", index, "name"))
        taken.add(name)


def _circles(survey: Survey, parsed: dict[Path, Node]) -> Iterator[Fault]:
    needed = {
        question.id: _needs(parsed, ("questions", at, "visible_if")) for at, question in enumerate(survey.questions)
    }
    where: dict[str, Path] = {each.id: ("questions", at, "visible_if") for at, each in enumerate(survey.questions)}
    for at, (name, _) in enumerate(survey.calculations):
        where[name] = ("calculations", at, "expression")
        needed[name] = _needs(parsed, where[name])
    try:
        in_order(needed)
    except ExpressionError as error:
        first = error.message.rpartition(": ")[2].partition(" ")[0]
        yield Fault(CODE, 1, error.message, error.remedy, where[first])


def _needs(parsed: dict[Path, Node], path: Path) -> list[str]:
    return sorted(names(parsed[path])) if path in parsed else []


def _calculated(survey: Survey, parsed: dict[Path, Node], found: list[Fault]) -> dict[str, Type]:
    """Types of the calculations, each after those that it uses."""
    at = {name: index for index, (name, _) in enumerate(survey.calculations)}
    known = outside_of_panels(types_of(survey))
    needs = {name: _needs(parsed, ("calculations", index, "expression")) for name, index in at.items()}
    for name in in_order(needs):
        path: Path = ("calculations", at[name], "expression")
        kind, faults = inferred(parsed[path], known)
        found.extend(replace(fault, path=path) for fault in faults)
        if kind is not None:
            known[name] = kind
    return {name: known[name] for name in at if name in known}


def _typed(place: Place, node: Node, known: dict[str, Type]) -> Iterator[Fault]:
    seen = known if place.per_child else outside_of_panels(known)
    for fault in inferred(node, seen, wanted=Shape.BOOL, constant=place.constant)[1]:
        yield replace(fault, path=place.path)
    if place.path[-1] == "constraint" and place.about not in names(node):
        own = f"{{{PANEL}.{place.about}}}" if place.per_child else f"{{{place.about}}}"
        yield Fault(CODE, node.column, "this says nothing about the answer itself", f"Name {own} in it.", place.path)


def _impossible(survey: Survey, parsed: dict[Path, Node], known: dict[str, Type]) -> Iterator[Fault]:
    for place in places(survey):
        goal = place.path[-1]
        if goal in ("expression", "required_if"):
            continue
        about = place.about if goal != "visible_if" else None
        if impossible(survey, parsed[place.path], known, about=about):
            message = "no answers make this true" if goal != "constraint" else "no answer fulfils this"
            yield Fault(
                UNREACHABLE, parsed[place.path].column, message, "Correct the condition, or remove it.", place.path
            )


def unsatisfiable(survey: Survey, *, only: Collection[str] | None = None) -> tuple[str, ...]:
    """Ids of the questions (of `only` these) that no answers bring to light; none where a condition cannot be read or leads in
    a circle. Exact for choices, yes or no, numbers and dates compared with fixed values; anything else counts as possible, so
    that no question is called unreachable that is not."""
    known = types_of(survey)
    found = []
    try:
        for question in survey.questions:
            asked = question.visible_if and (only is None or question.id in only)
            if asked and impossible(survey, parse(question.visible_if or ""), known):
                found.append(question.id)
    except ExpressionError:
        return ()
    return tuple(found)
