"""A value about a person that cannot slip into a log: printing it says only that it is there."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")

_MASK = "[pii]"


class Pii(Generic[T]):
    """Holds a personal value; `str()`, `repr()` and `format()` give "[pii]", `reveal()` gives the value.

    `reveal` is the one word to search for when asking where personal data leaves the process.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value itself: for a provider call or a page its owner reads, never for a log or an exception."""
        return self._value

    def __str__(self) -> str:
        return _MASK

    def __repr__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pii) and bool(self._value == other._value)

    def __hash__(self) -> int:
        return hash(("pii", self._value))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> str | tuple[object, ...]:
        """Refuse pickling: a cache or a queue would then hold the value in the clear (TypeError)."""
        raise TypeError("a personal value is never pickled: seal it, or reveal it where it is used")
