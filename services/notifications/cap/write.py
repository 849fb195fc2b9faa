"""An alert as a CAP 1.2 document; element order is the schema's."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from services.notifications.cap.words import NAMESPACE, TOKEN, clean, written
from services.notifications.domain.cap import Alert, Area, Info


def write(alert: Alert) -> bytes:
    """UTF-8 with an XML declaration. ValueError: an identifier or sender that CAP cannot carry."""
    for name in (alert.identifier, alert.sender, *(part for one in alert.references for part in (one.sender, one.identifier))):
        if not TOKEN.match(name) or clean(name) != name:
            raise ValueError("an identifier or sender of CAP has no spaces, commas, < or &")
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    _put(root, "identifier", alert.identifier)
    _put(root, "sender", alert.sender)
    _put(root, "sent", written(alert.sent))
    _put(root, "status", alert.status)
    _put(root, "msgType", alert.msg_type)
    _put(root, "scope", alert.scope)
    _maybe(root, "restriction", alert.restriction)
    _maybe(root, "addresses", " ".join(_quoted(one) for one in alert.addresses))
    _maybe(root, "note", alert.note)
    _maybe(root, "references", " ".join(f"{one.sender},{one.identifier},{written(one.sent)}" for one in alert.references))
    for info in alert.infos:
        _info(root, info)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _info(root: etree._Element, info: Info) -> None:
    here = etree.SubElement(root, f"{{{NAMESPACE}}}info")
    _put(here, "language", info.language)
    _several(here, "category", info.categories)
    _put(here, "event", info.event)
    _put(here, "urgency", info.urgency)
    _put(here, "severity", info.severity)
    _put(here, "certainty", info.certainty)
    if info.expires is not None:
        _put(here, "expires", written(info.expires))
    _maybe(here, "senderName", info.sender_name)
    _maybe(here, "headline", info.headline)
    _maybe(here, "description", info.description)
    _maybe(here, "instruction", info.instruction)
    _maybe(here, "web", info.web)
    for area in info.areas:
        _area(here, area)


def _area(info: etree._Element, area: Area) -> None:
    here = etree.SubElement(info, f"{{{NAMESPACE}}}area")
    _put(here, "areaDesc", area.description)
    for name, value in area.geocodes:
        code = etree.SubElement(here, f"{{{NAMESPACE}}}geocode")
        _put(code, "valueName", name)
        _put(code, "value", value)


def _put(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = clean(str(text))


def _maybe(parent: etree._Element, name: str, text: str) -> None:
    if text:
        _put(parent, name, text)


def _several(parent: etree._Element, name: str, values: Iterable[str]) -> None:
    for value in values:
        _put(parent, name, value)


def _quoted(address: str) -> str:
    return f'"{address}"' if " " in address else address
