"""What is unusual enough to wait for a person: mass deletions, mass changes, a crowd of guardians."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from shared.directory import store
from shared.directory.engine.kinds import HELD, LABELS, LINK
from shared.directory.engine.plan import Hold, Tally
from shared.directory.engine.workspace import Workspace
from shared.ids import fingerprint

DELETED_SHARE, CHANGED_SHARE = 0.10, 0.75  # what Clever holds at
FEW = 10  # shares mean nothing in a kind with so few records
CROWD = 6  # guardians of one student, what Remind holds at


def find_holds(
    connection: sa.Connection, workspace: Workspace, tallies: Mapping[str, Tally], checksum: str
) -> Iterator[Hold]:
    for kind in HELD:
        tally = tallies.get(kind)
        if tally is None or not (tally.remove or tally.change):
            continue
        existing = store.count(connection, kind)
        if existing <= FEW:
            continue
        if tally.remove > DELETED_SHARE * existing:
            yield _hold("deleted", kind, tally.remove, existing, checksum)
        if tally.change > CHANGED_SHARE * existing:
            yield _hold("changed", kind, tally.change, existing, checksum)
    crowded = workspace.db.execute(
        "SELECT count(*) FROM (SELECT a FROM derived WHERE kind = ? AND a IN (SELECT substr(key, 1, instr(key, '|') - 1)"
        " FROM change WHERE kind = ? AND op = 'add') GROUP BY a HAVING count(*) >= ?)",
        (LINK, LINK, CROWD),
    ).fetchone()[0]
    if crowded:
        yield _hold("six_or_more_guardians", LINK, crowded, crowded, checksum)


def _hold(reason: str, kind: str, count: int, of: int, checksum: str) -> Hold:
    return Hold(f"hold-{fingerprint(reason, kind, checksum)}", reason, LABELS[kind], count, of)
