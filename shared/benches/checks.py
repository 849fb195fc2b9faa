"""How many faults the checks of translations find, how often they hold a good text, and that no flip gets through.

Good texts, and translations that turn an obligation or a denial round, were written by hand in sixteen languages
(`tests/data/translation`); other faults are put into good texts that pass. A third of the messages is held out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from importlib import import_module
from random import Random
from typing import Any

from shared.benches import checks_corpus as corpus
from shared.benches.checks_faults import FAULTS
from shared.clock import monotonic

domain = import_module("services.translation.domain.checks")  # the benches measure services without depending on them

LEAST_RECALL, MOST_FALSE_HOLDS = 0.98, 0.01
FLIP = "flip"
_TRIES = 200


def run(*, faults: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Every good pair once, every flip once, then faults of every kind in turn until there are so many."""
    random = Random(seed)
    pairs = [*corpus.good(), *corpus.rights()]
    held = [pair for pair in pairs if _holds(pair)]  # the first time round, every word list is read
    begun = monotonic()
    for pair in pairs:
        _holds(pair)
    each = (monotonic() - begun) / len(pairs)
    say(f"{len(pairs)} good pairs, {len(held)} held")
    released = [flip for flip in corpus.flips() if not _flip_held(flip)]
    flips = sum(1 for _ in corpus.flips())
    say(f"{flips} flips of the safety set, {len(released)} released")
    passing = [pair for pair in pairs if pair not in held]
    made, found = _broken(passing, faults - flips, random, say)
    made[FLIP], found[FLIP] = flips, flips - len(released)
    outside = [pair for pair in pairs if pair.held_out]
    return {
        "faults": made.total(),
        "recall": round(found.total() / max(1, made.total()), 4),
        "good": len(pairs),
        "false_holds": round(len(held) / len(pairs), 4),
        "held_out_good": len(outside),
        "held_out_false_holds": round(sum(pair.held_out for pair in held) / max(1, len(outside)), 4),
        "safety": flips,
        "safety_released": len(released),
        "languages": len({language for pair in pairs for language in pair.languages}),
        "ms_per_text": round(each * 1000, 3),
        "by_kind": {kind: [found[kind], made[kind]] for kind in sorted(made)},
        "held": sorted({f"{pair.id} {pair.languages[0]}-{pair.languages[1]}" for pair in held}),
        "released": sorted(f"{flip.id} {flip.kind} {flip.language}" for flip in released),
    }


def met(figures: dict[str, Any]) -> bool:
    """Whether the issue's bars hold."""
    return bool(
        figures["recall"] >= LEAST_RECALL
        and figures["false_holds"] <= MOST_FALSE_HOLDS
        and figures["safety_released"] == 0
    )


def _broken(
    pairs: list[corpus.Pair], faults: int, random: Random, say: Callable[[str], None]
) -> tuple[Counter[str], Counter[str]]:
    made: Counter[str] = Counter()
    found: Counter[str] = Counter()
    kinds = list(FAULTS)
    for index in range(max(faults, len(kinds))):
        kind = kinds[index % len(kinds)]
        for _ in range(_TRIES):
            broken = FAULTS[kind](random.choice(pairs), random, pairs)
            if broken is not None:
                made[kind] += 1
                if _holds(broken):
                    found[kind] += 1
                elif found[kind] + 4 > made[kind]:
                    say(f"not found: {kind} in {broken.id}, {'-'.join(broken.languages)}")
                break
    return made, found


def _holds(pair: corpus.Pair) -> bool:
    findings = domain.inspect(pair.source, pair.translation, languages=pair.languages, names=pair.names)
    return bool(domain.holds(findings))


def _flip_held(flip: corpus.Flip) -> bool:
    return bool(domain.holds(domain.inspect(flip.source, flip.translation, languages=(corpus.SOURCE, flip.language))))
