"""The menu: routes that gave a `nav` label, for the people whom their access rule admits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shared.identity import Kind, Session
from shared.web.access import AnyOf, Guardian, Rule, Staff
from shared.web.api import Api


@dataclass(frozen=True, slots=True)
class NavItem:
    """`label` is a key of the catalogue in `locale`, its own service's (or plain text where no catalogue has it)."""

    label: str
    path: str
    access: Rule
    locale: Path


def nav_of(apis: Iterable[Api]) -> tuple[NavItem, ...]:
    """Menu entries of several services, for a process that serves them together."""
    return tuple(
        NavItem(route.nav, route.path, route.access, api.locale)
        for api in apis
        for route in api.routes
        if route.nav is not None
    )


def shown_to(items: Iterable[NavItem], session: Session | None) -> list[NavItem]:
    return [item for item in items if session is not None and _admits(item.access, session)]


def _admits(rule: Rule, session: Session) -> bool:
    if isinstance(rule, AnyOf):
        return any(_admits(inner, session) for inner in rule.rules)
    if isinstance(rule, Staff):
        return session.kind is Kind.STAFF and session.role in rule.roles
    return isinstance(rule, Guardian) and session.kind is Kind.GUARDIAN
