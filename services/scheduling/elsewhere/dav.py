"""CalDAV (RFC 4791) as far as we need it: find a calendar, read its events, put ours in and take them out.

Plain requests rather than a client library: every answer is bounded, no XML of theirs is resolved, and their status codes become
the few troubles that a person can do something about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from services.scheduling.calendars.writer import utc
from services.scheduling.elsewhere.http import Answer, Client, Failed, Trouble, split

D, C, CS = "DAV:", "urn:ietf:params:xml:ns:caldav", "http://calendarserver.org/ns/"
_NS = {"d": D, "c": C, "cs": CS}
XML = "application/xml; charset=utf-8"
ICS = "text/calendar; charset=utf-8"
MOST = 5_000  # events in an answer


@dataclass(frozen=True, slots=True)
class Item:
    """One resource of a calendar."""

    href: str
    etag: str | None
    data: str = field(repr=False)


def discover(client: Client, url: str) -> str:
    """The calendar that an address means: itself, or the first one of the account that it leads to. Raises Failed."""
    seen = url
    for _ in range(3):
        [found, *_] = list(
            _propfind(client, seen, ("d:resourcetype", "d:current-user-principal", "c:calendar-home-set"))
        )
        if found.find("d:propstat/d:prop/d:resourcetype/c:calendar", _NS) is not None:
            return seen
        home = found.findtext("d:propstat/d:prop/c:calendar-home-set/d:href", None, _NS)
        if home:
            return _first_calendar(client, _near(seen, home))
        principal = found.findtext("d:propstat/d:prop/d:current-user-principal/d:href", None, _NS)
        if not principal or _near(seen, principal) == seen:
            break
        seen = _near(seen, principal)
    raise Failed(Trouble.NOT_A_CALENDAR)


def mark(client: Client, url: str) -> str | None:
    """What changes whenever something in the calendar does: its sync token or CTag; None where it has neither."""
    [found, *_] = list(_propfind(client, url, ("d:sync-token", "cs:getctag")))
    for name in ("d:sync-token", "cs:getctag"):
        value = found.findtext(f"d:propstat/d:prop/{name}", None, _NS)
        if value:
            return str(value)[:500]
    return None


def events(client: Client, url: str, start: datetime, until: datetime) -> list[Item]:
    """Everything that touches [start, until), as it stands: repetitions are ours to unroll."""
    body = (
        f'<c:calendar-query xmlns:d="{D}" xmlns:c="{C}"><d:prop><d:getetag/><c:calendar-data/></d:prop>'
        '<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">'
        f'<c:time-range start="{utc(start)}" end="{utc(until)}"/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>'
    )
    answer = _checked(client.call("REPORT", url, body, Content_Type=XML, Depth="1"), (207,))
    found = []
    for response in _responses(answer):
        data = response.findtext("d:propstat/d:prop/c:calendar-data", None, _NS)
        href = response.findtext("d:href", None, _NS)
        if data and href:
            etag = response.findtext("d:propstat/d:prop/d:getetag", None, _NS)
            found.append(Item(_near(url, href), etag, str(data)))
    return found


def put(client: Client, href: str, ics: str, *, etag: str | None, known: bool) -> str | None:
    """Write one of our meetings; returns its new ETag, if the server says it. Ours is the truth: an edit of theirs is overwritten.

    `known`: we wrote it before, with this ETag; else it must not be there yet, and where it is all the same (our record of it was
    lost), it is the same meeting by its name, so that no second copy appears.
    """
    condition = {"If_Match": etag} if known and etag else {} if known else {"If_None_Match": "*"}
    answer = client.call("PUT", href, ics, Content_Type=ICS, **condition)
    if answer.status in (404, 409, 412):  # changed, taken away or already there
        there = client.call("GET", href)
        again = {"If_Match": there.headers["etag"]} if there.status == 200 and "etag" in there.headers else {}
        answer = client.call("PUT", href, ics, Content_Type=ICS, **again)
    return _checked(answer, (200, 201, 204), writing=True).headers.get("etag")


def delete(client: Client, href: str) -> None:
    """Take a meeting out; not there any more is what was wanted."""
    _checked(client.call("DELETE", href), (200, 202, 204, 404, 410), writing=True)


def _first_calendar(client: Client, home: str) -> str:
    for response in _propfind(client, home, ("d:resourcetype", "c:supported-calendar-component-set"), depth="1"):
        href = response.findtext("d:href", None, _NS)
        kinds = {each.get("name") for each in response.iterfind(".//c:comp", _NS)}
        if href and response.find(".//d:resourcetype/c:calendar", _NS) is not None and (not kinds or "VEVENT" in kinds):
            return _near(home, href)
    raise Failed(Trouble.NOT_A_CALENDAR)


def _propfind(client: Client, url: str, names: Sequence[str], *, depth: str = "0") -> Iterator[Any]:
    wanted = "".join(f"<{name}/>" for name in names)
    body = f'<d:propfind xmlns:d="{D}" xmlns:c="{C}" xmlns:cs="{CS}"><d:prop>{wanted}</d:prop></d:propfind>'
    found = list(_responses(_checked(client.call("PROPFIND", url, body, Content_Type=XML, Depth=depth), (207,))))
    if not found:
        raise Failed(Trouble.NOT_A_CALENDAR)
    yield from found


def _responses(answer: Answer) -> Iterator[Any]:
    """The parts of a multistatus; entities are not resolved, and a document type of its own is refused outright."""
    if b"<!DOCTYPE" in answer.body[:2000].upper() or b"<!ENTITY" in answer.body.upper():
        raise Failed(Trouble.NOT_A_CALENDAR)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(answer.body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Failed(Trouble.NOT_A_CALENDAR) from None
    found = root.findall("d:response", _NS)
    if len(found) > MOST:
        raise Failed(Trouble.TOO_LARGE)
    yield from found


def _checked(answer: Answer, good: Sequence[int], *, writing: bool = False) -> Answer:
    if answer.status in good:
        return answer
    if answer.status == 401 or (answer.status == 403 and not writing):
        raise Failed(Trouble.REFUSED)
    if writing and answer.status in (403, 405, 507):
        raise Failed(Trouble.READ_ONLY)
    if answer.status in (404, 410):
        raise Failed(Trouble.GONE)
    if answer.status >= 500 or answer.status == 429:
        raise Failed(Trouble.UNREACHABLE)
    raise Failed(Trouble.NOT_A_CALENDAR)


def _near(url: str, href: str) -> str:
    """An href of an answer as an address of the same server; one of another server is no part of this calendar."""
    found = urljoin(url, href.strip())
    if split(found).netloc != split(url).netloc:
        raise Failed(Trouble.NOT_A_CALENDAR)
    return found
