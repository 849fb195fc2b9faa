"""How a guardian is written to, on one page without JavaScript: which ways are open, what they are for, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import phonenumbers
from marshmallow import Schema, ValidationError, fields, validate

from services.notifications.domain.consent import HARD
from services.notifications.handlers import wishes
from services.notifications.handlers.listening import language_of
from services.notifications.store import people
from services.notifications.store import wishes as store
from services.notifications.web.routes import api, on_the_clock, zone_for
from services.notifications.web.threads import language_name
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, link, page
from shared.web.problems import Problem

HOLDER = link("inbox", single_use=False)
REGION = "US"  # of a number written without a country
GIVEN = ("sms", "email", "whatsapp", "voice")  # what a guardian may correct here; push is the browser's own


class WaysIn(Schema):
    """`open`: the channels to be written to by; `other`: matters beyond the child's schooling; `stop_all`: none at all."""

    open = fields.List(fields.Str(validate=validate.OneOf(wishes.CHANNELS)), load_default=list)
    other = fields.Str(load_default=None)
    stop_all = fields.Str(load_default=None)


class PointIn(Schema):
    """A new number or address; or `wrong`: that the one there is somebody else's."""

    channel = fields.Str(required=True, validate=validate.OneOf(GIVEN))
    address = fields.Str(load_default="", validate=validate.Length(max=254))
    wrong = fields.Str(load_default=None)


class WaysOut(Schema):
    """What is open now."""

    open = fields.List(fields.Str(), required=True)


def normal(channel: str, given: str) -> str | None:
    """A number in E.164, or an email address; None for what is neither."""
    if channel == "email":
        try:
            return str(validate.Email()(given.strip()))
        except ValidationError:
            return None
    try:
        number = phonenumbers.parse(given, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def masked(channel: str, address: str) -> str:
    """Enough to know it again, for whoever holds the link."""
    if channel == "push":
        return ""
    if channel == "email":
        name, _, domain = address.partition("@")
        return f"{name[:1]}…@{domain}"
    return f"… {address[-4:]}"


@api.get("/preferences/{token}", access=HOLDER, page=True)
def preferences_page(request: Request) -> Response:
    """What is open, what is not and why, and what the guardian has said so far."""
    return _show(request, {}, "")


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _show(request, errors, str(request.data.get("address") or ""))


def _show(request: Request, errors: dict[str, list[str]], address: str) -> Response:
    who = request.person_id
    with request.unit_of_work() as uow:
        known = people.guardians(uow.connection, [who])
        points = people.contact_points(uow.connection, known).get(who, {})
        barred = people.suppressions(uow.connection, [who]).get(who, {})
        wish = people.preferences(uow.connection, [who]).get(who)
        given = people.consents(uow.connection, [who]).get(who, {})
        children = [student for _, student in people.children_of(uow.connection, [who])]
        at = {row["school_id"] for row in people.students(uow.connection, children).values()}
        schools = people.schools(uow.connection, at)
        zone = zone_for(uow, tuple(sorted(at)))
        history = store.consent_history(uow.connection, who)
        language = language_of(uow, who) if who in known else request.locale
        more = request.ports.link(
            "/surveys/preferences", uow.district, who, purpose="preferences", resource=who, now=uow.now, language=language
        )
    settings = next((row["settings"] for row in schools.values()), {})
    hard = frozenset().union(*(ways for source, ways in barred.items() if source in HARD))
    stopped = _stopped(barred)
    other = given.get(("*", "other"))
    return page(
        "notifications/preferences.html",
        request,
        title=request.t("notifications.preferences"),
        token=request.params["token"],
        ways=[
            {
                "channel": channel,
                "address": masked(channel, points[channel]),
                "open": channel not in stopped,
                "closed": channel in hard,
            }
            for channel in wishes.CHANNELS
            if channel in points
        ],
        given=[(channel, request.t(f"channel.{channel}")) for channel in GIVEN],
        other=bool(other and other.given),
        language=language_name(language, request.locale),
        timezone=(wish["timezone"] if wish else None) or str(zone),
        quiet=(
            (wish["quiet_start"] if wish else None) or settings.get("quiet_start") or "",
            (wish["quiet_end"] if wish else None) or settings.get("quiet_end") or "",
        ),
        more=more,
        history=[
            {
                "when": on_the_clock(row["at"], zone, request.locale),
                "channel": "" if row["channel"] == "*" else row["channel"],
                "other": row["purpose"] == "other",
                "given": row["given"],
            }
            for row in history
            if not (row["purpose"] == "other" and row["channel"] != "*")  # the other half of the row beside it
        ],
        errors=errors,
        address=address,
        said=request.query.get("said") or "",
    )


@api.post("/preferences/{token}", access=HOLDER, body=WaysIn(), response=WaysOut(), status=201, idempotent=True, invalid=_again)
def change_ways(request: Request) -> Response:
    """Open and close channels; each change is kept with its time."""
    data, who = request.data, request.person_id
    evidence = new_id()
    with request.unit_of_work() as uow:
        there = _there(uow, who)
        wanted = set() if data["stop_all"] else set(data["open"])
        stopped = _stopped(people.suppressions(uow.connection, [who]).get(who, {}))
        closing = wishes.CHANNELS if data["stop_all"] else there
        for channel in closing:
            if channel not in wanted and channel not in stopped:
                wishes.stop(uow, [who], channel, source="page", evidence=evidence)
            elif channel in wanted and channel in stopped:
                wishes.start(uow, [who], channel, source="page", evidence=evidence)
        said = people.consents(uow.connection, [who]).get(who, {}).get(("*", "other"))
        other = bool(data["other"]) and not data["stop_all"]
        if other != bool(said and said.given):
            wishes.consent_to_other(uow, who, given=other, evidence=evidence)
    return json_response({"open": sorted(wanted)}, then=f"/notifications/preferences/{request.params['token']}?said=saved")


def _stopped(barred: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Channels that the guardian closed, in whatever way."""
    return frozenset().union(*(barred.get(source, frozenset()) for source in wishes.CLOSED_BY_GUARDIAN))


def _there(uow: UnitOfWork, who: str) -> list[str]:
    points: dict[str, Any] = people.contact_points(uow.connection, people.guardians(uow.connection, [who])).get(who, {})
    return [channel for channel in wishes.CHANNELS if channel in points]


@api.post(
    "/preferences/{token}/point",
    access=HOLDER,
    body=PointIn(),
    response=WaysOut(),
    status=201,
    idempotent=True,
    invalid=_again,
)
def correct_point(request: Request) -> Response:
    """A number or an address is wrong, or there is a new one: the office asks the family and puts it right."""
    data, who = request.data, request.person_id
    back = f"/notifications/preferences/{request.params['token']}"
    if data["wrong"]:
        with request.unit_of_work() as uow:
            wishes.wrong_number(uow, [who], data["channel"], evidence=new_id())
            there = _there(uow, who)
        return json_response({"open": there}, then=f"{back}?said=wrong")
    address = normal(data["channel"], data["address"])
    if address is None:
        if request.is_form:
            return _show(request, {"address": ["preferences.not_an_address"]}, data["address"])
        raise Problem(422, "NOT_AN_ADDRESS", "This is no telephone number or email address.",
                      remedy="Write the number with its area code, or the whole address.")  # fmt: skip
    with request.unit_of_work() as uow:
        wishes.correct(uow, who, data["channel"], address)
        there = _there(uow, who)
    return json_response({"open": there}, then=f"{back}?said=point")
