"""Whether it is a translation at all: not empty, cut off, added to, babbled, or left in the source language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from services.translation.domain.checks_values import PLACEHOLDER
from services.translation.domain.findings import Code, Finding, Severity, Side
from services.translation.domain.languages import base
from services.translation.domain.meaning_words import Words, plain, words
from services.translation.domain.numbers import LINK
from services.translation.domain.sentences import sentences

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’\u0300-\u036f\u0900-\u0963\u0966-\u0dff\u1200-\u137f])*")
_FINAL = re.compile(r"[.!?。！？؟।።။…:)\"»”]\s*\Z")
_SHORT = 24  # characters up to which a length says little
_LEAST, _MOST = 0.5, 2.0  # of what is usual between the two languages
_FEWER, _MORE = 0.85, 1.2  # the same where a sentence is missing or added
# languages that share whole phrases: a run of the source's words counts from so many on
_KIN = ({"es", "pt", "gl", "ca", "fr", "it", "ht"}, {"ru", "uk"})
_RUN, _RUN_OF_KIN = 3, 6
_FOREIGN = 0.25  # share of the source's commonest words


def shape(source: str, translation: str, *, languages: tuple[str, str], names: Sequence[str] = ()) -> Iterator[Finding]:
    """What is odd about `translation` as a whole. Same language on both sides is never odd for being untranslated."""
    before, after = _bare(source, names), _bare(translation, names)
    if not any(map(str.isalpha, before)):
        return
    whole = (0, len(translation))
    if not any(map(str.isalpha, after)):
        yield Finding(Code.EMPTY, whole, Side.TRANSLATION)
        return
    yield from _length(before, after, languages, whole)
    yield from _repeated(before, after)
    if base(languages[0]) != base(languages[1]):
        yield from _left(before, after, languages)
    yield from _abuse(source, translation, languages)


def _bare(text: str, names: Sequence[str]) -> str:
    """`text` with what is not words left blank, each character where it was."""
    for pattern in (LINK, PLACEHOLDER, *(re.compile(re.escape(name)) for name in names if name.strip())):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return text


def usual_length(languages: tuple[str, str]) -> float:
    """Characters of the target for each of the source (words/*.yaml `length`); 1 where a language is unknown."""
    source, target = words(languages[0]), words(languages[1])
    return (target.length if target else 1.0) / (source.length if source else 1.0)


def _length(before: str, after: str, languages: tuple[str, str], whole: tuple[int, int]) -> Iterator[Finding]:
    letters, others = _letters(before), _letters(after)
    expected = max(1.0, letters * usual_length(languages))
    ratio = others / expected
    said, kept = len(sentences(before)), len(sentences(after))
    cut = bool(_FINAL.search(before)) and not _FINAL.search(after)
    grace = _SHORT / max(letters, _SHORT)  # 1 for the shortest, less for longer
    if ratio < _LEAST * (1 - grace / 2) or (kept < said and ratio < _FEWER) or (cut and ratio < _FEWER):
        yield Finding(Code.OMISSION, whole, Side.TRANSLATION)
    elif ratio > _MOST * (1 + grace) or (kept > said and ratio > _MORE):
        yield Finding(Code.ADDITION, whole, Side.TRANSLATION)
    elif kept < said or cut:
        yield Finding(Code.LENGTH, whole, Side.TRANSLATION, Severity.TELLS)


def _letters(text: str) -> int:
    return sum(1 for character in text if character.isalnum())


def _repeated(before: str, after: str) -> Iterator[Finding]:
    """The same words again and again, as engines that have lost their way write; what the source repeats may be repeated."""
    for span in (_stutter(after), _again(after, before)):
        if span and not _stutter(before):
            yield Finding(Code.REPETITION, span, Side.TRANSLATION)
            return


_STUTTER = re.compile(
    r"(?<!\w)(\w[\w'’ -]{1,60}?)(?:[\s,.;]+\1){2,}(?!\w)"  # words, three times
    r"|([^\s\d.…!?。，,_-]{2,12}?)\2{2,}"  # signs without spaces, three times
    r"|(?<!\w)([^\W\d]{4,}(?:\s+\w+){0,4})\s+\3(?!\w)",  # long words, twice
    re.IGNORECASE,
)


def _stutter(text: str) -> tuple[int, int] | None:
    match = _STUTTER.search(text)
    return match.span() if match else None


def _again(after: str, before: str) -> tuple[int, int] | None:
    """A sentence, or a run of four words, more often than the source has any."""
    seen: Counter[str] = Counter()
    most = max(Counter(_key(each.text) for each in sentences(before)).values(), default=1)
    for sentence in sentences(after):
        seen[_key(sentence.text)] += 1
        if seen[_key(sentence.text)] > most and len(sentence.text) > 3:
            return sentence.start, sentence.start + len(sentence.text)
    found = list(_WORD.finditer(after))
    limit = max(_runs(_WORD.findall(before)).values(), default=1)
    runs: Counter[tuple[str, ...]] = Counter()
    for place in range(len(found) - 3):
        run = tuple(word[0].casefold() for word in found[place : place + 4])
        runs[run] += 1
        if runs[run] > max(limit, 1) + 1 or (runs[run] > limit and len(set(run)) == 4 and limit == 1 and _close(run)):
            return found[place].start(), found[place + 3].end()
    return None


def _close(run: tuple[str, ...]) -> bool:
    return sum(map(len, run)) >= 16


def _runs(found: Sequence[str]) -> Counter[tuple[str, ...]]:
    lower = [word.casefold() for word in found]
    return Counter(tuple(lower[place : place + 4]) for place in range(len(lower) - 3))


def _key(sentence: str) -> str:
    return " ".join(_WORD.findall(sentence.casefold()))


def _left(before: str, after: str, languages: tuple[str, str]) -> Iterator[Finding]:
    """Words of the source that stand untranslated."""
    source, target = words(languages[0]), words(languages[1])
    theirs = list(_WORD.finditer(after))
    if not theirs:
        return
    kin = any({base(languages[0]), base(languages[1])} <= family for family in _KIN)
    run = _run(_WORD.findall(before), theirs, _RUN_OF_KIN if kin else _RUN)
    if run or _key(before) == _key(after):
        alike = len({word[0].casefold() for word in theirs}) == 1  # "OK", "No, no!", "Total"
        severity = Severity.TELLS if alike else Severity.HOLDS
        yield Finding(Code.UNTRANSLATED, run or (0, len(after)), Side.TRANSLATION, severity)
        return
    if same := _same_sentence(before, after):
        yield Finding(Code.UNTRANSLATED, same, Side.TRANSLATION)
        return
    strange = _strange(theirs, source, target)
    if len(strange) >= 2 and len(strange) / len(theirs) >= _FOREIGN:
        yield Finding(Code.UNTRANSLATED, (strange[0].start(), strange[-1].end()), Side.TRANSLATION)


def _same_sentence(before: str, after: str) -> tuple[int, int] | None:
    """A sentence of three words and more that came back as it went."""
    known = {_key(each.text) for each in sentences(before)}
    for sentence in sentences(after):
        key = _key(sentence.text)
        if len(key.split()) >= _RUN and key in known and not sentence.text.istitle():
            return sentence.start, sentence.start + len(sentence.text)
    return None


def _run(before: Sequence[str], theirs: Sequence[re.Match[str]], least: int) -> tuple[int, int] | None:
    """So many words of the source in its own order; a run of names ("Green Valley School") is none."""
    lower = [word.casefold() for word in before]
    known = {tuple(lower[place : place + least]) for place in range(len(lower) - least + 1)}
    for place in range(len(theirs) - least + 1):
        piece = theirs[place : place + least]
        named = sum(word[0][0].isupper() for word in piece) >= least - 1
        if not named and tuple(word[0].casefold() for word in piece) in known:
            return piece[0].start(), piece[-1].end()
    return None


def _strange(theirs: Sequence[re.Match[str]], source: Words | None, target: Words | None) -> list[re.Match[str]]:
    if source is None:
        return []
    own = target.common if target else frozenset()
    return [word for word in theirs if plain(word[0]).casefold() in source.common - own]


def _abuse(source: str, translation: str, languages: tuple[str, str]) -> Iterator[Finding]:
    """An insult that nobody wrote."""
    here, there = words(languages[0]), words(languages[1])
    found = there.abuse.search(plain(translation)) if there else None
    if found and not (here and here.abuse.search(plain(source))):
        yield Finding(Code.ABUSE, found.span(), Side.TRANSLATION)
