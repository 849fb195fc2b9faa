"""What a batch of texts needs to know about engines: the district's order and budget, and which names stay here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import structlog

from services.translation.domain.hidden_names import Names
from services.translation.domain.languages import base
from services.translation.engines.budget import Budget, Level
from services.translation.engines.order import Order
from services.translation.ports import Ports
from services.translation.store import engines as store
from services.translation.translator import Request
from shared.messaging.uow import UnitOfWork
from shared.observability.metrics import TRANSLATION_BUDGET, district_label

_LOG = structlog.get_logger(__name__)
_WORDS = Path(__file__).resolve().parents[1] / "coach" / "data"


@dataclass(frozen=True)
class Terms:
    """For one batch. `before`: how much of the budget was used when it began."""

    order: Order
    budget: Budget
    before: Level


def terms(uow: UnitOfWork, ports: Ports) -> Terms:
    """A fixed number of queries; where no engine is paid, none for the budget."""
    order = Order.of(store.settings(uow.connection))
    budget = Budget(order.monthly_dollars, order.monthly_characters)
    if ports.translator.pays:
        month = _month(uow)
        budget.before = store.spent(uow.connection, month)
        if budget.level() is not Level.FINE:  # near the end, workers take turns, so that together they stay within
            budget.before = store.spent(uow.connection, month, in_turn=True)
    return Terms(order, budget, budget.level())


def settle(uow: UnitOfWork, agreed: Terms) -> None:
    """Write down what was spent; say so once when 80 % or all of the month's budget is reached."""
    store.add(uow.connection, _month(uow), agreed.budget.now, now=uow.now)
    level = agreed.budget.level()
    limited = agreed.order.monthly_dollars is not None or agreed.order.monthly_characters is not None
    if agreed.budget.now and limited and level is not agreed.before:
        TRANSLATION_BUDGET.labels(district=district_label(uow.district), level=str(level)).inc()
        _LOG.warning("translation.budget", district=uow.district, level=str(level), month=_month(uow))


def without_names(uow: UnitOfWork, ports: Ports, requests: Sequence[Request], order: Order) -> list[Request]:
    """The requests with the names of the district's people that stand in them, if any text may leave the district."""
    if not ports.translator.lets_out(order):
        return list(requests)
    known = Names.of(store.names(uow.connection))
    found = []
    for request in requests:
        text = ports.translator.text_of(request) or ""
        found.append(replace(request, hidden=known.inside(text, everyday=_everyday(base(request.source)))))
    return found


def _month(uow: UnitOfWork) -> str:
    return f"{uow.now:%Y-%m}"


@lru_cache(maxsize=8)
def _everyday(language: str) -> frozenset[str]:
    """Common words of a language, where there is a list of them."""
    path = _WORDS / language / "common.txt"
    return frozenset(path.read_text(encoding="utf-8").split()) if path.is_file() else frozenset()
