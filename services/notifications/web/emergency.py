"""How far a send has come, taking it back, calling whom nothing reached; approvals, alarms and alerts from outside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from services.notifications.domain.audience import channel_of
from services.notifications.domain.blast import confirmed
from services.notifications.domain.cap import Status
from services.notifications.handlers import alerts_in, announcing, approving, emergency, paper, recalling
from services.notifications.store import emergency as store
from services.notifications.store import messages, people
from services.notifications.web import announce
from services.notifications.web.announce import ANNOUNCERS, LEADS
from services.notifications.web.paper import OFFICE, language_name
from services.notifications.web.routes import api, author, full_name, on_the_clock, zone_for
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, not_found, page, redirect

RECENT = timedelta(days=30)
SHOWN = 50  # names on a page
MOST = 500  # calls that are asked for at once
# the states of the ledger as whoever looks at a send reads them; a copy for a number that is used already is no delivery
PLACE = {
    "planned": "waiting", "due": "waiting", "sending": "waiting", "held": "waiting", "letter": "waiting", "sent": "accepted",
    "delivered": "delivered", "unknown": "doubtful", "failed": "failed", "expired": "stopped", "recalled": "stopped",
    "refused": "not_sent",
}  # fmt: skip
PLACES = ("waiting", "accepted", "delivered", "doubtful", "failed", "stopped", "not_sent")


class ListQuery(Schema):
    asked = fields.Bool(load_default=False)


class RecallIn(Schema):
    """`text`: what those who have it already should know; empty: the standard words."""

    text = fields.Str(load_default=None, validate=validate.Length(1, announce.LONGEST))


class DecisionIn(Schema):
    decision = fields.Str(required=True, validate=validate.OneOf(("approve", "decline")))


class CapIn(Schema):
    decision = fields.Str(required=True, validate=validate.OneOf(("send", "dismiss")))
    confirm = fields.Str(load_default=None, validate=validate.Length(max=20))


def _own(request: Request) -> tuple[str, ...] | None:
    return None if request.role == "administrator" else request.schools


def _sent(uow: UnitOfWork, request: Request) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """A send and its message, for its sender and for the offices of its schools."""
    message_id = str(request.params["message_id"])
    sent = store.broadcast(uow.connection, message_id)
    message = messages.messages(uow.connection, [message_id]).get(message_id)
    if sent is None or message is None or not _concerns(request, sent):
        raise not_found("announcement")
    return sent, message


def _concerns(request: Request, sent: Mapping[str, Any]) -> bool:
    if sent["sender_id"] == request.person_id or request.role == "administrator":
        return True
    return request.role in LEADS and bool(set(sent["school_ids"]) & set(request.schools))


@api.get("/emergency", access=OFFICE, query=ListQuery(), page=True, nav="notifications.alerts")
def alerts_page(request: Request) -> Response:
    """What needs a decision, what was raised, and the sends of the last month."""
    own = _own(request)
    with request.unit_of_work() as uow:
        zone = zone_for(uow, request.schools)
        alarms = store.open_alarms(uow.connection, own)
        waiting = approving.open_to(uow, author(request))
        received = [
            row
            for row in store.caps_received(uow.connection, since=uow.now - RECENT)
            if own is None or set(own) & set(row["school_ids"])
        ]
        sends = [row for row in store.recent(uow.connection, since=uow.now - RECENT) if _concerns(request, row)]
        names = people.staff(uow.connection, (row["asked_by"] for row in waiting))
        titles = messages.messages(uow.connection, (row["message_id"] for row in alarms))
        birds = store.last_canaries(uow.connection, own)
        schools = store.all_schools(uow.connection)
        counts = {row["key"]: alerts_in.size(uow, row) for row in received if row["state"] == "draft"}

    def clock(moment: Any) -> str:
        return on_the_clock(moment, zone, request.locale)

    return page(
        "notifications/alerts.html",
        request,
        title=request.t("notifications.alerts"),
        asked=request.query["asked"],
        alarms=[
            {
                "id": row["alarm_id"],
                "message_id": row["message_id"],
                "about": (titles[row["message_id"]]["title"] if row["message_id"] in titles else "") or "",
                "canary": row["fault"] == "canary",
                "text": request.t(
                    f"alerts.fault.{row['fault']}",
                    planned=row["planned"],
                    accepted=row["accepted"],
                    channels=", ".join(request.t(f"channel.{name}") for name in row["channels"]) or "—",
                ),
                "when": clock(row["raised_at"]),
            }
            for row in alarms
        ],
        waiting=[
            {
                "id": row["approval_id"],
                "who": full_name(names[row["asked_by"]]) if row["asked_by"] in names else "",
                "title": row["what"]["title"],
                "text": row["what"]["text"],
                "why": request.t(f"announce.unusual.{row['why']}", count=row["guardians"]),
                "until": clock(row["ends_at"]),
                "own": row["asked_by"] == request.person_id,
            }
            for row in waiting
        ],
        received=[
            {
                "id": row["key"],
                "sender": row["sender"],
                "headline": row["headline"],
                "text": row["text"],
                "language": row["language"],
                "draft": row["state"] == "draft" and row["expires_at"] > request.now,
                "drill": row["status"] != Status.ACTUAL,
                "state": request.t(f"alerts.cap.{row['state']}"),
                "status": row["status"],
                "when": clock(row["received_at"]),
                "until": clock(row["expires_at"]),
                "count": counts.get(row["key"], 0),
                "message_id": row["message_id"],
            }
            for row in received
        ],
        sends=[
            {
                "id": row["message_id"],
                "title": row["title"] or "—",
                "when": clock(row["start_at"]),
                "count": row["guardians"],
                "emergency": row["emergency"],
                "drill": row["status"] != Status.ACTUAL,
                "recalled": row["recalled_at"] is not None,
            }
            for row in sends
        ],
        canaries=[
            {
                "school": schools.get(row["school_id"], ""),
                "when": clock(row["sent_at"]),
                "missing": ", ".join(request.t(f"channel.{name}") for name in row["missing"] or ()),
            }
            for row in birds
        ],
        feed=_feed(request),
    )


def _feed(request: Request) -> str:
    """The address of the district's alerts for machines (CAP), to be given to whoever passes them on."""
    return alerts_in.feed_link(request.ports, request.district, now=request.now)


@api.get("/emergency/{message_id}", access=ANNOUNCERS, page=True)
def progress_page(request: Request) -> Response:
    """By channel: accepted, delivered, failed; whom nothing has reached yet; undo, recall, call."""
    with request.unit_of_work() as uow:
        sent, message = _sent(uow, request)
        zone = zone_for(uow, (sent["school_id"] or "",))
        table = _by_channel(request, store.tally(uow.connection, sent["message_id"]))
        planned, reached = store.people_counts(uow.connection, sent["message_id"])
        alarms = [row for row in store.alarms_of(uow.connection, sent["message_id"]) if row["settled_at"] is None]
        missing = _missing(uow, request, sent)
        correction = store.correction_of(uow.connection, sent["message_id"])
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
    rows = store.unreached(uow.connection, sent["message_id"], limit=MOST)
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


@api.post("/emergency/alarms/{alarm_id}/done", access=OFFICE)
def alarm_done(request: Request) -> Response:
    """Somebody has seen to it."""
    with request.unit_of_work() as uow:
        known = emergency.settle_alarm(uow, str(request.params["alarm_id"]), by=request.person_id, schools=_own(request))
    if not known:
        raise not_found("alarm")
    return redirect("/notifications/emergency")


@api.post("/emergency/approvals/{approval_id}", access=OFFICE, body=DecisionIn(), idempotent=True)
def decide_approval(request: Request) -> Response:
    """A second person says yes or no to an unusual audience; it must be somebody else, who may speak to it too."""
    with request.unit_of_work() as uow:
        asked = approving.waiting(uow, str(request.params["approval_id"]))
        if asked is None:
            raise not_found("approval")
        if request.data["decision"] == "decline":
            approving.decline(uow, asked, by=request.person_id)
            return redirect("/notifications/emergency")
        what = announce.of_form(
            uow, asked["what"], emergency.author_of(asked["what"]["author"]), language=asked["what"]["source_language"]
        )
        decision = announcing.may_announce(uow, author(request), what.audience, safety=False)
        request.require(decision, action="contact", subject=what.school_id or "", record_type="school")
        request.require(
            approving.another(asked, request.person_id), action="contact", subject=what.school_id or "", record_type="school"
        )
        message_id = approving.approve(uow, request.ports, asked, what, by=request.person_id)
    return redirect(f"/notifications/emergency/{message_id}")


@api.post("/emergency/cap/{key}", access=OFFICE, body=CapIn(), idempotent=True)
def decide_cap(request: Request) -> Response:
    """An alert from outside goes to families when a person has typed how many they are."""
    with request.unit_of_work() as uow:
        row = store.cap_received(uow.connection, str(request.params["key"]))
        own = _own(request)
        if row is None or (own is not None and not set(own) & set(row["school_ids"])) or row["state"] != "draft":
            raise not_found("alert")
        if request.data["decision"] == "dismiss":
            store.decide_cap(uow.connection, row["key"], "dismissed", by=request.person_id, now=uow.now)
            return redirect("/notifications/emergency")
        what = alerts_in.announcement(row)
        decision = announcing.may_announce(uow, author(request), what.audience, safety=True)
        request.require(decision, action="contact", subject=what.school_id or "", record_type="school")
        if row["expires_at"] <= uow.now or not confirmed(request.data["confirm"], alerts_in.size(uow, row)):
            return redirect("/notifications/emergency")
        message_id = alerts_in.pass_on(uow, request.ports, row, author(request), decided_by=request.person_id)
    return redirect(f"/notifications/emergency/{message_id}")
