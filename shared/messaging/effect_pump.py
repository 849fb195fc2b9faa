"""Runs the calls to the outside world that commits have left to be made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from shared.clock import monotonic
from shared.messaging.inbox import Stopping, reason_of
from shared.messaging.poller import Poller
from shared.messaging.runtime import Runtime

log = structlog.get_logger(__name__)


class EffectPump(Poller):
    """`effects`: functions of `(transaction,)` that return how much they claimed, and how many seconds one that found
    nothing in a district is left alone there, however often something is committed.
    """

    def __init__(self, runtime: Runtime, service: str, effects: Sequence[tuple[Callable[..., Any], float]]) -> None:
        super().__init__(runtime, service)
        self._effects = effects
        self._resting: dict[tuple[int, str], float] = {}

    def round(self, district: str) -> bool:
        found = False
        for number, (run, every) in enumerate(self._effects):
            if every and monotonic() < self._resting.get((number, district), 0.0):
                continue
            try:
                did = bool(run(partial(self.runtime.unit_of_work, self.service, district)))
                found = found or did
                if not did:
                    self._resting[number, district] = monotonic() + every
            except (OperationalError, InterfaceError, Stopping):
                raise
            except Exception as error:
                # claimed rows stay claimed until their lease runs out; the loop must go on for the others
                log.error("effect_failed", service=self.service, district=district, reason=reason_of(error))
        return found
