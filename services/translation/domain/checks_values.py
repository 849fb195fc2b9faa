"""What has a value must come through with that value: links, placeholders, tags, telephones, times, dates, numbers, names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from services.translation.domain.findings import Code, Finding, Side
from services.translation.domain.names import whole
from services.translation.domain.numbers import Span, Time, Values, month_names, spelled, values

PLACEHOLDER = re.compile(r"\{\{?[A-Za-z_][A-Za-z0-9_.]*\}?\}|%\([A-Za-z_]\w*\)[sd]|%[sd]\b|\$\{\w+\}")
_LEFTOVER = re.compile(r"PH\d+X|Zqx\d+|[\ue000-\uf8ff]|⟦\d+⟧|\[\[\d+\]\]")
_WEEKEND = (5, 6)  # Saturday and Sunday
_MARK = re.compile(r"(?<!\S)[*#@]{1,3}(?=[^\W\d_])\w+")  # as Apertium writes them
_TAG = re.compile(r"</?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>|&(?:#\d+|#x[0-9A-Fa-f]+|[A-Za-z]{2,8});")


def changed(
    source: str, translation: str, *, languages: tuple[str, str], names: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """Every value of `source` that is missing or other in `translation`, and every one that is new there."""
    told_text, shown_text = _without_markup(source), _without_markup(translation)
    told, shown = values(told_text, languages[0]), values(shown_text, languages[1])
    return (
        *_exactly(Code.LINK, told.links, shown.links),
        *_exactly(Code.PLACEHOLDER, _all(PLACEHOLDER, source), _all(PLACEHOLDER, translation)),
        *_leftovers(source, translation),
        *_tags(source, translation),
        *_exactly(Code.PHONE, told.phones, shown.phones),
        *_times_and_numbers(told, shown, languages),
        *_dates(told, shown, languages[1]),
        *_names(source, translation, names),
    )


def _without_markup(text: str) -> str:
    def spaces(match: re.Match[str]) -> str:
        return " " * len(match[0])

    return PLACEHOLDER.sub(spaces, _TAG.sub(spaces, text))


def _all(pattern: re.Pattern[str], text: str) -> list[tuple[str, Span]]:
    return [(match[0], match.span()) for match in pattern.finditer(text)]


def _exactly(code: Code, told: Sequence[tuple[str, Span]], shown: Sequence[tuple[str, Span]]) -> Iterator[Finding]:
    """One finding for each that is on one side only; counted, so that a doubled one is found too."""
    missing = Counter(each for each, _ in told) - Counter(each for each, _ in shown)
    extra = Counter(each for each, _ in shown) - Counter(each for each, _ in told)
    for each, span in told:
        if missing[each] > 0:
            missing[each] -= 1
            yield Finding(code, span, Side.SOURCE)
    for each, span in shown:
        if extra[each] > 0:
            extra[each] -= 1
            yield Finding(code, span, Side.TRANSLATION)


def _leftovers(source: str, translation: str) -> Iterator[Finding]:
    """A mask of ours that was never taken off again, and marks of words that an engine did not know."""
    for mark in _MARK.finditer(translation):
        if mark[0] not in source:
            yield Finding(Code.UNKNOWN_WORDS, mark.span(), Side.TRANSLATION)
    theirs = set(_LEFTOVER.findall(source))
    for match in _LEFTOVER.finditer(translation):
        if match[0] not in theirs:
            yield Finding(Code.PLACEHOLDER, match.span(), Side.TRANSLATION)


def _tags(source: str, translation: str) -> Iterator[Finding]:
    told, shown = _all(_TAG, source), _all(_TAG, translation)
    yield from _exactly(Code.TAG, told, shown)
    if told and not _nested([tag for tag, _ in shown]) and _nested([tag for tag, _ in told]):
        yield Finding(Code.TAG, shown[0][1] if shown else (0, 0), Side.TRANSLATION)


def _nested(tags: Sequence[str]) -> bool:
    """Whether what opens is closed in turn."""
    open_tags: list[str] = []
    for tag in tags:
        if tag.startswith("&") or tag.endswith("/>"):
            continue
        name = re.sub(r"[</>]|\s.*", "", tag)
        if not tag.startswith("</"):
            open_tags.append(name)
        elif not open_tags or open_tags.pop() != name:
            return False
    return not open_tags


def _times_and_numbers(told: Values, shown: Values, languages: tuple[str, str]) -> Iterator[Finding]:
    """Times by clock and half of the day; what is left of them may stand as a plain number ("3 PM", "15 h", "three")."""
    before, after = list(told.times), list(shown.times)
    for time in list(before):
        twin = next((each for each in after if each.minutes == time.minutes and _halves_agree(time, each)), None)
        if twin is not None:
            before.remove(time)
            after.remove(twin)
    missing = Counter(number.value for number in told.numbers) - Counter(number.value for number in shown.numbers)
    extra = Counter(number.value for number in shown.numbers) - Counter(number.value for number in told.numbers)
    yield from _clock(before, extra, shown.digits, languages[1], Side.SOURCE)
    yield from _clock(after, missing, told.digits, languages[0], Side.TRANSLATION)
    for month, _ in told.months:  # "October 2" and "10月2日"
        if str(month) in extra and month not in {each for each, _ in shown.months}:
            extra[str(month)] -= 1
    for month, _ in shown.months:
        if str(month) in missing and month not in {each for each, _ in told.months}:
            missing[str(month)] -= 1
    yield from _numbers(told, missing, shown.digits, languages[1], Side.SOURCE)
    yield from _numbers(shown, extra, told.digits, languages[0], Side.TRANSLATION)
    if shown.currencies - told.currencies:
        yield Finding(Code.NUMBER, (0, len(shown.digits)), Side.TRANSLATION)


def _halves_agree(one: Time, other: Time) -> bool:
    return one.afternoon is None or other.afternoon is None or one.afternoon == other.afternoon


def _clock(times: Sequence[Time], loose: Counter[str], other: str, language: str, side: Side) -> Iterator[Finding]:
    for time in times:
        hour, minutes = divmod(time.minutes, 60)
        said = [str(hour or 12), str(hour + 12)] if minutes == 0 else []
        plain = next((number for number in said if loose[number] > 0), None)
        if plain is not None:
            loose[plain] -= 1
        elif not any(spelled(number, other, language) for number in said):
            yield Finding(Code.TIME, time.span, side)


def _numbers(here: Values, odd: Counter[str], other: str, language: str, side: Side) -> Iterator[Finding]:
    for number in here.numbers:
        if odd[number.value] > 0:
            odd[number.value] -= 1
            if not spelled(number.value, other, language):
                yield Finding(Code.NUMBER, number.span, side)


def _dates(told: Values, shown: Values, target: str) -> Iterator[Finding]:
    """Weekdays, and months that stand beside a day."""
    for day, span in told.weekdays.items():
        if day not in shown.weekdays and not (day in _WEEKEND and shown.weekend):
            yield Finding(Code.DATE, span, Side.SOURCE)
    theirs = Counter(month for month, _ in shown.months)
    numbers = {number.value for number in shown.numbers}
    for month, span in told.months:
        if theirs[month] > 0:
            theirs[month] -= 1
        elif str(month) not in numbers and month_names(target):
            yield Finding(Code.DATE, span, Side.SOURCE)
    ours = {str(month) for month, _ in told.months} | {number.value for number in told.numbers}
    for month, span in shown.months:
        if str(month) not in ours:
            yield Finding(Code.DATE, span, Side.TRANSLATION)


def _names(source: str, translation: str, names: Sequence[str]) -> Iterator[Finding]:
    for name in dict.fromkeys(name.strip() for name in names):
        if not name:
            continue
        places = [match.span() for match in re.finditer(whole(name), source)]
        if len(places) > translation.count(name):
            yield Finding(Code.NAME, places[-1], Side.SOURCE)
