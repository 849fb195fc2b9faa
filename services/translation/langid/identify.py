"""Identification: the script first, then the letters, with what the guardian declared as prior.

A reply of two words ("si", "cam on co") does not say its language by itself. Asked "the declared language, another of
the home, or English?" it nearly always does, so those are asked first; a third language is believed only on a longer
text that none of them explains.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.translation.domain.languages import base
from services.translation.langid.letters import padded
from services.translation.langid.scripts import Script, in_script, script_of, words_of
from services.translation.langid.texts import ALONE, any_letters, languages, letters, of_script, page

ENGLISH = "en"
# nats by which a language is believed before anything is read
DECLARED, OTHER = 1.5, 0.5
TEMPER = 2.0  # letters of a word are not independent: a model's nats are worth half
COMMON_PER_LETTER = 0.25
MOST_LETTERS = 400  # a longer text says no more
STRANGE_LETTERS, STRANGE_PER_LETTER = 24, 0.55  # when a third language is asked about, and by how much it must win
_NO_EVIDENCE = frozenset(
    {"ok", "okay", "okey", "oki", "k", "lol", "haha", "hahaha", "sms", "bus", "email", "wifi", "zoom", "app"}
)
_SAME = {"fil": "tl", "mww": "hmn", "hnj": "hmn", "no": "nb", "nn": "nb", "prs": "fa", "pes": "fa", "kmr": "ku", "swh": "sw",
         "cmn": "zh", "yue": "zh", "sh": "bs", "hbs": "bs", "ms": "id", "iw": "he", "pbu": "ps", "arb": "ar", "gaz": "om",
         "rn": "rw"}  # fmt: skip
_ONE_IN_LATIN = {"hr": "bs", "sr": "bs"}  # one language to the eye: whichever of them was declared is meant
# further languages of the scripts that one language has nearly to itself
_ALSO = {
    Script.BENGALI: ("as",),
    Script.HEBREW: ("yi",),
    Script.MYANMAR: ("mnw", "shn"),
    Script.TIBETAN: ("dz",),
    Script.HAN: ("ja",),
}
_KAREN = frozenset("\u1061\u1062\u1063\u1064\u1068\u1069\u106a\u106b\u106c\u106d")


class Guess(NamedTuple):
    """A language tag, as declared where it is the declared one, and how sure we are: 0 (nothing to go by) to 1."""

    language: str
    confidence: float


def identify(text: str, declared: str | None = None, others: Iterable[str] = ()) -> Guess:
    """The language of a text. `declared`: of who wrote it; `others`: further languages of the home. Never raises.

    Without `declared`, or where neither it nor English nor another explains the text, every language is asked.
    """
    tags = [tag for tag in (declared, *others) if tag]
    words = words_of(text[: MOST_LETTERS * 4])
    script = script_of("".join(words))
    if script is None:
        return Guess(declared or ENGLISH, 0.0)
    telling = [word for word in in_script(words, script) if word not in _NO_EVIDENCE]
    line = padded(telling)[:MOST_LETTERS]
    if not telling:
        return Guess(declared or ENGLISH, 0.5 if declared else 0.0)
    if script in ALONE:
        return _alone(script, line, tags)
    near = _near(script, tags)
    if not near:
        return _ranked(line, script, of_script(script), declared=None, others=())
    guess = _ranked(
        line, script, tuple(near), declared=_key(declared, script), others=[_key(tag, script) for tag in others]
    )
    stranger = _stranger(line, script, guess.language)
    return stranger or Guess(near[guess.language], guess.confidence)


def _near(script: Script, tags: Sequence[str]) -> dict[str, str]:
    """The languages that are asked first, each with the tag that it is called by; none where no tag fits the script."""
    found: dict[str, str] = {}
    for tag in tags:
        key = _key(tag, script)
        known = page(key)
        if script is Script.LATIN or known is None or known.script is script:
            found.setdefault(key, tag)
    if found and script is Script.LATIN:
        found.setdefault(ENGLISH, ENGLISH)
    return found


def _ranked(line: str, script: Script, keys: Sequence[str], *, declared: str | None, others: Sequence[str]) -> Guess:
    scores = {}
    for key in keys:
        prior = DECLARED if key == declared else OTHER if key in others else 0.0
        scores[key] = _score(key, script, line) / TEMPER + prior
    best = max(scores, key=scores.__getitem__)
    if len(scores) == 1:  # asked alone, it is measured by what all languages have in common
        scores[""] = any_letters(script).score(line) / TEMPER - DECLARED
    sure = 1 / sum(math.exp(min(max(score - scores[best], -50.0), 50.0)) for score in scores.values())
    return Guess(best, round(sure, 3))


def _score(key: str, script: Script, line: str) -> float:
    """A language without words in that script gets what all languages have in common, which is too good by a little."""
    model = letters(key, script)
    return model.score(line) if model else any_letters(script).score(line) - COMMON_PER_LETTER * len(line)


def _stranger(line: str, script: Script, best: str) -> Guess | None:
    """A language that nobody declared, on a text that is long enough and much better explained by it."""
    if len(line) < STRANGE_LETTERS:
        return None
    known = _score(best, script, line)
    if any_letters(script).score(line) < known + 0.1 * len(line):
        return None
    found = _ranked(line, script, of_script(script), declared=None, others=())
    other = letters(found.language, script)
    if other is None or other.score(line) < known + STRANGE_PER_LETTER * len(line):
        return None
    return found if found.confidence >= 0.9 else None


def _alone(script: Script, line: str, tags: Sequence[str]) -> Guess:
    """One script, one language: a declared one if it is written in it, for Chinese, Japanese, Burmese and Karen too."""
    if script is Script.MYANMAR and not _KAREN.isdisjoint(line):
        return Guess(next((tag for tag in tags if _key(tag, script) in ("ksw", "kar")), "ksw"), 0.9)
    kin = (ALONE[script], *_ALSO.get(script, ()))
    declared = next((tag for tag in tags if _key(tag, script) in kin), None)
    if declared is not None:
        return Guess(declared, 1.0)
    return Guess(ALONE[script], 0.95)


def _key(tag: str | None, script: Script) -> str:
    """The language that a tag is asked as."""
    found = base(tag) if tag else ""
    found = _SAME.get(found, found)
    return _ONE_IN_LATIN.get(found, found) if script is Script.LATIN else found


__all__ = ["Guess", "identify", "languages"]
