"""How a text with forms reads: one example for each form, so that whoever signs it signs what a family would read."""

from __future__ import annotations

from services.translation.catalogue.load import Wording
from shared.language.conventions import conventions
from shared.language.icu import message
from shared.language.icu_nodes import Plural, Select, walk
from shared.language.icu_parse import parse
from shared.language.templates import has_forms

MOST = 12


def examples(wording: Wording) -> tuple[str, ...]:
    """The text for the least number of each plural category and for each word of a select; empty for a plain text."""
    if not has_forms(wording.text):
        return ()
    how, read = conventions(wording.language), message(wording.text, wording.language)
    nodes = tuple(walk(parse(wording.text)))
    numbers: dict[int, None] = {}
    words: dict[str, None] = {}
    for node in nodes:
        if isinstance(node, Plural):
            category = how.ordinal if node.ordinal else how.plural
            least: dict[str, int] = {}
            for number in range(1, 1001):
                least.setdefault(category(number), number)
            numbers |= dict.fromkeys([*(int(number) for number, _ in node.exact), *least.values()])
        elif isinstance(node, Select):
            words |= dict.fromkeys(word for word, _ in node.forms)
    counted = {node.name for node in nodes if isinstance(node, Plural)}
    chosen = {node.name for node in nodes if isinstance(node, Select)}
    said = [
        read.format(dict.fromkeys(counted, number) | dict.fromkeys(chosen, word), lenient=True)
        for number in sorted(numbers) or [1]
        for word in words or ["other"]
    ]
    return tuple(dict.fromkeys(said))[:MOST]
