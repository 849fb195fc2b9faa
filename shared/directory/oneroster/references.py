"""References among tables: every id unique in its file, every id that is named present in the file it belongs to.

Only bulk files are held to it: a delta may refer to data sent earlier, which the plan looks up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.directory.finding import Finding
from shared.directory.oneroster.package import Mode, Package
from shared.directory.oneroster.spec import TABLES_12, Column, Type
from shared.directory.oneroster.staging import Staging


def check_references(package: Package, tables: Iterable[str], staging: Staging) -> Iterator[Finding]:
    """Findings for the supplied ones of `tables`."""
    supplied = package.supplied()
    for name in tables:
        if name not in supplied:
            continue
        yield from _duplicates(name, staging)
        if supplied[name] is Mode.BULK:
            for column in TABLES_12[name].columns:
                if column.target:
                    yield from _dangling(package, name, column, supplied, staging)


def _duplicates(name: str, staging: Staging) -> Iterator[Finding]:
    query = (
        f'SELECT _row FROM (SELECT _row, row_number() OVER (PARTITION BY sourcedId ORDER BY _row) AS nth FROM "{name}"'
        f' WHERE sourcedId IN (SELECT sourcedId FROM "{name}" GROUP BY sourcedId HAVING count(*) > 1)) WHERE nth > 1'
        " ORDER BY _row"
    )
    for (row,) in staging.db.execute(query):
        yield Finding(
            "reference.duplicate_sourced_id", f"{name}.csv", row, "sourcedId", "an id used once", "duplicate",
            "Two rows of the file have the same sourcedId.", "Remove one of them, or give it its own id.",
        )  # fmt: skip


def _dangling(
    package: Package, name: str, column: Column, supplied: dict[str, Mode], staging: Staging
) -> Iterator[Finding]:
    target = column.target or ""
    file = f"{target}.csv"
    field = _name_in(package, column)
    many = column.type is Type.GUIDS
    if target not in supplied:
        rows = (
            staging.db.execute(
                "SELECT DISTINCT _row FROM listref WHERE kind = ? AND field = ? ORDER BY _row", (name, column.name)
            )
            if many
            else staging.db.execute(f'SELECT _row FROM "{name}" WHERE "{column.name}" <> \'\' ORDER BY _row')
        )
        for (row,) in rows:
            yield Finding(
                "reference.missing_target_file", f"{name}.csv", row, field, file, "absent",
                f"{field} refers to {file}, which is not in the package.",
                f"Supply {file}, or send this file as a delta.",
            )  # fmt: skip
        return
    absent = f'NOT EXISTS (SELECT 1 FROM "{target}" AS t WHERE t.sourcedId = '
    rows = (
        staging.db.execute(
            f"SELECT _row FROM listref AS s WHERE kind = ? AND field = ? AND {absent} s.target) ORDER BY _row",
            (name, column.name),
        )
        if many
        else staging.db.execute(
            f'SELECT _row FROM "{name}" AS s WHERE s."{column.name}" <> \'\' AND {absent} s."{column.name}") ORDER BY _row'
        )
    )
    for (row,) in rows:
        yield Finding(
            "reference.missing_target_record", f"{name}.csv", row, field, file, "missing",
            f"{field} names a record that {file} does not hold.",
            f"Add the record to {file}, or correct {field}.",
        )  # fmt: skip


def _name_in(package: Package, column: Column) -> str:
    """The column's name in the layout that the package is written in."""
    if package.version == "1.1" and column.name == "academicSessionSourcedId":
        return "gradingPeriodSourcedId"
    return column.name
