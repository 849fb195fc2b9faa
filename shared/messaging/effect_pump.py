"""Runs the calls to the outside world that commits have left to be made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from shared.messaging.inbox import Stopping, reason_of
from shared.messaging.poller import Poller
from shared.messaging.runtime import Runtime

log = structlog.get_logger(__name__)


class EffectPump(Poller):
    """`effects`: functions of `(transaction,)` that return how much they claimed."""

    def __init__(self, runtime: Runtime, service: str, effects: Sequence[Callable[..., Any]]) -> None:
        super().__init__(runtime, service)
        self._effects = effects

    def round(self, district: str) -> bool:
        found = False
        for run in self._effects:
            try:
                found = bool(run(partial(self.runtime.unit_of_work, self.service, district))) or found
            except (OperationalError, InterfaceError, Stopping):
                raise
            except Exception as error:
                # claimed rows stay claimed until their lease runs out; the loop must go on for the others
                log.error("effect_failed", service=self.service, district=district, reason=reason_of(error))
        return found
