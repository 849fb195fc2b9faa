"""A code book in DDI-Codebook 2.5 (ddialliance.org): what was asked of whom, and what each column of the CSV means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, BinaryIO

from lxml import etree

from services.surveys.domain.definition import Survey, text_in
from services.surveys.results.exports.fields import Field, Kind

NAMESPACE = "ddi:codebook:2_5"
_NAMES: Any = {None: NAMESPACE}  # the default namespace; lxml-stubs know prefixes only
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def write_ddi(out: BinaryIO, survey: Survey, fields: Sequence[Field], *, cases: int, now: datetime) -> None:
    """`cases`: how many responses the data file holds."""
    with etree.xmlfile(out, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element(_q("codeBook"), {"version": "2.5"}, nsmap=_NAMES):
            xml.write(_study(survey, now))
            xml.write(_file(survey, len(fields), cases))
            with xml.element(_q("dataDscr")):
                for number, field in enumerate(fields, 1):
                    xml.write(_variable(field, number))


def _q(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, _q(name), attributes)
    child.text = text
    return child


def _study(survey: Survey, now: datetime) -> etree._Element:
    study = etree.Element(_q("stdyDscr"), nsmap=_NAMES)
    citation = _add(study, "citation")
    titles = _add(citation, "titlStmt")
    _add(titles, "titl", text_in(survey.title, "en"))
    for language, text in sorted(survey.title.items()):
        if language != "en":
            _add(titles, "parTitl", text).set(XML_LANG, language)
    _add(titles, "IDNo", f"{survey.id} {survey.version}")
    production = _add(citation, "prodStmt")
    _add(production, "prodDate", now.date().isoformat(), date=now.date().isoformat())
    information = _add(study, "stdyInfo")
    _add(information, "abstract", text_in(survey.intro, "en"))
    summary = _add(information, "sumDscr")
    _add(summary, "anlyUnit", "household")
    _add(summary, "universe", "guardians of enrolled students")
    access = _add(_add(study, "dataAccs"), "useStmt")
    _add(access, "confDec", f"{survey.identified.value} survey; groups under ten are not to be published")
    return study


def _file(survey: Survey, columns: int, cases: int) -> etree._Element:
    described = etree.Element(_q("fileDscr"), nsmap=_NAMES)
    text = _add(described, "fileTxt")
    _add(text, "fileName", f"{survey.id}.csv")
    size = _add(text, "dimensns")
    _add(size, "caseQnty", str(cases))
    _add(size, "varQnty", str(columns))
    _add(text, "fileType", "CSV, UTF-8")
    return described


def _variable(field: Field, number: int) -> etree._Element:
    kind = "contin" if field.kind is Kind.NUMBER else "discrete"
    variable = etree.Element(_q("var"), {"ID": f"V{number}", "name": field.name, "intrvl": kind}, nsmap=_NAMES)
    _add(variable, "labl", field.label)
    if field.question is not None:
        question = _add(variable, "qstn")
        _add(question, "qstnLit", field.asked)
    for value, (_, label) in field.codes.items():
        category = _add(variable, "catgry")
        _add(category, "catValu", value)
        _add(category, "labl", label)
    _add(variable, "varFormat", type="numeric" if field.kind is Kind.NUMBER else "character")
    return variable
