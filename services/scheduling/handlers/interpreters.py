"""Interpreters: asked for with the meeting, booked like anybody else's time, replaced by a fallback when nobody is found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from services.scheduling.handlers.desk import Desk, Wish
from services.scheduling.ports import Ports
from shared.messaging.uow import UnitOfWork


def needed(
    uow: UnitOfWork,
    ports: Ports,
    rows: Sequence[Mapping[str, Any]],
    *,
    languages: Mapping[str, str],
    given: Mapping[str, str] | None = None,
) -> None:
    """Ask for an interpreter where family and teacher share no language."""


def called_off(uow: UnitOfWork, meeting_ids: Collection[str]) -> None:
    """Their meetings are off."""


def lengthen(uow: UnitOfWork, desk: Desk, wishes: Sequence[Wish]) -> None:
    """Note which of these offers need longer times."""
