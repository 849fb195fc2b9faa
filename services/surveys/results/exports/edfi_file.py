"""Ed-Fi survey resources (Data Standard 5, Survey domain) as JSON: survey, questions, responses, answers; streamed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from services.surveys.domain.definition import Question, Survey, text_in
from services.surveys.domain.kinds import GRIDS, SEVERAL, QuestionType
from services.surveys.results.exports.fields import Field, Value

NAMESPACE = "uri://homeroom/survey"
FORMS = "uri://ed-fi.org/QuestionFormDescriptor#"
CATEGORY = "uri://ed-fi.org/SurveyCategoryDescriptor#Parent"

Rows = Callable[[], Iterable[Sequence[Value]]]


def write_edfi(out: BinaryIO, survey: Survey, fields: Sequence[Field], rows: Rows, *, school_year: int) -> None:
    """One JSON object of four lists, named and shaped as the resources of an Ed-Fi API."""
    parts: list[tuple[str, Iterable[dict[str, Any]]]] = [
        ("surveys", [_survey(survey, school_year)]),
        ("surveyQuestions", (_question(survey, question) for question in _asked(survey))),
        ("surveyResponses", (_response(survey, fields, row) for row in rows())),
        ("surveyQuestionResponses", (answer for row in rows() for answer in _answers(survey, fields, row))),
    ]
    out.write(b"{")
    for number, (name, resources) in enumerate(parts):
        out.write((b"," if number else b"") + json.dumps(name).encode() + b":[")
        for place, resource in enumerate(resources):
            out.write((b",\n" if place else b"\n") + json.dumps(resource, ensure_ascii=False).encode())
        out.write(b"]")
    out.write(b"}\n")


def _asked(survey: Survey) -> list[Question]:
    return [question for question in survey.questions if question.type is not QuestionType.NOTE]


def _reference(survey: Survey) -> dict[str, str]:
    return {"namespace": NAMESPACE, "surveyIdentifier": f"{survey.id}-{survey.version}"}


def _survey(survey: Survey, school_year: int) -> dict[str, Any]:
    title = text_in(survey.title, "en")[:255]
    return {
        **_reference(survey),
        "schoolYearTypeReference": {"schoolYear": school_year},
        "surveyTitle": title,
        "surveyCategoryDescriptor": CATEGORY,
    }


def _question(survey: Survey, question: Question) -> dict[str, Any]:
    if question.type in GRIDS:
        form = "Matrix of textboxes" if question.type is not QuestionType.MATRIX_SINGLE else "Matrix of dropdowns"
    elif question.type in SEVERAL:
        form = "Checkbox"
    else:
        form = "Radio box" if question.options else "Textbox"
    choices = [
        {"sortOrder": place, "textValue": text_in(option.label, "en")[:255], "numericValue": place}
        for place, option in enumerate(question.options, 1)
    ]
    matrix = [{"matrixElement": text_in(row.label, "en")[:255]} for row in question.rows]
    return {
        "surveyReference": _reference(survey),
        "questionCode": question.id,
        "questionText": text_in(question.text, "en")[:1024],
        "questionFormDescriptor": FORMS + form,
        **({"responseChoices": choices} if choices and not matrix else {}),
        **({"matrices": matrix} if matrix else {}),
    }


def _response_reference(survey: Survey, row: Sequence[Value]) -> dict[str, str]:
    return {**_reference(survey), "surveyResponseIdentifier": str(row[0])}


def _response(survey: Survey, fields: Sequence[Field], row: Sequence[Value]) -> dict[str, Any]:
    about = {field.name: value for field, value in zip(fields, row, strict=True) if field.question is None}
    found: dict[str, Any] = {"surveyReference": _reference(survey), "surveyResponseIdentifier": str(row[0])}
    submitted = about.get("submitted_at")
    if submitted is not None:
        found["responseDate"] = str(submitted)[:10]
    if about.get("guardian_id") is not None:
        found["contactReference"] = {"contactUniqueId": about["guardian_id"]}
    return found


def _answers(survey: Survey, fields: Sequence[Field], row: Sequence[Value]) -> Iterator[dict[str, Any]]:
    """One resource a question: its values, or by row of a matrix."""
    for question in _asked(survey):
        told = [
            (f, v) for f, v in zip(fields, row, strict=True) if f.question is not None and f.question.id == question.id
        ]
        given = [(field, value) for field, value in told if value is not None and value != "0"]
        answer: dict[str, Any] = {
            "surveyQuestionReference": {**_reference(survey), "questionCode": question.id},
            "surveyResponseReference": _response_reference(survey, row),
            "noResponse": not given,
        }
        if question.rows:
            elements = [{"matrixElement": field.part, **_typed(field, value)} for field, value in given]
            answer |= {"surveyQuestionMatrixElementResponses": elements} if elements else {}
        elif given:
            answer["values"] = [
                {"surveyQuestionResponseValueIdentifier": place, **_typed(field, value)}
                for place, (field, value) in enumerate(given, 1)
            ]
        yield answer


def _typed(field: Field, value: Value) -> dict[str, Any]:
    if isinstance(value, float):
        return {"numericResponse": int(value)} if value.is_integer() else {"textResponse": str(value)}
    known = field.codes.get(field.option) or field.codes.get(str(value))
    if field.option:
        return {"textResponse": field.option}
    return {"textResponse": known[1] if known else str(value)}
