"""Which guardians may be asked, about which children: policy's answer, for a whole page of guardians at a time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from services.surveys.domain.asking import Ask, NotAsked, ask
from services.surveys.domain.definition import Survey, survey_of
from services.surveys.store import campaigns, people, roster
from services.surveys.store.roster import Family
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Boundary, Facts, Link, Resource, Restriction, Subject, about_whom


@dataclass(frozen=True)
class Reach:
    """What one guardian may be asked."""

    family: Family
    asked: Ask | NotAsked


def reach(
    uow: UnitOfWork,
    survey: Survey,
    guardian_ids: Collection[str],
    *,
    zone: str,
    students: Collection[str] | None = None,
    question_ids: Mapping[str, Collection[str]] | None = None,
) -> dict[str, Reach]:
    """By guardian. `students`: only these children count; `question_ids`: what a guardian was asked already stays all."""
    boundaries = people.boundaries(uow.connection, guardian_ids)
    declined = {} if question_ids is not None else people.declined(uow.connection, guardian_ids, survey.id)
    found: dict[str, Reach] = {}
    for family in roster.families(uow.connection, guardian_ids):
        limits = boundaries.get(family.guardian_id, set())
        children = [
            child
            for child in children_of(uow, family, limits, zone=zone)
            if students is None or child in students
        ]
        asked = ask(survey, children=children, boundaries=limits, declined=declined.get(family.guardian_id, ()))
        if isinstance(asked, Ask) and question_ids is not None:
            kept = tuple(each for each in asked.question_ids if each in question_ids[family.guardian_id])
            asked = Ask(kept, asked.student_ids) if kept else NotAsked.NO_QUESTION
        found[family.guardian_id] = Reach(family, asked)
    return found


def children_of(uow: UnitOfWork, family: Family, boundaries: Collection[str], *, zone: str) -> Sequence[str]:
    """The children about whom this guardian may be surveyed: each asked of policy, restrictions first."""
    students = tuple(sorted(link.student_id for link in family.links))
    facts = Facts(
        on=uow.now.astimezone(ZoneInfo(zone)).date(),
        restrictions=tuple(
            Restriction(row.guardian_id, row.student_id, row.scope, row.starts_on, row.ends_on, row.lifted)
            for row in family.restrictions
        ),
        links={
            (family.guardian_id, link.student_id): Link(link.legal_guardian, link.lives_with, link.receives)
            for link in family.links
        },
        boundaries=frozenset(Boundary(scope) for scope in boundaries),
    )
    resource = Resource.guardian(family.guardian_id, uow.district, students=students)
    return about_whom(Subject.system("surveys", uow.district), Action.SURVEY, resource, facts)


def still_asked(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], Ask]]:
    """Policy and boundaries anew: a restriction or a boundary set since the assignment holds for all that follows."""
    schools = roster.schools(uow.connection, {row["school_id"] for row in rows})
    surveys = {
        version: survey_of(content)
        for version, content in campaigns.contents(uow.connection, {row["version"] for row in rows}).items()
    }
    # a guardian may have two of one survey and school on a page (two rounds of it): each stands in a group of its own
    groups: dict[tuple[str, str, int], dict[str, dict[str, Any]]] = defaultdict(dict)
    seen: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        key = (row["version"], row["school_id"], row["guardian_id"])
        groups[row["version"], row["school_id"], seen[key]][row["guardian_id"]] = row
        seen[key] += 1
    kept: list[tuple[dict[str, Any], Ask]] = []
    for (version, school_id, _), members in groups.items():
        questions = {guardian: row["question_ids"] for guardian, row in members.items()}
        found = reach(
            uow, surveys[version], members.keys(), zone=schools[school_id].timezone, question_ids=questions
        )
        for guardian, reached in found.items():
            if isinstance(reached.asked, Ask):
                own = set(members[guardian]["student_ids"])
                children = tuple(child for child in reached.asked.student_ids if child in own)
                if children:
                    kept.append((members[guardian], Ask(reached.asked.question_ids, children)))
    return kept
