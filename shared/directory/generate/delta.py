"""A delta drop against a generated district: a share of its people changed, one row each."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from shared.directory.generate.names import phone
from shared.directory.generate.writing import CsvFile, manifest
from shared.directory.oneroster.spec import TABLES_12

_WHEN = "2026-09-15T06:00:00.000Z"


def generate_delta(folder: Path, *, share: float, out: Path) -> int:
    """Write `out`, the settings of `folder` with a delta of about `share` of its students and guardians; rows written."""
    shutil.copytree(folder, out, ignore=shutil.ignore_patterns("roster", "grades"), dirs_exist_ok=True)
    header = TABLES_12["users"].header
    every = max(1, round(1 / share))
    sms, preferred = header.index("sms"), header.index("preferredGivenName")
    given = header.index("givenName")
    with (
        (folder / "roster" / "users.csv").open(encoding="utf-8-sig", newline="") as source,
        CsvFile(out / "roster" / "users.csv", header) as target,
    ):
        rows = csv.reader(source)
        next(rows)
        for place, row in enumerate(rows):
            if place % every or row[0][:2] not in ("s-", "g-"):
                continue
            row[1:3] = "active", _WHEN
            if row[0].startswith("g-"):
                row[sms] = phone(400_000 + place)
            else:
                row[preferred] = row[given][:1] + "."
            target.add(*row)
    manifest(out / "roster" / "manifest.csv", {"users": "delta"})
    return target.rows
