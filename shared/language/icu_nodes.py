"""What a message of ICU MessageFormat 1 is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from shared.errors import HomeroomError


class MessageError(HomeroomError):
    """A message that cannot be read or written; names the place in the message, never a value."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Argument:
    """`{name}`."""

    name: str


@dataclass(frozen=True, slots=True)
class Formatted:
    """`{name, number|date|time, style}`."""

    name: str
    kind: str
    style: str


@dataclass(frozen=True, slots=True)
class Hash:
    """`#`: the number of the plural around it."""


@dataclass(frozen=True, slots=True)
class Plural:
    """`{name, plural|selectordinal, offset:n =n {…} one {…} other {…}}`."""

    name: str
    ordinal: bool
    offset: Decimal
    exact: tuple[tuple[Decimal, Nodes], ...]
    forms: tuple[tuple[str, Nodes], ...]


@dataclass(frozen=True, slots=True)
class Select:
    """`{name, select, word {…} other {…}}`."""

    name: str
    forms: tuple[tuple[str, Nodes], ...]


Node = Text | Argument | Formatted | Hash | Plural | Select
Nodes = tuple[Node, ...]


def walk(nodes: Nodes) -> Iterator[Node]:
    """Every node, those inside forms too."""
    for node in nodes:
        yield node
        if isinstance(node, Plural):
            for _, inside in node.exact:
                yield from walk(inside)
        if isinstance(node, Plural | Select):
            for _, inside in node.forms:
                yield from walk(inside)


def params(nodes: Nodes) -> frozenset[str]:
    """The names of every value that a message asks for."""
    return frozenset(node.name for node in walk(nodes) if not isinstance(node, Text | Hash))
