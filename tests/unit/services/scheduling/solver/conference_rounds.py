"""Small rounds for tests: written by hand, or drawn at random; and every plan of a tiny one by brute force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from hypothesis import strategies as st

from services.scheduling.solver.model import Instance
from services.scheduling.solver.reading import instance_of
from services.scheduling.solver.scoring import Meeting, first_violation


def document(**changed: Any) -> dict[str, Any]:
    """Two teachers, two households, three wishes, one evening of six cells; a test changes what it is about."""
    whole = [[0, 0, 6]]
    return {
        "name": "tiny-1",
        "grid": 5,
        "cells": 6,
        "evenings": 1,
        "travel": 1,
        "interpreters": [],
        "teachers": [{"id": 0, "dur": 2, "avail": whole}, {"id": 1, "dur": 2, "avail": whole}],
        "households": [
            {"id": 0, "lang": None, "mode": "in_person", "avail": whole, "students": [1]},
            {"id": 1, "lang": None, "mode": "in_person", "avail": whole, "students": [2]},
        ],
        "requests": [
            {"id": 0, "h": 0, "t": 0, "w": 4, "dur": 2, "students": [1]},
            {"id": 1, "h": 0, "t": 1, "w": 2, "dur": 2, "students": [1]},
            {"id": 2, "h": 1, "t": 0, "w": 1, "dur": 2, "students": [2]},
        ],
    } | changed


def tiny(**changed: Any) -> Instance:
    """The instance of `document`."""
    return instance_of(document(**changed))


def household(
    number: int, *, avail: Sequence[Sequence[int]], lang: str | None = None, video: bool = False
) -> dict[str, Any]:
    mode = "video" if video else "in_person"
    return {"id": number, "lang": lang, "mode": mode, "avail": [list(one) for one in avail], "students": []}


def wish(number: int, h: int, t: int, *, w: int = 2, dur: int = 2, **more: Any) -> dict[str, Any]:
    return {"id": number, "h": h, "t": t, "w": w, "dur": dur, "students": [], **more}


@st.composite
def rounds(draw: st.DrawFn, *, evenings: int = 2, cells: int = 7, wishes: int = 5) -> Instance:
    """A tiny random round: few teachers, homes that come in person or not, some with an interpreter."""
    window = st.tuples(st.integers(0, evenings - 1), st.integers(0, cells - 2), st.integers(2, cells)).map(
        lambda one: [one[0], min(one[1], one[2] - 1), max(one[1] + 1, one[2])]
    )
    windows = st.lists(window, min_size=1, max_size=3)
    teachers = [
        {"id": i, "dur": draw(st.integers(1, 2)), "avail": draw(windows)} for i in range(draw(st.integers(1, 3)))
    ]
    homes = [
        household(i, avail=draw(windows), lang=draw(st.sampled_from([None, None, "so"])), video=draw(st.booleans()))
        for i in range(draw(st.integers(1, 3)))
    ]
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, len(homes) - 1), st.integers(0, len(teachers) - 1)), max_size=wishes, unique=True
        )
    )
    asked = [
        wish(i, h, t, w=draw(st.sampled_from([1, 2, 4])), dur=teachers[t]["dur"]) for i, (h, t) in enumerate(pairs)
    ]
    return tiny(
        cells=cells,
        evenings=evenings,
        travel=draw(st.integers(0, 2)),
        teachers=teachers,
        households=homes,
        requests=asked,
        interpreters=[{"lang": "so", "count": draw(st.integers(0, 2))}],
    )


def every_plan(instance: Instance) -> Iterator[list[Meeting]]:
    """All valid plans, by trying all."""
    places = [None, *product(range(instance.evenings), range(instance.cells))]

    def from_request(number: int, held: list[Meeting]) -> Iterator[list[Meeting]]:
        if number == len(instance.requests):
            yield held
            return
        for at in places:
            more = held if at is None else [*held, Meeting(number, *at)]
            if at is None or first_violation(instance, more) is None:
                yield from from_request(number + 1, more)

    return from_request(0, [])
