"""Special-education meetings: notice to every home, each attempt on the record, and no meeting without a parent but on it.

34 CFR 300.322. Nothing here is changed or taken out: a wrong row is corrected by another one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.scheduling.domain import iep
from services.scheduling.domain.bookings import Claim, Kind
from services.scheduling.domain.iep import Channel, IepRules, Lack, Purpose, Refusal, Result, Tried
from services.scheduling.handlers import resources
from services.scheduling.handlers.homes import Home, homes
from services.scheduling.handlers.permission import may_invite
from services.scheduling.ports import Ports
from services.scheduling.store import bookings_interpreters as interpreters
from services.scheduling.store import calendars_elsewhere, people
from services.scheduling.store import journeys_iep as store
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork

SYSTEM = "system"
INTERPRETER = "interpreter"  # a role in the team
LINK_OUTLIVES = timedelta(days=2)  # the meeting
ANSWERS = {
    "comes": Result.AGREED,
    "by_phone": Result.TAKES_PART_OTHERWISE,
    "by_video": Result.TAKES_PART_OTHERWISE,
    "other_time": Result.OTHER_TIME,
    "cannot": Result.CANNOT,
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody tried. `note`: facts, never opinions of a parent; `corrects`: an earlier row that was wrong."""

    guardian_id: str
    at: datetime
    by_id: str
    channel: Channel
    result: Result
    note: str = ""
    corrects: str | None = None


def plan(uow: UnitOfWork, row: Mapping[str, Any], *, by: str) -> tuple[str | None, frozenset[str]]:
    """A meeting from its columns (without id, state and notice): (its id, nobody), or (None, who of the team has no time)."""
    meeting_id = new_id()
    team = [str(each["staff_id"]) for each in row["team"]]
    busy = _take_team(uow, meeting_id, team, row["start_at"], row["end_at"])
    if busy:
        return None, busy
    interpreter = _interpreter(uow, meeting_id, row["interpreter"], row["start_at"], row["end_at"])
    whole = {
        **row,
        "iep_meeting_id": meeting_id,
        "organizer_id": by,
        "interpreter_ready": interpreter is not None,
        "team": [*row["team"], *([{"staff_id": interpreter, "role": INTERPRETER}] if interpreter is not None else [])],
        "documents": [],
        "sequence": 0,
        "notice_version": 0,
        "notice_at": None,
        "state": store.PLANNED,
        "made_at": uow.now,
        "settled_at": None,
    }
    store.save(uow.connection, whole)
    _own_calendars(uow, whole["team"])
    return meeting_id, frozenset()


class Busy(Exception):
    """Somebody of the team has something else at that time; `staff_ids` says who."""

    def __init__(self, staff_ids: frozenset[str]) -> None:
        super().__init__("the team has something else at that time")
        self.staff_ids = staff_ids


def move(uow: UnitOfWork, row: Any, *, start: datetime, end: datetime, place: str) -> None:
    """Another time or place: what was noticed does not hold any more, a new notice has to go.

    Raises Busy where the team has no time; the caller's transaction is then over.
    """
    resources.release(uow, [row.iep_meeting_id])
    own = [each for each in row.team if each.get("role") != INTERPRETER]
    team = [str(each["staff_id"]) for each in own]
    busy = _take_team(uow, row.iep_meeting_id, team, start, end)
    if busy:
        raise Busy(busy)  # the transaction ends here: everybody keeps the time they had
    interpreter = _interpreter(uow, row.iep_meeting_id, row.interpreter, start, end)
    had = len(own) < len(row.team)
    store.change(
        uow.connection,
        {
            "iep_meeting_id": row.iep_meeting_id,
            "start_at": start,
            "end_at": end,
            "place": place,
            "sequence": row.sequence + 1,
            "state": store.PLANNED,
            "team": [*own, *([{"staff_id": interpreter, "role": INTERPRETER}] if interpreter is not None else [])],
            "interpreter_ready": interpreter is not None or (row.interpreter_ready and not had),
        },
    )
    _own_calendars(uow, [*row.team, {"staff_id": interpreter}])


def _own_calendars(uow: UnitOfWork, team: Sequence[Mapping[str, Any]]) -> None:
    """Have the team's calendars elsewhere follow."""
    calendars_elsewhere.want(uow.connection, {str(each["staff_id"]) for each in team if each["staff_id"]}, uow.now)


def lacks(uow: UnitOfWork, row: Any) -> list[Lack]:
    """What must be mended before a notice can go today."""
    school = people.schools(uow.connection, [row.school_id])[row.school_id]
    return iep.lacks(
        purpose=Purpose(row.purpose),
        team=len(row.team),
        student_invited=row.student_invited,
        needs_interpreter=row.interpreter is not None,
        interpreter_ready=row.interpreter_ready,
        documents=[each["checked_by"] is not None for each in row.documents],
        noticed_on=school.today(uow.now),
        meets_on=school.today(row.start_at),
        rules=IepRules.of(school.settings),
        holidays=school.holidays,
    )


def notice(uow: UnitOfWork, ports: Ports, row: Any) -> list[Lack]:
    """Notify every home, each by its own message and link; each notice is an attempt. Returns what is lacking, if anything."""
    missing = lacks(uow, row)
    if missing:
        return missing
    version = row.notice_version + 1
    store.change(
        uow.connection,
        {
            "iep_meeting_id": row.iep_meeting_id,
            "notice_version": version,
            "notice_at": uow.now,
            "state": store.NOTICED,
        },
    )
    asked = parents(uow, row)
    staff = people.staff(uow.connection, [each["staff_id"] for each in row.team])
    attendees = ", ".join(f"{each.given_name} {each.family_name}" for each in staff.values())
    languages = people.guardians(uow.connection, [home.guardian_id for home in asked])
    for home in asked:
        uow.emit(
            "scheduling.iep_notice_given",
            {
                "iep_meeting_id": row.iep_meeting_id,
                "version": version,
                "student_id": row.student_id,
                "guardian_id": home.guardian_id,
                "staff_id": row.organizer_id,
                "school_id": row.school_id,
                "purpose": row.purpose,
                "start": row.start_at,
                "place": row.place,
                "attendees": attendees,
                "team": [str(each["staff_id"]) for each in row.team],
                "student_invited": row.student_invited,
                "link": link(
                    uow, ports, row, home.guardian_id, version=version, language=languages[home.guardian_id].language
                ),
            },
            school=row.school_id,
            subject=row.student_id,
        )
    tried = [Attempt(home.guardian_id, uow.now, SYSTEM, Channel.MESSAGE, Result.SENT) for home in asked]
    record(uow, row.iep_meeting_id, tried, version=version)
    return []


def parents(uow: UnitOfWork, row: Any) -> list[Home]:
    """The homes that are notified: policy decides today."""
    students = people.students(uow.connection, [row.student_id])
    return homes(uow, students.values(), staff_id=row.organizer_id)


def record(uow: UnitOfWork, meeting_id: str, tried: Sequence[Attempt], *, version: int) -> list[str]:
    """Append attempts to a meeting's record; returns their ids. Each row's digest covers the one before."""
    meeting = store.locked(uow.connection, meeting_id)
    before = store.last_of(uow.connection, meeting_id)
    place, chain = (before.place_in_row, before.digest) if before is not None else (0, "")
    rows = []
    for attempt in tried:
        place += 1
        row = {
            "attempt_id": new_id(),
            "iep_meeting_id": meeting_id,
            "student_id": meeting.student_id,
            "guardian_id": attempt.guardian_id,
            "at": attempt.at.astimezone(UTC),
            "by_id": attempt.by_id,
            "channel": attempt.channel.value,
            "result": attempt.result.value,
            "content_version": version,
            "note": attempt.note,
            "corrects": attempt.corrects,
            "entered_at": uow.now,
            "place_in_row": place,
        }
        chain = digest_of(row, chain)
        rows.append({**row, "digest": chain})
    store.append(uow.connection, rows)
    own = ("note", "corrects", "entered_at", "place_in_row")
    for row in rows:
        data = {name: value for name, value in row.items() if name not in own} | {"school_id": meeting.school_id}
        uow.emit("scheduling.attempt_recorded", data, school=meeting.school_id, subject=meeting.student_id)
    return [row["attempt_id"] for row in rows]


def digest_of(row: Mapping[str, Any], before: str) -> str:
    """Of one row of the record, as it was written."""
    moments = [row[name].isoformat() for name in ("at", "entered_at")]
    names = ("attempt_id", "iep_meeting_id", "guardian_id", "by_id", "channel", "result", "note")
    return iep.digest(
        before, *(str(row[name]) for name in names), str(row["content_version"]), str(row["corrects"] or ""), *moments
    )


def broken(rows: Sequence[Any]) -> int | None:
    """The place of the first row that is not as it was written, or None; `rows` in their order."""
    chain = ""
    for place, row in enumerate(rows, 1):
        chain = digest_of(row._mapping, chain)
        if row.place_in_row != place or row.digest != chain:
            return place
    return None


def answered(uow: UnitOfWork, row: Any, guardian_id: str, answer: str) -> None:
    """A parent has answered on the page: the newest answer holds, every one is on the record."""
    store.save_answer(
        uow.connection,
        {
            "iep_meeting_id": row.iep_meeting_id,
            "guardian_id": guardian_id,
            "notice_version": row.notice_version,
            "answer": answer,
            "answered_at": uow.now,
        },
    )
    attempt = Attempt(guardian_id, uow.now, guardian_id, Channel.PAGE, ANSWERS[answer], note=answer)
    record(uow, row.iep_meeting_id, [attempt], version=row.notice_version)


def refusals(uow: UnitOfWork, row: Any) -> dict[str, Refusal]:
    """Why the meeting may not be held without each of the parents; empty: the record is enough."""
    school = people.schools(uow.connection, [row.school_id])[row.school_id]
    rows = store.attempts(uow.connection, row.iep_meeting_id)
    wrong = {each.corrects for each in rows if each.corrects is not None}
    tried = [
        Tried(
            each.guardian_id, school.today(each.at), Channel(each.channel), Result(each.result), each.attempt_id in wrong
        )
        for each in rows
        if each.content_version == row.notice_version or each.result not in iep.ANSWERS
    ]
    asked: Collection[str] = [home.guardian_id for home in parents(uow, row)]
    return iep.without_parent(
        tried, asked, noticed=row.notice_version > 0, rules=IepRules.of(school.settings)
    )


def held(uow: UnitOfWork, row: Any, *, with_parent: bool) -> dict[str, Refusal]:
    """The meeting took place. Without a parent it may only where nothing refuses it; returns what does."""
    refused = {} if with_parent else refusals(uow, row)
    if not refused:
        state = store.HELD if with_parent else store.HELD_WITHOUT
        store.change(
            uow.connection, {"iep_meeting_id": row.iep_meeting_id, "state": state, "settled_at": uow.now}
        )
    return refused


def call_off(uow: UnitOfWork, row: Any) -> None:
    """It will not take place: everybody's time is free again, every home that has had notice is told, the record stays."""
    resources.release(uow, [row.iep_meeting_id])
    store.change(
        uow.connection,
        {
            "iep_meeting_id": row.iep_meeting_id,
            "state": store.CANCELLED,
            "sequence": row.sequence + 1,
            "settled_at": uow.now,
        },
    )
    _own_calendars(uow, row.team)
    known = {each.guardian_id for each in store.attempts(uow.connection, row.iep_meeting_id)}
    told = [home for home in parents(uow, row) if row.notice_version and home.guardian_id in known]
    for home in told:
        uow.emit(
            "scheduling.iep_called_off",
            {
                "iep_meeting_id": row.iep_meeting_id,
                "version": row.notice_version,
                "student_id": row.student_id,
                "guardian_id": home.guardian_id,
                "staff_id": row.organizer_id,
                "school_id": row.school_id,
                "start": row.start_at,
                "team": [str(each["staff_id"]) for each in row.team],
            },
            school=row.school_id,
            subject=row.student_id,
        )
    tried = [Attempt(home.guardian_id, uow.now, SYSTEM, Channel.MESSAGE, Result.SENT, note="called off") for home in told]
    if tried:
        record(uow, row.iep_meeting_id, tried, version=row.notice_version)


def may_answer(uow: UnitOfWork, row: Any, guardian_id: str) -> bool:
    """Policy, asked again whenever the page is opened."""
    school = people.schools(uow.connection, [row.school_id])[row.school_id]
    known = people.known(uow.connection, [row.student_id])
    on = school.today(uow.now)
    return may_invite(known, guardian_id, row.student_id, district=uow.district, on=on).allowed


def link(uow: UnitOfWork, ports: Ports, row: Any, guardian_id: str, *, version: int, language: str) -> str:
    """The page of the notice, for one guardian; each notice can be answered once."""
    token = ports.links.issue(
        uow.district,
        guardian_id,
        purpose="iep",
        resource=row.iep_meeting_id,
        expires_at=row.end_at + LINK_OUTLIVES,
        language=language,
        school=row.school_id,
        jti=f"iep-{row.iep_meeting_id}-{guardian_id}-{version}",
    )
    return f"{ports.base_url}/scheduling/notice/{token}"


def _interpreter(
    uow: UnitOfWork, meeting_id: str, language: str | None, start: datetime, end: datetime
) -> str | None:
    """The first of the district's interpreters of that language who is free; their time is taken. None: find one by hand."""
    if language is None:
        return None
    _, by_language = interpreters.speakers(uow.connection, [language])
    for who in by_language.get(language, ()):
        if not resources.take(uow, [Claim(meeting_id, Kind.INTERPRETER, who, start, end)]):
            return str(who)
    return None


def _take_team(
    uow: UnitOfWork, meeting_id: str, team: Sequence[str], start: datetime, end: datetime
) -> frozenset[str]:
    """The whole team's time, or nobody's; returns who has something else then."""
    claims = [Claim(meeting_id, Kind.STAFF, staff_id, start, end) for staff_id in team]
    if not resources.take(uow, claims):
        return frozenset()
    taken = resources.busy(uow, {Kind.STAFF: team}, since=start, but=[meeting_id])
    mine = claims[0].interval if claims else None
    return frozenset(
        staff_id
        for staff_id in team
        if mine is not None and any(mine.overlaps(each) for each in taken.get((Kind.STAFF, staff_id), ()))
    )
