"""One printed form as the press wants it: words in one language, nothing to look up."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from shared.web.i18n import direction


class Shape(StrEnum):
    """How an answer is given with a pen."""

    BOXES = "boxes"  # tick one or several
    LINES = "lines"  # write freely
    BLANK = "blank"  # one short thing: a date, a number, an address
    GRID = "grid"  # tick in a table
    ORDER = "order"  # number the choices
    NOTE = "note"  # only read


@dataclass(frozen=True, slots=True)
class Item:
    """A question. `rows` and `choices` span the grid; `names`: a panel, answered once for each child."""

    number: str
    shape: Shape
    text: str
    why: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    blank: str = ""  # label of an added detail ("from what time?")
    lines: int = 0
    decline: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One family's form. `code` and `pin` open it on the telephone or on another phone; `link` is the QR code's."""

    language: str
    title: str
    intro: str
    school: str
    link: str = field(repr=False)
    code: str = field(repr=False)
    pin: str = field(repr=False)
    guardian: str = field(repr=False)
    about: str = field(repr=False)
    words: Mapping[str, str] = field(repr=False)
    items: tuple[Item, ...] = ()

    @property
    def direction(self) -> str:
        return direction(self.language)


def job(sheets: Sequence[Sheet], *, duplex: bool) -> bytes:
    """What the press reads."""
    return json.dumps({"duplex": duplex, "sheets": [asdict(sheet) for sheet in sheets]}, ensure_ascii=False).encode()


def read_job(raw: bytes) -> tuple[list[Sheet], bool]:
    """The other end of `job`."""
    given = json.loads(raw)
    return [_sheet(one) for one in given["sheets"]], bool(given["duplex"])


def _sheet(plain: Mapping[str, Any]) -> Sheet:
    return Sheet(**{**plain, "items": tuple(_item(item) for item in plain["items"])})


def _item(plain: Mapping[str, Any]) -> Item:
    lists = {name: tuple(plain[name]) for name in ("choices", "rows", "names")}
    return Item(**{**plain, **lists, "shape": Shape(plain["shape"])})
