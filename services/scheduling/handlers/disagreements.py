"""A guardian sees one step differently: it pauses, both sides' words stand with the facts, a mediator offers to meet (F33)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

from services.scheduling.domain.loop_days import MEDIATION_SCHOOL_DAYS, school_days_on
from services.scheduling.handlers import loop_words, offers
from services.scheduling.handlers.desk import Wish
from services.scheduling.handlers.loop_words import SCHOOL_LANGUAGE
from services.scheduling.ports import Ports
from services.scheduling.store import loop_plans, people
from services.scheduling.store import loop_said as store
from services.scheduling.store import offers as offer_store
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

OUTCOMES = ("agreed", "agreed_to_differ")


def open_one(
    uow: UnitOfWork, ports: Ports, plan: Any, n: int, *, guardian_id: str, version: int, text: str, language: str
) -> str:
    """Write it down as it was said, and offer the mediator's times; returns its id. Saying it twice opens one."""
    disagreement_id = derived_id("disagreement", plan.plan_id, str(version), str(n), guardian_id)
    school = people.schools(uow.connection, [plan.school_id])[plan.school_id]
    mediator = store.heads(uow.connection, [plan.school_id], "counselor", "principal").get(plan.school_id)
    meet_by = school_days_on(school.today(uow.now), _within(school), holidays=school.holidays)
    row = {
        "disagreement_id": disagreement_id,
        "plan_id": plan.plan_id,
        "version": version,
        "n": n,
        "guardian_id": guardian_id,
        "student_id": plan.student_id,
        "school_id": plan.school_id,
        "facts": _facts(uow, plan, version, n, school=school),
        "mediator_id": mediator,
        "offer_id": None,
        "meet_by": meet_by,
        "state": store.OPEN,
        "opened_at": uow.now,
        "closed_at": None,
        "closed_by": None,
    }
    if not store.open_disagreement(uow.connection, row):
        return disagreement_id
    say_view(uow, row, text, side="home", person_id=guardian_id, language=language, n=1)
    told = ("disagreement_id", "plan_id", "version", "guardian_id", "student_id", "school_id", "mediator_id", "meet_by")
    uow.emit(
        "scheduling.disagreement_opened",
        {**{name: row[name] for name in told}, "step": n, "staff_id": plan.staff_id, "views": text},
        school=plan.school_id,
        subject=plan.student_id,
    )
    if mediator is not None:
        _offer(uow, ports, row, mediator, school)
    return disagreement_id


def _within(school: people.School) -> int:
    """School days until the mediated meeting; the school's setting `loop`, else five."""
    return int((school.settings.get("loop") or {}).get("mediation_school_days", MEDIATION_SCHOOL_DAYS))


def _offer(uow: UnitOfWork, ports: Ports, row: dict[str, Any], mediator: str, school: people.School) -> None:
    """Times until the day it is promised for; where there are none, later ones rather than none (the list says so)."""
    offer_id = derived_id("mediation", row["disagreement_id"])
    ids = (row["guardian_id"], row["student_id"], mediator, row["school_id"])
    until = datetime.combine(row["meet_by"], time.max, school.zone).astimezone(UTC)
    made = offers.offer(uow, ports, [Wish(offer_id, "asked", *ids, until=until)]).get(offer_id)
    if made is not None and made["state"] == offer_store.UNSERVED:
        made = offers.offer(uow, ports, [Wish(offer_id, "asked", *ids)]).get(offer_id)
    if made is not None:
        store.set_mediation(uow.connection, row["disagreement_id"], offer_id)


def _facts(uow: UnitOfWork, plan: Any, version: int, n: int, *, school: people.School) -> list[dict[str, Any]]:
    """What is known with its day: when the step was proposed, the standings since, what was reported of the step."""
    proposed = loop_plans.versions(uow.connection, [plan.plan_id])[plan.plan_id, version].proposed_at
    facts: list[dict[str, Any]] = [{"on": school.today(proposed).isoformat(), "kind": "proposed", "value": version}]
    for standing in loop_plans.standings(uow.connection, plan.student_id, plan.class_id):
        facts.append({"on": standing.as_of.isoformat(), "kind": "standing", "value": standing.score})
    for report in loop_plans.reports(uow.connection, plan.plan_id, version):
        if report.n == n:
            facts.append({"on": school.today(report.said_at).isoformat(), "kind": report.what, "value": n})
    return sorted(facts, key=lambda fact: str(fact["on"]))


def say_view(
    uow: UnitOfWork,
    row: Mapping[str, Any],
    text: str,
    *,
    side: str,
    person_id: str,
    language: str = SCHOOL_LANGUAGE,
    n: int | None = None,
) -> None:
    """One side's words, beside what is there; each side reads the other's in its language."""
    number = n or len(store.views(uow.connection, [row["disagreement_id"]])) + 1
    words = loop_words.text_id(row["disagreement_id"], str(number))
    loop_words.write(uow, {words: text}, language=language)
    view = {"disagreement_id": row["disagreement_id"], "n": number, "side": side, "person_id": person_id}
    store.add_view(uow.connection, {**view, "text_id": words, "said_at": uow.now})
    spoken = loop_words.languages(uow, [row["guardian_id"]]).get(row["guardian_id"], SCHOOL_LANGUAGE)
    loop_words.ask(uow, [(words, SCHOOL_LANGUAGE), (words, spoken)], [row["student_id"]])


def close(uow: UnitOfWork, disagreement_id: str, outcome: str, *, by: str) -> bool:
    """Agreed, or agreed to differ: the step goes on (as a new version says, where one was agreed). False: closed before."""
    row = store.close_disagreement(uow.connection, disagreement_id, outcome, by=by, now=uow.now)
    if row is None:
        return False
    plan = loop_plans.by_id(uow.connection, [row.plan_id])[row.plan_id]
    told = ("disagreement_id", "plan_id", "guardian_id", "student_id", "school_id", "mediator_id")
    uow.emit(
        "scheduling.disagreement_closed",
        {**{name: getattr(row, name) for name in told}, "staff_id": plan.staff_id, "outcome": outcome},
        school=row.school_id,
        subject=row.student_id,
    )
    return True
