"""A teacher sets when families can meet them; who waited for a time is offered one at once."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from services.scheduling.handlers import availability, offers
from services.scheduling.schemas import MODES, OfficeHoursIn, WindowIn
from services.scheduling.store import availability as store
from services.scheduling.web.routes import HOSTS, api
from shared.web import Request, Response, json_response, page
from shared.web.problems import Problem, invalid


@api.get("/office-hours", access=HOSTS, page=True, nav="hours.nav")
def office_hours(request: Request) -> Response:
    """Own hours, as text that can be changed."""
    return _form(request)


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _form(request, errors)


@api.post("/office-hours", access=HOSTS, body=OfficeHoursIn(), invalid=_again)
def set_office_hours(request: Request) -> Response:
    """Set own hours."""
    data = dict(request.data)
    text = data.pop("hours")
    if data["windows"] is None:
        data["windows"] = _windows(text)
    if data["overrides"] is not None:
        data["overrides"] = [{**each, "on": each["on"].isoformat()} for each in data["overrides"]]
    with request.unit_of_work() as uow:
        availability.set_own(uow, request.ports, request.person_id, wanted=data)
        offers.serve_waiting(uow, request.ports, request.person_id)
        row = store.office_hours(uow.connection, [request.person_id])[request.person_id]
    return json_response({"version": row.version}, then="/scheduling/office-hours")


def _form(request: Request, errors: dict[str, list[str]] | None = None) -> Response:
    with request.unit_of_work() as uow:
        row = store.office_hours(uow.connection, [request.person_id]).get(request.person_id)
    typed = (request.form or {}).get("hours", [None])[-1]
    saved = "\n".join(_line(window) for window in row.windows) if row is not None else ""
    return page(
        "scheduling/office_hours.html",
        request,
        title=request.t("hours.title"),
        hours=saved if typed is None else typed,
        modes=[(mode, request.t(f"mode.{mode}")) for mode in request.ports.modes(list(MODES))],
        chosen=row.modes if row is not None else list(MODES),
        slot_minutes=row.slot_minutes if row is not None else availability.SLOT_MINUTES,
        buffer_minutes=row.buffer_minutes if row is not None else 0,
        errors=errors or {},
    )


def _line(window: dict[str, Any]) -> str:
    evening = " evening" if window.get("evening") else ""
    return f"{window['weekday']} {window['start']}-{window['end']}{evening}"


def _windows(text: str) -> list[dict[str, Any]]:
    """Windows from lines like "wed 15:30-16:30"; raises Problem 422 that names the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.lower().replace("–", "-").split()
        if not words:
            continue
        found.append(_window(words, number))
    return found


def _window(words: list[str], number: int) -> dict[str, Any]:
    hint = f"line {number}: expected a day and hours on five minutes, like wed 15:30-16:30"
    if len(words) not in (2, 3) or "-" not in words[1] or (len(words) == 3 and words[2] != "evening"):
        raise _bad(hint)
    start, _, end = words[1].partition("-")
    raw = {"weekday": words[0][:3], "start": start.zfill(5), "end": end.zfill(5), "evening": len(words) == 3}
    try:
        loaded: dict[str, Any] = WindowIn().load(raw)
    except ValidationError:
        raise _bad(hint) from None
    return loaded


def _bad(hint: str) -> Problem:
    return invalid({"hours": [hint]})
