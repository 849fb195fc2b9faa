"""Rules of check-ins, visits for several children, and special-education meetings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, permutations, product

from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain import iep
from services.scheduling.domain.iep import Channel, IepRules, Lack, Purpose, Refusal, Result, Tried
from services.scheduling.domain.journeys_checkins import Cadence, CheckinRules, due_on, period_on, settle
from services.scheduling.domain.journeys_visits import LONGEST_WAIT, WALK, visits
from services.scheduling.domain.windows import Slot

YEAR = date(2026, 9, 1)
NOON = datetime(2026, 10, 27, 17, 0, tzinfo=UTC)


def test_a_school_without_the_setting_has_no_check_ins_and_one_with_it_has_the_features_defaults():
    assert CheckinRules.of({}) is None and CheckinRules.of({"checkins": None}) is None
    rules = CheckinRules.of({"checkins": {"every": "quarterly"}})
    assert rules is not None and (rules.minutes, rules.misses) == (10, 2)
    assert rules.cadence(plan=False) is Cadence.QUARTERLY and rules.cadence(plan=True) is Cadence.MONTHLY


def test_a_plan_never_makes_check_ins_rarer():
    rules = CheckinRules.of({"checkins": {"every": "monthly", "with_plan": "quarterly"}})
    assert rules is not None and rules.cadence(plan=True) is Cadence.MONTHLY


def test_a_school_may_keep_check_ins_to_families_with_a_plan():
    rules = CheckinRules.of({"checkins": {"every": "none"}})
    assert rules is not None and rules.cadence(plan=False) is None and rules.cadence(plan=True) is Cadence.MONTHLY


def test_periods_count_from_the_month_in_which_school_begins():
    quarter = period_on(date(2027, 1, 15), Cadence.QUARTERLY, year_starts=YEAR)
    assert quarter is not None and (quarter.key, quarter.start, quarter.end) == ("2026-12+3", date(2026, 12, 1), date(2027, 3, 1))
    month = period_on(date(2026, 10, 9), Cadence.MONTHLY, year_starts=YEAR)
    assert month is not None and month.key == "2026-10"
    assert period_on(date(2026, 8, 31), Cadence.MONTHLY, year_starts=YEAR) is None


@given(st.dates(YEAR, date(2027, 8, 1)), st.sampled_from(Cadence), st.integers(1, 40))
def test_a_teacher_s_families_are_spread_over_the_period_on_school_days(day: date, cadence: Cadence, families: int):
    period = period_on(day, cadence, year_starts=YEAR)
    assert period is not None and period.start <= day < period.end
    due = [due_on(period, place=place, of=families, closed=()) for place in range(families)]
    known = [each for each in due if each is not None]
    assert len(known) == families and known == sorted(known)
    assert all(period.start <= each < period.end and each.weekday() < 5 for each in known)


def test_what_became_of_a_check_in():
    last = date(2026, 10, 23)

    def outcome(meeting: str | None, today: date = last, before: int = 1) -> tuple[str, int, bool]:
        found = settle(meeting=meeting, today=today, closes_on=last, before=before)
        return found.state, found.misses, found.settled

    assert outcome("held") == ("done", 0, True)
    assert outcome("missed") == ("missed", 2, True)
    assert outcome(None) == ("offered", 1, False), "the last day is still a day to answer"
    assert outcome("cancelled", last + timedelta(days=1)) == ("missed", 2, True)
    assert outcome("booked", last + timedelta(days=9)) == ("booked", 1, False)


def slot(minutes: int, length: int = 10) -> Slot:
    return Slot(NOON + timedelta(minutes=minutes), NOON + timedelta(minutes=minutes + length))


def test_a_visit_puts_siblings_back_to_back_with_the_walk_between():
    found = visits({"mateo": [slot(0), slot(60)], "lucia": [slot(10), slot(15), slot(80)]})
    assert [(each.stops[0][0], each.start, each.end) for each in found] == [
        ("mateo", slot(0).start, slot(15).end), ("mateo", slot(60).start, slot(80).end),
    ]  # fmt: skip
    assert [each.waiting(WALK) for each in found] == [timedelta(0), timedelta(minutes=5)]


def test_by_video_nobody_walks():
    found = visits({"mateo": [slot(0)], "lucia": [slot(10), slot(15)]}, walk=timedelta(0))
    assert found[0].end == slot(10).end


def test_a_wait_that_is_too_long_is_two_visits():
    assert visits({"mateo": [slot(0)], "lucia": [slot(45)]}) == []
    assert visits({"mateo": [slot(0)], "lucia": []}) == [] and visits({"mateo": [slot(0)]}) == []


@given(st.lists(st.sets(st.integers(0, 12), min_size=1, max_size=5), min_size=2, max_size=3))
def test_the_best_visit_is_as_good_as_trying_every_order_of_every_slot(teachers: list[set[int]]):
    free = {f"child-{n}": [slot(5 * at) for at in sorted(each)] for n, each in enumerate(teachers)}
    waits = []
    for chosen in product(*free.values()):
        for order in permutations(chosen):
            gaps = [after.start - before.end - WALK for before, after in pairwise(order)]
            if all(timedelta(0) <= gap <= LONGEST_WAIT for gap in gaps):
                waits.append(sum(gaps, timedelta(0)))
    found = visits(free, count=100)
    assert min((each.waiting(WALK) for each in found), default=None) == min(waits, default=None)
    for visit in found:
        assert {key for key, _ in visit.stops} == set(free)
        pairs = pairwise(visit.stops)
        assert all(WALK <= after.start - before.end <= WALK + LONGEST_WAIT for (_, before), (_, after) in pairs)


RULES = IepRules()
READY = {
    "purpose": Purpose.ANNUAL, "team": 3, "student_invited": False, "needs_interpreter": True, "interpreter_ready": True,
    "documents": [True], "noticed_on": date(2026, 10, 5), "meets_on": date(2026, 10, 19), "rules": RULES, "holidays": (),
}  # fmt: skip


def lacks(**changed: object) -> list[Lack]:
    return iep.lacks(**(READY | changed))  # type: ignore[arg-type]


def test_ten_school_days_of_notice_do_not_count_weekends_and_holidays():
    assert iep.earliest_day(date(2026, 10, 5), school_days=10, holidays=()) == date(2026, 10, 19)
    assert iep.earliest_day(date(2026, 10, 5), school_days=10, holidays={date(2026, 10, 12)}) == date(2026, 10, 20)


def test_a_notice_goes_only_when_everything_is_ready():
    assert lacks() == []
    assert lacks(meets_on=date(2026, 10, 16)) == [Lack.NOTICE_SHORT]
    assert lacks(interpreter_ready=False) == [Lack.INTERPRETER]
    assert lacks(needs_interpreter=False, interpreter_ready=False) == []
    assert lacks(documents=[]) == [Lack.DOCUMENTS_MISSING] and lacks(documents=[True, False]) == [Lack.DOCUMENTS_UNCHECKED]
    assert lacks(purpose=Purpose.TRANSITION) == [Lack.STUDENT_NOT_INVITED] and lacks(team=0) == [Lack.TEAM]


def tried(channel: Channel, result: Result, guardian: str = "ana", *, corrected: bool = False) -> Tried:
    return Tried(guardian, date(2026, 10, 8), channel, result, corrected)


CALLS = [tried(Channel.PHONE, Result.NO_ANSWER)] * 2


def refused(attempts: list[Tried], *guardians: str, noticed: bool = True) -> dict[str, Refusal]:
    return iep.without_parent(attempts, guardians or ("ana",), noticed=noticed, rules=RULES)


def test_without_a_parent_only_on_a_record_of_attempts_by_more_than_one_way():
    assert refused([]) == {"ana": Refusal.TOO_FEW} and refused([], noticed=False) == {"ana": Refusal.NO_NOTICE}
    assert refused([*CALLS, tried(Channel.PHONE, Result.LEFT_MESSAGE)]) == {"ana": Refusal.ONE_WAY}
    assert refused([*CALLS, tried(Channel.VISIT, Result.NOT_HOME)]) == {}


def test_an_attempt_that_was_entered_wrongly_does_not_count():
    assert refused([*CALLS, tried(Channel.VISIT, Result.NOT_HOME, corrected=True)]) == {"ana": Refusal.TOO_FEW}


def test_who_answers_is_taken_at_their_word_and_the_last_word_counts():
    assert refused([tried(Channel.PAGE, Result.CANNOT)]) == {}
    assert refused([tried(Channel.PAGE, Result.OTHER_TIME)]) == {"ana": Refusal.OTHER_TIME}
    assert refused([tried(Channel.PAGE, Result.CANNOT), tried(Channel.PHONE, Result.AGREED)]) == {"ana": Refusal.WILL_COME}


def test_each_home_is_tried_for_itself():
    enough = [*CALLS, tried(Channel.LETTER, Result.RETURNED)]
    assert refused([*enough, tried(Channel.PHONE, Result.NO_ANSWER, "daniel")], "ana", "daniel") == {"daniel": Refusal.TOO_FEW}


def test_a_chain_of_digests_shows_a_changed_row():
    first = iep.digest("", "row 1")
    assert iep.digest(first, "row 2") != iep.digest(iep.digest("", "row one"), "row 2")
    assert iep.digest("a", "b", "c") != iep.digest("a", "bc")
