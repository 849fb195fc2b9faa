"""Words that may tell of a child in danger. They go to the safeguarding lead alone, at once; a teacher never sees them.

A match proves nothing: a person reads it. So the lists are wide, and a school adds its own words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

# Per language: whole words where letters are Latin; a star stands for any ending.
WORDS: dict[str, tuple[str, ...]] = {
    "en": (
        "suicid*", "kill himself", "kill herself", "kill myself", "kill themselves", "hurt himself", "hurt herself",
        "hurts himself", "hurts herself", "self-harm*", "self harm*", "cutting herself", "cutting himself", "abus*", "molest*",
        "raped", "rape", "beats him", "beats her", "beats me", "hits him", "hits her", "hits me", "hits us", "beat him", "beat her",
        "touched him", "touched her", "afraid to go home", "wants to die", "weapon", "gun",
    ),
    "es": (
        "suicid*", "matarse", "se quiere morir", "quiere morir", "hacerse daño", "se hace daño", "se corta", "abus*", "violad*",
        "violó", "le pega", "les pega", "nos pega", "me pega", "lo golpea", "la golpea", "nos golpea", "me golpea", "maltrat*",
        "miedo de volver a casa", "arma", "pistola",
    ),
    "so": (
        "is dil*", "isdil*", "dhimasho rabaa", "xadgudub*", "kufsi*", "waa la garaacaa", "i garaacaa", "na garaacaa",
        "wuu garaacaa", "way garaacdaa",
    ),
    "vi": (
        "tự tử", "tự sát", "muốn chết", "tự làm đau", "tự cắt", "lạm dụng", "xâm hại", "hiếp", "bạo hành", "đánh đập", "bị đánh",
        "sợ về nhà", "súng",
    ),
    "ar": (
        "انتحار", "ينتحر", "تنتحر", "يقتل نفسه", "تقتل نفسها", "يؤذي نفسه", "تؤذي نفسها", "يريد أن يموت", "تريد أن تموت",
        "اعتداء", "اعتدى", "تحرش", "اغتصاب", "يضربه", "يضربها", "يضربنا", "يضربني", "سلاح", "مسدس",
    ),
    "gu": (
        "આત્મહત્યા", "આપઘાત", "મરી જવું", "મરવું છે", "પોતાને ઈજા", "શોષણ", "દુષ્કર્મ", "બળાત્કાર", "મારે છે", "માર મારે", "મારપીટ",
        "ઘરે જતાં ડરે", "બંદૂક",
    ),
}  # fmt: skip


def alarming(text: str, extra: Mapping[str, Iterable[str]] | None = None) -> bool:
    """Whether a text has one of the words, in any language: families mix them, and a list too many harms nobody."""
    own = tuple(sorted(word for words in (extra or {}).values() for word in words))
    return bool(_pattern(own).search(_plain(text)))


@lru_cache(maxsize=64)
def _pattern(extra: tuple[str, ...]) -> re.Pattern[str]:
    given = {_plain(word) for words in WORDS.values() for word in words} | {_plain(word) for word in extra if word.strip("* ")}
    return re.compile("|".join(_part(word) for word in sorted(given, key=lambda word: (-len(word), word))))


def _part(word: str) -> str:
    """In Latin script a whole word; in others what stands before and after it is written without a space."""
    stem = re.escape(word.rstrip("*")).replace(r"\ ", r"\s+")
    if not word[0].isascii() and "LATIN" not in unicodedata.name(word[0], ""):
        return stem
    return rf"(?<!\w){stem}" + ("" if word.endswith("*") else r"(?!\w)")


def _plain(text: str) -> str:
    """One spelling: composed, lower case, Arabic without vowel signs, any apostrophe or dash the plain one."""
    text = unicodedata.normalize("NFC", text).casefold()
    text = re.sub("[\u064b-\u0652\u0640]", "", text)
    return re.sub("[\u2010-\u2015]", "-", text)
