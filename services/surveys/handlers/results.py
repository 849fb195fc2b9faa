"""Results of a round: counted by streams, published as frozen snapshots, once a day or once ten homes more have answered."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.surveys.domain.definition import Survey, survey_of
from services.surveys.results.snapshot import snapshot
from services.surveys.results.tally import Tally
from services.surveys.store import results as store
from services.surveys.store import roster
from shared.disclosure import LEAST
from shared.ids import derived_id
from shared.messaging.uow import DueItem, UnitOfWork

DUE = "survey_results"
DAILY = timedelta(days=1)
RIGHT_AFTER = timedelta(days=8)  # the deadline's grace, and a day
AT_ONCE = 2_000  # homes that are counted while a reader waits (a third of a second); more are the worker's


@dataclass(frozen=True)
class Published:
    """The last snapshot: what was asked, when it was counted, the printed figures."""

    survey: Survey
    taken_at: datetime
    content: Mapping[str, Any]


def published(uow: UnitOfWork, survey_id: str, round_: str, *, as_of: datetime | None = None) -> Published | None:
    """The figures as they may be told now (or were told by `as_of`); None while nothing may be."""
    if as_of is None:
        refresh(uow, survey_id, round_)
    return _kept(uow, survey_id, round_, as_of)


def for_page(uow: UnitOfWork, survey_id: str, round_: str, *, as_of: datetime | None = None) -> Published | None:
    """The same for somebody who waits: a large round is counted by the worker, and what it said last is shown meanwhile."""
    if as_of is None:
        look(uow, survey_id, round_)
    return _kept(uow, survey_id, round_, as_of)


def look(uow: UnitOfWork, survey_id: str, round_: str) -> None:
    """Count anew, here or in the worker."""
    if sum(store.answered(uow.connection, survey_id, round_).values()) <= AT_ONCE:
        refresh(uow, survey_id, round_)
    else:
        uow.schedule(DUE, f"{survey_id}|{round_}", uow.now)


def _kept(uow: UnitOfWork, survey_id: str, round_: str, as_of: datetime | None) -> Published | None:
    kept = store.newest_snapshot(uow.connection, survey_id, round_, as_of=as_of)
    content = store.newest_content(uow.connection, survey_id, round_)
    if kept is None or content is None:
        return None
    return Published(survey_of(content), kept.taken_at, kept.content)


def refresh(uow: UnitOfWork, survey_id: str, round_: str) -> bool:
    """Count anew if enough have answered since; True if a snapshot was published."""
    store.hold(uow.connection, survey_id, round_)
    before = store.newest_snapshot(uow.connection, survey_id, round_)
    least = least_of(uow, survey_id, round_)
    homes = store.answered(uow.connection, survey_id, round_)
    schools = {school for school, count in homes.items() if count >= least}
    answered = sum(homes[school] for school in schools)
    over = _over(uow, survey_id, round_)
    ends_due = before is not None and over and not before.content.get("settled")
    if answered - (before.answered if before is not None else 0) < least and not ends_due:
        return False
    content = store.newest_content(uow.connection, survey_id, round_)
    if content is None:
        return False
    tally = counted(uow, survey_of(content), survey_id, round_, schools)
    made = snapshot(tally, before.content if before is not None else None, least=least, over=over)
    if made is None:
        return False
    store.save_snapshot(
        uow.connection,
        {
            "snapshot_id": derived_id("result", survey_id, round_, str(answered), uow.now.isoformat()),
            "survey_id": survey_id,
            "round": round_,
            "taken_at": uow.now,
            "answered": answered,
            "content": made,
        },
    )
    return True


def _over(uow: UnitOfWork, survey_id: str, round_: str) -> bool:
    """Whether the last deadline and its grace are past."""
    content = store.newest_content(uow.connection, survey_id, round_)
    ends = [row.due_at for row in store.campaigns_of(uow.connection, survey_id, round_)]
    return content is not None and bool(ends) and uow.now > max(ends) + timedelta(days=survey_of(content).grace_days)


def counted(uow: UnitOfWork, survey: Survey, survey_id: str, round_: str, schools: Collection[str]) -> Tally:
    """Everything of the round at these schools, read once in two streams.

    Schools where too few have answered are in no figure at all: beside a total of everybody the others would tell of them.
    """
    tally = Tally(survey)
    for row in store.invitations(uow.connection, survey_id, round_):
        if row.school_id in schools:
            tally.invitation(row, uow.now)
    tally.responses(store.answers(uow.connection, survey_id, round_, schools=schools))
    return tally


def least_of(uow: UnitOfWork, survey_id: str, round_: str) -> int:
    """How many people a figure must cover: ten, or more where one of the schools says so; never fewer."""
    schools = {row.school_id for row in store.campaigns_of(uow.connection, survey_id, round_)}
    asked = [
        int((school.settings.get("surveys") or {}).get("small_group", LEAST))
        for school in roster.schools(uow.connection, schools).values()
    ]
    return max([LEAST, *asked])


def watch(uow: UnitOfWork, survey_id: str, round_: str, *, after: datetime | None = None) -> None:
    """Look at this round once a day from now on (or from `after` on), until it is over."""
    uow.schedule(DUE, f"{survey_id}|{round_}", max(uow.now, after or uow.now) + DAILY)


def survey_results(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """The daily look."""
    for survey_id, round_ in _keys(items):
        refresh(uow, survey_id, round_)
        ends = [row.due_at for row in store.campaigns_of(uow.connection, survey_id, round_)]
        if ends and uow.now <= max(ends) + RIGHT_AFTER:
            watch(uow, survey_id, round_)


def _keys(items: Sequence[DueItem]) -> Iterator[tuple[str, str]]:
    for item in items:
        survey_id, _, round_ = item.key.partition("|")
        yield survey_id, round_
