"""Settings and sidecar: every complaint has a place and a remedy."""

from __future__ import annotations

import io
import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.directory.config.jsonschema import settings_json_schema
from shared.directory.contacts import CONTACT_COLUMNS, parse_restrictions, stage_contacts
from shared.directory.finding import Findings, Profile
from shared.directory.folder import load_folder
from shared.directory.oneroster.package import Mode
from shared.directory.oneroster.staging import Staging

DISTRICT = """\
slug: riverside
name: Riverside
timezone: America/Chicago
languages: [en, es]
school_year: {start: 2026-09-01, end: 2027-06-11}
"""


def complaints(tmp_path: Path, text: str, name: str = "district.yaml") -> Findings:
    (tmp_path / "roster").mkdir(exist_ok=True)
    (tmp_path / "roster" / "manifest.csv").write_text("")
    if name != "district.yaml":
        (tmp_path / "district.yaml").write_text(DISTRICT)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    findings = Findings()
    load_folder(tmp_path, findings)
    return findings


def test_a_small_district_is_clean(tmp_path: Path) -> None:
    assert not list(complaints(tmp_path, DISTRICT))


def test_a_misspelt_key_is_refused_with_its_line_and_a_suggestion(tmp_path: Path) -> None:
    (found,) = complaints(tmp_path, DISTRICT + "floor_dais: 30\n")
    assert (found.code, found.place) == ("config.unknown_key", "district.yaml:6:1")
    assert "did you mean floor_days?" in found.message


@pytest.mark.parametrize(
    ("line", "code", "row", "column"),
    [
        ("quiet_hours: late", "config.invalid_value", 6, 1),
        ("holidays: [2026-09-07, 2026-13-01]", "config.invalid_value", 6, 24),
        ("floor_days: many", "config.invalid_value", 6, 1),
        (
            "intake: {send_on: 2026-09-01, remind_on: 2026-09-20, due_at: 2026-09-11T17:00}",
            "config.invalid_value",
            6,
            31,
        ),
        ("intake: {sent_on: 2026-09-01}", "config.unknown_key", 6, 10),
        ("slug: again", "config.duplicate_key", 6, 1),
        ("name: [", "config.invalid_yaml", 7, 1),
        ("alert_threshold: 80\nalert_recovery: 70", "config.invalid_value", 7, 1),
    ],
)
def test_a_wrong_value_is_named_with_line_and_column(
    tmp_path: Path, line: str, code: str, row: int, column: int
) -> None:
    found = [f for f in complaints(tmp_path, f"{DISTRICT}{line}\n") if f.code == code]
    assert (found[0].row, found[0].column) == (row, column)
    assert found[0].remedy


def test_a_school_may_override_and_is_checked_alike(tmp_path: Path) -> None:
    found = list(complaints(tmp_path, "floor_days: 0\n", "schools/org-a.yaml"))
    assert [(f.code, f.place) for f in found] == [("config.invalid_value", "schools/org-a.yaml:1:1")]
    (tmp_path / "schools" / "org-a.yaml").write_text("floor_days: 14\n")
    folder = load_folder(tmp_path, Findings())
    assert folder.settings("org-a")["floor_days"] == 14
    assert folder.settings("org-b")["floor_days"] == 30


def test_a_survey_that_is_not_yaml_is_named(tmp_path: Path) -> None:
    found = complaints(tmp_path, "a: [", "surveys/intake.yaml")
    assert "config.invalid_yaml" in found.errors


def test_the_published_schema_agrees_with_the_code(tmp_path: Path) -> None:
    schema = settings_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    district = {"$defs": schema["$defs"], "$ref": "#/$defs/district"}
    value = json.loads(json.dumps(yaml.safe_load(DISTRICT), default=str))
    jsonschema.validate(value, district)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**value, "floor_dais": 30}, district)


@given(st.text(max_size=60))
def test_no_text_crashes_the_settings_reader(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "district.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        findings = Findings()
        load_folder(Path(name), findings)
        assert findings.error_count  # a roster is missing at least


# --------------------------------------------------------------------------------------------------------- contacts


def sidecar(row: str, profile: Profile = Profile.STRICT, header: str = ",".join(CONTACT_COLUMNS)) -> Findings:
    findings = Findings()
    with Staging() as staging:
        stage_contacts(
            io.BytesIO(f"{header}\n{row}\n".encode()), staging, mode=Mode.BULK, profile=profile, findings=findings
        )
    return findings


GOOD = "s-1,g-1,Mother,true,true,true,true,1,no_contact;court 1;2026-10-01;,es,true,true,"


def test_a_good_row_is_clean() -> None:
    assert not list(sidecar(GOOD))


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        (GOOD.replace("Mother", "Boss"), "contacts.invalid_relation", "relation"),
        (GOOD.replace("s-1,", ",", 1), "contacts.missing_value", "studentSourcedId"),
        (GOOD.replace(",1,no_", ",0,no_"), "contacts.invalid_priority", "priority"),
        (GOOD.replace(",es,", ",Spanish!,"), "contacts.invalid_language", "correspondenceLanguage"),
        (GOOD.replace("true", "perhaps", 1), "contacts.invalid_boolean", "legalGuardian"),
        (GOOD + ",", "contacts.row_width_mismatch", None),
        (GOOD.replace("no_contact", "keep away"), "contacts.invalid_restriction", "restrictions"),
        (GOOD.replace("2026-10-01", "October"), "contacts.invalid_restriction", "restrictions"),
    ],
)
def test_a_wrong_contact_row_is_named(row: str, code: str, field: str | None) -> None:
    assert (code, field) in {(f.code, f.field) for f in sidecar(row)}


def test_a_restriction_that_cannot_be_read_is_an_error_even_when_lenient() -> None:
    found = sidecar(GOOD.replace("no_contact", "keep away"), Profile.LENIENT)
    assert "contacts.invalid_restriction" in found.errors


def test_odd_booleans_and_relations_are_warnings_when_lenient() -> None:
    found = sidecar(GOOD.replace("Mother", "Mom").replace("true", "YES", 1), Profile.LENIENT)
    assert not found.errors
    assert set(found.warnings) == {"contacts.invalid_boolean", "contacts.invalid_relation"}


def test_an_unknown_column_is_refused_with_a_suggestion() -> None:
    (found,) = sidecar("", header=",".join(CONTACT_COLUMNS) + ",prioritty")
    assert found.code == "contacts.unknown_column"
    assert "priority" in found.message


DAYS = st.dates().map(lambda day: day.isoformat())
WORDS = st.text(st.characters(categories=("L", "Nd")), min_size=1, max_size=20)


@given(st.lists(st.tuples(st.sampled_from(["no_contact", "no_pickup", "no_records"]), WORDS, DAYS), max_size=4))
def test_restrictions_are_read_as_they_are_written(items: list[tuple[str, str, str]]) -> None:
    found = parse_restrictions("|".join(f"{scope};{source};{day};" for scope, source, day in items))
    assert [(one.scope, one.source, one.starts_on) for one in found] == items
    assert all(one.ends_on is None for one in found)
