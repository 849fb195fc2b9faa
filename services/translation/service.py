"""What translation hears. Nothing else happens here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from eventlet import patcher, semaphore, tpool

from services.translation.handlers import review, review_drafts, texts, voice
from services.translation.ports import build_ports
from shared.directory import projection
from shared.messaging.entrypoint import Ports, due, effect, on
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

_ONE = semaphore.Semaphore()


def _computed(call: Callable[..., Any], *args: Any) -> Any:
    """A model works in a thread of its own, one batch at a time: more would only share the cores."""
    with _ONE:
        return tpool.execute(call, *args)


class ClosingPorts(Ports):
    """Engines run processes of their own, which end with the container."""

    def stop(self) -> None:
        self.value.close()

    def kill(self) -> None:
        self.value.close()


def _aside(call: Callable[..., Any], *args: Any) -> Any:
    """Engines and speech are elsewhere: where waiting is not green, a thread waits for them, not the hub."""
    return call(*args) if patcher.is_monkey_patched("socket") else tpool.execute(call, *args)


class TranslationService:
    name = "translation"
    ports = ClosingPorts(lambda runtime: build_ports(runtime, offload=_aside, compute=_computed))

    @on("notifications.message_composed")
    def message_composed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        texts.message_composed(uow, self.ports, events)

    @on("surveys.preference_changed")
    def preference_changed(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        voice.preference_changed(uow, events)

    @effect(every=5.0, woken=True)
    def voice_render(self, transaction: voice.Transaction) -> int:
        return voice.voice_render(transaction, self.ports)

    @effect(every=30.0)  # nobody waits for it
    def voice_listen(self, transaction: voice.Transaction) -> int:
        return voice.voice_listen(transaction, self.ports)

    @due("voice_due")
    def voice_due(self, uow: UnitOfWork, items: Sequence[DueItem]) -> None:
        voice.voice_due(uow)

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
