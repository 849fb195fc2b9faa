"""Which surveys a district can ask: those shipped, and its own `surveys/*.yaml`, which stand before them."""

from __future__ import annotations

import os
from pathlib import Path

from services.surveys.definitions.load import Definition, load
from shared.errors import HomeroomError

SHIPPED = Path(__file__).parent
DISTRICTS = Path(__file__).resolve().parents[3] / "deploy" / "districts"
VARIABLE = "HOMEROOM_DISTRICTS"  # where the district folders lie, if not under deploy/districts


class Library:
    """Reads a file again when it has changed; what was published keeps its version in the database."""

    def __init__(self, districts: Path | None = None) -> None:
        self._districts = districts or Path(os.environ.get(VARIABLE) or DISTRICTS)
        self._read: dict[Path, tuple[int, Definition]] = {}

    def find(self, district: str, survey: str) -> Definition:
        """The survey of that name (HomeroomError if there is none, DefinitionError if its file is wrong)."""
        own = self._districts / district / "surveys" / f"{survey}.yaml"
        for path, name in ((own, f"surveys/{survey}.yaml"), (SHIPPED / f"{survey}.yaml", f"definitions/{survey}.yaml")):
            if survey.isidentifier() and path.is_file():
                return self._load(path, name)
        raise HomeroomError(
            "SURVEY_UNKNOWN",
            "There is no survey of this name.",
            f"Use one of {', '.join(self.names(district))}, or add surveys/<name>.yaml to the district's folder.",
            "survey",
        )

    def names(self, district: str) -> list[str]:
        folders = (SHIPPED, self._districts / district / "surveys")
        return sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})

    def _load(self, path: Path, name: str) -> Definition:
        changed = path.stat().st_mtime_ns
        kept = self._read.get(path)
        if kept is None or kept[0] != changed:
            kept = self._read[path] = (changed, load(path, name))
        return kept[1]
