"""What a batch of texts needs to know about engines: the district's order and budget, and which names stay here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import structlog

from services.translation.domain.hidden_names import Names
from services.translation.domain.languages import base
from services.translation.engines.budget import Budget
from services.translation.engines.order import Order
from services.translation.ports import Ports
from services.translation.store import engines as store
from services.translation.translator import Request
from shared.messaging.uow import UnitOfWork
from shared.observability.metrics import TRANSLATION_BUDGET, district_label

_LOG = structlog.get_logger(__name__)
_MOST_DISTRICTS = 8  # of a cell's: a hundred thousand different names are some 20 MB
_KNOWN: WeakKeyDictionary[Any, dict[str, tuple[tuple[int, ...], Names]]] = WeakKeyDictionary()  # by database, district
_WORDS = Path(__file__).resolve().parents[1] / "coach" / "data"


@dataclass(frozen=True)
class Terms:
    """For one batch."""

    order: Order
    budget: Budget


def terms(uow: UnitOfWork) -> Terms:
    """One query; the meter is read when a paid engine is about to be asked."""
    order = Order.of(store.settings(uow.connection))
    read = partial(store.spent_in_turn, uow.connection, _month(uow), now=uow.now)
    return Terms(order, Budget(order.monthly_dollars, order.monthly_characters, read=read))


def settle(uow: UnitOfWork, agreed: Terms) -> None:
    """Write down what was spent; say so once when 80 % or all of the month's budget is reached."""
    budget = agreed.budget
    store.add(uow.connection, _month(uow), budget.now, now=uow.now)
    level = budget.level()
    if budget.now and budget.limited and level is not budget.level(budget.spent_before):
        TRANSLATION_BUDGET.labels(district=district_label(uow.district), level=str(level)).inc()
        _LOG.warning("translation.budget", district=uow.district, level=str(level), month=_month(uow))


def without_names(uow: UnitOfWork, ports: Ports, requests: Sequence[Request], order: Order) -> list[Request]:
    """The requests with the names of the district's people that stand in them, if any text may leave the district."""
    if not ports.translator.lets_out(order):
        return list(requests)
    known = _names(uow)
    found = []
    for request in requests:
        text = ports.translator.text_of(request) or ""
        found.append(replace(request, hidden=known.inside(text, everyday=_everyday(base(request.source)))))
    return found


def _names(uow: UnitOfWork) -> Names:
    """The district's, read anew when the roster has changed."""
    mark = store.names_mark(uow.connection)
    known = _KNOWN.setdefault(uow.connection.engine, {})
    held = known.pop(uow.district, None)
    if held is None or held[0] != mark:
        held = mark, Names.of(store.names(uow.connection))
    known[uow.district] = held  # the one that was asked for last is the last to go
    while len(known) > _MOST_DISTRICTS:
        known.pop(next(iter(known)), None)
    return held[1]


def _month(uow: UnitOfWork) -> str:
    return f"{uow.now:%Y-%m}"


@lru_cache(maxsize=8)
def _everyday(language: str) -> frozenset[str]:
    """Common words of a language, where there is a list of them."""
    path = _WORDS / language / "common.txt"
    return frozenset(path.read_text(encoding="utf-8").split()) if path.is_file() else frozenset()
