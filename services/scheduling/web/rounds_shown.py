"""What a plan looks like to the office: figures beside first come, first served, wishes refused and why, who is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.scheduling.domain.rounds import Grid
from services.scheduling.domain.rounds_instance import Job, Planned
from services.scheduling.domain.rounds_report import Group, Report, equity, shown
from services.scheduling.handlers.rounds_publishing import as_planned
from services.scheduling.store import people
from services.scheduling.store import rounds as store
from services.scheduling.web.rounds_words import REASONS, clock_words, day_words, language_name
from services.scheduling.web.routes import name_of
from shared.messaging.uow import UnitOfWork

MOST = 300  # refused wishes on a page
WEIGHTS = {4: "must", 2: "wanted", 1: "nice"}


@dataclass(frozen=True)
class Called:
    """Names by id: of teachers, and of homes with their children ("Rivera · Mateo, Lucia")."""

    staff: Mapping[str, str]
    homes: Mapping[str, str]


def names_of(uow: UnitOfWork, job: Job, homes: Mapping[str, Mapping[str, Any]]) -> Called:
    staff = people.staff(uow.connection, {*job.teachers, *(each[1] for each in job.left_out)})
    guardians = people.guardians(uow.connection, homes)
    pupils = people.students(uow.connection, {child for home in homes.values() for child in home["students"]})
    return Called(
        {key: name_of(row) for key, row in staff.items()},
        {
            key: " · ".join(
                part
                for part in (
                    guardians[key].family_name if key in guardians else "",
                    ", ".join(pupils[child].given_name for child in home["students"] if child in pupils),
                )
                if part
            )
            for key, home in homes.items()
        },
    )


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: its key in the catalogue, what the plan has and what first come, first served would have."""

    key: str
    figure: str
    beside: str
    look: str = ""


def tiles(mine: Report, theirs: Report, result: Mapping[str, Any]) -> list[Tile]:
    """The figures an office compares, the plan's first; hours and minutes as h:mm."""
    gap = result.get("gap")
    first = [Tile("proof", f"{100 * gap:.1f} %", "", "best")] if isinstance(gap, int | float) else []
    return [
        Tile("met", f"{mine.met_percent:g} %", f"{theirs.met_percent:g} %", "best" if mine.met > theirs.met else ""),
        Tile("must", f"{mine.must_percent:g} %", f"{theirs.must_percent:g} %", "best" if mine.must_met == mine.must else ""),
        *first,
        Tile("nothing", str(len(mine.nothing)), str(len(theirs.nothing)), "look" if mine.nothing else "best"),
        Tile("family_wait", hours(mine.family_wait), hours(theirs.family_wait)),
        Tile("longest_wait", hours(mine.longest_wait), hours(theirs.longest_wait)),
        Tile("homes_waiting", str(mine.homes_waiting), str(theirs.homes_waiting)),
        Tile("two_evenings", str(mine.two_evenings), str(theirs.two_evenings)),
        Tile("teacher_wait", hours(mine.teacher_wait), hours(theirs.teacher_wait)),
        Tile("most_at_once", str(mine.most_at_once), str(theirs.most_at_once)),
        Tile("early_finish", hours(mine.early_finish), hours(theirs.early_finish)),
    ]


def hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


def refused(
    job: Job,
    planned: Sequence[Planned],
    grid: Grid,
    result: Mapping[str, Any],
    *,
    called: Called,
    language: str,
    away: Sequence[int] = (),
) -> list[dict[str, Any]]:
    """Wishes without a meeting, the dearest first, each with its reason and the cheapest other times."""
    met = {(each.home_id, each.staff_id) for each in planned}
    gone = {job.teachers[number] for number in away}
    told = {each["request"]: each for each in result.get("explanations", ())}
    found = []
    for number, (pair, request) in enumerate(zip(job.requests, job.instance["requests"], strict=True)):
        if pair in met:
            continue
        why = told.get(number, {})
        found.append(
            {
                "home": called.homes.get(pair[0], ""),
                "teacher": called.staff.get(pair[1], ""),
                "weight": request["w"],
                "kind": WEIGHTS.get(request["w"], "wanted"),
                "reason": _reason(why, away=pair[1] in gone),
                "pair": f"{pair[0]}|{pair[1]}",
                "alternatives": [
                    _place(grid, each, language) for each in why.get("alternatives", ())[:2] if pair[1] not in gone
                ],
            }
        )
    found += [
        {
            "home": called.homes.get(home, ""),
            "teacher": called.staff.get(staff_id, ""),
            "weight": 2,
            "kind": "wanted",
            "reason": why if why in REASONS else "teacher_away",
            "pair": "",
            "alternatives": [],
        }
        for home, staff_id, why in job.left_out
    ]
    return sorted(found, key=lambda each: (-each["weight"], each["home"], each["teacher"]))[:MOST]


def _reason(why: Mapping[str, Any], *, away: bool) -> str:
    """The solver's word for it where it said one."""
    if away:
        return "teacher_away"
    return str(why["reason"]) if why.get("reason") in REASONS else "teacher_full"


def _place(grid: Grid, each: Mapping[str, Any], language: str) -> dict[str, Any]:
    wall = grid.wall(each["evening"], each["start"])
    return {
        "day": f"{wall:%Y-%m-%d}",
        "clock": f"{wall:%H:%M}",
        "text": f"{day_words(wall.date(), language=language)}, {clock_words(wall.time(), language=language)}",
        "cost": each.get("cost"),
        "inside": each.get("kind") != "outside",  # a lock outside what the family said they can would fit no plan
    }


def nothing(job: Job, mine: Report, *, called: Called) -> list[dict[str, str]]:
    """Homes that asked and meet nobody, with the teachers they asked for."""
    asked: dict[str, list[str]] = {}
    for home, staff_id in job.requests:
        asked.setdefault(home, []).append(called.staff.get(staff_id, ""))
    return [{"home": called.homes.get(home, ""), "teachers": ", ".join(asked.get(home, ()))} for home in mine.nothing]


def advice(job: Job, grid: Grid, result: Mapping[str, Any], *, called: Called, language: str) -> list[dict[str, Any]]:
    """Which further time of which teacher would gain most."""
    found = []
    for each in result.get("advice", ()):
        window = each.get("window") or [each.get("evening"), each.get("first"), each.get("end")]
        if any(part is None for part in window) or not 0 <= each.get("teacher", -1) < len(job.teachers):
            continue
        evening, first, end = window
        start, stop = grid.wall(evening, first), grid.wall(evening, end)
        found.append(
            {
                "teacher": called.staff.get(job.teachers[each["teacher"]], ""),
                "when": f"{day_words(start.date(), language=language)}, {clock_words(start.time(), language=language)} – "
                f"{clock_words(stop.time(), language=language)}",
                "gain": each.get("gain"),
                "meetings": each.get("meetings"),
            }
        )
    return found


def fairness(
    uow: UnitOfWork, job: Job, planned: Sequence[Planned], homes: Mapping[str, Mapping[str, Any]], *, locale: str
) -> list[tuple[str, list[tuple[str, Group | None]]]]:
    """Wishes met by language, way to meet and kind of home; groups under ten are hidden, and cannot be told by subtraction."""
    guardians = people.guardians(uow.connection, job.homes)
    ties = store.ties(uow.connection, {child for home in homes.values() for child in home["students"]})
    households: dict[str, set[str]] = {}
    for tie in ties:
        households.setdefault(tie.student_id, set()).add(tie.household_id)

    def kind(home: Mapping[str, Any]) -> str:
        if any(len(households.get(child, ())) > 1 for child in home["students"]):
            return "two_homes"
        return "siblings" if len(home["students"]) > 1 else "one_child"

    tables = {
        "language": {key: language_name(guardians[key].language, locale) for key in job.homes if key in guardians},
        "mode": {key: f"mode.{homes[key]['mode']}" for key in job.homes if key in homes},
        "kind": {key: f"rounds.kind.{kind(homes[key])}" for key in job.homes if key in homes},
    }
    return [(name, list(shown(equity(job, planned, kinds)).items())) for name, kinds in tables.items()]


def unspoken(row: Mapping[str, Any], homes: Mapping[str, Mapping[str, Any]], *, locale: str) -> list[tuple[str, int]]:
    """Languages for which families need an interpreter and nobody is there: an interpreter by telephone, by hand."""
    found: dict[str, int] = {}
    for home in homes.values():
        if home["state"] == "answered" and home["language"] and not row["interpreters"].get(home["language"]):
            found[home["language"]] = found.get(home["language"], 0) + 1
    return sorted((language_name(language, locale), count) for language, count in found.items())


def changed(
    uow: UnitOfWork, row: Mapping[str, Any], plan: Mapping[str, Any], planned: Sequence[Planned], *, called: Called
) -> dict[str, Any]:
    """What publishing this plan would change of what is booked: families who move, lose or gain a meeting."""
    now = {(each.home_id, each.staff_id): (each.evening, each.start) for each in as_planned(uow, row)}
    then = {(each.home_id, each.staff_id): (each.evening, each.start) for each in planned}
    moved = {pair for pair in now.keys() & then.keys() if now[pair] != then[pair]}
    lost, gained = now.keys() - then.keys(), then.keys() - now.keys()
    families = {home for home, _ in moved | lost | gained}
    return {
        "families": sorted(called.homes.get(home, "") for home in families),
        "moved": len(moved),
        "lost": len(lost),
        "gained": len(gained),
        "kept": len(now.keys() & then.keys()) - len(moved),
    }
