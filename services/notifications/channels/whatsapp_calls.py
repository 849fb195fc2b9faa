"""What Meta calls back with: words from families, and what became of ours (Cloud API webhooks, "messages" field)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.notifications.channels.whatsapp import failure
from services.notifications.domain.inbound import Told

STATES = {"sent": "sent", "delivered": "delivered", "read": "opened", "played": "opened", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class Words:
    """A message from a family. `answers`: Meta's name for the message of ours it quotes; `files`: kinds, never bytes."""

    message_id: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    answers: str | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """A word on a delivery of ours, and the district that its own data names (None: it names none)."""

    district: str | None
    told: Told


def words_in(payload: Any) -> list[Words]:
    """Every message in the call; what is not shaped like one is left out."""
    return [said for value in _values(payload) for one in _list(value, "messages") if (said := _words(one)) is not None]


def statuses_in(payload: Any, *, now: datetime) -> list[Status]:
    """Every status in the call; a word that we know nothing to do with is left out."""
    found = (_status(one, now) for value in _values(payload) for one in _list(value, "statuses"))
    return [status for status in found if status is not None]


def _values(payload: Any) -> Iterator[Mapping[str, Any]]:
    for entry in _list(payload, "entry"):
        for change in _list(entry, "changes"):
            value = change.get("value")
            if isinstance(value, dict):
                yield value


def _list(holder: Any, name: str) -> list[Mapping[str, Any]]:
    given = holder.get(name) if isinstance(holder, dict) else None
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def _part(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    given = holder.get(name)
    return given if isinstance(given, dict) else {}


def _words(one: Mapping[str, Any]) -> Words | None:
    sender, message_id, kind = one.get("from"), one.get("id"), str(one.get("type") or "")
    if not sender or not message_id or kind in ("reaction", "system"):
        return None
    of_kind = _part(one, kind)
    pressed = _part(of_kind, str(of_kind.get("type") or ""))  # an interactive message's button or line
    text = of_kind.get("body") if kind == "text" else of_kind.get("text") or of_kind.get("caption") or pressed.get("title")
    files = () if kind in ("text", "button", "interactive") else (str(of_kind.get("mime_type") or kind or "file"),)
    answers = _part(one, "context").get("id")
    return Words(
        str(message_id), f"+{str(sender).lstrip('+')}", _plain(text), str(answers) if answers else None, files
    )


def _status(one: Mapping[str, Any], now: datetime) -> Status | None:
    ref, word = one.get("id"), str(one.get("status") or "")
    state = STATES.get(word)
    if not ref or state is None:
        return None
    district, _, delivery_id = str(one.get("biz_opaque_callback_data") or "").rpartition("/")
    error = next((e.get("code") for e in _list(one, "errors") if isinstance(e.get("code"), int)), None)
    refusal = failure(error) if error is not None else None
    failed = state == "failed"
    told = Told(
        channel="whatsapp",
        key=f"{ref}:{word}",
        state=state,
        at=_at(one.get("timestamp"), now),
        delivery_id=delivery_id or None,
        provider_ref=str(ref),
        code=(refusal.code if refusal else "whatsapp_failed") if failed else None,
        permanent=refusal.permanent if refusal else True,
        how={"opened": "played" if word == "played" else "read"}.get(state),
    )
    return Status(district or None, told)


def _at(given: Any, now: datetime) -> datetime:
    """Their clock, in seconds; ours where theirs says nothing or runs ahead."""
    text = str(given or "")
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        return now
    return min(now, datetime.fromtimestamp(int(text), UTC))


def _plain(text: Any) -> str:
    """PostgreSQL keeps every character but this one."""
    return str(text or "").replace("\0", "")
