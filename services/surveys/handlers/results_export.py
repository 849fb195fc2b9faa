"""Responses of a round as rows for other programs: as much of who answered as the survey's privacy allows, streamed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, BinaryIO

from services.surveys.domain.answers import given_of
from services.surveys.domain.calendar import school_year
from services.surveys.domain.definition import Survey, survey_of
from services.surveys.domain.effects import withheld
from services.surveys.domain.kinds import Privacy
from services.surveys.handlers.results import counted, least_of
from services.surveys.results.exports import Format, write
from services.surveys.results.exports.fields import Value, fields_of, row_of
from services.surveys.results.nonresponse import Trait
from services.surveys.results.raking import rake
from services.surveys.results.rates import Disposition
from services.surveys.store import results as store
from services.surveys.store import roster
from shared.errors import HomeroomError
from shared.messaging.uow import UnitOfWork

Weights = dict[tuple[str, str, str], float]  # by language, school, grade
WEIGHED = (Trait.LANGUAGE, Trait.SCHOOL, Trait.GRADE)


class NotYet(HomeroomError):
    """Anonymous answers that would tell who gave them: by being few, or by what has come since the last download."""

    def __init__(self, survey_id: str, least: int) -> None:
        super().__init__(
            "ANONYMOUS_NOT_YET",
            f"Anonymous answers are handed out whole, once nobody can answer any more and {least} have.",
            "Ask when the survey is over, without a date; the figures can be read now.",
            survey_id,
        )


def survey_asked(uow: UnitOfWork, survey_id: str, round_: str) -> Survey | None:
    """What the round asks, in its newest version; None where there is no such round."""
    content = store.newest_content(uow.connection, survey_id, round_)
    return survey_of(content) if content is not None else None


def export(
    uow: UnitOfWork,
    out: BinaryIO,
    form: Format,
    *,
    survey: Survey,
    round_: str,
    schools: Collection[str] | None = None,
    as_of: datetime | None = None,
) -> int:
    """Write the responses of these schools (or all) that had come by `as_of`; how many there were (NotYet).

    `as_of` leaves out what came later; what was corrected or erased since stays so.
    """
    least = least_of(uow, survey.id, round_)
    homes = store.answered(uow.connection, survey.id, round_)
    names = {school.id: school.name for school in roster.schools(uow.connection, list(homes)).values()}
    if survey.identified is Privacy.ANONYMOUS:
        if as_of is not None or sum(homes.values()) < least or not _over(uow, survey, round_):
            raise NotYet(survey.id, least)
        names = {school: names[school] for school in _nameable(homes, least) & names.keys()}
    weights = {} if survey.identified is Privacy.ANONYMOUS else _weights(uow, survey, round_, homes.keys())
    fields = fields_of(survey)
    asked = {question.id: question for question in survey.questions}

    def rows() -> Iterator[list[Value]]:
        found = store.answers(uow.connection, survey.id, round_, homes_once=False, schools=schools, until=as_of)
        for number, (_, group) in enumerate(groupby(found, key=lambda row: row.assignment_id), 1):
            lines = list(group)
            told = [line for line in lines if line.question_id is not None and not line.guarded]
            given = {line.question_id: given_of(line.content) for line in told}
            if survey.identified is Privacy.IDENTIFIED:  # beside a name, what nobody may be told of is not told
                given = {key: each for key, each in given.items() if key not in asked or not withheld(asked[key], given)}
            yield row_of(fields, _about(survey, lines[0], number, names, weights), given)

    year = int(school_year(uow.now.date())[:4]) + 1
    return write(out, form, survey, rows, now=uow.now, school_year=year)


def _over(uow: UnitOfWork, survey: Survey, round_: str) -> bool:
    """Whether nobody can answer any more: of two downloads while it runs, the second tells who has answered since."""
    ends = [row.due_at for row in store.campaigns_of(uow.connection, survey.id, round_)]
    return bool(ends) and uow.now > max(ends) + timedelta(days=survey.grace_days)


def _nameable(homes: dict[str, int], least: int) -> set[str]:
    """Schools that may stand beside an anonymous answer. Of a handful the school alone would tell who it is; and who is left
    without a school must be `least` or nobody, or having none would tell the same."""
    found = {school for school, count in homes.items() if count >= least}
    unnamed = sum(count for school, count in homes.items() if school not in found)
    for school in sorted(found, key=lambda each: (homes[each], each)):
        if not 0 < unnamed < least:
            break
        found.remove(school)
        unnamed += homes[school]
    return found


def _about(survey: Survey, line: Any, number: int, names: dict[str, str], weights: Weights) -> dict[str, Any]:
    about: dict[str, Any] = {
        "response": line.assignment_id if survey.identified is Privacy.IDENTIFIED else str(number),
        "school": names.get(line.school_id),
    }
    if survey.identified is Privacy.ANONYMOUS:
        return about
    if survey.identified is Privacy.IDENTIFIED:
        about |= {"guardian_id": line.guardian_id, "guardian": line.guardian}
    came = line.submitted_at
    return about | {
        "grade": line.grade,
        "language": line.language,
        "via": line.via,
        # given in confidence: the minute stands beside a name elsewhere (a receipt that went out)
        "submitted_at": came.isoformat(timespec="minutes") if "guardian" in about else came.date().isoformat(),
        "weight": weights.get((line.language, line.school_id, line.grade or "unknown")),
    }


def _weights(uow: UnitOfWork, survey: Survey, round_: str, schools: Collection[str]) -> Weights:
    """Weights to the roster by language, school and grade; none where the margins cannot be met."""
    tally = counted(uow, survey, survey.id, round_, schools)
    roster_counts = {
        trait.value: {
            name: sum(n for kind, n in ends.items() if kind is not Disposition.INELIGIBLE)
            for name, ends in tally.ends[trait].items()
        }
        for trait in WEIGHED
    }
    lines = [dict(traits) for traits in tally.combined]
    found = rake(lines, roster_counts, times=list(tally.combined.values()))
    if found.failed:
        return {}
    sums: dict[tuple[str, str, str], list[float]] = {}
    for line, weight, many in zip(lines, found.weights, found.times, strict=True):
        held = sums.setdefault((line["language"], line["school"], line["grade"]), [0.0, 0.0])
        held[0] += weight * many
        held[1] += many
    return {key: round(total / many, 6) for key, (total, many) in sums.items()}
