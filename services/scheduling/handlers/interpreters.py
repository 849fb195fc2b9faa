"""Interpreters: asked for with the meeting, booked like anybody else's time, replaced by a fallback when nobody is found.

A district that has entered nobody who interprets arranges it by itself: nothing is asked for. Policy numbers are the school's
`interpreting` settings: `language` (the staff's, default en), `longer_percent` (50), `decide_hours` before the meeting (48),
`phone_line` (of a telephone interpreter service: the fallback; without it both sides may choose another time).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from services.scheduling.domain.bookings import Claim, Kind
from services.scheduling.handlers import announce, resources
from services.scheduling.handlers.desk import Desk, Wish
from services.scheduling.ports import Ports
from services.scheduling.store import bookings, meetings, people
from services.scheduling.store import bookings_interpreters as interpreters
from shared.messaging.uow import DueItem, UnitOfWork

LANGUAGE, LONGER_PERCENT, DECIDE_HOURS = "en", 50, 48
AT_LEAST = timedelta(hours=2)  # to answer a request, however soon the meeting is
_Row = Mapping[str, Any]


def needed(
    uow: UnitOfWork,
    ports: Ports,
    rows: Sequence[_Row],
    *,
    languages: Mapping[str, str],
    given: Mapping[str, str] | None = None,
) -> None:
    """Ask for an interpreter where family and staff share no language. `given`: who interprets already, by meeting."""
    given = given or {}
    foreign = [row for row in rows if languages[row["guardian_id"]] != LANGUAGE or row["meeting_id"] in given]
    if not foreign:
        return
    by_person, by_language = interpreters.speakers(uow.connection, {languages[row["guardian_id"]] for row in foreign})
    if not by_language and not given:
        return
    schools = people.schools(uow.connection, {row["school_id"] for row in foreign})
    before = interpreters.by_meeting(uow.connection, [row["meeting_id"] for row in foreign])
    asked = []
    for row in foreign:
        language, school = languages[row["guardian_id"]], schools[row["school_id"]]
        shared = language == _setting(school, "language", LANGUAGE) or language in by_person.get(row["staff_id"], ())
        if shared and row["meeting_id"] not in given:
            continue
        hours = int(_setting(school, "decide_hours", DECIDE_HOURS))
        asked.append(
            {
                "meeting_id": row["meeting_id"],
                "language": language,
                "school_id": row["school_id"],
                "start_at": row["start_at"],
                "end_at": row["end_at"],
                "state": interpreters.REQUESTED,
                "interpreter_id": None,
                "fallback": None,
                "asked_at": uow.now,
                "decide_by": max(row["start_at"] - timedelta(hours=hours), min(uow.now + AT_LEAST, row["start_at"])),
            }
        )
    _ask(uow, ports, asked, {row["meeting_id"]: row for row in rows}, by_language, _keepers(before, given))


def lengthen(uow: UnitOfWork, desk: Desk, wishes: Sequence[Wish]) -> None:
    """Note which of these offers need longer times: what is said twice takes longer."""
    foreign = [wish for wish in wishes if desk.language(wish.guardian_id) != LANGUAGE]
    if not foreign:
        return
    by_person, by_language = interpreters.speakers(uow.connection, {desk.language(wish.guardian_id) for wish in foreign})
    for wish in foreign:
        language, school = desk.language(wish.guardian_id), desk.schools[wish.school_id]
        own = language == _setting(school, "language", LANGUAGE) or language in by_person.get(wish.staff_id, ())
        if by_language and not own:
            desk.longer[wish.offer_id] = int(_setting(school, "longer_percent", LONGER_PERCENT))


def accept(uow: UnitOfWork, meeting_id: str, interpreter_id: str) -> str:
    """An interpreter takes a meeting: "assigned" (also when it is theirs already), "covered" by another, "busy", or "over"."""
    row = interpreters.by_meeting(uow.connection, [meeting_id], lock=True).get(meeting_id)
    if row is None or row.state == interpreters.OFF or row.end_at <= uow.now:
        return "over"
    if row.state == interpreters.ASSIGNED:
        return "assigned" if row.interpreter_id == interpreter_id else "covered"
    _, by_language = interpreters.speakers(uow.connection, [row.language])
    if interpreter_id not in by_language[row.language]:
        return "over"
    if resources.take(uow, [_claim(row._mapping, interpreter_id)]):
        return "busy"
    _assigned(uow, row._mapping, interpreter_id)
    return "assigned"


def give_back(uow: UnitOfWork, ports: Ports, meeting_id: str, interpreter_id: str) -> bool:
    """An interpreter cannot come after all: the others are asked."""
    row = interpreters.by_meeting(uow.connection, [meeting_id], lock=True).get(meeting_id)
    if row is None or row.state != interpreters.ASSIGNED or row.interpreter_id != interpreter_id:
        return False
    resources.release(uow, [meeting_id], kinds=[Kind.INTERPRETER])
    meeting = meetings.by_id(uow.connection, [meeting_id])[meeting_id]
    _, by_language = interpreters.speakers(uow.connection, [row.language])
    others = {row.language: [each for each in by_language[row.language] if each != interpreter_id]}
    again = {**row._mapping, "state": interpreters.REQUESTED, "interpreter_id": None, "asked_at": uow.now}
    again["decide_by"] = max(row.decide_by, min(uow.now + AT_LEAST, row.start_at))
    _ask(uow, ports, [again], {meeting_id: meeting._mapping}, others, {})
    return True


def undecided(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Nobody was found in time: by telephone where the school has such a line, else both sides may choose another time."""
    rows = interpreters.by_meeting(uow.connection, [item.key for item in items], lock=True)
    open_ = {key: row for key, row in rows.items() if row.state == interpreters.REQUESTED}
    _unfilled(uow, ports, [row._mapping for row in open_.values()])


def called_off(uow: UnitOfWork, meeting_ids: Collection[str]) -> None:
    """Their meetings are off: whoever was to interpret is told."""
    rows = [row for row in interpreters.by_meeting(uow.connection, meeting_ids).values() if row.state != interpreters.OFF]
    if not rows:
        return
    interpreters.settle(uow.connection, [row.meeting_id for row in rows], interpreters.OFF)
    uow.cancel("interpreter_undecided", *[row.meeting_id for row in rows])
    for row in rows:
        if row.state == interpreters.ASSIGNED:
            _released(uow, row._mapping)


def _keepers(before: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Who should interpret each meeting if they can: named now, or assigned before it moved."""
    kept = {key: row.interpreter_id for key, row in before.items() if row.state == interpreters.ASSIGNED}
    return {**kept, **given}


def _ask(
    uow: UnitOfWork,
    ports: Ports,
    asked: Sequence[dict[str, Any]],
    rows: Mapping[str, _Row],
    by_language: Mapping[str, Sequence[str]],
    keepers: Mapping[str, str],
) -> None:
    """Who had the meeting keeps it where they are free; for the rest everybody who speaks the language is asked."""
    interpreters.save(uow.connection, asked)
    wanted = [each for each in asked if each["meeting_id"] in keepers]
    have = {row.taken_id for rows_ in bookings.of_meetings(uow.connection, [each["meeting_id"] for each in wanted]).values()
            for row in rows_} if wanted else set[str]()
    claims = [_claim(each, keepers[each["meeting_id"]]) for each in wanted]
    refused = resources.take(uow, [claim for claim in claims if claim.taken_id not in have])
    for each in wanted:
        if each["meeting_id"] in refused:
            _released(uow, {**each, "interpreter_id": keepers[each["meeting_id"]]})
        else:
            _assigned(uow, each, keepers[each["meeting_id"]], row=rows[each["meeting_id"]])
    open_ = [each for each in asked if each["meeting_id"] not in keepers or each["meeting_id"] in refused]
    nobody = [each for each in open_ if not by_language.get(each["language"])]
    _unfilled(uow, ports, nobody)
    for each in open_:
        if each in nobody:
            continue
        candidates, row = list(by_language[each["language"]]), rows[each["meeting_id"]]
        uow.emit(
            "scheduling.interpreter_requested",
            {
                **{name: row[name] for name in ("meeting_id", "student_id", "staff_id", "school_id", "mode")},
                "language": each["language"],
                "start": each["start_at"],
                "end": each["end_at"],
                "candidates": candidates,
                "links": [
                    ports.interpreter_link(uow.district, who, row["meeting_id"], expires_at=each["end_at"], school=row["school_id"])
                    for who in candidates
                ],
            },
            school=row["school_id"],
            subject=row["meeting_id"],
        )
        uow.schedule("interpreter_undecided", row["meeting_id"], each["decide_by"])


def _assigned(uow: UnitOfWork, each: _Row, interpreter_id: str, *, row: _Row | None = None) -> None:
    meeting_id = each["meeting_id"]
    if row is None:
        row = meetings.by_id(uow.connection, [meeting_id])[meeting_id]._mapping
    interpreters.settle(uow.connection, [meeting_id], interpreters.ASSIGNED, interpreter_id=interpreter_id)
    uow.cancel("interpreter_undecided", meeting_id)
    uow.emit(
        "scheduling.interpreter_assigned",
        {
            **{name: row[name] for name in ("meeting_id", "student_id", "staff_id", "school_id", "guardian_id", "mode")},
            "interpreter_id": interpreter_id,
            "language": each["language"],
            "start": row["start_at"],
            "end": row["end_at"],
            "dial_in": row["dial_in"],
        },
        school=row["school_id"],
        subject=meeting_id,
    )


def _released(uow: UnitOfWork, each: _Row) -> None:
    data = {name: each[name] for name in ("meeting_id", "school_id", "interpreter_id", "language")}
    uow.emit(
        "scheduling.interpreter_released", {**data, "start": each["start_at"]}, school=each["school_id"], subject=each["meeting_id"]
    )


def _unfilled(uow: UnitOfWork, ports: Ports, rows: Sequence[_Row]) -> None:
    if not rows:
        return
    booked = meetings.by_id(uow.connection, [row["meeting_id"] for row in rows])
    schools = people.schools(uow.connection, {row["school_id"] for row in rows})
    guardians = people.guardians(uow.connection, {each.guardian_id for each in booked.values()})
    for row in rows:
        meeting = booked.get(row["meeting_id"])
        if meeting is None or meeting.state != meetings.BOOKED:
            continue
        fallback = "phone" if _setting(schools[row["school_id"]], "phone_line", None) else "rebook"
        interpreters.settle(uow.connection, [row["meeting_id"]], interpreters.UNFILLED, fallback=fallback)
        language = guardians[meeting.guardian_id].language if meeting.guardian_id in guardians else LANGUAGE
        people_of_it = ("meeting_id", "student_id", "staff_id", "school_id", "guardian_id")
        uow.emit(
            "scheduling.interpreter_unfilled",
            {
                **{name: meeting._mapping[name] for name in people_of_it},
                "language": row["language"],
                "start": meeting.start_at,
                "fallback": fallback,
                "link": announce.link(uow, ports, meeting._mapping, language=language),
            },
            school=meeting.school_id,
            subject=meeting.meeting_id,
        )


def _claim(row: _Row, interpreter_id: str) -> Claim:
    return Claim(row["meeting_id"], Kind.INTERPRETER, interpreter_id, row["start_at"], row["end_at"])


def _setting(school: people.School, name: str, default: Any) -> Any:
    return (school.settings.get("interpreting") or {}).get(name, default)
