"""Weekly gradebook packages: OneRoster delta zips with line items and results, named by the day they are dropped."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from shared.directory.generate.closing import school_year
from shared.directory.generate.knobs import Knobs
from shared.directory.generate.schools import Klass, is_elementary
from shared.directory.generate.writing import cell
from shared.directory.oneroster.spec import TABLES_12

_EPOCH = (1980, 1, 1, 0, 0, 0)  # zip entries carry no time of their own, so that the same seed gives the same bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """A student's score, of 100, on one day's line item of a class."""

    student: str
    klass: str
    score: float


def write_gradebook(
    out: Path, knobs: Knobs, seed: int, classes: Iterable[Klass], *, days: tuple[date, ...] = (),
    cast: Mapping[date, tuple[Mark, ...]] | None = None,
    subjects: tuple[str, ...] = (),
) -> int:  # fmt: skip
    """One package per day for the secondary classes (of `subjects`, if any); returns the number of results.

    `cast` marks stand as they are.
    """
    start, _ = school_year(knobs.year)
    days = days or tuple(start + timedelta(days=7 * (week + 1)) for week in range(knobs.grade_weeks))
    secondary = {klass.id: klass for klass in classes if not is_elementary(klass.grade)}
    if subjects:
        secondary = {key: klass for key, klass in secondary.items() if klass.course.split("-")[1] in subjects}
    members = _members(out / "roster" / "enrollments.csv", secondary)
    random = Random(f"{seed}-grades")
    level = {pair: min(98.0, max(55.0, random.gauss(86, 6))) for pair in members}
    count = 0
    fixed = {(mark.student, mark.klass) for marks in (cast or {}).values() for mark in marks}
    for day in days:
        marks = list((cast or {}).get(day, ()))
        for pair in members:
            if pair not in fixed:
                score = min(100.0, max(0.0, level[pair] + random.gauss(0, 4)))
                marks.append(Mark(*pair, float(round(score))))
        _package(out / "grades" / f"{day.isoformat()}.zip", day, marks, secondary)
        count += len(marks)
    return count


def _members(path: Path, classes: Mapping[str, Klass]) -> list[tuple[str, str]]:
    """(student, class) of every student enrolled in `classes`, in file order."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.DictReader(stream)
        return [
            (row["userSourcedId"], row["classSourcedId"])
            for row in rows
            if row["role"] == "student" and row["classSourcedId"] in classes
        ]


def _package(path: Path, day: date, marks: list[Mark], classes: Mapping[str, Klass]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    modified = f"{day.isoformat()}T20:00:00.000Z"
    used = sorted({mark.klass for mark in marks})
    items = [
        [f"li-{klass}-{day:%m%d}", "active", modified, f"Week of {day:%d %B}", "", (day - timedelta(days=4)).isoformat(),
         day.isoformat(), klass, "cat-work", "session-fall", "0", "100", classes[klass].school]
        for klass in used
    ]  # fmt: skip
    results = [
        [f"res-{mark.student}-{mark.klass}-{day:%m%d}", "active", modified, f"li-{mark.klass}-{day:%m%d}", mark.student,
         "fully graded", f"{mark.score:g}", day.isoformat(), "", "", mark.klass, "", "", "", ""]
        for mark in marks
    ]  # fmt: skip
    categories = [["cat-work", "active", modified, "Classwork", "100"]]
    files = {"categories": categories, "lineItems": items, "results": results}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _entry(archive, "manifest.csv", ("propertyName", "value"), _manifest(files))
        for name, rows in files.items():
            _entry(archive, f"{name}.csv", TABLES_12[name].header, rows)


def _manifest(files: Mapping[str, object]) -> list[list[str]]:
    rows = [["manifest.version", "1.0"], ["oneroster.version", "1.2"]]
    return rows + [
        [f"file.{name}", "delta" if name in files else "absent"] for name in sorted(TABLES_12, key=str.casefold)
    ]


def _entry(archive: zipfile.ZipFile, name: str, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    text = io.StringIO()
    for row in (header, *rows):
        text.write(",".join(map(cell, row)) + "\n")
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, text.getvalue())
