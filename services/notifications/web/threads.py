"""Conversations with families, as staff see them: who waits, what both sides wrote, and the box to answer in."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.notifications.domain.wording import fill, locale_of
from services.notifications.handlers import answering
from services.notifications.handlers.listening import language_of
from services.notifications.handlers.rendering import shown
from services.notifications.store import concerns as clocks
from services.notifications.store import conversation as talk
from services.notifications.store import people, threads
from services.notifications.store.reviews import WAITS
from services.notifications.web.routes import WRITERS, api, author, full_name, on_the_clock, zone_for
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, not_found, page, redirect
from shared.web.problems import Problem

LONGEST = 4000
BY_SCHOOL = frozenset({"office", "principal"})
THREADS = "/notifications/threads"
# the ledger's word → what the sender is told
STATES = {"planned": "coming", "due": "coming", "sending": "coming", "sent": "sent", "delivered": "delivered",
          "held": "held", "letter": "letter", "unknown": "unknown", "failed": "failed"}  # fmt: skip


class AnswerIn(Schema):
    """An answer to a family; `concern_ids`: the concerns that it answers."""

    text = fields.Str(load_default="")
    source_language = fields.Str(load_default=None, validate=validate.Length(min=2, max=35))
    concern_ids = fields.List(fields.Str(validate=validate.Length(max=255)), load_default=list)

    @validates_schema
    def words(self, data: Mapping[str, Any], **_: Any) -> None:
        """Something, and not a book."""
        if not str(data.get("text") or "").strip():
            raise ValidationError("thread.words_empty", "text")
        if len(data["text"]) > LONGEST:
            raise ValidationError("thread.words_long", "text")


class AnswerOut(Schema):
    """Whether the answer is on its way."""

    sent = fields.Bool(required=True)


_SIGNED = re.compile(r"https?://\S+/[\w.-]{40,}\S*")  # a link that ends in a token


def language_name(tag: str, reader: str) -> str:
    """A language's name as the reader writes it; the tag where there is none."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(locale_of(reader)) or tag
    except (UnknownLocaleError, ValueError):
        return tag


@dataclass(frozen=True)
class Entry:
    """One thing somebody wrote; `original` only where it differs from `text`."""

    ours: bool
    at: datetime
    when: str
    who: str
    channel: str
    state: str
    children: str
    text: str = field(repr=False)
    language: str
    original: str = field(repr=False)
    source: str
    files: tuple[str, ...] = ()
    call_back: bool = False


@api.get("/threads", access=WRITERS, page=True, nav="notifications.threads")
def threads_page(request: Request) -> Response:
    """Conversations of the reader's families: who waits longest first."""
    with request.unit_of_work() as uow:
        rows = _mine(uow, request)
        zone = zone_for(uow, request.schools)
        owners = people.staff(uow.connection, {row["owner_id"] for row in rows})
        now = uow.now
    return page(
        "notifications/threads.html",
        request,
        title=request.t("notifications.threads"),
        threads=[
            {
                "guardian_id": row["guardian_id"],
                "name": full_name(row),
                "language": row["language"],
                "owner": full_name(owners[row["owner_id"]]) if row["owner_id"] in owners else "",
                "mine": row["owner_id"] == request.person_id,
                "open": not row["answered"],
                "late": not row["answered"] and row["due_at"] <= now,
                "due": on_the_clock(row["due_at"], zone, request.locale),
                "last": on_the_clock(row["last_words_at"], zone, request.locale),
                "shared": bool(row["shared_with"]) and not row["answered"],
            }
            for row in rows
        ],
        office=request.role in BY_SCHOOL | {"administrator"},
    )


def _mine(uow: UnitOfWork, request: Request) -> list[talk.Row]:
    if request.role == "administrator":
        return talk.threads_of(uow.connection, uow.now)
    if request.role in BY_SCHOOL:
        return talk.threads_of(uow.connection, uow.now, school_ids=request.schools)
    return talk.threads_of(uow.connection, uow.now, taught_by=request.person_id)


def _sight(uow: UnitOfWork, request: Request, guardian_id: str) -> tuple[str, ...]:
    """The children this reader may see; the look is logged for each, and refused where there is none."""
    if guardian_id not in people.guardians(uow.connection, [guardian_id]):
        raise not_found("thread")
    seen = answering.sight(uow, author(request), guardian_id)
    for student, decision in seen.decisions.items():
        if decision.allowed or not seen.children:
            request.require(decision, action="view", subject=student)
    if not seen.children:
        raise not_found("thread")
    return seen.children


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _page(request, errors, str(request.data.get("text") or ""))


@api.get("/threads/{guardian_id}", access=WRITERS, page=True)
def thread_page(request: Request) -> Response:
    """Both sides, original and translation side by side, newest first; and the box to answer in."""
    return _page(request, {}, "")


def _page(request: Request, errors: dict[str, list[str]], text: str) -> Response:
    guardian_id = str(request.params["guardian_id"])
    with request.unit_of_work() as uow:
        children = _sight(uow, request, guardian_id)
        known = people.guardians(uow.connection, [guardian_id])[guardian_id]
        enrolled = people.students(uow.connection, children)
        zone = zone_for(uow, tuple(row["school_id"] for row in enrolled.values()))
        entries, waits = _entries(uow, request, guardian_id, children, zone)
        thread = talk.thread(uow.connection, guardian_id)
        spoken = language_of(uow, guardian_id)
        open_concerns = [row for row in clocks.open_clocks(uow.connection, [guardian_id]) if row["student_id"] in children]
    return page(
        "notifications/thread.html",
        request,
        title=request.t("thread.with", guardian=full_name(known)),
        guardian_id=guardian_id,
        language=language_name(spoken, request.locale),
        students=[(student, enrolled[student]["given_name"]) for student in children if student in enrolled],
        entries=entries,
        waits=on_the_clock(waits, zone, request.locale),
        due=on_the_clock(thread["due_at"], zone, request.locale) if thread and thread["answered_at"] is None else "",
        shared=bool(thread and thread["shared_with"]),
        concerns=[
            (
                row["concern_id"],
                enrolled[row["student_id"]]["given_name"] if row["student_id"] in enrolled else "",
                on_the_clock(row["due_at"], zone, request.locale),
            )
            for row in open_concerns
            if row["answered_at"] is None
        ],
        asked=any(row["answered_at"] is not None for row in open_concerns),
        errors=errors,
        text=text,
        said=request.query.get("said") or "",
    )


def _entries(
    uow: UnitOfWork, request: Request, guardian_id: str, children: Collection[str], zone: ZoneInfo
) -> tuple[list[Entry], datetime | None]:
    """The conversation as this reader may see it, and from when on there is more (None: there is no more)."""
    ours = [
        row
        for row in threads.from_school(uow.connection, guardian_id)
        if row["students"] and set(row["students"]) <= set(children)
    ]
    home = [
        row
        for row in threads.from_home(uow.connection, guardian_id)
        if not row["students"] or set(row["students"]) & set(children)
    ]
    early = request.role not in BY_SCHOOL | {"administrator"}
    later = [row["shown_from"] for row in home if early and row["shown_from"] and row["shown_from"] > uow.now]
    told = [row for row in home if not (early and row["shown_from"] and row["shown_from"] > uow.now)]
    named = people.students(uow.connection, {student for row in (*ours, *told) for student in row["students"] or ()})
    senders = people.staff(uow.connection, (row["sender_id"] for row in ours))
    schools = people.schools(uow.connection, (row["school_id"] for row in ours))
    read = _Reader(request, zone, named, senders, schools)
    entries = [*(read.ours(row) for row in ours), *(read.theirs(row) for row in told)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True), min(later, default=None)


@dataclass(frozen=True)
class _Reader:
    request: Request
    zone: ZoneInfo
    students: Mapping[str, people.Row]
    senders: Mapping[str, people.Row]
    schools: Mapping[str, people.Row]

    def _children(self, ids: Collection[str] | None) -> str:
        return ", ".join(self.students[i]["given_name"] for i in ids or () if i in self.students)

    def _when(self, instant: datetime) -> str:
        return on_the_clock(instant, self.zone, self.request.locale)

    def ours(self, row: talk.Row) -> Entry:
        sender = self.senders.get(row["sender_id"] or "")
        school = self.schools.get(row["school_id"] or "")
        at = row["sent_at"] or row["created_at"]
        params = {**row["params"], "link": "…"}
        original = fill(row["original"] or "", params, language=row["source_language"], zone=self.zone)
        text = fill(row["text"] or "", params, language=row["language"], zone=self.zone)
        text = text or shown(row, school=school["name"] if school else "")
        same = row["source_language"] == row["language"]
        return Entry(
            True, at, self._when(at), full_name(sender) if sender else self.request.t("thread.by_itself"),
            row["channel"] or "", self._state(row), self._children(row["students"]),
            text=self._told(original or text), language=row["source_language"] if original else row["language"],
            original="" if same or not original else self._told(text), source=row["language"],
        )  # fmt: skip

    def _told(self, text: str) -> str:
        """Without the family's own links: whoever has one is taken for them."""
        return _SIGNED.sub("…", text)

    def _state(self, row: talk.Row) -> str:
        if row["opened_at"] is not None:
            word = "played" if row["opened_how"] == "played" else "read"
            return self.request.t(f"thread.state_{word}", when=self._when(row["opened_at"]))
        if row["state"] == "held" and row["reason"] == WAITS:
            return self.request.t("thread.state_waits")
        word = STATES.get(row["state"], "unknown")
        until = row["due_at"] if word == "held" else row["delivered_at"] if word == "delivered" else row["sent_at"]
        return self.request.t(f"thread.state_{word}", when=self._when(until) if until else "")

    def theirs(self, row: talk.Row) -> Entry:
        translated = row["english"] if row["english"] and row["english"] != row["text"] else None
        return Entry(
            False, row["received_at"], self._when(row["received_at"]), self.request.t("thread.from_home"),
            row["channel"], "", self._children(row["students"]),
            text=translated or row["text"], language="en" if translated else row["language"],
            original=row["text"] if translated else "", source=row["language"],
            files=tuple(row["files"] or ()), call_back=bool(row["call_back"]),
        )  # fmt: skip


@api.post(
    "/threads/{guardian_id}/answer",
    access=WRITERS,
    body=AnswerIn(),
    response=AnswerOut(),
    status=201,
    idempotent=True,
    invalid=_again,
)
def answer_family(request: Request) -> Response:
    """Answer a family: it goes out translated, by the way and at the hour that suit them."""
    guardian_id = str(request.params["guardian_id"])
    with request.unit_of_work() as uow:
        children = _sight(uow, request, guardian_id)
        sent = answering.answer(
            uow,
            request.ports,
            author(request),
            guardian_id,
            text=request.data["text"].strip(),
            language=request.data["source_language"] or (request.session.language if request.session else "en"),
            children=children,
            concern_ids=request.data["concern_ids"],
        )
    return json_response({"sent": sent}, then=f"{THREADS}/{guardian_id}?said={'sent' if sent else 'not_sent'}")


@api.post("/threads/{guardian_id}/share", access=WRITERS)
def share_thread(request: Request) -> Response:
    """The office helps with this conversation."""
    guardian_id = str(request.params["guardian_id"])
    with request.unit_of_work() as uow:
        _sight(uow, request, guardian_id)
        shared = answering.share(uow, guardian_id)
    if not shared:
        raise Problem(409, "NOT_SHARED", "Nothing waits here, or the school has no office in the roster.",
                      remedy="Answer it here, or ask the office to be listed in the roster.")  # fmt: skip
    return redirect(f"{THREADS}/{guardian_id}?said=shared")
