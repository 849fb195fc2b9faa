"""What a call says and asks, as TwiML; the writer of XML escapes everything."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from services.surveys.domain.voice import Entry

MEDIA = "application/xml"
MOST_SAID = 3_500  # characters; the provider refuses more in one element
KEY_WAIT_S, TYPING_WAIT_S, SILENCE_S, LONGEST_RECORDING_S = 8, 6, 5, 120


def ask(lines: Sequence[str], entry: Entry, *, voice: str, action: str) -> bytes:
    """The question, and where its answer goes; who stays silent comes there, too, and is asked again."""
    response = Element("Response")
    if entry is Entry.SPOKEN:
        _say(response, lines, voice)
        # any of these keys ends the recording; which it was comes with it: 0, 9 and * are no answers
        limits = {
            "maxLength": str(LONGEST_RECORDING_S),
            "timeout": str(SILENCE_S),
            "finishOnKey": "0*9#",
            "playBeep": "true",
        }
        SubElement(response, "Record", {"action": action, "method": "POST", **limits})
    else:
        keys = {"numDigits": "1", "timeout": str(KEY_WAIT_S)}
        if entry is Entry.TYPED:
            keys = {"finishOnKey": "#", "timeout": str(TYPING_WAIT_S)}
        else:
            keys["finishOnKey"] = ""
        gather = SubElement(response, "Gather", {"input": "dtmf", "action": action, "method": "POST", **keys})
        _say(gather, lines, voice)
    SubElement(response, "Redirect", method="POST").text = action
    return _written(response)


def goodbye(lines: Sequence[str] = (), *, voice: str) -> bytes:
    response = Element("Response")
    _say(response, lines, voice)
    SubElement(response, "Hangup")
    return _written(response)


def _say(parent: Element, lines: Sequence[str], voice: str) -> None:
    """In this voice alone: a language without one is never spoken in another's."""
    for line in lines if voice else ():
        SubElement(parent, "Say", language=voice).text = line[:MOST_SAID]
        SubElement(parent, "Pause", length="1")


def _written(response: Element) -> bytes:
    written: bytes = ElementTree.tostring(response, encoding="utf-8", xml_declaration=True)
    return written
