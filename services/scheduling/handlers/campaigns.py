"""Campaigns: families are invited when one opens; who has not answered when it closes is called. One comes by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from services.scheduling.domain import journeys_campaigns as rules
from services.scheduling.domain.journeys_campaigns import Progress, Standing, Wanted
from services.scheduling.domain.series import instant
from services.scheduling.handlers import offers
from services.scheduling.handlers.desk import Wish
from services.scheduling.handlers.homes import Home, homes
from services.scheduling.handlers.permission import may_invite
from services.scheduling.ports import Ports
from services.scheduling.store import journeys_campaigns as store
from services.scheduling.store import journeys_homes, people
from shared.ids import derived_id, new_id
from shared.messaging.uow import DueItem, UnitOfWork

PLANNED, OPEN, CLOSED = "planned", "open", "closed"
SEPARATOR = "/"
CALL_WITHIN = timedelta(days=1)


def make(uow: UnitOfWork, wanted: Wanted, *, by: str | None, campaign_id: str | None = None) -> str:
    """Write a campaign down and have it opened and closed on its days; opening on a day that has begun is at once."""
    campaign_id = campaign_id or new_id()
    zone = people.schools(uow.connection, [wanted.school_id])[wanted.school_id].zone
    opens = max(rules.closing(wanted.opens_on, zone), uow.now)
    row = {
        "campaign_id": campaign_id,
        "kind": wanted.kind,
        "title": wanted.title,
        "school_id": wanted.school_id,
        "staff_id": wanted.staff_id,
        "students": list(wanted.students) if wanted.students is not None else None,
        "made_by": by,
        "opens_at": opens,
        "window_start": wanted.window_start,
        "window_end": wanted.window_end,
        "closes_on": wanted.closes_on,
        "state": PLANNED,
        "made_at": uow.now,
    }
    if store.add(uow.connection, row):
        uow.schedule("campaign_opens", campaign_id, opens)
        uow.schedule("campaign_closes", campaign_id, rules.closing(wanted.closes_on, zone))
    return campaign_id


def campaign_opens(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Every home that policy allows is offered times within the window."""
    opened = store.set_state(uow.connection, [item.key for item in items], OPEN, only=[PLANNED])
    for campaign in store.by_id(uow.connection, opened).values():
        invite(uow, ports, campaign, _asked(uow, campaign))


def invite(uow: UnitOfWork, ports: Ports, campaign: Any, asked: Sequence[Home]) -> int:
    """Offer times to these homes; returns how many were invited. A home that was invited before stays as it was."""
    school = people.schools(uow.connection, [campaign.school_id])[campaign.school_id]
    already = {(row.student_id, row.guardian_id) for row in store.families(uow.connection, [campaign.campaign_id])}
    fresh = [home for home in asked if (home.student_id, home.guardian_id) not in already]
    begins = instant(campaign.window_start, time(), school.zone)
    after = begins - timedelta(minutes=5) if begins is not None and begins > uow.now else None
    until = instant(campaign.window_end + timedelta(days=1), time(), school.zone)
    wishes = {home: _wish(campaign, home, after=after, until=until) for home in fresh}
    store.add_families(uow.connection, [_family(uow, campaign, home, wish) for home, wish in wishes.items()])
    return len(offers.offer(uow, ports, list(wishes.values())))


def campaign_closes(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Who has neither answered nor been met becomes a call, if policy still lets them be called."""
    closed = store.set_state(uow.connection, [item.key for item in items], CLOSED, only=[PLANNED, OPEN])
    for campaign in store.by_id(uow.connection, closed).values():
        ask_for_calls(uow, campaign)


def ask_for_calls(uow: UnitOfWork, campaign: Any) -> int:
    """A call task for each family without a time; returns how many. Asking twice asks once."""
    waiting = [
        row
        for row, where, _ in standings(uow, [campaign.campaign_id])
        if where in (Standing.INVITED, Standing.NO_TIME)
    ]
    known = people.known(uow.connection, {row.student_id for row in waiting})
    schools = people.schools(uow.connection, [campaign.school_id])
    on = schools[campaign.school_id].today(uow.now)
    allowed = [
        row
        for row in waiting
        if may_invite(known, row.guardian_id, row.student_id, district=uow.district, on=on).allowed
    ]
    store.asked_to_call(
        uow.connection, campaign.campaign_id, [(row.student_id, row.guardian_id) for row in allowed], uow.now
    )
    for row in allowed:
        uow.emit(
            "scheduling.call_wanted",
            {
                "call_id": derived_id("call", row.campaign_id, row.student_id, row.guardian_id),
                "student_id": row.student_id,
                "guardian_id": row.guardian_id,
                "staff_id": row.staff_id,
                "school_id": campaign.school_id,
                "reason": "campaign",
                "kind": campaign.kind,
                "due_at": uow.now + CALL_WITHIN,
            },
            school=campaign.school_id,
            subject=row.student_id,
        )
    return len(allowed)


def standings(
    uow: UnitOfWork, campaign_ids: Collection[str], *, staff_id: str | None = None
) -> list[tuple[Any, Standing, Any | None]]:
    """Each family with where it stands and its meeting, if it has one."""
    meetings = store.meetings_of(uow.connection, campaign_ids)
    found = []
    for row in store.families(uow.connection, campaign_ids, staff_id=staff_id):
        meeting = meetings.get((row.campaign_id, row.student_id, row.guardian_id))
        where = rules.standing(
            meeting=meeting.state if meeting is not None else None,
            offer=row.offer_state,
            called=row.asked_to_call_at is not None,
        )
        found.append((row, where, meeting))
    return found


def progress(uow: UnitOfWork, campaign_ids: Collection[str], *, staff_id: str | None = None) -> dict[str, Progress]:
    """By campaign."""
    by_campaign: dict[str, list[Standing]] = {each: [] for each in campaign_ids}
    for row, where, _ in standings(uow, campaign_ids, staff_id=staff_id):
        by_campaign[row.campaign_id].append(where)
    return {each: Progress.of(found) for each, found in by_campaign.items()}


def plan_welcome(uow: UnitOfWork, school_ids: Iterable[str]) -> None:
    """When a school's settings or calendar have come: have its families welcomed before the first day of school."""
    schools = people.schools(uow.connection, school_ids)
    terms = journeys_homes.first_days(uow.connection, schools)
    for school in schools.values():
        found = _welcome(school, terms.get(school.school_id, []), uow.now)
        if found is not None:
            key = SEPARATOR.join((school.school_id, found.term_id))
            if not store.by_id(uow.connection, [derived_id("welcome", key)]):
                uow.schedule("welcome_calls", key, found.at)


def welcome_calls(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Make the welcome of a school year, unless the calendar has changed since it was planned."""
    schools = people.schools(uow.connection, [item.key.partition(SEPARATOR)[0] for item in items])
    terms = journeys_homes.first_days(uow.connection, schools)
    for item in items:
        school_id, _, term_id = item.key.partition(SEPARATOR)
        school = schools.get(school_id)
        if school is None:
            continue
        found = _welcome(school, terms.get(school_id, []), item.due_at - timedelta(seconds=1))
        if found is None or found.term_id != term_id:
            continue
        today = school.today(uow.now)
        last = found.first_day - timedelta(days=1)
        if last <= today:
            continue
        wanted = Wanted(
            "welcome", "", school_id, today, today, last, min(today + rules.CALL_AFTER, last)
        )
        campaign_id = make(uow, wanted, by=None, campaign_id=derived_id("welcome", item.key))
        uow.cancel("campaign_opens", campaign_id)
        campaign_opens(uow, ports, [DueItem("campaign_opens", campaign_id, uow.now, {}, 0)])


def _welcome(school: people.School, terms: Sequence[Any], now: datetime) -> rules.Welcome | None:
    rhythm = school.settings.get("rhythm") or {}
    days = int(rhythm.get("welcome_days") or rules.WELCOME_DAYS)
    return rules.welcome(terms, days=days, holidays=school.holidays, now=now, zone=school.zone)


def _asked(uow: UnitOfWork, campaign: Any) -> list[Home]:
    students = journeys_homes.students_of_schools(uow.connection, [campaign.school_id])
    chosen = set(campaign.students) if campaign.students is not None else None
    if chosen is None and campaign.staff_id is not None:
        chosen = set(journeys_homes.taught_by(uow.connection, campaign.staff_id))
    mine = [row for row in students if chosen is None or row.student_id in chosen]
    return homes(uow, mine, staff_id=campaign.staff_id)


def _wish(campaign: Any, home: Home, *, after: datetime | None, until: datetime | None) -> Wish:
    offer_id = derived_id("campaign", campaign.campaign_id, home.student_id, home.guardian_id)
    ids = (home.guardian_id, home.student_id, home.staff_id, home.school_id)
    return Wish(offer_id, campaign.kind, *ids, after=after, until=until)


def _family(uow: UnitOfWork, campaign: Any, home: Home, wish: Wish) -> dict[str, Any]:
    return {
        "campaign_id": campaign.campaign_id,
        "student_id": home.student_id,
        "guardian_id": home.guardian_id,
        "household_id": home.household_id,
        "staff_id": home.staff_id,
        "offer_id": wish.offer_id,
        "invited_at": uow.now,
        "asked_to_call_at": None,
    }
