"""Which of a channel's accounts carries the next batch, and how trust in one is lost and regained.

After GOV.UK Notify (gds.blog.gov.uk, 3 April 2020): accounts share a hundred parts of the traffic. Each minute an account
that fails or answers slowly loses a step to the others; every five minutes all drift back to where they rest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

WHOLE = 100
Weights = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """When an account is thought worse of. Shares are of one minute's hand-overs (or of its receipts, for `slow_share`)."""

    least: int = 20  # fewer say nothing about an account
    error_share: float = 0.10
    slow_share: float = 0.30
    slow_seconds: int = 240  # a receipt later than this is slow
    step: int = 10
    drift: int = 5
    dead_after: int = 5  # so many refused in a minute, and none taken: down


@dataclass(frozen=True, slots=True)
class Breaker:
    """A channel whose mail bounces like this loses its good name with every receiver (cds-snc/notification-api#2951)."""

    least: int = 1_000
    warn_share: float = 0.05
    open_share: float = 0.10
    channels: frozenset[str] = frozenset({"email"})  # only these are ever switched off: text messages go on


class Verdict(StrEnum):
    FINE = "fine"
    WORSE = "worse"
    DOWN = "down"


class Alarm(StrEnum):
    NONE = "none"
    WARN = "warn"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened to one account in some time: taken, refused by fault of the account, receipts, the slow among them."""

    ok: int = 0
    failed: int = 0
    told: int = 0
    slow: int = 0
    bounced: int = 0


def resting(accounts: Sequence[tuple[str, int | None]]) -> dict[str, int]:
    """Where each account's weight rests: as configured, brought to a hundred parts; else evenly, the first one ahead.

    Two accounts without weights rest at 51 and 49: a tie would hide which one is preferred. None rests at zero.
    """
    if not accounts:
        return {}
    if len(accounts) == 2 and all(weight is None for _, weight in accounts):
        return {accounts[0][0]: 51, accounts[1][0]: 49}
    wanted = [max(1, weight if weight is not None else WHOLE // len(accounts)) for _, weight in accounts]
    parts = [max(1, WHOLE * weight // sum(wanted)) for weight in wanted]
    while sum(parts) != WHOLE:
        over = sum(parts) > WHOLE
        parts[parts.index(max(parts))] += -1 if over else 1
    return {name: part for (name, _), part in zip(accounts, parts, strict=True)}


def judge(minute: Counts, limits: Limits, *, silent: bool = False) -> Verdict:
    """One minute of one account. `silent`: it used to send receipts, and none came for what it took."""
    if minute.ok == 0 and minute.failed >= limits.dead_after:
        return Verdict.DOWN
    tried = minute.ok + minute.failed
    errors = tried >= limits.least and minute.failed > limits.error_share * tried
    slow = minute.told >= limits.least and minute.slow > limits.slow_share * minute.told
    return Verdict.WORSE if errors or slow or silent else Verdict.FINE


def lower(weights: Weights, account: str, by: int, *, down: Collection[str] = ()) -> dict[str, int]:
    """Take up to `by` parts from the account and give them to the others that are not down; to nobody, if all are."""
    able = [name for name in weights if name != account and name not in down]
    if not able:
        return dict(weights)
    taken = min(max(by, 0), weights[account])
    share, rest = divmod(taken, len(able))
    changed = {**weights, account: weights[account] - taken}
    for place, name in enumerate(able):
        changed[name] += share + (1 if place < rest else 0)
    return changed


def drift(weights: Weights, rest: Weights, by: int, *, down: Collection[str] = ()) -> dict[str, int]:
    """Each account below its place of rest rises by at most `by`, at the cost of those above theirs."""
    changed = dict(weights)
    for name in weights:
        if name in down or changed[name] >= rest[name]:
            continue
        wanted = min(by, rest[name] - changed[name])
        for giver in sorted(changed, key=lambda other: rest[other] - changed[other]):
            given = min(wanted, max(0, changed[giver] - rest[giver]))
            changed[giver] -= given
            changed[name] += given
            wanted -= given
    return changed


def pick(weights: Weights, roll: int) -> str | None:
    """The account that `roll` (0 … 99) falls to; None where there is none."""
    last = None
    for name, weight in weights.items():
        if weight > 0:
            if roll < weight:
                return name
            last = name
        roll -= weight
    return last


def alarm(channel: str, day: Counts, rule: Breaker) -> Alarm:
    """What a day's bounces say about a channel; a bounce counts against what was taken."""
    if channel not in rule.channels or day.ok <= rule.least:
        return Alarm.NONE
    share = day.bounced / day.ok
    return Alarm.OPEN if share >= rule.open_share else Alarm.WARN if share >= rule.warn_share else Alarm.NONE
