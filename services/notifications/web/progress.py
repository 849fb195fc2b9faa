"""How far a send has come, by channel; taking it back; calling whom nothing has reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from services.notifications.domain.audience import channel_of
from services.notifications.domain.cap import Status
from services.notifications.handlers import emergency, paper, recalling
from services.notifications.store import broadcasts, messages
from services.notifications.store import emergency as store
from services.notifications.web.announce import ANNOUNCERS
from services.notifications.web.announcement import LEADS, LONGEST
from services.notifications.web.paper import OFFICE, language_name
from services.notifications.web.routes import api, full_name, on_the_clock, zone_for
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, not_found, page, redirect

SHOWN = 50  # names on a page
MOST = 500  # calls that are asked for at once
# the states of the ledger as whoever looks at a send reads them; a copy for a number that is used already is no delivery
PLACE = {
    "planned": "waiting", "due": "waiting", "sending": "waiting", "held": "waiting", "letter": "waiting", "sent": "accepted",
    "delivered": "delivered", "unknown": "doubtful", "failed": "failed", "expired": "stopped", "recalled": "stopped",
    "refused": "not_sent",
}  # fmt: skip
PLACES = ("waiting", "accepted", "delivered", "doubtful", "failed", "stopped", "not_sent")


class RecallIn(Schema):
    """`text`: what those who have it already should know; empty: the standard words."""

    text = fields.Str(load_default=None, validate=validate.Length(1, LONGEST))


def _sent(uow: UnitOfWork, request: Request) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """A send and its message, for its sender and for the offices of its schools."""
    message_id = str(request.params["message_id"])
    sent = broadcasts.broadcast(uow.connection, message_id)
    message = messages.messages(uow.connection, [message_id]).get(message_id)
    if sent is None or message is None or not concerns(request, sent):
        raise not_found("announcement")
    return sent, message


def concerns(request: Request, sent: Mapping[str, Any]) -> bool:
    """Whether the reader sent it, or keeps the office of a school it went to."""
    if sent["sender_id"] == request.person_id or request.role == "administrator":
        return True
    return request.role in LEADS and bool(set(sent["school_ids"]) & set(request.schools))


@api.get("/emergency/{message_id}", access=ANNOUNCERS, page=True)
def progress_page(request: Request) -> Response:
    """By channel: accepted, delivered, failed; whom nothing has reached yet; undo, recall, call."""
    with request.unit_of_work() as uow:
        sent, message = _sent(uow, request)
        zone = zone_for(uow, (sent["school_id"] or "",))
        table = _by_channel(request, broadcasts.tally(uow.connection, sent["message_id"]))
        planned, reached = broadcasts.people_counts(uow.connection, sent["message_id"])
        alarms = [row for row in store.alarms_of(uow.connection, sent["message_id"]) if row["settled_at"] is None]
        missing = _missing(uow, request, sent)
        correction = broadcasts.correction_of(uow.connection, sent["message_id"])
        now = uow.now
    for row in missing:
        request.audit("view_contact", row["guardian_id"], "allowed", record_type="guardian")
    recalled, over = message["recalled_at"] is not None, message["expires_at"] is not None and message["expires_at"] <= now
    return page(
        "notifications/progress.html",
        request,
        title=message["title"] or request.t("notifications.progress"),
        id=sent["message_id"],
        text=(message["text"] or "").removeprefix(f"{message['title']}\n\n"),
        language=message["source_language"],
        sent=sent,
        drill=sent["status"] != Status.ACTUAL,
        starts=on_the_clock(sent["start_at"], zone, request.locale),
        ends=on_the_clock(message["expires_at"], zone, request.locale),
        undoable=not recalled and sent["start_at"] > now,
        seconds=max(int((sent["start_at"] - now).total_seconds()), 0),
        recallable=not recalled and sent["start_at"] <= now,
        recalled=on_the_clock(message["recalled_at"], zone, request.locale) if recalled else "",
        correction=correction,
        over=over and not recalled,
        places=PLACES,
        table=table,
        planned=planned,
        reached=reached,
        alarms=[
            request.t(
                f"alerts.fault.{row['fault']}",
                planned=row["planned"],
                accepted=row["accepted"],
                channels=", ".join(request.t(f"channel.{name}") for name in row["channels"]) or "—",
            )
            for row in alarms
        ],
        missing=[(full_name(row), language_name(row["language"], request.locale)) for row in missing[:SHOWN]],
        more=max(len(missing) - SHOWN, 0),
        leads=request.role in LEADS,
    )


def _by_channel(request: Request, rows: list[Mapping[str, Any]]) -> list[tuple[str, list[int]]]:
    """(channel, counts in the order of `PLACES`); the page is not a way of reaching anybody by itself, so it comes last."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        place = PLACE.get(row["state"])
        if place is None:
            continue
        channel = row["channel"] or channel_of(row["way"]) or ("letter" if row["state"] == "letter" else "")
        here = found.setdefault(channel, dict.fromkeys(PLACES, 0))
        here[place] += row["count"]
    order = sorted(found, key=lambda name: (name == "page", name == "", name))
    label = {name: request.t(f"channel.{name}") if name else request.t("progress.undecided") for name in order}
    return [(label[name], [found[name][place] for place in PLACES]) for name in order]


def _missing(uow: UnitOfWork, request: Request, sent: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Whom nothing has reached, for the office; who may not be contacted is not among them."""
    if request.role not in LEADS or sent["start_at"] > uow.now or sent["status"] != Status.ACTUAL:
        return []
    rows = broadcasts.unreached(uow.connection, sent["message_id"], limit=MOST)
    refused = paper.refusals(uow, [row["delivery_id"] for row in rows])
    barred = {known for known, why in refused.items() if why not in ("expired", "recalled")}
    return [row for row in rows if row["delivery_id"] not in barred]


@api.post("/emergency/{message_id}/recall", access=ANNOUNCERS, body=RecallIn(), idempotent=True)
def recall_sent(request: Request) -> Response:
    """What has not left stays here; whoever has it gets a correction. Before its start this undoes it."""
    with request.unit_of_work() as uow:
        sent, _ = _sent(uow, request)
        recalling.recall(uow, request.ports, sent["message_id"], by=request.person_id, text=request.data["text"])
    return redirect(f"/notifications/emergency/{sent['message_id']}")


@api.post("/emergency/{message_id}/calls", access=OFFICE, idempotent=True)
def call_missing(request: Request) -> Response:
    """A person calls whom nothing has reached: they go on the call list of their school."""
    with request.unit_of_work() as uow:
        sent, message = _sent(uow, request)
        rows = _missing(uow, request, sent)
        emergency.call(uow, rows, by=request.person_id, say=message["text"] or "")
    return redirect("/notifications/calls")
