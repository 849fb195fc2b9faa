"""Speech to text, where a district has installed it: a gist beside a person's recording, labelled, that nothing acts on.

faster-whisper (requirements-speech.lock) with a model in a folder of this machine; nothing is downloaded. Absent library,
model or language: there is no gist, and nobody misses it.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from services.translation.domain.languages import base

CHANNEL = "speech"  # in the cell file: `channels: {speech: [{provider: whisper, model: /srv/whisper-base}]}`
MOST_CHARACTERS = 4_000
_SILENT = 0.6  # the model's own word that nobody speaks; above, what it "hears" is made up


class Listener:
    """One per process; a minute of speech costs a quarter of a minute of one core."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def ready(self) -> bool:
        """Whether there are library and model."""
        return self._folder is not None and self._folder.is_dir() and find_spec("faster_whisper") is not None

    def heard(self, sound: bytes, language: str) -> str:
        """What was understood, empty where nothing was; the language is the one declared, never guessed. Never raises."""
        try:
            pieces, _ = self._model.transcribe(BytesIO(sound), language=base(language), beam_size=1, vad_filter=False)
            said = " ".join(piece.text.strip() for piece in pieces if piece.no_speech_prob < _SILENT)
        except Exception:  # a sound that cannot be decoded, a language that the model has not: no gist
            return ""
        return said[:MOST_CHARACTERS]

    @cached_property
    def _model(self) -> Any:
        whisper = import_module("faster_whisper")
        return whisper.WhisperModel(
            str(self._folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
        )


def listener_of(accounts: list[dict[str, Any]]) -> Listener:
    """From the cell's settings; without any there is no listener."""
    folder = next((Path(account["model"]) for account in accounts if account.get("model")), None)
    return Listener(folder)
