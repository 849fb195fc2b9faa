"""Reads Apertium's mode files: which pairs are installed, and the stages of each."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

MODES = Path("/usr/share/apertium/modes")

# ISO 639-3 codes of packaged pairs; two-letter names pass through
_THREE_LETTERS = {
    "afr": "af", "arg": "an", "bel": "be", "bul": "bg", "cat": "ca", "dan": "da", "eng": "en", "epo": "eo", "eus": "eu",
    "fra": "fr", "glg": "gl", "hbs": "sh", "hin": "hi", "ind": "id", "isl": "is", "ita": "it", "mkd": "mk", "nld": "nl",
    "nob": "nb", "oci": "oc", "por": "pt", "ron": "ro", "rus": "ru", "slv": "sl", "spa": "es", "swe": "sv", "ukr": "uk",
    "urd": "ur", "zlm": "ms",
}  # fmt: skip
_NAME = re.compile(r"\A([a-z]{2,3}(?:_[A-Za-z0-9]+)?)-([a-z]{2,3}(?:_[A-Za-z0-9]+)?)\Z")


@dataclass(frozen=True, slots=True)
class Mode:
    """An installed pair: its Debian name, what it translates, and one command per stage."""

    name: str
    source: str
    target: str
    stages: tuple[tuple[str, ...], ...]


def tag(code: str) -> str:
    """`spa` → `es`, `pt_BR` → `pt-BR`, `cat_valencia` → `ca-valencia` (BCP 47)."""
    base, _, variant = code.partition("_")
    language = _THREE_LETTERS.get(base, base)
    return f"{language}-{variant}" if variant else language


def installed(folder: Path = MODES) -> dict[tuple[str, str], Mode]:
    """Every usable mode by (source, target); empty where Apertium is not installed. Modes that miss a program are left out."""
    found: dict[tuple[str, str], Mode] = {}
    for path in sorted(folder.glob("*.mode")) if folder.is_dir() else ():
        matched = _NAME.match(path.stem)
        if matched is None:
            continue
        stages = parse(path.read_text(encoding="utf-8"))
        if stages and all(shutil.which(stage[0]) for stage in stages):
            mode = Mode(path.stem, tag(matched[1]), tag(matched[2]), stages)
            found[mode.source, mode.target] = mode
    return found


def parse(line: str) -> tuple[tuple[str, ...], ...]:
    """The stages of a mode file, each flushing at NUL.

    `$1` is how the generator shows what it does not know (`-g`: with marks, which we count); `$2` is unused.
    Raises nothing: a file that is not a plain pipeline gives no stages.
    """
    try:
        words = shlex.split(line.replace("$1", "-g").replace("$2", ""))
    except ValueError:
        return ()
    stages: list[tuple[str, ...]] = []
    current: list[str] = []
    for word in [*words, "|"]:
        if word != "|":
            current.append(word)
        elif current:
            stages.append((current[0], "-z", *current[1:]))
            current = []
    return tuple(stages)
