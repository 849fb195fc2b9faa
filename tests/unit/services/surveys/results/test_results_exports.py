"""Responses handed to other programs, read back with readers that are not ours."""

from __future__ import annotations

import csv
import io
import json
import struct
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyreadstat
import pytest
from lxml import etree
from openpyxl import load_workbook

from services.surveys.domain.definition import survey_of
from services.surveys.domain.given import Given
from services.surveys.domain.kinds import Privacy
from services.surveys.results.exports import Format, write
from services.surveys.results.exports.fields import fields_of, row_of
from tests.unit.services.surveys.results.resultsworld import SURVEY, town
from tests.unit.services.surveys.surveyhouse import DUE, House

NOW = datetime(2026, 9, 12, tzinfo=UTC)
LONG = "é" * 700
CONTENT = {
    **SURVEY,
    "questions": [
        *SURVEY["questions"],
        {
            "id": "children", "type": "number", "text": {"en": "How many children?"}, "sms": {"en": "How many?"},
            "why": {"en": "To plan."},
        },
        {
            "id": "days", "type": "matrix_single", "text": {"en": "When?"}, "sms": {"en": "When?"}, "why": {"en": "To plan."},
            "rows": [{"value": "mon", "label": {"en": "Monday"}}, {"value": "tue", "label": {"en": "Tuesday"}}],
            "options": [{"value": "am", "digit": 1, "label": {"en": "Morning"}}, {"value": "pm", "digit": 2, "label": {"en": "Evening"}}],
        },
    ],
}  # fmt: skip
FIRST = {
    "welcome": Given(values=("partly",)),
    "needs": Given(values=("coats",)),
    "words": Given(text="=HYPERLINK(1)"),
    "children": Given(number=3.0),
    "days": Given(cells={"mon": ("pm",)}),
}
SECOND = {"welcome": Given(declined=True), "words": Given(text=LONG)}
ABOUT = {
    "response": "r-1", "school": "Northgate", "guardian_id": "g-1", "guardian": "Ana Rivera", "grade": "03", "language": "es",
    "via": "web", "submitted_at": "2026-09-01T14:00+00:00", "weight": 1.25,
}  # fmt: skip


@pytest.fixture
def survey():
    return survey_of(CONTENT)


def made(survey, form: Format) -> bytes:
    fields = fields_of(survey)
    rows = [row_of(fields, ABOUT, FIRST), row_of(fields, {**ABOUT, "response": "r-2", "weight": None}, SECOND)]
    out = io.BytesIO()
    assert write(out, form, survey, lambda: iter(rows), now=NOW, school_year=2027) == 2
    return out.getvalue()


def test_a_csv_never_runs_what_a_family_wrote(survey):
    lines = list(csv.DictReader(io.StringIO(made(survey, Format.CSV).decode("utf-8-sig"))))
    assert lines[0]["words"] == "'=HYPERLINK(1)"
    assert (lines[0]["welcome"], lines[0]["needs__coats"], lines[0]["needs__bus"], lines[0]["children"]) == (
        "partly",
        "1",
        "0",
        "3",
    )
    assert (lines[0]["days__mon"], lines[0]["days__tue"], lines[1]["welcome"], lines[1]["words"]) == (
        "pm",
        "",
        "",
        LONG,
    )


def test_a_workbook_has_typed_cells_a_frozen_header_and_no_formula(survey):
    book = load_workbook(io.BytesIO(made(survey, Format.XLSX)))
    sheet = book["responses"]
    header = [cell.value for cell in sheet[1]]
    first = dict(zip(header, sheet[2], strict=True))
    assert sheet.freeze_panes == "A2"
    assert first["words"].data_type == "s" and first["words"].value == "=HYPERLINK(1)"
    assert first["children"].value == 3 and first["needs__coats"].value == 1 and first["weight"].value == 1.25
    assert ("welcome", "I feel welcome", "partly", "Partly") in list(book["columns"].iter_rows(values_only=True))


def test_spss_reads_labels_numbers_and_very_long_words(survey, tmp_path: Path):
    path = tmp_path / "belonging.sav"
    path.write_bytes(made(survey, Format.SAV))
    data, about = pyreadstat.read_sav(str(path), output_format="dict")
    assert about.column_names_to_labels["welcome"] == "I feel welcome"
    assert about.variable_value_labels["welcome"] == {1.0: "Yes", 2.0: "Partly", 3.0: "No"}
    assert next(iter(data["welcome"])) == 2.0
    assert list(data["words"]) == ["=HYPERLINK(1)", LONG]
    assert next(iter(data["children"])) == 3.0 and next(iter(data["needs__coats"])) == 1.0
    assert next(iter(data["days__mon"])) == 2.0 and list(data["guardian"]) == ["Ana Rivera"] * 2
    assert struct.unpack("<i", path.read_bytes()[64:68]) == (2,)


def test_the_code_book_says_what_every_column_means(survey):
    root = etree.fromstring(made(survey, Format.DDI))
    space = {"d": "ddi:codebook:2_5"}
    assert root.xpath("string(//d:titl)", namespaces=space) == "How is school?"
    welcome = root.xpath("//d:var[@name='welcome']", namespaces=space)[0]
    assert [child.tag.split("}")[1] for child in welcome] == ["labl", "qstn", "catgry", "catgry", "catgry", "varFormat"]
    assert root.xpath("string(//d:caseQnty)", namespaces=space) == "2"
    assert len(root.xpath("//d:var", namespaces=space)) == int(root.xpath("string(//d:varQnty)", namespaces=space))


def test_ed_fi_resources_refer_to_each_other(survey):
    told = json.loads(made(survey, Format.EDFI))
    codes = {one["questionCode"] for one in told["surveyQuestions"]}
    answers = told["surveyQuestionResponses"]
    assert len(told["surveys"]) == 1 and len(told["surveyResponses"]) == 2 and len(answers) == 2 * len(codes)
    assert {one["surveyQuestionReference"]["questionCode"] for one in answers} == codes
    first = next(one for one in answers if one["surveyQuestionReference"]["questionCode"] == "children")
    assert first["values"][0]["numericResponse"] == 3
    days = next(one for one in answers if one["surveyQuestionReference"]["questionCode"] == "days")
    assert days["surveyQuestionMatrixElementResponses"] == [{"matrixElement": "mon", "textResponse": "Evening"}]
    assert answers[len(codes)]["noResponse"] is True


def test_confidential_names_nobody_and_anonymous_has_no_time_either(survey):
    confidential = {field.name for field in fields_of(replace(survey, identified=Privacy.CONFIDENTIAL))}
    anonymous = {
        field.name for field in fields_of(replace(survey, identified=Privacy.ANONYMOUS)) if field.question is None
    }
    assert not {"guardian", "guardian_id"} & confidential and "submitted_at" in confidential
    assert anonymous == {"response", "school"}


@pytest.fixture
def answered(empty: House) -> House:
    town(empty)
    empty.clock.advance_to(DUE)
    return empty


PATH = "/surveys/results/belonging/2026"


@pytest.mark.parametrize("form", list(Format))
def test_the_district_takes_every_response_in_every_format(answered, form):
    found = answered.as_staff("d-lead", "administrator", ()).get(f"{PATH}/responses/{form}")
    assert found.status_code == 200 and len(found.content) > 1000
    viewed = answered.said("district.record_viewed")
    assert {(event.data["action"], event.data["subject_id"]) for event in viewed} >= {
        ("export", "green"),
        ("export", "north"),
    }


def test_a_principal_takes_their_own_school_only(answered):
    found = answered.as_staff("p-1", "principal", ("north",)).get(f"{PATH}/responses/csv")
    lines = list(csv.DictReader(io.StringIO(found.content.decode("utf-8-sig"))))
    assert len(lines) == 73 and {line["school"] for line in lines} == {"Northgate"}
    assert lines[0]["guardian"].startswith("Jo =Lee")
    assert all(float(line["weight"]) > 0 for line in lines)


def test_a_teacher_takes_none(answered):
    assert answered.as_staff("t-1", "teacher", ("north",)).get(f"{PATH}/responses/csv").status_code == 403


def test_the_figures_for_a_spreadsheet_are_those_of_the_page(answered):
    found = answered.as_staff("p-1", "principal", ("north",)).get(f"{PATH}/figures.csv")
    lines = list(csv.DictReader(io.StringIO(found.content.decode("utf-8-sig"))))
    assert {line["school"] for line in lines} == {"Northgate"}
    assert {line["n"] for line in lines} == {"73"}
    assert any(line["share"].startswith("hidden") or line["share"].startswith("<") for line in lines)
