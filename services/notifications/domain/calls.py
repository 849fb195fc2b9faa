"""Which telephone rings next, when, and what of a text can be said aloud."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zlib import crc32

_ADDRESS = re.compile(r"https?://\S+")
_UNSAYABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]|[☎·•]")
HEARD_S = 5  # who hangs up sooner has heard nothing


@dataclass(frozen=True, slots=True)
class Ladder:
    """How often each telephone rings, in which order, and how far apart the rounds are, give or take.

    Three tries, 15 to 20 minutes apart, mobile before home before work, are SignalKit's.
    """

    tries: int = 3
    least: timedelta = timedelta(minutes=15)
    most: timedelta = timedelta(minutes=20)
    telephones: tuple[str, ...] = ("mobile", "home", "work")

    @classmethod
    def of(cls, settings: Mapping[str, Any] | None, *, tries: int | None = None) -> Ladder:
        """A school's own rules over the account's `tries` over the defaults; a telephone that is not named is not rung."""
        given, usual = settings or {}, cls()
        apart = timedelta(minutes=given["apart_minutes"]) if "apart_minutes" in given else usual.least
        return cls(
            tries=int(given.get("tries") or tries or usual.tries),
            least=apart,
            most=apart + (usual.most - usual.least),
            telephones=tuple(given.get("telephones") or usual.telephones),
        )


@dataclass(frozen=True, slots=True)
class NextCall:
    """`place`: which of the telephones, from 0; `after`: how long after the last one ended."""

    place: int
    after: timedelta


def next_call(made: int, telephones: int, *, ladder: Ladder, seed: str = "") -> NextCall | None:
    """After so many calls that reached nobody; None when all have been tried enough.

    A round goes from telephone to telephone at once, mobile before home before work; then all rest. `seed` spreads the
    calls of one announcement over the minutes between.
    """
    if telephones < 1 or made >= telephones * ladder.tries:
        return None
    place = made % telephones
    if made == 0 or place:
        return NextCall(place, timedelta(0))
    spread = int((ladder.most - ladder.least).total_seconds()) + 1
    return NextCall(place, ladder.least + timedelta(seconds=crc32(f"{seed}:{made}".encode()) % spread))


def in_turn(telephones: Sequence[tuple[str, str]], ladder: Ladder) -> list[str]:
    """Numbers in the order in which they ring, each once; `telephones`: (kind, number). One of no known kind rings last."""
    order = (*ladder.telephones, "")
    ranked = [(order.index(kind), number) for kind, number in telephones if kind in order]
    return list(dict.fromkeys(number for _, number in sorted(ranked, key=lambda pair: pair[0])))


def spoken(text: str) -> str:
    """The text without what only eyes can use: addresses of pages, and lines that lead to one."""
    lines = [line for line in text.splitlines() if not _ADDRESS.search(line)] or [_ADDRESS.sub("", text)]
    said = (" ".join(_UNSAYABLE.sub(" ", line).split()) for line in lines)
    return "\n".join(line for line in said if line)


def by_voice(text: str, *, most_words: int) -> bool:
    """Whether a text is too long to be read on a telephone: then it is better heard."""
    return len(text.split()) > most_words
