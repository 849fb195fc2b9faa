"""The wording coach marks what a careful colleague would, explains it, offers another wording, and never blocks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.translation.coach import Draft, Kind, NoteKind, check
from services.translation.coach.letters import by_letter, starts
from services.translation.coach.plain import split
from services.translation.coach.reading import grade, syllables
from services.translation.coach.words import languages, read_terms, serving, words
from shared.benches.coach import DATA, Score, drafts
from shared.errors import HomeroomError


def kinds(text: str, kind: NoteKind = NoteKind.INFO, **more: object) -> frozenset[Kind]:
    return check(Draft(text, kind, **more)).kinds


def test_three_terms_of_the_trade_are_explained_and_a_version_for_grade_six_is_offered():
    advice = check(Draft("Riya's formative assessment shows a deficit in phonemic awareness."))
    assert [flag.suggestion for flag in advice.flags if flag.kind is Kind.JARGON] == [
        "a quick check of learning", "something not yet learned", "hearing the sounds in words",
    ]  # fmt: skip
    assert advice.plain == "Riya's quick check of learning shows something not yet learned in hearing the sounds in words."
    assert advice.grade > 6 >= advice.plain_grade


def test_an_accusation_is_turned_into_an_observation_and_an_invitation_with_a_lesson():
    advice = check(Draft("Riya isn't listening.", NoteKind.CONCERN, names=("Riya",)))
    blame = next(flag for flag in advice.flags if flag.kind is Kind.BLAME)
    assert "I saw Riya" in blame.suggestion and "What do you notice at home?" in blame.suggestion
    assert advice.kinds >= {Kind.NO_EXAMPLE, Kind.NO_COMMON_GROUND, Kind.NO_NEXT_STEP}
    assert set(advice.lessons) == advice.kinds and all(advice.lessons.values())


def test_a_hard_message_that_has_everything_is_left_alone():
    text = "I enjoy how curious Riya is. On Tuesday in math she put her head down twice. What helps at home?"
    assert not check(Draft(text, NoteKind.CONCERN, names=("Riya",))).flags


def test_another_child_of_the_class_is_marked_and_the_months_and_the_own_child_are_not():
    others = ("May", "Liam")
    assert kinds("Riya sat with Liam’s friend.", names=("Riya Shah",), others=others) == {Kind.OTHER_CHILD}
    assert not kinds("In May we plant trees. May 4 is a day off.", others=others)
    assert not kinds("Liam reads well.", names=("Liam",), others=others)


def test_acronyms_are_matched_as_written_and_plurals_as_their_singular():
    assert kinds("The idea is good and the gate is open.") == set()
    assert kinds("IDEA and GATE and two rubrics.") == {Kind.JARGON}


def test_a_districts_own_terms_come_before_the_products(tmp_path):
    file = tmp_path / "terms.csv"
    file.write_text("term,plain\nWIN time,free practice\nrubric,the yellow sheet\n", encoding="utf-8")
    flags = check(Draft("See the rubric after WIN time."), terms=read_terms(file)).flags
    assert [flag.suggestion for flag in flags] == ["the yellow sheet", "free practice"]


@pytest.mark.parametrize(
    ("content", "where"),
    [("term,meaning\n", "terms.csv:1:plain"), ("term,plain\nIEP,\n", "terms.csv:2:plain"), ("term,plain\na,b\nA,c\n", "terms.csv:3:term")],
)
def test_a_bad_row_is_named_by_file_line_and_field(tmp_path, content, where):
    file = tmp_path / "terms.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(HomeroomError) as raised:
        read_terms(file)
    assert raised.value.where == where


def test_a_language_without_data_gets_no_advice_rather_than_english_rules():
    assert serving("vi") is None
    assert not check(Draft("Riya IEP!!", language="vi")).flags


@pytest.mark.parametrize("language", languages())
def test_every_kind_has_its_reason_and_a_lesson_of_thirty_seconds(language):
    known = words(language)
    for kind in Kind:
        assert known.reasons[kind]
        assert 10 <= len(known.lessons[kind].split()) <= 80, "thirty seconds are some eighty words"
    assert len(known.terms) >= (300 if language == "en" else 60)


@pytest.mark.parametrize("path", sorted(DATA.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_labelled_drafts_are_marked_as_promised(path):
    score = Score()
    for draft, wanted in drafts(path):
        score.add({str(kind) for kind in check(draft).kinds}, wanted)
    assert score.precision >= 0.95, score.extra
    assert score.recall >= 0.90, score.missed


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.sampled_from(list(NoteKind)), st.sampled_from(languages()))
def test_any_text_gets_advice_with_spans_inside_it(text, kind, language):
    advice = check(Draft(text, kind, language, ("Riya",), ("Liam",)))
    assert all(0 <= flag.start < flag.end <= len(text) for flag in advice.flags)
    assert advice.grade >= 0 and 0 <= advice.rare_share <= 1


@given(st.sampled_from(["(?:ab|cd)?e", "x?y", "(?<!a)b|\\d{2}", "(?:(?:un)?kind|rude)(?:ly)?", "\\bz"]), st.text("abcdekruxyzn1", max_size=6))
def test_letters_lose_no_match(pattern, text):
    found = re.compile(rf"(?:{pattern})(?!\w)").match(text)
    if found and found.group():
        assert text[0] in starts(pattern) and by_letter([pattern])[text[0]].match(text)


def test_reading_grades_are_those_of_the_formula():
    assert [syllables(word) for word in ("cat", "table", "make", "reading", "jumped")] == [1, 2, 1, 2, 1]
    assert grade("The cat sat on the mat.") == 0
    assert grade("Developmentally appropriate differentiation necessitates collaboration.") > 12


def test_a_long_sentence_is_cut_at_its_joints():
    text = "We walk to the river on Monday, and we look at the plants there, but we come back for lunch."
    assert split(text, "en") == "We walk to the river on Monday. We look at the plants there. But we come back for lunch."


def test_spanish_drafts_are_looked_over_in_spanish():
    advice = check(Draft("Mateo no escucha y su evaluación formativa muestra un déficit.", NoteKind.CONCERN, "es-MX", ("Mateo",)))
    assert advice.kinds >= {Kind.BLAME, Kind.JARGON, Kind.NO_EXAMPLE, Kind.NO_NEXT_STEP}
    assert advice.plain == "Mateo no escucha y su revisión rápida de lo aprendido muestra algo que aún no aprende."
    clear = "Me gusta la curiosidad de Mateo. El martes en matemáticas dejó dos tareas vacías. ¿Qué observa usted en casa?"
    assert not check(Draft(clear, NoteKind.CONCERN, "es", ("Mateo",))).flags
