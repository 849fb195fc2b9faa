"""The settings sheet: what the survey is called, its default language, and what only our own columns say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.surveys.exchange.cells import Cells, Columns, columns, told
from services.surveys.exchange.grid import Book
from services.surveys.exchange.headers import OURS, language_of
from services.surveys.exchange.imported import Imported
from services.surveys.exchange.names import Names
from services.surveys.exchange.place import Place, Remark


@dataclass(slots=True)
class Settings:
    """`language` is that of columns that name none."""

    stem: str
    language: str
    columns: Columns | None
    cells: Cells | None
    remarks: list[Remark]

    def give(self, imported: Imported, languages: Sequence[str], label: Place) -> None:
        """Name, kind, languages, title and intro; `label` is where the languages stand."""
        cells = self.cells
        place = cells.place("id") if cells else Place()
        name = Names(self.remarks, "survey", letter="s").give((cells.take("id") if cells else "") or self.stem, place)
        title = dict(cells.texts(f"{OURS}title")) if cells else {}
        if cells and (written := cells.take("title")):
            title.setdefault(languages[0], written)
        intro = cells.texts(f"{OURS}intro") if cells else {}
        content: dict[str, Any] = {"survey": name, "kind": name, "languages": list(languages)}
        if title:
            content["title"] = {tag: title[tag] for tag in languages if tag in title}
        if intro:
            content["intro"] = {tag: intro[tag] for tag in languages if tag in intro}
        imported.places.update({("survey",): place, ("languages",): label, ("kind",): place})
        if cells:
            imported.places[("title",)] = cells.place("title")
            imported.places[("intro",)] = cells.row.place()
            content.update(cells.more(self.remarks))
            self.remarks += told(cells, {}, set())
        imported.content = content


def read_settings(book: Book, *, stem: str, default_language: str, imported: Imported) -> Settings:
    """The sheet's first row; the default language from it where it is known."""
    plain = columns(book, "settings", default=default_language, remarks=[])
    first = next(plain.rows(), None) if plain else None
    written = first.take("default_language") if first else ""
    language = (language_of(written) if written and written.lower() != "default" else None) or default_language
    found = columns(book, "settings", default=language, remarks=imported.remarks)
    cells = next(found.rows(), None) if found else None
    if cells:
        for key in ("default_language", "version"):
            cells.take(key)
    return Settings(stem, language, found, cells, imported.remarks)
