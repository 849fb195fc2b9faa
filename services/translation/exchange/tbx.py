"""TBX (ISO 30042): version 3 as `tbx`, the older `martif` too. One entry a term and language, so that it reads back the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from services.translation.domain.glossary import PartOfSpeech, Term
from services.translation.domain.languages import base, normal
from services.translation.exchange.xml import (
    XML,
    ExchangeError,
    children,
    elements,
    line,
    local,
    text_of,
    writable,
)

NAMESPACE = "urn:iso:std:iso:30042:ed-2"
_NAMES: Any = {None: NAMESPACE}  # the default namespace; lxml-stubs know prefixes only
_PREFERRED, _FORBIDDEN = "preferredTerm-admn-sts", "deprecatedTerm-admn-sts"
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_LONGEST = 500  # characters, as in a spreadsheet
_NEAR, _CASE, _FORM = "x-homeroom-near", "x-homeroom-case", "x-homeroom-form"


def read(path: Path, *, source: str = "en") -> Iterator[Term]:
    """The terms of `source` with their translation into each other language; ExchangeError names file and line."""
    root = "martif" if _is_martif(path) else "tbx"
    for element in elements(path, root, "conceptEntry", "termEntry"):
        if local(element) in ("conceptEntry", "termEntry"):
            yield from _entry(element, path.name, source)


def _is_martif(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"<martif" in file.read(4096).replace(b"\0", b"")
    except OSError as error:
        raise ExchangeError("FILE", "the file cannot be read", "check its name and rights", file=path.name) from error


def _entry(element: etree._Element, file: str, source: str) -> Iterator[Term]:
    languages = [each for each in element if local(each) in ("langSec", "langSet")]
    said = {each.get(f"{XML}lang") or each.get("lang") or "": each for each in languages}
    here = next((tag for tag in said if tag and base(tag) == base(source)), None)
    if here is None:
        remedy = f"give the entry a language section for {source}"
        raise ExchangeError(
            "LANGUAGE", "the source language is missing", remedy, file=file, line=line(element), element=local(element)
        )
    term, forms, _ = _names(said[here], file)
    note = " ".join(text_of(each, file) for each in children(element, "note"))
    near = tuple(_values(element, _NEAR, file))
    exact = "sensitive" in _values(element, _CASE, file)
    spoken = _part_of_speech(said[here], file)
    for tag, section in said.items():
        if tag in (here, ""):
            continue
        if not _TAG.fullmatch(tag):
            remedy = "write es, zh-Hans, pt-BR"
            raise ExchangeError(
                "LANGUAGE", "this is not a language tag", remedy, file=file, line=line(section), element=local(section)
            )
        translation, others, forbidden = _names(section, file)
        yield Term(term, translation, normal(tag), normal(here), spoken, forms, others, forbidden, exact, near, note)


def _names(section: etree._Element, file: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """What is said, its other forms, and what must not be said."""
    best, forms, forbidden = "", [], []
    for each in section.iter():
        if local(each) not in ("termSec", "tig", "ntig"):
            continue
        name = next((text_of(found, file).strip() for found in each.iter() if local(found) == "term"), "")
        status = {text_of(found, file).strip() for found in each.iter() if local(found) in ("termNote", "admin")}
        if not name:
            continue
        if any(word.startswith(("deprecatedTerm", "supersededTerm")) for word in status):
            forbidden.append(name)
        elif _FORM in status or best:
            forms.append(name)
        else:
            best = name
    if not best:
        remedy = "give each language section a <term>"
        raise ExchangeError(
            "TERM", "the term is missing", remedy, file=file, line=line(section), element=local(section)
        )
    if any(len(name) > _LONGEST for name in (best, *forms, *forbidden)):
        remedy = f"at most {_LONGEST} characters"
        raise ExchangeError(
            "TERM", "the term is too long", remedy, file=file, line=line(section), element=local(section)
        )
    return best, tuple(forms), tuple(forbidden)


def _values(element: etree._Element, kind: str, file: str) -> list[str]:
    return [text_of(each, file) for each in children(element, "admin") if each.get("type") == kind]


def _part_of_speech(section: etree._Element, file: str) -> PartOfSpeech:
    for each in section.iter():
        if local(each) == "termNote" and each.get("type") == "partOfSpeech":
            given = text_of(each, file).strip().casefold()
            return {"proper noun": PartOfSpeech.NAME, "propernoun": PartOfSpeech.NAME}.get(given) or _known(given)
    return PartOfSpeech.UNKNOWN


def _known(given: str) -> PartOfSpeech:
    return PartOfSpeech(given) if given in set(PartOfSpeech) else PartOfSpeech.UNKNOWN


def write(out: BinaryIO, terms: Iterable[Term]) -> int:
    """How many terms were written."""
    count = 0
    q = f"{{{NAMESPACE}}}"
    with etree.xmlfile(out, encoding="utf-8") as file:
        file.write_declaration()
        with file.element(f"{q}tbx", {"type": "TBX-Basic", "style": "dca"}, nsmap=_NAMES):
            file.write(_header(q))
            with file.element(f"{q}text"), file.element(f"{q}body"):
                for count, term in enumerate(terms, 1):
                    file.write("\n", _concept(term, count, q))
    return count


def _header(q: str) -> etree._Element:
    header = etree.Element(f"{q}tbxHeader", nsmap=_NAMES)
    source = etree.SubElement(etree.SubElement(header, f"{q}fileDesc"), f"{q}sourceDesc")
    etree.SubElement(source, f"{q}p").text = "Glossary of a school district, from Homeroom"
    return header


def _concept(term: Term, number: int, q: str) -> etree._Element:
    element = etree.Element(f"{q}conceptEntry", {"id": f"t{number}"}, nsmap=_NAMES)
    for kind, values in ((_NEAR, term.near), (_CASE, ("sensitive",) if term.case_sensitive else ())):
        for value in values:
            etree.SubElement(element, f"{q}admin", {"type": kind}).text = writable(value)
    if term.note:
        etree.SubElement(element, f"{q}note").text = writable(term.note)
    here = etree.SubElement(element, f"{q}langSec", {f"{XML}lang": normal(term.source)})
    _name(here, term.term, _PREFERRED, q, spoken=term.part_of_speech)
    for form in term.forms:
        _name(here, form, _FORM, q)
    there = etree.SubElement(element, f"{q}langSec", {f"{XML}lang": normal(term.target)})
    _name(there, term.translation, _PREFERRED, q)
    for form in term.translation_forms:
        _name(there, form, _FORM, q)
    for form in term.forbidden:
        _name(there, form, _FORBIDDEN, q)
    return element


def _name(
    section: etree._Element, name: str, status: str, q: str, *, spoken: PartOfSpeech = PartOfSpeech.UNKNOWN
) -> None:
    each = etree.SubElement(section, f"{q}termSec")
    etree.SubElement(each, f"{q}term").text = writable(name)
    etree.SubElement(each, f"{q}termNote", {"type": "administrativeStatus"}).text = status
    if spoken:
        etree.SubElement(each, f"{q}termNote", {"type": "partOfSpeech"}).text = str(spoken)
