"""Operations: how the providers' accounts do, what is switched off, and what a person must look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate

from services.notifications.channels.registry import CHANNELS
from services.notifications.handlers import failover
from services.notifications.store import healing
from services.notifications.store import providers as store
from services.notifications.web.routes import api, on_the_clock, zone_for
from shared.web import Request, Response, not_found, page, redirect, staff

OPERATORS = staff("administrator")
HOUR, OVERDUE = timedelta(hours=1), timedelta(minutes=15)
SHOWN = 50
NOTHING = dict.fromkeys(store.COUNTED, 0)


@dataclass(frozen=True)
class Line:
    """One account: its share of the traffic in per cent, its last hour, and how it does in words."""

    channel: str
    account: str
    weight: int
    hour: Mapping[str, Any]
    state: str
    fine: bool


class ChannelIn(Schema):
    channel = fields.Str(required=True, validate=validate.OneOf(CHANNELS))


@api.get("/providers", access=OPERATORS, page=True, nav="notifications.providers")
def providers(request: Request) -> Response:
    """Accounts by channel, channels that are switched off, deliveries in doubt and without a receipt."""
    with request.unit_of_work() as uow:
        zone = zone_for(uow, request.schools)
        hours = {
            (row["channel"], row["account"]): row for row in store.counts_by_channel(uow.connection, uow.now - HOUR)
        }
        known = {(row["channel"], row["account"]): row for row in store.all_health(uow.connection)}
        lines = [
            _line(
                request, channel, name, weight=weight, zone=zone,
                known=known.get((channel, name), {}), hour=hours.get((channel, name), NOTHING),
            )
            for channel in request.ports.accounts
            for name, weight in failover.standing(uow, request.ports, channel).items()
        ]  # fmt: skip
        notices = [_notice(request, row, zone) for row in store.breakers(uow.connection).values() if row["warned_at"]]
        doubt = healing.in_doubt(uow.connection, limit=SHOWN)
        silent = healing.silent(uow.connection, limit=SHOWN)
        waiting, overdue = store.words_waiting(uow.connection), healing.overdue(uow.connection, uow.now - OVERDUE)
    return page(
        "notifications/providers.html",
        request,
        title=request.t("notifications.providers"),
        lines=lines,
        notices=notices,
        doubt=[(row, on_the_clock(row["created_at"], zone, request.locale)) for row in doubt],
        silent=[(row, on_the_clock(row["since"], zone, request.locale)) for row in silent],
        waiting=waiting,
        overdue=overdue,
    )


@api.post("/providers/reset", access=OPERATORS, body=ChannelIn())
def channel_reset(request: Request) -> Response:
    """A channel that bounces had switched off goes on again."""
    with request.unit_of_work() as uow:
        if not failover.reset(uow, request.data["channel"], request.person_id):
            raise not_found("switched-off channel")
    return redirect("/notifications/providers")


def _line(
    request: Request,
    channel: str,
    name: str,
    *,
    weight: int,
    zone: ZoneInfo,
    known: Mapping[str, Any],
    hour: Mapping[str, Any],
) -> Line:
    rest = failover.resting_of(request.ports, channel)[name]
    down, why = known.get("down_since"), known.get("why")
    if down is not None:
        state = request.t("providers.down", since=on_the_clock(down, zone, request.locale))
    elif weight < rest and why:
        state = request.t("providers.lowered", why=request.t(f"providers.why.{why}"))
    else:
        state = request.t("providers.fine")
    fine = down is None and weight >= rest
    return Line(channel, name, weight, hour, state, fine)


def _notice(request: Request, row: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """A channel near the limit, or beyond it: then with a button."""
    off = row["opened_at"] is not None
    said = {"channel": request.t(f"channel.{row['channel']}"), "bounced": row["bounced"], "sent": row["sent"]}
    since = on_the_clock(row["opened_at"], zone, request.locale)
    text = request.t("providers.off", since=since, **said) if off else request.t("providers.warn", **said)
    return {"text": text, "off": off, "channel": row["channel"]}
