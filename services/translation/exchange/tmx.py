"""TMX 1.4b (LISA OSCAR): read one unit at a time, written so that it reads back the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

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


def read(path: Path) -> Iterator[Unit]:
    """Every unit of a file, in order; ExchangeError with file and line for one that cannot be read."""
    file, source = path.name, ""
    for element in elements(path, "tmx", "header", "tu"):
        name = local(element)
        if name == "header":
            source = element.get("srclang", "")
        elif name == "tu":
            yield _unit(element, file, source)


def _unit(element: etree._Element, file: str, source: str) -> Unit:
    variants = []
    for each in children(element, "tuv"):
        language = each.get(f"{XML}lang") or each.get("lang") or ""
        segments = children(each, "seg")
        if not language or len(segments) != 1:
            remedy = "give each <tuv> an xml:lang and one <seg>"
            raise ExchangeError("TUV", "a variant is incomplete", remedy, file=file, line=line(each), element="tuv")
        own = tuple(sorted((str(k), str(v)) for k, v in each.attrib.items() if k not in (f"{XML}lang", "lang")))
        segment = pieces_of(segments[0], file)
        variants.append(Variant(language, segment, own, _beside(each, "note", file), _beside(each, "prop", file)))
    attributes = tuple(sorted((str(name), str(value)) for name, value in element.attrib.items()))
    own_source = element.get("srclang") or source
    return Unit(
        tuple(variants),
        attributes,
        _beside(element, "note", file),
        _beside(element, "prop", file),
        source="" if own_source == "*all*" else own_source,
        line=line(element),
    )


def _beside(element: etree._Element, name: str, file: str) -> Notes:
    return tuple(
        (tuple(sorted((str(key), str(value)) for key, value in each.attrib.items())), text_of(each, file))
        for each in children(element, name)
    )


def write(out: BinaryIO, units: Iterable[Unit], *, source: str, tool_version: str) -> int:
    """How many units were written; streamed."""
    count = 0
    with etree.xmlfile(out, encoding="utf-8") as file:
        file.write_declaration()
        with file.element("tmx", {"version": "1.4"}):
            header = {
                "creationtool": "homeroom", "creationtoolversion": tool_version, "segtype": "block", "o-tmf": "homeroom",
                "adminlang": "en", "srclang": normal(source), "datatype": "plaintext",
            }  # fmt: skip
            file.write("\n", etree.Element("header", header), "\n")
            with file.element("body"):
                for unit in units:
                    file.write("\n", _element(unit))
                    count += 1
                file.write("\n")
    return count


def _element(unit: Unit) -> etree._Element:
    element = etree.Element("tu", {name: writable(value) for name, value in unit.attributes})
    _put_beside(element, unit.notes, unit.props)
    for variant in unit.variants:
        attributes = {name: writable(value) for name, value in variant.attributes}
        each = etree.SubElement(element, "tuv", {f"{XML}lang": variant.language, **attributes})
        _put_beside(each, variant.notes, variant.props)
        put(etree.SubElement(each, "seg"), variant.pieces)
    return element


def _put_beside(element: etree._Element, notes: Notes, props: Notes) -> None:
    for name, beside in (("note", notes), ("prop", props)):
        for attributes, text in beside:
            etree.SubElement(element, name, {key: writable(value) for key, value in attributes}).text = writable(text)


def ours(text: str, kinds: Mapping[str, str]) -> tuple[Piece, ...]:
    """A text of the memory as TMX writes it."""
    return pieces(
        text,
        kinds,
        slot=lambda number, mask, kind: Inline("ph", (("type", SLOT + kind), ("x", str(number))), (mask,)),
        character=lambda each: Inline("ph", (("type", "x-char"),), (f"U+{ord(each):04X}",)),
    )
