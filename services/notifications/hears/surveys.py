"""Heard of surveys: what families were asked and have answered."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.handlers import asking, concerns, wishes
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
