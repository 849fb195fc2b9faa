"""A definition as an XLSForm. What XLSForm has no column for stands in columns of our own, so that nothing is lost on the
way back; what another program will not understand is listed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from services.surveys.definitions.filling import filled
from services.surveys.domain.definition import survey_of
from services.surveys.domain.kinds import QuestionType
from services.surveys.exchange.headers import OURS, named
from services.surveys.exchange.headers import column as header
from services.surveys.exchange.place import Place, Remark, Weight
from services.surveys.exchange.sheets import Table, tables
from services.surveys.exchange.xpath_export import Said, Unsayable, xpath_of

AGREED = "OK"  # what a ticked acknowledgement holds in XForms
_PLAIN = {
    QuestionType.TEXT: "text",
    QuestionType.LONG_TEXT: "text",
    QuestionType.NAME: "text",
    QuestionType.EMAIL: "text",
    QuestionType.PHONE: "text",
    QuestionType.TIME: "time",
    QuestionType.DATE: "date",
    QuestionType.DATETIME: "dateTime",
    QuestionType.VOICE: "audio",
    QuestionType.NOTE: "note",
}
_LISTED = {QuestionType.MULTI: "select_multiple", QuestionType.RANKING: "rank"}
_LOOKS = {
    QuestionType.LONG_TEXT: "multiline",
    QuestionType.RATING: "rating",
    QuestionType.EMAIL: "email",
    QuestionType.PHONE: "numbers",
}
_NATURAL = frozenset(
    {
        QuestionType.SINGLE, QuestionType.MULTI, QuestionType.RANKING, QuestionType.YES_NO, QuestionType.SCALE,
        QuestionType.RATING, QuestionType.NUMBER, QuestionType.TEXT, QuestionType.LONG_TEXT, QuestionType.TIME,
        QuestionType.DATE, QuestionType.DATETIME, QuestionType.MATRIX_SINGLE, QuestionType.MATRIX_MULTI,
        QuestionType.VOICE, QuestionType.NOTE, QuestionType.CONSENT,
    }
)  # fmt: skip
_GRIDS = {
    QuestionType.MATRIX_SINGLE: "select_one",
    QuestionType.MATRIX_MULTI: "select_multiple",
    QuestionType.AVAILABILITY: "select_multiple",
}
_MORE = ("declinable", "tag", "protected", "prefill", "detail", "most", "effects")  # no column of XLSForm's says these
_COLUMNS = (("sms", "sms"), ("voice", "voice"), ("detail_label", "detail"), ("unit_label", "unit"))
_SETTLED = frozenset({"survey", "languages", "title", "intro", "pages", "calculations", "questions"})


@dataclass(slots=True)
class Exported:
    """`tables`: the sheets by name; `remarks`: what only our own columns say."""

    tables: dict[str, Table]
    remarks: list[Remark] = field(default_factory=list)


def export_xlsform(content: Mapping[str, Any]) -> Exported:
    """The sheets of a definition's content."""
    return _Exporter(filled(content)).export()


class _Exporter:
    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content
        self._languages: Sequence[str] = content["languages"]
        self._exported = Exported(tables(("survey", "choices", "settings")))
        self._survey = self._exported.tables["survey"]
        self._choices = self._exported.tables["choices"]
        self._said = _names(content)

    def export(self) -> Exported:
        for group, per_child, run in _runs(self._content["questions"]):
            self._run(group, per_child, run)
        for calculation in self._content.get("calculations", ()):
            more: dict[str, Any] = {}
            xpath = self._expression(calculation["expression"], "calculation", more, calculation["name"])
            self._survey.add({"type": "calculate", "name": calculation["name"], "calculation": xpath, **_packed(more)})
        self._settings()
        return self._exported

    def _run(self, group: str | None, per_child: bool, run: Sequence[Mapping[str, Any]]) -> None:
        first = run[0]["id"]
        if group is not None:
            again = any(row.get("name") == group for row in self._survey.rows)
            titles = [page["title"] for page in self._content.get("pages", ()) if page["id"] == group]
            name = f"{group}_{first}" if again or group in self._said.names.values() else group
            self._survey.add(
                {"type": "begin_group", "name": name, **self._texts("label", titles[0] if titles else {}),
                 **_packed({} if name == group else {"id": group})}
            )  # fmt: skip
        if per_child:
            self._survey.add({"type": "begin_repeat", "name": f"per_child_{first}", f"{OURS}per_child": "yes"})
        for question in run:
            self._question(question)
        if per_child:
            self._survey.add({"type": "end_repeat"})
        if group is not None:
            self._survey.add({"type": "end_group"})

    def _question(self, question: Mapping[str, Any]) -> None:
        kind = QuestionType(question["type"])
        more = {key: question[key] for key in _MORE if key in question}
        if kind not in _NATURAL:
            more["type"] = str(kind)
        row = self._common(question, more)
        if kind in _GRIDS:
            self._grid(question, kind, row, more)
            return
        row["type"] = self._type(question, kind, more)
        row["appearance"] = "likert" if kind is QuestionType.SCALE and "options" in question else _LOOKS.get(kind, "")
        row["parameters"] = _range(question, kind, more)
        row.update(self._constraint(question, kind, more))
        self._survey.add({**row, **_packed(more)})
        self._tell(question["id"], more, row)

    def _grid(self, question: Mapping[str, Any], kind: QuestionType, row: dict[str, str], more: dict[str, Any]) -> None:
        if "constraint" in question:
            more["constraint"] = question["constraint"]
        more.update({key: question[key] for key in ("constraint_text",) if key in question})
        self._survey.add({**row, "type": "begin_group", "appearance": "table-list", **_packed(more)})
        self._list(question)
        for entry in question.get("rows", ()):
            path = f"{question['id']}.{entry['value']}"
            name = self._said.names[path]
            also = {} if name == entry["value"] else {"value": entry["value"]}
            texts = {**self._texts("label", entry["label"]), **self._texts(f"{OURS}short", entry.get("short", {}))}
            self._survey.add({"type": f"{_GRIDS[kind]} {question['id']}", "name": name, **texts, **_packed(also)})
        self._survey.add({"type": "end_group"})
        self._tell(question["id"], more, row)

    def _common(self, question: Mapping[str, Any], more: dict[str, Any]) -> dict[str, str]:
        row = {"type": "", "name": question["id"], **self._texts("label", question["text"])}
        row.update(self._texts("hint", question.get("why", {})))
        if "visible_if" in question:
            row["relevant"] = self._expression(question["visible_if"], "relevant", more, question["id"])
        required = question.get("required_if")
        if required is not None:
            always = required.strip() == "true"
            row["required"] = "yes" if always else self._expression(required, "required", more, question["id"])
        for key, column in _COLUMNS:
            row.update(self._texts(f"{OURS}{column}", question.get(key, {})))
        return row

    def _type(self, question: Mapping[str, Any], kind: QuestionType, more: dict[str, Any]) -> str:
        if kind is QuestionType.CONSENT and self._said.agreed.get(question["id"]) == AGREED:
            return "acknowledge"
        if "options" in question:
            self._list(question)
            values = sorted(option["value"] for option in question["options"])
            if (values == ["no", "yes"]) is not (kind is QuestionType.YES_NO) or kind is QuestionType.CONSENT:
                more["type"] = str(kind)
            return f"{_LISTED.get(kind, 'select_one')} {question['id']}"
        if kind is QuestionType.NUMBER:
            if question.get("step") == 1:
                return "integer"
            if "step" in question:
                more["step"] = question["step"]
            return "decimal"
        if kind in (QuestionType.SCALE, QuestionType.RATING):
            if _is_range(question, kind):
                return "range"
            more["type"] = str(kind)
            return "decimal"
        return _PLAIN.get(kind, "text")

    def _list(self, question: Mapping[str, Any]) -> None:
        for option in question["options"]:
            more = {key: value for key, value in option.items() if key in ("digit", "free", "score")}
            synonyms = option.get("synonyms", {})
            if any(";" in word for words in synonyms.values() for word in words):
                more["synonyms"], synonyms = synonyms, {}
            self._choices.add(
                {"list_name": question["id"], "name": option["value"], **self._texts("label", option["label"]),
                 **self._texts(f"{OURS}short", option.get("short", {})),
                 **self._texts(f"{OURS}synonyms", {tag: "; ".join(words) for tag, words in synonyms.items()}),
                 **_packed(more)}
            )  # fmt: skip

    def _constraint(self, question: Mapping[str, Any], kind: QuestionType, more: dict[str, Any]) -> dict[str, str]:
        bounds = [f". {sign} {question[key]}" for key, sign in (("min", ">="), ("max", "<=")) if key in question]
        if "constraint" in question:
            more.update(
                {
                    key: question[key]
                    for key in ("min", "max", "length")
                    if key in question and kind is not QuestionType.SCALE
                }
            )
            xpath = self._expression(question["constraint"], "constraint", more, question["id"], own=question["id"])
            if not xpath and (texts := question.get("constraint_text")):
                more["constraint_text"] = texts
            return {"constraint": xpath, **self._texts("constraint_message", question.get("constraint_text", {}))}
        if kind is QuestionType.NUMBER:
            more.update({key: question[key] for key in ("length",) if key in question})
            return {"constraint": " and ".join(bounds)}
        if "length" in question:
            return {"constraint": f"string-length(.) <= {question['length']}"}
        return {}

    def _expression(self, text: str, column: str, more: dict[str, Any], name: str, *, own: str | None = None) -> str:
        """XPath, with our own words beside it: they hold as long as nobody changes the cell."""
        try:
            xpath = xpath_of(text, self._said, own=own)
        except Unsayable as unsayable:
            xpath = "''" if column == "calculation" else ""  # XLSForm knows no calculation of nothing
            message = f"{name}: {column} cannot be said in XPath ({unsayable}); other programs ask without it."
            remedy = f"Keep the column {OURS}more when you edit the file."
            self._exported.remarks.append(Remark("xlsform.unsayable", Place("survey"), message, remedy, Weight.NOTE))
        more.setdefault("meant", {})[column] = [xpath, text]
        return xpath

    def _settings(self) -> None:
        content, first = self._content, self._languages[0]
        more = {key: value for key, value in content.items() if key not in _SETTLED}
        used = list(dict.fromkeys(question["group"] for question in content["questions"] if "group" in question))
        if [page["id"] for page in content.get("pages", ())] != used:
            more["pages"] = content.get("pages", [])
        title = {language: text for language, text in content["title"].items() if language != first}
        self._exported.tables["settings"].add(
            {"form_title": content["title"].get(first, ""), "form_id": content["survey"],
             "default_language": named(first), "version": survey_of(content).version,
             **self._texts(f"{OURS}title", title), **self._texts(f"{OURS}intro", content["intro"]), **_packed(more)}
        )  # fmt: skip

    def _texts(self, column: str, texts: Mapping[str, str]) -> dict[str, str]:
        return {header(column, language): texts[language] for language in self._languages if language in texts}

    def _tell(self, name: str, more: Mapping[str, Any], row: Mapping[str, str]) -> None:
        only = [key for key in more if key != "meant"] + [
            key for key, c in _COLUMNS if any(h.startswith(f"{OURS}{c}") for h in row)
        ]
        if only:
            message = f"{name}: only our own columns say {', '.join(dict.fromkeys(only))}; other programs leave it out."
            remedy = "Nothing needs to be done if the file comes back to us."
            self._exported.remarks.append(Remark("xlsform.ours_only", Place("survey"), message, remedy, Weight.NOTE))


def _runs(questions: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str | None, bool, list[Mapping[str, Any]]]]:
    """Questions that stand together on one page, asked once or once per child."""
    for (group, per_child), run in groupby(
        questions, key=lambda each: (each.get("group"), bool(each.get("per_child")))
    ):
        yield group, per_child, list(run)


def _names(content: Mapping[str, Any]) -> Said:
    """How everything that a condition may name is called in the form."""
    taken = {question["id"]: question["id"] for question in content["questions"]}
    taken |= {entry["name"]: entry["name"] for entry in content.get("calculations", ())}
    names = dict(taken)
    for question in content["questions"]:
        for row in question.get("rows", ()):
            free = row["value"] not in names.values()
            names[f"{question['id']}.{row['value']}"] = row["value"] if free else f"{question['id']}__{row['value']}"
    agreed = {
        question["id"]: AGREED
        for question in content["questions"]
        if question["type"] == QuestionType.CONSENT and not _own_words(question, content["languages"])
    }
    return Said({q["id"]: QuestionType(q["type"]) for q in content["questions"]}, names, agreed)


def _own_words(question: Mapping[str, Any], languages: Sequence[str]) -> bool:
    """Whether a consent says yes and no in words of its own."""
    bare = {key: value for key, value in question.items() if key != "options"}
    usual = filled({"languages": languages, "questions": [bare]})["questions"][0]["options"]
    return "options" in question and question["options"] != usual


def _range(question: Mapping[str, Any], kind: QuestionType, more: dict[str, Any]) -> str:
    """The parameters of a range; empty where it is none, or none that XLSForm allows (then only our column says it)."""
    sides = [key for key in ("min", "max", "step") if key in question]
    if kind not in (QuestionType.SCALE, QuestionType.RATING):
        return ""
    if not _is_range(question, kind):
        more.update({key: question[key] for key in sides})
        return ""
    if kind is QuestionType.RATING:
        more.update({key: question[key] for key in ("min", "step") if key in question})
        without = {"max"} - set(sides)
    else:
        without = {"min", "max", "step"} - set(sides)
    if without:
        more["without"] = sorted(without)  # left to the definition's own default
    start, end, step = _steps(question, kind)
    return f"start={start} end={end} step={step}"


def _steps(question: Mapping[str, Any], kind: QuestionType) -> tuple[float, float, float]:
    if kind is QuestionType.RATING:
        return 1, question.get("max", 5), 1
    return question.get("min", 1), question.get("max", 5), question.get("step", 1)


def _is_range(question: Mapping[str, Any], kind: QuestionType) -> bool:
    """XLSForm's range has a step above nothing that fits between its ends."""
    start, end, step = _steps(question, kind)
    return kind in (QuestionType.SCALE, QuestionType.RATING) and "options" not in question and 0 < step <= end - start


def _packed(more: Mapping[str, Any]) -> dict[str, str]:
    return {f"{OURS}more": json.dumps(more, ensure_ascii=False, separators=(",", ":"))} if more else {}
