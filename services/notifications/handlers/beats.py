"""When to look for what got stuck: due only where there is something that may have to be healed (`healing`)."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.messaging.uow import UnitOfWork

BEAT = "healing"
SOON = timedelta(seconds=15)
EVERY = timedelta(minutes=5)
HOUR = timedelta(hours=1)
SELDOM = timedelta(hours=6)
ASK_AGAIN = timedelta(minutes=15)
SILENT = timedelta(hours=24)
RECEIPTED = frozenset({"sms", "voice", "whatsapp"})  # channels whose providers say what became of it


def expect_texts(uow: UnitOfWork) -> None:
    """Texts were asked for just now: look after them should they not come."""
    at(uow, uow.now + ASK_AGAIN)


def expect_receipts(uow: UnitOfWork, channel: str) -> None:
    """Something went this way just now: look for its receipt tomorrow."""
    if channel in RECEIPTED:
        at(uow, uow.now + SILENT, step=HOUR)


def at(uow: UnitOfWork, moment: datetime, *, step: timedelta = EVERY) -> None:
    """A beat at the first full step at or after that moment, named by it: asking twice for one moves nothing."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    when = day + -(-(moment - day) // step) * step
    uow.schedule(BEAT, when.isoformat(), when)
