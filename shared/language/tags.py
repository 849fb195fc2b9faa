"""Language tags (BCP 47) as they come from rosters, and which of the languages at hand serves one."""

from __future__ import annotations

from collections.abc import Collection

# Old, three-letter and macro codes that rosters carry, and Chinese, whose script a region implies (CLDR likely subtags)
ALIASES = {
    "zh": "zh-Hans",
    "zh-cn": "zh-Hans",
    "zh-sg": "zh-Hans",
    "zh-hans-us": "zh-Hans",
    "cmn": "zh-Hans",
    "chi": "zh-Hans",
    "zho": "zh-Hans",
    "zh-tw": "zh-Hant",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "yue": "zh-Hant",
    "tl": "fil",
    "tgl": "fil",
    "iw": "he",
    "in": "id",
    "spa": "es",
    "eng": "en",
    "som": "so",
    "vie": "vi",
    "ara": "ar",
    "guj": "gu",
    "hat": "ht",
    "kor": "ko",
    "por": "pt",
    "fra": "fr",
    "fre": "fr",
    "rus": "ru",
    "swa": "sw",
    "swh": "sw",
    "amh": "am",
    "mya": "my",
    "bur": "my",
    "prs": "fa-AF",
    "mah": "mh",
    "smo": "sm",
}


def normal(tag: str) -> str:
    """`ES_mx` → `es-MX`, `zh` → `zh-Hans`; shape only, no claim that the language exists."""
    parts = tag.strip().replace("_", "-").split("-")
    alias = ALIASES.get("-".join(parts).lower())
    if alias:
        return alias
    if len(parts) > 1 and (known := ALIASES.get(parts[0].lower())) and "-" not in known:
        parts[0] = known
    cased = [parts[0].lower()]
    for part in parts[1:]:
        cased.append(part.title() if len(part) == 4 else part.upper() if len(part) == 2 else part.lower())
    return "-".join(cased)


def base(tag: str) -> str:
    """The language alone: `es-MX` → `es`."""
    return normal(tag).split("-", 1)[0]


def serving(tag: str, available: Collection[str]) -> str | None:
    """The best of `available` for a reader of `tag`: itself, else without region; a script is never swapped for another."""
    wanted = normal(tag)
    if wanted in available:
        return wanted
    while "-" in wanted:
        wanted, _, dropped = wanted.rpartition("-")
        if len(dropped) == 4:  # a script
            return None
        if wanted in available:
            return wanted
    return None


def same(one: str, other: str) -> bool:
    """Whether a reader of one reads the other without translation."""
    return normal(one) == normal(other) or (base(one) == base(other) and serving(one, [base(other)]) is not None)
