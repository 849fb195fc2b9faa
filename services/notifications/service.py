"""What notifications hears, what it does on time, and what it hands over to the outside world. Nothing else happens here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from eventlet import patcher, tpool

from services.notifications.handlers import (
    alarms,
    alerting,
    announcing,
    asking,
    calendars,
    calling,
    canary,
    concerns,
    conversation,
    delivering,
    digests,
    emergency,
    failover,
    healing,
    interpreters,
    journeys,
    ladder,
    load,
    loop,
    media,
    meetings,
    nightly,
    nudges,
    occasions,
    paper,
    places,
    planning,
    promises,
    pushing,
    recalling,
    receipts,
    releasing,
    reporting,
    rhythm,
    rounds,
    summaries,
    walk_ins,
    welcome,
    welcome_calls,
    wishes,
)
from services.notifications.paper.press import Press
from services.notifications.ports import build_ports
from shared.directory import projection
from shared.messaging.entrypoint import Ports, due, effect, on
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

PRESS = Press()  # one printing process beside this one


def _aside(call: Callable[..., Any], *args: Any) -> Any:
    """Providers answer when they like: where sockets are not green, a thread waits for them, not the hub."""
    return call(*args) if patcher.is_monkey_patched("socket") else tpool.execute(call, *args)


class NotificationsService:
    name = "notifications"
    ports = Ports(lambda runtime: build_ports(runtime, offload=_aside))

    @on("district.student_enrolled")
    def student_enrolled(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.student_enrolled(uow, events)

    @on("district.student_withdrawn")
    def student_withdrawn(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.student_withdrawn(uow, events)

    @on("district.staff_listed")
    def staff_listed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.staff_listed(uow, events)

    @on("district.guardian_linked")
    def guardian_linked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.guardian_linked(uow, events)

    @on("district.guardian_unlinked")
    def guardian_unlinked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.guardian_unlinked(uow, events)

    @on("district.contact_restricted")
    def contact_restricted(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.contact_restricted(uow, events)

    @on("district.calendar_published")
    def calendar_published(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        rhythm.calendar_published(uow, self.ports, events)

    @on("district.school_onboarded")
    def school_onboarded(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        wishes.school_onboarded(uow, self.ports, events)
        ladder.plan_beats(uow, {event.data["school_id"] for event in events})
        canary.plan_beats(uow, {event.data["school_id"] for event in events})

    @on("district.grade_recorded")
    def grade_recorded(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        alerting.grade_recorded(uow, self.ports, events)

    @on("district.signal_recorded")
    def signal_recorded(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        nudges.signal_recorded(uow, self.ports, events)

    @on("district.consent_changed")
    def consent_changed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        media.consent_changed(uow, self.ports, events)

    @on("surveys.survey_assigned")
    def survey_assigned(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        asking.survey_assigned(uow, self.ports, events)

    @on("surveys.question_asked")
    def question_asked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        asking.question_asked(uow, self.ports, events)

    @on("surveys.response_submitted")
    def response_submitted(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        asking.response_submitted(uow, self.ports, events)

    @on("surveys.response_overdue")
    def response_overdue(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        asking.response_overdue(uow, self.ports, events)

    @on("surveys.preference_changed")
    def preference_changed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        wishes.preference_changed(uow, self.ports, events)

    @on("surveys.boundary_set")
    def boundary_set(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        wishes.boundary_set(uow, self.ports, events)

    @on("surveys.concern_raised")
    def concern_raised(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        concerns.concern_raised(uow, self.ports, events)

    @on("translation.text_translated")
    def text_translated(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        planning.text_translated(uow, self.ports, events)

    @on("translation.translation_failed")
    def translation_failed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        planning.translation_failed(uow, self.ports, events)

    @on("translation.voice_rendered")
    def voice_rendered(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        calling.voice_rendered(uow, self.ports, events)

    @on("scheduling.availability_published")
    def availability_published(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        meetings.availability_published(uow, self.ports, events)

    @on("scheduling.walk_in_logged")
    def walk_in_logged(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        walk_ins.walk_in_logged(uow, events)

    @on("scheduling.meeting_offered")
    def meeting_offered(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        meetings.meeting_offered(uow, self.ports, events)

    @on("scheduling.meeting_booked")
    def meeting_booked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        meetings.meeting_booked(uow, self.ports, events)
        welcome_calls.meeting_booked(uow, events)

    @on("scheduling.meeting_held")
    def meeting_held(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        meetings.meeting_held(uow, self.ports, events)
        summaries.meeting_held(uow, self.ports, events)

    @on("scheduling.meeting_missed")
    def meeting_missed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        meetings.meeting_missed(uow, self.ports, events)

    @on("scheduling.interpreter_requested")
    def interpreter_requested(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        interpreters.interpreter_requested(uow, self.ports, events)

    @on("scheduling.interpreter_assigned")
    def interpreter_assigned(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        interpreters.interpreter_assigned(uow, self.ports, events)

    @on("scheduling.interpreter_released")
    def interpreter_released(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        interpreters.interpreter_released(uow, self.ports, events)

    @on("scheduling.interpreter_unfilled")
    def interpreter_unfilled(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        interpreters.interpreter_unfilled(uow, self.ports, events)

    @on("scheduling.place_changed")
    def place_changed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        places.place_changed(uow, self.ports, events)

    @on("scheduling.event_invited")
    @on("scheduling.event_thanked")
    @on("scheduling.event_attended")
    @on("scheduling.greeting_due")
    def occasion_heard(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        occasions.heard(uow, self.ports, events)

    @on("scheduling.meeting_cancelled")
    def meeting_cancelled(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        meetings.meeting_cancelled(uow, self.ports, events)

    @on("scheduling.calendar_answered")
    def calendar_answered(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        calendars.calendar_answered(uow, self.ports, events)

    @on("scheduling.time_proposed")
    def time_proposed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        calendars.time_proposed(uow, self.ports, events)

    @on("scheduling.call_wanted")
    def call_wanted(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        welcome_calls.call_wanted(uow, self.ports, events)

    @on("scheduling.checkin_missed")
    def checkin_missed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        welcome_calls.checkin_missed(uow, self.ports, events)

    @on("scheduling.series_set")
    def series_set(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        journeys.series_set(uow, self.ports, events)

    @on("scheduling.late_time_asked")
    def late_time_asked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        journeys.late_time_asked(uow, self.ports, events)

    @on("scheduling.late_time_answered")
    def late_time_answered(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        journeys.late_time_answered(uow, self.ports, events)

    @on("scheduling.iep_notice_given")
    def iep_notice_given(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        journeys.iep_notice_given(uow, self.ports, events)

    @on("scheduling.commitment_made")
    def commitment_made(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        promises.commitment_made(uow, self.ports, events)

    @on("scheduling.commitment_due")
    def commitment_due(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        promises.commitment_due(uow, self.ports, events)

    @on("scheduling.commitment_kept")
    def commitment_kept(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        promises.commitment_kept(uow, self.ports, events)
        reporting.commitment_settled(uow, self.ports, events)

    @on("scheduling.commitment_missed")
    def commitment_missed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        promises.commitment_missed(uow, self.ports, events)
        reporting.commitment_settled(uow, self.ports, events)

    @on("scheduling.plan_asked")
    @on("scheduling.plan_proposed")
    @on("scheduling.plan_accepted")
    @on("scheduling.plan_agreed")
    @on("scheduling.plan_checkin_due")
    @on("scheduling.plan_reviewed")
    @on("scheduling.plan_goal_met")
    @on("scheduling.summary_shared")
    @on("scheduling.summary_confirmed")
    @on("scheduling.summary_corrected")
    @on("scheduling.disagreement_opened")
    @on("scheduling.disagreement_closed")
    @on("scheduling.referral_made")
    @on("scheduling.services_listed")
    def loop(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        loop.heard(uow, self.ports, events)

    @due("delivery_due")
    def delivery_due(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        releasing.delivery_due(uow, self.ports, items)

    @due("expand")
    def expand(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        announcing.expand(uow, self.ports, items)

    @due("send_watch")
    def send_watch(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        alarms.watch(uow, self.ports, items)

    @due("send_over")
    def send_over(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        emergency.over(uow, self.ports, items)

    @due("correct")
    def correct(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        recalling.correct(uow, self.ports, items)

    @due("canary")
    def canary(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        canary.beat(uow, self.ports, items)

    @due("canary_due")
    def canary_due(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        canary.judge(uow, self.ports, items)

    @due("nightly")
    def nightly(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        nightly.nightly(uow, self.ports, items)
        reporting.nightly(uow, self.ports, items)

    @due("reply_shown")
    def reply_shown(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        conversation.reply_shown(uow, self.ports, items)

    @due("answer_due")
    def answer_due(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        conversation.answer_due(uow, self.ports, items)

    @due("concern_due")
    def concern_due(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        concerns.concern_due(uow, self.ports, items)

    @due("provider_beat")
    def provider_beat(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        failover.provider_beat(uow, self.ports, items)

    @due("healing")
    def healing(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        healing.beat(uow, self.ports, items)

    @due("brief")
    def brief(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        digests.brief(uow, self.ports, items)

    @due("newsletter")
    def newsletter(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        digests.newsletter(uow, self.ports, items)

    @due("brief_page")
    def brief_page(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        digests.brief_page(uow, self.ports, items)

    @due("welcome")
    def welcome(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        welcome.welcome(uow, self.ports, items)

    @due("live_contact")
    def live_contact(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        rhythm.live_contact(uow, self.ports, items)

    @due("load")
    def load(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        load.weekly(uow, self.ports, items)

    @on("scheduling.round_invited")
    def round_invited(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        rounds.round_invited(uow, self.ports, events)

    @on("scheduling.round_told")
    def round_told(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        rounds.round_told(uow, self.ports, events)

    @on("scheduling.round_list_ready")
    def round_list_ready(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        rounds.round_list_ready(uow, self.ports, events)

    @on("scheduling.round_call_due")
    def round_call_due(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        rounds.round_call_due(uow, events)

    @on("scheduling.round_call_done")
    def round_call_done(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        rounds.round_call_done(uow, events)

    @effect
    def deliver(self, transaction: delivering.Transaction) -> int:
        return delivering.deliver(transaction, self.ports)

    @effect
    def hear_providers(self, transaction: delivering.Transaction) -> int:
        return receipts.apply_words(transaction, self.ports) + healing.look_up(transaction, self.ports)

    @due("letters")
    def letters(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        ladder.letters_due(uow, self.ports, items)

    @due("ladder")
    def ladder(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        ladder.beat(uow, self.ports, items)

    @effect
    def print_letters(self, transaction: delivering.Transaction) -> int:
        return paper.make(transaction, self.ports, PRESS)

    @effect(every=5.0)
    def forget_gone_browsers(self, transaction: delivering.Transaction) -> int:
        return pushing.forget_gone(transaction, self.ports)
