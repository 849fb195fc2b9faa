"""Regular check-ins: a look each school morning at whose has come up, what became of the others, and who was missed twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from services.scheduling.domain.journeys_checkins import CheckinRules, Period, due_on, period_on, settle
from services.scheduling.domain.series import instant
from services.scheduling.handlers import offers
from services.scheduling.handlers.desk import Wish
from services.scheduling.handlers.homes import Home, homes
from services.scheduling.ports import Ports
from services.scheduling.store import journeys_checkins as store
from services.scheduling.store import journeys_homes, people
from services.scheduling.store import offers as offer_store
from shared.ids import derived_id
from shared.messaging.uow import DueItem, UnitOfWork

LOOK_AT = time(7, 0)
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Share:
    """Of the check-ins that came up since a day: how many are where. `unmarked`: nobody said whether it was held."""

    due: int
    done: int
    missed: int
    unmarked: int
    booked: int
    offered: int

    @property
    def percent(self) -> int | None:
        """Of those whose time is over; None while there are none."""
        settled = self.done + self.missed
        return round(100 * self.done / settled) if settled else None


def plan_beats(uow: UnitOfWork, school_ids: Iterable[str]) -> None:
    """A school that has check-ins is looked at every morning; one that has none any more is not."""
    for school in people.schools(uow.connection, school_ids).values():
        if CheckinRules.of(school.settings) is None:
            uow.cancel("checkins", school.school_id)
        else:
            uow.schedule("checkins", school.school_id, _next_look(school, uow.now))


def checkins(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Settle what is open, then begin what has come up."""
    schools = people.schools(uow.connection, [item.key for item in items])
    ruled = {key: rules for key, school in schools.items() if (rules := CheckinRules.of(school.settings)) is not None}
    look(uow, ports, schools, ruled)
    plan_beats(uow, ruled)


def look(
    uow: UnitOfWork, ports: Ports, schools: Mapping[str, people.School], ruled: Mapping[str, CheckinRules]
) -> None:
    """One look at these schools; a second one on the same day finds nothing new."""
    _settle_open(uow, schools, ruled)
    _begin_due(uow, ports, schools, ruled)


def share(uow: UnitOfWork, school_ids: Collection[str], *, since: date) -> dict[str, Share]:
    """By school."""
    counted = store.counts(uow.connection, school_ids, since=since)
    found = {}
    for school_id in school_ids:
        n = counted.get(school_id, {})
        states = [n.get(state, 0) for state in ("done", "missed", "unmarked", "booked", "offered")]
        found[school_id] = Share(sum(states), *states)
    return found


def year_starts(terms: Sequence[Mapping[str, Any]], on: date) -> date | None:
    """The first day of the school year; None outside of it."""
    begins = min((date.fromisoformat(str(term["starts_on"])) for term in terms), default=None)
    ends = max((date.fromisoformat(str(term["ends_on"])) for term in terms), default=None)
    return begins if begins is not None and ends is not None and begins <= on <= ends else None


def _settle_open(
    uow: UnitOfWork, schools: Mapping[str, people.School], ruled: Mapping[str, CheckinRules]
) -> None:
    rows = store.open_of(uow.connection, schools)
    if not rows:
        return
    meetings = store.meetings_of(uow.connection, rows)
    made = offer_store.by_id(uow.connection, [row.offer_id for row in rows])
    changed, missed, over = [], [], []
    for row in rows:
        meeting = meetings.get(row.checkin_id)
        offer = made.get(row.offer_id)
        if offer is not None and offer.state == WITHDRAWN and meeting is None:
            changed.append(_changed(row, WITHDRAWN, row.misses, None, uow.now))
            continue
        school = schools[row.school_id]
        outcome = settle(
            meeting=meeting.state if meeting is not None else None,
            met_on=school.today(meeting.end_at) if meeting is not None else None,
            today=school.today(uow.now),
            closes_on=row.closes_on,
            before=row.misses,
        )
        if (outcome.state, outcome.misses) == (row.state, row.misses) and not outcome.settled:
            continue
        meeting_id = meeting.meeting_id if meeting is not None else None
        settled_at = uow.now if outcome.settled else None
        changed.append(_changed(row, outcome.state, outcome.misses, meeting_id, settled_at))
        if outcome.state == "missed":
            over.append(row.offer_id)
            missed.append((row, outcome.misses))
    store.change(uow.connection, changed)
    if over:
        offer_store.close(uow.connection, over, "expired")
        uow.cancel("offer_expired", *over)
    for row, misses in missed:
        rules = ruled.get(row.school_id)
        data = _said(row, misses) | {"limit": rules.misses if rules is not None else CheckinRules().misses}
        uow.emit("scheduling.checkin_missed", data, school=row.school_id, subject=row.student_id)


def _begin_due(
    uow: UnitOfWork, ports: Ports, schools: Mapping[str, people.School], ruled: Mapping[str, CheckinRules]
) -> None:
    years = {
        key: starts
        for key, terms in journeys_homes.first_days(uow.connection, ruled).items()
        if (starts := year_starts(terms, schools[key].today(uow.now))) is not None
    }
    students = journeys_homes.students_of_schools(uow.connection, years)
    plans = journeys_homes.plans_of(uow.connection, [row.student_id for row in students])
    all_homes = homes(uow, students)
    before: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in journeys_homes.checkins_of(uow.connection, [row.student_id for row in students]):
        before[row.student_id, row.household_id].append(row)
    places = _places(all_homes)
    rows = []
    for home in all_homes:
        school, rules = schools[home.school_id], ruled[home.school_id]
        found = _due(home, rules, years[home.school_id], school, uow.now, plan=home.student_id in plans, places=places)
        past = before[home.student_id, home.household_id]
        if found is None or any(row.period == found[0].key or row.state in store.OPEN for row in past):
            continue
        period, day = found
        closes = school.today(uow.now) + timedelta(days=rules.answer_days)
        rows.append(_row(uow, home, period, day, closes, plans.get(home.student_id), past))
    fresh = set(store.add(uow.connection, rows))
    begun = [row for row in rows if row["checkin_id"] in fresh]
    wishes = [_wish(row, ruled[row["school_id"]], schools[row["school_id"]]) for row in begun]
    offered = offers.offer(uow, ports, wishes)
    for row in begun:
        if row["offer_id"] in offered:
            uow.emit("scheduling.checkin_due", _said_row(row), school=row["school_id"], subject=row["student_id"])


def _due(
    home: Home,
    rules: CheckinRules,
    starts: date,
    school: people.School,
    now: datetime,
    *,
    plan: bool,
    places: Mapping[Home, tuple[int, int]],
) -> tuple[Period, date] | None:
    """The period and day of the check-in that has come up for this home; None: none has."""
    today, cadence = school.today(now), rules.cadence(plan=plan)
    period = period_on(today, cadence, year_starts=starts) if cadence is not None else None
    if period is None:
        return None
    place, of = places[home]
    day = due_on(period, place=place, of=of, closed=school.holidays)
    return (period, day) if day is not None and day <= today else None


def _places(all_homes: Sequence[Home]) -> dict[Home, tuple[int, int]]:
    """Each home's place among its teacher's, and how many those are."""
    by_staff: dict[str, list[Home]] = defaultdict(list)
    for home in sorted(all_homes, key=lambda each: (each.student_id, each.household_id)):
        by_staff[home.staff_id].append(home)
    return {home: (place, len(mine)) for mine in by_staff.values() for place, home in enumerate(mine)}


def _row(
    uow: UnitOfWork,
    home: Home,
    period: Period,
    day: date,
    closes_on: date,
    plan_id: str | None,
    past: Sequence[Any],
) -> dict[str, Any]:
    checkin_id = derived_id("checkin", home.student_id, home.household_id, period.key)
    settled = [row for row in past if row.state in ("done", "missed")]
    return {
        "checkin_id": checkin_id,
        "student_id": home.student_id,
        "guardian_id": home.guardian_id,
        "household_id": home.household_id,
        "staff_id": home.staff_id,
        "school_id": home.school_id,
        "plan_id": plan_id,
        "period": period.key,
        "due_on": day,
        "closes_on": closes_on,
        "state": "offered",
        "misses": settled[-1].misses if settled else 0,
        "offer_id": derived_id("offer", checkin_id),
        "meeting_id": None,
        "offered_at": uow.now,
        "settled_at": None,
    }


def _wish(row: Mapping[str, Any], rules: CheckinRules, school: people.School) -> Wish:
    ids = (row["guardian_id"], row["student_id"], row["staff_id"], row["school_id"])
    until = instant(row["closes_on"] + timedelta(days=rules.answer_days), time(), school.zone)
    return Wish(row["offer_id"], "checkin", *ids, until=until, minutes=rules.minutes)


def _changed(row: Any, state: str, misses: int, meeting_id: str | None, settled_at: datetime | None) -> dict[str, Any]:
    return {
        "checkin_id": row.checkin_id,
        "state": state,
        "misses": misses,
        "meeting_id": meeting_id,
        "settled_at": settled_at,
    }


def _said(row: Any, misses: int) -> dict[str, Any]:
    return _said_row(row._mapping) | {"misses": misses}


def _said_row(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("checkin_id", "student_id", "guardian_id", "staff_id", "school_id", "plan_id", "due_on", "misses")
    return {name: row[name] for name in names}


def _next_look(school: people.School, now: datetime) -> datetime:
    """The next 07:00 of a school day there; the next day's where clocks change at seven."""
    today = school.today(now)
    days = (today + timedelta(days=ahead) for ahead in range(120))
    open_days = (day for day in days if day.weekday() < 5 and day not in school.holidays)
    looks = (instant(day, LOOK_AT, school.zone) for day in open_days)
    return next((at for at in looks if at is not None and at > now), now + timedelta(days=1))
