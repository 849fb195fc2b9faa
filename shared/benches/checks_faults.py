"""Breaks good translations in every way that engines and hands were seen to: each kind of fault is a function.

Faults know nothing of the word lists of the checks: words for days, months and halves of the day come from CLDR, what
turns a prohibition round was written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

from babel import Locale

from shared.benches.checks_corpus import Pair

Fault = Callable[[Pair, Random, Sequence[Pair]], Pair | None]
_NUMBER = re.compile(r"(?<![\w{])\d+(?![\w}])")
_CLOCK = re.compile(r"\d{1,2}(?::| h )\d{2}")
_SENTENCE = re.compile(r".+?(?:[.!?]+(?=\s|\Z)|[。！？؟।])\s*|.+\Z", re.DOTALL)
_LOOKALIKE = str.maketrans("aeocpxуо", "аеосрхyo")
_HALVES = (
    ("a. m.", "p. m."), ("da manhã", "da noite"), ("del matí", "de la nit"), ("sáng", "tối"), ("上午", "晚上"),
    ("subaxnimo", "galabnimo"), ("صباحًا", "مساءً"), ("오전", "오후"), ("утра", "вечера"), ("maten", "aswè"),
    ("ng umaga", "ng gabi"), ("asubuhi", "jioni"), ("AM", "PM"),
)  # fmt: skip


def _changed(pair: Pair, made: str) -> Pair | None:
    return replace(pair, translation=made) if made != pair.translation else None


def number(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    found = [each for each in _NUMBER.finditer(pair.translation) if each[0] in pair.source]
    if not found:
        return None
    picked = random.choice(found)
    other = str(int(picked[0]) + random.choice((1, 2, 10)))
    return _changed(pair, pair.translation[: picked.start()] + other + pair.translation[picked.end() :])


def number_gone(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    found = [each for each in _NUMBER.finditer(pair.translation) if each[0] in pair.source and each[0] != "00"]
    if not found:
        return None
    picked = random.choice(found)
    return _changed(pair, pair.translation[: picked.start()] + pair.translation[picked.end() :])


def clock(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    found = list(_CLOCK.finditer(pair.translation))
    if not found:
        return None
    picked = random.choice(found)
    other = picked[0][:-2] + f"{(int(picked[0][-2:]) + 15) % 60:02}"
    return _changed(pair, pair.translation[: picked.start()] + other + pair.translation[picked.end() :])


def half_of_day(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    if not re.search(r"\d:\d\d", pair.source) or not re.search(r"\d:\d\d", pair.translation):
        return None
    for morning, later in _HALVES:
        for one, other in ((morning, later), (later, morning)):
            if re.search(rf"\d{{2}} {re.escape(one)}|{re.escape(one)} ?\d", pair.translation):
                return _changed(pair, pair.translation.replace(one, other, 1))
    return None


def _named(pair: Pair, random: Random, names: Mapping[int, str], *, beside: str) -> Pair | None:
    for one in names.values():
        ends = r"(?!\w)" if one.isascii() else ""  # a case ending may follow
        begins = "" if pair.languages[1] == "zh-Hans" else r"(?<!\w)"
        spot = re.search(begins + re.escape(one) + ends, pair.translation)
        if spot and re.search(beside, pair.translation):
            other = random.choice([name for name in names.values() if name != one])
            return _changed(pair, pair.translation[: spot.start()] + other + pair.translation[spot.end() :])
    return None


def weekday(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    if pair.languages[1] == "ht":
        return None
    return _named(pair, random, Locale.parse(pair.languages[1], sep="-").days["format"]["wide"], beside="")


def month(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    if pair.languages[1] in ("ht", "vi", "zh-Hans", "ko"):
        return None  # their months are numbers
    return _named(pair, random, Locale.parse(pair.languages[1], sep="-").months["format"]["wide"], beside=r"\d")


def phone(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    return _changed(pair, pair.translation.replace("555-0142", random.choice(("555-0124", "555-014", "555-01422"))))


def link(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    wrong = random.choice(
        (("example.org/trip", "example.org/viaje"), ("office@", "oficina@"), ("https://", "https: //"))
    )
    return _changed(pair, pair.translation.replace(*wrong))


def placeholder(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    return _changed(pair, pair.translation.replace("{student}", random.choice(("{alumno}", "", "{ student }", "PH0X"))))


def name(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    for each in pair.names:
        return _changed(pair, pair.translation.replace(each, random.choice(("", each[:-1], "X" + each[1:]))))
    return None


def sentence_gone(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    sentences = _SENTENCE.findall(pair.translation)
    if len(sentences) < 2:
        return None
    sentences.pop(random.randrange(len(sentences)))
    return _changed(pair, "".join(sentences).strip())


def cut(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    return _changed(pair, pair.translation[: int(len(pair.translation) * random.uniform(0.2, 0.55))])


def sentence_added(pair: Pair, random: Random, others: Sequence[Pair]) -> Pair | None:
    pool = [each for each in others if each.languages[1] == pair.languages[1] and each.id != pair.id]
    return _changed(pair, pair.translation + " " + random.choice(pool).translation)


def babble(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    words = pair.translation.split()
    tail = " ".join(words[-2:]) if len(words) > 4 else pair.translation[-6:]
    return _changed(
        pair, f"{pair.translation.rstrip('.!。। ')} " + " ".join([tail.rstrip(".!。।")] * random.randint(3, 9))
    )


def doubled(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    sentences = _SENTENCE.findall(pair.translation)
    picked = random.choice(sentences)
    return _changed(pair, pair.translation + " " + picked.strip())


def left_as_it_was(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    return _changed(pair, pair.source)


def left_in_part(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    before, after = _SENTENCE.findall(pair.source), _SENTENCE.findall(pair.translation)
    if len(before) != len(after) or len(before) < 2:
        return None
    picked = random.randrange(len(before))
    if len(re.findall(r"[^\W\d_]+", before[picked])) < 3 or "@" in before[picked]:
        return None
    after[picked] = before[picked].strip() + " "
    return _changed(pair, "".join(after).strip())


def tag(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    whole = replace(pair, source=f"<b>{pair.source}</b>", translation=f"<b>{pair.translation}</b>")
    broken = random.choice((whole.translation[:-4], whole.translation[3:], whole.translation.replace("</b>", "< / b>")))
    return _changed(whole, broken)


def lookalike(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    words = [word for word in re.findall(r"[^\W\d_]{4,}", pair.translation) if word.translate(_LOOKALIKE) != word]
    words = [word for word in words if word not in pair.source]
    if not words:
        return None
    picked = random.choice(words)
    place = next(i for i, character in enumerate(picked) if character.translate(_LOOKALIKE) != character)
    return _changed(
        pair,
        pair.translation.replace(picked, picked[:place] + picked[place].translate(_LOOKALIKE) + picked[place + 1 :], 1),
    )


def other_script(pair: Pair, random: Random, others: Sequence[Pair]) -> Pair | None:
    script = {"ru": "ko", "ko": "ru", "zh-Hans": "ar", "ar": "hi", "hi": "gu", "gu": "hi"}.get(pair.languages[1], "ru")
    same = [each for each in others if each.id == pair.id and each.languages[1] == script]
    return _changed(pair, same[0].translation) if same else None


def direction(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    place = random.randrange(len(pair.translation))
    mark = random.choice("\u202e\u202d\u2068\u2067\u2069\u202a")
    return _changed(pair, pair.translation[:place] + mark + pair.translation[place:])


def hidden(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    place = random.randrange(len(pair.translation))
    return _changed(
        pair, pair.translation[:place] + random.choice("\u200b\u00ad\ufeff\x07\U000e0041") + pair.translation[place:]
    )


def empty(pair: Pair, random: Random, _: Sequence[Pair]) -> Pair | None:
    return _changed(pair, random.choice(("", " ", "...", "\u200f")))


FAULTS: Mapping[str, Fault] = {
    each.__name__: each
    for each in (
        number, number_gone, clock, half_of_day, weekday, month, phone, link, placeholder, name, sentence_gone, cut,
        sentence_added, babble, doubled, left_as_it_was, left_in_part, tag, lookalike, other_script, direction, hidden,
        empty,
    )
}  # fmt: skip
