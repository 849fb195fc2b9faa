"""A CAP 1.2 document as an alert. Whatever is wrong is named with its line; nothing outside the document is ever fetched.

Entities, DTDs and includes are refused before anything is resolved (XXE, "billion laughs").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from lxml import etree

from services.notifications.cap.words import NAMESPACE, TOKEN, instant
from services.notifications.domain.cap import (
    Alert,
    Area,
    Category,
    Certainty,
    Info,
    MsgType,
    Reference,
    Scope,
    Severity,
    Status,
    Urgency,
)
from shared.errors import HomeroomError

LARGEST = 1024 * 1024  # bytes
MOST_INFOS = 50
E = TypeVar("E", bound=StrEnum)

_ALERT = frozenset(
    "identifier sender sent status msgType source scope restriction addresses code note references incidents info".split()
)
_INFO = frozenset(
    "language category event responseType urgency severity certainty audience eventCode effective onset expires senderName"
    " headline description instruction web contact parameter resource area".split()
)
_AREA = frozenset("areaDesc polygon circle geocode altitude ceiling".split())
_ADDRESS = re.compile(r'"([^"]*)"|(\S+)')


class CapError(HomeroomError):
    """The document is no CAP 1.2 alert; `where` is line and element, never what stands there."""

    def __init__(self, code: str, message: str, remedy: str, *, line: int | None = None, element: str = "alert") -> None:
        super().__init__(f"CAP_{code}", message, remedy, f"line {line}: {element}" if line else element)


def read(raw: bytes) -> Alert:
    """The alert; `CapError` names what is wrong and where."""
    root = _parsed(raw)
    if root.tag != f"{{{NAMESPACE}}}alert":
        raise CapError("NAMESPACE", "This is not a CAP 1.2 alert.", f"Send <alert xmlns={NAMESPACE!r}>.", line=_line(root))
    _known(root, _ALERT)
    infos = [_info(one) for one in root.findall(f"{{{NAMESPACE}}}info")]
    if len(infos) > MOST_INFOS:
        raise CapError("TOO_MANY", "The alert has too many <info> blocks.", f"Send at most {MOST_INFOS}.", line=_line(root))
    return Alert(
        identifier=_token(root, "identifier"),
        sender=_token(root, "sender"),
        sent=_required_instant(root, "sent"),
        status=_one_of(root, "status", Status),
        msg_type=_one_of(root, "msgType", MsgType),
        scope=_one_of(root, "scope", Scope),
        infos=tuple(infos),
        restriction=_text(root, "restriction"),
        addresses=tuple(quoted or plain for quoted, plain in _ADDRESS.findall(_text(root, "addresses"))),
        note=_text(root, "note"),
        references=tuple(_references(root)),
    )


def _parsed(raw: bytes) -> etree._Element:
    if len(raw) > LARGEST:
        raise CapError("TOO_LARGE", "The alert is too large.", f"Send at most {LARGEST // 1024} kB.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise CapError("XML", "This is not well-formed XML.", "Mend the line named.", line=line, element="XML") from None
    except ValueError:
        raise CapError("XML", "This is not XML.", "Send UTF-8 with the declaration that says so.", element="XML") from None
    if root.getroottree().docinfo.doctype:
        raise CapError("DOCTYPE", "A document type is not taken.", "Leave <!DOCTYPE> out.", line=1, element="DOCTYPE")
    return root


def _info(node: etree._Element) -> Info:
    _known(node, _INFO)
    categories = [_word(one, Category) for one in node.findall(f"{{{NAMESPACE}}}category")]
    if not categories:
        raise _missing(node, "category")
    return Info(
        event=_required(node, "event"),
        language=_text(node, "language").strip() or "en-US",
        categories=tuple(categories),
        urgency=_one_of(node, "urgency", Urgency),
        severity=_one_of(node, "severity", Severity),
        certainty=_one_of(node, "certainty", Certainty),
        expires=_instant(node, "expires"),
        sender_name=_text(node, "senderName"),
        headline=_text(node, "headline"),
        description=_text(node, "description"),
        instruction=_text(node, "instruction"),
        web=_text(node, "web"),
        areas=tuple(_area(one) for one in node.findall(f"{{{NAMESPACE}}}area")),
    )


def _area(node: etree._Element) -> Area:
    _known(node, _AREA)
    codes = [
        (_required(one, "valueName"), _required(one, "value")) for one in node.findall(f"{{{NAMESPACE}}}geocode")
    ]
    return Area(_required(node, "areaDesc"), tuple(codes))


def _references(root: etree._Element) -> Iterable[Reference]:
    node = root.find(f"{{{NAMESPACE}}}references")
    for given in (node.text or "").split() if node is not None else ():
        parts = given.split(",")
        sent = instant(parts[2]) if len(parts) == 3 else None
        if sent is None or not parts[0] or not parts[1]:
            raise CapError(
                "REFERENCE", "A reference is not sender,identifier,sent.", "Write each as CAP 1.2, 3.2.1 says.",
                line=_line(node), element="references",
            )  # fmt: skip
        yield Reference(parts[0], parts[1], sent)


def _known(node: etree._Element, names: frozenset[str]) -> None:
    """Nothing of CAP's that CAP does not have; a signature (another namespace) is let pass."""
    for child in node:
        tag = etree.QName(child)
        if tag.namespace == NAMESPACE and tag.localname not in names:
            raise CapError("UNKNOWN", "CAP 1.2 has no such element here.", "Leave it out.", line=_line(child), element=_name(node))


def _text(node: etree._Element, name: str) -> str:
    child = node.find(f"{{{NAMESPACE}}}{name}")
    return "" if child is None else _inner(child)


def _inner(child: etree._Element) -> str:
    if len(child):  # an entity that was not resolved, or elements where there is text
        remedy = "Write it without entities or elements."
        raise CapError("TEXT", "Only text belongs here.", remedy, line=_line(child), element=_name(child))
    return child.text or ""


def _required(node: etree._Element, name: str) -> str:
    text = _text(node, name)
    if not text.strip():
        raise _missing(node, name)
    return text


def _missing(node: etree._Element, name: str) -> CapError:
    return CapError("MISSING", f"<{name}> is missing.", "CAP 1.2 requires it.", line=_line(node), element=_name(node))


def _token(node: etree._Element, name: str) -> str:
    text = _required(node, name).strip()
    if not TOKEN.match(text) or len(text) > 255:
        raise CapError(
            "TOKEN", f"<{name}> is not an identifier.", "No spaces, commas, < or &; at most 255 characters.",
            line=_line_of(node, name), element=name,
        )  # fmt: skip
    return text


def _instant(node: etree._Element, name: str) -> datetime | None:
    text = _text(node, name).strip()
    if not text:
        return None
    moment = instant(text)
    if moment is None:
        raise CapError(
            "TIME", f"<{name}> is not a time.", "Write 2026-11-22T05:30:00-00:00, never Z.", line=_line_of(node, name), element=name
        )
    return moment


def _required_instant(node: etree._Element, name: str) -> datetime:
    moment = _instant(node, name)
    if moment is None:
        raise _missing(node, name)
    return moment


def _one_of(node: etree._Element, name: str, words: type[E]) -> E:
    child = node.find(f"{{{NAMESPACE}}}{name}")
    if child is None:
        raise _missing(node, name)
    return _word(child, words)


def _word(child: etree._Element, words: type[E]) -> E:
    try:
        return words(_inner(child).strip())
    except ValueError:
        allowed = ", ".join(words)
        raise CapError("WORD", "This word is not CAP's.", f"One of {allowed}.", line=_line(child), element=_name(child)) from None


def _line(node: etree._Element | None) -> int | None:
    line = None if node is None else node.sourceline
    return int(line) if line is not None else None


def _line_of(node: etree._Element, name: str) -> int | None:
    return _line(node.find(f"{{{NAMESPACE}}}{name}"))


def _name(node: etree._Element) -> str:
    return str(etree.QName(node).localname)
