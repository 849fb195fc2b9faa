"""Which event tells of which derived change."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, Protocol

import orjson
from marshmallow import fields

from shared.contracts import Lane, latest
from shared.directory.engine.kinds import CALENDAR, LINK, RESTRICTION, SCHOOL, STAFF, STANDING, STUDENT


class Emitter(Protocol):
    """What a unit of work offers for saying that something happened."""

    def emit(
        self, type_: str, data: dict[str, Any], *, school: str | None = None, subject: str | None = None,
        lane: Lane | None = None,
    ) -> str: ...  # fmt: skip


_SAID = {
    SCHOOL: "district.school_onboarded",
    CALENDAR: "district.calendar_published",
    STAFF: "district.staff_listed",
    STUDENT: "district.student_enrolled",
    LINK: "district.guardian_linked",
    RESTRICTION: "district.contact_restricted",
    STANDING: "district.grade_recorded",
}


def say_now(emitter: Emitter, kind: str, body: str, *, revision: int, was: str | None) -> bool:
    """Tell of an added or changed derived record; whether anything was said. `was` is its former body."""
    type_ = _SAID.get(kind)
    if type_ is None:
        return False
    data = {**orjson.loads(body), "revision": revision}
    if kind == STANDING:
        data["previous_pct"] = orjson.loads(was)["score_pct"] if was else None
    school = data.get("school_id")
    subject = data.get("student_id") or data.get("staff_id") or school
    _emit(emitter, type_, data, school=school, subject=subject)
    return True


def say_gone(emitter: Emitter, kind: str, body: str, *, revision: int) -> bool:
    """Tell of a derived record that is no more."""
    data = orjson.loads(body)
    if kind == STUDENT:
        said = {"student_id": data["student_id"], "revision": revision}
        _emit(emitter, "district.student_withdrawn", said, school=data["school_id"], subject=data["student_id"])
    elif kind == LINK:
        said = {"guardian_id": data["guardian_id"], "student_id": data["student_id"], "revision": revision}
        _emit(emitter, "district.guardian_unlinked", said, subject=data["student_id"])
    elif kind == STAFF:
        said = {**data, "revision": revision, "active": False, "school_ids": [], "class_ids": []}
        _emit(emitter, "district.staff_listed", said, subject=data["staff_id"])
    elif kind == RESTRICTION:
        _emit(
            emitter,
            "district.contact_restricted",
            {**data, "revision": revision, "lifted": True},
            subject=data["student_id"],
        )
    else:
        return False
    return True


def _emit(
    emitter: Emitter, type_: str, data: dict[str, Any], *, subject: str | None, school: str | None = None
) -> None:
    single, listed = _days(type_)
    for name in single:
        if data.get(name):
            data[name] = date.fromisoformat(data[name])
    for name in listed:
        data[name] = [date.fromisoformat(text) for text in data[name]]
    emitter.emit(type_, data, school=school, subject=subject)


@cache
def _days(type_: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The contract's date fields, and its lists of dates: bodies hold both as text."""
    declared = latest(type_).fields
    single = tuple(name for name, kind in declared.items() if isinstance(kind, fields.Date))
    listed = tuple(
        name for name, kind in declared.items() if isinstance(kind, fields.List) and isinstance(kind.inner, fields.Date)
    )
    return single, listed
