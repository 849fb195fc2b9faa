"""`homeroom bench restrictions`: generated families, orders, wishes and hours against every way out to a guardian.

Two days and a week of a district pass: notes, announcements, emergencies, invitations, surveys, answers, digests,
letters and calls; some orders are known before, some come while a message waits for the morning, some after everything
was sent. What left is compared with an oracle that knows the rules and none of our code. Then the same is done with the
gate taken out of this process: a check that finds nothing then would find nothing ever.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from shared import policy
from shared.benches import restrictions_ways as ways
from shared.benches.restrictions_families import Moment, Person, draw
from shared.benches.restrictions_world import SERVICE, World
from shared.clock import monotonic

DAY = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)  # a Tuesday, ten in the morning in Chicago
NIGHT = datetime(2026, 9, 30, 3, 0, tzinfo=UTC)
BETWEEN = NIGHT + timedelta(minutes=30)  # orders and STOPs that come while messages wait
MONTH_END = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
AFTER = datetime(2026, 10, 8, 15, 0, tzinfo=UTC)  # orders that come when all has been sent
A_PAIR = 12  # cases that one guardian and child come to
FILES = 3  # every third calendar file is asked for
CONTROL = 8_000  # cases of the run without the gate, at most
Say = Callable[[str], None]


@dataclass
class _Count:
    """`leaks` by what kind and which way."""

    cases: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    leaks: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)


def run(*, cases: int = 100_000, seed: int = 11, say: Say) -> dict[str, Any]:
    """The keys that the issue names."""
    started = monotonic()
    with_gate = _play(max(10, cases // A_PAIR + 1), seed, say)
    gate_s = monotonic() - started
    say("and without the gate …")
    with _no_gate():
        without = _play(max(10, min(cases, CONTROL) // A_PAIR), seed, say)
    return {
        "leaks": sum(with_gate.leaks.values()),
        "cases": sum(with_gate.cases.values()),
        "ways": len(with_gate.cases),
        "checked": sum(with_gate.checked.values()),
        "gate_off_leaks": sum(without.leaks.values()),
        "seconds": round(monotonic() - started, 1),
        "seconds_with_gate": round(gate_s, 1),
        "cases_by_way": dict(with_gate.cases),
        "checked_by_way": dict(with_gate.checked),
        "leaks_by_kind": {f"{way}: {kind}": count for (way, kind), count in with_gate.leaks.items()},
        "examples": with_gate.examples[:10],
        "gate_off_cases": sum(without.cases.values()),
        "gate_off_leaks_by_kind": {f"{way}: {kind}": count for (way, kind), count in without.leaks.items()},
        "seed": seed,
    }


@contextmanager
def _no_gate() -> Iterator[None]:
    """In this process only: every question to policy is answered with yes, about every child."""
    yes = policy.Decision(True, "The gate is off.", "no_gate")

    def allow(*_: Any) -> policy.Decision:
        return yes

    def everybody(_subject: Any, _action: Any, resource: policy.Resource, _facts: Any) -> tuple[str, ...]:
        return resource.students

    instead: dict[Any, Any] = {policy.decide: allow, policy.about_whom: everybody}
    replaced: list[tuple[Any, str, Any]] = []
    for name, loaded in list(sys.modules.items()):
        if not name.startswith(SERVICE):
            continue
        for attribute, value in list(vars(loaded).items()):
            if callable(value) and value in (policy.decide, policy.about_whom):
                replaced.append((loaded, attribute, value))
                setattr(loaded, attribute, instead[value])
    try:
        yield
    finally:
        for loaded, attribute, value in replaced:
            setattr(loaded, attribute, value)


def _play(pairs: int, seed: int, say: Say) -> _Count:
    people = draw(pairs, today=DAY.date(), seed=seed)
    count = _Count()
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), DAY)
        ways.populate(world, people)
        say(f"{len(people)} guardians, {ways.pairs(people)} pairs of guardian and child")
        for step in (
            ways.announcement, ways.class_news, ways.note, ways.invitation, ways.survey, ways.emergency, ways.answer
        ):  # fmt: skip
            count.cases[step.__name__] += step(world, people)
            world.settle()
            say(f"{step.__name__}: {len(world.caught)} have left")
        world.at(NIGHT)
        for step in (ways.announcement, ways.concern, ways.survey, ways.emergency):
            count.cases[step.__name__] += step(world, people)
            world.settle()
        world.at(BETWEEN)
        ways.tell_orders(world, people, Moment.BETWEEN)
        ways.stop_at_night(world, people)
        world.at(MONTH_END)
        say(f"month's end: {len(world.caught)} have left")
        world.pass_time(AFTER, step=timedelta(hours=6))
        ways.tell_orders(world, people, Moment.AFTER)
        ways.letters(world, people)
        say(f"a week later: {len(world.caught)} have left")
        _look_at_what_left(world, people, count)
        _look_at_pages(world, people, count)
        _look_at_calls(world, people, count)
    say(f"{sum(count.checked.values())} checked, {sum(count.leaks.values())} leaks")
    return count


def _heard(at: datetime) -> frozenset[Moment]:
    heard = {Moment.BEFORE}
    if at >= BETWEEN:
        heard.add(Moment.BETWEEN)
    if at >= AFTER:
        heard.add(Moment.AFTER)
    return frozenset(heard)


def _look_at_what_left(world: World, people: Sequence[Person], count: _Count) -> None:
    """Everything that a channel or the press took, held against the oracle at the moment it left."""
    known = {person.guardian_id: person for person in people}
    rows = _ledger(world)
    routine: dict[tuple[str, int], set[str]] = defaultdict(set)
    for channel, address, at, delivery_id, names in world.caught:
        row = rows[delivery_id]
        if row["recipient_kind"] != "guardian":
            continue
        person = known[row["recipient_id"]]
        way = _way(row, channel)
        count.checked[way] += 1
        safety = row["weight"] == "safety"
        for kind in _wrong(person, channel, address, at, names=names, row=row, safety=safety):
            count.leaks[way, kind] += 1
            count.examples.append(
                f"{way} by {channel} to {person.guardian_id} at {at:%d %b %H:%M}: {kind}; {sorted(names)}"
            )
        if row["weight"] == "routine" and row["reason"] != "digest" and channel != "letter":
            routine[person.guardian_id, at.astimezone(person.zone).month].add(delivery_id)
    for (guardian_id, _), deliveries in routine.items():
        cap = known[guardian_id].cap
        if cap is not None and len(deliveries) > cap:
            count.leaks["note", "beyond the limit"] += len(deliveries) - cap
    count.cases["digest"] = count.cases["letter"] = ways.pairs(people)


def _wrong(
    person: Person,
    channel: str,
    address: str,
    at: datetime,
    *,
    names: frozenset[str],
    row: Mapping[str, Any],
    safety: bool,
) -> Iterator[str]:
    """What the rules say against one thing that left."""
    by_name = {tie.child.name: tie.child.student_id for tie in person.ties}
    heard = _heard(at)
    if any(name not in by_name or person.barred(by_name[name], at, heard=heard) for name in names):
        yield "names a child whom it must not"
    about = [student for student in row["students"] if person.barred(student, at, heard=heard)]
    if about and (row["lane"] == 1 or len(about) == len(row["students"])):
        yield "about a child whom it must not be"
    if channel == "letter":
        return
    if address != person.addresses.get("sms" if channel == "voice" else channel):
        yield "to an address that is not theirs"
    if person.closed(channel, safety=safety, night_over=at >= BETWEEN):
        yield "by a closed channel"
    if person.is_quiet(at) and not safety and not row["solicited"]:
        yield "in quiet hours"
    if person.no_surveys and (row["catalogue_key"] or "").startswith("survey."):
        yield "a survey to who wants none"


def _way(row: Mapping[str, Any], channel: str) -> str:
    if channel == "letter":
        return "letter"
    if row["weight"] == "safety":
        return "emergency"
    if row["lane"] == 2:
        return "announcement"
    if row["reason"] == "digest":
        return "digest"
    key = row["catalogue_key"] or ""
    if key.startswith(("meeting.", "survey.")):
        return "invitation" if key.startswith("meeting.") else "survey"
    if row["thread_id"] is not None:
        return "answer"
    if row["class_id"] is not None:
        return "class_news"
    return "concern" if row["kind"] == "concern" else "note"


def _ledger(world: World) -> dict[str, Mapping[str, Any]]:
    delivery, message = world.tables["delivery"], world.tables["message"]
    query = sa.select(
        delivery.c.delivery_id, delivery.c.recipient_id, delivery.c.recipient_kind, delivery.c.students, delivery.c.lane,
        delivery.c.reason, delivery.c.solicited, delivery.c.attachment_id, message.c.weight, message.c.kind,
        message.c.catalogue_key, message.c.thread_id, message.c.class_id,
    ).join(message, message.c.message_id == delivery.c.message_id)  # fmt: skip
    return {row["delivery_id"]: row for row in world.rows(query)}


def _look_at_pages(world: World, people: Sequence[Person], count: _Count) -> None:
    """What is read now was sent before: an order that has come since closes it."""
    pages = ways.Pages(world)
    heard = _heard(world.now)
    files: dict[str, list[str]] = defaultdict(list)
    for row in _ledger(world).values():
        if row["attachment_id"] and row["recipient_kind"] == "guardian":
            files[row["recipient_id"]].append(row["attachment_id"])
    for person in people:
        barred = {tie.child.name for tie in person.ties if person.barred(tie.child.student_id, world.now, heard=heard)}
        own = {tie.child.name for tie in person.ties}
        count.cases["inbox"] += len(person.ties)
        count.checked["inbox"] += 1
        shown = pages.names_in_inbox(person)
        if shown & barred or shown - own:
            count.leaks["inbox", "names a child whom it must not"] += 1
        for file_id in files[person.guardian_id][::FILES]:
            count.cases["calendar_file"] += 1
            count.checked["calendar_file"] += 1
            named = pages.names_in_calendar(person, file_id)
            if named & barred or named - own:
                count.leaks["calendar_file", "names a child whom it must not"] += 1


def _look_at_calls(world: World, people: Sequence[Person], count: _Count) -> None:
    """Nobody is asked to ring a guardian about a child whom the guardian must not hear of."""
    known = {person.guardian_id: person for person in people}
    task = world.tables["task"]
    asked = world.rows(
        sa.select(task).where(task.c.kind.like("%call%"), task.c.closed_at.is_(None), task.c.guardian_id.is_not(None))
    )
    calls = ways.calls_shown(world, asked)
    count.cases["call"] = ways.pairs(people)
    for row in calls:
        count.checked["call"] += 1
        person = known.get(row["guardian_id"] or "")
        if (
            person is not None
            and row["student_id"]
            and person.barred(row["student_id"], world.now, heard=_heard(world.now))
        ):
            count.leaks["call", "about a child whom it must not be"] += 1
