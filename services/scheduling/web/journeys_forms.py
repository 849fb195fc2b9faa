"""A form shown again as it was typed, with its errors by field; what was not typed is empty, never undefined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from shared.web import Request


def typed(request: Request) -> defaultdict[str, str]:
    """What the form held, by field."""
    return defaultdict(str, {name: values[-1] for name, values in (request.form or {}).items()})


def notes(errors: Mapping[str, Sequence[str]] | None) -> defaultdict[str, list[str]]:
    return defaultdict(list, {name: list(each) for name, each in (errors or {}).items()})
