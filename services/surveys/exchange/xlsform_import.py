"""An XLSForm as a definition of ours. Source: the XLSForm reference tables (xlsform.org), pyxform 4.5."""

from __future__ import annotations

from typing import Any

from services.surveys.domain.kinds import QuestionType
from services.surveys.exchange import checked
from services.surveys.exchange.cells import Columns, columns, languages, told
from services.surveys.exchange.choices import read_choices
from services.surveys.exchange.finishing import finish
from services.surveys.exchange.grid import Book, Sheet, read_book
from services.surveys.exchange.headers import OURS, read_header
from services.surveys.exchange.imported import Imported, Path
from services.surveys.exchange.kinds import Line
from services.surveys.exchange.names import Names
from services.surveys.exchange.place import Place, Remark, Weight
from services.surveys.exchange.questions import QuestionReader
from services.surveys.exchange.settings import read_settings
from services.surveys.exchange.tree import Node, every, grow
from services.surveys.exchange.xlsform_export import AGREED
from services.surveys.exchange.xpath import Known

# Columns that would change what is asked or how; what they cannot do here.
IMPOSSIBLE = {
    "choice_filter": "Choices that depend on another answer cannot be offered on paper or by text message.",
    "default": "A question is never answered beforehand.",
    "readonly": "A question that cannot be answered is none; use a note.",
    "image": "Pictures do not reach every family in every way.",
    "big-image": "Pictures do not reach every family in every way.",
    "audio": "Sounds beside a question do not reach every family in every way.",
    "video": "Films do not reach every family in every way.",
    "trigger": "A value that is set again when another answer changes cannot be kept on paper.",
    "save_to": "Entities are not kept here.",
}
_SHEETS = {"survey", "choices", "settings"}
_REFUSED_SHEETS = {"external_choices", "osm", "entities", "cascades"}
_PER_CHILD = "per_child"


def import_xlsform(raw: bytes, *, stem: str, default_language: str = "en") -> Imported:
    """The definition in `raw`; `stem` names the survey where the form does not (HomeroomError: no spreadsheet at all)."""
    book = read_book(raw)
    imported = Imported()
    if len(book.sheets) == 1 and "survey" not in book.sheets and _asks(only := next(iter(book.sheets.values()))):
        book = Book({"survey": only})
    if book.sheet("survey") is None:
        message = "There is no sheet named survey."
        imported.remarks.append(
            Remark("xlsform.no_survey", Place(), message, "Name the sheet of the questions survey.")
        )
        return imported
    _other_sheets(book, imported.remarks)
    _Form(book, imported, stem=stem, default_language=default_language).read()
    if not imported.refused:
        imported.remarks += checked.refusals(book)
    return finish(imported)


def _asks(sheet: Sheet) -> bool:
    """Whether a sheet of another name is one of questions."""
    return {"type", "name"} <= {read_header(header).key for header in sheet.headers}


def _other_sheets(book: Book, remarks: list[Remark]) -> None:
    for name, sheet in book.sheets.items():
        if name in _REFUSED_SHEETS and sheet.rows:
            message = f"What the sheet {name} does cannot be done here."
            remarks.append(Remark("xlsform.unknown_sheet", sheet.rows[0].place(), message, "Remove the sheet."))
        elif name not in _SHEETS:
            message = f"The sheet {sheet.name[:40]} is not used."
            remedy = "Nothing needs to be done."
            remarks.append(Remark("xlsform.unused_sheet", Place(sheet.name), message, remedy, Weight.NOTE))


class _Form:
    """One form being read: first every name, then every question, since a condition may name any of them."""

    def __init__(self, book: Book, imported: Imported, *, stem: str, default_language: str) -> None:
        self.imported, self.remarks = imported, imported.remarks
        self.settings = read_settings(book, stem=stem, default_language=default_language, imported=imported)
        default = self.settings.language
        survey = columns(book, "survey", default=default, remarks=self.remarks)
        assert survey is not None
        self.survey: Columns = survey
        choices = columns(book, "choices", default=default, remarks=self.remarks)
        self.languages = languages([survey, choices, self.settings.columns], default=default)
        self.choices = read_choices(choices, self.languages, self.remarks)
        self.names = Names(self.remarks, "question")
        self.groups = Names(self.remarks, "group", letter="g")
        self.unused: set[tuple[str, str]] = set()
        self.pages: list[dict[str, Any]] = []
        self.questions: list[dict[str, Any]] = []
        self.calculations: list[dict[str, Any]] = []

    def read(self) -> None:
        top = grow(self.survey.rows(), self.remarks)
        self.settings.give(self.imported, self.languages, self.survey.place_of(["label"]))
        reader = QuestionReader(self._known(top), self.choices, self.languages, self.imported)
        for node in top:
            self._node(reader, node, group=None, per_child=False, conditions=())
        if not self.questions and not self.imported.refused:
            remedy = "Add rows with a type and a name."
            self.remarks.append(
                Remark("xlsform.no_questions", Place(self.survey.sheet.name), "Nothing is asked.", remedy)
            )
        content = self.imported.content
        if self.pages:
            content.setdefault("pages", self.pages)
        if self.calculations:
            content["calculations"] = self.calculations
        content["questions"] = self.questions
        for node in every(top):
            if node.kind.line not in (Line.IMPOSSIBLE, Line.RECORDED):
                self.remarks += told(node.cells, IMPOSSIBLE, self.unused)

    def _known(self, top: list[Node]) -> Known:
        names: dict[str, str] = {}
        many: set[str] = set()
        values: dict[str, dict[str, str]] = {}
        truths: set[str] = set()
        rows = {id(child): node for node in every(top) if node.matrix for child in node.children}
        for node in every(top):
            if node.kind.line not in (Line.QUESTION, Line.CALCULATION) and not node.matrix:
                continue
            place = node.cells.place("name")
            if not node.name:
                node.name = f"{'note' if node.kind.type is QuestionType.NOTE else 'question'}_{node.cells.row.number}"
                if node.kind.type is not QuestionType.NOTE:
                    self.remarks.append(Remark("xlsform.no_name", place, "This question has no name.", "Give it one."))
            if id(node) in rows:
                matrix = rows[id(node)]
                row = str(node.cells.more(self.remarks).get("value", self.names.plain(node.name)))
                known = f"{self.names.plain(matrix.name)}.{row}"
            else:
                known = self.names.give(node.name, place)
                if node.name in names and node.kind.line is Line.QUESTION:
                    message = f"Another question is named {node.name[:40]}, too."
                    self.remarks.append(Remark("xlsform.same_name", place, message, "Rename one of them."))
            names.setdefault(node.name, known)
            if node.kind.type is QuestionType.MULTI or node.matrix is QuestionType.MATRIX_MULTI:
                many.add(known)
            if node.kind.choices and (found := self.choices.lists.get(node.kind.choices)):
                values[known] = {choice.name: choice.value for choice in found}
                if sorted(values[known].values()) == ["no", "yes"] and node.kind.type is QuestionType.SINGLE:
                    truths.add(known)
            elif node.kind.type is QuestionType.CONSENT:
                values[known] = {AGREED: "yes"}
                truths.add(known)
        return Known(names, frozenset(many), values, frozenset(truths))

    def _node(
        self, reader: QuestionReader, node: Node, *, group: str | None, per_child: bool, conditions: tuple[str, ...]
    ) -> None:
        line, cells = node.kind.line, node.cells
        if line is Line.IMPOSSIBLE:
            remedy = "Ask it as text, or leave it out."
            self.remarks.append(Remark("xlsform.unknown_type", cells.place("type"), f"{node.kind.why}.", remedy))
        elif line is Line.RECORDED:
            message = "Nothing is taken from a family's device; when and how an answer came is kept anyway."
            remedy = "Nothing needs to be done."
            self.remarks.append(Remark("xlsform.recorded", cells.place("type"), message, remedy, Weight.NOTE))
        elif line is Line.CALCULATION:
            self._calculation(reader, node)
        elif node.matrix:
            self._put(reader.matrix(node, self._path, conditions), group, per_child)
        elif line is Line.QUESTION:
            self._put(reader.question(node, self._path, conditions), group, per_child)
        else:
            self._block(reader, node, group=group, per_child=per_child, conditions=conditions)

    @property
    def _path(self) -> Path:
        return ("questions", len(self.questions))

    def _put(self, entry: dict[str, Any], group: str | None, per_child: bool) -> None:
        if group is not None:
            entry.setdefault("group", group)
        if per_child:
            entry["per_child"] = True
        self.questions.append(entry)

    def _calculation(self, reader: QuestionReader, node: Node) -> None:
        expression = reader.expression(node.cells, "calculation", own=None)
        if expression:
            self.imported.places[("calculations", len(self.calculations))] = node.cells.place("calculation")
            self.calculations.append({"name": reader.known.names[node.name], "expression": expression})
        elif not node.cells.by_meaning.get(("calculation", "")):
            place = node.cells.place("calculation")
            self.remarks.append(Remark("xlsform.no_calculation", place, "Nothing is calculated here.", "Write what."))

    def _block(
        self, reader: QuestionReader, node: Node, *, group: str | None, per_child: bool, conditions: tuple[str, ...]
    ) -> None:
        cells = node.cells
        if node.kind.line is Line.BEGIN_REPEAT:
            declared = cells.take(f"{OURS}{_PER_CHILD}").lower() in ("yes", "true") or node.name == _PER_CHILD
            if not declared or per_child:
                message = "A block that repeats is asked once per child, or not at all."
                remedy = (
                    f"Name it {_PER_CHILD} (or write yes in a column {OURS}{_PER_CHILD}) if it is about each child."
                )
                self.remarks.append(Remark("xlsform.repeat", cells.place("type"), message, remedy))
                return
            cells.take("repeat_count")
            if cells.texts("label"):
                message = (
                    "The label of a block that repeats is not shown; each question is asked with the child's name."
                )
                remedy = "Nothing needs to be done."
                place = cells.place("label", self.languages[0])
                self.remarks.append(Remark("xlsform.repeat_label", place, message, remedy, Weight.NOTE))
            per_child = True
        elif group is None:
            group = self._page(node)
        else:
            message = "A group within a group is shown on the page of the outer one."
            remedy = "Nothing needs to be done."
            self.remarks.append(Remark("xlsform.nested_group", cells.place("type"), message, remedy, Weight.NOTE))
            cells.texts("label")
        cells.take("appearance")
        condition = reader.expression(cells, "relevant", own=None)
        inner = (*conditions, condition) if condition else conditions
        for child in node.children:
            self._node(reader, child, group=group, per_child=per_child, conditions=inner)

    def _page(self, node: Node) -> str | None:
        """The page that a group is; a group without a title is none, and only keeps its questions together."""
        cells = node.cells
        title = cells.texts("label")
        known = str(cells.more(self.remarks).get("id", ""))
        name = known or self.groups.give(node.name or f"group_{cells.row.number}", cells.place("name"))
        if not title:
            message = "A group without a label is no page of its own."
            remedy = "Give it a label if it shall be one."
            self.remarks.append(Remark("xlsform.unnamed_group", cells.place("label"), message, remedy, Weight.NOTE))
            return None
        if all(page["id"] != name for page in self.pages):
            self.imported.places[("pages", len(self.pages))] = cells.place("label", next(iter(title)))
            self.pages.append({"id": name, "title": title})
        return name
