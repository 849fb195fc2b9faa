"""One announcement to a million guardians in thirty languages: an engine's work once a language, the rest filled in.

The translator, the catalogue's languages and the rendering (`wording.fill`) are the product's. The engine is a stand-in
that counts: it writes each word in letters of the target's own alphabet, so that its answers are no language and yet
pass through mask, restore and most checks. Guardians are made one after another and forgotten; names, moments and
links differ per person.
"""

from __future__ import annotations

import re
import resource
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from shared.clock import monotonic
from shared.language.conventions import conventions

catalogue = import_module("services.translation.catalogue")  # the benches measure services without depending on them
translator = import_module("services.translation.translator")
port = import_module("services.translation.engines.port")
protection = import_module("services.translation.domain.protection")
wording = import_module("services.notifications.domain.wording")

MOST_CALLS, LEAST_PER_S = 30, 100_000
LANGUAGES = tuple(
    "en es so vi ar gu zh-Hans ht fil ko pt fr ru sw am my ne hi ur ps fa-AF uk pl ti km lo hmn mh ksw chk zh-Hant ja".split()
)
TEXT = (
    "Hello {guardian}! The teachers of {student} look forward to meeting you: {when}. "
    "Tell us by {day} whether the time suits you: {link}"
)
_FIRST = datetime(2026, 10, 5, 20, 0, tzinfo=UTC)
_MOMENTS = tuple(wording.moment(_FIRST + timedelta(minutes=10 * slot)) for slot in range(240))
_DAYS = tuple(wording.day((_FIRST - timedelta(days=before)).date()) for before in range(14))
_GIVEN = tuple(
    "Ana Bao Halima Riya Mateo Lan Daniel Meera Amina Jean Mia Olga Kofi Sara Yusuf Linh 明 فاطمة Ángel Zoë".split()
)
_FAMILY = tuple("Nguyen Yusuf Alvarez Patel Okafor Pierre Silva Kim Ivanova Tesfaye Lee García Öz حسن 王".split())
_WORD = re.compile(r"\b(?!PH\d+X)[A-Za-z]+\b")
_ZONE = ZoneInfo("America/Chicago")


class Counting:
    """An engine from English to every language; `calls` counts the texts that it was given."""

    name = "counting"

    def __init__(self) -> None:
        self.calls = 0

    def capabilities(self) -> Any:
        return port.Capabilities(self.name, frozenset(("en", target) for target in LANGUAGES[1:]))

    def token_style(self, source: str, target: str) -> Any:
        return protection.TokenStyle.PH

    def translate(self, batch: Any, *, deadline: float, key: str = "") -> list[Any]:
        self.calls += len(batch)
        return [port.Result(each.id, _in_letters_of(each.target, each.text), self.name) for each in batch]

    def close(self) -> None:
        """Nothing to close."""


def run(*, guardians: int, languages: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Translate once per language, then render for every guardian."""
    targets = LANGUAGES[:languages]
    engine = Counting()
    begun = monotonic()
    texts, machine = _texts(engine, targets)
    say(f"{len(texts)} languages, {engine.calls} texts through the engine in {monotonic() - begun:.2f} s")
    for language, text in texts.items():  # templates and dates are compiled once per process
        wording.fill(text, next(_people(1)), language=language, zone=_ZONE)
    before = _peak_mb()
    wall, cpu = monotonic(), _cpu_seconds()
    characters = broken = 0
    tags = tuple(texts)
    for number, values in enumerate(_people(guardians)):
        language = tags[number % languages]
        text = wording.fill(texts[language], values, language=language, zone=_ZONE)
        characters += len(text)
        if values["student"] not in text or "{" in text:
            broken += 1
    cpu, wall = _cpu_seconds() - cpu, monotonic() - wall
    say(f"{guardians} guardians in {wall:.1f} s, {cpu:.1f} s of one core")
    return {
        "guardians": guardians,
        "languages": len(texts),
        "engine_calls": engine.calls,
        "machine_translated": machine,
        "renders_per_s_per_core": round(guardians / cpu),
        "renders_per_s": round(guardians / wall),
        "cpu_s": round(cpu, 2),
        "characters": characters,
        "broken": broken,
        "peak_rss_mb": round(_peak_mb(), 1),
        "rss_growth_mb": round(_peak_mb() - before, 1),
    }


def met(figures: dict[str, Any]) -> bool:
    """Whether the issue's bars hold."""
    fast = figures["renders_per_s_per_core"] >= LEAST_PER_S
    return bool(fast and figures["engine_calls"] <= MOST_CALLS and not figures["broken"])


def _in_letters_of(language: str, text: str) -> str:
    """As long and as full of spaces as the English, in the letters of the language's months."""
    letters = [letter for letter in "".join(conventions(language).names.months) if letter.isalpha()]
    return _WORD.sub(lambda word: "".join(letters[ord(each) % len(letters)] for each in word[0]), text)


def _texts(engine: Counting, targets: tuple[str, ...]) -> tuple[dict[str, str], int]:
    """The announcement in every language, and how many of them the engine's answers became."""
    service = translator.Translator(catalogue.load(), [engine])
    requests = [translator.Request("bench", 1, "en", target, TEXT) for target in targets]
    outcomes = service.translate(requests, remembered={}, signed={}, deadline=monotonic() + 60)
    found = {target: outcome.text for target, outcome in zip(targets, outcomes, strict=True)}
    return found, sum(outcome.machine for outcome in outcomes)


def _people(count: int) -> Iterator[dict[str, Any]]:
    """Guardians with the values of their message; no two have the same link, and few the same names and moment."""
    for number in range(count):
        yield {
            "guardian": f"{_GIVEN[number % 20]} {_FAMILY[number // 20 % 15]}",
            "student": f"{_GIVEN[number // 7 % 20]}-{_GIVEN[number // 3 % 20]}",
            "when": _MOMENTS[number // 11 % 240],
            "day": _DAYS[number // 5 % 14],
            "link": f"https://h.example/l/{number:08x}",
        }


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
