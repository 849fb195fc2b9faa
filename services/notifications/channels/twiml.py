"""What a call says, as TwiML; everything from outside is escaped by the writer of XML."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

# languages that the provider has a voice for (Twilio's <Say>), by primary subtag; no other is ever spoken by a wrong one
_VOICES = {
    "ar": "ar-AE", "bn": "bn-IN", "de": "de-DE", "en": "en-US", "es": "es-US", "fil": "fil-PH", "fr": "fr-FR", "gu": "gu-IN",
    "hi": "hi-IN", "it": "it-IT", "ja": "ja-JP", "ko": "ko-KR", "pa": "pa-IN", "pl": "pl-PL", "pt": "pt-BR", "ru": "ru-RU",
    "ta": "ta-IN", "te": "te-IN", "tr": "tr-TR", "uk": "uk-UA", "vi": "vi-VN", "zh": "cmn-CN",
}  # fmt: skip
MEDIA = "application/xml"
MOST_SAID = 4_000  # characters: a longer text is a recording's or a page's
KEY_WAIT_S = 6


def voice_for(language: str) -> str | None:
    """The provider's name for a voice of the language; None where it has none."""
    return _VOICES.get(language.lower().split("-")[0])


@dataclass(frozen=True)
class Script:
    """`audio`: URL of a recording, said in place of `text`; `menu`: what the keys do, where a voice can say it; `then`: where the
    call goes on after the message, in place of the keys."""

    language: str
    text: str = field(default="", repr=False)
    audio: str | None = field(default=None, repr=False)
    menu: str = ""
    then: str | None = field(default=None, repr=False)

    @property
    def silent(self) -> bool:
        """Nothing that may be said: no recording, and no voice of this language."""
        return self.audio is None and (voice_for(self.language) is None or not self.text)


def talk(script: Script, *, action: str) -> bytes:
    """The message, what the keys do, and the message once more for who came late; `action` hears the key."""
    response = Element("Response")
    if script.then is not None:
        SubElement(response, "Pause", length="1")
        _message(response, script)
        SubElement(response, "Redirect", method="POST").text = script.then
        return _written(response)
    gather = SubElement(response, "Gather", numDigits="1", timeout=str(KEY_WAIT_S), action=action, method="POST")
    SubElement(gather, "Pause", length="1")
    _message(gather, script)
    _say(gather, script.menu, script.language)
    _message(response, script)
    return _written(response)


def leave(script: Script) -> bytes:
    """For a machine: the message once."""
    response = Element("Response")
    _message(response, script)
    SubElement(response, "Hangup")
    return _written(response)


def goodbye(text: str = "", language: str = "en") -> bytes:
    response = Element("Response")
    _say(response, text, language)
    SubElement(response, "Hangup")
    return _written(response)


def _message(parent: Element, script: Script) -> None:
    if script.audio is not None:
        SubElement(parent, "Play").text = script.audio
    else:
        _say(parent, script.text, script.language)


def _say(parent: Element, text: str, language: str) -> None:
    voice = voice_for(language)
    if voice is not None and text:
        SubElement(parent, "Say", language=voice).text = text[:MOST_SAID]


def _written(response: Element) -> bytes:
    written: bytes = ElementTree.tostring(response, encoding="utf-8", xml_declaration=True)
    return written
