"""Brothers and sisters in one message: `Mateo 2, Lucia 3`, or `2 same` for all who are left."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from services.surveys.domain.answers import Answers, Given
from services.surveys.domain.reading import Reader
from services.surveys.domain.reading_words import fold
from services.surveys.domain.walk_prompts import Prompt, filled, merged, read


def read_panel(
    prompt: Prompt, prompts: Sequence[Prompt], text: str, reader: Reader, *, answers: Answers, names: Mapping[str, str]
) -> dict[str, Given] | None:
    """The answers with all that the message says about children; None where it speaks of the one asked about alone.

    `names`: given name by child. A child who is not named keeps what was said before.
    """
    if prompt.child is None:
        return None
    family = [each for each in prompts if each.question.id == prompt.question.id and each.row == prompt.row]
    named = _by_name(text, family, names)
    if named:
        parts = [(each, read(each, said, reader)) for each, said in named]
        if any(part is None for _, part in parts):
            return None
        kept = dict(answers)
        for each, part in parts:
            kept = merged(each, kept, part or Given())
        return kept
    return _same(prompt, family, text, reader, answers=answers)


def _by_name(text: str, family: Sequence[Prompt], names: Mapping[str, str]) -> list[tuple[Prompt, str]]:
    """Each child that is named and what follows; none unless the message begins with a name. A name that two have names none."""
    found: list[tuple[int, int, Prompt]] = []
    words = [(match.start(), match.end(), fold(match[0])) for match in re.finditer(r"[^\s,;:،؛]+", text)]
    for each in family:
        name = fold(names.get(each.child or "", ""))
        at = [(start, end) for start, end, word in words if name and word == name]
        if len(at) == 1 and sum(1 for other in family if fold(names.get(other.child or "", "")) == name) == 1:
            found.append((*at[0], each))
    found.sort(key=lambda place: place[0])
    if not found or not words or found[0][0] != words[0][0]:
        return []
    ends = [place[0] for place in found[1:]] + [len(text)]
    return [(each, text[end:until].strip(" ,;:،؛\n")) for (_, end, each), until in zip(found, ends, strict=True)]


def _same(
    prompt: Prompt, family: Sequence[Prompt], text: str, reader: Reader, *, answers: Answers
) -> dict[str, Given] | None:
    """`same` alone repeats the last child's answer; behind an answer it gives it to everybody who is left."""
    place = next((number for number, each in enumerate(family) if each.key == prompt.key), 0)
    if fold(text) in reader.vocabulary.same and place:
        part = _part(family[place - 1], answers)
        return merged(prompt, answers, part) if part is not None else None
    head = next((text[: -len(tail)] for tail in _tails(text) if fold(tail) in reader.vocabulary.same), "")
    part = read(prompt, head.strip(" ,;"), reader) if fold(head) else None
    if part is None:
        return None
    kept = merged(prompt, answers, part)
    for each in family:
        if not filled(each, kept):
            kept = merged(each, kept, part)
    return kept


def _tails(text: str) -> list[str]:
    """The last one, two and three words."""
    words = text.split()
    found = []
    for size in range(1, min(4, len(words))):
        start = text.rfind(words[-size]) if size == 1 else text.rfind(" ".join(words[-size:]))
        if start > 0:
            found.append(text[start:])
    return found


def _part(prompt: Prompt, answers: Answers) -> Given | None:
    """What stands at that prompt already, as `read` would give it."""
    given = answers.get(prompt.question.id)
    if given is None or not filled(prompt, answers):
        return None
    inner = given.children.get(prompt.child or "", given) if given.children else given
    if prompt.row is not None and not inner.declined:
        return Given(cells={prompt.row.value: inner.cells[prompt.row.value]})
    return inner
