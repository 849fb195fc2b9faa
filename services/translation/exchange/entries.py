"""Between files and the memory: what is learned from a unit, and how an entry is written so that it reads back the same.

Only approved text is learned: XLIFF says which units are; for TMX, which cannot, whoever imports it names the person who
stands for it. A unit whose translation lacks a number, date or link of its source is left out and counted, with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from services.translation.domain import memory
from services.translation.domain.languages import base, normal
from services.translation.domain.memory import Entry, NotTheSame
from services.translation.domain.protection import Kind, Protected, Token
from services.translation.exchange import tmx
from services.translation.exchange.units import SLOT, Notes, Unit, Variant
from services.translation.exchange.xml import Inline, as_json, flat, from_json

_CONTEXT, _BY = "x-homeroom-context", "x-homeroom-approved-by"
_KEY = "x-homeroom-key"  # of an entry that serves one text alone: its slots do not say which
_UNKEPT = re.compile("[\x00\ud800-\udfff]")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,4}")  # es, zh-Hans, pt_BR
_HEX = re.compile(r"[0-9a-f]{32}")
LONGEST = 10_000  # characters, as for texts over HTTP


class LeftOut(StrEnum):
    """Why a unit was not learned."""

    NOT_APPROVED = "not_approved"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    CHARACTER = "character"  # NUL, or half of a pair, which no database holds
    LOST = "lost"  # a name, number, date or link
    LANGUAGE = "language"  # none of those asked for, or no language at all


@dataclass(frozen=True, slots=True)
class Learned:
    """An entry with its languages; `kept`: how the file wrote it, for the way out."""

    entry: Entry
    source: str
    target: str
    kept: Mapping[str, Any] | None = None
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    reason: LeftOut
    line: int


def learned(units: Iterable[Unit], *, source: str, target: str | None = None) -> Iterator[Learned | Refused]:
    """What each unit teaches, in every language or in `target` alone; `source` serves where the file names none."""
    for unit in units:
        if unit.approved is False:
            yield Refused(LeftOut.NOT_APPROVED, unit.line)
            continue
        here = unit.source or source
        original = next((each for each in unit.variants if base(each.language) == base(here)), None)
        others = [each for each in unit.variants if each is not original and _wanted(each, target)]
        if original is None or not others:
            yield Refused(LeftOut.LANGUAGE, unit.line)
            continue
        for each in others:
            yield _learned(unit, original, each)


def _wanted(variant: Variant, target: str | None) -> bool:
    return target is None or normal(variant.language) == normal(target)


def _learned(unit: Unit, original: Variant, other: Variant) -> Learned | Refused:
    text, translation = original.text, other.text
    if not text.strip() or not translation.strip():
        return Refused(LeftOut.EMPTY, unit.line)
    if max(len(text), len(translation)) > LONGEST:
        return Refused(LeftOut.TOO_LONG, unit.line)
    if _UNKEPT.search(text + translation):
        return Refused(LeftOut.CHARACTER, unit.line)
    if not (_TAG.fullmatch(original.language) and _TAG.fullmatch(other.language)):
        return Refused(LeftOut.LANGUAGE, unit.line)
    source, target = normal(original.language), normal(other.language)
    context = unit.prop(_CONTEXT)
    slots = _own_slots(original)
    try:
        if slots:
            masked = Protected(text, slots)
            masked.restore(translation)  # every slot once, none of another's
            key = unit.prop(_KEY) or memory.key(masked, source=source, target=target)
            if not _HEX.fullmatch(key):
                return Refused(LeftOut.LOST, unit.line)
            entry = Entry(key, text, translation, context, _kinds(slots))
        else:
            entry = memory.remember(text, translation, names=(), source=source, target=target, context=context)
    except (NotTheSame, ValueError):
        return Refused(LeftOut.LOST, unit.line)
    return Learned(entry, source, target, None if slots else _kept(unit, original, other), unit.prop(_BY))


def _own_slots(original: Variant) -> tuple[Token, ...]:
    """The slots of a text that this product wrote; none in anybody else's."""
    found = []
    for piece in original.pieces:
        if isinstance(piece, Inline):
            said = piece.get("type") or piece.get("ctype") or piece.get("disp")
            mask = flat((piece,))
            if said.startswith(SLOT) and said.removeprefix(SLOT) in set(Kind) and mask.startswith("⟦"):
                found.append(Token(Kind(said.removeprefix(SLOT)), mask, mask))
    return tuple(found)


def _kinds(slots: tuple[Token, ...]) -> str:
    return " ".join(token.kind for token in slots)


def _kept(unit: Unit, original: Variant, other: Variant) -> dict[str, Any]:
    return {
        "unit": {"attributes": dict(unit.attributes), "notes": _listed(unit.notes), "props": _listed(unit.props)},
        "source": _variant(original),
        "target": _variant(other),
    }


def _variant(each: Variant) -> dict[str, Any]:
    return {
        "language": each.language,
        "pieces": as_json(each.pieces),
        "attributes": dict(each.attributes),
        "notes": _listed(each.notes),
        "props": _listed(each.props),
    }


def _listed(notes: Notes) -> list[Any]:
    return [[dict(attributes), text] for attributes, text in notes]


def _noted(listed: list[Any]) -> Notes:
    return tuple((tuple(sorted(attributes.items())), text) for attributes, text in listed)


def units_of(rows: Iterable[Mapping[str, Any]], *, ours: Any = tmx.ours) -> Iterator[Unit]:
    """Entries of the memory for a file. `ours` writes a text in that file's way."""
    for row in rows:
        yield _from_file(row["kept"]) if row["kept"] else _from_us(row, ours)


def together(units: Iterable[Unit]) -> Iterator[Unit]:
    """Units of one source text that stand beside each other and say the same about themselves, as one of many languages."""
    for _, group in groupby(units, key=lambda unit: (unit.variants[0], unit.attributes, unit.notes, unit.props)):
        members = list(group)
        yield Unit(
            (members[0].variants[0], *(variant for each in members for variant in each.variants[1:])),
            members[0].attributes,
            members[0].notes,
            members[0].props,
            approved=members[0].approved,
            source=members[0].source,
        )


def _from_us(row: Mapping[str, Any], ours: Any) -> Unit:
    masks = re.findall(r"⟦\d+⟧", row["source_text"])
    kinds = dict(zip(dict.fromkeys(masks), row["slots"].split(), strict=False))
    props = [(_CONTEXT, row["context"]), (_BY, row["approved_by"]), (_KEY, _own_key(row, kinds))]
    when: datetime = row["approved_at"]
    return Unit(
        (
            Variant(row["source_language"], ours(row["source_text"], kinds)),
            Variant(row["target_language"], ours(row["target_text"], kinds)),
        ),
        (("changedate", when.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")),),
        (),
        tuple(((("type", kind),), value) for kind, value in props if value),
        approved=True,
        source=row["source_language"],
    )


def _own_key(row: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
    """The key of an entry that serves one text alone; "" where it follows from text and slots."""
    masked = Protected(row["source_text"], tuple(Token(Kind(kind), mask, mask) for mask, kind in kinds.items()))
    general = memory.key(masked, source=row["source_language"], target=row["target_language"])
    return "" if row["key"] in (general, memory.in_context(general, row["context"])) else str(row["key"])


def _from_file(kept: Mapping[str, Any]) -> Unit:
    unit = kept["unit"]
    return Unit(
        (_variant_of(kept["source"]), _variant_of(kept["target"])),
        tuple(sorted(unit["attributes"].items())),
        _noted(unit["notes"]),
        _noted(unit["props"]),
        approved=True,
        source=kept["source"]["language"],
    )


def _variant_of(kept: Mapping[str, Any]) -> Variant:
    return Variant(
        kept["language"],
        from_json(kept["pieces"]),
        tuple(sorted(kept["attributes"].items())),
        _noted(kept["notes"]),
        _noted(kept["props"]),
    )
