"""Whether what was asked has reached anybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from services.surveys.store import campaigns
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def message_sent(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """A provider took something for these guardians: counts for the survey's funnel."""
    campaigns.mark_reached(uow.connection, {event.data["guardian_id"] for event in events}, uow.now)


def messages_sent(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """The same, of many at once."""
    guardians = {guardian for event in events for guardian in event.data["guardian_ids"]}
    campaigns.mark_reached(uow.connection, guardians, uow.now)


def delivery_failed(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Note on open assignments that this channel does not reach the family: the office sees that another is needed."""
    by_channel: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.data["permanent"]:
            by_channel[event.data["channel"]].add(event.data["guardian_id"])
    for channel, guardians in by_channel.items():
        campaigns.mark_unreached(uow.connection, guardians, channel)
