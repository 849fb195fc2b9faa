"""Meetings of a special-education team: notice, what must be ready, and when they may go on without a parent.

34 CFR 300.322: (a) parents are notified early enough, time and place agreed with them; (b) what the notice says; (c) other
ways to take part; (d) a meeting without a parent needs records of attempts; (e) an interpreter where needed. The rule
itself names no number of days or attempts: those are the school's (`iep` settings).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from services.scheduling.domain.schooldays import is_school_day


class Purpose(StrEnum):
    INITIAL = "initial"
    ANNUAL = "annual"
    AMENDMENT = "amendment"
    TRANSITION = "transition"


class Channel(StrEnum):
    """How a parent was tried to be reached: 300.322(d)(1)-(3) names calls, correspondence and visits."""

    PHONE = "phone"
    LETTER = "letter"
    VISIT = "visit"
    EMAIL = "email"
    SMS = "sms"
    VIDEO = "video"
    IN_PERSON = "in_person"
    MESSAGE = "message"  # sent by Homeroom by whatever way the family chose
    PAGE = "page"  # the family answered on its page


class Result(StrEnum):
    """What came of an attempt: first those that left the parent unreached, then the parent's own answers."""

    SENT = "sent"
    NO_ANSWER = "no_answer"
    LEFT_MESSAGE = "left_message"
    WRONG_NUMBER = "wrong_number"
    RETURNED = "returned"
    NOT_HOME = "not_home"
    UNDELIVERED = "undelivered"
    AGREED = "agreed"
    OTHER_TIME = "other_time"
    TAKES_PART_OTHERWISE = "takes_part_otherwise"
    CANNOT = "cannot"
    DECLINED = "declined"


WILL_COME = frozenset({Result.AGREED, Result.TAKES_PART_OTHERWISE})
ANSWERS = WILL_COME | {Result.OTHER_TIME, Result.CANNOT, Result.DECLINED}


@dataclass(frozen=True, slots=True)
class IepRules:
    """A school's `iep` settings: days of notice, attempts before a meeting without a parent, by how many ways."""

    notice_school_days: int = 10
    attempts: int = 3
    ways: int = 2

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> IepRules:
        given = settings.get("iep") or {}
        usual = cls()
        return cls(*(int(given.get(name) or getattr(usual, name)) for name in ("notice_school_days", "attempts", "ways")))


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt as the rule sees it. `corrected`: a later row says that it was entered wrongly."""

    guardian_id: str
    on: date
    channel: Channel
    result: Result
    corrected: bool = False


def earliest_day(noticed_on: date, *, school_days: int, holidays: Collection[date]) -> date:
    """The first day with `school_days` full school days between notice and meeting."""
    day, left = noticed_on, school_days
    while left:
        day += timedelta(days=1)
        left -= is_school_day(day, holidays=holidays)
    return day


class Lack(StrEnum):
    """What is not ready. The page has words for each."""

    NOTICE_SHORT = "notice_short"
    TEAM = "team"
    STUDENT_NOT_INVITED = "student_not_invited"
    INTERPRETER = "interpreter"
    DOCUMENTS_MISSING = "documents_missing"
    DOCUMENTS_UNCHECKED = "documents_unchecked"


def lacks(
    *,
    purpose: Purpose,
    team: int,
    student_invited: bool,
    needs_interpreter: bool,
    interpreter_ready: bool,
    documents: Sequence[bool],
    noticed_on: date,
    meets_on: date,
    rules: IepRules,
    holidays: Collection[date],
) -> list[Lack]:
    """What must be mended before the notice goes; `documents`: for each, whether a person has checked it."""
    found = []
    if meets_on < earliest_day(noticed_on, school_days=rules.notice_school_days, holidays=holidays):
        found.append(Lack.NOTICE_SHORT)
    if team < 1:
        found.append(Lack.TEAM)
    if purpose is Purpose.TRANSITION and not student_invited:
        found.append(Lack.STUDENT_NOT_INVITED)
    if needs_interpreter and not interpreter_ready:
        found.append(Lack.INTERPRETER)
    if not documents:
        found.append(Lack.DOCUMENTS_MISSING)
    elif not all(documents):
        found.append(Lack.DOCUMENTS_UNCHECKED)
    return found


class Refusal(StrEnum):
    """Why a meeting may not go on without a parent."""

    WILL_COME = "will_come"
    OTHER_TIME = "other_time"
    TOO_FEW = "too_few"
    ONE_WAY = "one_way"
    NO_NOTICE = "no_notice"


def without_parent(
    attempts: Iterable[Tried], guardians: Collection[str], *, noticed: bool, rules: IepRules
) -> dict[str, Refusal]:
    """By guardian, why the meeting may not take place without them; empty: it may, on the record there is.

    Who says that they will not come is taken at their word; who asks for another time has to be given one.
    """
    if not noticed:
        return dict.fromkeys(guardians, Refusal.NO_NOTICE)
    by_guardian: dict[str, list[Tried]] = {guardian: [] for guardian in guardians}
    for attempt in attempts:
        if not attempt.corrected and attempt.guardian_id in by_guardian:
            by_guardian[attempt.guardian_id].append(attempt)
    refused = {}
    for guardian, tried in by_guardian.items():
        why = _refusal(tried, rules)
        if why is not None:
            refused[guardian] = why
    return refused


def _refusal(tried: Sequence[Tried], rules: IepRules) -> Refusal | None:
    answers = [each.result for each in tried if each.result in ANSWERS]
    if answers and answers[-1] in WILL_COME:
        return Refusal.WILL_COME
    if answers and answers[-1] is Result.OTHER_TIME:
        return Refusal.OTHER_TIME
    if answers:
        return None
    if len(tried) < rules.attempts:
        return Refusal.TOO_FEW
    if len({each.channel for each in tried}) < rules.ways:
        return Refusal.ONE_WAY
    return None


def digest(before: str, *parts: str) -> str:
    """SHA-256 over a row and the digest before it: a row that was changed or taken out later shows."""
    return hashlib.sha256("\x1f".join((before, *parts)).encode()).hexdigest()
