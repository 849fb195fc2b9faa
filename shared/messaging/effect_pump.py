"""Runs the calls to the outside world that commits have left to be made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from shared.clock import monotonic
from shared.messaging.inbox import Stopping, reason_of
from shared.messaging.poller import Poller
from shared.messaging.runtime import Owner, Runtime

log = structlog.get_logger(__name__)


class EffectPump(Poller):
    """`effects`: functions of `(transaction,)` that return how much they claimed, and how many seconds one that found
    nothing in a district is left alone there, however often something is committed. `woken`: the numbers of those whose
    rest ends when a transaction of the service says so (`uow.wake`).
    """

    def __init__(
        self,
        runtime: Runtime,
        service: str,
        effects: Sequence[tuple[Callable[..., Any], float]],
        *,
        woken: Collection[int] = (),
    ) -> None:
        super().__init__(runtime, service)
        self._effects = effects
        self._woken = tuple(woken)
        self._resting: dict[tuple[int, str], float] = {}

    def _on_bell(self, owner: Owner | None) -> None:
        if owner is not None and owner[0] == self.service:
            for number in self._woken:
                self._resting.pop((number, owner[1]), None)
        super()._on_bell(owner)

    def round(self, district: str) -> bool:
        found = False
        for number, (run, every) in enumerate(self._effects):
            if every and monotonic() < self._resting.get((number, district), 0.0):
                continue
            try:
                did = bool(run(partial(self.runtime.unit_of_work, self.service, district)))
                found = found or did
                # what was committed while it looked it has not seen: who may be woken does not rest then
                if not did and not (number in self._woken and self.rung):
                    self._resting[number, district] = monotonic() + every
            except (OperationalError, InterfaceError, Stopping):
                raise
            except Exception as error:
                # claimed rows stay claimed until their lease runs out; the loop must go on for the others
                log.error("effect_failed", service=self.service, district=district, reason=reason_of(error))
        return found
