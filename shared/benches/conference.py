"""`homeroom bench conference`: the ten published rounds on two cores: score, proved bound, gap, beside first come, first served.

Searches run one after the other, each with both cores for its time; own bounds take one core each, so two of them run at a time.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from shared.backing.state import REPOSITORY
from shared.errors import HomeroomError
from shared.launcher.solver import ask

Say = Callable[[str], None]
DATA = REPOSITORY / "tests" / "data" / "conference"
PUBLISHED_BOUND = {
    "small-1": 88_731, "small-2": 89_606, "elem450-1": 103_774, "elem450-2": 104_385, "sec800-1": 300_016, "sec800-2": 290_059,
    "hh1400-1": 855_900, "hh1400-2": 835_400, "sec2000-1": 736_600, "sec2000-2": 749_500,
}  # fmt: skip
"""The bounds in the README beside the instances; the better of these and ours is the best known."""
GAP_PCT = {"small": 0.3, "elem450": 0.3, "sec800": 1.0, "hh1400": 0.2, "sec2000": 2.5}
"""What is promised, by kind of school."""
HASTE_S, HASTE_PCT = 2.0, 3.0
FLOOR_ROUNDS, FLOOR_S = ("elem450-1", "elem450-2", "hh1400-1"), 15.0
OWN_BOUND_PCT = 1.0
ANYTIME_S = 0.5


def run(
    *, data: Path | None, names: list[str], time_limit: float, bound_limit: float, seed: int, say: Say
) -> dict[str, Any]:
    """Figures per round, and whether every promise held (`ok`)."""
    files = rounds_in(data or DATA, names)
    with tempfile.TemporaryDirectory() as scratch:
        solutions = {name: Path(scratch) / f"{name}.json" for name in files}
        figures = {}
        for name, file in files.items():
            figures[name] = _planned(file, solutions[name], time_limit=time_limit, seed=seed)
            say(f"{name:<10} {figures[name]['score']:>9,}  first come {figures[name]['fcfs_score']:>9,}")
        with ThreadPoolExecutor(2) as pool:
            bounds = pool.map(
                lambda name: ask("score", files[name], plan=solutions[name], bound_limit=bound_limit), files
            )
            for name, scored in zip(files, bounds, strict=True):
                figures[name] |= _gaps(name, figures[name]["score"], scored)
        haste = {name: _hasty(files[name], name, seed=seed) for name in files if name.startswith("sec800")}
        floors = {name: _floored(files[name], Path(scratch), seed=seed) for name in FLOOR_ROUNDS if name in files}
    return {
        "time_limit_s": time_limit,
        "instances": figures,
        "in_2_s": haste,
        "floor": floors,
        "missed": missed(figures, haste),
    }


def rounds_in(data: Path, names: Iterable[str]) -> dict[str, Path]:
    """The files of a folder's rounds by name, all or those named."""
    found = {path.name.split(".")[0]: path for path in sorted(data.glob("*.json*"))}
    wanted = list(names) or list(found)
    absent = [name for name in wanted if name not in found]
    if absent or not wanted:
        raise HomeroomError(
            "BENCH_ROUNDS",
            f"no round {', '.join(absent) or 'at all'}",
            "name files without .json, or give --data",
            str(data),
        )
    return {name: found[name] for name in wanted}


def _planned(file: Path, solution: Path, *, time_limit: float, seed: int) -> dict[str, Any]:
    first_come = ask("first-come", file, seed=seed)
    made = ask("plan", file, out=solution, time_limit=time_limit, seed=seed)
    early = [objective for seconds, objective in made["trace"] if seconds <= max(ANYTIME_S, made["trace"][0][0])]
    told = made["figures"]
    return {
        "score": made["score"],
        "fcfs_score": max(first_come["earliest"], first_come["careful"]),
        "score_at_half_second": early[-1],
        "met": told["met"],
        "must_see": told["must_see"],
        "mean_idle_min": told["mean_idle_min"],
        "p95_idle_min": told["p95_idle_min"],
        "nothing": told["nothing"],
        "seconds": made["seconds"],
        "moves": made["moves"],
    }


def _gaps(name: str, score: int, scored: dict[str, Any]) -> dict[str, Any]:
    own = scored["bound"]
    best = min(own, PUBLISHED_BOUND.get(name, own))
    return {
        "bound": best,
        "gap": round(100 * (best - score) / score, 3),
        "own_bound": own,
        "own_bound_s": scored["bound_seconds"],
        "own_bound_above_best_known": round(100 * (own - best) / best, 3),
    }


def _hasty(file: Path, name: str, *, seed: int) -> dict[str, Any]:
    made = ask("plan", file, time_limit=HASTE_S, seed=seed)
    bound = PUBLISHED_BOUND[name]
    return {
        "score": made["score"],
        "gap": round(100 * (bound - made["score"]) / made["score"], 3),
        "seconds": made["seconds"],
    }


def _floored(file: Path, scratch: Path, *, seed: int) -> dict[str, Any]:
    """The plan with one meeting per family first: who still gets nothing, and why by the reasons of their wishes."""
    solution = scratch / "floor.json"
    made = ask("plan", file, out=solution, time_limit=FLOOR_S, seed=seed, floor=True)
    nothing = set(made["figures"]["nothing_households"])
    refused = ask("explain", file, plan=solution)["refused"]
    why = {
        household: [one["reason"] for one in refused if one["household"] == household] for household in sorted(nothing)
    }
    return {
        "score": made["score"],
        "nothing": len(nothing),
        "why": dict(Counter(reason for reasons in why.values() for reason in reasons)),
        "households": {str(household): reasons for household, reasons in why.items()},
    }


def missed(figures: dict[str, dict[str, Any]], haste: dict[str, dict[str, Any]]) -> list[str]:
    """The promises that did not hold, in words."""
    said = []
    for name, one in figures.items():
        limit = GAP_PCT.get(name.rpartition("-")[0])
        if limit is not None and one["gap"] > limit:
            said.append(f"{name}: gap {one['gap']} % above {limit} %")
        if one["score_at_half_second"] < one["fcfs_score"] or one["score"] < one["fcfs_score"]:
            said.append(f"{name}: below first come, first served")
        if one["own_bound_above_best_known"] > OWN_BOUND_PCT:
            said.append(f"{name}: own bound {one['own_bound_above_best_known']} % above the best known")
    for name, one in haste.items():
        if one["gap"] > HASTE_PCT:
            said.append(f"{name} in {HASTE_S:.0f} s: gap {one['gap']} % above {HASTE_PCT} %")
    return said
