"""What a report reads: the facts as one count knew them. Four grouped queries, however many families."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.notifications.domain.figures import WINDOW_DAYS, Event, Homes, Sums, Tally
from services.notifications.tables.reach import (
    REACH_EVENT,
    REACH_FACT,
    REACH_MEMBER,
    REACH_RUN,
    REACH_TALLY,
    REPAIR,
)
from shared.store import insert_rows

Row = Mapping[str, Any]
DISTRICT = ""  # in place of a school: everybody, once


def newest_run(connection: sa.Connection, at: datetime | None = None) -> sa.Row[Any] | None:
    """(run_id, at) of the last count, or of the last one by then."""
    query = sa.select(REACH_RUN.c.run_id, REACH_RUN.c.at).order_by(REACH_RUN.c.run_id.desc()).limit(1)
    return connection.execute(query if at is None else query.where(REACH_RUN.c.at <= at)).first()


def first_run_since(connection: sa.Connection, since: datetime) -> sa.Row[Any] | None:
    """The first count from then on."""
    query = sa.select(REACH_RUN.c.run_id, REACH_RUN.c.at).order_by(REACH_RUN.c.run_id).limit(1)
    return connection.execute(query.where(REACH_RUN.c.at >= since)).first()


def tally(connection: sa.Connection, run: sa.Row[Any], days: int) -> Tally:
    """Everything that a report as of this count says about the days before it; kept once it has been added up."""
    key = sa.and_(REACH_TALLY.c.run_id == run.run_id, REACH_TALLY.c.days == days)
    kept = connection.execute(sa.select(REACH_TALLY.c.tally).where(key)).scalar()
    if kept is not None:
        return _from_json(run, days, kept)
    found = added_up(connection, run, days)
    if days == WINDOW_DAYS:  # other spans are asked for rarely
        row = {"run_id": run.run_id, "days": days, "tally": _as_json(found)}
        insert_rows(connection, REACH_TALLY, [row], on_conflict="ignore")
    return found


def calm(connection: sa.Connection) -> None:
    """For this transaction: PostgreSQL guesses these queries costlier than they are, and compiles them for longer than they
    run; and everybody's month is grouped in memory."""
    if connection.dialect.name == "postgresql":
        for name, value in (("jit", "off"), ("work_mem", "64MB")):
            connection.execute(sa.select(sa.func.set_config(name, value, True)))


def added_up(connection: sa.Connection, run: sa.Row[Any], days: int) -> Tally:
    """From the facts themselves."""
    calm(connection)
    since = run.at - timedelta(days=days)
    scope = Scope(run.run_id, since, run.at)
    homes, channels, tongues = _homes(connection, scope)
    return Tally(
        run_id=run.run_id,
        as_of=run.at,
        since=since,
        days=days,
        homes=homes,
        channels=channels,
        tongues=tongues,
        events=_events(connection, scope),
        unreached=_unreached(connection, scope),
        reasons=_reasons(connection, scope),
    )


def _as_json(tally: Tally) -> dict[str, Any]:
    def pairs(table: Mapping[tuple[str, str], Homes]) -> list[list[Any]]:
        return [[*key, homes.guardians, homes.written, homes.reached, homes.replied] for key, homes in table.items()]

    def kinds(table: Mapping[Event, float]) -> dict[str, float]:
        return {kind.value: number for kind, number in table.items()}

    return {
        "homes": pairs(tally.homes),
        "channels": pairs(tally.channels),
        "tongues": pairs(tally.tongues),
        "events": {
            school: [kinds(sums.rows), kinds(sums.n), kinds(sums.value), list(sums.hours)]
            for school, sums in tally.events.items()
        },
        "unreached": tally.unreached,
        "reasons": [[*key, count] for key, count in tally.reasons.items()],
    }


def _from_json(run: sa.Row[Any], days: int, kept: Mapping[str, Any]) -> Tally:
    def pairs(rows: Sequence[Sequence[Any]]) -> dict[tuple[str, str], Homes]:
        return {(one, other): Homes(*counts) for one, other, *counts in rows}

    def kinds(table: Mapping[str, Any]) -> dict[Event, Any]:
        return {Event(kind): number for kind, number in table.items()}

    return Tally(
        run_id=run.run_id,
        as_of=run.at,
        since=run.at - timedelta(days=days),
        days=days,
        homes=pairs(kept["homes"]),
        channels=pairs(kept["channels"]),
        tongues=pairs(kept["tongues"]),
        events={
            school: Sums(kinds(rows), kinds(n), kinds(value), tuple(hours))
            for school, (rows, n, value, hours) in kept["events"].items()
        },
        unreached=kept["unreached"],
        reasons={(language, reason): count for language, reason, count in kept["reasons"]},
    )


class Scope:
    """The facts that one count knew, within a time."""

    def __init__(self, run: int, since: datetime, until: datetime) -> None:
        self.run = run
        self.time = lambda at: sa.and_(at > since, at <= until)
        known = self.known
        self.members = (
            sa.select(REACH_MEMBER).where(known(REACH_MEMBER.c.from_run, REACH_MEMBER.c.to_run)).cte("member")
        )
        self.people = (
            sa.select(self.members.c.guardian_id, sa.func.min(self.members.c.language).label("language"))
            .group_by(self.members.c.guardian_id)
            .cte("person")
        )
        self.ways = (
            sa.select(
                REACH_FACT.c.guardian_id,
                REACH_FACT.c.channel,
                _any(REACH_FACT.c.reached).label("reached"),
                _any(REACH_FACT.c.answered).label("answered"),
            )
            .where(self.time(REACH_FACT.c.at), known(REACH_FACT.c.from_run, REACH_FACT.c.to_run))
            .group_by(REACH_FACT.c.guardian_id, REACH_FACT.c.channel)
            .cte("way")
        )
        self.heard = (
            sa.select(
                self.ways.c.guardian_id,
                sa.func.max(self.ways.c.reached).label("reached"),
                sa.func.max(self.ways.c.answered).label("answered"),
            )
            .group_by(self.ways.c.guardian_id)
            .cte("heard")
        )

    def known(self, start: Any, end: Any) -> Any:
        return sa.and_(start <= self.run, sa.or_(end.is_(None), end > self.run))


def _any(flag: Any) -> Any:
    return sa.func.max(sa.case((flag, 1), else_=0))


def _homes(
    connection: sa.Connection, scope: Scope
) -> tuple[dict[tuple[str, str], Homes], dict[tuple[str, str], Homes], dict[tuple[str, str], Homes]]:
    """By school and language, by school and channel, by language and channel, in one statement: the grouping is done once."""
    member, person, way, heard = scope.members, scope.people, scope.ways, scope.heard
    every = _counted(heard)
    parts = [
        sa.select(sa.literal("homes"), member.c.school_id, member.c.language, *every)
        .outerjoin(heard, heard.c.guardian_id == member.c.guardian_id)
        .group_by(member.c.school_id, member.c.language),
        sa.select(sa.literal("homes"), sa.literal(DISTRICT), person.c.language, *every)
        .outerjoin(heard, heard.c.guardian_id == person.c.guardian_id)
        .group_by(person.c.language),
        sa.select(sa.literal("channels"), member.c.school_id, way.c.channel, *_counted(way))
        .join(way, way.c.guardian_id == member.c.guardian_id)
        .group_by(member.c.school_id, way.c.channel),
        sa.select(sa.literal("tongues"), person.c.language, way.c.channel, *_counted(way))
        .join(way, way.c.guardian_id == person.c.guardian_id)
        .group_by(person.c.language, way.c.channel),
    ]
    found: dict[str, dict[tuple[str, str], Homes]] = {"homes": {}, "channels": {}, "tongues": {}}
    for kind, one, other, *counts in connection.execute(sa.union_all(*parts)):
        found[kind][one, other] = Homes(*(int(count) for count in counts))
    whole: dict[str, Homes] = defaultdict(Homes)
    for (_, channel), homes in found["tongues"].items():
        whole[channel] += homes
    channels = found["channels"] | {(DISTRICT, channel): homes for channel, homes in whole.items()}
    return found["homes"], channels, found["tongues"]


def _counted(heard: Any) -> list[Any]:
    """All, written to, reached, replied; of guardians without a fact, the last three are nothing."""
    return [
        sa.func.count(),
        sa.func.count(heard.c.guardian_id),
        sa.func.coalesce(sa.func.sum(heard.c.reached), 0),
        sa.func.coalesce(sa.func.sum(heard.c.answered), 0),
    ]


def _events(connection: sa.Connection, scope: Scope) -> dict[str, Sums]:
    """By school; under "" the district. Of the nights' cadence the newest only."""
    at = REACH_EVENT.c.at
    known = sa.and_(REACH_EVENT.c.run_id <= scope.run, scope.time(at))
    newest = (
        sa.select(REACH_EVENT.c.school_id, sa.func.max(at).label("at"))
        .where(known, REACH_EVENT.c.what == Event.CADENCE.value)
        .group_by(REACH_EVENT.c.school_id)
        .subquery()
    )
    stale = sa.and_(REACH_EVENT.c.what == Event.CADENCE.value, at != newest.c.at)
    query = (
        sa.select(
            REACH_EVENT.c.school_id,
            REACH_EVENT.c.what,
            sa.func.count(),
            sa.func.sum(REACH_EVENT.c.n),
            sa.func.sum(REACH_EVENT.c.value),
        )
        .outerjoin(newest, newest.c.school_id == REACH_EVENT.c.school_id)
        .where(known, ~sa.func.coalesce(stale, sa.false()))
        .group_by(REACH_EVENT.c.school_id, REACH_EVENT.c.what)
    )
    sums: dict[str, Sums] = defaultdict(Sums)
    for school, what, rows, n, value in connection.execute(query):
        kind = Event(what)
        one = Sums({kind: int(rows)}, {kind: int(n)}, {kind: float(value)})
        for where in {school, DISTRICT}:
            sums[where] += one
    hours: dict[str, list[float]] = defaultdict(list)
    answers = sa.select(REACH_EVENT.c.school_id, REACH_EVENT.c.value).where(
        known, REACH_EVENT.c.what == Event.ANSWER.value
    )
    for school, value in connection.execute(answers):
        for where in {school, DISTRICT}:
            hours[where].append(value)
    for where, values in hours.items():
        sums[where] += Sums(hours=tuple(sorted(values)))
    return dict(sums)


def _open_repairs(scope: Scope) -> Any:
    known = sa.and_(
        REPAIR.c.opened_run <= scope.run, sa.or_(REPAIR.c.closed_run.is_(None), REPAIR.c.closed_run > scope.run)
    )
    return sa.select(REPAIR.c.guardian_id, REPAIR.c.reason).where(known).cte("repaired")


def _unreached(connection: sa.Connection, scope: Scope) -> dict[str, int]:
    broken, member, person = _open_repairs(scope), scope.members, scope.people
    parts = [
        sa.select(member.c.school_id, sa.func.count())
        .join(broken, broken.c.guardian_id == member.c.guardian_id)
        .group_by(member.c.school_id),
        sa.select(sa.literal(DISTRICT), sa.func.count()).select_from(
            person.join(broken, broken.c.guardian_id == person.c.guardian_id)
        ),
    ]
    return {school: int(count) for school, count in connection.execute(sa.union_all(*parts))}


def _reasons(connection: sa.Connection, scope: Scope) -> dict[tuple[str, str], int]:
    broken, person = _open_repairs(scope), scope.people
    query = (
        sa.select(person.c.language, broken.c.reason, sa.func.count())
        .join(broken, broken.c.guardian_id == person.c.guardian_id)
        .group_by(person.c.language, broken.c.reason)
    )
    return {(language, reason): int(count) for language, reason, count in connection.execute(query)}
