"""What surveys hears and what comes due. Nothing else happens here."""

from __future__ import annotations

from collections.abc import Sequence

from services.surveys.handlers import (
    actions_barriers,
    actions_card,
    campaigns,
    deliveries,
    insights_curious,
    life_edits,
    polls,
    pulse,
    replies,
    results,
)
from services.surveys.ports import build_ports
from shared.directory import projection
from shared.messaging.entrypoint import Ports, due, on
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork


class SurveysService:
    name = "surveys"
    ports = Ports(build_ports)

    @on("district.school_onboarded")
    def school_onboarded(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        campaigns.school_onboarded(uow, self.ports, events)
        self._plan_terms(uow, events)

    @on("district.calendar_published")
    def calendar_published(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.calendar_published(uow, events)
        self._plan_terms(uow, events)

    def _plan_terms(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        schools = {event.data["school_id"] for event in events}
        pulse.plan(uow, schools)
        insights_curious.plan(uow, schools)

    @on("district.student_enrolled")
    def student_enrolled(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        campaigns.student_enrolled(uow, events)
        actions_card.student_enrolled(uow, events)

    @on("district.student_withdrawn")
    def student_withdrawn(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.student_withdrawn(uow, events)

    @on("district.staff_listed")
    def staff_listed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.staff_listed(uow, events)

    @on("district.guardian_linked")
    def guardian_linked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        campaigns.guardian_linked(uow, events)

    @on("district.guardian_unlinked")
    def guardian_unlinked(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.guardian_unlinked(uow, events)

    @on("district.contact_restricted")
    def contact_restricted(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        projection.contact_restricted(uow, events)

    @on("notifications.messages_sent")
    def messages_sent(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        deliveries.messages_sent(uow, events)

    @on("notifications.message_sent")
    def message_sent(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        deliveries.message_sent(uow, events)

    @on("notifications.delivery_failed")
    def delivery_failed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        deliveries.delivery_failed(uow, events)
        actions_barriers.delivery_failed(uow, events)

    @on("notifications.reply_received")
    def reply_received(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        actions_barriers.reply_received(uow, events)
        replies.reply_received(uow, self.ports, events)

    @on("notifications.contact_logged")
    def contact_logged(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        actions_card.contact_logged(uow, events)

    @on("scheduling.meeting_missed")
    def meeting_missed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        actions_barriers.meeting_missed(uow, events)

    @on("scheduling.meeting_held")
    def meeting_held(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        actions_barriers.meeting_held(uow, events)

    @on("translation.text_translated")
    def text_translated(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        polls.text_translated(uow, events)

    @due("survey_send")
    def survey_send(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        campaigns.survey_send(uow, self.ports, items)

    @due("survey_join")
    def survey_join(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        campaigns.survey_send(uow, self.ports, items)

    @due("survey_remind")
    def survey_remind(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        campaigns.survey_remind(uow, self.ports, items)

    @due("survey_close")
    def survey_close(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        campaigns.survey_close(uow, self.ports, items)

    @due("survey_edit")
    def survey_edit(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        life_edits.survey_edit(uow, self.ports, items)

    @due("survey_end")
    def survey_end(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        life_edits.survey_end(uow, items)

    @due("curious_tick")
    def curious_tick(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        insights_curious.curious_tick(uow, items)

    @due("pulse_score")
    def pulse_score(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        pulse.pulse_score(uow, items)

    @due("poll_ask")
    def poll_ask(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        polls.poll_ask(uow, items)

    @due("poll_close")
    def poll_close(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        polls.poll_close(uow, items)

    @due("poll_tell")
    def poll_tell(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        polls.poll_tell(uow, items)

    @due("survey_resume")
    def survey_resume(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        replies.survey_resume(uow, self.ports, items)

    @due("survey_results")
    def survey_results(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        results.survey_results(uow, items)
