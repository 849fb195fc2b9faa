"""Whether names, dates, times, numbers, telephones, money, links, placeholders and tags come through every engine whole.

Every installed pair of every local adapter is given messages made of sentences with such pieces. A text comes back
whole, checked here piece by piece, or it is held: what was lost must never go out.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from shared.benches import placeholders_messages as messages
from shared.benches import tiny_model
from shared.clock import monotonic

protection = import_module(
    "services.translation.domain.protection"
)  # the benches measure without depending on services
checks = import_module("services.translation.domain.checks")
polish = import_module("services.translation.domain.polish")
dates = import_module("services.translation.domain.dates")
port = import_module("services.translation.engines.port")
apertium = import_module("services.translation.engines.apertium")
ctranslate = import_module("services.translation.engines.ctranslate")

_SECONDS = 120.0  # for one pair: starting it, and its share of the messages
_BATCH = 200


def run(*, count: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """`count` messages shared among all pairs; figures for each."""
    with tempfile.TemporaryDirectory() as folder:
        tiny_model.write(Path(folder) / "en-es")
        engines = [apertium.Apertium(), ctranslate.CTranslate2(models=Path(folder))]
        pairs = [(engine, pair) for engine in engines for pair in sorted(engine.capabilities().pairs)]
        share = max(1, -(-count // max(1, len(pairs))))
        say(f"{len(pairs)} pairs, {share} messages each")
        each = {}
        for engine, pair in pairs:
            name = f"{engine.capabilities().name} {pair[0]}-{pair[1]}"
            each[name] = _pair(engine, pair, share, random.Random(f"{seed}{name}"))
            say(f"{name}: {each[name]}")
        for engine in engines:
            engine.close()
    sent = sum(figures["sent"] for figures in each.values())
    pieces = sum(figures["pieces"] for figures in each.values())
    broken = sum(figures["broken"] for figures in each.values())
    return {
        "messages": sum(figures["messages"] for figures in each.values()),
        "pairs": len(each),
        "adapters": sorted({name.split(" ")[0] for name in each}),
        "sent": sent,
        "held": sum(figures["held"] for figures in each.values()),
        "unanswered": sum(figures["unanswered"] for figures in each.values()),
        "refused_pairs": sorted(name for name, figures in each.items() if figures["style"] is None),
        "pieces": pieces,
        "broken": broken,
        "leaked": sum(figures["leaked"] for figures in each.values()),
        "survived": round(1 - broken / pieces, 6) if pieces else 0.0,
        "per_pair": each,
    }


def met(figures: dict[str, Any]) -> bool:
    """Everything that was sent is whole, no number or half of the day was shown to an engine, and most came back."""
    whole = figures["survived"] == 1.0 and figures["leaked"] == 0
    return bool(whole and figures["messages"] > 0 and figures["sent"] >= 0.9 * figures["messages"])


def _pair(engine: Any, pair: tuple[str, str], count: int, draw: random.Random) -> dict[str, Any]:
    source, target = pair
    style = engine.token_style(source, target)
    figures: Counter[str] = Counter(messages=count)
    if style is None:
        return _shown(figures, None)
    made = [messages.message(source, draw) for _ in range(count)]
    masked = [
        protection.protect(message.text, names=message.names, style=style, source=source.split("-")[0])
        for message in made
    ]
    figures["leaked"] = sum(_leaks(each.masked, style) for each in masked)
    for first in range(0, count, _BATCH):
        batch = masked[first : first + _BATCH]
        answers = _answers(engine, pair, [each.masked for each in batch])
        for message, protected, answer in zip(made[first:], batch, answers, strict=False):
            _judge(figures, message, protected, answer, pair)
    return _shown(figures, style.name)


def _answers(engine: Any, pair: tuple[str, str], texts: Sequence[str]) -> list[Any]:
    segments = [port.Segment(str(number), *pair, text) for number, text in enumerate(texts)]
    answers: list[Any] = engine.translate(segments, deadline=monotonic() + _SECONDS)
    return answers


def _judge(figures: Counter[str], message: Any, protected: Any, answer: Any, pair: tuple[str, str]) -> None:
    source, target = pair[0].split("-")[0], pair[1]
    if isinstance(answer, port.Failure):
        figures["unanswered"] += 1
        return
    try:
        text = protected.restore(
            protection.recased(protected.masked, answer.text),
            lambda token: checks.placed(token, source=source, target=target),
        )
    except protection.ProtectionLost:
        figures["held"] += 1
        return
    text = polish.polished(text, target)
    figures["sent"] += 1
    for piece in message.pieces:
        figures["pieces"] += 1
        figures["broken"] += text.count(_expected(piece, source, target)) < message.pieces.count(piece)


def _expected(piece: Any, source: str, target: str) -> str:
    """How the reader must find a piece."""
    if piece.kind == "date":
        return str(dates.localise_date(piece.text, source, target))
    if piece.kind == "time":
        return str(dates.localise_time(piece.text, target))
    return str(piece.text)


def _leaks(masked: str, style: Any) -> int:
    """Whether a digit or a half of the day would reach the engine."""
    bare = protection.KNOWN_TOKEN.sub(" ", masked)
    return int(any(character.isdigit() for character in bare) or any(half in bare.split() for half in ("AM", "PM")))


def _shown(figures: Counter[str], style: str | None) -> dict[str, Any]:
    named = {name: figures[name] for name in ("messages", "sent", "held", "unanswered", "pieces", "broken", "leaked")}
    return named | {"style": style}
