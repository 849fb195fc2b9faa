"""Who or what translated a message, as its reader is told, and the way to a person who looks at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate

from services.notifications.handlers import reviews
from services.notifications.store import reviews as store
from services.notifications.web.routes import api, on_the_clock
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, link, not_found

INBOX = link("inbox", single_use=False)
LONGEST = 4000


class PersonIn(Schema):
    """Which message, and, if the reader knows it, what it should say."""

    delivery_id = fields.Str(required=True, validate=validate.Length(min=1, max=255))
    proposal = fields.Str(load_default="", validate=validate.Length(max=LONGEST))


class PersonOut(Schema):
    """A person has been asked."""

    asked = fields.Bool(required=True)


@api.post("/inbox/{token}/person", access=INBOX, body=PersonIn(), response=PersonOut(), status=201, idempotent=True)
def ask_person(request: Request) -> Response:
    """A person is to look at this translation; the family hears by when, and what came of it."""
    with request.unit_of_work() as uow:
        asked = reviews.ask_person(
            uow,
            request.person_id,
            via="page",
            delivery_id=request.data["delivery_id"],
            proposal=request.data["proposal"].strip() or None,
        )
    if not asked:
        raise not_found("message")
    return json_response({"asked": True}, then=f"/notifications/inbox/{request.params['token']}?said=person")


def told(request: Request, uow: UnitOfWork, rows: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> dict[str, dict[str, str]]:
    """By delivery: `made`, a line about its translation (empty: nobody translated it), and `ask`, for the way to a person."""
    found = store.provenance(uow.connection, ((row["message_id"], row["content_version"], row["language"]) for row in rows))
    return {
        row["delivery_id"]: _made(request, row, found.get((row["message_id"], row["content_version"], row["language"])), zone)
        for row in rows
    }


def _made(request: Request, row: Mapping[str, Any], text: Mapping[str, Any] | None, zone: ZoneInfo) -> dict[str, str]:
    if text is None or row["source_language"] == row["language"] or not text["engine"]:
        return {"made": "", "ask": ""}
    engine = str(text["engine"])
    if text["labelled"]:
        kind = "source"
    elif text["machine"]:
        kind = "draft" if engine == "catalogue" else "machine"
    else:
        kind = "person"
    when = on_the_clock(text["told_at"], zone, request.locale)
    return {"made": request.t(f"inbox.made_{kind}", engine=engine, when=when), "ask": row["delivery_id"]}
