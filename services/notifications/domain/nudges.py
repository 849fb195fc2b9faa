"""What is small enough to say softly, and early enough that it is easy to put right."""

from __future__ import annotations

LEAST = {"missing_work": 2, "behaviour": 2, "attendance": 2}


def worth_a_word(signal: str, *, count: int, score: float | None, threshold: float) -> bool:
    """Whether a teacher is given a soft draft. A failing grade is no small problem: the early alert speaks of it."""
    if score is not None and score < threshold:
        return False
    return count >= LEAST.get(signal, 1)
