"""What was held goes when its time comes; what waited for the monthly limit goes together, one digest a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from services.notifications.domain.wording import fill
from services.notifications.handlers import grounds, phrases, planning, rendering
from services.notifications.ports import Ports
from services.notifications.store import messages
from shared.messaging.uow import DueItem, UnitOfWork


def delivery_due(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Decide anew: a restriction may have come, another message may have gone; what is tried again only needs a wake."""
    rows = [
        row
        for row in messages.deliveries(uow.connection, (item.key for item in items))
        if row["state"] == "held" and row["due_at"] is not None and row["due_at"] <= uow.now
    ]
    planning.place(uow, ports, [row for row in rows if row["reason"] != "cap"])
    planning.place(uow, ports, _digests(uow, ports, [row for row in rows if row["reason"] == "cap"]), digest=True)
    uow.wake()


def _digests(uow: UnitOfWork, ports: Ports, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per person that tells all of theirs; the others are marked as merged into it."""
    if not rows:
        return []
    facts = grounds.ground(uow, rows)
    anew = planning.announced_anew(uow, ports, [row for row in rows if row["lane"] != messages.PERSONAL], facts)
    texts = messages.texts(uow.connection, [phrases.PHRASES[phrases.DIGEST]])
    by_person: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_person[row["recipient_id"]].append(row)
    merged: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    entries: list[tuple[str, str, str]] = []
    for members in by_person.values():
        told = [r for r in members if grounds.refusal(uow, r, facts, grounds.weight_of(r, facts)) is None]
        first = (told or members)[0]
        intro = texts.get((phrases.PHRASES[phrases.DIGEST], first["language"]))
        school = facts.schools.get(first["school_id"] or "")
        heading = fill(
            (intro["text"] if intro else None) or "",
            {"school": school["name"] if school else ""},
            language=first["language"],
            zone=rendering.zone_of(first, facts.preferences, facts.schools),
        )
        # an order may have come while it waited: an announcement tells only of the children it may tell of now
        parts = [anew.get(r["delivery_id"], (r["body"], r["students"])) for r in told]
        body = "\n\n".join(filter(None, [heading, *(part for part, _ in parts)]))
        students = list(dict.fromkeys(student for _, about in parts for student in about)) or first["students"]
        merged.append({**first, "body": body, "students": students})
        for row in members:
            if row is first:
                continue
            refused = row not in told
            state, reason = ("refused", "restriction") if refused else ("merged", "digest")
            changes.append({"b_id": row["delivery_id"], "state": state, "reason": reason, "due_at": None})
            entries.append((row["delivery_id"], state, reason if refused else f"into {first['delivery_id']}"))
    messages.change(uow.connection, changes)
    messages.change(uow.connection, [{"b_id": row["delivery_id"], "students": row["students"]} for row in merged])
    messages.trace(uow.connection, entries, uow.now)
    return merged
