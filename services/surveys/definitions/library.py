"""Which surveys a district can ask: those shipped, its own, and what it and its schools say differently.

definitions/<name>.yaml                            shipped
surveys/<name>.yaml                                a district's own whole file: it stands before the shipped one
surveys/<name>.overlay.yaml                        texts, options and dates of the district
schools/<school>.surveys/<name>.overlay.yaml       texts, options and dates of one school
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from services.surveys.definitions.load import Definition, Named, load
from services.surveys.domain.lint import Calendar
from services.surveys.domain.lint_dates import date_faults
from shared.errors import HomeroomError

SHIPPED = Path(__file__).parent
DISTRICTS = Path(__file__).resolve().parents[3] / "deploy" / "districts"
VARIABLE = "HOMEROOM_DISTRICTS"  # where the district folders lie, if not under deploy/districts
OVERLAY = ".overlay"
_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # an id that is a folder's name, and leads nowhere else


class Library:
    """Reads files again when they have changed; what was published keeps its version in the database."""

    def __init__(self, districts: Path | None = None) -> None:
        self._districts = districts or Path(os.environ.get(VARIABLE) or DISTRICTS)
        self._read: dict[tuple[Named, ...], tuple[tuple[int, ...], Definition]] = {}

    def find(
        self, district: str, survey: str, school: str | None = None, *, calendar: Calendar | None = None
    ) -> Definition:
        """The survey of that name as that school asks it (HomeroomError if there is none, DefinitionError if a file is wrong,
        or names a day on which that school is closed, if its `calendar` is given)."""
        files = self.files(district, survey, school)
        if files is None:
            raise HomeroomError(
                "SURVEY_UNKNOWN",
                "There is no survey of this name.",
                f"Use one of {', '.join(self.names(district))}, or add surveys/<name>.yaml to the district's folder.",
                "survey",
            )
        (path, name), *overlays = files
        changed = tuple(path.stat().st_mtime_ns for path, _ in files)
        kept = self._read.get(files)
        if kept is None or kept[0] != changed:
            kept = self._read[files] = (changed, load(path, name, overlays=overlays))
        if calendar is not None and any(date_faults(kept[1].survey, calendar)):
            return load(path, name, overlays=overlays, calendar=calendar)  # says where
        return kept[1]

    def files(self, district: str, survey: str, school: str | None = None) -> tuple[Named, ...] | None:
        """The whole file, then what lies over it in turn; None if there is no such survey."""
        if not survey.isidentifier():
            return None
        folder = self._districts / district
        own = (folder / "surveys" / f"{survey}.yaml", f"surveys/{survey}.yaml")
        shipped = (SHIPPED / f"{survey}.yaml", f"definitions/{survey}.yaml")
        whole = next((file for file in (own, shipped) if file[0].is_file()), None)
        if whole is None:
            return None
        places = ["surveys"]
        if school is not None and _FOLDER.fullmatch(school):
            places.append(f"schools/{school}.surveys")
        over = ((folder / place / f"{survey}{OVERLAY}.yaml", f"{place}/{survey}{OVERLAY}.yaml") for place in places)
        return (whole, *(file for file in over if file[0].is_file()))

    def schools(self, district: str) -> list[str]:
        """Schools that say something differently."""
        folder = self._districts / district / "schools"
        return sorted(path.name.removesuffix(".surveys") for path in folder.glob("*.surveys") if path.is_dir())

    def names(self, district: str) -> list[str]:
        folders = (SHIPPED, self._districts / district / "surveys")
        return sorted(
            {path.stem for folder in folders for path in folder.glob("*.yaml") if not path.stem.endswith(OVERLAY)}
        )
