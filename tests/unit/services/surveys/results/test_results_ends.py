"""How invitations ended, and the rates: what is hidden of the one is not to be had from the other, nor by subtraction."""

from __future__ import annotations

from collections import Counter

import pytest

from services.surveys.results.ends import ends_told
from services.surveys.results.rates import Disposition as D
from services.surveys.results.rates import rates

KINDS = tuple(D)


def ends(complete=0, partial=0, refusal=0, no_contact=0, other=0, unknown=0, ineligible=0, open_=0):
    return Counter(dict(zip((*KINDS, None), (complete, partial, refusal, no_contact, other, unknown, ineligible, open_), strict=True)))


def fits(told, guess):
    """Whether a reader of `told` must think these ends possible."""
    found = rates({kind: n for kind, n in guess.items() if kind is not None})
    every = (found.rr1, found.rr2, found.rr3, found.rr4, found.rr5, found.rr6)
    return (
        found.asked == told["asked"]
        and all(n is None or guess[D(kind)] == n for kind, n in told["ends"].items())
        and all(rate is None or rate == pytest.approx(own, abs=1e-4) for rate, own in zip(told["rates"], every, strict=True))
        and (told["e"] is None or told["e"] == pytest.approx(found.e, abs=1e-4))
    )


@pytest.mark.parametrize(
    "true",
    [
        ends(90, partial=3, refusal=2, no_contact=4, other=40, unknown=30),
        ends(60, partial=3, other=20, unknown=12),
        ends(60, partial=12, refusal=1, other=20, unknown=4, ineligible=2),
        ends(50, unknown=9, other=15),
        ends(30, partial=11, refusal=11, other=11, unknown=11, ineligible=11),
    ],
)
def test_no_small_end_is_to_be_had_from_the_rates(true):
    told = ends_told(true, {}, least=10, over=True, fresh=True)
    assert told["rates"][0] == pytest.approx(true[D.COMPLETE] / told["asked"], abs=1e-4)
    small = [kind for kind in KINDS[1:] if 0 < true[kind] < 10]
    for kind in small:
        assert told["ends"][kind.value] is None
        possible = set()
        hidden = [each for each in KINDS[1:] if told["ends"][each.value] is None]
        for number in range(45):  # moved between two hidden ends, or alone
            guess = Counter(true)
            others = [each for each in hidden if each is not kind]
            guess[kind] = number
            if others and kind is not D.INELIGIBLE:
                partner = next((each for each in others if each is not D.INELIGIBLE and true[each] + true[kind] >= number), None)
                if partner is None:
                    continue
                guess[partner] = true[partner] + true[kind] - number
            if fits(told, guess):
                possible.add(number)
        assert len(possible) > 1, kind


def test_while_a_round_runs_only_who_has_answered_is_told():
    told = ends_told(ends(40, refusal=12, unknown=5, open_=100), {}, least=10, over=False, fresh=True)
    assert told["ends"] == {**dict.fromkeys((kind.value for kind in KINDS), None), "complete": 40}
    assert told["rates"] == [pytest.approx(40 / 157, abs=1e-4), None, None, None, None, None]
    assert not told["settled"]


def test_when_it_is_over_the_ends_are_told_though_few_more_have_answered_and_not_how_few():
    before = ends_told(ends(40, open_=117), {}, least=10, over=False, fresh=True)
    told = ends_told(ends(43, partial=20, refusal=30, other=40, unknown=24), before, least=10, over=True, fresh=False)
    assert told["settled"]
    assert told["ends"]["complete"] == 40
    hidden = [kind for kind in ("partial", "refusal", "no_contact", "other", "unknown") if told["ends"][kind] is None]
    assert hidden == ["partial", "no_contact"]  # beside the three who have answered since
    assert told["rates"][4] == pytest.approx(40 / (157 - 24), abs=1e-4)
    assert told["rates"][1] is None


def test_after_that_they_move_by_ten_or_not_at_all():
    first = ends_told(ends(40, partial=20, refusal=30, other=40, unknown=24), {}, least=10, over=True, fresh=True)
    few = ends_told(ends(52, partial=17, refusal=21, other=40, unknown=24), first, least=10, over=True, fresh=True)
    assert few["ends"] == {**first["ends"], "complete": 52}
    assert few["rates"][1:] == first["rates"][1:]
    many = ends_told(ends(60, partial=10, refusal=20, other=40, unknown=24), few, least=10, over=True, fresh=True)
    assert (many["ends"]["partial"], many["ends"]["refusal"]) == (10, 20)
