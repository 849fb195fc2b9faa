"""Room for the itinerary programme to compute in, one per thread, and the numbers it counts with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from services.scheduling.solver.arrays import EXACT_REQUESTS, Array, Problem

NEVER = -1_000_000_000
POSSIBLE = -500_000_000
IDLE, EVENING, FIRST, TEACHER_IDLE, INTERPRETER_IDLE, SHAPED = range(6)
ONE = np.uint64(1)
SCALE = 64
"""Inside the programme a point counts so much, and the last digit is drawn: of equally good itineraries any may come, and all of a
household's draws together are less than a point."""


class Work(NamedTuple):
    """Room to compute in, one per thread. M requests of the household with most, N of them at once, K rows an evening."""

    noise: Array  # int32[M] added to each request's worth this time
    chosen: Array  # int32[M] positions considered
    counts: Array  # int32[M] their possible starts
    rows_of: Array  # int32[M] where in `starts` they stand
    starts: Array  # uint64[M·E, W]
    who: Array  # int16[E, K] local request of each row
    at: Array  # int16[E, K] its start
    luck: Array  # int32[E, K] what was drawn for it
    used: Array  # int32[E] number of rows
    rows: Array  # int32[E·K·2^N]
    ready: Array  # int32[2^N]
    waiting: Array  # int32[2C+2] first row that is ready at a cell, -1
    following: Array  # int32[K] next row ready at the same cell
    best: Array  # int32[E·2^N] of ending the evening having met exactly mask
    within: Array  # int32[2^N] the best of the last evening's sub-masks
    joined: Array  # int32[E·2^N] over evenings 0 … e
    share: Array  # int32[E·2^N] the part of mask met on evening e
    parts: Array  # int32[E] the masks of the itinerary found
    most: int  # N
    best_step: int  # 2^N
    rows_step: int  # K·2^N


def work_for(problem: Problem) -> Work:
    """Room for the household with most requests."""
    _, evenings, words = problem.windows.shape
    requests = int(max(1, np.diff(problem.first).max(initial=1)))
    most = min(EXACT_REQUESTS, requests)
    starts, masks = problem.cells * most, 1 << most
    return Work(
        noise=np.zeros(requests, np.int32),
        chosen=np.zeros(requests, np.int32),
        counts=np.zeros(requests, np.int32),
        rows_of=np.zeros(requests, np.int32),
        starts=np.zeros((requests * evenings, words), np.uint64),
        who=np.zeros((evenings, starts), np.int16),
        at=np.zeros((evenings, starts), np.int16),
        luck=np.zeros((evenings, starts), np.int32),
        used=np.zeros(evenings, np.int32),
        rows=np.zeros(evenings * starts * masks, np.int32),
        ready=np.zeros(masks, np.int32),
        waiting=np.zeros(2 * problem.cells + 2, np.int32),
        following=np.zeros(starts, np.int32),
        best=np.zeros(evenings * masks, np.int32),
        within=np.zeros(masks, np.int32),
        joined=np.zeros(evenings * masks, np.int32),
        share=np.zeros(evenings * masks, np.int32),
        parts=np.zeros(evenings, np.int32),
        most=most,
        best_step=masks,
        rows_step=starts * masks,
    )
