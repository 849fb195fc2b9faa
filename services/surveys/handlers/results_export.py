"""Responses of a round as rows for other programs: as much of who answered as the survey's privacy allows, streamed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, BinaryIO

from services.surveys.domain.answers import given_of
from services.surveys.domain.calendar import school_year
from services.surveys.domain.definition import Survey, survey_of
from services.surveys.domain.kinds import Privacy
from services.surveys.handlers.results import counted, least_of
from services.surveys.results.exports import Format, write
from services.surveys.results.exports.fields import Value, fields_of, row_of
from services.surveys.results.nonresponse import Trait
from services.surveys.results.raking import rake
from services.surveys.results.rates import Disposition
from services.surveys.store import results as store
from services.surveys.store import roster
from shared.messaging.uow import UnitOfWork

Weights = dict[tuple[str, str, str], float]  # by language, school, grade
WEIGHED = (Trait.LANGUAGE, Trait.SCHOOL, Trait.GRADE)


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
    """Write the responses of these schools (or all) that had come by `as_of`; how many there were.

    `as_of` leaves out what came later; what was corrected or erased since stays so.
    """
    least = least_of(uow, survey.id, round_)
    homes = store.answered(uow.connection, survey.id, round_)
    names = {school.id: school.name for school in roster.schools(uow.connection, list(homes)).values()}
    if survey.identified is Privacy.ANONYMOUS:  # of a handful at a school, the school alone would tell who it is
        names = {school: name for school, name in names.items() if homes[school] >= least}
    weights = {} if survey.identified is Privacy.ANONYMOUS else _weights(uow, survey, round_, homes.keys())
    fields = fields_of(survey)

    def rows() -> Iterator[list[Value]]:
        found = store.answers(uow.connection, survey.id, round_, homes_once=False, schools=schools, until=as_of)
        for number, (_, group) in enumerate(groupby(found, key=lambda row: row.assignment_id), 1):
            lines = list(group)
            given = {line.question_id: given_of(line.content) for line in lines if line.question_id is not None}
            yield row_of(fields, _about(survey, lines[0], number, names, weights), given)

    year = int(school_year(uow.now.date())[:4]) + 1
    return write(out, form, survey, rows, now=uow.now, school_year=year)


def _about(survey: Survey, line: Any, number: int, names: dict[str, str], weights: Weights) -> dict[str, Any]:
    about: dict[str, Any] = {
        "response": line.assignment_id if survey.identified is Privacy.IDENTIFIED else str(number),
        "school": names.get(line.school_id),
    }
    if survey.identified is Privacy.ANONYMOUS:
        return about
    if survey.identified is Privacy.IDENTIFIED:
        about |= {"guardian_id": line.guardian_id, "guardian": line.guardian}
    return about | {
        "grade": line.grade,
        "language": line.language,
        "via": line.via,
        "submitted_at": line.submitted_at.isoformat(timespec="minutes"),
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
