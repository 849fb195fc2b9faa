"""What a download must not tell: words for one pair of eyes, the minute of a confidence, who answered anonymously."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from services.surveys.store import actions
from tests.unit.services.surveys.results.resultsworld import SURVEY, families, said, school
from tests.unit.services.surveys.surveyhouse import DUE, House

PATH = "/surveys/results/belonging/2026/responses/csv"
OVER = DUE + timedelta(days=7, minutes=1)


def district(house: House) -> Any:
    return house.as_staff("d-lead", "administrator", ())


def taken(house: House) -> list[dict[str, str]]:
    found = district(house).get(PATH)
    assert found.status_code == 200, found.text
    return list(csv.DictReader(io.StringIO(found.content.decode("utf-8-sig"))))


def answered(house: House, privacy: str, **homes: int) -> House:
    for name, number in homes.items():
        school(house, name, name.title())
        families(house, name, [said("yes", words="Said here")] * number, content={**SURVEY, "identified": privacy})
    return house


def test_what_only_the_safeguarding_lead_may_read_is_in_no_download(empty):
    answered(empty, "identified", north=12)
    with empty.unit() as uow:
        row = {
            "assignment_id": "a-north-en-00003",
            "question_id": "words",
            "guardian_id": "g-north-en-00003",
            "at": DUE,
        }
        actions.guard(uow.connection, [row])
    words = Counter(line["words"] for line in taken(empty))
    assert words == {"Said here": 11, "": 1}


def test_a_confidence_keeps_the_day_and_not_the_minute(empty):
    assert {line["submitted_at"] for line in taken(answered(empty, "confidential", north=12))} == {"2026-09-01"}


def test_anonymous_answers_wait_until_nobody_can_answer_any_more(empty):
    answered(empty, "anonymous", north=12)
    empty.clock.advance_to(OVER - timedelta(minutes=2))
    early = district(empty).get(PATH)
    assert (early.status_code, early.json["code"]) == (409, "ANONYMOUS_NOT_YET")
    empty.clock.advance_to(OVER)
    assert len(taken(empty)) == 12
    assert district(empty).get(f"{PATH}?as_of=2026-09-01T16:00:00Z").status_code == 409


def test_a_handful_of_anonymous_answers_is_never_handed_out(empty):
    answered(empty, "anonymous", north=9)
    empty.clock.advance_to(OVER)
    assert district(empty).get(PATH).status_code == 409


@pytest.mark.parametrize(
    ("homes", "named"),
    [
        ({"north": 30, "green": 12, "tiny": 3}, {"North": 30, "": 15}),
        ({"north": 30, "green": 12}, {"North": 30, "Green": 12}),
        ({"north": 30, "tiny": 6, "small": 5}, {"North": 30, "": 11}),
    ],
)
def test_having_no_school_beside_it_does_not_tell_of_a_handful_either(empty, homes, named):
    answered(empty, "anonymous", **homes)
    empty.clock.advance_to(OVER)
    assert Counter(line["school"] for line in taken(empty)) == named
