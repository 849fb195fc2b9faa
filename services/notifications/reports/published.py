"""A report as it may be shown: figures by school, replies by channel, homes by language; small groups hidden."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.notifications.domain import equity
from services.notifications.domain.equity import Tongue
from services.notifications.domain.figures import Figure, Homes, Name, Sums, Tally, figures, share
from services.notifications.domain.small_groups import ALL, LEAST, hidden

NOTHING = Sums()


@dataclass(frozen=True, slots=True)
class Line:
    """A school ("" the district). `figures` None: fewer than ten families, or one that would give another away."""

    school_id: str
    name: str
    figures: Mapping[Name, Figure] | None


@dataclass(frozen=True, slots=True)
class Way:
    """A channel: guardians written to that way, of them reached and writing back in percent; None where hidden."""

    channel: str
    n: int | None
    reach: float | None
    reply: float | None


@dataclass(frozen=True, slots=True)
class Published:
    """`scope`: the schools the reader may see; `whole`: the district's own line is theirs too."""

    run_id: int
    as_of: datetime
    since: datetime
    days: int
    lines: tuple[Line, ...]
    ways: tuple[Way, ...]
    tongues: tuple[Tongue, ...]
    tongues_as_of: datetime
    school: str  # of ways and tongues; "" the district


def publish(
    tally: Tally, weekly: Tally, names: Mapping[str, str], *, schools: Collection[str], whole: bool, school: str = ""
) -> Published:
    """What a reader of these schools may see. `weekly`: the tally that languages are told from (`reporting.tally`)."""
    secret = equity.hidden_groups(weekly) | equity.hidden_groups(tally)
    shown = [one for one in tally.schools() if one in schools]
    lines = [_line(tally, one, names.get(one, one), secret=(ALL, one) in secret) for one in shown]
    if whole:
        lines.insert(0, _line(tally, "", "", secret=(ALL, ALL) in secret))
    return Published(
        run_id=tally.run_id,
        as_of=tally.as_of,
        since=tally.since,
        days=tally.days,
        lines=tuple(lines),
        ways=tuple(_ways(tally, school)) if (ALL, school or ALL) not in secret else (),
        tongues=tuple(equity.tongues(weekly, school)),
        tongues_as_of=weekly.as_of,
        school=school,
    )


def _line(tally: Tally, school: str, name: str, *, secret: bool) -> Line:
    if secret or tally.all_homes(school).guardians == 0:
        return Line(school, name, None)
    return Line(
        school,
        name,
        figures(tally.all_homes(school), tally.events.get(school, NOTHING), tally.unreached.get(school, 0)),
    )


def _ways(tally: Tally, school: str) -> list[Way]:
    """Replies by channel. Schools are the other side of the table: what is hidden there must not follow from the district."""
    cells = {(channel, where): homes.guardians for (where, channel), homes in tally.channels.items() if where}
    secret = hidden(cells, column_totals=False)
    found = [(way, homes) for (where, way), homes in tally.channels.items() if where == school and way != "none"]
    return [
        _way(channel, homes, secret=(channel, school or ALL) in secret)
        for channel, homes in sorted(found, key=lambda pair: (-pair[1].guardians, pair[0]))
    ]


def _way(channel: str, homes: Homes, *, secret: bool) -> Way:
    if secret or homes.guardians < LEAST:
        return Way(channel, None, None, None)
    return Way(channel, homes.guardians, share(homes.reached, homes.guardians), share(homes.replied, homes.guardians))
