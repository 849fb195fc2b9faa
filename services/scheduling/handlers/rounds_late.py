"""After publishing: what is still free for a home, taken by who comes first, and the waiting list where nothing is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.scheduling.domain.rounds import GRID, WANTED, Grid, Span, State, spans_of
from services.scheduling.domain.rounds_instance import WITHOUT_WALK, cells_of
from services.scheduling.handlers import booking
from services.scheduling.handlers.fixing import Fixed, Result
from services.scheduling.handlers.rounds_planning import grid_of, meeting_id, spokespeople
from services.scheduling.handlers.rounds_publishing import tell
from services.scheduling.ports import Ports
from services.scheduling.store import availability, people
from services.scheduling.store import rounds as store
from services.scheduling.store import rounds_plans as plans
from shared.messaging.uow import DueItem, UnitOfWork

Row = dict[str, Any]
Cell = tuple[int, int]  # evening, cell
NOTICE = timedelta(minutes=30)
TO_ANSWER = timedelta(hours=4)  # of a place that came free: then the next in line hears of it
LOOK = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Free:
    """A time with a teacher. `fits`: within what the home said it can come."""

    start: datetime
    end: datetime
    fits: bool


@dataclass(frozen=True)
class Board:
    """What is taken and who is there, read once for any number of homes."""

    row: Row
    grid: Grid
    since: datetime
    teachers: Mapping[str, Row]
    staff_busy: Mapping[str, Any]
    guardian_busy: Mapping[str, Any]
    interpreting: Mapping[str, Counter[Cell]]

    @classmethod
    def of(cls, uow: UnitOfWork, row: Row, homes: Iterable[Row], *, staff_ids: Iterable[str]) -> Board:
        """For these homes and teachers."""
        connection, wanted = uow.connection, set(staff_ids)
        grid = grid_of(row, people.schools(connection, [row["school_id"]])[row["school_id"]])
        since = uow.now + NOTICE
        staff_busy, guardian_busy = availability.busy(
            connection,
            staff_ids=wanted,
            guardian_ids={person for home in homes for person in home["guardian_ids"]},
            since=since,
        )
        teachers = store.teachers(connection, row["round_id"])
        return cls(
            row,
            grid,
            since,
            {each["staff_id"]: each for each in teachers if each["staff_id"] in wanted},
            staff_busy,
            guardian_busy,
            _interpreting(uow, row, grid),
        )

    def free(self, home: Row, staff_id: str) -> list[Free]:
        """When this home could still meet the teacher, times that it can come at first."""
        teacher = self.teachers.get(staff_id)
        if teacher is None or teacher["absent"]:
            return []
        walk = timedelta(minutes=0 if home["mode"] in WITHOUT_WALK else self.row["travel_minutes"])
        own = [(b.start - walk, b.end + walk) for person in home["guardian_ids"] for b in self.guardian_busy.get(person, ())]
        busy = [(each.start, each.end) for each in self.staff_busy.get(staff_id, ())]
        extra = self.row["interpreted_extra"] if home["language"] in self.row["interpreters"] else 0
        possible = _cells(self.grid.without(self.grid.windows(None), own)) - self._nobody_interprets(home["language"])
        theirs = _cells(self.grid.windows(spans_of(home["windows"])))
        length, step = cells_of(teacher["minutes"] + extra), cells_of(teacher["minutes"])
        found = []
        for evening, first, last in self.grid.without(self.grid.windows(spans_of(teacher["windows"])), busy):
            for cell in range(first, last - length + 1, step):
                held = {(evening, each) for each in range(cell, cell + length)}
                start = self.grid.instant(evening, cell)
                if held <= possible and start > self.since:
                    found.append(Free(start, start + timedelta(minutes=GRID * length), held <= theirs))
        return sorted(found, key=lambda each: (not each.fits, each.start))

    def _nobody_interprets(self, language: str | None) -> set[Cell]:
        """Cells in which all interpreters of the language are with a family."""
        count = self.row["interpreters"].get(language, 0) if language else 0
        return {cell for cell, taken in self.interpreting.get(language or "", Counter()).items() if taken >= count > 0}


def _cells(windows: Sequence[Sequence[int]]) -> set[Cell]:
    return {(evening, cell) for evening, first, last in windows for cell in range(first, last)}


def _interpreting(uow: UnitOfWork, row: Row, grid: Grid) -> dict[str, Counter[Cell]]:
    """For each language the interpreters that are busy in each cell."""
    if not row["interpreters"]:
        return {}
    homes = {
        home["home_id"]: home["language"]
        for home in store.homes(uow.connection, row["round_id"]).values()
        if home["language"] in row["interpreters"]
    }
    wishes = store.wishes(uow.connection, row["round_id"], homes)
    language = {meeting_id(row["round_id"], wish["home_id"], wish["staff_id"]): homes[wish["home_id"]] for wish in wishes}
    everything = grid.windows(None)
    found: dict[str, Counter[Cell]] = {}
    for key, meeting in plans.booked(uow.connection, language).items():
        held = _cells(everything) - _cells(grid.without(everything, [(meeting["start_at"], meeting["end_at"])]))
        found.setdefault(language[key], Counter()).update(held)
    return found


def take_time(
    uow: UnitOfWork, ports: Ports, row: Row, home: Row, *, staff_id: str, students: Sequence[str], start: datetime
) -> Result:
    """A home takes a free time by itself; `taken` where somebody was quicker, `refused` where it is none of its times."""
    free = Board.of(uow, row, [home], staff_ids=[staff_id]).free(home, staff_id)
    chosen = next((each for each in free if each.start == start), None)
    speak = spokespeople(uow, row, [home])
    about = [child for child in students if (home["home_id"], child) in speak]
    if chosen is None or not about:
        return Result("taken" if about else "refused")
    key = meeting_id(row["round_id"], home["home_id"], staff_id)
    result = booking.fix(
        uow,
        ports,
        [
            Fixed(
                meeting_id=key,
                kind="conference",
                guardian_id=speak[home["home_id"], about[0]],
                student_id=about[0],
                staff_id=staff_id,
                school_id=row["school_id"],
                start=chosen.start,
                end=chosen.end,
                mode=home["mode"],
                source="round",
                source_id=row["round_id"],
            )
        ],
    )[key]
    if result.outcome == "booked":
        store.add_wish(
            uow.connection,
            {
                "round_id": row["round_id"], "home_id": home["home_id"], "staff_id": staff_id, "students": about,
                "weight": WANTED, "waits_since": None, "offered_at": None,
            },
        )  # fmt: skip
        store.change_homes(uow.connection, row["round_id"], [home["home_id"]], state="answered")
    return result


def wait_for(uow: UnitOfWork, row: Row, home: Row, *, staff_id: str, students: Sequence[str]) -> None:
    """Put a home on the teacher's waiting list; its place in line is when it asked first."""
    store.add_wish(
        uow.connection,
        {
            "round_id": row["round_id"], "home_id": home["home_id"], "staff_id": staff_id, "students": list(students),
            "weight": WANTED, "waits_since": uow.now, "offered_at": None,
        },
        keep_place=True,
    )  # fmt: skip
    store.change_homes(uow.connection, row["round_id"], [home["home_id"]], state="answered")
    uow.schedule("round_waitlist", row["round_id"], uow.now + LOOK)


def round_waitlist(uow: UnitOfWork, ports: Ports, items: Iterable[DueItem]) -> None:
    """Whoever is first in line for a teacher with a free time that suits them hears of it; after a while the next does."""
    for item in items:
        row = store.by_id(uow.connection, [item.key]).get(item.key)
        if row is None or row["state"] != State.PUBLISHED or _over(uow, row):
            continue
        waiting = _in_line(uow, row)
        if not waiting:
            continue
        homes = store.homes(uow.connection, item.key, {wish["home_id"] for wish in waiting})
        board = Board.of(uow, row, homes.values(), staff_ids={wish["staff_id"] for wish in waiting})
        told: dict[str, Row] = {}
        for staff_id in sorted({wish["staff_id"] for wish in waiting}):
            line = [wish for wish in waiting if wish["staff_id"] == staff_id]
            if any(_thinking(wish, uow.now) for wish in line):
                continue
            for wish in line:
                if wish["offered_at"] is None and any(each.fits for each in board.free(homes[wish["home_id"]], staff_id)):
                    told[wish["home_id"]] = wish
                    break
        store.offered(uow.connection, item.key, list(told.values()), now=uow.now)
        tell(uow, ports, row, set(told), change="place_free")
        uow.schedule("round_waitlist", item.key, uow.now + LOOK)


def _in_line(uow: UnitOfWork, row: Row) -> list[Row]:
    """Wishes that wait and are not met meanwhile, who asked first first."""
    wishes = [wish for wish in store.wishes(uow.connection, row["round_id"]) if wish["waits_since"] is not None]
    met = plans.booked(
        uow.connection, [meeting_id(row["round_id"], wish["home_id"], wish["staff_id"]) for wish in wishes]
    )
    return sorted(
        (wish for wish in wishes if meeting_id(row["round_id"], wish["home_id"], wish["staff_id"]) not in met),
        key=lambda wish: (wish["waits_since"], wish["home_id"]),
    )


def _thinking(wish: Row, now: datetime) -> bool:
    return wish["offered_at"] is not None and wish["offered_at"] > now - TO_ANSWER


def _over(uow: UnitOfWork, row: Row) -> bool:
    school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
    return max(Span.of(each).on for each in row["evenings"]) < school.today(uow.now)
