"""The choices sheet: lists of choices, each with its value here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.surveys.exchange.cells import Cells, Columns, told
from services.surveys.exchange.headers import OURS
from services.surveys.exchange.names import Names
from services.surveys.exchange.place import Place, Remark, Weight

_IMPOSSIBLE = {
    "image": "Pictures do not reach every family in every way.",
    "big-image": "Pictures do not reach every family in every way.",
    "audio": "Sounds beside a choice do not reach every family in every way.",
    "video": "Films do not reach every family in every way.",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """`entry` is the option of a definition."""

    name: str
    value: str
    entry: Mapping[str, Any]
    place: Place
    places: Mapping[str, Place]  # of the label, by language
    remarks: tuple[Remark, ...]  # said where a question offers this choice; a list nobody uses does no harm


@dataclass(frozen=True, slots=True)
class Choices:
    """By list; `sheet` is where they stand, for a list that is missing."""

    lists: dict[str, list[Choice]] = field(default_factory=dict)


def read_choices(found: Columns | None, languages: Sequence[str], remarks: list[Remark]) -> Choices:
    """All lists; a choice without a name, a label or a text in one language is remarked at its cell."""
    choices = Choices()
    names: dict[str, Names] = {}
    unused: set[tuple[str, str]] = set()
    for cells in found.rows() if found else ():
        list_name, name = cells.take("list_name"), cells.take("name")
        if not list_name:
            continue  # rows between lists, and remarks of the author
        if not name:
            remarks.append(Remark("xlsform.no_name", cells.place("name"), "This choice has no name.", "Give it one."))
            continue
        giver = names.setdefault(list_name, Names([], "choice", letter="c", capitals=True))
        choices.lists.setdefault(list_name, []).append(_choice(cells, name, giver, languages, unused))
    return choices


def _choice(cells: Cells, name: str, names: Names, languages: Sequence[str], unused: set[tuple[str, str]]) -> Choice:
    remarks: list[Remark] = []
    value = names.plain(name)
    remarks += names.clashes(name, cells.place("name"))
    label = cells.texts("label")
    places = {language: cells.place("label", language) for language in languages}
    if not label:
        place = places[languages[0]]
        remarks.append(Remark("xlsform.no_label", place, "This choice has no label.", "Write what people read."))
    for language in languages:
        if label and language not in label:
            message = f"This choice has no label in {language}."
            remedy = "Translate it, or remove the language's columns."
            remarks.append(Remark("survey.untranslated", places[language], message, remedy, Weight.COMPLETE))
        elif "${" in label.get(language, ""):
            remarks.append(piping(places[language]))
    entry: dict[str, Any] = {"value": value, "label": label}
    if short := cells.texts(f"{OURS}short"):
        entry["short"] = short
    if synonyms := cells.texts(f"{OURS}synonyms"):
        entry["synonyms"] = {
            tag: [word.strip() for word in words.split(";") if word.strip()] for tag, words in synonyms.items()
        }
    entry.update(cells.more(remarks))
    remarks += told(cells, _IMPOSSIBLE, unused)
    return Choice(name, value, entry, cells.row.place(), places, tuple(remarks))


def piping(place: Place) -> Remark:
    """A text with another answer in it."""
    message = "An answer cannot stand in the text of another question: no text message or letter would know it."
    return Remark("xlsform.answer_in_text", place, message, "Write the sentence without ${…}.")
