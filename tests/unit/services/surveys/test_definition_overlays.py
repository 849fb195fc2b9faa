"""A district and a school may say a survey in their own words, offer other choices and set their own dates: nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.surveys.definitions import DefinitionError, Library, lint_district, lint_file
from services.surveys.definitions.filling import filled
from services.surveys.definitions.library import SHIPPED
from services.surveys.definitions.overlay import Overlay, laid_over
from services.surveys.definitions.source import Layer, Source
from services.surveys.domain.lint import Calendar
from shared.directory.config.yamlmarks import Marked
from tests.unit.services.surveys.definitions_made import asked, content, line_of, option, rows, said, written

BASE = content(
    asked(
        "mode", "single",
        options=[option("text"), option("phone"), option("visit")],
        effects=[{"rule": "preference", "field": "live_mode", "values": {"phone": "phone", "visit": "in_person"}}],
    ),
    asked("truly", "yes_no", visible_if="{mode} = 'visit'"),
    deadline="2026-09-11T17:00",
)  # fmt: skip


def overlay(**changes: Any) -> dict[str, Any]:
    return {"overlay": "made", "changes": changes}


@pytest.fixture
def district(tmp_path: Path) -> Path:
    written(tmp_path / "riverside", BASE, "surveys/made.yaml")
    return tmp_path / "riverside"


def test_a_school_stands_before_its_district_and_that_before_the_shipped(district: Path) -> None:
    library = Library(district.parent)
    whole = library.find("riverside", "made").survey
    written(district, overlay(title=said("Riverside asks"), deadline="2026-09-18T17:00"), "surveys/made.overlay.yaml")
    written(district, overlay(title=said("Northgate asks")), "schools/north.surveys/made.overlay.yaml")
    ours, north = library.find("riverside", "made").survey, library.find("riverside", "made", "north").survey
    assert [each.title["en"] for each in (whole, ours, north)] == [
        "A few questions",
        "Riverside asks",
        "Northgate asks",
    ]
    assert [each.deadline for each in (ours, north)] == ["2026-09-18T17:00"] * 2
    assert len({whole.version, ours.version, north.version}) == 3  # what is asked is what is hashed
    assert library.find("riverside", "made", "elsewhere").survey == ours


def test_a_shipped_survey_is_changed_without_copying_it(tmp_path: Path) -> None:
    changes = {"questions": {"concern": {"text": {"en": "Is anything on your mind?"}}}}
    written(tmp_path / "riverside", {"overlay": "intake", "changes": changes}, "surveys/intake.overlay.yaml")
    library = Library(tmp_path)
    ours, shipped = library.find("riverside", "intake").survey, library.find("elsewhere", "intake").survey
    was, now = shipped.question("concern"), ours.question("concern")
    assert was is not None and now is not None
    assert now.text["en"] == "Is anything on your mind?"
    assert (now.text["es"], now.options, now.effects) == (was.text["es"], was.options, was.effects)
    assert library.names("riverside") == library.names("elsewhere")  # an overlay is no survey of its own


def test_options_are_reworded_added_and_removed_with_what_they_did(district: Path) -> None:
    changes = {
        "mode": {
            "reword": {"phone": {"label": said("A call")}},
            "remove": ["visit"],
            "add": [option("letter"), option("video", digit=7), option("radio")],
        }
    }
    written(district, overlay(questions=changes), "surveys/made.overlay.yaml")
    base = district / "surveys" / "made.yaml"
    base.write_text(base.read_text("utf-8").replace("'visit'", "'phone'"), encoding="utf-8")
    mode = Library(district.parent).find("riverside", "made").survey.questions[0]
    assert [(each.value, each.digit, each.label["en"]) for each in mode.options] == [
        ("text", 1, "Text"), ("phone", 2, "A call"), ("letter", 4, "Letter"), ("video", 7, "Video"), ("radio", 8, "Radio"),
    ]  # fmt: skip
    assert mode.effects[0].values == {"phone": "phone"}


def test_a_rule_goes_with_the_last_option_it_was_about(district: Path) -> None:
    """A rule without values would set something else: the time that is added to an answer."""
    written(
        district,
        overlay(questions={"mode": {"remove": ["phone", "visit"], "add": [option("letter")]}}),
        "surveys/made.overlay.yaml",
    )
    base = district / "surveys" / "made.yaml"
    base.write_text(
        base.read_text("utf-8")
        .replace("'visit'", "'text'")
        .replace("type: single", "type: single\n  detail: time\n  detail_label: {en: From when?}", 1),
        encoding="utf-8",
    )
    assert Library(district.parent).find("riverside", "made").survey.questions[0].effects == ()


def test_a_district_adds_a_language_with_all_its_texts(district: Path) -> None:
    texts: dict[str, Any] = {
        "languages": ["es"], "title": {"es": "Unas preguntas"}, "intro": {"es": "Son dos minutos."},
        "questions": {
            "mode": {
                "text": {"es": "¿Cómo?"}, "why": {"es": "Para ayudar."},
                "reword": {value: {"label": {"es": value}} for value in ("text", "phone", "visit")},
            },
            "truly": {"text": {"es": "¿De verdad?"}, "why": {"es": "Para ayudar."}},
        },
    }  # fmt: skip
    path = written(district, overlay(**texts), "surveys/made.overlay.yaml")
    survey = Library(district.parent).find("riverside", "made").survey
    assert survey.languages == ("en", "es")
    assert survey.questions[1].options[0].label["es"] == "Sí"  # what we fill in, in the new language too
    del texts["questions"]["truly"]["why"]
    written(district, overlay(**texts), "surveys/made.overlay.yaml")
    assert [(each.code, each.field) for each in lint_file(path)] == [("survey.untranslated", "questions.1.why")]


@pytest.mark.parametrize(
    ("changes", "code", "line"),
    [
        ({"questions": {"mode": {"type": "multi"}}}, "survey.overlay_too_much", "type: multi"),
        ({"questions": {"mode": {"effects": []}}}, "survey.overlay_too_much", "effects:"),
        ({"questions": {"mode": {"visible_if": "{truly} = true"}}}, "survey.overlay_too_much", "visible_if:"),
        ({"quotas": []}, "survey.overlay_too_much", "quotas:"),
        ({"identified": "anonymous"}, "survey.overlay_too_much", "identified:"),
        ({"tittle": said("x")}, "config.unknown_key", "tittle:"),
        ({"questions": {"mood": {"text": said("x")}}}, "survey.overlay_unknown", "mood:"),
        ({"questions": {"mode": {"reword": {"pigeon": {"label": said("x")}}}}}, "survey.overlay_unknown", "pigeon:"),
        ({"questions": {"mode": {"remove": ["pigeon"]}}}, "survey.overlay_unknown", "- pigeon"),
        ({"questions": {"mode": {"add": [option("phone")]}}}, "survey.overlay_twice", "- value: phone"),
        ({"questions": {"mode": {"rows": {"x": {"label": said("x")}}}}}, "survey.overlay_unknown", "x:"),
        ({"pages": {"p": {"title": said("x")}}}, "survey.overlay_unknown", "p:"),
        ({"deadline": "2026-09-12T17:00"}, "survey.closed_day", "deadline:"),
        ({"questions": {"mode": {"text": said("—")}}}, "survey.untranslated", "text:"),
        (
            {"questions": {"mode": {"add": [option("letter", synonyms={"en": ["phone"]})]}}},
            "survey.ambiguous",
            "- phone",
        ),
    ],
)
def test_what_an_overlay_must_not_do_is_refused_with_its_own_line(
    district: Path, changes: dict[str, Any], code: str, line: str
) -> None:
    path = written(district, overlay(**changes), "surveys/made.overlay.yaml")
    with pytest.raises(DefinitionError) as refused:
        Library(district.parent).find("riverside", "made")
    found = next(each for each in refused.value.findings if each.code == code)
    assert (found.file, found.row) == ("surveys/made.overlay.yaml", line_of(path, line))
    assert found.remedy


def test_an_option_that_a_condition_needs_cannot_be_removed(district: Path) -> None:
    written(district, overlay(questions={"mode": {"remove": ["visit"]}}), "surveys/made.overlay.yaml")
    with pytest.raises(DefinitionError) as refused:
        Library(district.parent).find("riverside", "made")
    found = refused.value.findings[0]
    assert (found.file, found.field) == ("surveys/made.yaml", "questions.1.visible_if")


def test_an_overlay_that_says_nothing_changes_nothing(district: Path) -> None:
    before = Library(district.parent).find("riverside", "made").survey
    written(
        district,
        overlay(pages={}, questions={"mode": {"rows": {}, "reword": {}}, "truly": {}}),
        "surveys/made.overlay.yaml",
    )
    after = Library(district.parent).find("riverside", "made").survey
    assert after.questions[1] == before.questions[1]
    assert after.questions[0] == before.questions[0]


def test_an_overlay_for_another_survey_is_refused(district: Path) -> None:
    written(district, overlay(title=said("x")) | {"overlay": "intake"}, "surveys/made.overlay.yaml")
    with pytest.raises(DefinitionError, match="this overlay is for intake"):
        Library(district.parent).find("riverside", "made")


def test_a_changed_overlay_is_read_again_and_a_removed_one_forgotten(district: Path) -> None:
    library = Library(district.parent)
    before = library.find("riverside", "made").survey
    path = written(district, overlay(title=said("Hello")), "surveys/made.overlay.yaml")
    assert library.find("riverside", "made").survey.title["en"] == "Hello"
    path.unlink()
    assert library.find("riverside", "made").survey == before


@pytest.mark.parametrize("school", ["../north", "..", "a/b", ""])
def test_a_school_s_name_leads_nowhere_but_to_its_folder(district: Path, school: str) -> None:
    written(district.parent, overlay(title=said("Stolen")), "north.surveys/made.overlay.yaml")
    written(district, overlay(title=said("Stolen")), "schools/a/b.surveys/made.overlay.yaml")
    assert Library(district.parent).find("riverside", "made", school).survey.title["en"] == "A few questions"


def test_a_school_that_is_closed_on_the_deadline_cannot_publish_it(district: Path) -> None:
    library = Library(district.parent)
    assert library.find("riverside", "made", "north", calendar=Calendar()).survey.deadline
    with pytest.raises(DefinitionError, match="a holiday"):
        library.find("riverside", "made", "north", calendar=Calendar(holidays=["2026-09-11"]))


def test_a_districts_folder_is_looked_at_whole_with_every_school(district: Path) -> None:
    written(district, overlay(title=said("…")), "schools/north.surveys/made.overlay.yaml")
    written(district, {"overlay": "gone", "changes": {}}, "schools/north.surveys/gone.overlay.yaml")
    found = lint_district(district, calendars={"north": Calendar(holidays=["2026-09-11"])})
    assert {(each.code, each.file) for each in found} == {
        ("survey.untranslated", "schools/north.surveys/made.overlay.yaml"),
        ("survey.closed_day", "surveys/made.yaml"),
        ("survey.overlay_unknown", "schools/north.surveys/gone.overlay.yaml"),
    }


def test_every_shipped_survey_passes() -> None:
    for path in sorted(SHIPPED.glob("*.yaml")):
        assert [each for each in lint_file(path) if each.severity.value == "error"] == [], path.name


FIXED = (
    "id",
    "type",
    "visible_if",
    "required_if",
    "constraint",
    "declinable",
    "tag",
    "per_child",
    "min",
    "max",
    "protected",
)
RICH = filled(
    content(
        asked("mode", "single", options=[option("text"), option("phone"), option("visit")], declinable=False,
              effects=[{"rule": "preference", "field": "live_mode", "values": {"phone": "phone", "visit": "in_person"}}]),
        asked("grid", "matrix_single", options=[option("a"), option("b")], rows=rows("x", "y"), per_child=True),
        asked("count", "number", min=0.0, max=9.0, visible_if="{mode} = 'phone'"),
        pages=[{"id": "p", "title": said("One")}], identified="confidential",
        quotas=[{"id": "q", "condition": "{count} > 1", "most": 3}],
    )
)  # fmt: skip
_texts = st.dictionaries(st.sampled_from(["en", "es"]), st.text("abc", min_size=1, max_size=4), min_size=1)
_reword = st.fixed_dictionaries({}, optional={"label": _texts, "short": _texts})
_question = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("text", "sms", "voice", "why"), _texts),
        "reword": st.dictionaries(st.sampled_from(["text", "phone", "visit", "a", "b", "zz"]), _reword, max_size=2),
        "rows": st.dictionaries(st.sampled_from(["x", "y", "zz"]), _reword, max_size=2),
        "remove": st.lists(st.sampled_from(["text", "phone", "visit", "a", "zz"]), min_size=1, max_size=2),
        "add": st.lists(st.sampled_from(["n1", "n2", "phone"]).map(option), min_size=1, max_size=2),
    },
)
_changes = st.fixed_dictionaries(
    {},
    optional={
        "title": _texts, "intro": _texts, "languages": st.just(["es"]), "deadline": st.just("2026-10-01T17:00"),
        "grace_days": st.integers(0, 60), "pages": st.dictionaries(st.sampled_from(["p", "zz"]), st.fixed_dictionaries({"title": _texts})),
        "questions": st.dictionaries(st.sampled_from(["mode", "grid", "count", "zz"]), _question, max_size=3),
    },
)  # fmt: skip


@settings(max_examples=150)
@given(_changes)
def test_whatever_an_overlay_says_the_survey_asks_and_does_the_same(changes: dict[str, Any]) -> None:
    marked = Marked({"overlay": "made", "changes": changes})
    source = Source(RICH, (Layer("made.yaml", {}),))
    laid, findings = laid_over(source, Overlay("made.overlay.yaml", "made", changes, marked))
    if findings:
        assert laid is source
        return
    new = laid.content
    assert {key: new[key] for key in ("survey", "kind", "identified", "quotas")} == {
        key: RICH[key] for key in ("survey", "kind", "identified", "quotas")
    }
    assert [[each.get(key) for key in FIXED] for each in new["questions"]] == [
        [each.get(key) for key in FIXED] for each in RICH["questions"]
    ]
    for before, after in zip(RICH["questions"], new["questions"], strict=True):
        digits = {each["value"]: each.get("digit", place) for place, each in enumerate(before.get("options", ()), 1)}
        now = {each["value"]: each.get("digit", place) for place, each in enumerate(after.get("options", ()), 1)}
        assert all(
            now[value] == digit for value, digit in digits.items() if value in now
        )  # what was texted still means it
        assert len(set(now.values())) == len(now)
        assert [row["value"] for row in after.get("rows", ())] == [row["value"] for row in before.get("rows", ())]
        did = {
            value: what for rule in before.get("effects", ()) for value, what in rule["values"].items() if value in now
        }
        assert {value: what for rule in after.get("effects", ()) for value, what in rule["values"].items()} == did
