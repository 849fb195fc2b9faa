"""Heard of surveys: what families were asked and have answered."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.handlers import (
    asking,
    barriers,
    concerns,
    insights,
    insights_spoken,
    own_page,
    polls,
    wishes,
)
from services.notifications.ports import Ports
from shared.messaging.entrypoint import on
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


class FromSurveys:
    ports: Ports

    @on("surveys.survey_assigned")
    def survey_assigned(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        asking.survey_assigned(uow, self.ports, events)

    @on("surveys.question_asked")
    def question_asked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        asking.question_asked(uow, self.ports, events)

    @on("surveys.own_page_asked")
    def own_page_asked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        own_page.own_page_asked(uow, self.ports, events)

    @on("surveys.words_spoken")
    def words_spoken(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        insights_spoken.words_spoken(uow, self.ports, events)

    @on("surveys.call_asked")
    def call_asked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        asking.call_asked(uow, self.ports, events)

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

    @on("surveys.barrier_identified")
    def barrier_identified(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        barriers.barrier_identified(uow, self.ports, events)

    @on("surveys.insight_shared")
    def insight_shared(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        insights.insight_shared(uow, self.ports, events)

    @on("surveys.safeguarding_raised")
    def safeguarding_raised(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        insights.safeguarding_raised(uow, self.ports, events)

    @on("surveys.poll_closed")
    def poll_closed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        polls.poll_closed(uow, self.ports, events)

    @on("surveys.poll_decided")
    def poll_decided(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        polls.poll_decided(uow, self.ports, events)

    @on("surveys.pulse_scored")
    def pulse_scored(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        polls.pulse_scored(uow, self.ports, events)
