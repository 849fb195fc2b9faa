"""SurveyJS JSON as a definition of ours. Source: survey-core 3.1, `surveyjs_definition.json`. Every property is read, known
to change nothing that is asked, or refused with its path."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.surveys.domain.kinds import QuestionType
from services.surveys.exchange.finishing import finish
from services.surveys.exchange.headers import LANGUAGE
from services.surveys.exchange.imported import Imported, Path
from services.surveys.exchange.names import Names
from services.surveys.exchange.place import Place, Remark, Weight
from services.surveys.exchange.surveyjs_kinds import BLOCKS, Element, kind_of
from services.surveys.exchange.surveyjs_questions import QuestionReader
from services.surveys.exchange.surveyjs_words import Expressions
from shared.errors import HomeroomError

BIGGEST = 4 << 20
_DEEPEST = 60  # levels of JSON


def import_surveyjs(raw: bytes, *, stem: str, default_language: str = "en") -> Imported:
    """The definition in `raw` (HomeroomError: no JSON object at all)."""
    try:
        said = json.loads(raw.decode("utf-8-sig")) if len(raw) <= BIGGEST else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        message = "The file is no JSON object of at most 4 MB."
        raise HomeroomError("SURVEY_FILE_UNREADABLE", message, "Export the survey again as JSON.")
    imported = Imported()
    if _depth(said) > _DEEPEST:
        message = "The survey is nested too deeply."
        imported.remarks.append(Remark("surveyjs.too_deep", Place(), message, "Use fewer panels."))
        return imported
    _Reader(said, imported, stem=stem, default_language=default_language).read()
    return finish(imported)


def _depth(value: Any) -> int:
    deepest, left = 0, [(value, 1)]
    while left:
        each, level = left.pop()
        deepest = max(deepest, level)
        if isinstance(each, dict):
            left += [(inner, level + 1) for inner in each.values()]
        elif isinstance(each, list):
            left += [(inner, level + 1) for inner in each]
    return deepest


class _Reader:
    def __init__(self, said: Mapping[str, Any], imported: Imported, *, stem: str, default_language: str) -> None:
        self._said, self._imported, self._remarks = said, imported, imported.remarks
        self._stem, self._default = stem, default_language
        self._languages = _languages(said, default_language)
        self._names = Names(self._remarks, "question")
        self._values: dict[str, dict[str, str]] = {}
        self._reader = QuestionReader(imported, self._languages, self._values, default=default_language)
        self._pages: list[dict[str, Any]] = []
        self._questions: list[dict[str, Any]] = []

    def read(self) -> None:
        survey = Element(self._said, "")
        elements = list(self._top(survey))
        self._reader.expressions = Expressions(self._known(elements), self._values, self._remarks)
        for element, page in elements:
            self._element(element, page, per_child=False, conditions=())
        name = Names(self._remarks, "survey", letter="s").give(self._stem, Place())
        content: dict[str, Any] = {"survey": name, "kind": name, "languages": list(self._languages)}
        for key, ours in (("title", "title"), ("description", "intro")):
            if texts := self._reader.texts(survey, key):
                content[ours] = texts
            self._imported.places[(ours,)] = survey.place(key)
        if self._pages:
            content["pages"] = self._pages
        if calculations := list(self._calculations(survey)):
            content["calculations"] = calculations
        content["questions"] = self._questions
        survey.take("locale")
        self._reader.left(survey)
        if not self._questions:
            self._reader.refuse("surveyjs.no_questions", survey.place("pages"), "Nothing is asked.", "Add a question.")
        self._imported.content = content

    def _top(self, survey: Element) -> Iterator[tuple[Element, str | None]]:
        for element in survey.elements("elements", self._remarks):
            yield element, None
        for place, page in enumerate(survey.elements("pages", self._remarks)):
            title = self._reader.texts(page, "title")
            name = self._names_of_pages(str(page.take("name") or f"page_{place + 1}"), title, page)
            condition = page.value("visibleIf")
            for element in page.elements("elements", self._remarks):
                element.around = (condition, page.place("visibleIf")) if isinstance(condition, str) else None
                yield element, name
            page.take("visibleIf")
            self._reader.left(page)

    def _names_of_pages(self, name: str, title: Mapping[str, str], page: Element) -> str | None:
        if not title:
            return None
        known = Names(self._remarks, "page", letter="p").give(name, page.place("name"))
        known = known if all(each["id"] != known for each in self._pages) else f"{known}_{len(self._pages) + 1}"
        self._imported.places[("pages", len(self._pages))] = page.place("title")
        self._pages.append({"id": known, "title": title})
        return known

    def _known(self, elements: Sequence[tuple[Element, str | None]]) -> dict[str, str]:
        """Every name that a condition may use, before the first condition is read."""
        known: dict[str, str] = {}
        left = [element for element, _ in reversed(elements)]
        while left:
            element = left.pop()
            name = element.value("name")
            if element.type in BLOCKS:
                key = "templateElements" if element.type == "paneldynamic" else "elements"
                left += reversed(list(element.elements(key, [])))
            elif isinstance(name, str) and name:
                if name in known:
                    place = element.place("name")
                    self._reader.refuse(
                        "surveyjs.same_name", place, f"Another question is named {name[:40]}, too.", "Rename one."
                    )
                known[name] = self._names.give(name, element.place("name"))
                self._values[known[name]] = element.values()
        for entry in self._said.get("calculatedValues") or ():
            if isinstance(entry, dict) and isinstance(entry.get("name"), str):
                known.setdefault(entry["name"], self._names.give(entry["name"], Place("calculatedValues")))
        return known

    def _calculations(self, survey: Element) -> Iterator[dict[str, Any]]:
        for entry in survey.elements("calculatedValues", self._remarks):
            name = entry.take("name")
            expression = self._reader.expressions.read(entry, "expression")
            if isinstance(name, str) and expression:
                yield {"name": self._reader.expressions.known[name], "expression": expression}
            elif expression is None and not entry.value("expression"):
                self._reader.refuse(
                    "surveyjs.no_calculation", entry.place("expression"), "Nothing is calculated here.", "Remove it."
                )
            self._reader.left(entry)

    def _element(self, element: Element, page: str | None, *, per_child: bool, conditions: tuple[str, ...]) -> None:
        if element.around is not None:
            around = self._reader.expressions.text(element.around[0], element.around[1])
            conditions = (*conditions, around) if around else conditions
        if element.type in BLOCKS:
            self._block(element, page, per_child=per_child, conditions=conditions)
            return
        kind = kind_of(element, self._remarks)
        name = element.take("name")
        if kind is None:
            return
        if not isinstance(name, str) or not name:
            self._reader.refuse("surveyjs.no_name", element.place("name"), "This question has no name.", "Give it one.")
            return
        path: Path = ("questions", len(self._questions))
        self._imported.places[path] = Place(element.path)
        if element.type == "dropdown" and set(element.values()) <= set(self._languages):
            kind = QuestionType.LANGUAGE
        entry: dict[str, Any] = {"id": self._reader.expressions.known[name], "type": str(kind)}
        entry.update(self._reader.wording(element, kind, name, path))
        entry.update(self._reader.answers(element, kind, path))
        entry.update(self._reader.conditions(element, conditions))
        if page is not None:
            entry["group"] = page
        if per_child:
            entry["per_child"] = True
        self._reader.left(element)
        self._questions.append({key: value for key, value in entry.items() if value not in (None, {}, [])})

    def _block(self, element: Element, page: str | None, *, per_child: bool, conditions: tuple[str, ...]) -> None:
        dynamic = element.type == "paneldynamic"
        name = element.take("name")
        if dynamic and (per_child or not str(name or "").startswith("per_child")):
            message = "A panel that repeats is asked once per child, or not at all."
            self._reader.refuse(
                "surveyjs.repeat", element.place("type"), message, "Name it per_child if it is about each child."
            )
            return
        element.take("type"), element.take("panelCount")
        if element.take("title"):
            message = "The title of a panel is not shown; its questions stand by themselves."
            remedy = "Make it a page if its title matters."
            self._remarks.append(Remark("surveyjs.panel", element.place("title"), message, remedy, Weight.NOTE))
        condition = self._reader.expressions.read(element, "visibleIf")
        inner = (*conditions, condition) if condition else conditions
        for each in element.elements("templateElements" if dynamic else "elements", self._remarks):
            self._element(each, page, per_child=per_child or dynamic, conditions=inner)
        self._reader.left(element)


def _languages(said: Any, default: str) -> list[str]:
    """Of every text, the default first: a text by language is an object whose keys are `default` and language tags."""
    found: dict[str, None] = {default: None}
    left = [said]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            texts = all(isinstance(value, str) for value in each.values()) and all(
                key == "default" or LANGUAGE.match(key) for key in each
            )
            if texts and ("default" in each or default in each):
                found.update(dict.fromkeys(key for key in each if key != "default"))
            left += reversed(each.values())
        elif isinstance(each, list):
            left += reversed(each)
    return list(found)
