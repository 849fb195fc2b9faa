"""A neural model of the district's own, run by CTranslate2 on this machine; nothing leaves it.

A folder of models, one sub-folder each: CTranslate2's files (`model.bin`, vocabularies; perhaps under `model/`) and
SentencePiece's (`sentencepiece.model`, or `source.spm` and `target.spm`). Its pair is in `metadata.json` (`from_code`,
`to_code`; Argos packages have it) or in its name: `en-es`, `en-es.v3`. What is not a model is passed over.
"""

from __future__ import annotations

import importlib.util
import json
import math
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from services.translation.domain.languages import normal
from services.translation.domain.protection import TokenStyle
from services.translation.engines.canary import choose_style
from services.translation.engines.port import Capabilities, Failure, FailureKind, Pair, Result, Segment
from shared.clock import monotonic

MAX_SIZE = 2_000  # code points: a sentence model is not made for more
MAX_PIECES = 256  # of one line: above it the model drops words without a sign
RESIDENT = 4  # models kept in memory: 27 to 300 MB each
BATCH = 32  # lines between two looks at the clock
CANARY_SECONDS = 20.0
_NAMED = re.compile(r"\A([a-z]{2,3}(?:[_-][A-Za-z]{4})?)-([a-z]{2,3}(?:[_-][A-Za-z]{4})?)(?:\.(.+))?\Z")


@dataclass(frozen=True, slots=True)
class Model:
    """A model on disk."""

    pair: Pair
    weights: Path
    source_pieces: Path
    target_pieces: Path
    version: str


@dataclass(frozen=True)
class _Loaded:
    translator: Any
    encoder: Any
    decoder: Any


class CTranslate2:
    """Translates with the models of a folder; loads one at its first text. Waiting and computing hold no lock of Python's."""

    def __init__(self, *, models: Path, threads: int = 1, beam: int = 1, resident: int = RESIDENT) -> None:
        self._models = found(models) if _installed() else {}
        self._threads, self._beam, self._limit = threads, beam, max(1, resident)
        self._loaded: OrderedDict[Pair, _Loaded] = OrderedDict()
        self._styles: dict[Pair, TokenStyle | None] = {}
        self._lock = threading.Lock()

    def capabilities(self) -> Capabilities:
        return Capabilities("ctranslate2", frozenset(self._models), max_size=MAX_SIZE)

    def token_style(self, source: str, target: str) -> TokenStyle | None:
        pair = (source, target)
        if pair not in self._models:
            return None
        if pair not in self._styles:
            deadline = monotonic() + CANARY_SECONDS

            def run(lines: Sequence[str]) -> list[str | None]:
                asked = [Segment(str(number), source, target, line) for number, line in enumerate(lines)]
                return [
                    each.text if isinstance(each, Result) else None for each in self.translate(asked, deadline=deadline)
                ]

            style = choose_style(source, run)
            if style is None and monotonic() >= deadline:
                return None  # too busy to tell: ask again next time
            self._styles[pair] = style
        return self._styles[pair]

    def translate(self, batch: Sequence[Segment], *, deadline: float, key: str = "") -> list[Result | Failure]:
        answers: dict[int, Result | Failure] = {}
        order = sorted(range(len(batch)), key=lambda index: (batch[index].source, batch[index].target))
        for pair, indexes in groupby(order, key=lambda index: (batch[index].source, batch[index].target)):
            picked = list(indexes)
            answers.update(zip(picked, self._pair(pair, [batch[index] for index in picked], deadline), strict=True))
        return [answers[index] for index in range(len(batch))]

    def close(self) -> None:
        with self._lock:
            self._loaded.clear()

    def _pair(self, pair: Pair, segments: Sequence[Segment], deadline: float) -> list[Result | Failure]:
        model = self._models.get(pair)
        if model is None:
            return [Failure(segment.id, FailureKind.UNSUPPORTED_PAIR) for segment in segments]
        try:
            loaded = self._load(pair)
        except (RuntimeError, OSError, ValueError):  # a damaged file: the library says so in many ways
            return [Failure(segment.id, FailureKind.UNAVAILABLE) for segment in segments]
        lines = [line for segment in segments for line in segment.text.split("\n")]
        made = iter(self._lines(loaded, lines, deadline))
        engine = f"ctranslate2:{pair[0]}-{pair[1]}"
        return [
            _joined(segment, [next(made) for _ in segment.text.split("\n")], engine, model.version)
            for segment in segments
        ]

    def _lines(self, loaded: _Loaded, lines: Sequence[str], deadline: float) -> list[tuple[str, float] | FailureKind]:
        """Each line with its score, or why there is none; blank lines stay as they are."""
        made: list[tuple[str, float] | FailureKind] = [(line, 0.0) for line in lines]
        wanted: list[int] = []
        encoded: dict[int, list[str]] = {}
        for index, line in enumerate(lines):
            if not line.strip():
                continue
            encoded[index] = loaded.encoder.encode(line, out_type=str)
            if len(line) > MAX_SIZE or len(encoded[index]) > MAX_PIECES:
                made[index] = FailureKind.TOO_LARGE
            else:
                wanted.append(index)
        wanted.sort(key=lambda index: len(encoded[index]))  # lines of one length waste no padding
        for start in range(0, len(wanted), BATCH):
            some = wanted[start : start + BATCH]
            if monotonic() >= deadline:
                for index in wanted[start:]:
                    made[index] = FailureKind.TIMEOUT
                break
            longest = max(len(encoded[index]) for index in some)
            try:
                results = loaded.translator.translate_batch(
                    [encoded[index] for index in some],
                    beam_size=self._beam,
                    return_scores=True,
                    max_decoding_length=2 * longest + 16,
                    max_input_length=0,
                    replace_unknowns=False,
                )
            except (RuntimeError, ValueError):
                for index in some:
                    made[index] = FailureKind.CORRUPT
                continue
            for index, result in zip(some, results, strict=True):
                text = loaded.decoder.decode(result.hypotheses[0])
                # the mean log probability of a piece, as a share
                score = math.exp(min(0.0, result.scores[0] / max(1, len(result.hypotheses[0]))))
                made[index] = (text, score) if text.strip() else FailureKind.CORRUPT
        return made

    def _load(self, pair: Pair) -> _Loaded:
        with self._lock:
            loaded = self._loaded.pop(pair, None)
            if loaded is None:
                import ctranslate2
                import sentencepiece

                model = self._models[pair]
                translator = ctranslate2.Translator(str(model.weights), device="cpu", intra_threads=self._threads)
                encoder = sentencepiece.SentencePieceProcessor(model_file=str(model.source_pieces))
                decoder = sentencepiece.SentencePieceProcessor(model_file=str(model.target_pieces))
                loaded = _Loaded(translator, encoder, decoder)
            self._loaded[pair] = loaded
            if len(self._loaded) > self._limit:
                self._loaded.popitem(last=False)
            return loaded


def found(folder: Path) -> dict[Pair, Model]:
    """Every usable model below `folder`, by pair; the last by name wins. Empty where there is no such folder."""
    models: dict[Pair, Model] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        named = _pair_of(path)
        weights = next((place for place in (path, path / "model") if (place / "model.bin").is_file()), None)
        both, one, other = path / "sentencepiece.model", path / "source.spm", path / "target.spm"
        if named is None or weights is None or not (both.is_file() or (one.is_file() and other.is_file())):
            continue
        pieces = (both, both) if both.is_file() else (one, other)
        models[named[0]] = Model(named[0], weights, *pieces, named[1])
    return models


def _pair_of(path: Path) -> tuple[Pair, str] | None:
    """The pair of a model and its version."""
    try:
        said = json.loads((path / "metadata.json").read_text(encoding="utf-8"))
        pair = normal(str(said["from_code"])), normal(str(said["to_code"]))
        return pair, str(said.get("package_version", ""))
    except (OSError, ValueError, KeyError, TypeError):
        matched = _NAMED.match(path.name)
        return ((normal(matched[1]), normal(matched[2])), matched[3] or "") if matched else None


def _joined(
    segment: Segment, made: Sequence[tuple[str, float] | FailureKind], engine: str, version: str
) -> Result | Failure:
    lines: list[str] = []
    scores: list[float] = []
    for original, each in zip(segment.text.split("\n"), made, strict=True):
        if isinstance(each, FailureKind):
            return Failure(segment.id, each)
        lines.append(each[0])
        if original.strip():
            scores.append(each[1])
    score = sum(scores) / len(scores) if scores else None
    return Result(segment.id, "\n".join(lines), engine, model_version=version, score=score)


def _installed() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("ctranslate2", "sentencepiece"))
