"""Who may call a route. Every route names one of these; there is no default.

An access rule settles *who is asking* and the district they ask in. Whether that person may see this student is
`shared.policy.decide`'s answer, which the handler asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.web.request import Request

STAFF_ROLES = frozenset({"teacher", "principal", "counselor", "office", "interpreter", "administrator", "aide"})


@dataclass(frozen=True, slots=True)
class Public:
    """Anybody, with no district; `reason` says why that is right."""

    reason: str


@dataclass(frozen=True, slots=True)
class Staff:
    """A signed-in member of staff with one of the roles."""

    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Guardian:
    """A signed-in guardian."""


@dataclass(frozen=True, slots=True)
class Link:
    """The holder of a signed link for this purpose, in the path parameter `token`."""

    purpose: str
    single_use: bool


@dataclass(frozen=True, slots=True)
class Provider:
    """A machine whose signature `verify` checks; it returns the district the call is for, or None to refuse."""

    verify: Callable[[Request], str | None]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The first of several rules that lets the caller in."""

    rules: tuple[Rule, ...]


Rule = Public | Staff | Guardian | Link | Provider | AnyOf


def public(reason: str) -> Public:
    """Open to all; give the reason, a reviewer reads it."""
    if not reason.strip():
        raise ValueError("a public route says why it is public")
    return Public(reason)


def staff(*roles: str) -> Staff:
    """Staff of the named roles; ValueError for a role that does not exist, or for none at all."""
    unknown = set(roles) - STAFF_ROLES
    if unknown or not roles:
        raise ValueError(
            f"name staff roles among {', '.join(sorted(STAFF_ROLES))}; got {', '.join(sorted(unknown)) or 'none'}"
        )
    return Staff(frozenset(roles))


def guardian() -> Guardian:
    return Guardian()


def link(purpose: str, *, single_use: bool = True) -> Link:
    """A link's holder. Single use: the first POST that succeeds consumes it; else it works until it expires."""
    return Link(purpose, single_use)


def provider(verify: Callable[[Request], str | None]) -> Provider:
    return Provider(verify)


def any_of(*rules: Rule) -> AnyOf:
    """For one page with several kinds of reader (a guardian reads the card that the teacher reads)."""
    if len(rules) < 2:
        raise ValueError("any_of takes two rules or more")
    return AnyOf(rules)
