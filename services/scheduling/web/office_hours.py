"""A teacher sets when families can meet them, and sees at once what families will be offered; who waited is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.scheduling.domain.availability_read import SLOT_MINUTES
from services.scheduling.handlers import availability, offers
from services.scheduling.handlers.availability_outside import outside
from services.scheduling.schemas import MODES
from services.scheduling.store import availability as store
from services.scheduling.store import people
from services.scheduling.web import availability_lines as lines
from services.scheduling.web.availability_schemas import LIMITS, HoursIn
from services.scheduling.web.availability_week import day_times
from services.scheduling.web.routes import HOSTS, api, name_of
from services.scheduling.when import spoken_time
from shared.contracts.weekly_hours import Fault, nested
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, page
from shared.web.problems import Problem, invalid

PREVIEW = timedelta(days=14)
NUMBERS = (
    "slot_minutes", "before_minutes", "buffer_minutes", "reply_within_school_days", "step_minutes", "notice_minutes",
    "days_ahead", "per_day", "per_week", "in_a_row", "rest_minutes",
)  # fmt: skip
_TEXTS = {"hours": "windows", "breaks_text": "breaks", "exceptions": "overrides"}


@api.get("/office-hours", access=HOSTS, page=True, nav="hours.nav")
def office_hours(request: Request) -> Response:
    """Own hours, as text that can be changed."""
    return _form(request)


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _form(request, errors)


@api.post("/office-hours", access=HOSTS, body=HoursIn(), invalid=_again)
def set_office_hours(request: Request) -> Response:
    """Set own hours and what limits them; where something is impossible, its field is named and nothing is saved."""
    try:
        return _set(request)
    except Problem as problem:
        if problem.status != 422 or not request.is_form:
            raise
        return replace(_form(request, problem.errors), status=422)


def _set(request: Request) -> Response:
    data = dict(request.data)
    read = _read_texts(data)
    limits = {name: _stored(data[name]) for name in LIMITS if name in data}
    if request.is_form:
        limits = {name: limits.get(name) for name in LIMITS}
    hours = {name: data.get(name) for name in ("windows", "overrides", "modes", "slot_minutes", "buffer_minutes")}
    hours["reply_within_school_days"] = data.get("reply_within_school_days")
    if hours["overrides"] is not None:
        hours["overrides"] = [{**each, "on": _day(each["on"])} for each in hours["overrides"]]
    with request.unit_of_work() as uow:
        found = availability.save(uow, request.ports, request.person_id, hours=hours, limits=limits)
        if found:
            raise invalid(_named(found, read))
        offers.serve_waiting(uow, request.ports, request.person_id)
        row = store.office_hours(uow.connection, [request.person_id])[request.person_id]
    return json_response({"version": row.version}, then="/scheduling/office-hours")


def _read_texts(data: dict[str, Any]) -> dict[str, lines.Lines]:
    """Texts of the page as what programs send; raises Problem 422 that names lines."""
    read = {}
    for name, reader in (("hours", lines.read_hours), ("breaks_text", lines.read_breaks), ("exceptions", lines.read_exceptions)):
        text = data.pop(name, None)
        if text is not None:
            read[name] = reader(text)
    bad = {name: each.bad for name, each in read.items() if each.bad}
    if bad:
        raise invalid(bad)
    if "hours" in read:
        data["windows"] = read["hours"].found
    if "breaks_text" in read:
        data["breaks"] = read["breaks_text"].found
    if "hours" in read:  # the page says everything: exceptions that are gone from it are gone
        exceptions = read.setdefault("exceptions", lines.Lines())
        special = [(n, each) for n, each in zip(exceptions.numbers, exceptions.found, strict=True) if "on" in each]
        data["days_off"] = [each for each in exceptions.found if "on" not in each]
        data["overrides"] = [each for _, each in special]
        exceptions.numbers = [n for n, _ in special]
    return read


def _named(found: list[Fault], read: Mapping[str, lines.Lines]) -> dict[str, list[str]]:
    """Faults by the field that the sender wrote: of a page its text and line, of a program the path."""
    errors: dict[str, list[str]] = {}
    rest = list(found)
    for name, key in _TEXTS.items():
        if name in read and (said := read[name].said(found, key)):
            errors[name] = said
            rest = [fault for fault in rest if fault.path[0] != key]
    if "hours" in read and (off := [fault.text for fault in rest if fault.path[0] == "days_off"]):
        errors.setdefault("exceptions", []).extend(off)
        rest = [fault for fault in rest if fault.path[0] != "days_off"]
    return errors | nested(rest)


def _form(request: Request, errors: dict[str, list[str]] | None = None) -> Response:
    with request.unit_of_work() as uow:
        row = store.office_hours(uow.connection, [request.person_id]).get(request.person_id)
        limits = store.limits(uow.connection, [request.person_id]).get(request.person_id)
        preview, left = ([], []) if errors else _preview(request, uow)
    saved = _saved(row, limits)
    typed = {name: values[-1] for name, values in (request.form or {}).items()}
    return page(
        "scheduling/office_hours.html",
        request,
        title=request.t("hours.title"),
        values={name: typed.get(name, "") if request.form else value for name, value in saved.items()},
        numbers=NUMBERS,
        modes=[(mode, request.t(f"mode.{mode}")) for mode in request.ports.modes(list(MODES))],
        chosen=row.modes if row is not None else list(MODES),
        preview=preview,
        outside=left,
        errors=errors or {},
    )


def _saved(row: Any, limits: Any) -> dict[str, Any]:
    """What the fields show: blank where the school's holds."""
    overrides = row.overrides if row is not None else []
    return {
        **{name: getattr(limits, name, None) for name in (*NUMBERS, "opens_at", "closes_at")},
        "hours": "\n".join(map(lines.hours_line, row.windows)) if row is not None else "",
        "breaks_text": "\n".join(lines.break_lines(limits.breaks)) if limits is not None else "",
        "exceptions": "\n".join(lines.exception_lines(overrides, limits.days_off if limits is not None else [])),
        "slot_minutes": row.slot_minutes if row is not None else SLOT_MINUTES,
        "buffer_minutes": row.buffer_minutes if row is not None else 0,
        "reply_within_school_days": row.reply_within_school_days if row is not None else availability.REPLY_WITHIN,
    }


def _preview(request: Request, uow: UnitOfWork) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(day, times) that families would be offered now, and (when, whom) is booked outside these hours."""
    me = people.staff(uow.connection, [request.person_id]).get(request.person_id)
    schools = people.schools(uow.connection, me.school_ids[:1]) if me is not None else {}
    if not schools:
        return [], []
    school = next(iter(schools.values()))
    free = availability.free(uow, [request.person_id], uow.now, uow.now + PREVIEW)[request.person_id]
    left = outside(uow, request.person_id, school)
    guardians = people.guardians(uow.connection, (row.guardian_id for row in left))
    return day_times(free, zone=school.zone, language=request.locale), [
        (spoken_time(row.start_at, zone=school.zone, language=request.locale), name_of(guardians.get(row.guardian_id)))
        for row in left
    ]


def _stored(value: Any) -> Any:
    """Days and wall times as the tables keep them."""
    if isinstance(value, list):
        return [{name: _day(inner) for name, inner in each.items()} for each in value]
    return value.isoformat(timespec="minutes") if hasattr(value, "hour") else value


def _day(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
