"""The words that somebody wrote, without what their mail program put around them."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from html.parser import HTMLParser

from mailparser_reply import EmailReplyParser

LONGEST = 20_000
_LANGUAGES = ["en", "es", "fr", "de", "it", "zh"]
_BREAKING = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3"})
_QUOTING = frozenset({"blockquote", "style", "script", "head"})
# "On … wrote:", "El … escribió:" and their kin in any language: a line with a date or an address, and a colon at its end
_ATTRIBUTION = re.compile(r"[^\n]*[\d@][^\n]*[:：]\s*\Z")
_FIRST_HALF = re.compile(r"[^\n]*\d[^\n]*\d[^\n]*\Z")  # of one that was broken before the address


def decoded(value: str) -> str:
    """A header's words (RFC 2047, or UTF-8 as it is: RFC 6532); what is neither comes as far as it can be read."""
    text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return str(make_header(decode_header(text)))[:400]
    except (LookupError, ValueError, MessageError):
        return text[:400]


def subject_of(mail: Message) -> str:
    """As `raw_items` has it: `get` turns what is not ASCII into question marks."""
    return decoded(next((str(value) for name, value in mail.raw_items() if name.lower() == "subject"), ""))


def words_of(mail: Message) -> str:
    """The first plain text, else the first HTML as text; attachments are not words."""
    texts = [part for part in mail.walk() if part.get_content_maintype() == "text" and part.get_filename() is None]
    for kind in ("text/plain", "text/html"):
        for part in texts:
            if part.get_content_type() == kind and (text := _text(part).strip()):
                return (_from_html(text) if kind == "text/html" else text)[:LONGEST]
    return ""


def files_of(mail: Message) -> tuple[str, ...]:
    """Names of what was attached."""
    return tuple(decoded(name) for part in mail.walk() if (name := part.get_filename()))


def without_quotes(text: str) -> str:
    """What is new in an answer; all of it where nothing else would be left."""
    whole = text.replace("\r\n", "\n").strip()
    new = EmailReplyParser(languages=_LANGUAGES).parse_reply(_before_quotation(whole)) or ""
    return new.strip() or _before_quotation(whole).strip() or whole


def _before_quotation(text: str) -> str:
    """Up to the quotation that ends it, and the line that introduces that."""
    rows = text.split("\n")
    end = len(rows)
    while end and (not rows[end - 1].strip() or rows[end - 1].lstrip().startswith(">")):
        end -= 1
    if end == len(rows):
        return text
    above = "\n".join(rows[:end]).rstrip()
    found = _ATTRIBUTION.search(above)
    if found is None:
        return above
    before = above[: found.start()].rstrip("\n")
    broken = found[0].lstrip().startswith("<") and found.start() - len(before) == 1
    return _FIRST_HALF.sub("", before) if broken else before


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


class _Words(HTMLParser):
    """Collects text outside quotations."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        quote = tag in _QUOTING or "gmail_quote" in (dict(attrs).get("class") or "")
        if quote or (self._quoted and tag == "div"):
            self._quoted += 1
        if tag in _BREAKING:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._quoted and (tag in _QUOTING or tag == "div"):
            self._quoted -= 1

    def handle_data(self, data: str) -> None:
        if not self._quoted:
            self.found.append(re.sub(r"\s+", " ", data))


def _from_html(text: str) -> str:
    words = _Words()
    words.feed(text)
    words.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(words.found)).strip()
