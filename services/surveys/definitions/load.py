"""Reads a survey's file and what lies over it, or says with file, line and remedy what keeps it from being asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from services.surveys.definitions.filling import filled
from services.surveys.definitions.overlay import laid_over, read_overlay
from services.surveys.definitions.schema import SurveySchema
from services.surveys.definitions.source import Layer, Source, base
from services.surveys.domain.definition import Survey, survey_of
from services.surveys.domain.lint import Calendar, Fault, lint
from services.surveys.words import skip_label
from shared.directory.config.check import check_document
from shared.directory.config.yamlmarks import Marked, load_marked
from shared.directory.finding import Finding, Severity
from shared.errors import HomeroomError

Named = tuple[Path, str]  # a file, and how errors call it


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
        super().__init__(
            first.code, first.message + more, first.remedy, f"{first.place}:{first.field or ''}".rstrip(":")
        )
        self.findings = findings


def load(path: Path, name: str, *, overlays: Sequence[Named] = (), calendar: Calendar | None = None) -> Definition:
    """The definition at `path`, with `overlays` laid over it in turn; `name` is how errors call the file (DefinitionError)."""
    definition, findings = check(path, name, overlays=overlays, calendar=calendar)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if definition is None or errors:
        raise DefinitionError(errors)
    return definition


def check(
    path: Path, name: str, *, overlays: Sequence[Named] = (), calendar: Calendar | None = None
) -> tuple[Definition | None, list[Finding]]:
    """The definition, if it can be read at all, and everything there is to say about it, warnings too."""
    source, findings = _read(path, name, overlays)
    if source is None:
        return None, findings
    survey = survey_of(source.content)
    skip = {language: skip_label(language) for language in survey.languages}
    return Definition(survey, source.content), [
        _found(source, fault) for fault in lint(survey, skip=skip, calendar=calendar, spoken="modes" in source.content)
    ]


def checked(content: Mapping[str, Any], name: str) -> tuple[Definition | None, list[Finding]]:
    """The same for content that comes from no file (an import): places are fields only."""
    marked = Marked(content)
    loaded, findings = check_document(marked, SurveySchema(), name)
    if loaded is None:
        return None, [replace(finding, row=None, column=None) for finding in findings]
    whole = filled(loaded)
    survey = survey_of(whole)
    skip = {language: skip_label(language) for language in survey.languages}
    found = [
        _found(Source(whole, (Layer(name, {}),)), fault) for fault in lint(survey, skip=skip, spoken="modes" in whole)
    ]
    return Definition(survey, whole), [replace(finding, row=None, column=None) for finding in found]


def _read(path: Path, name: str, overlays: Sequence[Named]) -> tuple[Source | None, list[Finding]]:
    marked = load_marked(path, name)
    if isinstance(marked, Finding):
        return None, [marked]
    content, findings = check_document(marked, SurveySchema(), name)
    over = [read_overlay(*each) for each in overlays]
    findings += [finding for _, found in over for finding in found]
    if findings or content is None:
        return None, findings
    laid = [overlay for overlay, _ in over if overlay is not None]
    source = base(filled(content, languages=[tag for overlay in laid for tag in overlay.languages]), marked, name)
    for overlay in laid:
        source, found = laid_over(source, overlay)
        if found:
            return None, found
    return source, []


def _found(source: Source, fault: Fault) -> Finding:
    file, line, column = source.place(fault.path)
    return Finding(
        fault.code,
        file,
        line,
        ".".join(str(part) for part in fault.path),
        message=fault.message,
        remedy=fault.remedy or "Correct this place.",
        column=column,
        severity=Severity.WARNING if fault.warning else Severity.ERROR,
    )
