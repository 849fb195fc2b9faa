"""The queue of what a person reads, and the page on which they do: both texts, what changed, and what helps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_datetime

from services.translation.domain.languages import base, normal
from services.translation.domain.languages import name as language_name
from services.translation.domain.memory import NotTheSame
from services.translation.domain.risk_diff import changes
from services.translation.handlers import review as handlers
from services.translation.handlers import review_helps as helps
from services.translation.schemas_review import DoneIn, DoneOut, QueueOut, QueueQuery, ReviewOut
from services.translation.store import review as store
from services.translation.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, conflict, forbidden, json_response, not_found, page, public, redirect, staff
from shared.web.problems import invalid

QUEUE = "/translation/review"
LATELY = timedelta(days=90)
SCRIPT = Path(__file__).parent.parent / "static" / "review.js"
# whoever the district names as a reader may be a teacher; who may do what is asked of `_Desk`
STAFF = staff("interpreter", "office", "administrator", "principal", "counselor", "teacher", "aide")
_OVERSEES = frozenset({"interpreter", "office", "administrator", "principal"})
_OF_ALL_SCHOOLS = frozenset({"interpreter", "administrator"})
_WHY = {
    "gone": ("It is done already.", "Look at the queue for what is left."),
    "held": ("Somebody else is working on it.", "Take another one, or ask them to give it back."),
    "same_reader": ("You read it first; another person reads it now.", "Leave it to a second reader."),
}


@dataclass(frozen=True)
class _Desk:
    """What the caller may see and do."""

    request: Request
    rules: handlers.Rules

    def reads(self, row: Mapping[str, Any]) -> bool:
        return self.request.person_id in self.rules.readers(row["school_id"], row["source_language"], row["language"])

    def sees(self, row: Mapping[str, Any]) -> bool:
        if self.reads(row):
            return True
        everywhere = self.request.role in _OF_ALL_SCHOOLS
        return self.request.role in _OVERSEES and (everywhere or row["school_id"] in self.request.schools)


@api.get("/review", access=STAFF, query=QueueQuery(), response=QueueOut())
def queue(request: Request) -> Response:
    """What waits, the soonest due first: what the caller may read, or with `all` what they may see."""
    with request.unit_of_work() as uow:
        desk = _Desk(request, handlers.rules(uow))
        seen = [kind for kind in store.kinds(uow.connection) if desk.sees(kind)]
        mine = [kind for kind in seen if desk.reads(kind)]
        asked = seen if request.query["all"] or (not mine and request.role != "interpreter") else mine
        shown = store.queue(uow.connection, of=asked)
        people = store.staff(uow.connection)
        unread = _unread(uow, desk) if request.role in _OVERSEES else []
        now = uow.now
    for row in shown:
        request.audit("view", row["text_id"], "allowed", record_type="text")
    if not request.wants_html:
        return json_response({"waiting": shown, "unread": unread})
    return page(
        "translation/review_queue.html",
        request,
        title=request.t("review.title"),
        waiting=[{**row, "late": row["due_at"] <= now, "mine": desk.reads(row)} for row in shown],
        hidden=sum(kind["number"] for kind in seen) - sum(kind["number"] for kind in asked),
        unread=unread,
        who=_names(people),
        when=_clock(request, desk),
        name=lambda tag: language_name(tag, reader=request.locale),
        oversees=request.role in _OVERSEES,
    )


@api.get("/review/history", access=STAFF, page=True)
def history(request: Request) -> Response:
    """What was read lately, by whom, and what they changed."""
    with request.unit_of_work() as uow:
        desk = _Desk(request, handlers.rules(uow))
        lately = store.kinds(uow.connection, closed_since=uow.now - LATELY)
        rows = store.history(uow.connection, of=[kind for kind in lately if desk.sees(kind)])
        people = store.staff(uow.connection)
    for row in rows:
        request.audit("view", row["text_id"], "allowed", record_type="text")
    return page(
        "translation/review_history.html",
        request,
        title=request.t("review.history"),
        rows=rows,
        who=_names(people),
        when=_clock(request, desk),
        name=lambda tag: language_name(tag, reader=request.locale),
    )


@api.get("/review/keys.js", access=public("a script without anybody's data"))
def script(request: Request) -> Response:
    """Keys for those who read all day; everything works without them."""
    return Response(200, SCRIPT.read_bytes(), "text/javascript; charset=utf-8", (("Cache-Control", "no-cache"),))


@api.get("/review/{text_id}/{version}/{language}", access=STAFF, response=ReviewOut())
def one(request: Request) -> Response:
    """A text beside its translation, with what helps; every step so far for whoever audits it."""
    with request.unit_of_work() as uow:
        return _page(request, uow, given=None, errors={})


@api.post("/review/{text_id}/{version}/{language}/check", access=STAFF, body=DoneIn())
def check(request: Request) -> Response:
    """The page again with what the checks say to the words as they stand; nothing is kept."""
    with request.unit_of_work() as uow:
        return _page(request, uow, given=request.data["text"], errors={})


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    with request.unit_of_work() as uow:
        return _page(request, uow, given=str(request.data.get("text") or ""), errors=errors)


@api.post(
    "/review/{text_id}/{version}/{language}", access=STAFF, body=DoneIn(), response=DoneOut(), idempotent=True, invalid=_again
)
def done(request: Request) -> Response:
    """These words go out and are remembered; where two readers are wanted, after the second."""
    with request.unit_of_work() as uow:
        key = _key(request)
        _reading(request, uow, key)
        try:
            made = handlers.complete(uow, key, request.data["text"], by=request.person_id, sure=request.data["sure"])
        except handlers.ReviewRefused as refused:
            raise _refused(refused) from None
        except NotTheSame as missing:
            kinds = ", ".join(request.t(f"review.kind.{kind}") for kind in str(missing).split(", "))
            problem = request.t("review.missing", kinds=kinds)
            if request.is_form:
                return _page(request, uow, given=request.data["text"], errors={"text": [problem]}, unsure=True)
            raise invalid({"text": [problem]}) from None
    answer = {"decision": made.decision, "edited": made.edited, "second": made.second, "remembered": made.remembered}
    return json_response(answer, then=f"{QUEUE}?said={'second' if made.second else 'done'}")


@api.post("/review/{text_id}/{version}/{language}/claim", access=STAFF)
def claim(request: Request) -> Response:
    """Nobody else works on it meanwhile."""
    return _act(request, handlers.claim, stay=True)


@api.post("/review/{text_id}/{version}/{language}/release", access=STAFF)
def release(request: Request) -> Response:
    """Back to the queue."""
    return _act(request, handlers.release)


@api.post("/review/{text_id}/{version}/{language}/withdraw", access=STAFF)
def withdraw(request: Request) -> Response:
    """It goes to nobody in this language: its sender calls the families with an interpreter."""
    return _act(request, handlers.withdraw)


def _act(request: Request, act: Any, *, stay: bool = False) -> Response:
    key = _key(request)
    with request.unit_of_work() as uow:
        _reading(request, uow, key)
        try:
            act(uow, key, by=request.person_id)
        except handlers.ReviewRefused as refused:
            raise _refused(refused) from None
    return redirect(f"{QUEUE}/{key[0]}/{key[1]}/{key[2]}" if stay else f"{QUEUE}?said=done")


def _page(
    request: Request, uow: UnitOfWork, *, given: str | None, errors: dict[str, list[str]], unsure: bool = False
) -> Response:
    key = _key(request)
    row, desk = _seen(request, uow, key)
    source = store.texts(uow.connection, [key[0]])[key[0], key[1]]
    version = store.version(uow.connection, key)
    went = version["text"] if version and not row["waits"] and not version["labelled"] else None
    before = row["first_text"] or row["draft"] or went or ""
    text = given if given is not None else row["proposal"] or before
    near = helps.near(uow, source, key[2])
    exact = next((each.target for each in near if each.percent == 100), "")
    steps = store.steps_of(uow.connection, key[0])
    found = {
        "review": row,
        "source": source,
        "text": text,
        "before": before,
        "went": went,
        "pieces_kept": helps.pieces(source, key[2]),
        "near": near,
        "terms": helps.terms(uow, source, key[2], translation=text),
        "spots": helps.spots(source, text, key[2]),
        "steps": [step for step in steps if step["language"] == key[2]],
    }
    if not request.wants_html:
        return json_response({**found, "readers": desk.rules.readers(source["school_id"], source["source_language"], key[2])})
    reader = desk.reads(_with_text(row, source))
    return page(
        "translation/review.html",
        request,
        title=request.t("review.one", language=language_name(key[2], reader=request.locale)),
        **found,
        exact=exact,
        pieces=changes(before, text) if before and text != before else [],
        proposed=changes(went or "", row["proposal"]) if row["proposal"] and went else [],
        path=f"{QUEUE}/{key[0]}/{key[1]}/{key[2]}",
        reader=reader and row["closed_at"] is None,
        held=row["claimed_by"] not in (None, request.person_id),
        mine=row["claimed_by"] == request.person_id,
        phone=desk.rules.phone(source["school_id"]),
        late=row["due_at"] <= uow.now,
        errors=errors,
        unsure=unsure,
        who=_names(store.staff(uow.connection)),
        when=_clock(request, desk),
        school=source["school_id"],
        name=lambda tag: language_name(tag, reader=request.locale),
    )


def _key(request: Request) -> store.Key:
    version = str(request.params["version"])
    if not version.isascii() or not version.isdigit() or len(version) > 9:
        raise not_found("text")
    return str(request.params["text_id"]), int(version), str(request.params["language"])


def _seen(request: Request, uow: UnitOfWork, key: store.Key) -> tuple[store.Row, _Desk]:
    """The review, with the look in the audit log; 404 where there is none, 403 where it is not the caller's to see."""
    row = store.of(uow.connection, [key]).get(key)
    source = store.texts(uow.connection, [key[0]]).get(key[:2])
    if row is None or source is None:
        raise not_found("text")
    desk = _Desk(request, handlers.rules(uow))
    allowed = desk.sees(_with_text(row, source))
    request.audit("view", key[0], "allowed" if allowed else "denied", record_type="text", rule="own_school")
    if not allowed:
        raise forbidden("This text is not yours to read.", rule="own_school")
    return row, desk


def _reading(request: Request, uow: UnitOfWork, key: store.Key) -> None:
    """403 unless the district lets the caller read this language."""
    row, desk = _seen(request, uow, key)
    source = store.texts(uow.connection, [key[0]])[key[0], key[1]]
    if not desk.reads(_with_text(row, source)):
        raise forbidden("The district names others as readers of this language.", rule="reader")


def _with_text(row: store.Row, source: store.Row) -> dict[str, Any]:
    return {**row, "school_id": source["school_id"], "source_language": source["source_language"]}


def _refused(refused: handlers.ReviewRefused) -> Exception:
    message, remedy = _WHY[refused.code]
    return conflict(message, code=f"REVIEW_{refused.code.upper()}", remedy=remedy)


def _unread(uow: UnitOfWork, desk: _Desk) -> list[dict[str, Any]]:
    """Languages of families that nobody here reads, with whom to call; two where the district wants two and has one."""
    spoken: Counter[str] = Counter()
    for language, count in store.spoken(uow.connection).items():
        spoken[normal(language)] += count
    found = []
    schools: Sequence[str | None] = sorted(desk.rules.readings) or [None]
    for language, guardians in spoken.most_common():
        readers = {reader for school in schools for reader in desk.rules.readers(school, "en", language)}
        two = any(desk.rules.of(school).needs_two(language, "essential") for school in schools)
        if base(language) != "en" and len(readers) < (2 if two else 1):
            phone = next(filter(None, map(desk.rules.phone, schools)), None)
            found.append({"language": language, "guardians": guardians, "readers": len(readers), "phone": phone})
    return found


def _clock(request: Request, desk: _Desk) -> Callable[[datetime, str | None], str]:
    """A moment on a school's wall clock, as the caller writes it."""
    locale = Locale.parse(request.locale, sep="-")
    return lambda moment, school_id: format_datetime(
        moment.astimezone(desk.rules.zone(school_id)), "EEE d MMM y, HH:mm", locale=locale
    )


def _names(people: Mapping[str, store.Row]) -> Any:
    """A person's name for their id; families are not named here."""
    return lambda staff_id: (
        f"{people[staff_id]['given_name']} {people[staff_id]['family_name']}" if staff_id in people else ""
    )
