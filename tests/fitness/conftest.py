"""What the fitness tests look at: our modules, parsed once."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.backing.state import REPOSITORY


@dataclass(frozen=True)
class Module:
    """One of our source files."""

    path: Path
    source: str
    tree: ast.Module

    @property
    def place(self) -> str:
        return str(self.path.relative_to(REPOSITORY))


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """Every module of shared/ and services/."""
    paths = sorted(path for folder in ("shared", "services") for path in (REPOSITORY / folder).rglob("*.py"))
    sources = ((path, path.read_text(encoding="utf-8")) for path in paths)
    return [Module(path, source, ast.parse(source, filename=str(path))) for path, source in sources]
