"""The tree of components that a calendar file is made of (RFC 5545 §3.4), read from text that nobody vouches for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

LARGEST = 4 * 1024 * 1024  # bytes
MOST = 50_000  # components
_DEEPEST = 8
_NAME = re.compile(r"[A-Za-z0-9-]+")
_CARET = {"^n": "\n", "^^": "^", "^'": '"'}  # RFC 6868


class Fault(Enum):
    """Why a whole file cannot be read; nothing of it is used then."""

    NO_CALENDAR = "no_calendar"
    TRUNCATED = "truncated"
    SHAPE = "shape"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"


class Unreadable(ValueError):
    """Names the fault and the line, never what the line says."""

    def __init__(self, fault: Fault, line: int = 0) -> None:
        super().__init__(f"calendar file: {fault.value}" + (f" at line {line}" if line else ""))
        self.fault = fault
        self.line = line


@dataclass(frozen=True, slots=True, repr=False)  # may quote a person
class Property:
    """One content line. `value` is as written: what a TEXT is, `unescaped` says."""

    name: str
    params: dict[str, str]
    value: str


@dataclass(slots=True, repr=False)
class Component:
    """BEGIN to END. `line`: where it begins; `odd`: lines in it that are no content lines."""

    name: str
    line: int
    properties: list[Property] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)
    odd: int = 0

    def get(self, name: str) -> Property | None:
        return next((each for each in self.properties if each.name == name), None)

    def all(self, name: str) -> list[Property]:
        return [each for each in self.properties if each.name == name]

    def text(self, name: str) -> str:
        """A TEXT value, "" where there is none."""
        found = self.get(name)
        return unescaped(found.value) if found is not None else ""

    def each(self, name: str) -> Iterator[Component]:
        """Components of that name directly inside."""
        return (part for part in self.parts if part.name == name)


def parse(raw: bytes | str) -> list[Component]:
    """The calendars in a file (there may be several); raises Unreadable."""
    data = raw.encode() if isinstance(raw, str) else raw
    if len(data) > LARGEST:
        raise Unreadable(Fault.TOO_LARGE)
    text = data.decode("utf-8-sig", "replace")
    roots: list[Component] = []
    stack: list[Component] = []
    count = 0
    for number, line in _unfolded(text):
        found = content(line)
        if found is None:
            if not stack:
                raise Unreadable(Fault.NO_CALENDAR if not roots else Fault.SHAPE, number)
            stack[-1].odd += 1
            continue
        if found.name == "BEGIN":
            count += 1
            made = Component(found.value.strip().upper(), number)
            if count > MOST or len(stack) >= _DEEPEST:
                raise Unreadable(Fault.TOO_MANY, number)
            if not stack and made.name != "VCALENDAR":
                raise Unreadable(Fault.NO_CALENDAR, number)
            (stack[-1].parts if stack else roots).append(made)
            stack.append(made)
        elif found.name == "END":
            if not stack or stack.pop().name != found.value.strip().upper():
                raise Unreadable(Fault.SHAPE, number)
        elif stack:
            stack[-1].properties.append(found)
        else:
            raise Unreadable(Fault.NO_CALENDAR if not roots else Fault.SHAPE, number)
    if stack:
        raise Unreadable(Fault.TRUNCATED, text.count("\n") + 1)
    if not roots:
        raise Unreadable(Fault.NO_CALENDAR)
    return roots


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Whole lines with the number of their first; any line end, since many programs write only LF."""
    held, at = "", 0
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if line[:1] in (" ", "\t") and at:
            held += line[1:]
            continue
        if held.strip():
            yield at, held
        held, at = line, number
    if held.strip():
        yield at, held


def content(line: str) -> Property | None:
    """A content line taken apart; None where it is none."""
    match = _NAME.match(line)
    if match is None:
        return None
    at, params = match.end(), {}
    while line[at : at + 1] == ";":
        equals = line.find("=", at)
        if equals < 0:
            return None
        name = line[at + 1 : equals].upper()
        value, at = _param(line, equals + 1)
        params[name] = value
    return Property(match[0].upper(), params, line[at + 1 :]) if line[at : at + 1] == ":" else None


def _param(line: str, at: int) -> tuple[str, int]:
    """A parameter's value, of several the first, and where it ends."""
    if line[at : at + 1] == '"':
        end = line.find('"', at + 1)
        value, after = (line[at + 1 : end], end + 1) if end > 0 else (line[at + 1 :], len(line))
    else:
        found = re.compile(r"[:;,]").search(line, at)
        after = found.start() if found else len(line)
        value = line[at:after]
    while line[after : after + 1] == ",":
        _, after = _param(line, after + 1)
    return re.sub(r"\^[n^']", lambda match: _CARET[match[0]], value), after


def unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], value)
