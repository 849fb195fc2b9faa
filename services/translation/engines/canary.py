"""Tries a pair's mask tokens before any real text is trusted to it.

A style counts only if every token of every canary comes through exactly once; a pair that no style survives is refused.
Measured: `{name}` survives nowhere, `PH0X` everywhere but in one pair, so the style is looked for, never assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.translation.domain.protection import ENGINE_STYLES, Kind, Protected, ProtectionLost, Token, TokenStyle

# tokens first, last, before punctuation, as subject, object and place, two at a time; any script, few plain words
_CANARIES = {
    "en": (
        "{} is at school.",
        "The meeting with {} is at {}.",
        "{}: thank you for {}.",
        "Good news from {}: {} helped {}, and {} too",
        "{}'s book ({})!",
    ),
    "es": (
        "{} está en la escuela.",
        "La reunión con {} es el {}.",
        "{}: gracias por {}.",
        "Buenas noticias de {}: {} ayudó a {}, y {} también",
        "¿El libro de {} ({})?",
    ),
}
_NEUTRAL = ("{}", "{} {}", "{}: {}, {}.", "({}) {}!", "1 {} 2 {}")


def choose_style(source: str, run: Callable[[Sequence[str]], Sequence[str | None]]) -> TokenStyle | None:
    """The first style that `run` (masked lines in, translations or None out) carries through whole; None if none does."""
    for style in ENGINE_STYLES:
        canaries = [_filled(sentence, style) for sentence in _CANARIES.get(source, _NEUTRAL)]
        answers = run([canary.masked for canary in canaries])
        if len(answers) == len(canaries) and all(map(_whole, canaries, answers)):
            return style
    return None


def _filled(sentence: str, style: TokenStyle) -> Protected:
    tokens = tuple(Token(Kind.NAME, "x", style.token(number)) for number in range(sentence.count("{}")))
    return Protected(sentence.format(*(token.mask for token in tokens)), tokens)


def _whole(canary: Protected, answer: str | None) -> bool:
    try:
        return answer is not None and bool(canary.restore(answer))
    except ProtectionLost:
        return False
