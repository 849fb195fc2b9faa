"""What a translator should hear about a catalogue file before anybody signs it. Pure; `__main__.py` prints it.

`load` refuses what could not be sent at all (a missing key, a param too few, a form that cannot be read). This finds what
can be sent and is wrong: a plural without its form, English left in, a stray script, a sign that turns the line round.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from services.translation.catalogue.load import FOLDER, KEYS, SOURCE, Catalogue, Wording, load
from services.translation.domain.sms_cost import cost
from shared.language.bidi import isolated
from shared.language.conventions import Conventions, conventions
from shared.language.icu import message
from shared.language.icu_nodes import Plural, Text, walk
from shared.language.icu_parse import parse
from shared.language.templates import has_forms

LONGEST_EMERGENCY = 6  # messages of 67 characters: an alarm in a script outside the SMS alphabet takes five
LONGEST = 9
LONGER_THAN_ENGLISH = 2.6  # Gujarati and Amharic stay under 2, French under 1.6; more is a sentence added
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\u0000-\u0009\u000b-\u001f]")
_SLOT = re.compile(r"\{\w+\}")
_ENGLISH_WORDS = re.compile(
    r"(?<![A-Za-z])(?:START|STOP|HELP|PERSON|OK|QR|SMS|AM|PM)(?![A-Za-z])"
)  # words that a telephone answers, the same everywhere
_SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "ar": ("ARABIC",), "fa": ("ARABIC",), "ur": ("ARABIC",), "ps": ("ARABIC",), "gu": ("GUJARATI",), "hi": ("DEVANAGARI",),
    "ne": ("DEVANAGARI",), "ru": ("CYRILLIC",), "uk": ("CYRILLIC",), "am": ("ETHIOPIC",), "ti": ("ETHIOPIC",), "ko": ("HANGUL",),
    "zh": ("CJK",), "ja": ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"), "my": ("MYANMAR",), "ksw": ("MYANMAR",),
    "km": ("KHMER",), "lo": ("LAO",), "th": ("THAI",), "he": ("HEBREW",), "bn": ("BENGALI",), "pa": ("GURMUKHI",),
    "ta": ("TAMIL",), "te": ("TELUGU",), "hy": ("ARMENIAN",), "ka": ("GEORGIAN",), "el": ("GREEK",), "bg": ("CYRILLIC",),
}  # fmt: skip
# As long as they are in life: what a text takes when it is sent
_SAMPLES: Mapping[str, str] = {
    "link": "https://homeroom.example.org/l/AbCdEfGhIjKl", "when": "Tue 6 Oct, 5:30 PM",
    "slots": "1) Tue 6 Oct, 5:30 PM; 2) Wed 7 Oct, 8:15 AM",
    "hours": "Mon 3:30 PM–4:30 PM", "due": "Tue 6 Oct", "score": "64", "minutes": "15", "count": "24", "text": "", "steps": "",
}  # fmt: skip


class Fault(StrEnum):
    """Closed: what can be found."""

    PLURAL_MISSING = "plural_missing"
    PLURAL_UNKNOWN = "plural_unknown"
    NUMBER_LOST = "number_lost"
    QUOTE = "quote"
    BRACE = "brace"
    SCRIPT = "script"
    ENGLISH = "english"
    LENGTH = "length"
    SMS = "sms"
    DIRECTION = "direction"
    INVISIBLE = "invisible"
    SPACES = "spaces"
    TWICE = "twice"
    NOT_COMPOSED = "not_composed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: `where` is file:line:key, `remedy` what the translator may do."""

    fault: Fault
    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.fault} {self.what} → {self.remedy}"


@dataclass(frozen=True, slots=True)
class _Case:
    """A wording, the English, and the language's conventions."""

    wording: Wording
    english: str
    how: Conventions


_Found = Iterator[tuple[Fault, str, str]]


def lint(folder: Path = FOLDER) -> list[Finding]:
    """Every fault in every file of a catalogue (CatalogueError where it cannot be loaded at all)."""
    catalogue = load(folder)
    found: list[Finding] = []
    for language in catalogue.languages:
        path = folder / f"{language}.yaml"
        lines = _lines(path)
        found += [
            Finding(Fault.TWICE, f"{path.name}:{line}:{key}", "the key is there twice; the last one counts", "keep one")
            for key, line in _twice(path)
        ]
        for finding in _of_language(catalogue, language):
            fault, key, what, remedy = finding
            found.append(Finding(fault, f"{path.name}:{lines.get(key, 0)}:{key}", what, remedy))
    return found


def _of_language(catalogue: Catalogue, language: str) -> Iterator[tuple[Fault, str, str, str]]:
    how = conventions(language)
    for key, wording in catalogue.wordings[language].items():
        english = catalogue.find(key, SOURCE)
        case = _Case(wording, english.text if english else wording.text, how)
        for check in _CHECKS:
            for fault, what, remedy in check(case):
                yield fault, key, what, remedy


def _plurals(case: _Case) -> _Found:
    text = case.wording.text
    if not has_forms(text):
        return
    for node in walk(parse(text)):
        if not isinstance(node, Plural):
            continue
        needed = case.how.ranked if node.ordinal else case.how.counted
        have = {word for word, _ in node.forms}
        for word in sorted(needed - have):
            yield (
                Fault.PLURAL_MISSING,
                f"no form `{word}` for {{{node.name}}}",
                f"this language needs {', '.join(sorted(needed))}",
            )
        rules = case.how.ordinals if node.ordinal else case.how.plurals
        for word in sorted(have - set(rules.tags) - {"other"}):
            yield Fault.PLURAL_UNKNOWN, f"a form `{word}` for {{{node.name}}} that is never used", "take it out"
    for number in (0, 1, 2, 3, 5, 11, 21, 100):
        yield from _number_lost(case, number)


def _number_lost(case: _Case, number: int) -> _Found:
    """A number that is told in no words: "one minute" may say it in words, eleven minutes may not."""
    if number in (0, 1, 2):
        return
    read = message(case.wording.text, case.wording.language)
    plurals = {node.name for node in walk(parse(case.wording.text)) if isinstance(node, Plural)}
    said = read.format({name: number if name in plurals else "x" for name in read.params})
    if str(number) not in said:
        yield (
            Fault.NUMBER_LOST,
            f"{number} does not appear in the text",
            "write # in every form but those of one and two",
        )


def _quotes(case: _Case) -> _Found:
    text = case.wording.text
    if has_forms(text):
        if re.search(r"'[{}#]", text):
            yield Fault.QUOTE, "an apostrophe before a brace makes it plain text", "write ’ instead of '"
        return
    bare = _SLOT.sub("", text)
    if "{" in bare or "}" in bare:
        yield Fault.BRACE, "a brace that belongs to no {param}", "take it out, or close it"


def _script(case: _Case) -> _Found:
    words = _ENGLISH_WORDS.sub("", _words(case.wording.text))
    allowed = _SCRIPTS.get(case.wording.language.split("-")[0], ("LATIN", "MODIFIER"))
    strange = sorted({letter for letter in words if letter.isalpha() and not _name(letter).startswith(allowed)})
    if strange:
        names = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in strange[:5])
        yield (
            Fault.SCRIPT,
            f"letters of another script: {names}",
            "write them in the language's own, or give them as a param",
        )


def _english(case: _Case) -> _Found:
    text = case.wording.text
    if case.wording.language != SOURCE and text == case.english and len(_words(text).split()) > 1:
        yield Fault.ENGLISH, "the text is the English one", "translate it, or leave the key out"


def _length(case: _Case) -> _Found:
    ours, english = len(_SLOT.sub("", case.wording.text)), len(_SLOT.sub("", case.english))
    if not has_forms(case.wording.text) and english >= 20 and ours > LONGER_THAN_ENGLISH * english:
        yield Fault.LENGTH, f"{ours} characters where the English has {english}", "say it shorter"


def _sms(case: _Case) -> _Found:
    emergency = case.wording.key.startswith("emergency.")
    most = LONGEST_EMERGENCY if emergency else LONGEST
    messages = cost(_sample(case)).messages
    if messages > most:
        yield Fault.SMS, f"{messages} text messages long", f"at most {most}; say it shorter"


def _marks(case: _Case) -> _Found:
    text = case.wording.text
    if _DIRECTION.search(text):
        yield Fault.DIRECTION, "a mark of direction", "take it out: params are isolated when they are filled in"
    if _INVISIBLE.search(text):
        yield Fault.INVISIBLE, "a character that cannot be seen", "take it out"
    if text != text.strip() or "  " in text:
        yield Fault.SPACES, "a space too many", "take it out"
    if text != unicodedata.normalize("NFC", text):
        yield (
            Fault.NOT_COMPOSED,
            "letters and accents apart (not NFC)",
            "save the file as NFC: apart they cost twice as an SMS",
        )


_CHECKS: tuple[Callable[[_Case], _Found], ...] = (_plurals, _quotes, _script, _english, _length, _sms, _marks)


def _sample(case: _Case) -> str:
    """The text as it might be sent."""
    text, how = case.wording.text, case.how
    if has_forms(text):
        read = message(text, case.wording.language)
        return read.format({name: _SAMPLES.get(name, "Elena Alvarez") for name in read.params}, lenient=True)
    return _SLOT.sub(lambda slot: isolated(_SAMPLES.get(slot[0][1:-1], "Elena Alvarez"), rtl=how.rtl), text)


def _words(text: str) -> str:
    """The words of a text without its params, those in forms too."""
    if not has_forms(text):
        return _SLOT.sub(" ", text)
    return " ".join(node.text for node in walk(parse(text)) if isinstance(node, Text))


def _name(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN")


_ENTRY = re.compile(r"^  ([\w.]+):")


def _lines(path: Path) -> dict[str, int]:
    """The line of each key."""
    return {match[1]: number for number, match in _entries(path)}


def _twice(path: Path) -> list[tuple[str, int]]:
    """Keys that a file gives twice: YAML takes the last without a word."""
    seen: set[str] = set()
    again: list[tuple[str, int]] = []
    for number, match in _entries(path):
        if match[1] in seen:
            again.append((match[1], number))
        seen.add(match[1])
    return again


def _entries(path: Path) -> Iterator[tuple[int, re.Match[str]]]:
    if path.name == KEYS:
        return
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        match = _ENTRY.match(line)
        if match:
            yield number, match
