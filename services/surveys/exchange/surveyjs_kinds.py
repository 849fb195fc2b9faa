"""SurveyJS's types of question, and ours; an element of its JSON that remembers its path and what was read of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from services.surveys.domain.kinds import QuestionType
from services.surveys.exchange.names import Names
from services.surveys.exchange.place import Place, Remark

BLOCKS = frozenset({"panel", "paneldynamic"})
LOOKS = frozenset(
    """
    width minWidth maxWidth startWithNewLine indent titleLocation descriptionLocation errorLocation colCount columnMinWidth
    columnMaxWidth rowTitleWidth size rows cols autoGrow allowResize showNumber showQuestionNumbers showProgressBar
    progressBarLocation
    progressBarType logo logoWidth logoHeight logoFit logoPosition widthMode showTitle showPageTitles showCompletePage questionOrder
    questionsOnPageMode showPreviewBeforeComplete checkErrorsMode textUpdateMode completedHtml completedBeforeHtml loadingHtml
    completeText pageNextText pagePrevText startSurveyText previewText editText requiredMark questionStartIndex questionTitlePattern
    questionTitleLocation questionDescriptionLocation questionErrorLocation showNavigationButtons navigationButtonsLocation
    showPrevButton showTOC tocLocation headerView fitToContainer backgroundImage backgroundOpacity placeholder textWrapEnabled
    rateDisplayMode rateColorMode scaleColorMode displayMode minRateDescription maxRateDescription autoGenerate rateCount
    itemSize searchEnabled searchMode choicesOrder minErrorText maxErrorText requiredErrorText swapOrder titleTrue labelFalse
    otherText otherPlaceholder noneText alternateRows rowsOrder columnLayout clearInvisibleValues
    selectToRankEnabled innerIndent page sjsVersion $schema surveyId maxTextLength showBrandInfo
    state navigationTitle addPanelText removePanelText panelAddText panelRemoveText templateTitle noEntriesText""".split()
) - {"rows", "labelFalse"}
_INPUTS = {
    "text": QuestionType.TEXT,
    "number": QuestionType.NUMBER,
    "range": QuestionType.SCALE,
    "email": QuestionType.EMAIL,
    "tel": QuestionType.PHONE,
    "time": QuestionType.TIME,
    "date": QuestionType.DATE,
    "datetime-local": QuestionType.DATETIME,
    "datetime": QuestionType.DATETIME,
}
_TYPES = {
    "radiogroup": QuestionType.SINGLE,
    "buttongroup": QuestionType.SINGLE,
    "dropdown": QuestionType.SINGLE,
    "checkbox": QuestionType.MULTI,
    "tagbox": QuestionType.MULTI,
    "ranking": QuestionType.RANKING,
    "comment": QuestionType.LONG_TEXT,
    "matrix": QuestionType.MATRIX_SINGLE,
    "html": QuestionType.NOTE,
}


class Element:
    """A JSON object at a path; what nobody took is told in the end."""

    def __init__(self, said: Mapping[str, Any], path: str) -> None:
        self.said, self.path = said, path
        self.around: tuple[str, Place] | None = None  # the condition of its page
        self._taken: set[str] = set()

    @property
    def type(self) -> str:
        return str(self.said.get("type", ""))

    def value(self, key: str) -> Any:
        return self.said.get(key)

    def take(self, key: str) -> Any:
        self._taken.add(key)
        return self.said.get(key)

    def place(self, key: str) -> Place:
        return Place(f"{self.path}.{key}".lstrip("."))

    def left(self) -> list[str]:
        return [str(key) for key in self.said if key not in self._taken]

    def elements(self, key: str, remarks: list[Remark]) -> Iterator[Element]:
        """The objects of a list; what is none is refused."""
        found = self.take(key)
        if found is not None and not isinstance(found, list):
            remarks.append(Remark("surveyjs.value", self.place(key), f"{key} is a list.", "Correct it."))
            return
        for number, each in enumerate(found or ()):
            path = f"{self.path}.{key}[{number}]".lstrip(".")
            if isinstance(each, dict):
                yield Element(each, path)
            else:
                remarks.append(Remark("surveyjs.value", Place(path), "An object is expected here.", "Correct it."))

    def items(self, key: str, remarks: list[Remark]) -> Iterator[Element]:
        """Choices: `"a"`, `3` or `{"value": "a", "text": …}`."""
        found = self.take(key)
        for number, each in enumerate(found if isinstance(found, list) else ()):
            path = f"{self.path}.{key}[{number}]".lstrip(".")
            if isinstance(each, dict) and "value" not in each and "name" in each:  # a column of a table
                each = {
                    **{k: v for k, v in each.items() if k not in ("name", "title")},
                    "value": each["name"],
                    "text": each.get("title"),
                }
            if isinstance(each, dict) and isinstance(each.get("value"), str | int | float):
                yield Element({k: v for k, v in each.items() if v is not None}, path)
            elif isinstance(each, str | int | float):
                yield Element({"value": each}, path)
            else:
                remarks.append(Remark("surveyjs.value", Place(path), "A choice has a value.", "Correct it."))

    def values(self) -> dict[str, str]:
        """Choices by what they are called here; a number gets a letter before it."""
        names = Names([], "choice", letter="c", capitals=True)
        found: dict[str, str] = {}
        for key in ("choices", "rateValues", "columns"):
            for item in self.items(key, []):
                found[str(item.value("value"))] = names.plain(str(item.value("value")))
        self._taken -= {"choices", "rateValues", "columns"}
        return found


def kind_of(element: Element, remarks: list[Remark]) -> QuestionType | None:
    """Ours; None, and a remark, where there is none."""
    kind, why = _kind(element)
    element.take("type")
    if kind is None:
        remedy = "Ask it another way, or leave it out."
        remarks.append(Remark("surveyjs.unknown_type", element.place("type"), why, remedy))
    return kind


def _kind(element: Element) -> tuple[QuestionType | None, str]:
    why = f"A question of the type {element.type[:40]} cannot be asked in every way a family may answer."
    if element.type == "text":
        if element.take("autocomplete") == "name":
            return QuestionType.NAME, ""
        return _INPUTS.get(str(element.take("inputType") or "text")), "This kind of input cannot be asked in every way."
    if element.type == "boolean":
        return (QuestionType.CONSENT if element.take("renderAs") == "checkbox" else QuestionType.YES_NO), ""
    if element.type == "rating":
        return (QuestionType.RATING if element.take("rateType") in ("stars", "smileys") else QuestionType.SCALE), ""
    if element.type == "file":
        audio = str(element.take("acceptedTypes") or "").startswith("audio")
        return (QuestionType.VOICE if audio else None), "Of files, only a recorded answer (audio/*) can be asked for."
    if element.type == "matrixdropdown":
        columns = element.value("columns")
        ticked = isinstance(columns, list) and len(columns) == 1 and isinstance(columns[0], dict)
        ticked = (
            ticked and columns[0].get("cellType") == "checkbox" and not set(columns[0]) - {"name", "cellType", "title"}
        )
        return (
            QuestionType.MATRIX_MULTI if ticked else None
        ), "Of such tables, only one column of boxes can be asked for."
    return _TYPES.get(element.type), why
