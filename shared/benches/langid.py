"""How often the language of a few words is found, with the declared language as prior and without, beside py3langid and lingua.

The corpus (`tests/data/langid/replies.yaml`) was written before the rules and before the everyday words of the models'
text; what those hold whole is left out here and counted in `left_out`. The models' other text is the Universal
Declaration of Human Rights, of which no text of the corpus is a part. Both the corpus and the everyday words have one
author, so another's replies may score lower: `interface_texts` are up to 40 per language by Django's translators,
whose registers (month names, "hash", names of languages) no guardian writes; said beside, not judged.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from shared.backing.state import REPOSITORY
from shared.benches import peers

DATA = REPOSITORY / "tests" / "data" / "langid" / "replies.yaml"
LEAST_ACCURACY, MOST_US, MOST_MB, LEAST_LANGUAGES, MOST_WORDS = 0.97, 200.0, 120.0, 40, 4
ENGLISH = "en"
# what no few words tell apart, and tags of the peers
_SAME = {"hr": "bs", "sr": "bs", "ms": "id", "nn": "nb", "no": "nb", "fil": "tl"}
_ENTRY = re.compile(r'^msgid "(.*)"\nmsgstr "(.+)"$', re.MULTILINE)

Case = tuple[str, str, list[str]]
Corpus = Mapping[str, Sequence[str]]


def run(*, say: Callable[[str], None]) -> dict[str, Any]:
    """Score us and the peers on the same texts."""
    every: dict[str, list[str]] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    corpus = _unseen(every)
    own = [(text, tag, list[str]()) for tag, texts in corpus.items() for text in texts]
    as_english = [(text, tag, list[str]()) for tag in corpus if tag != ENGLISH for text in corpus[ENGLISH]]
    homes = _homes(corpus)
    say(f"{len(own)} texts, {len(corpus)} languages")
    declared = [case for case in own if case[1] != ENGLISH]
    prior = _Ours(declared + as_english + homes, prior=True)
    plain = _Ours(own, prior=False)
    parts = prior.parts(len(declared), len(as_english))
    figures = {
        "languages": len(corpus),
        "texts": len(own),
        "left_out": sum(map(len, every.values())) - len(own),
        "most_words": max(len(text.split()) for text, _, _ in own),
        "accuracy": _balanced(parts[0], parts[1], declared, as_english),
        "declared_recall": _macro(parts[0], declared),
        "english_recall": _share(parts[1], [ENGLISH] * len(as_english)),
        "home_recall": _share(parts[2], [others[0] for _, _, others in homes]),
        "accuracy_without_prior": _macro(plain.guesses, own),
        "us_per_text": round(prior.us, 1),
        "us_per_text_without_prior": round(plain.us, 1),
        "mb": max(prior.mb, plain.mb),
    }
    for name in ("py3langid", "lingua"):
        figures |= _peer(name, own, declared, as_english, say)
    return figures | {
        "interface_texts": _interface(say),
        "peers": peers.versions(("py3langid", "lingua-language-detector")),
    }


def met(figures: dict[str, Any]) -> bool:
    """Whether the issue's bars hold."""
    sound = figures["accuracy"] >= LEAST_ACCURACY and figures["languages"] >= LEAST_LANGUAGES
    light = figures["us_per_text"] <= MOST_US and figures["mb"] <= MOST_MB
    return bool(sound and light and figures["most_words"] <= MOST_WORDS)


class _Asked:
    """One identifier's guesses in a process of its own."""

    def __init__(self, command: Sequence[str], cases: Sequence[Case], *, prior: bool) -> None:
        given = json.dumps(cases)
        arguments = [*command, *(["--prior"] if prior else [])]
        done = subprocess.run(
            arguments, input=given, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=300
        )
        said = json.loads(done.stdout)
        self.guesses: list[str | None] = said["guesses"]
        self.us: float = said["us_per_text"]
        self.mb: float = said["mb"]

    def parts(self, *sizes: int) -> list[list[str | None]]:
        """The guesses cut into runs of these sizes and the rest."""
        cuts, start = [], 0
        for size in sizes:
            cuts.append(self.guesses[start : start + size])
            start += size
        return [*cuts, self.guesses[start:]]


class _Ours(_Asked):
    def __init__(self, cases: Sequence[Case], *, prior: bool) -> None:
        super().__init__([sys.executable, "-m", "shared.benches.langid_process"], cases, prior=prior)


def _peer(
    name: str, own: Sequence[Case], declared: Sequence[Case], as_english: Sequence[Case], say: Callable[[str], None]
) -> dict[str, Any]:
    command = [str(peers.python()), str(peers.PEERS / f"langid_{name}.py")]
    plain = _Asked(command, own, prior=False)
    prior = _Asked(command, [*declared, *as_english], prior=True)
    first, second = prior.parts(len(declared))
    say(f"{name}: {_macro(plain.guesses, own)} without prior")
    return {
        f"{name}_accuracy": _macro(plain.guesses, own),
        f"{name}_accuracy_with_prior": _balanced(first, second, declared, as_english),
        f"{name}_us_per_text": round(plain.us, 1),
        f"{name}_mb": plain.mb,
    }


def _unseen(every: Corpus) -> dict[str, list[str]]:
    """The corpus without what the models' everyday words hold whole, in that language or in English."""
    texts = import_module("services.translation.langid.texts")
    words = import_module("services.translation.langid.scripts").words_of
    held = {tag: {tuple(words(line)) for line in texts.page(tag).everyday} for tag in texts.languages()}
    return {
        tag: [text for text in given if tuple(words(text)) not in held.get(tag.split("-")[0], set()) | held[ENGLISH]]
        for tag, given in every.items()
    }


def _homes(corpus: Corpus) -> list[Case]:
    """Texts in another language of the home than the one that their writer declared."""
    tags = [tag for tag in corpus if tag != ENGLISH]
    return [
        (text, declared, [spoken])
        for declared, spoken in zip(tags, tags[1:] + tags[:1], strict=True)
        for text in corpus[spoken]
    ]


def _read(tag: str | None) -> str:
    first = re.split("[-_]", tag or "")[0]
    return _SAME.get(first, first)


def _share(guesses: Sequence[str | None], wanted: Sequence[str]) -> float:
    right = sum(_read(guess) == _read(tag) for guess, tag in zip(guesses, wanted, strict=True))
    return round(right / max(1, len(wanted)), 4)


def _macro(guesses: Sequence[str | None], cases: Sequence[Case]) -> float:
    """The mean over languages, so that none counts more for having more texts."""
    by_tag: dict[str, list[bool]] = {}
    for guess, (_, tag, _) in zip(guesses, cases, strict=True):
        by_tag.setdefault(tag, []).append(_read(guess) == _read(tag))
    return round(sum(sum(right) / len(right) for right in by_tag.values()) / max(1, len(by_tag)), 4)


def _balanced(
    own: Sequence[str | None], english: Sequence[str | None], declared: Sequence[Case], as_english: Sequence[Case]
) -> float:
    """Half for texts in the declared language, half for English ones: always saying "the declared" is worth 0.5."""
    return round((_macro(own, declared) + _share(english, [ENGLISH] * len(as_english))) / 2, 4)


def _interface(say: Callable[[str], None]) -> dict[str, Any]:
    """Texts of another's hand: Django's translated interface, from the peers' environment."""
    found: dict[str, set[str]] = {}
    english: set[str] = set()
    for path in sorted(_django().glob("**/locale/*/LC_MESSAGES/django.po")):
        tag = path.parts[-3]
        for source, text in _ENTRY.findall(path.read_text(encoding="utf-8")):
            english.add(source)
            if not re.search(r"[%{\\<&]", text) and len(text.split()) <= MOST_WORDS and len(text) > 1:
                found.setdefault(tag, set()).add(text)
    known = set(import_module("services.translation.langid").languages())
    draw = random.Random(4)
    cases: list[Case] = []
    for tag, texts in sorted(found.items()):
        foreign = sorted(texts - english)
        if tag.split("_")[0] in known - {ENGLISH} and len(foreign) >= 25:
            cases += [(text, tag, []) for text in draw.sample(foreign, min(40, len(foreign)))]
    guesses = _Ours(cases, prior=True).guesses
    say("interface texts done")
    return {
        "languages": len({tag for _, tag, _ in cases}),
        "texts": len(cases),
        "declared_recall": _macro(guesses, cases),
    }


def _django() -> Path:
    return next(peers.python().parents[1].glob("lib/python*/site-packages/django"))
