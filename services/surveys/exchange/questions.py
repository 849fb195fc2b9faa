"""A row of the survey sheet as a question of ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from services.surveys.domain.kinds import QuestionType
from services.surveys.exchange.cells import Cells
from services.surveys.exchange.choices import Choice, Choices, piping
from services.surveys.exchange.headers import OURS
from services.surveys.exchange.imported import Imported, Path
from services.surveys.exchange.place import Remark, Weight
from services.surveys.exchange.tree import Node
from services.surveys.exchange.words import OTHER
from services.surveys.exchange.xpath import Known, XPathRefused, translate

_BOUNDS = re.compile(r"^\s*\.\s*(>=|<=)\s*(-?\d+(?:\.\d+)?)(?:\s+and\s+\.\s*(>=|<=)\s*(-?\d+(?:\.\d+)?))?\s*$")
_LENGTH = re.compile(r"^\s*string-length\(\s*\.\s*\)\s*(<=|<)\s*(\d+)\s*$")
_RANGE = {"start": 1.0, "end": 10.0, "step": 1.0}  # XLSForm's own, where they are not said
_YES = frozenset({"yes", "true", "true()"})
_NO = frozenset({"no", "false", "false()"})
_TEXTS = (
    ("sms", f"{OURS}sms"),
    ("voice", f"{OURS}voice"),
    ("detail_label", f"{OURS}detail"),
    ("unit_label", f"{OURS}unit"),
)


class QuestionReader:
    """Reads one row at a time; remarks go to the import's list."""

    def __init__(self, known: Known, choices: Choices, languages: Sequence[str], imported: Imported) -> None:
        self.known, self._choices, self._languages, self._imported = known, choices, languages, imported
        self._remarks = imported.remarks

    def question(self, node: Node, path: Path, conditions: Sequence[str]) -> dict[str, Any]:
        """The entry of a definition; `conditions` are those of the groups around it."""
        cells, type_ = node.cells, node.kind.type
        assert type_ is not None
        entry = self._common(node, path)
        if node.kind.choices is not None:
            self._options(node, entry, path)
        appearance = self._appearance(cells, type_)
        entry["type"] = str(_shown(type_, appearance, [option["value"] for option in entry.get("options", ())]))
        if type_ is QuestionType.NUMBER and " ".join(cells.by_meaning[("type", "")][1].split()) in ("integer", "int"):
            entry["step"] = 1
        if type_ is QuestionType.SCALE:
            self._range(cells, entry, rating="rating" in appearance)
        self._conditions(cells, entry, conditions, own=self.known.names[node.name])
        return self._closed(cells, entry)

    def matrix(self, node: Node, path: Path, conditions: Sequence[str]) -> dict[str, Any]:
        """A group that is shown as a table: its questions are rows, their one list the columns."""
        entry = self._common(node, path)
        assert node.matrix is not None
        entry["type"] = str(node.matrix)
        node.cells.take("appearance")
        self._options(node.children[0], entry, path)
        entry["rows"] = []
        for child in node.children:
            row = {
                "value": self.known.names[child.name].partition(".")[2],
                "label": self._texts(child.cells, "label", must=True),
            }
            if short := child.cells.texts(f"{OURS}short"):
                row["short"] = short
            self._imported.places[(*path, "rows", len(entry["rows"]))] = child.cells.place("label", self._languages[0])
            self._plain_row(child.cells)
            row.update(child.cells.more(self._remarks))
            entry["rows"].append(row)
        self._conditions(node.cells, entry, conditions, own=None)
        return self._closed(node.cells, entry)

    def expression(self, cells: Cells, key: str, *, own: str | None) -> str | None:
        """A column's XPath as our expression; None where it is empty, or refused."""
        written = cells.take(key)
        if (meant := cells.meant(key, written, self._remarks)) is not None:
            return meant
        if not written:
            return None
        try:
            return translate(written, self.known, own=own)
        except XPathRefused as refused:
            message = f"{refused.message[0].upper()}{refused.message[1:]} (character {refused.column})."
            self._remarks.append(Remark("xlsform.expression", cells.place(key), message, refused.remedy))
            return None

    def _common(self, node: Node, path: Path) -> dict[str, Any]:
        cells, places = node.cells, self._imported.places
        places[path] = cells.row.place()
        for key, column in (("text", "label"), ("sms", f"{OURS}sms"), ("why", "hint"), ("voice", f"{OURS}voice")):
            said = key == "why" or any((column, language) in cells.by_meaning for language in self._languages)
            shown = column if said else "label"
            for language in self._languages:
                places[(*path, key, language)] = places[(*path, key)] = cells.place(shown, language)
        for key, column in (("visible_if", "relevant"), ("constraint", "constraint"), ("required_if", "required")):
            places[(*path, key)] = cells.place(column)
        entry: dict[str, Any] = {"id": self.known.names[node.name], "type": ""}
        entry["text"] = self._texts(cells, "label", must=True)
        if why := self._texts(cells, "hint", must=False):
            entry["why"] = why
        for key, column in _TEXTS:
            if texts := cells.texts(column):
                entry[key] = texts
        return entry

    def _texts(self, cells: Cells, key: str, *, must: bool) -> dict[str, str]:
        found = cells.texts(key)
        ordered = {language: found[language] for language in self._languages if language in found}
        for language in self._languages:
            place = cells.place(key, language)
            if "${" in ordered.get(language, ""):
                self._remarks.append(piping(place))
            elif language not in ordered and (ordered or (must and language == self._languages[0])):
                message = f"There is no text in {language}."
                remedy = "Translate it, or remove the language's columns."
                weight = Weight.COMPLETE if ordered else Weight.REFUSED
                self._remarks.append(Remark("survey.untranslated", place, message, remedy, weight))
        return ordered

    def _options(self, node: Node, entry: dict[str, Any], path: Path) -> None:
        found = self._choices.lists.get(node.kind.choices or "")
        if not found:
            message = f"There is no list of choices named {(node.kind.choices or '')[:40]}."
            place = node.cells.place("type")
            self._remarks.append(Remark("xlsform.no_choices", place, message, "Add it to the sheet choices."))
            return
        entry["options"] = [self._option(choice, (*path, "options", place)) for place, choice in enumerate(found)]
        if node.kind.or_other:
            label = {language: OTHER["other"].get(language, OTHER["other"]["en"]) for language in self._languages}
            entry["options"].append({"value": "other", "label": label, "free": True})
            entry["detail"], entry["detail_label"] = "text", dict(label)

    def _option(self, choice: Choice, path: Path) -> dict[str, Any]:
        self._remarks.extend(choice.remarks)
        self._imported.places[path] = choice.place
        for language, place in choice.places.items():
            self._imported.places[(*path, "label", language)] = place
        label = choice.entry["label"]
        return {**choice.entry, "label": {tag: label[tag] for tag in self._languages if tag in label}}

    def _appearance(self, cells: Cells, type_: QuestionType) -> str:
        appearance = cells.take("appearance")
        if "search(" in appearance.replace(" ", ""):
            message = "Choices from another file cannot be asked by text message or on paper."
            self._remarks.append(Remark("xlsform.appearance", cells.place("appearance"), message, "Write the choices."))
        return appearance

    def _range(self, cells: Cells, entry: dict[str, Any], *, rating: bool) -> None:
        said = dict(part.split("=", 1) for part in re.split(r"[\s;,]+", cells.take("parameters")) if "=" in part)
        place = cells.place("parameters")
        try:
            start, end, step = (float(said.pop(name, preset)) for name, preset in _RANGE.items())
        except ValueError:
            message = "A range has numbers for start, end and step."
            self._remarks.append(Remark("xlsform.parameters", place, message, "Write start=1 end=5 step=1."))
            return
        if said:
            message = f"{', '.join(said)[:60]}: only start, end and step are used."
            self._remarks.append(Remark("xlsform.parameters", place, message, "Nothing needs to be done.", Weight.NOTE))
        entry["max"] = whole(end)
        if rating and (start, step) == (1, 1):
            return
        entry["type"] = str(QuestionType.SCALE)  # stars are counted from one, one by one
        entry["min"], entry["step"] = whole(start), whole(step)

    def _conditions(self, cells: Cells, entry: dict[str, Any], around: Sequence[str], *, own: str | None) -> None:
        visible = self.expression(cells, "relevant", own=own)
        conditions = [*around, visible] if visible else list(around)
        if conditions:
            entry["visible_if"] = " and ".join(f"({each})" if len(conditions) > 1 else each for each in conditions)
        required = cells.by_meaning.get(("required", ""), ("", ""))[1].strip().lower()
        if required in _YES | _NO:
            cells.take("required")
            if required in _YES:
                entry["required_if"] = "true"
        elif condition := self.expression(cells, "required", own=own):
            entry["required_if"] = condition
        self._constraint(cells, entry, own=own)

    def _constraint(self, cells: Cells, entry: dict[str, Any], *, own: str | None) -> None:
        written = cells.by_meaning.get(("constraint", ""), ("", ""))[1]
        bounds, length = _BOUNDS.match(written), _LENGTH.match(written)
        if bounds and entry["type"] == QuestionType.NUMBER:
            cells.take("constraint")
            for sign, number in ((bounds[1], bounds[2]), (bounds[3], bounds[4])):
                if sign:
                    entry["min" if sign == ">=" else "max"] = whole(float(number))
        elif length:
            cells.take("constraint")
            entry["length"] = int(length[2]) - (length[1] == "<")
        elif condition := self.expression(cells, "constraint", own=own):
            entry["constraint"] = condition
        if (texts := cells.texts("constraint_message")) and "constraint" in entry:
            entry["constraint_text"] = texts

    def _closed(self, cells: Cells, entry: dict[str, Any]) -> dict[str, Any]:
        entry.update(cells.more(self._remarks))
        for key in cells.without(self._remarks):
            entry.pop(key, None)
        return {key: value for key, value in entry.items() if value not in (None, {}, [])}

    def _plain_row(self, cells: Cells) -> None:
        """A row of a table has no life of its own."""
        cells.take("appearance")
        for key in ("relevant", "constraint", "required"):
            if (written := cells.take(key)) and not (key == "required" and written.lower() in _NO):
                message = "A row of a table is asked with its table; it has no condition of its own."
                self._remarks.append(
                    Remark("xlsform.row_condition", cells.place(key), message, "Move it to the group's row.")
                )


def whole(number: float) -> float | int:
    """5, not 5.0."""
    return int(number) if number.is_integer() else number


def _shown(type_: QuestionType, appearance: str, values: Sequence[str]) -> QuestionType:
    """The kind that its looks make of it."""
    if type_ is QuestionType.TEXT and "multiline" in appearance:
        return QuestionType.LONG_TEXT
    if type_ is QuestionType.SCALE and "rating" in appearance:
        return QuestionType.RATING
    if type_ is QuestionType.SINGLE and "likert" in appearance:
        return QuestionType.SCALE
    if type_ is QuestionType.SINGLE and sorted(values) == ["no", "yes"]:
        return QuestionType.YES_NO
    return type_
