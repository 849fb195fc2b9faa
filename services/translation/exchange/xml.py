"""XML of strangers, read element by element: nothing outside the file is fetched, nothing in it is expanded.

A document type is let pass (TMX files have one), but not fetched, and one that declares entities is refused ("billion
laughs", XXE). Errors name file and line, never what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from shared.errors import HomeroomError

XML = "{http://www.w3.org/XML/1998/namespace}"
LARGEST = 2 * 1024**3  # bytes
# what XML 1.0 cannot hold, and the carriage return, which its readers change
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\r\ud800-\udfff\ufffe\uffff]")


class ExchangeError(HomeroomError):
    """A file that cannot be read; `where` is file:line:element."""

    def __init__(self, code: str, message: str, remedy: str, *, file: str, line: int = 0, element: str = "") -> None:
        place = ":".join(str(part) for part in (file, line or "", element) if part != "")
        super().__init__(f"EXCHANGE_{code}", message, remedy, place)


@dataclass(frozen=True, slots=True)
class Inline:
    """An element inside a segment, as it was: local name, attributes in order of name, what it holds."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    content: tuple[Piece, ...] = ()

    def get(self, name: str) -> str:
        return dict(self.attributes).get(name, "")


Piece = str | Inline


def elements(path: Path, *wanted: str) -> Iterator[etree._Element]:
    """The elements of these local names as each ends, the root (`wanted[0]`) as it begins; memory stays that of one."""
    file = path.name
    try:
        if path.stat().st_size > LARGEST:
            raise ExchangeError("TOO_LARGE", "the file is too large", "split it into files below 2 GB", file=file)
        source = path.open("rb")
    except OSError as error:
        raise ExchangeError("FILE", "the file cannot be read", "check its name and rights", file=file) from error
    with source:
        try:
            yield from _read(source, wanted, file)
        except etree.XMLSyntaxError as error:
            remedy = "export it again, as UTF-8 or UTF-16"
            raise ExchangeError(
                "XML", "this is not well-formed XML", remedy, file=file, line=error.lineno or 1
            ) from None


def _read(source: Any, wanted: tuple[str, ...], file: str) -> Iterator[etree._Element]:
    options: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    root: etree._Element | None = None
    for event, element in etree.iterparse(
        source, events=("start", "end"), remove_comments=True, remove_pis=True, **options
    ):
        name = local(element)
        if event == "start" and root is None:
            root = element
            _no_entities(root, file)
            if name != wanted[0]:
                remedy = f"give a file whose first element is <{wanted[0]}>"
                raise ExchangeError(
                    "KIND", f"this is not a <{wanted[0]}> file", remedy, file=file, line=line(element), element=name
                )
            yield element
        elif event == "end" and name in wanted[1:]:
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _no_entities(root: etree._Element, file: str) -> None:
    declared: Any = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise ExchangeError(
            "ENTITIES", "the file declares entities", "leave <!ENTITY …> out", file=file, line=1, element="DOCTYPE"
        )


def local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def line(element: etree._Element) -> int:
    found: Any = element.sourceline
    return int(found or 0)


def children(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element if local(child) == name]


def text_of(element: etree._Element, file: str) -> str:
    """All text within; an entity that was not expanded is refused."""
    return flat(pieces_of(element, file))


def pieces_of(element: etree._Element, file: str) -> tuple[Piece, ...]:
    """What a segment holds, text and elements in order."""
    found: list[Piece] = [element.text] if element.text else []
    for child in element:
        tag: Any = child.tag
        if not isinstance(tag, str):
            remedy = "write the characters themselves"
            raise ExchangeError(
                "ENTITIES", "an entity stands here", remedy, file=file, line=line(element), element=local(element)
            )
        found.append(Inline(local(child), _attributes(child), pieces_of(child, file)))
        if child.tail:
            found.append(child.tail)
    return tuple(found)


def flat(pieces: tuple[Piece, ...]) -> str:
    """The text of a segment: what elements hold, or what they stand for."""
    return "".join(piece if isinstance(piece, str) else _flat(piece) for piece in pieces)


def _flat(inline: Inline) -> str:
    if inline.name == "cp":
        return _character(inline.get("hex"))
    if inline.name in ("ph", "x") and "x-char" in (inline.get("type"), inline.get("ctype")):
        return _character((inline.get("equiv-text") or flat(inline.content)).removeprefix("U+"))
    return flat(inline.content) or inline.get("equiv-text") or inline.get("equiv")


def _character(digits: str) -> str:
    return chr(int(digits, 16)) if re.fullmatch(r"[0-9A-Fa-f]{1,5}", digits) else ""


def put(element: etree._Element, pieces: tuple[Piece, ...], namespace: str = "") -> None:
    """`pieces` as the content of an element that is empty."""
    last: etree._Element | None = None
    for piece in pieces:
        if isinstance(piece, Inline):
            last = etree.SubElement(element, f"{namespace}{piece.name}", dict(piece.attributes))
            put(last, piece.content, namespace)
        elif last is None:
            element.text = (element.text or "") + piece
        else:
            last.tail = (last.tail or "") + piece


def writable(text: str) -> str:
    """Without what XML cannot hold: for names and notes, where nothing may stand for a character."""
    return UNWRITABLE.sub("", text)


def _attributes(element: etree._Element) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((str(name), str(value)) for name, value in element.attrib.items()))


def as_json(pieces: tuple[Piece, ...]) -> list[Any]:
    """For a JSON column."""
    return [
        piece if isinstance(piece, str) else [piece.name, dict(piece.attributes), as_json(piece.content)]
        for piece in pieces
    ]


def from_json(given: list[Any]) -> tuple[Piece, ...]:
    return tuple(
        piece if isinstance(piece, str) else Inline(piece[0], _pairs(piece[1]), from_json(piece[2])) for piece in given
    )


def _pairs(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(given.items()))
