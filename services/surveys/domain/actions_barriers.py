"""Facts that stand between school and home, and the way around each. Facts of circumstance only: never of character."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from enum import StrEnum

from services.surveys.domain.preferences import Preference

LETTER, PHONE = "letter", "phone"
UNASKED = ("sms", "email")  # tried for somebody who has not said what they prefer
FAILURES = 2  # messages in a row that did not arrive: then the way itself is at fault (F08)


class Barrier(StrEnum):
    """What an answer, a delivery or a missed meeting can tell of a home."""

    NO_INTERNET = "no_internet"
    NIGHT_WORK = "night_work"
    TRANSPORT = "transport"
    CHILD_CARE = "child_care"
    LANGUAGE = "language"
    READING = "reading"
    PHONE_SHARED = "phone_shared"
    HOURS = "hours"
    TEXTS_FAIL = "texts_fail"
    EMAIL_FAILS = "email_fails"
    MEETING_MISSED = "meeting_missed"


CLOSED: dict[Barrier, frozenset[str]] = {
    Barrier.NO_INTERNET: frozenset({"email"}),
    Barrier.TEXTS_FAIL: frozenset({"sms"}),
    Barrier.EMAIL_FAILS: frozenset({"email"}),
    Barrier.READING: frozenset({"sms", "email", LETTER}),
}
AT_HOME = frozenset({Barrier.TRANSPORT, Barrier.CHILD_CARE, Barrier.MEETING_MISSED})  # meeting without coming to school
OF_CHANNEL = {"sms": Barrier.TEXTS_FAIL.value, "email": Barrier.EMAIL_FAILS.value}
HEALED_BY_MEETING = Barrier.MEETING_MISSED.value


def known(name: str) -> bool:
    return name in frozenset(Barrier)


def way_around(stated: Sequence[str], barriers: Collection[str]) -> tuple[str, ...]:
    """The order of channels that is used: as the guardian said, without what cannot reach them.

    A letter stands behind what is left, for a home that has no such address; alone, somebody calls as well. Where reading is
    hard, the telephone. Empty: the school's default.
    """
    closed = frozenset[str]().union(*(CLOSED.get(Barrier(each), frozenset()) for each in barriers if known(each)))
    if not closed:
        return tuple(stated)
    open_ways = [channel for channel in (stated or UNASKED) if channel not in closed]
    last = [PHONE] if LETTER in closed else [LETTER] if open_ways and open_ways != [LETTER] else [LETTER, PHONE]
    return tuple(dict.fromkeys([*open_ways, *last]))


def obeyed(stated: Preference, barriers: Collection[str]) -> Preference:
    """What the other services act on: the guardian's own wish first, and a way around what stands before it."""
    mode = stated.live_mode or ("phone" if AT_HOME & set(barriers) else None)
    return replace(stated, channel_order=way_around(stated.channel_order, barriers), live_mode=mode)
