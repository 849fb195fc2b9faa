"""Figures as people read them, and the flat rows of a CSV or a JSON object."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from services.notifications.domain.equity import Tongue
from services.notifications.domain.figures import UNITS, Figure, Name
from services.notifications.reports.published import Line, Published, Way

Say = Callable[..., str]
COLUMNS = ("table", "school", "language", "channel", "figure", "value", "unit", "n", "hidden", "as_of", "definition")


def value(name: Name, figure: Figure | None, t: Say) -> str:
    """The value with its unit; a dash for nothing to count."""
    if figure is None or figure.value is None:
        return "–"
    unit = UNITS[name]
    shown = f"{figure.value:.0f}" if unit in ("percent", "count", "days") else f"{figure.value:.1f}"
    return t(f"reach.unit.{unit}", value=shown)


def percent(number: float | None, t: Say) -> str:
    return "–" if number is None else t("reach.unit.percent", value=f"{number:.0f}")


def points(number: float | None, t: Say) -> str:
    """A gap in percentage points, with its sign."""
    return "–" if number is None else t("reach.points", value=f"{number:+.0f}")


def rows(report: Published, t: Say) -> list[dict[str, Any]]:
    """Every published figure as one flat row."""
    found = [row for line in report.lines for row in _of_line(report, line, t)]
    found += [_of_way(report, way, kind, t) for way in report.ways for kind in ("reach", "reply")]
    found += [_of_tongue(report, tongue, kind, t) for tongue in report.tongues for kind in ("reach", "reply")]
    return found


def as_csv(table: Sequence[Mapping[str, Any]], columns: Iterable[str] = COLUMNS) -> bytes:
    """UTF-8 with a byte order mark, for spreadsheets; a cell that would be read as a formula is quoted by an apostrophe."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(columns), extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({key: _harmless(cell) for key, cell in row.items()} for row in table)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _of_line(report: Published, line: Line, t: Say) -> list[dict[str, Any]]:
    return [
        _row(
            report,
            "schools",
            name.value,
            school=line.school_id,
            number=line.figures[name].value if line.figures else None,
            unit=UNITS[name],
            n=line.figures[name].n if line.figures else None,
            hidden=line.figures is None,
            t=t,
        )
        for name in Name
    ]


def _of_way(report: Published, way: Way, kind: str, t: Say) -> dict[str, Any]:
    number = way.reach if kind == "reach" else way.reply
    row = _row(
        report, "channels", f"channel_{kind}", school=report.school, number=number, n=way.n, hidden=way.n is None, t=t
    )
    return row | {"channel": way.channel}


def _of_tongue(report: Published, tongue: Tongue, kind: str, t: Say) -> dict[str, Any]:
    number = tongue.reach if kind == "reach" else tongue.reply
    n = None if tongue.hidden else tongue.n
    row = _row(
        report, "languages", f"language_{kind}", school=report.school, number=number, n=n, hidden=tongue.hidden, t=t
    )
    return row | {"language": tongue.language, "as_of": report.tongues_as_of.isoformat()}


def _row(
    report: Published,
    table: str,
    figure: str,
    *,
    school: str,
    number: float | None,
    n: int | None,
    hidden: bool,
    t: Say,
    unit: str = "percent",
) -> dict[str, Any]:
    return {
        "table": table,
        "school": school,
        "language": "",
        "channel": "",
        "figure": figure,
        "value": None if number is None else round(number, 1),
        "unit": unit,
        "n": n,
        "hidden": hidden,
        "as_of": report.as_of.isoformat(),
        "definition": t(f"reach.def.{figure}", days=report.days),
    }
