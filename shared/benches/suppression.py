"""`homeroom bench suppression`: publish many tables, attack what was published, compare with the fewest cells that would do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from random import Random
from time import process_time
from typing import Any

from shared.benches.suppression_attack import Attack, Publication, parts, table
from shared.benches.suppression_best import fewest, long_search
from shared.disclosure import LEAST, Figures, next_snapshot, protect, with_totals
from shared.disclosure.cube import cube_with_totals, protect_cube

Say = Callable[[str], None]
Cells = list[list[int]]
ENOUGH = LEAST - 1e-6
DETERMINED = 1 - 1e-6
EXACT = 12  # small tables that are also solved by integer programming
LONG = 10  # large ones that are also searched for long
PATIENCE_S = 20.0


@dataclass
class Found:
    """What the attacker got: figures known exactly, known to within fewer than ten, and how many were asked after."""

    recoverable: int = 0
    narrow: int = 0
    asked: int = 0
    differences: int = 0

    def note(self, low: float, high: float, *, difference: bool = False) -> None:
        self.asked += 1
        self.differences += difference
        self.recoverable += high - low < DETERMINED
        self.narrow += high - low < ENOUGH


def run(*, tables: int, seed: int, say: Say) -> dict[str, Any]:
    """The figures, by the keys that the issue names. Rates per CPU-second of this process."""
    draw = Random(seed)
    found = Found()
    kinds = {"large": 0.25, "square": 0.35, "adversarial": 0.2, "cubes": 0.1, "series": 0.1}
    counts = {kind: max(1, round(tables * share)) for kind, share in kinds.items()}
    seconds = {"large": 0.0}
    flat = 0
    hidden = cells = 0
    for kind in ("large", "square", "adversarial"):
        say(f"{counts[kind]} {kind} tables …")
        for number in range(counts[kind]):
            figures = _figures(DRAWN[kind](draw, number))
            small = figures.small()
            start = process_time()
            secret = protect(figures, small)
            if kind == "large":
                seconds["large"] += process_time() - start
            flat += 1
            hidden += len(secret - small)
            cells += len(figures.values) - len(small)
            _attack(figures, secret, found)
    say(f"{counts['cubes']} three-way tables …")
    for _ in range(counts["cubes"]):
        _attack_cube(draw, found)
    say(f"{counts['series']} tables in snapshots …")
    snapshots = sum(_attack_series(draw, found) for _ in range(counts["series"]))
    say("the fewest cells that would do …")
    compared = _compare(draw)
    return {
        "tables": flat + counts["cubes"] + counts["series"],
        "tables_by_kind": counts,
        "snapshots_published": snapshots,
        "figures_attacked": found.asked,
        "differences_attacked": found.differences,
        "recoverable": found.recoverable,
        "narrower_than_n": found.narrow,
        "hidden_beside_small_percent": round(100 * hidden / max(1, cells), 2),
        **compared,
        "tables_per_s": round(counts["large"] / seconds["large"], 1),
        "seed": seed,
    }


def _figures(cells: Cells) -> Figures:
    return Figures(len(cells), len(cells[0]), with_totals(cells))


def _attack(figures: Figures, secret: frozenset[int], found: Found) -> None:
    shape, width = (figures.rows, figures.columns), figures.columns + 1
    told = Publication(figures.rows * figures.columns)
    table(told, shape, {divmod(k, width): value for k, value in enumerate(figures.values) if k not in secret})
    attack = Attack(told)
    for k in secret | figures.small():
        found.note(*attack.range(parts(shape, divmod(k, width), (0,))))


def _attack_cube(draw: Random, found: Found) -> None:
    shape = (draw.randint(2, 4), draw.randint(2, 4), draw.randint(2, 4))
    counts = cube_with_totals(
        [[[_mixed(draw, 90) for _ in range(shape[2])] for _ in range(shape[1])] for _ in range(shape[0])]
    )
    secret = protect_cube(counts)
    told = Publication(shape[0] * shape[1] * shape[2])
    everything = product(*(range(size + 1) for size in shape))
    table(told, shape, {cell: int(counts[cell]) for cell in everything if cell not in secret})
    attack = Attack(told)
    for cell in secret:
        found.note(*attack.range(parts(shape, cell, (0,))))


def _attack_series(draw: Random, found: Found) -> int:
    """Snapshots of one growing table; every pair is subtracted. Returns how many were published."""
    shape: tuple[int, int] = (draw.randint(2, 6), draw.randint(2, 5))
    size, width = shape[0] * shape[1], shape[1] + 1
    cells = [[0] * shape[1] for _ in range(shape[0])]
    told = Publication(0)
    kept: list[tuple[int, Figures, frozenset[int]]] = []
    last = None
    for step in range(draw.randint(3, 6)):
        pace = draw.choice((3, 12, 40, 150))
        cells = [[count + draw.choice((0, draw.randint(0, pace), pace)) for count in row] for row in cells]
        told.size += size
        new = next_snapshot(last, *shape, with_totals(cells))
        if new is not None:
            last = new
            kept.append((step, Figures(*shape, new.values), new.hidden))
            shown = {divmod(k, width): value for k, value in enumerate(new.values) if k not in new.hidden}
            table(told, shape, shown, offsets=[size * one for one in range(step + 1)])
    attack = Attack(told)
    for number, (step, figures, secret) in enumerate(kept):
        for k in secret | figures.small():
            found.note(*attack.range(parts(shape, divmod(k, width), [size * one for one in range(step + 1)])))
        for before, earlier, _ in kept[:number]:
            came = Figures(*shape, [a - b for a, b in zip(figures.values, earlier.values, strict=True)])
            between = [size * one for one in range(before + 1, step + 1)]
            for k in came.small():
                found.note(*attack.range(parts(shape, divmod(k, width), between)), difference=True)
    return len(kept)


def _compare(draw: Random) -> dict[str, Any]:
    """Cells hidden beside the small ones, in percent of the others: ours and the best found, over the same tables."""
    ours = best = others = exact = 0
    for figures, solve in _to_compare(draw):
        small = figures.small()
        mine = len(protect(figures, small))
        least = solve(figures, small)
        if least is None:
            continue
        exact += solve is _exact
        ours += mine - len(small)
        best += min(mine, least) - len(small)
        others += len(figures.values) - len(small)
    return {
        "over_suppression_percent": round(100 * ours / max(1, others), 2),
        "best_found_percent": round(100 * best / max(1, others), 2),
        "proved_fewest": exact,
    }


def _exact(figures: Figures, small: frozenset[int]) -> int | None:
    return fewest(figures, small, seconds=PATIENCE_S)


def _to_compare(draw: Random) -> Iterator[tuple[Figures, Callable[[Figures, frozenset[int]], int | None]]]:
    for _ in range(EXACT):
        yield (
            _figures(
                [[draw.choice((draw.randint(1, 9), *[draw.randint(10, 90)] * 5)) for _ in range(4)] for _ in range(4)]
            ),
            _exact,
        )
    for number in range(LONG):
        yield _figures(_large(draw, number)), long_search


def _mixed(draw: Random, most: int) -> int:
    return draw.choice((0, draw.randint(1, 9), draw.randint(10, 20), *[draw.randint(10, most)] * 3))


def _large(draw: Random, number: int) -> Cells:
    """20 by 8, about a tenth small, as a district's schools and answers are."""
    few = (0.05, 0.1, 0.2)[number % 3]
    return [[draw.randint(0, 9) if draw.random() < few else draw.randint(10, 200) for _ in range(8)] for _ in range(20)]


def _square(draw: Random, number: int) -> Cells:
    return [[_mixed(draw, 80 + number % 100) for _ in range(6)] for _ in range(6)]


def _adversarial(draw: Random, number: int) -> Cells:
    """What simple rules fail at: a lone small cell beside its total, zeros, a diagonal, one row only, nothing large."""
    size = draw.randint(2, 7)
    kind = number % 6
    if kind == 0:
        cells = [[draw.randint(10, 99) for _ in range(size)] for _ in range(size)]
        cells[0][0] = draw.randint(0, 9)
        return cells
    if kind == 1:
        return [[draw.choice((0, 0, draw.randint(10, 60))) for _ in range(size)] for _ in range(size)]
    if kind == 2:
        return [[draw.randint(1, 9) if a == b else draw.randint(10, 60) for a in range(size)] for b in range(size)]
    if kind == 3:
        return [[draw.randint(0, 30) for _ in range(size)] if row == 0 else [0] * size for row in range(3)]
    if kind == 4:
        return [[draw.randint(0, 9) for _ in range(size)] for _ in range(size)]
    return [[draw.choice((LEAST - 1, LEAST, 0, 1)) for _ in range(size)] for _ in range(draw.randint(1, 9))]


DRAWN: dict[str, Callable[[Random, int], Cells]] = {
    "large": _large,
    "square": _square,
    "adversarial": _adversarial,
}
