"""How well the wording coach marks drafts, against labels written by a reader, and how long a draft takes.

One finding is one kind of flag on one draft. The drafts in `held_out.yaml` were labelled before any rule was run on
them and no rule was changed for them; both halves have the same author, so other authors' drafts may score lower.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from shared.backing.state import REPOSITORY
from shared.clock import monotonic

coach = import_module("services.translation.coach")  # the benches measure services without depending on them

DATA = REPOSITORY / "tests" / "data" / "coach"
HELD_OUT = "held_out"
LIMIT_MS = 30.0
LEAST_DRAFTS, LEAST_PRECISION, LEAST_RECALL = 400, 0.95, 0.90
LONGEST = 2_000  # characters of the long drafts that are timed beside the corpus


@dataclass
class Score:
    """Findings by kind: right, marked without cause, missed."""

    right: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def add(self, found: set[str], wanted: set[str]) -> None:
        self.right.update(found & wanted)
        self.extra.update(found - wanted)
        self.missed.update(wanted - found)

    def __add__(self, other: Score) -> Score:
        return Score(self.right + other.right, self.extra + other.extra, self.missed + other.missed)

    @property
    def precision(self) -> float:
        return self.right.total() / max(1, self.right.total() + self.extra.total())

    @property
    def recall(self) -> float:
        return self.right.total() / max(1, self.right.total() + self.missed.total())


def drafts(path: Path) -> Iterator[tuple[Any, set[str]]]:
    """Every draft of a file with the kinds that its reader marked."""
    held = yaml.safe_load(path.read_text(encoding="utf-8"))
    for each in held["drafts"]:
        kind = coach.NoteKind(each["kind"])
        draft = coach.Draft(each["text"], kind, held["language"], tuple(held["child"]), tuple(held["others"]))
        yield draft, set(each["flags"])


def run(*, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Score every file of the corpus, and time every draft and long ones made of them."""
    scores: dict[str, Score] = {}
    every: list[Any] = []
    for path in sorted(DATA.glob("*.yaml")):
        score = scores[path.stem] = Score()
        for draft, wanted in drafts(path):
            every.append(draft)
            score.add({str(kind) for kind in coach.check(draft).kinds}, wanted)
        say(f"{path.stem}: precision {score.precision:.3f}, recall {score.recall:.3f}")
    times = _times(every, rounds)
    whole = sum(scores.values(), Score())
    held = sum((score for name, score in scores.items() if name.startswith(HELD_OUT)), Score())
    return {
        "drafts": len(every),
        "precision": round(whole.precision, 4),
        "recall": round(whole.recall, 4),
        "held_out_precision": round(held.precision, 4),
        "held_out_recall": round(held.recall, 4),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 3),
        "long_p99_ms": round(_long(every, rounds) * 1000, 3),
        "by_file": {name: [round(score.precision, 4), round(score.recall, 4)] for name, score in scores.items()},
        "missed": dict(whole.missed),
        "extra": dict(whole.extra),
    }


def met(figures: dict[str, Any]) -> bool:
    """Whether the issue's bars hold."""
    sound = figures["precision"] >= LEAST_PRECISION and figures["recall"] >= LEAST_RECALL
    fast = max(figures["p99_ms"], figures["long_p99_ms"]) <= LIMIT_MS
    return bool(sound and fast and figures["drafts"] >= LEAST_DRAFTS)


def _times(every: list[Any], rounds: int) -> list[float]:
    """Seconds of each check, sorted."""
    taken = []
    for _ in range(rounds):
        for draft in every:
            begun = monotonic()
            coach.check(coach.Draft(draft.text, draft.kind, draft.language, draft.names, draft.others))
            taken.append(monotonic() - begun)
    return sorted(taken)


def _long(every: list[Any], rounds: int) -> float:
    """The 99th percentile over drafts of the length of a full page."""
    texts = [draft.text for draft in every if draft.language == "en"]
    pages: list[Any] = []
    for first in range(0, len(texts) - 40, 8):
        pages.append(
            coach.Draft(
                " ".join(texts[first : first + 60])[:LONGEST], coach.NoteKind.CONCERN, "en", ("Riya",), ("Liam",)
            )
        )
    times = _times(pages, rounds)
    return times[int(len(times) * 0.99)]
