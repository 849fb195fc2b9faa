"""Names of a form as ids of ours: a-z, 0-9 and _; what had to be changed is told, what would clash is refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from services.surveys.exchange.place import Place, Remark, Weight

_LONGEST = 40


@dataclass(slots=True)
class Names:
    """Gives every name an id of its own."""

    remarks: list[Remark]
    what: str
    taken: dict[str, str] = field(default_factory=dict)
    letter: str = "q"
    capitals: bool = False  # a choice's value may have them

    def give(self, name: str, place: Place) -> str:
        """The id for `name`, which may come again; refused where another name has it already."""
        found = self.plain(name)
        if self.taken.get(found) != name:
            self.remarks += self.clashes(name, place)
        return found

    def clashes(self, name: str, place: Place) -> list[Remark]:
        """Takes the name for the one who asks, and says what is to be said about it."""
        found = self.plain(name)
        remarks = []
        if found in self.taken:
            other = self.taken[found]
            message = (
                f"Another {self.what} is named {name[:40]}, too."
                if other == name
                else f"{name[:40]} and {other[:40]} would both be {found} here."
            )
            remarks.append(Remark("xlsform.same_name", place, message, f"Rename the {self.what}."))
        elif found != name:
            message = f"The {self.what} {name[:40]} is named {found} here."
            remarks.append(Remark("xlsform.renamed", place, message, "Nothing needs to be done.", Weight.NOTE))
        self.taken.setdefault(found, name)
        return remarks

    def plain(self, name: str) -> str:
        decomposed = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        kept = decomposed if self.capitals else decomposed.lower()
        plain = re.sub(r"[^A-Za-z0-9_-]+" if self.capitals else r"[^a-z0-9_]+", "_", kept).strip("_-")[:_LONGEST]
        if not plain:  # a name in another script: its place in Unicode is a name that stays
            plain = f"{self.letter}_{'_'.join(f'{ord(char):x}' for char in name)}"[:_LONGEST].rstrip("_")
        if not re.match("[a-z]", plain):
            plain = f"{self.letter}{plain}"[: _LONGEST + 1]
        return plain
