"""Who is touched by the changes, and the records that must be at hand to derive what follows for them.

A touched person draws in: the students a guardian belongs to, the students of a class whose teacher changed, and the
siblings, since a sibling group is decided by all of its members. All look-ups go by index, in batches.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from shared.directory import store
from shared.directory.engine.kinds import LINK, ROSTER, STUDENT
from shared.directory.engine.workspace import Workspace
from shared.directory.oneroster.package import Mode

SMALL = ("orgs", "academicSessions", "courses")  # always brought in whole: a few hundred rows
MOST = 0.5  # beyond this share of people touched, deriving everybody is cheaper


def gather(connection: sa.Connection, workspace: Workspace) -> None:
    """Fill `scope` and bring in the records that derivation needs."""
    for kind in SMALL:
        _complete(connection, workspace, kind)
    if _mostly_touched(workspace):
        _complete_roster(connection, workspace)
        workspace.everyone = True
        return
    first = _touched(workspace)
    if workspace.mode("users") is Mode.BULK or workspace.mode("enrollments") is Mode.BULK:
        _complete_roster(connection, workspace)
        workspace.widen(first)
        _from_classes(connection, workspace)
        _close_over_families(connection, workspace, loading=False)
        return
    workspace.widen(first)
    _from_classes(connection, workspace)
    _close_over_families(connection, workspace, loading=True)
    _load_classes(connection, workspace)


def _complete(connection: sa.Connection, workspace: Workspace, kind: str) -> None:
    if workspace.mode(kind) is not Mode.BULK:
        workspace.add_stored(kind, store.rows(connection, kind))


def _complete_roster(connection: sa.Connection, workspace: Workspace) -> None:
    for kind in ROSTER:
        _complete(connection, workspace, kind)
    if workspace.mode("users") is not Mode.BULK:
        stored = workspace.db.execute("SELECT sourcedId FROM users WHERE _row = 0").fetchall()
        _spread_agents(workspace, [row[0] for row in stored])


def _touched(workspace: Workspace) -> list[str]:
    """Ids named by changed rows: as they are now, and as they were."""
    db = workspace.db
    ids = {row[0] for row in db.execute("SELECT key FROM change WHERE kind = 'users'")}
    ids |= {
        row[0]
        for row in db.execute(
            "SELECT was_a FROM change WHERE kind IN ('roles', 'enrollments', 'contacts', 'results') AND was_a IS NOT NULL"
        )
    }
    for kind, column in (
        ("roles", "userSourcedId"), ("enrollments", "userSourcedId"), ("contacts", "studentSourcedId"),
        ("contacts", "contactSourcedId"), ("results", "studentSourcedId"),
    ):  # fmt: skip
        query = f'SELECT DISTINCT s."{column}" FROM change c JOIN "{kind}" s ON s.sourcedId = c.key WHERE c.kind = ?'
        ids |= {row[0] for row in db.execute(query, (kind,))}
    ids |= {
        row[0].partition("|")[2]
        for row in db.execute("SELECT key FROM change WHERE kind = 'contacts' AND op = 'remove'")
    }
    return sorted(ids)


def _from_classes(connection: sa.Connection, workspace: Workspace) -> None:
    """Students of classes whose teachers changed."""
    db = workspace.db
    classes = {
        row[0].partition("|")[0]
        for row in db.execute("SELECT was_b FROM change WHERE kind = 'enrollments' AND was_b LIKE '%|t'")
    }
    classes |= {
        row[0]
        for row in db.execute(
            "SELECT DISTINCT e.classSourcedId FROM change c JOIN enrollments e ON e.sourcedId = c.key"
            " WHERE c.kind = 'enrollments' AND e.role = 'teacher'"
        )
    }
    if not classes:
        return
    for part in _parts(sorted(classes)):
        marks = ", ".join("?" * len(part))
        query = f"SELECT DISTINCT userSourcedId FROM enrollments WHERE role = 'student' AND classSourcedId IN ({marks})"
        workspace.widen([row[0] for row in db.execute(query, part)])
    if workspace.mode("enrollments") is not Mode.BULK:
        found = store.find(connection, "enrollments", "b", (f"{one}|s" for one in sorted(classes)))
        workspace.widen(record.a for record in found if record.a)


def _close_over_families(connection: sa.Connection, workspace: Workspace, *, loading: bool) -> None:
    """Add students of touched guardians, and siblings, until nobody is new."""
    db = workspace.db
    db.execute("CREATE TABLE seen (id PRIMARY KEY) WITHOUT ROWID")
    while True:
        fresh = [row[0] for row in db.execute("SELECT id FROM scope WHERE id NOT IN (SELECT id FROM seen)")]
        if not fresh:
            break
        db.executemany("INSERT INTO seen VALUES (?)", ((one,) for one in fresh))
        if loading:
            _load_people(connection, workspace, fresh)
        drawn: set[str] = set()
        links = list(store.find(connection, LINK, "a", fresh)) if loading else []
        guardians = {record.b for record in links if record.b} | set(fresh)
        for part in _parts(fresh):
            marks = ", ".join("?" * len(part))
            for query in (
                f"SELECT contactSourcedId FROM contacts WHERE studentSourcedId IN ({marks})",
                f"SELECT target FROM listref WHERE kind = 'users' AND key IN ({marks})",
            ):
                guardians |= {row[0] for row in db.execute(query, part)}
        drawn |= _students_of(connection, workspace, sorted(guardians))
        drawn |= _groups_of(connection, fresh)
        workspace.widen(drawn)
    db.execute("DROP TABLE seen")


def _students_of(connection: sa.Connection, workspace: Workspace, guardians: list[str]) -> set[str]:
    found: set[str] = {record.a for record in store.find(connection, LINK, "b", guardians) if record.a}
    for part in _parts(guardians):
        marks = ", ".join("?" * len(part))
        for query in (
            f"SELECT studentSourcedId FROM contacts WHERE contactSourcedId IN ({marks})",
            f"SELECT key FROM listref WHERE kind = 'users' AND target IN ({marks})",
        ):
            found |= {row[0] for row in workspace.db.execute(query, part)}
    return found


def _groups_of(connection: sa.Connection, students: list[str]) -> set[str]:
    """The former siblings of students: they may have to part."""
    groups = {record.b for record in store.find(connection, STUDENT, "key", students) if record.b}
    return {record.key for record in store.find(connection, STUDENT, "b", sorted(groups))}


def _load_people(connection: sa.Connection, workspace: Workspace, ids: list[str]) -> None:
    """The rows of `ids`, and of the guardians of those who are students."""
    for kind, column in (("users", "key"), ("roles", "a"), ("enrollments", "a"), ("contacts", "a")):
        workspace.add_stored(kind, store.find(connection, kind, column, ids))
    _spread_agents(workspace, ids)
    guardians: set[str] = set()
    for part in _parts(ids):
        marks = ", ".join("?" * len(part))
        for query in (
            f"SELECT contactSourcedId FROM contacts WHERE studentSourcedId IN ({marks})",
            f"SELECT target FROM listref WHERE kind = 'users' AND key IN ({marks})",
        ):
            guardians |= {row[0] for row in workspace.db.execute(query, part)}
    wanted = sorted(guardians)
    workspace.add_stored("users", store.find(connection, "users", "key", wanted))
    workspace.add_stored("roles", store.find(connection, "roles", "a", wanted))


def _spread_agents(workspace: Workspace, ids: list[str]) -> None:
    """`listref` rows for users that came from the store."""
    for part in _parts(ids):
        marks = ", ".join("?" * len(part))
        query = f"SELECT sourcedId, agentSourcedIds FROM users WHERE _row = 0 AND agentSourcedIds <> '' AND sourcedId IN ({marks})"
        spread = [
            ("users", "agentSourcedIds", key, 0, agent)
            for key, agents in workspace.db.execute(query, part)
            for agent in agents.split(",")
        ]
        workspace.db.executemany("INSERT INTO listref VALUES (?, ?, ?, ?, ?)", spread)


def _load_classes(connection: sa.Connection, workspace: Workspace) -> None:
    """Teachers, and the class rows, of the classes that people in scope are in."""
    query = (
        "SELECT DISTINCT e.classSourcedId FROM enrollments e JOIN scope s ON s.id = e.userSourcedId"
        " UNION SELECT DISTINCT classSourcedId FROM lineItems"
    )
    classes = [row[0] for row in workspace.db.execute(query)]
    workspace.add_stored("enrollments", store.find(connection, "enrollments", "b", (f"{one}|t" for one in classes)))
    workspace.add_stored("classes", store.find(connection, "classes", "key", classes))


def load_results(connection: sa.Connection, workspace: Workspace) -> list[str]:
    """Earlier results of students with new ones; returns those students."""
    query = (
        "SELECT DISTINCT r.studentSourcedId FROM change c JOIN results r ON r.sourcedId = c.key WHERE c.kind = 'results'"
        " UNION SELECT was_a FROM change WHERE kind = 'results' AND was_a IS NOT NULL"
    )
    students = [row[0] for row in workspace.db.execute(query)]
    workspace.add_stored("results", store.find(connection, "results", "a", students))
    wanted = [row[0] for row in workspace.db.execute("SELECT DISTINCT lineItemSourcedId FROM results")]
    workspace.add_stored("lineItems", store.find(connection, "lineItems", "key", wanted))
    classes = [row[0] for row in workspace.db.execute("SELECT DISTINCT classSourcedId FROM lineItems")]
    workspace.add_stored("classes", store.find(connection, "classes", "key", classes))
    return students


def _mostly_touched(workspace: Workspace) -> bool:
    """Whether so many people changed in a complete roster that gathering them one by one is pointless."""
    if workspace.mode("users") is not Mode.BULK:
        return False
    touched = workspace.db.execute("SELECT count(*) FROM change WHERE kind = 'users'").fetchone()[0]
    return bool(touched >= MOST * workspace.staging.count("users"))


def _parts(values: Iterable[str]) -> Iterable[list[str]]:
    part: list[str] = []
    for value in values:
        part.append(value)
        if len(part) == store.KEYS_PER_QUERY:
            yield part
            part = []
    if part:
        yield part
