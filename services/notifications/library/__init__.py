"""The guides for home, a file a language, checked when they are first read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.notifications.domain.guides import MOST_STEPS, TOPICS, Guide

FOLDER = Path(__file__).parent


class LibraryError(ValueError):
    """A guide in the library is not as it must be; says which file and topic."""


@cache
def library(folder: Path = FOLDER) -> Mapping[str, Mapping[str, Guide]]:
    """Guides by language and topic; raises `LibraryError`."""
    return {path.stem: _guides(path) for path in sorted(folder.glob("*.yaml"))}


def _guides(path: Path) -> dict[str, Guide]:
    given: Mapping[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    found = {}
    for topic in TOPICS:
        entry = given.get(topic)
        if not entry or not {"title", "steps", "page", "hard"} <= set(entry):
            raise LibraryError(f"{path.name}: {topic}: give it title, steps, page and hard")
        if not 1 <= len(entry["steps"]) <= MOST_STEPS:
            raise LibraryError(f"{path.name}: {topic}: steps: at least one, at most {MOST_STEPS}")
        found[topic] = Guide(topic, entry["title"], tuple(entry["steps"]), tuple(entry["page"]), entry["hard"])
    return found


def guide_in(language: str, topic: str) -> tuple[str, Guide] | None:
    """The guide and the language it is in, by the primary subtag too; None where the library lacks the language."""
    books = library()
    primary = language.split("-")[0]
    found = next((tag for tag in (language, *books) if tag in books and tag.split("-")[0] == primary), None)
    return (found, books[found][topic]) if found else None
