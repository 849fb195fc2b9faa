"""Small definitions for tests: plain content, built by keyword, and written as a district would write it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from services.surveys.definitions.filling import filled
from services.surveys.domain.definition import Question, Survey, survey_of


def said(text: str) -> dict[str, str]:
    return {"en": text}


def option(value: str, **more: Any) -> dict[str, Any]:
    return {"value": value, "label": said(value.capitalize())} | more


def options(*values: str) -> list[dict[str, Any]]:
    return [option(value) for value in values]


def rows(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": said(value.capitalize())} for value in values]


def asked(id: str = "q", type: str = "text", **more: Any) -> dict[str, Any]:
    entry = {"id": id, "type": type, "text": said(f"What about {id}?"), "why": said("So that we can help.")} | more
    return {key: value for key, value in entry.items() if value is not None}


def content(*questions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "survey": "made",
        "kind": "made",
        "languages": ["en"],
        "title": said("A few questions"),
        "intro": said("They take two minutes."),
        "questions": list(questions),
    } | more


def survey(*questions: dict[str, Any], **more: Any) -> Survey:
    return survey_of(filled(content(*questions, **more)))


def question(type: str, **more: Any) -> Question:
    return survey(asked("q", type, **more)).questions[0]


def written(folder: Path, plain: dict[str, Any], name: str = "made.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def line_of(path: Path, wanted: str) -> int:
    return next(number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if wanted in line)
