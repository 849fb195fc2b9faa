"""Our own validation of the six questions' answers, per CPU-second: from the request's JSON to what would be stored."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import yaml

from shared.benches import surveys_world as world

BATCH = 200


def run(*, seconds: float) -> dict[str, Any]:
    """How many sets of answers were validated in how many CPU-seconds, and how many were right."""
    conditions, answers = world.module("handlers.conditions"), world.module("domain.answers")
    given_of = world.module("domain.given").given_of
    survey = world.module("domain.definition").survey_of(yaml.safe_load(world.DEFINITION))
    today = date(2026, 9, 1)
    plain = [_plain(number) for number in range(500)]
    done = valid = 0
    began = time.process_time()
    while (spent := time.process_time() - began) < seconds:
        for _ in range(BATCH):
            given = {key: given_of(each) for key, each in plain[done % len(plain)].items()}
            asked = conditions.applying(survey, survey.questions, given, today)
            by_id = {question.id: question for question in asked}
            given = {key: each for key, each in given.items() if key in by_id and not each.empty}
            faults = answers.problems(asked, given, children=["s"]) or conditions.refused(survey, asked, given, today)
            kept = {key: answers.fitted(by_id[key], each) for key, each in given.items()}
            valid += bool(kept and not faults)
            done += 1
    return {"done": done, "valid": valid, "cpu_s": spent}


def _plain(number: int) -> dict[str, dict[str, Any]]:
    form = world.answers(number)
    return {
        name.partition(".")[0]: {"text": values[0]} if name.endswith(".text") else {"values": values}
        for name, values in form.items()
    }
