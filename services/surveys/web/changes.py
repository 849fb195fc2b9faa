"""What one response has changed, and the way to change it back: all that the holder of a survey's link may do afterwards.

A survey's link stands on printed forms, too, and those are found in school bags. So the receipt opens this response and
its own choices; everything else of the guardian (earlier answers, all wishes, the card) opens by a link that goes to the
guardian's own telephone or address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from services.surveys.domain.actions_barriers import Barrier
from services.surveys.domain.definition import Privacy
from services.surveys.domain.preferences import CHANNELS, FIELDS, LIVE_MODES, Preference, refused
from services.surveys.handlers import actions_barriers, own_page
from services.surveys.handlers.consequences import change_boundary, change_preference
from services.surveys.handlers.life import Opening, open_assignment
from services.surveys.ports import RECEIPT
from services.surveys.schemas import PreferencesIn
from services.surveys.store import actions as noted
from services.surveys.store import pages, people
from services.surveys.web.guardian_answers import answers_page
from services.surveys.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, link, not_found, page, redirect
from shared.web.problems import invalid

HOLDER = link(RECEIPT, single_use=False)


class ChangesIn(PreferencesIn):
    """As on the page of preferences, but only what the response has set; `lift`: what no longer stands in the way."""

    lift = fields.List(fields.Str(validate=validate.OneOf([each.value for each in Barrier])), load_default=list)


@api.get("/changes/{token}", access=HOLDER, page=True)
def changes_page(request: Request) -> Response:
    """The choices of this response as they stand now."""
    return _show(request)


def _wrong(request: Request, errors: dict[str, list[str]]) -> Response:
    return _show(request, wrong=sorted(errors))


@api.post("/changes/{token}", access=HOLDER, body=ChangesIn(), invalid=_wrong)
def change_back(request: Request) -> Response:
    """Change what this response has set; what it did not touch is refused (JSON) or not read (a form)."""
    with request.unit_of_work() as uow:
        opening = _opened(uow, request)
        made = _made(opening)
        who = opening.assignment.guardian_id
        _only(request, made)
        changes = _changes(request, made, people.preference(uow.connection, who))
        if wrong := refused(changes):
            if request.is_form:
                return _show(request, wrong=sorted(wrong))
            raise invalid({name: [text] for name, text in wrong.items()})
        if changes:
            change_preference(uow, who, changes)
        if request.is_form or "boundaries" in request.data:
            for scope in made.get("boundary", ()):
                change_boundary(uow, who, scope, active=scope in request.data.get("boundaries", ()))
        lifted = {each: False for each in request.data["lift"] if each in made.get("barrier", ())}
        if lifted:
            actions_barriers.change(uow, {who: lifted}, source="guardian")
    return json_response({"changed": sorted(made)}, then=f"{_here(request)}&saved=1")


@api.get("/changes/{token}/answers", access=HOLDER)
def answers_of_this(request: Request) -> Response:
    """What was said in this response; no other."""
    with request.reading() as uow:
        opening = _opened(uow, request)
        who, known = opening.assignment.guardian_id, opening.assignment.assignment_id
        rows = pages.answered_by(uow.connection, who, assignment_id=known)
        return answers_page(uow, request, rows, guardian_id=who, back=_here(request))


@api.post("/changes/{token}/send", access=HOLDER)
def send_own_page(request: Request) -> Response:
    """The link to everything of this guardian, sent to where they are written to; once a day, however often it is pressed."""
    with request.unit_of_work() as uow:
        opening = _opened(uow, request)
        if not _nameless(opening):
            own_page.send(uow, request.ports, opening.assignment, language=request.locale)
    return redirect(f"{_here(request)}&sent=1#more")


def _opened(uow: UnitOfWork, request: Request) -> Opening:
    assert request.link is not None  # the access rule is `link`
    opening = open_assignment(uow, request.link.resource)
    if opening is None or opening.receipt is None or opening.assignment.guardian_id != request.link.subject_id:
        raise not_found("response")
    return opening


def _nameless(opening: Opening) -> bool:
    """Of an anonymous survey: when its reader asked for a link would tell when they have answered."""
    return opening.survey.identified is Privacy.ANONYMOUS


def _made(opening: Opening) -> dict[str, set[str]]:
    """What the response has set, by the receipt's word for it: preferences, boundaries, barriers."""
    found: dict[str, set[str]] = {}
    for line in opening.receipt.lines if opening.receipt else ():
        if line["effect"] in (*FIELDS, "boundary", "barrier"):
            found.setdefault(line["effect"], set()).add(line["value"])
    return found


def _only(request: Request, made: Mapping[str, set[str]]) -> None:
    """Problem 422 for a wish that this response has nothing to do with; a form's own fields are made from `made`."""
    if request.is_form:
        return
    given = {"channel_order" if name == "first_channel" else name for name in request.data} - {"lift", "boundaries"}
    given |= {"boundary"} if request.data.get("boundaries") else set()
    foreign = given - set(made)
    if foreign:
        raise invalid({name: ["This response has not set it; use the link to your own page."] for name in foreign})


def _changes(request: Request, made: Mapping[str, set[str]], before: Preference) -> dict[str, Any]:
    mine = [name for name in FIELDS if name in made]
    given = {name: request.data.get(name) for name in mine if request.is_form or name in request.data}
    if (
        "channel_order" in mine
        and "channel_order" not in request.data
        and (request.is_form or "first_channel" in request.data)
    ):
        first = request.data.get("first_channel")
        order = before.channel_order or CHANNELS
        given["channel_order"] = [first, *(each for each in order if each != first)] if first else []
    return given


def _show(request: Request, wrong: list[str] | None = None) -> Response:
    with request.unit_of_work() as uow:
        opening = _opened(uow, request)
        who = opening.assignment.guardian_id
        kept = people.stated(uow.connection, [who])[who]
        limits = people.boundaries(uow.connection, [who]).get(who, set())
        standing = set(noted.standing(uow.connection, [who]).get(who, ()))
    made = _made(opening)
    nameless = _nameless(opening)
    base = f"/surveys/changes/{request.params['token']}"
    return page(
        "surveys/changes.html",
        request,
        title=request.t("changes.title"),
        status=422 if wrong else 200,
        kept=kept,
        first=kept.channel_order[0] if kept.channel_order else "",
        fields=[name for name in FIELDS if name in made],
        limits=[(scope, request.t(f"prefs.{scope}")) for scope in sorted(made.get("boundary", ()))],
        standing=limits,
        barriers=[(each, request.t(f"barrier.{each}")) for each in sorted(made.get("barrier", set()) & standing)],
        channels=[(channel, request.t(f"channel.{channel}")) for channel in CHANNELS],
        modes=[(mode, request.t(f"mode.{mode}")) for mode in LIVE_MODES],
        wrong=wrong or [],
        said=None if nameless else f"{base}/answers?lang={request.locale}",
        send=None if nameless else f"{base}/send?lang={request.locale}",
        phone=(opening.settings or {}).get("office_phone"),
        saved="saved" in request.query,
        sent="sent" in request.query,
    )


def _here(request: Request) -> str:
    return f"/surveys/changes/{request.params['token']}?lang={request.locale}"
