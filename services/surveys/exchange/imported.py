"""What an import gives: plain content for a definition, what is to be said about it, and where each part came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.surveys.exchange.place import Place, Remark, Weight
from shared.directory.finding import Finding

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Imported:
    """`places`: by path in the content, where in the file it stood. `refused`: nothing is to be written."""

    content: dict[str, Any] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    places: dict[Path, Place] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        return any(remark.weight is Weight.REFUSED for remark in self.remarks)

    @property
    def complete(self) -> bool:
        """Fit to be asked as it is."""
        return all(remark.weight is Weight.NOTE for remark in self.remarks)

    def place(self, path: Path) -> Place:
        """Where `path` stood; of its nearest ancestor when nothing is known of it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place())

    def findings(self, file: str) -> list[Finding]:
        heavy = list(Weight)
        ordered = sorted(self.remarks, key=lambda remark: heavy.index(remark.weight))
        return [remark.finding(file) for remark in dict.fromkeys(ordered)]

    def told(self) -> Mapping[str, int]:
        """How many remarks of each weight."""
        return {weight.value: sum(remark.weight is weight for remark in self.remarks) for weight in Weight}
