"""Finds what has a value in a text of any language: links, telephones, times, dates, weekdays, numbers.

A translation writes them its own way ("9:00 AM", "9:00 a. m.", "上午9:00"; "1,000", "1.000"; "October 2", "2 de octubre",
"10月2日"), so they are read here and compared as values. Digits of other scripts count as digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from services.translation.domain.languages import base
from services.translation.domain.meaning_words import compiled, plain, words
from shared.language.conventions import conventions

Span = tuple[int, int]
LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"。，；！？）」]*[^\s<>\".,;:!?)\]}'’。，；！？）」]|(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
)
_PHONE = re.compile(r"\+?\(?\d[\d\s().–-]{5,}\d")
_CLOCK = re.compile(
    r"(?<![\d.,:/])(\d{1,2})\s?(?:[:：]|h|H|시|点|點|時|giờ)\s?(\d{2})(?![\d/])(?:\s?(?:분|分|phút))?"
    r"|(?<![\d.,:/])(\d{1,2})(?=\s?[apAP]\.?\s?[mM]\b)|(?<![\d.,:/])(\d{1,2})\s?(?:시|点|點|時|giờ)(?!\s?\d)"
)
_HALF_PAST = re.compile(
    r"(?<![\d.,:/])(\d{1,2})\s?(?:y media|e meia|et demie|i mitja|giờ rưỡi|rưỡi|点半|點半|시 반)(?!\w)|half past (\d{1,2})(?!\d)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{1,3}(?:[.,'\u00a0\u202f ]\d{3})+(?!\d)|\d+(?:[.,]\d+)?")
_CURRENCY = re.compile(r"[$€£¥₹₩₽]")
_HALF = re.compile(r"\s?([apAP])\.?\s?[mM]\b")
_OF_24 = frozenset({"fr", "pt", "ru", "uk"})  # where nobody writes "5:30" for the afternoon without saying so
_NEAR = 24  # characters around a time in which its half of the day is named
_MOST_MONTHS = 12
_MOST_SPELLED = 9  # digits of a number that a list may have a word for


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day as minutes of a half day; `afternoon` None where the text does not say."""

    minutes: int
    afternoon: bool | None
    span: Span
    of_24: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number in canonical form: "1,000" and "1.000" are "1000", "12,50" is "12.5"."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Values:
    """Everything in a text that has a value, with where it stands."""

    links: tuple[tuple[str, Span], ...]
    phones: tuple[tuple[str, Span], ...]
    times: tuple[Time, ...]
    months: tuple[tuple[int, Span], ...]
    weekdays: Mapping[int, Span]
    weekend: bool
    numbers: tuple[Number, ...]
    currencies: frozenset[str]
    digits: str  # the text with every digit as 0 to 9


@lru_cache(maxsize=1024)  # one text is held against its translations in many languages
def values(text: str, language: str) -> Values:
    """What `text`, written in `language`, gives as values; each character is claimed once."""
    digits = ascii_digits(text)
    links, rest = _taken(LINK, digits)
    phones = []
    for match in _PHONE.finditer(rest):
        number = re.sub(r"\D", "", match[0])
        if len(number) >= 7:
            phones.append((number, match.span()))
    rest = _blanked(rest, [span for _, span in phones])
    days, held = _weekdays(rest, language), words(language)
    rest = _blanked(rest, list(days.values()))
    halves = [_half_past(match, rest, language) for match in _HALF_PAST.finditer(rest)]
    rest = _blanked(rest, [time.span for time in halves])
    whole = [_time(match, rest, language) for match in _CLOCK.finditer(rest)]
    rest = _blanked(rest, [time.span for time in whole])
    times = _by_day([*halves, *whole], language)
    months = _months(rest, language)
    rest = _blanked(rest, [span for _, span in months])
    numbers = tuple(Number(canonical(match[0]), match.span()) for match in _NUMBER.finditer(rest))
    return Values(
        tuple((match[0], match.span()) for match in links),
        tuple(phones),
        times,
        months,
        days,
        bool(held and held.weekend.search(rest)),
        numbers,
        frozenset(_CURRENCY.findall(text)),
        digits,
    )


def ascii_digits(text: str) -> str:
    """`text` with ٣, ३, ૩ and ３ as 3; nothing else changes, nor does any position."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(character)) if not character.isascii() and character.isdecimal() else character
        for character in text
    )


def canonical(written: str) -> str:
    """A number without its separators of thousands, with a point before its fraction and no idle zeros."""
    written = ascii_digits(written)
    if re.fullmatch(r"\d{1,3}(?:[.,'\u00a0\u202f ]\d{3})+", written):
        return _without_zeros(re.sub(r"\D", "", written))
    whole, _, fraction = written.replace(",", ".").partition(".")
    fraction = fraction.rstrip("0")
    return f"{_without_zeros(whole)}.{fraction}" if fraction else _without_zeros(whole)


def _without_zeros(digits: str) -> str:
    """Never by way of int(), which refuses what has thousands of digits: a text may hold such a number."""
    return digits.lstrip("0") or "0"


def spelled(number: str, text: str, language: str) -> bool:
    """Whether `text` says a number in words ("two", "dos")."""
    held = words(language)
    if held is None or not number.isdecimal() or len(number) > _MOST_SPELLED:
        return False
    pattern = held.numerals.get(int(number))
    return pattern is not None and pattern.search(text) is not None


def _time(match: re.Match[str], text: str, language: str) -> Time:
    hour, minute = int(match[1] or match[3] or match[4]), int(match[2] or 0)
    half = _HALF.match(text, match.end())
    if half:
        afternoon: bool | None = half[1] in "pP"
    elif hour > 12 or hour == 0:
        afternoon = hour > 12
    else:
        afternoon = _named_half(text, match.span(), language)
    return Time(hour % 12 * 60 + minute, afternoon, match.span(), of_24=hour > 12 or hour == 0)


def _half_past(match: re.Match[str], text: str, language: str) -> Time:
    hour = int(match[1] or match[2])
    return Time(hour % 12 * 60 + 30, _named_half(text, match.span(), language), match.span(), of_24=hour > 12)


def _named_half(text: str, span: Span, language: str) -> bool | None:
    """Morning or afternoon, by the nearest word that says one of them; languages differ in the side it stands on."""
    held = words(language)
    if held is None:
        return None
    before = plain(re.split(r"[\n.;!?。]|\d", text[max(0, span[0] - _NEAR // 2) : span[0]])[-1])
    after = plain(re.split(r"[\n;,!?。，]|\d", text[span[1] : span[1] + _NEAR])[0])
    near: list[tuple[int, bool]] = []
    for pattern, afternoon in ((held.mornings, False), (held.afternoons, True)):
        near += [(match.start(), afternoon) for match in pattern.finditer(after)]
        near += [(len(before) - match.end(), afternoon) for match in pattern.finditer(before)]
    nearest = min((distance for distance, _ in near), default=0)
    halves = {afternoon for distance, afternoon in near if distance == nearest}
    return halves.pop() if len(halves) == 1 else None


def _by_day(times: Sequence[Time], language: str) -> tuple[Time, ...]:
    """Where the day has 24 hours, a time that does not say is in the morning: "7:30" beside "16:00", or in Russian."""
    if base(language) not in _OF_24 and not any(time.of_24 for time in times):
        return tuple(times)
    return tuple(
        replace(time, afternoon=_after_noon(time)) if time.afternoon is None and not time.of_24 else time
        for time in times
    )


def _after_noon(time: Time) -> bool:
    return time.minutes < 60  # 12:00 to 12:59


def _weekdays(text: str, language: str) -> dict[int, Span]:
    held = words(language)
    found = ((number, pattern.search(text)) for number, pattern in enumerate(held.weekdays if held else ()))
    return {number: match.span() for number, match in found if match}


def _months(text: str, language: str) -> tuple[tuple[int, Span], ...]:
    """Months that stand beside a number: "May 3", not "you may"."""
    names = month_names(language)
    found = []
    for number, pattern in enumerate(names, start=1):
        for match in pattern.finditer(text):
            if language == "en" and match[0].islower():
                continue  # "12. You may"
            beside = text[max(0, match.start() - 12) : match.start()] + "|" + text[match.end() : match.end() + 6]
            if re.search(r"\d(?:st|nd|rd|th|º|°|er|re|-?[ae])?\.?(?:\s\w{1,3}['’]?)?\s?\|", beside) or re.search(
                r"\|\.?,?\s(?:\w{1,3}['’ -])?\d", beside
            ):
                found.append((number, match.span()))
    return tuple(sorted(found, key=lambda each: each[1]))


@cache
def month_names(language: str) -> Sequence[re.Pattern[str]]:
    """A pattern for each of the twelve months, from its conventions and its own list; none where neither has names."""
    held = words(language)
    own = held.months if held else ()
    how = conventions(language)
    if how.origin == "none":
        return own  # the names that stand in there are English
    names_of, made = how.names, []
    for number in range(_MOST_MONTHS):
        names = {
            listed[number].rstrip(".")
            for listed in (names_of.months, names_of.months_alone, names_of.months_short)
            if listed
        }
        written = tuple(sorted(name for name in names if len(name) > 2 and not any(map(str.isdigit, name))))
        made.append(compiled(written, spaced=True))
    return [_either(one, other) for one, other in zip(made, own, strict=True)] if own else made


def _either(one: re.Pattern[str], other: re.Pattern[str]) -> re.Pattern[str]:
    return re.compile(f"(?:{one.pattern})|(?:{other.pattern})", one.flags)


def _taken(pattern: re.Pattern[str], text: str) -> tuple[list[re.Match[str]], str]:
    found = list(pattern.finditer(text))
    return found, _blanked(text, [match.span() for match in found])


def _blanked(text: str, spans: Sequence[Span]) -> str:
    for start, end in spans:
        text = text[:start] + "\x00" * (end - start) + text[end:]
    return text
