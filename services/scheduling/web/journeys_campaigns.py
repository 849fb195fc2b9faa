"""Campaigns on a page: who has a time, who is waiting, who is to be called; and a form for a new one."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.domain import journeys_campaigns as rules
from services.scheduling.domain.journeys_campaigns import Progress, Standing, Wanted
from services.scheduling.handlers import availability, campaigns
from services.scheduling.store import journeys_campaigns as store
from services.scheduling.store import journeys_homes, people
from services.scheduling.web.journeys_forms import notes, typed
from services.scheduling.web.routes import api, name_of
from services.scheduling.web.routes import today as today_at
from services.scheduling.when import spoken_day, spoken_time
from shared.messaging.uow import DueItem, UnitOfWork
from shared.web import Request, Response, json_response, not_found, page, staff
from shared.web.problems import forbidden, invalid

CAMPAIGNS = "/scheduling/campaigns"
LEADERS = staff("teacher", "counselor", "principal", "office", "administrator")
KINDS = ("asked", "checkin", "conference", "welcome")
_HOSTS = ("teacher", "counselor", "principal")
HUB = {  # pages that are reached from this one, to keep the menu short, and for whom they are
    "checkins": (*_HOSTS, "office", "administrator"),
    "series": _HOSTS,
    "late": _HOSTS,
    "iep": (*_HOSTS, "office"),
}
ORDER = (
    Standing.CALL, Standing.NO_TIME, Standing.INVITED, Standing.MISSED, Standing.BOOKED, Standing.MET, Standing.NOT_INVITED,
)  # fmt: skip


class CampaignIn(Schema):
    """`whom`: own (each child of the maker's), or all (of the school: each child with its own teacher)."""

    title = fields.Str(required=True, validate=validate.Length(3, 120))
    kind = fields.Str(load_default="asked", validate=validate.OneOf(KINDS))
    whom = fields.Str(load_default="own", validate=validate.OneOf(("own", "all")))
    opens_on = fields.Date(required=True)
    window_start = fields.Date(required=True)
    window_end = fields.Date(required=True)
    closes_on = fields.Date(required=True)
    students = fields.List(fields.Str(validate=validate.Length(1, 255)), load_default=None, validate=validate.Length(1, 2000))


class CampaignOut(Schema):
    campaign_id = fields.Str()


class ProgressOut(Schema):
    """How many families are where; `answered`: have had, have or missed a time."""

    campaign_id = fields.Str()
    state = fields.Str()
    families = fields.Int()
    answered = fields.Int()
    by_standing = fields.Dict(keys=fields.Str(), values=fields.Int())


class CalledOut(Schema):
    called = fields.Int()


@api.get("/campaigns", access=LEADERS, page=True, nav="campaigns.nav")
def list_campaigns(request: Request) -> Response:
    """Campaigns of the reader's schools; a teacher sees where their own families are."""
    return _list(request)


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _list(request, errors)


@api.post(
    "/campaigns", access=LEADERS, body=CampaignIn(), response=CampaignOut(), status=201, idempotent=True, invalid=_again
)
def make_campaign(request: Request) -> Response:
    """Ask families for a kind of meeting within a window; one that opens today opens at once."""
    data = request.data
    whole = data["whom"] == "all"
    if whole and request.role not in ("office", "principal", "administrator"):
        raise forbidden("A campaign of the whole school is for its office and leadership.", rule="office_only")
    if not request.schools:
        raise forbidden("This is for a school's own staff.", rule="not_own_school")
    with request.unit_of_work() as uow:
        school = people.schools(uow.connection, [request.schools[0]]).get(request.schools[0])
        if school is None:
            raise not_found("school")
        dates = {name: data[name] for name in ("opens_on", "window_start", "window_end", "closes_on")}
        wanted = Wanted(
            kind=data["kind"],
            title=data["title"],
            school_id=school.school_id,
            staff_id=None if whole else request.person_id,
            students=_chosen(request, uow, data["students"], whole=whole),
            **dates,
        )
        wrong = rules.faults(wanted, school.today(uow.now))
        if wrong:
            raise invalid(wrong)
        campaign_id = campaigns.make(uow, wanted, by=request.person_id)
        if data["opens_on"] == school.today(uow.now):
            uow.cancel("campaign_opens", campaign_id)
            campaigns.campaign_opens(uow, request.ports, [DueItem("campaign_opens", campaign_id, uow.now, {}, 0)])
    return json_response({"campaign_id": campaign_id}, then=f"{CAMPAIGNS}/{campaign_id}")


@api.get("/campaigns/{campaign_id}", access=LEADERS, response=ProgressOut())
def one_campaign(request: Request) -> Response:
    """Progress as figures (JSON), or with each family (page)."""
    with request.unit_of_work() as uow:
        row = _own(request, uow)
        mine = request.person_id if request.role == "teacher" else None
        found = campaigns.standings(uow, [row.campaign_id], staff_id=mine)
        progress = Progress.of(where for _, where, _ in found)
        if not request.wants_html:
            return json_response(
                {
                    "campaign_id": row.campaign_id,
                    "state": row.state,
                    "families": progress.families,
                    "answered": progress.answered,
                    "by_standing": {where.value: n for where, n in progress.by_standing.items()},
                }
            )
        context = _families(request, uow, row, found)
        hours = _capacity(uow, row, found) if row.state != campaigns.CLOSED else None
    return page(
        "scheduling/journeys_campaign.html",
        request,
        title=_title(request, row),
        campaign=row,
        progress=progress,
        free=hours,
        waiting=sum(len(group["families"]) for group in context if group["standing"] in ("invited", "no_time")),
        groups=context,
        until=spoken_day(row.window_end, language=request.locale),
        closes=spoken_day(row.closes_on, language=request.locale),
    )


@api.post("/campaigns/{campaign_id}/calls", access=LEADERS, response=CalledOut())
def ask_for_calls(request: Request) -> Response:
    """Families without an answer go on the call list now, without waiting for the closing day."""
    with request.unit_of_work() as uow:
        row = _own(request, uow)
        called = campaigns.ask_for_calls(uow, row)
    return json_response({"called": called}, then=f"{CAMPAIGNS}/{row.campaign_id}")


def _own(request: Request, uow: UnitOfWork) -> Any:
    """A campaign of the reader's school; a teacher's only where it asks families of theirs."""
    campaign_id = str(request.params["campaign_id"])
    row = store.by_id(uow.connection, [campaign_id]).get(campaign_id)
    if row is None or (row.school_id not in request.schools and request.role != "administrator"):
        raise not_found("campaign")
    if request.role == "teacher" and row.staff_id not in (None, request.person_id):
        raise not_found("campaign")
    return row


def _chosen(request: Request, uow: UnitOfWork, wanted: list[str] | None, *, whole: bool) -> tuple[str, ...] | None:
    """A chosen set, all of whom the maker may ask; 422 for anybody else's child."""
    if wanted is None:
        return None
    if whole:
        rows = journeys_homes.students_of_schools(uow.connection, request.schools[:1])
        allowed = {row.student_id for row in rows}
    else:
        allowed = set(journeys_homes.taught_by(uow.connection, request.person_id))
    if not set(wanted) <= allowed:
        raise invalid({"students": ["expected own students only"]})
    return tuple(wanted)


def _list(request: Request, errors: dict[str, list[str]] | None = None) -> Response:
    with request.unit_of_work() as uow:
        schools = list(request.schools) if request.role != "administrator" else journeys_homes.all_schools(uow.connection)
        rows = store.of_schools(uow.connection, schools)
        if request.role == "teacher":
            rows = [row for row in rows if row.staff_id in (None, request.person_id)]
        mine = request.person_id if request.role == "teacher" else None
        progress = campaigns.progress(uow, [row.campaign_id for row in rows], staff_id=mine)
        today = today_at(uow, next(iter(schools), ""))
    return page(
        "scheduling/journeys_campaigns.html",
        request,
        title=request.t("campaigns.title"),
        campaigns=[
            {"row": row, "title": _title(request, row), "progress": progress[row.campaign_id]} for row in rows
        ],
        kinds=[(kind, request.t(f"kind.{kind}")) for kind in KINDS],
        leads=request.role in ("office", "principal", "administrator"),
        may_make=bool(request.schools),
        hub=[(path, request.t(f"{path}.nav")) for path, roles in HUB.items() if request.role in roles],
        typed=typed(request) or _usual(today),
        errors=notes(errors),
    )


def _usual(today: date) -> defaultdict[str, str]:
    """Dates to begin with: invitations now, a week to answer, two weeks to meet."""
    days = {"opens_on": 0, "window_start": 1, "closes_on": 7, "window_end": 14}
    return defaultdict(str, {name: (today + timedelta(days=ahead)).isoformat() for name, ahead in days.items()})


def _title(request: Request, row: Any) -> str:
    return str(row.title) or request.t("campaigns.welcome")


def _families(request: Request, uow: UnitOfWork, row: Any, found: list[Any]) -> list[dict[str, Any]]:
    """By standing, who needs somebody first."""
    rows = [family for family, _, _ in found]
    students = people.students(uow.connection, (family.student_id for family in rows))
    guardians = people.guardians(uow.connection, (family.guardian_id for family in rows))
    teachers = people.staff(uow.connection, (family.staff_id for family in rows))
    zone = people.schools(uow.connection, [row.school_id])[row.school_id].zone
    groups = []
    for where in ORDER:
        families = [
            {
                "student_id": family.student_id,
                "staff_id": family.staff_id,
                "student": name_of(students.get(family.student_id)),
                "guardian": name_of(guardians.get(family.guardian_id)),
                "teacher": name_of(teachers.get(family.staff_id)),
                "when": spoken_time(meeting.start_at, zone=zone, language=request.locale)
                if meeting is not None and where in (Standing.BOOKED, Standing.MET, Standing.MISSED)
                else "",
                "mode": meeting.mode if meeting is not None else None,
            }
            for family, standing, meeting in found
            if standing is where
        ]
        if families:
            groups.append({"standing": where.value, "families": families})
    return groups


def _capacity(uow: UnitOfWork, row: Any, found: list[Any]) -> int:
    """Free times left in the window with those who are asked for: fewer than families waiting is too few."""
    zone = people.schools(uow.connection, [row.school_id])[row.school_id].zone
    opens = datetime.combine(row.window_start, time(), zone).astimezone(UTC)
    ends = datetime.combine(row.window_end + timedelta(days=1), time(), zone).astimezone(UTC)
    start = max(uow.now, opens)
    if start >= ends:
        return 0
    staff_ids = {family.staff_id for family, _, _ in found} or ({row.staff_id} if row.staff_id else set())
    free = availability.free(uow, sorted(staff_ids), start, ends, kind=row.kind)
    return sum(len(slots) for slots in free.values())
