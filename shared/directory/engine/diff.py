"""What differs between what came and what the district has: a merge of two sorted streams, or look-ups for a delta."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from shared.directory import store
from shared.directory.engine.workspace import Change, Op, Workspace
from shared.directory.oneroster.package import Mode
from shared.directory.oneroster.staging import KINDS, batches
from shared.directory.store import Mark

Row = tuple[str, str, str]  # key, hash, status


def diff_kind(connection: sa.Connection, workspace: Workspace, kind: str) -> None:
    """Note the changes of one kind."""
    mode = workspace.mode(kind)
    if mode is Mode.BULK and kind in KINDS and store.count(connection, kind) == 0:
        workspace.note_all_new(kind)
        return
    if mode is Mode.BULK:
        found = merge(kind, workspace.rows_of(kind), store.marks(connection, kind))
    elif mode is Mode.DELTA:
        found = _delta(connection, kind, workspace.rows_of(kind))
    else:
        return
    for part in batches(found):
        workspace.note(part)  # type: ignore[arg-type]
    if mode is Mode.DELTA and kind not in ("config", "drop"):
        workspace.db.execute(f"DELETE FROM \"{kind}\" WHERE status = 'tobedeleted'")


def merge(kind: str, new: Iterable[Row], old: Iterable[Mark]) -> Iterator[Change]:
    """Both in key order (code point order); memory is one row of each."""
    olds = iter(old)
    was = next(olds, None)
    for key, hash_, _ in new:
        while was is not None and was.key < key:
            yield Change(kind, was.key, Op.REMOVE.value, "", was.a, was.b)
            was = next(olds, None)
        if was is not None and was.key == key:
            if was.hash != hash_:
                yield Change(kind, key, Op.CHANGE.value, hash_, was.a, was.b)
            was = next(olds, None)
        else:
            yield Change(kind, key, Op.ADD.value, hash_, None, None)
    while was is not None:
        yield Change(kind, was.key, Op.REMOVE.value, "", was.a, was.b)
        was = next(olds, None)


def _delta(connection: sa.Connection, kind: str, new: Iterable[Row]) -> Iterator[Change]:
    for part in batches(new, store.KEYS_PER_QUERY):
        rows: list[Row] = part  # type: ignore[assignment]
        known = {mark.key: mark for mark in store.find(connection, kind, "key", [row[0] for row in rows])}
        for key, hash_, status in rows:
            was = known.get(key)
            if status == "tobedeleted":
                if was:
                    yield Change(kind, key, Op.REMOVE.value, "", was.a, was.b)
            elif was is None:
                yield Change(kind, key, Op.ADD.value, hash_, None, None)
            elif was.hash != hash_:
                yield Change(kind, key, Op.CHANGE.value, hash_, was.a, was.b)


def diff_derived(connection: sa.Connection, workspace: Workspace, kind: str) -> None:
    """The same for what was derived: everything, or only what belongs to the people in scope."""
    fresh = workspace.db.execute("SELECT key, hash, '' FROM derived WHERE kind = ? ORDER BY key", (kind,))
    if workspace.everyone or kind in ("=school", "=calendar"):
        old: Iterable[Mark] = store.marks(connection, kind)
    else:
        column = "key" if kind in ("=student", "=staff", "=unreachable") else "a"
        ids = (row[0] for row in workspace.db.execute("SELECT id FROM scope"))
        found = [Mark(r.key, r.hash, r.a, r.b) for r in store.find(connection, kind, column, ids)]
        old = sorted(found, key=lambda mark: mark.key)
    for part in batches(merge(kind, fresh, old)):
        workspace.note(part)  # type: ignore[arg-type]
