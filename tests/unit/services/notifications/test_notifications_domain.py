"""The rules, by property where they are rules and by example where they are words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain import wording
from services.notifications.domain.alerts import judge
from services.notifications.domain.cadence import find_gap, next_school_day, share_in_cadence, term_start
from services.notifications.domain.quiet import QuietHours, month_begins_at, month_ends_at
from services.notifications.domain.replies import Keyword, OpenQuestion, belongs_to, chosen_digit, keyword
from services.notifications.domain.sending import Situation, Verdict, Weight, decide, in_order
from shared.language.bidi import isolated

CHICAGO = ZoneInfo("America/Chicago")
ZONES = st.sampled_from([CHICAGO, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")])
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
CLOCKS = st.times().map(lambda t: t.replace(second=0, microsecond=0))
QUIET = st.builds(QuietHours, CLOCKS, CLOCKS)
CHANNELS = st.lists(st.sampled_from(["sms", "email", "letter"]), unique=True).map(tuple)
SOME = st.frozensets(st.sampled_from(["sms", "email"]))
SITUATIONS = st.builds(
    Situation, now=MOMENTS, zone=ZONES, weight=st.sampled_from(Weight), channels=CHANNELS,
    refusal=st.sampled_from([None, "restriction", "not_linked"]), stopped=SOME, blocked=SOME, tried=SOME,
    quiet=st.none() | QUIET, cap=st.none() | st.integers(0, 5), counted=st.integers(0, 8), solicited=st.booleans(),
)  # fmt: skip


@given(MOMENTS, ZONES, QUIET)
def test_quiet_hours_end_at_an_instant_that_is_not_quiet_and_not_long_after(moment, zone, quiet):
    over = quiet.over_at(moment, zone)
    assert over >= moment
    assert not quiet.cover(over, zone)
    assert over - moment <= timedelta(hours=26)  # a day of 25 hours, and the hour that comes twice
    if not quiet.cover(moment, zone):
        assert over == moment


@pytest.mark.parametrize(("now", "over"), [
    (datetime(2026, 10, 31, 2, 0, tzinfo=UTC), datetime(2026, 10, 31, 12, 0, tzinfo=UTC)),  # an ordinary night: 07:00 is 12:00 UTC
    (datetime(2026, 11, 1, 4, 0, tzinfo=UTC), datetime(2026, 11, 1, 13, 0, tzinfo=UTC)),  # the clocks go back in it
    (datetime(2026, 3, 8, 4, 0, tzinfo=UTC), datetime(2026, 3, 8, 12, 0, tzinfo=UTC)),  # the clocks go forward in it
])  # fmt: skip
def test_the_morning_is_the_wall_clocks_morning_when_the_clocks_change(now, over):
    quiet = QuietHours(time(20, 30), time(7, 0))
    assert quiet.over_at(now, CHICAGO) == over


def test_the_same_time_twice_is_no_quiet_time_and_a_missing_one_neither():
    assert not QuietHours(time(8), time(8)).cover(datetime(2026, 9, 1, 13, 0, tzinfo=UTC), CHICAGO)
    assert QuietHours.parse("21:00", None) is None


@given(SITUATIONS)
def test_what_policy_refuses_goes_nowhere_whatever_else_is_true(situation):
    decision = decide(replace(situation, refusal="restriction"))
    assert (decision.verdict, decision.reason) == (Verdict.REFUSE, "restriction")


@given(SITUATIONS)
def test_only_routine_messages_ever_wait_for_the_cap(situation):
    decision = decide(situation)
    if decision.reason == "cap":
        assert situation.weight is Weight.ROUTINE


@given(SITUATIONS)
def test_only_an_emergency_or_an_answer_to_who_just_wrote_goes_in_quiet_hours(situation):
    decision = decide(situation)
    quiet = situation.quiet is not None and situation.quiet.cover(situation.now, situation.zone)
    if decision.verdict is Verdict.SEND and quiet:
        assert situation.weight is Weight.SAFETY or situation.solicited or decision.channel == "letter"  # paper wakes nobody


@given(SITUATIONS)
def test_whatever_is_held_is_released_later_and_not_at_night(situation):
    decision = decide(situation)
    if decision.verdict is Verdict.HOLD:
        assert decision.until >= situation.now
        assert situation.quiet is None or not situation.quiet.cover(decision.until, situation.zone)


@given(SITUATIONS)
def test_a_channel_is_one_that_reaches_and_was_neither_refused_nor_blocked(situation):
    decision = decide(situation)
    if decision.channel is not None:
        assert decision.channel in situation.channels
        assert decision.channel not in situation.tried | situation.blocked
        assert decision.channel not in situation.stopped or situation.weight is Weight.SAFETY


@given(SITUATIONS)
def test_every_no_carries_its_reason(situation):
    decision = decide(situation)
    assert (decision.verdict is Verdict.SEND) == (decision.reason is None)


def test_a_concern_beyond_the_cap_goes_and_says_so():
    situation = Situation(datetime(2026, 10, 5, 15, 0, tzinfo=UTC), CHICAGO, Weight.IMPORTANT, ("sms",), cap=2, counted=2)
    assert (decide(situation).verdict, decide(situation).over_cap) == (Verdict.SEND, True)


@given(MOMENTS, ZONES)
def test_a_months_end_lies_in_the_month_or_is_now(moment, zone):
    end, begin = month_ends_at(moment, zone).astimezone(zone), month_begins_at(moment, zone).astimezone(zone)
    local = moment.astimezone(zone)
    assert (end.year, end.month) == (begin.year, begin.month) == (local.year, local.month)
    assert begin <= local <= end


@given(st.permutations(["sms", "email"]), SOME)
def test_the_guardians_order_comes_first_and_only_what_reaches(preferred, reachable):
    order = in_order(("phone", *preferred), reachable)
    assert list(order) == [channel for channel in preferred if channel in reachable]
    assert in_order((), frozenset({"email", "sms"})) == ("sms", "email")
    assert in_order(("letter",), frozenset({"sms"})) == ("letter", "sms")


@given(st.lists(st.floats(0, 100), max_size=20))
def test_between_two_alerts_lies_a_recovery(scores):
    alerted, raised, recovered = False, 0, True
    for score in scores:
        recovered = recovered or score >= 73
        judgement = judge(alerted=alerted, score=score, threshold=70, recovery=73, today=date(2026, 9, 29), midterm_on=date(2026, 10, 23))
        alerted = judgement.alerted
        if judgement.raise_now:
            assert score < 70 and recovered and judgement.days_to_midterm == 24
            recovered, raised = False, raised + 1


def test_after_the_report_nobody_is_told_early():
    on_the_day = judge(alerted=False, score=10, threshold=70, recovery=73, today=date(2026, 10, 23), midterm_on=date(2026, 10, 23))
    assert not on_the_day.raise_now and not on_the_day.alerted


@given(st.integers(0, 400), st.integers(1, 60))
def test_a_gap_begins_the_day_after_the_floor_and_never_before_the_term_is_that_old(days, floor):
    start = date(2026, 9, 1)
    today = start + timedelta(days=days)
    assert (find_gap(last=None, today=today, term_starts_on=start, floor_days=floor) is not None) == (days > floor)
    assert find_gap(last=today - timedelta(days=floor), today=today, term_starts_on=start, floor_days=floor) is None


def test_a_term_starts_on_its_first_school_day_and_is_over_when_it_is_over():
    terms = [{"starts_on": "2026-09-05", "ends_on": "2026-12-18"}]  # a Saturday; Monday is a holiday
    holidays = frozenset({date(2026, 9, 7)})
    assert term_start(terms, date(2026, 10, 1), holidays) == date(2026, 9, 8) == next_school_day(date(2026, 9, 5), holidays)
    assert term_start(terms, date(2026, 12, 19), holidays) is None


def test_a_share_is_rounded_down_and_an_empty_school_is_in_cadence():
    assert (share_in_cadence(400, 14), share_in_cadence(0, 0)) == (96, 100)


@pytest.mark.parametrize(("text", "meaning"), [
    ("STOP", Keyword.STOP), (" stop. ", Keyword.STOP), ("Alto", Keyword.STOP), ("dừng", Keyword.STOP), ("توقف", Keyword.STOP),
    ("રોકો", Keyword.STOP), ("ayuda", Keyword.HELP), ("Start", Keyword.START), ("please stop the bus", None), ("2", None), ("", None),
])  # fmt: skip
def test_a_keyword_is_the_whole_message(text, meaning):
    assert keyword(text) is meaning


@pytest.mark.parametrize(("text", "digit"), [
    ("2", 2), (" 2. ", 2), ("٢", 2), ("૩", 3), ("No. 1", 1), ("12", None), ("1 or 2", None), ("0", None), ("at 5 we leave for work", None), ("", None),
])  # fmt: skip
def test_a_choice_is_one_digit_in_any_script(text, digit):
    assert chosen_digit(text) == digit


def test_words_answer_the_newest_open_question_and_an_expired_one_is_none():
    now = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
    later, earlier = now + timedelta(hours=1), now - timedelta(hours=1)
    offer = OpenQuestion("meeting_offer", "o", earlier, later)
    old, new = OpenQuestion("survey", "a", earlier, later), OpenQuestion("survey", "b", now, later)
    assert belongs_to([old, offer, new], "every week", now) == new
    assert belongs_to([old, offer, new], "1", now) == offer
    assert belongs_to([offer], "thank you", now) is None
    assert belongs_to([replace(new, expires_at=now)], "yes", now) is None


@pytest.mark.parametrize(("language", "expected"), [
    ("en", "Tue 6 Oct, 6:00 PM"), ("es", "mar, 6 oct, 18:00"), ("vi", "18:00 Th 3, 6 thg 10"), ("xx-unknown", "Tue 6 Oct, 6:00 PM"),
])  # fmt: skip
def test_a_moment_is_written_as_the_language_writes_it(language, expected):
    value = wording.moment(datetime(2026, 10, 6, 23, 0, tzinfo=UTC))
    assert wording.fill("{when}", {"when": value}, language=language, zone=CHICAGO) == expected


@given(st.text())
def test_a_name_is_spliced_as_it_is_and_never_read_again(name):
    said = wording.fill("<{student}>", {"student": name}, language="en", zone=CHICAGO)
    assert said == f"<{isolated(name, rtl=False)}>" and (said == f"<{name}>" or not name.isascii())


def test_braces_that_name_nothing_stay():
    assert wording.fill("{x} {student}", {"student": "Mateo"}, language="en", zone=CHICAGO) == "{x} Mateo"
