"""One thing wrong, and reading YAML so that a broken file is one too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Problem:
    """`where` is a path under deploy/, with a line or key where that helps."""

    where: str
    message: str


def read_yaml(path: Path, deploy: Path) -> tuple[Any, list[Problem]]:
    """The document, or the problem of not having one."""
    place = str(path.relative_to(deploy.parent))
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")), []
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return None, [Problem(f"{place}:{mark.line + 1}" if mark else place, "is not valid YAML")]
    except OSError as error:
        return None, [Problem(place, f"cannot be read: {error.strerror}")]
