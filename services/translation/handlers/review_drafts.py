"""A machine's draft for a person who is to translate: beside the text, for the reader alone, never sent by itself."""

from __future__ import annotations

from collections.abc import Sequence

from services.translation.handlers import texts
from services.translation.ports import Ports
from services.translation.store import review as store
from services.translation.translator import Request, Translation
from shared.messaging.uow import DueItem, UnitOfWork


def review_draft(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Whatever an engine makes of it, with what the checks say; nothing where there is no engine for the pair."""
    keys: list[store.Key] = [(item.data["text_id"], item.data["version"], item.data["language"]) for item in items]
    rows, sources = store.of(uow.connection, keys), store.texts(uow.connection, (key[0] for key in keys))
    wanted = [
        key for key in keys if key in rows and rows[key]["closed_at"] is None and rows[key]["draft"] is None and key[:2] in sources
    ]
    requests = [
        Request(
            text_id=key[0],
            version=key[1],
            source=sources[key[:2]]["source_language"],
            target=key[2],
            text=sources[key[:2]]["text"],
            catalogue_key=sources[key[:2]]["catalogue_key"],
            names=tuple(sources[key[:2]]["names"]),
        )
        for key in wanted
    ]
    for key, made in zip(wanted, texts.outcomes(uow, ports, requests), strict=True):
        if isinstance(made, Translation) and not made.labelled:
            values = {"draft": made.text, "draft_engine": made.engine, "draft_checks": made.checks.as_dict()}
            store.change(uow.connection, key, values)
