"""Standings from gradebook results: the mean percentage of a student's scored results in a class so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shared.directory.engine.kinds import STANDING
from shared.directory.engine.workspace import Workspace
from shared.directory.oneroster.staging import digest

COUNTED = ("fully graded", "partially graded")


@dataclass(frozen=True, slots=True)
class Result:
    """One scored result with its line item's range."""

    on: str
    score: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Standing:
    percent: float
    as_of: str


def standing(results: Iterable[Result]) -> Standing | None:
    """Mean of `(score − min) / (max − min)` in percent, one decimal, as of the newest score date; None without any."""
    total, number, newest = 0.0, 0, ""
    for result in results:
        if result.high > result.low:
            total += (result.score - result.low) / (result.high - result.low)
            number += 1
            newest = max(newest, result.on)
    return Standing(round(100 * total / number, 1), newest) if number else None


def derive_standings(workspace: Workspace, students: list[str]) -> None:
    """Fill `derived` with the standings of `students` in every class they have results in."""
    if not students:
        return
    import orjson

    db = workspace.db
    db.execute("CREATE TABLE IF NOT EXISTS graded (id PRIMARY KEY) WITHOUT ROWID")
    db.executemany("INSERT OR IGNORE INTO graded VALUES (?)", ((one,) for one in students))
    marks = ", ".join(f"'{status}'" for status in COUNTED)
    query = f"""
        SELECT r.studentSourcedId, l.classSourcedId, c.schoolSourcedId, c.courseSourcedId, coalesce(k.title, c.title),
            r.scoreDate, CAST(r.score AS REAL), CAST(coalesce(nullif(l.resultValueMin, ''), '0') AS REAL),
            CAST(coalesce(nullif(l.resultValueMax, ''), '100') AS REAL)
        FROM results r JOIN graded g ON g.id = r.studentSourcedId JOIN lineItems l ON l.sourcedId = r.lineItemSourcedId
        JOIN classes c ON c.sourcedId = l.classSourcedId LEFT JOIN courses k ON k.sourcedId = c.courseSourcedId
        WHERE r.score <> '' AND r.scoreStatus IN ({marks}) ORDER BY 1, 2, r.scoreDate, r.sourcedId"""
    rows: list[tuple[Any, ...]] = []
    current: tuple[Any, ...] | None = None
    results: list[Result] = []

    def close() -> None:
        found = standing(results)
        if current is None or found is None:
            return
        student, klass, school, course, title = current
        data = {
            "student_id": student, "school_id": school, "class_id": klass, "course_id": course, "course_title": title,
            "score_pct": found.percent, "as_of": found.as_of,
        }  # fmt: skip
        body = orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()
        rows.append((STANDING, f"{student}|{klass}", digest((str(found.percent),)), body, student, klass))

    for *about, on, score, low, high in db.execute(query):
        if current != tuple(about):
            close()
            current, results = tuple(about), []
        results.append(Result(on, score, low, high))
    close()
    db.executemany("INSERT OR REPLACE INTO derived VALUES (?, ?, ?, ?, ?, ?)", rows)
