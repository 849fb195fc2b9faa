"""Rates, weights and margins, against worked examples and what must always hold."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.surveys.results.margins import mean_margin, share_margin
from services.surveys.results.nonresponse import Flag, flag, groups
from services.surveys.results.raking import rake
from services.surveys.results.rates import Disposition, Invitation, disposition, rates

I, P, R, NC, O, U, OUT = Disposition  # noqa: E741 - AAPOR's own letters

# AAPOR's formulas (Standard Definitions 2023), worked by hand: (I, P, R, NC, O, U, ineligible) -> e, RR1 … RR6
EXAMPLES = [
    ((400, 50, 200, 250, 20, 80, 0), (1.0, 0.4, 0.45, 0.4, 0.45, 400 / 920, 450 / 920)),
    ((400, 50, 200, 250, 20, 80, 80), (0.92, 0.4, 0.45, 400 / 993.6, 450 / 993.6, 400 / 920, 450 / 920)),
    ((10, 0, 0, 0, 0, 90, 0), (1.0, 0.1, 0.1, 0.1, 0.1, 1.0, 1.0)),
    ((0, 0, 5, 5, 0, 0, 3), (10 / 13, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)),
    ((30, 10, 20, 30, 10, 100, 100), (0.5, 0.15, 0.2, 0.2, 40 / 150, 0.3, 0.4)),
]


@pytest.mark.parametrize(("counts", "expected"), EXAMPLES)
def test_the_six_rates_are_aapors(counts, expected):
    found = rates(dict(zip(Disposition, counts, strict=True)))
    assert (found.e, found.rr1, found.rr2, found.rr3, found.rr4, found.rr5, found.rr6) == pytest.approx(expected)


def test_of_nobody_there_is_no_rate():
    found = rates([])
    assert found.rr1 is None and found.rr6 is None and found.asked == 0


@given(st.tuples(*[st.integers(0, 500)] * 7))
def test_rates_stand_in_their_order(counts):
    assume(sum(counts[:5]) > 0)
    found = rates(dict(zip(Disposition, counts, strict=True)))
    assert 0 <= found.rr1 <= found.rr3 + 1e-12 <= found.rr5 + 2e-12 <= 1 + 3e-12
    assert found.rr2 <= found.rr4 + 1e-12 <= found.rr6 + 2e-12
    assert found.rr1 <= found.rr2 and found.rr5 <= found.rr6


def test_an_eligible_share_beyond_one_is_refused():
    with pytest.raises(ValueError, match="0 to 1"):
        rates([I], e=1.2)


ASKED = Invitation("open", begun=False, reached=True, failed=False, past_due=True, boundary=False, active=True)


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"state": "answered"}, I),
        ({"state": "answered", "active": False}, I),
        ({"begun": True}, P),
        ({"state": "declined"}, R),
        ({"boundary": True}, R),
        ({"reached": False, "failed": True}, NC),
        ({"state": "talk"}, O),
        ({}, O),
        ({"reached": False}, U),
        ({"active": False}, OUT),
        ({"past_due": False}, None),
    ],
)
def test_an_invitation_ends_one_way(changes, end):
    from dataclasses import replace

    assert disposition(replace(ASKED, **changes)) is end


def test_raking_meets_both_margins():
    people = [{"language": "en", "school": "a"}] * 60 + [{"language": "es", "school": "a"}] * 10
    people += [{"language": "en", "school": "b"}] * 20 + [{"language": "es", "school": "b"}] * 10
    roster = {"language": {"en": 120, "es": 80}, "school": {"a": 100, "b": 100}}
    found = rake(people, roster)
    assert found.converged and not found.empty and not found.failed
    spanish = sum(w for w, one in zip(found.weights, people, strict=True) if one["language"] == "es")
    school_b = sum(w for w, one in zip(found.weights, people, strict=True) if one["school"] == "b")
    assert spanish / sum(found.weights) == pytest.approx(0.4, abs=1e-3)
    assert school_b / sum(found.weights) == pytest.approx(0.5, abs=1e-3)
    assert found.effective_n < len(people)


def test_a_group_without_an_answer_is_named_and_the_weights_are_not_to_be_used():
    found = rake([{"language": "en"}] * 30, {"language": {"en": 60, "so": 40}})
    assert found.failed
    assert [(one.trait, one.group) for one in found.empty] == [("language", "so")]


def test_one_family_never_speaks_for_a_hundred():
    found = rake([{"language": "en"}] * 199 + [{"language": "so"}], {"language": {"en": 100, "so": 100}})
    assert max(found.weights) <= 5.0
    assert not found.converged and found.gap > 0.1 and found.capped >= 1


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy")), min_size=4, max_size=60),
    st.integers(1, 50),
    st.integers(1, 50),
    st.integers(1, 50),
    st.integers(1, 50),
)
def test_weights_keep_their_limits_and_effective_n_its_bound(people, a, b, x, y):
    found = rake([{"one": p, "two": q} for p, q in people], {"one": {"a": a, "b": b}, "two": {"x": x, "y": y}})
    assert all(0.2 - 1e-9 <= weight <= 5.0 + 1e-9 for weight in found.weights)
    assert 0 < found.effective_n <= len(people) + 1e-6


def test_equal_shares_need_no_weights():
    found = rake([{"language": "en"}] * 10, {"language": {"en": 500}})
    assert found.weights == (1.0,) * 10 and found.turns == 0 and found.effective_n == pytest.approx(10)


def test_where_everybody_answered_there_is_no_sampling_error():
    assert share_margin(0.5, n=80, population=80) == 0
    assert mean_margin(2.0, n=80, population=80) == 0


def test_a_margin_is_wilsons_and_shrinks_in_a_finite_population():
    assert share_margin(0.5, n=100, population=10**9) == pytest.approx(0.0962, abs=2e-4)
    assert share_margin(0.5, n=100, population=200) == pytest.approx(0.0688, abs=2e-4)
    assert share_margin(0.0, n=30, population=10**9) > 0.05
    assert share_margin(0.5, n=0, population=10) is None and mean_margin(1.0, n=1, population=5) is None


@pytest.mark.parametrize(
    ("answered", "asked", "told"),
    [(96, 100, Flag.AIM_MET), (92, 100, Flag.BELOW_AIM), (60, 100, Flag.POSSIBLE_BIAS), (9, 9, Flag.TOO_FEW)],
)
def test_a_rate_under_ninety_percent_is_flagged(answered, asked, told):
    assert flag(answered, asked) is told


def test_not_heard_from_names_groups_and_hides_small_ones():
    found = groups({"en": 100, "so": 40, "vi": 6}, {"en": 90, "so": 10, "vi": 6})
    assert [one.name for one in found] == ["so", "en", "vi"]
    assert found[0].unheard and not found[1].unheard
    assert found[2].asked is None and found[2].rate is None
