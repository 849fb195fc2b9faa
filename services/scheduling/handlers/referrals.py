"""Support a family asks for: with consent the counselor hears of it, else nobody; the list of services comes either way (F34)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.scheduling.domain.loop_days import REFERRAL_WITHIN
from services.scheduling.handlers import loop_words
from services.scheduling.handlers.loop_words import SCHOOL_LANGUAGE
from services.scheduling.handlers.permission import may_invite
from services.scheduling.store import loop_said as store
from services.scheduling.store import people
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def need_identified(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """A referral for the counselor where the guardian consented; local services to the guardian in any case."""
    schools = people.schools(uow.connection, {event.data["school_id"] for event in events})
    counselors = store.heads(uow.connection, list(schools), "counselor", "principal")
    rows = [_row(uow, event, counselors) for event in events if event.data["consent"]]
    fresh = store.add_referrals(uow.connection, rows)
    for row in rows:
        if row["referral_id"] in fresh:
            told = ("referral_id", "guardian_id", "student_id", "school_id", "counselor_id", "need", "due_at")
            uow.emit(
                "scheduling.referral_made",
                {name: row[name] for name in told},
                school=row["school_id"],
                subject=row["student_id"],
            )
    _list_services(uow, events, schools)


def _row(uow: UnitOfWork, event: Event, counselors: Mapping[str, str]) -> dict[str, Any]:
    data = event.data
    return {
        "referral_id": derived_id("referral", data["need_id"]),
        **{name: data[name] for name in ("guardian_id", "student_id", "school_id", "need")},
        "counselor_id": counselors.get(data["school_id"]),
        "state": store.OPEN,
        "made_at": uow.now,
        "due_at": uow.now + REFERRAL_WITHIN,
        "done_at": None,
    }


def _list_services(uow: UnitOfWork, events: Sequence[Event], schools: Mapping[str, people.School]) -> None:
    known = people.known(uow.connection, {event.data["student_id"] for event in events})
    spoken = loop_words.languages(uow, (event.data["guardian_id"] for event in events))
    for event in events:
        data, school = event.data, schools.get(event.data["school_id"])
        if school is None:
            continue
        on = school.today(uow.now)
        if not may_invite(known, data["guardian_id"], data["student_id"], district=uow.district, on=on).allowed:
            continue
        language = spoken.get(data["guardian_id"], SCHOOL_LANGUAGE)
        found = services_for(school.settings, data["need"], language)
        if found is not None:
            told = {name: data[name] for name in ("need_id", "guardian_id", "student_id", "school_id")}
            uow.emit(
                "scheduling.services_listed",
                {**told, "language": language, "services": found},
                school=data["school_id"],
                subject=data["student_id"],
                cause=event,
            )


def services_for(settings: Mapping[str, Any], need: str, language: str) -> str | None:
    """The school's list for a need in a language, else in the school's; None where the school has entered none."""
    by_language = ((settings.get("loop") or {}).get("services") or {}).get(need) or {}
    found = by_language.get(language) or by_language.get(language.split("-")[0]) or by_language.get(SCHOOL_LANGUAGE)
    return str(found) if found else None


def done(uow: UnitOfWork, referral_id: str) -> None:
    store.referral_done(uow.connection, referral_id, uow.now)
