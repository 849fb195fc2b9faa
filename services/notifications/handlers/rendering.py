"""What a delivery says: the text of its language with this person's names, labels and links around it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from services.notifications.channels.port import Content
from services.notifications.domain.wording import family_form, fill, hours
from services.notifications.handlers import phrases
from services.notifications.ports import Ports
from services.notifications.store import conversation, messages, people
from shared.language.bidi import isolated, right_to_left
from shared.messaging.uow import UnitOfWork

INBOX = "/notifications/inbox"
_SAID = frozenset(
    {"quiet_hours", "cap", "restriction", "no_channel", "suppressed", "no_consent", "expired", "recalled"}
)
# words that came translated, inside a catalogue text; a person's own need no label
_OF_WORDS = {"machine": phrases.MACHINE, "source": phrases.SOURCE, "person": None}
_ANNOUNCED_SLOT = re.compile(r"\{(children|guardian|link)\}")


@dataclass(frozen=True, slots=True)
class Body:
    """`extra` is put before it when it goes beyond the family's limit."""

    text: str = field(repr=False)
    extra: str

    def finished(self, *, over_cap: bool) -> str:
        return f"{self.extra}: {self.text}" if over_cap and self.extra else self.text


def zone_of(
    row: Mapping[str, Any], preferences: Mapping[str, people.Row], schools: Mapping[str, people.Row]
) -> ZoneInfo:
    """The guardian's own time zone, else the school's, else UTC."""
    wish = preferences.get(row["recipient_id"])
    school = schools.get(row["school_id"] or "")
    return ZoneInfo((wish["timezone"] if wish else None) or (school["timezone"] if school else None) or "UTC")


def school_zone(school: people.Row | None) -> ZoneInfo:
    """The school's zone; UTC before its settings have arrived."""
    return ZoneInfo(school["timezone"] if school else "UTC")


def bodies(
    uow: UnitOfWork,
    ports: Ports,
    rows: Sequence[Mapping[str, Any]],
    *,
    about: Mapping[str, people.Row],
    preferences: Mapping[str, people.Row],
    schools: Mapping[str, people.Row],
) -> dict[str, Body]:
    """By delivery; a delivery whose text cannot be had is not in it. `about`: the messages by id."""
    texts = messages.texts(uow.connection, [*about, *phrases.PHRASE_IDS])
    senders = people.staff(uow.connection, (message["sender_id"] for message in about.values()))
    cards = conversation.cards(uow.connection, senders)
    found: dict[str, Body] = {}
    for row in rows:
        message = about[row["message_id"]]
        text, label = _text(row, message, texts)
        if text is None:
            continue
        label = _OF_WORDS.get(row["params"].get("words_label", ""), label)
        zone = zone_of(row, preferences, schools)
        written = _Writer(row, texts, zone)
        if message["catalogue_key"]:
            school = schools.get(row["school_id"] or "")
            params = {"school": school["name"], **row["params"]} if school else row["params"]
            text = fill(text, params, language=row["language"], zone=zone)
        elif message["sender_id"]:
            text = _headed(text, row, senders.get(message["sender_id"] or ""), schools.get(row["school_id"] or ""))
        parts = [text]
        card = cards.get(message["sender_id"] or "")
        if (
            card is not None
            and card["windows"]
            and not message["catalogue_key"]
            and row["recipient_kind"] == "guardian"
        ):
            parts.append(written.phrase(phrases.HOURS, hours=hours(card["windows"])))
        if "dial_in" in row["params"]:
            parts.append(f"☎ {row['params']['dial_in']}")
        if message["kind"] == "positive" and "student" in row["params"]:
            parts.append(written.phrase(phrases.CREDIT))
        if label and row["recipient_kind"] == "guardian":
            parts.append(written.phrase(label))
            if f"{INBOX}/" not in text:  # the text's own link leads there already
                inbox = inbox_link(uow, ports, row["recipient_id"], row["language"])
                parts.append(written.phrase(phrases.ORIGINAL, link=inbox))
        found[row["delivery_id"]] = Body("\n".join(filter(None, parts)), written.phrase(phrases.EXTRA))
    return found


@dataclass(frozen=True)
class _Writer:
    """Writes the phrases of one delivery's language."""

    row: Mapping[str, Any]
    texts: Mapping[tuple[str, str], people.Row]
    zone: ZoneInfo

    def phrase(self, key: str, **params: Any) -> str:
        known = self.texts.get((phrases.PHRASES[key], self.row["language"]))
        if known is None or known["text"] is None:
            return ""
        return fill(known["text"], {**self.row["params"], **params}, language=self.row["language"], zone=self.zone)


def _text(
    row: Mapping[str, Any], message: people.Row, texts: Mapping[tuple[str, str], people.Row]
) -> tuple[str | None, str | None]:
    """Text and the label it needs; where translation failed, the source at low risk and nothing at high."""
    wanted = texts.get((row["message_id"], row["language"]))
    if wanted is not None and wanted["text"] is not None:
        label = phrases.SOURCE if wanted["labelled"] else phrases.MACHINE if wanted["machine"] else None
        return wanted["text"], label
    if message["risk"] == "high":
        return None, None
    source = texts.get((row["message_id"], message["source_language"]))
    return message["text"] or (source["text"] if source else None), phrases.SOURCE


def _headed(text: str, row: Mapping[str, Any], sender: people.Row | None, school: people.Row | None) -> str:
    """A person's own words, under who writes and about whom; names and punctuation only, so it needs no language."""
    who = [family_form(sender["given_name"], sender["family_name"])] if sender else []
    who += [school["name"]] if school else []
    who += [row["params"]["student"]] if "student" in row["params"] else []
    return f"{' · '.join(who)}\n{text}" if who else text


def shown(row: Mapping[str, Any], *, school: str, students: Sequence[str] | None = None) -> str:
    """The text of a delivery as its reader sees it on a page; `students`: those they may be told of (None: all)."""
    if row["body"] is not None:
        return str(row["body"])
    children = row["params"].get("children", {})
    names = ", ".join(name for student, name in children.items() if students is None or student in students)
    return (
        str(row["text"] or "")
        .replace("{school}", school)
        .replace("{children}", names)
        .replace("{guardian}", "")
        .replace("{link}", "")
    )


@lru_cache(maxsize=1024)  # the same object for every batch, so that a channel that has prepared it knows it again
def _content(key: str, full: str, *, title: str, language: str) -> Content:
    parts = _ANNOUNCED_SLOT.split(full)
    return Content(key, title, language, tuple(parts[::2]), tuple(parts[1::2]))


class Announced:
    """Announcements as their readers get them: a text is taken apart once per language, then only slots are filled."""

    def __init__(
        self,
        uow: UnitOfWork,
        ports: Ports,
        *,
        about: Mapping[str, people.Row],
        guardians: Mapping[str, people.Row],
        schools: Mapping[str, people.Row],
        tellable: Callable[[Mapping[str, Any]], Sequence[str]],
    ) -> None:
        """`tellable`: the children of a delivery that its reader may be told of."""
        self._uow, self._ports, self._tellable = uow, ports, tellable
        self._about, self._guardians, self._schools = about, guardians, schools
        self._texts = messages.texts(uow.connection, [*about, *phrases.PHRASE_IDS])
        self._contents: dict[tuple[str, str, str, bool], Content] = {}

    def of(self, row: Mapping[str, Any], *, over_cap: bool) -> tuple[Content, dict[str, str]]:
        """The shared content and this reader's values. LookupError: there is no text that may go."""
        key = (row["message_id"], row["language"], row["school_id"] or "", over_cap)
        content = self._contents.get(key)
        if content is None:
            content = self._contents[key] = self._compile(row, over_cap=over_cap)
        rtl = right_to_left(row["language"])
        return content, {slot: isolated(self._value(slot, row), rtl=rtl) for slot in content.slots}

    def _compile(self, row: Mapping[str, Any], *, over_cap: bool) -> Content:
        message = self._about[row["message_id"]]
        text, label = _text(row, message, self._texts)
        if text is None:
            raise LookupError("no text")
        school = self._schools.get(row["school_id"] or "")
        name = str(school["name"]) if school else ""
        extra = self._phrase(phrases.EXTRA, row) if over_cap else ""
        lines = [extra, f"{name} · {{children}}" if name else "{children}", text]
        if label:
            lines += [self._phrase(label, row), self._phrase(phrases.ORIGINAL, row)]
        full = "\n".join(filter(None, lines)).replace("{school}", name)
        version = f"{row['message_id']}:{row['content_version']}:{row['language']}:{row['school_id']}:{over_cap:d}"
        return _content(version, full, title=name or "Homeroom", language=row["language"])

    def extra(self, row: Mapping[str, Any]) -> str:
        """The label of what goes beyond the family's limit."""
        return self._phrase(phrases.EXTRA, row)

    def _phrase(self, key: str, row: Mapping[str, Any]) -> str:
        known = self._texts.get((phrases.PHRASES[key], row["language"]))
        return str(known["text"]) if known is not None and known["text"] is not None else ""

    def _value(self, slot: str, row: Mapping[str, Any]) -> str:
        if slot == "children":
            children = row["params"]["children"]
            told = row["students"] if len(children) == 1 else self._tellable(row)
            return ", ".join(children[student] for student in told if student in children)
        if slot == "guardian":
            guardian = self._guardians[row["recipient_id"]]
            return family_form(guardian["given_name"], guardian["family_name"])
        return inbox_link(self._uow, self._ports, row["recipient_id"], row["language"])


def inbox_link(uow: UnitOfWork, ports: Ports, guardian_id: str, language: str) -> str:
    """Where a guardian reads everything that was sent to them, each text beside its original."""
    return ports.link(INBOX, uow.district, guardian_id, purpose="inbox", now=uow.now, language=language)


def say_held(uow: UnitOfWork, held: Sequence[tuple[Mapping[str, Any], str, datetime | None]]) -> None:
    """The audit log hears of everything that waits or does not go: (row, policy's word, until when).

    One event for all that one announcement holds for one reason until one moment.
    """
    together: dict[tuple[str, str, datetime | None], list[Mapping[str, Any]]] = defaultdict(list)
    for row, rule, release_at in held:
        reason = rule if rule in _SAID else "restriction" if rule == "restrictions_unknown" else "boundary"
        if row["lane"] != messages.PERSONAL:
            together[row["message_id"], reason, release_at].append(row)
            continue
        uow.emit(
            "notifications.message_held",
            {
                "delivery_id": row["delivery_id"],
                "message_id": row["message_id"],
                "guardian_id": row["recipient_id"],
                "reason": reason,
                "release_at": release_at,
            },
            subject=row["message_id"],
        )
    for (message_id, reason, release_at), rows in together.items():
        uow.emit(
            "notifications.messages_held",
            {
                "message_id": message_id,
                "reason": reason,
                "release_at": release_at,
                "delivery_ids": [row["delivery_id"] for row in rows],
                "guardian_ids": [row["recipient_id"] for row in rows],
            },
            subject=message_id,
        )
