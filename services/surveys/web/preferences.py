"""A guardian's own page: how they are reached, and the boundaries that only they can undo."""

from __future__ import annotations

from typing import Any

from services.surveys.domain.effects import Scope
from services.surveys.domain.preferences import CHANNELS, LIVE_MODES, Preference, refused
from services.surveys.handlers.consequences import change_boundary, change_preference
from services.surveys.ports import PREFERENCES
from services.surveys.schemas import PreferencesIn, PreferencesOut
from services.surveys.store import people
from services.surveys.web.routes import api
from shared.web import Request, Response, guardian, json_response, link, page
from shared.web.problems import invalid

_FORM = ("contacts_per_month", "live_mode", "available_after", "quiet_start", "quiet_end")


@api.get("/preferences/{token}", access=link(PREFERENCES, single_use=False), page=True)
def preferences_page(request: Request) -> Response:
    """What the school keeps about reaching this guardian."""
    return _show(request)


@api.get("/preferences", access=guardian(), page=True)
def own_preferences_page(request: Request) -> Response:
    """The same page for a guardian who has signed in."""
    return _show(request)


def _wrong(request: Request, errors: dict[str, list[str]]) -> Response:
    return _show(request, wrong=sorted(errors))


@api.post(
    "/preferences/{token}",
    access=link(PREFERENCES, single_use=False),
    body=PreferencesIn(),
    response=PreferencesOut(),
    invalid=_wrong,
)
def change_preferences(request: Request) -> Response:
    """Change preferences and boundaries."""
    return _change(request, f"/surveys/preferences/{request.params['token']}?lang={request.locale}&saved=1")


@api.post("/preferences", access=guardian(), body=PreferencesIn(), response=PreferencesOut(), invalid=_wrong)
def change_own_preferences(request: Request) -> Response:
    """The same for a guardian who has signed in."""
    return _change(request, "/surveys/preferences?saved=1")


def _change(request: Request, then: str) -> Response:
    guardian_id = request.person_id
    with request.unit_of_work() as uow:
        before = people.preference(uow.connection, guardian_id)
        changes = _changes(request, before)
        wrong = refused(changes)
        if wrong and request.is_form:
            return _show(request, wrong=sorted(wrong))
        if wrong:
            raise invalid({name: [text] for name, text in wrong.items()})
        after = change_preference(uow, guardian_id, changes)
        if request.is_form or "boundaries" in request.data:
            for scope in Scope:
                wanted = scope in request.data.get("boundaries", ())
                change_boundary(uow, guardian_id, scope.value, active=wanted)
        limits = people.boundaries(uow.connection, [guardian_id]).get(guardian_id, set())
    return json_response({**after.plain(), "boundaries": sorted(limits)}, then=then)


def _changes(request: Request, before: Preference) -> dict[str, Any]:
    given = {name: value for name, value in request.data.items() if name not in ("boundaries", "first_channel")}
    if request.is_form:
        given = {name: request.data.get(name) for name in _FORM}
    first = request.data.get("first_channel")
    if first:
        order = before.channel_order or CHANNELS
        given["channel_order"] = [first, *(channel for channel in order if channel != first)]
    elif request.is_form:
        given["channel_order"] = []
    return given


def _show(request: Request, wrong: list[str] | None = None) -> Response:
    with request.unit_of_work() as uow:
        kept = people.preference(uow.connection, request.person_id)
        limits = people.boundaries(uow.connection, [request.person_id]).get(request.person_id, set())
    token = request.params.get("token")  # without one the guardian has signed in
    return page(
        "surveys/preferences.html",
        request,
        title=request.t("prefs.title"),
        status=422 if wrong else 200,
        kept=kept,
        first=kept.channel_order[0] if kept.channel_order else "",
        limits=limits,
        channels=[(channel, request.t(f"channel.{channel}")) for channel in CHANNELS],
        modes=[(mode, request.t(f"mode.{mode}")) for mode in LIVE_MODES],
        wrong=wrong or [],
        card=request.raw.path.replace("/preferences", "/card", 1),
        earlier=f"/surveys/preferences/{token}/answers?lang={request.locale}" if token else None,
        saved="saved" in request.query,
    )
