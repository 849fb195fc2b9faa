"""Reach and inclusion: who is reached, who writes back, who is left out; each figure with its rows. Teachers are not compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from services.notifications.domain.figures import WINDOW_DAYS, Event, Name
from services.notifications.handlers import reporting
from services.notifications.handlers.rendering import school_zone
from services.notifications.reports import words
from services.notifications.reports.names import language, moment
from services.notifications.reports.published import Published, publish
from services.notifications.reports.verb import asides
from services.notifications.schemas import ReachQuery, ReachRowsQuery
from services.notifications.store import reach as store
from services.notifications.store import reach_rows as behind
from services.notifications.store import repair
from services.notifications.web.routes import api, full_name, on_the_clock
from shared.errors import HomeroomError
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Facts, Resource, ResourceKind, Subject, SubjectKind, decide
from shared.web import Request, Response, file_response, not_found, page, redirect, staff

READERS = staff("office", "principal", "administrator")
MOST_ROWS = 200
ALL_ROWS = 100_000
KINDS = {
    Name.ANSWER_HOURS: (Event.ANSWER,),
    Name.BALANCE: (Event.POSITIVE, Event.CONCERN),
    Name.PROMISES: (Event.PROMISE,),
    Name.ALERT_LEAD: (Event.ALERT,),
    Name.LETTERS: (Event.LETTER,),
    Name.CADENCE: (Event.CADENCE,),
}


@dataclass(frozen=True)
class View:
    """The report as this reader may see it, and what its page is written with."""

    report: Published | None
    names: Mapping[str, str]
    own: list[str]
    zone: ZoneInfo


def own_schools(uow: UnitOfWork, request: Request) -> dict[str, Any]:
    """The reader's schools: an administrator's are all."""
    known = repair.all_schools(uow.connection)
    return known if request.role == "administrator" else {key: known[key] for key in request.schools if key in known}


def _view(request: Request) -> View:
    """404 for a school that is not the reader's: whether there is one is not told."""
    school = str(request.query.get("school") or "")
    with request.unit_of_work() as uow:
        own = own_schools(uow, request)
        if school and school not in own:
            raise not_found("school")
        whole = request.role == "administrator"
        if not school and not whole and len(own) == 1:
            school = next(iter(own))
        names = {key: str(row["name"]) for key, row in own.items()}
        zone = school_zone(next(iter(own.values()), None))
        try:
            tally = reporting.tally(uow, as_of=request.query.get("as_of"))
            weekly = reporting.tally(uow, as_of=request.query.get("as_of"), weekly=True)
        except HomeroomError:
            return View(None, names, sorted(own), zone)
        scope = {school} if school else set(own)
        report = publish(tally, weekly, names, schools=scope, whole=whole and not school, school=school)
        if not school and not whole:  # several schools and no district: languages only by school
            report = replace(report, ways=(), tongues=())
    return View(report, names, sorted(own, key=lambda key: names[key]), zone)


@api.get("/reach", access=READERS, query=ReachQuery(), page=True, nav="notifications.reach")
def reach_page(request: Request) -> Response:
    """Figures of the district or a school, replies by channel, homes by language."""
    view = _view(request)
    return page(
        "notifications/reach.html",
        request,
        title=request.t("notifications.reach"),
        view=view,
        report=view.report,
        figure_names=list(Name),
        value=words.value,
        percent=words.percent,
        points=words.points,
        asides=asides,
        language=lambda code: language(code, request.locale),
        moment=lambda at: moment(at, view.zone, request.locale),
        query=_query(request, view.report),
    )


def _query(request: Request, report: Published | None) -> str:
    """This very report, for its links."""
    as_of = request.query.get("as_of")
    parts = [f"school={report.school}"] if report is not None and report.school else []
    return "&".join([*parts, f"as_of={as_of.isoformat().replace('+', '%2B')}"] if as_of else parts)


@api.get("/reach/report.csv", access=READERS, query=ReachQuery())
def reach_csv(request: Request) -> Response:
    """The published figures for a spreadsheet."""
    view = _view(request)
    if view.report is None:
        raise not_found("report")
    return file_response(
        words.as_csv(words.rows(view.report, request.t)), media_type="text/csv; charset=utf-8", filename="reach.csv"
    )


@api.get("/reach/report.pdf", access=READERS, query=ReachQuery())
def reach_pdf(request: Request) -> Response:
    """The published figures on paper, tagged."""
    from services.notifications.reports.pdf import render

    view = _view(request)
    if view.report is None:
        raise not_found("report")
    pdf = render(
        view.report,
        dict(view.names),
        request.t,
        zone=view.zone,
        lang=request.locale,
        direction=request.translator.dir,
    )
    return file_response(pdf, media_type="application/pdf", filename="reach.pdf")


@api.post("/reach/count", access=READERS)
def reach_count(request: Request) -> Response:
    """Count anew, now."""
    with request.unit_of_work() as uow:
        reporting.count(uow, review=True)
    return redirect("/notifications/reach")


@api.get("/reach/rows", access=READERS, query=ReachRowsQuery(), page=True)
def reach_rows(request: Request) -> Response:
    """The families or happenings that a figure counts, as that report knew them."""
    rows, columns = _rows(request, most=MOST_ROWS)
    return page(
        "notifications/reach_rows.html",
        request,
        title=request.t("notifications.reach_rows"),
        figure=request.query["figure"],
        rows=rows,
        columns=columns,
        most=MOST_ROWS if len(rows) == MOST_ROWS else None,
        query="&".join(f"{key}={value}" for key, value in _plain(request.query).items()),
        days=WINDOW_DAYS,
    )


@api.get("/reach/rows.csv", access=READERS, query=ReachRowsQuery())
def reach_rows_csv(request: Request) -> Response:
    """The same rows, all of them."""
    rows, columns = _rows(request, most=ALL_ROWS)
    table = [dict(zip(columns, row, strict=True)) for row in rows]
    return file_response(words.as_csv(table, columns), media_type="text/csv; charset=utf-8", filename="rows.csv")


def _plain(query: Mapping[str, Any]) -> dict[str, str]:
    return {
        key: value.isoformat().replace("+", "%2B") if hasattr(value, "isoformat") else str(value)
        for key, value in query.items()
        if value
    }


def _rows(request: Request, *, most: int) -> tuple[list[tuple[str, ...]], list[str]]:
    """Cells in the reader's words, and their headings; the look is kept in the audit log, a refusal too."""
    query, name = request.query, Name(request.query["figure"])
    with request.unit_of_work() as uow:
        own = own_schools(uow, request)
        schools = [query["school"]] if query.get("school") else sorted(own)
        for school in schools:
            decision = decide(
                Subject(
                    SubjectKind.STAFF,
                    request.person_id,
                    uow.district,
                    frozenset({request.role}),
                    frozenset(request.schools),
                ),
                Action.VIEW,
                Resource(ResourceKind.SCHOOL, school, uow.district, school=school),
                Facts(),
            )
            request.require(decision, action="view", subject=school, record_type=f"report_rows_{name.value}")
        run = store.newest_run(uow.connection, query.get("as_of"))
        zone = school_zone(next(iter(own.values()), None))
        if run is None:
            raise not_found("report")
        if name is Name.UNREACHED:
            return _repairs(request, uow, schools, most)
        if name in KINDS:
            return _happenings(request, uow, run, schools, name, zone, most)
        only = query.get("only") or ("unreached" if name is Name.REACH else "replied")
        found = behind.families(
            uow.connection, run, WINDOW_DAYS, schools=schools, language=query.get("language"), only=only, limit=most
        )
        names = {key: row["name"] for key, row in own.items()}
    yes = {0: request.t("form.no"), 1: request.t("form.yes")}
    columns = [request.t(f"reach.{key}") for key in ("family", "school", "language", "written", "reached", "replied")]
    rows = [
        (
            full_name(row),
            str(names.get(row["school_id"], row["school_id"])),
            language(row["language"], request.locale),
            *(yes[int(row[key])] for key in ("written", "reached", "replied")),
        )
        for row in found
    ]
    return rows, columns


def _happenings(
    request: Request, uow: UnitOfWork, run: Any, schools: list[str], name: Name, zone: ZoneInfo, most: int
) -> tuple[list[tuple[str, ...]], list[str]]:
    found = behind.happenings(uow.connection, run, WINDOW_DAYS, schools=schools, kinds=KINDS[name], limit=most)
    columns = [request.t(f"reach.{key}") for key in ("when", "figure", "who", "value", "n")]
    rows = [
        (
            on_the_clock(row["at"], zone, request.locale),
            request.t(f"reach.event.{row['what']}"),
            full_name(row),
            f"{row['value']:.1f}".removesuffix(".0"),
            str(row["n"]),
        )
        for row in found
    ]
    return rows, columns


def _repairs(
    request: Request, uow: UnitOfWork, schools: list[str], most: int
) -> tuple[list[tuple[str, ...]], list[str]]:
    columns = [request.t("reach.family"), request.t("repair.filter"), request.t("reach.language")]
    rows = [
        (full_name(row), request.t(f"repair.reason.{row['reason']}"), language(row["language"], request.locale))
        for row in repair.listed(uow.connection, schools, limit=most)
    ]
    return rows, columns
