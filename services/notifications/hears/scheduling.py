"""Heard of scheduling: meetings, promises and plans."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.handlers import (
    calendars,
    interpreters,
    journeys,
    loop,
    meetings,
    occasions,
    places,
    promises,
    reporting,
    rounds,
    summaries,
    walk_ins,
    welcome_calls,
)
from services.notifications.ports import Ports
from shared.messaging.entrypoint import on
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


class FromScheduling:
    ports: Ports

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
    @on("scheduling.greeting_said")
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

    @on("scheduling.iep_called_off")
    def iep_called_off(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        journeys.iep_called_off(uow, self.ports, events)

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
