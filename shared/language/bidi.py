"""Foreign pieces in a text are isolated (Unicode UAX #9), so that a number or a name cannot turn its neighbours round.

Only pieces that need it: two characters more would turn a message of the plain SMS alphabet into one of half the length.
"""

from __future__ import annotations

import re

FSI, PDI = "\u2068", "\u2069"
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "sd", "ug", "ur", "yi", "ckb", "dv", "prs", "ks"})
_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_MAY_TURN = re.compile(f"[{_RTL}\u200f\u202a-\u202e\u2066-\u2069]")  # in a text that runs to the right
_FOREIGN = re.compile(f"[^{_RTL}\\s]")  # in a text that runs to the left: Latin letters, and numbers with signs in them


def right_to_left(tag: str) -> bool:
    """Whether the language is written from the right; a script in the tag decides before the language does."""
    parts = tag.lower().replace("_", "-").split("-")
    if {"arab", "hebr", "thaa", "nkoo", "adlm", "rohg"} & set(parts[1:]):
        return True
    return parts[0] in _RIGHT_TO_LEFT and "latn" not in parts and "cyrl" not in parts


def isolated(value: str, *, rtl: bool) -> str:
    """`value` as it may stand in a text that runs to the left (`rtl`) or to the right.

    A link stays bare, for a reader's telephone would take the closing mark for a part of its address; it begins and
    ends with Latin letters, which keep it in order. Marks of direction that came with a value are taken out: one that is
    never closed would turn the rest of the message round.
    """
    if value.isdecimal() if rtl else value.isascii():
        return value
    if not value or not (_FOREIGN if rtl else _MAY_TURN).search(value):
        return value
    bare = _CONTROLS.sub("", value)
    if "://" in bare or not bare.strip():
        return bare
    return "\n".join(f"{FSI}{line}{PDI}" if line.strip() else line for line in bare.split("\n"))


def without_isolates(text: str) -> str:
    """`text` as it reads, for comparing and for speech."""
    return text.replace(FSI, "").replace(PDI, "")
