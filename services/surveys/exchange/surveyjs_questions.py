"""An element of SurveyJS as a question of ours: words, answers, conditions; what is left of it is told."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from services.surveys.domain.kinds import QuestionType
from services.surveys.exchange.imported import Imported, Path
from services.surveys.exchange.names import Names
from services.surveys.exchange.place import Place, Remark, Weight
from services.surveys.exchange.surveyjs_kinds import LOOKS, Element
from services.surveys.exchange.surveyjs_words import Expressions
from services.surveys.exchange.words import OTHER

_TAGS = re.compile(r"<[^>]*>")
_NUMBERS = {
    "min": "min",
    "max": "max",
    "step": "step",
    "rateMin": "min",
    "rateMax": "max",
    "rateStep": "step",
    "maxLength": "length",
    "maxSelectedChoices": "most",
}
_SWITCHES = {"showOtherItem": "other", "hasOther": "other", "showNoneItem": "none", "hasNone": "none"}


class QuestionReader:
    """`expressions` are known once every name of the form is."""

    def __init__(
        self, imported: Imported, languages: Sequence[str], values: Mapping[str, Mapping[str, str]], *, default: str
    ) -> None:
        self._imported, self._remarks = imported, imported.remarks
        self._languages, self._values, self._default = languages, values, default
        self.expressions = Expressions({}, values, imported.remarks)

    def wording(self, element: Element, kind: QuestionType, name: str, path: Path) -> dict[str, Any]:
        """What is asked, and why."""
        title = self.texts(element, "title")
        if kind is QuestionType.NOTE:
            title = {tag: self._unmarked(element, text) for tag, text in self.texts(element, "html").items()}
        if not title:
            title = {self._languages[0]: name}
        for key, ours in (("title", "text"), ("description", "why")):
            self._imported.places[(*path, ours)] = element.place(key)
        return {"text": title, "why": self.texts(element, "description")}

    def _unmarked(self, element: Element, text: str) -> str:
        if _TAGS.search(text):
            message = "A note is plain text: no text message or letter shows HTML."
            self.refuse("surveyjs.html", element.place("html"), message, "Remove the tags.")
        return html.unescape(text)

    def answers(self, element: Element, kind: QuestionType, path: Path) -> dict[str, Any]:
        """Options, rows and limits."""
        entry = self._options(element, path)
        if element.value("rows"):
            rows = Names(self._remarks, "row", letter="r")
            entry["rows"] = [
                {"value": rows.give(str(item.value("value")), item.place("value")), "label": self._label(item)}
                for item in element.items("rows", self._remarks)
            ]
        entry.update(self._limits(element))
        if kind is QuestionType.RATING:
            entry.setdefault("max", 5)
        if kind in (QuestionType.YES_NO, QuestionType.CONSENT):
            yes, no = self.texts(element, "labelTrue"), self.texts(element, "labelFalse")
            if yes and no:
                entry["options"] = [{"value": "yes", "label": yes}, {"value": "no", "label": no}]
        return entry

    def _options(self, element: Element, path: Path) -> dict[str, Any]:
        entry: dict[str, Any] = {}
        values = self._values.get(str(self.expressions.known.get(str(element.value("name")))), {})
        ticked = element.type == "matrixdropdown"
        for key in ("choices", "rateValues", *(() if ticked else ("columns",))):
            if element.value(key):
                items = element.items(key, self._remarks)
                entry["options"] = [self._item(item, values, points=key == "rateValues") for item in items]
                self._imported.places[(*path, "options")] = element.place(key)
        if ticked:
            element.take("columns")
        for flag, value in _SWITCHES.items():
            if element.take(flag) is True and all(option["value"] != value for option in entry.get("options", ())):
                label = {tag: OTHER[value].get(tag, OTHER[value]["en"]) for tag in self._languages}
                free = {"free": True} if value == "other" else {}
                entry.setdefault("options", []).append({"value": value, "label": label, **free})
                entry.update({"detail": "text", "detail_label": dict(label)} if free else {})
        return entry

    def _limits(self, element: Element) -> dict[str, Any]:
        entry: dict[str, Any] = {}
        for key, ours in _NUMBERS.items():
            number = element.take(key)
            if isinstance(number, int | float) and not isinstance(number, bool):
                entry[ours] = number
            elif number is not None:
                self.refuse("surveyjs.value", element.place(key), f"{key} is a number.", "Correct it.")
        return entry

    def _item(self, item: Element, values: Mapping[str, str], *, points: bool) -> dict[str, Any]:
        written = item.value("value")
        option: dict[str, Any] = {"value": values.get(str(written), str(written)), "label": self._label(item)}
        if points and isinstance(written, int | float):
            option["score"] = written
        return option

    def _label(self, item: Element) -> dict[str, str]:
        label = self.texts(item, "text") or {self._languages[0]: str(item.value("value"))}
        item.take("value")
        self.left(item)
        return label

    def conditions(self, element: Element, around: Sequence[str]) -> dict[str, Any]:
        """When it is asked, must be answered, and what an answer must be; `around` are the conditions of its panels."""
        entry: dict[str, Any] = {}
        visible = self.expressions.read(element, "visibleIf")
        conditions = [*around, visible] if visible else list(around)
        if conditions:
            entry["visible_if"] = " and ".join(f"({each})" if len(conditions) > 1 else each for each in conditions)
        if element.take("isRequired") is True:
            entry["required_if"] = "true"
        elif required := self.expressions.read(element, "requiredIf"):
            entry["required_if"] = required
        for validator in element.elements("validators", self._remarks):
            if validator.take("type") != "expression" or "constraint" in entry:
                message = "Of validators, one expression can be imported."
                self.refuse("surveyjs.validator", validator.place("type"), message, "Write it as one expression.")
                continue
            entry["constraint"] = self.expressions.read(validator, "expression")
            entry["constraint_text"] = self.texts(validator, "text")
            self.left(validator)
        return entry

    def texts(self, element: Element, key: str) -> dict[str, str]:
        """A text by language; a language that others have and it lacks is remarked."""
        said = element.take(key)
        if isinstance(said, str):
            said = {"default": said}
        if said is None:
            return {}
        if not isinstance(said, dict) or not all(isinstance(text, str) for text in said.values()):
            self.refuse("surveyjs.value", element.place(key), f"{key} is a text.", "Correct it.")
            return {}
        found = {self._default if tag == "default" else tag: text for tag, text in said.items() if text.strip()}
        if any("{" in text for text in found.values()):
            message = "An answer cannot stand in the text of another question: no text message or letter would know it."
            self.refuse("surveyjs.answer_in_text", element.place(key), message, "Write the text without {…}.")
        ordered = {tag: found[tag] for tag in self._languages if tag in found}
        for tag in self._languages if ordered else ():
            if tag not in ordered:
                message, remedy = f"There is no text in {tag}.", "Translate it, or remove the language everywhere."
                self._remarks.append(
                    Remark("survey.untranslated", element.place(key), message, remedy, Weight.COMPLETE)
                )
        return ordered

    def left(self, element: Element) -> None:
        """Says what nobody took: looks are noted, everything else is refused."""
        for key in element.left():
            if key in LOOKS:
                message = f"{key} is about looks, and not used."
                remedy = "Nothing needs to be done."
                self._remarks.append(Remark("surveyjs.unused", element.place(key), message, remedy, Weight.NOTE))
            else:
                message = f"{key[:40]} cannot be imported."
                self.refuse("surveyjs.unknown", element.place(key), message, "Remove the property.")

    def refuse(self, code: str, place: Place, message: str, remedy: str) -> None:
        self._remarks.append(Remark(code, place, message, remedy))
