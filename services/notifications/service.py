"""What notifications hears, what it does on time, and what it hands over to the outside world. Nothing else happens here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from eventlet import patcher, tpool

from services.notifications.handlers import (
    alarms,
    announcing,
    calling,
    canary,
    concerns,
    conversation,
    delivering,
    digests,
    emergency,
    failover,
    healing,
    ladder,
    load,
    nightly,
    paper,
    planning,
    pushing,
    recalling,
    receipts,
    releasing,
    reporting,
    reviews,
    rhythm,
    welcome,
)
from services.notifications.hears.district import FromDistrict
from services.notifications.hears.scheduling import FromScheduling
from services.notifications.hears.surveys import FromSurveys
from services.notifications.paper.press import Press
from services.notifications.ports import build_ports
from shared.messaging.entrypoint import Ports, due, effect, on
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

PRESS = Press()  # one printing process beside this one


def _aside(call: Callable[..., Any], *args: Any) -> Any:
    """Providers answer when they like: where sockets are not green, a thread waits for them, not the hub."""
    return call(*args) if patcher.is_monkey_patched("socket") else tpool.execute(call, *args)


class NotificationsService(FromDistrict, FromSurveys, FromScheduling):
    name = "notifications"
    ports = Ports(lambda runtime: build_ports(runtime, offload=_aside))

    @on("translation.text_translated")
    def text_translated(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        planning.text_translated(uow, self.ports, events)

    @on("translation.translation_failed")
    def translation_failed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        planning.translation_failed(uow, self.ports, events)

    @on("translation.voice_rendered")
    def voice_rendered(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        calling.voice_rendered(uow, self.ports, events)

    @on("translation.review_requested")
    def review_requested(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        reviews.review_requested(uow, self.ports, events)

    @on("translation.review_completed")
    def review_completed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        reviews.review_completed(uow, self.ports, events)

    @due("review_late")
    def review_late(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        reviews.review_late(uow, self.ports, items)

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

    @effect
    def deliver(self, transaction: delivering.Transaction) -> int:
        return delivering.deliver(transaction, self.ports)

    @effect
    def hear_providers(self, transaction: delivering.Transaction) -> int:
        return receipts.apply_words(transaction, self.ports)

    @effect(every=1.0)  # whom it asks about has been silent for minutes
    def ask_providers(self, transaction: delivering.Transaction) -> int:
        return healing.look_up(transaction, self.ports)

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
