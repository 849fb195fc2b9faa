"""XLIFF 1.2 and 2.0 (OASIS): what translators' tools send back. Only what they call approved or final counts as approved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from services.translation.domain.languages import normal
from services.translation.exchange.units import SLOT, Notes, Unit, Variant, pieces
from services.translation.exchange.xml import (
    XML,
    ExchangeError,
    Inline,
    Piece,
    children,
    elements,
    line,
    local,
    pieces_of,
    put,
    text_of,
    writable,
)

V1, V2 = "urn:oasis:names:tc:xliff:document:1.2", "urn:oasis:names:tc:xliff:document:2.0"
_NAMES_1: Any = {None: V1}  # the default namespace; lxml-stubs know prefixes only
_NAMES_2: Any = {None: V2}
_APPROVED_1 = frozenset({"final", "signed-off"})
_APPROVED_2 = frozenset({"final", "reviewed"})


def read(path: Path) -> Iterator[Unit]:
    """Every pair of source and target, in order; a unit without a target is left out."""
    file = path.name
    source = target = ""
    root: etree._Element | None = None
    for element in elements(path, "xliff", "trans-unit", "unit"):
        if root is None:
            root = element
            source, target = element.get("srcLang", ""), element.get("trgLang", "")
        elif local(element) == "trans-unit":
            yield from _one(element, file)
        else:
            yield from _two(element, file, source, target)


def _one(element: etree._Element, file: str) -> Iterator[Unit]:
    owner = next((each for each in element.iterancestors() if local(each) == "file"), None)
    if owner is None or not owner.get("source-language") or not owner.get("target-language"):
        remedy = "give <file> a source-language and a target-language"
        raise ExchangeError(
            "LANGUAGES", "the languages are missing", remedy, file=file, line=line(element), element="file"
        )
    sources, targets = children(element, "source"), children(element, "target")
    if not sources:
        raise ExchangeError(
            "SOURCE", "the source is missing", "give one <source>", file=file, line=line(element), element="trans-unit"
        )
    if not targets:
        return
    state = targets[0].get("state", "")
    yield Unit(
        (
            Variant(owner.get("source-language", ""), pieces_of(sources[0], file)),
            Variant(owner.get("target-language", ""), pieces_of(targets[0], file), _attributes(targets[0])),
        ),
        _attributes(element),
        *_split(_notes(element, file)),
        approved=element.get("approved") == "yes" or state in _APPROVED_1,
        source=owner.get("source-language", ""),
        line=line(element),
    )


def _two(element: etree._Element, file: str, source: str, target: str) -> Iterator[Unit]:
    if not source or not target:
        remedy = "give <xliff> a srcLang and a trgLang"
        raise ExchangeError(
            "LANGUAGES", "the languages are missing", remedy, file=file, line=line(element), element="xliff"
        )
    notes = tuple(note for each in children(element, "notes") for note in _notes(each, file))
    for segment in children(element, "segment"):
        sources, targets = children(segment, "source"), children(segment, "target")
        if not sources:
            remedy = "give one <source>"
            raise ExchangeError(
                "SOURCE", "the source is missing", remedy, file=file, line=line(segment), element="segment"
            )
        if targets:
            variants = (Variant(source, pieces_of(sources[0], file)), Variant(target, pieces_of(targets[0], file)))
            approved = segment.get("state", "") in _APPROVED_2
            merged = dict(_attributes(element)) | {f"segment-{name}": value for name, value in _attributes(segment)}
            own = tuple(sorted(merged.items()))
            yield Unit(variants, own, *_split(notes), approved=approved, source=source, line=line(segment))


def _attributes(element: etree._Element) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((str(name), str(value)) for name, value in element.attrib.items()))


def _notes(element: etree._Element, file: str) -> Notes:
    return tuple((_attributes(each), text_of(each, file)) for each in children(element, "note"))


def _split(notes: Notes) -> tuple[Notes, Notes]:
    """Notes, and those that are properties of ours: XLIFF has no other place for them."""
    of = {
        index: dict(attributes).get("from") or dict(attributes).get("category") or ""
        for index, (attributes, _) in enumerate(notes)
    }
    props = tuple(((("type", of[index]),), text) for index, (_, text) in enumerate(notes) if of[index].startswith("x-"))
    return tuple(note for index, note in enumerate(notes) if not of[index].startswith("x-")), props


def _all_notes(unit: Unit, name: str) -> Notes:
    return (
        *unit.notes,
        *((((name, dict(attributes).get("type", "x-prop")),), text) for attributes, text in unit.props),
    )


def write(out: BinaryIO, units: Iterable[Unit], *, source: str, target: str, version: str) -> int:
    """How many units of one pair of languages were written as XLIFF `version` "1.2" or "2.0"."""
    namespace = V2 if version == "2.0" else V1
    count = 0
    with etree.xmlfile(out, encoding="utf-8") as file:
        file.write_declaration()
        languages = {"srcLang": normal(source), "trgLang": normal(target)} if version == "2.0" else {}
        with file.element("xliff", {"version": version, **languages}, nsmap={None: namespace}):
            attributes = {"id": "memory"} if version == "2.0" else _file_of_one(source, target)
            with file.element("file", attributes):
                if version == "2.0":
                    for number, unit in enumerate(units, 1):
                        file.write("\n", _unit_of_two(unit, number))
                        count = number
                else:
                    with file.element("body"):
                        for number, unit in enumerate(units, 1):
                            file.write("\n", _unit_of_one(unit, number))
                            count = number
    return count


def _file_of_one(source: str, target: str) -> dict[str, str]:
    return {
        "original": "homeroom", "datatype": "plaintext", "source-language": normal(source), "target-language": normal(target),
    }  # fmt: skip


def _unit_of_one(unit: Unit, number: int) -> etree._Element:
    q = f"{{{V1}}}"
    own = {name: writable(value) for name, value in unit.attributes}
    element = etree.Element(
        f"{q}trans-unit",
        {"id": str(number), **own, **({"approved": "yes"} if unit.approved else {})},
        nsmap=_NAMES_1,
    )
    put(etree.SubElement(element, f"{q}source"), unit.variants[0].pieces, q)
    target = dict(unit.variants[1].attributes) or ({"state": "final"} if unit.approved else {})
    put(etree.SubElement(element, f"{q}target", target), unit.variants[1].pieces, q)
    for attributes, text in _all_notes(unit, "from"):
        etree.SubElement(element, f"{q}note", dict(attributes)).text = writable(text)
    return element


def _unit_of_two(unit: Unit, number: int) -> etree._Element:
    q = f"{{{V2}}}"
    own = {name: writable(value) for name, value in unit.attributes}
    segment = {name.removeprefix("segment-"): value for name, value in own.items() if name.startswith("segment-")}
    plain = {name: value for name, value in own.items() if not name.startswith("segment-")}
    element = etree.Element(f"{q}unit", {"id": str(number), **plain}, nsmap=_NAMES_2)
    if unit.notes or unit.props:
        notes = etree.SubElement(element, f"{q}notes")
        for attributes, text in _all_notes(unit, "category"):
            etree.SubElement(notes, f"{q}note", dict(attributes)).text = writable(text)
    if unit.approved:
        segment.setdefault("state", "final")
    each = etree.SubElement(element, f"{q}segment", segment)
    put(etree.SubElement(each, f"{q}source", {f"{XML}space": "preserve"}), unit.variants[0].pieces, q)
    put(etree.SubElement(each, f"{q}target", {f"{XML}space": "preserve"}), unit.variants[1].pieces, q)
    return element


def ours(text: str, kinds: Mapping[str, str], *, version: str) -> tuple[Piece, ...]:
    """A text of the memory as XLIFF writes it."""
    if version == "2.0":
        return pieces(
            text,
            kinds,
            slot=lambda number, mask, kind: Inline("ph", (("disp", SLOT + kind), ("equiv", mask), ("id", str(number)))),
            character=lambda each: Inline("cp", (("hex", f"{ord(each):04X}"),)),
        )
    return pieces(
        text,
        kinds,
        slot=lambda number, mask, kind: Inline(
            "x", (("ctype", SLOT + kind), ("equiv-text", mask), ("id", str(number)))
        ),
        character=lambda each: Inline(
            "x", (("ctype", "x-char"), ("equiv-text", f"U+{ord(each):04X}"), ("id", f"c{ord(each):04X}"))
        ),
    )
