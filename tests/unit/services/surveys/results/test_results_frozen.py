"""A question's table from snapshot to snapshot: what is printed, and that nothing else follows from it."""

from __future__ import annotations

import json
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from services.surveys.domain.definition import survey_of
from services.surveys.domain.given import Given
from services.surveys.results.frozen import ALL, Band, plain, sheet_of, taken
from services.surveys.results.questions import number_of, tables_of
from shared.benches.suppression_attack import Attack, Publication, parts
from shared.disclosure import LEAST
from tests.unit.services.surveys.results.resultsworld import SURVEY

CONDITIONAL = {**SURVEY, "questions": [{**SURVEY["questions"][0], "visible_if": "{needs} notempty"}]}
OPTIONS = ("yes", "no", "-")
SCHOOLS = ("green", "north", "south")
COMING = st.lists(
    st.lists(
        st.lists(
            st.one_of(st.just(0), st.integers(0, 5), st.integers(5, 40), st.integers(100, 300)), min_size=3, max_size=3
        ),
        min_size=3,
        max_size=3,
    ),
    min_size=1,
    max_size=5,
)


def counts_of(cells):
    return {school: dict(zip(OPTIONS, row, strict=True)) for school, row in zip(SCHOOLS, cells, strict=True)}


@settings(max_examples=150, deadline=None)
@given(COMING)
def test_no_reader_of_all_the_snapshots_knows_a_hidden_figure_to_within_ten(coming):
    cells = [[0] * 3 for _ in SCHOOLS]
    sheet, kept = None, []
    for more in coming:
        cells = [[a + b for a, b in zip(x, y, strict=True)] for x, y in zip(cells, more, strict=True)]
        new = taken(sheet, counts_of(cells), OPTIONS)
        if new is not None and new is not sheet:
            kept.append(new)
        sheet = new
    told = Publication(9 * len(kept))
    for number, each in enumerate(kept):
        offsets = [9 * step for step in range(number + 1)]
        for k, value in enumerate(each.state.values):
            place = parts((3, 3), divmod(k, 4), offsets)
            if k not in each.state.hidden:
                told.tell(place, value)
            elif k in each.bands:
                band, of = each.bands[k], each.state.values[k // 4 * 4 + 3]
                under = [count for count in range(of + 1) if (of - count if band.high else count) < band.share * of]
                told.tell(place, min(under), max(under))
    if not kept:
        return
    attack = Attack(told)
    for number, each in enumerate(kept):
        for k in each.state.hidden:
            low, high = attack.range(parts((3, 3), divmod(k, 4), [9 * step for step in range(number + 1)]))
            assert high - low >= LEAST - 1e-6
        for before, earlier in enumerate(kept[:number]):
            for row in range(3):
                of = each.state.values[row * 4 + 3] - earlier.state.values[row * 4 + 3]
                assert of == 0 or of >= LEAST
                for column in range(3):
                    k = row * 4 + column
                    if of and each.state.values[k] - earlier.state.values[k] < LEAST:
                        between = [9 * step for step in range(before + 1, number + 1)]
                        low, high = attack.range(parts((3, 3), (row, column), between))
                        assert high - low >= LEAST - 1e-6


def test_a_school_with_fewer_than_ten_answers_is_not_counted_yet():
    sheet = taken(None, {"green": {"yes": 40, "no": 30}, "north": {"yes": 4, "no": 5}}, ("yes", "no"))
    assert sheet is not None
    assert sheet.count("north", ALL) == 0
    assert sheet.count(ALL, ALL) == 70


def test_a_lone_answer_changes_nothing_until_ten_have_come():
    first = taken(None, {"green": {"yes": 40, "no": 30}}, ("yes", "no"))
    assert taken(first, {"green": {"yes": 41, "no": 30}}, ("yes", "no")) is first
    later = taken(first, {"green": {"yes": 51, "no": 41}}, ("yes", "no"))
    assert later is not None and later.count("green", "yes") == 51


def test_nobody_of_many_is_under_five_percent_and_everybody_above_ninety_five():
    sheet = taken(None, {"green": {"yes": 0, "no": 300}, "north": {"yes": 150, "no": 150}}, ("yes", "no"))
    assert sheet is not None
    assert sheet.count("green", "yes") is None and sheet.count("green", "no") is None
    assert sheet.band("green", "yes") == Band(Fraction(1, 20), high=False)
    assert sheet.band("green", "no") == Band(Fraction(1, 20), high=True)


def test_of_few_people_the_band_is_wider_or_there_is_none():
    sheet = taken(None, {"green": {"yes": 0, "no": 120}, "north": {"yes": 0, "no": 30}}, ("yes", "no"))
    assert sheet is not None
    assert sheet.band("green", "yes") in (Band(Fraction(1, 10), high=False), None)
    assert sheet.band("north", "yes") is None


def test_what_was_hidden_comes_out_when_the_school_has_grown():
    first = taken(None, counts_of([[9, 20, 1], [60, 60, 60], [60, 60, 60]]), OPTIONS)
    assert first is not None and first.count("green", "yes") is None
    later = taken(first, counts_of([[90, 200, 50], [160, 160, 160], [160, 160, 160]]), OPTIONS)
    assert later is not None and later.count("green", "yes") == 90


def test_a_school_that_joins_later_and_a_new_option_take_their_place():
    first = taken(None, {"green": {"yes": 40, "no": 30}}, ("yes", "no"))
    later = taken(
        first,
        {"green": {"yes": 60, "no": 50, "maybe": 40}, "aspen": {"yes": 20, "no": 20, "maybe": 15}},
        ("yes", "no", "maybe"),
    )
    assert later is not None
    assert later.rows == ("green", "aspen") and later.columns == ("yes", "no", "maybe")
    assert later.count("green", ALL) == 150 and later.count("aspen", "yes") == 20


@given(COMING)
@settings(max_examples=30, deadline=None)
def test_a_sheet_is_the_same_after_storing(coming):
    sheet = taken(None, counts_of(coming[0]), OPTIONS)
    if sheet is not None:
        assert sheet_of(json.loads(json.dumps(plain(sheet)))) == sheet


@settings(max_examples=60, deadline=None)
@given(COMING)
def test_a_column_that_is_never_printed_stays_open(coming):
    cells = [[0] * 3 for _ in SCHOOLS]
    sheet = None
    for more in coming:
        cells = [[a + b for a, b in zip(x, y, strict=True)] for x, y in zip(cells, more, strict=True)]
        sheet = taken(sheet, counts_of(cells), OPTIONS, never=("-",))
    if sheet is None:
        return
    told = Publication(9)
    for k, value in enumerate(sheet.state.values):
        if k not in sheet.state.hidden:
            told.tell(parts((3, 3), divmod(k, 4), (0,)), value)
    for row, school in enumerate(SCHOOLS):
        if sheet.count(school, ALL):
            assert sheet.count(school, "-") is None
            low, high = Attack(told).range(parts((3, 3), (row, 2), (0,)))
            assert high - low >= LEAST - 1e-6


def test_options_of_one_question_share_no_column_and_a_condition_prints_no_rest():
    several, conditional = tables_of(survey_of(SURVEY))[1:3], survey_of(CONDITIONAL).questions
    assert all([column.value for column in made.columns] == ["chosen", "not_chosen"] for made in several)
    assert tables_of(survey_of(CONDITIONAL))[0].never == ("-",) and conditional[0].visible_if is not None


def test_nothing_is_published_twice():
    scale = {**SURVEY["questions"][0], "id": "scale", "type": "scale"}
    pulse = {**scale, "id": "pulse", "effects": [{"rule": "pulse"}]}
    number = {**SURVEY["questions"][2], "id": "number", "type": "number"}
    survey = survey_of({**SURVEY, "questions": [scale, pulse, number]})
    assert [made.key for made in tables_of(survey)] == ["scale"]
    answer = Given(values=("yes",), number=3.0)
    assert [number_of(question, answer) for question in survey.questions] == [None, None, 3.0]
