"""What `homeroom survey` does: each verb gives lines for people, plain data for --json, and whether all is well."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.surveys.definitions.library import Library
from services.surveys.definitions.load import Definition, DefinitionError, check
from services.surveys.domain.definition import EffectRule, Question, Survey, text_in
from services.surveys.exchange.document import written
from services.surveys.exchange.imported import Imported
from services.surveys.exchange.place import Remark
from services.surveys.exchange.sheets import to_csv, to_xlsx
from services.surveys.exchange.surveyjs_export import export_surveyjs
from services.surveys.exchange.surveyjs_import import import_surveyjs
from services.surveys.exchange.xlsform_export import export_xlsform
from services.surveys.exchange.xlsform_import import import_xlsform
from shared.directory.finding import Finding, Severity
from shared.errors import HomeroomError

DONE, REFUSED, INCOMPLETE = 0, 1, 2
SUFFIXES = {"xlsform": ".xlsx", "csv": ".csv", "surveyjs": ".json", "yaml": ".yaml"}


@dataclass(slots=True)
class Told:
    """`code`: 0 all well, 1 refused, 2 done but to be completed. `made`: the file's bytes, where one is made."""

    lines: list[str] = field(default_factory=list)
    payload: dict[str, Any] = field(default_factory=dict)
    code: int = DONE
    made: bytes = b""


def import_file(path: Path, *, default_language: str = "en") -> Told:
    """A definition from an XLSForm or SurveyJS file, with everything that is to be said about it."""
    raw = _bytes(path)
    reads = import_surveyjs if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else import_xlsform
    imported: Imported = reads(raw, stem=path.stem, default_language=default_language)
    findings = imported.findings(path.name)
    told = Told(list(_printed(findings)), {**imported.told(), "findings": [each.as_dict() for each in findings]})
    if imported.refused:
        told.code = REFUSED
        told.lines.append(f"{path.name}: refused; nothing is imported")
        return told
    content = imported.content
    told.made = written(content, comment=f"Imported from {path.name}.").encode()
    told.payload |= {
        "survey": content["survey"],
        "questions": len(content["questions"]),
        "languages": content["languages"],
    }
    told.code = DONE if imported.complete else INCOMPLETE
    state = "ready" if imported.complete else "to be completed before it is asked"
    told.lines.append(
        f"{content['survey']}: {len(content['questions'])} questions, {', '.join(content['languages'])}: {state}"
    )
    return told


def export(name: str, *, format: str = "xlsform", district: str = "", school: str = "") -> Told:
    """A survey by name, or a definition's file, in another program's form."""
    if format not in SUFFIXES:
        raise HomeroomError(
            "SURVEY_FORMAT", "There is no such format.", f"Use one of {', '.join(SUFFIXES)}.", "--format"
        )
    definition = _definition(name, district, school)
    told = Told(payload={"survey": definition.survey.id, "version": definition.survey.version, "format": format})
    if format == "yaml":
        told.made = written(definition.content).encode()
        remarks: list[Remark] = []
    elif format == "surveyjs":
        exported, remarks = export_surveyjs(definition.content)
        told.made = (json.dumps(exported, ensure_ascii=False, indent=2) + "\n").encode()
    else:
        sheets = export_xlsform(definition.content)
        remarks = sheets.remarks
        told.made = to_csv(sheets.tables) if format == "csv" else to_xlsx(sheets.tables)
    told.lines = [f"note: {remark.message}" for remark in remarks]
    told.payload["notes"] = [remark.message for remark in remarks]
    return told


def lint(path: Path | None = None, *, district: str = "") -> Told:
    """What keeps a definition's file, or any survey of a district and its schools, from being asked."""
    findings: list[Finding] = []
    checked = 0
    for each in [[(path, path.name)]] if path is not None else _files(district):
        (whole, name), *overlays = each
        findings += check(whole, name, overlays=overlays)[1]
        checked += 1
    findings = list(dict.fromkeys(findings))
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    told = Told(list(_printed(findings)), {"checked": checked, "errors": errors, "warnings": len(findings) - errors})
    told.payload["findings"] = [finding.as_dict() for finding in findings]
    told.lines.append(f"{checked} checked, {errors} errors, {len(findings) - errors} warnings")
    told.code = REFUSED if errors else DONE
    return told


def show(name: str, *, district: str = "", school: str = "", language: str = "en") -> Told:
    """Questions, conditions, and what each answer would do."""
    survey = _definition(name, district, school).survey
    told = Told(payload={**_head(survey), "questions": [_question(each, language) for each in survey.questions]})
    told.lines = [
        f"{survey.id} · {text_in(survey.title, language)} · version {survey.version} · {', '.join(survey.languages)}",
        *(line for question in survey.questions for line in _lines(question, language)),
    ]
    return told


def listing(*, district: str = "") -> Told:
    """The surveys that a district can ask; one that cannot be read is listed with what is wrong."""
    library, told = Library(), Told()
    found: list[dict[str, Any]] = []
    for name in library.names(district):
        try:
            found.append(_head(library.find(district, name).survey))
        except DefinitionError as error:
            found.append({"survey": name, "error": error.message, "where": error.where})
            told.code = REFUSED
    told.payload = {"surveys": found}
    for each in found:
        about = each.get("error") or f"{each['questions']} questions, {', '.join(each['languages'])}"
        told.lines.append(f"{each['survey']:<24} {about}")
    return told


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise HomeroomError("SURVEY_FILE", "The file cannot be read.", "Correct its name.", path.name) from error


def _definition(name: str, district: str, school: str) -> Definition:
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        definition, findings = check(path, path.name)
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        if definition is None or errors:
            raise DefinitionError(errors)
        return definition
    return Library().find(district, name, school or None)


def _files(district: str) -> Iterator[Sequence[tuple[Path, str]]]:
    """Every survey as the district asks it, and as each school with overlays of its own does."""
    library = Library()
    for name in library.names(district):
        for school in (None, *library.schools(district)):
            files = library.files(district, name, school)
            if files is not None and (school is None or any(school in called for _, called in files)):
                yield files


def _printed(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        where = f" [{finding.field}]" if finding.field else ""
        yield f"{finding.severity.value}: {finding.place}{where} {finding.code} {finding.message} → {finding.remedy}"


def _head(survey: Survey) -> dict[str, Any]:
    return {
        "survey": survey.id,
        "kind": survey.kind,
        "version": survey.version,
        "languages": list(survey.languages),
        "identified": str(survey.identified),
        "questions": len(survey.questions),
    }


def _question(question: Question, language: str) -> dict[str, Any]:
    said = {
        "id": question.id,
        "type": str(question.type),
        "text": text_in(question.text, language),
        "why": text_in(question.why, language),
        "options": {option.value: text_in(option.label, language) for option in question.options},
        "visible_if": question.visible_if,
        "required_if": question.required_if,
        "constraint": question.constraint,
        "per_child": question.per_child,
        "effects": [_effect(rule) for rule in question.effects],
    }
    return {key: value for key, value in said.items() if value not in (None, "", {}, [], False)}


def _effect(rule: EffectRule) -> dict[str, Any]:
    said = {"rule": str(rule.rule), "field": rule.field, "values": dict(rule.values), "consent": rule.consent}
    return {key: value for key, value in said.items() if value not in (None, {})}


def _lines(question: Question, language: str) -> Iterator[str]:
    each = " · for each child" if question.per_child else ""
    yield f"  {question.id} ({question.type}{each}) {text_in(question.text, language)}"
    for key in ("visible_if", "required_if", "constraint"):
        if (condition := getattr(question, key)) is not None:
            yield f"      {key}: {condition}"
    for option in question.options:
        yield f"      {option.digit} {text_in(option.label, language)}"
    for rule in question.effects:
        values = ", ".join(f"{value} → {_plain(wanted)}" for value, wanted in rule.values.items())
        name = " ".join(part for part in (str(rule.rule), rule.field) if part)
        consent = f" (only if {rule.consent} says yes)" if rule.consent else ""
        yield f"      ⇒ {name}{': ' + values if values else ''}{consent}"


def _plain(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
