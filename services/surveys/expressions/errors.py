"""What is wrong with an expression: where in it, what, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import HomeroomError


class ExpressionError(HomeroomError):
    """An expression that cannot be read; `column` counts characters from 1."""

    def __init__(self, column: int, message: str, remedy: str) -> None:
        super().__init__("survey.expression", message, remedy, f"column {column}")
        self.column = column


@dataclass(frozen=True, slots=True)
class Fault:
    """An expression that can be read but must not be published; `path` leads to it inside the definition."""

    code: str
    column: int
    message: str
    remedy: str
    path: tuple[str | int, ...] = ()
