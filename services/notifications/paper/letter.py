"""One letter as the press wants it: plain words, nothing to look up."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from shared.web.i18n import direction

_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Copy:
    """The letter in one language. `scan` and `call`: how to answer; `heading`: above a second language's copy."""

    language: str
    greeting: str = field(repr=False)
    text: str = field(repr=False)
    scan: str = ""
    call: str = ""
    heading: str = ""

    @property
    def direction(self) -> str:
        return direction(self.language)

    @property
    def paragraphs(self) -> list[list[str]]:
        """Lines by paragraph: an empty line parts two."""
        return [part.split("\n") for part in re.split(r"\n\s*\n", self.text.strip())]


@dataclass(frozen=True, slots=True)
class Letter:
    """`code` finds it again on the print queue; `address` is empty where the roster has none; `link`: the QR code's."""

    code: str
    name: str = field(repr=False)
    school: str
    date: str
    link: str = field(repr=False)
    copies: tuple[Copy, ...]
    address: tuple[str, ...] = field(default=(), repr=False)
    office: str = ""

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Letter:
        return cls(
            **{
                **given,
                "copies": tuple(Copy(**copy) for copy in given["copies"]),
                "address": tuple(given["address"]),
            }
        )


def on_paper(text: str, instead: str) -> str:
    """A text without web addresses: nobody types them from paper, the code leads there."""
    return _ADDRESS.sub(instead, text)


def job(letters: Sequence[Letter], *, duplex: bool) -> bytes:
    """What the press reads."""
    return json.dumps({"duplex": duplex, "letters": [asdict(letter) for letter in letters]}, ensure_ascii=False).encode()


def read_job(raw: bytes) -> tuple[list[Letter], bool]:
    given = json.loads(raw)
    return [Letter.from_json(one) for one in given["letters"]], bool(given["duplex"])
