"""A definition as SurveyJS JSON, for its editor and its form library. What it has no property for is listed, not invented:
an unknown property would be refused by its own schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.surveys.definitions.filling import filled
from services.surveys.domain.kinds import QuestionType
from services.surveys.exchange.place import Place, Remark, Weight
from services.surveys.expressions.parsing import parse
from services.surveys.expressions.printing import text_of

_INPUTS = {
    QuestionType.NUMBER: "number",
    QuestionType.EMAIL: "email",
    QuestionType.PHONE: "tel",
    QuestionType.TIME: "time",
    QuestionType.DATE: "date",
    QuestionType.DATETIME: "datetime-local",
}
_UNSAID = (
    "sms", "voice", "declinable", "tag", "protected", "prefill", "detail", "detail_label", "effects", "unit_label",
)  # fmt: skip
_SETTINGS = ("identified", "modes", "send_on", "deadline", "grace_days", "quotas", "carry")
LIST = "choice"  # the one column of a table where several are ticked


def export_surveyjs(content: Mapping[str, Any]) -> tuple[dict[str, Any], list[Remark]]:
    """The JSON, and what it cannot say."""
    return _Exporter(filled(content)).export()


class _Exporter:
    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content
        self._languages: Sequence[str] = content["languages"]
        self._remarks: list[Remark] = []

    def export(self) -> tuple[dict[str, Any], list[Remark]]:
        content = self._content
        survey: dict[str, Any] = {
            "title": self._texts(content["title"]),
            "description": self._texts(content["intro"]),
            "clearInvisibleValues": "onHidden",  # an answer that is not asked for counts as none, as with us
            "pages": self._pages(),
        }
        if content.get("calculations"):
            survey["calculatedValues"] = [
                {"name": entry["name"], "expression": _expression(entry["expression"])}
                for entry in content["calculations"]
            ]
        if unsaid := [key for key in _SETTINGS if key in content]:
            self._leave("the survey", unsaid)
        return survey, self._remarks

    def _pages(self) -> list[dict[str, Any]]:
        titles = {page["id"]: page["title"] for page in self._content.get("pages", ())}
        pages: list[dict[str, Any]] = []
        for question in self._content["questions"]:
            group = question.get("group")
            name = group or "page"
            if not pages or pages[-1]["name"].partition("#")[0] != name:
                again = sum(page["name"].partition("#")[0] == name for page in pages)
                page: dict[str, Any] = {"name": f"{name}#{again + 1}" if again else name, "elements": []}
                if group in titles:
                    page["title"] = self._texts(titles[group])
                pages.append(page)
            pages[-1]["elements"].append(self._element(question))
        return pages

    def _element(self, question: Mapping[str, Any]) -> dict[str, Any]:
        kind = QuestionType(question["type"])
        element: dict[str, Any] = {"type": "", "name": question["id"], "title": self._texts(question["text"])}
        element.update(_KINDS[kind](self, question))
        if kind is QuestionType.NOTE:
            element.pop("title")
        elif why := question.get("why"):
            element["description"] = self._texts(why)
        element.update(self._conditions(question))
        unsaid = [key for key in _UNSAID if key in question]
        unsaid += [
            f"options.{key}"
            for key in ("short", "synonyms", "digit", "free")
            if any(key in o for o in question.get("options", ()))
        ]
        if kind is QuestionType.AVAILABILITY:
            unsaid.append("that it is about free hours")
        if unsaid:
            self._leave(question["id"], unsaid)
        if not question.get("per_child"):
            return element
        return {
            "type": "paneldynamic", "name": f"per_child_{question['id']}", "titleLocation": "hidden",
            "templateElements": [element], "panelCount": 1,
        }  # fmt: skip

    def _conditions(self, question: Mapping[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = {}
        if "visible_if" in question:
            said["visibleIf"] = _expression(question["visible_if"])
        required = question.get("required_if")
        if required is not None:
            said.update({"isRequired": True} if required.strip() == "true" else {"requiredIf": _expression(required)})
        if "constraint" in question:
            validator = {"type": "expression", "expression": _expression(question["constraint"])}
            if texts := question.get("constraint_text"):
                validator["text"] = self._texts(texts)
            said["validators"] = [validator]
        return said

    def _choices(self, question: Mapping[str, Any]) -> dict[str, Any]:
        kind = QuestionType(question["type"])
        types = {QuestionType.MULTI: "checkbox", QuestionType.RANKING: "ranking", QuestionType.LANGUAGE: "dropdown"}
        said: dict[str, Any] = {"type": types.get(kind, "radiogroup"), "choices": self._items(question["options"])}
        if "most" in question:
            said["maxSelectedChoices"] = question["most"]
            if kind is QuestionType.RANKING:
                said["selectToRankEnabled"] = True
        return said

    def _boolean(self, question: Mapping[str, Any]) -> dict[str, Any]:
        said: dict[str, Any] = {"type": "boolean"}
        labels = {option["value"]: option["label"] for option in question.get("options", ())}
        for value, key in (("yes", "labelTrue"), ("no", "labelFalse")):
            if value in labels:
                said[key] = self._texts(labels[value])
        if question["type"] == QuestionType.CONSENT:
            said["renderAs"] = "checkbox"
        return said

    def _scale(self, question: Mapping[str, Any]) -> dict[str, Any]:
        if question["type"] == QuestionType.RATING:
            return {"type": "rating", "rateType": "stars", "rateMax": question.get("max", 5)}
        if "options" in question:
            points = [
                {"value": option.get("score", place), "text": self._texts(option["label"])}
                for place, option in enumerate(question["options"], 1)
            ]
            return {"type": "rating", "rateValues": points, "autoGenerate": False}
        low, high, step = question.get("min", 1), question.get("max", 5), question.get("step", 1)
        return {"type": "rating", "rateMin": low, "rateMax": high, "rateStep": step}

    def _input(self, question: Mapping[str, Any]) -> dict[str, Any]:
        kind = QuestionType(question["type"])
        said: dict[str, Any] = {"type": "comment" if kind is QuestionType.LONG_TEXT else "text"}
        if kind in _INPUTS:
            said["inputType"] = _INPUTS[kind]
        if kind is QuestionType.NAME:
            said["autocomplete"] = "name"
        said.update({key: question[key] for key in ("min", "max", "step") if key in question})
        if "length" in question:
            said["maxLength"] = question["length"]
        return said

    def _grid(self, question: Mapping[str, Any]) -> dict[str, Any]:
        rows = self._items(question["rows"])
        if question["type"] == QuestionType.MATRIX_SINGLE:
            return {"type": "matrix", "columns": self._items(question["options"]), "rows": rows}
        column = {"name": LIST, "cellType": "checkbox"}
        return {
            "type": "matrixdropdown",
            "columns": [column],
            "choices": self._items(question["options"]),
            "rows": rows,
        }

    def _voice(self, question: Mapping[str, Any]) -> dict[str, Any]:
        return {"type": "file", "acceptedTypes": "audio/*"}

    def _note(self, question: Mapping[str, Any]) -> dict[str, Any]:
        return {"type": "html", "html": self._texts({tag: _escaped(text) for tag, text in question["text"].items()})}

    def _items(self, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [{"value": entry["value"], "text": self._texts(entry["label"])} for entry in entries]

    def _texts(self, texts: Mapping[str, str]) -> Any:
        """One text, or by language; English is what its `default` means."""
        found = {language: texts[language] for language in self._languages if language in texts}
        if list(found) == ["en"]:
            return found["en"]
        return {"default" if language == "en" else language: text for language, text in found.items()}

    def _leave(self, name: str, keys: Sequence[str]) -> None:
        message = f"{name}: SurveyJS cannot say {', '.join(keys)}; it is left out."
        remedy = "Keep the definition; what comes back from SurveyJS lacks it."
        self._remarks.append(Remark("surveyjs.unsayable", Place(), message, remedy, Weight.NOTE))


def _expression(text: str) -> str:
    return text_of(parse(text), surveyjs=True)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_KINDS: dict[QuestionType, Callable[[_Exporter, Mapping[str, Any]], dict[str, Any]]] = {
    **dict.fromkeys((QuestionType.SINGLE, QuestionType.MULTI, QuestionType.RANKING, QuestionType.LANGUAGE), _Exporter._choices),
    **dict.fromkeys((QuestionType.YES_NO, QuestionType.CONSENT), _Exporter._boolean),
    **dict.fromkeys((QuestionType.SCALE, QuestionType.RATING), _Exporter._scale),
    **dict.fromkeys((QuestionType.MATRIX_SINGLE, QuestionType.MATRIX_MULTI, QuestionType.AVAILABILITY), _Exporter._grid),
    **dict.fromkeys(
        (QuestionType.NUMBER, QuestionType.TEXT, QuestionType.LONG_TEXT, QuestionType.NAME, QuestionType.EMAIL,
         QuestionType.PHONE, QuestionType.TIME, QuestionType.DATE, QuestionType.DATETIME), _Exporter._input,
    ),
    QuestionType.VOICE: _Exporter._voice,
    QuestionType.NOTE: _Exporter._note,
}  # fmt: skip
