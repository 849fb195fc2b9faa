"""At the door of an occasion: the sheet with its code, the poster's page, and what was written on paper."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import phonenumbers
import segno
from marshmallow import Schema, ValidationError, fields, validate

from services.scheduling.handlers import occasions_door as door
from services.scheduling.handlers.occasions_telling import DOORS, PUBLISHED
from services.scheduling.ports import Ports
from services.scheduling.store import occasions as store
from services.scheduling.store import people
from services.scheduling.web import occasions_view as view
from services.scheduling.web.occasions import MAKERS, OCCASIONS, own
from services.scheduling.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, link, not_found, page, redirect
from shared.web.problems import Problem, invalid, link_refused

REGION = "US"  # of a number written without a country
LINES = 24  # of a sheet of paper
SHOWN = 60  # people on a page
POSTER = link("door", single_use=False)


class ContactIn(Schema):
    """A telephone number or an email address, as somebody types it at the door."""

    contact = fields.Str(required=True, validate=validate.Length(1, 254))


class FindQuery(Schema):
    """Part of a parent's or a child's name."""

    q = fields.Str(load_default="", validate=validate.Length(max=80))


class PaperIn(Schema):
    guardians = fields.List(fields.Str(validate=validate.Length(1, 255)), required=True, validate=validate.Length(1, SHOWN))


class PaperOut(Schema):
    """How many were not written down before."""

    entered = fields.Int()


@api.get("/occasions/{occasion_id}/sheet", access=MAKERS, page=True)
def sheet(request: Request) -> Response:
    """A page to print: the code for telephones, and lines for those who would rather write."""
    with request.unit_of_work() as uow:
        row = _published(request, uow)
        school = people.schools(uow.connection, [row.school_id])[row.school_id]
        shown = view.card(request, row, school)
        address = poster_link(request.ports, request.district, row)
    return page(
        "scheduling/occasions_sheet.html", request, title=shown["title"], one=shown, code=_code(address), lines=LINES
    )


@api.get("/occasions/{occasion_id}/paper", access=MAKERS, query=FindQuery(), page=True)
def paper(request: Request) -> Response:
    """Look people up whose names are on the paper sheet."""
    wanted = request.query["q"].strip()
    with request.unit_of_work() as uow:
        row = _published(request, uow)
        found = store.by_name(uow.connection, row.school_id, wanted, limit=SHOWN) if wanted else []
        here = {each.guardian_id for each in store.attendance(uow.connection, [row.occasion_id]).get(row.occasion_id, [])}
        request.audit("view", row.occasion_id, "allowed", record_type="occasion_attendance", rule="works_at_school")
    return page(
        "scheduling/occasions_paper.html",
        request,
        title=request.t("occasion.from_paper"),
        occasion=row,
        q=wanted,
        people=[
            (guardian_id, name, ", ".join(children), guardian_id in here) for guardian_id, name, children in found
        ],
    )


@api.post("/occasions/{occasion_id}/paper", access=MAKERS, body=PaperIn(), response=PaperOut())
def enter(request: Request) -> Response:
    """These guardians were there, as the paper sheet says."""
    with request.unit_of_work() as uow:
        row = _published(request, uow)
        if not door.paper_open(row, uow.now):
            raise invalid({"guardians": ["nobody can have come yet: enter them when it has begun"]})
        entered = door.sign_in(uow, row, set(request.data["guardians"]), via="paper", by=request.person_id)
    return json_response({"entered": entered}, then=f"{OCCASIONS}/{row.occasion_id}")


@api.get("/door/{token}", access=POSTER, page=True)
def poster(request: Request) -> Response:
    """One field, for whoever scans the code at the door."""
    with request.unit_of_work() as uow:
        row = _here(request, uow)
        open_now = door.open_now(row, uow.now)
    return _poster(request, row, open_now=open_now)


def _poster_again(request: Request, errors: dict[str, list[str]]) -> Response:
    return redirect(f"/scheduling/door/{request.params['token']}")


@api.post("/door/{token}", access=POSTER, body=ContactIn(), page=True, invalid=_poster_again)
def sign_in_at_door(request: Request) -> Response:
    """Always the same answer: whoever tries a number learns nothing from it."""
    with request.unit_of_work() as uow:
        row = _here(request, uow)
        open_now = door.open_now(row, uow.now)
        if open_now:
            if door.crowded(uow, row):
                raise Problem(429, "DOOR_BUSY", "Many people sign in just now.", remedy="Wait a minute, then try again.")
            number, email = normal(request.data["contact"])
            door.sign_in_by_contact(uow, row, number=number, email=email)
    return _poster(request, row, open_now=open_now, done=open_now)


def poster_link(ports: Ports, district: str, row: Any) -> str:
    """What the code at the door says: of one occasion, for anybody, in the language of their own telephone."""
    return ports.page_link(
        "/scheduling/door", district, row.school_id, purpose="door", resource=row.occasion_id,
        expires_at=row.end_at + DOORS, language="", school=row.school_id, jti=f"d-{row.occasion_id}",
    )  # fmt: skip


def normal(given: str) -> tuple[str | None, str | None]:
    """What was typed, as a number in E.164 or as an address; (None, None) for what is neither."""
    text = given.strip()
    if "@" in text:
        try:
            return None, str(validate.Email()(text))
        except ValidationError:
            return None, None
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None, None
    if not phonenumbers.is_possible_number(number):
        return None, None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), None


def _poster(request: Request, row: Any, *, open_now: bool, done: bool = False) -> Response:
    return page(
        "scheduling/occasions_door.html",
        request,
        title=request.t(f"occasion.kind.{row.kind}"),
        token=request.params["token"],
        open_now=open_now,
        done=done,
    )


def _published(request: Request, uow: UnitOfWork) -> Any:
    row = own(request, uow)
    if row.state != PUBLISHED:
        raise not_found("occasion")
    return row


def _here(request: Request, uow: UnitOfWork) -> Any:
    assert request.link is not None
    row = store.by_id(uow.connection, [request.link.resource]).get(request.link.resource)
    if row is None or row.state != PUBLISHED:
        raise link_refused()
    return row


def _code(address: str) -> str:
    """The QR code as an image in the page itself (level M: a fold or a stain may cover 15 %)."""
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="png", border=4, scale=4)
    return "data:image/png;base64," + base64.b64encode(drawn.getvalue()).decode()
