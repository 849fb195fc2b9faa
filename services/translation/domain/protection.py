"""Keeps what must not be translated: masks it before an engine sees the text, puts it back, and notices any loss.

Links, addresses, placeholders, names, telephone numbers, dates, times and numbers become tokens. Which token an engine
carries through whole differs from pair to pair, so the style is chosen by a canary (`engines/canary.py`), never assumed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import lru_cache

from services.translation.domain.dates import date_patterns
from services.translation.domain.names import whole


class TokenStyle(Enum):
    """Shapes of a mask token, in the order in which they are tried; SLOT is for our own templates only."""

    PH = "PH{}X"
    ZQX = "Zqx{}"
    PRIVATE = "private-use character"
    SLOT = "⟦{}⟧"

    def token(self, number: int) -> str:
        return chr(0xE000 + number) if self is TokenStyle.PRIVATE else self.value.format(number)


ENGINE_STYLES = (TokenStyle.PH, TokenStyle.ZQX, TokenStyle.PRIVATE)
KNOWN_TOKEN = re.compile(r"PH\d+X|Zqx\d+|[\ue000-\uf8ff]")
_ANY_TOKEN = re.compile(r"PH\d+X|Zqx\d+|[\ue000-\uf8ff]|⟦\d+⟧")


class Kind(StrEnum):
    """What a token stands for."""

    PLACEHOLDER = "placeholder"
    LINK = "link"
    DATE = "date"
    TIME = "time"
    PHONE = "phone"
    NAME = "name"
    MONEY = "money"
    NUMBER = "number"
    TAG = "tag"
    LITERAL = "literal"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Token:
    """One protected piece: `surface` as it stands in the text, `mask` as the engine sees it."""

    kind: Kind
    surface: str
    mask: str


@dataclass(frozen=True, slots=True)
class Protected:
    """A text with its pieces masked."""

    masked: str
    tokens: tuple[Token, ...]

    def restore(self, translated: str, render: Callable[[Token], str] = lambda token: token.surface) -> str:
        """`translated` with every piece back in place (ProtectionLost unless each token is there exactly once)."""
        by_mask = {token.mask: token for token in self.tokens}
        found = Counter(match[0] for match in _ANY_TOKEN.finditer(translated))
        if found != Counter(list(by_mask)):
            wrong = [token.kind for token in self.tokens if found[token.mask] != 1]
            raise ProtectionLost(tuple(wrong) or (Kind.MARK,))
        return _ANY_TOKEN.sub(lambda match: render(by_mask[match[0]]), translated)


class ProtectionLost(ValueError):
    """A protected piece is missing, doubled or changed; says which kinds, never the text."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        super().__init__(", ".join(kinds))
        self.kinds = tuple(kinds)


# dates and times are found before this; what is left of "9 to 11 AM" or "in the PM" is masked all the same, and written
# by us: an engine reads "I am" in it, or "prime minister"
_HALF = r"(?<!\bI )(?<![\w.])(?:AM|PM|A\.M\.|P\.M\.)(?![\w])"
# "5 PM." ends a sentence, and the engine has to see its end; the dots of "p.m." belong to it
_AM_PM = r"(?:[ap]\.\s?m\b\.?|[ap]\s?m\b)"
_TIME = rf"(?<!\d)(?:\d{{1,2}}[:h]\d{{2}}(?:\s?{_AM_PM})?|\d{{1,2}}\s?{_AM_PM})"


def protect(text: str, *, names: Sequence[str], style: TokenStyle, source: str) -> Protected:
    """Mask `text` written in `source`; `names` are kept whole-word and case-sensitive, the longest first."""
    taken = {match[0] for match in _ANY_TOKEN.finditer(text)}
    tokens: list[Token] = []
    number = 0

    def mask(match: re.Match[str]) -> str:
        nonlocal number
        while style.token(number) in taken:
            number += 1
        tokens.append(Token(Kind(match.lastgroup or Kind.MARK), match[0], style.token(number)))
        number += 1
        return tokens[-1].mask

    return Protected(_pattern(tuple(names), source).sub(mask, text), tuple(tokens))


@lru_cache(maxsize=1024)
def _pattern(names: tuple[str, ...], source: str) -> re.Pattern[str]:
    """One alternation, the first alternative that fits at a place wins."""
    wanted = sorted({name.strip() for name in names if name.strip()}, key=lambda each: (-len(each), each))
    alternatives: list[tuple[Kind, str]] = [
        (Kind.PLACEHOLDER, r"\{[A-Za-z_][A-Za-z0-9_]*\}"),
        # what only looks like a token of ours is masked too, so that it cannot be mistaken for one
        (Kind.LITERAL, r"PH\d+X|Zqx\d+|[\ue000-\uf8ff]|⟦\d+⟧"),
        (
            Kind.LINK,
            r"(?:https?://|www\.)[^\s<>\"]*[^\s<>\".,;:!?)\]}'’]|(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
        ),
        (Kind.DATE, "|".join(date_patterns(source))),
        (Kind.TIME, f"(?i:{_TIME})|{_HALF}"),
        (Kind.NAME, "|".join(whole(name) for name in wanted) or r"(?!)"),
        (Kind.TAG, r"</?[A-Za-z][\w:-]*(?:\s[^<>]{0,200})?/?>|&(?:#\d+|#x[0-9A-Fa-f]+|[A-Za-z]{2,8});"),
        (Kind.MONEY, r"(?<!\w)(?:US)?[$€£¥₹]\s?\d+(?:[.,]\d+)*|(?<!\w)\d+(?:[.,]\d+)*\s?[€£¥₹]"),
        (Kind.PHONE, r"\+?\(?\d[\d\s().-]{6,}\d"),
        # only from the start of a word: from every letter of a long one would take the square of its length
        (Kind.NUMBER, r"(?<!\w)[$€£#]?\w*\d\w*(?:[.,:/-]\w*\d\w*)*(?:\s?%)?|\d+"),
        # "@ana", "#family" stay; Apertium writes these signs before a word that it does not know
        (Kind.MARK, r"[#@]+\w*|[*~^]+"),
    ]
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in alternatives))


def has_words(text: str, *, source: str) -> bool:
    """Whether there is anything to translate: "2", a link or a heart have nothing."""
    masked = protect(text, names=(), style=TokenStyle.PRIVATE, source=source).masked
    return any(character.isalpha() for character in masked)


_STRESS = re.compile(
    r"(?P<kept>(?:https?://|www\.)\S+|(?<!\S)\S+@\S+|\{[^{}\s]*\})"  # links, addresses and placeholders have such signs too
    r"|(?<![*~^]|[^\W\d_])[*~^]++(?=[^\W\d_]|[“\"'‘(¡¿])|(?<=[^\W\d_]|[.!?,;:”\"'’)])[*~^]++(?![^\W\d_])"
    r"|(?<!\w)_+(?=[^\W\d_])|(?<=[^\W\d_]|[.!?,;:”\"'’)])_+(?!\w)"
)


def unstressed(text: str) -> str:
    """`text` for an engine, without the signs of *stress*, _stress_ and ~crossing out~ that touch words: a word with one at its
    side is no word to an engine, and would stay as it is ("La escuela está *closed*").
    """
    return _STRESS.sub(lambda match: match["kept"] or "", text)


_SHOUTED = re.compile(rf"({KNOWN_TOKEN.pattern})( +)([^\W\d_])(?=[^\W\d_]*[^\WA-Z\d_])")


def recased(masked: str, translated: str) -> str:
    """`PH0X Ayudó` → `PH0X ayudó`: an engine takes an unknown word for no word, and begins the sentence after it."""

    def lower(match: re.Match[str]) -> str:
        before = re.search(re.escape(match[1]) + r" +([^\W\d_])", masked)
        follows_small = before is not None and before[1].islower()
        return match[1] + match[2] + match[3].lower() if follows_small else match[0]

    return _SHOUTED.sub(lower, translated)
