"""From the phrase files to one regular expression a keyword and language."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from services.notifications.domain.keywords.plain import plain

HERE = Path(__file__).parent
LONGEST = 160  # a longer message tells of more than a wish to be left alone
_PIECE = re.compile(r"\[(?P<one>[^\]]*)\]|\((?P<maybe>[^)]*)\)|(?P<word>[^\s\[\]()]+)")


class Keyword(StrEnum):
    STOP = "stop"
    HELP = "help"
    START = "start"
    WRONG = "wrong"  # "wrong number": somebody else has it
    PERSON = "person"  # somebody is to look at what a machine translated


def keyword(text: str) -> Keyword | None:
    """What the whole message is, if it is one; None for prose."""
    words = plain(text[: LONGEST * 4])
    if not words or len(words) > LONGEST:
        return None
    known = _phrases()
    cores = [*_without_edges(words + " ", known.polite)]
    return next((meaning for meaning, phrase in known.meanings for core in cores if phrase.fullmatch(core)), None)


@dataclass(frozen=True)
class _Phrases:
    """One expression for every keyword, and the words that may stand around them."""

    meanings: tuple[tuple[Keyword, re.Pattern[str]], ...]
    polite: tuple[str, ...]


@cache
def _phrases() -> _Phrases:
    """The phrases of every language together: a family may write in any; STOP before all others."""
    lines = [line for path in sorted(HERE.glob("*.txt")) for line in _lines(path)]
    polite = {plain(part) + " " for kind, rest in lines if kind == "polite" for part in rest.split("|")}
    return _Phrases(
        tuple(
            (meaning, re.compile("|".join(_pattern(rest) for kind, rest in lines if kind == meaning)))
            for meaning in Keyword
        ),
        tuple(sorted(polite, key=lambda part: (-len(part), part))),
    )


def _without_edges(words: str, polite: Collection[str]) -> Iterator[str]:
    """The message as it is, and with the polite words before and after it taken away, one by one."""
    yield words
    while (first := next((part for part in polite if words.startswith(part) and words != part), None)) is not None:
        words = words.removeprefix(first)
        yield words
    while (last := next((part for part in polite if words.endswith(f" {part}")), None)) is not None:
        words = words.removesuffix(last)
        yield words


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        kind, colon, rest = line.partition(": ")
        if not colon or kind not in (*Keyword, "polite"):
            raise ValueError(f"{path.name}:{number} begins with polite, {', '.join(Keyword)} and a colon")
        yield kind, rest


def _pattern(line: str) -> str:
    """`word`, `[one|of these]` and `(these|or nothing)`, each followed by a space."""
    made = []
    for piece in _PIECE.finditer(line):
        if piece["one"] is not None:
            made.append(f"(?:{_either(piece['one'].split('|'))})")
        elif piece["maybe"] is not None:
            made.append(f"(?:{_either(piece['maybe'].split('|'))})?")
        else:
            made.append(_either([piece["word"]]))
    return "".join(made)


def _either(parts: Iterable[str]) -> str:
    """The longest first, so that what is taken is taken whole."""
    plainly = {plain(part) for part in parts} - {""}
    return "|".join(re.escape(part + " ") for part in sorted(plainly, key=lambda part: (-len(part), part)))
