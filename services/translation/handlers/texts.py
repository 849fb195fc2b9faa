"""What translation does with what it hears; one set of queries per batch, however many texts are in it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from services.translation.catalogue import Wording, load
from services.translation.domain import memory
from services.translation.domain.languages import normal, same
from services.translation.domain.risk import EMERGENCY, OF_LAW, ROUTINE, Ruling, Tier, ruling
from services.translation.handlers import engines, review, voice
from services.translation.handlers.written_in import of_staff, written_in
from services.translation.ports import Ports
from services.translation.store import review as reviews
from services.translation.store import texts as store
from services.translation.store.glossary import glossary_of
from services.translation.translator import Outcome, Refusal, Request, Translation
from shared.clock import monotonic
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.observability.metrics import TRANSLATION_FALLBACK

ENGINE_SECONDS = 5.0  # per batch: the transaction is open meanwhile
SCHOOL_LANGUAGE = "en"


@dataclass(frozen=True)
class _Wanted:
    """One answer owed: to which event, for which request."""

    cause: Event
    request: Request
    ruling: Ruling = ROUTINE


def message_composed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A message's text, once in each language that somebody will read it in."""
    sources = [_source(event) for event in events]
    wanted = [
        _Wanted(
            event,
            Request(
                text_id=event.data["message_id"],
                version=event.data["content_version"],
                source=source,
                target=target,
                text=event.data["text"],
                catalogue_key=event.data["catalogue_key"],
                context=event.data["kind"],
                names=tuple(event.data["protected"]),
                needs_person=ruled.tier is Tier.ESSENTIAL,
            ),
            ruled,
        )
        for event, source in zip(events, sources, strict=True)
        for target, ruled in _ruled(ports, event, source).items()
    ]
    _answer(uow, ports, wanted)
    voice.said(uow, {event.data["message_id"] for event in events})


def reply_received(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """What a guardian wrote, in the school's language."""
    wanted = [
        _Wanted(
            event,
            Request(
                text_id=event.data["reply_id"],
                version=1,
                source=language,
                target=SCHOOL_LANGUAGE,
                text=event.data["text"],
            ),
        )
        for event, language in zip(events, written_in(uow, events), strict=True)
    ]
    _answer(uow, ports, wanted)


def words_written(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Words of a plan, a note or a promise, in the languages of those who read them: what a machine must not translate
    is said as it was written, and again when a person has been there.
    """
    sources = [_source(event) for event in events]
    rulings = [
        ruling(event.data["text"], kind="info", language=source) for event, source in zip(events, sources, strict=True)
    ]
    wanted = [
        _Wanted(
            event,
            Request(
                text_id=event.data["text_id"],
                version=1,
                source=source,
                target=target,
                text=event.data["text"],
                names=tuple(event.data["protected"]),
                needs_person=ruled.tier is Tier.ESSENTIAL,
            ),
            replace(ruled, waits=False),
        )
        for event, source, ruled in zip(events, sources, rulings, strict=True)
        for target in dict.fromkeys(event.data["targets"])
    ]
    _answer(uow, ports, wanted)


def _source(event: Event) -> str:
    """The language of an event's text; a wording of the catalogue is in the catalogue's."""
    declared = event.data["source_language"]
    return normal(declared) if event.data.get("catalogue_key") else of_staff(event.data["text"], declared)


def _ruled(ports: Ports, event: Event, source: str) -> dict[str, Ruling]:
    """The ruling of a message for each language that it is wanted in."""
    data, catalogue = event.data, ports.translator.catalogue
    key, kind, raised = data["catalogue_key"], data["kind"], data["risk"] == "high"
    if key is None:
        return dict.fromkeys(data["targets"], ruling(data["text"], kind=kind, language=source, raised=raised))
    if key in catalogue.essential:
        return dict.fromkeys(data["targets"], OF_LAW)
    english = catalogue.find(key, SCHOOL_LANGUAGE)
    written = ruling(None, kind=kind, language=source, raised=raised and kind != EMERGENCY)
    # what a language has no wording for is a text like any other, but it never waits: labels must not hold messages back
    other = replace(ruling(english.text if english else None, kind=kind, language=SCHOOL_LANGUAGE, raised=raised), waits=False)
    return {target: written if catalogue.find(key, target) else other for target in data["targets"]}


@dataclass(frozen=True)
class Approval:
    """A translation somebody stands for; `names` are kept as they are."""

    text: str
    translation: str
    source: str
    target: str
    names: tuple[str, ...] = ()


def approve(uow: UnitOfWork, approval: Approval, *, by: str, text_id: str | None = None) -> str:
    """Remember an approved translation; a text that waits for one goes out with it. The memory key (NotTheSame if it lost
    something; ReviewRefused if another person is at it).
    """
    entry = memory.remember(
        approval.text,
        approval.translation,
        names=approval.names,
        source=approval.source,
        target=approval.target,
    )
    waiting = reviews.open_of(uow.connection, text_id, approval.target) if text_id else []
    for key in waiting:  # which remembers it, after the second reader where two are wanted
        review.complete(uow, key, approval.translation, by=by, names=approval.names)
    if not waiting:
        store.remember(
            uow.connection, entry, source=approval.source, target=approval.target, approved_by=by, now=uow.now
        )
    return entry.key


def sign(uow: UnitOfWork, wordings: Sequence[Wording], *, by: str) -> None:
    """From now on these wordings of the catalogue count as approved; what waited for somebody to read one goes out."""
    store.sign(
        uow.connection,
        [
            {
                "key": wording.key,
                "language": wording.language,
                "version": wording.version,
                "approved_by": by,
                "approved_at": uow.now,
            }
            for wording in wordings
        ],
    )
    signed = {wording.key: wording for wording in wordings}
    for row in reviews.waiting_for_wordings(uow.connection, signed):
        if load().find(row["catalogue_key"], row["language"]) == signed[row["catalogue_key"]]:
            key = (row["text_id"], row["content_version"], row["language"])
            with suppress(review.ReviewRefused):  # another person is at it, or settled with one before it
                review.complete(uow, key, signed[row["catalogue_key"]].text, by=by)


def outcomes(uow: UnitOfWork, ports: Ports, requests: Sequence[Request]) -> list[Outcome]:
    """What there is for each request: memory and signatures asked for all of them at once."""
    translator = ports.translator
    agreed = engines.terms(uow)
    found = translator.translate(
        engines.without_names(uow, ports, requests, agreed.order),
        remembered=store.remembered(uow.connection, chain.from_iterable(map(translator.memory_keys, requests))),
        glossary=glossary_of(uow.connection),
        signed=store.signatures(uow.connection),
        deadline=monotonic() + ENGINE_SECONDS,
        order=agreed.order,
        budget=agreed.budget,
    )
    engines.settle(uow, agreed)
    return found


def _answer(uow: UnitOfWork, ports: Ports, wanted: Sequence[_Wanted]) -> None:
    """Translate what has not been translated before; say every text that was asked for."""
    known = store.versions(uow.connection, (each.request.text_id for each in wanted))
    fresh = {_key(each.request): each for each in wanted if _key(each.request) not in known}
    requests = [each.request for each in fresh.values()]
    made = dict(zip(fresh, outcomes(uow, ports, requests), strict=True))
    _save(uow, ports, fresh, made)
    waiting = _waiting(uow, wanted)
    district = review.rules(uow) if waiting else None
    for each in wanted:
        key = _key(each.request)
        if key in waiting:
            if key in known and district is not None:
                source, school = each.request.source, each.cause.school
                review.say_again(uow, waiting[key], source=source, school_id=school, cause=each.cause, district=district)
        elif key in known:
            withdrawn = each.ruling.waits and "needs_person" in known[key]["reasons"]  # its reader has; somebody calls
            if not withdrawn:
                _say(uow, each, dict(known[key]))
        elif isinstance(outcome := made[key], Refusal):
            _say_failed(uow, each, outcome)
        else:
            _say(uow, each, _version_row(uow, each.request, outcome))


def _save(
    uow: UnitOfWork,
    ports: Ports,
    fresh: dict[tuple[str, int, str], _Wanted],
    made: dict[tuple[str, int, str], Outcome],
) -> None:
    texts: dict[tuple[str, int], dict[str, Any]] = {}
    versions: list[dict[str, Any]] = []
    openings: list[review.Opening] = []
    for key, each in fresh.items():
        outcome, request = made[key], each.request
        if isinstance(outcome, Refusal):
            continue
        texts[key[:2]] = {
            "text_id": request.text_id,
            "content_version": request.version,
            "school_id": each.cause.school,
            "source_language": request.source,
            "text": ports.translator.text_of(request) or "",
            "catalogue_key": request.catalogue_key,
            "names": list(request.names),
            "context": request.context,
            "risk": str(each.ruling.tier),
            "created_at": uow.now,
        }
        versions.append(_version_row(uow, request, outcome))
        if outcome.labelled:
            reason = outcome.reasons[0] if outcome.reasons else "unknown"
            TRANSLATION_FALLBACK.labels(pair=f"{request.source}-{normal(request.target)}", reason=reason).inc()
        if (ground := _ground(each, outcome)) is not None:
            openings.append(
                review.Opening(key, request.source, each.cause.school, each.ruling, ground, cause=each.cause)
            )
    store.save_texts(uow.connection, list(texts.values()))
    store.save_versions(uow.connection, versions)
    if openings:
        review.open_(uow, openings)


def _key(request: Request) -> tuple[str, int, str]:
    return request.text_id, request.version, request.target


def _version_row(uow: UnitOfWork, request: Request, made: Translation) -> dict[str, Any]:
    return {
        "text_id": request.text_id,
        "content_version": request.version,
        "language": request.target,
        "text": made.text,
        "engine": made.engine,
        "machine": made.machine,
        "labelled": made.labelled,
        "approved_by": made.approved_by,
        "glossary_hits": made.glossary_hits,
        "checks": made.checks.as_dict(),
        "reasons": list(made.reasons),
        "made_at": uow.now,
    }


def _ground(each: _Wanted, outcome: Translation) -> str | None:
    """Why a person is to read it, if one is: nothing else would do, or it matters and no person has seen it."""
    if "needs_person" in outcome.reasons:
        return "essential"
    unread = outcome.approved_by is None and outcome.engine not in ("catalogue", "memory")
    translated = not same(each.request.source, each.request.target) and (outcome.machine or outcome.labelled)
    if each.ruling.tier is Tier.SENSITIVE and unread and translated:
        return "sensitive"
    if outcome.labelled and translated and each.request.catalogue_key is None:
        return "reply" if each.cause.type == "notifications.reply_received" else "untranslated"
    return None


def _waiting(uow: UnitOfWork, wanted: Sequence[_Wanted]) -> dict[reviews.Key, reviews.Row]:
    """What may not be said before a person has been there."""
    held = [_key(each.request) for each in wanted if each.ruling.waits]
    rows = reviews.of(uow.connection, held) if held else {}
    return {key: row for key, row in rows.items() if row["waits"] and row["closed_at"] is None}


def _say(uow: UnitOfWork, each: _Wanted, row: dict[str, Any]) -> None:
    uow.emit(
        "translation.text_translated",
        {
            "text_id": row["text_id"],
            "content_version": row["content_version"],
            "source": each.request.source,
            "target": row["language"],
            "text": row["text"],
            "engine": row["engine"],
            "machine": row["machine"],
            "labelled": row["labelled"],
            "approved_by": row["approved_by"],
            "glossary_hits": row["glossary_hits"],
            "checks": row["checks"],
        },
        school=each.cause.school,
        subject=row["text_id"],
        cause=each.cause,
        lane=each.cause.lane,
    )


def _say_failed(uow: UnitOfWork, each: _Wanted, refusal: Refusal) -> None:
    uow.emit(
        "translation.translation_failed",
        {
            "text_id": each.request.text_id,
            "content_version": each.request.version,
            "target": each.request.target,
            "reason": refusal.reason,
            "attempts": 1,
        },
        school=each.cause.school,
        subject=each.request.text_id,
        cause=each.cause,
        lane=each.cause.lane,
    )
