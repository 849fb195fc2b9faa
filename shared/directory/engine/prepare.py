"""From a folder, or a former revision, to a plan: read, compare, gather, derive, compare again. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import sqlalchemy as sa

from shared.directory import store
from shared.directory.engine.derive import derive
from shared.directory.engine.diff import diff_derived, diff_kind, merge
from shared.directory.engine.grades import derive_standings
from shared.directory.engine.holds import find_holds
from shared.directory.engine.kinds import DERIVED, LINK, PLAIN, RAW, RESTRICTION, STANDING, STUDENT, UNREACHABLE, unpack
from shared.directory.engine.plan import Plan, Silenced, Tally
from shared.directory.engine.scope import gather, load_results
from shared.directory.engine.validate import file_digest, read_drop, read_folder
from shared.directory.engine.workspace import Op, Workspace
from shared.directory.finding import Finding, Findings, Profile, Report
from shared.directory.oneroster.package import Mode
from shared.directory.oneroster.staging import KINDS, Staging, digest
from shared.directory.store import Mark
from shared.errors import HomeroomError

LISTED = 1_000  # ids listed of a long list; the rest are counted


@dataclass(slots=True)
class Prepared:
    """A plan together with the workspace that applying it reads from."""

    plan: Plan
    workspace: Workspace


@contextmanager
def prepare(
    connection: sa.Connection,
    path: Path,
    *,
    now: datetime,
    profile: Profile = Profile.LENIENT,
    work: Path | None = None,
) -> Iterator[Prepared]:
    """Read the folder and plan it against the district of `connection` (the directory's schema)."""
    with read_folder(path, profile=profile, work=work) as reader:
        staging, folder = reader.staging, reader.folder
        staging.db.execute("DELETE FROM lineItems")
        staging.db.execute("DELETE FROM results")
        workspace = Workspace(staging, dict(reader.reading.modes), folder.district, folder.schools)
        workspace.modes["contacts"] = reader.contacts_mode
        today = now.date()
        if reader.findings.error_count == 0:
            today = now.astimezone(ZoneInfo(folder.district["timezone"])).date()
            known = {record.key: record.hash for record in store.rows(connection, "drop")}
            for drop in folder.drops:
                mark = file_digest(drop.path)
                if drop.on <= today and known.get(drop.path.name) != mark:
                    read_drop(reader, drop, profile=profile)
                    _plain(workspace, "drop", drop.path.name, {"dropped_on": drop.on.isoformat()}, mark)
        workspace.modes["lineItems"] = workspace.modes["results"] = Mode.DELTA
        _settings(workspace)
        if reader.findings.error_count:
            yield Prepared(_failed(connection, reader.report(), folder.district.get("slug", "")), workspace)
            return
        _compute(connection, workspace, today)
        _check_delta_references(workspace, reader.findings)
        yield Prepared(_plan(connection, workspace, reader.report(), "apply"), workspace)


@contextmanager
def prepare_rollback(
    connection: sa.Connection, revision: int, *, now: datetime, work: Path | None = None
) -> Iterator[Prepared]:
    """Plan the way back to how things were at `revision` (HomeroomError if there was no such revision)."""
    current = store.head(connection)
    if not 0 < revision <= current:
        raise HomeroomError("directory.no_such_revision", f"there is no revision {revision}",
                            f"choose 1 to {current}; `homeroom history` lists them")  # fmt: skip
    with Staging(work) as staging:
        workspace = Workspace(staging)
        for kind in RAW:
            _restore(connection, workspace, kind, revision)
        staging.index_all()
        _settings_from_records(connection, workspace)
        today = now.astimezone(ZoneInfo(workspace.district.get("timezone", "UTC"))).date()
        _compute(connection, workspace, today)
        yield Prepared(_plan(connection, workspace, Report((), 0, 0), "rollback"), workspace)


def plan(connection: sa.Connection, path: Path, *, now: datetime, profile: Profile = Profile.LENIENT) -> Plan:
    """The plan of applying the folder at `path`; nothing is written."""
    with prepare(connection, path, now=now, profile=profile) as prepared:
        return prepared.plan


def plan_rollback(connection: sa.Connection, revision: int, *, now: datetime) -> Plan:
    """The plan of going back to `revision`; nothing is written."""
    with prepare_rollback(connection, revision, now=now) as prepared:
        return prepared.plan


# ------------------------------------------------------------------------------------------------------------ steps


def _compute(connection: sa.Connection, workspace: Workspace, today: date) -> None:
    for kind in RAW:
        diff_kind(connection, workspace, kind)
    if not workspace.any_change():
        return
    gather(connection, workspace)
    derive(workspace, today.isoformat())
    derive_standings(workspace, load_results(connection, workspace))
    for kind in DERIVED:
        if kind == STANDING:
            _diff_standings(connection, workspace)
        else:
            diff_derived(connection, workspace, kind)
    _find_silenced(connection, workspace)


def _diff_standings(connection: sa.Connection, workspace: Workspace) -> None:
    """Standings follow results only, so a roster change touches none but those of students who left."""
    db = workspace.db
    left = {change.key for change in workspace.changes(STUDENT, Op.REMOVE)}
    graded = {row[0] for row in db.execute("SELECT DISTINCT a FROM derived WHERE kind = ?", (STANDING,))}
    fresh = db.execute("SELECT key, hash, '' FROM derived WHERE kind = ? ORDER BY key", (STANDING,)).fetchall()
    found = store.find(connection, STANDING, "a", sorted(graded | left))
    old = sorted(Mark(record.key, record.hash, record.a, record.b) for record in found)
    changes = merge(STANDING, fresh, old)
    workspace.note(change for change in changes if change.op != Op.REMOVE.value or change.was_a in left)


def _plain(workspace: Workspace, kind: str, key: str, value: Any, mark: str = "", op: str = "") -> None:
    body = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    workspace.db.execute(
        "INSERT OR REPLACE INTO plain VALUES (?, ?, ?, ?, ?)", (kind, key, mark or digest((body,)), body, op)
    )


def _settings(workspace: Workspace) -> None:
    _plain(workspace, "config", "district", workspace.district)
    for school, settings in workspace.schools.items():
        _plain(workspace, "config", f"school/{school}", settings)


def _settings_from_records(connection: sa.Connection, workspace: Workspace) -> None:
    """The settings as they will be after a rollback: what is stored, overlaid with what is restored."""
    workspace.modes["config"] = Mode.DELTA
    now = {record.key: orjson.loads(record.body) for record in store.rows(connection, "config")}
    for key, body, op in workspace.db.execute("SELECT key, body, op FROM plain WHERE kind = 'config'"):
        if op == "tobedeleted":
            now.pop(key, None)
        else:
            now[key] = orjson.loads(body)
    workspace.district = now.get("district", {})
    workspace.schools = {key.removeprefix("school/"): value for key, value in now.items() if key.startswith("school/")}


def _restore(connection: sa.Connection, workspace: Workspace, kind: str, revision: int) -> None:
    workspace.modes[kind] = Mode.DELTA
    if kind in PLAIN:
        for key, then in store.changed_since(connection, kind, revision):
            values = (kind, key, then.hash, then.body, "") if then else (kind, key, "", "null", "tobedeleted")
            workspace.db.execute("INSERT OR REPLACE INTO plain VALUES (?, ?, ?, ?, ?)", values)
        return
    writer = workspace.staging.writer(kind)
    for row, (key, then) in enumerate(store.changed_since(connection, kind, revision), start=1):
        blank = [""] * (len(KINDS[kind]) - 3)
        cells = unpack(key, then.body) if then else [key, "", "", *blank]
        cells[1] = "active" if then else "tobedeleted"
        writer.add(cells, row)
    writer.flush()


def _check_delta_references(workspace: Workspace, findings: Findings) -> None:
    """A delta may refer to earlier data; when neither it nor the district has it, a person should know."""
    for kind, column, target in (
        ("enrollments", "userSourcedId", "users"), ("roles", "userSourcedId", "users"), ("contacts", "contactSourcedId", "users"),
        ("contacts", "studentSourcedId", "users"), ("enrollments", "classSourcedId", "classes"),
    ):  # fmt: skip
        if workspace.mode(kind) is not Mode.DELTA:
            continue
        query = (
            f'SELECT s._row FROM "{kind}" s WHERE s._row > 0 AND NOT EXISTS'
            f' (SELECT 1 FROM "{target}" t WHERE t.sourcedId = s."{column}") ORDER BY s._row'
        )
        for (row,) in workspace.db.execute(query):
            findings.add(Finding("reference.missing_target_record", f"{kind}.csv", row, column, f"{target}.csv", "missing",
                                 f"{column} names a record that neither the delta nor the district has.",
                                 "Send the record too, or correct the id."))  # fmt: skip


def _find_silenced(connection: sa.Connection, workspace: Workspace) -> None:
    """Pairs whose guardian was reached until now and will not be."""
    db = workspace.db
    pairs: list[tuple[str, str, str]] = []
    keys = [change.key for change in workspace.changes(LINK) if change.op != "add"]
    for record in store.find(connection, LINK, "key", keys):
        was = orjson.loads(record.body)
        if not (was["receives"] and any(was["contact"].values())):
            continue
        row = db.execute("SELECT body FROM derived WHERE kind = ? AND key = ?", (LINK, record.key)).fetchone()
        if row is None:
            pairs.append((record.b or "", record.a or "", "unlinked"))
        else:
            now = orjson.loads(row[0])
            if not (now["receives"] and any(now["contact"].values())):
                pairs.append((record.b or "", record.a or "", "unreachable"))
    query = "SELECT d.b, d.a FROM change c JOIN derived d ON d.kind = c.kind AND d.key = c.key WHERE c.kind = ? AND c.op = 'add'"
    pairs += [(guardian, student, "restricted") for guardian, student in db.execute(query, (RESTRICTION,))]
    db.executemany("INSERT OR IGNORE INTO silenced VALUES (?, ?, ?)", pairs)


# ------------------------------------------------------------------------------------------------------- the result


def _failed(connection: sa.Connection, report: Report, district: str) -> Plan:
    return Plan(store.head(connection), "", {}, report, district=district)


def _plan(connection: sa.Connection, workspace: Workspace, report: Report, action: str) -> Plan:
    db = workspace.db
    tallies: dict[str, Tally] = {}
    for kind, add, change, remove in db.execute(
        "SELECT kind, sum(op = 'add'), sum(op = 'change'), sum(op = 'remove') FROM change GROUP BY kind"
    ):
        tallies[kind] = Tally(add, change, remove)
    base = store.head(connection)
    checksum = _checksum(workspace, base)
    silenced = [
        Silenced(*row)
        for row in db.execute("SELECT guardian, student, why FROM silenced ORDER BY 1, 2 LIMIT ?", (LISTED,))
    ]
    unreachable = [
        row[0]
        for row in db.execute("SELECT key FROM derived WHERE kind = ? ORDER BY key LIMIT ?", (UNREACHABLE, LISTED))
    ]
    count = db.execute("SELECT count(*) FROM derived WHERE kind = ?", (UNREACHABLE,)).fetchone()[0]
    if not tallies:
        count = store.count(connection, UNREACHABLE)
        unreachable = [mark.key for _, mark in zip(range(LISTED), store.marks(connection, UNREACHABLE), strict=False)]
    return Plan(
        base=base,
        checksum=checksum,
        tallies=tallies,
        report=report,
        holds=tuple(find_holds(connection, workspace, tallies, checksum)),
        silenced=tuple(silenced),
        silenced_count=db.execute("SELECT count(*) FROM silenced").fetchone()[0],
        unreachable=tuple(unreachable),
        unreachable_count=count,
        action=action,
        district=workspace.district.get("slug", ""),
    )


def _checksum(workspace: Workspace, base: int) -> str:
    """Over every change, and the revision it starts from: what was looked at is what will be applied."""
    value = blake2b(str(base).encode(), digest_size=12)
    for row in workspace.db.execute("SELECT kind, key, op, hash FROM change ORDER BY kind, key"):
        value.update("\x1f".join(row).encode() + b"\n")
    return value.hexdigest()
