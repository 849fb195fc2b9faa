"""Writes a plan: records, their former selves, the revision and the events, in one transaction.

Killed half-way, out of disk or refused by the database, the old state stays: nothing is committed here, the caller's unit
of work does it, once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.directory import store
from shared.directory.engine.events import say_gone, say_now
from shared.directory.engine.kinds import DERIVED, PLAIN, RAW, owners, pack
from shared.directory.engine.plan import Plan
from shared.directory.engine.prepare import Prepared, prepare, prepare_rollback
from shared.directory.engine.workspace import Op, Workspace
from shared.directory.finding import Profile
from shared.directory.oneroster.staging import KINDS, batches
from shared.directory.store import Revision, Stored
from shared.errors import HomeroomError
from shared.messaging.uow import UnitOfWork

EVENTS_PER_FLUSH = 2_000


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did. `revision` is None when there was nothing to do."""

    plan: Plan
    revision: int | None
    events: int

    def as_dict(self) -> dict[str, Any]:
        return {**self.plan.as_dict(), "revision": self.revision, "events": self.events}


class PlanHeld(HomeroomError):
    """The plan has holds that nobody has released; `plan` tells them."""

    def __init__(self, plan: Plan, missing: Sequence[str]) -> None:
        super().__init__("directory.held", f"{len(missing)} hold(s) wait for a person: {', '.join(missing)}",
                         "look at the plan, then repeat with --approve and the hold's id")  # fmt: skip
        self.plan = plan


class PlanInvalid(HomeroomError):
    """The folder has errors; `plan.report` tells them."""

    def __init__(self, plan: Plan) -> None:
        super().__init__("directory.invalid", f"the folder has {plan.report.errors} error(s); nothing was changed",
                         "run `homeroom validate` and mend what it names")  # fmt: skip
        self.plan = plan


def apply(
    uow: UnitOfWork, path: Path, *, checksum: str | None = None, approve: Sequence[str] = (),
    profile: Profile = Profile.LENIENT, actor: str = "cli", work: Path | None = None,
) -> Applied:  # fmt: skip
    """Make the district what the folder at `path` says; the caller's unit of work commits.

    `checksum` binds it to a plan that was looked at: HomeroomError `directory.stale_plan` if the outcome would be another.
    PlanInvalid, PlanHeld (see there).
    """
    store.lock(uow.connection)
    with prepare(uow.connection, path, now=uow.now, profile=profile, work=work) as prepared:
        _check_slug(prepared, uow.district, path)
        return write(uow, prepared, checksum=checksum, approve=approve, actor=actor)


def rollback(
    uow: UnitOfWork, revision: int, *, checksum: str | None = None, approve: Sequence[str] = (), actor: str = "cli"
) -> Applied:
    """Make the district what it was at `revision`, as a new revision; errors as in `apply`."""
    store.lock(uow.connection)
    with prepare_rollback(uow.connection, revision, now=uow.now) as prepared:
        return write(uow, prepared, checksum=checksum, approve=approve, actor=actor)


def _check_slug(prepared: Prepared, district: str, path: Path) -> None:
    slug = prepared.plan.district
    if prepared.plan.report.ok and slug != district:
        raise HomeroomError("directory.other_district", f"the folder is for district {slug}, not {district}",
                            "apply it to its own district, or correct slug", f"{path.name}/district.yaml:slug")  # fmt: skip


def write(uow: UnitOfWork, prepared: Prepared, *, checksum: str | None, approve: Sequence[str], actor: str) -> Applied:
    """Write a prepared plan into the transaction."""
    plan, workspace = prepared.plan, prepared.workspace
    if not plan.report.ok:
        raise PlanInvalid(plan)
    if checksum is not None and checksum != plan.checksum:
        raise HomeroomError("directory.stale_plan", "the folder or the district has changed since the plan was made",
                            "plan again, look at it, and apply its checksum")  # fmt: skip
    missing = [hold.id for hold in plan.holds if hold.id not in approve]
    if missing:
        raise PlanHeld(plan, missing)
    if plan.empty:
        return Applied(plan, None, 0)
    revision = plan.base + 1
    released = [hold.id for hold in plan.holds]
    store.add_revision(
        uow.connection, Revision(revision, uow.now, plan.action, actor, plan.checksum, plan.summary(), released)
    )
    for kind in RAW:
        _write_raw(uow, workspace, kind, revision)
    events = sum(_write_derived(uow, workspace, kind, revision) for kind in DERIVED)
    return Applied(plan, revision, events)


def _write_raw(uow: UnitOfWork, workspace: Workspace, kind: str, revision: int) -> None:
    connection = uow.connection
    for part in batches((change.key,) for change in workspace.changes(kind, Op.REMOVE)):
        store.retire(connection, kind, revision, [key for (key,) in part], remove=True)  # type: ignore[misc]
    for part in batches((change.key,) for change in workspace.changes(kind, Op.CHANGE)):
        store.retire(connection, kind, revision, [key for (key,) in part], remove=False)  # type: ignore[misc]
    for part in batches(_records(uow, workspace, kind, revision)):
        store.put(connection, kind, revision, part)  # type: ignore[arg-type]


def _records(uow: UnitOfWork, workspace: Workspace, kind: str, revision: int) -> Iterator[Stored]:
    """Added and changed records of a kind, with their bodies."""
    if kind in PLAIN:
        query = (
            "SELECT p.key, p.hash, p.body, c.op FROM change c JOIN plain p ON p.kind = c.kind AND p.key = c.key"
            " WHERE c.kind = ? AND c.op <> 'remove' ORDER BY c.key"
        )
        plain = workspace.db.execute(query, (kind,)).fetchall()
        born = _born(uow, kind, [key for key, _, _, op in plain if op == "change"])
        for key, hash_, body, _ in plain:
            yield Stored(key, hash_, body, None, None, born.get(key, revision))
        return
    names = ", ".join(f's."{name}"' for name in KINDS[kind])
    query = (
        f'SELECT {names}, s._hash, c.op FROM change c JOIN "{kind}" s ON s.sourcedId = c.key'
        " WHERE c.kind = ? AND c.op <> 'remove' ORDER BY c.key"
    )
    cursor = workspace.staging.db.cursor()
    cursor.execute(query, (kind,))
    while rows := cursor.fetchmany(2_000):
        born = _born(uow, kind, [row[0] for row in rows if row[-1] == "change"])
        for *cells, hash_, _ in rows:
            first, second = owners(kind, cells)
            yield Stored(cells[0], hash_, pack(cells), first, second, born.get(cells[0], revision))


def _born(uow: UnitOfWork, kind: str, keys: list[str]) -> dict[str, int]:
    return {record.key: record.born for record in store.find(uow.connection, kind, "key", keys)}


def _write_derived(uow: UnitOfWork, workspace: Workspace, kind: str, revision: int) -> int:
    """Write a derived kind and say what changed; returns the number of events."""
    said = 0
    for part in batches((change.key,) for change in workspace.changes(kind, Op.REMOVE)):
        keys: list[str] = [key for (key,) in part]  # type: ignore[misc]
        for record in store.find(uow.connection, kind, "key", keys):
            said += say_gone(uow, kind, record.body, revision=revision)
        store.retire(uow.connection, kind, revision, keys, remove=True)
        uow.flush()
    query = (
        "SELECT d.key, d.hash, d.body, d.a, d.b, c.op FROM change c JOIN derived d ON d.kind = c.kind AND d.key = c.key"
        " WHERE c.kind = ? AND c.op <> 'remove' ORDER BY c.key"
    )
    cursor = workspace.staging.db.cursor()
    cursor.execute(query, (kind,))
    while rows := cursor.fetchmany(EVENTS_PER_FLUSH):
        changed = [row[0] for row in rows if row[5] == "change"]
        was = {record.key: record for record in store.find(uow.connection, kind, "key", changed)}
        store.retire(uow.connection, kind, revision, changed, remove=False)
        records = []
        for key, hash_, body, first, second, _ in rows:
            old = was.get(key)
            said += say_now(uow, kind, body, revision=revision, was=old.body if old else None)
            records.append(Stored(key, hash_, body, first, second, old.born if old else revision))
        store.put(uow.connection, kind, revision, records)
        uow.flush()
    return said
