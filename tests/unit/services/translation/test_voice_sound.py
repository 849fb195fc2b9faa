"""Texts to sound by the real programs: what is said, that it fits a minute, and what happens when a program is not there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import wave
from io import BytesIO

import pytest

from services.translation.voice import MOST_SECONDS, Speaker, ToolFailed, Voice, tools, voice_for
from services.translation.voice.spoken import spoken
from services.translation.voice.voices import unfit, voices

SPEAKER = Speaker()


def silence(seconds: float) -> bytes:
    held = BytesIO()
    with wave.open(held, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(b"\0\0" * int(8_000 * seconds))
    return held.getvalue()


@pytest.fixture(scope="module", autouse=True)
def programs():
    missing = [name for name in ("espeak-ng", "opusenc", "lame") if not tools.installed(name)]
    assert not missing, f"tests need {missing}: homeroom backing up"


@pytest.fixture
def without(monkeypatch):
    """As if some programs were not installed."""
    real = shutil.which

    def hide(*programs: str) -> None:
        monkeypatch.setattr(shutil, "which", lambda name: None if name in programs else real(name))

    return hide


@pytest.mark.parametrize(
    "tag", ["so", "tl", "fil", "ps", "km", "lo", "hmn", "mww", "ksw", "ti", "mh", "chk", "rw", "zh-TW", "xx", ""]
)
def test_a_language_without_a_voice_has_none(tag):
    assert voice_for(tag) is None


def test_a_language_without_a_region_s_voice_has_its_language_s():
    assert voice_for("es-MX") == voice_for("es") == Voice("es-419", 150)
    assert voice_for("pt-BR") == Voice("pt-br", 150)
    assert voice_for("zh") == Voice("cmn", 140)


def test_no_unfit_voice_is_used():
    assert not set(unfit()) & set(voices())


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("10/6/2026 at 8:05", "en", "October 6, 2026 at 8 05"),
        ("10/6/2026 a las 17:00", "es", "10 de junio de 2026 a las 17"),
        ("2026-10-06", "vi", "6 tháng 10, 2026"),
        ("99/99/2026 2026-13-45", "en", "99/99/2026 2026-13-45"),
        ("Call 312-555-0111.", "en", "Call 3, 1, 2, 5, 5, 5, 0, 1, 1, 1."),
        ("Well done 🎉 [[hello]] <b>\u202e", "en", "Well done hello b"),
        ("Read this.\nDetails: https://example.org/x", "en", "Read this."),
        ("See https://example.org/x before Friday please", "en", "See before Friday please"),
        ("5-6 pages, room 204, scores 95 87 92 88", "en", "5-6 pages, room 204, scores 95 87 92 88"),
    ],
)
def test_what_is_said_is_what_ears_can_use(text, language, said):
    assert spoken(text, language) == said


def test_a_text_is_spoken_for_messengers_and_for_telephones():
    made = SPEAKER.render("La reunión es el martes a las 17:30.", "es", voice_for("es"))
    assert 1 <= made.seconds <= 6 and not made.cut and made.voice == "espeak-ng:es-419"
    assert made.opus[:4] == b"OggS" and made.phone_type == "audio/mpeg"
    assert len(made.opus) < 30_000 and len(made.phone) < 30_000


def test_a_long_text_is_its_first_sentences_and_word_of_the_rest():
    text = " ".join(f"Sentence number {number} says what the class did." for number in range(60))
    made = SPEAKER.render(text, "en", voice_for("en"), "The rest is written.")
    assert made.cut and 40 <= made.seconds <= MOST_SECONDS
    assert made.transcript.startswith("Sentence number 0 says") and made.transcript.endswith(
        "did. The rest is written."
    )


def test_a_text_that_is_one_sentence_is_cut_between_words():
    made = SPEAKER.render("and then " * 2_000, "en", voice_for("en"), "The rest is written.")
    assert made.cut and made.seconds <= MOST_SECONDS


def test_a_hostile_text_is_only_said():
    made = SPEAKER.render("-v so --path=/ [[;;]] <speak><audio src='x'/> $(id) `id` \x07 hello", "en", voice_for("en"))
    assert made.seconds < 15


@pytest.mark.parametrize("text", ["", "🎉🎉", "https://example.org", "…"])
def test_nothing_to_say_is_no_sound(text):
    with pytest.raises(ToolFailed, match="nothing_to_say"):
        SPEAKER.render(text, "en", voice_for("en"))


def test_without_espeak_nothing_is_said(without):
    without("espeak-ng")
    assert not SPEAKER.ready()
    with pytest.raises(ToolFailed, match="espeak-ng_missing"):
        SPEAKER.render("Hello.", "en", voice_for("en"))


def test_without_encoders_a_telephone_gets_wav_and_a_messenger_the_same(without):
    without("opusenc", "lame")
    made = SPEAKER.recorded(silence(2), "words")
    assert (made.opus, made.phone_type, made.seconds, made.voice) == (None, "audio/wav", 2, "person")


def test_what_a_killed_process_left_is_removed_and_what_another_uses_is_not(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, used = tmp_path / "homeroom-voice-left", tmp_path / "homeroom-voice-used"
    for folder in (left, used):
        folder.mkdir()
        (folder / "in.wav").write_bytes(b"words")
    os.utime(left, (0, 0))
    Speaker()
    assert not left.exists() and used.exists()


def test_a_program_that_hangs_is_ended(monkeypatch, tmp_path):
    slow = tmp_path / "espeak-ng"
    slow.write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(tools, "SECONDS", 0.2)
    with pytest.raises(ToolFailed, match="espeak-ng_timeout"):
        tools.speak("Hello.", voice_for("en"))


def test_recordings_come_back_as_they_were_sent_in_any_form():
    wav = silence(3)
    for recording in (wav, tools.opus(wav), tools.mp3(wav)):
        made = SPEAKER.recorded(recording, "words")
        assert made.seconds in (3, 4) and made.transcript == "words"


@pytest.mark.parametrize(
    ("recording", "reason"),
    [(b"", "not_audio"), (b"RIFF\0\0\0\0WAVEjunk", "not_audio"), (b"\x1aE\xdf\xa3 webm", "not_audio"), (b"MZ", "not_audio"),
     (silence(0.1), "too_short"), (silence(75), "too_long")],
)  # fmt: skip
def test_what_is_no_recording_is_refused_with_its_reason(recording, reason):
    with pytest.raises(ToolFailed, match=reason):
        SPEAKER.recorded(recording, "words")


@pytest.mark.parametrize("recording", [b"OggS" + b"\0" * 24 + b"OpusHead" + b"\xff" * 40, b"ID3" + b"\0" * 64])
def test_a_broken_recording_is_refused(recording):
    with pytest.raises(ToolFailed):
        SPEAKER.recorded(recording, "words")


def test_every_voice_of_the_list_is_one_of_espeak_s():
    listed = subprocess.run(["espeak-ng", "--voices"], capture_output=True, text=True, check=True).stdout
    known = {line.split()[1] for line in listed.splitlines()[1:]}
    assert {voice.name for voice in voices().values()} <= known
