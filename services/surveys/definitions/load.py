"""Reads a survey's file, or says with file, line and remedy what keeps it from being asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.surveys.definitions.schema import SurveySchema
from services.surveys.domain.definition import Survey, survey_of
from services.surveys.domain.lint import lint
from services.surveys.words import skip_label
from shared.directory.config.check import check_document
from shared.directory.config.yamlmarks import load_marked
from shared.directory.finding import Finding
from shared.errors import HomeroomError

_REMEDY = {
    "survey.untranslated": "Write the text, or take the language out of `languages`.",
    "survey.sms_too_long": "Shorten `sms` or the options' `short` texts of this language.",
    "survey.unreachable": "Correct the name, or remove the line.",
    "survey.ambiguous": "Leave the word with one option.",
}


@dataclass(frozen=True)
class Definition:
    """A survey and the plain content that its version is the hash of."""

    survey: Survey
    content: Mapping[str, Any]


class DefinitionError(HomeroomError):
    """A survey's file that cannot be used; `findings` has every fault."""

    def __init__(self, findings: list[Finding]) -> None:
        first = findings[0]
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(first.code, first.message + more, first.remedy, f"{first.place}:{first.field or ''}".rstrip(":"))
        self.findings = findings


def load(path: Path, name: str) -> Definition:
    """The definition at `path`; `name` is how errors call the file (DefinitionError)."""
    marked = load_marked(path, name)
    if isinstance(marked, Finding):
        raise DefinitionError([marked])
    content, findings = check_document(marked, SurveySchema(), name)
    if findings or content is None:
        raise DefinitionError(findings)
    survey = survey_of(content)
    skip = {language: skip_label(language) for language in survey.languages}
    faults = lint(survey, skip=skip)
    if faults:
        raise DefinitionError(
            [
                Finding(
                    fault.code,
                    name,
                    marked.place(fault.path)[0],
                    ".".join(str(part) for part in fault.path),
                    message=fault.message,
                    remedy=_REMEDY.get(fault.code, "Correct this place."),
                    column=marked.place(fault.path)[1],
                )
                for fault in faults
            ]
        )
    return Definition(survey, content)
