"""A definition goes into a spreadsheet and comes back the same: shipped ones and random ones, as .xlsx and as .csv."""

from __future__ import annotations

import copy
import io
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pyxform.xls2xform import convert

from services.surveys.definitions.filling import filled
from services.surveys.definitions.library import SHIPPED
from services.surveys.definitions.load import check
from services.surveys.exchange.document import written
from services.surveys.exchange.place import Weight
from services.surveys.exchange.sheets import FORMULA, Table, harmless, meant, to_csv, to_xlsx
from services.surveys.exchange.xlsform_export import export_xlsform
from services.surveys.exchange.xlsform_import import import_xlsform
from tests.unit.services.surveys.definitions_random import contents

NAMES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
FORMS = {"xlsx": to_xlsx, "csv": to_csv}


def shipped(name: str) -> dict[str, Any]:
    definition, findings = check(SHIPPED / f"{name}.yaml", name)
    assert definition is not None
    assert findings == []
    return dict(definition.content)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_survey_comes_back_as_it_went(name: str, form: str) -> None:
    content = shipped(name)
    imported = import_xlsform(FORMS[form](export_xlsform(content).tables), stem=name)
    assert [each for each in imported.remarks if each.weight is not Weight.NOTE] == []
    assert filled(imported.content) == content


@given(contents())
@settings(max_examples=40, deadline=None)
def test_any_definition_comes_back_as_it_went(content: dict[str, Any]) -> None:
    for write in FORMS.values():
        imported = import_xlsform(write(export_xlsform(content).tables), stem="s")
        assert [each for each in imported.remarks if each.weight is Weight.REFUSED] == []
        assert _said(imported.content) == _said(content)


@st.composite
def decorated(draw: st.DrawFn) -> dict[str, Any]:
    """A definition with all that stands around its questions: pages, conditions, other languages, effects, settings."""
    content = draw(contents())
    content["languages"] = ["en", "es"]
    for texts in (content["title"], content["intro"]):
        texts["es"] = draw(st.sampled_from(["Hola", "=1+1", "'-x", "a;b"]))
    seen: list[dict[str, Any]] = []
    for question in content["questions"]:
        for texts in (
            question["text"],
            question.get("why", {}),
            *(option["label"] for option in question.get("options", ())),
        ):
            texts["es"] = f"{texts.get('en', 'x')} (es)"
        if draw(st.booleans()):
            question["group"] = draw(st.sampled_from(["first", "second", "q"]))
        if seen and draw(st.booleans()):
            question["visible_if"] = draw(st.sampled_from(_conditions(draw(st.sampled_from(seen)))))
        if draw(st.booleans()):
            question["required_if"] = "true"
        question["sms"] = {"en": draw(st.sampled_from(["Short?", "@me", "+1"])), "es": "Corto?"}
        if draw(st.booleans()):
            question |= {
                "constraint": f"{{{question['id']}}} notempty",
                "constraint_text": {"en": "Please.", "es": "Por favor."},
            }
        if draw(st.booleans()) and question["type"] in ("single", "multi"):
            question["effects"] = [{"rule": "barrier", "values": {question["options"][0]["value"]: "no_internet"}}]
            question["options"][0]["synonyms"] = {"en": draw(st.sampled_from([["one", "two"], ["a; b"]]))}
        seen.append(question)
    used = dict.fromkeys(question["group"] for question in content["questions"] if "group" in question)
    if used:
        content["pages"] = [
            {"id": group, "title": {"en": group.title(), "es": group}} for group in draw(st.permutations(list(used)))
        ]
    if draw(st.booleans()):
        content |= {"identified": "confidential", "deadline": "2026-09-11T17:00", "grace_days": 3}
        content["calculations"] = [
            {"name": "total", "expression": draw(st.sampled_from(["1 + 2", "age('2019-01-01')"]))}
        ]
        content["quotas"] = [{"id": "few", "condition": "{total} > 1", "most": 5}]
    return content


def _conditions(earlier: dict[str, Any]) -> list[str]:
    named = f"{{{earlier['id']}}}"
    said = [f"{named} notempty", f"not ({named} empty)", f"{named} = 'a' or {named} = 'b'", f"count({named}) > 1"]
    if "rows" in earlier:
        said.append(f"{{{earlier['id']}.{earlier['rows'][0]['value']}}} = 'a'")
    return said


@given(decorated())
@settings(max_examples=50, deadline=None)
def test_all_that_stands_around_the_questions_comes_back_too(content: dict[str, Any]) -> None:
    for write in FORMS.values():
        imported = import_xlsform(write(export_xlsform(content).tables), stem="s")
        assert [each for each in imported.remarks if each.weight is Weight.REFUSED] == []
        assert _said(imported.content) == _said(content)


@pytest.mark.parametrize("name", NAMES)
def test_other_programs_can_open_what_goes_out(name: str) -> None:
    raw = to_xlsx(export_xlsform(shipped(name)).tables)
    form = convert(xlsform=raw, file_type=".xlsx", validate=False, warnings=[]).xform
    languages = set(re.findall(r'<translation [^>]*lang="[^"(]*\((\w+)\)"', form))
    assert languages == {"en", "es", "so", "vi", "ar", "gu"}


def test_conditions_are_conditions_in_the_xform() -> None:
    raw = to_xlsx(export_xlsform(shipped("needs")).tables)
    form = convert(xlsform=raw, file_type=".xlsx", validate=False, warnings=[]).xform
    (relevant,) = re.findall(r'<bind nodeset="/data/call_from"[^>]*relevant="([^"]*)"', form)
    assert " ".join(relevant.split()) == "/data/may_refer = 'OK'"


def test_what_only_our_columns_say_is_told() -> None:
    told = [each.message for each in export_xlsform(shipped("needs")).remarks]
    assert any("help_with" in each and "effects" in each for each in told)


def test_a_condition_that_was_changed_in_the_spreadsheet_is_the_spreadsheets() -> None:
    tables = export_xlsform(shipped("needs")).tables
    rows = [dict(row) for row in tables["survey"].rows]
    changed = next(row for row in rows if row.get("name") == "call_from")
    assert changed["relevant"] == "${may_refer} = 'OK'"
    changed["relevant"] = "selected(${help_with}, 'food')"
    tables["survey"].rows = list(rows)
    imported = import_xlsform(to_xlsx(tables), stem="needs")
    assert imported.content["questions"][2]["visible_if"] == "{help_with} contains 'food'"


def test_a_condition_that_xpath_cannot_say_is_kept_in_our_words_and_told() -> None:
    content = shipped("needs")
    content["questions"][2]["visible_if"] = "age({call_from}) > 3"
    exported = export_xlsform(content)
    assert [each.code for each in exported.remarks if "age()" in each.message] == ["xlsform.unsayable"]
    assert (
        import_xlsform(to_xlsx(exported.tables), stem="needs").content["questions"][2]["visible_if"]
        == "age({call_from}) > 3"
    )


@pytest.mark.parametrize("attack", ['=HYPERLINK("http://x","y")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx=1"])
def test_no_cell_becomes_a_formula(attack: str) -> None:
    content = copy.deepcopy(shipped("poll"))
    content["questions"][0]["text"]["en"] = attack
    tables = export_xlsform(content).tables
    cells = [cell for sheet in load_workbook(io.BytesIO(to_xlsx(tables))) for row in sheet.iter_rows() for cell in row]
    attacked = [cell for cell in cells if cell.value == attack]
    assert attacked
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in attacked)
    for line in to_csv(tables).decode("utf-8-sig").splitlines():
        assert not any(cell.strip('"').startswith(FORMULA) for cell in line.split(","))


@given(st.text(alphabet="'=+-@\t\rab", max_size=6))
def test_a_harmless_cell_means_what_it_meant(text: str) -> None:
    assert meant(harmless(text)) == text
    assert not harmless(text).startswith(FORMULA)


def test_an_empty_table_has_its_header_only() -> None:
    table = Table()
    table.add({"a": "1", "b": ""})
    assert table.lines() == [["a"], ["1"]]


@pytest.mark.parametrize("name", NAMES)
def test_a_definition_written_out_reads_back(name: str, tmp_path: Any) -> None:
    content = shipped(name)
    out = tmp_path / "again.yaml"
    out.write_text(written(content, comment="Again."), encoding="utf-8")
    again, findings = check(out, out.name)
    assert findings == []
    assert again is not None
    assert again.content == content


def _said(content: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing: a null, a default that is written out."""
    whole = filled(content)
    questions = [
        {
            key: value
            for key, value in question.items()
            if value is not None and (key, value) not in (("per_child", False),)
        }
        for question in whole["questions"]
    ]
    return {**whole, "questions": questions}
