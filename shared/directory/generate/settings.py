"""`district.yaml`, `schools/*.yaml` of a generated district."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import yaml

from shared.directory.generate.closing import school_year
from shared.directory.generate.knobs import Knobs
from shared.directory.generate.schools import School


def write_settings(out: Path, knobs: Knobs, schools: list[School]) -> None:
    """Write the settings; keys in a fixed order, so that the same knobs give the same bytes."""
    start, end = school_year(knobs.year)
    main = sorted(knobs.languages, key=lambda tag: -knobs.languages[tag])[:8]
    settings: dict[str, object] = {
        "slug": knobs.slug,
        "name": knobs.name,
        "timezone": knobs.timezone,
        "languages": ["en", *[tag for tag in main if tag != "en"]],
        "school_year": {"start": start.isoformat(), "end": end.isoformat()},
        "midterm_release_on": date(knobs.year, 10, 23).isoformat(),
        "holidays": _holidays(knobs.year),
    }
    if knobs.six_question_intake:
        settings["intake"] = {
            "send_on": start.isoformat(),
            "remind_on": (start + timedelta(days=7)).isoformat(),
            "due_at": f"{(start + timedelta(days=10)).isoformat()}T17:00",
        }
    _dump(out / "district.yaml", settings)
    for place, school in enumerate(schools):
        _dump(
            out / "schools" / f"{school.id}.yaml",
            {
                "name": school.name,
                "office_phone": f"+1312555{9000 + place % 1000:04d}",
                "office_hours": [{"weekday": "wed", "start": "15:30", "end": "17:00"}],
            },
        )


def _holidays(year: int) -> list[str]:
    labor = next(date(year, 9, day) for day in range(1, 8) if date(year, 9, day).weekday() == 0)
    thanks = [date(year, 11, day) for day in range(1, 31) if date(year, 11, day).weekday() == 3][3]
    winter = [date(year, 12, 21) + timedelta(days=offset) for offset in range(14)]
    return [day.isoformat() for day in (labor, thanks, thanks + timedelta(days=1), *winter)]


def _dump(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")
