"""Pulse and polls speak of homes: two guardians of one home are one of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.surveys.domain.polls import Method
from services.surveys.domain.polls_result import result_of
from tests.unit.services.surveys.surveyhouse import House


def home(house: House, number: int, *, guardians: int) -> None:
    """A home of the third grade with as many guardians."""
    for each in range(guardians):
        who = f"g-home{number}-{each}"
        house.guardian(who, "s-riya")
        house.hear(
            house.event(
                "district.guardian_linked", guardian_id=who, student_id="s-riya", revision=house.next(),
                household_id=f"hh-home{number}", relationship="Mother", legal_guardian=True, lives_with=True, priority=1,
                receives=True, language="en", name={"given_name": "Jo", "family_name": "Lee"},
                contact={"email": None, "sms": "+13125550111", "phone": None},
            )
        )  # fmt: skip


def answer(house: House, number: int, each: int, value: str) -> None:
    link = next(
        event.data["link"] for event in house.invitations()
        if event.data["guardian_id"] == f"g-home{number}-{each}" and event.data["kind"] == "pulse"
    )  # fmt: skip
    path = link.removeprefix("https://homeroom.example.org")
    assert house.anyone().post(path, json={"answers": {"welcome": {"values": [value]}}}).status_code == 200


def pulse(house: House, homes: int) -> dict[str, Any]:
    """Both guardians of each home answer; the second one says the least."""
    for number in range(homes):
        home(house, number, guardians=2)
    house.school(intake=None, surveys={"pulse": {}})
    house.advance(datetime(2026, 11, 25, 15, 0, tzinfo=UTC))
    for number in range(homes):
        answer(house, number, 0, "p5")
    house.advance(datetime(2026, 11, 26, 15, 0, tzinfo=UTC))
    for number in range(homes):
        answer(house, number, 1, "p1")
    house.advance(datetime(2026, 12, 30, 15, 0, tzinfo=UTC))
    return next(event.data for event in house.said("surveys.pulse_scored") if event.data["item"] == "welcome")


def test_six_homes_with_twelve_answers_are_too_few_for_the_pulse(house: House) -> None:
    assert pulse(house, 6)["suppressed"]


def test_each_home_counts_once_in_the_pulse_by_its_first_answer(house: House) -> None:
    told = pulse(house, 10)
    assert (told["n"], told["mean"], told["invited"]) == (10, 5.0, 13)  # with the three homes of the small district


def test_twelve_votes_of_six_homes_are_too_few_for_a_number(house: House) -> None:
    votes = [("en", ("o1",))] * 12
    alone = result_of(Method.PLURALITY, votes, ("o1", "o2"), asked=30, quorum=30, least=10)
    paired = result_of(Method.PLURALITY, votes, ("o1", "o2"), asked=15, quorum=30, least=10, homes=[2] * 6)
    assert alone.answered == 12
    assert (paired.answered, paired.rate, paired.quorum_met) == (None, None, True)
    mixed = [("en", ("o1",))] * 15 + [("en", ("o2",))] * 21
    told = result_of(Method.PLURALITY, mixed, ("o1", "o2"), asked=100, quorum=30, least=10, homes=[2] * 16 + [1] * 4)
    assert told.votes["o1"] is None  # fifteen votes may be of eight homes
    assert (told.answered, told.rate) == (20, 0.2)
    assert told.leading == ("o2",)
