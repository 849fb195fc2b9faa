"""Heard of district: the roster and its calendar."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.handlers import alerting, canary, ladder, media, nudges, rhythm, wishes
from services.notifications.ports import Ports
from shared.directory import projection
from shared.messaging.entrypoint import on
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


class FromDistrict:
    ports: Ports

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
