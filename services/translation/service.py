"""What translation hears. Nothing else happens here."""

from __future__ import annotations

from collections.abc import Sequence

from services.translation.handlers import review, review_drafts, texts
from services.translation.ports import build_ports
from shared.directory import projection
from shared.messaging.entrypoint import Ports, due, on
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork


class ClosingPorts(Ports):
    """Engines run processes of their own, which end with the container."""

    def stop(self) -> None:
        self.value.close()

    def kill(self) -> None:
        self.value.close()


class TranslationService:
    name = "translation"
    ports = ClosingPorts(build_ports)

    @on("notifications.message_composed")
    def message_composed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        texts.message_composed(uow, self.ports, events)

    @on("notifications.reply_received")
    def reply_received(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        texts.reply_received(uow, self.ports, events)

    @on("scheduling.words_written")
    def words_written(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        texts.words_written(uow, self.ports, events)

    @on("surveys.words_written")
    def survey_words_written(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        texts.words_written(uow, self.ports, events)

    @on("notifications.person_asked")
    def person_asked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        review.person_asked(uow, events)

    @due("review_draft")
    def review_draft(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        review_drafts.review_draft(uow, self.ports, items)

    @on("district.school_onboarded")
    def school_onboarded(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.school_onboarded(uow, events)

    @on("district.staff_listed")
    def staff_listed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.staff_listed(uow, events)

    @on("district.guardian_linked")
    def guardian_linked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.guardian_linked(uow, events)

    @on("district.guardian_unlinked")
    def guardian_unlinked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.guardian_unlinked(uow, events)
