"""The office's pages: the print queue with its runs, and the list of calls. Every button works without JavaScript."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.notifications.domain.ladder import SETTLED, CallOutcome, LetterState
from services.notifications.domain.wording import locale_of
from services.notifications.handlers import calls, paper
from services.notifications.store import paper as store
from services.notifications.store import people
from services.notifications.web.routes import api, full_name, on_the_clock, zone_for
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, file_response, not_found, page, redirect, staff

OFFICE = staff("office", "principal", "administrator")
OUTCOMES = (LetterState.HANDED_OVER, LetterState.POSTED, LetterState.NOT_GIVEN)
SHOWN = 50  # letters on a page


class SchoolQuery(Schema):
    school = fields.Str(load_default=None, validate=validate.Length(1, 255))
    settled = fields.Int(load_default=None)
    pulled = fields.Int(load_default=None)
    said = fields.Str(load_default=None, validate=validate.OneOf([outcome.value for outcome in CallOutcome]))


class RunIn(Schema):
    duplex = fields.Bool(load_default=False)


class OutcomeIn(Schema):
    """Letters of a run, or all that are open in it, and what was done with them."""

    letter_id = fields.List(fields.Str(validate=validate.Length(1, 255)), load_default=list)
    all_open = fields.Bool(load_default=False)
    outcome = fields.Str(required=True, validate=validate.OneOf([state.value for state in OUTCOMES]))


class CallIn(Schema):
    outcome = fields.Str(required=True, validate=validate.OneOf([outcome.value for outcome in CallOutcome]))


def _own(request: Request) -> tuple[str, ...] | None:
    """The reader's schools; None: every one."""
    return None if request.role == "administrator" else request.schools


def _schools(uow: UnitOfWork, request: Request) -> list[tuple[str, str]]:
    """Those the reader may print for, by name."""
    own = _own(request)
    if own is None:
        return store.all_schools(uow.connection)
    return sorted(((key, row["name"]) for key, row in people.schools(uow.connection, own).items()), key=lambda one: one[1])


def _chosen(request: Request, schools: list[tuple[str, str]]) -> str | None:
    wanted = request.query.get("school")
    if wanted and wanted not in {school for school, _ in schools}:
        raise not_found("school")
    return wanted or (schools[0][0] if schools else None)


def language_name(language: str, locale: str) -> str:
    """As the page's reader calls it ("Vietnamese"); the tag itself where no name is known."""
    return locale_of(locale).languages.get(language.split("-")[0], language) or language


@api.get("/print", access=OFFICE, query=SchoolQuery(), page=True, nav="notifications.print")
def print_queue(request: Request) -> Response:
    """What waits for paper at a school, and the runs made there."""
    with request.unit_of_work() as uow:
        schools = _schools(uow, request)
        school = _chosen(request, schools)
        mine = [school] if school else []
        zone = zone_for(uow, tuple(mine))
        waiting = store.waiting(uow.connection, mine)
        withheld = store.withheld(uow.connection, mine)
        runs = store.runs(uow.connection, mine)
        parts = store.parts(uow.connection, (run["run_id"] for run in runs))
    return page(
        "notifications/print.html",
        request,
        title=request.t("notifications.print"),
        schools=schools,
        school=school,
        waiting=[
            {
                "name": full_name(row),
                "language": language_name(row["language"], request.locale),
                "when": on_the_clock(row["queued_at"], zone, request.locale),
                "why": request.t(f"print.why.{row['why'] or 'no_channel'}"),
            }
            for row in waiting[:SHOWN]
        ],
        count=len(waiting),
        withheld=withheld,
        runs=[
            {
                "id": run["run_id"],
                "when": on_the_clock(run["asked_at"], zone, request.locale),
                "letters": run["letters"],
                "state": request.t(f"print.state.{_state_of(mine_parts)}"),
            }
            for run in runs
            if (mine_parts := [part for part in parts if part["run_id"] == run["run_id"]])
        ],
    )


def _state_of(parts: list[Any]) -> str:
    states = {part["state"] for part in parts}
    if states & {"asked", "making"}:
        return "making"
    return "failed" if "failed" in states else "made"


@api.post("/print/schools/{school}/runs", access=OFFICE, body=RunIn(), idempotent=True)
def print_run(request: Request) -> Response:
    """All letters that wait at the school, as one run; it is made beside the worker."""
    school = str(request.params["school"])
    with request.unit_of_work() as uow:
        if school not in {known for known, _ in _schools(uow, request)}:
            raise not_found("school")
        run = paper.ask_run(uow, school_id=school, staff_id=request.person_id, duplex=request.data["duplex"])
    return redirect(f"/notifications/print/runs/{run}" if run else f"/notifications/print?school={school}")


def _run(uow: UnitOfWork, request: Request) -> Any:
    run, own = store.run(uow.connection, str(request.params["run_id"])), _own(request)
    if run is None or (own is not None and run["school_id"] not in own):
        raise not_found("run")
    return run


@api.get("/print/runs/{run_id}", access=OFFICE, query=SchoolQuery(), page=True)
def print_run_page(request: Request) -> Response:
    """Files to print, and what became of each letter."""
    with request.unit_of_work() as uow:
        run = _run(uow, request)
        zone = zone_for(uow, (run["school_id"],))
        parts = store.parts(uow.connection, [run["run_id"]])
        letters = store.letters_of(uow.connection, run["run_id"])
    code = run["run_id"][-4:].upper()
    return page(
        "notifications/print_run.html",
        request,
        title=request.t("print.run", when=on_the_clock(run["asked_at"], zone, request.locale)),
        run_id=run["run_id"],
        school=run["school_id"],
        making=any(part["state"] in ("asked", "making") for part in parts),
        parts=[{name: part[name] for name in ("part", "state", "pages", "there", "missing")} for part in parts],
        letters=[
            {
                "id": row["letter_id"],
                "code": f"{code}-{row['part']}.{row['place']}",
                "name": full_name(row),
                "language": language_name(row["language"], request.locale),
                "state": request.t(f"letter.{row['state']}"),
                "open": row["state"] in (LetterState.PRINTED, LetterState.POSTED),
                "pulled": row["state"] == LetterState.PULLED,
            }
            for row in letters
        ],
        open=any(row["state"] not in SETTLED for row in letters),
        outcomes=[(state.value, request.t(f"letter.mark.{state.value}")) for state in OUTCOMES],
        settled=request.query["settled"],
        pulled=request.query["pulled"],
    )


@api.get("/print/runs/{run_id}/{part}", access=OFFICE)
def print_file(request: Request) -> Response:
    """A part's PDF; if somebody in it may not have their letter any more, it is made again first."""
    number = str(request.params["part"])
    with request.unit_of_work() as uow:
        run = _run(uow, request)
        file = paper.fetch(uow, run["run_id"], int(number)) if number.isascii() and number.isdigit() else None
        letters = store.letters_of(uow.connection, run["run_id"], part=int(number)) if file is not None else []
    if file is None:
        return redirect(f"/notifications/print/runs/{run['run_id']}")
    for guardian in sorted({row["guardian_id"] for row in letters}):
        request.audit("print", guardian, "allowed", record_type="guardian")
    return file_response(file, media_type="application/pdf", filename=f"letters-{run['run_id'][-4:]}-{number}.pdf")


@api.post("/print/runs/{run_id}/outcome", access=OFFICE, body=OutcomeIn())
def print_outcome(request: Request) -> Response:
    """Handed over, posted, or could not be given; a letter that must not go any more is pulled instead."""
    with request.unit_of_work() as uow:
        run = _run(uow, request)
        inside = [row["letter_id"] for row in store.letters_of(uow.connection, run["run_id"])]
        wanted = set(inside) if request.data["all_open"] else set(request.data["letter_id"])
        chosen = [letter for letter in inside if letter in wanted]
        settled, pulled = paper.settle(uow, chosen, LetterState(request.data["outcome"]), request.person_id)
    return redirect(f"/notifications/print/runs/{run['run_id']}?settled={settled}&pulled={pulled}")


@api.get("/calls", access=OFFICE, query=SchoolQuery(), page=True, nav="notifications.calls")
def call_list(request: Request) -> Response:
    """Whom to call today, in which language, and about what."""
    with request.unit_of_work() as uow:
        schools = _schools(uow, request)
        wanted = request.query.get("school")
        mine = [_chosen(request, schools)] if wanted else [school for school, _ in schools]
        zone = zone_for(uow, tuple(filter(None, mine)))
        listed = calls.listed(uow, request.ports, [school for school in mine if school])
    for guardian in sorted({call.guardian_id for call in listed}):
        request.audit("view_contact", guardian, "allowed", record_type="guardian")
    return page(
        "notifications/calls.html",
        request,
        title=request.t("notifications.calls"),
        said=request.query["said"],
        calls=[
            {
                "id": call.task_id,
                "guardian": call.guardian,
                "student": call.student,
                "number": call.number,
                "language": language_name(call.language, request.locale),
                "interpreter": call.interpreter,
                "due": on_the_clock(call.due_at, zone, request.locale),
                "tries": call.tries,
                "after": call.after,
                "quiet": call.quiet,
                "say": call.say,
            }
            for call in listed
        ],
        outcomes=[(outcome.value, request.t(f"call.{outcome.value}")) for outcome in CallOutcome],
    )


@api.post("/calls/{task_id}", access=OFFICE, body=CallIn(), idempotent=True)
def call_outcome(request: Request) -> Response:
    """How the call went, in one tap."""
    outcome = CallOutcome(request.data["outcome"])
    with request.unit_of_work() as uow:
        known = calls.record(
            uow, str(request.params["task_id"]), outcome, staff_id=request.person_id, schools=_own(request)
        )
    if not known:
        raise not_found("call")
    return redirect(f"/notifications/calls?said={outcome.value}")
