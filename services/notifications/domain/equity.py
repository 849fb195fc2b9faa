"""Who is left out: homes by language beside all homes, and what went better. Association, never cause."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.notifications.domain.figures import Homes, Tally, share
from services.notifications.domain.small_groups import ALL, LEAST, Key, hidden

CLEARLY = 10.0  # percentage points by which another channel must be ahead to be worth naming
REPLIABLE = frozenset({"sms", "whatsapp", "email", "voice", "push", "page"})
MOST_BARRIERS = 3


@dataclass(frozen=True, slots=True)
class Switch:
    """Homes of this language that got `to` wrote back more often than those that got `instead_of`; shares in percent."""

    to: str
    share: float
    n: int
    instead_of: str
    other_share: float
    other_n: int


@dataclass(frozen=True, slots=True)
class Tongue:
    """One home language. `hidden`: the group is small, or would give a small one away; then nothing else is told."""

    language: str
    hidden: bool
    n: int = 0
    reach: float | None = None
    reply: float | None = None
    reach_gap: float | None = None  # points behind (negative) or ahead of all homes
    reply_gap: float | None = None
    barriers: tuple[tuple[str, int], ...] = ()
    switch: Switch | None = None


def hidden_groups(tally: Tally) -> frozenset[Key]:
    """(language, school) cells and totals not to be shown; one pattern for every view, so that views cannot be subtracted."""
    cells = {(language, school): homes.guardians for (school, language), homes in tally.homes.items() if school}
    secret = set(hidden(cells))
    # a home at two schools is once in the district: its own total may be smaller than the sum
    for (school, language), homes in tally.homes.items():
        if not school and 0 < homes.guardians < LEAST:
            secret.add((language, ALL))
    if 0 < tally.all_homes().guardians < LEAST:
        secret.add((ALL, ALL))
    return frozenset(secret)


def tongues(tally: Tally, school: str = "") -> list[Tongue]:
    """The languages of a school, or of the district, the largest group first."""
    secret = hidden_groups(tally)
    column = school or ALL
    everybody = tally.all_homes(school)
    spoken = [(language, tally.homes[school, language]) for language in tally.languages(school)]
    return [
        _tongue(tally, language, homes, everybody=everybody, school=school)
        if not {(language, column), (ALL, column)} & secret
        else Tongue(language, hidden=True)
        for language, homes in sorted(spoken, key=lambda pair: (-pair[1].guardians, pair[0]))
    ]


def _tongue(tally: Tally, language: str, homes: Homes, *, everybody: Homes, school: str) -> Tongue:
    reach, reply = share(homes.reached, homes.guardians), _replies(homes)
    all_reach, all_reply = share(everybody.reached, everybody.guardians), _replies(everybody)
    reasons = sorted(
        ((reason, count) for (tongue, reason), count in tally.reasons.items() if tongue == language and count >= LEAST),
        key=lambda pair: (-pair[1], pair[0]),
    )
    return Tongue(
        language,
        hidden=False,
        n=homes.guardians,
        reach=reach,
        reply=reply,
        reach_gap=_gap(reach, all_reach),
        reply_gap=_gap(reply, all_reply),
        barriers=() if school else tuple(reasons[:MOST_BARRIERS]),
        switch=None if school else switch(ways_of(tally, language)),
    )


def ways_of(tally: Tally, language: str) -> dict[str, Homes]:
    """Homes of the language by channel, without the groups that must stay hidden."""
    cells = {(channel, tongue): homes.guardians for (tongue, channel), homes in tally.tongues.items()}
    secret = hidden(cells, column_totals=False)
    return {
        channel: homes
        for (tongue, channel), homes in tally.tongues.items()
        if tongue == language and (channel, tongue) not in secret
    }


def switch(ways: Mapping[str, Homes], *, among: Collection[str] = REPLIABLE) -> Switch | None:
    """The channel to try: clearly more homes wrote back than on the one used most; None where there is none."""
    known = {channel: homes for channel, homes in ways.items() if channel in among and homes.guardians >= LEAST}
    if len(known) < 2:
        return None
    used = max(sorted(known), key=lambda channel: known[channel].guardians)
    best = max(sorted(known), key=lambda channel: _percent(known[channel]))
    if _percent(known[best]) - _percent(known[used]) < CLEARLY:
        return None
    return Switch(
        best, _percent(known[best]), known[best].guardians, used, _percent(known[used]), known[used].guardians
    )


def _percent(homes: Homes) -> float:
    return share(homes.replied, homes.guardians) or 0.0


def _replies(homes: Homes) -> float | None:
    """Of those written to; not told of fewer than ten."""
    return share(homes.replied, homes.written) if homes.written >= LEAST else None


def _gap(one: float | None, all_homes: float | None) -> float | None:
    return None if one is None or all_homes is None else one - all_homes
