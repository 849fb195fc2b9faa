"""What got stuck is found and moved, or shown to a person; nothing waits unseen and nothing is given up in silence.

After GOV.UK Notify's healing beats. A beat is due only where there is something it may have to heal: a quarter of an hour
after a text was asked for, a day after something went by a channel that sends receipts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from services.notifications.domain.inbound import Told
from services.notifications.handlers import beats, delivering, phrases, planning, receipts
from services.notifications.handlers.beats import ASK_AGAIN, EVERY, HOUR, SELDOM, SILENT
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import healing, ledger, messages, people, providers
from shared.ids import derived_id
from shared.messaging.uow import DueItem, UnitOfWork

SHOW = timedelta(minutes=60)
LOOK_UPS = 50  # of one batch: each is a call to a provider
CANNOT_ASK = "cannot_ask"
NO_WORD = "no_word"
Text = Mapping[str, Any]


@runtime_checkable
class CanBeAsked(Protocol):
    """An account whose provider tells what became of a hand-over; words of those it knows, none of the others."""

    def look_up(self, refs: Sequence[str], *, at: datetime) -> list[Told]: ...


def beat(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Look at everything that may be stuck; come back while there is any."""
    _wake(uow)
    _chase_texts(uow, ports)
    _find_silent(uow, ports)
    providers.forget_words(uow.connection, uow.now - receipts.KEPT)
    newest = healing.newest_untold(uow.connection)
    if newest is not None:  # what a person has been told of is looked at now and then only
        beats.at(uow, uow.now + (EVERY if newest > uow.now - SHOW - EVERY else SELDOM))
    oldest = healing.oldest_unanswered(uow.connection, uow.now - SILENT)
    if oldest is not None:
        beats.at(uow, oldest + SILENT, step=HOUR)


def _wake(uow: UnitOfWork) -> None:
    woken = healing.wake_forgotten(uow.connection, uow.now)
    messages.trace(uow.connection, [(known, "woken", "it was to go, and due at no time") for known in woken], uow.now)
    uow.wake()  # what a dead worker had claimed is claimable once its lease is over


def _chase_texts(uow: UnitOfWork, ports: Ports) -> None:
    """After a quarter of an hour ask again; after an hour tell a person. What was there all along is planned now."""
    missed = healing.never_asked(uow.connection, uow.now - ASK_AGAIN)
    wanted = ((row["message_id"], row["content_version"], row["language"]) for row in missed)
    messages.ask_texts(uow.connection, wanted, uow.now)
    late = healing.untold(uow.connection, uow.now - ASK_AGAIN)
    again = [*missed, *(row for row in late if row["asked_again_at"] is None)]
    shown = [row for row in late if row["asked_at"] <= uow.now - SHOW and row["shown_at"] is None]
    _ask_again(uow, again)
    _show(uow, shown)
    keys, told = {_key(row): row for row in (*again, *shown)}, {_key(row) for row in shown}
    healing.save_chases(
        uow.connection,
        [
            {
                **dict(zip(("message_id", "content_version", "language"), key, strict=True)),
                "asked_again_at": row.get("asked_again_at") or uow.now,
                "shown_at": uow.now if key in told else row.get("shown_at"),
            }
            for key, row in keys.items()
        ],
    )
    planning.plan_ready(uow, ports)


def _key(row: Text) -> tuple[str, int, str]:
    return row["message_id"], row["content_version"], row["language"]


def _ask_again(uow: UnitOfWork, rows: Sequence[Text]) -> None:
    """The same request for the same text: translation answers it from its memory if it had answered before."""
    if not rows:
        return
    about = messages.messages(uow.connection, (row["message_id"] for row in rows))
    waiting = healing.waiting_for(uow.connection, about)
    names = _names(uow, waiting)
    languages: dict[tuple[str, int], list[str]] = {}
    for row in rows:
        languages.setdefault((row["message_id"], row["content_version"]), []).append(row["language"])
    catalogue = {phrase_id: key for key, phrase_id in phrases.PHRASES.items()}
    entries: list[tuple[str, str, str]] = []
    for (message_id, version), targets in languages.items():
        message = about.get(message_id)
        key = message["catalogue_key"] if message else catalogue.get(message_id)
        if message is None and key is None:
            continue  # the text of something that is no message of ours: whoever asked for it looks after it
        uow.emit(
            "notifications.message_composed",
            {
                "message_id": message_id,
                "content_version": version,
                "kind": message["kind"] if message else "info",
                "risk": message["risk"] if message else "low",
                "source_language": message["source_language"] if message else "en",
                "targets": sorted(targets),
                "text": message["text"] if message else None,
                "catalogue_key": key,
                "protected": names.get(message_id, []),
            },
            school=message["school_id"] if message else None,
            subject=message_id,
        )
        entries += [
            (row["delivery_id"], "waits", f"no text in {row['language']} yet: asked for it again")
            for row in waiting.get(message_id, ())
            if row["language"] in targets
        ]
    messages.trace(uow.connection, entries, uow.now)


def _names(uow: UnitOfWork, waiting: Mapping[str, Sequence[Text]]) -> dict[str, list[str]]:
    """What the children are called, by message: names stay as they are in every language."""
    of = {known: {child for row in rows for child in row["students"]} for known, rows in waiting.items()}
    enrolled = people.students(uow.connection, {child for children in of.values() for child in children})
    return {
        known: sorted({str(enrolled[child]["given_name"]) for child in children if child in enrolled})
        for known, children in of.items()
    }


def _show(uow: UnitOfWork, rows: Sequence[Text]) -> None:
    """One task a message, to who wrote it, else to the school's office."""
    about = messages.messages(uow.connection, (row["message_id"] for row in rows))
    if not about:
        return
    offices = people.offices(uow.connection, {m["school_id"] for m in about.values() if m["school_id"]})
    waiting = healing.waiting_for(uow.connection, about)
    tasks = []
    for message_id, message in about.items():
        members = waiting.get(message_id, ())
        staff_id = message["sender_id"] or offices.get(message["school_id"] or "")
        if not members or staff_id is None:
            continue
        children = sorted({child for row in members for child in row["students"]})
        tasks.append(
            task(
                uow,
                derived_id("text_missing", message_id),
                staff_id=staff_id,
                kind="text_missing",
                school_id=message["school_id"],
                student_id=children[0] if len(children) == 1 else None,
                due_at=uow.now,
            )
        )
    ledger.save_tasks(uow.connection, tasks)
    late = {_key(row) for row in rows}
    messages.trace(
        uow.connection,
        [
            (row["delivery_id"], "waits", f"no text in {row['language']} for an hour: a person has been told")
            for message_id, members in waiting.items()
            for row in members
            if (message_id, about[message_id]["content_version"], row["language"]) in late
        ],
        uow.now,
    )


def _find_silent(uow: UnitOfWork, ports: Ports) -> None:
    """A day without a receipt: said in the trace; asked about where the provider tells. It stays sent: it may come yet."""
    rows = healing.unanswered(uow.connection, uow.now - SILENT)
    healing.note_silent(
        uow.connection,
        [
            {
                "delivery_id": row["delivery_id"],
                "channel": row["channel"],
                "account": row["provider"],
                "provider_ref": row["provider_ref"],
                "since": row["sent_at"],
                "found_at": uow.now,
                "looked_at": None,
                "answer": None if _can_ask(ports, row["channel"], row["provider"], row["provider_ref"]) else CANNOT_ASK,
            }
            for row in rows
        ],
    )
    messages.trace(
        uow.connection, [(row["delivery_id"], "silent", "no word from the provider for a day") for row in rows], uow.now
    )


def _can_ask(ports: Ports, channel: str, account: str | None, ref: str | None) -> bool:
    return ref is not None and isinstance(ports.accounts.get(channel, {}).get(account or ""), CanBeAsked)


def look_up(transaction: delivering.Transaction, ports: Ports) -> int:
    """Ask the providers about some silent ones, outside any transaction; what they say counts like a call of theirs."""
    with transaction() as uow:
        rows = healing.to_ask(uow.connection, LOOK_UPS)
        now = uow.now
    if not rows:
        return 0
    answers: list[Told] = []
    for (channel, account), members in _by_account(rows).items():
        provider = ports.accounts.get(channel, {}).get(account)
        if isinstance(provider, CanBeAsked):
            refs = [str(row["provider_ref"]) for row in members]
            answers += ports.offload(_asked(provider, now), refs)
    said = {word.provider_ref: word.state for word in answers}
    with transaction() as uow:
        receipts.told(uow, ports, answers)
        healing.note_answers(
            uow.connection,
            [
                {
                    "delivery_id": row["delivery_id"],
                    "looked_at": uow.now,
                    "answer": said.get(row["provider_ref"], NO_WORD),
                }
                for row in rows
            ],
        )
    return len(rows)


def _asked(provider: CanBeAsked, at: datetime) -> Any:
    def ask(refs: Sequence[str]) -> list[Told]:
        return provider.look_up(refs, at=at)

    return ask


def _by_account(rows: Iterable[Text]) -> dict[tuple[str, str], list[Text]]:
    found: dict[tuple[str, str], list[Text]] = {}
    for row in rows:
        found.setdefault((row["channel"], row["account"] or ""), []).append(row)
    return found
