"""Deciding together: what is asked, and how votes are counted. A tie is told as a tie, with how it came about (F46)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

VOTE = "vote"
KIND = "poll"
MOST_OPTIONS = 8  # a digit each, and 9 stays free
QUORUM = 30  # percent of those asked, unless whoever opens the poll says else


class Method(StrEnum):
    PLURALITY = "plurality"  # one choice each
    APPROVAL = "approval"  # as many as one likes
    RANKED = "ranked"  # in order; the last in line drops out until one has more than half


@dataclass(frozen=True, slots=True)
class Round:
    """One count of an instant run-off: votes of those still in, who drops out, and what was decided by earlier rounds."""

    votes: Mapping[str, int]
    out: tuple[str, ...]
    tie: str | None  # how a tie for the last place was settled: `earlier`, or `together`


@dataclass(frozen=True, slots=True)
class Count:
    """`leading`: one option, or several where they are level; none where nobody voted."""

    votes: Mapping[str, int]
    leading: tuple[str, ...]
    rounds: tuple[Round, ...] = ()


def count(method: Method, ballots: Sequence[Sequence[str]], options: Sequence[str]) -> Count:
    """From everybody's choices; a ranked ballot is in order. Choices that are no option do not count."""
    known = [[value for value in dict.fromkeys(ballot) if value in options] for ballot in ballots]
    if method is Method.RANKED:
        return _run_off(known, options)
    votes = Counter(value for ballot in known for value in (ballot if method is Method.APPROVAL else ballot[:1]))
    return Count({option: votes[option] for option in options}, _most(votes, options))


def _most(votes: Mapping[str, int], options: Sequence[str]) -> tuple[str, ...]:
    best = max((votes.get(option, 0) for option in options), default=0)
    return tuple(option for option in options if best and votes.get(option, 0) == best)


def _run_off(ballots: Sequence[Sequence[str]], options: Sequence[str]) -> Count:
    """Whoever has more than half of the ballots that still count wins; else the last drops out and those votes move on."""
    left, rounds = list(options), list[Round]()
    first: dict[str, int] = {}
    while True:
        votes = Counter(next((value for value in ballot if value in left), "") for ballot in ballots)
        now = {option: votes[option] for option in left}
        first = first or now
        total = sum(now.values())
        best = _most(now, left)
        if not total or now[best[0]] * 2 > total or len(best) == len(left):
            return Count(first, best, (*rounds, Round(now, (), None)))
        out, tie = _last(now, rounds)
        rounds.append(Round(now, out, tie))
        left = [option for option in left if option not in out]


def _last(now: Mapping[str, int], rounds: Sequence[Round]) -> tuple[tuple[str, ...], str | None]:
    """Who drops out: the last; of several, who was last in the latest round that tells them apart, else all of them."""
    fewest = min(now.values())
    last = [option for option, votes in now.items() if votes == fewest]
    if len(last) == 1:
        return tuple(last), None
    for earlier in reversed(rounds):
        fewest = min(earlier.votes[option] for option in last)
        behind = [option for option in last if earlier.votes[option] == fewest]
        if len(behind) < len(last):
            last = behind
        if len(last) == 1:
            return tuple(last), "earlier"
    return tuple(last), "together"


def quorum_met(*, answered: int, asked: int, quorum: int) -> bool:
    return asked > 0 and answered * 100 >= quorum * asked


def option_value(place: int) -> str:
    """`o1`, `o2`: what is stored of a choice, in the order of the digits."""
    return f"o{place}"


def survey_id(poll_id: str) -> str:
    return f"{PREFIX}{poll_id.replace('-', '')[-12:]}"


PREFIX = "poll_"  # what a poll's survey id begins with


def definition(
    poll_id: str, method: Method, texts: Mapping[str, Sequence[str]], words: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """The poll as a survey of one question. `texts`: by language the question, then the options; `words`: by key
    (`title`, `intro`, `why`, and the method's hint) the text in each language."""
    asked = {language: each[0] for language, each in texts.items()}
    hinted = {language: f"{each[0]} {words['hint'][language]}".strip() for language, each in texts.items()}
    kinds = {Method.PLURALITY: "single", Method.APPROVAL: "multi", Method.RANKED: "ranking"}
    number = len(next(iter(texts.values()))) - 1
    return {
        "survey": survey_id(poll_id),
        "kind": KIND,
        "identified": "confidential",
        "grace_days": 0,  # a vote after the close would change what was told
        "languages": sorted(texts),
        "title": {language: words["title"][language] for language in texts},
        "intro": {language: words["intro"][language] for language in texts},
        "questions": [
            {
                "id": VOTE,
                "type": kinds[method],
                "text": hinted,
                "sms": asked if method is Method.PLURALITY else hinted,
                "why": {language: words["why"][language] for language in texts},
                "options": [
                    {
                        "value": option_value(place),
                        "digit": place,
                        "label": {language: each[place] for language, each in texts.items()},
                    }
                    for place in range(1, number + 1)
                ],
                "effects": [{"rule": "poll"}],
            }
        ],
    }
