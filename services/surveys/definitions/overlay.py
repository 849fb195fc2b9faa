"""What a district or a school may say differently about a survey: texts, options and dates. Never what it asks or does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marshmallow import fields, validate

from services.surveys.definitions.schema import (
    DATE,
    WALL,
    ByName,
    OptionSchema,
    PageSchema,
    QuestionSchema,
    RowSchema,
    Strict,
    SurveySchema,
    comment_field,
    name_field,
    tag_field,
    text_field,
    texts_field,
    value_field,
    whole_field,
)
from services.surveys.definitions.source import Key, Layer, Source, place_in
from shared.directory.config.check import check_document
from shared.directory.config.yamlmarks import Marked, PathKey, load_marked
from shared.directory.finding import Finding

_TEXTS = ("text", "sms", "voice", "why", "detail_label", "constraint_text", "unit_label")
_FIXED = (
    {*SurveySchema().fields, *QuestionSchema().fields, *OptionSchema().fields, *RowSchema().fields, *PageSchema().fields}
)  # fmt: skip


class RewordSchema(Strict):
    """New words for an option or a row."""

    label = texts_field()
    short = texts_field()
    synonyms = ByName(keys=tag_field(), values=fields.List(fields.String(validate=validate.Length(1, 60))))


class QuestionChangesSchema(Strict):
    """`reword` and `rows` by value; `add` puts options behind the others; `remove` takes options away, with what they did."""

    text = texts_field()
    sms = texts_field()
    voice = texts_field()
    why = texts_field()
    detail_label = texts_field()
    constraint_text = texts_field()
    unit_label = texts_field()
    reword = ByName(keys=value_field(), values=fields.Nested(RewordSchema))
    rows = ByName(keys=value_field(), values=fields.Nested(RewordSchema))
    add = fields.List(fields.Nested(OptionSchema), validate=validate.Length(1, 99))
    remove = fields.List(value_field(), validate=validate.Length(1, 99))


class PageChangesSchema(Strict):
    title = texts_field(required=True)


class ChangesSchema(Strict):
    """`languages` are added to those the survey has."""

    title = texts_field()
    intro = texts_field()
    languages = fields.List(tag_field(), validate=validate.Length(1, 60))
    send_on = text_field(DATE, "a date, like 2026-09-01")
    deadline = text_field(WALL, "a time on the school's clock, like 2026-09-11T17:00")
    grace_days = whole_field(0, 60)
    pages = ByName(keys=name_field(), values=fields.Nested(PageChangesSchema))
    questions = ByName(keys=name_field(), values=fields.Nested(QuestionChangesSchema))


class OverlaySchema(Strict):
    overlay = name_field(required=True)
    because = comment_field()
    changes = fields.Nested(ChangesSchema, required=True)


@dataclass(frozen=True, slots=True)
class Overlay:
    """One overlay's file, read but not yet laid over anything."""

    name: str
    survey: str
    changes: Mapping[str, Any]
    marked: Marked

    @property
    def languages(self) -> list[str]:
        return list(self.changes.get("languages", ()))


def read_overlay(path: Path, name: str) -> tuple[Overlay | None, list[Finding]]:
    """The overlay at `path` (called `name` in findings), or what keeps it from being read."""
    marked = load_marked(path, name)
    if isinstance(marked, Finding):
        return None, [marked]
    loaded, findings = check_document(marked, OverlaySchema(), name)
    if loaded is None:
        return None, [_too_much(finding) for finding in findings]
    return Overlay(name, loaded["overlay"], loaded["changes"], marked), []


def laid_over(source: Source, overlay: Overlay) -> tuple[Source, list[Finding]]:
    """The survey with the overlay; where that names what is not there, the survey as it was, and the findings."""
    if faults := list(_unknown(source.content, overlay)):
        return source, faults
    layer = Layer(overlay.name, dict(_places(overlay.changes, overlay.marked)))
    return Source(_merged(source.content, overlay.changes), (*source.layers, layer)), []


def _too_much(finding: Finding) -> Finding:
    """A key that a definition knows and an overlay must not touch is not a slip of the pen."""
    key = (finding.field or "").rpartition(".")[2]
    if finding.code != "config.unknown_key" or key not in _FIXED:
        return finding
    return Finding(
        "survey.overlay_too_much", finding.file, finding.row, finding.field, "texts, options, dates", "more than that",
        f"an overlay changes texts, options and dates; {key} is none of them",
        f"Take {key} out, or put a whole surveys/<name>.yaml in the district's folder.", finding.column,
    )  # fmt: skip


def _unknown(content: Mapping[str, Any], overlay: Overlay) -> Iterator[Finding]:
    """What the overlay names must be there, and what it adds must not."""

    def finding(path: PathKey, what: str, known: Any, code: str = "survey.overlay_unknown") -> Finding:
        line, column = overlay.marked.place(path)
        listed = ", ".join(sorted(known)) or "none"
        return Finding(
            code,
            overlay.name,
            line,
            ".".join(map(str, path)),
            message=what,
            remedy=f"There are: {listed}.",
            column=column,
        )

    if overlay.survey != content["survey"]:
        yield finding(("overlay",), f"this overlay is for {overlay.survey}", [content["survey"]])
    questions = {entry["id"]: entry for entry in content["questions"]}
    pages = {entry["id"] for entry in content.get("pages", ())}
    for page in overlay.changes.get("pages", {}):
        if page not in pages:
            yield finding(("changes", "pages", page), f"there is no page {page}", pages)
    for question, changes in overlay.changes.get("questions", {}).items():
        here: PathKey = ("changes", "questions", question)
        if question not in questions:
            yield finding(here, f"there is no question {question}", questions)
            continue
        options = {option["value"] for option in questions[question].get("options", ())}
        rows = {row["value"] for row in questions[question].get("rows", ())}
        for part, known in (("reword", options), ("rows", rows)):
            for value in changes.get(part, {}):
                if value not in known:
                    yield finding((*here, part, value), f"{question} has no {value}", known)
        for place, value in enumerate(changes.get("remove", ())):
            if value not in options:
                yield finding((*here, "remove", place), f"{question} has no option {value}", options)
        for place, option in enumerate(changes.get("add", ())):
            if option["value"] in options:
                code = "survey.overlay_twice"
                yield finding(
                    (*here, "add", place), f"{question} has an option {option['value']} already", options, code
                )


def _merged(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(content)
    for key in ("title", "intro"):
        if key in changes:
            merged[key] = {**content[key], **changes[key]}
    for key in ("send_on", "deadline", "grace_days"):
        if key in changes:
            merged[key] = changes[key]
    if "languages" in changes:
        merged["languages"] = list(dict.fromkeys([*content["languages"], *changes["languages"]]))
    if changes.get("pages"):
        merged["pages"] = [{**page, **_texts(page, changes["pages"].get(page["id"], {}))} for page in content["pages"]]
    own = changes.get("questions", {})
    merged["questions"] = [_question(entry, own.get(entry["id"], {})) for entry in content["questions"]]
    return merged


def _texts(entry: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Each text with the languages that the change gives it."""
    return {key: {**entry.get(key, {}), **texts} for key, texts in changes.items()}


def _question(entry: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    if not changes:
        return dict(entry)
    found = {**entry, **_texts(entry, {key: changes[key] for key in _TEXTS if key in changes})}
    removed = set(changes.get("remove", ()))
    if "options" in entry or changes.get("add"):
        reword = changes.get("reword", {})
        kept = [option for option in entry.get("options", ()) if option["value"] not in removed]
        # a digit that was said by place is written down, so that taking one away does not renumber the others
        placed = {
            option["value"]: option.get("digit", place) for place, option in enumerate(entry.get("options", ()), 1)
        }
        found["options"] = [
            {**option, "digit": placed[option["value"]], **_texts(option, reword.get(option["value"], {}))}
            for option in kept
        ]
        free = max(placed.values(), default=0)
        for option in changes.get("add", ()):
            free = max(free, option.get("digit", 0)) if "digit" in option else free + 1
            found["options"].append({"digit": free, **option})
    if changes.get("rows"):
        found["rows"] = [{**row, **_texts(row, changes["rows"].get(row["value"], {}))} for row in entry["rows"]]
    if removed and "effects" in entry:
        found["effects"] = list(_effects(entry["effects"], removed))
    return found


def _effects(effects: list[dict[str, Any]], removed: set[str]) -> Iterator[dict[str, Any]]:
    """What a removed option did goes with it; a rule whose every option is gone goes whole."""
    for effect in effects:
        values = {value: what for value, what in effect.get("values", {}).items() if value not in removed}
        if "values" not in effect or not effect["values"]:
            yield effect
        elif values:
            yield {**effect, "values": values}


def _places(changes: Mapping[str, Any], marked: Marked) -> Iterator[tuple[Key, tuple[int, int]]]:
    """The overlay's lines by the keys of the content that they change."""
    for path, place in marked.places.items():
        match path:
            case ("changes", "questions", str(question), "reword", str(value), *rest):
                yield ("questions", question, "options", value, *_key(rest)), place
            case ("changes", "questions", str(question), "add", int(number), *rest):
                value = str(changes["questions"][question]["add"][number]["value"])
                yield ("questions", question, "options", value, *_key(rest)), place
            case ("changes", str(part), *rest):
                yield (part, *_key(rest)), place


def _key(rest: Sequence[str | int]) -> Key:
    return tuple(place_in(part) if isinstance(part, int) else part for part in rest)
