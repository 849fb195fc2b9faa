"""The order of reasons, as properties: an earlier "no" is never overtaken by a later "yes", and every "no" says which it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from services.notifications.domain.consent import Consent, Purpose
from services.notifications.domain.quiet import QuietHours
from services.notifications.domain.sending import NOTHING, Situation, Verdict, Weight, decide

CHANNELS = ("sms", "email", "whatsapp", "push", "voice", "page", "letter")
some = st.sets(st.sampled_from(CHANNELS)).map(frozenset)
clock = st.builds(time, st.integers(0, 23), st.sampled_from((0, 30)))
words = st.dictionaries(
    st.tuples(st.sampled_from((*CHANNELS[:5], "*")), st.sampled_from([purpose.value for purpose in Purpose])),
    st.builds(Consent, st.just("consent-1"), st.booleans()),
    max_size=4,
)
situations = st.builds(
    Situation,
    now=st.integers(0, 24 * 365).map(lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
    zone=st.sampled_from([ZoneInfo("America/Chicago"), ZoneInfo("Pacific/Auckland"), ZoneInfo("UTC")]),
    weight=st.sampled_from(Weight),
    channels=st.lists(st.sampled_from(CHANNELS), unique=True, max_size=5).map(tuple),
    refusal=st.none() | st.sampled_from(["restriction", "not_linked"]),
    over=st.none() | st.sampled_from(["recalled", "expired"]),
    purpose=st.sampled_from(Purpose),
    consents=words,
    stopped=some,
    blocked=some,
    tried=some,
    quiet=st.none() | st.builds(QuietHours, clock, clock),
    cap=st.none() | st.integers(0, 3),
    counted=st.integers(0, 4),
    solicited=st.booleans(),
)
few = st.frozensets(st.sampled_from(CHANNELS), max_size=2)
# nobody forbids it, it still holds, and most ways are open: what is left to decide is when and how
likely = st.builds(
    replace,
    situations,
    refusal=st.none(),
    over=st.none(),
    channels=st.lists(st.sampled_from(CHANNELS), unique=True, min_size=3, max_size=5).map(tuple),
    purpose=st.sampled_from((Purpose.SCHOOL_MISSION, Purpose.EMERGENCY)),
    stopped=few,
    blocked=few,
    tried=few,
)
night = st.builds(
    lambda situation, hour: replace(
        situation,
        now=datetime(2026, 5, 5, hour, tzinfo=UTC),
        zone=ZoneInfo("UTC"),
        quiet=QuietHours(time(20), time(8)),
        weight=Weight.ANSWER if situation.weight is Weight.SAFETY else situation.weight,
        cap=None,
        solicited=False,
    ),
    likely,
    st.sampled_from((20, 22, 0, 3, 7)),
)


@given(situations)
def test_whoever_may_not_be_contacted_is_refused_for_that_whatever_else_is_true(situation):
    assume(situation.refusal is not None)
    decision = decide(situation)
    assert (decision.verdict, decision.reason) == (Verdict.REFUSE, situation.refusal)


@given(situations)
def test_what_is_recalled_or_expired_goes_to_nobody(situation):
    assume(situation.over is not None)
    assert decide(situation).verdict is Verdict.REFUSE


@given(situations)
def test_nothing_goes_by_a_channel_that_refuses_it_not_even_an_emergency(situation):
    assert decide(situation).channel not in situation.blocked | situation.tried


@given(situations)
def test_a_stop_holds_for_everything_but_an_emergency(situation):
    assume(situation.weight is not Weight.SAFETY)
    assert decide(situation).channel not in situation.stopped


@given(likely)
def test_what_goes_has_a_basis_and_no_consent_that_was_taken_back(situation):
    decision = decide(situation)
    assume(decision.verdict is Verdict.SEND)
    assert decision.basis
    said = situation.consents.get((decision.channel or "", situation.purpose.value))
    if situation.purpose is not Purpose.EMERGENCY and decision.channel in CHANNELS[:5] and said is not None:
        assert said.given


@given(situations)
def test_other_matters_go_only_to_who_asked_for_them(situation):
    decision = decide(replace(situation, purpose=Purpose.OTHER, consents={}))
    assert decision.channel is None or decision.channel in ("page", "letter")


@given(situations)
def test_without_consent_is_said_before_a_stop_is(situation):
    """The reason that a person is told is the first in the order, not the last."""
    nothing_allowed = {("*", Purpose.OTHER.value): Consent("consent-1", given=False)}
    only = tuple(channel for channel in situation.channels if channel not in ("page", "letter"))
    assume(only)
    decision = decide(
        replace(
            situation, refusal=None, over=None, purpose=Purpose.OTHER, consents=nothing_allowed, channels=only,
            stopped=frozenset(CHANNELS),
        )
    )  # fmt: skip
    assert decision.reason == "no_consent"


@given(situations)
def test_a_limit_holds_what_is_routine_and_nothing_heavier(situation):
    decision = decide(situation)
    if decision.reason == "cap":
        assert situation.weight is Weight.ROUTINE
        assert situation.cap is not None and situation.counted >= situation.cap
        assert decision.until is not None and decision.until >= situation.now


@given(night)
def test_nothing_but_an_emergency_an_answer_or_paper_reaches_anybody_in_quiet_hours(situation):
    decision = decide(situation)
    assert decision.verdict is not Verdict.SEND or decision.channel == "letter"


@given(night)
def test_what_is_held_is_held_to_a_moment_that_is_not_quiet(situation):
    decision = decide(situation)
    assume(decision.verdict is Verdict.HOLD)
    assert decision.until is not None and decision.until >= situation.now
    assert situation.quiet is None or not situation.quiet.cover(decision.until, situation.zone)


@given(likely)
def test_the_first_open_channel_of_the_guardians_order_is_taken(situation):
    decision = decide(situation)
    assume(decision.channel is not None)
    before = situation.channels[: situation.channels.index(decision.channel)]
    easier = replace(situation, stopped=NOTHING, blocked=NOTHING, tried=NOTHING)
    assert all(decide(replace(situation, channels=(channel,))).channel is None for channel in before)
    assert decide(easier).channel in situation.channels[: len(before) + 1]


@given(likely)
def test_taking_an_obstacle_away_never_closes_what_was_open(situation):
    decision = decide(situation)
    assume(decision.verdict is Verdict.SEND)
    freer = replace(situation, stopped=NOTHING, blocked=NOTHING, tried=NOTHING, quiet=None, cap=None)
    assert decide(freer).verdict is Verdict.SEND


@given(night)
def test_a_held_message_goes_at_its_hour_if_nothing_else_has_changed(situation):
    decision = decide(situation)
    assume(decision.verdict is Verdict.HOLD)
    assert decide(replace(situation, now=decision.until)).verdict is Verdict.SEND
