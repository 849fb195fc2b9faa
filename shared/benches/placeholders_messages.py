"""Messages of schools with everything in them that an engine may break, drawn from sentences in six languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

_SENTENCES = {
    "en": (
        "{name} helped {name} today.", "The meeting with {name} is on {date} at {time}.", "Bring {money} by {date}.",
        "Call the office at {phone} before {time}.", "More information: {link}.", "{name} has {number} of 20 points!",
        "Bus {number} leaves at {time} from the school.", "Good news from {name}: {slot} read {number} books.",
        "{slot} has a new time: {date}, {time}. Details: {link}", "<b>Please</b> read the letter of {date}.",
        "The trip costs {money} for each child ({name} and {name}).",
    ),
    "es": (
        "{name} ayudó hoy a {name}.", "La reunión con {name} es el {date} a las {time}.", "Traiga {money} antes del {date}.",
        "Llame a la oficina al {phone} antes de las {time}.", "Más información: {link}.", "¡{name} tiene {number} de 20 puntos!",
        "El autobús {number} sale a las {time} de la escuela.", "Buenas noticias de {name}: {slot} leyó {number} libros.",
        "{slot} tiene una hora nueva: {date}, {time}. Detalles: {link}", "<b>Por favor</b> lea la carta del {date}.",
    ),
    "fr": (
        "{name} a aidé {name} hier.", "La réunion avec {name} est à {time}.", "Apportez {money} à l'école.",
        "Appelez le bureau au {phone} avant {time}.", "Plus d'informations : {link}.", "{slot} a lu {number} livres.",
    ),
    "pt": (
        "{name} ajudou {name} ontem.", "A reunião com {name} é às {time}.", "Traga {money} para a escola.",
        "Ligue para a secretaria no {phone} antes das {time}.", "Mais informações: {link}.", "{slot} leu {number} livros.",
    ),
    "ca": (
        "{name} ha ajudat {name} avui.", "La reunió amb {name} és a les {time}.", "Porti {money} a l'escola.",
        "Truqui a l'oficina al {phone} abans de les {time}.", "Més informació: {link}.", "{slot} ha llegit {number} llibres.",
    ),
    "gl": (
        "{name} axudou a {name} onte.", "A reunión con {name} é ás {time}.", "Traia {money} á escola.",
        "Chame á oficina ao {phone} antes das {time}.", "Máis información: {link}.", "{slot} leu {number} libros.",
    ),
}  # fmt: skip
_NAMES = (
    "Riya", "Ana María", "Mr. Lee", "Ms Alvarez", "Nguyễn Lan", "Zoë", "O'Brien", "Halima Yusuf", "Xóchitl", "Ivo", "Mercy",
    "Summer", "Jesús", "Al", "Bo", "Hope-Grace", "D'Angelo", "Mai",
)  # fmt: skip
_SLOTS = ("{student}", "{teacher}", "{link_2}", "{due}")
_LINKS = (
    "https://example.org/a?b=1&c=%20x",
    "http://example.org/~room",
    "office@example.org",
    "www.example.org/trip#map",
)
_PHONES = ("(312) 555-0142", "+1 312 555 0199", "312-555-0100", "555-0142")
_MONTHS = {
    "en": ("January", "Feb", "March", "May", "August", "Oct"),
    "es": ("enero", "febrero", "marzo", "mayo", "agosto", "octubre"),
}
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """What must come through: `kind` says whether it may be written in the reader's way."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """A text with its pieces and the names that are in it."""

    text: str
    pieces: tuple[Piece, ...]
    names: tuple[str, ...]


def message(language: str, draw: Random) -> Message:
    """One to three sentences in `language` (English where there are none in it)."""
    language = language if language in _SENTENCES else "en"
    pieces: list[Piece] = []

    def fill(match: re.Match[str]) -> str:
        pieces.append(Piece(match[1], _piece(match[1], language, draw)))
        return pieces[-1].text

    chosen = draw.sample(_SENTENCES[language], draw.randint(1, 3))
    text = " ".join(_SLOT.sub(fill, sentence) for sentence in chosen)
    tags = [Piece("tag", tag) for tag in ("<b>", "</b>") if tag in text]
    return Message(text, (*pieces, *tags), tuple({piece.text for piece in pieces if piece.kind == "name"}))


def _piece(kind: str, language: str, draw: Random) -> str:
    if kind == "name":
        return draw.choice(_NAMES)
    if kind == "slot":
        return draw.choice(_SLOTS)
    if kind == "link":
        return draw.choice(_LINKS)
    if kind == "phone":
        return draw.choice(_PHONES)
    if kind == "money":
        return draw.choice(("$5", "$12.50", "$1,200", "€3"))
    if kind == "time":
        return draw.choice(
            ("9:00", "8:05 AM", "5:30 p.m.", "12:15 PM", "17:30") if language == "en" else ("9:00", "17:30")
        )
    if kind == "date":
        return _date(language, draw)
    return str(draw.choice((1, 2, 3, 12, 64, 100, 1999, "3.5", "1,000")))


def _date(language: str, draw: Random) -> str:
    day, month = draw.randint(1, 28), draw.choice(_MONTHS.get(language, ("10/",)))
    if language == "en":
        return draw.choice((f"{month} {day}", f"{day} {month}", f"{month} {day}, 2026", f"10/{day}/2026"))
    return f"{day} de {month}" if language == "es" else f"10/{day}"
