"""A text as a voice note of a minute at most: the first sentences that fit, and word that the rest is written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b

from services.translation.domain.sentences import sentences
from services.translation.voice import tools
from services.translation.voice.spoken import spoken
from services.translation.voice.tools import ToolFailed
from services.translation.voice.voices import Voice

MOST_SECONDS = 60
MOST_CHARACTERS = 6_000  # five minutes of speech: more is not tried, only its beginning
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Rendered:
    """Sound in both forms. `cut`: it is only the beginning of the text, and says so where the language has the words."""

    voice: str
    seconds: int
    cut: bool
    transcript: str
    opus: bytes | None
    phone: bytes
    phone_type: str


class Speaker:
    """Makes voice notes. One per process; several threads may use it."""

    def __init__(self) -> None:
        tools.sweep()

    def ready(self) -> bool:
        """Whether there is a voice at all on this machine."""
        return tools.installed("espeak-ng")

    def key(self, text: str, language: str, voice: Voice) -> str:
        """The same for the same words in the same voice and at the same rate."""
        said = spoken(text, language)
        return blake2b(f"{voice.name}\x00{voice.rate}\x00{said}".encode(), digest_size=16).hexdigest()

    def render(self, text: str, language: str, voice: Voice, closing: str = "") -> Rendered:
        """Say a text; `closing` ends what had to be cut. Raises ToolFailed."""
        pieces = [each.text for each in sentences(spoken(text[:MOST_CHARACTERS], language))]
        if not pieces:
            raise ToolFailed("nothing_to_say")
        said, cut = " ".join(pieces), len(text) > MOST_CHARACTERS
        if cut:
            said = f"{said} {closing}".strip()
        for _ in range(_TRIES):
            wav = tools.speak(said, voice)
            long = tools.seconds(wav)
            if long <= MOST_SECONDS:
                return _encoded(wav, voice.label, said, cut=cut)
            pieces = _beginning(pieces, MOST_SECONDS / long * 0.95, len(closing))
            said, cut = f"{' '.join(pieces)} {closing}".strip(), True
        raise ToolFailed("too_long")

    def recorded(self, recording: bytes, text: str) -> Rendered:
        """A person's recording of a text, for messengers and telephones. Raises ToolFailed: `too_long`, `not_audio`, …"""
        wav = tools.opened(recording)
        long = tools.seconds(wav)
        if long > MOST_SECONDS + 1:
            raise ToolFailed("too_long")
        if long < 0.5:
            raise ToolFailed("too_short")
        return _encoded(wav, "person", text, cut=False)


def _beginning(pieces: list[str], share: float, closing: int) -> list[str]:
    """Whole sentences up to that share of the letters, less those of the closing; of one long sentence its first words."""
    room = int(len(" ".join(pieces)) * share) - closing
    kept: list[str] = []
    for piece in pieces:
        if len(piece) + 1 > room:
            break
        kept.append(piece)
        room -= len(piece) + 1
    if kept:
        return kept
    words = pieces[0].split()
    return [" ".join(words[: max(1, math.floor(len(words) * share * 0.9))])]


def _encoded(wav: bytes, voice: str, said: str, *, cut: bool) -> Rendered:
    """Both forms; without opus-tools messengers get the telephone's, without lame the telephone gets WAV."""
    try:
        light: bytes | None = tools.opus(wav)
    except ToolFailed:
        light = None
    try:
        phone, phone_type = tools.mp3(wav), tools.MPEG
    except ToolFailed:
        phone, phone_type = wav, tools.WAV
    return Rendered(voice, math.ceil(tools.seconds(wav)), cut, said, light, phone, phone_type)
