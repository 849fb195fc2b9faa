"""The account that carries the next batch, what became of the last one, and the beat that judges accounts by it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.notifications.domain.failover import (
    WHOLE,
    Alarm,
    Breaker,
    Counts,
    Limits,
    Verdict,
    alarm,
    drift,
    judge,
    lower,
    pick,
    resting,
)
from services.notifications.handlers import beats
from services.notifications.ports import Ports
from services.notifications.store import providers
from shared.messaging.uow import DueItem, UnitOfWork

BEAT = "provider_beat"
MINUTE = timedelta(minutes=1)
DRIFT_EVERY = timedelta(minutes=5)
DAY = timedelta(hours=24)
LIMITS = Limits()
BREAKER = Breaker()
SILENT_AFTER = timedelta(seconds=LIMITS.slow_seconds) + 2 * MINUTE  # from the start of the minute it was handed over in
_WORKER = os.getpid() & 0xFFFF


def choose(uow: UnitOfWork, ports: Ports, channel: str) -> str | None:
    """The name of the account for the next batch; None where the channel has none, or is switched off.

    An account that is down gets one batch a minute, so that its coming back is noticed.
    """
    accounts = ports.accounts.get(channel, {})
    if not accounts or channel in providers.closed_channels(uow.connection):
        return None
    known = providers.health(uow.connection, channel)
    weights = _weights(ports, channel, known)
    if len(accounts) > 1:
        for name, row in known.items():
            down = name in accounts and row["down_since"] is not None
            if down and providers.take_probe(uow.connection, channel, name, uow.now, before=uow.now - MINUTE):
                return name
    return pick(weights, secrets.randbelow(WHOLE))


def note(uow: UnitOfWork, channel: str, account: str, *, ok: int = 0, failed: int = 0, slow: int = 0) -> None:
    """What became of a batch. `failed`: by fault of the account (ChannelError.account), not of an address."""
    count(uow, channel, account, ok=ok, failed=failed, slow=slow)
    if ok:
        beats.expect_receipts(uow, channel)


def count(uow: UnitOfWork, channel: str, account: str, **numbers: int) -> None:
    """Add to this minute's counters (ok, failed, told, slow, bounced), and have the minute judged when it is over."""
    if not any(numbers.values()):
        return
    minute = _floor(uow.now, MINUTE)
    zeros = dict.fromkeys(providers.COUNTED, 0)
    row = {"channel": channel, "account": account, "minute": minute, "worker": _WORKER}
    providers.count(uow.connection, {**row, **zeros, **numbers})
    _beat_at(uow, channel, minute + MINUTE)


def standing(uow: UnitOfWork, ports: Ports, channel: str) -> dict[str, int]:
    """The weights as they stand, parts of a hundred."""
    return _weights(ports, channel, providers.health(uow.connection, channel))


def closed_channels(uow: UnitOfWork) -> frozenset[str]:
    """Channels that the breaker has switched off: nothing goes that way until a person says so."""
    return providers.closed_channels(uow.connection)


def reset(uow: UnitOfWork, channel: str, person_id: str) -> bool:
    """A person switches the channel on again; what happened before does not count any more. False: it was not off."""
    row = providers.breakers(uow.connection).get(channel)
    if row is None or row["opened_at"] is None:
        return False
    fresh = {"opened_at": None, "warned_at": None, "reset_at": uow.now, "reset_by": person_id}
    providers.save_breaker(uow.connection, {**row, **fresh})
    uow.wake()
    return True


def provider_beat(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """A minute is over: judge it, once for each channel it is due for, and drift every five."""
    for channel, at in sorted({_due(item) for item in items}):
        _judge(uow, ports, channel, at)
        _look_at_bounces(uow, channel)
    providers.forget_minutes(uow.connection, uow.now - 2 * DAY)


def _judge(uow: UnitOfWork, ports: Ports, channel: str, at: datetime) -> None:
    accounts = ports.accounts.get(channel, {})
    if not accounts:
        return
    known = providers.health(uow.connection, channel)
    rest, weights = resting_of(ports, channel), _weights(ports, channel, known)
    minute = _counts(uow, channel, at - MINUTE, at)
    silent = _silent(uow, channel, at)
    down = {name for name, row in known.items() if row["down_since"] is not None and name in accounts}
    why: dict[str, str] = {}
    for name in accounts:
        if name in known and known[name]["judged_at"] is not None and known[name]["judged_at"] >= at:
            continue
        told = minute.get(name, Counts())
        verdict = judge(told, LIMITS, silent=name in silent)
        if verdict is Verdict.DOWN:
            down.add(name)
        elif told.ok:
            down.discard(name)  # it takes again what it is given
        if verdict is not Verdict.FINE:
            why[name] = _word(verdict, told, silent=name in silent)
            weights = lower(weights, name, LIMITS.step, down=down)
    for name in sorted(down):
        weights = lower(weights, name, WHOLE, down=down)
    if at == _floor(at, DRIFT_EVERY):
        weights = drift(weights, rest, LIMITS.drift, down=down)
    providers.save_health(uow.connection, [_row(channel, n, weights, known.get(n), at, down, why) for n in accounts])
    if any(told.ok for told in minute.values()):
        _beat_at(uow, channel, at - MINUTE + SILENT_AFTER)
    if weights != rest:
        _beat_at(uow, channel, _floor(at, DRIFT_EVERY) + DRIFT_EVERY)


def _row(
    channel: str,
    name: str,
    weights: Mapping[str, int],
    known: Mapping[str, Any] | None,
    at: datetime,
    down: set[str],
    why: Mapping[str, str],
) -> dict[str, Any]:
    before: Mapping[str, Any] = known or {}
    return {
        "channel": channel,
        "account": name,
        "weight": weights[name],
        "judged_at": at,
        "down_since": (before.get("down_since") or at) if name in down else None,
        "probed_at": before.get("probed_at") or (at if name in down else None),
        "why": why.get(name, before.get("why")),
    }


def _silent(uow: UnitOfWork, channel: str, at: datetime) -> set[str]:
    """Accounts that sent receipts within the day, and none for what they took some minutes ago."""
    begun = at - SILENT_AFTER
    took = _counts(uow, channel, begun, begun + MINUTE)
    since = _counts(uow, channel, begun, at)
    day = _counts(uow, channel, at - DAY, begun)
    return {
        name
        for name, told in took.items()
        if told.ok >= LIMITS.least and since[name].told == 0 and name in day and day[name].told > 0
    }


def _look_at_bounces(uow: UnitOfWork, channel: str) -> None:
    """Warn at one share of bounces, switch the channel off at the next."""
    before = providers.breakers(uow.connection).get(channel, {})
    if before.get("opened_at") is not None:
        return
    since = max(uow.now - DAY, before.get("reset_at") or uow.now - DAY)
    accounts = _counts(uow, channel, since, uow.now + MINUTE).values()
    day = Counts(ok=sum(one.ok for one in accounts), bounced=sum(one.bounced for one in accounts))
    found = alarm(channel, day, BREAKER)
    if found is Alarm.NONE and not before:
        return
    providers.save_breaker(
        uow.connection,
        {
            "channel": channel,
            "warned_at": (before.get("warned_at") or uow.now) if found is not Alarm.NONE else None,
            "opened_at": uow.now if found is Alarm.OPEN else None,
            "sent": day.ok,
            "bounced": day.bounced,
            "reset_at": before.get("reset_at"),
            "reset_by": before.get("reset_by"),
        },
    )


def _counts(uow: UnitOfWork, channel: str, since: datetime, until: datetime) -> dict[str, Counts]:
    rows = providers.counts(uow.connection, channel, since, until)
    return {name: Counts(**{key: int(row[key]) for key in providers.COUNTED}) for name, row in rows.items()}


def resting_of(ports: Ports, channel: str) -> dict[str, int]:
    """Where the weights of the channel's accounts rest: as the cell file says, else 51 and 49."""
    given = {str(one["name"]): one.get("weight") for one in ports.settings.get(channel, ())}
    wishes = {name: given.get(name) for name in ports.accounts.get(channel, {})}
    return resting([(name, None if weight is None else int(weight)) for name, weight in wishes.items()])


def _weights(ports: Ports, channel: str, known: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """As they stand; where the cell file names other accounts than before, where they rest."""
    accounts = ports.accounts.get(channel, {})
    if set(known) != set(accounts):
        return resting_of(ports, channel)
    return {name: int(known[name]["weight"]) for name in accounts}


def _word(verdict: Verdict, minute: Counts, *, silent: bool) -> str:
    if verdict is Verdict.DOWN:
        return "down"
    if silent:
        return "silent"
    return "errors" if minute.failed > LIMITS.error_share * (minute.ok + minute.failed) else "slow"


def _beat_at(uow: UnitOfWork, channel: str, at: datetime) -> None:
    """The instant is part of the key: asking again for the same beat moves nothing."""
    uow.schedule(BEAT, f"{channel}@{at.isoformat()}", at)


def _due(item: DueItem) -> tuple[str, datetime]:
    channel, _, at = item.key.partition("@")
    return channel, datetime.fromisoformat(at)


def _floor(moment: datetime, step: timedelta) -> datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment - (moment - day) % step
