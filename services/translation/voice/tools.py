"""The programs that make and change sound, each a process of its own with a time-out.

espeak-ng (GPL), opus-tools and lame come as Debian packages. Text and sound go by files in a folder that only this
process may read and that is gone afterwards: no pipe can fill up, and no text is seen in a list of processes.
"""

from __future__ import annotations

import shutil
import subprocess
import wave
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from services.translation.voice.voices import Voice

SECONDS = 15.0  # a minute of speech takes 0.1 s of them
OPUS_KBITS, PHONE_KBITS = 16, 24
RATE = 16_000  # Hz of what a person records; a telephone carries half
_PREFIX = "homeroom-voice-"
_OLD = 3_600  # seconds: nothing of ours takes so long
MPEG, WAV, OGG = "audio/mpeg", "audio/wav", "audio/ogg"


class ToolFailed(Exception):
    """A program is missing, failed or took too long; `reason` is a word for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def installed(program: str) -> bool:
    """Whether the machine has it."""
    return shutil.which(program) is not None


def sweep() -> None:
    """Remove what a process that was killed has left: a family's words in sound."""
    with TemporaryDirectory(prefix=_PREFIX) as fresh:
        now = Path(fresh).stat().st_mtime
        for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
            try:
                old = folder.stat().st_mtime < now - _OLD
            except OSError:
                continue  # its own process was quicker
            if old:
                shutil.rmtree(folder, ignore_errors=True)


def speak(text: str, voice: Voice) -> bytes:
    """The text as WAV; raises ToolFailed."""
    with TemporaryDirectory(prefix=_PREFIX) as folder:
        said, sound = Path(folder, "said.txt"), Path(folder, "said.wav")
        said.write_text(text, encoding="utf-8")
        _run("espeak-ng", "-b", "1", "-v", voice.name, "-s", str(voice.rate), "-f", str(said), "-w", str(sound))
        return _made(sound, "espeak-ng")


def opus(wav: bytes) -> bytes:
    """Opus in Ogg (RFC 7845), mono; raises ToolFailed."""
    return _changed(
        wav,
        ("in.wav", "out.opus"),
        "opusenc",
        "--quiet",
        "--downmix-mono",
        "--bitrate",
        str(OPUS_KBITS),
        "{in}",
        "{out}",
    )


def mp3(wav: bytes) -> bytes:
    """MP3, mono; raises ToolFailed."""
    return _changed(
        wav,
        ("in.wav", "out.mp3"),
        "lame",
        "--quiet",
        "-m",
        "m",
        "--resample",
        "16",
        "-b",
        str(PHONE_KBITS),
        "{in}",
        "{out}",
    )


def opened(recording: bytes) -> bytes:
    """A person's recording (WAV, MP3, Opus in Ogg) as WAV; raises ToolFailed: `not_audio` where it is none of these."""
    if recording[:4] == b"RIFF" and recording[8:12] == b"WAVE":
        seconds(recording)
        return recording
    if recording[:4] == b"OggS" and b"OpusHead" in recording[:100]:
        return _changed(recording, ("in.opus", "out.wav"), "opusdec", "--quiet", "--rate", str(RATE), "{in}", "{out}")
    if recording[:3] == b"ID3" or (len(recording) > 1 and recording[0] == 0xFF and recording[1] & 0xE0 == 0xE0):
        return _changed(recording, ("in.mp3", "out.wav"), "lame", "--quiet", "--decode", "{in}", "{out}")
    raise ToolFailed("not_audio")


def seconds(wav: bytes) -> float:
    """How long a WAV is; raises ToolFailed where it cannot be read."""
    try:
        with wave.open(BytesIO(wav)) as sound:
            frames = len(sound.readframes(sound.getnframes())) // (sound.getsampwidth() * sound.getnchannels())
            return float(frames / sound.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError, MemoryError):
        raise ToolFailed("not_audio") from None


def _changed(content: bytes, names: tuple[str, str], *command: str) -> bytes:
    with TemporaryDirectory(prefix=_PREFIX) as folder:
        before, after = (Path(folder, name) for name in names)
        before.write_bytes(content)
        _run(*(part.replace("{in}", str(before)).replace("{out}", str(after)) for part in command))
        return _made(after, command[0])


def _run(program: str, *arguments: str) -> None:
    if not installed(program):
        raise ToolFailed(f"{program}_missing")
    # wait() looks and rests, so that it holds neither a thread's lock nor, under green threads, the hub
    running = subprocess.Popen(
        [program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        status = running.wait(SECONDS)
    except subprocess.TimeoutExpired:
        raise ToolFailed(f"{program}_timeout") from None
    finally:
        if running.poll() is None:
            running.kill()
            running.wait()
    if status:
        raise ToolFailed(f"{program}_failed")


def _made(path: Path, program: str) -> bytes:
    if not path.exists() or not (content := path.read_bytes()):
        raise ToolFailed(f"{program}_silent")
    return content
