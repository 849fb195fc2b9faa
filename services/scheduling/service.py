"""What scheduling hears and what it does when a time has come. Nothing else happens here."""

from __future__ import annotations

from collections.abc import Sequence

from services.scheduling.handlers import (
    availability_walls,
    booking,
    calendars_answers,
    calendars_sync,
    campaigns,
    checkins,
    interpreters,
    loop_words,
    notes,
    observances,
    occasions,
    occasions_telling,
    offers,
    plan_course,
    plans,
    promises,
    referrals,
    resources,
    roster,
    rounds_late,
    seats,
    series,
    summaries,
)
from services.scheduling.handlers import rounds as conference
from services.scheduling.handlers.rounds_planning import round_plan
from services.scheduling.handlers.rounds_solving import Solving
from services.scheduling.ports import build_ports
from shared.directory import projection
from shared.messaging.entrypoint import Ports, due, effect, on
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

SOLVING = Solving()  # one process beside this one


class SchedulingService:
    name = "scheduling"
    ports = Ports(build_ports)

    @on("notifications.early_alert_raised")
    def early_alert_raised(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        notes.alert_noted(uow, events)
        offers.early_alert_raised(uow, self.ports, events)
        plans.early_alert_raised(uow, events)

    @on("notifications.reply_received")
    def reply_received(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        booking.reply_received(uow, self.ports, events)
        seats.reply_received(uow, self.ports, events)
        plans.reply_received(uow, events)
        summaries.reply_received(uow, events)
        promises.reply_received(uow, events)

    @due("hold_over")
    def hold_over(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        resources.hold_over(uow, items)

    @due("place_over")
    def place_over(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        seats.place_over(uow, self.ports, items)

    @due("interpreter_undecided")
    def interpreter_undecided(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        interpreters.undecided(uow, self.ports, items)

    @due("walls_check")
    def walls_check(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        availability_walls.walls_check(uow, self.ports, items)

    @due("offer_expired")
    def offer_expired(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        offers.offer_expired(uow, items)

    @due("promise_reminder")
    def promise_reminder(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        promises.promise_reminder(uow, self.ports, items)

    @due("promise_deadline")
    def promise_deadline(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        promises.promise_deadline(uow, items)

    @due("plan_checkin")
    def plan_checkin(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        plan_course.plan_checkin(uow, self.ports, items)

    @due("note_silent")
    def note_silent(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        summaries.note_silent(uow, items)

    @due("words_late")
    def words_late(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        loop_words.words_late(uow, items)

    @on("translation.text_translated")
    def text_translated(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        loop_words.text_translated(uow, events)

    @on("translation.translation_failed")
    def translation_failed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        loop_words.translation_failed(uow, events)

    @on("district.grade_recorded")
    def grade_recorded(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        plan_course.grade_recorded(uow, events)

    @on("surveys.need_identified")
    def need_identified(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        referrals.need_identified(uow, events)

    @on("notifications.calendar_replied")
    def calendar_replied(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        calendars_answers.calendar_replied(uow, events)

    @effect(every=2.0, woken=True)
    def look_at_calendars(self, transaction: calendars_sync.Transaction) -> int:
        return calendars_sync.look_at_calendars(transaction, self.ports)

    @on("surveys.preference_changed")
    def preference_changed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        notes.preference_changed(uow, events)

    @on("surveys.boundary_set")
    def boundary_set(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        notes.boundary_set(uow, events)

    @on("surveys.response_submitted")
    def response_submitted(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        notes.response_submitted(uow, events)

    @on("surveys.concern_raised")
    def concern_raised(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        notes.concern_raised(uow, events)

    @on("notifications.contact_logged")
    def contact_logged(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        notes.contact_logged(uow, events)

    @on("notifications.strength_recorded")
    def strength_recorded(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        notes.strength_recorded(uow, events)

    @on("notifications.contact_gap_detected")
    def contact_gap_detected(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        notes.contact_gap_detected(uow, events)

    @on("district.school_onboarded")
    def school_onboarded(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        roster.school_onboarded(uow, self.ports, events)
        conference.configured(uow, events)
        school_ids = {event.data["school_id"] for event in events}
        checkins.plan_beats(uow, school_ids)
        campaigns.plan_welcome(uow, school_ids)
        occasions.plan_year(uow, self.ports, school_ids)
        observances.plan_beats(uow, school_ids)

    @due("round_opens")
    def round_opens(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        conference.round_opens(uow, self.ports, items)

    @due("round_closes")
    def round_closes(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        conference.round_closes(uow, items)

    @due("round_calls")
    def round_calls(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        conference.round_calls(uow, items)

    @due("round_plan")
    def round_plan(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        round_plan(uow, items, SOLVING)

    @due("round_waitlist")
    def round_waitlist(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        rounds_late.round_waitlist(uow, self.ports, items)

    @on("district.calendar_published")
    def calendar_published(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.calendar_published(uow, events)
        series.calendar_published(uow, self.ports, events)
        checkins.plan_beats(uow, {event.data["school_id"] for event in events})
        campaigns.plan_welcome(uow, {event.data["school_id"] for event in events})
        occasions.plan_year(uow, self.ports, {event.data["school_id"] for event in events})

    @due("occasion_invites")
    def occasion_invites(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        occasions_telling.occasion_invites(uow, self.ports, items)

    @due("occasion_over")
    def occasion_over(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        occasions_telling.occasion_over(uow, items)

    @due("observances")
    def observances(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        observances.observances(uow, items)

    @due("checkins")
    def checkins(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        checkins.checkins(uow, self.ports, items)

    @due("welcome_calls")
    def welcome_calls(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        campaigns.welcome_calls(uow, self.ports, items)

    @due("campaign_opens")
    def campaign_opens(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        campaigns.campaign_opens(uow, self.ports, items)

    @due("campaign_closes")
    def campaign_closes(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        campaigns.campaign_closes(uow, self.ports, items)

    @on("district.student_enrolled")
    def student_enrolled(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.student_enrolled(uow, events)

    @on("district.student_withdrawn")
    def student_withdrawn(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        roster.student_withdrawn(uow, events)
        series.withdraw(uow, {event.data["student_id"] for event in events})

    @on("district.staff_listed")
    def staff_listed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        roster.staff_listed(uow, self.ports, events)

    @on("district.guardian_linked")
    def guardian_linked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.guardian_linked(uow, events)

    @on("district.guardian_unlinked")
    def guardian_unlinked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        roster.guardian_unlinked(uow, events)
        series.withdraw(uow, {event.data["student_id"] for event in events})

    @on("district.contact_restricted")
    def contact_restricted(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        roster.contact_restricted(uow, events)
        series.withdraw(uow, {event.data["student_id"] for event in events})
