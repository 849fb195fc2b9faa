"""The coach's data of one language: terms, phrases, what counts as an example, and the lessons."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.translation.coach.draft import Kind, NoteKind
from services.translation.coach.letters import by_letter
from shared.errors import HomeroomError

DATA = Path(__file__).with_name("data")


@dataclass(frozen=True)
class Term:
    """A word of the trade and what to say instead. `exact`: an acronym, matched as it is written."""

    term: str
    plain: str
    exact: bool


@dataclass(frozen=True)
class Phrase:
    """A passage to mark. `kinds` empty: in every kind of note. `suggestion` may hold {name}."""

    kind: Kind
    patterns: Mapping[str, re.Pattern[str]]  # by first letter
    kinds: frozenset[NoteKind]
    suggestion: str


@dataclass(frozen=True)
class Words:
    """Everything that the rules of one language need."""

    language: str
    terms: Mapping[str, Term]
    longest: Mapping[str, int]
    phrases: tuple[Phrase, ...]
    present: Mapping[str, re.Pattern[str]]
    reasons: Mapping[Kind, str]
    asks: Mapping[Kind, str]
    lessons: Mapping[Kind, str]
    common: frozenset[str]
    most_words: int


def languages() -> tuple[str, ...]:
    """Languages that have a folder of data."""
    return tuple(sorted(folder.name for folder in DATA.iterdir() if (folder / "rules.yaml").exists()))


def serving(language: str) -> str | None:
    """The data's language that serves this tag; none: the coach says nothing rather than something wrong."""
    base = language.replace("_", "-").split("-")[0].lower()
    return base if base in languages() else None


@cache
def words(language: str) -> Words:
    """Load and compile one language's data."""
    folder = DATA / language
    rules = yaml.safe_load((folder / "rules.yaml").read_text(encoding="utf-8"))
    terms = read_terms(folder / "jargon.csv")
    common = folder / "common.txt"
    return Words(
        language=language,
        terms=terms,
        longest=longest(terms),
        phrases=tuple(_phrases(rules["phrases"])),
        present={
            name: re.compile("|".join(f"(?:{each})" for each in found)) for name, found in rules["present"].items()
        },
        reasons={Kind(kind): text for kind, text in rules["reasons"].items()},
        asks={Kind(kind): text for kind, text in rules["asks"].items()},
        lessons={Kind(kind): text for kind, text in rules["lessons"].items()},
        common=frozenset(common.read_text(encoding="utf-8").split()),
        most_words=rules["most_words"],
    )


def _phrases(groups: list[dict[str, Any]]) -> list[Phrase]:
    return [
        Phrase(
            Kind(group["kind"]),
            by_letter(group["any"]),
            frozenset(NoteKind(kind) for kind in group.get("only", ())),
            group["say"],
        )
        for group in groups
    ]


def read_terms(path: Path) -> dict[str, Term]:
    """Terms of a CSV file with the columns `term` and `plain`, the product's or a district's.

    Raises HomeroomError with file, line and field when a row cannot be used.
    """
    found: dict[str, Term] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        for name in ("term", "plain"):
            if name not in (reader.fieldnames or ()):
                raise _bad(path, 1, name, "is missing in the head of the file", "Name the columns term,plain.")
        for row in reader:
            term, plain = (row["term"] or "").strip(), (row["plain"] or "").strip()
            if not term or not plain:
                empty = "plain" if term else "term"
                raise _bad(path, reader.line_num, empty, "is empty", "Give the term and what it means in plain words.")
            exact = sum(letter.isupper() for letter in term) > 1
            key = term if exact else term.lower()
            if key in found:
                raise _bad(path, reader.line_num, "term", "is there twice", "Keep one of the two rows.")
            found[key] = Term(term, plain, exact)
    return found


def longest(terms: Iterable[str]) -> dict[str, int]:
    """By the first word of each term, in lower case: how many words the longest has."""
    found: dict[str, int] = {}
    for term in terms:
        first, *rest = term.lower().split()
        found[first] = max(found.get(first, 0), 1 + len(rest))
    return found


def _bad(path: Path, line: int, field: str, what: str, remedy: str) -> HomeroomError:
    return HomeroomError("COACH_TERMS_BAD", f"{field} {what}.", remedy=remedy, where=f"{path.name}:{line}:{field}")
