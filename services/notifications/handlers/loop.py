"""What scheduling's loop says (plans, notes, disagreement, support), each event to its handler."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.notifications.handlers import disagreements, plans, referrals, summaries
from services.notifications.ports import Ports
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

Handler = Callable[[UnitOfWork, Ports, Sequence[Event]], None]
HANDLERS: dict[str, Handler] = {
    "scheduling.plan_asked": plans.plan_asked,
    "scheduling.plan_proposed": plans.plan_proposed,
    "scheduling.plan_accepted": plans.plan_accepted,
    "scheduling.plan_agreed": plans.plan_agreed,
    "scheduling.plan_checkin_due": plans.plan_checkin_due,
    "scheduling.plan_reviewed": plans.plan_reviewed,
    "scheduling.plan_goal_met": plans.plan_goal_met,
    "scheduling.summary_shared": summaries.summary_shared,
    "scheduling.summary_confirmed": summaries.summary_confirmed,
    "scheduling.summary_corrected": summaries.summary_corrected,
    "scheduling.disagreement_opened": disagreements.disagreement_opened,
    "scheduling.disagreement_closed": disagreements.disagreement_closed,
    "scheduling.referral_made": referrals.referral_made,
    "scheduling.services_listed": referrals.services_listed,
}


def heard(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Events of one type, or of several in the order in which their types came."""
    for type_ in dict.fromkeys(event.type for event in events):
        HANDLERS[type_](uow, ports, [event for event in events if event.type == type_])
