"""What a verb says: a progress bar on a terminal, plain lines elsewhere, one JSON object last under `--json`.

Progress always goes to stderr. Without `--json` the result goes to stdout as text; with it stdout carries the object
and nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

from shared.clock import monotonic

LINE_EVERY_SECONDS = 5.0


class Step(Protocol):
    """Handed out by `Console.progress`."""

    def advance(self, amount: int = 1) -> None: ...


class Console:
    """Speaks for one run of one verb."""

    def __init__(self, *, as_json: bool = False, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr

    def progress_line(self, text: str) -> None:
        """One line about work under way."""
        print(text, file=self._err, flush=True)

    def say(self, text: str) -> None:
        """One line of the result, for people; silent under `--json`."""
        if not self.as_json:
            print(text, file=self._out, flush=True)

    def result(self, value: Mapping[str, Any]) -> None:
        """The object of `--json`, on one line; silent otherwise."""
        if self.as_json:
            import json

            print(json.dumps(value, ensure_ascii=False, default=str), file=self._out, flush=True)

    @contextmanager
    def progress(self, title: str, *, total: int | None = None) -> Iterator[Step]:
        """Show how far `total` units of work have come (unknown when None)."""
        if self._err.isatty():
            with self._bar(title, total=total) as step:
                yield step
            return
        plain = _PlainStep(title, total=total, err=self._err)
        yield plain
        plain.finish()

    @contextmanager
    def _bar(self, title: str, *, total: int | None) -> Iterator[Step]:
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
        with Progress(*columns, TimeElapsedColumn(), console=RichConsole(file=self._err)) as bar:
            task = bar.add_task(title, total=total)

            class BarStep:
                def advance(self, amount: int = 1) -> None:
                    bar.advance(task, amount)

            yield BarStep()


class _PlainStep:
    """A line at the start, every few seconds and at the end."""

    def __init__(self, title: str, *, total: int | None, err: TextIO) -> None:
        self._title, self._total, self._err = title, total, err
        self._done = 0
        self._begun = self._said = monotonic()
        self._line("…")

    def advance(self, amount: int = 1) -> None:
        self._done += amount
        if monotonic() - self._said >= LINE_EVERY_SECONDS:
            self._said = monotonic()
            self._line(f"{self._done}/{self._total}" if self._total else str(self._done))

    def finish(self) -> None:
        count = f"{self._done} " if self._done else ""
        self._line(f"{count}done in {monotonic() - self._begun:.1f} s")

    def _line(self, state: str) -> None:
        print(f"{self._title}: {state}", file=self._err, flush=True)
