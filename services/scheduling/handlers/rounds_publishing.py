"""From a plan to booked meetings: each home is told its own itinerary in one message, and nothing of any other home."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.scheduling.domain.rounds import GRID, Span, State
from services.scheduling.domain.rounds_instance import Job, Planned, meetings
from services.scheduling.handlers import booking, rounds
from services.scheduling.handlers.fixing import Fixed
from services.scheduling.handlers.rounds_planning import grid_of, meeting_id, spokespeople
from services.scheduling.ports import Ports
from services.scheduling.store import people
from services.scheduling.store import rounds as store
from services.scheduling.store import rounds_plans as plans
from shared.errors import HomeroomError
from shared.messaging.uow import UnitOfWork

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`booked`: meetings written or moved; `lost`: of the plan, but taken or not allowed meanwhile; `told`: homes."""

    booked: int
    lost: tuple[tuple[str, str], ...]
    cancelled: int
    told: int


def publish(uow: UnitOfWork, ports: Ports, row: Row, plan: Row, *, by: str) -> Outcome:
    """Book a plan and tell every home that answered. Publishing it again books nothing twice and tells nobody again."""
    if plan["state"] != plans.DONE or plan["round_id"] != row["round_id"]:
        raise HomeroomError("PLAN_NOT_DONE", "this plan is not finished", "wait until it is, or choose another", "plan")
    if row["state"] == State.CALLED_OFF:
        raise HomeroomError("ROUND_CALLED_OFF", "this round does not take place", "draw up another", "round")
    first = row["plan_id"] is None
    planned = planned_of(plan)
    before = booked(uow, row)
    keep = {meeting_id(row["round_id"], each.home_id, each.staff_id) for each in planned}
    gone = [meeting for each, meeting in before.items() if each not in keep]
    off = booking.cancel(uow, [meeting["meeting_id"] for meeting in gone], by="staff", quiet=True)
    results = booking.fix(uow, ports, fixed := _fixed(uow, row, Job.of(plan["job"]), planned=planned))
    moved = {each.meeting_id for each in fixed if results[each.meeting_id].outcome == "booked"}
    lost = tuple(
        (each.home_id, each.staff_id)
        for each in planned
        if (found := results.get(meeting_id(row["round_id"], each.home_id, each.staff_id))) is None
        or found.outcome in ("taken", "refused")
    )
    store.change(
        uow.connection,
        row["round_id"],
        state=State.PUBLISHED.value,
        plan_id=plan["plan_id"],
        published_at=row["published_at"] or uow.now,
    )
    for kind in ("round_opens", "round_closes", "round_calls"):
        uow.cancel(kind, row["round_id"])
    by_meeting = {meeting_id(row["round_id"], each.home_id, each.staff_id): each.home_id for each in planned}
    touched = {by_meeting[each] for each in moved}
    touched |= {home for home, _ in _homes_of(uow, row, gone)}
    told = tell(uow, ports, row, None if first else touched, change="published" if first else "moved")
    theirs = {each.staff_id for each in fixed if each.meeting_id in moved} | {each["staff_id"] for each in gone}
    _tell_staff(uow, ports, row, theirs)
    _say(uow, row, plan["plan_id"], by=by, change="published" if first else "repaired", meetings=len(moved), told=told)
    return Outcome(len(moved), lost, off, told)


def planned_of(plan: Mapping[str, Any]) -> list[Planned]:
    """The meetings of a plan that is done."""
    return meetings(Job.of(plan["job"]), plan["result"]) if plan["result"] else []


def booked(uow: UnitOfWork, row: Mapping[str, Any]) -> dict[str, Row]:
    """The round's meetings that are on, by id."""
    wishes = store.wishes(uow.connection, row["round_id"])
    return plans.booked(
        uow.connection, [meeting_id(row["round_id"], wish["home_id"], wish["staff_id"]) for wish in wishes]
    )


def as_planned(uow: UnitOfWork, row: Mapping[str, Any]) -> list[Planned]:
    """What is booked for the round now, by plan or by hand, as the meetings of a plan."""
    grid = grid_of(row, people.schools(uow.connection, [row["school_id"]])[row["school_id"]])
    found = []
    for home_id, trip in itineraries(uow, row).items():
        for each in trip:
            wall = each["start_at"].astimezone(grid.zone)
            place = grid.place(wall.date(), wall.time())
            if place is not None:
                cells = int((each["end_at"] - each["start_at"]).total_seconds()) // 60 // GRID
                found.append(Planned(home_id, each["staff_id"], *place, cells))
    return found


def itineraries(uow: UnitOfWork, row: Mapping[str, Any], home_ids: Iterable[str] | None = None) -> dict[str, list[Row]]:
    """What is booked for each home, in order of time: meeting rows with the children each is about."""
    wishes = store.wishes(uow.connection, row["round_id"], home_ids)
    by_id = {meeting_id(row["round_id"], wish["home_id"], wish["staff_id"]): wish for wish in wishes}
    found: dict[str, list[Row]] = defaultdict(list)
    for each, meeting in plans.booked(uow.connection, by_id).items():
        found[by_id[each]["home_id"]].append(meeting | {"students": by_id[each]["students"]})
    return {home: sorted(rows, key=lambda each: each["start_at"]) for home, rows in found.items()}


def move_evening(uow: UnitOfWork, ports: Ports, row: Row, *, old: date, new: date, by: str) -> Outcome:
    """A snow day: an evening's meetings take place at the same hours of another day; what cannot move is called off."""
    school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
    evenings = [Span.of(each) for each in row["evenings"]]
    if old not in {span.on for span in evenings} or new in {span.on for span in evenings}:
        raise HomeroomError("NO_SUCH_EVENING", "the days do not fit the round", "name one of its days, and another one", "day")
    changed = row | {"evenings": [Span(new if s.on == old else s.on, s.start, s.end).raw() for s in evenings]}
    wrong = rounds.faults(changed | {"answer_by": min(row["answer_by"], uow.now)}, school)
    if wrong or new <= school.today(uow.now):
        what = next(iter(wrong.values()), ["expected a day to come"])
        raise HomeroomError("EVENING_NOT_POSSIBLE", what[0], "choose another day", "day")
    store.change(uow.connection, row["round_id"], evenings=changed["evenings"])
    store.move_days(uow.connection, row["round_id"], old=old, new=new)
    if row["state"] != State.PUBLISHED:
        return Outcome(0, (), 0, 0)
    wishes = store.wishes(uow.connection, row["round_id"])
    by_id = {meeting_id(row["round_id"], wish["home_id"], wish["staff_id"]): wish for wish in wishes}
    moving = [
        meeting
        for meeting in plans.booked(uow.connection, by_id).values()
        if meeting["start_at"].astimezone(school.zone).date() == old
    ]
    fixed = [_moved(meeting, new - old, school=school) for meeting in moving]
    results = booking.fix(uow, ports, fixed)
    stuck = [each.meeting_id for each in fixed if results[each.meeting_id].outcome in ("taken", "refused")]
    off = booking.cancel(uow, stuck, by="staff", quiet=True)
    homes = {by_id[each.meeting_id]["home_id"] for each in fixed}
    told = tell(uow, ports, changed, homes, change="moved")
    _tell_staff(uow, ports, changed, {each.staff_id for each in fixed})
    _say(uow, changed, row["plan_id"], by=by, change="moved", meetings=len(fixed) - len(stuck), told=told)
    return Outcome(
        len(fixed) - len(stuck),
        tuple((by_id[each]["home_id"], by_id[each]["staff_id"]) for each in stuck),
        off,
        told,
    )


def tell(uow: UnitOfWork, ports: Ports, row: Mapping[str, Any], home_ids: Iterable[str] | None, *, change: str) -> int:
    """One message to each guardian of these homes (None: all that answered): their meetings as they now are."""
    homes = [
        home
        for home in store.homes(uow.connection, row["round_id"], home_ids).values()
        if home["state"] == "answered"
    ]
    trips = itineraries(uow, row, [home["home_id"] for home in homes])
    wished: dict[str, list[Row]] = defaultdict(list)
    for wish in store.wishes(uow.connection, row["round_id"], [home["home_id"] for home in homes]):
        wished[wish["home_id"]].append(wish)
    guardians = people.guardians(uow.connection, {person for home in homes for person in home["guardian_ids"]})
    by_id = {home["home_id"]: home for home in homes}
    audiences = rounds.audiences(uow, row, homes)
    for home_id, audience in audiences.items():
        home = by_id[home_id]
        for guardian_id, mine in audience.items():
            if guardian_id not in guardians:
                continue
            trip = [each for each in trips.get(home["home_id"], ()) if set(each["students"]) & set(mine)]
            wishes = [wish for wish in wished[home["home_id"]] if set(wish["students"]) & set(mine)]
            language = guardians[guardian_id].language
            uow.emit(
                "scheduling.round_told",
                {
                    "round_id": row["round_id"],
                    "version": int(uow.now.timestamp()),
                    "guardian_id": guardian_id,
                    "student_ids": mine,
                    "school_id": row["school_id"],
                    "change": change,
                    "meetings": [
                        {
                            "staff_id": each["staff_id"],
                            "student_ids": [child for child in each["students"] if child in mine],
                            "start": each["start_at"],
                            "end": each["end_at"],
                        }
                        for each in trip
                    ],
                    "unmet": len(wishes) - len(trip),
                    "link": rounds.link(uow, ports, row, guardian_id, version=home["version"], language=language),
                },
                school=row["school_id"],
                subject=home_id,
            )
    return len(audiences)


def _tell_staff(uow: UnitOfWork, ports: Ports, row: Mapping[str, Any], staff_ids: Collection[str]) -> None:
    """These teachers' lists are others than before; whom they meet is behind their sign-in, not in a message."""
    lists: Counter[str] = Counter(
        each["staff_id"] for trip in itineraries(uow, row).values() for each in trip if each["staff_id"] in staff_ids
    )
    for staff_id in sorted(staff_ids):
        uow.emit(
            "scheduling.round_list_ready",
            {
                "round_id": row["round_id"], "version": int(uow.now.timestamp()), "staff_id": staff_id,
                "school_id": row["school_id"], "meetings": lists[staff_id],
                "first_on": min(Span.of(each).on for each in row["evenings"]),
                "link": f"{ports.base_url}/scheduling/my-rounds/{row['round_id']}",
            },
            school=row["school_id"],
            subject=staff_id,
        )  # fmt: skip


def _fixed(uow: UnitOfWork, row: Row, job: Job, *, planned: Sequence[Planned]) -> list[Fixed]:
    school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
    grid = grid_of(row, school)
    homes = store.homes(uow.connection, row["round_id"], {each.home_id for each in planned})
    speak = spokespeople(uow, row, homes.values())
    wished = {(wish["home_id"], wish["staff_id"]): wish for wish in store.wishes(uow.connection, row["round_id"])}
    found = []
    for each in planned:
        wish, home = wished.get((each.home_id, each.staff_id)), homes.get(each.home_id)
        children = [child for child in wish["students"] if (each.home_id, child) in speak] if wish else []
        if home is None or not children:
            continue
        start = grid.instant(each.evening, each.start)
        found.append(
            Fixed(
                meeting_id=meeting_id(row["round_id"], each.home_id, each.staff_id),
                kind="conference",
                guardian_id=speak[each.home_id, children[0]],
                student_id=children[0],
                staff_id=each.staff_id,
                school_id=row["school_id"],
                start=start,
                end=start + timedelta(minutes=GRID * each.cells),
                mode=home["mode"],
                source="round",
                source_id=row["round_id"],
                quiet=True,
                interpreted=True,
            )
        )
    return found


def _moved(meeting: Row, by: timedelta, *, school: people.School) -> Fixed:
    def same_hour(moment: Any) -> Any:
        """The same wall time so many days on, whatever the clocks do in between."""
        wall = moment.astimezone(school.zone).replace(tzinfo=None) + by
        return wall.replace(tzinfo=school.zone).astimezone(moment.tzinfo)

    names = ("meeting_id", "kind", "guardian_id", "student_id", "staff_id", "school_id", "mode", "source", "source_id")
    return Fixed(
        **{name: meeting[name] for name in names},
        start=same_hour(meeting["start_at"]),
        end=same_hour(meeting["end_at"]),
        room_id=meeting["room_id"],
        quiet=True,
        interpreted=True,
    )


def _homes_of(uow: UnitOfWork, row: Mapping[str, Any], gone: Sequence[Row]) -> set[tuple[str, str]]:
    wishes = store.wishes(uow.connection, row["round_id"])
    ids = {meeting["meeting_id"] for meeting in gone}
    return {
        (wish["home_id"], wish["staff_id"])
        for wish in wishes
        if meeting_id(row["round_id"], wish["home_id"], wish["staff_id"]) in ids
    }


def _say(
    uow: UnitOfWork, row: Mapping[str, Any], plan_id: str, *, by: str, change: str, meetings: int, told: int
) -> None:
    uow.emit(
        "scheduling.round_published",
        {
            "round_id": row["round_id"], "school_id": row["school_id"], "plan_id": plan_id, "published_by": by,
            "change": change, "meetings": meetings, "homes_told": told,
        },
        school=row["school_id"],
        subject=row["round_id"],
    )  # fmt: skip
