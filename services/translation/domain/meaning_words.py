"""What forbids, obliges, exempts, permits and denies in a language: word lists, one file per language in `words/`.

A list holds small patterns that a translator can read: a space is any space, `*` the rest of a word, `…` up to four
words between, `(a|b)` a choice, `#` a number, `_` the end of a word, `^` where a sentence or clause begins. Everything
else stands for itself. Scripts that write no spaces (`spaced: false`) match anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.translation.domain.languages import base

DATA = Path(__file__).with_name("words")
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # libyaml, where it was built with it, is ten times as fast
_FLAGS = re.IGNORECASE | re.UNICODE
# letters with the vowel signs and points that Python's \w leaves out, and without the dandas among them
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff"
    "\u1000-\u1049\u1050-\u109f\u1780-\u17d3"
)
_LONGEST = 40  # letters of the rest of a word: a text of one endless word must not take the square of its length
_MARKED = re.compile(f"[{_MARKS}]")
_CLAUSE = r"(?:(?:\A|(?<=[\n,;:.!?¡¿。，；：！？、—–(«\"“]))[\s¡¿\"“«(*•-]*)"
_UNVOWELLED = re.compile("[\u064b-\u065f\u0670\u0640]")  # Arabic points and the stretching stroke
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "ʻ": "'", "`": "'", "´": "'"})


class Force(StrEnum):
    """How a passage binds its reader, in the order in which passages are claimed."""

    NEUTRAL = "neutral"  # holds a word of denial and denies nothing: "no later than"
    EXEMPTION = "exemption"
    PROHIBITION = "prohibition"
    OBLIGATION = "obligation"
    PERMISSION = "permission"
    NEGATION = "negation"
    SOFT = "soft"  # denies by its meaning ("closed", "only"): in the source, it may come back as a denial


@dataclass(frozen=True)
class Words:
    """The lists of a language, compiled. `contrasts`: words that must not change places, by name."""

    language: str
    spaced: bool
    forces: Mapping[Force, re.Pattern[str]]
    contrasts: Mapping[str, Mapping[str, re.Pattern[str]]]
    weekdays: tuple[re.Pattern[str], ...]
    weekend: re.Pattern[str]
    months: tuple[re.Pattern[str], ...]  # beside those of CLDR
    length: float  # characters of a text for each of its English
    numerals: Mapping[int, re.Pattern[str]]
    mornings: re.Pattern[str]
    afternoons: re.Pattern[str]
    abuse: re.Pattern[str]
    common: frozenset[str]


@cache
def languages() -> tuple[str, ...]:
    """Languages that have lists."""
    return tuple(sorted(path.stem for path in DATA.glob("*.yaml")))


@cache
def words(language: str) -> Words | None:
    """The lists that serve `language` (a tag or its base); None where there are none."""
    path = DATA / f"{base(language)}.yaml"
    if not re.fullmatch(r"[a-z]{2,3}", path.stem) or not path.exists():
        return None
    # every scalar a string: YAML would read the Spanish "no" as a denial of its own
    held: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    spaced = held.get("spaced") != "false"

    def make(entries: Sequence[str]) -> re.Pattern[str]:
        return compiled(tuple(entries), spaced=spaced)

    return Words(
        language=path.stem,
        spaced=spaced,
        forces={force: make(held.get(force, ())) for force in Force},
        contrasts={
            name: {side: make(entries) for side, entries in sides.items()}
            for name, sides in held.get("contrasts", {}).items()
        },
        weekdays=tuple(make(day.split(" | ")) for day in held.get("weekdays", ())),
        weekend=make(held.get("weekend", ())),
        months=tuple(make(month.split(" | ")) for month in held.get("months", ())),
        length=float(held.get("length", 1.0)),
        numerals={int(number): make(names.split(" | ")) for number, names in held.get("numerals", {}).items()},
        mornings=make(held.get("am", ())),
        afternoons=make(held.get("pm", ())),
        abuse=make(held.get("abuse", ())),
        common=frozenset(held.get("common", "").split()),
    )


@dataclass(frozen=True, slots=True)
class _Letters:
    """What counts as a letter of a word; scripts without marks have the shorter, faster class."""

    one: str

    @property
    def any(self) -> str:
        return rf"(?:{self.one}|(?<=\w)['-](?=\w))"

    @property
    def before(self) -> str:
        return rf"(?<!{self.one})(?<!\w')"

    @property
    def after(self) -> str:
        return rf"(?!{self.one}|'\w)"


@cache
def compiled(entries: tuple[str, ...], *, spaced: bool) -> re.Pattern[str]:
    """One pattern for a list; the empty list matches nothing."""
    if not entries:
        return re.compile(r"(?!)")
    letters = _Letters(rf"[\w{_MARKS}]" if any(map(_MARKED.search, entries)) else r"\w")
    alternatives = "|".join(_pattern(entry, letters, spaced=spaced) for entry in entries)
    if not spaced:
        return re.compile(alternatives, _FLAGS)
    return re.compile(rf"{letters.before}(?:{alternatives}){letters.after}", _FLAGS)


def plain(text: str) -> str:
    """`text` as the lists are written: composed, straight apostrophes, Arabic without points."""
    return _UNVOWELLED.sub("", unicodedata.normalize("NFC", text).translate(_QUOTES))


def _pattern(entry: str, letters: _Letters, *, spaced: bool) -> str:
    made = re.sub(r"([.+\[\]{}\\$])", r"\\\1", plain(entry).strip())
    made = re.sub(r"\((?!\?)", "(?:", made).replace("#", r"\d+")
    made = made.replace(
        " )*", " )\x02"
    )  # a group that ends in a space is a word that may stand there any number of times
    made = re.sub(r"\(\?<!.*?\)", lambda behind: behind[0].replace(" ", "\x01"), made)  # of fixed width
    gap = rf"\s+(?:{letters.any}{{1,{_LONGEST}}}\s+){{0,4}}" if spaced else r"[^。！？!?.\n，,；;]{0,8}"
    signs = {"*": f"{letters.any}{{0,{_LONGEST}}}", "_": letters.after, "^": _CLAUSE, "\x01": r"\s", "\x02": "*"}
    space = r"\s+" if spaced else r"\s*"
    pieces = re.split(r"\s*…\s*", made)
    return gap.join(re.sub(r"\s+|[*_^\x01\x02]", lambda sign: signs.get(sign[0], space), piece) for piece in pieces)
