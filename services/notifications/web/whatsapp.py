"""Calls from WhatsApp, each signed by Meta over its raw body; what is not signed changes nothing and is counted."""

from __future__ import annotations

import hmac
from collections import defaultdict
from typing import Any

from services.notifications.channels.whatsapp import signed
from services.notifications.channels.whatsapp_calls import Words, statuses_in, words_in
from services.notifications.domain.inbound import Inbound, Told
from services.notifications.handlers import listening, receipts
from services.notifications.store import providers
from services.notifications.web import intake
from services.notifications.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.observability.metrics import CALLBACKS_REFUSED
from shared.web import Request, Response, provider
from shared.web.body import parse_json

LARGEST = 256 * 1024  # Meta gathers up to a thousand updates in one call
PATH = "/webhooks/whatsapp"


def verify(request: Request) -> str | None:
    """The district that the address names, else the one its statuses name, else the cell's only one."""
    given = request.header("X-Hub-Signature-256")
    if not any(signed(secret, request.raw_body, given) for secret in request.ports.secrets("whatsapp", "app_secret")):
        CALLBACKS_REFUSED.labels("whatsapp").inc()
        return None
    return _district(request)


def _district(request: Request) -> str | None:
    districts: tuple[str, ...] = request.ports.districts
    named: str | None = request.raw.get_param("district")
    if named is None and len(districts) == 1:
        return districts[0]
    if named is None:
        statuses = statuses_in(parse_json(request.raw_body), now=request.now)
        named = next((status.district for status in statuses if status.district), None)
    return named if named in districts else None


def knows_token(request: Request) -> str | None:
    """Meta proves once that it calls us at our wish (hub.verify_token); any district of the cell will do."""
    given = (request.raw.get_param("hub.verify_token") or "").encode()
    tokens = request.ports.secrets("whatsapp", "verify_token")
    known = any(hmac.compare_digest(token.encode(), given) for token in tokens)
    if not known or request.raw.get_param("hub.mode") != "subscribe":
        CALLBACKS_REFUSED.labels("whatsapp").inc()
        return None
    districts: tuple[str, ...] = request.ports.districts
    return districts[0] if districts else None


@api.get(PATH, access=provider(knows_token))
def whatsapp_challenge(request: Request) -> Response:
    """The answer to Meta's question whether this address is ours."""
    return Response(200, (request.raw.get_param("hub.challenge") or "").encode(), "text/plain; charset=utf-8")


@api.post(PATH, access=provider(verify), max_body=LARGEST)
def whatsapp_calls(request: Request) -> Response:
    """Words from families, and what became of ours."""
    payload = parse_json(request.raw_body)
    words = words_in(payload)
    if words:
        with request.unit_of_work() as uow:
            _hear(uow, request.ports, words)
    by_district: dict[str, list[Told]] = defaultdict(list)
    for status in statuses_in(payload, now=request.now):
        mine = status.district if status.district in request.ports.districts else request.district
        by_district[mine or request.district].append(status.told)
    for district, told in by_district.items():
        _keep(request, district, told)
    return Response(200, b"{}", "application/json")


def _hear(uow: UnitOfWork, ports: Any, words: list[Words]) -> None:
    """One family's words after the other's, in the order they were written."""
    quoted = [said.answers for said in words if said.answers]
    answered = {row["provider_ref"]: row["delivery_id"] for row in providers.spoken_of(uow.connection, (), quoted)}
    for said in words:
        inbound = Inbound(
            "whatsapp",
            said.message_id,
            said.text,
            uow.now,
            sender=said.sender,
            delivery_id=answered.get(said.answers or ""),
            files=said.files,
        )
        listening.received(uow, ports, inbound)


def _keep(request: Request, district: str, told: list[Told]) -> None:
    """A call may gather what several districts of the cell sent with one number."""
    if district == request.district:
        intake.keep(request, told)
        return
    with request.site.runtime.unit_of_work(request.api.service, district) as uow:
        receipts.take_in(uow, told)
