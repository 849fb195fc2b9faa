"""The one way in for what providers say later: taken in at once, acted on in batches, whatever the order.

Nothing freezes: a word that comes after days still counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.notifications.channels.port import ChannelError, Receipt
from services.notifications.domain.consent import Source
from services.notifications.domain.inbound import Told
from services.notifications.domain.receipts import STATES, Standing, Step, Verdict, join, step
from services.notifications.handlers import delivering, failover
from services.notifications.ports import Ports
from services.notifications.store import messages, people, providers
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork
from shared.observability.metrics import CALLBACKS

BATCH = 1_000
AGAIN = timedelta(seconds=5)  # a delivery is handed over for seconds, not minutes
KEPT = timedelta(days=30)  # words that were acted on, so that a repeat is known
UNMATCHED = "unmatched"

Row = Mapping[str, Any]
Spoken = tuple[Row, str, str | None]  # delivery, channel, the provider's name for the hand-over


def told(uow: UnitOfWork, ports: Ports, words: Sequence[Told]) -> int:
    """Act on these words; returns how many were news. What was said before in the same words changes nothing."""
    rows = {row["word_id"]: row for row in (_row(uow, word) for word in words)}
    fresh = providers.keep_words(uow.connection, list(rows.values()))
    _act(uow, ports, [row for known, row in rows.items() if known in fresh])
    return len(fresh)


def take_in(uow: UnitOfWork, words: Sequence[Told]) -> int:
    """Only write them down, cheaply; `apply_words` acts on them. Returns how many were news."""
    return take_in_each(uow, [words])[0]


def take_in_each(uow: UnitOfWork, calls: Sequence[Sequence[Told]]) -> list[int]:
    """The words of several calls in one statement; how many of each were news. A repeat is counted as such."""
    rows = [[_row(uow, word) for word in words] for words in calls]
    fresh = providers.keep_words(uow.connection, list({row["word_id"]: row for call in rows for row in call}.values()))
    # nobody is woken: words gather until the next look, half a second later at most, and are acted on together
    news = []
    for call in rows:
        mine = {row["word_id"] for row in call} & fresh
        fresh -= mine
        news.append(len(mine))
        for row in call:
            what = "new" if row["word_id"] in mine else "repeated"
            CALLBACKS.labels(row["channel"], what).inc()
    return news


def apply_words(transaction: delivering.Transaction, ports: Ports) -> int:
    """One batch of what was written down; how many, so that the pump comes back until there are none."""
    with transaction() as uow:
        rows = providers.waiting_words(uow.connection, uow.now, limit=BATCH)
        _act(uow, ports, rows)
    return len(rows)


def checked(words: Sequence[Told]) -> Sequence[Told]:
    """The words themselves; ValueError for one that no provider says."""
    for word in words:
        if word.state not in STATES:
            raise ValueError(f"no provider's word is {word.state}")
    return words


def _row(uow: UnitOfWork, word: Told) -> dict[str, Any]:
    checked([word])
    return {
        "word_id": derived_id("word", word.channel, word.key),
        "channel": word.channel,
        "state": word.state,
        "at": word.at,
        "delivery_id": word.delivery_id,
        "provider_ref": word.provider_ref,
        "code": word.code,
        "permanent": word.permanent,
        "how": word.how,
        "received_at": uow.now,
        "look_at": uow.now,
        "applied_at": None,
        "outcome": None,
    }


def _act(uow: UnitOfWork, ports: Ports, rows: Sequence[Row]) -> None:
    if not rows:
        return
    found, groups = _by_hand_over(uow, rows)
    steps: dict[Step, list[tuple[Spoken, Verdict]]] = defaultdict(list)
    outcome: dict[str, str] = {row["word_id"]: UNMATCHED for row in rows}
    for (delivery_id, channel, ref), members in groups.items():
        delivery, verdict = found[delivery_id], join(_word(row) for row in members)
        taken = step(_standing(delivery), verdict, channel=channel, ref=ref)
        steps[taken].append(((delivery, channel, ref), verdict))
        outcome |= {row["word_id"]: taken.value for row in members}
    arrived = _arrive(uow, [*steps[Step.ARRIVE], *steps[Step.OPEN]])
    _confirm(uow, ports, [one for one in steps[Step.CONFIRM] if one[0][0]["delivery_id"] not in arrived])
    _fail(uow, ports, [one for one in steps[Step.FAIL] if one[0][0]["delivery_id"] not in arrived])
    spoken = [one for taken, members in steps.items() if taken is not Step.LATER for one in members]
    _close(uow, spoken)
    _count(uow, steps, spoken)
    providers.settle_words(uow.connection, [_settled(uow.now, word, what) for word, what in outcome.items()])


def _by_hand_over(
    uow: UnitOfWork, rows: Sequence[Row]
) -> tuple[dict[str, Row], dict[tuple[str, str, str | None], list[Row]]]:
    """Deliveries by id, and the words by hand-over: the same delivery may have gone by two ways."""
    loose = (row["provider_ref"] for row in rows if row["provider_ref"])
    known = providers.spoken_of(uow.connection, (row["delivery_id"] for row in rows), loose)
    found = {row["delivery_id"]: row for row in known}
    by_ref = {row["provider_ref"]: row["delivery_id"] for row in known if row["provider_ref"]}
    groups: dict[tuple[str, str, str | None], list[Row]] = defaultdict(list)
    for row in rows:
        named = row["delivery_id"] if row["delivery_id"] in found else by_ref.get(row["provider_ref"])
        if named is not None:
            groups[named, row["channel"], row["provider_ref"]].append(row)
    return found, groups


def _word(row: Row) -> Told:
    return Told(
        channel=row["channel"],
        key=row["word_id"],
        state=row["state"],
        at=row["at"],
        code=row["code"],
        permanent=row["permanent"],
        how=row["how"],
    )


def _standing(row: Row) -> Standing:
    handed = bool(row["sent_at"] or row["attempts"] or row["tried"] or row["provider_ref"])
    return Standing(row["state"], row["channel"], row["provider_ref"], handed, row["opened_at"] is not None)


def _settled(now: datetime, word_id: str, what: str) -> dict[str, Any]:
    later = what == Step.LATER
    return {
        "word_id": word_id,
        "look_at": now + AGAIN if later else now,
        "applied_at": None if later else now,
        "outcome": None if later else what,
    }


def _arrive(uow: UnitOfWork, said: Sequence[tuple[Spoken, Verdict]]) -> set[str]:
    """It is there; whatever was planned because it seemed lost is given up. Returns the deliveries."""
    merged: dict[str, tuple[Row, str, Verdict]] = {}
    for (row, channel, _), verdict in said:
        before = merged.get(row["delivery_id"])
        merged[row["delivery_id"]] = (row, channel, before[2] | verdict if before else verdict)
    changes, entries, delivered, opened = [], [], [], []
    for delivery_id, (row, channel, verdict) in merged.items():
        first = row["delivered_at"] is None
        at, how = verdict.opened or (None, None)
        changes.append(
            {
                "delivery_id": delivery_id,
                "state": "delivered",
                "channel": channel,
                "due_at": None,
                "sent_at": row["sent_at"] or verdict.arrived_at,
                "delivered_at": row["delivered_at"] or verdict.arrived_at,
                "opened_at": row["opened_at"] or at,
                "opened_how": row["opened_how"] or how,
            }
        )
        if first:
            late = "" if row["state"] in ("sent", "unknown") else f" after all; it was {row['state']}"
            entries.append((delivery_id, "delivered", f"by {channel}, the provider says{late}"))
            delivered.append((row, channel, verdict))
        if at is not None and row["opened_at"] is None:
            entries.append((delivery_id, "opened", str(how)))
            opened.append((row, channel, verdict))
    if changes:
        providers.arrive(uow.connection, changes)
        retried = [f"again:{known}" for known, (row, _, _) in merged.items() if row["state"] == "due"]
        if retried:
            uow.cancel("delivery_due", *retried)
    messages.trace(uow.connection, entries, uow.now)
    _say_delivered(uow, delivered)
    _say_opened(uow, opened)
    return set(merged)


def _say_delivered(uow: UnitOfWork, rows: Iterable[tuple[Row, str, Verdict]]) -> None:
    """One event for each channel of the batch, not one for each family."""
    by_channel: dict[str, list[tuple[Row, Verdict]]] = defaultdict(list)
    for row, channel, verdict in rows:
        if row["recipient_kind"] == "guardian":
            by_channel[channel].append((row, verdict))
    for channel, members in by_channel.items():
        uow.emit(
            "notifications.messages_delivered",
            {
                "channel": channel,
                "delivery_ids": [row["delivery_id"] for row, _ in members],
                "message_ids": [row["message_id"] for row, _ in members],
                "guardian_ids": [row["recipient_id"] for row, _ in members],
                "delivered_at": [verdict.arrived_at or uow.now for _, verdict in members],
            },
        )


def _say_opened(uow: UnitOfWork, rows: Iterable[tuple[Row, str, Verdict]]) -> None:
    for row, channel, verdict in rows:
        if row["recipient_kind"] != "guardian" or verdict.opened is None:
            continue
        uow.emit(
            "notifications.message_opened",
            {
                "delivery_id": row["delivery_id"],
                "message_id": row["message_id"],
                "guardian_id": row["recipient_id"],
                "channel": channel,
                "how": verdict.opened[1],
                "at": verdict.opened[0],
            },
            school=row["school_id"],
            subject=row["message_id"],
        )


def _confirm(uow: UnitOfWork, ports: Ports, said: Sequence[tuple[Spoken, Verdict]]) -> None:
    """What was in doubt had gone: recorded as any other that was accepted."""
    if not said:
        return
    refs = {row["delivery_id"]: ref or row["provider_ref"] for (row, _, ref), _ in said}
    changes = [
        {"delivery_id": known, "state": "sent", "sent_at": uow.now, "provider_ref": ref} for known, ref in refs.items()
    ]
    providers.confirm(uow.connection, changes)
    rows = list({row["delivery_id"]: row for (row, _, _), _ in said}.values())
    delivering.record(uow, ports, rows, {known: Receipt(ref) for known, ref in refs.items()})


def _fail(uow: UnitOfWork, ports: Ports, said: Sequence[tuple[Spoken, Verdict]]) -> None:
    """It did not arrive: later again, or the next channel, as if it had been refused at once."""
    failures: dict[str, tuple[Row, ChannelError]] = {}
    for (row, _, _), verdict in said:
        permanent, code = verdict.failure or (True, "failed")
        failures[row["delivery_id"]] = (row, ChannelError(code, permanent=permanent))
    if failures:
        delivering.record_failed(uow, ports, list(failures.values()))


def _close(uow: UnitOfWork, said: Sequence[tuple[Spoken, Verdict]]) -> None:
    """Bounced, complained, a landline, a STOP that the carrier heard: nothing more goes that way."""
    rows = [
        {
            "guardian_id": row["recipient_id"],
            "channel": channel,
            "source": source.value,
            "detail": detail,
            "since": uow.now,
        }
        for (row, channel, _), verdict in said
        if row["recipient_kind"] == "guardian"
        for source, detail in sorted(verdict.closes)
    ]
    people.suppress(uow.connection, rows)
    people.save_consents(
        uow.connection,
        [
            {
                "consent_id": derived_id("consent", "complained", row["delivery_id"]),
                "guardian_id": row["recipient_id"],
                "channel": channel,
                "purpose": "school_mission",
                "given": False,
                "source": "complaint",
                "evidence": row["delivery_id"],
                "recorded_by": None,
                "at": uow.now,
            }
            for (row, channel, _), verdict in said
            if row["recipient_kind"] == "guardian" and Source.COMPLAINED in {source for source, _ in verdict.closes}
        ],
    )


def _count(
    uow: UnitOfWork, steps: Mapping[Step, Sequence[tuple[Spoken, Verdict]]], said: Sequence[tuple[Spoken, Verdict]]
) -> None:
    """What accounts are judged by: receipts, the late ones, bounces."""
    numbers: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: {"told": 0, "slow": 0, "bounced": 0})
    slow = timedelta(seconds=failover.LIMITS.slow_seconds)
    for (row, channel, _), verdict in (*steps.get(Step.ARRIVE, ()), *steps.get(Step.OPEN, ())):
        if row["provider"] and row["channel"] == channel and row["delivered_at"] is None:
            here = numbers[channel, row["provider"]]
            here["told"] += 1
            sent_at, at = row["sent_at"], verdict.arrived_at
            here["slow"] += int(sent_at is not None and at is not None and at - sent_at > slow)
    for (row, channel, _), verdict in said:
        if row["provider"] and any(source is Source.BOUNCED for source, _ in verdict.closes):
            numbers[channel, row["provider"]]["bounced"] += 1
    for (channel, account), found in numbers.items():
        failover.count(uow, channel, account, **found)
