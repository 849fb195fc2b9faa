"""A text as simple HTML: paragraphs, line breaks, links one can tap, the language's direction. No image, no script."""

from __future__ import annotations

import re
from html import escape

from shared.web.i18n import direction

_URL = re.compile(r"https?://[^\s<>\"'\x01]+[^\s<>\"'\x01.,;:!?)\]}]")
_PARAGRAPHS = re.compile(r"(?:\r\n){2,}")
_BODY = "margin:0;padding:16px;background:#fff;color:#1b1b1b;font:16px/1.5 sans-serif"
_SMALL = "margin:24px 0 0;padding:12px 0 0;border-top:1px solid #767676;color:#454545;font-size:14px"


def fragment(text: str) -> str:
    """Escaped, with links and line breaks; for a value inside a paragraph too."""
    if "http" not in text:
        return escape(text).replace("\r\n", "<br>\r\n")
    out, at = [], 0
    for found in _URL.finditer(text):
        out.append(escape(text[at : found.start()]))
        url = escape(found[0])
        out.append(f'<a href="{url}">{url}</a>')
        at = found.end()
    out.append(escape(text[at:]))
    return "".join(out).replace("\r\n", "<br>\r\n")


def document(text: str, foot: str, *, title: str, language: str, foot_language: str) -> str:
    """A whole page; `\\x01` in either text stands for a value that is spliced in later."""
    tag, way = escape(language), direction(language)
    paragraphs = "\r\n".join(
        f'<p style="margin:0 0 16px">{fragment(part)}</p>' for part in _PARAGRAPHS.split(text.strip("\r\n"))
    )
    other = "" if foot_language == language else f' lang="{escape(foot_language)}" dir="{direction(foot_language)}"'
    return (
        f'<!doctype html>\r\n<html lang="{tag}" dir="{way}">\r\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title></head>\r\n'
        f'<body style="{_BODY}"><div style="max-width:36em;margin:0 auto">\r\n{paragraphs}\r\n'
        f'<p style="{_SMALL}"{other}>{fragment(foot)}</p>\r\n</div></body></html>\r\n'
    )
