"""The last look at what was imported: the definition's own schema and lint, each fault at its place in the other's file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from services.surveys.definitions.filling import filled
from services.surveys.definitions.schema import SurveySchema
from services.surveys.domain.definition import survey_of
from services.surveys.domain.lint import Fault, lint
from services.surveys.exchange.imported import Imported, Path
from services.surveys.exchange.place import Remark, Weight
from services.surveys.words import skip_label

_MISSING = "Missing data for required field."
# What a form of another kind may lack; it is imported, and completed before anybody is asked.
_LACKING = frozenset({"title", "intro", "languages", "kind"})


def finish(imported: Imported) -> Imported:
    """The same, with everything said that keeps it from being asked."""
    if imported.refused:
        return imported
    content = imported.content
    faults = list(_schema(content))
    for path, text in faults:
        lacking = (text == _MISSING and path[-1] in _LACKING) or "en among" in text
        weight = Weight.COMPLETE if lacking else Weight.REFUSED
        where = ".".join(str(part) for part in path)
        message = f"{where} is missing" if text == _MISSING else f"{where}: {text}"
        imported.remarks.append(
            Remark(
                "survey.missing" if lacking else "survey.invalid",
                imported.place(path),
                message,
                _remedy(text, path),
                weight,
            )
        )
    if not imported.refused:
        survey = survey_of(filled(_whole(content)))
        known = {(remark.code, remark.place) for remark in imported.remarks}
        for fault in lint(survey, skip={language: skip_label(language) for language in survey.languages}):
            place = imported.place(fault.path)
            if fault.path[0] in content and (fault.code, place) not in known:
                remedy = fault.remedy or "Correct this before the survey is asked."
                weight = Weight.NOTE if fault.warning else Weight.COMPLETE
                imported.remarks.append(Remark(fault.code, place, _about(fault), remedy, weight))
    return imported


def _about(fault: Fault) -> str:
    """What of a question is meant: its cell may stand for several texts."""
    part = ".".join(str(each) for each in fault.path[2:])
    return f"{part}: {fault.message}" if part else fault.message


def _whole(content: Mapping[str, Any]) -> dict[str, Any]:
    """With a mark where something is lacking, so that the rest can be looked at, too."""
    marks = dict.fromkeys(content["languages"], "\N{MIDDLE DOT}")
    return {"title": marks, "intro": marks, **content}


def _schema(content: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    try:
        SurveySchema().load(dict(content))
    except ValidationError as error:
        yield from _flat(error.messages, ())


def _flat(messages: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flat(
                inner, path if key in ("_schema", "value", "key") and isinstance(inner, list) else (*path, key)
            )
    else:
        for text in messages:
            yield path, str(text)


def _remedy(text: str, path: Path) -> str:
    if "en among" in text:
        return "Add a column of English texts (label::English (en)): it is what a reader of any other language falls back to."
    if text == _MISSING:
        return f"Write `{path[-1]}` in the definition before the survey is asked."
    return (
        f"Write {text.removeprefix('expected ').rstrip('.')}."
        if text.startswith("expected ")
        else "Correct this place."
    )
