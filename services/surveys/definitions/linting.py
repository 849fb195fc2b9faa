"""What `homeroom survey lint` says about one file, or about everything a district and its schools would ask."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from services.surveys.definitions.library import OVERLAY, SHIPPED, Library
from services.surveys.definitions.load import check
from services.surveys.domain.lint import Calendar
from shared.directory.finding import Finding

_SCHOOL = ".surveys"


def lint_file(path: Path, *, name: str | None = None, calendar: Calendar | None = None) -> list[Finding]:
    """Every finding about the survey, or the overlay with what it lies over, warnings too; empty where it can be published.

    An overlay's base is looked for beside it, in the district's `surveys/`, then among the shipped."""
    called = name or path.name
    if not path.stem.endswith(OVERLAY):
        return check(path, called, calendar=calendar)[1]
    survey = path.stem.removesuffix(OVERLAY)
    beside = path.resolve().parent
    own = [beside / f"{survey}.yaml", beside.parent.parent / "surveys" / f"{survey}.yaml"]
    whole = next((file for file in (*own, SHIPPED / f"{survey}.yaml") if file.is_file()), None)
    if whole is None:
        return [Finding("survey.overlay_unknown", called, 1, message=f"There is no survey {survey} to lie over.",
                        remedy="Name the file after the survey: <name>.overlay.yaml.", column=1)]  # fmt: skip
    return check(whole, whole.name, overlays=[(path, called)], calendar=calendar)[1]


def lint_district(folder: Path, *, calendars: Mapping[str, Calendar] | None = None) -> list[Finding]:
    """Every finding of a district's folder: its surveys, and each school's where it says something differently.

    `calendars`: the days of each school by its id, so far as they are known."""
    library = Library(folder.parent)
    schools = sorted(
        each.name.removesuffix(_SCHOOL) for each in (folder / "schools").glob(f"*{_SCHOOL}") if each.is_dir()
    )
    found: dict[Finding, None] = {}
    for survey in _surveys(folder, library):
        for school in (None, *schools):
            files = library.files(folder.name, survey, school)
            if files is None:
                found[_baseless(folder, survey)] = None
                continue
            (path, name), *overlays = files
            days = (calendars or {}).get(school) if school is not None else None
            found |= dict.fromkeys(check(path, name, overlays=overlays, calendar=days)[1])
    return list(found)


def _surveys(folder: Path, library: Library) -> list[str]:
    """Those that can be asked, and those that an overlay believes there are."""
    over = {path.stem.removesuffix(OVERLAY) for path in folder.glob(f"surveys/*{OVERLAY}.yaml")}
    over |= {path.stem.removesuffix(OVERLAY) for path in folder.glob(f"schools/*{_SCHOOL}/*{OVERLAY}.yaml")}
    return sorted({*library.names(folder.name), *over})


def _baseless(folder: Path, survey: str) -> Finding:
    files = sorted(folder.glob(f"*/**/{survey}{OVERLAY}.yaml"))
    name = files[0].relative_to(folder).as_posix() if files else f"{survey}.yaml"
    return Finding("survey.overlay_unknown", name, 1, message=f"There is no survey {survey} to lie over.",
                   remedy="Name the file after the survey: <name>.overlay.yaml.", column=1)  # fmt: skip
