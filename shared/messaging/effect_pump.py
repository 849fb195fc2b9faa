"""Runs the calls to the outside world that commits have left to be made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from shared.clock import monotonic
from shared.messaging.inbox import Stopping, reason_of
from shared.messaging.poller import Poller
from shared.messaging.runtime import Owner, Runtime

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pumped:
    """An effect: a function of `(transaction,)` that returns how much it claimed.

    `every`: seconds that it is left alone in a district where it found nothing, however often something is committed.
    `woken`: that rest ends when a transaction of the service says so (`uow.wake`).
    """

    run: Callable[..., Any]
    every: float = 0.0
    woken: bool = False


class EffectPump(Poller):
    """Every effect on every bell, but for those that rest."""

    def __init__(self, runtime: Runtime, service: str, effects: Sequence[Pumped]) -> None:
        super().__init__(runtime, service)
        self._effects = effects
        self._resting: dict[tuple[Pumped, str], float] = {}

    def _on_bell(self, owner: Owner | None) -> None:
        if owner is not None and owner[0] == self.service:
            for effect in self._effects:
                if effect.woken:
                    self._resting.pop((effect, owner[1]), None)
        super()._on_bell(owner)

    def round(self, district: str) -> bool:
        found = False
        for effect in self._effects:
            if monotonic() < self._resting.get((effect, district), 0.0):
                continue
            try:
                did = bool(effect.run(partial(self.runtime.unit_of_work, self.service, district)))
                found = found or did
                # what was committed while it looked it has not seen: who may be woken does not rest then
                if effect.every and not did and not (effect.woken and self.rung):
                    self._resting[effect, district] = monotonic() + effect.every
            except (OperationalError, InterfaceError, Stopping):
                raise
            except Exception as error:
                # claimed rows stay claimed until their lease runs out; the loop must go on for the others
                log.error("effect_failed", service=self.service, district=district, reason=reason_of(error))
        return found
