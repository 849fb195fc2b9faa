"""Reads the catalogue and refuses one whose languages do not agree with `keys.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.translation.domain.languages import serving
from shared.errors import HomeroomError
from shared.ids import fingerprint
from shared.language.icu_nodes import MessageError
from shared.language.templates import params_of

FOLDER = Path(__file__).parent
KEYS = "keys.yaml"
SOURCE = "en"
DRAFT = "draft"
WHOLE, CORE = "all", "core"

Signatures = Mapping[tuple[str, str], tuple[str, str]]  # (key, language) → (version signed, by whom)


class CatalogueError(HomeroomError):
    """A catalogue file that cannot be used: names file and key."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A key's text in one language. `approved_by` is None while it is a draft; `version` changes with the text."""

    key: str
    language: str
    text: str
    approved_by: str | None

    @property
    def version(self) -> str:
        return fingerprint(self.key, self.language, self.text)

    def approval(self, signed: Signatures) -> str | None:
        """Who stands for this very wording: a person of the district, else whoever the file names; None for a draft."""
        version, by = signed.get((self.key, self.language), ("", ""))
        return by if version == self.version else self.approved_by


@dataclass(frozen=True)
class Catalogue:
    """Every wording, by language and key. `core`: the keys that every language has. `essential`: those whose drafts wait
    for a person."""

    keys: Mapping[str, frozenset[str]]  # key → its params
    wordings: Mapping[str, Mapping[str, Wording]]
    core: frozenset[str] = frozenset()
    essential: frozenset[str] = frozenset()

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.wordings)

    def find(self, key: str, language: str) -> Wording | None:
        """The wording for a reader of `language`: their own, or that of the same language without region."""
        at_hand = serving(language, self.wordings.keys())
        return self.wordings[at_hand].get(key) if at_hand else None


@cache
def load(folder: Path = FOLDER) -> Catalogue:
    """The catalogue of `folder` (CatalogueError where a key is missing, unknown, or has other params than declared)."""
    content = _read(folder / KEYS)
    try:
        declared = {str(key): frozenset(entry["params"]) for key, entry in content["keys"].items()}
        core = frozenset(content.get("core") or [])
        essential = frozenset(str(key) for key, entry in content["keys"].items() if entry.get("essential", False))
    except (KeyError, TypeError, AttributeError):
        remedy = "write `keys:` and under it `a.key: {audience: guardian, params: [student], purpose: …}`"
        raise CatalogueError("CATALOGUE_FILE", "does not declare its keys with their params", remedy, KEYS) from None
    if core - declared.keys():
        stray = sorted(core - declared.keys())[0]
        raise CatalogueError("CATALOGUE_KEYS", "a core key is not declared", "declare it under keys", f"{KEYS}:{stray}")
    wordings: dict[str, Mapping[str, Wording]] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name != KEYS:
            wordings[path.stem] = _language(path, declared, core)
    return Catalogue(declared, wordings, core, essential)


def _language(path: Path, declared: Mapping[str, frozenset[str]], core: frozenset[str]) -> Mapping[str, Wording]:
    content = _read(path)
    entries, needed = content.get("entries"), core if content.get("covers") == CORE else declared.keys()
    if not isinstance(entries, dict):
        raise CatalogueError("CATALOGUE_FILE", "has no entries", "write `entries:` and one text per key", path.name)
    for key in sorted((needed - entries.keys()) | (entries.keys() - declared.keys())):
        what = "has no text for" if key in declared else "has a text for the undeclared key"
        raise CatalogueError(
            "CATALOGUE_KEYS", f"{what} {key}", "give every key of keys.yaml one text", f"{path.name}:{key}"
        )
    stands = str(content.get("approved_by", DRAFT))
    return {key: _wording(path, key, entry, stands, declared[key]) for key, entry in entries.items()}


def _wording(path: Path, key: str, entry: Any, stands: str, params: frozenset[str]) -> Wording:
    given = entry if isinstance(entry, dict) else {"text": entry}
    text, signed = given.get("text"), given.get("approved_by")
    where = f"{path.name}:{key}"
    if not isinstance(text, str) or not text.strip():
        raise CatalogueError("CATALOGUE_TEXT", "is no text", "write the text in quotes", where)
    try:
        used = params_of(text)
    except MessageError as error:
        place = f"{where}: {error.where}" if error.where else where
        raise CatalogueError(error.code, error.message, error.remedy, place) from None
    if used != params:
        raise CatalogueError(
            "CATALOGUE_PARAMS", f"{key} has other params than keys.yaml", "use each declared param", where
        )
    approved = signed or stands
    return Wording(key, path.stem, text, None if approved == DRAFT else approved)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        where = f"{path.name}: {type(error).__name__}"
        raise CatalogueError("CATALOGUE_FILE", "cannot be read", "restore the file", where) from None
    if not isinstance(content, dict):
        raise CatalogueError("CATALOGUE_FILE", "holds no entries", "begin with `language: <tag>`", path.name)
    return content


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
