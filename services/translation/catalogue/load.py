"""Reads the catalogue and refuses one whose languages do not agree with `keys.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.translation.domain.checks import placeholders
from services.translation.domain.languages import serving
from shared.errors import HomeroomError
from shared.ids import fingerprint

FOLDER = Path(__file__).parent
SOURCE = "en"
DRAFT = "draft"

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
    """Every wording, by language and key."""

    keys: Mapping[str, frozenset[str]]  # key → its params
    wordings: Mapping[str, Mapping[str, Wording]]

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.wordings)

    def find(self, key: str, language: str) -> Wording | None:
        """The wording for a reader of `language`: their own, or that of the same language without region."""
        at_hand = serving(language, self.wordings.keys())
        return self.wordings[at_hand].get(key) if at_hand else None


@cache
def load(folder: Path = FOLDER) -> Catalogue:
    """The catalogue of `folder` (CatalogueError where a key is missing, unknown, or has other {params} than declared)."""
    declared = {key: frozenset(entry["params"]) for key, entry in _read(folder / "keys.yaml")["keys"].items()}
    wordings: dict[str, Mapping[str, Wording]] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name != "keys.yaml":
            wordings[path.stem] = _language(path, declared)
    return Catalogue(declared, wordings)


def _language(path: Path, declared: Mapping[str, frozenset[str]]) -> Mapping[str, Wording]:
    content = _read(path)
    entries: dict[str, Any] = content["entries"]
    for key in sorted(declared.keys() ^ entries.keys()):
        what = "has no text for" if key in declared else "has a text for the undeclared key"
        raise CatalogueError(
            "CATALOGUE_KEYS", f"{what} {key}", "give every key of keys.yaml one text", f"{path.name}:{key}"
        )
    found: dict[str, Wording] = {}
    for key, entry in entries.items():
        text, signed = (entry, None) if isinstance(entry, str) else (entry["text"], entry.get("approved_by"))
        approved = signed or content["approved_by"]
        if set(placeholders(text)) != {f"{{{param}}}" for param in declared[key]}:
            raise CatalogueError(
                "CATALOGUE_PARAMS",
                f"{key} has other params than keys.yaml",
                "use each declared param",
                f"{path.name}:{key}",
            )
        found[key] = Wording(key, path.stem, text, None if approved == DRAFT else approved)
    return found


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        where = f"{path.name}: {type(error).__name__}"
        raise CatalogueError("CATALOGUE_FILE", "cannot be read", "restore the file", where) from None
    return content
