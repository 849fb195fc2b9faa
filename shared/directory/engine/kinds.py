"""The kinds of record, and which of their cells say whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from shared.directory.oneroster.staging import KINDS

ROSTER: Final = ("orgs", "academicSessions", "courses", "classes", "users", "roles", "enrollments", "contacts")
GRADEBOOK: Final = ("lineItems", "results")
PLAIN: Final = ("config", "drop")  # settings, and which gradebook packages were read
RAW: Final = (*PLAIN, *ROSTER, *GRADEBOOK)

SCHOOL, CALENDAR, STUDENT, STAFF, LINK, RESTRICTION, STANDING, UNREACHABLE = (
    "=school", "=calendar", "=student", "=staff", "=link", "=restriction", "=standing", "=unreachable",
)  # fmt: skip
DERIVED: Final = (SCHOOL, CALENDAR, STAFF, STUDENT, LINK, RESTRICTION, STANDING, UNREACHABLE)
HELD: Final = ("orgs", "courses", "classes", "users", "roles", "enrollments", "contacts", STUDENT, LINK, RESTRICTION)

LABELS: Final = {
    "config": "settings", "drop": "gradebook packages", "orgs": "orgs", "academicSessions": "sessions",
    "courses": "courses", "classes": "classes", "users": "users", "roles": "roles", "enrollments": "enrollments",
    "contacts": "contact rows", "lineItems": "line items", "results": "results", SCHOOL: "schools",
    CALENDAR: "calendars", STAFF: "staff", STUDENT: "students", LINK: "guardian links", RESTRICTION: "restrictions",
    STANDING: "grade standings", UNREACHABLE: "unreachable students",
}  # fmt: skip

_OWNERS: Final = {
    "roles": ("userSourcedId", None),
    "contacts": ("studentSourcedId", "contactSourcedId"),
    "results": ("studentSourcedId", "lineItemSourcedId"),
    "lineItems": ("classSourcedId", None),
}
_PLACES: Final = {kind: {name: place for place, name in enumerate(header)} for kind, header in KINDS.items()}


def owners(kind: str, cells: Sequence[str]) -> tuple[str | None, str | None]:
    """The `a` and `b` of a roster row. An enrollment's `b` tells teachers (`|t`) from students (`|s`) of the class."""
    if kind == "enrollments":
        place = _PLACES[kind]
        side = "t" if cells[place["role"]] == "teacher" else "s"
        return cells[place["userSourcedId"]], f"{cells[place['classSourcedId']]}|{side}"
    names = _OWNERS.get(kind)
    if names is None:
        return None, None
    first, second = (cells[_PLACES[kind][name]] if name else None for name in names)
    return first, second


def pack(cells: Sequence[str]) -> str:
    """A roster row's body: its cells after the three common ones."""
    return orjson.dumps(list(cells[3:])).decode()


def unpack(key: str, body: str) -> list[str]:
    """The row again; cells added by a later version are blank."""
    return [key, "", "", *orjson.loads(body)]
