"""The pure rules: what is unusual, what is confirmed, what is silence, and what the settings may say."""

from __future__ import annotations

from datetime import timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from services.notifications.domain.blast import Fault, Limits, Unusual, confirmed, fault, unusual
from shared.directory.config.schemas import Alerts

SIZES = st.lists(st.integers(1, 50_000), max_size=10)


@given(st.integers(0, 50_000), SIZES)
def test_a_sender_is_asked_exactly_where_it_is_many_and_far_more_than_before(guardians, past):
    asked = unusual(guardians, past, Limits())
    far = not past or guardians > 5 * median(past)
    assert (asked is not None) == (guardians > 200 and far)


@given(st.integers(1, 50_000), SIZES)
def test_the_whole_district_is_always_asked_about(guardians, past):
    assert unusual(guardians, past, Limits(), whole_district=True) is Unusual.DISTRICT


def test_seven_hundred_families_after_single_ones_is_asked_about():
    assert unusual(700, [1, 2, 1, 28, 1], Limits()) is Unusual.LARGER
    assert unusual(700, [650, 690, 1, 700], Limits()) is None
    assert unusual(700, [], Limits()) is Unusual.FIRST


@given(st.integers(0, 100_000), st.text(max_size=12))
def test_only_the_number_itself_confirms(guardians, typed):
    digits = "".join(char for char in typed if char not in " ,.").strip()
    assert confirmed(typed, guardians) == (digits.isdecimal() and int(digits) == guardians)
    assert confirmed(f" {guardians:,} ", guardians) and not confirmed(None, guardians)


@given(st.integers(0, 50_000), st.integers(0, 50_000))
def test_silence_is_an_alarm_from_twenty_on(planned, accepted):
    accepted = min(planned, accepted)
    found = fault(planned, accepted, Limits())
    if planned < 20:
        assert found is None
    elif accepted == 0:
        assert found is Fault.NOTHING
    else:
        assert (found is Fault.FEW) == (accepted * 2 < planned)


def test_a_schools_settings_change_the_limits_and_leave_the_rest():
    limits = Limits.of({"alerts": {"unusual_over": 50, "canary": "g-1", "emergency_hours": 2, "alarm_share": None}})
    assert (limits.unusual_over, limits.alarm_share, limits.lasts(emergency=True)) == (50, 0.5, timedelta(hours=2))
    assert Limits.of({"alerts": None}) == Limits.of({}) == Limits()
    assert (Limits().undo(emergency=True), Limits().undo(emergency=False)) == (timedelta(0), timedelta(minutes=1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"undo": 60},
        {"emergency_undo_seconds": 60},
        {"alarm_share": 2},
        {"cap_senders": [{"sender": "alerts@county.example", "token_sha256": "secret"}]},
        {"cap_senders": [{"token_sha256": "0" * 64}]},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        Alerts().load(wrong)


def test_the_settings_name_every_limit():
    assert set(Limits.__slots__) <= set(Alerts().fields)
