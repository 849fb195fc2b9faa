"""The survey sheet as a tree: groups and repeats closed where they were opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from services.surveys.domain.kinds import QuestionType
from services.surveys.exchange.cells import Cells
from services.surveys.exchange.kinds import Kind, Line, read_kind
from services.surveys.exchange.place import Remark, Weight

OFF = frozenset({"yes", "true", "true()", "1"})
_ENDS = {Line.END_GROUP: Line.BEGIN_GROUP, Line.END_REPEAT: Line.BEGIN_REPEAT}
_DEEPEST = 20


@dataclass(slots=True)
class Node:
    """A row and, of a group or repeat, the rows in it."""

    cells: Cells
    kind: Kind
    name: str
    children: list[Node] = field(default_factory=list)

    @property
    def matrix(self) -> QuestionType | None:
        """A group shown as one table: its questions choose from one list."""
        if (
            self.kind.line is not Line.BEGIN_GROUP
            or "table-list" not in self.cells.by_meaning.get(("appearance", ""), ("", ""))[1]
        ):
            return None
        kinds = {(child.kind.type, child.kind.choices, child.kind.or_other) for child in self.children}
        if len(kinds) != 1:
            return None
        type_, choices, other = kinds.pop()
        if not choices or other:
            return None
        return {QuestionType.SINGLE: QuestionType.MATRIX_SINGLE, QuestionType.MULTI: QuestionType.MATRIX_MULTI}.get(
            type_ or QuestionType.NOTE
        )


def grow(rows: Iterable[Cells], remarks: list[Remark]) -> list[Node]:
    """The form's top rows. Comments and rows switched off are left out, and told."""
    top: list[Node] = []
    open_: list[Node] = []
    for cells in rows:
        written = cells.take("type")
        if cells.take("disabled").lower() in OFF or written.startswith("#"):
            _note(cells, "xlsform.switched_off", "This row is switched off and left out.", remarks)
            continue
        if not written:
            _typeless(cells, remarks)
            continue
        node = Node(cells, read_kind(written), cells.take("name"))
        if node.kind.line in _ENDS:
            if not open_ or open_[-1].kind.line is not _ENDS[node.kind.line]:
                place = cells.place("type")
                remarks.append(
                    Remark("xlsform.unopened", place, "Nothing is open that could end here.", "Remove the row.")
                )
            else:
                open_.pop()
            continue
        (open_[-1].children if open_ else top).append(node)
        if node.kind.line in _ENDS.values():
            open_.append(node)
            if len(open_) > _DEEPEST:
                place = cells.place("type")
                remarks.append(Remark("xlsform.too_deep", place, "Groups are nested too deeply.", "Use fewer groups."))
                return top
    for node in open_:
        place = node.cells.place("type")
        remarks.append(Remark("xlsform.unclosed", place, "This block is never closed.", "Add its end row."))
    return top


def every(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from every(node.children)


def _typeless(cells: Cells, remarks: list[Remark]) -> None:
    if cells.take("name") or cells.texts("label"):
        place = cells.place("type")
        remarks.append(Remark("xlsform.no_type", place, "This row has no type.", "Write what kind of question it is."))
    else:
        _note(cells, "xlsform.comment", "A row without type and name is a comment.", remarks)


def _note(cells: Cells, code: str, message: str, remarks: list[Remark]) -> None:
    remarks.append(Remark(code, cells.row.place(), message, "Nothing needs to be done.", Weight.NOTE))
